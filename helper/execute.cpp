#include "execute.hpp"

#include "job_watch.hpp"
#include "sheetbq/app/run_result.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <array>

namespace sheetbq::helper {
namespace {

using app::Flag;

constexpr std::size_t previewed_rows = 20;

constexpr std::array flags{
    Flag{"local", "", "", "", "How",
         "this machine runs it; the default where no --region is known"},
    Flag{"wait", "", "", "true", "How", "wait for the end; --no-wait ends with exit code 8"},
    Flag{"follow", "", "", "", "How", "show what the job logs while it runs"},
    Flag{"dry-run", "", "", "", "How", "the same as helper preview: nothing is written"},
    Flag{"idempotency-key", "TEXT", "", "", "How",
         "a repeat with the same key does nothing twice, and shows the first one's result"},
};

int execute(World& world) {
    const auto source = chosen_source(world);
    if (world.flags.on("dry-run")) return preview_load(world, previewed_rows);
    return source.file.empty() ? execute_config(world, source) : execute_file(world, source);
}

void print(const World& world, const control::Run& run, const app::ConfigNames& names) {
    world.printer.one("sheetbq.run/v1", app::run_json(run, names), "run_id", app::details_of(run));
}

}  // namespace

void choose_place(World& world) {
    const auto& given = world.flags;
    const bool local = given.on("local");
    if (local && given.typed("launcher") && given.text("launcher") != "local")
        throw Error{Code::usage,
                    fmt::format("--local contradicts --launcher {}", given.text("launcher"))}
            .fix("Leave one of the two out.");
    if (local) world.fleet().run_here();
    const bool cloud = world.fleet().on_cloud_run();
    if (!cloud && !given.on("wait"))
        throw Error{Code::usage, "--no-wait needs Cloud Run"}
            .because("a local run ends with the program that started it")
            .fix("Leave --no-wait out, or run on Cloud Run: --region=europe-west1");
    if (!cloud && !local && given.text("launcher") == "auto")
        world.printer.note("running on this machine: no --region of a Cloud Run job is known");
}

int show_result(const World& world, const control::Run& run, const app::ConfigNames& names) {
    world.console.erase();
    const auto failure = app::failure_of(run);
    if (!failure) {
        print(world, run, names);
        return app::exit_code_of(run);
    }
    if (!world.printer.for_people()) print(world, run, names);
    world.printer.failure(*failure);
    if (!run.log_uri.empty() && world.printer.for_people())
        world.printer.note(fmt::format("  log: {}", run.log_uri));
    return app::exit_code_of(run);
}

int leave_running(const World& world, const control::Run& run, const app::ConfigNames& names,
                  const std::string& name) {
    world.console.erase();
    const int signal = world.interrupter.signal();
    if (signal == 0) print(world, run, names);
    const auto remark = fmt::format("{}\n{}",
                                    signal == 0 ? "it goes on without this program:"
                                                : "stopped waiting; the execution goes on:",
                                    going_on(name));
    if (signal == 0)
        world.printer.note(remark);
    else
        world.console.line(remark);
    return signal == 0 ? app::exit_code_of(run) : 128 + signal;
}

std::vector<Entry> execute_entries() {
    return {
        {{.path = "execute",
          .heading = "Run",
          .summary = "load a sheet into its table, now",
          .details =
              "Of a configuration file, nothing but Google is needed. A configuration of the "
              "database is run as the orchestrator does it: recorded, under the same cap, and "
              "never twice at a time.\n\n"
              "Cloud Run executes it where a region is known (--region, CLOUD_RUN_REGION), else "
              "this machine. Ctrl-C stops a local run and leaves the table as it was; an "
              "execution of Cloud Run goes on, and how to end it is said. Ctrl-C twice ends at "
              "once.\n\n"
              "With -o json: sheetbq.run/v1, with the job's own report in it. The exit code is the "
              "job's.",
          .arguments = source_arguments(),
          .examples = {{"helper execute --config-file config.json", "of a file"},
                       {"helper execute orders", "of a configuration in the database"},
                       {"helper execute --config-id 12 --no-wait", "starts it on Cloud Run"},
                       {"helper execute --config-file - < config.json", "of standard input"},
                       {"helper execute --config-file config.json --set header_row=3 --local",
                        "another option, on this machine"}},
          .flags = load_flags(flags)},
         execute},
    };
}

}  // namespace sheetbq::helper
