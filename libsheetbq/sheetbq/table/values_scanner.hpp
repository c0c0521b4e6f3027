#pragma once

#include "sheetbq/core/bytes.hpp"
#include "sheetbq/core/error.hpp"
#include "sheetbq/table/byte_scan.hpp"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace sheetbq::table {

/// Reads an answer of `values.get` as it arrives, without building it: no allocation a cell, memory
/// bounded by the longest cell.
///
/// `Handler` takes what is found, in order:
///
///     void text(int column, std::string_view token, bool escaped);   // token stands between its
///     quotes void number(int column, std::string_view token, bool real);    // real: has a point
///     or exponent void boolean(int column, bool value); void end_row(); // also for `[]`
///
/// `null` and `""` are blank cells: nothing is called. 32 bytes before and after a token may be
/// read. Use: write into `space()`, then `commit(n)`; `finish()` at the end.
template <class Handler>
class ValuesScanner {
public:
    explicit ValuesScanner(Handler& handler) : handler_{handler} {}

    /// Where to put the next bytes. Valid until the next call; at least 16 KiB.
    struct Space {
        char* data;
        std::size_t size;
    };
    Space space();

    /// Scans the `size` bytes just put into `space()`.
    /// @throws Error unavailable when they are not such an answer.
    void commit(std::size_t size);

    /// @throws Error unavailable when the answer ended in the middle.
    void finish() const;

    /// `range` as the answer gave it; empty until seen.
    const std::string& range() const { return range_; }

private:
    enum class State {
        begin,
        first_key,
        key,
        colon,
        value,
        skipped,
        after_value,
        first_row,
        next_row,
        row_start,
        first_cell,
        cell,
        after_cell,
        end,
    };
    static constexpr std::size_t block = 64_KiB;
    static constexpr std::size_t largest_token = 64_MiB;

    [[noreturn]] static void refuse(const char* what);
    static bool is_space(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

    const char* scan(const char* p, const char* end);
    const char* scan_cells(const char* p, const char* end);
    const char* scan_cell(const char* p, const char* end);
    const char* end_cell(const char* p);
    const char* scan_row(const char* p);
    const char* scan_word(const char* p, const char* end);
    const char* scan_envelope(const char* p, const char* end);
    const char* scan_key(const char* p, const char* end);
    const char* begin_value(const char* p, const char* end);
    const char* skip_value(const char* p, const char* end);
    const char* skip_word(const char* p, const char* end);
    void close_bracket(State after);

    Handler& handler_;
    std::vector<char> buffer_ = std::vector<char>(padding + block + padding);
    std::size_t used_ = 0;  ///< bytes of an unfinished token at the buffer's front
    State state_ = State::begin;
    int column_ = 0;
    int depth_ = 0;  ///< of a value being skipped
    std::string key_;
    std::string range_;
};

template <class Handler>
typename ValuesScanner<Handler>::Space ValuesScanner<Handler>::space() {
    const std::size_t capacity = buffer_.size() - 2 * padding;
    if (capacity - used_ < 16_KiB) {
        if (capacity > largest_token) refuse("a single cell of more than 64 MiB");
        buffer_.resize(buffer_.size() + capacity);
    }
    return {buffer_.data() + padding + used_, buffer_.size() - 2 * padding - used_};
}

template <class Handler>
void ValuesScanner<Handler>::commit(std::size_t size) {
    const char* begin = buffer_.data() + padding;
    const char* end = begin + used_ + size;
    const char* rest = scan(begin, end);
    used_ = static_cast<std::size_t>(end - rest);
    if (rest != begin) std::memmove(buffer_.data() + padding, rest, used_);
}

template <class Handler>
void ValuesScanner<Handler>::finish() const {
    if (state_ != State::end || used_ != 0) refuse("it ended in the middle");
}

template <class Handler>
void ValuesScanner<Handler>::refuse(const char* what) {
    throw Error{Code::unavailable, "Google Sheets sent an answer that cannot be read"}
        .because(what)
        .fix("Run again; if it stays so, report it with the spreadsheet's address.");
}

template <class Handler>
const char* ValuesScanner<Handler>::scan(const char* p, const char* end) {
    while (p < end) {
        if (is_space(*p)) {
            p = skip_space(p, end);
            continue;
        }
        const char* next = state_ >= State::first_row && state_ <= State::after_cell
                               ? scan_cells(p, end)
                               : scan_envelope(p, end);
        if (next == p) return p;  // an unfinished token: wait for more
        p = next;
    }
    return p;
}

template <class Handler>
const char* ValuesScanner<Handler>::scan_cells(const char* p, const char* end) {
    switch (state_) {
        case State::first_cell:
            if (*p != ']') return scan_cell(p, end);
            close_bracket(State::next_row);
            return p + 1;
        case State::cell:
            return scan_cell(p, end);
        case State::after_cell:
            return end_cell(p);
        default:
            return scan_row(p);
    }
}

/// A comma or the end of a row.
template <class Handler>
const char* ValuesScanner<Handler>::end_cell(const char* p) {
    if (*p == ',') {
        ++column_;
        state_ = State::cell;
    } else if (*p == ']') {
        close_bracket(State::next_row);
    } else {
        refuse("a comma is missing between two cells");
    }
    return p + 1;
}

/// What stands between rows.
template <class Handler>
const char* ValuesScanner<Handler>::scan_row(const char* p) {
    if (*p == '[' && state_ != State::next_row) {
        column_ = 0;
        state_ = State::first_cell;
    } else if (*p == ',' && state_ == State::next_row) {
        state_ = State::row_start;
    } else if (*p == ']' && state_ != State::row_start) {
        state_ = State::after_value;
    } else {
        refuse("`values` is not a list of rows");
    }
    return p + 1;
}

template <class Handler>
void ValuesScanner<Handler>::close_bracket(State after) {
    handler_.end_row();
    state_ = after;
}

template <class Handler>
const char* ValuesScanner<Handler>::scan_cell(const char* p, const char* end) {
    if (*p == '"') {
        const StringToken token = find_string_end(p + 1, end);
        if (token.end == nullptr) return p;
        if (token.end != p + 1)
            handler_.text(column_, {p + 1, static_cast<std::size_t>(token.end - p - 1)},
                          token.escaped);
        state_ = State::after_cell;
        return token.end + 1;
    }
    if (*p != '-' && (*p < '0' || *p > '9')) return scan_word(p, end);
    const NumberToken token = find_number_end(p, end);
    if (token.end == nullptr) return p;
    if (!token.valid) refuse("a number is malformed");
    handler_.number(column_, {p, static_cast<std::size_t>(token.end - p)}, token.real);
    state_ = State::after_cell;
    return token.end;
}

template <class Handler>
const char* ValuesScanner<Handler>::scan_word(const char* p, const char* end) {
    const auto left = static_cast<std::size_t>(end - p);
    for (const std::string_view word : {"true", "false", "null"}) {
        const std::size_t size = std::min(left, word.size());
        if (std::string_view{p, size} != word.substr(0, size)) continue;
        if (size < word.size()) return p;
        if (word != "null") handler_.boolean(column_, word == "true");
        state_ = State::after_cell;
        return p + size;
    }
    refuse("a cell is neither text, number nor truth value");
}

template <class Handler>
const char* ValuesScanner<Handler>::scan_envelope(const char* p, const char* end) {
    switch (state_) {
        case State::begin:
            if (*p != '{') refuse("it is not a JSON object");
            state_ = State::first_key;
            return p + 1;
        case State::first_key:
            if (*p == '}') {
                state_ = State::end;
                return p + 1;
            }
            return scan_key(p, end);
        case State::key:
            return scan_key(p, end);
        case State::colon:
            if (*p != ':') refuse("a colon is missing");
            state_ = State::value;
            return p + 1;
        case State::value:
            return begin_value(p, end);
        case State::skipped:
            return skip_value(p, end);
        case State::after_value:
            if (*p != ',' && *p != '}') refuse("a comma is missing");
            state_ = *p == ',' ? State::key : State::end;
            return p + 1;
        default:
            refuse("something follows its end");
    }
}

template <class Handler>
const char* ValuesScanner<Handler>::scan_key(const char* p, const char* end) {
    if (*p != '"') refuse("a key is missing");
    const StringToken token = find_string_end(p + 1, end);
    if (token.end == nullptr) return p;
    key_.assign(p + 1, token.end);
    state_ = State::colon;
    return token.end + 1;
}

template <class Handler>
const char* ValuesScanner<Handler>::begin_value(const char* p, const char* end) {
    if (key_ == "values") {
        if (*p != '[') refuse("`values` is not a list");
        state_ = State::first_row;
        return p + 1;
    }
    if (key_ == "range" && *p == '"') {
        const StringToken token = find_string_end(p + 1, end);
        if (token.end == nullptr) return p;
        range_.clear();
        if (!unescape_json({p + 1, static_cast<std::size_t>(token.end - p - 1)}, range_))
            refuse("`range` is malformed");
        state_ = State::after_value;
        return token.end + 1;
    }
    depth_ = 0;
    state_ = State::skipped;
    return skip_value(p, end);
}

/// Passes over one value of a key we do not know, a token at a time.
template <class Handler>
const char* ValuesScanner<Handler>::skip_value(const char* p, const char* end) {
    switch (*p) {
        case '"': {
            const StringToken token = find_string_end(p + 1, end);
            if (token.end == nullptr) return p;
            p = token.end;
            break;
        }
        case '[':
        case '{':
            ++depth_;
            break;
        case ']':
        case '}':
            --depth_;
            break;
        default:
            if (depth_ == 0) return skip_word(p, end);
    }
    if (depth_ < 0) refuse("its brackets do not match");
    if (depth_ == 0) state_ = State::after_value;
    return p + 1;
}

/// Passes over a number or word that is a whole value.
template <class Handler>
const char* ValuesScanner<Handler>::skip_word(const char* p, const char* end) {
    const char* stop = p;
    while (stop < end && *stop != ',' && *stop != '}' && !is_space(*stop)) ++stop;
    if (stop == p) refuse("a value is missing");
    if (stop == end) return p;
    state_ = State::after_value;
    return stop;
}

}  // namespace sheetbq::table
