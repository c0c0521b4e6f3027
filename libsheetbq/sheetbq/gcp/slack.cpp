#include "sheetbq/gcp/slack.hpp"

#include "sheetbq/core/error.hpp"
#include "sheetbq/gcp/api_client.hpp"
#include "sheetbq/http/url.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <utility>

namespace sheetbq::gcp {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view slack_host = "hooks.slack.com";
constexpr std::string_view services = "/services/";
constexpr std::size_t kept_of_answer = 1024;
constexpr std::chrono::milliseconds longest_wait = 1h;

/// Says nothing of the address itself, which is the secret.
Error unusable(std::string why) {
    return Error{Code::bad_config, "the address of the Slack webhook cannot be used"}
        .because(std::move(why))
        .fix(
            "Copy it again from https://api.slack.com/apps, Incoming Webhooks; it begins with "
            "https://hooks.slack.com/services/.");
}

http::UrlParts parts_of(const std::string& webhook) {
    try {
        return http::split_url(webhook);
    } catch (const Error& error) {
        throw unusable(error.reason());
    }
}

Secret checked(const Secret& webhook) {
    const auto& text = webhook.reveal();
    const auto begin = std::min(text.find_first_not_of(" \t\r\n"), text.size());
    const auto end = text.find_last_not_of(" \t\r\n");
    auto address = text.substr(begin, end == std::string::npos ? 0 : end - begin + 1);
    if (address.empty()) throw unusable("it is empty");
    const auto parts = parts_of(address);
    if (http::is_loopback(parts.host)) return Secret{std::move(address)};
    if (parts.host != slack_host) throw unusable("it is not one of hooks.slack.com");
    if (parts.scheme != "https" || parts.port != "443")
        throw unusable("it would be sent unencrypted, or to an unusual port");
    if (!parts.target.starts_with(services) || parts.target.size() == services.size())
        throw unusable("it does not go on with /services/ and the webhook's own part");
    return Secret{std::move(address)};
}

void replace_all(std::string& text, std::string_view what, std::string_view by) {
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size()))
        text.replace(at, what.size(), by);
}

/// `text` without the webhook's own part, wherever it came from.
std::string without_secret(std::string text, const std::string& webhook) {
    constexpr std::string_view mask = "[hidden]";
    const auto target = http::split_url(webhook).target;
    const auto at = target.find(services);
    const auto own = at == std::string::npos ? target : target.substr(at + services.size());
    if (own.size() > 1) replace_all(text, own, mask);
    return text;
}

/// Slack's plain word for a refusal, `channel_is_archived`; nothing when it is a page.
std::string word_of(const std::string& body) {
    const auto is_word = [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; };
    const auto text = body.substr(0, body.find_last_not_of(" \r\n") + 1);
    const bool sound =
        !text.empty() && text.size() <= 60 && std::all_of(text.begin(), text.end(), is_word);
    return sound ? text : std::string{};
}

SlackAnswer read(const http::Response& answer, const std::string& webhook, Clock::TimePoint now) {
    const auto word = word_of(answer.body);
    if (answer.status == 200 && word == "ok") return {.sent = true};
    SlackAnswer result;
    result.error = fmt::format("Slack answered HTTP {}{}", answer.status,
                               word.empty() ? ", without a word of its own" : ": " + word);
    result.permanent = answer.status / 100 == 3 ||
                       (answer.status / 100 == 4 && answer.status != 429 && answer.status != 408);
    if (result.permanent) return result;
    result.retry_after = read_refusal(answer, webhook, now).retry_after;
    if (result.retry_after) result.retry_after = std::min(*result.retry_after, longest_wait);
    return result;
}

}  // namespace

Slack::Slack(http::Transport& transport, const Secret& webhook, Clock& clock)
    : transport_{transport}, webhook_{checked(webhook)}, clock_{clock} {}

SlackAnswer Slack::post(const std::string& message, std::stop_token stop) {
    const auto& address = webhook_.reveal();
    const http::Request request{.method = http::Method::post,
                                .url = address,
                                .headers = {{"content-type", "application/json"}},
                                .body = {message},
                                .timeouts = {.connect = 5s, .idle = 5s, .total = 5s}};
    std::string body;
    const http::BodySink collect = [&](const http::Response&, std::string_view bytes) {
        body += bytes.substr(0, kept_of_answer - body.size());
    };
    try {
        auto answer = transport_.send(request, &collect, std::move(stop));
        if (!body.empty()) answer.body = std::move(body);
        return read(answer, address, clock_.now());
    } catch (const Error& error) {
        if (error.code() == Code::cancelled) throw;
        return {.error = without_secret(error.what(), address)};
    } catch (const std::exception& error) {
        return {.error = without_secret(error.what(), address)};
    }
}

}  // namespace sheetbq::gcp
