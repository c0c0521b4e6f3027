// What doctor looks at in Google's APIs: each check well, and broken.

#include "sheetbq/app/doctor_google.hpp"

#include "support/catch.hpp"
#include "support/cloud_run_fixture.hpp"

using namespace sheetbq::app;
using namespace sheetbq::testing;
using namespace std::chrono_literals;
namespace gcp = sheetbq::gcp;
namespace sandbox = sheetbq::sandbox;

namespace {

constexpr auto me = Job::account;
constexpr auto sheet_id = Job::spreadsheet_id;

/// A sheet, a dataset with a table, a Cloud Run job, and the calls of our own account.
struct World : CloudRun {
    World() {
        sandbox::Spreadsheet sheet;
        sheet.id = sheet_id;
        sheet.title = "Shop";
        sheet.tabs = {{.title = "Orders"}, {.title = "Contacts", .gid = 1}};
        sheet.shared_with = {me};
        google.sheets.emplace(sheet.id, std::move(sheet));
        dataset().location = "EU";
    }
    ~World() { CHECK(google.invalid_requests().empty()); }

    sandbox::Dataset& dataset() { return google.bigquery.projects["demo-project"]["demo"]; }
    void make_table() { dataset().tables["orders"].type = "TABLE"; }
    /// Our account may load, but not by the project's grants.
    void grant_by_dataset_only(const std::string& writer) { dataset().writers = {writer}; }

    Diagnoses sheet(const SheetNeed& need, const std::string& reader = {}) {
        return check_sheet(api, need, reader, {});
    }
    Diagnoses tables() { return check_dataset(api, {{"demo-project", "demo", "orders"}}, {}); }
    Diagnosis api_named(const std::string& title) {
        const ApiNeeds needs{.project = "demo-project",
                             .spreadsheet_id = {},
                             .run_project = "demo-project",
                             .region = "europe-west1",
                             .secret = "projects/demo-project/secrets/s/versions/1"};
        for (auto& each : check_apis(api, api, needs, {}))
            if (each.check == title) return each;
        return {"no such check", Health::failed};
    }
};

}  // namespace

TEST_CASE("an API that is switched on is well, whatever it says of what was asked for") {
    World world;
    const auto* const title =
        GENERATE("Google Sheets API", "Google Drive API", "BigQuery API", "Cloud Run API",
                 "Cloud Logging API", "Cloud Scheduler API", "Secret Manager API");
    const auto found = world.api_named(title);
    INFO(found.text << ": " << found.reason);
    CHECK(found.health == Health::ok);
}

TEST_CASE("an API that is switched off is told with the command that switches it on") {
    World world;
    const auto [title, host, health] = GENERATE(table<std::string, std::string, Health>({
        {"Google Sheets API", "sheets.googleapis.com", Health::failed},
        {"Google Drive API", "drive.googleapis.com", Health::warning},
        {"BigQuery API", "bigquery.googleapis.com", Health::failed},
        {"Cloud Run API", "run.googleapis.com", Health::failed},
        {"Cloud Logging API", "logging.googleapis.com", Health::failed},
        {"Cloud Scheduler API", "cloudscheduler.googleapis.com", Health::warning},
        {"Secret Manager API", "secretmanager.googleapis.com", Health::failed},
    }));
    world.google.enabled[host] = false;
    const auto found = world.api_named(title);
    CHECK(found.health == health);
    CHECK(found.fix == "Run: gcloud services enable " + host + " --project=123456789012");
}

TEST_CASE("a token without the scope of an API is told with the login that has it") {
    World world;
    world.google.granted_scopes[me] = {"https://www.googleapis.com/auth/cloud-platform"};
    const auto found = world.api_named("Google Sheets API");
    CHECK(found.health == Health::failed);
    CHECK(found.fix.find("--scopes=openid") != std::string::npos);
}

TEST_CASE("an API that fails is neither on nor off") {
    World world;
    world.google.fail({.path_contains = "bigquery.googleapis.com",
                       .times = -1,
                       .answer = sandbox::new_style_error(503, "UNAVAILABLE", "Try again.")});
    CHECK(world.api_named("BigQuery API").health == Health::failed);
}

TEST_CASE("this machine's clock is held against Google's") {
    World world;
    const auto [offset, health] = GENERATE(table<std::chrono::seconds, Health>({
        {0s, Health::ok},
        {-20s, Health::ok},
        {90s, Health::warning},
        {-600s, Health::failed},
    }));
    world.google.date_offset = offset;
    const auto found = check_google_clock(world.api, {});
    REQUIRE(found.size() == 1);
    CHECK(found.front().health == health);
    if (health != Health::ok) CHECK(found.front().fix == "Run: sudo timedatectl set-ntp true");
}

TEST_CASE("a sheet is well when it is shared with us and has the tabs that are wanted") {
    World world;
    const auto found = world.sheet({sheet_id, {{"orders", "Orders"}, {"contacts", ""}}});
    REQUIRE(found.size() == 1);
    CHECK(found.front().health == Health::ok);
    CHECK(found.front().check == "sheet \"Shop\"");
    CHECK(found.front().text == std::string{"is shared with "} + me + " (orders, contacts)");
}

TEST_CASE("a sheet that is not shared is told with the click that shares it") {
    World world;
    world.google.sheets.at(sheet_id).shared_with = {"owner@example.com"};
    const auto found = world.sheet({sheet_id, {{"orders", ""}}});
    REQUIRE(found.size() == 1);
    CHECK(found.front().health == Health::failed);
    CHECK(found.front().fix.find(std::string{"click Share, and add "} + me) != std::string::npos);
}

TEST_CASE("a tab that is not there is told with those that are") {
    World world;
    const auto found = world.sheet({sheet_id, {{"orders", "Orders"}, {"broken", "Nowhere"}}});
    REQUIRE(found.size() == 2);
    CHECK(found.front().health == Health::ok);
    CHECK(found.back().health == Health::failed);
    CHECK(found.back().text == "has no tab \"Nowhere\", which broken reads");
    CHECK(found.back().reason == "its tabs are: Orders, Contacts");
    CHECK(found.back().fix.find("helper configs update broken --tab=\"Orders\"") !=
          std::string::npos);
}

TEST_CASE("what only the job's account can try is not claimed to be well") {
    World world;
    const auto found = world.sheet({sheet_id, {{"orders", ""}}}, "job@demo-project.iam");
    REQUIRE(found.size() == 2);
    CHECK(found.back().health == Health::skipped);
    CHECK(found.back().fix.find("job@demo-project.iam") != std::string::npos);
}

TEST_CASE("a dataset is well when the project grants what a load needs") {
    World world;
    const auto found = world.tables();
    REQUIRE(found.size() == 3);
    CHECK(found[0].text == "is in EU");
    for (const auto& each : found) CHECK(each.health == Health::ok);
}

TEST_CASE("a dataset that is not there is told with the command that makes it") {
    World world;
    world.google.bigquery.projects["demo-project"].clear();
    const auto found = world.tables();
    REQUIRE(found.size() == 1);
    CHECK(found.front().health == Health::failed);
    CHECK(found.front().fix.find("bq mk --dataset") != std::string::npos);
}

TEST_CASE("an account that may not start load jobs is told the role") {
    World world;
    world.google.bigquery.job_users = {"somebody@example.com"};
    const auto found = world.tables();
    REQUIRE(found.size() == 3);
    CHECK(found[1].health == Health::failed);
    CHECK(found[1].fix == std::string{"Run: gcloud projects add-iam-policy-binding demo-project "
                                      "--member=serviceAccount:"} +
                              me + " --role=roles/bigquery.jobUser");
}

TEST_CASE("rights that the dataset grants to us by name suffice") {
    World world;
    world.grant_by_dataset_only(me);
    CHECK(world.tables().back().health == Health::ok);
}

TEST_CASE("rights that nobody grants are told with the statement that grants them") {
    World world;
    world.grant_by_dataset_only("somebody@example.com");
    const bool there = GENERATE(false, true);
    if (there) world.make_table();
    const auto found = world.tables().back();
    CHECK(found.health == Health::failed);
    CHECK(found.text.find("bigquery.tables.updateData") != std::string::npos);
    CHECK(found.fix == grant_on_dataset("demo-project", "demo", me));
    CHECK(found.fix.find("GRANT `roles/bigquery.dataEditor` ON SCHEMA `demo-project`.`demo`") !=
          std::string::npos);
}

TEST_CASE("when Resource Manager cannot be asked, the check says what to switch on") {
    World world;
    world.google.enabled["cloudresourcemanager.googleapis.com"] = false;
    const auto found = world.tables();
    REQUIRE(found.size() == 1);
    CHECK(found.front().health == Health::failed);
    CHECK(found.front().fix.find("gcloud services enable cloudresourcemanager.googleapis.com") !=
          std::string::npos);
}

TEST_CASE("credentials are well when they give a token, and told by whose they are") {
    World world;
    const auto tokens = std::make_shared<SandboxTokens>(world.google, world.clock);
    const auto found = check_credentials({tokens, tokens, "service_account key /k.json"}, {});
    REQUIRE(found.size() == 1);
    CHECK(found.front().text == std::string{me} + ", by service_account key /k.json");
}

TEST_CASE("credentials that give no token end in the words of whoever refused") {
    class Refusing final : public sheetbq::auth::TokenSource {
        sheetbq::auth::AccessToken token(std::stop_token) override {
            throw sheetbq::Error{sheetbq::Code::unauthenticated, "revoked"}.fix("Log in again.");
        }
        std::string account(std::stop_token) override { return {}; }
    };
    const auto tokens = std::make_shared<Refusing>();
    const auto found = check_credentials({tokens, tokens, "a file"}, {});
    REQUIRE(found.size() == 1);
    CHECK(found.front().health == Health::failed);
    CHECK(found.front().fix == "Log in again.");
}

TEST_CASE("a stop ends the examination, and is no finding") {
    CHECK_THROWS_AS(failed("x", sheetbq::Error{sheetbq::Code::cancelled, "stopped"}),
                    sheetbq::Error);
}

TEST_CASE("a finding is told in one line, and below it why and what to do") {
    const Diagnosis bad{"sheet \"Shop\"", Health::failed, "is closed", "why\nso", "Open it."};
    CHECK(diagnosis_text(bad, false) ==
          "failed   sheet \"Shop\"              is closed\n"
          "         why: why\n"
          "              so\n"
          "         do:  Open it.\n");
    const Diagnosis good{"clock", Health::ok, "agrees"};
    CHECK(diagnosis_text(good, false) == "ok       clock                     agrees\n");
    CHECK(summary_of({good, bad, good}) == "2 ok, 1 failed");
    CHECK(any_failed({good, bad}));
    CHECK_FALSE(any_failed({good}));
    CHECK(diagnosis_json(good).at("hint").is_null());
}
