#pragma once

#include "sheetbq/app/flags.hpp"

#include <span>

namespace sheetbq::app {

/// Where PostgreSQL is: flags that every program shares.
std::span<const Flag> postgres_flags();
/// Where executions run, and how.
std::span<const Flag> run_flags();
/// Whom to tell.
std::span<const Flag> notify_flags();

}  // namespace sheetbq::app
