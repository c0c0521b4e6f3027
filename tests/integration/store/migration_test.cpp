#include "integration/store/store_world.hpp"
#include "support/catch.hpp"

#include <fmt/format.h>

#include <future>

using namespace sheetbq::testing;
using sheetbq::Code;
using sheetbq::Error;

namespace {

std::string after(const std::string& text, const std::string& mark) {
    const auto at = text.find(mark);
    REQUIRE(at != std::string::npos);
    return text.substr(at + mark.size());
}

}  // namespace

TEST_CASE("The schema is made on first use, once, and then it is ready") {
    StoreWorld world{GENERATE(Route::direct, Route::bouncer), Start::bare};
    const auto store = world.open();
    CHECK_FALSE(store->hello().schema_ready);

    store->migrate();
    store->set_max_running(7);
    store->migrate();

    const auto hello = store->hello();
    CHECK(hello.schema_ready);
    CHECK(hello.max_running == 7);
    CHECK_FALSE(hello.paused);
    CHECK(world.value("SELECT count(*) FROM sheetbq.migration") == "2");
    CHECK(world.value("SELECT min(length(checksum)) FROM sheetbq.migration") == "64");
    CHECK(world.value("SELECT abs(extract(epoch FROM clock_timestamp()) - " +
                      std::to_string(hello.now.time_since_epoch().count() / 1'000'000'000) +
                      ") < 10") == "t");
}

TEST_CASE("A table that grows fast is set up for it") {
    StoreWorld world;

    CHECK(world.query("SELECT relname FROM pg_class WHERE reloptions @>"
                      " '{fillfactor=80,autovacuum_vacuum_scale_factor=0.02}' ORDER BY 1") ==
          Table{{"config_state"}, {"run"}});
}

TEST_CASE("Twenty that start at once on an empty database make one schema") {
    StoreWorld world{GENERATE(Route::direct, Route::bouncer), Start::bare};

    std::vector<std::future<bool>> starters;
    for (int i = 0; i < 20; ++i)
        starters.push_back(std::async(std::launch::async, [&, i] {
            const auto store = world.open(fmt::format("starter {}", i));
            store->migrate();
            return store->hello().schema_ready;
        }));
    int ready = 0;
    for (auto& starter : starters) ready += starter.get() ? 1 : 0;

    CHECK(ready == 20);
    CHECK(world.value("SELECT count(*) FROM sheetbq.migration") == "2");
}

TEST_CASE("A starter that dies in the middle leaves nothing behind") {
    StoreWorld world{Route::direct, Start::bare};
    auto sql = sheetbq::control::migration_sql();
    sql.resize(sql.rfind("COMMIT;"));

    world.query(sql);  // the connection closes without a commit

    CHECK(world.value("SELECT count(*) FROM pg_namespace WHERE nspname = 'sheetbq'") == "0");
    world.open()->migrate();
    CHECK(world.open()->hello().schema_ready);
}

TEST_CASE("A person may run the SQL, any number of times") {
    StoreWorld world{Route::direct, Start::bare};

    world.query(sheetbq::control::migration_sql());
    world.query(sheetbq::control::migration_sql());

    const auto store = world.open();
    CHECK(store->hello().schema_ready);
    store->migrate();
    CHECK(world.value("SELECT count(*) FROM sheetbq.migration") == "2");
}

TEST_CASE("The schema is brought up to date step by step, and keeps what it holds") {
    StoreWorld world{Route::direct, Start::bare};
    const auto store = world.open();

    CHECK(store->migrate(1) == 1);
    CHECK_FALSE(store->hello().schema_ready);
    const auto half = store->schema();
    REQUIRE(half.size() == 2);
    CHECK(half[0].applied_at.has_value());
    CHECK(half[0].sound);
    CHECK_FALSE(half[1].applied_at.has_value());
    world.query("UPDATE sheetbq.pool SET paused = true, paused_reason = 'since long'");

    CHECK(store->migrate() == 1);
    CHECK(store->migrate() == 0);
    CHECK(store->hello().schema_ready);
    CHECK(store->pool_state().paused_reason == "since long");
    CHECK_FALSE(store->pool_state().paused_at.has_value());
}

TEST_CASE("The steps of the schema are told, whatever became of them") {
    StoreWorld world{Route::direct, Start::bare};
    CHECK_FALSE(world.open()->schema().at(0).applied_at.has_value());
    world.open()->migrate();
    world.query(
        "UPDATE sheetbq.migration SET checksum = 'other' WHERE version = 2;"
        " INSERT INTO sheetbq.migration VALUES (3, 'later', 'x', now())");

    const auto steps = world.open()->schema();

    REQUIRE(steps.size() == 3);
    CHECK(steps[0].sound);
    CHECK_FALSE(steps[1].sound);
    CHECK(steps[2].name == "later");
    CHECK_FALSE(steps[2].sound);
}

TEST_CASE("A program that is older than the schema refuses to touch it") {
    StoreWorld world;
    const auto store = world.open();
    world.query(
        "INSERT INTO sheetbq.migration VALUES (3, 'later', 'x', now()),"
        " (4, 'later', 'x', now())");

    const auto error = GENERATE(true, false) ? error_of([&] { store->migrate(); })
                                             : error_of([&] { store->hello(); });

    CHECK(error.code() == Code::database);
    CHECK(error.text() == "this program is older than the database's schema");
    CHECK(error.reason() == "the schema sheetbq is at version 4, this program knows 2");
    CHECK_THAT(error.hint(), ContainsSubstring("Install the newer sheetbq"));
}

TEST_CASE("A schema that somebody else made differently is refused") {
    StoreWorld world;
    const auto store = world.open();
    world.query("UPDATE sheetbq.migration SET checksum = 'other'");

    const auto error = error_of([&] { store->migrate(); });

    CHECK(error.code() == Code::database);
    CHECK_THAT(error.reason(), ContainsSubstring("step 1 (\"first tables\") differs"));
    CHECK_THAT(error.hint(), ContainsSubstring("DROP SCHEMA sheetbq CASCADE"));
}

TEST_CASE("A role that may create nothing is told what to run, and that works") {
    StoreWorld world{Route::direct, Start::bare};
    const std::string role = "app \"" + world.database() + "\"";
    const std::string quoted = "\"app \"\"" + world.database() + "\"\"\"";
    world.query(
        fmt::format("CREATE ROLE {0} LOGIN;"
                    "GRANT SELECT, UPDATE (last_run) ON sheet_to_bigquery_configs TO {0}",
                    quoted));
    auto settings = world.settings();
    settings.user = role;
    const auto store = world.open(settings);

    const auto error = error_of([&] { store->migrate(); });

    CHECK(error.code() == Code::database);
    CHECK(error.text() == "the schema sheetbq cannot be created or brought up to date");
    CHECK_THAT(error.hint(), ContainsSubstring(fmt::format("GRANT CREATE ON DATABASE \"{}\" TO {};",
                                                           world.database(), quoted)));
    CHECK_THAT(error.hint(), ContainsSubstring(sheetbq::control::migration_sql()));
    SECTION("somebody else makes the schema") {
        world.query(after(error.hint(), "who may create schemas run:\n"));
    }
    SECTION("it may make the schema itself") {
        world.query(fmt::format("GRANT CREATE ON DATABASE {} TO {}", world.database(), quoted));
    }
    store->migrate();
    CHECK(store->hello().schema_ready);

    // Everything, with these rights and no more.
    store->set_max_running(10);
    CHECK(store->register_tick("t"));
    const auto good = running_run(world, *store);
    CHECK(store->finish(good, success()));
    CHECK(store->finish(running_run(world, *store), failure()));
    CHECK(store->request_run(good.config_id, "k"));
    CHECK(store->due({.tick_id = "t"}, 3).size() == 2);
    CHECK(store->overview(3).size() == 2);
    CHECK(store->metrics().configs == 2);
    store->define_bucket("b", 1, 1);
    CHECK(store->take_tokens("b", 1).count() == 0);
    store->trip_breaker("x", "y");
    store->reset_breaker();
    store->digest("t", 0);
    store->remind();
    for (const auto& message : store->lease_messages(10, std::chrono::seconds{60}))
        store->mark_sent(message.id);
    CHECK(store->win_sweep("retention", std::chrono::hours{1}));
    CHECK(store->sweep(std::chrono::hours{1}) == 0);
    store->release_all();
    world.query(fmt::format("DROP OWNED BY {0} CASCADE; DROP ROLE {0}", quoted));
}

TEST_CASE("A role without rights on a schema that is there is told which it lacks") {
    StoreWorld world;
    const auto role = "app_" + world.database();
    world.query(
        fmt::format("CREATE ROLE {0} LOGIN;"
                    "GRANT SELECT, UPDATE (last_run) ON sheet_to_bigquery_configs TO {0}",
                    role));
    auto settings = world.settings();
    settings.user = role;
    const auto store = world.open(settings);

    SECTION("not even to look") {
        const auto error = error_of([&] { store->hello(); });
        CHECK(error.code() == Code::database);
        CHECK_THAT(error.hint(), ContainsSubstring("GRANT USAGE ON SCHEMA sheetbq TO \"" + role));
    }
    SECTION("to look, not to write") {
        world.query(
            fmt::format("GRANT USAGE ON SCHEMA sheetbq TO {0};"
                        "GRANT SELECT ON ALL TABLES IN SCHEMA sheetbq TO {0}",
                        role));
        CHECK(store->hello().schema_ready);
        const auto error = error_of([&] { store->register_tick("t"); });
        CHECK(error.code() == Code::database);
        CHECK_THAT(error.reason(), ContainsSubstring("permission denied for table tick"));
        CHECK_THAT(error.hint(), ContainsSubstring("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL "
                                                   "TABLES IN SCHEMA sheetbq TO \"" +
                                                   role));
    }
    world.query(fmt::format("DROP OWNED BY {0} CASCADE; DROP ROLE {0}", role));
}
