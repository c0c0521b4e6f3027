#include "sheetbq/control/line_reader.hpp"

#include "sheetbq/core/log.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <utility>

namespace sheetbq::control {
namespace {

/// Stands near the front of the line; inside a JSON string its quotes would be escaped.
constexpr std::string_view mark = R"("event":"run_finished")";
constexpr std::size_t mark_within = 1024;

bool may_be_report(std::string_view line) {
    return line.substr(0, mark_within).find(mark) != std::string_view::npos;
}

bool is_report(std::string_view line) {
    if (!may_be_report(line)) return false;
    boost::json::error_code problem;
    const auto event = boost::json::parse(line, problem);
    return !problem && event.is_object();
}

}  // namespace

LineReader::LineReader(std::function<void(std::string_view)> on_line)
    : on_line_{std::move(on_line)} {}

void LineReader::take(std::string_view piece) {
    while (!piece.empty()) {
        const auto size = std::min(piece.find('\n'), piece.size());
        append(piece.substr(0, size));
        if (size == piece.size()) return;
        finish_line();
        piece.remove_prefix(size + 1);
    }
}

void LineReader::append(std::string_view part) {
    if (line_.size() < mark_within) {
        const auto front = part.substr(0, mark_within - line_.size());
        line_ += front;
        part.remove_prefix(front.size());
    }
    // One byte more than is handed over: with it, a cut knows whether it parts a character.
    const auto most = may_be_report(line_) ? longest_report : longest_line + 1;
    const auto room = most - std::min(most, line_.size());
    cut_ = cut_ || part.size() > room;
    line_ += part.substr(0, room);
}

void LineReader::finish_line() {
    if (!cut_ && is_report(line_)) report_ = line_;
    on_line_(clip_utf8(line_, longest_line));
    line_.clear();
    if (line_.capacity() > longest_line) line_.shrink_to_fit();
    cut_ = false;
}

void LineReader::end() {
    if (!line_.empty()) finish_line();
}

}  // namespace sheetbq::control
