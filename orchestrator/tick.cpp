#include "commands.hpp"
#include "sheetbq/core/uuid.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <iostream>

namespace sheetbq::orchestrator {
namespace {

using control::TickOrder;
using control::TickReport;

void print(const World& world, const TickReport& report) {
    if (world.flags.text("output") == "json") {
        std::cout << to_json(report) << "\n";
        return;
    }
    // Off a terminal standard output is a log of JSON lines, and the tick's event says the same.
    if (world.settings.log_format == app::LogFormat::json) return;
    std::cout << fmt::format(
        "{} claimed, {} succeeded, {} failed, {} still running, {} still due\n", report.claimed,
        report.succeeded, report.failed, report.live, report.due_left);
    if (!report.refusal.empty()) std::cerr << report.refusal;
}

int exit_code_of(const TickReport& report, const app::Interrupter& interrupter) {
    if (interrupter.signal() != 0) return 128 + interrupter.signal();
    return report.failed == 0 && report.refusal.empty() ? 0 : 1;
}

/// Asks for the configurations of --only-config, due or not.
void force(World& world, const std::vector<int>& ids, const std::string& key) {
    if (ids.empty())
        throw Error{Code::usage, "--force needs to know what to run"}.fix(
            "Add --only-config, e.g. --only-config=12 --force.");
    for (const int id : ids)
        if (!world.fleet.store().request_run(id, key))
            throw Error{Code::not_found, fmt::format("there is no configuration {}", id)}.fix(
                "Run: sheetbq-orchestrator --dry-run   It lists them with their ids.");
}

/// What needs the schema, or a memory.
void refuse_with_stateless(const app::FlagValues& flags) {
    for (const auto* const name : {"force", "serve"})
        if (flags.on(name))
            throw Error{Code::usage, fmt::format("--stateless does not go with --{}", name)}
                .because("it needs the schema sheetbq")
                .fix("Leave one of the two out.");
    if (!flags.on("wait"))
        throw Error{Code::usage, "--stateless does not go with --no-wait"}
            .because("nothing but this process knows of its runs")
            .fix("Leave one of the two out.");
}

}  // namespace

int tick_once(World& world) {
    const auto& flags = world.flags;
    TickOrder order{.tick_id = "once:" + make_uuid(world.fleet.clock()),
                    .watch = flags.on("wait"),
                    .only = flags.numbers("only-config"),
                    .exclude = flags.numbers("exclude-config")};
    auto& launcher = world.fleet.launcher();
    if (!order.watch && launcher.attached())
        throw Error{Code::usage, "--no-wait needs Cloud Run"}
            .because("local runs end with the program that started them")
            .fix(
                "Leave --no-wait out, or run on Cloud Run: --launcher=cloud-run "
                "--region=REGION.");
    if (flags.on("stateless")) refuse_with_stateless(flags);
    if (flags.on("force")) force(world, order.only, order.tick_id);
    const auto interruption = world.interrupter.interruption();
    const auto report = flags.on("stateless") ? world.fleet.tick_without_state(order, interruption)
                                              : world.fleet.reconciler().tick(order, interruption);
    print(world, report);
    return exit_code_of(report, world.interrupter);
}

int tick_loop(World& world) {
    const auto every = world.flags.duration("loop");
    if (every < std::chrono::seconds{1})
        throw Error{Code::usage, "--loop is too short"}.fix("Write --loop=60s.");
    auto& clock = world.fleet.clock();
    const auto interruption = world.interrupter.interruption();
    auto& reconciler = world.fleet.reconciler();
    while (!interruption.stop.stop_requested()) {
        const auto began = clock.monotonic();
        try {
            reconciler.tick({.tick_id = "loop:" + make_uuid(clock),
                             .budget = every,
                             .only = world.flags.numbers("only-config"),
                             .exclude = world.flags.numbers("exclude-config")},
                            interruption);
        } catch (const Error& error) {
            if (error.code() != Code::database) throw;
            world.log.error("tick_failed", error.what());
        }
        const auto left = every - std::chrono::duration_cast<std::chrono::milliseconds>(
                                      clock.monotonic() - began);
        if (left.count() > 0) clock.sleep(left, interruption.stop);
    }
    return world.interrupter.signal() == 0 ? 0 : 128 + world.interrupter.signal();
}

}  // namespace sheetbq::orchestrator
