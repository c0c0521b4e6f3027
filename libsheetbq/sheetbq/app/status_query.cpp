#include "sheetbq/app/status_parts.hpp"
#include "sheetbq/core/log.hpp"
#include "sheetbq/http/url.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace sheetbq::app {
namespace {

constexpr std::size_t longest_text = 200;
constexpr std::array<std::string_view, 7> sorts{"state",    "name", "last",    "next",
                                                "lateness", "rows", "duration"};

bool known_state(std::string_view text) {
    for (std::size_t i = 0; i < standings; ++i)
        if (word(static_cast<Standing>(i)) == text) return true;
    return false;
}

bool known_sort(std::string_view text) {
    if (text.starts_with('-')) text.remove_prefix(1);
    return std::find(sorts.begin(), sorts.end(), text) != sorts.end();
}

int page_number(const std::string& text) {
    int page = 1;
    const auto* const end = text.data() + text.size();
    const auto [stop, problem] = std::from_chars(text.data(), end, page);
    return problem == std::errc{} && stop == end && page > 0 ? page : 1;
}

std::string trimmed(std::string_view text) {
    const auto begin = std::min(text.find_first_not_of(" \t\r\n"), text.size());
    text.remove_prefix(begin);
    return std::string{
        clip_utf8(text.substr(0, text.find_last_not_of(" \t\r\n") + 1), longest_text)};
}

/// As Content-Security-Policy wants it.
std::string sha256_base64(std::string_view text) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha256(), nullptr);
    std::array<unsigned char, std::size_t{2} * EVP_MAX_MD_SIZE> encoded{};
    const int length = EVP_EncodeBlock(encoded.data(), digest.data(), static_cast<int>(size));
    return {encoded.begin(), encoded.begin() + length};
}

}  // namespace

StatusQuery read_status_query(std::string_view query) {
    StatusQuery out;
    for (const auto& [name, value] : http::parse_query(query)) {
        if (name == "state")
            out.state = known_state(value) ? value : "";
        else if (name == "q")
            out.text = trimmed(value);
        else if (name == "sort")
            out.sort = known_sort(value) ? value : "";
        else if (name == "page")
            out.page = page_number(value);
        else if (name == "reload")
            out.reload = value == "60";
    }
    return out;
}

std::string link_to(const StatusQuery& query) {
    std::vector<std::pair<std::string, std::string>> pairs;
    if (!query.state.empty()) pairs.emplace_back("state", query.state);
    if (!query.text.empty()) pairs.emplace_back("q", query.text);
    if (!query.sort.empty() && query.sort != "state") pairs.emplace_back("sort", query.sort);
    if (query.page > 1) pairs.emplace_back("page", std::to_string(query.page));
    if (query.reload) pairs.emplace_back("reload", "60");
    std::string out = "?";
    for (const char c : http::query_string(pairs)) {
        if (c == '&')
            out += "&amp;";
        else
            out += c;
    }
    return out;
}

std::string_view status_page_policy() {
    static const std::string policy = fmt::format(
        "default-src 'none'; style-src 'sha256-{}'; img-src data:; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'",
        sha256_base64(status_style()));
    return policy;
}

}  // namespace sheetbq::app
