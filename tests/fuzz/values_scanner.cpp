// The scanner of values.get against Boost.JSON on the same bytes.
#include "sheetbq/table/values_scanner.hpp"

#include "fuzz/invariant.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <cstring>
#include <optional>
#include <string>
#include <vector>

using namespace sheetbq::table;
using sheetbq::fuzz::require;
namespace json = boost::json;

namespace {

struct Cell {
    char kind;  ///< `t`ext, `b`oolean, `#` number, `e`nd of a row
    int column;
    std::string value;

    friend bool operator==(const Cell&, const Cell&) = default;
};

/// Takes what the scanner finds, number tokens as they stand.
struct Recorder {
    void text(int column, std::string_view token, bool escaped) {
        require(escaped == (token.find('\\') != std::string_view::npos), "escapes are told");
        std::string value;
        if (!escaped)
            value = token;
        else if (!unescape_json(token, value))
            bad_escape = true;
        cells.push_back({'t', column, std::move(value)});
    }
    void number(int column, std::string_view token, bool real) {
        require(real == (token.find_first_of(".eE") != std::string_view::npos),
                "real is a point or an exponent");
        cells.push_back({'#', column, std::string{token}});
    }
    void boolean(int column, bool value) {
        cells.push_back({'b', column, value ? "true" : "false"});
    }
    void end_row() { cells.push_back({'e', 0, {}}); }

    std::vector<Cell> cells;
    bool bad_escape = false;
};

struct Scanned {
    std::vector<Cell> cells;
    std::string range;
};

/// Feeds pieces whose sizes follow from `seed`. @returns nothing when the answer is refused.
std::optional<Scanned> scan(std::string_view bytes, std::uint32_t seed) {
    Recorder recorder;
    try {
        ValuesScanner scanner{recorder};
        while (!bytes.empty()) {
            const auto space = scanner.space();
            seed = seed * 1664525U + 1013904223U;
            const std::size_t wanted = 1 + (seed >> 16U) % 40;
            const std::size_t size = std::min({space.size, bytes.size(), wanted});
            std::memcpy(space.data, bytes.data(), size);
            scanner.commit(size);
            bytes.remove_prefix(size);
        }
        scanner.finish();
        if (recorder.bad_escape) return std::nullopt;  // the encoder refuses it
        return Scanned{std::move(recorder.cells), scanner.range()};
    } catch (const sheetbq::Error& error) {
        require(error.code() == sheetbq::Code::unavailable, "a broken answer is worth another try");
        return std::nullopt;
    }
}

/// Boost.JSON's idea of `values`; nothing when it is no list of lists of scalars.
std::optional<std::vector<Cell>> reference(const json::value& values) {
    std::vector<Cell> cells;
    if (!values.is_array()) return std::nullopt;
    for (const auto& row : values.get_array()) {
        if (!row.is_array()) return std::nullopt;
        int column = 0;
        for (const auto& cell : row.get_array()) {
            if (cell.is_object() || cell.is_array()) return std::nullopt;
            if (cell.is_string() && !cell.get_string().empty())
                cells.push_back({'t', column, std::string{cell.get_string()}});
            if (cell.is_bool()) cells.push_back({'b', column, json::serialize(cell)});
            if (cell.is_number()) cells.push_back({'#', column, json::serialize(cell)});
            ++column;
        }
        cells.push_back({'e', 0, {}});
    }
    return cells;
}

/// A key that comes twice, or written with escapes, is read otherwise by Boost.JSON; Google sends
/// neither.
bool has_odd_keys(std::string_view bytes) {
    const auto first = bytes.find("\"values\"");
    const auto first_range = bytes.find("\"range\"");
    const auto again = [&](std::string_view key, std::size_t at) {
        return at != std::string_view::npos && bytes.find(key, at + 1) != std::string_view::npos;
    };
    return bytes.find("\\u00") != std::string_view::npos || again("\"values\"", first) ||
           again("\"range\"", first_range);
}

void compare(std::string_view bytes, std::optional<Scanned> ours) {
    json::error_code problem;
    const auto document = json::parse({bytes.data(), bytes.size()}, problem);
    if (problem || !document.is_object() || has_odd_keys(bytes)) return;
    const auto& object = document.get_object();
    const auto* values = object.if_contains("values");
    const auto theirs = values == nullptr ? std::vector<Cell>{} : reference(*values);
    if (!theirs) {
        require(!ours, "what is no list of lists of scalars is refused");
        return;
    }
    require(ours.has_value(), "what Boost.JSON accepts in our shape is accepted");
    for (auto& cell : ours->cells)
        if (cell.kind == '#') cell.value = json::serialize(json::parse(cell.value));
    require(ours->cells == *theirs, "the same cells");
    if (const auto* range = object.if_contains("range"); range != nullptr && range->is_string())
        require(ours->range == std::string_view{range->get_string()}, "the same range");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto bytes = sheetbq::fuzz::text_of(data, size);
    const auto first = scan(bytes, 1);
    for (const std::uint32_t seed : {2U, 77U, 4711U}) {
        const auto again = scan(bytes, seed);
        require(first.has_value() == again.has_value(), "pieces do not decide what is accepted");
        if (!first) continue;
        require(first->cells == again->cells, "pieces do not change the cells");
        require(first->range == again->range, "pieces do not change the range");
    }
    compare(bytes, first);
    return 0;
}
