#include "sheetbq/app/completion.hpp"

#include "sheetbq/core/error.hpp"
#include "support/catch.hpp"

#include <fmt/format.h>

#include <array>

using namespace sheetbq::app;

namespace {

constexpr std::array own{
    Flag{"state", "WORD", "", "", "Run", "only these", false, '\0', "failed lost"},
    Flag{"config", "CONFIG", "", "", "Run", "of this configuration"},
    Flag{"config-file", "FILE", "", "", "Run", "a file"},
    Flag{"socket", "FOLDER", "", "", "Run", "a folder"},
    Flag{"set", "KEY=VALUE", "", "", "Run", "an option", false, '\0', "", true},
    Flag{"wait", "", "", "true", "Run", "wait"},
    Flag{"dry-run", "", "", "false", "Run", "start nothing"},
};
constexpr std::array shared{
    Flag{"output", "FORMAT", "", "", "Output", "how", false, 'o', "json csv"}};

const CommandSet& program() {
    static const CommandSet set{
        .program = "helper",
        .summary = "does things",
        .examples = {},
        .commands = {
            {.path = "list",
             .heading = "Look",
             .summary = "list runs",
             .details = {},
             .arguments = {},
             .examples = {},
             .flags = {own, shared}},
            {.path = "runs show",
             .heading = "Look",
             .summary = "show one",
             .details = {},
             .arguments =
                 {{.name = "RUN", .description = "a run", .required = true, .completes = "run"}},
             .examples = {},
             .flags = {shared}},
            {.path = "runs retry",
             .heading = "Run",
             .summary = "once more",
             .details = {},
             .arguments = {},
             .examples = {},
             .flags = {}},
            {.path = "completion",
             .heading = "Other",
             .summary = "print a script",
             .details = {},
             .arguments = {{.name = "SHELL",
                            .description = "a shell",
                            .required = true,
                            .completes = "bash zsh fish"}},
             .examples = {},
             .flags = {}},
            {.path = "help",
             .heading = "Other",
             .summary = "explain",
             .details = {},
             .arguments = {{.name = "COMMAND",
                            .description = "a command",
                            .many = true,
                            .completes = "command errors"}},
             .examples = {},
             .flags = {}},
            {.path = "secret",
             .heading = "Other",
             .summary = "nobody sees this",
             .details = {},
             .arguments = {},
             .examples = {},
             .flags = {},
             .hidden = true},
        }};
    return set;
}

Completion after(const std::vector<std::string>& words) { return complete(program(), words); }

std::string words_after(const std::vector<std::string>& words) {
    std::string out;
    for (const auto& each : after(words).candidates) out += each.word + " ";
    return out;
}

}  // namespace

TEST_CASE("a line goes on with commands, groups, flags and words of the table") {
    const auto [line, expected] = GENERATE(table<std::vector<std::string>, std::string>({
        {{""}, "list runs completion help "},
        {{"r"}, "runs "},
        {{"x"}, ""},
        {{"--"}, "--help --version "},
        {{"runs", "--"}, "--help "},
        {{"runs", ""}, "show retry "},
        {{"runs", "sh"}, "show "},
        {{"nothing", ""}, ""},
        {{"completion", ""}, "bash zsh fish "},
        {{"completion", "bash", ""}, ""},
        {{"list", "--s"}, "--state --socket --set "},
        {{"list", "--state", ""}, "failed lost "},
        {{"list", "--state", "l"}, "lost "},
        {{"list", "--state=f"}, "failed "},
        {{"list", "--wait="}, "true false "},
        {{"list", "--no"}, "--no-wait "},
        {{"list", "-o", ""}, "json csv "},
        {{"list", "--unknown="}, ""},
        {{"list", "--", "--s"}, ""},
        {{"help", ""}, "list runs completion help errors "},
        {{"help", "runs", ""}, "show retry "},
        {{"sec"}, ""},
    }));
    INFO(fmt::format("{}", fmt::join(line, "|")));
    CHECK(words_after(line) == expected);
}

TEST_CASE("a flag that was given is not offered again, unless it may be repeated") {
    CHECK(words_after({"list", "--state=lost", "--set", "a=b", "--s"}) == "--socket --set ");
    CHECK(words_after({"list", "-o", "json", "--out"}).empty());
}

TEST_CASE("what only the shell or the database knows is asked for by its kind") {
    CHECK(after({"list", "--config", "or"}).completes == Completes::configs);
    CHECK(after({"list", "--config", "or"}).typed == "or");
    CHECK(after({"list", "--config=or"}).typed == "or");
    CHECK(after({"list", "--config-file", ""}).completes == Completes::files);
    CHECK(after({"list", "--socket=/v"}).completes == Completes::folders);
    CHECK(after({"runs", "show", "01"}).completes == Completes::runs);
    CHECK(after({"runs", "show", "-o", "json", "01"}).completes == Completes::runs);
    CHECK(after({"runs", "show", "0190", "01"}).completes == Completes::words);
}

TEST_CASE("candidates carry what they are") {
    CHECK(after({"li"}).candidates.at(0).description == "list runs");
    CHECK(after({"runs", ""}).candidates.at(1).description == "once more");
    CHECK(after({"list", "--no-w"}).candidates.at(0).description == "not: wait");
}

TEST_CASE("a line without words is no line") { CHECK(after({}).candidates.empty()); }

TEST_CASE("scripts are there for three shells, and name the program everywhere") {
    for (const auto* shell : {"bash", "zsh", "fish"}) {
        const auto script = completion_script(shell, "helper");
        CHECK(script.find("PROGRAM") == std::string::npos);
        CHECK(script.find("__complete -- ") != std::string::npos);
    }
    try {
        completion_script("fihs", "helper");
        FAIL("there is no such shell");
    } catch (const sheetbq::Error& error) {
        CHECK(error.code() == sheetbq::Code::usage);
        CHECK(error.hint() == "Write: helper completion fish");
    }
}
