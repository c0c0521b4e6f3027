#pragma once

#include "sheetbq/app/console.hpp"
#include "sheetbq/app/flags.hpp"
#include "sheetbq/app/fleet.hpp"
#include "sheetbq/app/interrupter.hpp"

namespace sheetbq::orchestrator {

/// What every form works with.
struct World {
    const app::Settings& settings;
    const app::FlagValues& flags;
    app::Fleet& fleet;
    app::Interrupter& interrupter;
    Log log;
};

// Each returns the exit code, and throws Error.
int tick_once(World& world);  ///< one tick; waits for its runs unless --no-wait
int tick_loop(World& world);  ///< a tick every so often, until a signal
int serve(World& world);      ///< HTTP, until a signal
int dry_run(World& world);    ///< what a tick would do

}  // namespace sheetbq::orchestrator
