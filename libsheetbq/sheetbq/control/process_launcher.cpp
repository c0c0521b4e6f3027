#include "sheetbq/control/process_launcher.hpp"

#include "sheetbq/control/child_process.hpp"
#include "sheetbq/control/line_reader.hpp"
#include "sheetbq/control/process_ledger.hpp"
#include "sheetbq/core/bytes.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <system_error>
#include <thread>

namespace sheetbq::control {
namespace {

using std::chrono::nanoseconds;

constexpr std::size_t read_size = 64_KiB;
constexpr std::size_t most_left_in_a_pipe = 1_MiB;

/// Hands over what is there. @returns whether more may come.
bool read_some(const Descriptor& from, LineReader& into, std::string& buffer) {
    const ssize_t size = ::read(from.number(), buffer.data(), buffer.size());
    if (size > 0) into.take({buffer.data(), static_cast<std::size_t>(size)});
    return size > 0 || (size < 0 && (errno == EINTR || errno == EAGAIN));
}

/// A job that runs. Belongs to the keeper thread.
struct Job {
    std::string name;
    Child child;
    LineReader out;
    LineReader complaint;
    bool cancelled = false;
    nanoseconds kill_at = nanoseconds::max();
};

class ProcessLauncher final : public Launcher {
public:
    ProcessLauncher(ProcessSettings settings, Clock& clock,
                    std::function<void(std::string_view, std::string_view)> on_line)
        : settings_{std::move(settings)},
          clock_{clock},
          on_line_{std::move(on_line)},
          ledger_{settings_.remembered},
          wake_{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)} {
        if (!wake_.open())
            throw Error{Code::unavailable, "this process has no file descriptors left"}
                .because(std::generic_category().message(errno))
                .fix("Raise the limit, e.g. ulimit -n 4096.");
        keeper_ = std::thread{[this] { keep(); }};
    }
    ProcessLauncher(const ProcessLauncher&) = delete;
    ProcessLauncher& operator=(const ProcessLauncher&) = delete;
    ~ProcessLauncher() override {
        orders_.end();
        wake();
        keeper_.join();
    }

    std::string place() const override { return "local"; }
    bool attached() const override { return true; }
    std::chrono::milliseconds settle() const override { return std::chrono::milliseconds{0}; }

    StartAnswer start(const Variables& variables, std::chrono::milliseconds patience,
                      std::stop_token stop) override {
        auto checked = check_start(settings_, variables);
        if (auto* error = std::get_if<Error>(&checked))
            return {.kind = StartAnswer::Kind::refused, .error = std::move(*error)};
        const auto order = orders_.add(std::move(std::get<StartOrder>(checked)));
        wake();
        return orders_.wait(order, patience, stop);
    }
    std::optional<Execution> find(const std::string& name, std::stop_token /*stop*/) override {
        return ledger_.find(name);
    }
    std::vector<Execution> list(Clock::TimePoint since, std::stop_token /*stop*/) override {
        return ledger_.list(since);
    }
    void cancel(const std::string& name, std::stop_token /*stop*/) override {
        orders_.cancel(name);
        wake();
    }
    Aftermath aftermath(const Execution& execution, std::stop_token /*stop*/) override {
        return ledger_.aftermath(execution.name);
    }

private:
    void wake() {
        const std::uint64_t one = 1;
        [[maybe_unused]] const auto told = ::write(wake_.number(), &one, sizeof one);
    }

    // The keeper: the one thread that forks, because children are killed when the thread that
    // forked them ends; it also reads their output and waits for their end.
    void keep();
    void wait_for_news();
    void start_ordered();
    StartAnswer start_now(const StartOrder& order);
    void read_outputs();
    void cancel_ordered();
    void kill_overdue();
    void bury_ended();
    void bury(Job& job);
    void ask_to_end(Job& job, std::chrono::milliseconds patience);

    ProcessSettings settings_;
    Clock& clock_;
    std::function<void(std::string_view, std::string_view)> on_line_;
    ProcessLedger ledger_;
    StartOrders orders_;
    Descriptor wake_;
    std::string host_ = host_name();
    std::string buffer_ = std::string(read_size, '\0');
    std::vector<Job> jobs_;
    std::thread keeper_;
};

void ProcessLauncher::keep() {
    sigset_t all{};
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, nullptr);
    bool ending = false;
    while (!ending || !jobs_.empty()) {
        wait_for_news();
        if (!ending && orders_.ended()) {
            ending = true;
            for (auto& job : jobs_) ask_to_end(job, settings_.end_patience);
        }
        start_ordered();
        cancel_ordered();
        read_outputs();
        bury_ended();
        kill_overdue();
    }
}

void ProcessLauncher::wait_for_news() {
    std::vector<pollfd> watched{{.fd = wake_.number(), .events = POLLIN, .revents = 0}};
    auto next = nanoseconds::max();
    for (const auto& job : jobs_) {
        next = std::min(next, job.kill_at);
        for (const auto* each : {&job.child.end, &job.child.out, &job.child.complaint})
            watched.push_back({.fd = each->number(), .events = POLLIN, .revents = 0});
    }
    int timeout = -1;
    if (next != nanoseconds::max()) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(next - clock_.monotonic());
        timeout = static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 60'000));
    }
    ::poll(watched.data(), watched.size(), timeout);
    std::uint64_t count = 0;
    [[maybe_unused]] const auto size = ::read(wake_.number(), &count, sizeof count);
}

void ProcessLauncher::start_ordered() {
    while (const auto order = orders_.next()) orders_.answer(order, start_now(*order));
}

StartAnswer ProcessLauncher::start_now(const StartOrder& order) {
    auto spawned = spawn(settings_.program, order.environment);
    if (const auto* none = std::get_if<NoChild>(&spawned)) return no_start(settings_, *none);
    auto& child = std::get<Child>(spawned);
    Execution execution{.name = fmt::format("local/{}/{}-{}", host_, child.pid, child.started),
                        .uid = fmt::format("{}-{}", child.pid, child.started),
                        .run_id = order.run_id,
                        .created_at = clock_.now()};
    const auto on_line = [this, run_id = order.run_id](std::string_view line) {
        if (on_line_) on_line_(run_id, line);
    };
    jobs_.push_back({.name = execution.name,
                     .child = std::move(child),
                     .out = LineReader{on_line},
                     .complaint = LineReader{on_line}});
    ledger_.note_start(execution);
    return {.kind = StartAnswer::Kind::started, .execution = std::move(execution)};
}

void ProcessLauncher::read_outputs() {
    for (auto& job : jobs_) {
        if (job.child.out.open() && !read_some(job.child.out, job.out, buffer_))
            job.child.out.close();
        if (job.child.complaint.open() && !read_some(job.child.complaint, job.complaint, buffer_))
            job.child.complaint.close();
    }
}

void ProcessLauncher::ask_to_end(Job& job, std::chrono::milliseconds patience) {
    ::kill(-job.child.pid, SIGTERM);
    job.cancelled = true;
    job.kill_at = std::min<nanoseconds>(job.kill_at, clock_.monotonic() + patience);
}

void ProcessLauncher::cancel_ordered() {
    for (const auto& name : orders_.take_cancelled())
        for (auto& job : jobs_)
            if (job.name == name && !job.cancelled) ask_to_end(job, settings_.cancel_patience);
}

void ProcessLauncher::kill_overdue() {
    const auto now = clock_.monotonic();
    for (auto& job : jobs_) {
        if (job.kill_at > now) continue;
        ::kill(-job.child.pid, SIGKILL);
        job.kill_at = nanoseconds::max();
    }
}

void ProcessLauncher::bury_ended() {
    const auto ended = [](const Job& job) {
        pollfd end{.fd = job.child.end.number(), .events = POLLIN, .revents = 0};
        return ::poll(&end, 1, 0) == 1;
    };
    const auto dead = std::stable_partition(jobs_.begin(), jobs_.end(), std::not_fn(ended));
    std::for_each(dead, jobs_.end(), [this](Job& job) { bury(job); });
    jobs_.erase(dead, jobs_.end());
}

void ProcessLauncher::bury(Job& job) {
    const ChildEnd end = reap(job.child);
    // What it wrote is in the pipes; whoever else holds them open is not waited for.
    for (auto [from, into] :
         {std::pair{&job.child.out, &job.out}, std::pair{&job.child.complaint, &job.complaint}}) {
        for (std::size_t left = most_left_in_a_pipe; from->open() && left >= buffer_.size();
             left -= buffer_.size()) {
            pollfd more{.fd = from->number(), .events = POLLIN, .revents = 0};
            if (::poll(&more, 1, 0) != 1 || !read_some(*from, *into, buffer_)) from->close();
        }
        into->end();
    }
    ledger_.note_end(job.name, end, job.cancelled, job.out.report(), clock_.now());
}

}  // namespace

std::unique_ptr<Launcher> make_process_launcher(
    ProcessSettings settings, Clock& clock,
    std::function<void(std::string_view run_id, std::string_view line)> on_line) {
    return std::make_unique<ProcessLauncher>(std::move(settings), clock, std::move(on_line));
}

}  // namespace sheetbq::control
