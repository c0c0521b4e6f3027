#include "sheetbq/control/child_process.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <csignal>
#include <fstream>
#include <iterator>
#include <optional>

namespace sheetbq::control {
namespace {

constexpr int first_free = 3;
constexpr int unknown_failure = 127;

/// All that the child needs between fork and exec, made before: there it may not allocate.
struct Plan {
    const char* program;
    char* const* arguments;
    char* const* environment;
    int nothing;
    int out;
    int complaint;
    int gate;
    pid_t parent;
};

[[noreturn]] void report_failure(int gate) {
    const int number = errno;
    [[maybe_unused]] const auto told = ::write(gate, &number, sizeof number);
    ::_exit(unknown_failure);
}

void reset_signals() {
    struct sigaction initial {};
    initial.sa_handler = SIG_DFL;
    for (int number = 1; number < NSIG; ++number) ::sigaction(number, &initial, nullptr);
    sigset_t none{};
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

/// Ours close by themselves; libraries of this process may be less careful with theirs.
void close_on_exec() {
    if (::syscall(SYS_close_range, first_free, UINT_MAX, CLOSE_RANGE_CLOEXEC) == 0) return;
    constexpr rlim_t most = 65'536;
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    const int end = static_cast<int>(std::min(limit.rlim_cur, most));
    for (int number = first_free; number < end; ++number) ::fcntl(number, F_SETFD, FD_CLOEXEC);
}

/// The child's side. Only async-signal-safe calls: another thread may have held any lock.
[[noreturn]] void become(const Plan& plan) {
    if (::setpgid(0, 0) != 0 || ::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) report_failure(plan.gate);
    // Had the parent died before prctl, nobody would ever send that signal.
    if (::getppid() != plan.parent) ::_exit(unknown_failure);
    char go = 0;
    if (::read(plan.gate, &go, 1) != 1) ::_exit(unknown_failure);
    if (::dup2(plan.nothing, STDIN_FILENO) < 0 || ::dup2(plan.out, STDOUT_FILENO) < 0 ||
        ::dup2(plan.complaint, STDERR_FILENO) < 0)
        report_failure(plan.gate);
    close_on_exec();
    reset_signals();
    ::execve(plan.program, plan.arguments, plan.environment);
    report_failure(plan.gate);
}

/// Above standard input, output and error, so that `dup2` onto those makes a new descriptor.
Descriptor above_standard(Descriptor low) {
    if (!low.open() || low.number() >= first_free) return low;
    return Descriptor{::fcntl(low.number(), F_DUPFD_CLOEXEC, first_free)};
}

struct Pair {
    Descriptor ours;
    Descriptor theirs;
    bool open() const { return ours.open() && theirs.open(); }
};

/// A pipe from the child; it blocks when the pipe is full, we never do.
Pair output_pipe() {
    std::array<int, 2> ends{-1, -1};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return {};
    Pair pair{above_standard(Descriptor{ends[0]}), above_standard(Descriptor{ends[1]})};
    if (pair.open()) ::fcntl(pair.ours.number(), F_SETFL, O_NONBLOCK);
    return pair;
}

/// Where the child waits for leave to go on, and says why it could not.
Pair gate_pair() {
    std::array<int, 2> ends{-1, -1};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) return {};
    return {above_standard(Descriptor{ends[0]}), above_standard(Descriptor{ends[1]})};
}

NoChild failed(std::string_view step, int number) {
    constexpr std::array passing{EAGAIN, ENOMEM, EMFILE, ENFILE, ETXTBSY};
    return {step, number, std::find(passing.begin(), passing.end(), number) != passing.end()};
}

/// Field 22 of /proc/PID/stat; the name in field 2 may hold anything, brackets too.
std::string start_time(pid_t pid) {
    std::ifstream file{"/proc/" + std::to_string(pid) + "/stat"};
    const std::string line{std::istreambuf_iterator<char>{file}, {}};
    constexpr int spaces_before = 20;  // from the end of field 2
    std::size_t at = line.rfind(") ");
    for (int i = 0; i < spaces_before && at != std::string::npos; ++i) at = line.find(' ', at + 1);
    if (at == std::string::npos) return "0";
    return line.substr(at + 1, line.find(' ', at + 1) - at - 1);
}

/// What the child wrote into the gate: an errno, or nothing when its program runs.
std::optional<int> failure_behind(int gate) {
    int number = 0;
    ssize_t size = 0;
    do size = ::read(gate, &number, sizeof number);
    while (size < 0 && errno == EINTR);
    if (size == static_cast<ssize_t>(sizeof number)) return number;
    return std::nullopt;
}

void wait_for(pid_t pid, int& status) {
    while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
}

/// Lets the forked child go on to its program.
std::variant<Child, NoChild> release(Child child, const Descriptor& gate) {
    // glibc 2.36 declares pidfd_open without extern "C".
    child.end = Descriptor{static_cast<int>(::syscall(SYS_pidfd_open, child.pid, 0))};
    const int unwatched = child.end.open() ? 0 : errno;
    int status = 0;
    if (unwatched != 0) {
        ::kill(child.pid, SIGKILL);
        wait_for(child.pid, status);
        return failed("pidfd_open", unwatched);
    }
    ::send(gate.number(), "g", 1, MSG_NOSIGNAL);
    if (const auto number = failure_behind(gate.number())) {
        wait_for(child.pid, status);
        return failed("execve", *number);
    }
    child.started = start_time(child.pid);
    return child;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
    std::vector<char*> out;
    out.reserve(texts.size() + 1);
    for (auto& text : texts) out.push_back(text.data());
    out.push_back(nullptr);
    return out;
}

}  // namespace

std::variant<Child, NoChild> spawn(const std::string& program,
                                   const std::vector<std::string>& environment) {
    std::vector<std::string> words{program};
    std::vector<std::string> variables{environment};
    const auto arguments = pointers(words);
    const auto settings = pointers(variables);
    const Descriptor nothing =
        above_standard(Descriptor{::open("/dev/null", O_RDONLY | O_CLOEXEC)});
    Pair out = output_pipe();
    Pair complaint = output_pipe();
    Pair gate = gate_pair();
    if (!nothing.open() || !out.open() || !complaint.open() || !gate.open())
        return failed("pipe", errno);

    const Plan plan{.program = program.c_str(),
                    .arguments = arguments.data(),
                    .environment = settings.data(),
                    .nothing = nothing.number(),
                    .out = out.theirs.number(),
                    .complaint = complaint.theirs.number(),
                    .gate = gate.theirs.number(),
                    .parent = ::getpid()};
    const pid_t pid = ::fork();
    if (pid < 0) return failed("fork", errno);
    if (pid == 0) become(plan);
    gate.theirs.close();
    return release({.pid = pid, .out = std::move(out.ours), .complaint = std::move(complaint.ours)},
                   gate.ours);
}

ChildEnd reap(const Child& child) {
    // Until it is waited for, its number and its group's belong to nobody else.
    ::kill(-child.pid, SIGKILL);
    int status = 0;
    if (::waitpid(child.pid, &status, 0) != child.pid) return {};
    if (WIFSIGNALED(status)) return {.signal = WTERMSIG(status)};
    return {.exit_code = WEXITSTATUS(status)};
}

}  // namespace sheetbq::control
