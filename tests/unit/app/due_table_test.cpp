#include "sheetbq/app/due_table.hpp"

#include "support/catch.hpp"

#include <boost/json.hpp>

using namespace sheetbq;
using namespace sheetbq::app;
using std::chrono::hours;
using std::chrono::minutes;

namespace {

const Clock::TimePoint now = std::chrono::sys_days{std::chrono::year{2026} / 3 / 1} + hours{9};

control::DueLine daily(int id, const std::string& name) {
    control::DueLine line;
    line.config.id = id;
    line.config.name = name;
    line.config.frequency_hours = 24;
    return line;
}

}  // namespace

TEST_CASE("a dry run says why a configuration is due") {
    auto line = daily(1, "orders");
    line.due = true;
    CHECK(why_due(line, now) == "never ran, every 24 h");

    line.config.last_run = now - hours{25};
    CHECK(why_due(line, now) == "last run 25 h ago, every 24 h");

    line.config.frequency_hours = std::nullopt;
    CHECK(why_due(line, now) == "last run 25 h ago, every tick");
}

TEST_CASE("a dry run says why a configuration is not due") {
    auto line = daily(1, "orders");
    line.config.last_run = now - hours{20};
    line.due_at = now + hours{4};
    CHECK(why_due(line, now) == "last run 20 h ago, every 24 h, due in 4 h");

    line.config.last_run = now + minutes{30};
    CHECK(why_due(line, now) == "last_run lies in 30 min, every 24 h");

    line.config.active = false;
    CHECK(why_due(line, now) == "switched off (is_active is false)");
}

TEST_CASE("a dry run says what blocks a configuration that is due") {
    auto line = daily(1, "orders");
    line.due = true;
    CHECK(blocked_by(line, now).empty());
    line.over_cap = true;
    CHECK(blocked_by(line, now) == "the cap on parallel runs is reached");
    line.sheet_queued = true;
    CHECK(blocked_by(line, now) == "another configuration of its spreadsheet is first");
    line.sheet_busy = true;
    CHECK(blocked_by(line, now) == "its spreadsheet is being read by another run");
    line.not_before = now + minutes{10};
    line.failures = 2;
    CHECK(blocked_by(line, now) == "backing off for 10 min after 2 failures");
    line.live_run = "019a";
    CHECK(blocked_by(line, now) == "run 019a is live");
}

TEST_CASE("the table of a dry run is aligned by characters, and names stay on their line") {
    auto first = daily(1, "Umsätze\n2026");
    first.due = true;
    first.order = 1;

    const auto text = due_table({first, daily(2, "b")}, now, true);

    CHECK_THAT(text, ContainsSubstring("ID  NAME          DUE  START  WHY"));
    CHECK_THAT(text, ContainsSubstring("1   Umsätze 2026  yes  1.     never ran, every 24 h"));
    CHECK_THAT(text, ContainsSubstring("1 of 2 would start now. Nothing was started."));
    CHECK_THAT(text, ContainsSubstring("Starts are paused"));
}

TEST_CASE("a dry run for programs has a schema") {
    const auto parsed = boost::json::parse(due_json({daily(1, "orders")}));

    CHECK(parsed.at("schema") == "sheetbq.due/v1");
    CHECK(parsed.at("configs").at(0).at("id") == 1);
    CHECK(parsed.at("configs").at(0).at("last_run").is_null());
}
