#pragma once

#include "load_source.hpp"
#include "sheetbq/app/run_listing.hpp"

#include <functional>
#include <stop_token>
#include <string>
#include <utility>

namespace sheetbq::helper {

/// Settles where the run takes place, and says so unless the command line does.
/// @throws Error usage for flags that contradict one another.
void choose_place(World& world);

/// Runs a configuration file: here, or as an execution of Cloud Run. @returns the exit code.
int execute_file(World& world, const LoadSource& source);
/// Runs a configuration of the database, recorded as the orchestrator's runs are.
int execute_config(World& world, const LoadSource& source);

/// Shows what became of a run. @returns the exit code.
int show_result(const World& world, const control::Run& run, const app::ConfigNames& names);

/// For a run that was started and is not waited for, or not any more: says how to go on.
/// @param name  of the run, for other commands. @returns the exit code, 130 after Ctrl-C.
int leave_running(const World& world, const control::Run& run, const app::ConfigNames& names,
                  const std::string& name);

/// Says that Ctrl-C has been seen, from the moment it is.
class SayStopping {
public:
    SayStopping(World& world, std::string text)
        : said_{world.stop(), [&world, text = std::move(text)] {
                    if (world.interrupter.signal() != 0 && !text.empty()) world.console.line(text);
                }} {}

private:
    std::stop_callback<std::function<void()>> said_;
};

}  // namespace sheetbq::helper
