#include "sheetbq/table/byte_scan.hpp"

#include "support/catch.hpp"

#include <optional>

using sheetbq::table::find_number_end;
using sheetbq::table::find_string_end;
using sheetbq::table::is_json_number;
using sheetbq::table::padding;
using sheetbq::table::skip_space;
using sheetbq::table::unescape_json;

namespace {

/// Text with the room around it that the functions may read.
struct Padded {
    explicit Padded(std::string_view text) : buffer(padding, '"'), size{text.size()} {
        buffer += text;
        buffer.append(padding, '"');
    }
    const char* begin() const { return buffer.data() + padding; }
    const char* end() const { return begin() + size; }

    std::string buffer;
    std::size_t size;
};

std::optional<std::string> unescaped(std::string_view token) {
    std::string out;
    return unescape_json(token, out) ? std::optional{out} : std::nullopt;
}

}  // namespace

TEST_CASE("the end of a string is found at every distance, never in the padding behind it") {
    for (std::size_t length = 0; length < 70; ++length) {
        CAPTURE(length);
        const std::string text(length, 'x');
        const Padded open{text};
        REQUIRE(find_string_end(open.begin(), open.end()).end == nullptr);
        const Padded closed{text + "\""};
        const auto token = find_string_end(closed.begin(), closed.end());
        REQUIRE(token.end == closed.begin() + length);
        REQUIRE_FALSE(token.escaped);
    }
}

TEST_CASE("an escaped quote does not end a string, wherever it stands") {
    for (std::size_t length = 0; length < 40; ++length) {
        CAPTURE(length);
        const std::string text = std::string(length, 'x') + R"(\"y\\)";
        const Padded closed{text + "\"rest"};
        const auto token = find_string_end(closed.begin(), closed.end());
        REQUIRE(token.end == closed.begin() + text.size());
        REQUIRE(token.escaped);
        for (std::size_t size = 0; size <= text.size(); ++size) {
            const Padded part{std::string_view{text}.substr(0, size)};
            REQUIRE(find_string_end(part.begin(), part.end()).end == nullptr);
        }
    }
}

TEST_CASE("the end of a number is found, its sort and its grammar told") {
    for (std::size_t length = 1; length < 40; ++length) {
        CAPTURE(length);
        const std::string digits(length, '7');
        for (const char stop : {',', ']', ' ', '\n', '\t'}) {
            const Padded text{digits + stop + "1.5"};
            const auto token = find_number_end(text.begin(), text.end());
            REQUIRE(token.end == text.begin() + length);
            REQUIRE(token.valid);
            REQUIRE_FALSE(token.real);
        }
        const Padded open{digits};
        REQUIRE(find_number_end(open.begin(), open.end()).end == nullptr);
        const Padded real{digits + ".5]"};
        REQUIRE(find_number_end(real.begin(), real.end()).real);
    }
}

TEST_CASE("JSON's grammar of numbers is kept to the letter") {
    for (const std::string_view good : {"0", "-0", "1", "-12", "10.50", "1e5", "1E+5", "1e-5",
                                        "0.1", "123456789012345678901234567890", "-0.0e0"}) {
        CAPTURE(good);
        CHECK(is_json_number(good));
    }
    for (const std::string_view bad : {"", "-", "+1", "01", "-01", ".5", "1.", "1e", "1e+", "1.e5",
                                       "0x1", "1,5", "NaN", "Infinity", " 1", "1 ", "1-", "--1"}) {
        CAPTURE(bad);
        CHECK_FALSE(is_json_number(bad));
    }
}

TEST_CASE("white space is passed over at any length") {
    for (std::size_t length = 0; length < 40; ++length) {
        std::string text;
        for (std::size_t i = 0; i < length; ++i) text += " \n\r\t"[i % 4];
        const Padded only{text};
        REQUIRE(skip_space(only.begin(), only.end()) == only.end());
        const Padded more{text + "x"};
        REQUIRE(skip_space(more.begin(), more.end()) == more.begin() + length);
    }
}

TEST_CASE("every escape becomes its character") {
    CHECK(unescaped("") == "");
    CHECK(unescaped(R"(\"\\\/\b\f\n\r\t)") == "\"\\/\b\f\n\r\t");
    CHECK(unescaped(R"(a\u0041b)") == "aAb");
    CHECK(unescaped(R"(\u007f\u0080\u07ff\u0800\uffff)") ==
          "\x7F\xC2\x80\xDF\xBF\xE0\xA0\x80\xEF\xBF\xBF");
    CHECK(unescaped(R"(\u00E9\u00e9)") == "éé");
    CHECK(unescaped(R"(\u0000)") == std::string(1, '\0'));
}

TEST_CASE("surrogate pairs become one character, lone ones the replacement character") {
    CHECK(unescaped(R"(\ud83d\ude00)") == "😀");
    CHECK(unescaped(R"(\ud800\udc00\udbff\udfff)") == "\xF0\x90\x80\x80\xF4\x8F\xBF\xBF");
    CHECK(unescaped(R"(\ud83d)") == "\uFFFD");
    CHECK(unescaped(R"(\ude00)") == "\uFFFD");
    CHECK(unescaped(R"(\ud83dx)") == "\uFFFDx");
    CHECK(unescaped(R"(\ud83d\u0041)") ==
          "\uFFFD"
          "A");
    CHECK(unescaped(R"(\ud83d\ud83d\ude00)") == "\uFFFD😀");
    CHECK(unescaped(R"(\ude00\ud83d)") == "\uFFFD\uFFFD");
}

TEST_CASE("a malformed escape is refused") {
    for (const std::string_view bad :
         {R"(\)", R"(a\x)", R"(\u)", R"(\u12)", R"(\u12g4)", R"(\ud83d\u12)", R"(\0)", R"(\')"}) {
        CAPTURE(bad);
        CHECK_FALSE(unescaped(bad));
    }
}
