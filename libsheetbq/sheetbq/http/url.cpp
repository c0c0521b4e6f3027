#include "sheetbq/http/url.hpp"

#include "sheetbq/core/error.hpp"

#include <arpa/inet.h>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
#include <fmt/format.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace sheetbq::http {
namespace {

bool unreserved(char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

template <class View>
std::string lower_case(const View& text) {
    std::string result(text.begin(), text.end());
    for (char& c : result) c = lower(c);
    return result;
}

/// What of a URL may be shown: queries can hold secrets, and so can what precedes an `@`.
std::string presentable(std::string_view url) {
    const auto at = url.find('@');
    if (at != std::string_view::npos) return fmt::format("...{}", url.substr(at).substr(0, 60));
    return std::string{url.substr(0, std::min<std::size_t>(url.find_first_of("?#"), 120))};
}

Error refused(std::string_view url, std::string why) {
    return Error{Code::bad_config,
                 fmt::format("\"{}\" is not a usable web address", presentable(url))}
        .because(std::move(why))
        .fix("Write it in full, e.g. https://sheets.googleapis.com/v4/spreadsheets.");
}

/// What stands between `//` and the path.
std::string_view authority_of(std::string_view url) {
    url.remove_prefix(url.find("//") + 2);
    return url.substr(0, url.find_first_of("/?#"));
}

/// Undoes the escapes of a form's pair.
std::string unescape_form(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        unsigned value = 0;
        const auto* const digits = text.data() + i + 1;
        if (text[i] == '%' && i + 2 < text.size() &&
            std::from_chars(digits, digits + 2, value, 16).ptr == digits + 2) {
            out += static_cast<char>(value);
            i += 2;
        } else {
            out += text[i] == '+' ? ' ' : text[i];
        }
    }
    return out;
}

bool is_ipv6(const std::string& host) {
    in6_addr address{};
    return inet_pton(AF_INET6, host.c_str(), &address) == 1;
}

bool is_name(std::string_view host) {
    return !host.empty() &&
           std::all_of(host.begin(), host.end(), [](char c) { return unreserved(c) && c != '~'; });
}

/// Boost.URL 1.81 takes `127.0.0.1.example.com` for the host 127.0.0.1 with a path after it, so it
/// only checks the URL as a whole.
void split_authority(std::string_view url, UrlParts& parts) {
    const auto authority = authority_of(url);
    if (authority.find('@') != std::string_view::npos)
        throw refused(url, "it has a user name or password in it");
    const bool brackets = authority.starts_with('[');
    const auto end = brackets ? authority.find(']') + 1 : authority.find(':');
    const auto host = authority.substr(0, end);
    auto port = end >= authority.size() ? std::string_view{} : authority.substr(end);
    parts.host = lower_case(brackets ? host.substr(1, host.size() - 2) : host);
    if (brackets ? !is_ipv6(parts.host) : !is_name(parts.host))
        throw refused(url, "it names no host");
    if (port.starts_with(':')) port.remove_prefix(1);
    parts.port = port.empty() ? (parts.scheme == "https" ? "443" : "80") : port;
    int number = 0;
    const auto* last = parts.port.data() + parts.port.size();
    const auto [stopped, problem] = std::from_chars(parts.port.data(), last, number);
    if (problem != std::errc{} || stopped != last || number < 1 || number > 65535)
        throw refused(url, "the port is not between 1 and 65535");
}

std::string target_of(std::string_view url) {
    const auto authority = authority_of(url);
    const auto* begin = authority.data() + authority.size();
    std::string_view target{begin, static_cast<std::size_t>(url.data() + url.size() - begin)};
    target = target.substr(0, target.find('#'));
    return target.starts_with('/') ? std::string{target} : "/" + std::string{target};
}

}  // namespace

std::string escape(std::string_view text) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string result;
    result.reserve(text.size());
    for (const char c : text) {
        if (unreserved(c)) {
            result += c;
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        result += '%';
        result += digits[byte >> 4U];
        result += digits[byte & 15U];
    }
    return result;
}

std::vector<std::pair<std::string, std::string>> parse_query(std::string_view query) {
    std::vector<std::pair<std::string, std::string>> pairs;
    while (!query.empty()) {
        const auto pair = query.substr(0, query.find('&'));
        query.remove_prefix(std::min(pair.size() + 1, query.size()));
        if (pair.empty()) continue;
        const auto equals = pair.find('=');
        const auto value = equals == std::string_view::npos ? "" : pair.substr(equals + 1);
        pairs.emplace_back(unescape_form(pair.substr(0, equals)), unescape_form(value));
    }
    return pairs;
}

std::string query_string(const std::vector<std::pair<std::string, std::string>>& pairs) {
    std::string result;
    for (const auto& [name, value] : pairs) {
        if (!result.empty()) result += '&';
        result += escape(name);
        result += '=';
        result += escape(value);
    }
    return result;
}

UrlParts split_url(std::string_view url) {
    const auto parsed = boost::urls::parse_uri({url.data(), url.size()});
    if (!parsed) throw refused(url, parsed.error().message());
    UrlParts parts;
    parts.scheme = lower_case(parsed->scheme());
    if (parts.scheme != "http" && parts.scheme != "https")
        throw refused(url, "it begins neither with https:// nor with http://");
    if (!parsed->has_authority()) throw refused(url, "it names no host");
    split_authority(url, parts);
    parts.target = target_of(url);
    return parts;
}

bool is_loopback(std::string_view host) {
    if (lower_case(host) == "localhost") return true;
    const std::string text{host};
    in_addr v4{};
    if (inet_pton(AF_INET, text.c_str(), &v4) == 1) return (ntohl(v4.s_addr) >> 24U) == 127;
    in6_addr v6{};
    if (inet_pton(AF_INET6, text.c_str(), &v6) != 1) return false;
    std::array<unsigned char, 16> one{};
    one.back() = 1;
    return std::equal(one.begin(), one.end(), std::begin(v6.s6_addr));
}

}  // namespace sheetbq::http
