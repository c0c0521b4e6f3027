#include "sheetbq/auth/iam_credentials.hpp"

#include "sheetbq/auth/hints.hpp"
#include "sheetbq/auth/token_endpoint.hpp"
#include "sheetbq/http/url.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

namespace sheetbq::auth {
namespace {

constexpr std::string_view service = "IAM Service Account Credentials";

Error switched_off(const Refusal& refusal) {
    return Error{Code::permission_denied, fmt::format("the API {} is switched off", service)}
        .because(refusal.sentence())
        .fix(
            "Run: gcloud services enable iamcredentials.googleapis.com --project=PROJECT  with the "
            "project that the reason names, and wait a minute.");
}

Error explain(const Refusal& refusal, const IamCall& call, const std::string& member) {
    if (refusal.subtype == "SERVICE_DISABLED") return switched_off(refusal);
    const auto what = fmt::format("may not act as the service account {}", call.target);
    if (refusal.status == 404)
        return Error{Code::unauthenticated, what}
            .because(refusal.sentence())
            .fix(fmt::format("Look whether the account exists: gcloud iam service-accounts "
                             "describe {}.",
                             call.target));
    if (refusal.status == 403)
        return Error{Code::permission_denied, what}
            .because(fmt::format("{}; it takes {}", refusal.sentence(), call.permission))
            .fix(fmt::format("Run: {}  and wait some minutes for it to work.",
                             grant_token_creator(call.target, member)));
    return Error{Code::unauthenticated, what}
        .because(refusal.sentence())
        .fix(fmt::format("Make the credentials again: gcloud auth application-default login "
                         "--impersonate-service-account={}.",
                         call.target));
}

/// `body` must outlive the request.
http::Request post(const IamCall& call, const TokenSource& caller, const AccessToken& token,
                   const std::string& body) {
    http::Request request{.method = http::Method::post,
                          .url = call.url,
                          .headers = {{"authorization", "Bearer " + token.value},
                                      {"content-type", "application/json"}},
                          .body = {body},
                          .timeouts = short_timeouts()};
    if (auto project = caller.quota_project(); !project.empty())
        request.headers.set("x-goog-user-project", std::move(project));
    return request;
}

}  // namespace

boost::json::object call_iam(const Outside& outside, TokenSource& caller, const IamCall& call,
                             const boost::json::object& body, std::stop_token stop) {
    const auto whom = fmt::format("the API {}", service);
    const auto text = boost::json::serialize(body);
    for (bool first = true;; first = false) {
        const auto token = caller.token(stop);
        const auto answer =
            exchange(outside, token_patience(), post(call, caller, token, text), whom, stop);
        if (answer.status / 100 == 2) return read_object(answer, whom);
        if (answer.status == 401) caller.forget(token);
        if (answer.status == 401 && first) continue;
        auto refusal = read_refusal(answer);
        conceal(refusal.description, token.value);
        throw explain(refusal, call, caller.account(stop));
    }
}

std::string iam_url(const std::string& email, const std::string& method) {
    return fmt::format("https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/{}:{}",
                       http::escape(email), method);
}

}  // namespace sheetbq::auth
