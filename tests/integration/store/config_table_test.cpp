#include "integration/store/store_world.hpp"
#include "support/catch.hpp"

#include <fmt/format.h>

using namespace sheetbq::testing;
using sheetbq::Code;
using sheetbq::Error;

namespace {

Error opening_error(const StoreWorld& world, const sheetbq::control::PgSettings& settings) {
    return error_of([&] { world.open(settings); });
}

}  // namespace

TEST_CASE("The owner's table may have any name in any schema") {
    struct Case {
        const char* really;
        const char* given;
    };
    const auto name = GENERATE(
        Case{"public.configs", "configs"}, Case{"public.configs", "Configs"},
        Case{"public.configs", "public.configs"}, Case{"sales.configs", "sales.configs"},
        Case{"public.\"My {Configs}\"", "My {Configs}"},
        Case{"public.\"My Configs\"", "\"My Configs\""}, Case{"public.\"Configs\"", "Configs"},
        Case{"\"Sales 1\".\"select\"", "\"Sales 1\".\"select\""});
    StoreWorld world{GENERATE(Route::direct, Route::bouncer)};
    const int id = world.add({.last_run = "NULL"});
    world.query(
        fmt::format("CREATE SCHEMA sales; CREATE SCHEMA \"Sales 1\";"
                    "CREATE TABLE {} AS SELECT * FROM sheet_to_bigquery_configs;"
                    "DROP TABLE sheet_to_bigquery_configs",
                    name.really));
    auto settings = world.settings();
    settings.config_table = name.given;

    const auto store = world.open(settings);
    store->set_max_running(1);
    const auto runs = store->claim({.tick_id = "t"});

    INFO(name.given);
    REQUIRE(runs.size() == 1);
    CHECK(store->finish(runs[0], success()));
    CHECK(store->due({.tick_id = "t"}, 1).size() == 1);
    CHECK(store->config(id)->last_run == runs[0].created_at);
    CHECK(store->overview(1).at(0).recent.size() == 1);
    CHECK(store->metrics().configs == 1);
    store->remind();
}

TEST_CASE("The owner's table is found along the role's own search_path") {
    StoreWorld world;
    const auto role = "app_" + world.database();
    world.query(
        fmt::format("CREATE SCHEMA sales; ALTER TABLE sheet_to_bigquery_configs SET SCHEMA"
                    " sales; CREATE ROLE {0} LOGIN SUPERUSER;"
                    "ALTER ROLE {0} SET search_path = sales",
                    role));
    auto settings = world.settings();
    settings.user = role;

    CHECK(world.open(settings)->hello().schema_ready);

    CHECK_THAT(opening_error(world, world.settings()).text(),
               ContainsSubstring("there is no table sheet_to_bigquery_configs"));
    world.query(fmt::format("DROP ROLE {}", role));
}

TEST_CASE("Nothing in the role's search_path stands between us and PostgreSQL's own functions") {
    StoreWorld world{GENERATE(Route::direct, Route::bouncer)};
    world.query(
        "CREATE FUNCTION public.now() RETURNS timestamptz LANGUAGE sql AS"
        " 'SELECT ''2001-01-01''::timestamptz';"
        "ALTER ROLE postgres SET search_path = public, pg_catalog");
    const auto store = world.open();
    world.add({.last_run = "pg_catalog.now() - interval '2 hours'"});

    const auto runs = claim_all(*store);
    world.query("ALTER ROLE postgres RESET search_path");

    CHECK(runs.size() == 1);
}

TEST_CASE("Options are read where the table has them") {
    StoreWorld world{GENERATE(Route::direct, Route::bouncer)};
    const int id = world.add();
    const auto before = world.open()->config(id).value();
    world.query("ALTER TABLE sheet_to_bigquery_configs ADD COLUMN options jsonb");
    CHECK_FALSE(before.options);

    const auto store = world.open();
    CHECK_FALSE(store->config(id)->options);
    const auto without = store->config(id)->hash;
    world.query("UPDATE sheet_to_bigquery_configs SET options = '{\"header_row\": 3}'");

    const auto config = store->config(id).value();
    CHECK(config.options == R"({"header_row": 3})");
    CHECK(config.hash != without);
    CHECK(store->due({.tick_id = "t"}, 1).at(0).config.options == config.options);
    CHECK(store->overview(1).at(0).config.options == config.options);
}

TEST_CASE("A table that is not there is named, with what to do") {
    StoreWorld world;
    auto settings = world.settings();
    settings.config_table = GENERATE("missing", "nowhere.missing", "x'; DROP TABLE y; --", "a b c",
                                     "\"", "sheetbq.run_history");

    const auto error = opening_error(world, settings);

    CHECK(error.code() == Code::bad_config);
    CHECK_THAT(error.text(), ContainsSubstring(settings.config_table));
    CHECK_THAT(error.hint(), ContainsSubstring("--config-table SCHEMA.TABLE"));
}

TEST_CASE("A table of something else is refused with all the columns it lacks") {
    StoreWorld world;
    world.query("CREATE TABLE other (id int, name text)");
    auto settings = world.settings();
    settings.config_table = "other";

    const auto error = opening_error(world, settings);

    CHECK(error.code() == Code::bad_config);
    CHECK(error.text() == "the table public.other is not one of configurations");
    CHECK_THAT(error.reason(), ContainsSubstring("google_sheet_url") &&
                                   ContainsSubstring("last_run") &&
                                   ContainsSubstring("bigquery_table_id"));
}

TEST_CASE("Rights that are lacking on the owner's table are named, with the GRANT") {
    StoreWorld world;
    const auto role = "app_" + world.database();
    world.query(
        fmt::format("CREATE ROLE {0} LOGIN; GRANT USAGE ON SCHEMA sheetbq TO {0};"
                    "GRANT SELECT ON ALL TABLES IN SCHEMA sheetbq TO {0}",
                    role));
    auto settings = world.settings();
    settings.user = role;
    const auto grant = fmt::format(
        "GRANT SELECT, UPDATE (last_run) ON public.sheet_to_bigquery_configs TO \"{}\";", role);

    const auto none = opening_error(world, settings);
    CHECK(none.code() == Code::bad_config);
    CHECK_THAT(none.reason(),
               ContainsSubstring("SELECT (name)") && ContainsSubstring("UPDATE (last_run)"));
    CHECK_THAT(none.hint(), ContainsSubstring(grant));

    world.query(fmt::format("GRANT SELECT ON sheet_to_bigquery_configs TO {}", role));
    CHECK(opening_error(world, settings).reason() == "it lacks UPDATE (last_run)");
    settings.read_only = true;
    CHECK(world.open(settings)->due({.tick_id = "t"}, 1).empty());

    settings.read_only = false;
    world.query(grant);
    CHECK_NOTHROW(world.open(settings));
    world.query(fmt::format("DROP OWNED BY {0} CASCADE; DROP ROLE {0}", role));
}

TEST_CASE("A view of configurations will do, when its last_run can be updated") {
    StoreWorld world;
    const int id = world.add();
    world.query("CREATE VIEW v AS SELECT * FROM sheet_to_bigquery_configs");
    auto settings = world.settings();
    settings.config_table = "v";
    const auto store = world.open(settings);

    const auto run = claim_all(*store).at(0);
    CHECK(store->finish(run, success()));

    CHECK(store->config(id)->last_run == run.created_at);
}
