#include "example_texts.hpp"
#include "world.hpp"

#include <fmt/format.h>

#include <array>

namespace sheetbq::helper {
namespace {

using app::Flag;

constexpr std::array flags{
    Flag{"kind", "KIND", "", "config", "Example", "what to print", false, '\0',
         "config env sql scheduler terraform"},
    Flag{"schema", "WORD", "", "auto_detect", "Example",
         "custom: with a schema of your own (config, env and sql)", false, '\0',
         "auto_detect custom"},
};

/// An example, and what to do with it once its places are edited.
struct Text {
    std::string text;
    std::string_view next;
};

Text text_of(const std::string& kind, bool custom) {
    if (kind == "config")
        return {std::string{custom ? config_custom_example : config_example},
                "helper validate --config-file config.json"};
    if (kind == "env")
        return {fmt::format("{}{}", env_example, custom ? env_custom : env_auto_detect),
                "set -a; . ./.env; set +a; sheetbq-job --print-config"};
    if (kind == "sql")
        return {fmt::format("{}{}", sql_table, custom ? sql_custom : sql_auto_detect),
                "psql -f configs.sql, and then: helper configs list"};
    if (custom)
        throw Error{Code::usage, fmt::format("the example {} has no schema", kind)}
            .because("schemas belong to configurations")
            .fix("Write: helper example --schema=custom");
    if (kind == "scheduler") return {std::string{scheduler_example}, "bash scheduler.sh"};
    return {std::string{terraform_example}, "terraform init && terraform plan"};
}

int example(World& world) {
    const auto made = text_of(world.flags.text("kind"), world.flags.text("schema") == "custom");
    world.printer.text(made.text);
    world.printer.note(fmt::format("# Edit the places that say \"your\". Then: {}", made.next));
    return 0;
}

}  // namespace

std::vector<Entry> example_entries() {
    return {
        {{.path = "example",
          .heading = "Configurations",
          .summary = "print a configuration, or what else is needed, to start from",
          .details =
              "Prints something that works as it is once the places that say \"your\" are "
              "edited.\n\n"
              "config: a file for execute, preview and validate. env: the job's variables. sql: "
              "the "
              "table of configurations and a row. scheduler: the gcloud command that lets Cloud "
              "Scheduler call the orchestrator. terraform: job, orchestrator and clock.",
          .arguments = {},
          .examples =
              {{"helper example > config.json", "a configuration to edit"},
               {"helper example --schema=custom > config.json", "with a schema of your own"},
               {"helper example --kind=env > .env", "variables of sheetbq-job"},
               {"helper example --kind=sql | psql", "the table of configurations, with a row"},
               {"helper example --kind=scheduler > scheduler.sh", "Cloud Scheduler, with OIDC"},
               {"helper example --kind=terraform > main.tf", "everything on Google Cloud"}},
          .flags = plain_flags(flags)},
         example},
    };
}

}  // namespace sheetbq::helper
