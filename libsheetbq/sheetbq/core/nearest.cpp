#include "sheetbq/core/nearest.hpp"

#include <algorithm>
#include <numeric>
#include <vector>

namespace sheetbq {

// Damerau and Levenshtein, with each pair swapped at most once; three rows of the table.
std::size_t slips(std::string_view a, std::string_view b) {
    std::vector<std::size_t> before_last(b.size() + 1);
    std::vector<std::size_t> last(b.size() + 1);
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 1; i <= a.size(); ++i) {
        before_last.swap(last);
        last.swap(row);
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t wrong = a[i - 1] == b[j - 1] ? 0 : 1;
            row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + wrong});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = std::min(row[j], before_last[j - 2] + 1);
        }
    }
    return row[b.size()];
}

std::string_view nearest(std::string_view typed, std::span<const std::string> words) {
    constexpr std::size_t most_slips = 2;
    constexpr std::size_t longest = 64;  // nobody means a word of ours by a longer one
    if (typed.size() > longest) return {};
    std::string_view best;
    std::size_t fewest = most_slips + 1;
    for (const auto& word : words) {
        const auto count = slips(typed, word);
        // Of a word of two letters, two slips leave nothing.
        if (count >= fewest || count >= std::max(typed.size(), word.size())) continue;
        fewest = count;
        best = word;
    }
    if (!best.empty()) return best;
    const auto begins = [&](const std::string& word) { return word.starts_with(typed); };
    if (typed.size() > 1 && std::count_if(words.begin(), words.end(), begins) == 1)
        return *std::find_if(words.begin(), words.end(), begins);
    return {};
}

}  // namespace sheetbq
