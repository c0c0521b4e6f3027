#include "logging_filter.hpp"

#include "bigquery_refusal.hpp"
#include "text.hpp"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

namespace sheetbq::sandbox {
namespace {

namespace json = boost::json;

constexpr std::size_t longest_filter = 20'000;
constexpr auto known_fields = std::to_array<std::string_view>(
    {"timestamp", "receiveTimestamp", "severity", "resource", "labels", "jsonPayload",
     "textPayload", "logName", "insertId", "trace", "spanId"});
constexpr auto severities = std::to_array<std::string_view>(
    {"DEFAULT", "DEBUG", "INFO", "NOTICE", "WARNING", "ERROR", "CRITICAL", "ALERT", "EMERGENCY"});

bool is_time(std::string_view field) { return field == "timestamp" || field == "receiveTimestamp"; }

/// RFC 3339; Google's Python client writes an offset without its colon, and is understood.
std::optional<Clock::TimePoint> time_of(std::string text) {
    const auto sign = text.find_last_of("+-");
    if (sign != std::string::npos && sign > text.find('T') && text.size() == sign + 5)
        text.insert(sign + 3, ":");
    return from_rfc3339(text);
}

/// Where in the row of severities; nothing for a word that is none.
std::optional<std::ptrdiff_t> rank(std::string_view word) {
    const auto* const found = std::ranges::find_if(
        severities, [&](std::string_view severity) { return same_word(severity, word); });
    if (found == severities.end()) return std::nullopt;
    return found - severities.begin();
}

std::optional<double> number_of(std::string_view text) {
    double number = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (problem != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return number;
}

/// -1, 0, 1 under an operator.
bool ordered(std::string_view op, int order) {
    if (op == "=") return order == 0;
    if (op == "!=") return order != 0;
    if (op == ">") return order > 0;
    if (op == ">=") return order >= 0;
    if (op == "<") return order < 0;
    return op == "<=" && order <= 0;
}

template <class Value>
int compared(const Value& a, const Value& b) {
    return a < b ? -1 : b < a ? 1 : 0;
}

const json::value* find(const json::object& object, const std::vector<std::string>& path) {
    const auto* at = &object;
    for (std::size_t i = 0; i < path.size(); ++i) {
        const auto* value = at->if_contains(path[i]);
        if (value == nullptr || i + 1 == path.size()) return value;
        at = value->if_object();
        if (at == nullptr) return nullptr;
    }
    return nullptr;
}

std::string text_of(const json::value& value) {
    if (value.is_string()) return std::string{value.get_string()};
    if (value.is_bool()) return value.get_bool() ? "true" : "false";
    if (value.is_number()) return fmt::format("{}", value.to_number<double>());
    return {};
}

bool contains(std::string text, std::string part) {
    const auto lower = [](std::string& letters) {
        for (char& c : letters)
            if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
    };
    lower(text);
    lower(part);
    return text.find(part) != std::string::npos;
}

bool value_holds(const json::value* found, std::string_view op, const std::string& wanted) {
    if (op == ":") return found != nullptr && (wanted == "*" || contains(text_of(*found), wanted));
    if (found == nullptr) return op == "!=";
    if (found->is_number())
        if (const auto number = number_of(wanted))
            return ordered(op, compared(found->to_number<double>(), *number));
    return ordered(op, compared(text_of(*found), wanted));
}

}  // namespace

/// Reads a filter from left to right.
class LogFilterParser {
public:
    explicit LogFilterParser(std::string_view text) : text_{text}, rest_{text} {}

    LogFilter run() {
        LogFilter filter;
        skip_space();
        while (!rest_.empty()) {
            filter.comparisons_.push_back(comparison());
            skip_space();
            if (rest_.empty()) break;
            if (word() != "AND") refuse("only AND joins comparisons here");
            skip_space();
            if (rest_.empty()) refuse("nothing follows AND");
        }
        return filter;
    }

private:
    using Comparison = LogFilter::Comparison;

    [[noreturn]] void refuse(std::string_view why) const {
        throw invalid(fmt::format("Unparseable filter: syntax error at line 1, column {}: {}",
                                  text_.size() - rest_.size() + 1, why));
    }

    void skip_space() {
        rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t\r\n"), rest_.size()));
    }

    std::string word() {
        const auto end = std::min(rest_.find_first_of(" \t\r\n=!<>:()\".~"), rest_.size());
        std::string out{rest_.substr(0, end)};
        rest_.remove_prefix(end);
        return out;
    }

    std::string quoted() {
        std::string out;
        for (std::size_t i = 1; i < rest_.size(); ++i) {
            if (rest_[i] == '"') {
                rest_.remove_prefix(i + 1);
                return out;
            }
            if (rest_[i] == '\\' && ++i == rest_.size()) break;
            out += rest_[i];
        }
        refuse("a quotation mark is missing");
    }

    std::string path_part() {
        auto part = rest_.starts_with('"') ? quoted() : word();
        if (part.empty()) refuse("a field is missing");
        return part;
    }

    Comparison comparison() {
        Comparison out;
        out.path.push_back(path_part());
        while (rest_.starts_with('.')) {
            rest_.remove_prefix(1);
            out.path.push_back(path_part());
        }
        if (std::ranges::find(known_fields, out.path.front()) == known_fields.end())
            refuse("the field \"" + out.path.front() + "\" is not known here");
        skip_space();
        out.op = operation();
        skip_space();
        out.value = rest_.starts_with('"') ? quoted() : bare_value();
        check(out);
        return out;
    }

    std::string operation() {
        for (const std::string_view op : {"!=", ">=", "<=", "=", ">", "<", ":"})
            if (rest_.starts_with(op) && !rest_.starts_with("=~")) {
                rest_.remove_prefix(op.size());
                return std::string{op};
            }
        refuse("an operator is missing, or not known here");
    }

    std::string bare_value() {
        const auto end = std::min(rest_.find_first_of(" \t\r\n()\"=<>"), rest_.size());
        std::string out{rest_.substr(0, end)};
        if (out.empty()) refuse("a value is missing");
        rest_.remove_prefix(end);
        return out;
    }

    void check(const Comparison& found) const {
        const auto& field = found.path.front();
        if (is_time(field) && (found.path.size() > 1 || found.op == ":" || !time_of(found.value)))
            refuse("a time is compared with RFC 3339");
        if (field == "severity" && (found.op == ":" || !rank(found.value)))
            refuse("there is no such severity");
    }

    std::string_view text_;
    std::string_view rest_;
};

LogFilter LogFilter::parse(std::string_view text) {
    if (text.size() > longest_filter) throw invalid("The filter is longer than 20000 characters.");
    return LogFilterParser{text}.run();
}

bool LogFilter::holds(const Comparison& comparison, const LogEntry& entry) {
    const auto& field = comparison.path.front();
    if (is_time(field)) {
        const auto time = field == "timestamp" ? entry.timestamp : entry.received;
        return ordered(comparison.op, compared(time, *time_of(comparison.value)));
    }
    const auto* found = find(entry.resource, comparison.path);
    if (field == "severity") {
        const auto severity = found == nullptr ? "DEFAULT" : text_of(*found);
        return ordered(comparison.op,
                       compared(rank(severity).value_or(0), *rank(comparison.value)));
    }
    return value_holds(found, comparison.op, comparison.value);
}

bool LogFilter::matches(const LogEntry& entry) const {
    return std::ranges::all_of(
        comparisons_, [&](const Comparison& comparison) { return holds(comparison, entry); });
}

bool LogFilter::bounds_time() const {
    return std::ranges::any_of(comparisons_, [](const Comparison& comparison) {
        return is_time(comparison.path.front());
    });
}

}  // namespace sheetbq::sandbox
