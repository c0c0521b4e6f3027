#include "job_watch.hpp"

#include "sheetbq/app/progress.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace sheetbq::helper {
namespace {

namespace json = boost::json;

constexpr std::size_t most_entries = 1'000;
constexpr std::chrono::minutes clocks_differ{5};

std::string text_at(const json::object& object, std::string_view path) {
    return app::plain_text(app::value_at(object, path));
}

std::string last_segment(const std::string& name) { return name.substr(name.rfind('/') + 1); }

}  // namespace

JobWatch::JobWatch(World& world) : world_{world}, follow_{world.flags.on("follow")} {}

void JobWatch::state(const std::string& text) {
    if (std::exchange(state_, text) == text || world_.flags.on("quiet")) return;
    world_.console.line(text);
}

void JobWatch::line(std::string_view text) {
    json::error_code broken;
    const auto parsed = json::parse(text, broken);
    if (!broken && parsed.is_object())
        event(parsed.get_object());
    else if (follow_)
        world_.console.line(fmt::format("  {}", text));
}

void JobWatch::event(const json::object& event) {
    if (const auto progress = app::read_progress(event)) {
        const std::lock_guard lock{mutex_};
        progress_ = progress;
        return world_.console.progress(*progress);
    }
    const auto message = text_at(event, "message");
    const bool last = text_at(event, "event") == "run_finished";
    if (follow_ && !last && !message.empty()) world_.console.line(fmt::format("  {}", message));
}

void JobWatch::waiting(std::string_view text) {
    const std::lock_guard lock{mutex_};
    if (progress_)
        world_.console.progress(*progress_);
    else
        world_.console.progress(text);
}

bool JobWatch::is_time() {
    constexpr std::chrono::milliseconds polite{10'000};
    const auto now = world_.fleet().clock().monotonic();
    const auto poll = world_.flags.duration("poll");
    const auto pause = world_.flags.given("poll") ? poll : std::max(poll, polite);
    if (looked_ && now - *looked_ < pause) return false;
    looked_ = now;
    return true;
}

std::string JobWatch::filter(const std::string& execution, Clock::TimePoint began) const {
    const auto job = world_.fleet().job_name();
    auto text =
        gcp::execution_filter(job.region, job.job, last_segment(execution), began - clocks_differ);
    if (!follow_) text += " AND jsonPayload.event=\"progress\"";
    if (!newest_.empty()) text += fmt::format(" AND timestamp>=\"{}\"", newest_);
    return text;
}

void JobWatch::look(const std::string& execution, Clock::TimePoint began, std::stop_token stop) {
    if (blind_ || execution.empty() || !is_time()) return;
    try {
        const auto* const order = follow_ ? "timestamp asc" : "timestamp desc";
        for (const auto& entry : world_.fleet().logging().entries(world_.fleet().job_name().project,
                                                                  filter(execution, began), order,
                                                                  follow_ ? most_entries : 1, stop))
            take(entry);
    } catch (const Error& error) {
        if (error.code() == Code::cancelled) throw;
        blind_ = true;
        world_.printer.note(fmt::format("its log cannot be read: {}", error.what()));
    }
}

void JobWatch::take(const json::object& entry) {
    const auto time = text_at(entry, "timestamp");
    if (!seen_.insert(time + text_at(entry, "insertId")).second) return;
    newest_ = std::max(newest_, time);
    const auto* const payload = entry.if_contains("jsonPayload");
    if (payload != nullptr && payload->is_object())
        event(payload->get_object());
    else
        line(text_at(entry, "textPayload"));
}

std::string going_on(const std::string& run) {
    return fmt::format(
        "  helper status {0}   shows how it stands\n"
        "  helper cancel {0}   ends it",
        run);
}

}  // namespace sheetbq::helper
