#include "sheetbq/auth/delegated_user.hpp"

#include "fixture.hpp"

using namespace sheetbq;
using namespace sheetbq::testing;

namespace {

const std::string sign = std::string{iam_prefix} + "etl%40demo.iam.gserviceaccount.com:signJwt";
constexpr auto metadata =
    "http://127.0.0.1:9/computeMetadata/v1/instance/service-accounts/default/";

const std::string claims_of_ann =
    R"({"iss":"etl@demo.iam.gserviceaccount.com","scope":"https://www.googleapis.com/auth/)"
    R"(spreadsheets.readonly https://www.googleapis.com/auth/drive.metadata.readonly",)"
    R"("aud":"https://oauth2.googleapis.com/token","iat":1769846400,"exp":1769850000,)"
    R"("sub":"ann@corp.example"})";

/// A Cloud Run job that acts as Ann.
struct OnCloudRun : World {
    explicit OnCloudRun(const std::string& email = robot) {
        settings.metadata_host = "127.0.0.1:9";
        settings.delegated_user = "ann@corp.example";
        google.on(std::string{metadata} + "email", answers(200, email, flavour));
        google.on(std::string{metadata} + "token", answers(200, token_json("of-robot"), flavour));
    }
};

}  // namespace

TEST_CASE("Without a key, IAM signs the grant in the person's name") {
    OnCloudRun world;
    world.google.on(sign, answers(200, R"({"keyId":"k","signedJwt":"h.c.s"})"));
    world.google.on(token_url, answers(200, token_json("of-ann")));

    const auto found = world.credentials();

    CHECK(found.sheets->token({}).value == "of-ann");
    CHECK(found.cloud->token({}).value == "of-robot");
    CHECK(found.sheets->account({}) == "ann@corp.example");
    CHECK(found.cloud->account({}) == robot);
    CHECK(found.kind ==
          "metadata server 127.0.0.1:9, acting as ann@corp.example for Sheets and "
          "Drive");
    const auto requests = world.google.requests();
    REQUIRE(requests.size() == 4);
    CHECK(requests[2].headers.find("authorization") == "Bearer of-robot");
    const auto body = boost::json::parse(requests[2].body);
    CHECK(body.at("payload").as_string() == claims_of_ann);
    CHECK(body.at("delegates").as_array().empty());
    CHECK(form_value(requests[3].body, "grant_type") ==
          "urn:ietf:params:oauth:grant-type:jwt-bearer");
    CHECK(form_value(requests[3].body, "assertion") == "h.c.s");
}

TEST_CASE("For an impersonated account the caller asks for the signature, through its delegates") {
    World world;
    world.use(impersonation_file(user_file()));
    world.settings.delegated_user = "ann@corp.example";
    world.google.on(token_url, answers(200, token_json("of-caller")));
    world.google.on(sign, answers(200, R"({"signedJwt":"h.c.s"})"));
    world.google.on(token_url, answers(200, token_json("of-ann")));

    CHECK(world.credentials().sheets->token({}).value == "of-ann");

    const auto sent = world.google.requests().at(1);
    CHECK(sent.headers.find("authorization") == "Bearer of-caller");
    CHECK(boost::json::parse(sent.body).at("delegates").as_array().at(0).as_string() ==
          "projects/-/serviceAccounts/between@demo");
}

TEST_CASE("A federated account signs with its own token") {
    World world;
    world.use(federation_file({{"file", world.folder.file("subject", "subject-token")}}));
    world.settings.delegated_user = "ann@corp.example";
    world.google.on("https://sts.googleapis.com/", answers(200, token_json("federated")));
    world.google.on(generate, answers(200, R"({"accessToken":"of-robot",)"
                                           R"("expireTime":"2026-01-31T09:00:00Z"})"));
    world.google.on(sign, answers(200, R"({"signedJwt":"h.c.s"})"));
    world.google.on(token_url, answers(200, token_json("of-ann")));

    CHECK(world.credentials().sheets->token({}).value == "of-ann");
    CHECK(world.google.requests().at(2).headers.find("authorization") == "Bearer of-robot");
}

TEST_CASE("An account that may not sign is told how to let it") {
    OnCloudRun world;
    world.google.on(
        sign,
        answers(403, R"({"error":{"code":403,"status":"PERMISSION_DENIED","message":"no"}})"));

    const auto found = world.credentials();
    const auto error = error_of([&] { found.sheets->token({}); });

    REQUIRE(error);
    CHECK(error->code() == Code::permission_denied);
    CHECK_THAT(error->reason(), ContainsSubstring("iam.serviceAccounts.signJwt"));
    CHECK_THAT(error->hint(),
               ContainsSubstring("add-iam-policy-binding etl@demo.iam.gserviceaccount.com "
                                 "--member=serviceAccount:etl@demo.iam.gserviceaccount.com "
                                 "--role=roles/iam.serviceAccountTokenCreator"));
}

TEST_CASE("A delegation that the domain does not allow says how to find the client id") {
    const auto [body, hint] = GENERATE(table<std::string, std::string>({
        {R"({"error":"unauthorized_client","error_description":"Client is unauthorized"})",
         "gcloud iam service-accounts describe etl@demo.iam.gserviceaccount.com "
         "--format=\"value(oauth2ClientId)\""},
        {R"({"error":"invalid_grant","error_description":"Invalid email or User ID"})",
         "DELEGATED_USER"},
        {R"({"error":"invalid_grant","error_description":"not in a reasonable timeframe"})",
         "timedatectl"},
    }));
    OnCloudRun world;
    world.google.on(sign, answers(200, R"({"signedJwt":"h.c.s"})"));
    world.google.on(token_url, answers(401, body));

    const auto found = world.credentials();
    const auto error = error_of([&] { found.sheets->token({}); });

    REQUIRE(error);
    CHECK(error->code() == Code::unauthenticated);
    CHECK_THAT(error->text(), ContainsSubstring("may not act as ann@corp.example"));
    CHECK_THAT(error->hint(), ContainsSubstring(hint));
}

TEST_CASE("A metadata server without an e-mail address cannot delegate") {
    OnCloudRun world{"demo.svc.id.goog"};

    const auto found = world.credentials();
    const auto error = error_of([&] { found.sheets->token({}); });

    REQUIRE(error);
    CHECK(error->code() == Code::unauthenticated);
    CHECK_THAT(error->hint(), ContainsSubstring("--service-account=EMAIL"));
}
