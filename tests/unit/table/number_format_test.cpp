#include "sheetbq/table/number_format.hpp"

#include "support/catch.hpp"

#include <string>

using namespace sheetbq::table;

TEST_CASE("a number's format says what the number stands for") {
    using enum NumberKind;
    const auto [type, pattern, kind] = GENERATE(table<std::string, std::string, NumberKind>({
        // Sheets' own formats
        {"", "", number},
        {"NUMBER", "", number},
        {"NUMBER", "#,##0.00", number},
        {"NUMBER", "0.###############", number},
        {"PERCENT", "0.00%", number},
        {"CURRENCY", "\"$\"#,##0.00", number},
        {"CURRENCY", "[$\xE2\x82\xAC]#,##0.00", number},
        {"CURRENCY", "_(\"$\"* #,##0.00_);_(\"$\"* \\(#,##0.00\\);_(\"$\"* \"-\"??_);_(@_)",
         number},
        {"SCIENTIFIC", "0.00E+00", number},
        {"TEXT", "@", number},
        {"TEXT", "yyyy-mm-dd", number},
        {"DATE", "", date},
        {"DATE", "yyyy-mm-dd", date},
        {"DATE", "M/d/yyyy", date},
        {"DATE", "dddd, mmmm d, yyyy", date},
        {"DATE", "mmm-yy", date},
        {"DATE", "yyyy", date},
        {"DATE", "yyyy\"\xE5\xB9\xB4\"m\"\xE6\x9C\x88\"d\"\xE6\x97\xA5\"", date},
        {"TIME", "", NumberKind::time},
        {"TIME", "h:mm:ss am/pm", NumberKind::time},
        {"TIME", "hh:mm", NumberKind::time},
        {"TIME", "hh\":\"mm\":\"ss", NumberKind::time},
        {"TIME", "[h]:mm:ss", duration},
        {"TIME", "[hh]:mm:ss.000", duration},
        {"TIME", "[mm]:ss", duration},
        {"TIME", "[ss]", duration},
        {"TIME", "[SS].00", duration},
        {"DATE_TIME", "", datetime},
        {"DATE_TIME", "M/d/yyyy H:mm:ss", datetime},
        {"DATE_TIME", "yyyy-mm-dd", datetime},
        {"DATE_TIME", "h:mm", datetime},
        // what a pattern shows beats what its type promises
        {"DATE", "yyyy-mm-dd hh:mm", datetime},
        {"DATE", "yyyy-mm-dd h AM/PM", datetime},
        {"DATE", "h:mm", datetime},
        {"DATE", "[h]:mm:ss", duration},
        {"DATE_TIME", "[h]:mm:ss", duration},
        {"TIME", "d/m/yyyy h:mm", datetime},
        {"TIME", "d \"days\" [h]:mm", datetime},
        {"TIME", "mm", NumberKind::time},
        // custom formats are NUMBER
        {"NUMBER", "yyyy-mm-dd", date},
        {"NUMBER", "yyyy-mm-dd hh:mm:ss.000", datetime},
        {"NUMBER", "hh:mm:ss.000", NumberKind::time},
        {"NUMBER", "h a/p", NumberKind::time},
        {"NUMBER", "mm:ss", NumberKind::time},
        {"NUMBER", "h:mm", NumberKind::time},
        {"NUMBER", "mm", date},
        {"NUMBER", "mmmm", date},
        {"NUMBER", "hmmm", datetime},
        {"NUMBER", "mm/dd", date},
        {"NUMBER", "dd.mm", date},
        {"NUMBER", "h:mm dd/mm", datetime},
        {"NUMBER", "[h]:mm", duration},
        {"", "yyyy-mm-dd", date},
        {"", "[h]:mm", duration},
        // what looks like a date and is none
        {"NUMBER", "General", number},
        {"NUMBER", "[Red]0;[Blue]-0", number},
        {"NUMBER", "[>5]0;[<=5]#", number},
        {"NUMBER", "[magenta]0", number},
        {"NUMBER", "[$-409]#,##0", number},
        {"NUMBER", "[$-409]d mmm yyyy", date},
        {"NUMBER", "[dd]#", number},
        {"NUMBER", "[hm]0", number},
        {"NUMBER", "[]0", number},
        {"NUMBER", "0 \"days\"", number},
        {"NUMBER", "0 \\d\\a\\y\\s", number},
        {"NUMBER", "\"yyyy-mm-dd\"", number},
        {"NUMBER", "#,##0_d", number},
        {"NUMBER", "*d0", number},
        {"NUMBER", "# ?\?/??", number},
        {"NUMBER", "0;yyyy", number},
        {"NUMBER", ";;;@", number},
        {"NUMBER", "@", number},
        {"NUMBER", "0%", number},
        {"PERCENT", "yyyy", number},
        {"CURRENCY", "d", number},
        {"SOMETHING_NEW", "yyyy-mm-dd", number},
        // broken patterns
        {"NUMBER", "\"yyyy", number},
        {"NUMBER", "[h", number},
        {"NUMBER", "\\", number},
        {"NUMBER", "_", number},
        {"NUMBER", "a", number},
        {"NUMBER", "am/p", date},
        {"NUMBER", "s.", NumberKind::time},
    }));
    INFO(type << " | " << pattern);
    CHECK(static_cast<int>(classify_number_format(type, pattern)) == static_cast<int>(kind));
}

TEST_CASE("a format of zeros shows what a number loses") {
    const auto [type, pattern, zeros] = GENERATE(table<std::string, std::string, bool>({
        {"NUMBER", "00000", true},
        {"NUMBER", "00", true},
        {"", "000-00-0000", true},
        {"NUMBER", "00.0", true},
        {"NUMBER", "\"No. \"0000", true},
        {"NUMBER", "[Red]000;0", true},
        {"NUMBER", "0", false},
        {"NUMBER", "0.00", false},
        {"NUMBER", "#,##0.00", false},
        {"NUMBER", "", false},
        {"NUMBER", "\"000\"0", false},
        {"NUMBER", "\\0\\00", false},
        {"NUMBER", "0;000", false},
        {"NUMBER", "0 00/00", false},
        {"NUMBER", "0E+00", false},
        {"SCIENTIFIC", "00.00E+00", false},
        {"DATE", "yyyy-mm-dd", false},
        {"TIME", "hh:mm:ss.000", false},
        {"NUMBER", "hh:mm:ss.000", false},
    }));
    INFO(pattern);
    CHECK(shows_leading_zeros(type, pattern) == zeros);
}
