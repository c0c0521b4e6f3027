#include "sheetbq/app/table_change.hpp"

#include "sheetbq/app/table_argument.hpp"
#include "support/catch.hpp"

using namespace sheetbq;
using table::Column;
using table::Schema;
using table::Type;

namespace {

std::string told(const Schema& before, const Schema& after) {
    std::string out;
    for (const auto& change : app::column_changes(before, after))
        out += change.name + ":" + change.before + ">" + change.after + " ";
    return out;
}

}  // namespace

TEST_CASE("columns that go, come and change are told, in the order of what is there") {
    const Schema now{{.name = "id", .type = Type::int64},
                     {.name = "oops", .type = Type::string},
                     {.name = "amount", .type = Type::float64}};
    const Schema then{{.name = "ID", .type = Type::int64, .required = true},
                      {.name = "amount", .type = Type::int64},
                      {.name = "paid_on", .type = Type::date}};

    CHECK(told(now, then) ==
          "id:INT64>INT64 REQUIRED oops:STRING> amount:FLOAT64>INT64 paid_on:>DATE ");
}

TEST_CASE("names without case, order and descriptions are no change") {
    const Schema now{{.name = "Straße", .type = Type::string, .description = "new"},
                     {.name = "b", .type = Type::date}};
    const Schema then{{.name = "B", .type = Type::date}, {.name = "straße", .type = Type::string}};

    CHECK(told(now, then).empty());
}

TEST_CASE("a type is shown with its parameters, and an unknown one as it is called") {
    CHECK(app::type_text({.name = "a", .type = Type::numeric, .precision = 10, .scale = 2}) ==
          "NUMERIC(10,2)");
    CHECK(app::type_text({.name = "a", .type = Type::numeric, .precision = 10}) == "NUMERIC(10)");
    CHECK(app::type_text({.name = "a", .type = Type::string, .max_length = 5}) == "STRING(5)");
    CHECK(app::type_text({.name = "a", .type = Type::other, .type_name = "RECORD"}) == "RECORD");
    CHECK(app::mode_text({.name = "a", .repeated = true}) == "REPEATED");
}

TEST_CASE("a table is known by its name") {
    const auto text = GENERATE(as<std::string>{}, "my-project.sales.orders",
                               "my-project:sales.orders", "`my-project.sales.orders`");

    const auto id = app::read_table_name(text);

    REQUIRE(id);
    CHECK(id->dotted() == "my-project.sales.orders");
}

TEST_CASE("a project may have a domain, and a table letters of any script") {
    const auto id = app::read_table_name("example.com:shop.sales.Aufträge 2026");

    REQUIRE(id);
    CHECK(id->project == "example.com:shop");
    CHECK(id->dataset == "sales");
    CHECK(id->table == "Aufträge 2026");
}

TEST_CASE("what is no table's name may be a configuration's") {
    const auto text =
        GENERATE(as<std::string>{}, "orders", "12", "sales.orders", "a..b", ".a.b", "a.b.",
                 "a b.c.d", "a.b-c.d", "p.d.t@123", "p.d.t$2026", "", ".", "``");

    CHECK_FALSE(app::read_table_name(text));
}
