#include "sheetbq/http/url.hpp"

#include "sheetbq/core/error.hpp"

#include <arpa/inet.h>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
#include <fmt/format.h>
#include <netinet/in.h>

#include <array>

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

std::string port_of(const boost::urls::url_view& parsed, std::string_view url, bool secure) {
    if (!parsed.has_port() || parsed.port().empty()) return secure ? "443" : "80";
    if (parsed.port_number() == 0) throw refused(url, "the port is not between 1 and 65535");
    return std::to_string(parsed.port_number());
}

std::string target_of(const boost::urls::url_view& parsed) {
    const auto path = parsed.encoded_path();
    std::string target(path.begin(), path.end());
    if (target.empty()) target = "/";
    if (!parsed.has_query()) return target;
    const auto query = parsed.encoded_query();
    return target.append("?").append(query.begin(), query.end());
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
    if (parsed->has_userinfo()) throw refused(url, "it has a user name or password in it");
    // For an IPv6 address this is the text between the brackets.
    parts.host = lower_case(parsed->encoded_host_address());
    if (parts.host.empty()) throw refused(url, "it has no host");
    if (parts.host.find('%') != std::string::npos)
        throw refused(url, "its host has escaped characters");
    parts.port = port_of(*parsed, url, parts.scheme == "https");
    parts.target = target_of(*parsed);
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
