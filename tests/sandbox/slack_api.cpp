// Slack's incoming webhooks. Answers are plain words, never JSON.
// https://api.slack.com/messaging/webhooks, https://api.slack.com/reference/block-kit/blocks

#include "routes.hpp"
#include "sandbox.hpp"
#include "target.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace sheetbq::sandbox {

namespace json = boost::json;

namespace {

constexpr std::size_t most_blocks = 50;
constexpr std::size_t longest_section = 3000;
constexpr std::size_t longest_header = 150;
constexpr std::size_t longest_field = 2000;
constexpr std::size_t most_fields = 10;

Answer word(int status, std::string_view text) {
    return {status, {{"content-type", "text/html; charset=utf-8"}}, std::string{text}};
}

int status_of(std::string_view refusal) {
    constexpr std::array<std::pair<std::string_view, int>, 9> statuses{
        {{"action_prohibited", 403},
         {"posting_to_general_channel_denied", 403},
         {"invalid_token", 403},
         {"no_service", 404},
         {"no_active_hooks", 404},
         {"channel_not_found", 404},
         {"channel_is_archived", 410},
         {"rate_limited", 429},
         {"rollup_error", 500}}};
    const auto* const found =
        std::ranges::find(statuses, refusal, &std::pair<std::string_view, int>::first);
    return found == statuses.end() ? 400 : found->second;
}

std::size_t characters(std::string_view text) {
    return static_cast<std::size_t>(std::ranges::count_if(
        text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

std::string_view text_at(const json::object& object, std::string_view name) {
    const auto* value = object.if_contains(name);
    const auto* text = value != nullptr ? value->if_string() : nullptr;
    return text != nullptr ? std::string_view{text->data(), text->size()} : std::string_view{};
}

/// `{"type": "mrkdwn" | "plain_text", "text": 1 to `longest` characters}`
bool is_text(const json::value* value, std::size_t longest, bool plain_only = false) {
    const auto* object = value != nullptr ? value->if_object() : nullptr;
    if (object == nullptr) return false;
    const auto type = text_at(*object, "type");
    const auto size = characters(text_at(*object, "text"));
    return (type == "plain_text" || (type == "mrkdwn" && !plain_only)) && size >= 1 &&
           size <= longest;
}

bool are_texts(const json::value* value, std::size_t longest) {
    const auto* list = value != nullptr ? value->if_array() : nullptr;
    return list != nullptr && !list->empty() && list->size() <= most_fields &&
           std::ranges::all_of(*list, [&](const auto& item) { return is_text(&item, longest); });
}

bool is_block(const json::value& value) {
    const auto* block = value.if_object();
    if (block == nullptr) return false;
    const auto type = text_at(*block, "type");
    const auto* text = block->if_contains("text");
    const auto* fields = block->if_contains("fields");
    if (type == "divider") return true;
    if (type == "header") return is_text(text, longest_header, true);
    if (type == "context") return are_texts(block->if_contains("elements"), longest_section);
    if (type != "section" || (text == nullptr && fields == nullptr)) return false;
    return (text == nullptr || is_text(text, longest_section)) &&
           (fields == nullptr || are_texts(fields, longest_field));
}

/// What Slack finds wrong with a message, or "".
std::string_view refusal_of(const json::object& message) {
    constexpr std::array<std::string_view, 10> known{
        "text",         "blocks",     "attachments", "mrkdwn",  "unfurl_links",
        "unfurl_media", "icon_emoji", "icon_url",    "channel", "username"};
    for (const auto& field : message)
        if (std::ranges::count(known, std::string_view{field.key().data(), field.key().size()}) ==
            0)
            return "invalid_payload";
    const auto* text = message.if_contains("text");
    const auto* blocks = message.if_contains("blocks");
    if (text != nullptr && !text->is_string()) return "invalid_payload";
    if (blocks != nullptr) {
        const auto* list = blocks->if_array();
        if (list == nullptr || list->size() > most_blocks || !std::ranges::all_of(*list, is_block))
            return "invalid_blocks";
        if (!list->empty()) return {};
    }
    return text_at(message, "text").empty() ? "no_text" : std::string_view{};
}

Answer take(Sandbox& sandbox, const Call& call) {
    const auto id = fmt::format("{}/{}/{}", call.path[1], call.path[2], call.path[3]);
    const auto webhook = sandbox.slack.webhooks.find(id);
    if (webhook == sandbox.slack.webhooks.end()) return word(404, "no_service");
    if (!webhook->second.empty()) {
        auto answer = word(status_of(webhook->second), webhook->second);
        if (answer.status == 429)
            answer.headers.set("retry-after", std::to_string(sandbox.slack.retry_after));
        return answer;
    }
    const auto type = call.headers.find("content-type").value_or("");
    boost::system::error_code problem;
    auto message = json::parse(call.body, problem);
    if (!type.starts_with("application/json") || problem || !message.is_object())
        return word(400, "invalid_payload");
    if (const auto refusal = refusal_of(message.get_object()); !refusal.empty())
        return word(400, refusal);
    sandbox.slack.messages.push_back({id, sandbox.clock().now(), std::move(message.get_object())});
    return word(200, "ok");
}

/// GET /_sandbox/slack
Answer messages(Sandbox& sandbox, const Call&) {
    json::array list;
    for (const auto& message : sandbox.slack.messages)
        list.push_back(json::object{{"webhook", message.webhook},
                                    {"at", to_rfc3339(message.at)},
                                    {"message", message.payload}});
    return json_answer(list);
}

}  // namespace

std::span<const Route> slack_routes() {
    using http::Method;
    static const std::vector<Route> routes{
        {Method::post, "hooks.slack.com", "/services/*/*/*", take, {}},
        {Method::get, control_host, "/_sandbox/slack", messages, {}},
    };
    return routes;
}

}  // namespace sheetbq::sandbox
