#pragma once

#include "call.hpp"
#include "sheetbq/core/error.hpp"

#include <string>
#include <string_view>
#include <utility>

namespace sheetbq::sandbox {

/// What BigQuery refuses is thrown as Error in Google's own words and turned into an answer, or
/// into a job's errorResult, in one place each. The code tells the reason:
/// bad_data `invalid`, usage `invalidQuery`, not_found `notFound`, conflict `duplicate`,
/// permission_denied `accessDenied`, cancelled `stopped`.
std::string_view bigquery_reason(Code code);

/// The answer for a refusal.
Answer bigquery_error(const Error& refusal);

inline Error invalid(std::string message) { return Error{Code::bad_data, std::move(message)}; }
inline Error absent(std::string message) { return Error{Code::not_found, std::move(message)}; }
inline Error denied(std::string message) {
    return Error{Code::permission_denied, std::move(message)};
}

}  // namespace sheetbq::sandbox
