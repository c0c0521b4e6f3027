#include "bench/child.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <stdexcept>

namespace sheetbq::bench {
namespace {

using SteadyClock = std::chrono::steady_clock;

std::vector<char*> pointers(std::vector<std::string>& words) {
    std::vector<char*> out;
    for (auto& word : words) out.push_back(word.data());
    out.push_back(nullptr);
    return out;
}

struct Spawned {
    pid_t child = 0;
    int output = -1;
};

Spawned spawn(std::vector<std::string> words, const Variables& variables) {
    std::array<int, 2> ends{};
    if (pipe(ends.data()) != 0) throw std::runtime_error{"pipe"};
    std::vector<std::string> environment;
    for (const auto& [name, value] : variables)
        environment.push_back(fmt::format("{}={}", name, value));
    if (const char* path = std::getenv("PATH")) environment.push_back(fmt::format("PATH={}", path));
    posix_spawn_file_actions_t actions{};
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_addclose(&actions, ends[0]);
    posix_spawn_file_actions_addclose(&actions, ends[1]);
    auto arguments = pointers(words);
    auto settings = pointers(environment);
    Spawned spawned{.output = ends[0]};
    const int problem = posix_spawnp(&spawned.child, words.front().c_str(), &actions, nullptr,
                                     arguments.data(), settings.data());
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    if (problem != 0) throw std::runtime_error{"cannot start " + words.front()};
    return spawned;
}

double seconds(const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

/// Appends what can be read within `patience`. @returns false at the end of the stream.
bool read_some(int descriptor, std::string& out, int patience_ms) {
    pollfd waiting{.fd = descriptor, .events = POLLIN, .revents = 0};
    if (poll(&waiting, 1, patience_ms) <= 0) return true;
    std::array<char, 65536> block{};
    const ssize_t size = read(descriptor, block.data(), block.size());
    if (size <= 0) return false;
    out.append(block.data(), static_cast<std::size_t>(size));
    return true;
}

}  // namespace

Usage run_child(const std::vector<std::string>& words, const Variables& variables) {
    const auto begin = SteadyClock::now();
    const Spawned spawned = spawn(words, variables);
    Usage usage;
    while (read_some(spawned.output, usage.output, 1'000)) {
    }
    close(spawned.output);
    int status = 0;
    rusage used{};
    wait4(spawned.child, &status, 0, &used);
    usage.wall_seconds = std::chrono::duration<double>(SteadyClock::now() - begin).count();
    usage.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    usage.cpu_seconds = seconds(used.ru_utime) + seconds(used.ru_stime);
    usage.peak_mib = static_cast<double>(used.ru_maxrss) / 1024.0;
    return usage;
}

Background::Background(const std::vector<std::string>& words, const Variables& variables,
                       const std::string& ready) {
    const Spawned spawned = spawn(words, variables);
    child_ = spawned.child;
    pipe_ = spawned.output;
    const auto give_up = SteadyClock::now() + std::chrono::seconds{30};
    while (("\n" + output_).find("\n" + ready) == std::string::npos) {
        if (!read_some(pipe_, output_, 100) || SteadyClock::now() > give_up)
            throw std::runtime_error{words.front() + " did not start: " + output_};
    }
    read_some(pipe_, output_, 200);
}

Background::~Background() {
    kill(child_, SIGTERM);
    waitpid(child_, nullptr, 0);
    close(pipe_);
}

}  // namespace sheetbq::bench
