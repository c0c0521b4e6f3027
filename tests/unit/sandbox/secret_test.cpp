#include "google.hpp"

using namespace sheetbq;
using namespace sheetbq::sandbox;
using namespace sheetbq::sandbox::testing;

namespace json = boost::json;

namespace {

const std::string name = "projects/demo-project/secrets/s";

struct Store : Google {
    Store() { sandbox.secrets.add(name, "hello", me); }

    StoredSecret& stored() { return sandbox.secrets.secrets.at(name); }
    http::Response access(const std::string& path) {
        return get("https://secretmanager.googleapis.com/v1/" + path + ":access");
    }
};

}  // namespace

TEST_CASE("Secret Manager gives data and checksum of a version, by project id or number") {
    Store store;
    const std::string project = GENERATE("demo-project", "123456789012");
    const std::string version = GENERATE("latest", "1");
    const auto answer = store.access("projects/" + project + "/secrets/s/versions/" + version);
    CHECK(answer.status == 200);
    // crc32c("hello"), as google_crc32c computes it
    CHECK(json::parse(answer.body) ==
          json::parse(R"({"name":"projects/123456789012/secrets/s/versions/1",)"
                      R"("payload":{"data":"aGVsbG8=","dataCrc32c":"2591144780"}})"));
    CHECK(store.sandbox.invalid_requests().empty());
}

TEST_CASE("latest is the newest version, even when it is switched off") {
    Store store;
    store.stored().versions.push_back({.data = "x", .state = SecretVersion::State::disabled});
    const auto answer = store.access(name + "/versions/latest");
    CHECK(answer.status == 400);
    CHECK(error_of(answer).at("status") == "FAILED_PRECONDITION");
    CHECK(message_of(answer) ==
          "Secret Version [projects/123456789012/secrets/s/versions/2] is in DISABLED state.");
    store.stored().versions.back().state = SecretVersion::State::destroyed;
    CHECK_THAT(message_of(store.access(name + "/versions/2")), ContainsSubstring("DESTROYED"));
    CHECK(store.access(name + "/versions/1").status == 200);
}

TEST_CASE("what is not there is not found") {
    Store store;
    const std::string path = GENERATE(
        as<std::string>{}, "projects/demo-project/secrets/other/versions/latest",
        "projects/other/secrets/s/versions/latest", name + "/versions/2", name + "/versions/0",
        name + "/versions/x", name + "/versions/1x", name + "/versions/-1");
    const auto answer = store.access(path);
    CAPTURE(path);
    CHECK(answer.status == 404);
    CHECK(error_of(answer).at("status") == "NOT_FOUND");
}

TEST_CASE("only accounts with the role read a secret, and every attempt is kept") {
    Store store;
    store.stored().accessors = {"other@example.com"};
    const auto refused = store.access(name + "/versions/latest");
    CHECK(refused.status == 403);
    CHECK(message_of(refused) ==
          "Permission 'secretmanager.versions.access' denied for resource "
          "'projects/demo-project/secrets/s/versions/latest' (or it may not exist).");
    CHECK(error_of(refused).at("details").at(0).at("reason") == "IAM_PERMISSION_DENIED");
    store.stored().accessors = {"*"};
    CHECK(store.access(name + "/versions/1").status == 200);

    const auto& journal = store.sandbox.secrets.journal;
    REQUIRE(journal.size() == 2);
    CHECK(journal[0].name == name + "/versions/latest");
    CHECK(journal[0].account == me);
    CHECK(journal[0].status == 403);
    CHECK(journal[1].status == 200);
}

TEST_CASE("a checksum is wrong as often as asked for") {
    Store store;
    store.stored().wrong_checksums = 1;
    const auto checksum = [&] {
        const auto body = json::parse(store.access(name + "/versions/1").body);
        return std::string{body.at("payload").at("dataCrc32c").as_string()};
    };
    CHECK(checksum() != "2591144780");
    CHECK(checksum() == "2591144780");
}

TEST_CASE("Secret Manager wants a token for the whole platform") {
    Store store;
    store.token = store.sandbox.token_for(me, {"bigquery"});
    CHECK(store.access(name + "/versions/1").status == 403);
    CHECK(store.sandbox.secrets.journal.empty());
}

TEST_CASE("secrets of a region are at the region's own host") {
    Store store;
    const std::string regional = "projects/demo-project/locations/europe-west3/secrets/s";
    store.sandbox.secrets.add(regional, "there", me);
    const auto path = "/v1/" + regional + "/versions/1:access";
    const auto answer = store.get("https://secretmanager.europe-west3.rep.googleapis.com" + path);
    CHECK(answer.status == 200);
    CHECK(json::parse(answer.body).at("name") ==
          "projects/123456789012/locations/europe-west3/secrets/s/versions/1");
    CHECK(store.sandbox.invalid_requests().empty());
    CHECK(store.get("https://secretmanager.googleapis.com" + path).status == 404);
    CHECK(store.get("https://secretmanager.rep.googleapis.com" + path).status == 404);
}

TEST_CASE("requests that Secret Manager's description does not know are told") {
    Store store;
    if (!store.sandbox.discovery_enabled()) return;
    store.get("https://secretmanager.googleapis.com/v1/" + name + "/versions/1:access?when=now");
    CHECK(store.sandbox.invalid_requests().size() == 1);
}
