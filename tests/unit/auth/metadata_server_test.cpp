#include "sheetbq/auth/metadata_server.hpp"

#include "fixture.hpp"

using namespace sheetbq;
using namespace sheetbq::testing;
using namespace std::chrono_literals;

namespace {

constexpr auto ping = "http://169.254.169.254/";
const std::string account_path = "/computeMetadata/v1/instance/service-accounts/default/";
const std::string server = "http://metadata.google.internal" + account_path;

/// A Cloud Run job: the server is found by its address.
struct CloudRun : World {
    CloudRun() { google.on(ping, answers(200, "computeMetadata/\n", flavour)); }
};

}  // namespace

TEST_CASE("The metadata server is found and gives a token with the scopes that were asked for") {
    CloudRun world;
    world.google.on(server + "token", answers(200, token_json("ya29.run"), flavour));

    const auto found = world.credentials();

    CHECK(found.sheets->token({}).value == "ya29.run");
    CHECK(found.sheets == found.cloud);
    CHECK(found.sheets->quota_project().empty());
    CHECK(found.kind == "metadata server metadata.google.internal");
    const auto requests = world.google.requests();
    REQUIRE(requests.size() == 2);
    CHECK(requests[1].url ==
          server +
              "token?scopes=https%3A%2F%2Fwww.googleapis.com%2Fauth%2Fspreadsheets.readonly%2C"
              "https%3A%2F%2Fwww.googleapis.com%2Fauth%2Fdrive.metadata.readonly%2C"
              "https%3A%2F%2Fwww.googleapis.com%2Fauth%2Fcloud-platform");
    for (const auto& request : requests) {
        CHECK(request.method == http::Method::get);
        CHECK(request.headers.find("Metadata-Flavor") == "Google");
        CHECK(request.timeouts.connect <= 3s);
    }
}

TEST_CASE("The metadata server tells its e-mail address once") {
    CloudRun world;
    world.google.on(server + "email", answers(200, std::string{robot} + "\n", flavour));

    const auto found = world.credentials();

    CHECK(found.sheets->account({}) == robot);
    CHECK(found.sheets->account({}) == robot);
    CHECK(world.google.requests().size() == 2);
}

TEST_CASE("The metadata server's host is the one that is set, and then not looked for") {
    World world;
    world.settings.metadata_host = "127.0.0.1:8085";
    world.google.on("http://127.0.0.1:8085" + account_path + "token",
                    answers(200, token_json("t"), flavour));

    const auto found = world.credentials();

    CHECK(found.cloud->token({}).value == "t");
    CHECK(found.kind == "metadata server 127.0.0.1:8085");
    CHECK(world.google.requests().size() == 1);
}

TEST_CASE("The metadata server is looked for three times, a little apart") {
    World world;
    world.google.on(ping, breaks(), 2);
    world.google.on(ping, answers(200, "", flavour));

    CHECK(world.credentials().kind == "metadata server metadata.google.internal");
    CHECK(world.clock.now() - FakeClock{}.now() < 1s);
}

TEST_CASE("Something else at the metadata server's address is not it") {
    World world;
    const bool no_flavour = GENERATE(true, false);
    world.google.on(ping, no_flavour ? answers(200, "router") : breaks(), 3);

    const auto error = error_of([&] { world.credentials(); });

    REQUIRE(error);
    CHECK(error->code() == Code::unauthenticated);
    CHECK(world.google.requests().size() == (no_flavour ? 1U : 3U));
}

TEST_CASE("The metadata server is asked five times on passing troubles") {
    CloudRun world;
    const int status = GENERATE(408, 429, 500, 503, 504);
    world.google.on(server, answers(status, "wait", flavour), 4);
    world.google.on(server, answers(200, token_json("fifth"), flavour));

    CHECK(world.credentials().sheets->token({}).value == "fifth");
    CHECK(world.google.requests().size() == 6);
}

TEST_CASE("The metadata server's troubles end after the fifth time") {
    CloudRun world;
    world.google.on(server, breaks(), 9);

    const auto found = world.credentials();
    const auto error = error_of([&] { found.sheets->token({}); });

    REQUIRE(error);
    CHECK(error->code() == Code::unavailable);
    CHECK(world.google.requests().size() == 6);
}

TEST_CASE("The metadata server must show its own header") {
    CloudRun world;
    world.google.on(server, answers(200, token_json("SECRET")));

    const auto found = world.credentials();
    const auto error = error_of([&] { found.sheets->token({}); });

    REQUIRE(error);
    CHECK(error->code() == Code::unauthenticated);
    CHECK_THAT(error->reason(), ContainsSubstring("Metadata-Flavor: Google"));
    CHECK_THAT(error->hint(), ContainsSubstring("GCE_METADATA_HOST"));
    CHECK(describe(*error).find("SECRET") == std::string::npos);
}

TEST_CASE("A metadata server without account or scope says what to attach") {
    const auto [status, hint] = GENERATE(table<int, std::string>({
        {404, "gcloud run jobs update JOB --service-account=EMAIL"},
        {403,
         "gcloud compute instances set-service-account NAME --service-account=EMAIL "
         "--scopes=https://www.googleapis.com/auth/spreadsheets.readonly,"},
        {400, "lack a scope"},
    }));
    CloudRun world;
    world.google.on(server, answers(status, "no", flavour), 2);

    const auto found = world.credentials();
    for (const bool token : {true, false}) {
        const auto error = error_of([&] {
            if (token) found.sheets->token({});
            if (!token) found.sheets->account({});
        });
        REQUIRE(error);
        CHECK(error->code() == Code::unauthenticated);
        CHECK(error->reason() == "it answered HTTP " + std::to_string(status));
        CHECK_THAT(error->hint(), ContainsSubstring(hint));
    }
}

TEST_CASE("An account that is no e-mail address is unknown") {
    CloudRun world;
    world.google.on(server, answers(200, "demo.svc.id.goog", flavour));

    CHECK(world.credentials().sheets->account({}).empty());
}
