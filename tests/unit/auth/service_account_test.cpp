#include "sheetbq/auth/service_account.hpp"

#include "fixture.hpp"

using namespace sheetbq;
using namespace sheetbq::testing;

namespace {

std::string oauth_error(const std::string& name, const std::string& words) {
    return boost::json::serialize(
        boost::json::object{{"error", name}, {"error_description", words}});
}

Error refused(World& world, int status, const std::string& body) {
    world.google.on(token_url, answers(status, body));
    const auto found = world.credentials();
    auto error = error_of([&] { found.sheets->token({}); });
    REQUIRE(error);
    CHECK(world.google.requests().size() == 1);
    CHECK(describe(*error).find("PRIVATE KEY") == std::string::npos);
    return *error;
}

}  // namespace

TEST_CASE("A service-account key becomes a token through a grant that it signed") {
    World world;
    const auto path = world.use(key_file());
    world.google.on(token_url, answers(200, token_json("ya29.key")));

    const auto found = world.credentials();
    const auto token = found.sheets->token({});

    CHECK(token.value == "ya29.key");
    CHECK(found.sheets == found.cloud);
    CHECK(found.sheets->account({}) == robot);
    CHECK(found.sheets->quota_project().empty());
    CHECK(found.kind == "service_account key " + path + " (" + robot + ")");
    const auto body = world.google.requests().at(0).body;
    CHECK(form_value(body, "grant_type") == "urn:ietf:params:oauth:grant-type:jwt-bearer");
    const auto jwt = open_jwt(form_value(body, "assertion"));
    CHECK(jwt.genuine);
    CHECK(jwt.header == R"({"alg":"RS256","typ":"JWT","kid":"kid-1"})");
    CHECK(jwt.claims ==
          R"({"iss":"etl@demo.iam.gserviceaccount.com","scope":"https://www.googleapis.com/auth/)"
          R"(spreadsheets.readonly https://www.googleapis.com/auth/drive.metadata.readonly )"
          R"(https://www.googleapis.com/auth/cloud-platform",)"
          R"("aud":"https://oauth2.googleapis.com/token","iat":1769846400,"exp":1769850000})");
}

TEST_CASE("A key with a token_uri on loopback is used there, with Google as the audience") {
    World world;
    auto file = key_file();
    file["token_uri"] = "http://127.0.0.1:8085/token";
    world.use(file);
    world.google.on("http://127.0.0.1:8085/token", answers(200, token_json("t")));

    world.credentials().sheets->token({});

    const auto jwt = open_jwt(form_value(world.google.requests().at(0).body, "assertion"));
    CHECK_THAT(jwt.claims, ContainsSubstring(R"("aud":"https://oauth2.googleapis.com/token")"));
}

TEST_CASE("A key without token_uri, or with the one of old, uses Google's endpoint") {
    World world;
    auto file = key_file();
    if (GENERATE(true, false))
        file.erase("token_uri");
    else
        file["token_uri"] = "https://accounts.google.com/o/oauth2/token";
    world.use(file);
    world.google.on(token_url, answers(200, token_json("t")));

    CHECK(world.credentials().sheets->token({}).value == "t");
}

TEST_CASE("A key is not sent to strangers") {
    const std::string uri = GENERATE(values<std::string>({
        "https://evil.example/token",
        "http://oauth2.googleapis.com/token",
        "https://googleapis.com.evil.example/token",
        "https://evilgoogleapis.com/token",
        "https://oauth2.googleapis.com@evil.example/token",
        "https://evil.example\\.googleapis.com/token",
        "ftp://oauth2.googleapis.com/token",
        "oauth2.googleapis.com/token",
        "http://127.0.0.1.evil.example/token",
    }));
    World world;
    auto file = key_file();
    CAPTURE(uri);
    file["token_uri"] = uri;
    const auto path = world.use(file);

    const auto error = error_of([&] { world.credentials(); });

    REQUIRE(error);
    CHECK(error->code() == Code::unauthenticated);
    CHECK_THAT(error->text(), ContainsSubstring(path));
    CHECK_THAT(error->reason(), ContainsSubstring("\"token_uri\" is not an https address under"));
    CHECK(world.google.requests().empty());
}

TEST_CASE("A key file with a missing or empty field is refused by the field's name") {
    const auto [field, empty] = GENERATE(table<std::string, bool>({{"client_email", false},
                                                                   {"client_email", true},
                                                                   {"private_key", false},
                                                                   {"private_key", true}}));
    World world;
    auto file = key_file();
    if (empty)
        file[field] = "";
    else
        file.erase(field);
    const auto path = world.use(file);

    const auto error = error_of([&] { world.credentials(); });

    REQUIRE(error);
    CHECK(error->code() == Code::unauthenticated);
    CHECK_THAT(error->text(), ContainsSubstring(path));
    CHECK(error->reason() == "its field \"" + field + "\" is " + (empty ? "empty" : "missing"));
    CHECK_THAT(error->hint(), ContainsSubstring("\"" + field + "\""));
}

TEST_CASE("A key that is no PEM is refused at once, without showing it") {
    World world;
    auto file = key_file();
    file["private_key"] = "-----BEGIN PRIVATE KEY-----\nMIISECRET\n-----END PRIVATE KEY-----\n";
    const auto path = world.use(file);

    const auto error = error_of([&] { world.credentials(); });

    REQUIRE(error);
    CHECK(error->code() == Code::unauthenticated);
    CHECK_THAT(error->text(), ContainsSubstring(path));
    CHECK_THAT(error->reason(), ContainsSubstring("\"private_key\""));
    CHECK_THAT(error->hint(),
               ContainsSubstring("gcloud iam service-accounts keys create key.json --iam-account=" +
                                 std::string{robot}));
    CHECK(describe(*error).find("MIISECRET") == std::string::npos);
}

TEST_CASE("A refused key says why and what to do") {
    const auto [words, hint] = GENERATE(table<std::string, std::string>({
        {"Invalid JWT Signature.", "gcloud iam service-accounts keys create key.json"},
        {"Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable "
         "timeframe. Check your iat and exp values in the JWT claim.",
         "which says 2026-01-31T08:00:00.000Z: sudo timedatectl set-ntp true"},
        {"Invalid grant: account not found", "gcloud iam service-accounts describe etl@demo"},
        {"Something new", "gcloud iam service-accounts keys list --iam-account=etl@demo"},
    }));
    World world;
    const auto path = world.use(key_file());

    const auto error = refused(world, 400, oauth_error("invalid_grant", words));

    CHECK(error.code() == Code::unauthenticated);
    CHECK_THAT(error.text(), ContainsSubstring(path));
    CHECK(error.reason() == words + " (invalid_grant)");
    CHECK_THAT(error.hint(), ContainsSubstring(hint));
}

TEST_CASE("With DELEGATED_USER the person reads sheets and the account does the rest") {
    World world;
    world.use(key_file());
    world.settings.delegated_user = "ann@corp.example";
    world.google.on(token_url, answers(200, token_json("of-ann")));
    world.google.on(token_url, answers(200, token_json("of-robot")));

    const auto found = world.credentials();
    CHECK(found.sheets->token({}).value == "of-ann");
    CHECK(found.cloud->token({}).value == "of-robot");

    CHECK(found.sheets->account({}) == "ann@corp.example");
    CHECK(found.cloud->account({}) == robot);
    CHECK_THAT(found.kind, ContainsSubstring("acting as ann@corp.example for Sheets and Drive"));
    const auto requests = world.google.requests();
    const auto person = open_jwt(form_value(requests.at(0).body, "assertion"));
    CHECK(person.genuine);
    CHECK(person.claims ==
          R"({"iss":"etl@demo.iam.gserviceaccount.com","scope":"https://www.googleapis.com/auth/)"
          R"(spreadsheets.readonly https://www.googleapis.com/auth/drive.metadata.readonly",)"
          R"("aud":"https://oauth2.googleapis.com/token","iat":1769846400,"exp":1769850000,)"
          R"("sub":"ann@corp.example"})");
    const auto account = open_jwt(form_value(requests.at(1).body, "assertion"));
    CHECK(account.claims.find("\"sub\"") == std::string::npos);
    CHECK_THAT(account.claims, ContainsSubstring("cloud-platform"));
}

TEST_CASE("A delegation that the domain does not allow names client id, scopes and place") {
    World world;
    world.use(key_file());
    world.settings.delegated_user = "ann@corp.example";

    const auto error = refused(
        world, 401,
        oauth_error("unauthorized_client",
                    "Client is unauthorized to retrieve access tokens using this method, or client "
                    "not authorized for any of the scopes requested."));

    CHECK(error.code() == Code::unauthenticated);
    CHECK(error.text() == std::string{robot} + " may not act as ann@corp.example");
    CHECK_THAT(
        error.hint(),
        ContainsSubstring("admin.google.com > Security > API controls > Domain-wide delegation"));
    CHECK_THAT(error.hint(),
               ContainsSubstring("https://www.googleapis.com/auth/spreadsheets.readonly,"
                                 "https://www.googleapis.com/auth/drive.metadata.readonly "));
    CHECK_THAT(error.hint(), ContainsSubstring("client id 104030201"));
}

TEST_CASE("A delegation for somebody unknown names DELEGATED_USER; a bad key still is a bad key") {
    const auto [words, hint] = GENERATE(table<std::string, std::string>({
        {"Invalid email or User ID", "Set DELEGATED_USER to the primary e-mail"},
        {"Invalid JWT Signature.", "gcloud iam service-accounts keys create"},
    }));
    World world;
    world.use(key_file());
    world.settings.delegated_user = "ann@corp.example";

    const auto error = refused(world, 400, oauth_error("invalid_grant", words));

    CHECK_THAT(error.hint(), ContainsSubstring(hint));
}
