#include "sheetbq/control/line_reader.hpp"

#include "support/catch.hpp"

#include <string>
#include <vector>

using sheetbq::control::LineReader;

namespace {

constexpr auto limit = LineReader::longest_line;

struct Reading {
    std::vector<std::string> lines;
    LineReader reader{[this](std::string_view line) { lines.emplace_back(line); }};
};

std::string report(std::size_t size) {
    std::string line = R"({"severity":"NOTICE","event":"run_finished","x":")";
    line.append(size - line.size() - 2, 'y');
    return line + "\"}";
}

}  // namespace

TEST_CASE("LineReader gives the same lines whatever pieces they come in") {
    const std::string text = "one\n\nthree and four\r\nfünf\nlast";
    const std::vector<std::string> expected{"one", "", "three and four\r", "fünf", "last"};
    for (std::size_t size = 1; size <= text.size(); ++size) {
        Reading reading;
        for (std::size_t at = 0; at < text.size(); at += size)
            reading.reader.take(std::string_view{text}.substr(at, size));
        reading.reader.end();
        CAPTURE(size);
        CHECK(reading.lines == expected);
    }
}

TEST_CASE("LineReader makes no line of nothing") {
    Reading reading;
    reading.reader.take("a\n");
    reading.reader.take("");
    reading.reader.end();
    CHECK(reading.lines == std::vector<std::string>{"a"});
}

TEST_CASE("LineReader cuts a line after 256 KiB, between characters, and finds the next one") {
    Reading reading;
    reading.reader.take(std::string(limit - 1, 'x'));
    reading.reader.take("ü and more");
    reading.reader.take(std::string(5 * limit, 'z') + "\nnext\n");

    REQUIRE(reading.lines.size() == 2);
    CHECK(reading.lines[0] == std::string(limit - 1, 'x'));
    CHECK(reading.lines[1] == "next");
}

TEST_CASE("LineReader hands over a line of exactly 256 KiB whole") {
    Reading reading;
    reading.reader.take(std::string(limit, 'x') + "\n");
    CHECK(reading.lines.at(0).size() == limit);
}

TEST_CASE("LineReader keeps the last report, uncut up to 8 MiB") {
    Reading reading;
    const auto large = report(3 * limit);
    reading.reader.take(report(100) + "\n");
    reading.reader.take(large + "\nsomething after it\n");

    CHECK(reading.reader.report() == large);
    CHECK(reading.lines.at(1).size() == limit);
}

TEST_CASE("LineReader drops a report that is too long, rather than keep half of it") {
    Reading reading;
    reading.reader.take(report(LineReader::longest_report + 1) + "\n");
    CHECK(reading.reader.report().empty());
}

TEST_CASE("LineReader takes for the report only a JSON object of that event") {
    for (const std::string line : {
             R"({"event":"run_started","message":"\"event\":\"run_finished\""})",
             R"({"event":"run_finished",)",
             R"(["event":"run_finished"])",
             R"("event":"run_finished")",
             R"(run_finished)",
         }) {
        Reading reading;
        reading.reader.take(line + "\n");
        CAPTURE(line);
        CHECK(reading.reader.report().empty());
    }
}

TEST_CASE("LineReader takes a report without a line break at the very end") {
    Reading reading;
    reading.reader.take(R"({"event":"run_finished"})");
    CHECK(reading.reader.report().empty());
    reading.reader.end();
    CHECK(reading.reader.report() == R"({"event":"run_finished"})");
}
