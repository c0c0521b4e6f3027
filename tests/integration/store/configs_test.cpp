#include "integration/store/store_world.hpp"
#include "sheetbq/app/find_config.hpp"
#include "support/catch.hpp"

#include <fmt/format.h>

using namespace sheetbq::testing;
using sheetbq::Code;
using sheetbq::Error;
using sheetbq::app::find_config;
using sheetbq::control::Config;

namespace {

Error not_found(sheetbq::control::Store& store, const std::string& word) {
    return error_of([&] { find_config(store, word); });
}

Config stock() {
    Config config;
    config.name = "stock";
    config.sheet_url = "1AbCdEfGhIjKlMnOpQrStUvWxYz0123456789";
    config.project = "shop";
    config.dataset = "sales";
    config.table = "stock";
    config.schema_handling = "custom";
    config.custom_schema = R"([{"name": "id", "type": "INT64"}])";
    config.frequency_hours = 6;
    return config;
}

}  // namespace

TEST_CASE("A configuration is found by its id and by its name") {
    StoreWorld world;
    const int orders = world.add({.name = "orders"});
    const int capitals = world.add({.name = "ORDERS"});
    const int contacts = world.add({.name = "Contacts"});
    const int digits = world.add({.name = "2024"});
    const auto store = world.open();

    CHECK(find_config(*store, std::to_string(contacts)).id == contacts);
    CHECK(find_config(*store, "orders").id == orders);
    CHECK(find_config(*store, "ORDERS").id == capitals);
    CHECK(find_config(*store, "contacts").id == contacts);
    CHECK(find_config(*store, std::to_string(digits)).id == digits);
    CHECK(store->configs({}).size() == 4);
}

TEST_CASE("A configuration that is not there is answered with the nearest") {
    StoreWorld world;
    const int id = world.add({.name = "Orders"});
    const auto store = world.open();

    const auto misspelled = not_found(*store, "oders");
    CHECK(misspelled.code() == Code::not_found);
    CHECK(misspelled.hint() == fmt::format("Did you mean \"Orders\" ({})?  helper configs list "
                                           "shows all of them.",
                                           id));
    CHECK(not_found(*store, "stock").hint() == "helper configs list shows all of them.");
    for (const auto* const number : {"4711", "99999999999999999999"}) {
        CHECK(not_found(*store, number).code() == Code::not_found);
        CHECK(not_found(*store, number).hint() == "helper configs list shows all of them.");
    }
    CHECK(not_found(*store, "").code() == Code::usage);
}

TEST_CASE("A name that several rows bear is answered with their ids") {
    StoreWorld world;
    const int first = world.add({.name = "orders"});
    const int second = world.add({.name = "orders"});
    const auto store = world.open();

    for (const auto* const word : {"orders", "Orders"}) {
        const auto error = not_found(*store, word);
        CHECK(error.code() == Code::usage);
        CHECK_THAT(error.reason(), ContainsSubstring(fmt::format("2 rows bear it: {} (", first)));
        CHECK_THAT(error.reason(), ContainsSubstring(fmt::format(", {} (", second)));
        CHECK(error.hint() == fmt::format("Write the id instead, e.g. {}.", first));
    }
}

TEST_CASE("Where there are no configurations yet, one is told how to make one") {
    StoreWorld world;
    const auto store = world.open();

    CHECK_THAT(not_found(*store, "orders").hint(), ContainsSubstring("helper configs create"));
}

TEST_CASE("A configuration is written, changed and deleted, each by its columns alone") {
    StoreWorld world;
    const auto store = world.open();

    const int id = store->create_config(stock());
    const auto made = store->config(id);
    REQUIRE(made.has_value());
    CHECK(made->name == "stock");
    CHECK(made->frequency_hours == 6);
    CHECK(made->active);
    CHECK_FALSE(made->tab.has_value());
    CHECK_FALSE(made->last_run.has_value());

    world.query("UPDATE sheet_to_bigquery_configs SET updated_at = now() - interval '1 day'");
    auto wanted = *made;
    wanted.tab = "Orders";
    wanted.active = false;
    CHECK(store->update_config(wanted, *made));
    CHECK(store->config(id)->tab == "Orders");
    CHECK_FALSE(store->config(id)->active);
    CHECK(world.value("SELECT updated_at > now() - interval '1 hour' FROM"
                      " sheet_to_bigquery_configs") == "t");

    CHECK(store->delete_config(id));
    CHECK_FALSE(store->delete_config(id));
    CHECK_FALSE(store->config(id).has_value());
}

TEST_CASE("A row that somebody else changed meanwhile is left alone") {
    StoreWorld world;
    const auto store = world.open();
    const int id = store->create_config(stock());
    const auto before = *store->config(id);
    auto wanted = before;
    wanted.table = "mine";
    world.query("UPDATE sheet_to_bigquery_configs SET bigquery_table_id = 'theirs'");

    CHECK_FALSE(store->update_config(wanted, before));
    CHECK(store->config(id)->table == "theirs");

    world.query("DELETE FROM sheet_to_bigquery_configs");
    CHECK_FALSE(store->update_config(wanted, before));
}

TEST_CASE("An update without a difference writes nothing") {
    StoreWorld world;
    const auto store = world.open();
    const int id = store->create_config(stock());
    world.query("UPDATE sheet_to_bigquery_configs SET updated_at = 'epoch'");

    CHECK(store->update_config(*store->config(id), *store->config(id)));

    CHECK(world.value("SELECT extract(epoch FROM updated_at)::int FROM"
                      " sheet_to_bigquery_configs") == "0");
}

TEST_CASE("Options need their column") {
    StoreWorld world;
    auto config = stock();
    config.options = R"({"header_row": 2})";

    const auto error = error_of([&] { world.open()->create_config(config); });
    CHECK(error.code() == Code::bad_config);
    CHECK_THAT(error.hint(), ContainsSubstring("ADD COLUMN options jsonb;"));

    world.query("ALTER TABLE sheet_to_bigquery_configs ADD COLUMN options jsonb");
    const auto store = world.open();
    CHECK(store->config(store->create_config(config))->options == config.options);
}

TEST_CASE("A value that the table refuses is told with the column's own words") {
    StoreWorld world;
    auto config = stock();
    config.name = std::string(300, 'x');

    const auto error = error_of([&] { world.open()->create_config(config); });

    CHECK(error.code() == Code::database);
    CHECK_THAT(error.reason(), ContainsSubstring("too long"));
    CHECK_THAT(error.hint(), ContainsSubstring("Shorten the value"));
}

TEST_CASE("A role that may only read is told the GRANT, and that works") {
    StoreWorld world;
    const int id = world.open()->create_config(stock());
    const std::string role = "reader_" + world.database();
    world.query(fmt::format(
        "CREATE ROLE {0} LOGIN; GRANT SELECT, UPDATE (last_run) ON sheet_to_bigquery_configs TO"
        " {0}; GRANT USAGE ON SCHEMA sheetbq TO {0};"
        " GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA sheetbq TO {0};"
        " GRANT USAGE ON ALL SEQUENCES IN SCHEMA sheetbq TO {0}",
        role));
    auto settings = world.settings();
    settings.user = role;
    const auto store = world.open(settings);
    const auto before = *store->config(id);
    auto wanted = before;
    wanted.frequency_hours = 1;
    const auto grants_of = [](const Error& error) {
        CHECK(error.code() == Code::permission_denied);
        return error.hint().substr(error.hint().find("GRANT"));
    };

    world.query(grants_of(error_of([&] { store->create_config(stock()); })));
    CHECK(store->create_config(stock()) > id);
    const auto update = grants_of(error_of([&] { store->update_config(wanted, before); }));
    CHECK_THAT(update, ContainsSubstring("UPDATE (run_frequency_hours)"));
    world.query(update);
    CHECK(store->update_config(wanted, before));
    world.query(grants_of(error_of([&] { store->delete_config(id); })));
    CHECK(store->delete_config(id));
    world.query(fmt::format("DROP OWNED BY {0}; DROP ROLE {0}", role));
}
