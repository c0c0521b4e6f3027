#pragma once

#include "sheetbq/core/clock.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace sheetbq::sandbox {

/// A container's variables.
using ContainerEnv = std::map<std::string, std::string>;

/// One run of the container of one task.
struct Attempt {
    std::uint64_t id = 0;
    ContainerEnv env{};  ///< all of it, CLOUD_RUN_* included
    std::vector<std::string> args{};
    std::chrono::milliseconds timeout{600'000};
};

/// How an attempt ended: by itself with an exit code, or by a signal.
struct AttemptEnd {
    int exit_code = 0;
    int signal = 0;
    bool timed_out = false;  ///< it was asked to stop because its time was over
};

/// Something that happened to an attempt.
struct AttemptNews {
    enum class Kind { out, err, end };
    std::uint64_t id = 0;
    Kind kind = Kind::end;
    Clock::TimePoint at{};
    std::string line{};  ///< that it wrote
    AttemptEnd end{};
};

/// What runs the containers. Called under the sandbox's lock: nothing here may block.
class JobRunner {
public:
    JobRunner() = default;
    JobRunner(const JobRunner&) = delete;
    JobRunner& operator=(const JobRunner&) = delete;
    virtual ~JobRunner() = default;

    virtual void start(const Attempt& attempt, Clock::TimePoint at) = 0;
    /// SIGTERM now and SIGKILL ten seconds later. An attempt that ended is left alone.
    virtual void stop(std::uint64_t id, Clock::TimePoint at) = 0;
    /// What has happened by now and was not told before; of each attempt in order, its end last.
    virtual std::vector<AttemptNews> news(Clock::TimePoint now) = 0;
};

/// What an attempt without a process does.
struct ScriptedRun {
    int exit_code = 0;
    int signal = 0;                             ///< ends it instead, e.g. 9: memory ran out
    std::vector<std::string> lines{};           ///< written to stdout just before its end
    std::chrono::milliseconds duration{1'000};  ///< in the sandbox's time
    std::chrono::milliseconds stops_after{0};   ///< how long it takes to obey SIGTERM (exit 143)
};
using JobScript = std::function<ScriptedRun(const ContainerEnv& env)>;

/// Attempts without processes, in the sandbox's time. `script` is asked once an attempt, at its
/// start, under the lock.
std::unique_ptr<JobRunner> make_scripted_runner(JobScript script);

struct ForkingSettings {
    std::string program;       ///< path
    ContainerEnv inherited{};  ///< what containers have besides their own variables
    /// Called when there is news, from a thread of the runner's that holds no lock.
    std::function<void()> on_news = [] {};
    std::chrono::milliseconds grace{10'000};  ///< from SIGTERM to SIGKILL
};

/// Attempts as processes, each in a process group of its own; all are killed with the runner, and
/// when this process dies.
std::unique_ptr<JobRunner> make_forking_runner(ForkingSettings settings, Clock& clock);

}  // namespace sheetbq::sandbox
