#include "sheetbq/app/settings_file.hpp"

#include "sheetbq/core/error.hpp"
#include "support/catch.hpp"
#include "support/certificate.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <array>
#include <fstream>
#include <sstream>

using namespace sheetbq::app;
using sheetbq::Code;
using sheetbq::Error;
using sheetbq::testing::TemporaryDirectory;

namespace {

const std::vector<std::string> known{"postgres-host", "max-parallel-jobs", "wait", "fields",
                                     "ratio"};

constexpr std::array flags{
    Flag{"postgres-host", "HOST", "POSTGRES_HOST", "", "PostgreSQL", "where it is"},
    Flag{"job-name", "NAME", "", "a \"job\"", "Runs", "the job"},
    Flag{"wait", "", "", "true", "Runs", "wait for it"},
    Flag{"yes", "", "", "false", "Runs", "do it"},
};

SettingsFile read(const std::string& text) {
    const TemporaryDirectory folder;
    return read_settings_file(folder.write("sheetbq.toml", text), known);
}

Error refusal(const std::string& text) {
    try {
        read(text);
    } catch (const Error& error) {
        return error;
    }
    FAIL("it was read");
    throw;
}

}  // namespace

TEST_CASE("a settings file sets flags by their names") {
    const auto file = read(
        "postgres-host = \"db\"\nmax-parallel-jobs = 3\nwait = false\n"
        "fields = [\"id\", \"name\"]\nratio = 1.5\n");
    CHECK(file.values.at("postgres-host") == "db");
    CHECK(file.values.at("max-parallel-jobs") == "3");
    CHECK(file.values.at("wait") == "false");
    CHECK(file.values.at("fields") == "id,name");
    CHECK(file.values.at("ratio") == "1.5");
}

TEST_CASE("a settings file that is no TOML is refused with line and column") {
    const auto error = refusal("wait = true\npostgres-host = db\n");
    CHECK(error.code() == Code::bad_config);
    CHECK(error.text().find("line 2, column") != std::string::npos);
    CHECK(error.hint() == "Write one setting a line, such as postgres-host = \"db\".");
}

TEST_CASE("a setting that is no flag is refused with the nearest one") {
    const auto error = refusal("\npostgers-host = \"db\"\n");
    CHECK(error.code() == Code::bad_config);
    CHECK(error.text().find("line 2 sets \"postgers-host\", which is no flag") !=
          std::string::npos);
    CHECK(error.hint() == "Did you mean: postgres-host = ...");
    CHECK(refusal("colour-of-the-sky = 1\n").hint() ==
          "Remove the line; helper config show lists what may be set.");
}

TEST_CASE("a setting is a plain value") {
    const auto error = refusal("[postgres-host]\nname = \"db\"\n");
    CHECK(error.text().find("line 1 gives \"postgres-host\" no plain value") != std::string::npos);
    CHECK(error.code() == Code::bad_config);
}

TEST_CASE("a settings file that others may write is not read") {
    const TemporaryDirectory folder;
    const auto path = folder.write("open.toml", "wait = true\n");
    REQUIRE(chmod(path.c_str(), 0666) == 0);
    try {
        read_settings_files(path, known);
        FAIL("it was read");
    } catch (const Error& error) {
        CHECK(error.code() == Code::permission_denied);
        CHECK(error.hint() == fmt::format("Run: chmod o-w {}", path));
    }
    REQUIRE(chmod(path.c_str(), 0644) == 0);
    CHECK(read_settings_files(path, known).size() == 1);
}

TEST_CASE("a settings file that is named must be there") {
    try {
        read_settings_files("/nowhere/settings.toml", known);
        FAIL("it is not there");
    } catch (const Error& error) {
        CHECK(error.code() == Code::not_found);
        CHECK(error.hint().find("helper config init") != std::string::npos);
    }
    CHECK(settings_paths("x.toml") == std::vector<std::string>{"x.toml"});
    CHECK(settings_paths("").front() == "./sheetbq.toml");
    CHECK(settings_paths("").back() == "/etc/sheetbq/config.toml");
}

TEST_CASE("flags win over variables, those over the first file, and that over the second") {
    std::vector<std::string> words{"helper", "--postgres-host=typed"};
    std::vector<char*> argv{words[0].data(), words[1].data()};
    const auto with = [&](int count, const char* variable) {
        FlagValues values{
            flags, count, argv.data(), [variable](std::string_view) -> std::optional<std::string> {
                return variable == nullptr ? std::nullopt : std::optional<std::string>{variable};
            }};
        values.fall_back_to({"first.toml", {{"postgres-host", "first"}}});
        values.fall_back_to({"second.toml", {{"postgres-host", "second"}, {"job-name", "j"}}});
        return fmt::format("{} {} {}", values.text("postgres-host"), values.origin("postgres-host"),
                           values.origin("job-name"));
    };
    CHECK(with(2, "variable") == "typed --postgres-host second.toml");
    CHECK(with(1, "variable") == "variable POSTGRES_HOST second.toml");
    CHECK(with(1, nullptr) == "first first.toml second.toml");
}

TEST_CASE("a settings file to begin with says nothing yet, and all of it can be set") {
    const TemporaryDirectory folder;
    auto text = settings_file_text(flags);
    const std::vector<std::string> names{"postgres-host", "job-name", "wait"};
    CHECK(read_settings_file(folder.write("a.toml", text), names).values.empty());
    CHECK(text.find("# where it is [variable: POSTGRES_HOST]\n#postgres-host = \"\"\n") !=
          std::string::npos);
    CHECK(text.find("yes") == std::string::npos);

    for (auto at = text.find("\n#"); at != std::string::npos; at = text.find("\n#", at + 1))
        if (text[at + 2] != ' ') text.erase(at + 1, 1);
    const auto set = read_settings_file(folder.write("b.toml", text), names);
    CHECK(set.values.at("job-name") == "a \"job\"");
    CHECK(set.values.at("wait") == "true");
    CHECK(set.values.at("postgres-host").empty());
}

TEST_CASE("a settings file is written for its owner alone, whole or not at all") {
    const TemporaryDirectory folder;
    const auto path = (folder.path() / "deep" / "er" / "config.toml").string();
    write_settings_file(path, "wait = true\n");
    struct stat file {};
    REQUIRE(stat(path.c_str(), &file) == 0);
    CHECK((file.st_mode & 0777) == 0600);
    std::stringstream content;
    content << std::ifstream{path}.rdbuf();
    CHECK(content.str() == "wait = true\n");

    const auto occupied = folder.write("file", "");
    try {
        write_settings_file(occupied + "/config.toml", "");
        FAIL("a file is no folder");
    } catch (const Error& error) {
        CHECK(error.text() == occupied + "/config.toml cannot be written");
        CHECK(error.hint() == "Name another place: helper config init --settings FILE");
    }
}
