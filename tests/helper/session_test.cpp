// The helper as people use it: sessions/*.txt are command lines with what is seen.
//
// SHEETBQ_GOLDEN=write writes what is seen into the files, to be read line by line before it is
// committed.

#include "helper/transcript.hpp"
#include "integration/orchestrator_world.hpp"

#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

using namespace sheetbq::testing;
namespace sandbox = sheetbq::sandbox;
using namespace std::chrono_literals;

namespace {

/// SHEETBQ_SESSION=logs tries that session alone.
bool wanted(const std::string& session) {
    const char* const only = std::getenv("SHEETBQ_SESSION");
    return only == nullptr || session == only;
}

std::vector<std::filesystem::path> sessions() {
    std::vector<std::filesystem::path> found;
    for (const auto& each : std::filesystem::directory_iterator{SHEETBQ_SESSIONS})
        if (each.path().extension() == ".txt" && wanted(each.path().stem().string()))
            found.push_back(each.path());
    std::sort(found.begin(), found.end());
    return found;
}

std::string content(const std::filesystem::path& path) {
    std::ostringstream text;
    text << std::ifstream{path}.rdbuf();
    return text.str();
}

/// Who runs this, as commands name a person: `ada@laptop`.
std::string person() {
    std::array<char, 64> host{};
    gethostname(host.data(), host.size() - 1);
    const auto* const user = getpwuid(geteuid());
    return fmt::format("{}@{}", user == nullptr ? "?" : user->pw_name, host.data());
}

std::string with_line_breaks(std::string text) {
    for (auto at = text.find("\\n"); at != std::string::npos; at = text.find("\\n", at + 1))
        text.replace(at, 2, "\n");
    return text;
}

/// A shop with spreadsheets, datasets, a Cloud Run job and a database; a folder to work in.
///
/// Spreadsheet "Shop": tabs Orders (gid 0) and Contacts; "Private" is shared with nobody. The
/// database has the configurations 1 orders (every 24 h), 2 contacts (every tick), 3 broken (a tab
/// that is not there), and 4 paused (inactive).
class Session {
public:
    static constexpr auto private_id = "1PrivateFgHiJkLmNoPqRsTuVwXyZ0123456789abcdef";

    Session() {
        type("Orders", "id,customer,amount,paid on\n1,Ada,12.5,2026-01-02\n2,Grace,7,2026-01-03\n");
        type("Contacts", "Name,ZIP\nAda,00123\nGrace,04567\n");
        fleet_.google.google.edit([&] {
            auto hidden = fleet_.google.google.sheets.at(World::spreadsheet_id);
            hidden.id = private_id;
            hidden.title = "Private";
            hidden.shared_with = {"owner@example.com"};
            fleet_.google.google.sheets.emplace(hidden.id, std::move(hidden));
        });
        fleet_.use_cloud_run();
        fleet_.add_row("orders", "'Orders', 24");
        fleet_.add_row("contacts", "'Contacts', 0");
        fleet_.add_row("broken", "'Nowhere', 24");
        fleet_.add_row("paused", "'Orders', 24");
        fleet_.query("UPDATE sheet_to_bigquery_configs SET is_active = false WHERE id = 4");
        environment_ = fleet_.environment();
        environment_["PATH"] = fmt::format("{}:{}:{}:/usr/bin:/bin", SHEETBQ_HELPER_FOLDER,
                                           SHEETBQ_ORCHESTRATOR_FOLDER, SHEETBQ_SESSION_TOOLS);
        environment_["HOME"] = folder_.path().string();
        environment_["LANG"] = "C.UTF-8";
        environment_["SHEETBQ_JOB_PROGRAM"] = SHEETBQ_JOB;
        environment_["SHEETBQ_POLL"] = "100ms";
    }

    /// What is seen, and the exit code when it is not 0.
    std::string run(const std::string& command) {
        const auto inside =
            fmt::format("cd '{}' && {{ {}\n}} 2>&1", folder_.path().string(), command);
        const auto end = Process{{"/bin/bash", "-c", inside}, environment_}.wait(60s);
        auto seen = end.out;
        if (!seen.empty() && !seen.ends_with('\n')) seen += "\n[no line break]\n";
        if (end.timed_out) seen += "[did not end]\n";
        if (end.exit_code != 0) seen += fmt::format("[exit {}]\n", end.exit_code);
        return seen;
    }

    /// `env NAME=VALUE`, `sheet TAB=CSV`, `share EMAIL`, `sql STATEMENT`, `age TABLE HOURS` (it was
    /// made and changed so much earlier), `table NAME TYPE`, `writers EMAIL` (of the dataset).
    void direct(const std::string& text) {
        const auto word = text.substr(0, text.find(' '));
        const auto rest = text.substr(std::min(word.size() + 1, text.size()));
        const auto name = rest.substr(0, rest.find('='));
        const auto value = rest.substr(std::min(name.size() + 1, rest.size()));
        if (word == "env") {
            environment_[name] = value;
        } else if (word == "sheet") {
            type(name, with_line_breaks(value));
        } else if (word == "share") {
            fleet_.google.google.edit(
                [&] { fleet_.google.google.sheets.at(private_id).shared_with.insert(rest); });
        } else if (word == "sql") {
            fleet_.query(rest);
        } else if (word == "google") {
            fleet_.google.google.edit([&] { change_google(rest); });
        } else if (word == "age" || word == "table" || word == "writers") {
            change_dataset(word, rest.substr(0, rest.find(' ')),
                           rest.substr(std::min(rest.find(' ') + 1, rest.size())));
        } else {
            FAIL("there is no directive " << word);
        }
    }

    Normaliser normaliser() const {
        return Normaliser{{{folder_.path().string(), "FOLDER"},
                           {fleet_.google.folder.path().string(), "GOOGLE"},
                           {SHEETBQ_JOB, "JOB-PROGRAM"},
                           {person(), "USER@HOST"}}};
    }

private:
    sandbox::CloudRunJob& cloud_job() { return fleet_.google.google.run.jobs.begin()->second; }

    /// `off HOST`, `on HOST`, `clock SECONDS`, `retries N`, `allow PERMISSION ...` of the Cloud Run
    /// job alone, `scheduler STATE`.
    void change_google(const std::string& text) {
        auto& google = fleet_.google.google;
        std::istringstream words{text};
        std::string word;
        std::string value;
        words >> word >> value;
        if (word == "off" || word == "on") {
            google.enabled[value] = word == "on";
        } else if (word == "clock") {
            google.date_offset = std::chrono::seconds{std::stol(value)};
        } else if (word == "retries") {
            cloud_job().max_retries = std::stoi(value);
            cloud_job().timeout = 1h;
        } else if (word == "allow") {
            auto& allowed = cloud_job().permissions[World::account];
            for (allowed = {value}; words >> value;) allowed.insert(value);
        } else if (word == "scheduler") {
            google.scheduler.jobs["projects/demo-project/locations/europe-west1/jobs/sheetbq-tick"]
                .state = value;
        } else {
            FAIL("Google cannot be changed like that: " << text);
        }
    }

    void change_dataset(const std::string& word, const std::string& name, const std::string& more) {
        fleet_.google.google.edit([&] {
            auto& dataset = fleet_.google.google.bigquery.projects.at("demo-project").at("demo");
            if (word == "writers") {
                dataset.writers = {name};
            } else if (word == "table") {
                dataset.tables[name].type = more;
            } else {
                const auto ms = std::stoll(more) * 3'600'000;
                auto& table = dataset.tables.at(name);
                table.created_ms -= ms;
                table.modified_ms -= ms;
                for (auto& past : dataset.past[name]) {
                    past.from_ms -= ms;
                    past.until_ms -= ms;
                }
            }
        });
    }

    /// Puts a tab in place, new or for an old one of that title.
    void type(const std::string& title, const std::string& csv) {
        fleet_.google.google.edit([&] {
            auto& sheet = fleet_.google.google.sheets.at(World::spreadsheet_id);
            auto tab = sandbox::tab_from_csv(title, csv);
            const auto old = std::find_if(sheet.tabs.begin(), sheet.tabs.end(),
                                          [&](const auto& each) { return each.title == title; });
            if (old == sheet.tabs.end()) {
                tab.gid = static_cast<int>(sheet.tabs.size()) * 100;
                sheet.tabs.push_back(std::move(tab));
            } else {
                tab.gid = old->gid;
                *old = std::move(tab);
            }
        });
    }

    OrchestratorWorld fleet_;
    TemporaryDirectory folder_;
    Variables environment_;
};

}  // namespace

TEST_CASE("a session with the helper goes as it is written down") {
    const auto path = GENERATE(from_range(sessions()));
    const auto text = content(path);
    CAPTURE(path.filename().string());
    Session session;
    auto normalise = session.normaliser();
    const auto steps = read_session(text);
    REQUIRE(!steps.empty());
    std::string seen = text.substr(0, text.find(steps.front().heading));
    for (const auto& step : steps) {
        seen += step.heading + "\n";
        if (step.directive) {
            session.direct(step.text);
            continue;
        }
        auto shown = normalise(session.run(step.text));
        // Completion does without names that the database gives too late for a person at the keys:
        // a busy machine needs more than one try.
        const bool hurried = step.text.starts_with("helper __complete");
        for (int tries = 1; hurried && tries < 20 && shown != step.expected; ++tries)
            shown = normalise(session.run(step.text));
        INFO("$ " << step.text);
        if (std::getenv("SHEETBQ_GOLDEN") == nullptr) CHECK(shown == step.expected);
        seen += shown;
    }
    if (std::getenv("SHEETBQ_GOLDEN") != nullptr) std::ofstream{path} << seen;
}
