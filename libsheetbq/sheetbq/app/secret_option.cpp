#include "sheetbq/app/secret_option.hpp"

#include "sheetbq/core/error.hpp"
#include "sheetbq/gcp/secrets.hpp"

#include <fmt/format.h>

#include <fstream>
#include <iostream>
#include <iterator>

namespace sheetbq::app {
namespace {

std::string read_all(std::istream& in) {
    return {std::istreambuf_iterator<char>{in}, std::istreambuf_iterator<char>{}};
}

std::string read_file(std::string_view flag, const std::string& path) {
    if (path == "-") return read_all(std::cin);
    std::ifstream in{path, std::ios::binary};
    auto text = in ? read_all(in) : "";
    if (!in)
        throw Error{Code::usage, fmt::format("--{} {} cannot be read", flag, path)}
            .because("there is no such file, or this user may not read it")
            .fix(fmt::format("Run: ls -l {}", path));
    return text;
}

Secret trimmed(std::string text) {
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
    return Secret{std::move(text)};
}

}  // namespace

Secret secret_option(const FlagValues& flags, std::string_view name,
                     const ReadSecret& read_secret) {
    const auto file = fmt::format("{}-file", name);
    auto secret = flags.given(file) ? trimmed(read_file(file, *flags.given(file)))
                                    : trimmed(flags.given(name).value_or(""));
    if (!gcp::is_secret_name(secret.reveal())) return secret;
    return read_secret(secret.reveal());
}

}  // namespace sheetbq::app
