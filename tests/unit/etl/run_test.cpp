#include "support/catch.hpp"
#include "support/job_fixture.hpp"

using namespace sheetbq;
using sheetbq::testing::Job;

TEST_CASE("a run loads every kind of cell with the type that it is") {
    Job job;
    job.type_csv(
        "id,price,name,on,at,clock,ok,zip\n"
        "1,1.50,\"a \"\"b\"\", c\",2024-01-05,2024-01-05 10:17:42,10:17:42,TRUE,00123\n"
        "2,,,,,,,\n"
        "3,-0.25,ü😀,1999-12-31,1999-12-31 00:00:00,00:00:01,FALSE,99\n");

    const auto report = job.run();

    CHECK_FALSE(report.error);
    REQUIRE(job.table() != nullptr);
    CHECK(job.schema() ==
          "id:INT64 price:FLOAT64 name:STRING on:DATE at:DATETIME clock:TIME ok:BOOL zip:STRING");
    CHECK(report.rows == 3);
    CHECK(job.rows() ==
          "1|1.5|a \"b\", c|2024-01-05|2024-01-05T10:17:42|10:17:42|true|00123\n"
          "2|NULL|NULL|NULL|NULL|NULL|NULL|NULL\n"
          "3|-0.25|ü😀|1999-12-31|1999-12-31T00:00:00|00:00:01|false|99\n");
    CHECK(job.google.invalid_requests().empty());
}
