#include "sheetbq/app/run_listing.hpp"

#include "sheetbq/app/find_run.hpp"
#include "sheetbq/app/run_events.hpp"
#include "support/catch.hpp"
#include "support/status_sample.hpp"

#include <boost/json.hpp>

#include <algorithm>

using namespace sheetbq::testing;
using namespace std::chrono_literals;
using sheetbq::app::Detail;
using sheetbq::app::run_details;
using sheetbq::app::run_events;
using sheetbq::app::run_json;
using sheetbq::app::run_listing;
using sheetbq::control::Run;
using sheetbq::control::RunState;

namespace {

std::string shown(const std::vector<Detail>& details, std::string_view label) {
    const auto found = std::find_if(details.begin(), details.end(),
                                    [&](const Detail& each) { return each.label == label; });
    REQUIRE(found != details.end());
    return found->shown.text;
}

Run live_run(RunState state) {
    auto run = sample_run(RunState::running, 0s, 0ms, 0);
    run.state = state;
    run.finished_at.reset();
    run.started_at = sample_now() - 90s;
    run.start_requested_at = sample_now() - 100s;
    run.report.clear();
    return run;
}

}  // namespace

TEST_CASE("Rows are told of a run that loaded some") {
    const auto good = sample_run(RunState::succeeded, 60s, 1500ms, 1234);
    auto bad = good;
    bad.state = RunState::failed;

    CHECK(run_json(good, {}).at("rows") == 1234);
    CHECK(run_json(bad, {}).at("rows").is_null());
    CHECK(run_json(good, {}).at("config_name").is_null());
    CHECK(run_json(good, {{good.config_id, "orders"}}).at("config_name") == "orders");
}

TEST_CASE("A listing has an error's column where there is room") {
    const auto run = sample_run(RunState::failed, 60s, 1500ms, 0);

    CHECK(run_listing({run}, {}, sample_now(), true).columns.back().key == "error_message");
    CHECK(run_listing({run}, {}, sample_now(), false).columns.back().key == "created_at");
}

TEST_CASE("How a run stands is told in words") {
    struct Case {
        RunState state;
        const char* words;
    };
    const auto each =
        GENERATE(Case{RunState::claimed, "claimed: waits for its start"},
                 Case{RunState::starting, "starting: asked for 1 min ago, nothing heard yet"},
                 Case{RunState::running, "running for 1 min 30 s"},
                 Case{RunState::cancelling, "cancelling for 1 min 30 s"});

    const auto details = run_details(live_run(each.state), std::nullopt, sample_now());

    CHECK(shown(details, "state") == each.words);
    CHECK_THAT(shown(details, "next"), ContainsSubstring("helper cancel "));
}

TEST_CASE("A missing execution and a wish to stop are told") {
    auto run = live_run(RunState::running);
    run.cancel_requested = true;
    run.missing_since = sample_now() - 10min;

    CHECK(shown(run_details(run, std::nullopt, sample_now()), "state") ==
          "running, asked to stop: its execution was not found since 10 min ago");
}

TEST_CASE("A failure is told in three parts where its report has them") {
    auto run = sample_run(RunState::failed, 60s, 1500ms, 0);
    run.error_message = "no tab: there are others";
    run.error_hint = "Correct it.";
    run.report = R"({"error": {"text": "no tab", "reason": "there are others"}})";
    CHECK(sheetbq::app::error_shown(run).text == "no tab\nwhy: there are others\ndo:  Correct it.");

    run.report = "no JSON";
    CHECK(sheetbq::app::error_shown(run).text == "no tab: there are others\ndo:  Correct it.");
    run.error_message.clear();
    CHECK(sheetbq::app::error_shown(run).text.empty());
}

TEST_CASE("The life of a run is told in its order, messages too") {
    auto run = sample_run(RunState::failed, 60s, 1500ms, 0);
    run.start_requested_at = run.created_at + 1s;
    run.start_tries = 2;
    run.cancel_requested_at = *run.finished_at - 100ms;
    run.exit_code = 3;
    run.error_message = "no tab";
    run.execution_name = "projects/p/locations/r/jobs/j/executions/j-abcde";
    sheetbq::control::OutboxLine sent{.id = 1, .message = {"k", "opened", "{}"}};
    sent.created_at = *run.finished_at;
    sent.sent_at = *run.finished_at + 5s;
    auto dead = sent;
    dead.sent_at.reset();
    dead.dead = true;
    dead.not_before = *run.finished_at + 9s;
    dead.last_error = "HTTP 404";

    const auto listing = run_events(run, {sent, dead}, sample_now());

    std::string names;
    for (const auto& item : listing.items) names += std::string{item.at("event").as_string()} + " ";
    CHECK(names ==
          "due claimed start_requested started cancel_requested finished message message "
          "message_sent message_given_up ");
    CHECK(listing.items[2].at("text") == "the start was asked for, 2 times; this is the last");
    CHECK(listing.items[3].at("text") == "execution j-abcde");
    CHECK(listing.items[5].at("text") == "failed, exit code 3: no tab");
}

TEST_CASE("A short id tells runs of one millisecond apart") {
    CHECK(sheetbq::app::short_id("019a2f3e-1b2c-7abc-9def-0123456789ab") ==
          "019a2f3e-1b2c-7abc-9def");
    CHECK(sheetbq::app::short_execution("projects/p/locations/r/jobs/j/executions/j-abcde") ==
          "j-abcde");
    CHECK(sheetbq::app::short_execution("local/vm/12-34") == "local/vm/12-34");
}
