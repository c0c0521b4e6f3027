#pragma once

#include "sheetbq/app/table_change.hpp"
#include "sheetbq/gcp/time_travel.hpp"
#include "target.hpp"

#include <string>
#include <vector>

namespace sheetbq::helper {

/// What a rollback would do.
struct RollbackPlan {
    Target target{};
    gcp::Reach reach{};
    gcp::TableInfo now{};
    Clock::TimePoint at{};       ///< the moment to go back to
    std::string moment{};        ///< what lies just behind it, in words
    std::string run_id{};        ///< whose load is undone; empty: not known
    bool changed_since = false;  ///< somebody changed the table after that load
    gcp::PastTable then{};
    std::vector<app::ColumnChange> columns{};

    /// The table is today what it was at that moment.
    bool nothing_to_do() const { return gcp::to_ms(at) >= now.modified_ms; }
};

/// Looks at everything, and changes nothing.
/// @throws Error conflict when a run of the configuration is under way; not_found when there is no
///     table, or no version of it to go back to.
RollbackPlan plan_rollback(World& world, gcp::BigQuery& bigquery, const Target& target);

/// @throws Error conflict when a run of the configuration is under way.
void refuse_live_run(World& world, const Target& target);

}  // namespace sheetbq::helper
