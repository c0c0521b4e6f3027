#pragma once

#include "fault/fleet.hpp"
#include "sheetbq/http/transport.hpp"

#include <memory>
#include <string>
#include <vector>

namespace sheetbq::testing {

/// An orchestrator of a fleet that serves on 127.0.0.1; stopped by SIGTERM when destroyed.
class FleetServing {
public:
    explicit FleetServing(const Fleet& fleet, const std::vector<std::string>& flags = {},
                          const Variables& more = {});
    ~FleetServing();
    FleetServing(const FleetServing&) = delete;
    FleetServing& operator=(const FleetServing&) = delete;

    /// @throws Error when there is no answer.
    http::Response ask(http::Method method, const std::string& path,
                       const http::Headers& headers = {}) const;
    ProcessEnd end();

private:
    int port_ = 0;
    std::unique_ptr<Process> program_;
};

/// A tick that runs nothing.
void make_schema(const Fleet& fleet);

/// How often an event is in a log of JSON lines.
int events(const ProcessEnd& end, const std::string& event);

}  // namespace sheetbq::testing
