#include "validate_online.hpp"

#include "sheetbq/etl/plan.hpp"
#include "sheetbq/gcp/bigquery_rights.hpp"

#include <fmt/format.h>

namespace sheetbq::helper {
namespace {

/// An error in the words of configurations, and not of the job's variables.
Error in_keys(const Error& error) {
    return Error{error.code(), app::by_keys(error.text())}
        .because(app::by_keys(error.reason()))
        .fix(app::by_keys(error.hint()));
}

/// Failures of the network are ours, not the configuration's.
bool concerns_us(const Error& error) {
    return error.code() == Code::cancelled || error.code() == Code::unauthenticated;
}

/// The key of a configuration that is to blame when its rows cannot be chosen.
std::string source_key(const Error& error) {
    const auto speaks_of = [&](std::string_view word) {
        return error.text().find(word) != std::string::npos;
    };
    if (speaks_of("HEADER_ROW")) return "header_row";
    return speaks_of("SHEET_RANGE") || speaks_of("range") ? "sheet_range" : "google_sheet_tab_name";
}

/// Whether the tab and the range are there.
void examine_source(app::Validation& validation, const gcp::SpreadsheetInfo& spreadsheet) {
    try {
        etl::choose_source(spreadsheet, validation.options, {});
    } catch (const Error& error) {
        validation.problems.push_back({source_key(error), in_keys(error)});
    }
}

}  // namespace

OnlineCheck::OnlineCheck(World& world)
    : world_{world},
      google_{world.settings, short_patience, world.log, world.stop()},
      services_{google_.services()} {}

std::string OnlineCheck::account() { return services_.sheets.api().account(world_.stop()); }

void OnlineCheck::examine(app::Validation& validation) {
    if (!validation.readable) return;
    examine_sheet(validation);
    examine_destination(validation);
}

void OnlineCheck::examine_sheet(app::Validation& validation) {
    const auto& id = validation.options.sheet.spreadsheet_id;
    if (id.empty() || validation.has_problem("google_sheet_url")) return;
    if (!validation.options.delegated_user.empty()) {
        validation.remarks.push_back(
            fmt::format("its sheet is read as {}, which is not examined here",
                        validation.options.delegated_user));
        return;
    }
    auto [known, fresh] = sheets_.try_emplace(id);
    if (fresh) try {
            known->second.thing = services_.sheets.spreadsheet(id, world_.stop());
        } catch (const Error& error) {
            if (concerns_us(error)) throw;
            known->second.refusal = in_keys(error);
        }
    if (known->second.refusal)
        validation.problems.push_back({"google_sheet_url", *known->second.refusal});
    else
        examine_source(validation, *known->second.thing);
}

void OnlineCheck::examine_destination(app::Validation& validation) {
    const auto& to = validation.options.destination;
    if (to.project.empty() || to.dataset.empty()) return;
    auto [known, fresh] = datasets_.try_emplace(to.project + "." + to.dataset);
    if (fresh) try {
            const auto location =
                services_.bigquery.location(to.project, to.dataset, world_.stop());
            gcp::check_may_run_jobs(services_.bigquery, to.project, location, world_.stop());
            known->second.thing = location;
        } catch (const Error& error) {
            if (concerns_us(error)) throw;
            known->second.refusal = in_keys(error);
        }
    if (known->second.refusal)
        validation.problems.push_back({"bigquery_dataset_id", *known->second.refusal});
    else if (!to.table.empty())
        examine_table(validation);
}

void OnlineCheck::examine_table(app::Validation& validation) {
    constexpr auto write = "bigquery.tables.updateData";
    const auto& to = validation.options.destination;
    try {
        const auto destination = etl::look_at_destination(services_.bigquery, to, world_.stop());
        if (!destination.live) {
            validation.remarks.push_back(
                fmt::format("{} does not exist yet; the first run makes it", to.dotted()));
            return;
        }
        if (gcp::table_permissions(services_.bigquery, to, {write}, world_.stop()).contains(write))
            return;
        validation.problems.push_back(
            {"bigquery_table_id",
             Error{Code::permission_denied,
                   fmt::format("{} may not write to {}", account(), to.dotted())}
                 .because(fmt::format("it lacks the permission {}", write))
                 .fix(fmt::format("Grant roles/bigquery.dataEditor on the dataset {} to it.",
                                  to.dataset))});
    } catch (const Error& error) {
        if (concerns_us(error)) throw;
        validation.problems.push_back({"bigquery_table_id", in_keys(error)});
    }
}

}  // namespace sheetbq::helper
