#include "sheetbq/table/serial_date.hpp"

#include "support/catch.hpp"

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <random>
#include <string>

using namespace sheetbq::table;

namespace {

std::string written(const std::string& token, NumberKind kind, Kind* turned_out = nullptr) {
    std::array<char, longest_date_text> out{};
    const auto text = write_serial(token, kind, out.data());
    if (turned_out != nullptr) *turned_out = text.kind;
    return {out.data(), text.size};
}

}  // namespace

TEST_CASE("serial numbers are written as what they stand for") {
    using enum NumberKind;
    const auto [token, format, kind, text] =
        GENERATE(table<std::string, NumberKind, Kind, std::string>({
            {"43831", date, Kind::date, "2020-01-01"},
            {"36162", date, Kind::date, "1999-01-02"},
            {"43831.0", date, Kind::date, "2020-01-01"},
            {"4.4927E4", date, Kind::date, "2023-01-01"},
            {"4.4927e+04", date, Kind::date, "2023-01-01"},
            {"0", date, Kind::date, "1899-12-30"},
            {"-0", date, Kind::date, "1899-12-30"},
            {"1", date, Kind::date, "1899-12-31"},
            {"2", date, Kind::date, "1900-01-01"},
            {"59", date, Kind::date, "1900-02-27"},
            {"60", date, Kind::date, "1900-02-28"},
            {"61", date, Kind::date, "1900-03-01"},
            {"36585", date, Kind::date, "2000-02-29"},
            {"45351", date, Kind::date, "2024-02-29"},
            {"-1", date, Kind::date, "1899-12-29"},
            {"-363", date, Kind::date, "1899-01-01"},
            {"-693593", date, Kind::date, "0001-01-01"},
            {"2958465", date, Kind::date, "9999-12-31"},
            // a time of day under a DATE format is kept
            {"43831.5", date, Kind::datetime, "2020-01-01 12:00:00"},
            {"43831.000000001", date, Kind::date, "2020-01-01"},  // below a millisecond
            {"43830.999999999", date, Kind::date, "2020-01-01"},
            {"0.5", date, Kind::datetime, "1899-12-30 12:00:00"},
            {"-0.25", date, Kind::datetime, "1899-12-29 18:00:00"},
            {"44826.42895833333", datetime, Kind::datetime, "2022-09-22 10:17:42"},
            {"43831", datetime, Kind::datetime, "2020-01-01 00:00:00"},
            {"43831.5", datetime, Kind::datetime, "2020-01-01 12:00:00"},
            {"2.5", datetime, Kind::datetime, "1900-01-01 12:00:00"},
            {"-1.25", datetime, Kind::datetime, "1899-12-28 18:00:00"},
            {"-693593", datetime, Kind::datetime, "0001-01-01 00:00:00"},
            {"2958465.9999884257", datetime, Kind::datetime, "9999-12-31 23:59:59"},
            {"45000.00000001158", datetime, Kind::datetime, "2023-03-15 00:00:00.001"},
            {"1e-9", datetime, Kind::datetime, "1899-12-30 00:00:00"},
            {"0.6659722222222222", NumberKind::time, Kind::time, "15:59:00"},
            {"0.5", NumberKind::time, Kind::time, "12:00:00"},
            {"0", NumberKind::time, Kind::time, "00:00:00"},
            {"-0.0", NumberKind::time, Kind::time, "00:00:00"},
            {"1e-9", NumberKind::time, Kind::time, "00:00:00"},
            {"-1e-9", NumberKind::time, Kind::time, "00:00:00"},
            {"1.1574074074074074E-8", NumberKind::time, Kind::time, "00:00:00.001"},
            {"0.4289583333333333", NumberKind::time, Kind::time, "10:17:42"},
            {"0.42895975694444", NumberKind::time, Kind::time, "10:17:42.123"},
            {"0.99998842592", NumberKind::time, Kind::time, "23:59:59"},
            {"0.9999999999", NumberKind::time, Kind::time, "23:59:59.999"},
            {"1", NumberKind::time, Kind::datetime, "1899-12-31 00:00:00"},
            {"43831.25", NumberKind::time, Kind::datetime, "2020-01-01 06:00:00"},
            {"-0.25", NumberKind::time, Kind::datetime, "1899-12-29 18:00:00"},
            {"1.5", duration, Kind::duration, "0-0 0 36:00:00"},
            {"0", duration, Kind::duration, "0-0 0 0:00:00"},
            {"-0", duration, Kind::duration, "0-0 0 0:00:00"},
            {"-1e-9", duration, Kind::duration, "0-0 0 0:00:00"},
            {"0.0625", duration, Kind::duration, "0-0 0 1:30:00"},
            {"-0.0625", duration, Kind::duration, "0-0 0 -1:30:00"},
            {"1.1574074074074074E-8", duration, Kind::duration, "0-0 0 0:00:00.001"},
            {"3660000", duration, Kind::duration, "0-0 0 87840000:00:00"},
            {"-3660000", duration, Kind::duration, "0-0 0 -87840000:00:00"},
        }));
    INFO(token);
    Kind turned_out{};
    CHECK(written(token, format, &turned_out) == text);
    CHECK(to_string(turned_out) == to_string(kind));
}

TEST_CASE("numbers that no date can be stay numbers") {
    using enum NumberKind;
    const auto [token, format, kind] = GENERATE(table<std::string, NumberKind, Kind>({
        {"43831", number, Kind::integer},
        {"43831.5", number, Kind::real},
        {"4E4", number, Kind::real},
        {"-12", number, Kind::integer},
        {"9223372036854775807", number, Kind::integer},
        {"-9223372036854775808", number, Kind::integer},
        {"9223372036854775808", number, Kind::real},
        {"2958466", date, Kind::integer},
        {"2958465.9999999999", date, Kind::real},
        {"-693594", date, Kind::integer},
        {"-693593.5", datetime, Kind::real},
        {"2958466", NumberKind::time, Kind::integer},
        {"1e300", datetime, Kind::real},
        {"-1e300", date, Kind::real},
        {"1e999", date, Kind::real},
        {"9999999999999999999", date, Kind::real},
        {"123456789012345678901234567890", date, Kind::real},
        {"3660000.001", duration, Kind::real},
        {"-3660001", duration, Kind::integer},
        {"1e7", duration, Kind::real},
        {"", date, Kind::real},
        {"x", date, Kind::real},
        {"43831x", date, Kind::real},
        {"nan", duration, Kind::real},
        {"inf", datetime, Kind::real},
    }));
    INFO(token);
    Kind turned_out{};
    CHECK(written(token, format, &turned_out).empty());
    CHECK(to_string(turned_out) == to_string(kind));
}

TEST_CASE("every day from 0001 to 9999 has the calendar's name") {
    std::array<char, longest_date_text> out{};
    for (int day = -693'593; day <= 2'958'465; day += 7) {
        const auto token = std::to_string(day);
        const auto text = write_serial(token, NumberKind::date, out.data());
        const std::chrono::year_month_day date{
            std::chrono::sys_days{std::chrono::year{1899} / 12 / 30} + std::chrono::days{day}};
        char expected[16];
        *fmt::format_to(expected, "{:04}-{:02}-{:02}", static_cast<int>(date.year()),
                        static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day())) = 0;
        if (std::string_view{out.data(), text.size} != expected) FAIL_CHECK(token);
    }
}

TEST_CASE("every millisecond survives the way through a double of a day") {
    std::mt19937_64 random{42};
    std::uniform_int_distribution<std::int64_t> any_ms{0, 60'000LL * 86'400'000 - 1};
    for (int i = 0; i < 20'000; ++i) {
        const auto ms = any_ms(random);
        const auto token = fmt::format("{}", static_cast<double>(ms) / 86'400'000.0);
        const std::chrono::hh_mm_ss clock{std::chrono::milliseconds{ms % 86'400'000}};
        auto expected = fmt::format("{:02}:{:02}:{:02}", clock.hours().count(),
                                    clock.minutes().count(), clock.seconds().count());
        if (ms % 1000 != 0) expected += fmt::format(".{:03}", ms % 1000);
        const auto text = written(token, NumberKind::datetime);
        if (text.substr(std::min<std::size_t>(text.size(), 11)) != expected)
            FAIL_CHECK(token << " gave " << text << " for " << expected);
    }
}

TEST_CASE("the longest texts fit the room that is promised") {
    for (const std::string token : {"-3659999.999999999", "2958465.99999999", "-693592.00000001"})
        for (const auto kind : {NumberKind::duration, NumberKind::datetime, NumberKind::date})
            CHECK(written(token, kind).size() <= longest_date_text / 2);
}

TEST_CASE("a date is the same however its number is written") {
    std::mt19937_64 random{20261123};
    for (int i = 0; i < 20'000; ++i) {
        auto token = fmt::format("{}{}", i % 7 == 0 ? "-" : "", random() % 3'000'000);
        if (i % 3 != 0) token += fmt::format(".{}", random() >> random() % 60);
        for (const auto kind : {NumberKind::date, NumberKind::datetime, NumberKind::duration})
            if (written(token, kind) != written(token + "e0", kind)) FAIL_CHECK(token);
    }
}
