#pragma once

#include "google.hpp"

#include <fmt/format.h>

#include <string>

namespace sheetbq::sandbox::testing {

inline constexpr const char* job_name = "projects/demo-project/locations/europe-west1/jobs/etl";

/// A sandbox with one Cloud Run job and calls about it.
struct Run : Google {
    Run() { world().jobs[job_name].max_retries = 0; }

    RunWorld& world() { return sandbox.run; }
    static std::string url(const std::string& rest) {
        return "https://run.googleapis.com/v2/" + rest;
    }
    http::Response run(const std::string& body = "{}") {
        return post_json(url(fmt::format("{}:run", job_name)), body);
    }
    /// Starts an execution. @returns its full name.
    std::string started() {
        const auto answer = boost::json::parse(run().body);
        return std::string{answer.at("metadata").at("name").as_string()};
    }
    boost::json::object execution(const std::string& name) {
        return boost::json::parse(get(url(name)).body).as_object();
    }
    /// The executions of one page of the list, by SHEETBQ_RUN_ID or name; and its token.
    boost::json::object list(const std::string& query = "") {
        return boost::json::parse(get(url(fmt::format("{}/executions?{}", job_name, query))).body)
            .as_object();
    }
    /// Condition `Completed`.
    static boost::json::object completed(const boost::json::object& execution) {
        return execution.at("conditions").at(0).as_object();
    }
};

}  // namespace sheetbq::sandbox::testing
