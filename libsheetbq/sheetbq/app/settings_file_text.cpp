#include "sheetbq/app/settings_file.hpp"
#include "sheetbq/core/error.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

namespace sheetbq::app {
namespace {

constexpr std::size_t remark_width = 98;
constexpr mode_t for_the_owner = 0600;

/// What a file cannot say: where it stands itself, and what is asked anew each time.
constexpr std::array<std::string_view, 5> only_typed{"settings", "help", "yes", "man", "version"};

/// `text` in lines that begin with `# `.
std::string remark(std::string_view text) {
    const auto lines = set_words({}, 0, text, remark_width);
    std::string out;
    for (std::size_t begin = 0; begin < lines.size();) {
        const auto end = lines.find('\n', begin) + 1;
        out += "# " + lines.substr(begin, end - begin);
        begin = end;
    }
    return out;
}

std::string toml_value(const Flag& flag) {
    if (flag.argument.empty()) return flag.initial == "true" ? "true" : "false";
    std::string out = "\"";
    for (const char c : flag.initial) {
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    return out + "\"";
}

std::string described(const Flag& flag) {
    const auto variables =
        flag.variables.empty() ? "" : fmt::format(" [variable: {}]", flag.variables);
    return remark(fmt::format("{}{}", flag.description, variables)) +
           fmt::format("#{} = {}\n", flag.name, toml_value(flag));
}

Error cannot_write(const std::string& path, const std::string& reason) {
    return Error{Code::internal, fmt::format("{} cannot be written", path)}.because(reason).fix(
        "Name another place: helper config init --settings FILE");
}

void write_whole(int file, std::string_view text) {
    while (!text.empty()) {
        const auto written = ::write(file, text.data(), text.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) throw std::system_error{errno, std::generic_category()};
        text.remove_prefix(static_cast<std::size_t>(written));
    }
    if (::fsync(file) != 0) throw std::system_error{errno, std::generic_category()};
}

}  // namespace

std::string settings_file_text(std::span<const Flag> flags) {
    auto out = remark(
        "Settings of sheetbq: one a line, named as the flag without dashes. Take the # away from "
        "a line to set it. A flag wins over its variable, and that over this file. What holds, and "
        "where it comes from: helper config show --origin");
    std::vector<std::string_view> groups;
    for (const auto& flag : flags)
        if (std::find(groups.begin(), groups.end(), flag.group) == groups.end())
            groups.push_back(flag.group);
    for (const auto group : groups) {
        std::string below;
        for (const auto& flag : flags)
            if (flag.group == group &&
                std::find(only_typed.begin(), only_typed.end(), flag.name) == only_typed.end())
                below += "\n" + described(flag);
        if (!below.empty()) out += fmt::format("\n\n# == {}\n{}", group, below);
    }
    return out;
}

void write_settings_file(const std::string& path, const std::string& text) {
    const auto beside = fmt::format("{}.{}", path, getpid());
    int file = -1;
    try {
        const auto folder = std::filesystem::path{path}.parent_path();
        if (!folder.empty()) std::filesystem::create_directories(folder);
        file = ::open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, for_the_owner);
        if (file < 0) throw std::system_error{errno, std::generic_category()};
        write_whole(file, text);
        ::close(file);
        file = -1;
        std::filesystem::rename(beside, path);
    } catch (const std::system_error& problem) {
        if (file >= 0) ::close(file);
        ::unlink(beside.c_str());
        throw cannot_write(path, problem.code().message());
    }
}

}  // namespace sheetbq::app
