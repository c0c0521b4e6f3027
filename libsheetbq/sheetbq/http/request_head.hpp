#pragma once

#include "sheetbq/http/proxy.hpp"
#include "sheetbq/http/transport.hpp"
#include "sheetbq/http/url.hpp"

#include <string>

namespace sheetbq::http {

/// `host:port` as CONNECT wants it; IPv6 addresses in brackets.
std::string authority(const UrlParts& url);

/// Request line and header fields with the empty line after them. Host, Content-Length,
/// Transfer-Encoding and Connection are decided here, whatever `request` says of them.
/// @throws Error bad_config when a field holds a line break.
std::string request_head(const Request& request, const UrlParts& url);

/// What asks `proxy` for a connection to the host of `url`.
std::string connect_head(const Proxy& proxy, const UrlParts& url);

}  // namespace sheetbq::http
