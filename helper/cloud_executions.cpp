#include "cloud_executions.hpp"

#include "sheetbq/app/humane.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

namespace sheetbq::helper {
namespace {

namespace json = boost::json;
using app::Shown;
using app::Tone;
using gcp::RunExecution;
using std::chrono::hours;
using std::chrono::milliseconds;

constexpr hours kept{7 * 24};  // Cloud Run keeps what ended for so long at least

std::string_view state_of(const RunExecution& execution) {
    if (execution.completion_time.empty()) return "running";
    if (execution.succeeded == execution.task_count) return "succeeded";
    return execution.cancelled > 0 ? "cancelled" : "failed";
}

Tone tone_of(std::string_view state) {
    if (state == "succeeded") return Tone::good;
    if (state == "failed") return Tone::bad;
    return state == "running" ? Tone::strong : Tone::warning;
}

std::string variable(const RunExecution& execution, std::string_view name) {
    for (const auto& [key, value] : execution.env)
        if (key == name) return value;
    return {};
}

std::string last_part(const std::string& name) { return name.substr(name.rfind('/') + 1); }

json::value text_or_null(const std::string& text) {
    return text.empty() ? json::value(nullptr) : json::value(text);
}

json::object execution_json(const RunExecution& execution) {
    return {{"execution", last_part(execution.name)},
            {"name", execution.name},
            {"state", state_of(execution)},
            {"config_name", text_or_null(variable(execution, "CONFIG_NAME"))},
            {"run_id", text_or_null(variable(execution, "SHEETBQ_RUN_ID"))},
            {"created_at", text_or_null(execution.create_time)},
            {"finished_at", text_or_null(execution.completion_time)},
            {"message", text_or_null(execution.message)},
            {"log_uri", text_or_null(execution.log_uri)}};
}

Shown time_shown(const json::object& item, std::string_view key, Clock::TimePoint now) {
    const auto time = from_rfc3339(app::plain_text(app::value_at(item, key)));
    return {time ? app::relative(*time, now) : "", Tone::dim};
}

std::vector<app::Column> columns(Clock::TimePoint now) {
    return {{"execution", "execution", {}, false, false},
            {"config_name", "configuration"},
            {"state", "state",
             [](const json::object& item) -> Shown {
                 const auto state = app::plain_text(app::value_at(item, "state"));
                 return {state, tone_of(state)};
             },
             false, false},
            {"created_at", "created",
             [now](const json::object& item) { return time_shown(item, "created_at", now); }, false,
             false},
            {"finished_at", "finished",
             [now](const json::object& item) { return time_shown(item, "finished_at", now); },
             false, false}};
}

void say_so(World& world, const gcp::JobName& job) {
    world.printer.note(fmt::format(
        "No PostgreSQL is configured (--postgres-host ...): these are executions of the "
        "Cloud Run job {} in {}.",
        job.job, job.region));
}

}  // namespace

bool shows_cloud_run(World& world) {
    return !world.fleet().knows_postgres() && !world.flags.text("region").empty();
}

int list_executions(World& world, int limit) {
    auto& fleet = world.fleet();
    const auto job = fleet.job_name();
    const auto now = fleet.clock().now();
    auto found = fleet.run_jobs().executions(job, now - kept, world.stop());
    if (found.size() > static_cast<std::size_t>(limit))
        found.resize(static_cast<std::size_t>(limit));
    say_so(world, job);
    app::Listing listing{.schema = "sheetbq.execution/v1",
                         .key = "executions",
                         .items = {},
                         .columns = columns(now),
                         .name = "execution",
                         .empty = "There were no executions in the last 7 days."};
    for (const auto& execution : found) listing.items.push_back(execution_json(execution));
    world.printer.list(listing);
    return 0;
}

int show_execution(World& world, const std::string& name) {
    auto& fleet = world.fleet();
    const auto job = fleet.job_name();
    const auto full = name.find('/') != std::string::npos
                          ? name
                          : fmt::format("{}/executions/{}", job.path(), name);
    const auto found = fleet.run_jobs().find_execution(full, world.stop());
    if (!found)
        throw Error{Code::not_found, fmt::format("there is no execution \"{}\"", name)}
            .because(fmt::format("the job {} in {} has none of that name; Cloud Run forgets old "
                                 "ones, and no PostgreSQL that remembers them is configured",
                                 job.job, job.region))
            .fix("helper list shows those that are there.");
    say_so(world, job);
    const auto item = execution_json(*found);
    const auto state = state_of(*found);
    const auto short_name = last_part(found->name);
    const auto now = fleet.clock().now();
    world.printer.one("sheetbq.execution/v1", item, "execution",
                      {{"execution", {short_name, Tone::strong}},
                       {"configuration", {variable(*found, "CONFIG_NAME")}},
                       {"run", {variable(*found, "SHEETBQ_RUN_ID")}},
                       {"state", {std::string{state}, tone_of(state)}},
                       {"message", {found->message}},
                       {"created", time_shown(item, "created_at", now)},
                       {"finished", time_shown(item, "finished_at", now)},
                       {"log", {found->log_uri}},
                       {"next", {fmt::format("helper logs {}", short_name), Tone::dim}}});
    if (state == "succeeded") return 0;
    return state == "running" ? 8 : 1;
}

}  // namespace sheetbq::helper
