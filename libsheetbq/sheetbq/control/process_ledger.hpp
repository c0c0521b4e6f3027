#pragma once

#include "sheetbq/control/child_process.hpp"
#include "sheetbq/control/process_launcher.hpp"

#include <condition_variable>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <variant>

namespace sheetbq::control {

/// A start that was asked for, until the keeper thread of a process launcher answers it.
struct StartOrder {
    std::vector<std::string> environment{};  ///< whole, `NAME=value` each
    std::string run_id{};
    bool taken = false;
    std::optional<StartAnswer> answer{};
};

/// What the job would get, or why it cannot be started so.
std::variant<StartOrder, Error> check_start(const ProcessSettings& settings,
                                            const Variables& variables);

/// The answer when there is no child.
StartAnswer no_start(const ProcessSettings& settings, const NoChild& none);

/// This machine's name, as part of an execution's.
std::string host_name();

/// What other threads want of the keeper thread.
class StartOrders {
public:
    using Order = std::shared_ptr<StartOrder>;

    Order add(StartOrder order);
    /// Waits for the answer; takes the order back when nobody took it in time.
    StartAnswer wait(const Order& order, std::chrono::milliseconds patience, std::stop_token stop);
    void cancel(const std::string& name);
    void end();

    // For the keeper.
    Order next();
    void answer(const Order& order, StartAnswer answer);
    std::vector<std::string> take_cancelled();
    bool ended() const;

private:
    mutable std::mutex mutex_;
    std::condition_variable_any answered_;
    std::deque<Order> waiting_;
    std::vector<std::string> cancelled_;
    bool ended_ = false;
};

/// The executions of one process launcher. Safe to use from several threads.
class ProcessLedger {
public:
    /// @param remembered  how many ended ones are kept.
    explicit ProcessLedger(std::size_t remembered) : remembered_{remembered} {}

    void note_start(const Execution& execution);
    void note_end(const std::string& name, const ChildEnd& end, bool cancelled,
                  const std::string& report, Clock::TimePoint now);
    std::optional<Execution> find(const std::string& name) const;
    /// @throws Error unavailable when some of them were forgotten.
    std::vector<Execution> list(Clock::TimePoint since) const;
    Aftermath aftermath(const std::string& name) const;

private:
    struct Entry {
        Execution execution;
        Aftermath aftermath{};
    };
    void forget_oldest();

    std::size_t remembered_;
    mutable std::mutex mutex_;
    std::map<std::string, Entry> entries_;
    std::deque<std::string> ended_;  ///< names, oldest end first
    Clock::TimePoint forgotten_until_ = Clock::TimePoint::min();
};

}  // namespace sheetbq::control
