#include "sheetbq/gcp/time_travel.hpp"

#include "sheetbq/core/uuid.hpp"
#include "sheetbq/gcp/bigquery_refusals.hpp"
#include "sheetbq/gcp/json_members.hpp"
#include "sheetbq/http/url.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace sheetbq::gcp {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

constexpr std::string_view root = "https://bigquery.googleapis.com/bigquery/v2";
constexpr auto hidden_job = 120s;  // how long jobs.get may deny a job that exists
constexpr auto first_poll = 250ms;
constexpr auto longest_poll = 5'000ms;

std::uint64_t number_of(const std::string& text, std::uint64_t otherwise) {
    std::uint64_t number = otherwise;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

std::string projects_url(const std::string& project, std::string_view what) {
    return fmt::format("{}/projects/{}/{}", root, http::escape(project), what);
}

std::string as_of(std::string_view what, const TableId& id, Clock::TimePoint at) {
    return fmt::format("SELECT {} FROM `{}` FOR SYSTEM_TIME AS OF TIMESTAMP_MILLIS({})", what,
                       id.dotted(), to_ms(at));
}

/// The words differ with where the moment lies; that it concerns the version is in all of them.
Error explain_look(const Refusal& refusal, const TableId& id, Clock::TimePoint at) {
    const auto says = [&](std::string_view text) {
        return refusal.message.find(text) != std::string::npos;
    };
    const bool no_version = refusal.status == 404 || says("snapshot time") ||
                            says("Cannot read before") || says("was not found");
    if (!no_version) return explain_job(refusal, id.project);
    return Error{Code::not_found,
                 fmt::format("BigQuery has no {} as of {}", id.dotted(), to_rfc3339(at))}
        .because(in_google_words(refusal))
        .fix(
            "Choose a moment after the table was made and within the dataset's window of time "
            "travel, two to seven days.");
}

json::object reference(const TableId& id, const std::string& decorator = {}) {
    return {
        {"projectId", id.project}, {"datasetId", id.dataset}, {"tableId", id.table + decorator}};
}

}  // namespace

std::int64_t to_ms(Clock::TimePoint time) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
}

Clock::TimePoint from_ms(std::int64_t ms) {
    return Clock::TimePoint{std::chrono::milliseconds{ms}};
}

Reach TimeTravel::reach(const std::string& project, const std::string& dataset,
                        std::stop_token stop) {
    const auto answer = api_.json(
        {.url = projects_url(project, fmt::format("datasets/{}?prettyPrint=false"
                                                  "&fields=location%2CmaxTimeTravelHours",
                                                  http::escape(dataset))),
         .explain =
             [&](const Refusal& refusal) { return explain_dataset(refusal, project, dataset); }},
        stop);
    const auto& resource = answer.as_object();
    const auto hours = number_of(text_at(resource, "maxTimeTravelHours"),
                                 static_cast<std::uint64_t>(Reach{}.window.count()));
    return {text_at(resource, "location"), std::chrono::hours{static_cast<int>(hours)}};
}

PastTable TimeTravel::look(const TableId& id, const std::string& location, Clock::TimePoint at,
                           std::stop_token stop) {
    const json::object body{
        {"jobReference", {{"projectId", id.project}, {"location", location}}},
        {"configuration",
         {{"dryRun", true}, {"query", {{"query", as_of("*", id, at)}, {"useLegacySql", false}}}}}};
    const auto answer = api_.json(
        {.method = http::Method::post,
         .url = projects_url(id.project, "jobs?prettyPrint=false"),
         .body = json::serialize(body),
         .explain = [&](const Refusal& refusal) { return explain_look(refusal, id, at); }},
        stop);
    const auto& statistics = object_at(answer.as_object(), "statistics");
    const auto& schema = object_at(object_at(statistics, "query"), "schema");
    return {table::schema_from_json(array_at(schema, "fields")),
            count_rows(id, location, at, stop)};
}

std::uint64_t TimeTravel::count_rows(const TableId& id, const std::string& location,
                                     Clock::TimePoint at, std::stop_token stop) {
    const auto explain = [&](const Refusal& refusal) { return explain_look(refusal, id, at); };
    const json::object body{{"query", as_of("COUNT(*)", id, at)},
                            {"useLegacySql", false},
                            {"location", location},
                            {"requestId", make_uuid(api_.clock())}};
    auto answer = api_.json({.method = http::Method::post,
                             .url = projects_url(id.project, "queries?prettyPrint=false"),
                             .body = json::serialize(body),
                             .explain = explain},
                            stop);
    const auto complete = [&] {
        const auto* const word = answer.as_object().if_contains("jobComplete");
        return word != nullptr && word->is_bool() && word->get_bool();
    };
    while (!complete()) {
        const auto job = text_at(object_at(answer.as_object(), "jobReference"), "jobId");
        api_.clock().sleep(first_poll, stop);
        answer = api_.json({.url = projects_url(
                                id.project, fmt::format("queries/{}?prettyPrint=false&location={}",
                                                        http::escape(job), http::escape(location))),
                            .explain = explain},
                           stop);
    }
    const auto& rows = array_at(answer.as_object(), "rows");
    if (!rows.empty() && rows.front().is_object()) {
        const auto& cells = array_at(rows.front().get_object(), "f");
        if (!cells.empty() && cells.front().is_object())
            return number_of(text_at(cells.front().get_object(), "v"), 0);
    }
    throw Error{Code::unavailable, "BigQuery did not count the rows of " + id.dotted()}
        .because("its answer has no rows")
        .fix("Run again.");
}

void TimeTravel::start_restore(const JobId& job, const TableId& id, Clock::TimePoint at,
                               std::stop_token stop) {
    const json::object body{
        {"jobReference", job_reference(job)},
        {"configuration",
         {{"copy",
           {{"sourceTable", reference(id, fmt::format("@{}", to_ms(at)))},
            {"destinationTable", reference(id)},
            {"createDisposition", "CREATE_IF_NEEDED"},
            {"writeDisposition", "WRITE_TRUNCATE"}}},
          {"labels", {{"tool", "sheetbq"}, {"restored_to_ms", std::to_string(to_ms(at))}}}}}};
    bool exists = false;
    try {
        api_.json({.method = http::Method::post,
                   .url = projects_url(job.project, "jobs?prettyPrint=false"),
                   .body = json::serialize(body),
                   .explain =
                       [&](const Refusal& refusal) {
                           exists = refusal.status == 409;
                           return explain_look(refusal, id, at);
                       }},
                  stop);
    } catch (const Error&) {
        if (!exists) throw;
    }
}

JobInfo TimeTravel::wait(const JobId& job, std::stop_token stop) {
    auto& clock = api_.clock();
    const auto began = clock.monotonic();
    std::chrono::milliseconds delay = first_poll;
    for (;;) {
        const auto info = bigquery_.find_job(job, stop);
        if (info && info->done) return *info;
        if (!info && clock.monotonic() - began > hidden_job)
            throw Error{Code::unavailable,
                        fmt::format("BigQuery knows nothing of the job {}", job.id)}
                .because("it accepted the job, but jobs.get answers 404 for two minutes")
                .fix("Look at the table, then run again: the job is not done twice.");
        clock.sleep(delay, stop);
        if (stop.stop_requested())
            throw Error{Code::cancelled, "stopped while the table was restored"}
                .because(fmt::format("the job {} goes on", job.id))
                .fix("Look at the table in a minute; the same command again takes the job over.");
        delay = std::min<std::chrono::milliseconds>(delay * 2, longest_poll);
    }
}

}  // namespace sheetbq::gcp
