#pragma once

#include "sheetbq/gcp/bigquery.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sheetbq::gcp {

/// How an upload ended.
struct UploadOutcome {
    std::optional<JobInfo> job{};  ///< as the service answered the last piece
    bool session_gone = false;     ///< 404 or 410: look for the job, else start over
    bool job_exists = false;       ///< 409: another upload has begun this job meanwhile
};

/// Sends `pieces` to an upload session, `chunk_bytes` (a multiple of 256 KiB) at a time, and
/// recovers: after a failure it asks what was committed and goes on from there.
///
/// Patience is that of the API client's retry policy, counted anew after each progress.
/// @param progress  called with the bytes that the service has committed.
/// @throws Error unavailable or quota when retries are spent; whatever the service refuses
/// otherwise.
/// @see https://cloud.google.com/bigquery/docs/reference/api-uploads
UploadOutcome upload(ApiClient& api, const std::string& session,
                     const std::vector<std::string_view>& pieces, std::uint64_t chunk_bytes,
                     const std::function<void(std::uint64_t)>& progress, std::stop_token stop);

/// The next byte that a 308 asks for: `Range: bytes=0-42` or `0-42` gives 43, no Range gives 0.
/// @returns nothing when the header says something else.
std::optional<std::uint64_t> next_byte(std::optional<std::string_view> range_header);

}  // namespace sheetbq::gcp
