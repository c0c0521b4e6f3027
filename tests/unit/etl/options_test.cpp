#include "sheetbq/etl/options.hpp"

#include "support/catch.hpp"

#include <map>
#include <set>

using namespace std::chrono_literals;
using sheetbq::Code;
using sheetbq::Error;
using sheetbq::operator""_KiB;
using sheetbq::operator""_MiB;
using sheetbq::etl::option_definitions;
using sheetbq::etl::Options;
using sheetbq::etl::read_options;
using sheetbq::etl::TypeConflict;
using sheetbq::etl::WriteMode;

namespace {

using Variables = std::map<std::string, std::string>;

Options read(const Variables& more = {}) {
    Variables all{{"CONFIG_NAME", "orders"},
                  {"GOOGLE_SHEET_URL", "1AbC"},
                  {"GOOGLE_CLOUD_PROJECT_ID", "p"},
                  {"BIGQUERY_DATASET_ID", "d"},
                  {"BIGQUERY_TABLE_ID", "t"}};
    for (const auto& [name, value] : more) all[name] = value;
    return read_options([&](std::string_view name) -> std::optional<std::string> {
        const auto found = all.find(std::string{name});
        return found == all.end() ? std::nullopt : std::optional{found->second};
    });
}

std::string problem(const Variables& variables) {
    try {
        read(variables);
    } catch (const Error& error) {
        CHECK(error.code() == Code::bad_config);
        CHECK_THAT(error.hint(), ContainsSubstring("docs/configuration.md"));
        return error.reason();
    }
    return "accepted";
}

}  // namespace

TEST_CASE("the required five are enough; everything else has its default") {
    const auto options = read();

    CHECK(options.sheet.spreadsheet_id == "1AbC");
    CHECK(options.destination.dotted() == "p.d.t");
    CHECK(options.header_row == 1);
    CHECK(options.write_mode == WriteMode::replace);
    CHECK(options.type_conflict == TypeConflict::fail);
    CHECK_FALSE(options.custom_schema);
    CHECK_FALSE(options.allow_empty);
    CHECK(options.max_row_drop_percent == 100);
}

TEST_CASE("the documented default of every variable is the one that holds") {
    const auto plain = read();
    for (const auto& definition : option_definitions()) {
        CAPTURE(definition.name);
        CHECK_FALSE(definition.description.empty());
        CHECK_FALSE(definition.values.empty());
        if (definition.initial.empty() || definition.set == nullptr) continue;
        Options options = plain;
        definition.set(options, std::string{definition.initial});
        CHECK(options.header_row == plain.header_row);
        CHECK(options.write_mode == plain.write_mode);
        CHECK(options.type_conflict == plain.type_conflict);
        CHECK(options.error_cells == plain.error_cells);
        CHECK(options.consistency == plain.consistency);
        CHECK(options.format_scan == plain.format_scan);
        CHECK(options.allow_empty == plain.allow_empty);
        CHECK(options.skip_unchanged == plain.skip_unchanged);
        CHECK(options.min_rows == plain.min_rows);
        CHECK(options.max_row_drop_percent == plain.max_row_drop_percent);
        CHECK(options.read_concurrency == plain.read_concurrency);
        CHECK(options.window_cells == plain.window_cells);
        CHECK(options.spool_bytes == plain.spool_bytes);
        CHECK(options.upload_chunk_bytes == plain.upload_chunk_bytes);
        CHECK(options.loading_wait == plain.loading_wait);
        CHECK(options.retry_budget == plain.retry_budget);
        CHECK(options.run_timeout == plain.run_timeout);
    }
}

TEST_CASE("no variable is defined twice") {
    std::set<std::string_view> names;
    for (const auto& definition : option_definitions()) CHECK(names.insert(definition.name).second);
}

TEST_CASE("values are taken without white space and case, blank ones as not set") {
    const auto options = read({{"WRITE_MODE", " Append\n"},
                               {"TYPE_CONFLICT", "NULL"},
                               {"ALLOW_EMPTY", "Yes"},
                               {"HEADER_ROW", "  "},
                               {"SCHEMA_HANDLING", "AUTO_DETECT"},
                               {"GOOGLE_SHEET_TAB_NAME", "Orders"},
                               {"SPOOL_MB", "2"},
                               {"UPLOAD_CHUNK_KB", "512"},
                               {"LOADING_WAIT_SECONDS", "0"},
                               {"SHEETBQ_START_BY", "2026-01-31T08:00:00Z"}});

    CHECK(options.write_mode == WriteMode::append);
    CHECK(options.type_conflict == TypeConflict::null);
    CHECK(options.allow_empty);
    CHECK(options.header_row == 1);
    CHECK(options.tab_title == "Orders");
    CHECK(options.spool_bytes == 2_MiB);
    CHECK(options.upload_chunk_bytes == 512_KiB);
    CHECK(options.loading_wait == 0s);
    CHECK(options.start_by);
}

TEST_CASE("appending and rebuilding contradict each other") {
    try {
        read({{"WRITE_MODE", "append"}, {"TYPE_CONFLICT", "rebuild"}});
        FAIL("was accepted");
    } catch (const sheetbq::Error& error) {
        CHECK(error.code() == sheetbq::Code::bad_config);
        CHECK_THAT(error.reason(), ContainsSubstring("WRITE_MODE is append"));
    }
}

TEST_CASE("a value that a variable cannot have is refused with what it can be") {
    const auto [name, value, words] = GENERATE(table<std::string, std::string, std::string>(
        {{"HEADER_ROW", "-1", "\"-1\" is not a whole number from 0 to 10000"},
         {"HEADER_ROW", "1.5", "is not a whole number"},
         {"HEADER_ROW", "99999999999999999999", "is not a whole number"},
         {"MAX_ROW_DROP_PERCENT", "101", "from 0 to 100"},
         {"READ_CONCURRENCY", "0", "from 1 to 16"},
         {"WINDOW_CELLS", "999", "from 1000 to 2000000"},
         {"SPOOL_MB", "0", "from 1 to 4096"},
         {"UPLOAD_CHUNK_KB", "257", "257 is not a multiple of 256; use e.g. 512"},
         {"ALLOW_EMPTY", "maybe", "use true or false"},
         {"ERROR_CELLS", "drop", "use null or fail"},
         {"CONSISTENCY", "maybe", "use relaxed or strict"},
         {"FORMAT_SCAN", "some", "use sample or full"},
         {"SCHEMA_HANDLING", "guess", "use auto_detect or custom"},
         {"BIGQUERY_TABLE_ID", "d.t", "without project, dataset or partition"},
         {"BIGQUERY_TABLE_ID", "t`; DROP", "without project"},
         {"BIGQUERY_DATASET_ID", "p:d", "without the project"},
         {"GOOGLE_CLOUD_PROJECT_ID", "my project", "project picker"},
         {"SHEETBQ_RUN_ID", "a/b", "letters, digits, - and _ only"},
         {"SHEETBQ_START_BY", "tomorrow", "not a time like 2026-01-31T08:00:00Z"},
         {"RUN_TIMEOUT_SECONDS", "0", "from 1 to 604800"}}));
    CAPTURE(name, value);

    const auto reason = problem({{name, value}});

    CHECK_THAT(reason, Catch::Matchers::StartsWith(name + ": "));
    CHECK_THAT(reason, ContainsSubstring(words));
}

TEST_CASE("a custom schema is read only when it is asked for") {
    CHECK_FALSE(read({{"CUSTOM_SCHEMA", "[broken"}}).custom_schema);
    const auto options = read({{"SCHEMA_HANDLING", "custom"}, {"CUSTOM_SCHEMA", "id:INT64"}});
    REQUIRE(options.custom_schema);
    CHECK(options.custom_schema->at(0).name == "id");
    CHECK_THAT(problem({{"SCHEMA_HANDLING", "custom"}}),
               ContainsSubstring("CUSTOM_SCHEMA=id:INT64,name:STRING"));
}
