#include "commands.hpp"
#include "sheetbq/app/due_table.hpp"

#include <iostream>

namespace sheetbq::orchestrator {

int dry_run(World& world) {
    auto& store = world.fleet.read_only_store();
    const auto hello = store.hello();
    const auto given = world.flags.given("max-parallel-jobs");
    const int usual = hello.schema_ready ? hello.max_running : control::first_max_running;
    const auto cap =
        given ? static_cast<int>(world.flags.number("max-parallel-jobs", 1, 10'000)) : usual;
    const auto lines = store.due({.tick_id = "dry-run",
                                  .due_slack = world.flags.duration("due-slack"),
                                  .only = world.flags.numbers("only-config"),
                                  .exclude = world.flags.numbers("exclude-config")},
                                 cap);
    if (world.flags.text("output") == "json")
        std::cout << app::due_json(lines) << "\n";
    else
        std::cout << app::due_table(lines, hello.now, hello.paused);
    return 0;
}

}  // namespace sheetbq::orchestrator
