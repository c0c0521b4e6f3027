#include "sheetbq/auth/token_endpoint.hpp"

#include "sheetbq/core/log.hpp"
#include "sheetbq/http/url.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <array>
#include <charconv>

namespace sheetbq::auth {
namespace {

namespace json = boost::json;
using std::chrono::seconds;

constexpr seconds longest_lifetime{12 * 3600};

bool succeeded(const http::Response& answer) { return answer.status / 100 == 2; }

bool passes(const http::Response& answer) {
    constexpr std::array statuses{408, 429, 500, 502, 503, 504};
    constexpr std::array<std::string_view, 3> names{"internal_failure", "server_error",
                                                    "temporarily_unavailable"};
    if (succeeded(answer)) return false;
    if (std::find(statuses.begin(), statuses.end(), answer.status) != statuses.end()) return true;
    return std::find(names.begin(), names.end(), read_refusal(answer).error) != names.end();
}

std::optional<seconds> asked_delay(const http::Response& answer) {
    const auto field = answer.headers.find("retry-after");
    int count = 0;
    if (!field) return std::nullopt;
    const auto [end, problem] =
        std::from_chars(field->data(), field->data() + field->size(), count);
    if (problem != std::errc{} || end != field->data() + field->size() || count < 0)
        return std::nullopt;
    return seconds{count};
}

/// Quotes the stable name only: a description might echo what was sent.
Error trouble(const http::Response& answer, std::string_view whom) {
    const auto name = read_refusal(answer).error;
    auto error = Error{answer.status == 429 ? Code::quota : Code::unavailable,
                       fmt::format("{} answered HTTP {}", whom, answer.status)}
                     .because(name.empty() ? "the service has a passing trouble" : name)
                     .fix(
                         "Run again in a few minutes; outages are shown on "
                         "https://status.cloud.google.com.");
    const auto delay = asked_delay(answer);
    return delay ? std::move(error).retry_after(*delay) : error;
}

Error strange(std::string_view whom, std::string_view what) {
    return Error{Code::unavailable, fmt::format("{} sent an answer that is no token", whom)}
        .because(std::string{what})
        .fix(
            "Check that nothing between this machine and Google answers in its place: HTTPS_PROXY, "
            "a login page of the network.");
}

/// A refusal that Google's token endpoint would not send: no name of an error in it.
Error unexplained(const Refusal& refusal, std::string_view whom) {
    return Error{Code::unauthenticated, fmt::format("{} answered HTTP {}", whom, refusal.status)}
        .because("the answer is no OAuth error; something else may answer in its place")
        .fix(
            "Check HTTPS_PROXY and NO_PROXY, and that the address above is the one that Google put "
            "into the credentials file.");
}

std::string text_of(const json::object& object, std::string_view name) {
    const auto* value = object.if_contains(name);
    const auto* text = value ? value->if_string() : nullptr;
    return text ? std::string{clip_utf8({text->data(), text->size()}, 500)} : std::string{};
}

/// The first `details[].reason` of the newer envelope.
std::string reason_of(const json::object& error) {
    const auto* value = error.if_contains("details");
    const auto* details = value ? value->if_array() : nullptr;
    if (!details) return {};
    for (const auto& detail : *details) {
        const auto* object = detail.if_object();
        auto reason = object ? text_of(*object, "reason") : std::string{};
        if (!reason.empty()) return reason;
    }
    return {};
}

std::optional<std::int64_t> as_seconds(const json::value& value) {
    constexpr auto most = longest_lifetime.count();
    if (value.is_number()) {
        const auto count = value.to_number<double>();
        if (!(count >= 0)) return std::nullopt;
        return static_cast<std::int64_t>(std::min(count, static_cast<double>(most)));
    }
    const auto* text = value.if_string();
    std::int64_t count = 0;
    if (!text) return std::nullopt;
    const auto [end, problem] = std::from_chars(text->data(), text->data() + text->size(), count);
    if (problem != std::errc{} || end != text->data() + text->size() || count < 0)
        return std::nullopt;
    return std::min(count, most);
}

}  // namespace

std::string Refusal::sentence() const {
    if (error.empty()) return fmt::format("HTTP {}: {}", status, description);
    return description.empty() ? error : fmt::format("{} ({})", description, error);
}

RetryPolicy token_patience() {
    return {.attempts = 3,
            .first_delay = seconds{1},
            .max_delay = seconds{2},
            .quota_delay = seconds{2},
            .budget = seconds{90}};
}

http::Timeouts short_timeouts() {
    return {.connect = seconds{10}, .idle = seconds{20}, .total = seconds{30}};
}

http::Response exchange(const Outside& outside, const RetryPolicy& policy,
                        const http::Request& request, std::string_view whom, std::stop_token stop) {
    return retry(policy, outside.clock, outside.jitter, {}, stop, [&] {
        auto answer = outside.transport.send(request, nullptr, stop);
        if (passes(answer)) throw trouble(answer, whom);
        return answer;
    });
}

Refusal read_refusal(const http::Response& answer) {
    Refusal refusal{.status = answer.status, .error = {}, .description = {}, .subtype = {}};
    json::error_code problem;
    const auto body = json::parse(answer.body, problem);
    const auto* object = problem ? nullptr : body.if_object();
    if (!object) {
        refusal.description = answer.body.empty() ? "the answer is empty"
                                                  : "the answer is not JSON, perhaps a web page";
        return refusal;
    }
    const auto* error = object->if_contains("error");
    if (const auto* envelope = error ? error->if_object() : nullptr) {
        refusal.error = text_of(*envelope, "status");
        refusal.description = text_of(*envelope, "message");
        refusal.subtype = reason_of(*envelope);
    } else {
        refusal.error = text_of(*object, "error");
        refusal.description = text_of(*object, "error_description");
        refusal.subtype = text_of(*object, "error_subtype");
    }
    if (refusal.error.empty() && refusal.description.empty())
        refusal.description = "the answer names no error";
    return refusal;
}

json::object read_object(const http::Response& answer, std::string_view whom) {
    json::error_code problem;
    auto body = json::parse(answer.body, problem);
    if (problem || !body.is_object()) throw strange(whom, "it is not a JSON object");
    return std::move(body.get_object());
}

std::string read_bearer(const json::object& answer, std::string_view field, std::string_view whom) {
    const auto* value = answer.if_contains(field);
    const auto* text = value ? value->if_string() : nullptr;
    if (!text || text->empty()) throw strange(whom, fmt::format("it has no text \"{}\"", field));
    const auto sendable = [](char c) { return c > ' ' && c <= '~'; };
    if (!std::all_of(text->begin(), text->end(), sendable))
        throw strange(whom, fmt::format("\"{}\" has characters that no token has", field));
    return {text->data(), text->size()};
}

AccessToken read_token(const http::Response& answer, Clock::TimePoint asked_at,
                       std::string_view whom) {
    const auto object = read_object(answer, whom);
    auto token = read_bearer(object, "access_token", whom);
    const auto* value = object.if_contains("expires_in");
    const auto lifetime = value ? as_seconds(*value) : std::nullopt;
    if (!lifetime) throw strange(whom, "\"expires_in\" is missing or not a number of seconds");
    return {std::move(token), asked_at + seconds{*lifetime}};
}

void conceal(std::string& text, std::string_view secret) {
    constexpr std::string_view mask = "[hidden]";
    if (secret.size() < mask.size()) return;
    for (auto at = text.find(secret); at != std::string::npos; at = text.find(secret, at))
        text.replace(at, secret.size(), mask);
}

std::variant<AccessToken, Refusal> request_token(const Outside& outside, const std::string& uri,
                                                 const Form& form, const std::string& authorization,
                                                 std::stop_token stop) {
    const auto whom = fmt::format("the token endpoint {}", uri);
    const auto body = http::query_string(form);
    http::Request request{.method = http::Method::post,
                          .url = uri,
                          .headers = {{"content-type", "application/x-www-form-urlencoded"},
                                      {"accept", "application/json"}},
                          .body = {body},
                          .timeouts = short_timeouts()};
    if (!authorization.empty()) request.headers.set("authorization", authorization);
    const auto asked_at = outside.clock.now();
    const auto answer = exchange(outside, token_patience(), request, whom, stop);
    if (succeeded(answer)) return read_token(answer, asked_at, whom);
    auto refusal = read_refusal(answer);
    if (refusal.error.empty()) throw unexplained(refusal, whom);
    conceal(refusal.description, authorization);
    for (const auto& [name, value] : form)
        if (name == "assertion" || name == "refresh_token" || name == "client_secret" ||
            name == "subject_token")
            conceal(refusal.description, value);
    return refusal;
}

Form jwt_bearer(std::string assertion) {
    return {{"grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"},
            {"assertion", std::move(assertion)}};
}

}  // namespace sheetbq::auth
