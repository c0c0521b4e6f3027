#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sheetbq::http {

/// Percent-encodes one path segment or query value: everything but RFC 3986 unreserved characters.
std::string escape(std::string_view text);

/// `a=1&b=x%20y`, each name and value escaped.
std::string query_string(const std::vector<std::pair<std::string, std::string>>& pairs);

/// The pairs of `a=1&b=x%20y`, unescaped, `+` as a space. What is malformed stays as it is.
std::vector<std::pair<std::string, std::string>> parse_query(std::string_view query);

/// The parts of an absolute URL that requests need.
struct UrlParts {
    std::string scheme;  ///< lower case
    std::string host;    ///< lower case, without brackets for IPv6
    std::string port;    ///< always set: explicit, else 443 or 80
    std::string target;  ///< path and query as escaped in the URL; at least "/"
};

/// @throws Error bad_config when `url` is not an absolute http or https URL.
UrlParts split_url(std::string_view url);

/// localhost, 127.0.0.0/8, ::1.
bool is_loopback(std::string_view host);

}  // namespace sheetbq::http
