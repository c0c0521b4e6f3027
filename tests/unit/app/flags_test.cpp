#include "sheetbq/app/flags.hpp"

#include "sheetbq/core/error.hpp"
#include "support/catch.hpp"

#include <array>
#include <cstring>
#include <map>
#include <sstream>

using sheetbq::Code;
using sheetbq::Error;
using sheetbq::app::describe_flags;
using sheetbq::app::Flag;
using sheetbq::app::FlagValues;
using namespace std::chrono_literals;

namespace {

constexpr std::array table{
    Flag{"host", "HOST", "APP_HOST PGHOST", "localhost", "Server", "name of the server"},
    Flag{"password", "TEXT", "APP_PASSWORD", "", "Server", "password to log in with", true},
    Flag{"parallel", "N", "", "3", "Runs", "runs at the same time"},
    Flag{"timeout", "TIME", "APP_TIMEOUT", "40m", "Runs", "a run may take so long"},
    Flag{"rate", "RATE", "", "60/m", "Runs", "starts"},
    Flag{"only", "ID,...", "", "", "Runs", "no other configurations"},
    Flag{"wait", "", "APP_WAIT", "true", "Runs", "wait for the runs"},
    Flag{"dry-run", "", "DRY_RUN", "", "Runs", "start nothing"},
    Flag{"no-color", "", "", "false", "Runs", "no colours"},
    Flag{"help", "", "", "false", "Other", "print this text", false, 'h'},
};

using Variables = std::map<std::string, std::string, std::less<>>;

/// A command line that may be written to, as main gets it.
class CommandLine {
public:
    explicit CommandLine(std::vector<std::string> words) : words_{std::move(words)} {
        words_.insert(words_.begin(), "/usr/bin/app");
        for (auto& word : words_) pointers_.push_back(word.data());
        pointers_.push_back(nullptr);
    }
    FlagValues parse(const Variables& variables = {}) {
        return FlagValues{table, static_cast<int>(words_.size()), pointers_.data(),
                          [variables](std::string_view name) -> std::optional<std::string> {
                              const auto found = variables.find(name);
                              return found == variables.end() ? std::nullopt
                                                              : std::optional{found->second};
                          }};
    }
    /// What /proc/PID/cmdline shows, without the program.
    std::string seen() const {
        std::string all;
        for (std::size_t i = 1; i < words_.size(); ++i) all += words_[i] + "|";
        return all;
    }

private:
    std::vector<std::string> words_;
    std::vector<char*> pointers_;
};

FlagValues values(std::vector<std::string> words, const Variables& variables = {}) {
    return CommandLine{std::move(words)}.parse(variables);
}

/// The refusal of what `act` does, as a person sees it.
template <class Act>
std::string refusal(const Act& act) {
    try {
        act();
    } catch (const Error& error) {
        CHECK(error.code() == Code::usage);
        return describe(error);
    }
    return "it was not refused";
}

}  // namespace

TEST_CASE("FlagValues takes --name value and --name=value alike, and the last of several") {
    for (const auto& words : std::vector<std::vector<std::string>>{
             {"--host", "db"}, {"--host=db"}, {"--host=other", "--host", "db"}}) {
        const auto flags = values(words);
        CHECK(flags.text("host") == "db");
        CHECK(flags.origin("host") == "--host");
        CHECK(flags.typed("host"));
    }
    CHECK(values({"--host=a=b"}).text("host") == "a=b");
    CHECK(values({"--host", "-5"}).text("host") == "-5");
    CHECK(values({"--host", "--unknown"}).text("host") == "--unknown");
    CHECK(values({"--host=--dry-run"}).text("host") == "--dry-run");
}

TEST_CASE("FlagValues takes a switch as --name, --no-name and --name=false") {
    CHECK(values({"--dry-run"}).on("dry-run"));
    CHECK_FALSE(values({}).on("dry-run"));
    CHECK_FALSE(values({"--dry-run=false"}).on("dry-run"));
    CHECK(values({"--dry-run=Yes"}).on("dry-run"));
    CHECK_FALSE(values({"--dry-run", "--no-dry-run"}).on("dry-run"));
    CHECK(values({}).on("wait"));
    CHECK_FALSE(values({"--no-wait"}).on("wait"));
    CHECK(values({"--no-wait"}).origin("wait") == "--no-wait");
    CHECK(values({"--no-color"}).on("no-color"));
    CHECK_FALSE(values({"--no-no-color"}).on("no-color"));
}

TEST_CASE("A flag wins over its variables, those over the default, the first variable first") {
    struct Case {
        std::vector<std::string> words;
        Variables variables;
        std::string text, origin;
    };
    for (const auto& [words, variables, text, origin] :
         {Case{{"--host=f"}, {{"APP_HOST", "a"}, {"PGHOST", "p"}}, "f", "--host"},
          Case{{}, {{"APP_HOST", "a"}, {"PGHOST", "p"}}, "a", "APP_HOST"},
          Case{{}, {{"PGHOST", "p"}}, "p", "PGHOST"}, Case{{}, {}, "localhost", "default"}}) {
        const auto flags = values(words, variables);
        CHECK(flags.text("host") == text);
        CHECK(flags.origin("host") == origin);
        CHECK(flags.given("host").has_value() == (origin != "default"));
        CHECK(flags.typed("host") == (origin == "--host"));
    }
    CHECK_FALSE(values({}, {{"APP_WAIT", "0"}}).on("wait"));
    CHECK(values({"--wait"}, {{"APP_WAIT", "0"}}).on("wait"));
}

TEST_CASE("An unknown flag is refused with the nearest known one") {
    struct Case {
        std::string word, text, hint;
    };
    for (const auto& [word, text, hint] :
         {Case{"--hots=secret", "no flag --hots", "Did you mean --host?"},
          Case{"--dryrun", "no flag --dryrun", "Did you mean --dry-run?"},
          Case{"--no-dryrun", "no flag --no-dryrun", "Did you mean --no-dry-run?"},
          Case{"-dry-run", "no flag --dry-run", "Did you mean --dry-run?"},
          Case{"--pass", "no flag --pass", "Did you mean --password?"},
          Case{"--nothing-like-it", "no flag --nothing-like-it", "app --help"},
          Case{"db", "\"db\" is no flag", "app --help"},
          Case{"hots", "\"hots\" is no flag", "Did you mean --host?"}}) {
        CAPTURE(word);
        const auto said = refusal([&, given = word] { values({given}); });
        CHECK_THAT(said, ContainsSubstring(text));
        CHECK_THAT(said, ContainsSubstring(hint));
        CHECK(said.find("secret") == std::string::npos);
    }
}

TEST_CASE("A flag without its value, or with one that it does not take, is refused") {
    struct Case {
        std::vector<std::string> words;
        std::string text, hint;
    };
    for (const auto& [words, text, hint] :
         {Case{{"--host"}, "--host needs a value", "--host=HOST"},
          Case{{"--host="}, "--host needs a value", "--host=HOST"},
          Case{{"--host", "--dry-run"}, "--host needs a value", "--host=HOST"},
          Case{{"--no-wait=yes"}, "--no-wait takes no value", "--no-wait alone"},
          Case{{"--dry-run=perhaps"}, "--dry-run takes no value", "--no-dry-run"},
          Case{{"--dry-run", "perhaps"}, "\"perhaps\" is no flag", "--help"},
          Case{{"--", "--dry-run"}, "no flag --dry-run", "--help"}}) {
        const auto said = refusal([&, given = words] { values(given); });
        CHECK_THAT(said, ContainsSubstring(text));
        CHECK_THAT(said, ContainsSubstring(hint));
    }
    const auto said = refusal([] { values({}, {{"APP_WAIT", "perhaps"}}); });
    CHECK_THAT(said, ContainsSubstring("APP_WAIT is \"perhaps\""));
}

TEST_CASE("Secrets are overwritten in the command line, and only they") {
    struct Case {
        std::vector<std::string> words;
        std::string secret;
    };
    for (const auto& [words, secret] :
         {Case{{"--password", "geheim", "--host", "db"}, "geheim"},
          Case{{"--host", "db", "--password=geheim"}, "geheim"},
          Case{{"--password=a", "--password", "geheim", "--host=db"}, "geheim"},
          Case{{"--host=db", "--password", "--geheim"}, "--geheim"}}) {
        CommandLine line{words};

        const auto flags = line.parse();

        CHECK(flags.text("password") == secret);
        CHECK(line.seen().find("geheim") == std::string::npos);
        CHECK_THAT(line.seen(), ContainsSubstring("db"));
        CHECK_THAT(line.seen(), ContainsSubstring("--password"));
    }
}

TEST_CASE("Secrets are overwritten even when the command line is refused, and never repeated") {
    CommandLine line{{"--password", "geheim", "--hots", "db"}};
    const auto said = refusal([&] { line.parse(); });
    CHECK(line.seen().find("geheim") == std::string::npos);
    CHECK(said.find("geheim") == std::string::npos);

    const auto wrong = refusal([] { values({"--password=geheim"}).number("password", 1, 9); });
    CHECK_THAT(wrong, ContainsSubstring("--password cannot be understood"));
    CHECK(wrong.find("geheim") == std::string::npos);
}

TEST_CASE("number takes whole numbers of its range and says where a wrong one comes from") {
    CHECK(values({}).number("parallel", 1, 100) == 3);
    CHECK(values({"--parallel=100"}).number("parallel", 1, 100) == 100);
    for (const std::string text :
         {"0", "101", "3.5", "three", "99999999999999999999", "1 2", " "}) {
        CAPTURE(text);
        const auto said = refusal([&] { values({"--parallel", text}).number("parallel", 1, 100); });
        CHECK_THAT(said, ContainsSubstring("--parallel is \"" + text + "\""));
        CHECK_THAT(said, ContainsSubstring("from 1 to 100"));
        CHECK_THAT(said, ContainsSubstring("--parallel=3"));
    }
    const auto said = refusal([] { values({}, {{"APP_TIMEOUT", "soon"}}).duration("timeout"); });
    CHECK_THAT(said, ContainsSubstring("APP_TIMEOUT is \"soon\""));
    CHECK_THAT(said, ContainsSubstring("APP_TIMEOUT=40m"));
}

TEST_CASE("duration reads milliseconds, seconds, minutes, hours and days") {
    CHECK(values({}).duration("timeout") == 40min);
    const std::vector<std::pair<std::string, std::chrono::milliseconds>> cases{
        {"250ms", 250ms}, {"150s", 150s}, {"150", 150s}, {"2h", 2h},         {"90d", 2160h},
        {"0", 0s},        {"5min", 5min}, {" 7s ", 7s},  {"36500d", 876000h}};
    for (const auto& [text, duration] : cases) {
        CAPTURE(text);
        CHECK(values({"--timeout", text}).duration("timeout") == duration);
    }
    for (const std::string text :
         {"s", "-1s", "1w", "1.5h", "1 s", "36501d", "99999999999999999999s", "1sm"}) {
        CAPTURE(text);
        CHECK_THAT(refusal([&] {
                       values({"--timeout", text}).duration("timeout");
                   }),
                   ContainsSubstring("ms, s, m, h or d"));
    }
}

TEST_CASE("rate reads how many a second") {
    CHECK(values({}).rate("rate") == 1.0);
    CHECK(values({"--rate=2/s"}).rate("rate") == 2.0);
    CHECK(values({"--rate=0.5/s"}).rate("rate") == 0.5);
    CHECK(values({"--rate=7200/h"}).rate("rate") == 2.0);
    for (const std::string text : {"60", "0/m", "/m", "-1/s", "1.2.3/s", "60 / m", "60/w"}) {
        CAPTURE(text);
        CHECK_THAT(refusal([&] {
                       values({"--rate", text}).rate("rate");
                   }),
                   ContainsSubstring("--rate=60/m"));
    }
}

TEST_CASE("numbers and words read lists") {
    CHECK(values({}).numbers("only").empty());
    CHECK(values({"--only=1,2, 30,"}).numbers("only") == std::vector<int>{1, 2, 30});
    CHECK(values({"--only= a ,b"}).words("only") == std::vector<std::string>{"a", "b"});
    for (const std::string text : {"1;2", "1,x", "99999999999", "1.5"}) {
        CAPTURE(text);
        CHECK_THAT(refusal([&] {
                       values({"--only", text}).numbers("only");
                   }),
                   ContainsSubstring("is no whole number"));
    }
}

TEST_CASE("a flag with a letter can be given in short") { CHECK(values({"-h"}).on("help")); }

TEST_CASE("A flag that the table does not have is a bug of ours") {
    CHECK_THROWS_AS(values({}).text("nothing"), Error);
}

TEST_CASE("describe_flags sets the flags by group, in 80 columns, with defaults and variables") {
    CHECK(describe_flags(table) ==
          R"(Server
  --host HOST      name of the server [default: localhost; variable: APP_HOST
                   PGHOST]
  --password TEXT  password to log in with [variable: APP_PASSWORD]

Runs
  --parallel N     runs at the same time [default: 3]
  --timeout TIME   a run may take so long [default: 40m; variable: APP_TIMEOUT]
  --rate RATE      starts [default: 60/m]
  --only ID,...    no other configurations
  --[no-]wait      wait for the runs [default: on; variable: APP_WAIT]
  --dry-run        start nothing [variable: DRY_RUN]
  --no-color       no colours

Other
  -h, --help       print this text
)");
}

TEST_CASE("describe_flags gives a very long flag a line of its own, and keeps to 80 columns") {
    const std::array flags{Flag{"a-flag-with-a-really-long-name", "VALUE", "", "", "G",
                                "a description of many words that has to go on and on in the "
                                "next line and then in one more, for it is long"},
                           Flag{"b", "", "", "", "G", "short"}};

    std::istringstream lines{describe_flags(flags)};

    for (std::string line; std::getline(lines, line);) CHECK(line.size() <= 80);
    CHECK_THAT(describe_flags(flags),
               ContainsSubstring("  --a-flag-with-a-really-long-name VALUE\n       a description"));
}
