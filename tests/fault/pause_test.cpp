// F12: orchestrators that stand still for longer than anybody waits for them, and then go on.

#include "fault/results.hpp"

#include <fmt/format.h>

#include <csignal>
#include <random>

using namespace sheetbq::testing;
using namespace std::chrono_literals;

namespace {

namespace sandbox = sheetbq::sandbox;

constexpr auto settle = 1'500ms;
constexpr FleetOptions scripted{.settle = settle, .lease = 1'000ms, .run_takes = 300ms};
constexpr FleetOptions real{.real_jobs = true, .settle = settle, .lease = 1'000ms};

void ticks_for(const Fleet& fleet, std::chrono::milliseconds time) {
    const auto end = std::chrono::steady_clock::now() + time;
    while (std::chrono::steady_clock::now() < end) {
        fleet.start()->wait(60s);
        std::this_thread::sleep_for(50ms);
    }
}

/// One stands still at a point while others work; then it goes on.
std::vector<std::string> stand_still(Fleet& fleet, const std::string& point, int settles) {
    fleet.add_configs(3);
    const auto sleeper = fleet.start({{"SHEETBQ_PAUSE_AT", point}});
    std::vector<std::string> wrong;
    expect(wrong, sleeper->wait_stopped(), "it never stood still");
    ticks_for(fleet, settle * settles + 300ms);
    sleeper->send_signal(SIGCONT);
    const auto end = sleeper->wait(60s);
    expect(wrong, end.exit_code == 0 || end.exit_code == 1, "it did not go on: " + end.out);
    for (auto& each : wrongs(fleet)) wrong.push_back(std::move(each));
    expect(wrong,
           fleet.value("SELECT count(DISTINCT config_id) || ' ' || count(*) FROM sheetbq.run "
                       "WHERE state = 'succeeded'") == "3 3",
           "not each of three succeeded once");
    return wrong;
}

/// The start of a run reaches Cloud Run a second time: from a process that stood still between its
/// decision and its request.
void start_again(sandbox::Sandbox& google, std::size_t which,
                 const std::vector<std::pair<std::string, std::string>>& changes = {}) {
    const auto first = google.run.executions.at(which);
    auto env = first.env;
    for (const auto& [name, text] : changes)
        for (auto& variable : env)
            if (variable.first == name) variable.second = text;
    create_execution(google.run,
                     {.job = first.job,
                      .env = env,
                      .args = first.args,
                      .task_count = 1,
                      .timeout = first.timeout,
                      .creator = first.creator},
                     google.clock().now());
}

/// Waits until every execution has ended.
bool ended(Fleet& fleet) {
    for (int i = 0; i < 1'000; ++i) {
        bool all = true;
        fleet.world.google.edit([&] {
            for (const auto& execution : fleet.world.google.run.executions)
                all = all && execution.ended_at.has_value();
        });
        if (all) return true;
        std::this_thread::sleep_for(10ms);
    }
    return false;
}

std::vector<std::string> both_at_once(Fleet& fleet) {
    fleet.add_configs(3);
    fleet.world.google.fail({.path_contains = ":run",
                             .method = sheetbq::http::Method::post,
                             .times = 3,
                             .then = [](sandbox::Sandbox& google) {
                                 start_again(google, google.run.executions.size() - 1);
                             }});
    const auto end = fleet.tick();
    std::vector<std::string> wrong;
    expect(wrong, end.exit_code == 0, "the tick failed: " + end.out);
    expect(wrong, ended(fleet), "executions did not end");
    for (auto& each : wrongs(fleet, 3)) wrong.push_back(std::move(each));
    expect(wrong, fleet.extra_executions() == 3, "nothing was started twice");
    return wrong;
}

/// @param too_late  after the time that the start was good for.
std::vector<std::string> long_afterwards(Fleet& fleet, bool too_late) {
    fleet.add_configs(1);
    const auto end = fleet.tick();
    std::vector<std::string> wrong;
    expect(wrong, end.exit_code == 0, "the tick failed: " + end.out);
    auto& google = fleet.world.google;
    google.edit([&] {
        // The next load is of other rows: one that came late would be seen.
        for (auto& [id, sheet] : google.sheets)
            sheet.tabs.at(0) = sandbox::tab_from_csv("Orders", "a,b\n9,late\n");
        if (too_late) google.bigquery.jobs.clear();
        start_again(google, 0,
                    too_late
                        ? std::vector<std::pair<std::string, std::string>>{{"SHEETBQ_START_BY",
                                                                            "2026-01-01T00:00:00Z"}}
                        : std::vector<std::pair<std::string, std::string>>{});
    });
    expect(wrong, ended(fleet), "the late one did not end");
    google.edit([&] {
        const int code = google.run.executions.at(1).tasks.at(0).last->exit_code;
        expect(wrong, code == (too_late ? 75 : 0), fmt::format("the late one exits {}", code));
        const auto* table = google.bigquery.find_table("demo-project", "demo", "table_1");
        const auto text = table == nullptr ? "none" : text_of_table(*table);
        expect(wrong, text == "1|x|\n2|y|\n", "the table was changed late: " + text);
    });
    for (auto& each : wrongs(fleet, 1)) wrong.push_back(std::move(each));
    return wrong;
}

/// Lets one after the other stand still for one to three settle times, at any moment.
int stop_at_random(std::vector<std::unique_ptr<Process>>& loops, std::mt19937_64& random) {
    constexpr int rounds = 5;
    for (int i = 0; i < rounds; ++i) {
        auto& chosen = *loops[random() % loops.size()];
        std::this_thread::sleep_for(std::chrono::milliseconds{random() % 150});
        chosen.send_signal(SIGSTOP);
        std::this_thread::sleep_for(settle * (1 + random() % 3) / 2);
        chosen.send_signal(SIGCONT);
    }
    return rounds;
}

}  // namespace

TEST_CASE("F12 an orchestrator that stood still at any step and goes on does nothing twice",
          "[F12]") {
    std::vector<Trial> trials;
    for (const auto* point :
         {"after_intent", "before_intent", "claim_before_commit", "claim_after_commit", "leased",
          "after_post_before_record", "after_record", "finish_mid_tx", "after_finish"})
        for (const int settles : {1, 3}) {
            const bool jobs = settles == 1 && std::string{point} == "after_intent";
            trials.push_back(
                {fmt::format("{} for {} x settle", point, settles), jobs ? real : scripted,
                 [point, settles](Fleet& fleet) { return stand_still(fleet, point, settles); }});
        }
    run_trials(trials);
}

TEST_CASE("F12 a run that is started twice all the same loads once, for its load job has its name",
          "[F12]") {
    run_trials(
        {{"both at once", real, both_at_once},
         {"long afterwards", real, [](Fleet& fleet) { return long_afterwards(fleet, false); }},
         {"after its time", real, [](Fleet& fleet) { return long_afterwards(fleet, true); }}});
}

TEST_CASE("F12 orchestrators that stand still at random repeat nothing that has an effect",
          "[F12][soak]") {
    const auto seed = static_cast<unsigned>(GENERATE(range(1, 1 + seeds())));
    CAPTURE(seed);
    Fleet fleet{{.settle = settle, .lease = 1'000ms, .run_takes = 700ms}};
    fleet.add_configs(12);
    std::mt19937_64 random{seed};
    std::vector<std::unique_ptr<Process>> loops;
    for (int i = 0; i < 3; ++i) loops.push_back(fleet.start({{"SHEETBQ_LOOP", "1s"}}));

    stop_at_random(loops, random);
    for (const auto& loop : loops) loop->send_signal(SIGTERM);
    for (const auto& loop : loops) CHECK(loop->wait(30s).exit_code == 143);

    CHECK(wrongs(fleet, 1) == std::vector<std::string>{});
    CHECK(fleet.value("SELECT count(DISTINCT config_id) FROM sheetbq.run WHERE state = "
                      "'succeeded'") == "12");
    record_measure(fmt::format("seed {}: {} extra", seed, fleet.extra_executions()));
}
