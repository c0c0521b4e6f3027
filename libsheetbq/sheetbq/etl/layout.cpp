#include "sheetbq/etl/layout.hpp"

#include "sheetbq/core/log.hpp"
#include "sheetbq/table/a1.hpp"
#include "sheetbq/table/column_name.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace sheetbq::etl {
namespace {

using table::Column;
using table::ColumnPlan;
using table::Kind;
using table::KindSet;
using table::Type;

constexpr std::size_t most_columns = 10'000;
constexpr std::size_t longest_description = 1'024;  // of a column, in BigQuery

std::string as_description(std::string_view header) {
    return std::string{clip_utf8(header, longest_description)};
}

/// Kinds whose own text is always a value of the column's type.
KindSet accepted_kinds(const Column& column) {
    KindSet kinds = table::set_of(Kind::blank) | table::set_of(Kind::error);
    if (column.repeated) return kinds;
    for (std::size_t i = 0; i < table::kind_count; ++i)
        if (const auto kind = static_cast<Kind>(i); table::fits(kind, column.type))
            kinds |= table::set_of(kind);
    const bool limited = column.max_length || column.precision;
    const bool decimal = column.type == Type::numeric || column.type == Type::bignumeric;
    if (column.type == Type::string && limited)
        kinds = table::set_of(Kind::blank) | table::set_of(Kind::error);
    if (decimal)
        kinds = static_cast<KindSet>(kinds &
                                     ~(table::set_of(Kind::real) | table::set_of(Kind::integer)));
    return kinds;
}

/// BigQuery takes a date without a time of day into neither of these.
bool wants_full_dates(Type type) { return type == Type::datetime || type == Type::timestamp; }

/// Builds one Layout; a class only to keep the steps apart.
class LayoutMaker {
public:
    LayoutMaker(const Extent& extent, const Source& source, const Options& options,
                const std::optional<gcp::TableInfo>& live, const table::CellFormats& formats)
        : extent_{extent}, source_{source}, options_{options}, live_{live}, formats_{formats} {}

    Layout make() {
        name_sheet_columns();
        if (options_.custom_schema)
            take_custom_columns();
        else
            take_sheet_columns();
        add_live_columns();
        if (layout_.columns.size() > most_columns)
            throw Error{Code::bad_data,
                        fmt::format("the tab has {} columns", layout_.columns.size())}
                .because("a BigQuery table has 10,000 columns at most")
                .fix("Load a part of the tab with SHEET_RANGE, e.g. SHEET_RANGE=A:ZZ.");
        plan_encoding();
        return std::move(layout_);
    }

private:
    void note(std::string event, std::string message, bool warning = true) {
        layout_.notices.push_back({std::move(event), std::move(message), warning});
    }

    std::string where(int column) const {
        return source_.header_row < 0
                   ? fmt::format("column {}",
                                 table::column_letters(source_.range.first_column + column))
                   : source_.address(source_.header_row, column);
    }

    bool used(std::size_t column) const {
        return column < extent_.used.size() && extent_.used[column];
    }

    void name_sheet_columns() {
        std::vector<std::pair<int, std::string>> headers;
        const std::size_t width = std::max(extent_.headers.size(), extent_.used.size());
        const int offset = source_.range.first_column;
        for (std::size_t i = 0; i < width; ++i) {
            std::string text = i < extent_.headers.size() ? extent_.headers[i] : "";
            const bool blank = text.find_first_not_of(" \t\r\n") == std::string::npos;
            if (blank && !used(i)) continue;
            if (blank && source_.header_row >= 0)
                note("blank_header",
                     fmt::format("{} has cells below it but no name; it is loaded as column_{}",
                                 where(static_cast<int>(i)),
                                 table::column_letters(offset + static_cast<int>(i))));
            headers.emplace_back(offset + static_cast<int>(i), std::move(text));
        }
        named_ = table::name_columns(headers);
        for (auto& column : named_) {
            column.column -= offset;
            if (column.collides_with) *column.collides_with -= offset;
        }
    }

    void take_sheet_columns() {
        for (const auto& named : named_) {
            LayoutColumn column{.sheet_column = named.column,
                                .header = named.header,
                                .column = {},
                                .typed = false,
                                .live = {}};
            column.column.name = named.name;
            column.column.description = as_description(named.header);
            if (named.collides_with)
                note("name_collision",
                     fmt::format("{} and {} have the same name for BigQuery; {} is loaded as {}",
                                 where(*named.collides_with), where(named.column),
                                 where(named.column), named.name));
            if (const auto index = find_live(named)) anchor(column, *index);
            layout_.columns.push_back(std::move(column));
        }
    }

    /// As spelled, then normalised; each live column at most once.
    std::optional<std::size_t> find_live(const table::NamedColumn& named) const {
        if (!live_) return std::nullopt;
        for (const std::string& name :
             {named.collides_with ? named.name : named.header, named.name})
            for (std::size_t i = 0; i < live_->schema.size(); ++i)
                if (table::same_column(live_->schema[i].name, name) && !is_taken(i)) return i;
        return std::nullopt;
    }

    bool is_taken(std::size_t live_index) const {
        return std::any_of(layout_.columns.begin(), layout_.columns.end(),
                           [&](const LayoutColumn& column) { return column.live == live_index; });
    }

    void anchor(LayoutColumn& column, std::size_t index) {
        const Column& live = live_->schema[index];
        const std::string description =
            live.description.empty() ? column.column.description : live.description;
        column.column = live;
        column.column.description = description;
        column.typed = true;
        column.live = index;
    }

    void take_custom_columns() {
        const auto& schema = *options_.custom_schema;
        std::vector<LayoutColumn> missing;
        std::vector<int> source_of = match_custom(schema);
        std::vector<std::size_t> order(schema.size());
        for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
        std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
            const auto place = [&](std::size_t i) {
                return source_of[i] < 0 ? 1 << 30 : source_of[i];
            };
            return place(a) < place(b);
        });
        for (const std::size_t i : order) {
            LayoutColumn column{.sheet_column = source_of[i],
                                .header = {},
                                .column = schema[i],
                                .typed = true,
                                .live = {}};
            for (const auto& named : named_)
                if (named.column == source_of[i]) column.header = named.header;
            if (column.column.description.empty())
                column.column.description = as_description(column.header);
            if (source_of[i] < 0) miss(column.column);
            check_against_live(column);
            layout_.columns.push_back(std::move(column));
        }
        if (std::all_of(source_of.begin(), source_of.end(), [](int column) { return column < 0; }))
            refuse_no_match(schema);
        note_left_out(source_of);
    }

    /// The sheet's column for each column of the schema; -1 where there is none. What is spelled
    /// alike goes first; no column of the sheet is loaded twice.
    std::vector<int> match_custom(const table::Schema& schema) {
        std::vector<int> found(schema.size(), -1);
        for (std::size_t i = 0; i < schema.size(); ++i)
            for (const auto& named : named_)
                if (found[i] < 0 && named.header == schema[i].name && !holds(found, named.column))
                    found[i] = named.column;
        for (std::size_t i = 0; i < schema.size(); ++i)
            if (found[i] < 0) match_alike(found, i, schema[i].name);
        return found;
    }

    static bool holds(const std::vector<int>& columns, int column) {
        return std::find(columns.begin(), columns.end(), column) != columns.end();
    }

    void match_alike(std::vector<int>& found, std::size_t at, const std::string& name) {
        for (const auto& named : named_) {
            if (!is_alike(named, name) || holds(found, named.column)) continue;
            if (found[at] < 0)
                found[at] = named.column;
            else
                note("name_collision",
                     fmt::format("{} and {} both match the column {} of the schema; {} is loaded",
                                 where(found[at]), where(named.column), name, where(found[at])));
        }
    }

    static bool is_alike(const table::NamedColumn& named, const std::string& name) {
        return table::same_column(named.name, name) ||
               table::same_column(table::normalise_column_name(named.header),
                                  table::normalise_column_name(name));
    }

    void miss(const Column& column) {
        if (column.required)
            throw Error{Code::bad_data, fmt::format("the sheet has no column \"{}\"", column.name)}
                .because(fmt::format(
                    "CUSTOM_SCHEMA says it is REQUIRED; the sheet's columns are {}", headers()))
                .fix(fmt::format(
                    "Name the column \"{}\" in the header row, or make the field NULLABLE.",
                    column.name));
        note("missing_column",
             fmt::format("the sheet has no column \"{}\"; it is loaded as NULL", column.name));
    }

    [[noreturn]] void refuse_no_match(const table::Schema& schema) const {
        throw Error{Code::bad_data, "none of the columns of CUSTOM_SCHEMA is in the sheet"}
            .because(fmt::format("row {} has {}", source_.header_row + 1, headers()))
            .fix(fmt::format(
                "Set HEADER_ROW to the row with the column names, or name a column \"{}\".",
                schema.front().name));
    }

    void note_left_out(const std::vector<int>& source_of) {
        for (const auto& named : named_)
            if (std::find(source_of.begin(), source_of.end(), named.column) == source_of.end()) {
                ignored_.push_back(named.column);
                note("column_left_out",
                     fmt::format("{} (\"{}\") is not in CUSTOM_SCHEMA and is left out",
                                 where(named.column), named.header),
                     false);
            }
    }

    /// The declared type must be the live one, or one it can be widened to, or be rebuilt.
    void check_against_live(LayoutColumn& column) {
        if (!live_) return;
        for (std::size_t i = 0; i < live_->schema.size(); ++i) {
            const Column& live = live_->schema[i];
            if (!table::same_column(live.name, column.column.name)) continue;
            column.live = i;
            const bool same = live.type == column.column.type && !live.repeated;
            const bool widened = live.type == Type::int64 && column.column.type == Type::float64;
            if (same || widened || options_.type_conflict == TypeConflict::rebuild) return;
            throw Error{Code::bad_config,
                        fmt::format("CUSTOM_SCHEMA says {} for the column \"{}\"",
                                    to_string(column.column.type), column.column.name)}
                .because(fmt::format("the table {} has it as {}", options_.destination.dotted(),
                                     live.type_name))
                .fix(
                    "Correct CUSTOM_SCHEMA, load into another table, or set TYPE_CONFLICT=rebuild "
                    "to replace "
                    "the table's schema.");
        }
    }

    std::string headers() const {
        std::string list;
        for (const auto& named : named_) {
            if (list.size() > 400) return list + " ...";
            list += fmt::format("{}\"{}\"", list.empty() ? "" : ", ", named.header);
        }
        return list.empty() ? "no column names" : list;
    }

    /// Columns of the table that are not in the sheet stay, NULL.
    void add_live_columns() {
        if (!live_) return;
        for (std::size_t i = 0; i < live_->schema.size(); ++i) {
            const Column& live = live_->schema[i];
            refuse_nested(live);
            if (is_taken(i)) continue;
            if (live.required)
                throw Error{Code::bad_data,
                            fmt::format("the sheet has no column \"{}\"", live.name)}
                    .because(
                        fmt::format("it is REQUIRED in the table {}; the sheet's columns are {}",
                                    options_.destination.dotted(), headers()))
                    .fix(fmt::format(
                        "Name the column \"{}\" in the header row, or run: ALTER TABLE `{}` "
                        "ALTER COLUMN {} DROP NOT NULL",
                        live.name, options_.destination.dotted(), live.name));
            note("column_gone",
                 fmt::format(
                     "the sheet has no column \"{}\" any more; it stays in the table as NULL",
                     live.name));
            layout_.columns.push_back(
                {.sheet_column = -1, .header = {}, .column = live, .typed = true, .live = i});
        }
    }

    /// A load must name every column of the table, and CSV cannot carry these.
    void refuse_nested(const Column& live) const {
        if (!live.repeated && live.type != Type::other) return;
        const std::string table = options_.destination.dotted();
        throw Error{Code::bad_config,
                    fmt::format("the table {} has the column \"{}\", which no sheet can fill",
                                table, live.name)}
            .because(fmt::format("it is {}{}, of which CSV has no form",
                                 live.repeated ? "REPEATED " : "", live.type_name))
            .fix(fmt::format("Set BIGQUERY_TABLE_ID to another table, or run: ALTER TABLE `{}` "
                             "DROP COLUMN `{}`",
                             table, live.name));
    }

    void plan_encoding() {
        auto& plan = layout_.encoding;
        plan.columns.resize(static_cast<std::size_t>(source_.columns()));
        plan.width = static_cast<int>(layout_.columns.size());
        plan.formats = &formats_;
        for (std::size_t i = 0; i < plan.columns.size(); ++i)
            plan.columns[i].habit = formats_.habit(static_cast<int>(i));
        for (const int column : ignored_)
            plan.columns[static_cast<std::size_t>(column)].output = ColumnPlan::ignored;
        for (std::size_t i = 0; i < layout_.columns.size(); ++i) {
            const auto& column = layout_.columns[i];
            if (column.sheet_column < 0) continue;
            ColumnPlan& slot = plan.columns[static_cast<std::size_t>(column.sheet_column)];
            slot.output = static_cast<int>(i);
            if (!column.typed) continue;
            slot.target = column.column;
            slot.accepts = accepted_kinds(column.column);
            slot.full_dates = wants_full_dates(column.column.type);
            slot.literals = options_.custom_schema.has_value();
            slot.null_misfits =
                options_.type_conflict == TypeConflict::null && !options_.custom_schema;
            if (column.column.type == Type::int64 && !options_.custom_schema)
                slot.accepts |= table::set_of(Kind::real);  // widened to FLOAT64
        }
    }

    const Extent& extent_;
    const Source& source_;
    const Options& options_;
    const std::optional<gcp::TableInfo>& live_;
    const table::CellFormats& formats_;
    std::vector<table::NamedColumn> named_;
    std::vector<int> ignored_;
    Layout layout_;
};

}  // namespace

Layout make_layout(const Extent& extent, const Source& source, const Options& options,
                   const std::optional<gcp::TableInfo>& live, const table::CellFormats& formats) {
    return LayoutMaker{extent, source, options, live, formats}.make();
}

}  // namespace sheetbq::etl
