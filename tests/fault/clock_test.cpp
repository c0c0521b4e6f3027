// F10: a host whose clock is an hour wrong.

#include "fault/serving.hpp"

#include <fmt/format.h>

#include <filesystem>

using namespace sheetbq::testing;
using namespace std::chrono_literals;

namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool sanitized = true;
#else
constexpr bool sanitized = false;
#endif

/// Debian's libfaketime; "" where there is none.
std::string faketime() {
    std::error_code none;
    for (const auto& architecture : std::filesystem::directory_iterator{"/usr/lib", none}) {
        const auto file = architecture.path() / "faketime/libfaketimeMT.so.1";
        if (std::filesystem::exists(file, none)) return file;
    }
    return {};
}

/// A host of that clock, e.g. `+1h`. People's credentials: a key's assertion would be refused.
Variables host_at(const Fleet& fleet, const std::string& offset) {
    return {{"LD_PRELOAD", faketime()},
            {"FAKETIME", offset},
            {"FAKETIME_DONT_FAKE_MONOTONIC", "1"},
            {"FAKETIME_NO_CACHE", "1"},
            {"GOOGLE_APPLICATION_CREDENTIALS",
             fleet.world.folder.write("person.json", authorized_user_json())}};
}

std::string runs_of(Fleet& fleet, int config) {
    return fleet.value(
        fmt::format("SELECT count(*) FROM sheetbq.run WHERE config_id = {}", config));
}

}  // namespace

TEST_CASE("F10 a host that is an hour off decides as all others do, and says so", "[F10]") {
    if (sanitized || faketime().empty()) {
        WARN("not run: " << (sanitized ? "libfaketime does not go with a sanitizer"
                                       : "there is no libfaketime; apt-get install libfaketime"));
        return;
    }
    const auto [offset, seconds] =
        GENERATE(table<std::string, int>({{"+3600", -3'600}, {"-3600", 3'600}}));
    CAPTURE(offset);
    Fleet fleet;
    fleet.add_configs(4);
    fleet.as_owner(
        "UPDATE sheet_to_bigquery_configs SET last_run = now() - interval '23 h 30 min' WHERE id = "
        "1;"
        "UPDATE sheet_to_bigquery_configs SET last_run = now() - interval '24 h 30 min' WHERE id = "
        "2;"
        "UPDATE sheet_to_bigquery_configs SET last_run = now() + interval '30 min' WHERE id = 3");

    const auto wrong_one = fleet.start(host_at(fleet, offset));
    const auto right_one = fleet.start();
    const auto end = wrong_one->wait(30s);
    CHECK(right_one->wait(30s).exit_code == 0);

    CAPTURE(end.out, end.err);
    CHECK(end.exit_code == 0);
    REQUIRE(events(end, "clock_skew") == 1);
    const auto from = end.out.find("\"seconds\":", end.out.find("clock_skew")) + 10;
    CHECK(std::abs(std::stoi(end.out.substr(from)) - seconds) < 30);
    CHECK(fleet.quiesce());
    CHECK(runs_of(fleet, 1) == "0");
    CHECK(runs_of(fleet, 2) == "1");
    CHECK(runs_of(fleet, 3) == "0");
    CHECK(runs_of(fleet, 4) == "1");
    // Its times are the database's.
    CHECK(fleet.value("SELECT count(*) FROM sheetbq.run WHERE abs(extract(epoch FROM now() - "
                      "created_at)) > 60 OR deadline_at < created_at OR abs(extract(epoch FROM "
                      "deadline_at - created_at)) > 3000") == "0");
    CHECK(fleet.violations() == std::vector<std::string>{});
    CHECK(fleet.extra_executions() == 0);
}

TEST_CASE("F10 an hour's difference takes no lease away and refuses no start", "[F10]") {
    if (sanitized || faketime().empty()) {
        WARN("not run: see above");
        return;
    }
    Fleet fleet{{.run_takes = 1'500ms}};
    fleet.add_configs(6, 0);
    std::vector<std::unique_ptr<Process>> loops;
    for (const auto* offset : {"+3600", "-3600", "+0"})
        loops.push_back(fleet.start(host_at(fleet, offset), {"--loop=1s"}));
    std::this_thread::sleep_for(5s);
    for (const auto& loop : loops) loop->send_signal(15);
    for (const auto& loop : loops) CHECK(loop->wait(15s).exit_code == 143);

    CHECK(fleet.quiesce());
    CHECK(fleet.violations() == std::vector<std::string>{});
    CHECK(fleet.extra_executions() == 0);
    CHECK(fleet.value("SELECT count(*) FROM sheetbq.run WHERE state <> 'succeeded'") == "0");
    CHECK(std::stoi(fleet.value("SELECT count(*) FROM sheetbq.run")) > 6);
}
