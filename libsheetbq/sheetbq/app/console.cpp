#include "sheetbq/app/console.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace sheetbq::app {
namespace {

constexpr std::chrono::milliseconds redraw{100};
constexpr std::string_view erase_line = "\r\033[K";

std::string progress_text(const etl::Progress& progress) {
    const auto percent = progress.total == 0 ? 0 : progress.done * 100 / progress.total;
    switch (progress.phase) {
        case etl::Progress::Phase::reading:
            return fmt::format("reading {} %, {} rows", percent, progress.rows);
        case etl::Progress::Phase::uploading:
            return fmt::format("uploading {} % of {:.1f} MB", percent,
                               static_cast<double>(progress.total) / 1e6);
        case etl::Progress::Phase::loading:
            return fmt::format("BigQuery loads {} rows", progress.rows);
    }
    return {};
}

}  // namespace

void write_all(int descriptor, std::string_view text) {
    while (!text.empty()) {
        const ssize_t written = ::write(descriptor, text.data(), text.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return;
        text.remove_prefix(static_cast<std::size_t>(written));
    }
}

Console::Console(Settings settings) : settings_{std::move(settings)} {}

Console::~Console() {
    const std::lock_guard lock{mutex_};
    erase_progress();
}

Log Console::log() {
    if (settings_.log_format == LogFormat::text)
        return Log{text_sink([this](std::string_view line) { write(STDERR_FILENO, line); }),
                   settings_.log_level};
    return Log{json_sink([this](std::string_view line) { write(STDOUT_FILENO, line); },
                         [this] { return to_rfc3339(clock_.now()); }),
               settings_.log_level};
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

void Console::progress(const etl::Progress& progress) {
    if (!settings_.progress || settings_.log_format != LogFormat::text) return;
    const std::lock_guard lock{mutex_};
    const auto now = clock_.monotonic();
    if (drawn_ && now - drawn_at_ < redraw) return;
    write_all(STDERR_FILENO, fmt::format("{}{}", erase_line, progress_text(progress)));
    drawn_ = true;
    drawn_at_ = now;
}

}  // namespace sheetbq::app
