#include "job_runner.hpp"
#include "sheetbq/control/child_process.hpp"
#include "sheetbq/control/line_reader.hpp"
#include "sheetbq/core/error.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <signal.h>  // NOLINT(modernize-deprecated-headers): kill is POSIX
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <list>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

namespace sheetbq::sandbox {
namespace {

using control::Child;
using control::LineReader;
using std::chrono::steady_clock;

constexpr std::size_t read_size = 64UL << 10U;

/// An attempt as a process.
struct Running {
    std::uint64_t id;
    Child child;
    LineReader out;
    LineReader err;
    steady_clock::time_point act_at;  ///< SIGTERM, and SIGKILL once that was sent
    bool asked_to_stop = false;
    bool timed_out = false;

    void signal(int number) const { ::kill(-child.pid, number); }
    bool has_ended() const {
        pollfd watched{.fd = child.end.number(), .events = POLLIN, .revents = 0};
        return ::poll(&watched, 1, 0) == 1;
    }
};

/// Takes what is there without waiting.
void read_all(Descriptor& from, LineReader& into) {
    std::string block(read_size, '\0');
    while (from.open()) {
        const auto size = ::read(from.number(), block.data(), block.size());
        if (size > 0) into.take({block.data(), static_cast<std::size_t>(size)});
        if (size == 0) from.close();
        if (size < 0 && errno != EINTR) return;
    }
}

/// One thread starts, watches and reaps all processes: they die with it.
class ForkingRunner final : public JobRunner {
public:
    ForkingRunner(ForkingSettings settings, Clock& clock)
        : settings_{std::move(settings)},
          clock_{clock},
          wake_{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)},
          thread_{[this](const std::stop_token& stop) { work(stop); }} {
        if (!wake_.open()) throw std::system_error{errno, std::generic_category(), "eventfd"};
    }

    ~ForkingRunner() override {
        thread_.request_stop();
        wake();
        thread_.join();
    }

    void start(const Attempt& attempt, Clock::TimePoint) override {
        {
            const std::lock_guard lock{mutex_};
            to_start_.push_back(attempt);
        }
        wake();
    }

    void stop(std::uint64_t id, Clock::TimePoint) override {
        {
            const std::lock_guard lock{mutex_};
            to_stop_.push_back(id);
        }
        wake();
    }

    std::vector<AttemptNews> news(Clock::TimePoint) override {
        const std::lock_guard lock{mutex_};
        return std::exchange(news_, {});
    }

private:
    void wake() const {
        const std::uint64_t one = 1;
        [[maybe_unused]] const auto told = ::write(wake_.number(), &one, sizeof one);
    }

    void work(const std::stop_token& stop) {
        sigset_t all{};
        sigfillset(&all);
        ::pthread_sigmask(SIG_BLOCK, &all, nullptr);
        while (!stop.stop_requested()) {
            take_orders();
            wait();
            running_.remove_if([this](Running& running) { return look_at(running); });
            publish();
        }
        for (const auto& running : running_) control::reap(running.child);  // kills it first
    }

    void take_orders() {
        std::vector<Attempt> starts;
        std::vector<std::uint64_t> stops;
        {
            const std::lock_guard lock{mutex_};
            starts.swap(to_start_);
            stops.swap(to_stop_);
        }
        for (const auto& attempt : starts) begin(attempt);
        for (auto& running : running_)
            if (std::ranges::find(stops, running.id) != stops.end()) interrupt(running, false);
    }

    void begin(const Attempt& attempt) {
        auto all = settings_.inherited;
        for (const auto& [name, value] : attempt.env) all[name] = value;
        std::vector<std::string> environment;
        for (const auto& [name, value] : all)
            environment.push_back(fmt::format("{}={}", name, value));
        if (!attempt.args.empty()) return give_up(attempt, "programs here run without arguments");
        auto spawned = control::spawn(settings_.program, environment);
        if (const auto* none = std::get_if<control::NoChild>(&spawned))
            return give_up(
                attempt, fmt::format("{} cannot be started: {}: {}", settings_.program, none->step,
                                     std::generic_category().message(none->number)));
        running_.push_back({.id = attempt.id,
                            .child = std::move(std::get<Child>(spawned)),
                            .out = LineReader{teller(attempt.id, AttemptNews::Kind::out)},
                            .err = LineReader{teller(attempt.id, AttemptNews::Kind::err)},
                            .act_at = steady_clock::now() + attempt.timeout});
    }

    /// What a container that cannot be started comes to.
    void give_up(const Attempt& attempt, std::string_view why) {
        teller(attempt.id, AttemptNews::Kind::err)(why);
        fresh_.push_back({.id = attempt.id, .at = clock_.now(), .end = {.exit_code = 127}});
    }

    std::function<void(std::string_view)> teller(std::uint64_t id, AttemptNews::Kind kind) {
        return [this, id, kind](std::string_view line) {
            fresh_.push_back(
                {.id = id, .kind = kind, .at = clock_.now(), .line = std::string{line}});
        };
    }

    void interrupt(Running& running, bool timed_out) const {
        if (running.asked_to_stop) return;
        running.asked_to_stop = true;
        running.timed_out = timed_out;
        running.signal(SIGTERM);
        running.act_at = steady_clock::now() + settings_.grace;
    }

    /// Until a process writes or ends, an order comes, or a time is up.
    void wait() {
        std::vector<pollfd> watched{{.fd = wake_.number(), .events = POLLIN, .revents = 0}};
        auto next = steady_clock::now() + std::chrono::hours{fresh_.empty() ? 1 : 0};
        for (const auto& running : running_) {
            // poll passes over what is closed
            for (const auto* each :
                 {&running.child.end, &running.child.out, &running.child.complaint})
                watched.push_back({.fd = each->number(), .events = POLLIN, .revents = 0});
            next = std::min(next, running.act_at);
        }
        const auto left =
            std::chrono::ceil<std::chrono::milliseconds>(next - steady_clock::now()).count();
        ::poll(watched.data(), watched.size(), static_cast<int>(std::max<std::int64_t>(left, 0)));
        std::uint64_t count = 0;
        [[maybe_unused]] const auto size = ::read(wake_.number(), &count, sizeof count);
    }

    /// @returns whether the process has ended.
    bool look_at(Running& running) {
        if (steady_clock::now() >= running.act_at) {
            if (running.asked_to_stop) running.signal(SIGKILL);
            interrupt(running, true);
        }
        const bool ended = running.has_ended();
        control::ChildEnd end;
        if (ended) end = control::reap(running.child);
        read_all(running.child.complaint, running.err);
        read_all(running.child.out, running.out);
        if (!ended) return false;
        running.err.end();
        running.out.end();
        fresh_.push_back({.id = running.id,
                          .at = clock_.now(),
                          .end = {.exit_code = std::max(end.exit_code, 0),
                                  .signal = end.signal,
                                  .timed_out = running.timed_out}});
        return true;
    }

    void publish() {
        if (fresh_.empty()) return;
        {
            const std::lock_guard lock{mutex_};
            std::ranges::move(fresh_, std::back_inserter(news_));
        }
        fresh_.clear();
        settings_.on_news();
    }

    ForkingSettings settings_;
    Clock& clock_;
    Descriptor wake_;
    std::mutex mutex_;
    std::vector<Attempt> to_start_;
    std::vector<std::uint64_t> to_stop_;
    std::vector<AttemptNews> news_;
    // the thread's own
    std::list<Running> running_;
    std::vector<AttemptNews> fresh_;
    std::jthread thread_;
};

}  // namespace

std::unique_ptr<JobRunner> make_forking_runner(ForkingSettings settings, Clock& clock) {
    return std::make_unique<ForkingRunner>(std::move(settings), clock);
}

}  // namespace sheetbq::sandbox
