#include "run.hpp"
#include "sandbox/run_control.hpp"
#include "support/certificate.hpp"

#include <signal.h>  // NOLINT(modernize-deprecated-headers): kill is POSIX

#include <cerrno>
#include <filesystem>
#include <future>
#include <utility>

using namespace sheetbq::sandbox;
using namespace sheetbq::sandbox::testing;
using namespace std::chrono_literals;

namespace {

constexpr auto patience = 20s;

/// A sandbox whose job is a shell script, in real processes.
struct Forked : Run {
    explicit Forked(const std::string& script) {
        const auto path = folder.write("job", "#!/bin/sh\n" + script);
        std::filesystem::permissions(path, std::filesystem::perms::owner_all);
        world().on_end = [this](const CloudRunExecution& execution) {
            ended_name = execution.name;
            ended.set_value();
        };
        sandbox.logging.on_entry = [this](const LogEntry&) {
            if (!std::exchange(has_entry, true)) spoken.set_value();
        };
        use_job_program(sandbox, path, {{"PATH", "/usr/bin:/bin"}, {"FROM", "sandbox"}});
    }
    ~Forked() { world().runner.reset(); }
    Forked(const Forked&) = delete;
    Forked& operator=(const Forked&) = delete;

    /// The execution, once it has ended. The clock stands still meanwhile.
    boost::json::object wait_for_end(const std::string& name) {
        REQUIRE(ended.get_future().wait_for(patience) == std::future_status::ready);
        return execution(name);
    }
    const AttemptEnd& last() { return *world().executions.at(0).tasks.at(0).last; }
    /// Everything in the log, a line each.
    std::string lines() {
        std::string out;
        sandbox.edit([&] {
            for (const auto& entry : sandbox.logging.entries) {
                const auto* text = entry.resource.if_contains("textPayload");
                out += text != nullptr ? std::string{text->as_string()}
                                       : boost::json::serialize(entry.resource.at("jsonPayload"));
                out += '\n';
            }
        });
        return out;
    }
    /// Waits until the program has written its first line.
    bool has_spoken() {
        return spoken.get_future().wait_for(patience) == std::future_status::ready;
    }

    sheetbq::testing::TemporaryDirectory folder;
    std::string ended_name;
    std::promise<void> ended;
    std::promise<void> spoken;
    bool has_entry = false;
};

}  // namespace

TEST_CASE("an execution forks the program, and its lines and exit code come back") {
    Forked google{
        "echo \"I am $CLOUD_RUN_JOB $CLOUD_RUN_TASK_INDEX/$CLOUD_RUN_TASK_ATTEMPT $A $FROM\"\n"
        "echo '{\"severity\":\"NOTICE\",\"event\":\"run_finished\",\"rows\":3}'\n"
        "echo oops >&2\nexit 11\n"};
    google.world().jobs[job_name].env = {{"A", "1"}};
    const auto name = google.started();
    const auto ended = google.wait_for_end(name);
    CHECK(ended.at("failedCount") == 1);
    CHECK(google.ended_name == name);
    CHECK(google.last().exit_code == 11);
    const auto lines = google.lines();
    CHECK_THAT(lines, ContainsSubstring("I am etl 0/0 1 sandbox\n"));
    CHECK_THAT(lines, ContainsSubstring(R"({"event":"run_finished","rows":3})"));
    CHECK_THAT(lines, ContainsSubstring("oops\n"));
}

TEST_CASE("a program that fails is run again, with the number of the attempt") {
    Forked google{"echo \"attempt $CLOUD_RUN_TASK_ATTEMPT\"; [ $CLOUD_RUN_TASK_ATTEMPT = 1 ]\n"};
    google.world().jobs[job_name].max_retries = 3;
    const auto ended = google.wait_for_end(google.started());
    CHECK(ended.at("succeededCount") == 1);
    CHECK(ended.at("retriedCount") == 1);
    CHECK(google.lines() == "attempt 0\nattempt 1\n");
}

TEST_CASE("cancelling sends SIGTERM to the whole group") {
    Forked google{"trap 'echo stopping; exit 143' TERM\necho ready\nwhile :; do sleep 1; done\n"};
    const auto name = google.started();
    REQUIRE(google.has_spoken());
    CHECK(google.post_json(Run::url(name + ":cancel"), "{}").status == 200);
    const auto ended = google.wait_for_end(name);
    CHECK(ended.at("cancelledCount") == 1);
    CHECK(google.last().exit_code == 143);
    CHECK_THAT(google.lines(), ContainsSubstring("stopping"));
}

TEST_CASE("a program over its time is stopped") {
    Forked google{"exec sleep 600\n"};
    google.world().jobs[job_name].timeout = 50ms;
    const auto ended = google.wait_for_end(google.started());
    CHECK(google.last().timed_out);
    CHECK(google.last().signal == SIGTERM);
    CHECK_THAT(std::string{Run::completed(ended).at("message").as_string()},
               ContainsSubstring("maximum timeout"));
}

TEST_CASE("a program that does not obey SIGTERM is killed after the grace") {
    Forked google{"trap '' TERM\necho ready\nwhile :; do sleep 1; done\n"};
    auto runner = make_forking_runner(
        {.program = google.folder.path() / "job",
         .inherited = {{"PATH", "/usr/bin:/bin"}},
         .on_news =
             [&] {
                 google.sandbox.edit(
                     [&] { advance(google.world(), google.sandbox.logging, google.clock.now()); });
             },
         .grace = 50ms},
        google.clock);
    google.world().runner.swap(runner);
    const auto name = google.started();
    REQUIRE(google.has_spoken());
    google.post_json(Run::url(name + ":cancel"), "{}");
    CHECK(google.wait_for_end(name).at("cancelledCount") == 1);
    CHECK(google.last().signal == SIGKILL);
}

TEST_CASE("a program killed from outside is told as one that lost its memory") {
    Forked google{"kill -9 $$\n"};
    const auto name = google.started();
    const auto ended = google.wait_for_end(name);
    CHECK_THAT(std::string{Run::completed(ended).at("message").as_string()},
               ContainsSubstring("memory"));
    const auto tasks = boost::json::parse(google.get(Run::url(name + "/tasks")).body);
    CHECK(tasks.at("tasks").at(0).at("lastAttemptResult").at("termSignal") == 9);
}

TEST_CASE("a program that is not there fails, and the log says why") {
    Forked google{""};
    std::filesystem::remove(google.folder.path() / "job");
    google.wait_for_end(google.started());
    CHECK(google.last().exit_code == 127);
    CHECK_THAT(google.lines(), ContainsSubstring("cannot be started"));
}

TEST_CASE("programs end with the sandbox") {
    int pid = 0;
    {
        Forked google{"echo \"pid $$\"\nexec sleep 600\n"};
        google.started();
        REQUIRE(google.has_spoken());
        pid = std::stoi(google.lines().substr(4));
        REQUIRE(::kill(pid, 0) == 0);
    }
    CHECK(::kill(pid, 0) == -1);
    CHECK(errno == ESRCH);
}
