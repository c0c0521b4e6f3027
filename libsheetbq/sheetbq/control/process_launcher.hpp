#pragma once

#include "sheetbq/control/launcher.hpp"
#include "sheetbq/core/log.hpp"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace sheetbq::control {

/// How to run the job on this machine.
struct ProcessSettings {
    std::string program;  ///< path of sheetbq-job
    Variables inherited;  ///< what the job gets of this process's environment: credentials, proxies
};

/// Runs the job as child processes, each in a process group of its own. They are killed when this
/// process dies, however it dies, and when the launcher is destroyed (first SIGTERM, and SIGKILL
/// after 8 seconds).
/// @param on_line  gets each line a job writes, whole, with its run id; from other threads.
std::unique_ptr<Launcher> make_process_launcher(
    ProcessSettings settings, Clock& clock,
    std::function<void(std::string_view run_id, std::string_view line)> on_line);

}  // namespace sheetbq::control
