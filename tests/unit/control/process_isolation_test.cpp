#include "unit/control/process_fixture.hpp"

#include <fcntl.h>

#include <csignal>

using sheetbq::control::ProcessSettings;
using sheetbq::testing::alive;
using sheetbq::testing::content;
using sheetbq::testing::ended;
using sheetbq::testing::soon;
using sheetbq::testing::start;
using sheetbq::testing::Workshop;
using namespace std::chrono_literals;

namespace {

using Lines = std::vector<std::pair<std::string, std::string>>;

/// Blocks SIGTERM and ignores SIGPIPE for a while, as our programs do.
class BlockedSignals {
public:
    BlockedSignals() {
        sigset_t some{};
        sigemptyset(&some);
        sigaddset(&some, SIGTERM);
        pthread_sigmask(SIG_BLOCK, &some, &before_);
        handler_ = std::signal(SIGPIPE, SIG_IGN);
    }
    ~BlockedSignals() {
        std::signal(SIGPIPE, handler_);
        pthread_sigmask(SIG_SETMASK, &before_, nullptr);
    }
    BlockedSignals(const BlockedSignals&) = delete;
    BlockedSignals& operator=(const BlockedSignals&) = delete;

private:
    sigset_t before_{};
    void (*handler_)(int) = nullptr;
};

}  // namespace

TEST_CASE("A job gets the inherited variables and its own, which win, and nothing else") {
    Workshop workshop;
    const auto launcher = workshop.launcher(
        ProcessSettings{.program = "/usr/bin/env", .inherited = {{"A", "inherited"}, {"B", "b"}}});

    ended(*launcher, start(*launcher, {{"A", "mine"}, {"C", "with\nbreak = and 'quote"}}).name);

    CHECK(workshop.lines() ==
          Lines{{"", "A=mine"}, {"", "B=b"}, {"", "C=with"}, {"", "break = and 'quote"}});
}

TEST_CASE("A job inherits no descriptor, no signal mask and no ignored signal, and reads nothing") {
    // One that some library was careless about.
    const int careless = ::open("/dev/null", O_RDONLY);  // NOLINT: without O_CLOEXEC on purpose
    const BlockedSignals blocked;
    Workshop workshop;
    const auto launcher = workshop.launcher(
        // Without a pipe or a folder to read, which would be descriptors of the shell's own.
        "n=0; while [ $n -lt 64 ]; do\n"
        "  [ ! -e /proc/$$/fd/$n ] || open=\"$open$n \"; n=$((n+1))\n"
        "done; echo \"$open\"\n"
        "readlink /proc/$$/fd/0\n"
        "grep -E '^Sig(Blk|Ign)' /proc/$$/status | tr -s '\\t' ' '\n");

    ended(*launcher, start(*launcher).name);
    ::close(careless);

    const auto lines = workshop.lines();
    REQUIRE(lines.size() == 4);
    CHECK(lines[0].second == "0 1 2 10 ");  // 10 is the shell's own: its script
    CHECK(lines[1].second == "/dev/null");
    CHECK(lines[2].second == "SigBlk: 0000000000000000");
    CHECK(lines[3].second == "SigIgn: 0000000000000000");
}

TEST_CASE("A job leads a process group of its own, and what it leaves behind ends with it") {
    Workshop workshop;
    const auto launcher = workshop.launcher(
        "sleep 1000 &\n"
        "echo $$ $(cut -d' ' -f5 /proc/$$/stat) $!\n");

    const auto execution = ended(*launcher, start(*launcher).name);

    std::istringstream numbers{workshop.lines().at(0).second};
    std::string pid;
    std::string group;
    std::string left_behind;
    numbers >> pid >> group >> left_behind;
    CHECK(pid == group);
    CHECK_THAT(execution.name, ContainsSubstring("/" + pid + "-"));
    CHECK(soon([&] { return !alive(left_behind); }));
}

TEST_CASE("cancel ends a job that listens, and it counts as cancelled") {
    Workshop workshop;
    const auto launcher = workshop.launcher(
        "trap 'exit 143' TERM\n"
        "echo ready\n"
        "while :; do sleep 0.01; done\n");
    const auto name = start(*launcher).name;
    REQUIRE(soon([&] { return !workshop.lines().empty(); }));

    launcher->cancel(name, {});
    const auto execution = ended(*launcher, name);

    CHECK(execution.cancelled == 1);
    CHECK(execution.failed == 0);
    CHECK(execution.reason == "CANCELLED");
    CHECK(launcher->aftermath(execution, {}).exit_code == 143);
}

TEST_CASE("cancel kills a job that does not listen") {
    Workshop workshop;
    const auto launcher = workshop.launcher(
        ProcessSettings{.program = workshop.script("trap '' TERM\n"
                                                   "echo ready\n"
                                                   "while :; do sleep 0.01; done\n"),
                        .cancel_patience = 20ms});
    const auto name = start(*launcher).name;
    REQUIRE(soon([&] { return !workshop.lines().empty(); }));

    launcher->cancel(name, {});
    const auto execution = ended(*launcher, name);

    CHECK(execution.cancelled == 1);
    CHECK(launcher->aftermath(execution, {}).signal == SIGKILL);
}

TEST_CASE("cancel of a job that ended, or of one that is not ours, changes nothing") {
    Workshop workshop;
    const auto launcher = workshop.launcher("exit 3\n");
    const auto execution = ended(*launcher, start(*launcher).name);

    launcher->cancel(execution.name, {});
    launcher->cancel("local/elsewhere/1-1", {});
    const auto later = ended(*launcher, start(*launcher).name);

    CHECK(launcher->find(execution.name, {}).value().failed == 1);
    CHECK(later.failed == 1);
    CHECK_FALSE(launcher->find("local/elsewhere/1-1", {}).has_value());
}

TEST_CASE("When the launcher ends, its jobs are asked to end, and killed when they do not") {
    Workshop workshop;
    const auto body =
        "trap 'echo asked > $FOLDER/asked' TERM\n"
        "echo $$ > $FOLDER/pid\n"
        "echo ready\n"
        "while :; do sleep 0.01; done\n";
    auto launcher =
        workshop.launcher(ProcessSettings{.program = workshop.script(body), .end_patience = 300ms});
    start(*launcher);
    REQUIRE(soon([&] { return !workshop.lines().empty(); }));
    std::istringstream text{content(workshop.file("pid"))};
    std::string pid;
    text >> pid;
    REQUIRE(alive(pid));

    launcher.reset();

    CHECK_FALSE(alive(pid));
    CHECK(content(workshop.file("asked")) == "asked\n");
}
