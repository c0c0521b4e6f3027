#include "support/process.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>  // NOLINT(modernize-deprecated-headers): kill is POSIX
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>

namespace sheetbq::testing {
namespace {

std::vector<char*> pointers(std::vector<std::string>& texts) {
    std::vector<char*> out;
    out.reserve(texts.size() + 1);
    for (auto& text : texts) out.push_back(text.data());
    out.push_back(nullptr);
    return out;
}

std::string content(const std::filesystem::path& path) {
    std::ostringstream text;
    text << std::ifstream{path}.rdbuf();
    return text.str();
}

/// stdin from nowhere, stdout and stderr into files, all signals at their defaults.
class SpawnPlan {
public:
    SpawnPlan(const std::string& out, const std::string& err) {
        constexpr int create = O_WRONLY | O_CREAT | O_TRUNC;
        posix_spawn_file_actions_init(&actions);
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
        posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, out.c_str(), create, 0600);
        posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, err.c_str(), create, 0600);
        posix_spawnattr_init(&attributes);
        sigset_t none{};
        sigset_t all{};
        sigemptyset(&none);
        sigfillset(&all);
        posix_spawnattr_setsigmask(&attributes, &none);
        posix_spawnattr_setsigdefault(&attributes, &all);
        posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    }
    ~SpawnPlan() {
        posix_spawn_file_actions_destroy(&actions);
        posix_spawnattr_destroy(&attributes);
    }
    SpawnPlan(const SpawnPlan&) = delete;
    SpawnPlan& operator=(const SpawnPlan&) = delete;

    posix_spawn_file_actions_t actions{};
    posix_spawnattr_t attributes{};
};

}  // namespace

Process::Process(const std::vector<std::string>& command,
                 const std::map<std::string, std::string>& environment) {
    std::vector<std::string> words = command;
    std::vector<std::string> variables;
    for (const auto& [name, value] : environment)
        variables.push_back(fmt::format("{}={}", name, value));
    const auto arguments = pointers(words);
    const auto settings = pointers(variables);
    const SpawnPlan plan{folder_.path() / "out", folder_.path() / "err"};
    if (posix_spawn(&pid_, words.at(0).c_str(), &plan.actions, &plan.attributes, arguments.data(),
                    settings.data()) != 0)
        throw std::runtime_error{"cannot start " + words.at(0)};
    // glibc 2.36 declares pidfd_open without extern "C"
    pidfd_ = static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0));
    if (pidfd_ < 0) throw std::runtime_error{"cannot watch " + words.at(0)};
}

Process::~Process() {
    if (pid_ > 0) {
        ::kill(pid_, SIGKILL);
        reap();
    }
    if (pidfd_ >= 0) ::close(pidfd_);
}

void Process::send_signal(int number) {
    signalled_ = std::chrono::steady_clock::now();
    if (pid_ > 0) ::kill(pid_, number);
}

bool Process::wait_stopped() const {
    for (int looks = 0; looks < 2'000; ++looks) {
        siginfo_t info{};
        if (waitid(P_PID, static_cast<id_t>(pid_), &info, WSTOPPED | WEXITED | WNOHANG | WNOWAIT) !=
            0)
            return false;
        if (info.si_pid != 0) return info.si_code == CLD_STOPPED;
        std::this_thread::sleep_for(std::chrono::milliseconds{5});
    }
    return false;
}

ProcessEnd Process::wait(std::chrono::milliseconds limit) {
    ProcessEnd end;
    pollfd watched{.fd = pidfd_, .events = POLLIN, .revents = 0};
    if (::poll(&watched, 1, static_cast<int>(limit.count())) != 1) {
        end.timed_out = true;
        ::kill(pid_, SIGKILL);
    }
    reap();
    end.after_signal = std::chrono::duration_cast<std::chrono::milliseconds>(
        std::chrono::steady_clock::now() - signalled_);
    if (WIFEXITED(status_)) end.exit_code = WEXITSTATUS(status_);
    if (WIFSIGNALED(status_)) end.signal = WTERMSIG(status_);
    end.out = content(folder_.path() / "out");
    end.err = content(folder_.path() / "err");
    return end;
}

void Process::reap() {
    if (pid_ <= 0) return;
    while (::waitpid(pid_, &status_, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
}

}  // namespace sheetbq::testing
