#include "sheetbq/table/cell_formats.hpp"

#include "support/catch.hpp"

using sheetbq::table::CellFormats;
using sheetbq::table::NumberKind;

TEST_CASE("formats know scanned rows cell by cell") {
    CellFormats formats{10, 3, 2};

    formats.add(10, 0, NumberKind::date, false, false);
    formats.add(12, 1, NumberKind::number, true, true);

    REQUIRE(formats.row(10) != nullptr);
    CHECK((formats.row(10)[0] & CellFormats::scanned) != 0);
    CHECK(CellFormats::kind_of(formats.row(10)[0]) == NumberKind::date);
    CHECK(formats.row(10)[1] == 0);
    CHECK((formats.row(12)[1] & CellFormats::error) != 0);
    CHECK((formats.row(12)[1] & CellFormats::loading) != 0);
    CHECK((formats.row(10)[0] & (CellFormats::error | CellFormats::loading)) == 0);
}

TEST_CASE("formats know nothing of rows outside, before or behind") {
    const CellFormats formats{10, 3, 2};
    CHECK(formats.row(9) == nullptr);
    CHECK(formats.row(13) == nullptr);
    CHECK(formats.row(0) == nullptr);
    CHECK(CellFormats{}.row(0) == nullptr);
}

TEST_CASE("a column's habit is its commonest format, sampled rows included, errors not") {
    CellFormats formats{0, 1, 3};
    formats.add(0, 0, NumberKind::number, false, false);
    formats.add(500, 0, NumberKind::date, false, false);
    formats.add(501, 0, NumberKind::date, false, false);
    for (int row = 600; row < 610; ++row) formats.add(row, 0, NumberKind::time, true, false);
    formats.add(502, 1, NumberKind::datetime, false, false);

    CHECK(formats.habit(0) == NumberKind::date);
    CHECK(formats.habit(1) == NumberKind::datetime);
    CHECK(formats.habit(2) == NumberKind::number);
    CHECK(formats.mixed(0));
    CHECK_FALSE(formats.mixed(1));
    CHECK_FALSE(formats.mixed(2));
}

TEST_CASE("cells outside the columns are passed over") {
    CellFormats formats{0, 2, 2};
    formats.add(0, -1, NumberKind::date, false, false);
    formats.add(0, 2, NumberKind::date, false, false);
    CHECK(formats.row(0)[0] == 0);
    CHECK(formats.row(0)[1] == 0);
    CHECK(formats.habit(-1) == NumberKind::number);
    CHECK(formats.habit(7) == NumberKind::number);
    CHECK_FALSE(formats.mixed(-1));
}
