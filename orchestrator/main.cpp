#include "commands.hpp"
#include "options.hpp"
#include "sheetbq/app/version.hpp"
#include "sheetbq/core/process.hpp"

#include <iostream>

namespace {

namespace app = sheetbq::app;
using sheetbq::Code;
using sheetbq::Error;

/// The last word on a failure: for people on a terminal, for programs elsewhere.
int failed(const Error& error, const app::Settings& settings, app::Console& console) {
    if (settings.log_format == app::LogFormat::text)
        std::cerr << describe(error);
    else
        console.log().error(
            "orchestrator_failed", error.what(),
            {{"error_code", std::string{to_string(error.code())}}, {"hint", error.hint()}});
    return exit_code(error.code());
}

int run_form(sheetbq::orchestrator::World& world) {
    using namespace sheetbq::orchestrator;
    if (world.flags.on("dry-run")) return dry_run(world);
    // --once typed beats what a variable says about serving or looping.
    const bool once = world.flags.typed("once") && world.flags.on("once");
    if (world.flags.on("stateless") || once) return tick_once(world);
    if (world.flags.on("serve")) return serve(world);
    if (world.flags.given("loop")) return tick_loop(world);
    return tick_once(world);
}

int run_program(int argc, char** argv) {
    const app::FlagValues flags{sheetbq::orchestrator::flags(), argc, argv,
                                app::environment_variable};
    if (flags.on("help")) {
        std::cout << sheetbq::orchestrator::help();
        return 0;
    }
    if (flags.on("man")) {
        std::cout << sheetbq::orchestrator::manual();
        return 0;
    }
    if (flags.on("version")) {
        std::cout << app::version_line("sheetbq-orchestrator") << "\n";
        return 0;
    }
    app::Interrupter interrupter;
    auto settings = app::read_settings();
    settings.log_format = app::log_format(flags.text("log-format"));
    settings.log_level = flags.on("quiet")     ? sheetbq::Level::warning
                         : flags.on("verbose") ? sheetbq::Level::debug
                                               : app::log_level(flags.text("log-level"));
    app::Console console{settings};
    try {
        const auto log = console.log();
        if (flags.typed("postgres-password") && settings.progress)
            log.warning("password_typed",
                        "others on this machine can see a typed password for a moment; better use "
                        "--postgres-password-file, POSTGRES_PASSWORD or ~/.pgpass");
        app::Fleet fleet{settings, flags, log, interrupter.interruption().stop};
        sheetbq::orchestrator::World world{settings, flags, fleet, interrupter, log};
        return run_form(world);
    } catch (const Error& error) {
        if (interrupter.signal() != 0 && error.code() == Code::cancelled)
            return 128 + interrupter.signal();
        return failed(error, settings, console);
    }
}

}  // namespace

int main(int argc, char** argv) {
    sheetbq::forbid_core_dumps();
    try {
        return run_program(argc, argv);
    } catch (const Error& error) {
        std::cerr << describe(error);
        return exit_code(error.code());
    } catch (const std::exception& bug) {
        std::cerr << describe(
            Error{Code::internal, "sheetbq-orchestrator failed in a way that it does not know"}
                .because(bug.what())
                .fix("Report this as a bug of sheetbq, with the lines above."));
        return exit_code(Code::internal);
    }
}
