#include "google.hpp"
#include "sandbox/signing.hpp"
#include "sandbox/text.hpp"

using namespace sheetbq;
using namespace sheetbq::sandbox;
using namespace sheetbq::sandbox::testing;

namespace json = boost::json;

namespace {

const std::string certs_url = "https://www.googleapis.com/oauth2/v3/certs";
const std::string control = "http://127.0.0.1:8085/_sandbox/";
const std::string metadata_url =
    "http://metadata.google.internal/computeMetadata/v1/instance/service-accounts/default/"
    "identity";

/// One key for all tests: making one takes a tenth of a second.
const CertsWorld::Key& key() {
    static const auto made = [] {
        CertsWorld world;
        world.rotate();
        return world.keys.front();
    }();
    return made;
}

struct Issuer : Google {
    Issuer() { sandbox.certs.keys = {key()}; }

    json::array published() {
        const auto answer = get(certs_url);
        return json::parse(answer.body).at("keys").as_array();
    }
    http::Response metadata(const std::string& query) {
        return sandbox.send(
            {.url = metadata_url + query, .headers = {{"metadata-flavor", "Google"}}}, nullptr, {});
    }
};

json::object claims_of(const std::string& token) {
    const auto parts = split(token, '.');
    REQUIRE(parts.size() == 3);
    REQUIRE(verify_rs256(key().public_pem, parts[0] + "." + parts[1],
                         from_base64url(parts[2]).value()));
    return json::parse(from_base64url(parts[1]).value()).as_object();
}

}  // namespace

TEST_CASE("Google's keys are published as a JWK set that may be kept") {
    Issuer google;
    const auto answer = google.get(certs_url);
    CHECK(answer.status == 200);
    CHECK(answer.headers.find("cache-control") ==
          "public, max-age=19845, must-revalidate, no-transform");
    const auto keys = google.published();
    REQUIRE(keys.size() == 1);
    CHECK(keys[0].at("kid") == json::value(key().id));
    CHECK(keys[0].at("kty") == "RSA");
    CHECK(keys[0].at("alg") == "RS256");
    CHECK(keys[0].at("e") == "AQAB");
    CHECK(keys[0].at("n").as_string().size() == 342);
    CHECK(google.sandbox.invalid_requests().empty());
}

TEST_CASE("nobody needs a token for Google's keys") {
    Issuer google;
    CHECK(google.sandbox.send({.url = certs_url}, nullptr, {}).status == 200);
}

TEST_CASE("an identity token says who, for whom and until when, and can be changed") {
    Issuer google;
    const auto claims = claims_of(google.sandbox.identity_token(me, "https://service"));
    CHECK(claims.at("iss") == "https://accounts.google.com");
    CHECK(claims.at("aud") == "https://service");
    CHECK(claims.at("email") == json::value(me));
    CHECK(claims.at("email_verified") == true);
    CHECK(claims.at("exp").to_number<long>() - claims.at("iat").to_number<long>() == 3600);
    CHECK(claims.at("sub").as_string().size() == 21);

    const auto changed = claims_of(google.sandbox.identity_token(
        me, "https://service", {{"email_verified", nullptr}, {"exp", 5}, {"x", "y"}}));
    CHECK_FALSE(changed.contains("email_verified"));
    CHECK(changed.at("exp") == 5);
    CHECK(changed.at("x") == "y");
}

TEST_CASE("keys rotate, and an older one stays published for a while") {
    Issuer google;
    CHECK(google.post_json(control + "rotate-keys", "").status == 200);
    const auto both = google.published();
    REQUIRE(both.size() == 2);
    CHECK(both[0].at("kid") == json::value(key().id));
    const auto header = split(google.sandbox.identity_token(me, "https://service"), '.').front();
    CHECK(json::parse(from_base64url(header).value()).at("kid") == both[1].at("kid"));
    google.sandbox.certs.rotate(0);
    CHECK(google.published().size() == 1);
}

TEST_CASE("an identity token is given over HTTP, too") {
    Issuer google;
    const auto answer = google.post_json(
        control + "identity-token",
        R"({"email":"a@example.com","audience":"https://s","claims":{"azp":null}})");
    REQUIRE(answer.status == 200);
    const auto claims = claims_of(std::string{json::parse(answer.body).at("token").as_string()});
    CHECK(claims.at("email") == "a@example.com");
    CHECK_FALSE(claims.contains("azp"));
    for (const std::string body :
         {"", "[]", "{}", R"({"audience":5})", R"({"audience":"a","claims":5})"})
        CHECK(google.post_json(control + "identity-token", body).status == 400);
}

TEST_CASE("the metadata server gives identity tokens of its account") {
    Issuer google;
    const auto full = google.metadata("?audience=https%3A%2F%2Fs&format=full");
    CHECK(full.status == 200);
    CHECK(full.headers.find("metadata-flavor") == "Google");
    const auto claims = claims_of(full.body);
    CHECK(claims.at("aud") == "https://s");
    CHECK(claims.at("email") == "sandbox@demo-project.iam.gserviceaccount.com");
    CHECK_FALSE(claims_of(google.metadata("?audience=a").body).contains("email"));
    CHECK(google.metadata("").status == 400);
}
