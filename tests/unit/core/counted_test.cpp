#include "sheetbq/core/counted.hpp"

#include "support/catch.hpp"

#include <cstdint>

using sheetbq::counted;

TEST_CASE("counted writes one thing as one, and all other numbers of things with an s") {
    CHECK(counted(0, "row") == "0 rows");
    CHECK(counted(1, "error cell") == "1 error cell");
    CHECK(counted(UINT64_MAX, "row") == "18446744073709551615 rows");
}
