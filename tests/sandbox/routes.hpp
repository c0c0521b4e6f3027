#pragma once

#include "call.hpp"

#include <span>
#include <string_view>
#include <vector>

namespace sheetbq::sandbox {

/// One method of one API. Handlers run under the sandbox's lock.
struct Route {
    http::Method method;
    std::string_view host;  ///< `bigquery.googleapis.com`; `*` in it stands for a region
    /// Path with `*` for one segment, perhaps with a literal tail:
    /// `/v1/projects/-/serviceAccounts/*:generateAccessToken`.
    std::string_view pattern;
    Answer (*handler)(Sandbox&, const Call&);
    /// The token needs one of these scopes (short names after `https://www.googleapis.com/auth/`).
    /// Empty: no token needed.
    std::vector<std::string_view> any_scope;
};

std::span<const Route>
auth_routes();  ///< auth_api.cpp: token endpoint, STS, IAM credentials, metadata
std::span<const Route> sheets_routes();      ///< sheets_api.cpp: Sheets and Drive
std::span<const Route> bigquery_routes();    ///< bigquery_api.cpp: BigQuery and its upload host
std::span<const Route> run_routes();         ///< run_api.cpp: Cloud Run jobs and executions
std::span<const Route> logging_routes();     ///< logging_api.cpp: entries.list
std::span<const Route> certs_routes();       ///< certs_api.cpp: keys of identity tokens
std::span<const Route> secret_routes();      ///< secret_api.cpp: Secret Manager
std::span<const Route> permission_routes();  ///< permission_api.cpp: testIamPermissions
std::span<const Route> scheduler_routes();   ///< scheduler_api.cpp: Cloud Scheduler
std::span<const Route> slack_routes();       ///< slack_api.cpp: incoming webhooks
std::span<const Route> control_routes();  ///< control_api.cpp: /_sandbox/, for tests and the demo

}  // namespace sheetbq::sandbox
