#include "options.hpp"

#include "sheetbq/app/fleet_flags.hpp"
#include "sheetbq/app/man_page.hpp"
#include "sheetbq/app/settings.hpp"

#include <fmt/format.h>

#include <array>

namespace sheetbq::orchestrator {
namespace {

using app::Flag;

constexpr std::array forms{
    Flag{"once", "", "", "true", "Form", "one tick, then wait until its runs have ended"},
    Flag{"loop", "TIME", "SHEETBQ_LOOP", "", "Form", "a tick every so often, e.g. 60s"},
    Flag{"serve", "", "SHEETBQ_SERVE", "false", "Form",
         "serve HTTP: POST /tick for Cloud Scheduler, GET / for people"},
    Flag{"dry-run", "", "SHEETBQ_DRY_RUN", "false", "Form",
         "print what is due and why, in READ ONLY transactions; start nothing"},
    Flag{"wait", "", "", "true", "Form", "wait for the runs; --no-wait returns once they started"},
    Flag{"only-config", "ID,...", "", "", "Form", "no other configurations"},
    Flag{"exclude-config", "ID,...", "", "", "Form", "not these configurations"},
    Flag{"force", "", "", "false", "Form",
         "run the configurations of --only-config even though they are not due"},
};

constexpr std::array serving{
    Flag{"port", "N", "PORT", "8080", "Serving", "port"},
    Flag{"listen", "ADDRESS", "SHEETBQ_LISTEN", "", "Serving",
         "address; default: 127.0.0.1, on Cloud Run all"},
    Flag{"auth", "WORD", "SHEETBQ_AUTH", "", "Serving",
         "oidc: verify Google's tokens; iam: Cloud Run has verified them; none: only where "
         "--listen is this machine alone, and the default there"},
    Flag{"audience", "URL,...", "SHEETBQ_AUDIENCE", "", "Serving",
         "whom tokens must be for: the service's URL"},
    Flag{"allowed-emails", "ADDRESS,...", "SHEETBQ_ALLOWED_EMAILS", "", "Serving",
         "whose tokens are taken"},
    Flag{"tick-budget", "TIME", "SHEETBQ_TICK_BUDGET", "150s", "Serving",
         "a request for a tick is answered within this time"},
};

constexpr std::array besides{
    Flag{"output", "WORD", "", "table", "Output", "table or json", false, 'o'},
    Flag{"log-format", "WORD", "LOG_FORMAT", "auto", "Output",
         "text or json; auto: text on a terminal"},
    Flag{"log-level", "WORD", "LOG_LEVEL", "info", "Output",
         "debug, info, notice, warning or error"},
    Flag{"quiet", "", "", "false", "Output", "log warnings and errors only", false, 'q'},
    Flag{"verbose", "", "", "false", "Output", "log everything", false, 'v'},
    Flag{"version", "", "", "false", "Output", "print the version"},
    Flag{"man", "", "", "false", "Output", "print the manual page, for man(1)"},
    Flag{"help", "", "", "false", "Output", "print this text", false, 'h'},
};

constexpr std::array examples{
    app::Example{"sheetbq-orchestrator --postgres-host db --postgres-db sheets --postgres-user app "
                 "--dry-run",
                 "what is due, and why"},
    app::Example{"sheetbq-orchestrator --postgres-host db --postgres-db sheets --postgres-user app",
                 "one tick: runs what is due on this machine, and waits for it"},
    app::Example{"sheetbq-orchestrator --loop 60s",
                 "a tick a minute, PostgreSQL as in DATABASE_URL or PGHOST ..."},
    app::Example{"sheetbq-orchestrator --serve --auth iam --region europe-west1",
                 "the form for Cloud Run and Cloud Scheduler"},
};

}  // namespace

const std::vector<Flag>& flags() {
    static const auto all = [] {
        std::vector<Flag> joined;
        for (const auto group :
             {std::span<const Flag>{forms}, app::postgres_flags(), app::run_flags(),
              std::span<const Flag>{serving}, app::notify_flags(), std::span<const Flag>{besides}})
            joined.insert(joined.end(), group.begin(), group.end());
        return joined;
    }();
    return all;
}

std::string help() {
    std::string text =
        "sheetbq-orchestrator: runs every configuration that is due, and follows it to its end.\n\n"
        "Examples\n";
    for (const auto& example : examples)
        text += fmt::format("  {}\n      {}\n", example.line, example.effect);
    text += "\n" + app::describe_flags(flags());
    text += "\nVariables of the machine\n";
    for (const auto& setting : app::setting_definitions())
        text += fmt::format("  {}\n      {}\n", setting.name, setting.description);
    text +=
        "\nExit codes\n"
        "  0 ok, 1 a run failed, or a bug, 2 usage, 3 not found, 4 no credentials, 5 PostgreSQL,\n"
        "  10 configuration refused, 11 permission, 12 quota, 13 upstream failure, 130 SIGINT, "
        "143 SIGTERM\n";
    return text;
}

std::string manual() {
    return app::man_page(
        {.name = "sheetbq-orchestrator",
         .summary = "runs every configuration that is due, and follows it to its end",
         .details =
             "It reads configurations from PostgreSQL, decides by the database's clock what is "
             "due, starts executions on Cloud Run or on this machine, follows them to their end, "
             "records how they ended, and tells Slack. Any number of them may run at the same "
             "time; a configuration never runs twice at once.\n\n"
             "It has three forms: one tick, a tick every so often (--loop), or a server that Cloud "
             "Scheduler asks for ticks (--serve).",
         .flags = flags(),
         .variables = app::manual_variables(flags()),
         .files = app::manual_files(false),
         .examples = {examples.begin(), examples.end()},
         .see_also = {"sheetbq-helper", "sheetbq-job"}});
}

}  // namespace sheetbq::orchestrator
