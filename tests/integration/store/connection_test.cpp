#include "integration/store/commit_cutter.hpp"
#include "integration/store/store_world.hpp"
#include "support/catch.hpp"

#include <fmt/format.h>
#include <pqxx/pqxx>

#include <chrono>
#include <future>

using namespace std::chrono_literals;
using namespace sheetbq::testing;
using sheetbq::Code;
using sheetbq::Error;
using sheetbq::Secret;
using sheetbq::control::PgSettings;

namespace {

std::string ours(const StoreWorld& world) {
    return "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'sheetbq/%'"
           " AND datname = '" +
           world.database() + "'";
}

void kill_sessions(const StoreWorld& world) {
    world.query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname ="
        " current_database() AND pid <> pg_backend_pid()");
}

/// Another session that holds the pool's row.
class PoolHolder {
public:
    explicit PoolHolder(const StoreWorld& world)
        : connection_{fmt::format("host={} user=postgres dbname={}", postgres().host(),
                                  world.database())},
          work_{connection_} {
        work_.exec("SELECT 1 FROM sheetbq.pool FOR UPDATE");
    }

private:
    pqxx::connection connection_;
    pqxx::work work_;
};

/// Waits until one of our sessions waits for a lock.
void wait_for_waiter(const StoreWorld& world) {
    while (world.value(ours(world) + " AND wait_event_type = 'Lock'") == "0") {
    }
}

}  // namespace

TEST_CASE("Our sessions bear our name and settings, for as long as a transaction lasts") {
    StoreWorld world{GENERATE(Route::direct, Route::bouncer)};
    const auto store = world.open("host/42/abc");
    world.query(
        "CREATE TABLE public.seen (name text, setting text);"
        "CREATE FUNCTION public.look() RETURNS trigger LANGUAGE plpgsql AS"
        " 'BEGIN INSERT INTO public.seen SELECT s.name, s.setting FROM pg_settings s;"
        " RETURN NEW; END';"
        "CREATE TRIGGER look BEFORE INSERT ON sheetbq.tick FOR EACH ROW"
        " EXECUTE FUNCTION public.look()");

    store->register_tick("t");

    const auto seen = [&](const std::string& name) {
        return world.value("SELECT setting FROM public.seen WHERE name = '" + name + "'");
    };
    CHECK(seen("application_name") == "sheetbq/host/42/abc");
    CHECK(seen("jit") == "off");
    CHECK(seen("search_path") == "pg_catalog");
    CHECK(seen("TimeZone") == "UTC");
    CHECK(seen("statement_timeout") == "20000");
    CHECK(seen("lock_timeout") == "3000");
    CHECK(seen("idle_in_transaction_session_timeout") == "15000");
    CHECK(seen("transaction_isolation") == "read committed");
    CHECK(seen("client_encoding") == "UTF8");
}

TEST_CASE("Connections that died while idle are replaced before anything is asked of them") {
    StoreWorld world;
    const auto store = world.open();
    world.add();
    {
        std::vector<std::future<void>> at_once;
        for (int i = 0; i < 8; ++i)
            at_once.push_back(std::async(std::launch::async, [&] {
                for (int n = 0; n < 20; ++n) store->hello();
            }));
    }
    CHECK(std::stoi(world.value(ours(world))) <= 5);

    kill_sessions(world);
    CHECK(claim_all(*store).size() == 1);
    kill_sessions(world);
    CHECK(store->runs({}).size() == 1);
}

TEST_CASE("A store outlives a restart of PostgreSQL") {
    StoreWorld world;
    const auto store = world.open();
    world.add();
    CHECK(store->hello().schema_ready);

    postgres().stop();
    const auto away = error_of([&] { store->hello(); });
    postgres().start();

    CHECK(away.code() == Code::database);
    CHECK_THAT(away.text(), ContainsSubstring("cannot connect to PostgreSQL at"));
    CHECK_THAT(away.hint(), ContainsSubstring("Start PostgreSQL"));
    CHECK(claim_all(*store).size() == 1);
}

TEST_CASE("A connection that breaks before the commit has changed nothing") {
    StoreWorld world;
    const auto store = world.open();
    world.add();
    std::optional<PoolHolder> holder{std::in_place, world};
    auto claim = std::async(std::launch::async, [&] { return store->claim({.tick_id = "t"}); });
    wait_for_waiter(world);

    world.query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name"
        " LIKE 'sheetbq/%' AND wait_event_type = 'Lock'");
    const auto error = error_of([&] { claim.get(); });
    holder.reset();

    CHECK(error.code() == Code::database);
    CHECK_THAT(error.text(), ContainsSubstring("was lost"));
    CHECK_FALSE(error.reason().empty());
    CHECK_THAT(error.hint(), ContainsSubstring("Nothing was changed"));
    CHECK(claim_all(*store).size() == 1);
}

TEST_CASE("An owner who alters the table costs one error at most, not every one after it") {
    StoreWorld world{GENERATE(Route::direct, Route::bouncer)};
    const auto store = world.open();
    REQUIRE(store->finish(running_run(world, *store), success()));
    const auto run = running_run(world, *store);

    world.query(
        "ALTER TABLE sheet_to_bigquery_configs ALTER COLUMN name TYPE text,"
        " ALTER COLUMN custom_schema TYPE json, ADD COLUMN mine int");
    bool ended = false;
    for (int tries = 0; tries < 2 && !ended; ++tries) try {
            ended = store->finish(run, success());
        } catch (const Error& error) {
            CHECK_THAT(error.reason(), ContainsSubstring("cached plan"));
        }

    CHECK(ended);
    CHECK(store->config(run.config_id)->last_run == run.created_at);
}

TEST_CASE("A lock is waited for three seconds, then somebody is told where to look") {
    StoreWorld world;
    const auto store = world.open();
    world.add();
    std::optional<PoolHolder> holder{std::in_place, world};
    const auto begin = std::chrono::steady_clock::now();

    const auto error = error_of([&] { store->claim({.tick_id = "t"}); });

    CHECK(std::chrono::steady_clock::now() - begin < 5s);
    CHECK(error.code() == Code::database);
    CHECK_THAT(error.reason(), ContainsSubstring("lock timeout"));
    CHECK_THAT(error.hint(), ContainsSubstring("FROM pg_stat_activity"));
    holder.reset();
    CHECK(claim_all(*store).size() == 1);
}

TEST_CASE("When the server ends the session while committing, nobody knows, and nobody retries") {
    StoreWorld world;
    const auto store = world.open();
    world.query(
        "CREATE FUNCTION public.die() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN"
        " PERFORM pg_terminate_backend(pg_backend_pid()); PERFORM pg_sleep(5);"
        " RETURN NULL; END';"
        "CREATE CONSTRAINT TRIGGER die AFTER INSERT ON sheetbq.tick DEFERRABLE INITIALLY"
        " DEFERRED FOR EACH ROW EXECUTE FUNCTION public.die()");

    const auto error = error_of([&] { store->register_tick("t"); });

    CHECK(error.code() == Code::database);
    CHECK_THAT(error.text(), ContainsSubstring("nobody knows whether it took place"));
    CHECK(world.value("SELECT count(*) FROM sheetbq.tick") == "0");
    world.query("DROP TRIGGER die ON sheetbq.tick");
    CHECK(store->register_tick("t"));
}

TEST_CASE("When the answer to a commit is lost, the change took place and nobody knows") {
    StoreWorld world;
    CommitCutter cutter{postgres().host() + "/.s.PGSQL.5432"};
    auto settings = world.settings();
    settings.host = cutter.folder();
    const auto store = world.open(settings);
    const auto run = running_run(world, *world.open());

    cutter.cut_next_commit();
    const auto error = error_of([&] { store->finish(run, success()); });

    CHECK(error.code() == Code::database);
    CHECK_THAT(error.text(), ContainsSubstring("nobody knows whether it took place"));
    CHECK_THAT(error.hint(), ContainsSubstring("Start again"));
    CHECK(store->run(run.run_id)->state == sheetbq::control::RunState::succeeded);
    CHECK_FALSE(store->finish(run, failure()));
    CHECK(world.value("SELECT count(*) FROM sheetbq.config_state") == "1");
}

TEST_CASE("PostgreSQL out of reach: which, why, and what to do; never the password") {
    struct Case {
        const char* what;
        PgSettings settings;
        const char* why;
        const char* hint;
    };
    StoreWorld world;
    const auto good = world.settings();
    const auto with = [&](auto change) {
        auto settings = good;
        settings.password = Secret{"hunter2/$ecret"};
        change(settings);
        return settings;
    };
    const std::vector<Case> cases{
        {"no such socket", with([](auto& s) { s.host = "/nonexistent"; }), "No such file",
         "Start PostgreSQL"},
        {"a socket's path that is too long",
         with([](auto& s) { s.host = "/cloudsql/" + std::string(120, 'x'); }), "is too long",
         "without /.s.PGSQL.5432"},
        {"nobody listens", with([](auto& s) { s.host = "127.0.0.1", s.port = "1"; }), "refused",
         "psql \"host=127.0.0.1\""},
        {"no such database", with([](auto& s) { s.database = "nope"; }),
         "database \"nope\" does not exist", "createdb"},
        {"no such role", with([](auto& s) { s.user = "nobody_here"; }),
         "role \"nobody_here\" does not exist", "--postgres-user"},
        {"a URL of another library",
         with([](auto& s) { s.url = Secret{"postgresql+psycopg2://u:hunter2@h/d"}; }),
         "postgresql+psycopg2://", "postgresql://USER:PASSWORD@HOST:5432/DATABASE"},
        {"a URL with a password that is not encoded",
         with([](auto& s) { s.url = Secret{"postgresql://u:hunter2/hunter2@127.0.0.1:1/d"}; }), "",
         "percent-encoded"},
        {"a URL with a bad code",
         with([](auto& s) { s.url = Secret{"postgresql://u:hunter2%zz@127.0.0.1:1/d"}; }),
         "percent-encoded", "percent-encoded"},
        {"a URL with an unknown word",
         with([](auto& s) { s.url = Secret{"postgresql://u:hunter2@127.0.0.1:1/d?colour=red"}; }),
         "colour", "percent-encoded"},
        {"words that are none", with([](auto& s) { s.url = Secret{"hunter2 hunter2"}; }), "missing",
         "percent-encoded"},
    };

    for (const auto& each : cases) {
        INFO(each.what);
        const auto error = error_of([&] { world.open(each.settings); });
        INFO(describe(error));
        CHECK((error.code() == Code::database || error.code() == Code::bad_config));
        CHECK_THAT(error.reason(), ContainsSubstring(each.why));
        CHECK_THAT(error.hint(), ContainsSubstring(each.hint));
        CHECK_THAT(describe(error), !ContainsSubstring("hunter2"));
    }
}

TEST_CASE("A URL, or words, say where PostgreSQL is") {
    StoreWorld world;
    auto settings = world.settings();
    const auto host = postgres().host();
    PgSettings given;
    given.instance = "one";
    const std::vector<std::string> addresses{
        fmt::format("postgresql://postgres:x%20%2F@/{}?host={}", world.database(), host),
        fmt::format("postgres:///{}?host={}&user=postgres&connect_timeout=2", world.database(),
                    host),
        fmt::format("host={} user=postgres dbname={}", host, world.database())};
    given.url = Secret{addresses.at(GENERATE(0U, 1U, 2U))};
    given.host = "ignored";

    CHECK(world.open(given)->hello().schema_ready);
    CHECK(world.open(settings)->instance() == "one");
    settings.instance = "";
    CHECK(world.open(settings)->instance().size() == 36);
}

TEST_CASE("The tests with PgBouncer do go through it") {
    if (!bouncer_runs()) {
        WARN("PgBouncer is not installed: its tests went to PostgreSQL directly");
        return;
    }
    StoreWorld world{Route::bouncer};
    CHECK(world.settings().port == "6432");
    const auto store = world.open();
    CHECK(store->hello().schema_ready);

    // A session setting as a startup option is what PgBouncer refuses: so it is one.
    auto settings = world.settings();
    settings.url =
        Secret{fmt::format("postgresql://postgres@/{}?host={}&port=6432&options=-cjit%3Doff",
                           world.database(), postgres().host())};
    CHECK_THAT(error_of([&] { world.open(settings); }).reason(),
               ContainsSubstring("unsupported startup parameter"));
}
