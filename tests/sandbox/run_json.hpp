#pragma once

#include "run_world.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <string>

namespace sheetbq::sandbox {

/// How resources are shown: as of when, and under which name of the project.
struct RunView {
    RunWorld& world;
    Clock::TimePoint now;
    std::string project_number;

    /// A name, with the project's number where the world answers with that.
    std::string shown(const std::string& name) const;
};

// Resources of Cloud Run Admin v2. Zeros are left out, as in all JSON of protocol buffers.
boost::json::object job_json(const RunView& view, const std::string& name, const CloudRunJob& job);
boost::json::object execution_json(const RunView& view, const CloudRunExecution& execution);
boost::json::array tasks_json(const RunView& view, const CloudRunExecution& execution);
/// The operation of jobs.run: done when the execution has ended; a cancelled one is done without an
/// error, and is no success for that.
boost::json::object operation_json(const RunView& view, const CloudRunExecution& execution);

}  // namespace sheetbq::sandbox
