#pragma once

#include "fault/fleet.hpp"

#include <string>

namespace sheetbq::testing {

/// Gives the owner's table the column `options`, the same for every configuration.
inline void add_options_column(Fleet& fleet, const std::string& json) {
    fleet.query("ALTER TABLE sheet_to_bigquery_configs ADD options jsonb DEFAULT '" + json +
                "'; ALTER TABLE orchestrator_test.original ADD options jsonb;"
                "UPDATE orchestrator_test.definition SET definition = "
                "orchestrator_test.table_definition()");
    fleet.as_owner("SELECT 1");
}

}  // namespace sheetbq::testing
