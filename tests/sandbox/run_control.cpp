#include "run_control.hpp"

#include "bigquery_json.hpp"
#include "run_request.hpp"
#include "sheetbq/core/error.hpp"
#include "text.hpp"

#include <fmt/format.h>

#include <array>
#include <limits>

namespace sheetbq::sandbox {
namespace {

namespace json = boost::json;
using std::chrono::milliseconds;

[[noreturn]] void refuse(const std::string& what, const std::string& why) {
    throw Error{Code::bad_config, what}.because(why).fix("Write it as docs/sandbox.md describes.");
}

/// Runs `read` and says in our own words what it refused.
template <class Read>
auto explaining(const std::string& what, Read&& read) {
    try {
        return read();
    } catch (const Error& error) {
        refuse(what, error.text());
    }
}

/// A whole number from 0 on that stands in `object`, put into `target`.
template <class Number>
void take_number(const json::object& object, std::string_view name, Number& target) {
    const auto number = number_member(object, name);
    if (!number) return;
    if (*number < 0 || *number > std::numeric_limits<int>::max())
        throw Error{Code::bad_data, fmt::format("\"{}\" is out of range", name)};
    target = static_cast<Number>(*number);
}

void take_time(const json::object& object, std::string_view name, milliseconds& target) {
    auto count = target.count();
    take_number(object, name, count);
    target = milliseconds{count};
}

void check_name(const std::string& name) {
    const auto parts = split(name, '/');
    const bool right = parts.size() == 6 && parts[0] == "projects" && parts[2] == "locations" &&
                       parts[4] == "jobs" && !parts[1].empty() && !parts[3].empty() &&
                       !parts[5].empty();
    if (!right)
        throw Error{Code::bad_data,
                    fmt::format("\"{}\" is not projects/P/locations/R/jobs/J", name)};
}

std::map<std::string, std::set<std::string>> read_permissions(const json::object& given) {
    std::map<std::string, std::set<std::string>> out;
    for (const auto& entry : given) {
        auto& allowed = out[std::string{entry.key()}];
        if (!entry.value().is_array())
            throw Error{Code::bad_data, "\"permissions\" has lists of permissions by account"};
        for (const auto& permission : entry.value().get_array())
            if (permission.is_string()) allowed.emplace(permission.get_string());
    }
    return out;
}

std::pair<std::string, CloudRunJob> read_job(const json::object& given) {
    constexpr auto known = std::to_array<std::string_view>(
        {"name", "env", "taskCount", "maxRetries", "timeout", "permissions"});
    check_members(given, known, "job");
    CloudRunJob job;
    for (const auto& variable : object_member(given, "env"))
        job.env.emplace_back(variable.key(),
                             text_member(object_member(given, "env"), std::string{variable.key()}));
    take_number(given, "taskCount", job.task_count);
    take_number(given, "maxRetries", job.max_retries);
    if (job.max_retries > 10) throw Error{Code::bad_data, "\"maxRetries\" is at most 10"};
    if (const auto timeout = text_member(given, "timeout"); !timeout.empty())
        job.timeout = read_duration(timeout, "timeout");
    job.permissions = read_permissions(object_member(given, "permissions"));
    return {text_member(given, "name"), std::move(job)};
}

}  // namespace

void add_cloud_run_job(Sandbox& sandbox, const std::string& given) {
    explaining("the Cloud Run job is refused", [&] {
        auto named = given.starts_with('{') ? read_job(parse_object(given))
                                            : std::pair{given, CloudRunJob{}};
        check_name(named.first);
        sandbox.edit(
            [&] { sandbox.run.jobs.insert_or_assign(named.first, std::move(named.second)); });
    });
}

void set_cloud_run(Sandbox& sandbox, const std::string& text) {
    explaining("the settings of Cloud Run are refused", [&] {
        const auto given = parse_object(text);
        constexpr auto known = std::to_array<std::string_view>(
            {"list_lag_ms", "create_time_disorder_ms", "retention", "most_running", "runs_a_minute",
             "page_size", "polling_errors", "names_with_number", "log_lag_ms", "log_page_size",
             "log_empty_pages"});
        check_members(given, known, "settings");
        sandbox.edit([&] {
            auto& run = sandbox.run;
            take_time(given, "list_lag_ms", run.list_lag);
            take_time(given, "create_time_disorder_ms", run.create_time_disorder);
            take_number(given, "retention", run.retention);
            take_number(given, "most_running", run.most_running);
            take_number(given, "runs_a_minute", run.runs_a_minute);
            take_number(given, "page_size", run.page_size);
            take_number(given, "polling_errors", run.polling_errors);
            if (given.contains("names_with_number"))
                run.names_with_number = flag_member(given, "names_with_number");
            take_time(given, "log_lag_ms", sandbox.logging.lag);
            take_number(given, "log_page_size", sandbox.logging.page_size);
            take_number(given, "log_empty_pages", sandbox.logging.empty_pages);
        });
    });
}

void use_job_program(Sandbox& sandbox, const std::string& program, ContainerEnv inherited) {
    const auto on_news = [&sandbox] {
        sandbox.edit([&] { advance(sandbox.run, sandbox.logging, sandbox.clock().now()); });
    };
    auto runner = make_forking_runner(
        {.program = program, .inherited = std::move(inherited), .on_news = on_news},
        sandbox.clock());
    sandbox.edit([&] { sandbox.run.runner.swap(runner); });
}

namespace {

std::string_view state_of(const CloudRunExecution& execution) {
    if (!execution.ended_at) return "running";
    if (!execution.cancelled_by.empty()) return "cancelled";
    return execution.count(CloudRunTask::State::failed) == 0 ? "succeeded" : "failed";
}

}  // namespace

json::array journal_to_json(Sandbox& sandbox) {
    json::array out;
    sandbox.edit([&] {
        advance(sandbox.run, sandbox.logging, sandbox.clock().now());
        for (const auto& execution : sandbox.run.executions) {
            json::object entry{{"name", execution.name},
                               {"run_id", execution.variable("SHEETBQ_RUN_ID")},
                               {"config_id", execution.variable("CONFIG_ID")},
                               {"creator", execution.creator},
                               {"state", state_of(execution)},
                               {"created", to_rfc3339(execution.created_at)},
                               {"started", to_rfc3339(execution.created_at)},
                               {"ended", nullptr},
                               {"exit_code", nullptr},
                               {"signal", 0},
                               {"attempts", execution.tasks.at(0).retried + 1},
                               {"cancelled_by", execution.cancelled_by}};
            if (execution.ended_at) entry["ended"] = to_rfc3339(*execution.ended_at);
            if (const auto& last = execution.tasks.at(0).last) {
                entry["signal"] = last->signal;
                if (last->signal == 0) entry["exit_code"] = last->exit_code;
            }
            out.push_back(std::move(entry));
        }
    });
    return out;
}

}  // namespace sheetbq::sandbox
