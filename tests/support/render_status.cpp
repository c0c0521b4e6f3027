// render_status [QUERY [sample|empty|paused|COUNT|metrics|configs]]: the status page of a sample,
// on standard output, or its metrics or JSON. For looking at it in a browser, for measuring it, and
// for other people's parsers.
#include "sheetbq/app/metrics.hpp"
#include "sheetbq/app/status_json.hpp"
#include "support/status_sample.hpp"

#include <chrono>
#include <iostream>

int main(int argc, char** argv) {
    const std::string query = argc > 1 ? argv[1] : "";
    const std::string what = argc > 2 ? argv[2] : "sample";
    auto view = sheetbq::testing::sample_view();
    if (what == "metrics")
        std::cout << sheetbq::app::open_metrics(sheetbq::testing::sample_metrics());
    if (what == "configs") std::cout << sheetbq::app::configs_json(view.configs) << "\n";
    if (what == "metrics" || what == "configs") return 0;
    if (what == "empty") view.configs.clear();
    if (what == "paused") view.paused = true;
    if (const int count = std::atoi(what.c_str()); count > 0)
        view = sheetbq::testing::large_view(count);

    const auto begin = std::chrono::steady_clock::now();
    const auto page = status_page(view, sheetbq::app::read_status_query(query));
    const auto spent = std::chrono::steady_clock::now() - begin;

    std::cout << page;
    std::cerr << page.size() / 1024 << " KiB in "
              << std::chrono::duration<double, std::milli>(spent).count() << " ms\n";
}
