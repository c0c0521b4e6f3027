#include "sheetbq/app/doctor_database.hpp"

#include "sheetbq/app/humane.hpp"
#include "sheetbq/core/counted.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

namespace sheetbq::app {
namespace {

using std::chrono::milliseconds;

constexpr std::chrono::seconds odd_skew{30};
constexpr int least_version = 11;

Diagnosis clock_of(Clock::TimePoint theirs, Clock::TimePoint before, Clock::TimePoint after) {
    const std::string check = "clock of PostgreSQL";
    const auto ours = before + (after - before) / 2;
    const auto skew = std::chrono::abs(std::chrono::duration_cast<milliseconds>(ours - theirs));
    if (skew <= odd_skew) return {check, Health::ok, "agrees with this machine's"};
    return {check, Health::warning,
            fmt::format("differs from this machine's by {}", span_text(skew)),
            "the database's clock decides what is due; times shown here are off by as much",
            "Run on the machine whose clock is wrong: sudo timedatectl set-ntp true"};
}

Diagnosis server_of(const control::Hello& hello) {
    const std::string check = "PostgreSQL";
    const auto version = std::strtol(hello.server_version.c_str(), nullptr, 10);
    if (version >= least_version)
        return {check, Health::ok, fmt::format("answers, version {}", hello.server_version)};
    return {check, Health::failed, fmt::format("is of version {}", hello.server_version),
            fmt::format("sheetbq needs version {} or newer", least_version),
            "Use a newer server: https://www.postgresql.org/support/versioning/"};
}

Health health_of(control::Finding::Level level) {
    if (level == control::Finding::Level::ok) return Health::ok;
    return level == control::Finding::Level::warning ? Health::warning : Health::failed;
}

/// A schema that is not there yet is made by whoever needs it first.
Diagnosis of_schema(const control::Finding& finding) {
    const bool absent = finding.fix == "helper db migrate";
    return {finding.check, absent ? Health::warning : health_of(finding.level), finding.text,
            absent ? "the first tick, or the first command that needs it, makes it if its role may"
                   : "",
            absent ? "Run: helper db migrate" : finding.fix};
}

/// All that is well is one line.
Diagnoses of_findings(const std::vector<control::Finding>& findings) {
    Diagnoses found;
    std::size_t well = 0;
    for (const auto& finding : findings) {
        const bool named = finding.check == "schema" || finding.check == "owner's table";
        if (finding.level == control::Finding::Level::ok && !named) {
            ++well;
            continue;
        }
        if (finding.check == "schema")
            found.push_back(of_schema(finding));
        else
            found.push_back(
                {finding.check, health_of(finding.level), finding.text, "", finding.fix});
    }
    if (well > 0)
        found.push_back(
            {"what is stored", Health::ok, counted(well, "check") + " found nothing odd"});
    return found;
}

Diagnosis pool_of(const control::Hello& hello) {
    const std::string check = "starting of runs";
    if (hello.paused)
        return {check, Health::warning, "is paused", "somebody ran helper pause",
                "Run: helper resume"};
    if (hello.breaker_tripped)
        return {check, Health::warning, "is held back",
                "the last starts failed, whatever the "
                "configuration",
                "Run: helper status   It tells why, and when the next is tried."};
    return {check, Health::ok, fmt::format("at most {} at once", hello.max_running)};
}

}  // namespace

Diagnoses check_database(const std::function<control::Store&()>& connect, const Clock& clock) {
    return examined("PostgreSQL", [&]() -> Diagnoses {
        auto& store = connect();
        const auto before = clock.now();
        const auto hello = store.hello();
        Diagnoses found{server_of(hello), clock_of(hello.now, before, clock.now())};
        for (auto& each : of_findings(store.verify())) found.push_back(std::move(each));
        if (hello.schema_ready) found.push_back(pool_of(hello));
        return found;
    });
}

}  // namespace sheetbq::app
