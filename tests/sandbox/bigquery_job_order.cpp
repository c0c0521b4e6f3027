#include "bigquery_api.hpp"
#include "bigquery_history.hpp"
#include "bigquery_jobs.hpp"
#include "bigquery_json.hpp"
#include "bigquery_query.hpp"
#include "bigquery_refusal.hpp"
#include "bigquery_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

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
    if (dataset.tables.contains(config.table))
        require_table_permission(dataset.writers, call, config.table_name(),
                                 "bigquery.tables.updateData");
    throw denied(
        fmt::format("Access Denied: Dataset {0}: Permission bigquery.tables.create "
                    "denied on dataset {0} (or it may not exist).",
                    name));
}

void check_copy(BigQueryWorld& world, const Call& call, JobOrder& order) {
    const auto copy = read_copy(object_member(order.configuration, "copy"));
    const auto& to = copy.destination;
    const auto& dataset = find_dataset(world, to.project, to.dataset);
    require_location(order, to.project + ":" + to.dataset, dataset.location);
    order.location = dataset.location;
    require_table_permission(find_dataset(world, copy.source.project, copy.source.dataset).readers,
                             call, copy.source.name(), "bigquery.tables.getData");
    require_table_permission(dataset.writers, call, to.name(), "bigquery.tables.updateData");
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

/// Everything that can be checked without looking at the world.
JobOrder read_order(const std::string& project, const json::object& body) {
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
    order.dry_run = flag_member(order.configuration, "dryRun");
    const bool load = order.configuration.if_contains("load") != nullptr;
    const bool query = order.configuration.if_contains("query") != nullptr;
    const bool copy = order.configuration.if_contains("copy") != nullptr;
    if (load + query + copy != 1)
        throw invalid("Required parameter is missing: exactly one of load, query and copy");
    if (query) order.type = "QUERY";
    if (copy) order.type = "COPY";
    if (order.dry_run && !query)
        throw invalid("dryRun of anything but a query is not done by this stand-in");
    return order;
}

}  // namespace

JobOrder read_job(BigQueryWorld& world, const Call& call, const std::string& project,
                  std::string_view text) {
    if (!world.projects.contains(project)) throw absent("Not found: Project " + project);
    if (!may(world.job_users, call.account))
        throw denied(
            fmt::format("Access Denied: Project {0}: User does not have "
                        "bigquery.jobs.create permission in project {0}.",
                        project));
    auto order = read_order(project, parse_object(text));
    if (order.type == "LOAD")
        check_load(world, call, order);
    else if (order.type == "COPY")
        check_copy(world, call, order);
    else
        check_query(world, call, order);
    if (order.id.empty()) order.id = new_id(world);
    if (world.jobs.contains(order.full_id()))
        throw Error{Code::conflict, "Already Exists: Job " + order.full_id()};
    return order;
}

}  // namespace sheetbq::sandbox
