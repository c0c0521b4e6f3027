#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace sheetbq::table {

/// Readable bytes that must stand before and after any buffer given to these functions.
constexpr std::size_t padding = 32;

struct StringToken {
    const char* end = nullptr;  ///< the closing quote; null when it is not there yet
    bool escaped = false;       ///< there is a backslash before it
};

struct NumberToken {
    const char* end = nullptr;  ///< one past the last character; null when it may go on
    bool real = false;          ///< has a point or an exponent
    bool valid = false;         ///< follows JSON's grammar
};

/// Finds the quote that closes the JSON string whose first character is at `p`.
inline StringToken find_string_end(const char* p, const char* end);

/// Finds the end of the JSON number that starts at `p`.
inline NumberToken find_number_end(const char* p, const char* end);

/// Jumps over blanks and line breaks.
inline const char* skip_space(const char* p, const char* end);

/// JSON's grammar of numbers: -?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?
bool is_json_number(std::string_view token);

/// Appends what the inside of a JSON string means, as UTF-8. Lone surrogates become U+FFFD.
/// @returns false when an escape is malformed.
bool unescape_json(std::string_view token, std::string& out);

namespace byte_scan {

/// Finds the first byte at or after `p` for which a bit of `match(16 bytes)` is set.
#if defined(__SSE2__)
using Block = __m128i;
inline Block load(const char* p) { return _mm_loadu_si128(reinterpret_cast<const __m128i*>(p)); }
inline Block equal(Block bytes, char c) { return _mm_cmpeq_epi8(bytes, _mm_set1_epi8(c)); }
inline Block either(Block a, Block b) { return _mm_or_si128(a, b); }
/// Bytes of 0..c, and those of 0x80 and more.
inline Block at_most(Block bytes, char c) {
    return _mm_cmplt_epi8(bytes, _mm_set1_epi8(static_cast<char>(c + 1)));
}
inline unsigned mask(Block bytes) { return static_cast<unsigned>(_mm_movemask_epi8(bytes)); }
#else
/// The same in plain C++ for other machines.
struct Block {
    std::uint8_t bytes[16];
};
template <class Test>
Block map(const Block& a, Test test) {
    Block out{};
    for (std::size_t i = 0; i < 16; ++i) out.bytes[i] = test(a.bytes[i]) ? 0xFF : 0;
    return out;
}
inline Block load(const char* p) {
    Block out{};
    for (std::size_t i = 0; i < 16; ++i) out.bytes[i] = static_cast<std::uint8_t>(p[i]);
    return out;
}
inline Block equal(Block bytes, char c) {
    return map(bytes, [c](std::uint8_t b) { return b == static_cast<std::uint8_t>(c); });
}
inline Block either(Block a, Block b) {
    for (std::size_t i = 0; i < 16; ++i) a.bytes[i] |= b.bytes[i];
    return a;
}
inline Block at_most(Block bytes, char c) {
    return map(bytes,
               [c](std::uint8_t b) { return b >= 0x80 || b <= static_cast<std::uint8_t>(c); });
}
inline unsigned mask(Block bytes) {
    unsigned bits = 0;
    for (unsigned i = 0; i < 16; ++i) bits |= bytes.bytes[i] != 0 ? 1U << i : 0U;
    return bits;
}
#endif

}  // namespace byte_scan

inline StringToken find_string_end(const char* p, const char* end) {
    using namespace byte_scan;
    bool escaped = false;
    while (p < end) {
        const Block bytes = load(p);
        const unsigned found = mask(either(equal(bytes, '"'), equal(bytes, '\\')));
        if (found == 0) {
            p += 16;
            continue;
        }
        p += std::countr_zero(found);
        if (p >= end) break;
        if (*p == '"') return {p, escaped};
        escaped = true;
        p += 2;  // whatever is escaped is not the end
    }
    return {};
}

inline NumberToken find_number_end(const char* p, const char* end) {
    using namespace byte_scan;
    const char* const begin = p;
    bool real = false;
    while (p < end) {
        const Block bytes = load(p);
        const unsigned stop =
            mask(either(either(equal(bytes, ','), equal(bytes, ']')), at_most(bytes, ' ')));
        const unsigned real_bits =
            mask(either(equal(bytes, '.'), either(equal(bytes, 'e'), equal(bytes, 'E'))));
        const unsigned before = stop == 0 ? 0xFFFFU : (stop & (0U - stop)) - 1U;
        real = real || (real_bits & before) != 0;
        if (stop != 0) {
            p += std::countr_zero(stop);
            if (p >= end) break;
            return {p, real, is_json_number({begin, static_cast<std::size_t>(p - begin)})};
        }
        p += 16;
    }
    return {};
}

inline const char* skip_space(const char* p, const char* end) {
    using namespace byte_scan;
    while (p < end) {
        const Block bytes = load(p);
        const unsigned spaces = mask(either(either(equal(bytes, ' '), equal(bytes, '\n')),
                                            either(equal(bytes, '\r'), equal(bytes, '\t'))));
        if (spaces != 0xFFFFU) {
            p += std::countr_one(spaces);
            return p < end ? p : end;
        }
        p += 16;
    }
    return end;
}

namespace byte_scan {

/// Passes over digits. @returns how many there were.
inline std::ptrdiff_t skip_digits(const char*& p, const char* end) {
    const char* const first = p;
    while (p < end && *p >= '0' && *p <= '9') ++p;
    return p - first;
}

/// Passes over `c`, if it stands there.
inline bool skip(const char*& p, const char* end, char c) {
    if (p == end || *p != c) return false;
    ++p;
    return true;
}

}  // namespace byte_scan

inline bool is_json_number(std::string_view token) {
    using namespace byte_scan;
    const char* p = token.data();
    const char* const end = p + token.size();
    skip(p, end, '-');
    const bool zero = p < end && *p == '0';
    const auto whole = skip_digits(p, end);
    if (whole == 0 || (zero && whole > 1)) return false;
    if (skip(p, end, '.') && skip_digits(p, end) == 0) return false;
    if (skip(p, end, 'e') || skip(p, end, 'E')) {
        if (!skip(p, end, '+')) skip(p, end, '-');
        if (skip_digits(p, end) == 0) return false;
    }
    return p == end;
}

}  // namespace sheetbq::table
