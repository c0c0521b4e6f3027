#pragma once

#include "call.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace sheetbq::sandbox {

/// The host of calls about the sandbox itself: `/_sandbox/...`.
inline constexpr std::string_view control_host = "sandbox";

/// The request as a handler sees it: canonical URLs, rewritten ones
/// (`http://127.0.0.1:PORT/sheets.googleapis.com/...`), and the bare paths of a metadata server
/// (GCE_METADATA_HOST) or a BigQuery emulator (BIGQUERY_EMULATOR_HOST).
///
/// @param base_url  `http://127.0.0.1:PORT` behind a server, "" to take it from the URL.
/// @returns nothing when the URL is malformed.
std::optional<Call> read_call(const http::Request& request, const std::string& base_url);

/// `host/path?query`, decoded, for matching and reading.
std::string readable_target(const Call& call);

}  // namespace sheetbq::sandbox
