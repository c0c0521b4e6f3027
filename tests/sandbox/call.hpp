#pragma once

#include "sheetbq/http/transport.hpp"

#include <boost/json/value.hpp>

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sheetbq::sandbox {

class Sandbox;

/// One request as a handler sees it: Google's host, decoded path segments, who asks.
struct Call {
    http::Method method = http::Method::get;
    std::string host;                                        ///< `sheets.googleapis.com` ...
    std::string raw_path;                                    ///< escaped, without query
    std::vector<std::string> path;                           ///< decoded segments
    std::vector<std::pair<std::string, std::string>> query;  ///< decoded, in order, may repeat
    http::Headers headers;
    std::string body;              ///< already joined; still gzip if sent so
    std::string account;           ///< e-mail behind the bearer token
    std::set<std::string> scopes;  ///< of the token, full URLs
    std::string base_url;          ///< what `https://HOST` must become in links of the answer
    /// Fault::commit_only of the fault that is played on this call.
    std::optional<std::size_t> commit_only{};

    /// First query parameter of that name, or "".
    std::string parameter(std::string_view name) const;
    /// Whether that query parameter is true, written in any of the ways `read_flag` knows.
    bool flag(std::string_view name) const;
};

struct Answer {
    int status = 200;
    http::Headers headers{};
    std::string body{};
};

/// A boolean of a query. Google's own Python clients write `True`, and are understood.
std::optional<bool> read_flag(std::string_view text);

/// A JSON body with Google's usual headers.
Answer json_answer(const boost::json::value& body, int status = 200);

/// New-style error: `{"error":{"code","message","status","details"}}` (Sheets, IAM credentials
/// ...).
Answer new_style_error(int code, std::string_view status, std::string_view message,
                       boost::json::array details = {});

/// Old-style error: `{"error":{"errors":[{domain,reason,message}],"code","message"[,"status"]}}`
/// (Drive v3, BigQuery v2).
Answer old_style_error(int code, std::string_view reason, std::string_view message,
                       std::string_view domain = "global", std::string_view status = {});

}  // namespace sheetbq::sandbox
