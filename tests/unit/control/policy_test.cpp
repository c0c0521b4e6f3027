#include "sheetbq/control/policy.hpp"

#include "support/catch.hpp"

#include <boost/json.hpp>

using namespace sheetbq;
using namespace sheetbq::control;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

const Clock::TimePoint now = std::chrono::sys_days{std::chrono::year{2026} / 3 / 1} + hours{9};

/// The longest wait that jitter may pick.
milliseconds most(milliseconds cap) { return cap; }

Config daily() {
    Config config;
    config.id = 7;
    config.name = "orders";
    config.project = "p";
    config.dataset = "d";
    config.table = "t";
    config.frequency_hours = 24;
    return config;
}

Run run_of(const Config& config) {
    Run run;
    run.run_id = "019a2f3e-0000-7000-8000-000000000001";
    run.config_id = config.id;
    run.config_hash = "abc";
    return run;
}

Ending failure(Code code) {
    Ending ending;
    ending.code = code;
    ending.message = "it failed";
    ending.hint = "Mend it.";
    return ending;
}

Consequence after(const ConfigState& before, const Ending& ending, Clock::TimePoint at = now) {
    return consequence(before, run_of(daily()), ending, daily(), at, most, "incident-1");
}

}  // namespace

TEST_CASE("a success forgets every failure") {
    ConfigState before;
    before.failures = 4;
    before.not_before = now + hours{3};
    before.last_error = "it failed";
    Ending good;
    good.state = RunState::succeeded;
    good.sheets_requests = 9;

    const auto result = after(before, good);

    CHECK(result.state.failures == 0);
    CHECK_FALSE(result.state.not_before);
    CHECK(result.state.last_error.empty());
    CHECK(result.state.sheets_requests == 9);
    CHECK(result.messages.empty());
}

TEST_CASE("a success closes the incident, once, with what it took") {
    ConfigState before;
    before.failures = 3;
    before.incident_id = "incident-1";
    before.incident_opened_at = now - hours{5};
    Ending good;
    good.state = RunState::succeeded;

    const auto result = after(before, good);

    REQUIRE(result.messages.size() == 1);
    CHECK(result.messages[0].dedup_key == "incident:incident-1:closed");
    CHECK(result.messages[0].kind == "recovered");
    const auto payload = boost::json::parse(result.messages[0].payload);
    CHECK(payload.at("failures").as_int64() == 3);
    CHECK(payload.at("seconds").as_int64() == 5 * 3'600);
    CHECK(result.state.incident_id.empty());
}

TEST_CASE("what a person has to mend is said at the first failure") {
    const auto code = GENERATE(Code::bad_config, Code::permission_denied, Code::not_found,
                               Code::unauthenticated, Code::bad_data);

    const auto result = after({}, failure(code));

    REQUIRE(result.messages.size() == 1);
    CHECK(result.messages[0].dedup_key == "incident:incident-1:open");
    CHECK(result.state.incident_opened_at == now);
    const auto payload = boost::json::parse(result.messages[0].payload);
    CHECK(payload.at("message").as_string() == "it failed");
    CHECK(payload.at("hint").as_string() == "Mend it.");
    CHECK(payload.at("target").as_string() == "p.d.t");
}

TEST_CASE("what may pass by itself is said after three failures in a row") {
    const auto code = GENERATE(Code::quota, Code::unavailable, Code::deadline, Code::internal);
    ConfigState state;
    for (int i = 1; i <= 2; ++i) {
        const auto result = after(state, failure(code));
        CHECK(result.messages.empty());
        state = result.state;
    }

    const auto third = after(state, failure(code));

    CHECK(third.messages.size() == 1);
    CHECK(third.state.failures == 3);
}

TEST_CASE("what may pass by itself is said after two hours") {
    const auto first = after({}, failure(Code::unavailable));

    const auto later = after(first.state, failure(Code::unavailable), now + hours{2});

    CHECK(later.messages.size() == 1);
}

TEST_CASE("an open incident is not opened again") {
    const auto first = after({}, failure(Code::bad_data));
    const auto second = after(first.state, failure(Code::permission_denied));

    CHECK(second.messages.empty());
    CHECK(second.state.failures == 2);
    CHECK(second.state.incident_id == "incident-1");
    CHECK(second.state.last_error_class == "permission_denied");
}

TEST_CASE("what is nobody's fault counts for nothing") {
    ConfigState before;
    before.failures = 2;
    Ending lost;
    lost.state = GENERATE(RunState::lost, RunState::failed, RunState::cancelled);
    lost.code = Code::unavailable;
    lost.blameless = true;

    const auto result = after(before, lost);

    CHECK(result.state.failures == 2);
    CHECK(result.messages.empty());
    REQUIRE(result.state.not_before);
    CHECK(*result.state.not_before <= now + minutes{1});
}

TEST_CASE("a run that a person cancelled comes back at its next time") {
    auto run = run_of(daily());
    run.cancel_requested = true;
    Ending cancelled;
    cancelled.state = RunState::cancelled;
    cancelled.blameless = true;

    const auto result = consequence({}, run, cancelled, daily(), now, most, "i");

    CHECK(result.state.not_before == now + hours{24});
}

TEST_CASE("backoff of what a person has to mend grows from the interval to a day") {
    CHECK(backoff(Code::bad_config, 1, hours{2}, most) == hours{2});
    CHECK(backoff(Code::bad_config, 3, hours{2}, most) == hours{8});
    CHECK(backoff(Code::bad_config, 9, hours{2}, most) == hours{24});
    CHECK(backoff(Code::bad_config, 1, std::nullopt, most) == hours{1});
    CHECK(backoff(Code::bad_config, 1, hours{24 * 365 * 10}, most) == hours{24});
}

TEST_CASE("backoff of what may pass grows from a minute to the interval, six hours at most") {
    CHECK(backoff(Code::quota, 1, hours{24}, most) == minutes{1});
    CHECK(backoff(Code::quota, 4, hours{24}, most) == minutes{8});
    CHECK(backoff(Code::unavailable, 9, hours{24}, most) == minutes{256});
    CHECK(backoff(Code::unavailable, 9, hours{1}, most) == hours{1});
    CHECK(backoff(Code::unavailable, 1, hours{1}, [](milliseconds) { return milliseconds{0}; }) ==
          seconds{1});
}

TEST_CASE("after ten failures in a row one probe a day is left") {
    CHECK(backoff(Code::unavailable, 10, hours{1}, most) == hours{24});
    CHECK(backoff(Code::bad_config, 500, hours{168}, most) == hours{168});
}

TEST_CASE("every exit code that is documented has its class") {
    for (int i = 0; i <= static_cast<int>(Code::database); ++i) {
        const auto code = static_cast<Code>(i);
        CHECK(code_of_exit(exit_code(code)) == code);
    }
    CHECK(code_of_exit(42) == Code::internal);
}
