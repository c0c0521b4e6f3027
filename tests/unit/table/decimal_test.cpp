#include "sheetbq/table/decimal.hpp"

#include "support/catch.hpp"

using sheetbq::table::to_decimal;

TEST_CASE("a number token becomes plain decimal text, rounded half away from zero") {
    const auto [token, scale, expected] = GENERATE(table<std::string, int, std::string>(
        {{"0", 9, "0"},
         {"-0", 9, "0"},
         {"1", 9, "1"},
         {"-1.50", 9, "-1.5"},
         {"1.5E3", 9, "1500"},
         {"1e-3", 9, "0.001"},
         {"0.30000000000000004", 9, "0.3"},
         {"0.1234567895", 9, "0.12345679"},
         {"0.1234567894999999", 9, "0.123456789"},
         {"2.5", 0, "3"},
         {"-2.5", 0, "-3"},
         {"0.5", 0, "1"},
         {"0.49", 0, "0"},
         {"-0.4", 0, "0"},
         {"9.99", 1, "10"},
         {"99.995", 2, "100"},
         {"1e-400", 9, "0"},
         {"5e-10", 9, "0.000000001"},
         {"4e-10", 9, "0"},
         {"-1E-7", 9, "-0.0000001"},
         {"123456789012345678901234567.125", 2, "123456789012345678901234567.13"},
         {"1.0000", 9, "1"},
         {"1E+21", 9, "1000000000000000000000"},
         {"0.00E+5", 9, "0"}}));
    CAPTURE(token, scale);

    CHECK(to_decimal(token, 29, scale) == expected);
}

TEST_CASE("a number with too many digits before the point is none") {
    CHECK(to_decimal("99999", 5, 2) == "99999");
    CHECK_FALSE(to_decimal("100000", 5, 2));
    CHECK_FALSE(to_decimal("99999.995", 5, 2));
    CHECK(to_decimal("99999.994", 5, 2) == "99999.99");
    CHECK_FALSE(to_decimal("1E29", 29, 9));
    CHECK(to_decimal("1E28", 29, 9) == "1" + std::string(28, '0'));
    CHECK_FALSE(to_decimal("1E999999999999", 29, 9));
    CHECK_FALSE(to_decimal("1E401", 29, 9));
    CHECK(to_decimal("0.5", 0, 2) == "0.5");
    CHECK_FALSE(to_decimal("1", 0, 2));
}
