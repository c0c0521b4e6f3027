#!/usr/bin/env python3
"""Writes unicode_ranges.hpp beside this file from Python's own Unicode database.

Run it with the Python whose `unicodedata.unidata_version` is wanted:
    python3 libsheetbq/sheetbq/table/make_unicode_ranges.py
"""
import pathlib
import sys
import textwrap
import unicodedata

LAST = 0x10FFFF


def klass(code):
    category = unicodedata.category(chr(code))
    if category[0] in "LMN":
        return "LMN".index(category[0]) + 1
    return 4 if category in ("Pc", "Pd") else 0


def class_changes():
    """(first code point << 3 | class) of every stretch of one class."""
    before = -1
    for code in range(LAST + 1):
        now = klass(code)
        if now != before:
            yield code << 3 | now
        before = now


def simple_fold(code):
    for folded in (chr(code).casefold(), chr(code).lower()):
        if len(folded) == 1:
            return ord(folded)
    return code


def fold_ranges():
    """(first, last, step, what to add) of code points that fold."""
    pairs = [(c, simple_fold(c) - c) for c in range(LAST + 1) if simple_fold(c) != c]
    ranges = []
    for code, delta in pairs:
        if ranges:
            first, last, step, old = ranges[-1]
            gap = code - last
            if old == delta and (gap == step or (first == last and gap <= 2)):
                ranges[-1] = (first, code, gap, old)
                continue
        ranges.append((code, code, 1, delta))
    return ranges


def lines(items):
    return textwrap.fill(", ".join(items), 96, initial_indent="    ", subsequent_indent="    ",
                         break_long_words=False, break_on_hyphens=False)


def main():
    changes = [f"0x{change:X}" for change in class_changes()]
    folds = [f"{{0x{a:X}, 0x{b:X}, {step}, {delta}}}" for a, b, step, delta in fold_ranges()]
    text = f"""#pragma once

// Made by make_unicode_ranges.py from Unicode {unicodedata.unidata_version}. Do not edit.

#include <array>
#include <cstdint>

namespace sheetbq::table {{

// clang-format off
/// Code points where the class changes: `first << 3 | class`, in order; the classes are 1 letter
/// (L), 2 mark (M), 3 number (N), 4 connector or dash (Pc, Pd), 0 anything else.
constexpr std::array<std::uint32_t, {len(changes)}> class_changes{{
{lines(changes)}}};

struct FoldRange {{
    std::uint32_t first;
    std::uint32_t last;
    std::uint32_t step;  ///< only every step-th code point from `first` on folds
    std::int32_t add;
}};

/// Simple case folding, in order.
constexpr std::array<FoldRange, {len(folds)}> fold_ranges{{{{
{lines(folds)}}}}};
// clang-format on

}}  // namespace sheetbq::table
"""
    pathlib.Path(__file__).with_name("unicode_ranges.hpp").write_text(text)
    print(f"{len(changes)} class changes, {len(folds)} fold ranges", file=sys.stderr)


if __name__ == "__main__":
    main()
