#include "sheetbq/app/humane.hpp"

#include "sheetbq/app/html.hpp"
#include "support/catch.hpp"

#include <cstdint>

using sheetbq::Clock;
using sheetbq::app::exact;
using sheetbq::app::grouped;
using sheetbq::app::html;
using sheetbq::app::html_lines;
using sheetbq::app::relative;
using sheetbq::app::span_text;
using namespace std::chrono_literals;

TEST_CASE("grouped sets commas between thousands") {
    const std::vector<std::pair<std::int64_t, std::string>> cases{
        {0, "0"},         {7, "7"},           {999, "999"},
        {1'000, "1,000"}, {12'345, "12,345"}, {1'234'567, "1,234,567"},
        {-999, "-999"},   {-1'000, "-1,000"}, {INT64_MIN, "-9,223,372,036,854,775,808"}};
    for (const auto& [number, text] : cases) CHECK(grouped(number) == text);
    CHECK(grouped(1, "row") == "1 row");
    CHECK(grouped(12'345U, "row") == "12,345 rows");
}

TEST_CASE("span_text tells a length of time in one or two units") {
    const std::vector<std::pair<std::chrono::milliseconds, std::string>> cases{
        {-5s, "0 ms"},        {0ms, "0 ms"},         {999ms, "999 ms"},
        {1s, "1.0 s"},        {9'949ms, "9.9 s"},    {9'950ms, "10 s"},
        {59'499ms, "59 s"},   {59'500ms, "1 min"},   {200s, "3 min 20 s"},
        {3'599'500ms, "1 h"}, {125min, "2 h 5 min"}, {47h + 59min, "47 h 59 min"},
        {48h, "2 d"},         {99h, "4 d 3 h"},      {24h * 36'500, "36500 d"}};
    for (const auto& [length, text] : cases) CHECK(span_text(length) == text);
}

TEST_CASE("relative tells a moment in one unit, before and after now") {
    const Clock::TimePoint now = std::chrono::sys_days{std::chrono::year{2026} / 1 / 31};
    const std::vector<std::pair<std::chrono::milliseconds, std::string>> cases{
        {0s, "just now"},
        {-4s, "just now"},
        {4s, "now"},
        {-5s, "5 s ago"},
        {59s, "in 59 s"},
        {-60s, "1 min ago"},
        {-119s, "1 min ago"},
        {59min, "in 59 min"},
        {-60min, "1 h ago"},
        {35h, "in 35 h"},
        {-36h, "1 day ago"},
        {-48h, "2 days ago"},
        {24h * 59, "in 59 days"},
        {-24h * 60, "2 months ago"},
        {-24h * 800, "2 years ago"}};
    for (const auto& [offset, text] : cases) CHECK(relative(now + offset, now) == text);
    CHECK(relative(Clock::TimePoint::max(), now) == "in 236 years");
    CHECK(relative(Clock::TimePoint::min(), Clock::TimePoint::max()) == "584 years ago");
    CHECK(exact(now + 5s + 999ms) == "2026-01-31 00:00:05 UTC");
}

TEST_CASE("html escapes what HTML reads, and shows what cannot be seen") {
    const std::vector<std::pair<std::string, std::string>> cases{
        {"", ""},
        {"plain", "plain"},
        {"<b>&\"'", "&lt;b&gt;&amp;&quot;&#39;"},
        {"&amp;", "&amp;amp;"},
        {"Zürich 北京 🚚", "Zürich 北京 🚚"},
        {"a\x07z\x7F", "a�z�"},
        {"two\nlines\t", "two�lines�"},
        {std::string("nul\0!", 5), "nul�!"},
        {"\xFF\xC3", "��"},
        {"\xED\xA0\x80", "���"},
        {"\xC2\x85", "�"},
        {"\xE2\x80\xAE"
         "exe",
         "�exe"},
        {"\xE2\x81\xA6x", "�x"},
        {"\xEF\xBF\xBE", "�"},
        {"👩‍👧", "👩‍👧"}};
    for (const auto& [text, escaped] : cases) CHECK(html(text) == escaped);
    CHECK(html_lines("one\n\ttwo\r<") == "one\n\ttwo�&lt;");
}
