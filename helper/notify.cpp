#include "sheetbq/app/humane.hpp"
#include "world.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

namespace sheetbq::helper {
namespace {

namespace json = boost::json;
using app::Shown;
using app::Tone;

json::value text_or_null(const std::string& text) {
    return text.empty() ? json::value(nullptr) : json::value(text);
}

json::value time_or_null(const std::optional<Clock::TimePoint>& time) {
    return time ? json::value(to_rfc3339(*time)) : json::value(nullptr);
}

Shown relative_cell(const json::object& item, std::string_view key, Clock::TimePoint now) {
    const auto time = from_rfc3339(app::plain_text(app::value_at(item, key)));
    return {time ? app::relative(*time, now) : "", Tone::dim};
}

int test(World& world) {
    auto* const slack = world.fleet().slack();
    if (slack == nullptr)
        throw Error{Code::usage, "there is no Slack webhook"}
            .because("nothing says where messages go")
            .fix(
                "Set SLACK_WEBHOOK_URL, or add --slack-webhook-file FILE; make one at "
                "https://api.slack.com/apps, Incoming Webhooks.");
    const auto prefix = world.flags.text("slack-channel-prefix");
    const auto words = fmt::format("{}{}sheetbq can write here. This is a test; nothing is wrong.",
                                   gcp::slack_escape(prefix), prefix.empty() ? "" : " ");
    const auto answer = slack->post(json::serialize(json::object{{"text", words}}), world.stop());
    if (!answer.sent)
        throw Error{answer.permanent ? Code::bad_config : Code::unavailable,
                    "Slack did not take the message"}
            .because(answer.error)
            .fix(answer.permanent ? "Make a new webhook at https://api.slack.com/apps, Incoming "
                                    "Webhooks, and set "
                                    "SLACK_WEBHOOK_URL."
                                  : "Try again in a minute: helper notify test");
    world.printer.one("sheetbq.notification/v1", {{"sent", true}, {"answer", "ok"}}, "sent",
                      {{"sent", {words}}, {"answer", {"Slack answered: ok", Tone::good}}});
    return 0;
}

/// `orders (12)` of a payload, and what else of it a person recognises.
std::string about(const std::string& payload) {
    boost::system::error_code broken;
    const auto value = json::parse(payload, broken);
    if (broken || !value.is_object()) return {};
    const auto& content = value.get_object();
    const auto name = app::plain_text(app::value_at(content, "config_name"));
    const auto id = app::plain_text(app::value_at(content, "config_id"));
    if (!name.empty()) return fmt::format("{} ({})", name, id);
    return app::plain_text(app::value_at(content, "message"));
}

int pending(World& world) {
    auto& store = world.fleet().store();
    const auto now = store.hello().now;
    app::Listing listing{.schema = "sheetbq.message/v1",
                         .key = "messages",
                         .items = {},
                         .columns = {},
                         .name = "id",
                         .empty = "No message waits."};
    for (const auto& line : store.outbox({.waiting = true, .run_id = {}}))
        listing.items.push_back(
            json::object{{"id", line.id},
                         {"kind", line.message.kind},
                         {"about", text_or_null(about(line.message.payload))},
                         {"state", line.dead ? "given_up" : "waiting"},
                         {"attempts", line.attempts},
                         {"created_at", to_rfc3339(line.created_at)},
                         {"next_attempt_at", line.dead ? json::value(nullptr)
                                                       : json::value(to_rfc3339(line.not_before))},
                         {"last_error", text_or_null(line.last_error)}});
    listing.columns = {{"id", "id", {}, true, false},
                       {"kind", "kind", {}, false, false},
                       {"about", "about"},
                       {"state", "state",
                        [](const json::object& item) -> app::Shown {
                            const auto state = app::plain_text(app::value_at(item, "state"));
                            return {state == "given_up" ? "given up" : state};
                        },
                        false, false},
                       {"attempts", "attempts", {}, true, false},
                       {"next_attempt_at", "next try",
                        [now](const json::object& item) {
                            auto cell = relative_cell(item, "next_attempt_at", now);
                            if (cell.text.ends_with("ago") || cell.text == "just now")
                                cell.text = "next tick";
                            return cell;
                        },
                        false, false},
                       {"last_error", "last error"}};
    world.printer.list(listing);
    return 0;
}

int incidents(World& world) {
    auto& store = world.fleet().store();
    const auto now = store.hello().now;
    app::Listing listing{.schema = "sheetbq.incident/v1",
                         .key = "incidents",
                         .items = {},
                         .columns = {},
                         .name = "incident_id",
                         .empty = "No incident is open."};
    for (const auto& [config, state, due_at, live, recent] : store.overview(0))
        if (!state.incident_id.empty())
            listing.items.push_back(
                json::object{{"incident_id", state.incident_id},
                             {"config_id", config.id},
                             {"config_name", config.name},
                             {"opened_at", time_or_null(state.incident_opened_at)},
                             {"failures", state.failures},
                             {"reminders", state.reminders},
                             {"last_notified_at", time_or_null(state.last_notified_at)},
                             {"last_error", text_or_null(state.last_error)},
                             {"last_hint", text_or_null(state.last_hint)}});
    listing.columns = {
        {"config_id", "id", {}, true, false},
        {"config_name", "configuration"},
        {"opened_at", "open since",
         [now](const json::object& item) { return relative_cell(item, "opened_at", now); }, false,
         false},
        {"failures", "failures", {}, true, false},
        {"reminders", "reminders", {}, true, false},
        {"last_error", "error"}};
    world.printer.list(listing);
    if (!listing.items.empty() && world.printer.for_people())
        world.printer.note("What to do: helper configs show ID");
    return 0;
}

}  // namespace

std::vector<Entry> notify_entries() {
    return {
        {{.path = "notify test",
          .heading = "Administer",
          .summary = "send a message to Slack now and tell what Slack answered",
          .details = {},
          .arguments = {},
          .examples = {{"helper notify test --slack-webhook-file webhook.txt", "does it work?"}},
          .flags = fleet_flags({})},
         test},
        {{.path = "notify pending",
          .heading = "Administer",
          .summary = "list messages that are not sent yet, or were given up",
          .details = {},
          .arguments = {},
          .examples = {{"helper notify pending", "attempts, next try, last error"}},
          .flags = store_flags({})},
         pending},
        {{.path = "notify incidents",
          .heading = "Administer",
          .summary = "list open incidents: what fails, since when",
          .details = {},
          .arguments = {},
          .examples = {{"helper notify incidents", "the same as Failing of helper status"}},
          .flags = store_flags({})},
         incidents},
    };
}

}  // namespace sheetbq::helper
