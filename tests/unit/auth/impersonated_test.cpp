#include "sheetbq/auth/impersonated.hpp"

#include "fixture.hpp"

using namespace sheetbq;
using namespace sheetbq::testing;
using namespace std::chrono_literals;

namespace {

std::string iam_token(const std::string& value, const std::string& expiry) {
    return boost::json::serialize(
        boost::json::object{{"accessToken", value}, {"expireTime", expiry}});
}

std::string envelope(int code, const std::string& status, const std::string& message,
                     const std::string& reason = {}) {
    boost::json::array details;
    if (!reason.empty()) details.push_back(boost::json::object{{"reason", reason}});
    return boost::json::serialize(boost::json::object{
        {"error",
         {{"code", code}, {"message", message}, {"status", status}, {"details", details}}}});
}

}  // namespace

TEST_CASE("An impersonated account's token is got with the person's token") {
    World world;
    const auto path = world.use(impersonation_file(user_file()));
    world.google.on(token_url, answers(200, token_json("of-person")));
    world.google.on(generate, answers(200, iam_token("of-robot", "2026-01-31T08:30:00.123456Z")));

    const auto found = world.credentials();
    const auto token = found.sheets->token({});

    CHECK(token.value == "of-robot");
    CHECK(token.expires_at == world.clock.now() + 30min + 123ms);
    CHECK(found.sheets->account({}) == robot);
    CHECK(found.kind == "impersonated_service_account " + path + " (" + robot + ")");
    const auto sent = world.google.requests().at(1);
    CHECK(sent.method == http::Method::post);
    CHECK(sent.url == generate);
    CHECK(sent.headers.find("authorization") == "Bearer of-person");
    CHECK(sent.headers.find("content-type") == "application/json");
    CHECK(sent.headers.find("x-goog-user-project") == "quota-of-file");
    CHECK(sent.body == R"({"delegates":["projects/-/serviceAccounts/between@demo"],"scope":[)"
                       R"("https://www.googleapis.com/auth/spreadsheets.readonly",)"
                       R"("https://www.googleapis.com/auth/drive.metadata.readonly",)"
                       R"("https://www.googleapis.com/auth/cloud-platform"],"lifetime":"3600s"})");
}

TEST_CASE("An impersonated account has a quota project only when the environment names one") {
    const std::string setting = GENERATE(values<std::string>({"", "set"}));
    World world;
    world.use(impersonation_file(user_file()));
    world.settings.quota_project = setting;

    CHECK(world.credentials().cloud->quota_project() == setting);
}

TEST_CASE("Impersonation goes through a key, and through another impersonation") {
    World world;
    auto middle = impersonation_file(key_file());
    middle["service_account_impersonation_url"] =
        std::string{iam_prefix} + "mid%40demo.iam.gserviceaccount.com:generateAccessToken";
    middle.erase("delegates");
    world.use(impersonation_file(middle));
    world.google.on(token_url, answers(200, token_json("key-token")));
    world.google.on(std::string{iam_prefix} + "mid%40",
                    answers(200, iam_token("mid-token", "2026-01-31T09:00:00Z")));
    world.google.on(generate, answers(200, iam_token("last", "2026-01-31T09:00:00Z")));

    CHECK(world.credentials().sheets->token({}).value == "last");

    const auto requests = world.google.requests();
    REQUIRE(requests.size() == 3);
    const auto jwt = open_jwt(form_value(requests[0].body, "assertion"));
    CHECK_THAT(jwt.claims,
               ContainsSubstring(R"("scope":"https://www.googleapis.com/auth/cloud-platform")"));
    CHECK(requests[1].headers.find("authorization") == "Bearer key-token");
    CHECK_THAT(requests[1].body, ContainsSubstring(R"("delegates":[])"));
    CHECK(requests[2].headers.find("authorization") == "Bearer mid-token");
    CHECK_FALSE(requests[2].headers.find("x-goog-user-project"));
}

TEST_CASE("Impersonation renews the caller's token once when it is answered with 401") {
    World world;
    world.use(impersonation_file(user_file()));
    world.google.on(token_url, answers(200, token_json("old")));
    world.google.on(token_url, answers(200, token_json("new")));
    world.google.on(generate, answers(401, envelope(401, "UNAUTHENTICATED", "Invalid token.")));
    world.google.on(generate, answers(200, iam_token("robot", "2026-01-31T09:00:00Z")));

    CHECK(world.credentials().sheets->token({}).value == "robot");
    CHECK(world.google.requests().at(3).headers.find("authorization") == "Bearer new");
}

TEST_CASE("Impersonation gives up at the second 401") {
    World world;
    world.use(impersonation_file(user_file()));
    world.google.on(token_url, answers(200, token_json("token-of-person")), 9);
    world.google.on(generate,
                    answers(401, envelope(401, "UNAUTHENTICATED", "Bad token token-of-person")), 9);

    const auto found = world.credentials();
    const auto error = error_of([&] { found.sheets->token({}); });

    REQUIRE(error);
    CHECK(error->code() == Code::unauthenticated);
    CHECK(describe(*error).find("token-of-person") == std::string::npos);
    CHECK_THAT(error->hint(),
               ContainsSubstring("--impersonate-service-account=" + std::string{robot}));
    CHECK(world.google.requests().size() == 4);
}

TEST_CASE("Impersonation that is refused ends in the command that grants it") {
    const auto [source, member] = GENERATE(table<boost::json::object, std::string>(
        {{user_file(), "user:YOUR_EMAIL"},
         {key_file(), "serviceAccount:" + std::string{robot}},
         {[] {
              auto file = user_file();
              file["account"] = "ann@corp.example";
              return file;
          }(),
          "user:ann@corp.example"}}));
    World world;
    world.use(impersonation_file(source));
    world.google.on(token_url, answers(200, token_json("caller")));
    world.google.on(generate,
                    answers(403, envelope(403, "PERMISSION_DENIED",
                                          "Permission 'iam.serviceAccounts.getAccessToken' denied "
                                          "on resource (or it may not exist).")));

    const auto found = world.credentials();
    const auto error = error_of([&] { found.sheets->token({}); });

    REQUIRE(error);
    CHECK(error->code() == Code::permission_denied);
    CHECK_THAT(error->reason(), ContainsSubstring("iam.serviceAccounts.getAccessToken"));
    CHECK_THAT(error->hint(),
               ContainsSubstring("gcloud iam service-accounts add-iam-policy-binding " +
                                 std::string{robot} + " --member=" + member +
                                 " --role=roles/iam.serviceAccountTokenCreator"));
}

TEST_CASE("Impersonation says when the API is off and when the account does not exist") {
    const auto [status, body, code, hint] = GENERATE(table<int, std::string, Code, std::string>({
        {403, envelope(403, "PERMISSION_DENIED", "has not been used", "SERVICE_DISABLED"),
         Code::permission_denied, "gcloud services enable iamcredentials.googleapis.com"},
        {404, envelope(404, "NOT_FOUND", "Gaia id not found"), Code::unauthenticated,
         "gcloud iam service-accounts describe " + std::string{robot}},
    }));
    World world;
    world.use(impersonation_file(user_file()));
    world.google.on(token_url, answers(200, token_json("caller")));
    world.google.on(generate, answers(status, body));

    const auto found = world.credentials();
    const auto error = error_of([&] { found.sheets->token({}); });

    REQUIRE(error);
    CHECK(error->code() == code);
    CHECK_THAT(error->hint(), ContainsSubstring(hint));
}

TEST_CASE("Impersonation tries three times on passing troubles") {
    World world;
    world.use(impersonation_file(user_file()));
    world.google.on(token_url, answers(200, token_json("caller")));
    world.google.on(generate, answers(503, ""), 2);
    world.google.on(generate, answers(200, iam_token("robot", "2026-01-31T09:00:00Z")));

    CHECK(world.credentials().sheets->token({}).value == "robot");
    CHECK(world.clock.slept() == std::vector<std::chrono::milliseconds>{1s, 2s});
}

TEST_CASE("Impersonation refuses an answer that is no token") {
    const std::string body = GENERATE(values<std::string>(
        {"<html>", R"({"accessToken":"SECRET"})", R"({"accessToken":"SECRET","expireTime":"soon"})",
         R"({"expireTime":"2026-01-31T09:00:00Z"})"}));
    World world;
    world.use(impersonation_file(user_file()));
    world.google.on(token_url, answers(200, token_json("caller")));
    world.google.on(generate, answers(200, body));

    const auto found = world.credentials();
    const auto error = error_of([&] { found.sheets->token({}); });

    REQUIRE(error);
    CHECK(error->code() == Code::unavailable);
    CHECK_FALSE(error->hint().empty());
    CHECK(describe(*error).find("SECRET") == std::string::npos);
}

TEST_CASE("Impersonation refuses URLs that are strange or lead elsewhere") {
    const auto [url, why] = GENERATE(table<std::string, std::string>({
        {"https://iam.evil.example/v1/projects/-/serviceAccounts/a@b:generateAccessToken",
         "is not an https address under googleapis.com"},
        {"http://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/"
         "a@b:generateAccessToken",
         "is not an https address under googleapis.com"},
        {"https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/:generateAccessToken",
         "does not end in /serviceAccounts/EMAIL:generateAccessToken"},
        {"https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/a@b:signJwt",
         "does not end in /serviceAccounts/EMAIL:generateAccessToken"},
        {"", "is missing"},
    }));
    World world;
    auto file = impersonation_file(user_file());
    file["service_account_impersonation_url"] = url;
    world.use(file);

    const auto error = error_of([&] { world.credentials(); });

    REQUIRE(error);
    CHECK(error->code() == Code::unauthenticated);
    CHECK_THAT(error->reason(), ContainsSubstring("service_account_impersonation_url"));
    CHECK_THAT(error->reason(), ContainsSubstring(why));
}

TEST_CASE("Impersonation names a bad field of its source with its path") {
    World world;
    auto source = user_file();
    source.erase("refresh_token");
    auto file = impersonation_file(source);
    world.use(file);
    CHECK(error_of([&] { world.credentials(); })->reason() ==
          "its field \"source_credentials.refresh_token\" is missing");

    file["source_credentials"] = "a path";
    world.use(file);
    CHECK(error_of([&] { world.credentials(); })->reason() ==
          "its field \"source_credentials\" is not an object");

    file.erase("source_credentials");
    world.use(file);
    CHECK(error_of([&] { world.credentials(); })->reason() ==
          "its field \"source_credentials\" is missing");
}
