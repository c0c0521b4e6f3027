#pragma once

#include "sheetbq/core/error.hpp"
#include "sheetbq/http/url.hpp"

#include <cstdint>
#include <string>

// What the transport's failures say. None repeats a path or query: those can be secrets.
namespace sheetbq::http {

Error plain_refused(const UrlParts& url);
Error stopped(const std::string& host);
Error unknown_host(const std::string& host, std::string why);
Error unreachable(const std::string& host, const std::string& port, std::string why);
Error gave_up(const std::string& host, std::string why);
/// `reason` is OpenSSL's.
Error not_trusted(const std::string& host, std::string reason);
Error no_tls(const std::string& host, std::string why);
Error proxy_refused(const std::string& proxy, const std::string& host, int status);
/// The connection ended before the answer did.
/// @param bytes  of the body that had come; `begun` tells whether the status line had.
Error cut_short(const std::string& host, bool begun, std::uint64_t bytes, std::string why);
Error not_http(const std::string& host, std::string why);

}  // namespace sheetbq::http
