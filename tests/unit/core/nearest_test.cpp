#include "sheetbq/core/nearest.hpp"

#include "support/catch.hpp"

#include <string>
#include <vector>

using sheetbq::nearest;
using sheetbq::slips;

TEST_CASE("slips counts characters too many, missing, wrong or swapped") {
    struct Case {
        std::string a, b;
        std::size_t count;
    };
    for (const auto& [a, b, count] :
         {Case{"", "", 0}, Case{"host", "host", 0}, Case{"", "abc", 3}, Case{"hst", "host", 1},
          Case{"hoost", "host", 1}, Case{"hist", "host", 1}, Case{"hots", "host", 1},
          Case{"ohts", "host", 2}, Case{"kitten", "sitting", 3}, Case{"ca", "abc", 3}}) {
        CAPTURE(a, b);
        CHECK(slips(a, b) == count);
        CHECK(slips(b, a) == count);
    }
}

TEST_CASE("nearest finds what was meant, and nothing when nothing is near") {
    const std::vector<std::string> words{"postgres-host", "postgres-port", "dry-run", "wait", "on"};
    struct Case {
        std::string typed, meant;
    };
    for (const auto& [typed, meant] :
         {Case{"postgres-hots", "postgres-host"}, Case{"postgres-prt", "postgres-port"},
          Case{"dryrun", "dry-run"}, Case{"dry", "dry-run"}, Case{"wait", "wait"},
          Case{"postgres", ""}, Case{"launcher", ""}, Case{"", ""}, Case{"xy", ""}, Case{"x", ""},
          Case{std::string(100'000, 'w'), ""}}) {
        CAPTURE(typed.substr(0, 20));
        CHECK(nearest(typed, words) == meant);
    }
}
