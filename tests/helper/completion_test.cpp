// The completion of command lines in the shells themselves: their own programs load the script and
// complete.

#include "integration/orchestrator_world.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <sstream>

using namespace sheetbq::testing;
using namespace std::chrono_literals;

namespace {

/// The helper on the PATH, with a database in which there are configurations.
class Shells {
public:
    Shells() {
        fleet_.add_row("orders", "'', 24");
        fleet_.add_row("ordinary sales", "'', 24");
        fleet_.add_row("contacts", "'', 24");
        environment_ = fleet_.environment();
        environment_["PATH"] = fmt::format("{}:/usr/bin:/bin", SHEETBQ_HELPER_FOLDER);
        environment_["HOME"] = folder_.path().string();
        environment_["LANG"] = "C.UTF-8";
        environment_["TERM"] = "xterm";
    }

    void set(const std::string& name, const std::string& value) { environment_[name] = value; }
    const std::filesystem::path& folder() const { return folder_.path(); }

    std::string run(const std::vector<std::string>& command) {
        const auto end = Process{command, environment_}.wait(60s);
        INFO("stderr: " << end.err);
        CHECK(end.exit_code == 0);
        CHECK(end.err.empty());
        return end.out;
    }

    /// What bash offers for these words, the last of which is being typed; a line each.
    std::string bash(const std::vector<std::string>& words) {
        std::string quoted;
        for (const auto& word : words) quoted += fmt::format(" '{}'", word);
        return run({"/bin/bash", "--norc", "-c",
                    fmt::format("source <(helper completion bash); COMP_WORDS=(helper{}); "
                                "COMP_CWORD={}; _helper helper; "
                                "for word in \"${{COMPREPLY[@]}}\"; do echo \"$word\"; done",
                                quoted, words.size())});
    }

    /// The line as it stands in a terminal with zsh after the tab key.
    std::string zsh(const std::string& line) {
        const auto out = (folder_.path() / "line").string();
        const auto script = folder_.write(
            "complete.zsh",
            "zmodload zsh/zpty\n"
            "zpty -b shell zsh -f -i\n"
            "zpty -w shell 'PROMPT=; autoload -U compinit; compinit -u -D'\n"
            "zpty -w shell 'source <(helper completion zsh)'\n"
            "zpty -w shell 'show() { print -r -- $BUFFER > " +
                out + ".new; mv " + out + ".new " + out +
                " }'\n"
                "zpty -w shell 'zle -N show; bindkey \"^X\" show; bindkey \"^I\" complete-word'\n"
                "zpty -w -n shell $1$'\\t\\C-x'\n"
                "for ((i = 0; i < 1500; i++)); do\n"
                "  [[ ! -s " +
                out +
                " ]] || break\n"
                "  zpty -r -t shell seen || sleep 0.02\n"
                "done\n"
                "zpty -d shell\n"
                "cat " +
                out + " && rm " + out + "\n");
        return run({"/usr/bin/zsh", "-f", script, line});
    }

    /// What fish offers, with its descriptions; a line each.
    std::string fish(const std::string& line) {
        return run({"/usr/bin/fish", "--no-config", "-c",
                    fmt::format("helper completion fish | source; complete -C '{}'", line)});
    }

private:
    OrchestratorWorld fleet_;
    TemporaryDirectory folder_;
    Variables environment_;
};

}  // namespace

TEST_CASE("bash completes commands, flags, words, and names of configurations") {
    Shells shells;

    CHECK(shells.bash({"vers"}) == "version\n");
    CHECK(shells.bash({"config", "sh"}) == "show\n");
    CHECK(shells.bash({"version", "--outp"}) == "--output\n");
    CHECK(shells.bash({"version", "-o", "j"}) == "json\n");
    CHECK(shells.bash({"version", "--output", "=", "ya"}) == "yaml\n");
    CHECK(shells.bash({"version", "--output", "="}) == "table\njson\nyaml\ncsv\nname\n");
    CHECK(shells.bash({"logs", "ord"}) == "orders\nordinary\\ sales\n");
    CHECK(shells.bash({"logs", "2"}) == "2\n");
    CHECK(shells.bash({"doctor", "--config", "=", "cont"}) == "contacts\n");
    CHECK(shells.bash({"nothing", "of", "that"}).empty());
}

TEST_CASE("zsh completes commands, flags, words, and names of configurations") {
    Shells shells;

    CHECK(shells.zsh("helper versi") == "helper version \n");
    CHECK(shells.zsh("helper version --outp") == "helper version --output \n");
    CHECK(shells.zsh("helper version --output=ya") == "helper version --output=yaml \n");
    CHECK(shells.zsh("helper logs conta") == "helper logs contacts \n");
    CHECK(shells.zsh("helper logs ordin") == "helper logs ordinary\\ sales \n");
}

TEST_CASE("fish completes commands, flags, words, files, and names of configurations") {
    Shells shells;
    const auto file = shells.folder() / "settings.toml";
    std::ofstream{file} << "";

    CHECK(shells.fish("helper versi") == "version\tprint the version\n");
    CHECK(shells.fish("helper version --output=ya") == "--output=yaml\n");
    CHECK(shells.fish("helper logs conta") == "contacts\t3, demo-project.demo.contacts\n");
    CHECK(shells.fish(fmt::format("helper version --settings={}/sett", shells.folder().string())) ==
          fmt::format("--settings={}\n", file.string()));
}

TEST_CASE("a completion without a database is quick, silent and empty") {
    Shells shells;
    const bool refuses = GENERATE(true, false);
    // Nobody listens there; or nothing ever answers.
    shells.set("PGHOST", refuses ? "127.0.0.1" : "192.0.2.1");
    shells.set("PGPORT", "1");
    const auto began = std::chrono::steady_clock::now();

    const auto seen = shells.run({"/bin/sh", "-c", "helper __complete -- logs o"});

    CHECK(seen == "words\n");
    CHECK(std::chrono::steady_clock::now() - began < 2s);
}

TEST_CASE("a settings file that cannot be read does not disturb a completion") {
    Shells shells;
    std::ofstream{shells.folder() / "bad.toml"} << "postgres-host = \n";
    shells.set("SHEETBQ_SETTINGS", (shells.folder() / "bad.toml").string());
    shells.set("SHEETBQ_OUTPUT", "nonsense");

    CHECK(shells.run({"/bin/sh", "-c", "helper __complete -- vers"}) ==
          "words\nversion\tprint the version\n");
    CHECK(shells.run({"/bin/sh", "-c", "helper __complete -- logs o"}) == "words\n");
}
