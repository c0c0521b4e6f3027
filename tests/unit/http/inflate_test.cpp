#include "sheetbq/http/inflate.hpp"

#include "sheetbq/core/bytes.hpp"
#include "sheetbq/core/error.hpp"
#include "support/catch.hpp"

#include <isa-l/igzip_lib.h>

#include <vector>

using namespace sheetbq;
using namespace sheetbq::http;

namespace {

std::string gzip(const std::string& text) {
    std::string result(text.size() * 2 + 1000, '\0');  // fixed codes can expand noise
    isal_zstream stream{};
    isal_deflate_init(&stream);
    stream.gzip_flag = IGZIP_GZIP;
    stream.end_of_stream = 1;
    std::vector<std::uint8_t> in{text.begin(), text.end()};
    stream.next_in = in.data();
    stream.avail_in = static_cast<std::uint32_t>(in.size());
    stream.next_out = reinterpret_cast<std::uint8_t*>(result.data());
    stream.avail_out = static_cast<std::uint32_t>(result.size());
    REQUIRE(isal_deflate(&stream) == COMP_OK);
    REQUIRE(stream.internal_state.state == ZSTATE_END);
    result.resize(stream.total_out);
    return result;
}

/// Made by zlib: extra field, file name, comment and header checksum are all there.
std::string member_with_full_header() {
    constexpr std::string_view hex =
        "1f8b081e010203040003050065787472616e616d652e637376006120636f6d6d656e74009889cbcf4bd52929cf"
        "e72ac9284a4dd549cb2f2de2ca27570800cb6d89184c000000";
    std::string bytes;
    for (std::size_t i = 0; i < hex.size(); i += 2)
        bytes += static_cast<char>(std::stoi(std::string{hex.substr(i, 2)}, nullptr, 16));
    return bytes;
}

const std::string four_lines =
    "one,two\nthree,four\none,two\nthree,four\none,two\nthree,four\none,two\nthree,four\n";

std::string noise(std::size_t size) {
    std::string text(size, '\0');
    std::uint32_t state = 12345;
    for (char& c : text) {
        state = state * 1664525U + 1013904223U;
        c = static_cast<char>(state >> 24U);
    }
    return text;
}

/// Reads everything through pieces of `in_size` and an output of `out_size` bytes.
std::string piecewise(std::string_view data, std::size_t in_size, std::size_t out_size) {
    Inflater inflater;
    std::string result;
    std::string room(out_size, '\0');
    while (!data.empty()) {
        auto piece = data.substr(0, in_size);
        data.remove_prefix(piece.size());
        auto count = out_size;
        while (!piece.empty() || count == out_size) {
            count = inflater.read(piece, room.data(), out_size);
            REQUIRE(count <= out_size);
            result.append(room, 0, count);
        }
    }
    CHECK(inflater.finished());
    return result;
}

Code failure(std::string_view data, std::size_t limit = 1_MiB) {
    try {
        inflate(data, limit);
    } catch (const Error& error) {
        CHECK_FALSE(error.hint().empty());
        return error.code();
    }
    return Code::internal;
}

}  // namespace

TEST_CASE("inflate gives back what was compressed") {
    const auto text = GENERATE_COPY(values(
        {std::string{}, std::string{"a"}, four_lines, std::string(100'000, 'x'), noise(200'000)}));
    CHECK(inflate(gzip(text), 1_MiB) == text);
}

TEST_CASE("inflate skips every optional part of a gzip header") {
    CHECK(inflate(member_with_full_header(), 1_KiB) == four_lines);
}

TEST_CASE("Inflater does not care where its input is cut") {
    for (const auto& member : {member_with_full_header(), gzip(four_lines), gzip("")}) {
        const auto whole = inflate(member, 1_KiB);
        for (std::size_t cut = 0; cut <= member.size(); ++cut) {
            CAPTURE(cut);
            Inflater inflater;
            std::string result(200, '\0');
            std::string_view first{member.data(), cut};
            auto count = inflater.read(first, result.data(), result.size());
            CHECK(first.empty());
            CHECK(inflater.finished() == (cut == member.size()));
            std::string_view second{member.data() + cut, member.size() - cut};
            count += inflater.read(second, result.data() + count, result.size() - count);
            CHECK(inflater.finished());
            CHECK(result.substr(0, count) == whole);
        }
    }
}

TEST_CASE("Inflater fills output of any size from input of any size") {
    const auto member = member_with_full_header();
    for (std::size_t in_size = 1; in_size <= member.size(); in_size += 2)
        for (std::size_t out_size = 1; out_size <= four_lines.size() + 1; ++out_size)
            REQUIRE(piecewise(member, in_size, out_size) == four_lines);
}

TEST_CASE("Inflater streams a large member in small windows") {
    std::string text;
    while (text.size() < 3_MiB)
        text += noise(100) + std::to_string(text.size()) + std::string(900, 'z');
    const auto member = gzip(text);
    CHECK(piecewise(member, 1000, 777) == text);
    CHECK(piecewise(member, 64_KiB, 64_KiB) == text);
}

TEST_CASE("inflate refuses a member that is cut short, at every byte") {
    const auto member = member_with_full_header();
    for (std::size_t size = 0; size < member.size(); ++size) {
        CAPTURE(size);
        CHECK(failure(std::string_view{member}.substr(0, size)) == Code::unavailable);
    }
}

TEST_CASE("inflate never returns anything but the original from a member that was changed") {
    const auto good = gzip(four_lines);
    std::size_t refused = 0;
    for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
        auto bad = good;
        bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ static_cast<char>(1U << bit % 8));
        try {  // a bit of the header, or of a code that is not used, may not matter
            const auto text = inflate(bad, 1_MiB);
            CHECK(text == four_lines);
        } catch (const Error& error) {
            CHECK(error.code() == Code::unavailable);
            ++refused;
        }
    }
    CHECK(refused > good.size() * 4);
    for (std::size_t at = good.size() - 8; at < good.size(); ++at) {
        auto bad = good;
        bad[at] = static_cast<char>(bad[at] ^ 0x10);
        CHECK(failure(bad) == Code::unavailable);
    }
}

TEST_CASE("inflate refuses what is not gzip") {
    const auto data = GENERATE(as<std::string>{}, "{\"values\":[]}", "plain text that goes on",
                               "\x1f\x8b\x07 another method", "\x1f\x8c");
    CHECK(failure(data) == Code::unavailable);
}

TEST_CASE("Inflater refuses data after the end of the member, also when it comes later") {
    const auto member = gzip("text");
    CHECK(failure(member + "x") == Code::unavailable);
    CHECK(failure(member + member) == Code::unavailable);

    Inflater inflater;
    std::string room(100, '\0');
    std::string_view whole = member;
    inflater.read(whole, room.data(), room.size());
    REQUIRE(inflater.finished());
    std::string_view nothing;
    CHECK(inflater.read(nothing, room.data(), room.size()) == 0);
    std::string_view late = "x";
    CHECK_THROWS_AS(inflater.read(late, room.data(), room.size()), Error);
}

TEST_CASE("inflate stops at its limit") {
    const auto member = gzip(std::string(1000, 'x'));
    CHECK(inflate(member, 1000).size() == 1000);
    CHECK(inflate(member, std::string::npos).size() == 1000);
    CHECK(failure(member, 999) == Code::bad_data);
    CHECK(failure(member, 0) == Code::bad_data);
    CHECK(inflate(gzip(""), 0).empty());
    CHECK(failure(gzip(std::string(8_MiB, '\0')), 1_MiB) == Code::bad_data);
}

TEST_CASE("Inflater can be moved in the middle of its work") {
    const auto member = gzip(four_lines);
    std::string room(200, '\0');
    Inflater first;
    std::string_view front = std::string_view{member}.substr(0, 20);
    auto count = first.read(front, room.data(), room.size());

    Inflater second{std::move(first)};
    std::string_view rest = std::string_view{member}.substr(20);
    count += second.read(rest, room.data() + count, room.size() - count);

    CHECK(second.finished());
    CHECK(room.substr(0, count) == four_lines);
}
