#include "integration/world.hpp"

#include <boost/json.hpp>

#include <fstream>
#include <sstream>

using namespace sheetbq;
using sheetbq::testing::report_of;
using sheetbq::testing::Variables;
using sheetbq::testing::World;

namespace {

constexpr auto orders =
    "id,price,name,day\n"
    "1,1.5,tea,2024-01-05\n"
    "2,,\"cake, large\",2024-01-06\n"
    "3,2.25,00123,\n";
constexpr auto loaded_orders =
    "1|1.5|tea|2024-01-05|\n"
    "2|NULL|cake, large|2024-01-06|\n"
    "3|2.25|00123|NULL|\n";

std::string file_content(const std::string& path) {
    std::ostringstream text;
    text << std::ifstream{path}.rdbuf();
    return text.str();
}

std::string data_file(const std::string& name) {
    return file_content(std::string{SHEETBQ_TEST_DATA} + "/" + name);
}

}  // namespace

TEST_CASE("sheetbq-job loads a sheet and ends with its report as one line of JSON") {
    World world;
    world.type_csv(orders);

    const auto end = world.run();

    CHECK(end.exit_code == 0);
    CHECK(end.err.empty());
    const auto report = report_of(end);
    CHECK(report.at("severity") == "NOTICE");
    CHECK(report.at("outcome") == "loaded");
    CHECK(report.at("run_id") == "r1");
    CHECK(report.at("config_id") == "7");
    CHECK(report.at("config_name") == "orders");
    CHECK(report.at("table") == "demo-project.demo.orders");
    CHECK(report.at("job_id") == "sheetbq_r1_1");
    CHECK(report.at("rows").as_int64() == 3);
    CHECK(report.at("columns").as_array().size() == 4);
    CHECK(report.at("columns").at(3).at("type") == "DATE");
    CHECK(report.at("requests").as_int64() > 0);
    CHECK(report.at("bytes_in").as_int64() > 0);
    CHECK(report.at("peak_memory_bytes").as_int64() > 0);
    CHECK_FALSE(report.contains("error"));
    CHECK(world.table() == loaded_orders);
}

TEST_CASE("every line of the JSON log is an object that Cloud Logging understands") {
    World world;
    world.type_csv(orders);

    const auto end = world.run({{"CLOUD_RUN_JOB", "sheetbq"}, {"LOG_LEVEL", "debug"}});

    std::istringstream lines{end.out};
    int count = 0;
    for (std::string line; std::getline(lines, line); ++count) {
        const auto event = boost::json::parse(line);
        for (const auto* name : {"severity", "message", "time", "event"})
            CHECK(event.as_object().contains(name));
    }
    CHECK(count >= 2);
}

TEST_CASE("sheetbq-job works with every kind of credentials") {
    const std::string kind = GENERATE("key file", "metadata server", "person", "gcloud's own file");
    INFO(kind);
    World world;
    world.type_csv(orders);
    Variables more;
    if (kind == "metadata server")
        more = {{"GOOGLE_APPLICATION_CREDENTIALS", ""},
                {"NO_GCE_CHECK", ""},
                {"GCE_METADATA_HOST", world.host()}};
    if (kind == "person")
        more = {{"GOOGLE_APPLICATION_CREDENTIALS",
                 world.folder.write("person.json", testing::authorized_user_json())}};
    if (kind == "gcloud's own file") {
        world.folder.write("application_default_credentials.json", testing::authorized_user_json());
        more = {{"GOOGLE_APPLICATION_CREDENTIALS", ""}, {"CLOUDSDK_CONFIG", world.folder.path()}};
    }

    const auto end = world.run(more);

    INFO(end.out);
    CHECK(end.exit_code == 0);
    CHECK(world.table() == loaded_orders);
}

TEST_CASE("sheetbq-job talks TLS to the root it is given, and only to one that it trusts") {
    const auto certificate = testing::make_certificate("DNS:localhost,IP:127.0.0.1");
    const bool trusted = GENERATE(true, false);
    World world{&certificate};
    world.type_csv(orders);
    const auto authority = world.folder.write("ca.pem", certificate.certificate_pem);

    const auto end = world.run({{"SSL_CERT_FILE", trusted ? authority : ""}});

    const auto report = report_of(end);
    if (trusted) {
        CHECK(end.exit_code == 0);
        CHECK(world.table() == loaded_orders);
        return;
    }
    CHECK(end.exit_code == 10);
    CHECK_THAT(std::string{report.at("error").at("hint").as_string()},
               ContainsSubstring("SSL_CERT_FILE"));
    CHECK(world.table() == "none");
}

TEST_CASE("with LOG_FORMAT=text people read one sentence") {
    World world;
    world.type_csv(orders);

    const auto end = world.run({{"LOG_FORMAT", "text"}});

    CHECK(end.exit_code == 0);
    CHECK(end.out == "loaded 3 rows of 4 columns from \"Orders\" into demo-project.demo.orders\n");
    CHECK_THAT(end.err, ContainsSubstring("reading \"Orders\" of \"Shop\""));
}

TEST_CASE("--dry-run prints schema and rows and writes nothing") {
    World world;
    world.type_csv(orders);

    const auto end = world.run({{"LOG_FORMAT", "text"}}, {"--dry-run"});

    CHECK(end.exit_code == 0);
    CHECK(end.out == data_file("dry_run.txt"));
    CHECK(world.writes() == 0);
    CHECK(world.table() == "none");
}

TEST_CASE("--print-config shows where each value comes from, and no secret") {
    World world;

    const auto end =
        world.run({{"HTTPS_PROXY", "http://ada:secret@127.0.0.1:9"}, {"NO_PROXY", "127.0.0.1"}},
                  {"--print-config"});

    CHECK(end.exit_code == 0);
    CHECK_THAT(end.out, ContainsSubstring("CONFIG_NAME=orders\n"));
    CHECK_THAT(end.out, ContainsSubstring("WRITE_MODE=replace  # default\n"));
    CHECK_THAT(end.out, ContainsSubstring("SHEET_RANGE=  # not set\n"));
    CHECK_THAT(end.out, ContainsSubstring("credentials: "));
    CHECK(end.out.find("secret") == std::string::npos);
    CHECK(world.google.requests().empty());
}

TEST_CASE("--print-config lists what is wrong and ends with the code of a run") {
    World world;

    const auto end = world.run({{"CONFIG_NAME", ""}, {"HEADER_ROW", "x"}}, {"--print-config"});

    CHECK(end.exit_code == 10);
    CHECK_THAT(end.out, ContainsSubstring("the configuration has 2 problems"));
}

TEST_CASE("--help and --version need no configuration") {
    World world;

    const auto help = world.start({}, {"--help"})->wait();
    const auto version = world.start({}, {"--version"})->wait();

    CHECK(help.exit_code == 0);
    CHECK(help.err.empty());
    for (const auto* word : {"GOOGLE_SHEET_URL (required)", "--dry-run", "Exit codes", "143"})
        CHECK_THAT(help.out, ContainsSubstring(word));
    CHECK(version.exit_code == 0);
    CHECK_THAT(version.out, ContainsSubstring("sheetbq-job "));
}

TEST_CASE("a command line that cannot be understood ends with 2 and the way to help") {
    World world;
    const std::string flag = GENERATE("--no-such-flag", "surplus", "--dry-run=maybe");

    const auto end = world.run({}, {flag});

    CHECK(end.exit_code == 2);
    CHECK(end.out.empty());
    CHECK_THAT(end.err, ContainsSubstring("error: the command line cannot be understood"));
    CHECK_THAT(end.err, ContainsSubstring("sheetbq-job --help"));
}

TEST_CASE("a repeat of a finished run adopts its load") {
    World world;
    world.type_csv(orders);
    const Variables append{{"WRITE_MODE", "append"}};
    REQUIRE(world.run(append).exit_code == 0);

    const auto end = world.run(append);

    CHECK(end.exit_code == 0);
    CHECK(report_of(end).at("adopted") == true);
    CHECK(world.table() == loaded_orders);
}

TEST_CASE("a run that starts too late ends with 75 and writes nothing") {
    World world;
    world.type_csv(orders);

    const auto end = world.run({{"SHEETBQ_START_BY", "2020-01-01T00:00:00Z"}});

    CHECK(end.exit_code == 75);
    CHECK(report_of(end).at("error").at("code") == "too_late");
    CHECK(world.writes() == 0);
    CHECK(world.table() == "none");
}
