#include "sheetbq/etl/options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

namespace sheetbq::etl {
namespace {

[[noreturn]] void refuse(std::string problem) { throw Error{Code::bad_config, std::move(problem)}; }

std::string lower(std::string text) {
    for (char& c : text)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return text;
}

template <class Value>
Value pick(const std::string& text,
           std::initializer_list<std::pair<std::string_view, Value>> choices) {
    for (const auto& [word, value] : choices)
        if (lower(text) == word) return value;
    std::string words;
    for (const auto& choice : choices)
        words += fmt::format("{}{}", words.empty() ? "" : " or ", choice.first);
    refuse(fmt::format("\"{}\" is not one of its values; use {}", text, words));
}

bool yes_or_no(const std::string& text) {
    return pick<bool>(text, {{"true", true},
                             {"false", false},
                             {"yes", true},
                             {"no", false},
                             {"1", true},
                             {"0", false}});
}

template <class Number>
Number whole(const std::string& text, Number least, Number most) {
    Number value{};
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (problem != std::errc{} || end != text.data() + text.size() || value < least || value > most)
        refuse(fmt::format("\"{}\" is not a whole number from {} to {}", text, least, most));
    return value;
}

std::chrono::seconds seconds(const std::string& text, long most) {
    return std::chrono::seconds{whole<long>(text, 0, most)};
}

bool is_word(std::string_view text, std::string_view also) {
    return std::all_of(text.begin(), text.end(), [&](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               also.find(c) != std::string_view::npos;
    });
}

std::string project_id(const std::string& text) {
    if (!is_word(text, "-_.:") || text.size() > 100)
        refuse(
            fmt::format("\"{}\" is not a project id; copy it from the project picker of the Google "
                        "Cloud console, e.g. my-project-123",
                        text));
    return text;
}

std::string dataset_id(const std::string& text) {
    if (!is_word(text, "_") || text.size() > 1024)
        refuse(fmt::format(
            "\"{}\" is not a dataset id; it has letters, digits and _ only, without the "
            "project",
            text));
    return text;
}

std::string table_id(const std::string& text) {
    constexpr std::string_view forbidden = ".$/\\`\"'*?!@#%^&()[]{}<>|:;,=+~\t\r\n";
    if (text.find_first_of(forbidden) != std::string::npos || text.size() > 1024)
        refuse(fmt::format(
            "\"{}\" is not a table id; it has letters, digits, _, - and spaces, without "
            "project, dataset or partition",
            text));
    return text;
}

std::string run_id(const std::string& text) {
    if (!is_word(text, "-_") || text.size() > 200)
        refuse(fmt::format("\"{}\" may have letters, digits, - and _ only", text));
    return text;
}

constexpr std::uint64_t upload_quantum_kib = 256;

const std::array definitions{
    OptionDefinition{"CONFIG_ID", "", "text",
                     "Database id of the configuration; goes into logs and labels.", false,
                     [](Options& o, const std::string& v) { o.config_id = v; }},
    OptionDefinition{"CONFIG_NAME", "", "text", "Human-readable name of the configuration.", true,
                     [](Options& o, const std::string& v) { o.config_name = v; }},
    OptionDefinition{"GOOGLE_SHEET_URL", "", "address or id",
                     "Address of the sheet as the browser shows it, or the bare spreadsheet id.",
                     true,
                     [](Options& o, const std::string& v) { o.sheet = table::parse_sheet_url(v); }},
    OptionDefinition{
        "GOOGLE_SHEET_TAB_NAME", "", "tab title",
        "Title of the tab; else the gid of the address; else the first tab with cells.", false,
        [](Options& o, const std::string& v) { o.tab_title = v; }},
    OptionDefinition{
        "GOOGLE_CLOUD_PROJECT_ID", "", "project id", "Project of the table.", true,
        [](Options& o, const std::string& v) { o.destination.project = project_id(v); }},
    OptionDefinition{
        "BIGQUERY_DATASET_ID", "", "dataset id", "Dataset of the table; must exist.", true,
        [](Options& o, const std::string& v) { o.destination.dataset = dataset_id(v); }},
    OptionDefinition{"BIGQUERY_TABLE_ID", "", "table id",
                     "The table; is created when it does not exist.", true,
                     [](Options& o, const std::string& v) { o.destination.table = table_id(v); }},
    OptionDefinition{"SCHEMA_HANDLING", "auto_detect", "auto_detect or custom",
                     "Whether types come from the cells or from CUSTOM_SCHEMA.", false, nullptr},
    OptionDefinition{"CUSTOM_SCHEMA", "", "JSON list of fields, or name:TYPE,name:TYPE",
                     "The columns to load, with their BigQuery types.", false, nullptr},
    OptionDefinition{"SHEET_RANGE", "", "A1 range or named range",
                     "Loads only this part of the tab, e.g. B3:H or my_range.", false,
                     [](Options& o, const std::string& v) { o.sheet_range = v; }},
    OptionDefinition{"HEADER_ROW", "1", "row number, 0 = none",
                     "Row of the column names, counted from the first row of the range.", false,
                     [](Options& o, const std::string& v) { o.header_row = whole(v, 0, 10'000); }},
    OptionDefinition{"WRITE_MODE", "replace", "replace or append",
                     "Whether the rows replace those of the table or are added to them.", false,
                     [](Options& o, const std::string& v) {
                         o.write_mode = pick<WriteMode>(
                             v, {{"replace", WriteMode::replace}, {"append", WriteMode::append}});
                     }},
    OptionDefinition{
        "TYPE_CONFLICT", "fail", "fail, null or rebuild",
        "When cells no longer fit the table's column: refuse the run, load NULL, or replace the "
        "column's type.",
        false,
        [](Options& o, const std::string& v) {
            o.type_conflict = pick<TypeConflict>(v, {{"fail", TypeConflict::fail},
                                                     {"null", TypeConflict::null},
                                                     {"rebuild", TypeConflict::rebuild}});
        }},
    OptionDefinition{
        "ERROR_CELLS", "null", "null or fail",
        "What becomes of #N/A, #REF! and their like: NULL and a warning, or the run is refused.",
        false,
        [](Options& o, const std::string& v) {
            o.error_cells =
                pick<ErrorCells>(v, {{"null", ErrorCells::null}, {"fail", ErrorCells::fail}});
        }},
    OptionDefinition{
        "CONSISTENCY", "relaxed", "relaxed or strict",
        "When the sheet keeps changing while it is read: load with a warning, or refuse.", false,
        [](Options& o, const std::string& v) {
            o.consistency = pick<Consistency>(
                v, {{"relaxed", Consistency::relaxed}, {"strict", Consistency::strict}});
        }},
    OptionDefinition{
        "FORMAT_SCAN", "sample", "sample or full",
        "In tabs of more than 200,000 cells, whether number formats are read for every cell.",
        false,
        [](Options& o, const std::string& v) {
            o.format_scan =
                pick<FormatScan>(v, {{"sample", FormatScan::sample}, {"full", FormatScan::full}});
        }},
    OptionDefinition{"ALLOW_EMPTY", "false", "true or false",
                     "Whether an empty tab may empty the table.", false,
                     [](Options& o, const std::string& v) { o.allow_empty = yes_or_no(v); }},
    OptionDefinition{"MIN_ROWS", "0", "rows", "Refuses the run when the tab has fewer rows.", false,
                     [](Options& o, const std::string& v) {
                         o.min_rows = whole<std::uint64_t>(v, 0, 1'000'000'000);
                     }},
    OptionDefinition{
        "MAX_ROW_DROP_PERCENT", "100", "percent, 0 to 100",
        "Refuses the run when the tab has so much fewer rows than the table.", false,
        [](Options& o, const std::string& v) { o.max_row_drop_percent = whole(v, 0, 100); }},
    OptionDefinition{
        "SKIP_UNCHANGED", "false", "true or false",
        "Does not load again what the last run of this option has loaded; costs one more request "
        "a load.",
        false, [](Options& o, const std::string& v) { o.skip_unchanged = yes_or_no(v); }},
    OptionDefinition{
        "READ_CONCURRENCY", "4", "requests, 1 to 16", "Requests to the sheet in flight at once.",
        false, [](Options& o, const std::string& v) { o.read_concurrency = whole(v, 1, 16); }},
    OptionDefinition{
        "WINDOW_CELLS", "300000", "cells, 1000 to 2000000", "Cells asked for in one request.",
        false,
        [](Options& o, const std::string& v) { o.window_cells = whole(v, 1'000, 2'000'000); }},
    OptionDefinition{"SPOOL_MB", "320", "MiB, 1 to 4096",
                     "Compressed data kept in memory before the upload; more is refused.", false,
                     [](Options& o, const std::string& v) {
                         o.spool_bytes = whole<std::size_t>(v, 1, 4'096) * 1_MiB;
                     }},
    OptionDefinition{"UPLOAD_CHUNK_KB", "16384", "KiB, a multiple of 256",
                     "Bytes sent to BigQuery in one request.", false,
                     [](Options& o, const std::string& v) {
                         const auto kib = whole<std::uint64_t>(v, upload_quantum_kib, 4'194'304);
                         if (kib % upload_quantum_kib != 0)
                             refuse(
                                 fmt::format("{} is not a multiple of 256; use e.g. {}", v,
                                             (kib / upload_quantum_kib + 1) * upload_quantum_kib));
                         o.upload_chunk_bytes = kib * 1_KiB;
                     }},
    OptionDefinition{
        "LOADING_WAIT_SECONDS", "10", "seconds, 0 to 600",
        "Pause before cells that still say Loading... are read again (three times at most).", false,
        [](Options& o, const std::string& v) { o.loading_wait = seconds(v, 600); }},
    OptionDefinition{"RETRY_BUDGET_SECONDS", "600", "seconds, 0 to 86400",
                     "Time spent waiting between the attempts of one request.", false,
                     [](Options& o, const std::string& v) { o.retry_budget = seconds(v, 86'400); }},
    OptionDefinition{"RUN_TIMEOUT_SECONDS", "3600", "seconds, 1 to 604800",
                     "Time of the whole run; then it stops with exit code 14.", false,
                     [](Options& o, const std::string& v) {
                         o.run_timeout = std::chrono::seconds{whole<long>(v, 1, 604'800)};
                     }},
    OptionDefinition{"DELEGATED_USER", "", "e-mail address",
                     "Reads the sheet as this person (domain-wide delegation).", false,
                     [](Options& o, const std::string& v) { o.delegated_user = v; }},
    OptionDefinition{
        "SHEETBQ_RUN_ID", "", "letters, digits, - and _",
        "Identifies the run; repeats of one run never load twice. Made up when not set.", false,
        [](Options& o, const std::string& v) { o.run_id = run_id(v); }},
    OptionDefinition{"SHEETBQ_ATTEMPT", "", "number",
                     "Counts the attempts of a run; goes into logs.", false,
                     [](Options& o, const std::string& v) { o.attempt = run_id(v); }},
    OptionDefinition{
        "SHEETBQ_START_BY", "", "RFC 3339 time",
        "A run that starts later than this touches nothing and ends with exit code 75.", false,
        [](Options& o, const std::string& v) {
            o.start_by = from_rfc3339(v);
            if (!o.start_by)
                refuse(fmt::format("\"{}\" is not a time like 2026-01-31T08:00:00Z", v));
        }},
};

std::string trimmed(std::string text) {
    constexpr std::string_view spaces = " \t\r\n";
    text.erase(text.find_last_not_of(spaces) + 1);
    text.erase(0, std::min(text.find_first_not_of(spaces), text.size()));
    return text;
}

using Problems = std::vector<OptionProblem>;

void read_schema(Options& options, const std::string& handling, const std::string& schema,
                 Problems& problems) {
    const std::string word = lower(handling);
    if (word == "custom") {
        if (schema.empty())
            problems.push_back(
                {"CUSTOM_SCHEMA",
                 Error{Code::bad_config, "is not set, though SCHEMA_HANDLING is custom"}.fix(
                     "Set e.g. CUSTOM_SCHEMA=id:INT64,name:STRING")});
        else
            try {
                options.custom_schema = table::parse_custom_schema(schema);
            } catch (const Error& error) {
                problems.push_back({"CUSTOM_SCHEMA", error});
            }
    } else if (!word.empty() && word != "auto_detect") {
        problems.push_back(
            {"SCHEMA_HANDLING",
             Error{Code::bad_config,
                   fmt::format("\"{}\" is not one of its values; use auto_detect or custom",
                               handling)}});
    }
}

void refuse(const Problems& problems) {
    std::string list = one_line(problems.front());
    if (problems.size() > 1) {
        list.clear();
        for (const auto& problem : problems) list += fmt::format("\n    - {}", one_line(problem));
    }
    throw Error{Code::bad_config,
                problems.size() == 1
                    ? std::string{"the configuration has a problem"}
                    : fmt::format("the configuration has {} problems", problems.size())}
        .because(std::move(list))
        .fix(
            "Set these environment variables; docs/configuration.md lists them all, and "
            "sheetbq-job --print-config shows what is set.");
}

}  // namespace

std::span<const OptionDefinition> option_definitions() { return definitions; }

std::string one_line(const OptionProblem& problem) {
    const auto& error = problem.error;
    std::string line = fmt::format("{}: {}", problem.variable, error.text());
    if (!error.reason().empty()) line += fmt::format(" ({})", error.reason());
    if (!error.hint().empty()) line += fmt::format(". {}", error.hint());
    return line;
}

Options read_options(const Lookup& lookup, std::vector<OptionProblem>& problems) {
    const auto value_of = [&](std::string_view name) { return trimmed(lookup(name).value_or("")); };
    Options options;
    for (const auto& definition : definitions) {
        if (definition.set == nullptr) continue;
        const std::string value = value_of(definition.name);
        const std::string name{definition.name};
        if (value.empty()) {
            if (definition.required)
                problems.push_back(
                    {name, Error{Code::bad_config,
                                 fmt::format("is not set. {}", definition.description)}});
            continue;
        }
        try {
            definition.set(options, value);
        } catch (const Error& error) {
            problems.push_back({name, error});
        }
    }
    read_schema(options, value_of("SCHEMA_HANDLING"), value_of("CUSTOM_SCHEMA"), problems);
    if (options.write_mode == WriteMode::append && options.type_conflict == TypeConflict::rebuild)
        problems.push_back(
            {"TYPE_CONFLICT",
             Error{Code::bad_config, "rebuild replaces the table, and WRITE_MODE is append"}.fix(
                 "Use TYPE_CONFLICT=fail or null, or WRITE_MODE=replace")});
    return options;
}

Options read_options(const Lookup& lookup) {
    Problems problems;
    auto options = read_options(lookup, problems);
    if (!problems.empty()) refuse(problems);
    return options;
}

}  // namespace sheetbq::etl
