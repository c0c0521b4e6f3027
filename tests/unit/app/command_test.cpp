#include "sheetbq/app/command.hpp"

#include "support/catch.hpp"

#include <array>

using namespace sheetbq::app;
using sheetbq::Code;
using sheetbq::Error;

namespace {

constexpr std::array own{Flag{"limit", "N", "", "20", "List", "at most so many"}};
constexpr std::array shared{Flag{"output", "FORMAT", "", "", "Output", "how"}};

const CommandSet& program() {
    static const CommandSet set{
        .program = "helper",
        .summary = "does things",
        .examples = {{"helper list", "shows what there is"}},
        .commands = {
            {.path = "list",
             .heading = "Look",
             .summary = "list runs",
             .details = "The first paragraph.\n\nThe second one.",
             .arguments = {},
             .examples = {{"helper list --limit=5", "the newest five"}},
             .flags = {own, shared}},
            {.path = "runs show",
             .heading = "Look",
             .summary = "show one",
             .details = {},
             .arguments = {{.name = "RUN", .description = "a run's id", .required = true},
                           {.name = "MORE", .description = "more of them", .many = true}},
             .examples = {},
             .flags = {shared}},
            {.path = "configs",
             .heading = "Other",
             .summary = "both command and group",
             .details = {},
             .arguments = {},
             .examples = {},
             .flags = {}},
            {.path = "configs show",
             .heading = "Other",
             .summary = "below it",
             .details = {},
             .arguments = {},
             .examples = {},
             .flags = {}},
            {.path = "inner",
             .heading = "Other",
             .summary = "unseen",
             .details = {},
             .arguments = {},
             .examples = {},
             .flags = {},
             .hidden = true},
        }};
    return set;
}

const Command* found(const std::vector<std::string>& words) { return program().find(words); }

Error refusal(const std::vector<std::string>& words) { return unknown_command(program(), words); }

}  // namespace

TEST_CASE("the longest command that words begin is the one that is meant") {
    CHECK(found({"configs"})->path == "configs");
    CHECK(found({"configs", "show", "orders"})->path == "configs show");
    CHECK(found({"configs", "orders"})->path == "configs");
    CHECK(found({"runs", "show"})->path == "runs show");
    CHECK(found({"runs"}) == nullptr);
    CHECK(found({"listing"}) == nullptr);
    CHECK(found({}) == nullptr);
}

TEST_CASE("groups are known by the commands below them") {
    CHECK(program().is_group("runs"));
    CHECK(program().is_group("configs"));
    CHECK_FALSE(program().is_group("run"));
    CHECK_FALSE(program().is_group("list"));
}

TEST_CASE("a word that names no command is answered with the nearest") {
    CHECK(refusal({"lsit"}).code() == Code::usage);
    CHECK(refusal({"lsit"}).hint().find("Did you mean: helper list") == 0);
    CHECK(refusal({"runs", "shwo"}).text() == "there is no command \"helper runs shwo\"");
    CHECK(refusal({"runs", "shwo"}).hint().find("Did you mean: helper runs show") == 0);
    CHECK(refusal({"xyzzy"}).hint() == "helper --help lists all commands.");
    CHECK(refusal({"xyzzy"}).reason() == "helper knows: list, runs, configs");
}

TEST_CASE("arguments are counted") {
    const auto check = [](std::string_view path, const std::vector<std::string>& arguments) {
        check_arguments(program(),
                        *found({std::string{path.substr(0, path.find(' '))},
                                std::string{path.substr(path.find(' ') + 1)}}),
                        arguments);
    };
    CHECK_NOTHROW(check("runs show", {"a"}));
    CHECK_NOTHROW(check("runs show", {"a", "b", "c"}));
    try {
        check("runs show", {});
        FAIL("RUN is missing");
    } catch (const Error& error) {
        CHECK(error.text() == "helper runs show needs RUN");
        CHECK(error.reason() == "a run's id");
        CHECK(error.hint() == "Write: helper runs show RUN [MORE ...] [flags]");
    }
    try {
        check_arguments(program(), *found({"list"}), std::vector<std::string>{"orders"});
        FAIL("list takes none");
    } catch (const Error& error) {
        CHECK(error.text() == "\"orders\" is one word too many");
        CHECK(error.code() == Code::usage);
    }
}

TEST_CASE("short help tells of a command's own flags, full help of everything") {
    const auto brief = command_help(program(), *found({"list"}), HelpLength::brief);
    const auto full = command_help(program(), *found({"list"}), HelpLength::full);
    CHECK(brief.find("--limit N") != std::string::npos);
    CHECK(brief.find("--output") == std::string::npos);
    CHECK(brief.find("second one") == std::string::npos);
    CHECK(full.find("--output FORMAT") != std::string::npos);
    CHECK(full.find("The first paragraph.\n\nThe second one.\n") != std::string::npos);
    CHECK(full.find("Exit codes") != std::string::npos);
    CHECK(full.find("Examples") < full.find("--limit"));
}

TEST_CASE("the program's help lists commands and groups under their headings, hidden ones not") {
    const auto text = group_help(program(), "");
    CHECK(text.find("\nLook\n  list") != std::string::npos);
    CHECK(text.find("runs     show") != std::string::npos);
    CHECK(text.find("inner") == std::string::npos);
    CHECK(group_help(program(), "runs").find("show") != std::string::npos);
}

TEST_CASE("no exit code has two meanings") {
    const auto codes = exit_codes();
    for (std::size_t i = 1; i < codes.size(); ++i) CHECK(codes[i - 1].code < codes[i].code);
}
