#include "sheetbq/auth/credential_file.hpp"

#include "sheetbq/http/url.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <system_error>

namespace sheetbq::auth {
namespace {

namespace json = boost::json;

constexpr std::size_t largest_file = 1U << 20U;

Error unreadable(const std::string& path, const std::string& named_by, const std::string& why) {
    return Error{Code::unauthenticated, fmt::format("cannot read the credentials file {}", path)}
        .because(fmt::format("{} ({} names it)", why, named_by))
        .fix(fmt::format("Set GOOGLE_APPLICATION_CREDENTIALS to a file that this user can read "
                         "(ls -l {}), or unset it to use other credentials.",
                         path));
}

std::string contents(const std::string& path, const std::string& named_by) {
    std::error_code problem;
    const auto status = std::filesystem::status(path, problem);
    if (!std::filesystem::exists(status) && (!problem || problem.value() == ENOENT))
        throw unreadable(path, named_by, "there is no such file");
    if (std::filesystem::is_directory(status))
        throw unreadable(path, named_by, "it is a directory");
    errno = 0;
    std::ifstream file{path, std::ios::binary};
    std::string text(largest_file + 1, '\0');
    if (!file) throw unreadable(path, named_by, std::generic_category().message(errno));
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (file.bad()) throw unreadable(path, named_by, "reading it failed");
    text.resize(static_cast<std::size_t>(file.gcount()));
    if (text.size() > largest_file)
        throw unreadable(path, named_by, "it is larger than 1 MiB, so no credentials file");
    if (text.starts_with("\xEF\xBB\xBF")) text.erase(0, 3);
    return text;
}

/// Where byte `offset` stands, as editors count.
std::string place(std::string_view text, std::size_t offset) {
    const auto before = text.substr(0, offset);
    const auto line = std::count(before.begin(), before.end(), '\n') + 1;
    const auto line_start = before.rfind('\n');
    const auto column = line_start == std::string_view::npos ? offset : offset - line_start - 1;
    return fmt::format("line {}, column {}", line, column + 1);
}

Error not_json(const std::string& path, const std::string& where) {
    return Error{Code::unauthenticated, fmt::format("the credentials file {} is not JSON", path)}
        .because(where)
        .fix(
            "Copy the file again as a whole: it is the JSON that gcloud or the Cloud console "
            "wrote.");
}

json::object parse(const std::string& text, const std::string& path) {
    json::parser parser;
    json::error_code problem;
    const auto used = parser.write_some(text.data(), text.size(), problem);
    if (problem == json::error::incomplete)
        throw not_json(path, fmt::format("it is cut short at {}", place(text, text.size())));
    if (problem) throw not_json(path, fmt::format("it goes wrong at {}", place(text, used)));
    const auto rest = text.find_first_not_of(" \t\r\n", used);
    if (rest != std::string::npos)
        throw not_json(path, fmt::format("something follows its end at {}", place(text, rest)));
    auto value = parser.release();
    if (!value.is_object()) throw not_json(path, "it is not a JSON object: no { at line 1");
    return std::move(value.get_object());
}

/// No user name may stand before the host: it makes an address look like another.
bool disguised(std::string_view url) {
    const auto scheme = url.find("://");
    if (scheme == std::string_view::npos) return false;
    const auto rest = url.substr(scheme + 3);
    return rest.substr(0, rest.find('/')).find_first_of("@\\") != std::string_view::npos;
}

bool trusted(std::string_view url) {
    if (disguised(url)) return false;
    try {
        const auto parts = http::split_url(url);
        if (http::is_loopback(parts.host)) return true;
        return parts.scheme == "https" &&
               (parts.host == "googleapis.com" || parts.host.ends_with(".googleapis.com"));
    } catch (const Error&) {
        return false;
    }
}

}  // namespace

CredentialFile::CredentialFile(std::string path, std::string named_by, std::string prefix,
                               json::object fields)
    : path_{std::move(path)},
      named_by_{std::move(named_by)},
      prefix_{std::move(prefix)},
      fields_(std::move(fields)) {}

CredentialFile CredentialFile::read(std::string path, std::string named_by) {
    auto fields = parse(contents(path, named_by), path);
    return {std::move(path), std::move(named_by), "", std::move(fields)};
}

bool CredentialFile::has(std::string_view field) const {
    const auto* value = fields_.if_contains(field);
    return value != nullptr && !value->is_null();
}

std::string CredentialFile::text(std::string_view field) const {
    auto value = text_or(field, "");
    if (value.empty()) throw bad(field, has(field) ? "is empty" : "is missing");
    return value;
}

std::string CredentialFile::text_or(std::string_view field, std::string fallback) const {
    if (!has(field)) return fallback;
    const auto* text = fields_.at(field).if_string();
    if (!text) throw bad(field, "is not a text");
    return text->empty() ? fallback : std::string{text->data(), text->size()};
}

std::int64_t CredentialFile::number_or(std::string_view field, std::int64_t fallback) const {
    if (!has(field)) return fallback;
    const auto* number = fields_.at(field).if_int64();
    if (!number) throw bad(field, "is not a whole number");
    return *number;
}

std::vector<std::string> CredentialFile::texts(std::string_view field) const {
    std::vector<std::string> values;
    if (!has(field)) return values;
    const auto* list = fields_.at(field).if_array();
    if (!list) throw bad(field, "is not a list");
    for (const auto& item : *list) {
        const auto* text = item.if_string();
        if (!text) throw bad(field, "is not a list of texts");
        values.emplace_back(text->data(), text->size());
    }
    return values;
}

std::vector<std::pair<std::string, std::string>> CredentialFile::pairs(
    std::string_view field) const {
    std::vector<std::pair<std::string, std::string>> values;
    if (!has(field)) return values;
    const auto inner = object(field);
    for (const auto& item : inner.fields_) values.emplace_back(item.key(), inner.text(item.key()));
    return values;
}

CredentialFile CredentialFile::object(std::string_view field) const {
    if (!has(field)) throw bad(field, "is missing");
    const auto* inner = fields_.at(field).if_object();
    if (!inner) throw bad(field, "is not an object");
    return {path_, named_by_, fmt::format("{}{}.", prefix_, field), *inner};
}

std::string CredentialFile::google_url(std::string_view field, std::string_view fallback) const {
    auto url = text_or(field, std::string{fallback});
    if (url.empty()) throw bad(field, "is missing");
    if (!trusted(url))
        throw bad(field, "is not an https address under googleapis.com, where secrets may be sent");
    return url;
}

Error CredentialFile::bad(std::string_view field, std::string_view problem) const {
    return Error{Code::unauthenticated, fmt::format("the credentials file {} is not usable", path_)}
        .because(fmt::format("its field \"{}{}\" {}", prefix_, field, problem))
        .fix(fmt::format("Make the file again and point GOOGLE_APPLICATION_CREDENTIALS at it; "
                         "\"{}{}\" comes with it and is not meant to be edited.",
                         prefix_, field));
}

}  // namespace sheetbq::auth
