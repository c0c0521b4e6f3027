#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sheetbq::http {

/// Where to send CONNECT.
struct Proxy {
    std::string host;           ///< without brackets for IPv6
    std::string port;           ///< 80 unless given
    std::string authorization;  ///< value of Proxy-Authorization; empty when there is no user
};

/// Reads HTTPS_PROXY: `http://[user:password@]host[:port]`; `http://` may be left out.
/// @returns nothing when `setting` is empty.
/// @throws Error bad_config when it cannot be understood; never repeats the password.
std::optional<Proxy> parse_proxy(std::string_view setting);

/// NO_PROXY names this host: `*`, the host itself, or a domain it belongs to (with or without a
/// leading dot), each with an optional `:port`.
bool bypasses_proxy(std::string_view no_proxy, std::string_view host, std::string_view port);

}  // namespace sheetbq::http
