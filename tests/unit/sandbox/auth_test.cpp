#include "google.hpp"
#include "sandbox/signing.hpp"

using namespace sheetbq;
using namespace sheetbq::sandbox;
using namespace sheetbq::sandbox::testing;
using namespace std::chrono_literals;

namespace json = boost::json;

namespace {

const std::string token_url = "https://oauth2.googleapis.com/token";
const std::string sheets_scope = "https://www.googleapis.com/auth/spreadsheets.readonly";

/// One RSA key for all tests: making one takes a tenth of a second.
const KeyPair& key() {
    static const KeyPair pair = make_key_pair();
    return pair;
}

std::int64_t seconds(const Google& google) {
    return std::chrono::duration_cast<std::chrono::seconds>(google.clock.now().time_since_epoch())
        .count();
}

json::object good_claims(const Google& google) {
    return {{"iss", me},
            {"scope", sheets_scope},
            {"aud", token_url},
            {"iat", seconds(google)},
            {"exp", seconds(google) + 3600}};
}

std::string make_jwt(const json::object& claims,
                     const std::string& header = R"({"alg":"RS256","typ":"JWT","kid":"k1"})") {
    const auto text = base64url(header) + "." + base64url(json::serialize(claims));
    return text + "." + base64url(sign_rs256(key().private_pem, text));
}

http::Response present(Google& google, const std::string& jwt) {
    return google.post_form(
        token_url,
        "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=" + jwt);
}

void register_key(Google& google) {
    google.sandbox.identities.service_accounts[me].keys["k1"] = key().public_pem;
}

std::string description(const http::Response& response) {
    return std::string{json::parse(response.body).at("error_description").as_string()};
}

http::Response metadata(Google& google, const std::string& path, http::Headers headers) {
    return google.sandbox.send({.url = "http://metadata.google.internal/computeMetadata/v1/" + path,
                                .headers = std::move(headers)},
                               nullptr, {});
}

}  // namespace

TEST_CASE("the token endpoint gives a token for a signed assertion, good for what it asked") {
    Google google;
    register_key(google);
    const auto response = present(google, make_jwt(good_claims(google)));
    REQUIRE(response.status == 200);
    const auto body = json::parse(response.body);
    CHECK(body.at("expires_in") == 3599);
    CHECK(body.at("token_type") == "Bearer");
    google.token = body.at("access_token").as_string();
    CHECK(google.values("Sheet1").status == 200);
    CHECK(google.get("https://www.googleapis.com/drive/v3/files/S1").status == 403);
}

TEST_CASE("the token endpoint verifies the signature") {
    Google google;
    register_key(google);
    auto jwt = make_jwt(good_claims(google));
    SECTION("other claims under the same signature") {
        auto claims = good_claims(google);
        claims["scope"] = "https://www.googleapis.com/auth/cloud-platform";
        const auto first = jwt.find('.');
        jwt = jwt.substr(0, first + 1) + base64url(json::serialize(claims)) +
              jwt.substr(jwt.rfind('.'));
    }
    SECTION("a changed byte of the signature") {
        auto& c = jwt[jwt.rfind('.') + 20];
        c = c == 'A' ? 'B' : 'A';
    }
    SECTION("no signature") { jwt.resize(jwt.rfind('.') + 1); }
    SECTION("another algorithm") {
        jwt = make_jwt(good_claims(google), R"({"alg":"none","kid":"k1"})");
    }
    SECTION("an unknown key") {
        jwt = make_jwt(good_claims(google), R"({"alg":"RS256","kid":"k2"})");
    }
    const auto response = present(google, jwt);
    CHECK(response.status == 400);
    CHECK(json::parse(response.body).at("error") == "invalid_grant");
    CHECK(description(response) == "Invalid JWT Signature.");
}

TEST_CASE("the token endpoint checks every claim") {
    Google google;
    register_key(google);
    const auto now = seconds(google);
    const auto [name, value, status, error, text] =
        GENERATE_REF(table<std::string, json::value, int, std::string, std::string>({
            {"iss", "x@y.z", 400, "invalid_grant", "Invalid grant: account not found"},
            {"aud", "http://127.0.0.1/token", 400, "invalid_grant", "Failed audience check"},
            {"exp", now + 7200, 400, "invalid_grant", "must be a short-lived token"},
            {"exp", now - 301, 400, "invalid_grant", "must be a short-lived token"},
            {"iat", now + 301, 400, "invalid_grant", "must be a short-lived token"},
            {"scope", "", 400, "invalid_scope", "Invalid OAuth scope"},
            {"sub", "boss@example.com", 401, "unauthorized_client", "Client is unauthorized"},
        }));
    auto claims = good_claims(google);
    claims[name] = value;
    const auto response = present(google, make_jwt(claims));
    CHECK(response.status == status);
    CHECK(json::parse(response.body).at("error") == json::value(error));
    CHECK_THAT(description(response), ContainsSubstring(text));
}

TEST_CASE("domain-wide delegation gives a token of the person") {
    Google google;
    register_key(google);
    google.sandbox.identities.service_accounts[me].delegated_scopes = {sheets_scope};
    google.sandbox.sheets["S1"].shared_with = {"boss@example.com"};
    auto claims = good_claims(google);
    claims["sub"] = "boss@example.com";
    const auto response = present(google, make_jwt(claims));
    REQUIRE(response.status == 200);
    google.token = json::parse(response.body).at("access_token").as_string();
    CHECK(google.values("Sheet1").status == 200);
}

TEST_CASE("make_service_account_key writes a key file whose key is registered") {
    Identities identities;
    const auto file = json::parse(make_service_account_key(identities, me, "http://x/token"));
    const auto& keys = identities.service_accounts.at(me).keys;
    const std::string id{file.at("private_key_id").as_string()};
    const std::string pem{file.at("private_key").as_string()};
    CHECK(file.at("type") == "service_account");
    CHECK(file.at("token_uri") == "http://x/token");
    CHECK(verify_rs256(keys.at(id), "text", sign_rs256(pem, "text")));
    CHECK_FALSE(verify_rs256(keys.at(id), "tex", sign_rs256(pem, "text")));
}

TEST_CASE("the token endpoint refreshes consented tokens and refuses all others") {
    Google google;
    google.sandbox.identities.refresh_tokens["r1"] = {
        .client_id = "c", .client_secret = "s", .email = me, .scopes = {sheets_scope}};
    const auto [form, status, error] = GENERATE(table<std::string, int, std::string>({
        {"client_id=c&client_secret=s&refresh_token=r1", 200, ""},
        {"client_id=c&client_secret=x&refresh_token=r1", 401, "invalid_client"},
        {"client_id=c&client_secret=s&refresh_token=r2", 400, "invalid_grant"},
        {"client_id=c&client_secret=s&refresh_token=r1&scope=more", 400, "invalid_scope"},
    }));
    const auto response = google.post_form(token_url, "grant_type=refresh_token&" + form);
    CHECK(response.status == status);
    const auto body = json::parse(response.body);
    if (status == 200)
        CHECK(body.at("scope") == json::value(sheets_scope));
    else
        CHECK(body.at("error") == json::value(error));
    google.sandbox.identities.refresh_tokens["r1"].revoked = true;
    if (status == 200)
        CHECK(description(google.post_form(token_url, "grant_type=refresh_token&" + form)) ==
              "Token has been expired or revoked.");
}

TEST_CASE("make_authorized_user writes a file whose token is registered") {
    Google google;
    auto& identities = google.sandbox.identities;
    const auto first =
        json::parse(make_authorized_user(identities, "ann@example.com", {sheets_scope}));
    const auto second =
        json::parse(make_authorized_user(identities, "bob@example.com", {sheets_scope}));
    CHECK(first.at("type") == json::value("authorized_user"));
    CHECK(first.at("refresh_token") != second.at("refresh_token"));
    for (const auto& [file, person] :
         {std::pair{first, "ann@example.com"}, std::pair{second, "bob@example.com"}}) {
        google.sandbox.sheets["S1"].shared_with = {person};
        std::string form = "grant_type=refresh_token";
        for (const std::string name : {"client_id", "client_secret", "refresh_token"})
            form += "&" + name + "=" + std::string{file.at(name).as_string()};
        const auto answer = google.post_form(token_url, form);
        REQUIRE(answer.status == 200);
        google.token = json::parse(answer.body).at("access_token").as_string();
        CHECK(google.values("Sheet1").status == 200);
    }
}

TEST_CASE("people's tokens need a quota project where the account says so") {
    Google google;
    google.sandbox.identities.refresh_tokens["r1"] = {.email = me, .needs_quota_project = true};
    const auto response = google.values("Sheet1");
    CHECK(response.status == 403);
    CHECK_THAT(message_of(response), ContainsSubstring("requires a quota project"));
    CHECK(error_of(response).at("details").at(0).at("reason") == "SERVICE_DISABLED");
    const auto better = google.sandbox.send(
        {.url = "https://sheets.googleapis.com/v4/spreadsheets/S1",
         .headers = {{"authorization", "Bearer " + google.token}, {"X-Goog-User-Project", "p"}}},
        nullptr, {});
    CHECK(better.status == 200);
}

TEST_CASE("the token service exchanges known subject tokens") {
    Google google;
    google.sandbox.identities.federated_subjects["oidc"] = "principal://pool/subject";
    const std::string good =
        "grant_type=urn:ietf:params:oauth:grant-type:token-exchange&audience=//iam.googleapis.com/"
        "projects/1/x&scope=https://www.googleapis.com/auth/cloud-platform&requested_token_type="
        "urn:ietf:params:oauth:token-type:access_token&subject_token_type="
        "urn:ietf:params:oauth:token-type:jwt&subject_token=";
    const auto response = google.post_form("https://sts.googleapis.com/v1/token", good + "oidc");
    CHECK(response.status == 200);
    CHECK(json::parse(response.body).at("issued_token_type") ==
          "urn:ietf:params:oauth:token-type:access_token");
    const auto refused = google.post_form("https://sts.googleapis.com/v1/token", good + "other");
    CHECK(refused.status == 400);
    CHECK(json::parse(refused.body).at("error") == "invalid_grant");
    CHECK(google.post_form("https://sts.googleapis.com/v1/token", "grant_type=x").status == 400);
}

TEST_CASE("generateAccessToken impersonates only for those who may") {
    Google google;
    const std::string url =
        "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/"
        "robot@demo-project.iam.gserviceaccount.com:generateAccessToken";
    const std::string body = R"({"scope":["https://www.googleapis.com/auth/drive"]})";
    CHECK(google.post_json(url, body).status == 404);
    auto& robot =
        google.sandbox.identities.service_accounts["robot@demo-project.iam.gserviceaccount.com"];
    const auto refused = google.post_json(url, body);
    CHECK(refused.status == 403);
    CHECK(message_of(refused) ==
          "Permission 'iam.serviceAccounts.getAccessToken' denied on resource (or it may not "
          "exist).");
    robot.impersonators = {me};
    const auto answer = google.post_json(url, body);
    REQUIRE(answer.status == 200);
    CHECK(json::parse(answer.body).at("expireTime") == "2026-01-31T09:00:00.000Z");
    CHECK(google.post_json(url, R"({"scope":[]})").status == 400);
    CHECK(google.post_json(url, R"({"scope":["a"],"lifetime":"3601s"})").status == 400);
    CHECK(google.post_json(url, R"({"scope":["a"],"lifetime":"soon"})").status == 400);
}

TEST_CASE("signJwt signs with a key that the token endpoint accepts") {
    Google google;
    auto& account = google.sandbox.identities.service_accounts[me];
    account.impersonators = {me};
    account.keys["system-managed"] = key().public_pem;
    account.system_key = key().private_pem;
    const auto answer = google.post_json(
        std::string{"https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/"} + me +
            ":signJwt",
        json::serialize(json::object{{"payload", json::serialize(good_claims(google))}}));
    REQUIRE(answer.status == 200);
    const std::string jwt{json::parse(answer.body).at("signedJwt").as_string()};
    CHECK(present(google, jwt).status == 200);
}

TEST_CASE("getAllowedLocations says of a known account that it has no boundaries") {
    Google google;
    const auto ask = [&](const std::string& email) {
        return google.get("https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/" +
                          email + "/allowedLocations");
    };
    google.sandbox.identities.service_accounts[me];
    CHECK(json::parse(ask(me).body) == json::parse(R"({"encodedLocations":"0x0"})"));
    CHECK(ask("nobody@example.com").status == 404);
    CHECK(google.sandbox.invalid_requests().empty());
    google.token = google.sandbox.token_for(me, {"spreadsheets.readonly"});
    CHECK(ask(me).status == 403);
}

TEST_CASE("the metadata server insists on its header and answers with it") {
    Google google;
    const http::Headers flavor{{"Metadata-Flavor", "Google"}};
    const auto [path, body] = GENERATE(table<std::string, std::string>({
        {"project/project-id", "demo-project"},
        {"project/numeric-project-id", "123456789012"},
        {"universe/universe-domain", "googleapis.com"},
        {"instance/region", "projects/123456789012/regions/us-central1"},
        {"instance/service-accounts/default/email", "sandbox@demo-project.iam.gserviceaccount.com"},
    }));
    const auto answer = metadata(google, path, flavor);
    CHECK(answer.status == 200);
    CHECK(answer.body == body);
    CHECK(answer.headers.find("metadata-flavor") == "Google");
    CHECK(metadata(google, path, {}).status == 403);
    CHECK(
        metadata(google, path, {{"Metadata-Flavor", "Google"}, {"X-Forwarded-For", "1"}}).status ==
        403);
}

TEST_CASE("the metadata server's tokens have the scopes asked for, else cloud-platform only") {
    Google google;
    google.sandbox.sheets["S1"].shared_with = {"sandbox@demo-project.iam.gserviceaccount.com"};
    const auto [query, honours, status] = GENERATE(table<std::string, bool, int>({
        {"?scopes=https%3A%2F%2Fwww.googleapis.com%2Fauth%2Fspreadsheets.readonly,openid", true,
         200},
        {"", true, 403},
        {"?scopes=https%3A%2F%2Fwww.googleapis.com%2Fauth%2Fspreadsheets.readonly", false, 403},
    }));
    google.sandbox.identities.metadata_honours_scopes = honours;
    const auto answer = metadata(google, "instance/service-accounts/default/token" + query,
                                 {{"Metadata-Flavor", "Google"}});
    google.token = json::parse(answer.body).at("access_token").as_string();
    CHECK(google.values("Sheet1").status == status);
}
