#include "sheetbq/app/gate.hpp"

#include "support/catch.hpp"
#include "support/fake_clock.hpp"
#include "support/scripted_transport.hpp"

#include <vector>

using namespace sheetbq;
using namespace sheetbq::app;
using sheetbq::testing::FakeClock;
using sheetbq::testing::ScriptedTransport;

namespace {

struct World {
    FakeClock clock;
    ScriptedTransport network;
    std::vector<Event> events;

    Authenticate gate(const GateSettings& settings) {
        return make_gate(settings, network, clock,
                         Log{[this](const Event& event) { events.push_back(event); }});
    }
    Code refused(const GateSettings& settings) {
        try {
            gate(settings);
        } catch (const Error& error) {
            CHECK_FALSE(error.hint().empty());
            return error.code();
        }
        return Code::internal;
    }
};

GateSettings on_cloud(std::string word) {
    return {.word = std::move(word), .address = "0.0.0.0", .on_service = true};
}

}  // namespace

TEST_CASE("on this machine alone nobody is asked who they are, unless somebody says so") {
    World world;

    CHECK_FALSE(world.gate({.address = "127.0.0.1"})({}, {}));
}

TEST_CASE("no setting leaves the gate open to the network") {
    World world;

    CHECK(world.refused({.word = "none", .address = "0.0.0.0"}) == Code::usage);
    CHECK(world.refused({.word = "none", .address = "127.0.0.1", .on_service = true}) ==
          Code::usage);
    CHECK(world.refused({.word = "", .address = "0.0.0.0"}) == Code::usage);
    CHECK(world.refused({.word = "open", .address = "127.0.0.1"}) == Code::usage);
}

TEST_CASE("full verification needs to know whom to let in") {
    World world;
    auto settings = on_cloud("oidc");
    CHECK(world.refused(settings) == Code::usage);
    settings.audiences = {"https://service.example"};
    CHECK(world.refused(settings) == Code::usage);
}

TEST_CASE("Cloud Run's own check counts on Cloud Run alone") {
    World world;

    CHECK(world.refused({.word = "iam", .address = "0.0.0.0", .on_service = false}) == Code::usage);
    CHECK_NOTHROW(world.gate(on_cloud("iam")));
}

TEST_CASE("who is turned away is not told why, and the log is") {
    World world;
    const auto gate = world.gate(on_cloud("iam"));
    const http::Headers forged{{"Authorization", "Bearer eyJhbGciOiJub25lIn0.e30.x"}};

    try {
        gate(forged, {});
        FAIL("it was let in");
    } catch (const Error& error) {
        CHECK(error.code() == Code::unauthenticated);
        CHECK(error.reason().empty());
    }
    REQUIRE(world.events.size() == 1);
    CHECK(world.events[0].name == "caller_refused");
}
