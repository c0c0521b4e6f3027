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
    std::string program{};  ///< path of sheetbq-job
    Variables
        inherited{};  ///< what the job gets of this process's environment: credentials, proxies
    std::chrono::milliseconds end_patience{8'000};  ///< SIGTERM to SIGKILL, at the launcher's end
    std::chrono::milliseconds cancel_patience{10'000};  ///< SIGTERM to SIGKILL, when cancelled
    std::size_t remembered = 500;  ///< ended executions that can still be asked for
};

/// Runs the job as child processes, each in a process group of its own. They are killed when this
/// process dies, however it dies, and when the launcher is destroyed (first SIGTERM, and SIGKILL
/// after 8 seconds). A job gets `inherited` and the variables of its run, nothing else.
/// @param on_line  gets each line a job writes, with its run id and without its line break, from
///     another thread; cut after 256 KiB. Must not throw; while it runs, all jobs wait.
/// @throws Error unavailable when this process has no file descriptors left.
std::unique_ptr<Launcher> make_process_launcher(
    ProcessSettings settings, Clock& clock,
    std::function<void(std::string_view run_id, std::string_view line)> on_line);

}  // namespace sheetbq::control
