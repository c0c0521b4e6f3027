#include "sheetbq/table/csv_encoder.hpp"

#include "sheetbq/core/bytes.hpp"
#include "sheetbq/core/error.hpp"
#include "sheetbq/core/log.hpp"
#include "sheetbq/table/byte_scan.hpp"
#include "sheetbq/table/decimal.hpp"
#include "sheetbq/table/literal.hpp"
#include "sheetbq/table/serial_date.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

namespace sheetbq::table {
namespace {

constexpr std::size_t clipped_value = 80;
constexpr std::string_view loading_word = "Loading...";
constexpr std::string_view midnight = " 00:00:00";

/// Copies `text`, in whole 16-byte steps when it is short. Reads up to 32 bytes past small texts.
void copy_text(char* out, std::string_view text) {
    if (text.size() <= padding)
        std::memcpy(out, text.data(), padding);
    else
        std::memcpy(out, text.data(), text.size());
}

/// Whether a token of digits is within INT64.
bool is_int64(std::string_view token) {
    if (token.size() <= 18) return true;
    std::int64_t value = 0;
    return std::from_chars(token.data(), token.data() + token.size(), value).ec == std::errc{};
}

/// 2^53 and beyond: a double can no longer tell neighbours apart.
bool is_inexact(std::string_view token) {
    if (token.size() < 16) return false;
    constexpr std::int64_t exact = std::int64_t{1} << 53U;
    std::int64_t value = 0;
    const auto problem = std::from_chars(token.data(), token.data() + token.size(), value).ec;
    return problem != std::errc{} || value >= exact || value <= -exact;
}

bool is_number(Kind kind) { return kind == Kind::integer || kind == Kind::real; }

/// Digits before the point and after it that a NUMERIC column takes.
std::pair<int, int> decimal_room(const Column& column) {
    const bool big = column.type == Type::bignumeric;
    const int scale = static_cast<int>(column.scale.value_or(column.precision ? 0 : big ? 38 : 9));
    const int whole = column.precision ? static_cast<int>(*column.precision) - scale
                      : big            ? 38
                                       : 29;
    return {whole, scale};
}

}  // namespace

bool is_error_word(std::string_view text) {
    if (text.empty() || (text.front() != '#' && text.front() != 'L')) return false;
    static constexpr std::array<std::string_view, 9> words{"#N/A",    "#REF!",   "#DIV/0!",
                                                           "#VALUE!", "#NAME?",  "#NUM!",
                                                           "#NULL!",  "#ERROR!", loading_word};
    return std::find(words.begin(), words.end(), text) != words.end();
}

void ColumnStats::add(const ColumnStats& other) {
    for (std::size_t kind = 0; kind < kind_count; ++kind) {
        if (other.counts[kind] != 0 &&
            (counts[kind] == 0 || other.first_row[kind] < first_row[kind]))
            first_row[kind] = other.first_row[kind];
        counts[kind] += other.counts[kind];
    }
    misfits += other.misfits;
    if (other.inexact != 0 && (inexact == 0 || other.first_inexact_row < first_inexact_row))
        first_inexact_row = other.first_inexact_row;
    inexact += other.inexact;
    if (other.first_blank_row >= 0 &&
        (first_blank_row < 0 || other.first_blank_row < first_blank_row))
        first_blank_row = other.first_blank_row;
}

void EncodingStats::add(const EncodingStats& other) {
    columns.resize(std::max(columns.size(), other.columns.size()));
    for (std::size_t i = 0; i < other.columns.size(); ++i) columns[i].add(other.columns[i]);
    misfits.insert(misfits.end(), other.misfits.begin(), other.misfits.end());
    std::stable_sort(misfits.begin(), misfits.end(),
                     [](const Misfit& a, const Misfit& b) { return a.row < b.row; });
    if (misfits.size() > kept_misfits) misfits.resize(kept_misfits);
    if (other.loading != 0 && (loading == 0 || other.loading_row < loading_row)) {
        loading_row = other.loading_row;
        loading_column = other.loading_column;
    }
    rows += other.rows;
    blank_rows += other.blank_rows;
    cells += other.cells;
    loading += other.loading;
    met_null_marker = met_null_marker || other.met_null_marker;
}

CsvEncoder::CsvEncoder(const EncodingPlan& plan, int first_row, int skip_rows)
    : plan_{plan}, required_columns_(static_cast<std::size_t>(plan.width), -1), out_(64_KiB) {
    for (std::size_t i = 0; i < plan.columns.size(); ++i)
        if (plan.columns[i].output >= 0 && plan.columns[i].target.required) {
            required_columns_[static_cast<std::size_t>(plan.columns[i].output)] =
                static_cast<int>(i);
            any_required_ = true;
        }
    restart(first_row, skip_rows);
}

void CsvEncoder::restart(int first_row, int skip_rows) {
    size_ = 0;
    stats_ = {};
    stats_.columns.resize(plan_.columns.size());
    unexpected_.clear();
    checkpoint_at(first_row, skip_rows);
}

void CsvEncoder::checkpoint_at(int row, int skip_rows) {
    checkpoint_ = {size_, row, skip_rows, stats_};
    row_ = row;
    skip_rows_ = skip_rows;
    open_row();
}

void CsvEncoder::roll_back() {
    size_ = checkpoint_.size;
    row_ = checkpoint_.row;
    skip_rows_ = checkpoint_.skip_rows;
    stats_ = checkpoint_.stats;
    open_row();
}

void CsvEncoder::open_row() {
    row_start_ = size_;
    filled_ = 0;
    left_out_ = false;
    marks_ = plan_.formats == nullptr ? nullptr : plan_.formats->row(row_);
}

inline void CsvEncoder::reserve(std::size_t bytes) {
    if (out_.size() - size_ < bytes) grow(bytes);
}

void CsvEncoder::grow(std::size_t bytes) { out_.resize(std::max(out_.size() * 2, size_ + bytes)); }

void CsvEncoder::fill_blanks(int until) {
    const std::size_t each = plan_.null_marker.size() + 1;
    reserve(each * static_cast<std::size_t>(until - filled_) + padding);
    for (; filled_ < until; ++filled_) {
        if (any_required_) meet_blank(required_columns_[static_cast<std::size_t>(filled_)]);
        std::memcpy(out_.data() + size_, plan_.null_marker.data(), plan_.null_marker.size());
        out_[size_ + each - 1] = ',';
        size_ += each;
    }
}

/// Remembers where a column that may be REQUIRED was blank first; -1 is no column.
void CsvEncoder::meet_blank(int column) {
    if (column < 0) return;
    int& first = stats_.columns[static_cast<std::size_t>(column)].first_blank_row;
    if (first < 0) first = row_;
}

void CsvEncoder::meet_unexpected(int column) {
    if (std::find(unexpected_.begin(), unexpected_.end(), column) == unexpected_.end())
        unexpected_.push_back(column);
}

/// Makes room for the cell and fills the blanks before it.
/// @returns null when the cell is not loaded.
inline const ColumnPlan* CsvEncoder::begin_cell(int column, std::size_t size) {
    if (skip_rows_ > 0) return nullptr;
    if (static_cast<std::size_t>(column) >= plan_.columns.size()) {
        meet_unexpected(column);
        return nullptr;
    }
    const ColumnPlan& plan = *(plan_.columns.data() + column);
    if (plan.output < 0) {
        left_out_ = true;
        if (plan.output == ColumnPlan::unexpected) meet_unexpected(column);
        return nullptr;
    }
    if (filled_ != plan.output) fill_blanks(plan.output);
    reserve(size + longest_date_text + plan_.null_marker.size() + 2 * padding);
    return &plan;
}

/// Its column is one of the plan's, and its room was made: begin_cell saw to both, so that the
/// hottest function here does without the checks of hardened builds.
inline void CsvEncoder::end_cell(const ColumnPlan& plan, int column, Kind kind, std::size_t size) {
    ColumnStats& stats = *(stats_.columns.data() + column);
    const auto at = static_cast<std::size_t>(kind);
    if (stats.counts[at]++ == 0) stats.first_row[at] = row_;
    ++stats_.cells;
    size_ += size;
    *(out_.data() + size_++) = ',';
    filled_ = plan.output + 1;
}

/// Writes the cell as its column wants it, where that is possible. @returns whether it was.
bool CsvEncoder::adapt(const ColumnPlan& plan, Kind kind, std::string_view value,
                       std::size_t& size) {
    const Column& target = plan.target;
    if (is_number(kind) && (target.type == Type::numeric || target.type == Type::bignumeric)) {
        const auto [whole, scale] = decimal_room(target);
        const auto decimal = to_decimal(value, whole, scale);
        if (decimal) size = write(*decimal);
        return decimal.has_value();
    }
    if (kind == Kind::boolean && target.type == Type::json && plan.literals) {
        size = write(value == "TRUE" ? "true" : "false");
        return true;
    }
    if (!plan.literals && target.type != Type::string) return false;
    if (!is_literal(target, value)) return false;
    if (kind == Kind::text && plan.full_dates) size = write_moment(value);
    return true;
}

/// Writes a date and time that a person typed as text in the one form that BigQuery documents: a
/// space between date and time, and a time also where there is only a date.
std::size_t CsvEncoder::write_moment(std::string_view value) {
    constexpr std::string_view digits = "0123456789";
    std::size_t date_end = value.find_first_not_of(digits);    // of the year
    date_end = value.find_first_not_of(digits, date_end + 1);  // of the month
    date_end = std::min(value.find_first_not_of(digits, date_end + 1), value.size());
    std::string text{value.substr(0, date_end)};
    std::string_view rest = value.substr(date_end);
    const bool timed = rest.size() > 1 && (rest[0] == ' ' || rest[0] == 'T' || rest[0] == 't') &&
                       digits.find(rest[1]) != std::string_view::npos;
    if (timed) rest.remove_prefix(1);
    text += timed ? std::string_view{" "} : midnight;
    text += rest;
    return write(text);
}

/// Decides about a cell whose kind its column does not take as it is.
void CsvEncoder::settle(const ColumnPlan& plan, int column, Kind kind, std::string_view value,
                        std::size_t& size) {
    if (adapt(plan, kind, value, size)) return;
    ++stats_.columns[static_cast<std::size_t>(column)].misfits;
    if (stats_.misfits.size() < EncodingStats::kept_misfits)
        stats_.misfits.push_back(
            {row_, column, kind, std::string{clip_utf8(value, clipped_value)}});
    if (plan.null_misfits) size = write(plan_.null_marker);
}

/// Puts `text` where the cell is to stand. @returns its size.
std::size_t CsvEncoder::write(std::string_view text) {
    reserve(text.size() + 2 * padding);
    std::memcpy(out_.data() + size_, text.data(), text.size());
    return text.size();
}

void CsvEncoder::error_cell(const ColumnPlan& plan, int column, bool loading) {
    if (loading && stats_.loading++ == 0) {
        stats_.loading_row = row_;
        stats_.loading_column = column;
    }
    if (any_required_) meet_blank(column);
    end_cell(plan, column, Kind::error, write(plan_.null_marker));
}

/// What the token means; in `scratch_` where it has escapes.
std::string_view CsvEncoder::unescaped(std::string_view token) {
    scratch_.clear();
    if (!unescape_json(token, scratch_))
        throw Error{Code::unavailable, "Google Sheets sent a text with a malformed escape"}
            .because(std::string{clip_utf8(token, clipped_value)})
            .fix("Run again.");
    scratch_.reserve(scratch_.size() + padding);
    if (scratch_ == plan_.null_marker) stats_.met_null_marker = true;
    return scratch_;
}

/// The cell's mark; 0 when it was not scanned.
CellFormats::Mark CsvEncoder::mark_of(int column) const {
    return marks_ == nullptr ? CellFormats::Mark{0} : marks_[column];
}

/// Writes `value` between quotes, its own quotes doubled. @returns bytes written.
std::size_t CsvEncoder::write_quoted(std::string_view value, bool may_have_quotes) {
    char* const begin = out_.data() + size_;
    char* out = begin;
    *out++ = '"';
    if (!may_have_quotes) {
        copy_text(out, value);
        out += value.size();
    } else {
        for (const char c : value) {
            *out++ = c;
            if (c == '"') *out++ = c;
        }
    }
    *out++ = '"';
    return static_cast<std::size_t>(out - begin);
}

void CsvEncoder::text(int column, std::string_view token, bool escaped) {
    const ColumnPlan* plan = begin_cell(column, 2 * token.size() + 2);
    if (plan == nullptr) return;
    const std::string_view value = escaped ? unescaped(token) : token;
    const auto mark = mark_of(column);
    const bool loading = value == loading_word || (mark & CellFormats::loading) != 0;
    const bool error = (mark & CellFormats::scanned) != 0 ? (mark & CellFormats::error) != 0
                                                          : is_error_word(value);
    if (error || loading) return error_cell(*plan, column, loading);
    std::size_t size = write_quoted(value, escaped);
    if ((plan->accepts & set_of(Kind::text)) == 0) settle(*plan, column, Kind::text, value, size);
    end_cell(*plan, column, Kind::text, size);
}

/// Writes a number that stands for a date or time; size 0 when it is an ordinary number after all.
DateText CsvEncoder::write_date(const ColumnPlan& plan, std::string_view token, NumberKind kind) {
    char* const out = out_.data() + size_;
    DateText date = write_serial(token, kind, out);
    if (date.kind == Kind::date && plan.full_dates) {
        std::memcpy(out + date.size, midnight.data(), midnight.size());
        date.size += midnight.size();
    }
    return date;
}

/// Copies a number as it stands. @returns its kind.
Kind CsvEncoder::write_number(int column, std::string_view token, bool real) {
    copy_text(out_.data() + size_, token);
    if (real) return Kind::real;
    if (is_inexact(token)) {
        ColumnStats& stats = stats_.columns[static_cast<std::size_t>(column)];
        if (stats.inexact++ == 0) stats.first_inexact_row = row_;
    }
    return is_int64(token) ? Kind::integer : Kind::real;
}

void CsvEncoder::number(int column, std::string_view token, bool real) {
    const ColumnPlan* plan = begin_cell(column, token.size());
    if (plan == nullptr) return;
    const auto mark = mark_of(column);
    const NumberKind stands_for =
        (mark & CellFormats::scanned) != 0 ? CellFormats::kind_of(mark) : plan->habit;
    DateText cell;
    if (stands_for != NumberKind::number) cell = write_date(*plan, token, stands_for);
    if (cell.size == 0) cell = {write_number(column, token, real), token.size()};
    if ((plan->accepts & set_of(cell.kind)) == 0) {
        scratch_.assign(out_.data() + size_, cell.size);
        settle(*plan, column, cell.kind, scratch_, cell.size);
    }
    end_cell(*plan, column, cell.kind, cell.size);
}

void CsvEncoder::boolean(int column, bool value) {
    const ColumnPlan* plan = begin_cell(column, 5);
    if (plan == nullptr) return;
    const std::string_view word = value ? "TRUE" : "FALSE";
    std::size_t size = word.size();
    std::memcpy(out_.data() + size_, word.data(), size);
    if ((plan->accepts & set_of(Kind::boolean)) == 0)
        settle(*plan, column, Kind::boolean, word, size);
    end_cell(*plan, column, Kind::boolean, size);
}

void CsvEncoder::end_row() {
    if (skip_rows_ > 0) {
        --skip_rows_;
    } else if (filled_ == 0 && !left_out_) {
        ++stats_.blank_rows;
    } else {
        if (filled_ != plan_.width) fill_blanks(plan_.width);
        out_[size_ - 1] = '\n';
        ++stats_.rows;
    }
    ++row_;
    open_row();
}

}  // namespace sheetbq::table
