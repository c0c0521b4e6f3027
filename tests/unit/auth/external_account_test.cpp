#include "sheetbq/auth/external_account.hpp"

#include "fixture.hpp"

#include <filesystem>

using namespace sheetbq;
using namespace sheetbq::testing;
using namespace std::chrono_literals;

namespace {

constexpr auto sts = "https://sts.googleapis.com/v1/token";
const std::vector<std::string> cloud_only{"https://www.googleapis.com/auth/cloud-platform"};

constexpr auto robot_token = R"({"accessToken":"of-robot","expireTime":"2026-01-31T09:00:00Z"})";

/// A federation without service account, which only cloud scopes can use.
boost::json::object bare(boost::json::object source) {
    auto file = federation_file(std::move(source));
    file.erase("service_account_impersonation_url");
    return file;
}

std::optional<Error> token_error(World& world) {
    const auto found = world.credentials(cloud_only);
    return error_of([&] { found.cloud->token({}); });
}

}  // namespace

TEST_CASE("A federated identity is exchanged at STS and then for the service account's token") {
    World world;
    const auto path =
        world.use(federation_file({{"file", world.folder.file("subject", "subject-token\n")}}));
    world.google.on(sts, answers(200, R"({"access_token":"federated","issued_token_type":"x",)"
                                      R"("token_type":"Bearer","expires_in":"3600"})"));
    world.google.on(generate, answers(200, robot_token));

    const auto found = world.credentials();

    CHECK(found.sheets->token({}).value == "of-robot");
    CHECK(found.sheets->account({}) == robot);
    CHECK(found.kind == "external_account " + path + " (" + robot + ")");
    const auto requests = world.google.requests();
    REQUIRE(requests.size() == 2);
    CHECK(requests[0].body ==
          "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Atoken-exchange"
          "&audience=%2F%2Fiam.googleapis.com%2Fprojects%2F1%2Flocations%2Fglobal%2F"
          "workloadIdentityPools%2Fp%2Fproviders%2Fx"
          "&scope=https%3A%2F%2Fwww.googleapis.com%2Fauth%2Fcloud-platform"
          "&requested_token_type=urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Aaccess_token"
          "&subject_token=subject-token"
          "&subject_token_type=urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Ajwt");
    CHECK_FALSE(requests[0].headers.find("authorization"));
    CHECK(requests[1].headers.find("authorization") == "Bearer federated");
    CHECK_THAT(requests[1].body, ContainsSubstring("spreadsheets.readonly"));
    CHECK_THAT(requests[1].body, ContainsSubstring(R"("lifetime":"3600s")"));
}

TEST_CASE("A federated identity reads its subject token anew for each exchange") {
    World world;
    const auto subject = world.folder.file("subject", "first");
    world.use(bare({{"file", subject}}));
    world.google.on(sts, answers(200, token_json("a")), 2);

    const auto found = world.credentials(cloud_only);
    found.cloud->token({});
    world.folder.file("subject", "second");
    world.clock.advance(1h);
    found.cloud->token({});

    CHECK(form_value(world.google.requests().at(0).body, "subject_token") == "first");
    CHECK(form_value(world.google.requests().at(1).body, "subject_token") == "second");
    CHECK(found.cloud->account({}).empty());
}

TEST_CASE("A federated identity's subject token comes from text or a JSON field, file or URL") {
    const bool by_url = GENERATE(false, true);
    const bool json = GENERATE(false, true);
    const std::string text = json ? R"({"other":1,"id_token":"subject"})" : "subject";
    World world;
    boost::json::object source{{"format", {{"type", "text"}}}};
    if (json) source["format"] = {{"type", "json"}, {"subject_token_field_name", "id_token"}};
    if (by_url) {
        source["url"] = "https://token.actions.example/?audience=x";
        source["headers"] = {{"Authorization", "bearer ci"}, {"X-Two", "2"}};
        world.google.on("https://token.actions.example/", answers(503, ""));
        world.google.on("https://token.actions.example/", answers(200, text));
    } else {
        source["file"] = world.folder.file("subject", text);
    }
    world.use(bare(source));
    world.google.on(sts, answers(200, token_json("t")));

    world.credentials(cloud_only).cloud->token({});

    const auto requests = world.google.requests();
    CHECK(form_value(requests.back().body, "subject_token") == "subject");
    CHECK(requests.size() == (by_url ? 3U : 1U));
    if (by_url) {
        CHECK(requests[0].headers.find("authorization") == "bearer ci");
        CHECK(requests[0].headers.find("x-two") == "2");
    }
}

TEST_CASE("A federated identity shows its client by Basic authorization") {
    World world;
    auto file = bare({{"file", world.folder.file("subject", "s")}});
    file["client_id"] = "client";
    file["client_secret"] = "secret";
    file["workforce_pool_user_project"] = "p";
    world.use(file);
    world.google.on(sts, answers(200, token_json("t")));

    world.credentials(cloud_only).cloud->token({});

    const auto sent = world.google.requests().at(0);
    CHECK(sent.headers.find("authorization") == "Basic Y2xpZW50OnNlY3JldA==");
    CHECK(form_value(sent.body, "options").empty());
}

TEST_CASE("A workforce identity without client names the project to charge") {
    World world;
    auto file = bare({{"file", world.folder.file("subject", "s")}});
    file["workforce_pool_user_project"] = "p-1";
    world.use(file);
    world.google.on(sts, answers(200, token_json("t")));

    world.credentials(cloud_only).cloud->token({});

    CHECK(form_value(world.google.requests().at(0).body, "options") ==
          "%7B%22userProject%22%3A%22p-1%22%7D");
}

TEST_CASE("A federated identity asks for the lifetime that the file wants") {
    World world;
    auto file = federation_file({{"file", world.folder.file("subject", "s")}});
    file["service_account_impersonation"] = {{"token_lifetime_seconds", 1800}};
    world.use(file);
    world.google.on(sts, answers(200, token_json("t")));
    world.google.on(generate, answers(200, robot_token));

    world.credentials().sheets->token({});

    CHECK_THAT(world.google.requests().at(1).body, ContainsSubstring(R"("lifetime":"1800s")"));
}

TEST_CASE("A federated identity without service account cannot be used for sheets") {
    World world;
    world.use(bare({{"file", world.folder.file("subject", "s")}}));

    const auto error = error_of([&] { world.credentials(); });

    REQUIRE(error);
    CHECK(error->code() == Code::unauthenticated);
    CHECK_THAT(error->reason(), ContainsSubstring("service_account_impersonation_url"));
    CHECK_THAT(error->hint(), ContainsSubstring("create-cred-config ... --service-account=EMAIL"));
}

TEST_CASE("A federated identity that STS refuses says how to compare it with the pool") {
    World world;
    world.use(bare({{"file", world.folder.file("subject", "subject-secret")}}));
    world.google.on(sts, answers(400, R"({"error":"invalid_grant","error_description":)"
                                      R"("The subject token subject-secret has expired."})"));

    const auto error = token_error(world);

    REQUIRE(error);
    CHECK(error->code() == Code::unauthenticated);
    CHECK(error->reason() == "The subject token [hidden] has expired. (invalid_grant)");
    CHECK_THAT(
        error->hint(),
        ContainsSubstring("providers describe "
                          "projects/1/locations/global/workloadIdentityPools/p/providers/x"));
}

TEST_CASE("A subject token that cannot be had is an error that names its place") {
    World world;
    const auto file = [&](const std::string& text) { return world.folder.file("subject", text); };
    const boost::json::object json{{"type", "json"}, {"subject_token_field_name", "t"}};

    SECTION("no file") {
        world.use(bare({{"file", world.folder.path() + "/gone"}}));
        const auto error = token_error(world);
        REQUIRE(error);
        CHECK_THAT(error->reason(), ContainsSubstring(world.folder.path() + "/gone"));
        CHECK_THAT(error->reason(), ContainsSubstring("cannot be read"));
        CHECK_THAT(error->hint(), ContainsSubstring("credential_source"));
        CHECK(error->code() == Code::unauthenticated);
    }
    SECTION("an empty file") {
        world.use(bare({{"file", file(" \n")}}));
        CHECK_THAT(token_error(world)->reason(), ContainsSubstring("it is empty"));
    }
    SECTION("no JSON") {
        world.use(bare({{"file", file("secret-text")}, {"format", json}}));
        const auto error = token_error(world);
        REQUIRE(error);
        CHECK_THAT(error->reason(), ContainsSubstring("not a JSON object"));
        CHECK(describe(*error).find("secret-text") == std::string::npos);
    }
    SECTION("no such field") {
        world.use(bare({{"file", file(R"({"t":7})")}, {"format", json}}));
        CHECK_THAT(token_error(world)->reason(), ContainsSubstring("has no text \"t\""));
    }
    SECTION("a URL that refuses") {
        world.use(bare({{"url", "https://ci.example/token?secret=1"}}));
        world.google.on("https://ci.example/", answers(403, "go away"));
        const auto error = token_error(world);
        REQUIRE(error);
        CHECK_THAT(error->reason(), ContainsSubstring("https://ci.example/token ("));
        CHECK_THAT(error->reason(), ContainsSubstring("HTTP 403"));
        CHECK(describe(*error).find("secret=1") == std::string::npos);
    }
    CHECK(world.google.unexpected().empty());
}

TEST_CASE("A federation file is refused for what it lacks, and for where it sends tokens") {
    World world;
    auto file = federation_file({{"file", "/tmp/x"}});
    const auto reason = [&] {
        world.use(file);
        const auto error = error_of([&] { world.credentials(); });
        REQUIRE(error);
        CHECK(error->code() == Code::unauthenticated);
        CHECK_FALSE(error->hint().empty());
        return error->reason();
    };

    SECTION("audience") {
        file.erase("audience");
        CHECK(reason() == "its field \"audience\" is missing");
    }
    SECTION("subject_token_type") {
        file.erase("subject_token_type");
        CHECK(reason() == "its field \"subject_token_type\" is missing");
    }
    SECTION("token_url") {
        file["token_url"] = "https://sts.evil.example/v1/token";
        CHECK_THAT(reason(), ContainsSubstring("\"token_url\" is not an https address under"));
    }
    SECTION("impersonation url") {
        file["service_account_impersonation_url"] = "https://evil.example/x:generateAccessToken";
        CHECK_THAT(reason(), ContainsSubstring("\"service_account_impersonation_url\" is not an"));
    }
    SECTION("no source") {
        file.erase("credential_source");
        CHECK(reason() == "its field \"credential_source\" is missing");
    }
    SECTION("neither file nor url") {
        file["credential_source"] = boost::json::object{};
        CHECK_THAT(reason(), ContainsSubstring("either a \"file\" or a \"url\""));
    }
    SECTION("file and url") {
        file["credential_source"] = {{"file", "/x"}, {"url", "https://x.example/"}};
        CHECK_THAT(reason(), ContainsSubstring("either a \"file\" or a \"url\""));
    }
    SECTION("a url that is none") {
        file["credential_source"] = {{"url", "not a url"}};
        CHECK_THAT(reason(), ContainsSubstring("\"credential_source.url\" is not an http"));
    }
    SECTION("aws") {
        file["credential_source"] = {{"environment_id", "aws1"}};
        CHECK_THAT(reason(), ContainsSubstring("one of AWS, which is not supported"));
    }
    SECTION("executable") {
        file["credential_source"] = {{"executable", {{"command", "/bin/x"}}}};
        CHECK_THAT(reason(), ContainsSubstring("a program to run, which is not supported"));
    }
    SECTION("format") {
        file["credential_source"] = {{"file", "/x"}, {"format", {{"type", "xml"}}}};
        CHECK_THAT(reason(), ContainsSubstring("\"credential_source.format.type\" is neither"));
    }
    SECTION("field name") {
        file["credential_source"] = {{"file", "/x"}, {"format", {{"type", "json"}}}};
        CHECK_THAT(reason(),
                   ContainsSubstring("\"credential_source.format.subject_token_field_name\""));
    }
    SECTION("lifetime") {
        file["service_account_impersonation"] = {{"token_lifetime_seconds", 10}};
        CHECK_THAT(reason(), ContainsSubstring("600 to 43200"));
    }
    SECTION("lifetime in words") {
        file["service_account_impersonation"] = {{"token_lifetime_seconds", "long"}};
        CHECK_THAT(reason(), ContainsSubstring("is not a whole number"));
    }
}
