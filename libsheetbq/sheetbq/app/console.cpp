#include "sheetbq/app/console.hpp"

#include "sheetbq/app/progress.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace sheetbq::app {
namespace {

constexpr std::chrono::milliseconds redraw{100};
constexpr std::string_view erase_line = "\r\033[K";

}  // namespace

void write_all(int descriptor, std::string_view text) {
    while (!text.empty()) {
        const ssize_t written = ::write(descriptor, text.data(), text.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return;
        text.remove_prefix(static_cast<std::size_t>(written));
    }
}

Console::Console(Settings settings)
    : settings_{std::move(settings)}, told_at_{clock_.monotonic()} {}

Console::~Console() { erase(); }

Log Console::log() { return log(settings_.log_level); }

Log Console::log(Level least, std::string_view without) {
    auto sink = settings_.log_format == LogFormat::text
                    ? text_sink([this](std::string_view line) { write(STDERR_FILENO, line); })
                    : json_sink([this](std::string_view line) { write(STDOUT_FILENO, line); },
                                [this] { return to_rfc3339(clock_.now()); });
    if (without.empty()) return Log{std::move(sink), least};
    return Log{[sink = std::move(sink), name = std::string{without}](const Event& event) {
                   if (event.name != name) sink(event);
               },
               least};
}

void Console::write(int descriptor, std::string_view line) {
    const std::lock_guard lock{mutex_};
    erase_progress();
    write_all(descriptor, line);
}

void Console::erase_progress() {
    if (drawn_) write_all(STDERR_FILENO, erase_line);
    drawn_ = false;
}

bool Console::draws_or_is_due(std::string_view text) {
    const std::lock_guard lock{mutex_};
    const auto now = clock_.monotonic();
    const bool draws = settings_.progress && settings_.log_format == LogFormat::text;
    const auto pause = draws ? redraw : std::chrono::milliseconds{settings_.progress_every};
    const bool first = draws && !drawn_;
    if (pause.count() == 0 || (!first && now - told_at_ < pause)) return false;
    told_at_ = now;
    if (!draws) return true;
    write_all(STDERR_FILENO, fmt::format("{}{}", erase_line, text));
    drawn_ = true;
    return false;
}

void Console::progress(const etl::Progress& progress) {
    const auto text = progress_text(progress);
    if (!draws_or_is_due(text)) return;
    if (settings_.log_format == LogFormat::text)
        line(text);
    else
        log().info("progress", text, progress_fields(progress));
}

void Console::progress(std::string_view state) {
    if (!draws_or_is_due(state)) return;
    if (settings_.log_format == LogFormat::text)
        line(state);
    else
        log().info("progress", std::string{state});
}

void Console::erase() {
    const std::lock_guard lock{mutex_};
    erase_progress();
}

void Console::line(std::string_view text) {
    if (settings_.log_format == LogFormat::text) write(STDERR_FILENO, fmt::format("{}\n", text));
}

}  // namespace sheetbq::app
