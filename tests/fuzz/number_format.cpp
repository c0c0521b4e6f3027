#include "sheetbq/table/number_format.hpp"

#include "fuzz/invariant.hpp"

#include <string>

using namespace sheetbq::table;
using sheetbq::fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto pattern = sheetbq::fuzz::text_of(data, size);
    for (const auto* const type :
         {"", "TEXT", "NUMBER", "PERCENT", "CURRENCY", "DATE", "TIME", "DATE_TIME", "SCIENTIFIC"}) {
        const auto kind = classify_number_format(type, pattern);
        const auto section = pattern.substr(0, pattern.find(';'));
        if (pattern.find_first_of("\"\\_*[") == std::string_view::npos)
            require(classify_number_format(type, section) == kind, "the first section decides");
        if (shows_leading_zeros(type, pattern))
            require(kind == NumberKind::number, "only numbers show leading zeros");
        const auto literal = "\"" + std::string{section.substr(0, section.find('"'))} + "\"";
        const auto of_type = classify_number_format(type, "");
        require(classify_number_format(type, literal) == of_type, "quoted letters say nothing");
    }
    return 0;
}
