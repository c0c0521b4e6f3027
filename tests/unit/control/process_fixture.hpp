#pragma once

#include "sheetbq/control/process_launcher.hpp"
#include "support/catch.hpp"
#include "support/certificate.hpp"

#include <sys/stat.h>

#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <functional>
#include <mutex>
#include <sstream>
#include <thread>

namespace sheetbq::testing {

using namespace std::chrono_literals;

/// Waits at most ten seconds for what another process or thread does.
inline bool soon(const std::function<bool()>& happened) {
    const auto give_up = std::chrono::steady_clock::now() + 10s;
    while (!happened() && std::chrono::steady_clock::now() < give_up) std::this_thread::yield();
    return happened();
}

inline std::string content(const std::filesystem::path& path) {
    std::ostringstream text;
    text << std::ifstream{path}.rdbuf();
    return text.str();
}

/// Whether a process runs; one that only waits for its parent to notice its end does not.
inline bool alive(const std::string& pid) {
    const auto line = content("/proc/" + pid + "/stat");
    const auto name_end = line.rfind(") ");
    return name_end != std::string::npos && line.at(name_end + 2) != 'Z';
}

/// A shell script as the job, its lines, and a launcher with short patience.
class Workshop {
public:
    /// An executable script; `$FOLDER` is a folder of its own.
    std::string script(const std::string& body) {
        const auto path = folder_.path() / ("job" + std::to_string(++scripts_));
        std::ofstream{path} << "#!/bin/sh\nFOLDER='" << folder_.path().string() << "'\n" << body;
        ::chmod(path.c_str(), 0755);
        return path;
    }
    std::unique_ptr<control::Launcher> launcher(control::ProcessSettings settings) {
        return control::make_process_launcher(std::move(settings), clock_,
                                              [this](std::string_view run, std::string_view line) {
                                                  const std::lock_guard lock{mutex_};
                                                  lines_.emplace_back(run, line);
                                              });
    }
    std::unique_ptr<control::Launcher> launcher(const std::string& body) {
        return launcher(control::ProcessSettings{.program = script(body)});
    }
    std::filesystem::path file(const std::string& name) const { return folder_.path() / name; }
    std::vector<std::pair<std::string, std::string>> lines() const {
        const std::lock_guard lock{mutex_};
        return lines_;
    }

private:
    TemporaryDirectory folder_;
    SystemClock clock_;
    int scripts_ = 0;
    mutable std::mutex mutex_;
    std::vector<std::pair<std::string, std::string>> lines_;
};

/// Starts it and insists on the answer.
inline control::Execution start(control::Launcher& launcher,
                                const control::Variables& variables = {}) {
    const auto answer = launcher.start(variables, 10s, {});
    if (answer.error) FAIL(describe(*answer.error));
    REQUIRE(answer.kind == control::StartAnswer::Kind::started);
    return answer.execution.value();
}

/// The execution once it has ended.
inline control::Execution ended(control::Launcher& launcher, const std::string& name) {
    REQUIRE(soon([&] { return launcher.find(name, {}).value().completed_at.has_value(); }));
    return launcher.find(name, {}).value();
}

}  // namespace sheetbq::testing
