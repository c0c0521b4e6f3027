#include "sheetbq/table/a1.hpp"

#include "fuzz/invariant.hpp"

using namespace sheetbq::table;
using sheetbq::fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto text = sheetbq::fuzz::text_of(data, size);
    if (const auto read = parse_a1(text)) {
        const auto& range = read->range;
        require(range.first_row >= 0 && range.first_row < 10'000'000, "rows lie in the grid");
        require(range.first_column >= 0 && range.first_column < 18'278, "columns lie in the grid");
        const bool rows_open = range.last_row == GridRange::unbounded;
        const bool columns_open = range.last_column == GridRange::unbounded;
        require(rows_open || range.last_row >= range.first_row, "rows are in order");
        require(columns_open || range.last_column >= range.first_column, "columns are in order");
        if (!rows_open && !columns_open) {
            const auto again = parse_a1(to_a1(read->title.value_or("T"), range));
            require(again && again->range == range, "a written range reads back");
            require(again->title == read->title.value_or("T"), "a written title reads back");
        }
    }
    if (!text.empty()) {
        const auto whole = parse_a1(quote_title(text));
        require(whole && whole->title == text, "every quoted title is a whole tab");
    }
    return 0;
}
