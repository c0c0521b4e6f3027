#include "sheetbq/table/format_scan.hpp"

#include "sheetbq/core/bytes.hpp"
#include "sheetbq/core/error.hpp"

#include <boost/json/basic_parser_impl.hpp>
#include <fmt/format.h>

#include <array>
#include <cstdint>
#include <limits>
#include <vector>

namespace sheetbq::table {
namespace {

namespace json = boost::json;

/// Where in the answer the reader is. What the mask did not ask for is `elsewhere`.
enum class Place : std::uint8_t {
    outside,
    answer,
    sheets,
    sheet,
    blocks,
    block,
    rows,
    row,
    cells,
    cell,
    effective_value,
    error_value,
    effective_format,
    number_format,
    elsewhere,
};

enum class Shape : std::uint8_t { object, array };

struct Step {
    Place from;
    std::string_view key;  ///< "" for an element of an array
    Place to;
    Shape shape;
};

constexpr std::array<Step, 13> steps{{
    {Place::outside, "", Place::answer, Shape::object},
    {Place::answer, "sheets", Place::sheets, Shape::array},
    {Place::sheets, "", Place::sheet, Shape::object},
    {Place::sheet, "data", Place::blocks, Shape::array},
    {Place::blocks, "", Place::block, Shape::object},
    {Place::block, "rowData", Place::rows, Shape::array},
    {Place::rows, "", Place::row, Shape::object},
    {Place::row, "values", Place::cells, Shape::array},
    {Place::cells, "", Place::cell, Shape::object},
    {Place::cell, "effectiveValue", Place::effective_value, Shape::object},
    {Place::effective_value, "errorValue", Place::error_value, Shape::object},
    {Place::cell, "effectiveFormat", Place::effective_format, Shape::object},
    {Place::effective_format, "numberFormat", Place::number_format, Shape::object},
}};

/// No key that we know is longer.
constexpr std::size_t longest_key = 16;
/// Patterns are a few dozen characters; this only bounds the memory.
constexpr std::size_t longest_text = 64_KiB;

[[noreturn]] void refuse(std::string reason) {
    throw Error{Code::unavailable, "the answer with the cells' formats cannot be read"}
        .because(std::move(reason))
        .fix(
            "Run it again; if this happens every time, something between this machine and "
            "sheets.googleapis.com changes the answers.");
}

/// Follows the parser's events; holds one cell at a time.
class Reader {
public:
    static constexpr std::size_t max_object_size = std::numeric_limits<std::size_t>::max();
    static constexpr std::size_t max_array_size = max_object_size;
    static constexpr std::size_t max_key_size = max_object_size;
    static constexpr std::size_t max_string_size = max_object_size;

    explicit Reader(std::function<void(const ScannedCell&)> on_cell)
        : on_cell_{std::move(on_cell)} {}

    static bool on_document_begin(json::error_code&) { return true; }
    static bool on_document_end(json::error_code&) { return true; }
    bool on_object_begin(json::error_code&) { return enter(Shape::object); }
    bool on_object_end(std::size_t, json::error_code&) { return leave(); }
    bool on_array_begin(json::error_code&) { return enter(Shape::array); }
    bool on_array_end(std::size_t, json::error_code&) { return leave(); }

    bool on_key_part(json::string_view part, std::size_t, json::error_code&) {
        if (fresh_key_) key_.clear();
        fresh_key_ = false;
        if (key_.size() <= longest_key) key_.append(part.data(), part.size());
        return true;
    }
    bool on_key(json::string_view part, std::size_t size, json::error_code& error) {
        on_key_part(part, size, error);
        fresh_key_ = true;
        return true;
    }
    bool on_string_part(json::string_view part, std::size_t, json::error_code&) {
        auto* const text = text_here();
        if (text != nullptr && text->size() < longest_text) text->append(part.data(), part.size());
        return true;
    }
    bool on_string(json::string_view part, std::size_t size, json::error_code& error) {
        on_string_part(part, size, error);
        return text_here() != nullptr || scalar();
    }
    static bool on_number_part(json::string_view, json::error_code&) { return true; }
    bool on_int64(std::int64_t value, json::string_view, json::error_code&) {
        int* const start = start_here();
        return start != nullptr ? begin_at(*start, value) : scalar();
    }
    bool on_uint64(std::uint64_t, json::string_view, json::error_code&) { return scalar(); }
    bool on_double(double, json::string_view, json::error_code&) { return scalar(); }
    bool on_bool(bool, json::error_code&) { return scalar(); }
    bool on_null(json::error_code&) {
        // Cells and rows without anything may be null; elsewhere it is an absent value.
        if (place_ == Place::cells) report();
        if (place_ == Place::rows) ++row_;
        return place_ != Place::outside || scalar();
    }
    static bool on_comment_part(json::string_view, json::error_code&) { return true; }
    static bool on_comment(json::string_view, json::error_code&) { return true; }

private:
    const Step* step_here() const {
        for (const Step& step : steps)
            if (step.from == place_ && (step.key.empty() || step.key == key_)) return &step;
        return nullptr;
    }

    bool enter(Shape shape) {
        const Step* const step = step_here();
        if (step != nullptr && step->shape != shape) surprise();
        way_.push_back(place_);
        place_ = step != nullptr ? step->to : Place::elsewhere;
        if (place_ == Place::block) first_row_ = first_column_ = row_ = 0;
        if (place_ == Place::block) rows_met_ = false;
        if (place_ == Place::rows) rows_met_ = true;
        if (place_ == Place::row) column_ = 0;
        if (place_ == Place::cell) clear_cell();
        return true;
    }

    bool leave() {
        if (place_ == Place::cell) report();
        if (place_ == Place::row) ++row_;
        place_ = way_.back();
        way_.pop_back();
        return true;
    }

    /// A value where an object or an array of ours should be is no answer of the Sheets API.
    bool scalar() {
        if (step_here() != nullptr || start_here() != nullptr) surprise();
        return true;
    }

    int* start_here() {
        if (place_ == Place::block && key_ == "startRow") return &first_row_;
        if (place_ == Place::block && key_ == "startColumn") return &first_column_;
        return nullptr;
    }

    [[noreturn]] void surprise() const {
        refuse(key_.empty() ? std::string{"it is no JSON object"}
                            : fmt::format("\"{}\" has another form than documented", key_));
    }

    bool begin_at(int& place, std::int64_t value) const {
        if (value < 0 || value > std::numeric_limits<int>::max() / 2)
            refuse(fmt::format("\"{}\" is {}", key_, value));
        if (rows_met_ && value != 0)
            refuse(fmt::format("\"{}\" comes after the rows that it places", key_));
        place = static_cast<int>(value);
        return true;
    }

    std::string* text_here() {
        if (place_ == Place::number_format && key_ == "type") return &type_;
        if (place_ == Place::number_format && key_ == "pattern") return &pattern_;
        if (place_ == Place::error_value && key_ == "type") return &error_;
        return nullptr;
    }

    void clear_cell() {
        type_.clear();
        pattern_.clear();
        error_.clear();
    }

    void report() {
        on_cell_({first_row_ + row_, first_column_ + column_, type_, pattern_, error_});
        ++column_;
        clear_cell();
    }

    std::function<void(const ScannedCell&)> on_cell_;
    std::vector<Place> way_;
    Place place_ = Place::outside;
    std::string key_;
    bool fresh_key_ = true;
    int first_row_ = 0;
    int first_column_ = 0;
    bool rows_met_ = false;
    int row_ = 0;
    int column_ = 0;
    std::string type_;
    std::string pattern_;
    std::string error_;
};

bool is_space(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

}  // namespace

struct FormatScan::State {
    explicit State(std::function<void(const ScannedCell&)> on_cell)
        : parser{json::parse_options{}, std::move(on_cell)} {}

    void parse(bool more, std::string_view bytes) {
        json::error_code error;
        const auto used = parser.write_some(more, bytes.data(), bytes.size(), error);
        if (error == json::error::incomplete)
            refuse(fmt::format("it ends in the middle, after {} bytes", read));
        if (error) refuse(fmt::format("byte {}: {}", read + used, error.message()));
        for (const char c : bytes.substr(used))
            if (!is_space(c)) refuse("something follows its end");
        read += bytes.size();
    }

    json::basic_parser<Reader> parser;
    std::uint64_t read = 0;
};

FormatScan::FormatScan(std::function<void(const ScannedCell&)> on_cell)
    : state_{std::make_unique<State>(std::move(on_cell))} {}
FormatScan::~FormatScan() = default;
FormatScan::FormatScan(FormatScan&&) noexcept = default;

void FormatScan::write(std::string_view bytes) {
    if (!bytes.empty()) state_->parse(true, bytes);
}

void FormatScan::finish() {
    if (!state_->parser.done()) state_->parse(false, std::string_view{""});
}

}  // namespace sheetbq::table
