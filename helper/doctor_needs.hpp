#pragma once

#include "sheetbq/app/doctor_google.hpp"
#include "world.hpp"

#include <string>
#include <vector>

namespace sheetbq::helper {

/// What configurations need, each sheet and each dataset once.
struct Needs {
    std::vector<app::SheetNeed> sheets{};
    std::vector<std::vector<gcp::TableId>> datasets{};  ///< the tables of each

    /// @param tab  empty: whichever comes first.
    void add_sheet(const std::string& spreadsheet_id, const std::string& tab,
                   const std::string& config);
    void add_table(const gcp::TableId& table);
};

/// Whether PostgreSQL is to be looked at: a file can do without.
bool asks_database(World& world);

/// The needs of --config, --config-file, or all active configurations.
/// @returns what is wrong with configurations; a database that does not answer tells so elsewhere.
/// @throws Error for a --config or --config-file that cannot be read.
app::Diagnoses gather_needs(World& world, Needs& needs);

}  // namespace sheetbq::helper
