// F18: the schema, when many make it at once, one dies over it, or it is newer than the program.

#include "fault/serving.hpp"

#include <fmt/format.h>

#include <csignal>

using namespace sheetbq::testing;
using namespace std::chrono_literals;

namespace {

std::string tables(Fleet& fleet) {
    return fleet.value("SELECT count(*) FROM pg_tables WHERE schemaname = 'sheetbq'");
}

int steps_taken(const ProcessEnd& end) {
    const auto event = end.out.find(R"("event":"schema_migrated")");
    if (event == std::string::npos) return 0;
    const std::string key = R"("steps":)";
    const auto line = end.out.rfind('\n', event) + 1;
    return std::stoi(end.out.substr(end.out.find(key, line) + key.size()));
}

}  // namespace

TEST_CASE("F18 twenty orchestrators on an empty database take each step of the schema once",
          "[F18]") {
    Fleet fleet;
    fleet.add_configs(3);
    std::vector<std::unique_ptr<Process>> orchestrators;
    for (int i = 0; i < 20; ++i) orchestrators.push_back(fleet.start());

    int taken = 0;  // by one or, each step being a transaction, by several in turn
    for (const auto& each : orchestrators) {
        const auto end = each->wait(60s);
        CAPTURE(end.out, end.err);
        CHECK(end.exit_code == 0);
        taken += steps_taken(end);
    }

    CHECK(fleet.value("SELECT count(*) FROM sheetbq.migration") == std::to_string(taken));
    CHECK(fleet.value("SELECT count(*) = max(version) FROM sheetbq.migration") == "t");
    CHECK(fleet.quiesce());
    CHECK(fleet.value("SELECT count(*) FROM sheetbq.run") == "3");
    CHECK(fleet.violations() == std::vector<std::string>{});
}

TEST_CASE("F18 a kill in mid-migration leaves no half schema", "[F18]") {
    Fleet fleet;
    fleet.add_configs(2);

    const auto killed = fleet.tick({{"SHEETBQ_CRASH_AT", "migrate_mid"}});

    CHECK(killed.signal == SIGKILL);
    CHECK(tables(fleet) == "0");
    CHECK(fleet.value("SELECT count(*) FROM pg_namespace WHERE nspname = 'sheetbq'") == "0");
    CHECK(fleet.tick().exit_code == 0);
    CHECK(fleet.violations() == std::vector<std::string>{});
}

TEST_CASE("F18 a program that is older than the schema touches nothing and says what to do",
          "[F18]") {
    const std::vector<std::string> flags =
        GENERATE(std::vector<std::string>{}, std::vector<std::string>{"--no-auto-migrate"},
                 std::vector<std::string>{"--dry-run"});
    Fleet fleet;
    fleet.add_configs(1);
    REQUIRE(fleet.tick().exit_code == 0);
    fleet.add_configs(1);
    fleet.query("INSERT INTO sheetbq.migration VALUES (99, 'of a later day', 'abc', now())");
    const auto before = tables(fleet);

    const auto end = fleet.tick({}, flags);

    CAPTURE(end.out, end.err);
    CHECK(end.exit_code == 5);
    CHECK_THAT(end.out, ContainsSubstring("older than the database's schema"));
    CHECK_THAT(end.out, ContainsSubstring("Install the newer sheetbq"));
    CHECK(tables(fleet) == before);
    CHECK(fleet.value("SELECT count(*) FROM sheetbq.run") == "1");
}
