#pragma once

#include "sheetbq/core/clock.hpp"

#include <chrono>
#include <concepts>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sheetbq::control {

/// A value for a `$n` of a statement; PostgreSQL reads its text, so the statement casts it.
/// Texts lose what PostgreSQL cannot store: NUL and bytes that are not UTF-8 become U+FFFD.
class PgArgument {
public:
    PgArgument(std::nullopt_t /*null*/) {}
    PgArgument(std::string_view text);
    PgArgument(const std::string& text) : PgArgument{std::string_view{text}} {}
    PgArgument(const char* text) : PgArgument{std::string_view{text}} {}
    PgArgument(std::same_as<bool> auto flag) : text_{flag ? "true" : "false"} {}
    template <std::integral Number>
    requires(!std::same_as<Number, bool>) PgArgument(Number number)
        : text_{std::to_string(number)} {}
    PgArgument(double number);
    PgArgument(std::chrono::milliseconds duration) : PgArgument{duration.count()} {}
    /// Seconds since 1970, for `to_timestamp($n::float8)`.
    PgArgument(Clock::TimePoint time);
    /// Array literals, for `$n::int[]`, `$n::uuid[]`, `$n::text[]`.
    PgArgument(const std::vector<int>& numbers);
    PgArgument(std::span<const std::string> texts);
    PgArgument(const std::vector<std::string>& texts)
        : PgArgument{std::span<const std::string>{texts}} {}
    template <class Value>
    PgArgument(const std::optional<Value>& value)
        : PgArgument{value ? PgArgument{*value} : PgArgument{std::nullopt}} {}

    /// Nothing: NULL.
    const std::optional<std::string>& text() const { return text_; }

private:
    std::optional<std::string> text_;
};

/// `text` as PostgreSQL can store it.
std::string storable(std::string_view text);

/// Whether PostgreSQL would read it as a UUID in its usual form.
bool is_uuid(std::string_view text);

/// The smallest and the largest UUID that begin so; empty texts when none does.
std::pair<std::string, std::string> uuid_range(std::string_view prefix);

/// What a statement answered: rows of texts.
class PgAnswer {
public:
    /// The rows as the client library holds them.
    class Rows {
    public:
        Rows() = default;
        Rows(const Rows&) = delete;
        Rows& operator=(const Rows&) = delete;
        virtual ~Rows() = default;
        virtual int size() const = 0;
        /// Nothing: NULL.
        virtual std::optional<std::string_view> cell(int row, int column) const = 0;
    };
    explicit PgAnswer(std::shared_ptr<const Rows> rows) : rows_{std::move(rows)} {}

    int size() const { return rows_->size(); }
    bool empty() const { return size() == 0; }
    std::optional<std::string_view> cell(int row, int column) const {
        return rows_->cell(row, column);
    }

private:
    std::shared_ptr<const Rows> rows_;
};

/// Reads the columns of a row from left to right. `answer` outlives it.
class PgRow {
public:
    explicit PgRow(const PgAnswer& answer, int row = 0) : answer_{answer}, row_{row} {}

    std::string text();  ///< NULL is empty
    std::optional<std::string> optional_text();
    int integer();  ///< NULL is 0
    std::optional<int> optional_integer();
    std::int64_t big();
    double real();
    bool flag();  ///< NULL is false
    /// Of a column that is `date_part('epoch', ...)`, exact to the microsecond. NULL is 1970; what
    /// lies outside the clock's range, infinity too, is its end.
    Clock::TimePoint time();
    std::optional<Clock::TimePoint> optional_time();

private:
    std::optional<std::string_view> next() { return answer_.cell(row_, column_++); }

    const PgAnswer& answer_;
    int row_;
    int column_ = 0;
};

/// Maps every row.
template <class Read>
auto read_all(const PgAnswer& answer, Read read) {
    using Value = decltype(read(std::declval<PgRow&>()));
    std::vector<Value> values;
    values.reserve(static_cast<std::size_t>(answer.size()));
    for (int i = 0; i < answer.size(); ++i) {
        PgRow row{answer, i};
        values.push_back(read(row));
    }
    return values;
}

}  // namespace sheetbq::control
