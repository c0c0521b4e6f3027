#include "support/process.hpp"
#include "unit/control/process_fixture.hpp"

#include <csignal>

using sheetbq::testing::alive;
using sheetbq::testing::content;
using sheetbq::testing::Process;
using sheetbq::testing::soon;
using sheetbq::testing::Workshop;

TEST_CASE("Jobs die with the process that started them, even when that is killed") {
    Workshop workshop;
    const auto script = workshop.script(
        "trap '' TERM HUP INT\n"
        "echo $$ > $FOLDER/pid.new && mv $FOLDER/pid.new $FOLDER/pid\n"
        "while :; do sleep 0.01; done\n");
    Process parent{{SHEETBQ_LAUNCH_ONE, script, "PATH=/usr/bin:/bin"}, {}};
    REQUIRE(soon([&] { return std::filesystem::exists(workshop.file("pid")); }));
    auto pid = content(workshop.file("pid"));
    pid.pop_back();
    REQUIRE(alive(pid));

    parent.send_signal(SIGKILL);
    const auto end = parent.wait();

    CHECK(end.signal == SIGKILL);
    CHECK(soon([&] { return !alive(pid); }));
}
