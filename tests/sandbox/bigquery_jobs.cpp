#include "bigquery_jobs.hpp"

#include "bigquery_api.hpp"
#include "bigquery_history.hpp"
#include "bigquery_json.hpp"
#include "bigquery_query.hpp"
#include "bigquery_refusal.hpp"

#include <fmt/format.h>

#include <optional>
#include <utility>

namespace sheetbq::sandbox {
namespace {

namespace json = boost::json;

json::object error_proto(std::string_view reason, std::string_view message) {
    return {{"reason", reason}, {"message", message}};
}

/// statistics.load and status of a load that went through, or that had too many bad rows.
void report_load(Job& job, const LoadedRows& loaded, std::size_t file_bytes, std::int64_t rows) {
    auto& status = job.resource["status"].as_object();
    json::array errors;
    if (!loaded.failure.empty()) {
        status["errorResult"] = error_proto("invalid", loaded.failure);
        errors.push_back(status["errorResult"]);
    }
    for (const auto& error : loaded.errors) errors.push_back(error_proto("invalid", error));
    if (!errors.empty()) status["errors"] = std::move(errors);
    const bool failed = !loaded.failure.empty();
    json::object load{{"inputFiles", "1"},
                      {"inputFileBytes", std::to_string(file_bytes)},
                      {"badRecords", std::to_string(loaded.bad)}};
    if (!failed) {
        load["outputRows"] = std::to_string(rows);
        load["outputBytes"] = std::to_string(loaded.bytes);
    }
    job.resource["statistics"].as_object()["load"] = std::move(load);
}

void fail_job(Job& job, std::string_view reason, std::string_view message) {
    auto& status = job.resource["status"].as_object();
    status["errorResult"] = error_proto(reason, message);
    status["errors"] = json::array{status["errorResult"]};
}

json::object make_resource(const BigQueryWorld& world, const Call& call, const JobOrder& order) {
    const auto now = std::to_string(world.now_ms);
    auto configuration = order.configuration;
    configuration["jobType"] = order.type;
    return {{"kind", "bigquery#job"},
            {"etag", fmt::format("{}/{}", order.full_id(), "running")},
            {"id", order.full_id()},
            {"selfLink", fmt::format("{}/bigquery/v2/projects/{}/jobs/{}?location={}",
                                     call.base_url, order.project, order.id, order.location)},
            {"user_email", call.account},
            {"configuration", std::move(configuration)},
            {"jobReference",
             {{"projectId", order.project}, {"jobId", order.id}, {"location", order.location}}},
            {"statistics", {{"creationTime", now}, {"startTime", now}}},
            {"status", {{"state", "RUNNING"}}}};
}

}  // namespace

Job& start_job(BigQueryWorld& world, const Call& call, const JobOrder& order,
               std::function<void(Job&)> work) {
    Job job{.resource = make_resource(world, call, order),
            .account = call.account,
            .polls_until_done = world.polls_until_done,
            .hidden_polls = world.hidden_polls,
            .cancelled = false,
            .finish = std::move(work)};
    return world.jobs.insert_or_assign(order.full_id(), std::move(job)).first->second;
}

Answer start_load(BigQueryWorld& world, const Call& call, const JobOrder& order, std::string data) {
    auto config = read_load_config(object_member(order.configuration, "load"),
                                   world.knows_write_truncate_data);
    std::optional<std::pair<std::string, std::string>> scripted;
    if (!world.next_job_errors.empty()) {
        scripted = world.next_job_errors.front();
        world.next_job_errors.erase(world.next_job_errors.begin());
    }
    const auto& job = start_job(
        world, call, order,
        [&world, config = std::move(config), data = std::move(data), scripted](Job& done) {
            if (scripted) {
                fail_job(done, scripted->first, scripted->second);
                return;
            }
            const auto loaded = run_load(world, config, data);
            auto rows = static_cast<std::int64_t>(loaded.count);
            if (loaded.failure.empty()) rows += std::exchange(world.output_rows_offset, 0);
            report_load(done, loaded, data.size(), rows);
        });
    return json_answer(job.resource);
}

Job& find_job(BigQueryWorld& world, const std::string& project, const std::string& id,
              const std::string& location) {
    const auto places = location.empty() ? std::vector<std::string>{"US", "EU"}
                                         : std::vector<std::string>{location};
    for (auto& [name, job] : world.jobs) {
        const auto& reference = job.resource.at("jobReference").as_object();
        if (text_member(reference, "projectId") != project || text_member(reference, "jobId") != id)
            continue;
        for (const auto& place : places)
            if (same_location(place, text_member(reference, "location"))) return job;
    }
    throw absent(
        fmt::format("Not found: Job {}:{}{}", project, location.empty() ? "" : location + ".", id));
}

bool is_done(const Job& job) { return job.resource.at("status").at("state").as_string() == "DONE"; }

void end_job(BigQueryWorld& world, Job& job) {
    if (is_done(job)) return;
    try {
        if (job.cancelled)
            fail_job(job, "stopped", "Job execution was cancelled: User requested cancellation");
        else
            job.finish(job);
    } catch (const Error& failure) {
        fail_job(job, bigquery_reason(failure.code()), failure.text());
    }
    job.finish = nullptr;
    job.resource["status"].as_object()["state"] = "DONE";
    job.resource["etag"] = fmt::format("{}/done", text_member(job.resource, "id"));
    job.resource["statistics"].as_object()["endTime"] = std::to_string(world.now_ms);
}

void poll_job(BigQueryWorld& world, Job& job) {
    if (job.polls_until_done > 0 && !job.cancelled)
        --job.polls_until_done;
    else
        end_job(world, job);
}

Answer insert_job(BigQueryWorld& world, const Call& call) {
    const auto order = read_job(world, call, call.path.at(3), call.body);
    if (order.type == "LOAD")
        throw invalid("Load configuration must specify at least one source URI");
    if (order.dry_run) return json_answer(dry_run(world, order));
    if (order.type == "COPY") {
        const auto copy = read_copy(object_member(order.configuration, "copy"));
        return json_answer(start_job(world, call, order, copy_work(world, copy)).resource);
    }
    const auto statement =
        read_statement(object_member(order.configuration, "query"), order.project);
    const auto& job = start_job(world, call, order, query_work(world, statement));
    return json_answer(job.resource);
}

Answer get_job(BigQueryWorld& world, const Call& call) {
    const auto& id = call.path.at(5);
    auto& job = find_job(world, call.path.at(3), id, call.parameter("location"));
    if (job.hidden_polls > 0) {
        --job.hidden_polls;
        throw absent(fmt::format("Not found: Job {}:{}", call.path.at(3), id));
    }
    poll_job(world, job);
    return json_answer(job.resource);
}

Answer cancel_job(BigQueryWorld& world, const Call& call) {
    auto& job = find_job(world, call.path.at(3), call.path.at(5), call.parameter("location"));
    if (!is_done(job)) job.cancelled = true;
    return json_answer(json::object{{"kind", "bigquery#jobCancelResponse"}, {"job", job.resource}});
}

Answer list_jobs(BigQueryWorld& world, const Call& call) {
    const bool all = call.flag("allUsers");
    json::array jobs;
    for (const auto& [name, job] : world.jobs) {
        if (text_member(job.resource.at("jobReference").as_object(), "projectId") !=
                call.path.at(3) ||
            (!all && job.account != call.account))
            continue;
        auto entry = job.resource;
        entry["state"] = entry.at("status").at("state");
        jobs.push_back(std::move(entry));
    }
    return json_answer(json::object{
        {"kind", "bigquery#jobList"}, {"etag", std::to_string(jobs.size())}, {"jobs", jobs}});
}

}  // namespace sheetbq::sandbox
