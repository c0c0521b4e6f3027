#include "sheetbq/control/pg_value.hpp"

#include "sheetbq/core/error.hpp"
#include "support/catch.hpp"

#include <limits>
#include <string>

using namespace std::chrono_literals;
using namespace std::string_literals;
using sheetbq::Clock;
using sheetbq::control::is_uuid;
using sheetbq::control::PgAnswer;
using sheetbq::control::PgArgument;
using sheetbq::control::PgRow;
using sheetbq::control::storable;

namespace {

/// One row of these cells.
PgAnswer answer_of(std::vector<std::optional<std::string>> cells) {
    class Rows final : public PgAnswer::Rows {
    public:
        explicit Rows(std::vector<std::optional<std::string>> cells) : cells_{std::move(cells)} {}
        int size() const override { return 1; }
        std::optional<std::string_view> cell(int /*row*/, int column) const override {
            return cells_.at(static_cast<std::size_t>(column));
        }

    private:
        std::vector<std::optional<std::string>> cells_;
    };
    return PgAnswer{std::make_shared<Rows>(std::move(cells))};
}

}  // namespace

TEST_CASE("Texts lose only what PostgreSQL cannot store") {
    CHECK(storable("plain 'text' \\ {x}\n\t") == "plain 'text' \\ {x}\n\t");
    CHECK(storable("grüße 🛒") == "grüße 🛒");
    CHECK(storable("a\0b"s) == "a\uFFFDb");
    CHECK(storable("a\xFF\xC3") == "a\uFFFD\uFFFD");
    CHECK(storable("\xED\xA0\x80") == "\uFFFD\uFFFD\uFFFD");
    CHECK(storable("").empty());
}

TEST_CASE("Arguments are texts that PostgreSQL reads") {
    CHECK(PgArgument{"x"}.text() == "x");
    CHECK_FALSE(PgArgument{std::nullopt}.text());
    CHECK(PgArgument{true}.text() == "true");
    CHECK(PgArgument{-7}.text() == "-7");
    CHECK(PgArgument{std::int64_t{1} << 60U}.text() == "1152921504606846976");
    CHECK(PgArgument{0.25}.text() == "0.25");
    CHECK(PgArgument{1500ms}.text() == "1500");
    CHECK(PgArgument{Clock::TimePoint{} + 1h + 1us}.text() == "3600.000001");
    CHECK(PgArgument{Clock::TimePoint{} - 1us}.text() == "-0.000001");
    CHECK(PgArgument{std::optional<int>{}}.text() == std::nullopt);
    CHECK(PgArgument{std::optional<int>{3}}.text() == "3");
    CHECK(PgArgument{std::vector<int>{}}.text() == "{}");
    CHECK(PgArgument{std::vector{1, -2}}.text() == "{1,-2}");
    CHECK(PgArgument{std::vector<std::string>{}}.text() == "{}");
    CHECK(PgArgument{std::vector{"a"s, ""s, "NULL"s, "q\"b\\c,{}"s}}.text() ==
          R"({"a","","NULL","q\"b\\c,{}"})");
}

TEST_CASE("Rows are read from left to right, NULL as nothing") {
    const auto answer = answer_of({"text", std::nullopt, "", "7", std::nullopt, std::nullopt, "8",
                                   "9007199254740993", "1.5", "t", "f", std::nullopt});
    PgRow row{answer};

    CHECK(row.text() == "text");
    CHECK(row.text().empty());
    CHECK(row.optional_text() == "");
    CHECK(row.integer() == 7);
    CHECK(row.integer() == 0);
    CHECK_FALSE(row.optional_integer());
    CHECK(row.optional_integer() == 8);
    CHECK(row.big() == 9007199254740993);
    CHECK(row.real() == 1.5);
    CHECK(row.flag());
    CHECK_FALSE(row.flag());
    CHECK_FALSE(row.flag());
}

TEST_CASE("Times are exact to the microsecond; what the clock cannot count is its end") {
    const auto answer = answer_of({"1763886672.123457", "-1.000001", "Infinity", "-Infinity",
                                   "9224318015999.999999", std::nullopt, std::nullopt});
    PgRow row{answer};

    CHECK(row.time() - Clock::TimePoint{} == 1763886672123457us);
    CHECK(row.time() - Clock::TimePoint{} == -1000001us);
    const auto end = row.time();
    CHECK(end > Clock::TimePoint{} + 24h * 365 * 280);
    CHECK(end + 24h * 365 > end);
    CHECK(row.time() < Clock::TimePoint{} - 24h * 365 * 280);
    CHECK(row.time() == end);
    CHECK_FALSE(row.optional_time());
    CHECK(row.time() == Clock::TimePoint{});
}

TEST_CASE("A cell that is no number is a mistake, not a zero") {
    const auto* cell = GENERATE("", "x", "7x", "1.5", "99999999999");
    const auto answer = answer_of({cell});

    CHECK_THROWS_AS(PgRow{answer}.integer(), sheetbq::Error);
}

TEST_CASE("UUIDs are told from other texts") {
    CHECK(is_uuid("019a2f3e-0000-7000-8000-00000000000A"));
    for (const auto* text : {"", "019a2f3e", "019a2f3e-0000-7000-8000-0000000000000",
                             "019a2f3e-0000-7000-8000-00000000000g",
                             "019a2f3e00000-7000-8000-000000000000", "'; DROP TABLE run; --"})
        CHECK_FALSE(is_uuid(text));
}
