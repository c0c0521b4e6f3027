#include "sheetbq/control/process_ledger.hpp"
#include "unit/control/process_fixture.hpp"

#include <sys/resource.h>

#include <cerrno>
#include <csignal>
#include <map>
#include <set>

using sheetbq::Code;
using sheetbq::control::no_start;
using sheetbq::control::NoChild;
using sheetbq::control::ProcessSettings;
using sheetbq::control::spawn;
using sheetbq::control::StartAnswer;
using sheetbq::testing::ended;
using sheetbq::testing::soon;
using sheetbq::testing::start;
using sheetbq::testing::Workshop;
using namespace std::chrono_literals;

namespace {

using Lines = std::vector<std::pair<std::string, std::string>>;

}  // namespace

TEST_CASE("A machine that has no descriptors or processes left has certainly not started the job") {
    Workshop workshop;
    const auto program = workshop.script("exit 0\n");
    rlimit before{};
    ::getrlimit(RLIMIT_NOFILE, &before);
    const rlimit tight{.rlim_cur = 3, .rlim_max = before.rlim_max};

    // As short as can be: UBSan looks at objects through a pipe.
    ::setrlimit(RLIMIT_NOFILE, &tight);
    const auto outcome = spawn(program, {});
    ::setrlimit(RLIMIT_NOFILE, &before);

    const auto* const none = std::get_if<NoChild>(&outcome);
    REQUIRE(none != nullptr);
    CHECK(none->number == EMFILE);
    for (const auto& lack : {*none, NoChild{"fork", EAGAIN, true}}) {
        const auto answer = no_start({.program = program}, lack);
        CHECK(answer.kind == StartAnswer::Kind::not_sent);
        CHECK(answer.error.value().code() == Code::unavailable);
        CHECK_THAT(answer.error.value().reason(), ContainsSubstring(std::string{lack.step}));
        CHECK_THAT(answer.error.value().hint(), ContainsSubstring("--max-parallel-jobs"));
    }
    const auto answer = no_start({.program = program}, {"pidfd_open", ENOSYS, false});
    CHECK(answer.kind == StartAnswer::Kind::not_sent);
    CHECK_THAT(answer.error.value().hint(), ContainsSubstring("Linux 5.3"));
}

TEST_CASE("A job that succeeds is one succeeded task, with exit code and report") {
    Workshop workshop;
    const auto launcher = workshop.launcher(
        "echo starting\n"
        R"(echo '{"severity":"NOTICE","time":"t","event":"run_finished","rows":3}')"
        "\n");

    const auto started = start(*launcher, {{"SHEETBQ_RUN_ID", "r-1"}});
    const auto execution = ended(*launcher, started.name);

    CHECK(started.name.rfind("local/", 0) == 0);
    CHECK(execution.run_id == "r-1");
    CHECK(execution.tasks == 1);
    CHECK(execution.succeeded == 1);
    CHECK(execution.failed + execution.cancelled == 0);
    CHECK(execution.completed_at >= execution.created_at);
    const auto aftermath = launcher->aftermath(execution, {});
    CHECK(aftermath.exit_code == 0);
    CHECK(aftermath.signal == 0);
    CHECK(aftermath.report ==
          R"({"severity":"NOTICE","time":"t","event":"run_finished","rows":3})");
    CHECK(launcher->attached());
    CHECK(launcher->place() == "local");
    CHECK(launcher->settle() == 0ms);
}

TEST_CASE("Every line of a job comes with its run id, a last one without a line break too") {
    Workshop workshop;
    const auto launcher = workshop.launcher("printf 'one\\n\\nthr'; printf 'ee'; exit 0\n");

    ended(*launcher, start(*launcher, {{"SHEETBQ_RUN_ID", "r-2"}}).name);

    CHECK(workshop.lines() == Lines{{"r-2", "one"}, {"r-2", ""}, {"r-2", "three"}});
}

TEST_CASE("What a job writes to standard error comes line by line as well") {
    Workshop workshop;
    const auto launcher = workshop.launcher("echo 'cannot load a library' >&2; exit 127\n");

    const auto execution = ended(*launcher, start(*launcher).name);

    CHECK(workshop.lines() == Lines{{"", "cannot load a library"}});
    CHECK(execution.failed == 1);
    CHECK(execution.reason == "NON_ZERO_EXIT_CODE");
    CHECK_THAT(execution.message, ContainsSubstring("127"));
}

TEST_CASE("A job that fails keeps its exit code and its report") {
    Workshop workshop;
    const auto launcher =
        workshop.launcher(R"(echo '{"event":"run_finished","exit_code":15}'; exit 15)"
                          "\n");

    const auto execution = ended(*launcher, start(*launcher).name);

    CHECK(execution.failed == 1);
    CHECK(launcher->aftermath(execution, {}).exit_code == 15);
    CHECK(launcher->aftermath(execution, {}).report ==
          R"({"event":"run_finished","exit_code":15})");
}

TEST_CASE("A job that a signal ended failed, and the signal is known") {
    Workshop workshop;
    const auto launcher = workshop.launcher("kill -KILL $$\n");

    const auto execution = ended(*launcher, start(*launcher).name);

    CHECK(execution.failed == 1);
    CHECK(execution.reason == "SIGNAL");
    CHECK_THAT(execution.message, ContainsSubstring("Killed"));
    CHECK(launcher->aftermath(execution, {}).signal == SIGKILL);
    CHECK_FALSE(launcher->aftermath(execution, {}).exit_code.has_value());
}

TEST_CASE("A program that cannot be run is refused with what to do") {
    Workshop workshop;
    const auto no_program = workshop.file("plain");
    std::ofstream{no_program} << "text\n";
    const auto broken = workshop.script("");
    std::ofstream{broken} << "\x7f"
                             "ELF but not really";
    struct Case {
        std::string program;
        Code code;
        std::string reason;
    };
    for (const auto& [program, code, reason] :
         {Case{"/nowhere/sheetbq-job", Code::not_found, "No such file"},
          Case{no_program, Code::permission_denied, "Permission denied"},
          Case{"/tmp", Code::permission_denied, "Permission denied"},
          Case{broken, Code::not_found, "Exec format error"}}) {
        CAPTURE(program);
        const auto launcher = workshop.launcher(ProcessSettings{.program = program});

        const auto answer = launcher->start({}, 10s, {});

        CHECK(answer.kind == StartAnswer::Kind::refused);
        REQUIRE(answer.error.has_value());
        CHECK(answer.error->code() == code);
        CHECK_THAT(answer.error->text(), ContainsSubstring(program));
        CHECK_THAT(answer.error->reason(), ContainsSubstring(reason));
        CHECK_THAT(answer.error->hint(), ContainsSubstring("--job-program"));
        CHECK(launcher->list({}, {}).empty());
    }
}

TEST_CASE("A variable that no program can be given is refused, and more than a kernel takes") {
    Workshop workshop;
    const auto launcher = workshop.launcher("exit 0\n");

    for (const auto& variable : {std::pair{std::string{"OPTION"}, std::string("a\0b", 3)},
                                 std::pair{std::string{"A=B"}, std::string{"c"}},
                                 std::pair{std::string{}, std::string{"c"}},
                                 std::pair{std::string{"BIG"}, std::string(3'000'000, 'x')}}) {
        CAPTURE(variable.first);
        const auto answer = launcher->start({variable}, 10s, {});
        CHECK(answer.kind == StartAnswer::Kind::refused);
        CHECK_FALSE(answer.error.value().hint().empty());
    }
}

TEST_CASE("A start that nobody waits for any more has certainly not happened") {
    Workshop workshop;
    const auto launcher = workshop.launcher("exit 0\n");
    std::stop_source stopped;
    stopped.request_stop();

    // The keeper may still be faster: then it is an ordinary start.
    const auto answer = launcher->start({}, 10s, stopped.get_token());

    if (answer.kind == StartAnswer::Kind::started) {
        ended(*launcher, answer.execution.value().name);
    } else {
        CHECK(answer.kind == StartAnswer::Kind::not_sent);
        CHECK(answer.error.value().code() == Code::cancelled);
        CHECK(launcher->list({}, {}).empty());
    }
}

TEST_CASE("list tells of the executions of this process since a moment, running and ended") {
    Workshop workshop;
    const auto launcher = workshop.launcher("[ \"$LONG\" = 1 ] && exec sleep 1000\nexit 0\n");
    const auto before = sheetbq::SystemClock{}.now();
    const auto first = ended(*launcher, start(*launcher, {{"SHEETBQ_RUN_ID", "a"}}).name);
    const auto second = start(*launcher, {{"SHEETBQ_RUN_ID", "b"}, {"LONG", "1"}});

    std::set<std::string> runs;
    for (const auto& execution : launcher->list(before, {})) runs.insert(execution.run_id);

    CHECK(runs == std::set<std::string>{"a", "b"});
    CHECK(launcher->list(second.created_at + 1ns, {}).empty());
    CHECK_FALSE(launcher->find(second.name, {}).value().completed_at.has_value());
    CHECK(launcher->aftermath(second, {}).report.empty());
}

TEST_CASE("Old ended executions are forgotten, and a list that would miss them is an error") {
    Workshop workshop;
    const auto launcher =
        workshop.launcher(ProcessSettings{.program = workshop.script("exit 0\n"), .remembered = 1});
    const auto first = ended(*launcher, start(*launcher).name);
    const auto second = ended(*launcher, start(*launcher).name);

    CHECK_FALSE(launcher->find(first.name, {}).has_value());
    CHECK_THROWS_AS(launcher->list(first.created_at, {}), sheetbq::Error);
    CHECK(launcher->list(first.created_at + 1ns, {}).size() == 1);
    CHECK(launcher->find(second.name, {}).has_value());
}

TEST_CASE("Many jobs run at once, each with its own lines and its own end") {
    Workshop workshop;
    const auto launcher = workshop.launcher(
        "i=0; while [ $i -lt 200 ]; do echo \"$SHEETBQ_RUN_ID line $i\"; i=$((i+1)); done\n"
        "exit $CODE\n");
    std::vector<std::string> names;

    for (int i = 0; i < 12; ++i)
        names.push_back(start(*launcher, {{"SHEETBQ_RUN_ID", "run" + std::to_string(i)},
                                          {"CODE", std::to_string(i)}})
                            .name);

    for (int i = 0; i < 12; ++i) {
        const auto execution = ended(*launcher, names.at(static_cast<std::size_t>(i)));
        CHECK(launcher->aftermath(execution, {}).exit_code == i);
    }
    const auto lines = workshop.lines();
    CHECK(lines.size() == 12 * 200);
    std::map<std::string, int> next;
    for (const auto& [run, line] : lines)
        REQUIRE(line == run + " line " + std::to_string(next[run]++));
}
