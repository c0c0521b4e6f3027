#include "fault/experiment.hpp"

#include <random>

using namespace sheetbq;
using namespace std::chrono_literals;
using sheetbq::testing::edit_to;
using sheetbq::testing::Experiment;
using sheetbq::testing::large_csv;
using sheetbq::testing::small_csv;
using Start = Experiment::Start;
namespace path = sheetbq::testing::path;

namespace {

/// Faults by chance, the same for the same seed.
class Weather {
public:
    explicit Weather(int seed) : random_{static_cast<std::mt19937::result_type>(seed)} {}

    int upto(int most) { return static_cast<int>(random_() % static_cast<unsigned>(most + 1)); }

    sandbox::Fault fault() {
        constexpr const char* paths[] = {"",           path::spreadsheet, path::formats,
                                         path::values, path::version,     path::dataset,
                                         path::table,  path::session,     path::chunk,
                                         path::chunk,  path::poll,        path::poll};
        sandbox::Fault fault{
            .path_contains = paths[upto(11)], .skip = upto(3), .times = 1 + upto(3)};
        choose_harm(fault);
        return fault;
    }

private:
    void choose_harm(sandbox::Fault& fault) {
        switch (upto(9)) {
            case 0:
                fault.reset = true;
                return;
            case 1:
                fault.lose_answer = true;
                return;
            case 2:
                fault.cut_after = static_cast<std::size_t>(upto(2'000));
                fault.clean_cut = upto(1) == 1;
                return;
            case 3:
                fault.corrupt_gzip = true;
                return;
            case 4:
                fault.stall = std::chrono::seconds{upto(400)};
                return;
            case 5:
                fault.commit_only = static_cast<std::size_t>(upto(300'000));
                return;
            default:
                fault.answer = refusal();
                // elsewhere Google documents no 410
                if (fault.answer->status == 410) fault.path_contains = path::chunk;
        }
    }

    sandbox::Answer refusal() {
        constexpr int statuses[] = {401, 403, 404, 408, 410, 429, 429, 500,
                                    500, 502, 503, 503, 503, 504, 200};
        const int status = statuses[upto(14)];
        sandbox::Answer answer{.status = status, .headers = {}, .body = {}};
        if (status == 429 && upto(1) == 1)
            answer.headers.set("Retry-After", std::to_string(upto(90)));
        if (upto(1) == 1) answer.body = "<html><head><title>Sorry</title></head></html>";
        return answer;
    }

    std::mt19937 random_;
};

void arrange(Experiment& experiment, Weather& weather) {
    for (int i = weather.upto(6); i >= 0; --i) experiment.fail(weather.fault());
    auto& bigquery = experiment.job.google.bigquery;
    bigquery.hidden_polls = weather.upto(3) == 0 ? weather.upto(4) : 0;
    bigquery.polls_until_done = weather.upto(6);
    for (int i = weather.upto(5) - 3; i > 0; --i)
        bigquery.next_job_errors.emplace_back("backendError", "try again");
}

void clear_up(Experiment& experiment) {
    auto& bigquery = experiment.job.google.bigquery;
    bigquery.next_job_errors.clear();
    bigquery.hidden_polls = 0;
    bigquery.polls_until_done = 1;
}

/// Two attempts in bad weather, then one under a blue sky, all of one run.
void weather_the_storm(Experiment& experiment, Weather& weather) {
    arrange(experiment, weather);
    const auto first = experiment.run();
    if (!first.error) return;
    experiment.run();
    clear_up(experiment);
    for (int attempts = 0; attempts < 12; ++attempts) {
        const auto report = experiment.run();
        if (!report.error) return;
    }
    FAIL("the run never recovered");
}

}  // namespace

TEST_CASE("in 200 random storms the table is the old or the new one, and loaded once",
          "[threads][storm]") {
    for (int seed = 0; seed < 200; ++seed)
        for (const auto* mode : {"replace", "append"}) {
            INFO("seed " << seed << " " << mode);
            Weather weather{seed};
            Experiment experiment{mode, seed % 5 == 0 ? Start::without_table : Start::with_table,
                                  small_csv(120, 2)};
            if (seed % 4 == 0) {
                experiment.also_accept(small_csv(110, 4));
                experiment.fail({.path_contains = path::values,
                                 .skip = weather.upto(3),
                                 .then = edit_to(small_csv(110, 4))});
            }
            weather_the_storm(experiment, weather);
        }
}

TEST_CASE("in random storms over uploads of many chunks the rows are added once",
          "[threads][storm]") {
    const std::string csv = large_csv(1'500, 2);
    for (int seed = 1'000; seed < 1'012; ++seed)
        for (const auto* mode : {"replace", "append"}) {
            INFO("seed " << seed << " " << mode);
            Weather weather{seed};
            Experiment experiment{mode, Start::with_table, csv};
            weather_the_storm(experiment, weather);
        }
}
