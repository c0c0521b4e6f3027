#include "support/catch.hpp"
#include "unit/app/status_fixture.hpp"

#include <cmath>
#include <map>
#include <regex>

using sheetbq::app::status_page_policy;
using sheetbq::app::StatusView;
using sheetbq::control::RunState;
using sheetbq::testing::attribute_values;
using sheetbq::testing::has;
using sheetbq::testing::html_problem;
using sheetbq::testing::large_view;
using sheetbq::testing::page;
using sheetbq::testing::sample_now;
using sheetbq::testing::sample_view;

TEST_CASE("The status page is well-formed whatever is in the database") {
    auto paused = sample_view();
    paused.paused = true;
    CHECK(html_problem(page(sample_view())).empty());
    CHECK(
        html_problem(page(sample_view(), "q=%22%3E%3Cb&state=late&sort=-rows&reload=60")).empty());
    CHECK(html_problem(page(paused, "sort=next")).empty());
    CHECK(html_problem(page(StatusView{.now = sample_now()})).empty());
    CHECK(html_problem(page(large_view(250), "page=2")).empty());
}

TEST_CASE("The check of well-formedness finds what is wrong") {
    for (const std::string broken :
         {"<p>", "<p></div>", "</p>", "<p a=\"1\" a=\"2\"></p>", "<p a=\"1></p>", "a & b",
          "<p a=\"1\"b=\"2\"></p>", "<p title=\"a<b\"></p>", "<p"})
        CHECK_FALSE(html_problem(broken).empty());
}

TEST_CASE("Names from the database are shown as text and never read as HTML") {
    const auto html = page(sample_view(), "q=%3Cscript%3E");
    CHECK_FALSE(has(html, "<script"));
    CHECK_FALSE(has(html, "alert('x')"));
    CHECK(
        has(html, "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &quot;quoted&quot; &amp; more"));
    CHECK(has(html, "a&lt;b&gt;&amp;&quot;c&#39;"));

    const auto all = page(sample_view());
    CHECK(has(all, "bell� and �gnp.exe �"));
    CHECK(has(all, "تقرير المبيعات اليومي"));
    CHECK(std::none_of(all.begin(), all.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return (byte < 0x20 && byte != '\n') || byte == 0x7F || byte == 0xFF;
    }));
}

TEST_CASE("The page loads nothing, runs nothing, and has no style but its own") {
    const auto html = page(sample_view());
    for (const std::string forbidden :
         {"<script", "javascript:", "<iframe", "<object", "<img", "@import", "url("})
        CHECK_FALSE(has(html, forbidden));
    CHECK(attribute_values(html, "src").empty());
    CHECK(attribute_values(html, "style").empty());
    for (const auto& name : {"onclick", "onload", "onerror"})
        CHECK(attribute_values(html, name).empty());
}

TEST_CASE("The page's policy names its style sheet by hash, and allows nothing else") {
    const std::string policy{status_page_policy()};
    CHECK_THAT(policy, ContainsSubstring("default-src 'none'"));
    CHECK_THAT(policy, ContainsSubstring("frame-ancestors 'none'"));
    CHECK_THAT(policy, ContainsSubstring("form-action 'self'"));
    CHECK(policy.find("unsafe") == std::string::npos);
    CHECK(std::regex_search(policy, std::regex{"style-src 'sha256-[A-Za-z0-9+/]{43}=';"}));
}

TEST_CASE("Links lead to Google Sheets, to Google's console, and within the page, nowhere else") {
    for (const auto& link : attribute_values(page(sample_view()), "href")) {
        CAPTURE(link);
        CHECK((link.starts_with("https://docs.google.com/spreadsheets/d/1AbCdEf") ||
               link.starts_with("https://console.cloud.google.com/") || link.starts_with("?") ||
               link.starts_with("#") || link.starts_with("data:image/svg+xml,") ||
               link == "configs" || link == "runs" || link == "metrics"));
    }
    auto view = sample_view();
    view.configs.resize(1);
    auto& run = view.configs[0].recent[0];
    run.state = RunState::failed;
    run.error_message = "no";
    run.log_uri = "https://evil.example/";
    view.configs[0].config.sheet_url = "javascript:alert(1)";
    view.configs[0].config.table = "t&x=\"y";
    const auto html = page(view);
    CHECK_FALSE(has(html, "href=\"https://evil"));
    CHECK_FALSE(has(html, "href=\"javascript"));
    CHECK_THAT(html, ContainsSubstring("no sheet's address"));
    CHECK_THAT(html, ContainsSubstring("&amp;t=t%26x%3D%22y&amp;page=table"));
}

TEST_CASE("The table is one to assistive programs, at any width") {
    const auto html = page(sample_view(), "sort=-name");
    CHECK_THAT(html, ContainsSubstring("<caption class=\"sr\">"));
    CHECK_THAT(html, ContainsSubstring("aria-sort=\"descending\""));
    const auto roles = attribute_values(html, "role");
    CHECK(std::count(roles.begin(), roles.end(), "columnheader") == 7);
    CHECK(std::count(roles.begin(), roles.end(), "rowheader") == 20);
    const auto current = attribute_values(page(sample_view(), "state=late"), "aria-current");
    CHECK(current == std::vector<std::string>{"true"});
}

TEST_CASE("Every text is at least 4.5 times as bright or dark as what is behind it") {
    const auto html = page(sample_view());
    std::vector<std::map<std::string, std::string>> schemes;
    const std::regex block{R"(:root\{([^}]*)\})"};
    for (std::sregex_iterator at{html.begin(), html.end(), block}, end; at != end; ++at) {
        schemes.emplace_back();
        const auto body = (*at)[1].str();
        const std::regex variable{R"(--([a-z-]+):#([0-9a-f]{3,6}))"};
        for (std::sregex_iterator each{body.begin(), body.end(), variable}; each != end; ++each) {
            auto hex = (*each)[2].str();
            if (hex.size() == 3) hex = {hex[0], hex[0], hex[1], hex[1], hex[2], hex[2]};
            schemes.back()[(*each)[1].str()] = hex;
        }
    }
    REQUIRE(schemes.size() == 2);
    const auto luminance = [](const std::string& hex) {
        double sum = 0;
        const double weights[] = {0.2126, 0.7152, 0.0722};
        for (std::size_t i = 0; i < 3; ++i) {
            const double level = std::stoi(hex.substr(2 * i, 2), nullptr, 16) / 255.0;
            sum += weights[i] *
                   (level <= 0.04045 ? level / 12.92 : std::pow((level + 0.055) / 1.055, 2.4));
        }
        return sum;
    };
    for (auto& colours : schemes)
        for (const auto& [text, ground] :
             std::vector<std::pair<std::string, std::string>>{{"text", "card"},
                                                              {"text", "ground"},
                                                              {"text", "box"},
                                                              {"text", "box-soft"},
                                                              {"text", "paused-tint"},
                                                              {"soft", "card"},
                                                              {"soft", "ground"},
                                                              {"soft", "box"},
                                                              {"soft", "box-soft"},
                                                              {"soft", "running-tint"},
                                                              {"link", "card"},
                                                              {"link", "ground"},
                                                              {"link", "box"},
                                                              {"link", "running-tint"},
                                                              {"ok", "ok-tint"},
                                                              {"failing", "failing-tint"},
                                                              {"failing", "card"},
                                                              {"failing", "ground"},
                                                              {"late", "late-tint"},
                                                              {"late", "card"},
                                                              {"running", "running-tint"},
                                                              {"paused", "paused-tint"},
                                                              {"never", "never-tint"}}) {
            const double a = luminance(colours.at(text));
            const double b = luminance(colours.at(ground));
            CAPTURE(text, ground, colours.at(text), colours.at(ground));
            CHECK((std::max(a, b) + 0.05) / (std::min(a, b) + 0.05) >= 4.5);
        }
}
