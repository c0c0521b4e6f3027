#include "sheetbq/table/number_format.hpp"

#include <algorithm>

namespace sheetbq::table {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool is_digit_place(char c) { return c == '0' || c == '#' || c == '?'; }

/// What the first section of a pattern shows.
struct Shown {
    bool day = false;      ///< years or days, which no time of day has
    bool month = false;    ///< an `m` that no hour or second makes minutes
    bool clock = false;    ///< hours, minutes, seconds, AM/PM
    bool elapsed = false;  ///< [h], [m], [s]
    bool digits = false;   ///< places of a number, other than of a second's fraction
    int zeros = 0;         ///< `0` places before the decimal point
    bool plain = true;     ///< no exponent and no fraction bar, where zeros mean something else
    bool text = false;     ///< `@`: the text of the cell

    bool date() const { return day || month; }
};

/// Reads a pattern from left to right. Every function takes its piece off the front.
class PatternReader {
public:
    explicit PatternReader(std::string_view pattern) : rest_{pattern} {}

    Shown read() {
        while (!rest_.empty() && rest_.front() != ';') step();
        settle_minutes(false);
        return shown_;
    }

private:
    void step() {
        switch (lower(rest_.front())) {
            case '"':
                return skip_quoted();
            case '\\':
            case '_':
            case '*':
                return skip(2);
            case '[':
                return bracket();
            case 'y':
            case 'd':
                return day();
            case 'h':
            case 's':
            case 'm':
                return clock_letters(false);
            case 'a':
                return half_day();
            default:
                return number_sign(rest_.front());
        }
    }

    void skip(std::size_t count) { rest_.remove_prefix(std::min(count, rest_.size())); }

    void skip_quoted() {
        const auto end = rest_.find('"', 1);
        skip(end == std::string_view::npos ? rest_.size() : end + 1);
    }

    /// How often the first character repeats.
    std::size_t run() const {
        std::size_t length = 1;
        while (length < rest_.size() && lower(rest_[length]) == lower(rest_.front())) ++length;
        return length;
    }

    /// `[hh]` counts hours; `[Red]`, `[>5]`, `[$-409]` say nothing here.
    void bracket() {
        const auto end = rest_.find(']');
        if (end == std::string_view::npos) return skip(rest_.size());
        const auto after = rest_.substr(end + 1);
        rest_ = rest_.substr(1, end - 1);
        const bool counts =
            !rest_.empty() && run() == rest_.size() &&
            std::string_view{"hms"}.find(lower(rest_.front())) != std::string_view::npos;
        if (counts) clock_letters(true);
        rest_ = after;
        if (counts) fraction_of_second();
    }

    void day() {
        settle_minutes(false);
        shown_.day = true;
        last_ = 'd';
        skip(run());
    }

    /// `m` is minutes after hours and before seconds, months otherwise.
    void clock_letters(bool bracketed) {
        const char unit = lower(rest_.front());
        const std::size_t length = run();
        skip(length);
        settle_minutes(unit == 's');
        if (bracketed) shown_.elapsed = true;
        if (bracketed || unit != 'm' || (last_ == 'h' && length <= 2))
            shown_.clock = true;
        else if (length <= 2)
            undecided_ = true;
        else
            shown_.month = true;
        last_ = unit;
        if (unit == 's' && !bracketed) fraction_of_second();
    }

    void settle_minutes(bool seconds_follow) {
        if (undecided_) (seconds_follow ? shown_.clock : shown_.month) = true;
        undecided_ = false;
    }

    /// `.000` behind seconds.
    void fraction_of_second() {
        if (last_ != 's' || rest_.size() < 2 || rest_[1] != '0') return;
        if (rest_.front() != '.' && rest_.front() != ',') return;
        skip(1);
        skip(run());
    }

    void half_day() {
        for (const std::string_view word : {"am/pm", "a/p"}) {
            const auto same = [](char a, char b) { return lower(a) == b; };
            if (rest_.size() < word.size() ||
                !std::equal(word.begin(), word.end(), rest_.begin(),
                            [&](char b, char a) { return same(a, b); }))
                continue;
            shown_.clock = true;
            return skip(word.size());
        }
        skip(1);
    }

    void number_sign(char sign) {
        if (is_digit_place(sign)) {
            shown_.digits = true;
            if (sign == '0' && !decimals_) ++shown_.zeros;
        }
        if (sign == '.') decimals_ = true;
        if (sign == '%') shown_.digits = true;
        if (sign == '@') shown_.text = true;
        if (sign == 'E' || sign == 'e' || sign == '/') shown_.plain = false;
        skip(1);
    }

    std::string_view rest_;
    Shown shown_;
    char last_ = 0;           ///< the last date or time letter
    bool undecided_ = false;  ///< an `m` was met that seconds may make minutes
    bool decimals_ = false;
};

/// What a pattern alone says, for types that promise nothing.
NumberKind classify_pattern(const Shown& shown) {
    if (shown.digits || shown.text) return NumberKind::number;
    if (shown.elapsed && !shown.date()) return NumberKind::duration;
    if (shown.date()) return shown.clock ? NumberKind::datetime : NumberKind::date;
    return shown.clock ? NumberKind::time : NumberKind::number;
}

}  // namespace

NumberKind classify_number_format(std::string_view type, std::string_view pattern) {
    const auto shown = PatternReader{pattern}.read();
    if (type == "NUMBER" || type.empty()) return classify_pattern(shown);
    if (type != "DATE" && type != "TIME" && type != "DATE_TIME") return NumberKind::number;
    if (shown.elapsed && !shown.date()) return NumberKind::duration;
    if (type == "DATE" && !shown.clock) return NumberKind::date;
    return type == "TIME" && !shown.day ? NumberKind::time : NumberKind::datetime;
}

bool shows_leading_zeros(std::string_view type, std::string_view pattern) {
    if (type == "SCIENTIFIC" || classify_number_format(type, pattern) != NumberKind::number)
        return false;
    const auto shown = PatternReader{pattern}.read();
    return shown.plain && shown.zeros >= 2;
}

}  // namespace sheetbq::table
