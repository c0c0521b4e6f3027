#include "google.hpp"
#include "sandbox/setup.hpp"
#include "sandbox/synthetic.hpp"
#include "sandbox/text.hpp"
#include "sheetbq/core/error.hpp"

#include <filesystem>
#include <fstream>
#include <sstream>

using namespace sheetbq;
using namespace sheetbq::sandbox;

namespace {

/// A folder that vanishes with it.
struct Folder {
    Folder() { std::filesystem::create_directories(path); }
    ~Folder() { std::filesystem::remove_all(path); }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;

    std::string write(const std::string& name, const std::string& text) const {
        std::ofstream{path / name} << text;
        return path / name;
    }
    std::filesystem::path path = std::filesystem::temp_directory_path() /
                                 ("sheetbq_program_test_" + std::to_string(::getpid()));
};

}  // namespace

TEST_CASE("set_up makes sheets, datasets and accounts of the command line") {
    const Folder folder;
    const auto csv = folder.write("orders.csv", "name,price\ntea,1.5\n");
    const auto json = folder.write(
        "other.json", R"({"id":"J1","sharedWith":["*"],"tabs":[{"title":"T","gid":7}]})");
    sheetbq::testing::FakeClock clock;
    Sandbox google{clock};

    const auto urls = set_up(google, {.sheets = {"orders=" + csv, "other=" + json},
                                      .generated = {"big=50x12"},
                                      .datasets = {"p.d:EU", "p.e"},
                                      .project = "shop"});

    REQUIRE(urls.size() == 3);
    const auto id = stable_id("orders");
    CHECK(id.size() == 44);
    CHECK(urls[0].second == "https://docs.google.com/spreadsheets/d/" + id + "/edit#gid=0");
    CHECK(urls[1].second == "https://docs.google.com/spreadsheets/d/J1/edit#gid=7");
    CHECK(google.sheets.at(id).tabs.at(0).title == "orders");
    CHECK(google.sheets.at(id).shared_with ==
          std::set<std::string>{"sandbox@shop.iam.gserviceaccount.com"});
    CHECK(google.sheets.at("J1").shared_with == std::set<std::string>{"*"});
    CHECK(google.bigquery.projects.at("p").at("d").location == "EU");
    CHECK(google.bigquery.projects.at("p").at("e").location == "US");
    CHECK(google.identities.metadata_account == "sandbox@shop.iam.gserviceaccount.com");
}

TEST_CASE("set_up has one dataset when none is named") {
    sheetbq::testing::FakeClock clock;
    Sandbox google{clock};
    set_up(google, {});
    CHECK(google.bigquery.projects.at("demo-project").contains("demo"));
}

TEST_CASE("set_up stores secrets that the program's account may read") {
    sheetbq::testing::FakeClock clock;
    Sandbox google{clock};
    set_up(google, {.project = "shop",
                    .secrets = {"password=a=b c", "projects/other/secrets/s=x", "password=newer"}});
    const auto& password = google.secrets.secrets.at("projects/shop/secrets/password");
    REQUIRE(password.versions.size() == 2);
    CHECK(password.versions[0].data == "a=b c");
    CHECK(password.versions[1].data == "newer");
    CHECK(password.accessors == std::set<std::string>{"sandbox@shop.iam.gserviceaccount.com"});
    CHECK(google.secrets.secrets.contains("projects/other/secrets/s"));
}

TEST_CASE("set_up refuses what it cannot read, and says how to write it") {
    sheetbq::testing::FakeClock clock;
    Sandbox google{clock};
    const auto [options, code, hint] = GENERATE(table<Options, Code, std::string>({
        {{.sheets = {"orders.csv"}}, Code::usage, "--sheet NAME=FILE.csv or NAME=FILE.json"},
        {{.sheets = {"a=/nonexistent.csv"}}, Code::not_found, "Check the path given to --sheet"},
        {{.generated = {"a=5"}}, Code::usage, "--generate NAME=ROWSxCOLS"},
        {{.generated = {"a=0x5"}}, Code::usage, "--generate NAME=ROWSxCOLS"},
        {{.datasets = {"demo"}}, Code::usage, "--dataset PROJECT.DATASET"},
        {{.secrets = {"password"}}, Code::usage, "--secret NAME=VALUE"},
        {{.faults = {"{"}}, Code::bad_config, "docs/sandbox.md"},
    }));
    try {
        set_up(google, options);
        FAIL("did not throw");
    } catch (const Error& error) {
        CHECK(error.code() == code);
        CHECK_THAT(error.hint(), ContainsSubstring(hint));
    }
}

TEST_CASE("a synthetic tab is the same in every window and valid JSON throughout") {
    sandbox::testing::Google google;
    google.sandbox.sheets["S1"].tabs = {synthetic_tab("Big", 500, 23)};
    const std::string query = "&valueRenderOption=UNFORMATTED_VALUE&fields=values";
    const auto whole = boost::json::parse(google.values("Big", query).body).at("values").as_array();
    const auto part =
        boost::json::parse(google.values("Big!A101:W200", query).body).at("values").as_array();
    REQUIRE(whole.size() == 500);
    CHECK(std::equal(part.begin(), part.end(), whole.begin() + 100));
    CHECK(whole[0].at(0) == "id");
    CHECK(whole[0].at(20) == "id 3");
    CHECK(whole[7].at(0) == 7);
    CHECK(whole[7].at(4).is_string());
    CHECK(whole[7].at(8).is_double());
}

TEST_CASE("save_tables writes a file a table") {
    const Folder folder;
    sheetbq::testing::FakeClock clock;
    Sandbox google{clock};
    auto& table = google.bigquery.projects["p"]["d"].tables["t"];
    table.rows = {{"x"}};
    save_tables(google, folder.path / "state");
    std::ostringstream text;
    text << std::ifstream{folder.path / "state" / "p.d.t.json"}.rdbuf();
    const auto saved = boost::json::parse(text.str());
    CHECK(saved.at("row_count") == 1);
    CHECK(saved.at("rows").at(0).at(0) == "x");
}
