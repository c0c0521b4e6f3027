#include "support/catch.hpp"
#include "unit/app/status_fixture.hpp"

using sheetbq::app::StatusView;
using sheetbq::control::RunState;
using sheetbq::testing::attribute_values;
using sheetbq::testing::found;
using sheetbq::testing::has;
using sheetbq::testing::html_problem;
using sheetbq::testing::large_view;
using sheetbq::testing::page;
using sheetbq::testing::sample_config;
using sheetbq::testing::sample_now;
using sheetbq::testing::sample_view;
using sheetbq::testing::shown;
using sheetbq::testing::shown_text;
using namespace std::chrono_literals;

TEST_CASE("Every state has its configurations, in words and not only in colour") {
    CHECK(found("state=failing") == std::set<int>{3, 17, 19});
    CHECK(found("state=late") == std::set<int>{13});
    CHECK(found("state=running") == std::set<int>{11, 12, 19});
    CHECK(found("state=paused") == std::set<int>{16});
    CHECK(found("state=never") == std::set<int>{14});
    CHECK(found("state=inactive") == std::set<int>{15});
    CHECK(found("state=ok").size() == 11);
    CHECK(found("state=all").size() == 20);
    CHECK(found("state=nonsense").size() == 20);
    const auto text = shown_text(page(sample_view()));
    for (const std::string word :
         {"Failing", "Late", "Running", "Paused", "Never ran", "OK", "Inactive"})
        CHECK_THAT(text, ContainsSubstring(word));
    CHECK_THAT(text, ContainsSubstring("20 sheets, 3 failing, 1 late"));
}

TEST_CASE("A pause of the whole pool is said, and what would start counts as paused") {
    auto view = sample_view();
    view.paused = true;
    const auto ids = shown(view, "state=paused");
    CHECK(std::set<int>(ids.begin(), ids.end()) == std::set<int>{4, 13, 14, 16});
    const auto html = page(view);
    CHECK_THAT(html, ContainsSubstring("Starts are paused."));
    CHECK_THAT(html, ContainsSubstring("UPDATE sheetbq.pool SET paused = false"));
    CHECK_FALSE(has(page(sample_view()), "Starts are paused"));
}

TEST_CASE("Late is what waits longer than its interval makes usual") {
    StatusView view{.now = sample_now()};
    view.configs.push_back(sample_config(1, "one"));
    auto& config = view.configs[0];
    struct Case {
        int hours;
        std::chrono::minutes overdue;
        bool late;
    };
    for (const auto& [hours, overdue, late] :
         {Case{1, 15min, false}, Case{1, 16min, true}, Case{6, 36min, false}, Case{6, 37min, true},
          Case{24, 60min, false}, Case{24, 61min, true}, Case{24, -5min, false}}) {
        CAPTURE(hours, overdue.count());
        config.config.frequency_hours = hours;
        config.due_at = sample_now() - overdue;
        CHECK(shown(view, "state=late").size() == (late ? 1 : 0));
    }
    config.config.frequency_hours.reset();
    config.due_at = config.config.last_run;
    CHECK(shown(view, "state=ok").size() == 1);
}

TEST_CASE("The filter looks into names, tabs, tables and addresses, in any script and case") {
    CHECK(found("q=LEDGER") == std::set<int>{19});
    CHECK(found("q=au%C3%9FENDIENST") == std::set<int>{3});
    CHECK(found("q=q1+%F0%9F%93%88") == std::set<int>{6});
    CHECK(found("q=sales.table_12") == std::set<int>{12});
    CHECK(found("q=gid%3D7919&state=ok") == std::set<int>{1});
    CHECK(found("q=%2319") == std::set<int>{19});
    CHECK(found("q=evil.example") == std::set<int>{10});
    CHECK(found("q=++ledger++&state=running") == std::set<int>{19});
    CHECK(found("q=ledger&state=ok").empty());
}

TEST_CASE("A filter that finds nothing says so and leads back") {
    const auto html = page(sample_view(), "q=%3Ci%3Enothing&state=late&sort=name");
    CHECK_THAT(html, ContainsSubstring("There is no sheet with “<bdi>&lt;i&gt;nothing</bdi>”"));
    CHECK_THAT(html, ContainsSubstring("<a href=\"?sort=name\">Show all sheets</a>"));
    CHECK_FALSE(has(html, "<table"));
}

TEST_CASE("Without configurations the page says what to type") {
    const auto html = page(StatusView{.now = sample_now(), .max_running = 3});
    CHECK_THAT(html, ContainsSubstring("INSERT INTO sheet_to_bigquery_configs"));
    CHECK_THAT(html, ContainsSubstring("share the sheet with the job's service account"));
    CHECK_FALSE(has(html, "<table"));
    CHECK_FALSE(has(html, "<form"));
}

TEST_CASE("Rows are sorted by what is asked for, and by name and id where that is the same") {
    StatusView view{.now = sample_now()};
    for (const auto& [id, name] :
         std::vector<std::pair<int, std::string>>{{4, "b"}, {3, "A"}, {2, "a"}, {1, "Ä"}, {5, "c"}})
        view.configs.push_back(sample_config(id, name));
    CHECK(shown(view, "sort=name") == std::vector<int>{2, 3, 4, 5, 1});
    CHECK(shown(view, "sort=-name") == std::vector<int>{1, 5, 4, 2, 3});
    CHECK(shown(view, "sort=rows") == std::vector<int>{5, 4, 3, 2, 1});
    CHECK(shown(view, "sort=-rows") == std::vector<int>{1, 2, 3, 4, 5});
    CHECK(shown(view, "sort=last") == std::vector<int>{1, 2, 3, 4, 5});
    CHECK(shown(view, "sort=next") == std::vector<int>{5, 4, 3, 2, 1});
    CHECK(shown(view, "sort=nonsense") == shown(view));
    view.configs[0].recent.clear();  // 4: nothing to sort by, so it comes last either way
    CHECK(shown(view, "sort=rows").back() == 4);
    CHECK(shown(view, "sort=-rows").back() == 4);
    CHECK(shown(view, "sort=duration").back() == 4);
    view.configs[1].due_at = sample_now() - 2h;
    view.configs[2].due_at = sample_now() - 3h;
    CHECK(shown(view, "sort=lateness") == std::vector<int>{2, 3, 4, 5, 1});
}

TEST_CASE("What needs a look comes first") {
    const auto ids = shown(sample_view());
    CHECK(std::set<int>(ids.begin(), ids.begin() + 3) == std::set<int>{3, 17, 19});
    CHECK(ids.at(3) == 13);
    CHECK(ids.back() == 15);
}

TEST_CASE("A failure is shown in three parts, with since when and what comes next") {
    auto view = sample_view();
    const auto text = shown_text(page(view, "q=returns"));
    CHECK_THAT(text, ContainsSubstring("2 cells of the column &quot;amount&quot; are no FLOAT64"));
    CHECK_THAT(text, ContainsSubstring("Returns!D18 is &quot;n/a&quot;\nReturns!D42"));
    CHECK_THAT(text, ContainsSubstring("set TYPE_CONFLICT=null"));
    CHECK_THAT(text, ContainsSubstring("log of the run"));
    const auto ledger = shown_text(page(view, "q=ledger"));
    CHECK_THAT(ledger, ContainsSubstring("12 failures in a row"));
    CHECK_THAT(ledger, ContainsSubstring("failing since 12 days ago"));
    CHECK_THAT(ledger, ContainsSubstring("tries again in 3 h"));
    CHECK_THAT(ledger, ContainsSubstring("WHERE id = 19;"));

    view.configs.resize(1);
    view.configs[0].recent.clear();
    view.configs[0].state.failures = 1;
    view.configs[0].state.last_error = std::string(100'000, 'x');
    CHECK_THAT(page(view), ContainsSubstring(std::string(2'000, 'x') + "…"));
    CHECK(page(view).size() < 60'000);
}

TEST_CASE("A report that is empty, malformed or of another form shows a dash") {
    for (const std::string report :
         {"", "{", "[]", "null", R"({"rows":"many","seconds":3})", R"({"rows":-1,"seconds":{}})",
          R"({"rows":1e300,"seconds":{"read":"long"}})", R"({"rows":null,"seconds":{"a":-5}})",
          R"({"rows":3.5,"seconds":{"a":1e300}})", "\xFF\xFE"}) {
        CAPTURE(report);
        StatusView view{.now = sample_now()};
        view.configs.push_back(sample_config(1, "one"));
        for (auto& run : view.configs[0].recent) {
            run.report = report;
            run.started_at.reset();
        }
        const auto html = page(view);
        CHECK(html_problem(html).empty());
        CHECK_THAT(
            html, ContainsSubstring(R"(data-label="Rows"><div><span class="none">–</span></div>)"));
        CHECK_THAT(html, ContainsSubstring(
                             R"(data-label="Duration"><div><span class="none">–</span></div>)"));
    }
}

TEST_CASE("Rows come with what changed, and the duration from the job's own phases") {
    StatusView view{.now = sample_now()};
    view.configs.push_back(sample_config(1, "one"));
    auto& recent = view.configs[0].recent;
    recent[0].report = R"({"rows":12000,"seconds":{"read":1.5,"load":62.6}})";
    recent[1].state = RunState::failed;
    recent[2].report = R"({"rows": 12345})";
    auto html = page(view);
    CHECK_THAT(html, ContainsSubstring("<div>12,000<small>−345</small></div>"));
    CHECK_THAT(html, ContainsSubstring("<div>1 min 4 s</div>"));
    recent[0].report = R"({"rows":12345})";
    html = page(view);
    CHECK_THAT(html, ContainsSubstring("<div>12,345</div>"));
}

TEST_CASE("The chart has a bar a run, says each in words, and tells failures by form") {
    StatusView view{.now = sample_now()};
    view.configs.push_back(sample_config(1, "one"));
    auto& recent = view.configs[0].recent;
    recent[0].state = RunState::failed;
    recent[0].error_class = "quota";
    recent[1].state = RunState::lost;
    const auto html = page(view);
    const auto labels = attribute_values(html, "aria-label");
    CHECK(std::count(labels.begin(), labels.end(),
                     "Last 20 runs: 18 succeeded, 1 failed, 1 ended otherwise") == 1);
    const auto kinds = attribute_values(html, "class");
    CHECK(std::count(kinds.begin(), kinds.end(), "g") == 18);
    CHECK(std::count(kinds.begin(), kinds.end(), "f") == 1);
    CHECK(std::count(kinds.begin(), kinds.end(), "u") == 1);
    CHECK_THAT(html, ContainsSubstring("UTC: failed (quota), "));
    CHECK_THAT(html, ContainsSubstring(" rows</title>"));
    CHECK(attribute_values(html, "cx").size() == 4);  // one dot, three icons
}

TEST_CASE("Times are told from now on, and exactly to whoever points at them") {
    const auto html = page(sample_view(), "q=%231");
    CHECK_THAT(html, ContainsSubstring("<time datetime=\"2026-01-31T07:48:05.000Z\" "
                                       "title=\"2026-01-31 07:48:05 UTC\">12 min ago</time>"));
}

TEST_CASE("A page shows a hundred, and the pages join without gap or overlap") {
    const auto view = large_view(250);
    std::vector<int> all;
    for (const std::string number : {"1", "2", "3"}) {
        const auto ids = shown(view, "sort=name&page=" + number);
        CHECK(ids.size() == (number == "3" ? 50 : 100));
        all.insert(all.end(), ids.begin(), ids.end());
    }
    CHECK(std::set<int>(all.begin(), all.end()).size() == 250);
    CHECK(shown(view, "sort=name&page=99") == shown(view, "sort=name&page=3"));
    CHECK(shown(view, "page=-1") == shown(view, "page=1"));
    CHECK(shown(view, "page=99999999999999999999") == shown(view));
    const auto html = page(view, "sort=name&page=2&q=sheet");
    CHECK_THAT(html, ContainsSubstring("101–200 of 250 sheets"));
    CHECK_THAT(html, ContainsSubstring("<a href=\"?q=sheet&amp;sort=name&amp;page=3\">Next"));
    CHECK_THAT(html, ContainsSubstring("<a href=\"?q=sheet&amp;sort=name\">‹ Before"));
    CHECK_FALSE(has(page(sample_view()), "class=\"pages\""));
}

TEST_CASE("A link keeps what else was asked for") {
    const auto html = page(sample_view(), "q=a%26b%22+c&sort=-rows&reload=60");
    CHECK_THAT(html, ContainsSubstring(
                         "href=\"?state=late&amp;q=a%26b%22%20c&amp;sort=-rows&amp;reload=60\""));
    CHECK_THAT(html, ContainsSubstring("value=\"a&amp;b&quot; c\""));
    CHECK_THAT(html, ContainsSubstring("http-equiv=\"refresh\" content=\"60\""));
    CHECK_FALSE(has(page(sample_view()), "http-equiv"));
}
