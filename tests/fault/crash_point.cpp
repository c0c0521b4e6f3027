// Crash points and bugs of the fault build; see control/crash_point.hpp.

#include "sheetbq/control/crash_point.hpp"

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <mutex>
#include <random>
#include <string>

namespace sheetbq::control {
namespace {

std::string variable(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? "" : value;
}

/// `NAME` or `NAME:N`: the N-th time that this point is passed.
class Point {
public:
    explicit Point(const std::string& text)
        : name_{text.substr(0, text.find(':'))},
          left_{text.find(':') == std::string::npos ? 1
                                                    : std::stoi(text.substr(text.find(':') + 1))} {}
    bool reached(std::string_view name) { return name == name_ && --left_ == 0; }

private:
    std::string name_;
    std::atomic<int> left_;
};

/// `0.03:17`: each point kills with that chance, by that seed.
bool by_chance() {
    static const std::string text = variable("SHEETBQ_CRASH_CHANCE");
    if (text.empty()) return false;
    static std::mutex mutex;
    static std::mt19937_64 random{std::stoull(text.substr(text.find(':') + 1))};
    const std::lock_guard lock{mutex};
    return std::uniform_real_distribution<>{0, 1}(random) < std::stod(text);
}

}  // namespace

void crash_point(std::string_view name) {
    static Point crash{variable("SHEETBQ_CRASH_AT")};
    static Point pause{variable("SHEETBQ_PAUSE_AT")};
    if (crash.reached(name) || by_chance()) std::raise(SIGKILL);
    if (pause.reached(name)) std::raise(SIGSTOP);
}

/// One bug, or several with commas between.
bool injected_bug(std::string_view name) {
    static const std::string bugs = "," + variable("SHEETBQ_INJECT_BUG") + ",";
    return bugs.find("," + std::string{name} + ",") != std::string::npos;
}

}  // namespace sheetbq::control
