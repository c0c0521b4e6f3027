#include "synthetic.hpp"

#include <fmt/format.h>

#include <array>

namespace sheetbq::sandbox {

namespace {

constexpr int kinds = 10;

/// A good mixture of bits for (row, column), so that any window can be made alone.
std::uint64_t mix(std::uint64_t row, std::uint64_t column) {
    std::uint64_t x = row * 0x9E3779B97F4A7C15U + column * 0xD1B54A32D192ED03U + 1;
    x ^= x >> 30U;
    x *= 0xBF58476D1CE4E5B9U;
    x ^= x >> 27U;
    x *= 0x94D049BB133111EBU;
    return x ^ (x >> 31U);
}

constexpr std::array<std::string_view, 8> names{"Ada Lovelace",    "Grace Hopper",   "Alan Turing",
                                                "Edsger Dijkstra", "Barbara Liskov", "Donald Knuth",
                                                "Frances Allen",   "John Backus"};
constexpr std::array<std::string_view, 8> unicode{"東京都", "Москва", "القاهرة", "São Paulo",
                                                  "Zürich", "서울",   "Αθήνα",   "København"};
constexpr std::array<std::string_view, 4> notes{R"(said "yes")", "two\nlines", "tea & cake <3",
                                                "party 🎉"};
constexpr std::array<std::string_view, kinds> titles{
    "id", "quantity", "amount", "score", "name", "city", "note", "day", "moment", "paid"};

/// Formats of the tab: 1 date, 2 date and time.
void fill_cell(Cell& cell, std::uint64_t row, std::uint64_t column) {
    using Kind = Cell::Kind;
    const auto bits = mix(row, column);
    const auto set = [&](Kind kind, auto&& value, std::uint16_t format = 0) {
        cell.kind = kind;
        cell.format = format;
        cell.value.assign(value);
    };
    const auto number = [&](const char* pattern, auto... parts) {
        cell.kind = Kind::number;
        cell.format = 0;
        cell.value.clear();
        fmt::format_to(std::back_inserter(cell.value), fmt::runtime(pattern), parts...);
    };
    const auto part = bits % 100;
    switch (column % kinds) {
        case 0:
            return number("{}", row);
        case 1:
            return part < 2 ? set(Kind::blank, "") : number("{}", bits % 100'000);
        case 2:
            return number("{}.{}{}", bits % 10'000, bits / 10'000 % 10, 1 + bits % 9);
        case 3:
            return number("0.{:014}{}", bits % 99'999'999'999'999U, 1 + bits % 9);
        case 4:
            return set(Kind::text, names[bits % names.size()]);
        case 5:
            return set(Kind::text, unicode[bits % unicode.size()]);
        case 6:
            return part < 20 ? set(Kind::blank, "") : set(Kind::text, notes[bits % notes.size()]);
        case 7:
            number("{}", 40'000 + bits % 6'000);
            break;
        case 8:
            number("{}.{:04}{}", 40'000 + bits % 6'000, bits % 9'999, 1 + bits % 9);
            break;
        default:
            return part < 10 ? set(Kind::blank, "")
                             : set(Kind::boolean, bits % 2 == 0 ? "TRUE" : "FALSE");
    }
    cell.format = column % kinds == 7 ? 1 : 2;
}

}  // namespace

Tab synthetic_tab(const std::string& title, int rows, int columns) {
    Tab tab;
    tab.title = title;
    tab.row_count = rows;
    tab.column_count = columns;
    tab.format("DATE", "yyyy-mm-dd");
    tab.format("DATE_TIME", "yyyy-mm-dd hh:mm:ss");
    tab.generate = [columns](int row, std::vector<Cell>& out) {
        out.resize(static_cast<std::size_t>(columns));
        for (std::size_t c = 0; c < out.size(); ++c) {
            if (row > 0) {
                fill_cell(out[c], static_cast<std::uint64_t>(row), c);
                continue;
            }
            const auto turn = c / kinds;
            out[c] = {Cell::Kind::text, 0,
                      turn == 0 ? std::string{titles[c % kinds]}
                                : fmt::format("{} {}", titles[c % kinds], turn + 1)};
        }
    };
    return tab;
}

}  // namespace sheetbq::sandbox
