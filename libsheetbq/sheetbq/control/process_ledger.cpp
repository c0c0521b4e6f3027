#include "sheetbq/control/process_ledger.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <system_error>

namespace sheetbq::control {
namespace {

std::string text_of(int number) { return std::generic_category().message(number); }

Error cannot_run(const std::string& program, int number) {
    const Code code = number == EACCES ? Code::permission_denied : Code::not_found;
    return Error{code, fmt::format("cannot run the job's program {}", json_string(program))}
        .because(text_of(number))
        .fix(
            "Give the path of an executable sheetbq-job, e.g. --job-program "
            "/usr/local/bin/sheetbq-job.");
}

/// 0, or the errno that exec would give.
int reason_against(const std::string& program) {
    struct stat file {};
    if (::stat(program.c_str(), &file) != 0) return errno;
    if (!S_ISREG(file.st_mode)) return EACCES;
    return ::access(program.c_str(), X_OK) == 0 ? 0 : errno;
}

std::string meaning(int signal) {
    const char* words = ::sigdescr_np(signal);  // real-time signals have none
    return words == nullptr ? "" : fmt::format(" ({})", words);
}

StartAnswer not_sent(Error error) {
    return {.kind = StartAnswer::Kind::not_sent, .error = std::move(error)};
}

}  // namespace

std::variant<StartOrder, Error> check_start(const ProcessSettings& settings,
                                            const Variables& variables) {
    if (const int number = reason_against(settings.program); number != 0)
        return cannot_run(settings.program, number);
    std::map<std::string, std::string> all;
    for (const auto* list : {&settings.inherited, &variables})
        for (const auto& [name, value] : *list) all[name] = value;
    StartOrder order;
    for (const auto& [name, value] : all) {
        if (name.empty() || name.find('=') != std::string::npos ||
            (name + value).find('\0') != std::string::npos)
            return Error{
                Code::bad_config,
                fmt::format("the variable {} cannot be given to a program", json_string(name))}
                .because("its name is empty or holds =, or it holds the character U+0000")
                .fix("Remove that character from the configuration.");
        order.environment.push_back(fmt::format("{}={}", name, value));
    }
    if (const auto id = all.find("SHEETBQ_RUN_ID"); id != all.end()) order.run_id = id->second;
    return order;
}

StartAnswer no_start(const ProcessSettings& settings, const NoChild& none) {
    if (none.passing)
        return not_sent(
            Error{Code::unavailable, "this machine cannot start another process"}
                .because(fmt::format("{}: {}", none.step, text_of(none.number)))
                .fix("Lower --max-parallel-jobs, or raise the limits of memory, processes (ulimit "
                     "-u) and open files (ulimit -n)."));
    if (none.step != "execve")
        return not_sent(Error{Code::unavailable, "this machine cannot start a process"}
                            .because(fmt::format("{}: {}", none.step, text_of(none.number)))
                            .fix("Run it where the kernel has this call (Linux 5.3 or later)."));
    return {.kind = StartAnswer::Kind::refused, .error = cannot_run(settings.program, none.number)};
}

std::string host_name() {
    std::array<char, 256> name{};
    if (::gethostname(name.data(), name.size() - 1) != 0) return "localhost";
    return name.data();
}

StartOrders::Order StartOrders::add(StartOrder order) {
    auto shared = std::make_shared<StartOrder>(std::move(order));
    const std::lock_guard lock{mutex_};
    waiting_.push_back(shared);
    return shared;
}

StartAnswer StartOrders::wait(const Order& order, std::chrono::milliseconds patience,
                              std::stop_token stop) {
    std::unique_lock lock{mutex_};
    const auto answered = [&] { return order->answer.has_value(); };
    answered_.wait_for(lock, stop, patience, answered);
    if (!order->taken) {
        waiting_.erase(std::find(waiting_.begin(), waiting_.end(), order));
        return not_sent(Error{stop.stop_requested() ? Code::cancelled : Code::unavailable,
                              "the job was not started in time"}
                            .because("other jobs were being started or wrote too much")
                            .fix("Nothing: it is started later."));
    }
    answered_.wait(lock, answered);
    return *order->answer;
}

void StartOrders::cancel(const std::string& name) {
    const std::lock_guard lock{mutex_};
    cancelled_.push_back(name);
}

void StartOrders::end() {
    const std::lock_guard lock{mutex_};
    ended_ = true;
}

StartOrders::Order StartOrders::next() {
    const std::lock_guard lock{mutex_};
    if (waiting_.empty() || ended_) return nullptr;
    auto order = waiting_.front();
    waiting_.pop_front();
    order->taken = true;
    return order;
}

void StartOrders::answer(const Order& order, StartAnswer answer) {
    {
        const std::lock_guard lock{mutex_};
        order->answer = std::move(answer);
    }
    answered_.notify_all();
}

std::vector<std::string> StartOrders::take_cancelled() {
    const std::lock_guard lock{mutex_};
    return std::exchange(cancelled_, {});
}

bool StartOrders::ended() const {
    const std::lock_guard lock{mutex_};
    return ended_;
}

void ProcessLedger::note_start(const Execution& execution) {
    const std::lock_guard lock{mutex_};
    entries_[execution.name] = {execution};
}

void ProcessLedger::note_end(const std::string& name, const ChildEnd& end, bool cancelled,
                             const std::string& report, Clock::TimePoint now) {
    constexpr int signalled = 128;
    const std::lock_guard lock{mutex_};
    auto& [execution, aftermath] = entries_[name];
    execution.completed_at = now;
    if (end.exit_code >= 0) aftermath.exit_code = end.exit_code;
    aftermath.signal = end.signal;
    aftermath.report = report;
    const bool by_signal = end.signal != 0 || end.exit_code == signalled + SIGTERM;
    if (end.exit_code == 0) {
        execution.succeeded = 1;
    } else if (cancelled && by_signal) {
        execution.cancelled = 1;
        execution.reason = "CANCELLED";
        execution.message = "it was asked to stop, and did";
    } else if (end.signal != 0) {
        execution.failed = 1;
        execution.reason = "SIGNAL";
        execution.message = fmt::format("signal {}{} ended it", end.signal, meaning(end.signal));
    } else {
        execution.failed = 1;
        execution.reason = "NON_ZERO_EXIT_CODE";
        execution.message = fmt::format("it ended with exit code {}", end.exit_code);
    }
    ended_.push_back(name);
    forget_oldest();
}

void ProcessLedger::forget_oldest() {
    while (ended_.size() > remembered_) {
        const auto oldest = entries_.find(ended_.front());
        forgotten_until_ = std::max(forgotten_until_, oldest->second.execution.created_at);
        entries_.erase(oldest);
        ended_.pop_front();
    }
}

std::optional<Execution> ProcessLedger::find(const std::string& name) const {
    const std::lock_guard lock{mutex_};
    const auto found = entries_.find(name);
    if (found == entries_.end()) return std::nullopt;
    return found->second.execution;
}

std::vector<Execution> ProcessLedger::list(Clock::TimePoint since) const {
    const std::lock_guard lock{mutex_};
    if (forgotten_until_ >= since)
        throw Error{Code::unavailable, "the list of local executions does not reach back so far"}
            .because(fmt::format("of ended ones the last {} are remembered", remembered_))
            .fix("Nothing: the run is given up when its time to start is over, and runs again.");
    std::vector<Execution> out;
    for (const auto& [name, entry] : entries_)
        if (entry.execution.created_at >= since) out.push_back(entry.execution);
    return out;
}

Aftermath ProcessLedger::aftermath(const std::string& name) const {
    const std::lock_guard lock{mutex_};
    const auto found = entries_.find(name);
    return found == entries_.end() ? Aftermath{} : found->second.aftermath;
}

}  // namespace sheetbq::control
