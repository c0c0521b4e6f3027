#include "sheetbq/table/serial_date.hpp"

#include "fuzz/invariant.hpp"
#include "sheetbq/table/literal.hpp"

#include <array>
#include <memory>
#include <string>

using namespace sheetbq::table;
using sheetbq::fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto token = sheetbq::fuzz::text_of(data, size);
    // On the heap and exactly as long as promised, so that a sanitizer sees a write beyond it.
    const auto out = std::make_unique<std::array<char, longest_date_text>>();
    for (const auto format : {NumberKind::number, NumberKind::date, NumberKind::datetime,
                              NumberKind::time, NumberKind::duration}) {
        const auto [kind, written] = write_serial(token, format, out->data());
        require(written <= longest_date_text, "a text fits its room");
        const bool number = kind == Kind::integer || kind == Kind::real;
        require(number == (written == 0), "a number is not written");
        for (int i = 0; i <= static_cast<int>(Type::other); ++i) {
            const Column column{.name = "c", .type = static_cast<Type>(i)};
            const std::string_view text{out->data(), written};
            require(number || !fits(kind, column.type) || is_literal(column, text),
                    "what is written is a value of every type that its kind fits");
            is_literal(column, token);
        }
    }
    return 0;
}
