#include "bigquery_jobs.hpp"

#include "bigquery_api.hpp"
#include "bigquery_json.hpp"
#include "bigquery_query.hpp"
#include "bigquery_refusal.hpp"
#include "bigquery_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace sheetbq::sandbox {
namespace {

namespace json = boost::json;

void check_id(const std::string& id) {
    const auto fits = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_' || c == '-';
    };
    if (id.size() > 1024 || !std::all_of(id.begin(), id.end(), fits))
        throw invalid(
            fmt::format("Invalid job ID \"{}\". Must be alphanumeric (plus underscores "
                        "and dashes) and must be at most 1024 characters long.",
                        id));
}

bool is_label_text(std::string_view text, bool key) {
    if (count_code_points(text) > 63 || (key && text.empty())) return false;
    bool first = true;
    while (!text.empty()) {
        const auto c = next_code_point(text);
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 0x80 && to_lower(c) == c);
        const bool other = (c >= '0' && c <= '9') || c == '_' || c == '-';
        if (!letter && !(other && !(key && first))) return false;
        first = false;
    }
    return true;
}

void check_labels(const json::object& labels) {
    if (labels.size() > 64) throw invalid("Too many labels: at most 64 are allowed.");
    for (const auto& label : labels) {
        const std::string key{label.key()};
        const auto value = text_member(labels, key);
        if (!is_label_text(key, true))
            throw invalid(
                fmt::format("Label key \"{}\" is invalid. Keys start with a letter and "
                            "hold at most 63 lowercase letters, digits, underscores and "
                            "dashes.",
                            key));
        if (!is_label_text(value, false))
            throw invalid(
                fmt::format("Label value \"{}\" is invalid. Values hold at most 63 "
                            "lowercase letters, digits, underscores and dashes.",
                            value));
    }
}

void check_body(const json::object& body) {
    constexpr auto members = std::to_array<std::string_view>(
        {"configuration", "etag", "id", "jobReference", "kind", "selfLink", "user_email"});
    constexpr auto reference = std::to_array<std::string_view>({"jobId", "location", "projectId"});
    constexpr auto configuration =
        std::to_array<std::string_view>({"copy", "dryRun", "extract", "jobTimeoutMs", "jobType",
                                         "labels", "load", "maxSlots", "query", "reservation"});
    check_members(body, members, "job");
    check_members(object_member(body, "jobReference"), reference, "job.job_reference");
    check_members(object_member(body, "configuration"), configuration, "job.configuration");
}

void require_location(const JobOrder& order, const std::string& dataset,
                      const std::string& location) {
    if (!same_location(order.location.empty() ? "US" : order.location, location))
        throw absent(fmt::format("Not found: Dataset {} was not found in location {}", dataset,
                                 order.location.empty() ? "US" : order.location));
}

void check_load(BigQueryWorld& world, const Call& call, JobOrder& order) {
    const auto config = read_load_config(object_member(order.configuration, "load"),
                                         world.knows_write_truncate_data);
    const auto name = config.project + ":" + config.dataset;
    const auto& dataset = find_dataset(world, config.project, config.dataset);
    require_location(order, name, dataset.location);
    order.location = dataset.location;
    check_table_id(config.table);
    if (may(dataset.writers, call.account)) return;
    if (dataset.tables.count(config.table) != 0)
        require_table_permission(dataset.writers, call, config.table_name(),
                                 "bigquery.tables.updateData");
    throw denied(
        fmt::format("Access Denied: Dataset {0}: Permission bigquery.tables.create "
                    "denied on dataset {0} (or it may not exist).",
                    name));
}

void check_query(BigQueryWorld& world, const Call& call, JobOrder& order) {
    const auto query = object_member(order.configuration, "query");
    const auto statement = read_statement(query, order.project);
    order.location = statement_location(world, call, statement, order.location);
}

std::string new_id(const BigQueryWorld& world) {
    return fmt::format("job_{:08x}{:016x}", world.jobs.size() + 1,
                       static_cast<std::uint64_t>(world.now_ms));
}

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

JobOrder read_job(BigQueryWorld& world, const Call& call, const std::string& project,
                  std::string_view text) {
    if (world.projects.count(project) == 0) throw absent("Not found: Project " + project);
    if (!may(world.job_users, call.account))
        throw denied(
            fmt::format("Access Denied: Project {0}: User does not have "
                        "bigquery.jobs.create permission in project {0}.",
                        project));
    const auto body = parse_object(text);
    check_body(body);
    const auto reference = object_member(body, "jobReference");
    JobOrder order{.project = project,
                   .id = text_member(reference, "jobId"),
                   .location = text_member(reference, "location"),
                   .configuration = object_member(body, "configuration"),
                   .type = "LOAD"};
    const auto named = text_member(reference, "projectId");
    if (!named.empty() && named != project)
        throw invalid(
            fmt::format("Value {} in content does not agree with value {}", named, project));
    check_id(order.id);
    check_labels(object_member(order.configuration, "labels"));
    number_member(order.configuration, "jobTimeoutMs");
    if (flag_member(order.configuration, "dryRun"))
        throw invalid("dryRun is not done by this stand-in");
    const bool load = order.configuration.if_contains("load") != nullptr;
    const bool query = order.configuration.if_contains("query") != nullptr;
    if (load == query)
        throw invalid("Required parameter is missing: exactly one of load and query");
    if (load) {
        check_load(world, call, order);
    } else {
        order.type = "QUERY";
        check_query(world, call, order);
    }
    if (order.id.empty()) order.id = new_id(world);
    if (world.jobs.count(order.full_id()) != 0)
        throw Error{Code::conflict, "Already Exists: Job " + order.full_id()};
    return order;
}

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
