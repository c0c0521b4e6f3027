#include "sheetbq/core/log.hpp"
#include "sheetbq/gcp/api_client.hpp"
#include "sheetbq/gcp/http_date.hpp"
#include "sheetbq/http/url.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <charconv>

namespace sheetbq::gcp {
namespace {

namespace json = boost::json;

constexpr std::size_t longest_message = 600;

std::string text_at(const json::object& object, std::string_view key) {
    const auto* value = object.if_contains(key);
    return value != nullptr && value->is_string() ? std::string{value->get_string()}
                                                  : std::string{};
}

const json::object* object_in(const json::value* value) {
    return value != nullptr ? value->if_object() : nullptr;
}

const json::array& array_at(const json::object& object, std::string_view key) {
    static const json::array nothing;
    const auto* value = object.if_contains(key);
    return value != nullptr && value->is_array() ? value->get_array() : nothing;
}

/// `projects/123` and `project_number:123` are 123.
std::string without_prefix(std::string project) {
    for (const std::string_view prefix : {"projects/", "project_number:"})
        if (project.starts_with(prefix)) project.erase(0, prefix.size());
    return project;
}

void read_error_info(const json::object& info, Refusal& refusal) {
    refusal.reason = text_at(info, "reason");
    const auto* metadata = object_in(info.if_contains("metadata"));
    if (metadata == nullptr) return;
    if (auto service = text_at(*metadata, "service"); !service.empty())
        refusal.service = std::move(service);
    refusal.project = without_prefix(text_at(*metadata, "consumer"));
}

/// `errors[0]` of the old style, `details[]` of the new one.
void read_details(const json::object& error, Refusal& refusal) {
    const auto& errors = array_at(error, "errors");
    if (!errors.empty() && errors.front().is_object())
        refusal.reason = text_at(errors.front().get_object(), "reason");
    for (const auto& detail : array_at(error, "details")) {
        const auto* info = detail.if_object();
        if (info != nullptr && text_at(*info, "@type").ends_with("google.rpc.ErrorInfo"))
            read_error_info(*info, refusal);
    }
}

/// What an HTML page or other text says, on one line.
std::string summary_of(const std::string& body) {
    const auto open = body.find("<title>");
    const auto close = body.find("</title>");
    if (open != std::string::npos && close != std::string::npos && close > open)
        return fmt::format("a web page titled \"{}\"", body.substr(open + 7, close - open - 7));
    if (body.empty()) return "nothing more";
    std::string line;
    for (const char c : clip_utf8(body, 200)) line += c == '\n' || c == '\r' ? ' ' : c;
    return line;
}

std::optional<std::chrono::milliseconds> read_retry_after(const http::Headers& headers,
                                                          Clock::TimePoint now) {
    const auto text = headers.find("retry-after");
    if (!text) return std::nullopt;
    int seconds = 0;
    const auto [end, problem] = std::from_chars(text->data(), text->data() + text->size(), seconds);
    if (problem == std::errc{} && end == text->data() + text->size())
        return std::chrono::seconds{std::max(seconds, 0)};
    const auto time = from_http_date(*text);
    if (!time) return std::nullopt;
    return std::max(std::chrono::duration_cast<std::chrono::milliseconds>(*time - now),
                    std::chrono::milliseconds{0});
}

bool one_of(std::string_view word, std::initializer_list<std::string_view> words) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

bool is_rate_limit(std::string_view reason) {
    return one_of(reason, {"rateLimitExceeded", "userRateLimitExceeded", "RATE_LIMIT_EXCEEDED",
                           "jobRateLimitExceeded", "quotaExceeded", "dailyLimitExceeded"});
}

std::string api_title(std::string_view service) {
    if (service.starts_with("sheets.")) return "Google Sheets API";
    if (service.starts_with("drive.") || service == "www.googleapis.com") return "Google Drive API";
    if (service.starts_with("bigquery.")) return "BigQuery API";
    if (service.starts_with("run.")) return "Cloud Run Admin API";
    if (service.starts_with("logging.")) return "Cloud Logging API";
    if (service.starts_with("iamcredentials.")) return "IAM Service Account Credentials API";
    if (service.starts_with("secretmanager.")) return "Secret Manager API";
    if (service.starts_with("cloudscheduler.")) return "Cloud Scheduler API";
    if (service.starts_with("cloudresourcemanager.")) return "Cloud Resource Manager API";
    return std::string{service};
}

}  // namespace

Refusal read_refusal(const http::Response& answer, std::string_view url, Clock::TimePoint now) {
    Refusal refusal;
    refusal.status = answer.status;
    refusal.retry_after = read_retry_after(answer.headers, now);
    const auto parts = http::split_url(url);
    refusal.service = parts.host;
    boost::system::error_code problem;
    const json::value body = json::parse(answer.body, problem);
    const auto* root = problem ? nullptr : body.if_object();
    const auto* error = root == nullptr ? nullptr : object_in(root->if_contains("error"));
    if (error == nullptr) {
        refusal.message = summary_of(answer.body);
        return refusal;
    }
    refusal.name = text_at(*error, "status");
    refusal.message = std::string{clip_utf8(text_at(*error, "message"), longest_message)};
    read_details(*error, refusal);
    return refusal;
}

Code code_of(const Refusal& refusal) {
    const std::string& reason = refusal.reason;
    if (refusal.status == 429 || is_rate_limit(reason)) return Code::quota;
    if (one_of(reason, {"backendError", "internalError", "badGateway", "jobBackendError",
                        "jobInternalError", "tableUnavailable"}))
        return Code::unavailable;
    switch (refusal.status) {
        case 400:
            return Code::bad_config;
        case 401:
            return Code::unauthenticated;
        case 403:
            return Code::permission_denied;
        case 404:
            return Code::not_found;
        case 409:
            return Code::conflict;
        case 413:
            return Code::bad_data;
        case 408:
            return Code::unavailable;
        default:
            return refusal.status >= 500 ? Code::unavailable : Code::internal;
    }
}

std::string in_google_words(const Refusal& refusal) {
    const std::string& kind = refusal.name.empty() ? refusal.reason : refusal.name;
    return fmt::format("Google answered {}{}{}: {}", refusal.status, kind.empty() ? "" : " ", kind,
                       refusal.message.empty() ? "nothing more" : refusal.message);
}

std::string iam_member(const std::string& account) {
    if (account.find('@') == std::string::npos) return "serviceAccount:ACCOUNT";
    return (account.ends_with(".gserviceaccount.com") ? "serviceAccount:" : "user:") + account;
}

namespace {

/// What happened and what to do.
struct Advice {
    std::string text;
    std::string hint;
};

/// What the reason alone tells, whatever the status.
std::optional<Advice> advice_on_reason(const Refusal& refusal, const std::string& title) {
    if (one_of(refusal.reason, {"SERVICE_DISABLED", "accessNotConfigured"})) {
        const std::string service =
            refusal.service == "www.googleapis.com" ? "drive.googleapis.com" : refusal.service;
        const bool known = !refusal.project.empty();
        return Advice{fmt::format("the {} is switched off{}", title,
                                  known ? " in project " + refusal.project : ""),
                      fmt::format("Run: gcloud services enable {}{}", service,
                                  known ? " --project=" + refusal.project : "")};
    }
    if (one_of(refusal.reason, {"ACCESS_TOKEN_SCOPE_INSUFFICIENT", "insufficientPermissions"}))
        return Advice{
            fmt::format("the credentials lack a scope that the {} needs", title),
            "Run: gcloud auth application-default login --scopes=openid,"
            "https://www.googleapis.com/auth/userinfo.email,"
            "https://www.googleapis.com/auth/cloud-platform,"
            "https://www.googleapis.com/auth/spreadsheets.readonly,"
            "https://www.googleapis.com/auth/drive.metadata.readonly "
            "(on Cloud Run the service account gets them by itself; on a Compute Engine VM, "
            "add these scopes to the instance)."};
    if (refusal.reason == "USER_PROJECT_DENIED")
        return Advice{
            "the quota project of the credentials may not be used",
            "Run: gcloud auth application-default set-quota-project PROJECT, with a project in "
            "which you have roles/serviceusage.serviceUsageConsumer."};
    return std::nullopt;
}

Advice advice_on_code(const Refusal& refusal, Code code, const std::string& title) {
    switch (code) {
        case Code::unauthenticated:
            return {fmt::format("the {} does not accept our credentials", title),
                    "Run: gcloud auth application-default login, or check "
                    "GOOGLE_APPLICATION_CREDENTIALS; sheetbq-job --print-config shows which "
                    "credentials are used."};
        case Code::quota:
            return {fmt::format("a quota of the {} is used up", title),
                    "Wait and run again; spread the schedules of jobs that share this account, or "
                    "ask for a higher quota at https://console.cloud.google.com/iam-admin/quotas."};
        case Code::unavailable:
            return {fmt::format("the {} failed", title),
                    "Run again later; https://status.cloud.google.com tells about known trouble."};
        case Code::permission_denied:
            return {fmt::format("{} may not make this call of the {}", refusal.account, title),
                    "Grant the account the role that Google's message names."};
        default:
            return {fmt::format("the {} refused a request", title),
                    "Check the configuration against Google's message above."};
    }
}

}  // namespace

Error to_error(const Refusal& refusal) {
    const Code code = code_of(refusal);
    const std::string title = api_title(refusal.service);
    const auto special = advice_on_reason(refusal, title);
    const Advice advice = special ? *special : advice_on_code(refusal, code, title);
    Error error = Error{code, advice.text}.because(in_google_words(refusal)).fix(advice.hint);
    if (refusal.reason == "quotaExceeded")
        return std::move(error).retry_after(std::chrono::minutes{10});
    if (refusal.retry_after) return std::move(error).retry_after(*refusal.retry_after);
    return error;
}

}  // namespace sheetbq::gcp
