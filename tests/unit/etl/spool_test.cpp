#include "sheetbq/etl/spool.hpp"

#include "sheetbq/core/bytes.hpp"
#include "sheetbq/core/error.hpp"
#include "sheetbq/http/inflate.hpp"
#include "support/catch.hpp"

#include <random>

using sheetbq::Code;
using sheetbq::Error;
using sheetbq::operator""_MiB;
using sheetbq::etl::Spool;

namespace {

std::string noise(std::size_t size) {
    std::mt19937 random{7};
    std::string text(size, '\0');
    for (char& c : text) c = static_cast<char>(random());
    return text;
}

std::string text_of(const Spool& spool) {
    std::string compressed;
    for (const auto piece : spool.pieces()) compressed += piece;
    CHECK(compressed.size() == spool.compressed_bytes());
    return sheetbq::http::inflate(compressed, 64_MiB);
}

}  // namespace

TEST_CASE("what went into the spool comes out of one gzip member") {
    const std::string text = noise(700'000) + std::string(3'000'000, 'x');
    Spool spool{16_MiB, false};
    for (std::size_t at = 0; at < text.size(); at += 12'345)
        spool.append(std::string_view{text}.substr(at, 12'345));
    spool.finish();

    CHECK(text_of(spool) == text);
    CHECK(spool.text_bytes() == text.size());
    CHECK(spool.pieces().size() >= 3);
    CHECK(spool.digest().empty());
}

TEST_CASE("an empty spool is an empty gzip member") {
    Spool spool{1_MiB, true};
    spool.finish();
    spool.finish();
    CHECK(text_of(spool).empty());
    CHECK(spool.digest().size() == 32);
}

TEST_CASE("the spool's cap refuses, naming the variable to raise") {
    Spool spool{1_MiB, false};
    try {
        spool.append(noise(3'000'000));
        spool.finish();
        FAIL("accepted");
    } catch (const Error& error) {
        CHECK(error.code() == Code::bad_data);
        CHECK_THAT(error.text(), ContainsSubstring("1 MiB"));
        CHECK_THAT(error.hint(), ContainsSubstring("SPOOL_MB=2"));
    }
}

TEST_CASE("a spool that was cleared starts anew") {
    Spool spool{1_MiB, true};
    spool.append(noise(900'000));
    spool.clear();
    CHECK(spool.text_bytes() == 0);
    spool.append(noise(900'000));
    spool.clear();
    spool.append("a,b\n");
    spool.finish();
    CHECK(text_of(spool) == "a,b\n");
}

TEST_CASE("the digest names the text, not the pieces that it came in") {
    const auto digest = [](const std::vector<std::string>& pieces) {
        Spool spool{1_MiB, true};
        for (const auto& piece : pieces) spool.append(piece);
        spool.finish();
        return spool.digest();
    };
    CHECK(digest({"a,b\n", "c\n"}) == digest({"a,", "", "b\nc\n"}));
    CHECK(digest({"a,b\n"}) != digest({"a,c\n"}));
    CHECK(digest({"a"}).find_first_not_of("0123456789abcdef") == std::string::npos);
}
