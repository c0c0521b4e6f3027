#include "sheetbq/core/process.hpp"

#include "support/catch.hpp"

#include <sys/resource.h>

TEST_CASE("A crash leaves no file of what memory held, whatever the limits were") {
    rlimit before{};
    REQUIRE(getrlimit(RLIMIT_CORE, &before) == 0);
    before.rlim_cur = before.rlim_max;
    REQUIRE(setrlimit(RLIMIT_CORE, &before) == 0);

    sheetbq::forbid_core_dumps();

    rlimit after{};
    REQUIRE(getrlimit(RLIMIT_CORE, &after) == 0);
    CHECK(after.rlim_cur == 0);
    CHECK(after.rlim_max == 0);
}
