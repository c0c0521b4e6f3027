#pragma once

#include "sheetbq/control/reconcile.hpp"
#include "sheetbq/http/server.hpp"

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

namespace sheetbq::app {

/// Who asks, as the gate found out; nothing: let in without a name.
/// @throws Error unauthenticated, permission_denied, unavailable: not let in.
using Authenticate =
    std::function<std::optional<std::string>(const http::Headers&, std::stop_token)>;

/// One tick; see control::Reconciler::tick.
using RunTick = std::function<control::TickReport(const control::TickOrder&, std::stop_token)>;

struct ServiceSettings {
    std::chrono::milliseconds tick_budget{150'000};
    std::string version{};
};

/// The HTTP side of the orchestrator: its routes over the store and the tick. Nothing but `/livez`
/// is answered, and the database is not touched, before `authenticate` has let the caller in.
class Service {
public:
    Service(control::Store& store, RunTick tick, Authenticate authenticate,
            ServiceSettings settings, Clock& clock, Log log);
    /// Asks the running tick to stop and waits for it.
    ~Service();
    Service(const Service&) = delete;
    Service& operator=(const Service&) = delete;

    /// Safe to call from several threads.
    http::Response handle(const http::Incoming& request, std::stop_token stop);

private:
    struct Route;
    struct Request;
    static const Route* find_route(const std::string& method, const Request& request);

    http::Response answer(const http::Incoming& incoming, std::stop_token stop);
    http::Response ready(const Request& request);
    http::Response tick(const Request& request);
    http::Response run_config(const Request& request);
    http::Response configs(const Request& request);
    http::Response runs(const Request& request);
    http::Response metrics(const Request& request);
    http::Response page(const Request& request);
    http::Response run_tick(const control::TickOrder& order, std::stop_token stop);

    control::Store& store_;
    RunTick tick_;
    Authenticate authenticate_;
    ServiceSettings settings_;
    Clock& clock_;
    Log log_;

    // One tick at a time, on a thread of its own: an answer never waits longer than the budget,
    // even where the tick goes on because its executions are this process's children.
    std::mutex mutex_;
    std::condition_variable ended_;
    bool ticking_ = false;
    std::jthread ticker_;
};

}  // namespace sheetbq::app
