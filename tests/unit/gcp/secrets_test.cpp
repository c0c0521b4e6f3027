#include "sheetbq/gcp/secrets.hpp"

#include "sandbox/sandbox.hpp"
#include "support/catch.hpp"
#include "support/fake_clock.hpp"

using namespace sheetbq;
using namespace std::chrono_literals;

namespace {

const std::string me = "etl@demo-project.iam.gserviceaccount.com";
const std::string name = "projects/demo-project/secrets/db-password/versions/latest";

/// A token source for one account of the sandbox.
class Account final : public auth::TokenSource {
public:
    explicit Account(sandbox::Sandbox& google) : google_{google} {}
    auth::AccessToken token(std::stop_token) override {
        return {google_.token_for(me, {scope}), Clock::TimePoint::max()};
    }
    void forget(const auth::AccessToken&) override {}
    std::string account(std::stop_token) override { return me; }
    std::string quota_project() const override { return {}; }

    std::string scope = "cloud-platform";

private:
    sandbox::Sandbox& google_;
};

struct World {
    World() { google.secrets.add("projects/demo-project/secrets/db-password", "s3cret\n", me); }

    sandbox::StoredSecret& stored() {
        return google.secrets.secrets.at("projects/demo-project/secrets/db-password");
    }
    std::string read(const std::string& which) { return secrets.access(which, {}).reveal(); }
    Error refusal(const std::string& which) {
        try {
            secrets.access(which, {});
        } catch (const Error& error) {
            return error;
        }
        throw std::logic_error{"nothing was refused"};
    }

    testing::FakeClock clock;
    sandbox::Sandbox google{clock};
    Account account{google};
    gcp::Traffic traffic;
    gcp::ApiClient api{google, account, clock, {}, [](auto cap) { return cap; }, {}, traffic};
    gcp::Secrets secrets{api};
};

}  // namespace

TEST_CASE("a secret is read as it is, without the line break that echo added") {
    World world;
    const auto [stored, read] = GENERATE(table<std::string, std::string>({
        {"s3cret", "s3cret"},
        {"s3cret\n", "s3cret"},
        {"s3cret\r\n\n", "s3cret"},
        {" two\nlines ", " two\nlines "},
        {"", ""},
        {"\n", ""},
        {std::string("\0\xff\n", 3), std::string("\0\xff", 2)},
        {std::string(65'536, 'x'), std::string(65'536, 'x')},
        {"a", "a"},
        {"ab", "ab"},
    }));
    world.stored().versions = {{.data = stored}};
    CHECK(world.read(name) == read);
    CHECK(world.google.invalid_requests().empty());
    CHECK(world.google.requests().size() == 1);
}

TEST_CASE("a version is read by number, or the newest one as latest") {
    World world;
    world.stored().versions.push_back({.data = "newer"});
    CHECK(world.read("projects/demo-project/secrets/db-password/versions/1") == "s3cret");
    CHECK(world.read(name) == "newer");
    CHECK(world.read("projects/123456789012/secrets/db-password/versions/2") == "newer");
}

TEST_CASE("a secret of a region is asked from that region") {
    World world;
    world.google.secrets.add("projects/demo-project/locations/europe-west3/secrets/s", "x", me);
    CHECK(world.read("projects/demo-project/locations/europe-west3/secrets/s/versions/latest") ==
          "x");
    CHECK(world.google.requests().at(0).host == "secretmanager.europe-west3.rep.googleapis.com");
}

TEST_CASE("a damaged answer is asked for again, and given up after three") {
    World world;
    SECTION("once") {
        world.stored().wrong_checksums = 2;
        CHECK(world.read(name) == "s3cret");
        CHECK(world.google.requests().size() == 3);
    }
    SECTION("always") {
        world.stored().wrong_checksums = 99;
        const auto error = world.refusal(name);
        CHECK(error.code() == Code::unavailable);
        CHECK_THAT(error.what(), ContainsSubstring("db-password arrives damaged"));
        CHECK(world.google.requests().size() == 3);
    }
}

TEST_CASE("an answer without a sound payload is a damaged one") {
    World world;
    const std::string body = GENERATE("{}", R"({"payload":null})", R"({"payload":{"data":"YQ=="}})",
                                      R"({"payload":{"data":"YQ==","dataCrc32c":"x"}})",
                                      R"({"payload":{"data":"YQ==","dataCrc32c":""}})",
                                      R"({"payload":{"data":"YQ==","dataCrc32c":true}})",
                                      R"({"payload":{"data":"Y?==","dataCrc32c":"3251651376"}})",
                                      R"({"payload":{"data":"YQ","dataCrc32c":"3251651376"}})",
                                      R"({"payload":{"data":5,"dataCrc32c":"3251651376"}})");
    world.google.fail({.times = -1, .answer = sandbox::Answer{200, {}, body}});
    CHECK(world.refusal(name).code() == Code::unavailable);
}

TEST_CASE("a checksum may be written as a number") {
    World world;
    world.google.fail({.answer = sandbox::Answer{
                           200, {}, R"({"payload":{"data":"YQ==","dataCrc32c":3251651376}})"}});
    CHECK(world.read(name) == "a");
}

TEST_CASE("refusals say what to type") {
    World world;
    SECTION("no access") {
        world.stored().accessors = {"other@example.com"};
        const auto error = world.refusal(name);
        CHECK(error.code() == Code::permission_denied);
        CHECK(error.text() == me + " may not read the secret db-password");
        CHECK(error.hint() ==
              "Run: gcloud secrets add-iam-policy-binding db-password --project=demo-project "
              "--member=serviceAccount:" +
                  me + " --role=roles/secretmanager.secretAccessor");
    }
    SECTION("no such secret") {
        const auto error = world.refusal("projects/demo-project/secrets/other/versions/latest");
        CHECK(error.code() == Code::not_found);
        CHECK(error.hint() == "Run: gcloud secrets versions list other --project=demo-project");
    }
    SECTION("no such version") {
        CHECK(world.refusal("projects/demo-project/secrets/db-password/versions/7").code() ==
              Code::not_found);
    }
    SECTION("switched off") {
        world.stored().versions.front().state = GENERATE(sandbox::SecretVersion::State::disabled,
                                                         sandbox::SecretVersion::State::destroyed);
        const auto error = world.refusal(name);
        CHECK(error.code() == Code::bad_config);
        CHECK_THAT(error.hint(),
                   ContainsSubstring("gcloud secrets versions enable latest --secret=db-password "
                                     "--project=demo-project"));
    }
    SECTION("API switched off") {
        world.google.enabled["secretmanager.googleapis.com"] = false;
        const auto error = world.refusal(name);
        CHECK(error.text() == "the Secret Manager API is switched off in project 123456789012");
        CHECK_THAT(error.hint(),
                   ContainsSubstring("gcloud services enable secretmanager.googleapis.com"));
    }
    SECTION("scope missing") {
        world.account.scope = "bigquery";
        CHECK_THAT(world.refusal(name).text(), ContainsSubstring("lack a scope"));
    }
}

TEST_CASE("a secret in a region is named so in hints") {
    World world;
    const auto error =
        world.refusal("projects/demo-project/locations/us-east1/secrets/s/versions/latest");
    CHECK(error.hint() ==
          "Run: gcloud secrets versions list s --project=demo-project --location=us-east1");
}

TEST_CASE("trouble that passes is waited for") {
    World world;
    world.google.fail({.times = 2, .answer = sandbox::Answer{503}});
    CHECK(world.read(name) == "s3cret");
}

TEST_CASE("names of secrets are told from values") {
    const auto [text, is] = GENERATE(table<std::string, bool>({
        {"projects/p/secrets/s/versions/latest", true},
        {"projects/123/secrets/S_1-x/versions/42", true},
        {"projects/example.com:p/secrets/s/versions/1", true},
        {"projects/p/locations/us-central1/secrets/s/versions/1", true},
        {"projects/p/secrets/s", false},
        {"projects/p/secrets/s/versions/", false},
        {"projects//secrets/s/versions/1", false},
        {"projects/p/secrets/s/versions/1/", false},
        {"/projects/p/secrets/s/versions/1", false},
        {"projects/p/secrets/a b/versions/1", false},
        {"projects/p/secrets/../versions/1", false},
        {"projects/p/secrets/s/versions/1?x=y", false},
        {"projects/p/secrets/s%2f/versions/1", false},
        {"projects/p/regions/r/secrets/s/versions/1", false},
        {"projects/p/locations/r.evil.com/secrets/s/versions/1", false},
        {"projects/p/locations//secrets/s/versions/1", false},
        {"postgres://user:password@host/db", false},
        {"", false},
    }));
    CAPTURE(text);
    CHECK(gcp::is_secret_name(text) == is);
}

TEST_CASE("what is no name is not asked for, and not repeated: it may be the secret itself") {
    World world;
    const auto error = world.refusal("hunter2");
    CHECK(error.code() == Code::bad_config);
    CHECK_THAT(describe(error), !ContainsSubstring("hunter2"));
    CHECK_THAT(error.hint(), ContainsSubstring("projects/PROJECT/secrets/NAME/versions/latest"));
    CHECK(world.google.requests().empty());
}
