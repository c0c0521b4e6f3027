#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace sheetbq::sandbox {

/// The command line of `sheetbq-sandbox`.
struct Options {
    unsigned short port = 8085;
    std::string host = "127.0.0.1";
    std::vector<std::string> sheets{};     ///< NAME=FILE
    std::vector<std::string> generated{};  ///< NAME=ROWSxCOLS
    std::vector<std::string> datasets{};   ///< project.dataset[:LOCATION]
    std::string project = "demo-project";
    std::vector<std::string> secrets{};  ///< NAME=VALUE
    std::string service_account_key{};
    std::string authorized_user{};
    std::string tls_certificate{};
    std::string tls_key{};
    std::chrono::milliseconds latency{0};
    std::vector<std::string> faults{};  ///< JSON
    bool pretty = false;
    bool discard_rows = false;
    std::vector<std::string> cloud_run_jobs{};  ///< projects/P/locations/R/jobs/J, or JSON
    std::string cloud_run{};                    ///< settings as JSON
    std::string job_program{};                  ///< what executions run
    std::string request_log{};
    std::string state_dir{};
    std::chrono::seconds max_seconds{3600};
    std::string help{};  ///< text to print instead of serving
};

/// @throws Error usage when the command line cannot be understood.
Options read_options(int argc, char** argv);

}  // namespace sheetbq::sandbox
