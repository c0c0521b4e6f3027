// F2 and F3: starts whose answer is lost, and starts that are refused.

#include "fault/results.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <mutex>

using namespace sheetbq::testing;
using namespace std::chrono_literals;

namespace {

namespace sandbox = sheetbq::sandbox;
namespace http = sheetbq::http;

constexpr FleetOptions quick_start{.settle = 2'000ms, .lease = 1'500ms, .run_takes = 100ms};

sandbox::Fault at_start(int times) {
    return {.path_contains = ":run", .method = http::Method::post, .times = times};
}

std::vector<std::pair<std::string, sandbox::Fault>> ways_to_lose_an_answer() {
    std::vector<std::pair<std::string, sandbox::Fault>> ways;
    const auto add = [&](const std::string& name) -> sandbox::Fault& {
        return ways.emplace_back(name, at_start(3)).second;
    };
    add("503 after the start").instead = sandbox::Answer{.status = 503};
    add("429 after the start").instead = sandbox::Answer{.status = 429};
    add("500 after the start").instead = sandbox::Answer{.status = 500, .body = "<html>oops"};
    add("connection reset").lose_answer = true;
    add("nothing comes back").stall = 4s;
    add("cut in the middle of the body").cut_after = 40;
    auto& short_body = add("closed in the middle of the body");
    short_body.cut_after = 40;
    short_body.clean_cut = true;
    add("200 with an empty object").instead = sandbox::Answer{.status = 200, .body = "{}"};
    add("200 that is no JSON").instead = sandbox::Answer{.status = 200, .body = "\x1f\x8b junk"};
    add("a byte a second").drip = 1;
    return ways;
}

std::vector<std::string> lose_answers(Fleet& fleet, const sandbox::Fault& fault) {
    fleet.add_configs(3);
    fleet.world.google.fail(fault);
    const auto end = fleet.tick();
    std::vector<std::string> wrong;
    const auto told = [&](const std::string& what) {
        std::size_t times = 0;
        for (auto at = end.out.find(what); at != std::string::npos; at = end.out.find(what, at + 1))
            ++times;
        return times;
    };
    expect(wrong, end.exit_code == 0, "the tick failed: " + end.out + end.err);
    expect(wrong, told("\"start_ambiguous\"") == 3, "not three answers were lost: " + end.out);
    expect(wrong, told("\"run_adopted\"") == 3, "not three were adopted: " + end.out);
    expect(wrong, fleet.world.google.count(":run") == 3, "asked more than once each");
    const auto late = fleet.value(
        "SELECT count(*) FROM sheetbq.run WHERE started_at > start_requested_at + interval '8 s'");
    expect(wrong, late == "0", late + " adopted later than after settle and a tick");
    for (auto& each : wrongs(fleet)) wrong.push_back(std::move(each));
    expect(wrong,
           fleet.value("SELECT count(*) FROM sheetbq.run WHERE state = 'succeeded' AND "
                       "start_tries = 1") == "3",
           "not three succeeded at the first try");
    return wrong;
}

/// When jobs.run was asked for, whatever was answered.
class StartTimes {
public:
    explicit StartTimes(sandbox::Sandbox& google) {
        google.edit([&] {
            google.on_request = [this, before = google.on_request](const auto& request) {
                if (before) before(request);
                if (request.target.find(":run") == std::string::npos) return;
                const std::lock_guard lock{mutex_};
                times_.push_back(std::chrono::steady_clock::now());
                statuses_.push_back(request.status);
            };
        });
    }
    std::size_t count(int status) const {
        const std::lock_guard lock{mutex_};
        return static_cast<std::size_t>(std::ranges::count(statuses_, status));
    }
    /// How many more starts there were after the first refusal than the rate allows, at the worst.
    double above(double rate, int refusal) const {
        const std::lock_guard lock{mutex_};
        const auto first =
            static_cast<std::size_t>(std::ranges::find(statuses_, refusal) - statuses_.begin());
        double most = 0;
        for (auto i = first + 1; i < times_.size(); ++i) {
            const std::chrono::duration<double> span = times_[i] - times_[first];
            most = std::max(most, static_cast<double>(i - first) - rate * span.count());
        }
        return most;
    }

private:
    mutable std::mutex mutex_;
    std::vector<std::chrono::steady_clock::time_point> times_;
    std::vector<int> statuses_;
};

/// Thirty seconds of the breaker, and what it holds back, are over at once.
void let_time_pass(Fleet& fleet) {
    fleet.query(
        "UPDATE sheetbq.pool SET breaker_until = clock_timestamp() WHERE breaker_until IS NOT NULL;"
        " UPDATE sheetbq.config_state SET not_before = NULL WHERE failures = 0;"
        " UPDATE sheetbq.run SET next_poll_at = clock_timestamp()"
        " WHERE state = 'claimed' AND lease_owner IS NULL");
}

/// Waits for up to 40 seconds while an orchestrator ticks.
bool while_ticking(Fleet& fleet, const std::function<bool()>& done) {
    fleet.tick({}, {"--exclude-config=1,2,3,4,5,6,7,8"});  // makes the schema
    const auto loop = fleet.start({{"SHEETBQ_LOOP", "1s"}});
    bool good = false;
    for (int i = 0; i < 400 && !(good = done()); ++i) std::this_thread::sleep_for(100ms);
    loop->send_signal(SIGTERM);
    loop->wait(30s);
    return good;
}

/// Ten refusals, then one of two, then none.
std::vector<std::string> storm(Fleet& fleet, int status) {
    fleet.add_configs(8);
    const StartTimes starts{fleet.world.google};
    auto all = at_start(10);
    all.answer = sandbox::Answer{.status = status};
    fleet.world.google.fail(all);
    for (int i = 0; i < 6; ++i) {
        auto every_other = all;
        every_other.times = 1;
        every_other.skip = 1 + i;  // a fault counts only the calls that those before it let pass
        fleet.world.google.fail(every_other);
    }
    std::vector<std::string> wrong;
    const bool started = while_ticking(fleet, [&] {
        let_time_pass(fleet);
        return starts.count(200) == 8;
    });
    expect(wrong, started, fmt::format("{} of eight started", starts.count(200)));
    let_time_pass(fleet);
    expect(wrong, starts.count(status) == 16, "the storm was shorter than arranged");
    for (auto& each : wrongs(fleet)) wrong.push_back(std::move(each));
    const auto blamed = fleet.value("SELECT count(*) FROM sheetbq.config_state WHERE failures > 0");
    expect(wrong, blamed == "0", blamed + " configurations are blamed");
    expect(wrong,
           fleet.value("SELECT count(DISTINCT config_id) FROM sheetbq.run WHERE state = "
                       "'succeeded'") == "8",
           "not all eight succeeded");
    if (status == 429) {
        const auto above = starts.above(2.5, status);
        expect(wrong, above < 1.5, fmt::format("{} starts above the bucket's rate", above));
    }
    return wrong;
}

}  // namespace

TEST_CASE("F2 a start whose answer is lost is found again, and never repeated", "[F2]") {
    std::vector<Trial> trials;
    for (const auto& [name, fault] : ways_to_lose_an_answer())
        trials.push_back({name, quick_start,
                          [fault = fault](Fleet& fleet) { return lose_answers(fleet, fault); }});
    run_trials(trials);
}

TEST_CASE("F3 a storm of refused starts is nobody's failure, and ends when it is over", "[F3]") {
    auto slow = quick_start;
    slow.settle = 900ms;
    slow.start_rate = "5/s";
    run_trials({{"429", slow, [](Fleet& fleet) { return storm(fleet, 429); }},
                {"503", slow, [](Fleet& fleet) { return storm(fleet, 503); }}});
}

TEST_CASE("F3 what never starts opens one incident and is held back, not blamed", "[F3]") {
    Fleet fleet{quick_start};
    fleet.add_configs(4);
    auto always = at_start(-1);
    always.answer = sandbox::Answer{.status = 503};
    fleet.world.google.fail(always);

    CHECK(while_ticking(fleet, [&] {
        return fleet.value("SELECT count(*) FROM sheetbq.run WHERE state = 'lost'") != "0";
    }));

    CHECK(fleet.value("SELECT breaker_until > clock_timestamp() FROM sheetbq.pool") == "t");
    CHECK(fleet.value("SELECT count(*) FROM sheetbq.config_state WHERE failures > 0") == "0");
    CHECK(fleet.value("SELECT count(*) FROM sheetbq.outbox WHERE kind = 'pool'") == "1");
    CHECK(fleet.value("SELECT count(*) FROM sheetbq.outbox WHERE kind = 'opened'") == "0");
    const auto asked = fleet.world.google.count(":run");
    while_ticking(fleet, [looks = 0]() mutable { return ++looks > 20; });
    CHECK(fleet.world.google.count(":run") == asked);
}
