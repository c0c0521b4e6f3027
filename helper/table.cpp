#include "sheetbq/app/humane.hpp"
#include "sheetbq/app/table_change.hpp"
#include "sheetbq/gcp/table_rows.hpp"
#include "sheetbq/gcp/time_travel.hpp"
#include "target.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <array>

namespace sheetbq::helper {
namespace {

namespace json = boost::json;
using app::Flag;
using app::Shown;
using app::Tone;

constexpr std::array flags{
    Flag{"rows", "N", "", "20", "Table", "how many rows to show; 0: none", false},
};
constexpr long most_rows = 10'000;

json::value time_or_null(std::int64_t ms) {
    if (ms == 0) return nullptr;
    return json::string{to_rfc3339(gcp::from_ms(ms))};
}

std::string size_text(std::uint64_t bytes) {
    constexpr std::array<std::string_view, 5> units{"B", "kB", "MB", "GB", "TB"};
    auto size = static_cast<double>(bytes);
    std::size_t unit = 0;
    for (; size >= 1'000 && unit + 1 < units.size(); ++unit) size /= 1'000;
    return unit == 0 ? fmt::format("{} B", bytes) : fmt::format("{:.1f} {}", size, units[unit]);
}

std::string field_text(const json::value& field, std::string_view key) {
    return app::plain_text(app::value_at(field.as_object(), key));
}

json::array columns_json(const gcp::TableInfo& info) {
    json::array columns;
    for (const auto& column : info.schema) {
        columns.push_back({{"name", column.name},
                           {"type", app::type_text(column)},
                           {"mode", app::mode_text(column)},
                           {"description", column.description}});
    }
    return columns;
}

/// Rows as objects, keyed by the columns' names.
json::array rows_json(const gcp::TableInfo& info, const gcp::FirstRows& first) {
    json::array rows;
    for (const auto& row : first.rows) {
        json::object out;
        for (std::size_t i = 0; i < info.schema.size(); ++i)
            out[info.schema[i].name] = row.as_array().at(i);
        rows.push_back(std::move(out));
    }
    return rows;
}

json::object table_json(const gcp::TableId& id, const gcp::TableInfo& info,
                        const gcp::FirstRows& first) {
    return {{"table", id.dotted()},
            {"type", info.type},
            {"rows", info.rows},
            {"bytes", info.bytes},
            {"created_at", time_or_null(info.created_ms)},
            {"modified_at", time_or_null(info.modified_ms)},
            {"description", info.description},
            {"labels", info.labels},
            {"partitioned", info.partitioned},
            {"clustered", info.clustered},
            {"columns", columns_json(info)},
            {"first_rows", rows_json(info, first)}};
}

std::string labels_text(const json::object& labels) {
    std::string out;
    for (const auto& [key, value] : labels)
        out += fmt::format("{}{}={}", out.empty() ? "" : ", ", std::string_view{key},
                           app::plain_text(&value));
    return out;
}

std::vector<app::Detail> details(const gcp::TableId& id, const gcp::TableInfo& info,
                                 Clock::TimePoint now) {
    const auto time = [&](std::int64_t ms) -> std::string {
        if (ms == 0) return {};
        const auto at = gcp::from_ms(ms);
        return fmt::format("{} ({})", app::relative(at, now), app::exact(at));
    };
    const bool stored = info.type == "TABLE";
    std::string how = info.type == "TABLE" ? "" : info.type;
    if (info.partitioned) how += "partitioned";
    if (info.clustered) how += how.empty() ? "clustered" : ", clustered";
    return {{"table", {id.dotted(), Tone::strong}},
            {"kind", {how}},
            {"rows", {stored ? app::grouped(static_cast<std::int64_t>(info.rows)) : ""}},
            {"size", {stored ? size_text(info.bytes) : ""}},
            {"last change", {time(info.modified_ms)}},
            {"made", {time(info.created_ms)}},
            {"description", {info.description}},
            {"labels", {labels_text(info.labels)}}};
}

void print_columns(const World& world, const json::array& columns) {
    std::vector<std::vector<Shown>> rows{{{"column", Tone::strong},
                                          {"type", Tone::strong},
                                          {"mode", Tone::strong},
                                          {"description", Tone::strong}}};
    for (const auto& column : columns)
        rows.push_back({{field_text(column, "name")},
                        {field_text(column, "type")},
                        {field_text(column, "mode"), Tone::dim},
                        {field_text(column, "description"), Tone::dim}});
    const auto& terminal = world.printer.terminal();
    world.printer.text("\n" + app::set_columns(rows, {{}, {}, {}, {}},
                                               terminal.out ? terminal.width : std::string::npos,
                                               terminal.colour));
}

bool is_number(const table::Column& column) {
    using table::Type;
    return !column.repeated && (column.type == Type::int64 || column.type == Type::float64 ||
                                column.type == Type::numeric || column.type == Type::bignumeric);
}

void print_rows(const World& world, const gcp::TableInfo& info, const gcp::FirstRows& first) {
    std::vector<app::SetColumn> set;
    std::vector<std::vector<Shown>> rows(1);
    for (const auto& column : info.schema) {
        set.push_back({.right = is_number(column)});
        rows.front().push_back({column.name, Tone::strong});
    }
    for (const auto& row : first.rows) {
        auto& shown = rows.emplace_back();
        for (const auto& value : row.as_array())
            shown.push_back(value.is_null() ? Shown{"NULL", Tone::dim}
                                            : Shown{app::plain_text(&value)});
    }
    const auto& terminal = world.printer.terminal();
    world.printer.text("\n" + app::set_columns(rows, set,
                                               terminal.out ? terminal.width : std::string::npos,
                                               terminal.colour));
    if (first.total > first.rows.size())
        world.printer.note(fmt::format("{} of {} rows are shown; --rows=N shows more",
                                       first.rows.size(),
                                       app::grouped(static_cast<std::int64_t>(first.total))));
}

/// As CSV only the rows are of use.
void print_csv(const World& world, const gcp::TableInfo& info, const gcp::FirstRows& first) {
    app::Listing listing{.schema = "sheetbq.table/v1",
                         .key = "rows",
                         .items = rows_json(info, first),
                         .columns = {},
                         .name = "",
                         .empty = ""};
    for (const auto& column : info.schema) listing.columns.push_back({column.name, column.name});
    world.printer.list(listing);
}

/// What is no table, but is called one, and why its rows cannot be shown.
std::string remark_on(const gcp::TableInfo& info) {
    if (info.type == "TABLE" || info.type == "SNAPSHOT") return {};
    const auto* const what =
        info.type == "VIEW"                ? "a view: a query, which has no rows of its own"
        : info.type == "MATERIALIZED_VIEW" ? "a materialized view, which BigQuery keeps"
        : info.type == "EXTERNAL"          ? "an external table: its rows live elsewhere"
                                           : "no plain table";
    return fmt::format(
        "This is {}. Its rows are not listed here, and a configuration cannot load into it.", what);
}

gcp::TableInfo look(gcp::BigQuery& bigquery, const Target& target, std::stop_token stop) {
    if (auto info = bigquery.find_table(target.table, stop)) return *info;
    bigquery.location(target.table.project, target.table.dataset, stop);  // or else it is missing
    throw Error{Code::not_found, fmt::format("there is no table {}", target.table.dotted())}
        .because(target.config ? "nothing has been loaded into it, or somebody deleted it"
                               : "its dataset exists, but has no table of that name")
        .fix(target.config
                 ? fmt::format("Load it: helper execute --config-id {}", target.config->id)
                 : fmt::format("List the tables: bq ls {}:{}", target.table.project,
                               target.table.dataset));
}

int table(World& world) {
    const auto most = world.flags.number("rows", 0, most_rows);
    const auto target = find_target(world, world.argument(0));
    app::Environment google{world.settings, short_patience, world.log, world.stop()};
    auto services = google.services();
    const auto info = look(services.bigquery, target, world.stop());
    gcp::FirstRows first{};
    const auto remark = remark_on(info);
    if (remark.empty() && most > 0)
        first = gcp::first_rows(services.bigquery, target.table, info.fields,
                                static_cast<int>(most), world.stop());
    if (world.printer.format() == app::Format::csv) {
        print_csv(world, info, first);
    } else {
        const auto item = table_json(target.table, info, first);
        world.printer.one("sheetbq.table/v1", item, "table",
                          details(target.table, info, services.clock.now()));
        if (world.printer.for_people() && world.flags.words("fields").empty()) {
            if (!info.schema.empty()) print_columns(world, item.at("columns").as_array());
            if (!first.rows.empty()) print_rows(world, info, first);
        }
    }
    world.printer.note(remark);
    return 0;
}

}  // namespace

std::vector<Entry> table_entries() {
    return {
        {{.path = "table",
          .heading = "Look",
          .summary = "show a BigQuery table: its columns and first rows",
          .details = "Values are shown as BigQuery means them: timestamps in UTC, NULL for what is "
                     "not there. With -o csv the rows alone are written.",
          .arguments = {{.name = "TABLE",
                         .description = "PROJECT.DATASET.TABLE, or a configuration's id or name",
                         .required = true,
                         .completes = "config"}},
          .examples = {{"helper table orders", "the table that the configuration orders loads"},
                       {"helper table my-project.sales.orders --rows=5", "a table by its name"},
                       {"helper table orders -o csv > orders.csv", "the first rows as CSV"}},
          .flags = fleet_flags(flags)},
         table},
    };
}

}  // namespace sheetbq::helper
