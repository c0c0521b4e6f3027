#include "sheetbq/table/column_name.hpp"

#include "sheetbq/table/unicode.hpp"
#include "support/catch.hpp"

#include <set>

using namespace sheetbq::table;

namespace {

std::vector<std::pair<int, std::string>> row(const std::vector<std::string>& headers) {
    std::vector<std::pair<int, std::string>> cells;
    for (const auto& header : headers) cells.emplace_back(static_cast<int>(cells.size()), header);
    return cells;
}

std::vector<std::string> names_of(const std::vector<std::string>& headers) {
    std::vector<std::string> names;
    for (const auto& column : name_columns(row(headers))) names.push_back(column.name);
    return names;
}

}  // namespace

TEST_CASE("headers keep their words as column names") {
    const auto [header, name] = GENERATE(table<std::string, std::string>({
        {"id", "id"},
        {"Order ID", "Order_ID"},
        {"  Order \n ID\t", "Order_ID"},
        {"Amount (USD)", "Amount_USD"},
        {"Revenue, net of tax", "Revenue_net_of_tax"},
        {"% done", "done"},
        {"a & b = c", "a_b_c"},
        {"e.mail@x", "e_mail_x"},
        {"snake_case", "snake_case"},
        {"_private", "_private"},
        {"(_private)", "_private"},
        {"trailing_", "trailing_"},
        {"a _ b", "a_b"},
        {"a __ b", "a__b"},
        {"kebab-case", "kebab-case"},
        {"2024\xE2\x80\x93"
         "25",
         "_2024\xE2\x80\x93"
         "25"},  // en dash
        {"2024", "_2024"},
        {"1st", "_1st"},
        {"\xD9\xA3 x", "_\xD9\xA3_x"},  // Arabic-Indic three
        {"\xC2\xBD price", "_\xC2\xBD_price"},
        {"\xC3\x89t\xC3\xA9", "\xC3\x89t\xC3\xA9"},
        {"e\xCC\x81t\xC3\xA9", "e\xCC\x81t\xC3\xA9"},  // combining acute
        {"\xE5\x8F\x97\xE6\xB3\xA8 ID", "\xE5\x8F\x97\xE6\xB3\xA8_ID"},
        {"\xD0\x94\xD0\xB0\xD1\x82\xD0\xB0", "\xD0\x94\xD0\xB0\xD1\x82\xD0\xB0"},
        {"\xE0\xA4\xA8\xE0\xA4\xBE\xE0\xA4\xAE", "\xE0\xA4\xA8\xE0\xA4\xBE\xE0\xA4\xAE"},
        {"\xF0\x9F\x8C\xB5 plants", "plants"},        // cactus
        {"\xE2\x9D\xA4\xEF\xB8\x8F Count", "Count"},  // heart + variation selector
        {"a\xF0\x9F\x8C\xB5"
         "b",
         "a_b"},
        {"a\xC2\xA0"
         "b",
         "a_b"},  // no-break space
        {"a\xE2\x80\x8B"
         "b",
         "a_b"},             // zero width space
        {"caf\xE9", "caf"},  // Latin-1, malformed
        {"a\xE9"
         "b",
         "a_b"},
        {"a\xED\xA0\x80"
         "b",
         "a_b"},  // a surrogate
        {"a\xC0\x80"
         "b",
         "a_b"},  // overlong
        {std::string{"a\0b", 3}, "a_b"},
        {"", ""},
        {"   ", ""},
        {"\xF0\x9F\x8C\xB5", ""},
        {"***", ""},
        {"-", ""},
        {"\xE2\x80\x94", ""},
        {"_", ""},
        {"___", ""},
        {"\xCC\x81", ""},
        {"_TABLE_x", "col_TABLE_x"},
        {"_table_", "col_table_"},
        {"_File_Name", "col_File_Name"},
        {"_PARTITIONTIME", "col_PARTITIONTIME"},
        {"_PARTITION", "col_PARTITION"},
        {"_row_timestamp", "col_row_timestamp"},
        {"__ROOT__", "col__ROOT__"},
        {"_colidentifier_1", "col_colidentifier_1"},
        {"_CHANGE_SEQUENCE_NUMBER", "col_CHANGE_SEQUENCE_NUMBER"},
        {"_Change Type", "col_Change_Type"},
        {"_CHANGE_TIMESTAMP", "col_CHANGE_TIMESTAMP"},
        {"_field_1", "col_field_1"},
        {" _FILE_ ", "col_FILE_"},
        {"_FILE", "_FILE"},
        {"_TABLES", "_TABLES"},
        {"TABLE_x", "TABLE_x"},
    }));
    INFO(header);
    CHECK(normalise_column_name(header) == name);
    if (!name.empty()) CHECK(is_column_name(name));
}

TEST_CASE("a name has at most 300 characters, cut between them") {
    std::string umlauts;
    for (int i = 0; i < 301; ++i) umlauts += "\xC3\xBC";
    CHECK(normalise_column_name(umlauts) == umlauts.substr(0, 600));
    CHECK(normalise_column_name(std::string(300, 'x')) == std::string(300, 'x'));
    CHECK(normalise_column_name(std::string(300, '7')) == "_" + std::string(299, '7'));
    CHECK(normalise_column_name("_FILE_" + std::string(294, 'x')) ==
          "col_FILE_" + std::string(291, 'x'));
}

TEST_CASE("a name made from a header stays itself when made again") {
    for (const std::string header :
         {"Amount (USD)", "2024", "_TABLE_x", "a _ b", "\xC3\x89t\xC3\xA9", "kebab-case"}) {
        const auto name = normalise_column_name(header);
        CHECK(normalise_column_name(name) == name);
    }
}

TEST_CASE("BigQuery's own rule for names is looser than ours and knows its limits") {
    const auto [name, legal] = GENERATE(table<std::string, bool>({
        {"a", true},
        {"_", true},
        {"1st", true},
        {"a b", true},
        {"a&b%c=d+e:f'g<h>i#j|k", true},
        {"\xC3\xA9-\xE2\x80\x93", true},
        {"a\xC2\xA0"
         "b",
         true},
        {std::string(300, 'x'), true},
        {"", false},
        {std::string(301, 'x'), false},
        {"a!", false},
        {"a\"b", false},
        {"a$", false},
        {"a(b)", false},
        {"a*", false},
        {"a,b", false},
        {"a.b", false},
        {"a/b", false},
        {"a;b", false},
        {"a?", false},
        {"a@b", false},
        {"a[0]", false},
        {"a\\b", false},
        {"a^b", false},
        {"a`b", false},
        {"{a}", false},
        {"~a", false},
        {"\xF0\x9F\x8C\xB5", false},
        {"a\xFF", false},
        {std::string{"a\0", 2}, false},
        {"_file_x", false},
        {"_FIELD_x", false},
    }));
    INFO(name);
    CHECK(is_column_name(name) == legal);
}

TEST_CASE("names are compared without case in any script") {
    const auto [a, b, same] = GENERATE(table<std::string, std::string, bool>({
        {"Task ID", "task id", true},
        {"\xC3\x89T\xC3\x89", "\xC3\xA9t\xC3\xA9", true},
        {"\xCE\xA3\xCE\x9F\xCE\xA3", "\xCF\x83\xCE\xBF\xCF\x82", true},  // final sigma
        {"\xD0\x94\xD0\x90", "\xD0\xB4\xD0\xB0", true},
        {"\xC4\x80", "\xC4\x81", true},
        {"\xC4\x81", "\xC4\x82", false},
        {"\xE2\x84\xAA", "k", true},  // Kelvin sign
        {"\xC3\x9F", "SS", false},
        {"a", "b", false},
        {"a", "a ", false},
        {"\xFF", "\xFE", false},
        {"\xFF", "\xFF", true},
    }));
    CHECK(same_column(a, b) == same);
    CHECK(same_column(b, a) == same);
    CHECK((fold_case(a) == fold_case(b)) == same);
}

TEST_CASE("folding a character twice changes nothing more") {
    for (char32_t code = 0; code <= 0x10FFFF; ++code)
        if (fold(fold(code)) != fold(code)) FAIL_CHECK(static_cast<unsigned>(code));
}

TEST_CASE("characters have Unicode's classes") {
    using enum CharacterClass;
    const auto [code, expected] = GENERATE(table<char32_t, CharacterClass>({
        {U'A', letter},          {U'z', letter},        {U'0', number},
        {U'9', number},          {U'_', joiner},        {U'-', joiner},
        {U'@', other},           {U'[', other},         {U'/', other},
        {U':', other},           {U'\0', other},        {U'\u00AA', letter},
        {U'\u00D7', other},      {U'\u0301', mark},     {U'\u2013', joiner},
        {U'\u203F', joiner},     {U'\u0663', number},   {U'\u4E00', letter},
        {U'\u9FFF', letter},     {U'\uA000', letter},   {U'\uAC00', letter},
        {U'\uE000', other},      {U'\uFF10', number},   {U'\U0001F335', other},
        {U'\U00020000', letter}, {U'\U000E0100', mark}, {U'\U0010FFFF', other},
    }));
    INFO(static_cast<unsigned>(code));
    CHECK(character_class(code) == expected);
}

TEST_CASE("every code point is written as UTF-8 that reads back") {
    for (char32_t code = 0; code <= 0x10FFFF; ++code) {
        if (code >= 0xD800 && code <= 0xDFFF) continue;
        std::string text;
        append_utf8(text, code);
        const auto read = first_character(text);
        if (read.code != code || read.size != text.size()) FAIL_CHECK(static_cast<unsigned>(code));
    }
}

TEST_CASE("malformed UTF-8 is no character") {
    const auto* const text =
        GENERATE("\x80", "\xC3", "\xC3(", "\xC0\x80", "\xE0\x80\x80", "\xED\xA0\x80",
                 "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xF0\x9F\x8C", "\xFF");
    CHECK(first_character(text).size == 0);
}

TEST_CASE("columns get unique names and the leftmost keeps its own") {
    const auto [headers, names] =
        GENERATE(table<std::vector<std::string>, std::vector<std::string>>({
            {{"id", "name"}, {"id", "name"}},
            {{"id", "ID", "Id"}, {"id", "ID_2", "Id_3"}},
            {{"Task ID", "task_id"}, {"Task_ID", "task_id_2"}},
            {{"a", "a", "a_2"}, {"a", "a_3", "a_2"}},
            {{"a", "A_2", "a", "a"}, {"a", "A_2", "a_3", "a_4"}},
            {{"a_2", "a", "a", "a_2"}, {"a_2", "a", "a_3", "a_2_2"}},
            {{"a", "", "b"}, {"a", "column_B", "b"}},
            {{"", " ", "\xF0\x9F\x8C\xB5"}, {"column_A", "column_B", "column_C"}},
            {{"", "column_A"}, {"column_A_2", "column_A"}},
            {{"COLUMN_B", "", "column_b_2"}, {"COLUMN_B", "column_B_3", "column_b_2"}},
            {{"_FILE", "_file"}, {"_FILE", "col_file_2"}},
            {{"__ROOT_", "__root_"}, {"__ROOT_", "col__root__2"}},
            {{}, {}},
        }));
    CHECK(names_of(headers) == names);
}

TEST_CASE("a collision tells the other column") {
    const auto columns = name_columns({{3, "Total"}, {5, "x"}, {7, "TOTAL!"}, {9, "total"}});

    CHECK_FALSE(columns[0].collides_with);
    CHECK_FALSE(columns[1].collides_with);
    CHECK(columns[2].collides_with == 3);
    CHECK(columns[3].collides_with == 3);
    CHECK(columns[2].header == "TOTAL!");
    CHECK(columns[2].column == 7);
    CHECK(columns[3].name == "total_3");
}

TEST_CASE("a blank header is named after its place in the sheet") {
    CHECK(name_columns({{27, ""}})[0].name == "column_AB");
    CHECK(name_columns({{27, ""}})[0].header.empty());
}

TEST_CASE("thousands of equal long headers are unique, legal and quick to name") {
    const std::vector<std::string> headers(1'200, std::string(310, 'x'));
    std::set<std::string> names;
    for (const auto& name : names_of(headers)) {
        REQUIRE(is_column_name(name));
        names.insert(fold_case(name));
    }
    CHECK(names.size() == headers.size());
}
