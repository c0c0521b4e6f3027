#include "sheetbq/core/log.hpp"

#include "support/catch.hpp"

#include <boost/json.hpp>

using namespace sheetbq;

TEST_CASE("json_sink writes one object a line with Cloud Logging's fields and the context") {
    std::string lines;
    const Log log{json_sink([&](std::string_view line) { lines += line; }, [] { return "T"; })};

    log.with({{"run_id", "r1"}})
        .warning(
            "odd_cells", "a \"quoted\"\nline",
            {{"rows", std::int64_t{7}}, {"share", 0.5}, {"ok", true}, {"list", RawJson{"[1]"}}});

    REQUIRE(lines.back() == '\n');
    CHECK(lines.find('\n') == lines.size() - 1);
    const auto line = boost::json::parse(lines).as_object();
    CHECK(line.at("severity") == "WARNING");
    CHECK(line.at("event") == "odd_cells");
    CHECK(line.at("message") == "a \"quoted\"\nline");
    CHECK(line.at("run_id") == "r1");
    CHECK(line.at("rows") == 7);
    CHECK(line.at("list").as_array().size() == 1);
}

TEST_CASE("json_string replaces bytes that are not UTF-8, so that a line is always valid") {
    CHECK(json_string("a\xFF\xC3") == "\"a\xEF\xBF\xBD\xEF\xBF\xBD\"");
    CHECK(json_string("\xED\xA0\x80") == "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"");
    CHECK(json_string("é€😀") == "\"é€😀\"");
    CHECK(json_string(std::string_view{"\0\x1F", 2}) == "\"\\u0000\\u001f\"");
}

TEST_CASE("Log leaves out what is below its level") {
    int events = 0;
    const Log log{[&](const Event&) { ++events; }, Level::warning};
    log.info("a", "a");
    log.error("b", "b");
    CHECK(events == 1);
}

TEST_CASE("json_string keeps the edges of every well-formed UTF-8 range and no byte beyond them") {
    for (const std::string good : {"\x7F", "\xC2\x80", "\xDF\xBF", "\xE0\xA0\x80", "\xED\x9F\xBF",
                                   "\xEF\xBF\xBF", "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF"}) {
        CAPTURE(good);
        CHECK(json_string(good) == "\"" + good + "\"");
    }
    for (const std::string bad : {"\x80", "\xC1\x80", "\xC2", "\xE0\x9F\x80", "\xED\xA0\x80",
                                  "\xE1\x80", "\xF0\x8F\x80\x80", "\xF4\x90\x80\x80", "\xF5\x80"}) {
        CAPTURE(bad);
        CHECK(json_string(bad).find("\xEF\xBF\xBD") == 1);
    }
}

TEST_CASE("clip_utf8 cuts between characters") {
    CHECK(clip_utf8("aé", 2) == "a");
    CHECK(clip_utf8("aé", 3) == "aé");
}
