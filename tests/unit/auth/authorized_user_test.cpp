#include "sheetbq/auth/authorized_user.hpp"

#include "fixture.hpp"

using namespace sheetbq;
using namespace sheetbq::testing;

namespace {

const std::string login =
    "gcloud auth application-default login --scopes=openid,"
    "https://www.googleapis.com/auth/userinfo.email,"
    "https://www.googleapis.com/auth/cloud-platform,"
    "https://www.googleapis.com/auth/spreadsheets.readonly,"
    "https://www.googleapis.com/auth/drive.metadata.readonly";

}  // namespace

TEST_CASE("A person's login becomes a token through its refresh token") {
    World world;
    const auto path = world.use(user_file());
    world.google.on(token_url, answers(200, token_json("ya29.user")));

    const auto found = world.credentials();

    CHECK(found.sheets->token({}).value == "ya29.user");
    CHECK(found.kind == "authorized_user " + path);
    CHECK(world.google.requests().at(0).body ==
          "grant_type=refresh_token&client_id=client-1.apps.googleusercontent.com"
          "&client_secret=very-secret-client&refresh_token=1%2F%2Fvery-secret-refresh");
}

TEST_CASE("A login's account is what the file says") {
    World world;
    auto file = user_file();
    const std::string name = GENERATE(values<std::string>({"", "ann@corp.example"}));
    file["account"] = name;
    const auto path = world.use(file);

    const auto found = world.credentials();

    CHECK(found.sheets->account({}) == name);
    CHECK(found.kind == "authorized_user " + path + (name.empty() ? "" : " (" + name + ")"));
}

TEST_CASE("A login's quota project is the environment's, else the file's") {
    const auto [setting, in_file, expected] = GENERATE(table<std::string, std::string, std::string>(
        {{"", "", ""}, {"", "filed", "filed"}, {"set", "filed", "set"}, {"set", "", "set"}}));
    World world;
    auto file = user_file();
    file["quota_project_id"] = in_file;
    world.use(file);
    world.settings.quota_project = setting;

    CHECK(world.credentials().cloud->quota_project() == expected);
}

TEST_CASE("A login that Google refuses ends in the command to log in again, and is not repeated") {
    const auto [body, hint] = GENERATE(table<std::string, std::string>({
        {R"({"error":"invalid_grant","error_description":"Token has been expired or revoked."})",
         "--client-id-file=CLIENT_ID_FILE"},
        {R"({"error":"invalid_grant","error_subtype":"invalid_rapt"})",
         "asks for a new login from time to time"},
        {R"({"error":"invalid_client","error_description":"The OAuth client was deleted."})",
         "OAuth client of the login was deleted"},
    }));
    World world;
    const auto path = world.use(user_file());
    world.google.on(token_url, answers(400, body), 9);

    const auto found = world.credentials();
    const auto error = error_of([&] { found.sheets->token({}); });

    REQUIRE(error);
    CHECK(error->code() == Code::unauthenticated);
    CHECK_THAT(error->text(), ContainsSubstring(path));
    CHECK_THAT(error->reason(), ContainsSubstring("invalid_"));
    CHECK_THAT(error->hint(), ContainsSubstring(login));
    CHECK_THAT(error->hint(), ContainsSubstring(hint));
    CHECK_THAT(error->hint(), ContainsSubstring("Unset GOOGLE_APPLICATION_CREDENTIALS"));
    CHECK(describe(*error).find("very-secret") == std::string::npos);
    CHECK(world.google.requests().size() == 1);
}

TEST_CASE("A refused login in gcloud's own file says nothing of variables that are not set") {
    World world;
    world.folder.file(".config/gcloud/application_default_credentials.json",
                      boost::json::serialize(user_file()));
    world.google.on(token_url, answers(400, R"({"error":"invalid_grant"})"));

    const auto found = world.credentials();
    const auto error = error_of([&] { found.sheets->token({}); });

    REQUIRE(error);
    CHECK_THAT(error->hint(), ContainsSubstring(login));
    CHECK(error->hint().find("GOOGLE_APPLICATION_CREDENTIALS") == std::string::npos);
}

TEST_CASE("A login with a missing field is refused by the field's name") {
    const std::string field =
        GENERATE(values<std::string>({"client_id", "client_secret", "refresh_token"}));
    World world;
    auto file = user_file();
    file.erase(field);
    world.use(file);

    const auto error = error_of([&] { world.credentials(); });

    REQUIRE(error);
    CHECK(error->code() == Code::unauthenticated);
    CHECK(error->reason() == "its field \"" + field + "\" is missing");
    CHECK(describe(*error).find("very-secret") == std::string::npos);
}

TEST_CASE("A login cannot be used with DELEGATED_USER") {
    World world;
    world.use(user_file());
    world.settings.delegated_user = "ann@corp.example";

    const auto error = error_of([&] { world.credentials(); });

    REQUIRE(error);
    CHECK(error->code() == Code::unauthenticated);
    CHECK_THAT(error->text(), ContainsSubstring("DELEGATED_USER"));
    CHECK_THAT(error->hint(), ContainsSubstring("Unset DELEGATED_USER"));
}
