#pragma once

#include "integration/world.hpp"
#include "sheetbq/http/transport.hpp"
#include "support/postgres.hpp"

#include <memory>
#include <string>
#include <vector>

namespace sheetbq::testing {

/// The real sheetbq-orchestrator with a database of its own and the owner's table in it.
class OrchestratorWorld {
public:
    static constexpr auto webhook =
        "https://hooks.slack.com/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX";

    OrchestratorWorld();

    /// Adds a configuration of World's spreadsheet. @param tab_and_hours  SQL, e.g. `'', 24`.
    void add_row(const std::string& name, const std::string& tab_and_hours);
    Table query(const std::string& sql) { return server().query(database_, sql); }
    std::string value(const std::string& sql) { return server().value(database_, sql); }

    /// Executions of Cloud Run are to run the real job.
    void use_cloud_run();
    static std::vector<std::string> cloud_run_flags();

    /// Credentials, endpoints, database and Slack.
    Variables environment() const;
    std::unique_ptr<Process> start(const std::vector<std::string>& flags = {},
                                   const Variables& more = {}) const;
    ProcessEnd run(const std::vector<std::string>& flags = {}, const Variables& more = {}) const;

    /// What Slack was told, JSON each.
    std::vector<std::string> slack();

    static Postgres& server();
    World google;

private:
    std::string database_;
};

/// An orchestrator that serves; stopped by SIGTERM when destroyed.
class Serving {
public:
    Serving(const OrchestratorWorld& fleet, const std::vector<std::string>& flags,
            const Variables& more = {});
    ~Serving();
    Serving(const Serving&) = delete;
    Serving& operator=(const Serving&) = delete;

    http::Response ask(http::Method method, const std::string& path,
                       const http::Headers& headers = {}, const std::string& body = {}) const;
    int port() const { return port_; }
    int pid() const { return program_->pid(); }
    ProcessEnd end();

private:
    int port_ = 0;
    std::unique_ptr<Process> program_;
};

}  // namespace sheetbq::testing
