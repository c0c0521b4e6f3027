#include "job_runner.hpp"

#include <algorithm>
#include <utility>

namespace sheetbq::sandbox {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds grace{10'000};
constexpr int terminated = 143;
constexpr int kill_signal = 9;

class ScriptedRunner final : public JobRunner {
public:
    explicit ScriptedRunner(JobScript script) : script_{std::move(script)} {}

    void start(const Attempt& attempt, Clock::TimePoint at) override {
        Running running{.run = script_(attempt.env), .end = {}, .ends_at = {}};
        running.end = {.exit_code = running.run.exit_code, .signal = running.run.signal};
        running.ends_at = at + running.run.duration;
        auto& known = running_[attempt.id] = std::move(running);
        if (known.run.duration > attempt.timeout) interrupt(known, at + attempt.timeout, true);
    }

    void stop(std::uint64_t id, Clock::TimePoint at) override {
        const auto found = running_.find(id);
        if (found != running_.end() && found->second.ends_at > at)
            interrupt(found->second, at, false);
    }

    std::vector<AttemptNews> news(Clock::TimePoint now) override {
        std::vector<AttemptNews> out;
        for (auto& [id, running] : running_) {
            if (running.ends_at > now) continue;
            for (auto& line : running.run.lines)
                out.push_back({.id = id,
                               .kind = AttemptNews::Kind::out,
                               .at = running.ends_at,
                               .line = std::move(line)});
            out.push_back({.id = id, .at = running.ends_at, .end = running.end});
        }
        std::erase_if(running_, [now](const auto& entry) { return entry.second.ends_at <= now; });
        std::stable_sort(out.begin(), out.end(),
                         [](const auto& a, const auto& b) { return a.at < b.at; });
        return out;
    }

private:
    struct Running {
        ScriptedRun run;
        AttemptEnd end;
        Clock::TimePoint ends_at;
    };

    static void interrupt(Running& running, Clock::TimePoint at, bool timed_out) {
        const bool obeys = running.run.stops_after <= grace;
        running.ends_at = at + (obeys ? running.run.stops_after : grace);
        running.end = {.exit_code = obeys ? terminated : 0,
                       .signal = obeys ? 0 : kill_signal,
                       .timed_out = timed_out};
        running.run.lines.clear();
    }

    JobScript script_;
    std::map<std::uint64_t, Running> running_;
};

}  // namespace

std::unique_ptr<JobRunner> make_scripted_runner(JobScript script) {
    return std::make_unique<ScriptedRunner>(std::move(script));
}

}  // namespace sheetbq::sandbox
