#include "sheetbq/auth/application_default.hpp"

#include "fixture.hpp"

#include <filesystem>
#include <latch>
#include <thread>

using namespace sheetbq;
using namespace sheetbq::testing;
using namespace std::chrono_literals;

namespace {

constexpr auto well_known = ".config/gcloud/application_default_credentials.json";

Error refused(World& world) {
    const auto error = error_of([&] { world.credentials(); });
    REQUIRE(error);
    CHECK(error->code() == Code::unauthenticated);
    CHECK_FALSE(error->hint().empty());
    return *error;
}

Error refused(World& world, const std::string& text) {
    world.settings.credentials_file = world.folder.file("credentials.json", text);
    auto error = refused(world);
    CHECK_THAT(error.text(), ContainsSubstring(world.settings.credentials_file));
    return error;
}

}  // namespace

TEST_CASE("application_default asks for sheets, drive metadata and the cloud platform") {
    CHECK(auth::default_scopes() ==
          std::vector<std::string>{"https://www.googleapis.com/auth/spreadsheets.readonly",
                                   "https://www.googleapis.com/auth/drive.metadata.readonly",
                                   "https://www.googleapis.com/auth/cloud-platform"});
}

TEST_CASE("application_default looks at the variable, then gcloud's file, then the server") {
    World world;
    world.google.on("http://169.254.169.254/", answers(200, "", flavour));
    CHECK_THAT(world.credentials().kind, ContainsSubstring("metadata server"));

    const auto gcloud = world.folder.file(well_known, boost::json::serialize(user_file()));
    CHECK(world.credentials().kind == "authorized_user " + gcloud);

    const auto moved = world.folder.file("sdk/application_default_credentials.json",
                                         boost::json::serialize(user_file()));
    world.settings.cloudsdk_config = world.folder.path() + "/sdk";
    CHECK(world.credentials().kind == "authorized_user " + moved);

    const auto named = world.use(key_file());
    CHECK(world.credentials().kind == "service_account key " + named + " (" + robot + ")");
    CHECK(world.google.requests().size() == 1);
}

TEST_CASE("application_default takes gcloud's own file for what it is even when it is named") {
    World world;
    world.settings.credentials_file = world.folder.path() + "/.config/./gcloud/" +
                                      std::filesystem::path{well_known}.filename().string();
    world.google.on("http://169.254.169.254/", answers(200, "", flavour));

    CHECK_THAT(world.credentials().kind, ContainsSubstring("metadata server"));

    world.folder.file(well_known, boost::json::serialize(user_file()));
    CHECK_THAT(world.credentials().kind, ContainsSubstring("authorized_user"));
}

TEST_CASE("application_default does not pass over a named file that is not there") {
    World world;
    world.folder.file(well_known, boost::json::serialize(user_file()));
    world.settings.credentials_file = world.folder.path() + "/gone.json";

    const auto error = refused(world);

    CHECK_THAT(error.text(), ContainsSubstring(world.settings.credentials_file));
    CHECK(error.reason() == "there is no such file (GOOGLE_APPLICATION_CREDENTIALS names it)");
    CHECK_THAT(error.hint(), ContainsSubstring("Set GOOGLE_APPLICATION_CREDENTIALS to a file"));
    CHECK(world.google.requests().empty());
}

TEST_CASE("application_default says that a named folder is not a file") {
    World world;
    world.settings.credentials_file = world.folder.path();
    CHECK_THAT(refused(world).reason(), ContainsSubstring("it is a directory"));
}

TEST_CASE("application_default says when a file is too large to be one") {
    World world;
    CHECK_THAT(refused(world, std::string((1U << 20U) + 1, ' ')).reason(),
               ContainsSubstring("larger than 1 MiB"));
}

TEST_CASE("application_default does not pass over a broken file of gcloud") {
    World world;
    world.folder.file(well_known, "{");
    CHECK_THAT(refused(world).text(), ContainsSubstring(well_known));
}

TEST_CASE("application_default says where a file stops being JSON, without quoting it") {
    const auto [text, where] = GENERATE(table<std::string, std::string>({
        {"", "it is cut short at line 1, column 1"},
        {"{\n  \"type\": \"service_account\",\n", "it is cut short at line 3, column 1"},
        {"{\n  \"private_key\": SECRET\n}", "it goes wrong at line 2, column 18"},
        {"{}\n{SECRET}", "something follows its end at line 2, column 1"},
        {"[\"SECRET\"]", "it is not a JSON object: no { at line 1"},
        {"SECRET", "it goes wrong at line 1, column 1"},
    }));
    World world;

    const auto error = refused(world, text);

    CHECK_THAT(error.text(), ContainsSubstring("is not JSON"));
    CHECK(error.reason() == where);
    CHECK(describe(error).find("SECRET") == std::string::npos);
}

TEST_CASE("application_default reads a file with a byte order mark") {
    World world;
    world.settings.credentials_file =
        world.folder.file("bom.json", "\xEF\xBB\xBF" + boost::json::serialize(user_file()) + "\n");
    CHECK_THAT(world.credentials().kind, ContainsSubstring("authorized_user"));
}

TEST_CASE(
    "application_default refuses kinds of files that cannot work, by name and with a way on") {
    const auto [text, reason, hint] = GENERATE(table<std::string, std::string, std::string>({
        {R"({"type":"gdch_service_account"})", "gdch_service_account, which is not supported",
         "gcloud iam service-accounts keys create"},
        {R"({"type":"external_account_authorized_user"})",
         "external_account_authorized_user, which is not supported",
         "login --impersonate-service-account=SERVICE_ACCOUNT_EMAIL"},
        {R"({"type":"cat"})", "cat, which is not supported", "\"type\" is service_account,"},
        {R"({"type":7})", "its field \"type\" is not a text", "\"type\""},
        {R"({})", "its field \"type\" is missing", "\"type\""},
        {R"({"installed":{"client_secret":"SECRET"}})", "it is an OAuth client", "login --scopes="},
        {R"({"web":{"client_secret":"SECRET"}})", "it is an OAuth client", "--client-id-file="},
    }));
    World world;

    const auto error = refused(world, text);

    CHECK_THAT(error.reason(), ContainsSubstring(reason));
    CHECK_THAT(error.hint(), ContainsSubstring(hint));
    CHECK(describe(error).find("SECRET") == std::string::npos);
}

TEST_CASE("application_default that finds nothing lists where it looked and three ways on") {
    World world;
    world.google.on("http://169.254.169.254/", breaks(), 3);

    const auto error = refused(world);

    CHECK(error.text() == "no Google credentials were found");
    CHECK_THAT(error.reason(), ContainsSubstring("GOOGLE_APPLICATION_CREDENTIALS (is not set)"));
    CHECK_THAT(error.reason(), ContainsSubstring(world.folder.path() + "/" + well_known));
    CHECK_THAT(error.reason(), ContainsSubstring("the metadata server (does not answer"));
    CHECK_THAT(error.hint(), ContainsSubstring("gcloud auth application-default login "
                                               "--impersonate-service-account="));
    CHECK_THAT(error.hint(), ContainsSubstring("GOOGLE_APPLICATION_CREDENTIALS=/path/key.json"));
    CHECK_THAT(error.hint(), ContainsSubstring("gcloud run jobs update JOB --service-account="));
}

TEST_CASE("application_default asks no metadata server when told so") {
    World world;
    world.settings = {.metadata_host = "127.0.0.1:1", .no_metadata_server = true};

    const auto error = refused(world);

    CHECK_THAT(error.reason(), ContainsSubstring("NO_GCE_CHECK=true"));
    CHECK_THAT(error.reason(), ContainsSubstring("neither HOME nor CLOUDSDK_CONFIG is set"));
    CHECK(world.google.requests().empty());
}

TEST_CASE("application_default can be stopped while it looks for the server") {
    World world;
    std::stop_source stop;
    stop.request_stop();

    const auto error = error_of([&] {
        auth::application_default(world.settings, auth::default_scopes(), world.google, world.clock,
                                  full_jitter(), stop.get_token());
    });

    REQUIRE(error);
    CHECK(error->code() == Code::cancelled);
}

TEST_CASE("application_default's sources fetch once for eight threads, and anew after a 401") {
    World world;
    world.use(key_file());
    std::latch all_here{8};
    world.google.on(token_url, [&](const SentRequest&) {
        all_here.wait();
        return http::Response{200, {}, token_json("first")};
    });
    world.google.on(token_url, answers(200, token_json("second")));
    const auto found = world.credentials();
    std::vector<auth::AccessToken> got(8);

    {
        std::vector<std::jthread> threads;
        for (auto& token : got)
            threads.emplace_back([&] {
                all_here.count_down();
                token = found.sheets->token({});
            });
    }

    CHECK(world.google.requests().size() == 1);
    for (const auto& token : got) CHECK(token.value == "first");
    found.sheets->forget(got[0]);
    CHECK(found.sheets->token({}).value == "second");
    CHECK(world.google.unused() == 0);
}
