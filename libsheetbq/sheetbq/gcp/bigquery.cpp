#include "sheetbq/gcp/bigquery.hpp"

#include "sheetbq/gcp/bigquery_refusals.hpp"
#include "sheetbq/http/url.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <charconv>

namespace sheetbq::gcp {
namespace {

namespace json = boost::json;

constexpr std::string_view root = "https://bigquery.googleapis.com/bigquery/v2";
constexpr std::string_view upload_root = "https://bigquery.googleapis.com/upload/bigquery/v2";

std::string text_at(const json::object& object, std::string_view key) {
    const auto* value = object.if_contains(key);
    return value != nullptr && value->is_string() ? std::string{value->get_string()}
                                                  : std::string{};
}

/// int64 fields are strings in JSON; absent means 0.
std::int64_t int64_at(const json::object& object, std::string_view key) {
    const std::string text = text_at(object, key);
    std::int64_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

const json::object& object_at(const json::object& object, std::string_view key) {
    static const json::object nothing;
    const auto* value = object.if_contains(key);
    return value != nullptr && value->is_object() ? value->get_object() : nothing;
}

std::string table_url(const TableId& id) {
    return fmt::format("{}/projects/{}/datasets/{}/tables/{}", root, http::escape(id.project),
                       http::escape(id.dataset), http::escape(id.table));
}

std::string job_url(const JobId& id, std::string_view action = "") {
    return fmt::format("{}/projects/{}/jobs/{}{}?prettyPrint=false&location={}", root,
                       http::escape(id.project), http::escape(id.id), action,
                       http::escape(id.location));
}

}  // namespace

Error explain_dataset(const Refusal& refusal, const std::string& project,
                      const std::string& dataset) {
    if (refusal.status == 404)
        return Error{Code::not_found, fmt::format("there is no dataset {}.{}", project, dataset)}
            .because(in_google_words(refusal))
            .fix(fmt::format("Create it (bq mk --dataset --location=EU {}:{}), or correct "
                             "GOOGLE_CLOUD_PROJECT_ID and BIGQUERY_DATASET_ID.",
                             project, dataset));
    if (refusal.status == 403 && refusal.reason == "accessDenied")
        return Error{Code::permission_denied, fmt::format("{} may not use the dataset {}.{}",
                                                          refusal.account, project, dataset)}
            .because(in_google_words(refusal))
            .fix(fmt::format(
                "Grant roles/bigquery.dataEditor on the dataset to {}: open "
                "https://console.cloud.google.com/bigquery?p={}&d={}&page=dataset, click "
                "Sharing > Permissions > Add principal.",
                refusal.account, project, dataset));
    return to_error(refusal);
}

Error explain_job(const Refusal& refusal, const std::string& project) {
    if (refusal.status == 403 && refusal.reason == "accessDenied" &&
        refusal.message.find("bigquery.jobs.create") != std::string::npos)
        return Error{
            Code::permission_denied,
            fmt::format("{} may not run BigQuery jobs in project {}", refusal.account, project)}
            .because(in_google_words(refusal))
            .fix(fmt::format("Run: gcloud projects add-iam-policy-binding {} "
                             "--member=serviceAccount:{} --role=roles/bigquery.jobUser",
                             project, refusal.account));
    if (refusal.status == 403 && refusal.reason == "accessDenied")
        return Error{
            Code::permission_denied,
            fmt::format("{} may not write to the table in project {}", refusal.account, project)}
            .because(in_google_words(refusal))
            .fix(fmt::format(
                "Grant roles/bigquery.dataEditor on the dataset to {}: open "
                "https://console.cloud.google.com/bigquery?p={}, click the dataset, then "
                "Sharing > Permissions > Add principal.",
                refusal.account, project));
    return to_error(refusal);
}

json::object job_reference(const JobId& id) {
    return {{"projectId", id.project}, {"jobId", id.id}, {"location", id.location}};
}

JobInfo read_job(const json::object& resource) {
    const auto& status = object_at(resource, "status");
    const auto& result = object_at(status, "errorResult");
    const auto& statistics = object_at(resource, "statistics");
    const auto& load = object_at(statistics, "load");
    JobInfo job{.done = text_at(status, "state") == "DONE",
                .reason = text_at(result, "reason"),
                .message = text_at(result, "message"),
                .output_rows = static_cast<std::uint64_t>(int64_at(load, "outputRows")),
                .bad_records = static_cast<std::uint64_t>(int64_at(load, "badRecords")),
                .labels = object_at(object_at(resource, "configuration"), "labels"),
                .copied_rows = static_cast<std::uint64_t>(
                    int64_at(object_at(statistics, "copy"), "copiedRows")),
                .started_ms = int64_at(statistics, "startTime"),
                .ended_ms = int64_at(statistics, "endTime")};
    if (const auto* errors = status.if_contains("errors"); errors != nullptr && errors->is_array())
        for (const auto& error : errors->get_array())
            if (error.is_object()) job.errors.push_back(text_at(error.get_object(), "message"));
    return job;
}

std::string BigQuery::location(const std::string& project, const std::string& dataset,
                               std::stop_token stop) {
    const auto answer = api_.json(
        {.url = fmt::format("{}/projects/{}/datasets/{}?prettyPrint=false&fields=location", root,
                            http::escape(project), http::escape(dataset)),
         .explain =
             [&](const Refusal& refusal) { return explain_dataset(refusal, project, dataset); }},
        stop);
    return text_at(answer.as_object(), "location");
}

std::optional<TableInfo> BigQuery::find_table(const TableId& id, std::stop_token stop) {
    const auto answer = api_.find({.url = table_url(id) + "?prettyPrint=false&view=STORAGE_STATS",
                                   .explain =
                                       [&](const Refusal& refusal) {
                                           return explain_dataset(refusal, id.project, id.dataset);
                                       }},
                                  stop);
    if (!answer) return std::nullopt;
    const auto& resource = answer->as_object();
    TableInfo info{.type = text_at(resource, "type"),
                   .rows = static_cast<std::uint64_t>(int64_at(resource, "numRows")),
                   .description = text_at(resource, "description"),
                   .labels = object_at(resource, "labels"),
                   .modified_ms = int64_at(resource, "lastModifiedTime"),
                   .created_ms = int64_at(resource, "creationTime"),
                   .bytes = static_cast<std::uint64_t>(int64_at(resource, "numBytes")),
                   .partitioned = resource.contains("timePartitioning") ||
                                  resource.contains("rangePartitioning"),
                   .clustered = resource.contains("clustering")};
    const auto& schema = object_at(resource, "schema");
    if (const auto* fields = schema.if_contains("fields"); fields != nullptr && fields->is_array())
        info.fields = fields->get_array();
    info.schema = table::schema_from_json(info.fields);
    return info;
}

void BigQuery::add_columns(const TableId& id, const TableInfo& existing, const table::Schema& added,
                           std::stop_token stop) {
    json::array fields = existing.fields;
    for (const auto& column : added) fields.push_back(table::to_json(column));
    const json::object patch{{"schema", {{"fields", std::move(fields)}}}};
    api_.json({.method = http::Method::patch,
               .url = table_url(id) + "?prettyPrint=false",
               .body = json::serialize(patch),
               .explain =
                   [&](const Refusal& refusal) {
                       return explain_dataset(refusal, id.project, id.dataset);
                   }},
              stop);
}

void BigQuery::set_labels(const TableId& id, const json::object& labels, std::stop_token stop) {
    api_.json({.method = http::Method::patch,
               .url = table_url(id) + "?prettyPrint=false",
               .body = json::serialize(json::object{{"labels", labels}})},
              stop);
}

void BigQuery::start_query(const JobId& id, const std::string& sql, std::stop_token stop) {
    const json::object body{
        {"jobReference", job_reference(id)},
        {"configuration", {{"query", {{"query", sql}, {"useLegacySql", false}}}}}};
    bool exists = false;
    try {
        api_.json({.method = http::Method::post,
                   .url = fmt::format("{}/projects/{}/jobs?prettyPrint=false", root,
                                      http::escape(id.project)),
                   .body = json::serialize(body),
                   .explain =
                       [&](const Refusal& refusal) {
                           exists = refusal.status == 409;
                           return explain_job(refusal, id.project);
                       }},
                  stop);
    } catch (const Error&) {
        if (!exists) throw;
    }
}

BigQuery::UploadStart BigQuery::start_upload(const std::string& project,
                                             const json::object& resource, std::uint64_t bytes,
                                             std::stop_token stop) {
    const std::string url =
        fmt::format("{}/projects/{}/jobs?uploadType=resumable", upload_root, http::escape(project));
    const std::string body = json::serialize(resource);
    http::Request request{.method = http::Method::post, .url = url};
    request.headers.set("content-type", "application/json; charset=UTF-8");
    request.headers.set("x-upload-content-type", "*/*");
    request.headers.set("x-upload-content-length", std::to_string(bytes));
    request.body = {body};
    return api_.retrying(Repeat::safe, stop, [&]() -> UploadStart {
        const auto answer = api_.once(request, nullptr, stop);
        if (answer.status == 409) return {.job_exists = true};
        if (answer.status / 100 != 2) {
            const auto refusal = api_.refusal_of(answer, url, stop);
            if (refusal.status == 400 && refusal.reason == "invalid")
                return {.refused = JobInfo{
                            .done = true, .reason = refusal.reason, .message = refusal.message}};
            throw explain_job(refusal, project);
        }
        const auto location = answer.headers.find("location");
        if (!location || location->empty())
            throw Error{Code::unavailable, "BigQuery opened no upload session"}
                .because("its answer has no Location")
                .fix("Run again.");
        return {.session = std::string{*location}};
    });
}

std::optional<JobInfo> BigQuery::find_job(const JobId& id, std::stop_token stop) {
    const auto answer = api_.find(
        {.url = job_url(id) + "&fields=jobReference%2Cstatus%2Cstatistics%2Cconfiguration%2Flabels",
         .explain = [&](const Refusal& refusal) { return explain_job(refusal, id.project); }},
        stop);
    if (!answer) return std::nullopt;
    return read_job(answer->as_object());
}

void BigQuery::cancel(const JobId& id, std::stop_token stop) {
    api_.json({.method = http::Method::post, .url = job_url(id, "/cancel")}, stop);
}

}  // namespace sheetbq::gcp
