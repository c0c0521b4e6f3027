#include "integration/store/store_world.hpp"
#include "sheetbq/app/find_config.hpp"
#include "support/catch.hpp"

#include <fmt/format.h>

using namespace sheetbq::testing;
using sheetbq::Code;
using sheetbq::Error;
using sheetbq::app::find_config;

namespace {

Error not_found(sheetbq::control::Store& store, const std::string& word) {
    try {
        find_config(store, word);
    } catch (const Error& error) {
        return error;
    }
    FAIL("there is one: " << word);
    return Error{Code::internal, ""};
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
