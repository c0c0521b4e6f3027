#include "sheetbq/gcp/table_rows.hpp"

#include "support/catch.hpp"

#include <boost/json.hpp>

using namespace sheetbq;
namespace json = boost::json;

namespace {

std::string shown(const std::string& field, const std::string& cell) {
    return json::serialize(gcp::row_value(json::parse(field).as_object(), json::parse(cell)));
}

}  // namespace

TEST_CASE("a cell of tabledata.list is what BigQuery means by it") {
    const auto [type, cell, value] =
        GENERATE(Catch::Generators::table<std::string, std::string, std::string>({
            {"INTEGER", R"("42")", "42"},
            {"INT64", R"("-9223372036854775808")", "-9223372036854775808"},
            {"BOOLEAN", R"("true")", "true"},
            {"BOOL", R"("false")", "false"},
            {"FLOAT", R"("0.5")", "5E-1"},
            {"FLOAT", R"("NaN")", R"("NaN")"},
            {"FLOAT", R"("-Infinity")", R"("-Infinity")"},
            {"NUMERIC", R"("1.10")", R"("1.10")"},
            {"STRING", R"("00123")", R"("00123")"},
            {"DATE", R"("2026-01-31")", R"("2026-01-31")"},
            {"TIMESTAMP", R"("1769846400000000")", R"("2026-01-31T08:00:00Z")"},
            {"TIMESTAMP", R"("1769846400000001")", R"("2026-01-31T08:00:00.000001Z")"},
            {"TIMESTAMP", R"("-1")", R"("1969-12-31T23:59:59.999999Z")"},
            {"TIMESTAMP", R"("-62135596800000000")", R"("0001-01-01T00:00:00Z")"},
            {"TIMESTAMP", R"("253402300799999999")", R"("9999-12-31T23:59:59.999999Z")"},
            {"SOMETHING_NEW", R"("x")", R"("x")"},
            {"INTEGER", "null", "null"},
        }));

    CHECK(shown(R"({"name": "a", "type": ")" + type + "\"}", cell) == value);
}

TEST_CASE("repeated fields are lists, and records objects") {
    CHECK(shown(R"({"type": "INTEGER", "mode": "REPEATED"})", R"([{"v": "1"}, {"v": "2"}])") ==
          "[1,2]");
    CHECK(shown(R"({"type": "RECORD", "fields": [{"name": "a", "type": "INTEGER"},
                                                 {"name": "b", "type": "STRING"}]})",
                R"({"f": [{"v": "1"}, {"v": null}]})") == R"({"a":1,"b":null})");
}
