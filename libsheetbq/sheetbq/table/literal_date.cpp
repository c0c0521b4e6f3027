#include "sheetbq/table/literal_date.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace sheetbq::table {
namespace {

constexpr std::size_t most_fraction_digits = 6;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

/// Reads a literal from left to right; each function takes its piece and says whether it was there.
class Reader {
public:
    explicit Reader(std::string_view text) : rest_{text} {}

    bool done() const { return rest_.empty(); }
    std::string_view rest() const { return rest_; }
    bool at(std::string_view any_of) const {
        return !rest_.empty() && any_of.find(rest_.front()) != std::string_view::npos;
    }

    /// One character of `any_of`.
    bool sign(std::string_view any_of) {
        if (!at(any_of)) return false;
        rest_.remove_prefix(1);
        return true;
    }

    /// `least` to `most` digits whose value is at most `limit`.
    std::optional<std::int64_t> number(std::size_t least, std::size_t most, std::int64_t limit) {
        std::int64_t value = 0;
        std::size_t count = 0;
        for (; count < most && !rest_.empty() && is_digit(rest_.front()); ++count) {
            value = value * 10 + (rest_.front() - '0');
            rest_.remove_prefix(1);
        }
        const bool cut = !rest_.empty() && is_digit(rest_.front());
        if (count < least || cut || value > limit) return std::nullopt;
        return value;
    }

    /// Nothing, or `.` and up to six digits.
    bool fraction() {
        if (!sign(".")) return true;
        return number(1, most_fraction_digits, 999'999).has_value();
    }

    /// The days since 1970 of `YYYY-MM-DD`.
    std::optional<std::int64_t> date(std::string_view separators) {
        using namespace std::chrono;
        const auto y = number(4, 4, 9999);
        if (!y || *y == 0 || !at(separators)) return std::nullopt;
        const char separator = rest_.front();
        const std::string_view same{&separator, 1};
        sign(same);
        const auto m = number(2, 2, 12);
        if (!m || !sign(same)) return std::nullopt;
        const auto d = number(2, 2, 31);
        if (!d) return std::nullopt;
        const year_month_day date{year{static_cast<int>(*y)}, month{static_cast<unsigned>(*m)},
                                  day{static_cast<unsigned>(*d)}};
        if (!date.ok()) return std::nullopt;
        return sys_days{date}.time_since_epoch().count();
    }

    /// The seconds since midnight of `HH:MM:SS[.F]`.
    std::optional<std::int64_t> time(bool seconds_needed) {
        const auto h = number(2, 2, 23);
        if (!h || !sign(":")) return std::nullopt;
        const auto m = number(2, 2, 59);
        if (!m) return std::nullopt;
        if (!seconds_needed && !at(":")) return *h * 3600 + *m * 60;
        if (!sign(":")) return std::nullopt;
        const auto s = number(2, 2, 59);
        if (!s || !fraction()) return std::nullopt;
        return *h * 3600 + *m * 60 + *s;
    }

private:
    std::string_view rest_;
};

/// The seconds that `+hh:mm` lies before UTC.
std::optional<std::int64_t> read_offset(Reader& reader) {
    const bool east = reader.at("+");
    reader.sign("+-");
    const auto hours = reader.number(1, 2, 14);
    if (!hours) return std::nullopt;
    std::int64_t minutes = 0;
    if (reader.sign(":")) {
        const auto said = reader.number(2, 2, *hours == 14 ? 0 : 59);
        if (!said) return std::nullopt;
        minutes = *said;
    }
    const auto seconds = (*hours * 60 + minutes) * 60;
    return east ? seconds : -seconds;
}

/// `America/New_York`, `Etc/GMT+5`, `UTC`: words of letters, digits, `_`, `+`, `-` between slashes.
bool is_zone_name(std::string_view name) {
    if (name.empty() || !is_letter(name.front()) || name.back() == '/') return false;
    char before = '/';
    for (const char c : name) {
        const bool word = is_letter(c) || is_digit(c) || c == '_' || c == '+' || c == '-';
        if (!word && (c != '/' || before == '/')) return false;
        before = c;
    }
    return true;
}

/// The seconds before UTC of a zone that ends a timestamp, 0 for a named one; nothing when it is
/// malformed.
std::optional<std::int64_t> read_zone(Reader& reader) {
    if (reader.done()) return 0;
    const bool apart = reader.sign(" ");
    if (reader.at("+-")) {
        const auto offset = read_offset(reader);
        return reader.done() ? offset : std::nullopt;
    }
    const auto name = reader.rest();
    const bool utc = name == "Z" || name == "z" || name == "UTC";
    if (utc || (apart && is_zone_name(name))) return 0;
    return std::nullopt;
}

bool is_whole(const std::optional<std::int64_t>& value, const Reader& reader) {
    return value.has_value() && reader.done();
}

/// A sign, a number and nothing beyond `limit`.
bool read_part(Reader& reader, std::int64_t limit) {
    reader.sign("-+");
    return reader.number(1, 8, limit).has_value();
}

}  // namespace

bool is_date_literal(std::string_view text) {
    Reader reader{text};
    return is_whole(reader.date("-"), reader);
}

bool is_time_literal(std::string_view text) {
    Reader reader{text};
    return is_whole(reader.time(true), reader);
}

bool is_datetime_literal(std::string_view text) {
    Reader reader{text};
    if (!reader.date("-")) return false;
    if (reader.done()) return true;
    return reader.sign(" Tt") && is_whole(reader.time(true), reader);
}

bool is_timestamp_literal(std::string_view text) {
    using namespace std::chrono;
    constexpr std::int64_t day_seconds = 86'400;
    constexpr auto first = sys_days{year{1} / 1 / 1}.time_since_epoch().count() * day_seconds;
    constexpr auto end = sys_days{year{10'000} / 1 / 1}.time_since_epoch().count() * day_seconds;
    Reader reader{text};
    const auto days = reader.date("-/");
    if (!days) return false;
    std::optional<std::int64_t> seconds = 0;
    const auto rest = reader.rest();
    if (reader.at(" Tt") && rest.size() > 1 && is_digit(rest[1])) {
        reader.sign(" Tt");
        seconds = reader.time(false);
    }
    if (!seconds) return false;
    const auto offset = read_zone(reader);
    if (!offset) return false;
    const auto moment = *days * day_seconds + *seconds - *offset;
    return moment >= first && moment < end;
}

bool is_interval_literal(std::string_view text) {
    constexpr std::int64_t most_years = 10'000;
    constexpr std::int64_t most_days = 3'660'000;
    constexpr std::int64_t most_hours = 87'840'000;
    Reader reader{text};
    reader.sign("-+");
    const auto years = reader.number(1, 5, most_years);
    if (!years || !reader.sign("-")) return false;
    if (!reader.number(1, 2, *years == most_years ? 0 : 11) || !reader.sign(" ")) return false;
    if (!read_part(reader, most_days) || !reader.sign(" ")) return false;
    reader.sign("-+");
    const auto hours = reader.number(1, 8, most_hours);
    if (!hours || !reader.sign(":")) return false;
    const std::int64_t limit = *hours == most_hours ? 0 : 59;
    if (!reader.number(1, 2, limit) || !reader.sign(":")) return false;
    if (!reader.number(1, 2, limit)) return false;
    if (!reader.sign(".")) return reader.done();
    return is_whole(reader.number(1, most_fraction_digits, limit == 0 ? 0 : 999'999), reader);
}

}  // namespace sheetbq::table
