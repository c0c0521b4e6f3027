#include "sheetbq/auth/metadata_server.hpp"

#include "sheetbq/auth/hints.hpp"
#include "sheetbq/auth/token_endpoint.hpp"
#include "sheetbq/http/url.hpp"

#include <fmt/format.h>

namespace sheetbq::auth {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view account_path = "/computeMetadata/v1/instance/service-accounts/default/";

http::Request ask(std::string url) {
    return {.url = std::move(url),
            .headers = {{"Metadata-Flavor", "Google"}},
            .timeouts = {.connect = 3s, .idle = 10s, .total = 15s}};
}

bool flavoured(const http::Response& answer) {
    return answer.headers.find("Metadata-Flavor") == "Google";
}

RetryPolicy patience() {
    return {.attempts = 5, .first_delay = 1s, .max_delay = 8s, .quota_delay = 8s, .budget = 90s};
}

}  // namespace

bool on_google_cloud(const Outside& outside, std::stop_token stop) {
    const RetryPolicy policy{.attempts = 3, .first_delay = 100ms, .max_delay = 200ms};
    auto request = ask("http://169.254.169.254/");
    request.timeouts = {.connect = 3s, .idle = 3s, .total = 3s};
    try {
        return flavoured(exchange(outside, policy, request, "the metadata server", stop));
    } catch (const Error& error) {
        if (error.code() == Code::cancelled) throw;
        return false;
    }
}

std::string metadata_value(const Outside& outside, const std::string& host, const std::string& path,
                           std::stop_token stop) {
    const RetryPolicy policy{.attempts = 3, .first_delay = 100ms, .max_delay = 200ms};
    const auto server = host.empty() ? std::string{"metadata.google.internal"} : host;
    try {
        const auto answer = exchange(
            outside, policy, ask(fmt::format("http://{}/computeMetadata/v1/{}", server, path)),
            "the metadata server", stop);
        if (answer.status != 200 || !flavoured(answer)) return {};
        return answer.body.substr(0, answer.body.find_last_not_of(" \r\n") + 1);
    } catch (const Error& error) {
        if (error.code() == Code::cancelled) throw;
        return {};
    }
}

MetadataServer::MetadataServer(Outside outside, std::string host, std::vector<std::string> scopes)
    : outside_{std::move(outside)},
      host_{host.empty() ? "metadata.google.internal" : std::move(host)},
      scopes_{std::move(scopes)} {}

AccessToken MetadataServer::token(std::stop_token stop) {
    const auto asked_at = outside_.clock.now();
    const auto query = http::query_string({{"scopes", comma_joined(scopes_)}});
    const auto answer = get(fmt::format("token?{}", query), stop);
    if (answer.status != 200) throw explain(answer, "gives no access token");
    return read_token(answer, asked_at, fmt::format("the metadata server {}", host_));
}

std::string MetadataServer::account(std::stop_token stop) {
    {
        const std::lock_guard lock{mutex_};
        if (!account_.empty()) return account_;
    }
    const auto answer = get("email", stop);
    if (answer.status != 200) throw explain(answer, "does not tell the account's e-mail address");
    auto email = answer.body.substr(0, answer.body.find_last_not_of(" \r\n") + 1);
    if (email.find('@') == std::string::npos) return {};
    const std::lock_guard lock{mutex_};
    account_ = std::move(email);
    return account_;
}

http::Response MetadataServer::get(const std::string& path, std::stop_token stop) {
    const auto request = ask(fmt::format("http://{}{}{}", host_, account_path, path));
    auto answer =
        exchange(outside_, patience(), request, fmt::format("the metadata server {}", host_), stop);
    if (flavoured(answer)) return answer;
    throw Error{Code::unauthenticated, fmt::format("{} is not Google's metadata server", host_)}
        .because("its answer lacks the header Metadata-Flavor: Google")
        .fix(
            "Unset GCE_METADATA_HOST, and see that no proxy answers in the server's place; on "
            "other "
            "machines set NO_GCE_CHECK=true and GOOGLE_APPLICATION_CREDENTIALS.");
}

Error MetadataServer::explain(const http::Response& answer, const std::string& what) const {
    auto error =
        Error{Code::unauthenticated, fmt::format("the metadata server {} {}", host_, what)}.because(
            fmt::format("it answered HTTP {}", answer.status));
    if (answer.status == 404)
        return std::move(error).fix(
            "Attach a service account: gcloud run jobs update JOB --service-account=EMAIL (Cloud "
            "Run), or gcloud compute instances set-service-account NAME --service-account=EMAIL "
            "--scopes=" +
            comma_joined(scopes_) + " (a stopped VM).");
    return std::move(error).fix(
        "The account may lack a scope. On a VM, stop it and run: gcloud compute instances "
        "set-service-account NAME --service-account=EMAIL --scopes=" +
        comma_joined(scopes_) + "; on Cloud Run, use a service account of your own.");
}

}  // namespace sheetbq::auth
