#include "sheetbq/app/service.hpp"

#include "sheetbq/app/metrics.hpp"
#include "sheetbq/app/status_json.hpp"
#include "sheetbq/app/status_page.hpp"
#include "sheetbq/core/uuid.hpp"
#include "sheetbq/http/url.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <utility>

namespace sheetbq::app {
namespace {

namespace json = boost::json;
using std::chrono::milliseconds;

constexpr int recent_runs = 20;  // of each configuration, on the page
constexpr int most_runs = 1'000;
constexpr milliseconds grace{5'000};  // for what a tick does after its budget

http::Response respond(int status, std::string_view type, std::string body) {
    return {status, {{"Content-Type", std::string{type}}}, std::move(body)};
}

http::Response respond_json(int status, std::string body) {
    return respond(status, "application/json; charset=utf-8", std::move(body) + "\n");
}

http::Response refuse(int status, const Error& error) {
    const json::object words{{"code", to_string(error.code())},
                             {"text", error.text()},
                             {"reason", error.reason()},
                             {"hint", error.hint()}};
    auto response = respond_json(status, json::serialize(json::object{{"error", words}}));
    if (status == 401) response.headers.set("WWW-Authenticate", "Bearer");
    if (status == 503) response.headers.set("Retry-After", "10");
    return response;
}

int status_of(const Error& error) {
    switch (error.code()) {
        case Code::usage:
            return 400;
        case Code::unauthenticated:
            return 401;
        case Code::permission_denied:
            return 403;
        case Code::not_found:
            return 404;
        case Code::conflict:
            return 409;
        case Code::database:
        case Code::unavailable:
        case Code::cancelled:
            return 503;
        default:
            return 500;
    }
}

std::optional<int> to_number(std::string_view text) {
    int number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return number;
}

int number_or(const std::map<std::string, std::string>& query, const std::string& name,
              int otherwise, int least, int most) {
    const auto given = query.find(name);
    if (given == query.end()) return otherwise;
    const auto number = to_number(given->second);
    if (!number || *number < least || *number > most)
        throw Error{Code::usage, fmt::format("{} is no number that can be used", name)}
            .because(fmt::format("it goes from {} to {}", least, most))
            .fix(fmt::format("Write {}={}.", name, otherwise));
    return *number;
}

std::string text_at(const json::object& object, std::string_view name) {
    const auto* const value = object.if_contains(name);
    return value != nullptr && value->is_string() ? std::string{value->get_string()} : "";
}

json::object read_body(const http::Incoming& request) {
    if (request.body.find_first_not_of(" \t\r\n") == std::string::npos) return {};
    boost::system::error_code broken;
    const auto parsed = json::parse(request.body, broken);
    if (broken || !parsed.is_object())
        throw Error{Code::usage, "the body is no JSON object"}.fix(
            R"(Send nothing, or {"tick_id": "..."}.)");
    return parsed.get_object();
}

/// Cloud Scheduler repeats an attempt with the same time: that is the same tick.
std::string tick_id_of(const http::Incoming& request, const json::object& body,
                       Clock::TimePoint now) {
    const auto job = request.headers.find("X-CloudScheduler-JobName");
    const auto time = request.headers.find("X-CloudScheduler-ScheduleTime");
    if (job && time)
        return fmt::format("scheduler:{}:{}", job->substr(0, 200), time->substr(0, 40));
    if (auto given = text_at(body, "tick_id"); !given.empty())
        return "body:" + given.substr(0, 200);
    return "minute:" + to_rfc3339(now).substr(0, 16);
}

std::vector<int> config_ids(const json::object& body, std::string_view name) {
    std::vector<int> ids;
    const auto* const list = body.if_contains(name);
    if (list == nullptr) return ids;
    if (!list->is_array())
        throw Error{Code::usage, fmt::format("\"{}\" is no list", name)}.fix(
            fmt::format(R"(Write "{}": [1, 2].)", name));
    for (const auto& each : list->get_array()) ids.push_back(each.to_number<int>());
    return ids;
}

}  // namespace

/// One request, taken apart.
struct Service::Request {
    const http::Incoming& raw;
    std::string id{};  ///< of `/configs/{id}/run`
    std::map<std::string, std::string> query{};
    std::stop_token stop{};
};

struct Service::Route {
    std::string_view method;
    std::string_view path;  ///< `*` stands for a segment
    http::Response (Service::*handler)(const Request&);
};

Service::Service(control::Store& store, RunTick tick, Authenticate authenticate,
                 ServiceSettings settings, Clock& clock, Log log)
    : store_{store},
      tick_{std::move(tick)},
      authenticate_{std::move(authenticate)},
      settings_{std::move(settings)},
      clock_{clock},
      log_{std::move(log)} {}

Service::~Service() { ticker_.request_stop(); }

http::Response Service::handle(const http::Incoming& request, std::stop_token stop) {
    try {
        return answer(request, stop);
    } catch (const Error& error) {
        const auto status = status_of(error);
        if (status >= 500) log_.error("request_failed", error.what(), {{"path", request.path}});
        return refuse(status, error);
    }
}

const Service::Route* Service::find_route(const std::string& method, const Request& request) {
    static constexpr std::array routes{
        Route{"GET", "/readyz", &Service::ready},
        Route{"GET", "/", &Service::page},
        Route{"GET", "/configs", &Service::configs},
        Route{"GET", "/runs", &Service::runs},
        Route{"GET", "/metrics", &Service::metrics},
        Route{"POST", "/", &Service::tick},
        Route{"POST", "/tick", &Service::tick},
        Route{"POST", "/configs/*/run", &Service::run_config},
    };
    const std::string asked = method == "HEAD" ? "GET" : method;
    const std::string path = request.id.empty() ? request.raw.path : "/configs/*/run";
    const auto* const found = std::find_if(routes.begin(), routes.end(), [&](const Route& each) {
        return each.method == asked && each.path == path;
    });
    return found == routes.end() ? nullptr : found;
}

http::Response Service::answer(const http::Incoming& incoming, std::stop_token stop) {
    Request request{.raw = incoming, .stop = stop};
    constexpr std::string_view before = "/configs/";
    constexpr std::string_view after = "/run";
    const std::string_view path = incoming.path;
    if (path.starts_with(before) && path.ends_with(after) &&
        path.size() > before.size() + after.size())
        request.id = path.substr(before.size(), path.size() - before.size() - after.size());

    // Whoever asks whether the process lives is not asked who they are.
    if (incoming.method != "POST" && path == "/livez")
        return respond(200, "text/plain; charset=utf-8", settings_.version + "\n");
    const auto* const route = find_route(incoming.method, request);
    const auto caller = authenticate_(incoming.headers, stop);
    if (route == nullptr)
        return refuse(404, Error{Code::not_found, "there is no such address"}.fix(
                               "Addresses: POST /tick, POST /configs/{id}/run, GET / /configs "
                               "/runs /metrics /livez /readyz."));
    for (auto& [name, value] : http::parse_query(incoming.query))
        request.query[std::move(name)] = std::move(value);
    if (incoming.method == "POST")
        log_.info("request", fmt::format("{} {}", incoming.method, route->path),
                  {{"caller", caller.value_or("")}});
    return (this->*route->handler)(request);
}

http::Response Service::ready(const Request& /*request*/) {
    const auto hello = store_.hello();
    if (!hello.schema_ready)
        throw Error{Code::database, "the schema sheetbq is not up to date"}.fix(
            "Run: sheetbq-orchestrator --auto-migrate --dry-run=false, or sheetbq-helper db "
            "migrate");
    return respond(200, "text/plain; charset=utf-8", "ok\n");
}

http::Response Service::tick(const Request& request) {
    const auto body = read_body(request.raw);
    return run_tick({.tick_id = tick_id_of(request.raw, body, clock_.now()),
                     .budget = settings_.tick_budget,
                     .only = config_ids(body, "only"),
                     .exclude = config_ids(body, "exclude")},
                    request.stop);
}

http::Response Service::run_config(const Request& request) {
    const auto id = to_number(request.id);
    const auto given = request.raw.headers.find("Idempotency-Key");
    const std::string key = given ? std::string{given->substr(0, 200)} : make_uuid(clock_);
    if (!id || !store_.request_run(*id, key))
        throw Error{Code::not_found, "there is no such configuration"}.fix(
            "GET /configs lists them with their ids.");
    return run_tick({.tick_id = fmt::format("manual:{}:{}", *id, key),
                     .budget = settings_.tick_budget,
                     .only = {*id}},
                    request.stop);
}

http::Response Service::run_tick(const control::TickOrder& order, std::stop_token stop) {
    struct Outcome {
        std::optional<control::TickReport> report;
        std::optional<Error> error;
        bool ended = false;
    };
    std::unique_lock lock{mutex_};
    if (ticking_)
        return respond_json(200, R"({"status":"duplicate","reason":"a tick is running"})");
    ticking_ = true;
    const auto outcome = std::make_shared<Outcome>();
    ticker_ = std::jthread{[this, order, outcome](std::stop_token ending) {
        std::optional<control::TickReport> report;
        std::optional<Error> error;
        try {
            report = tick_(order, ending);
        } catch (const Error& failed) {
            error = failed;
            log_.error("tick_failed", failed.what());
        }
        {
            const std::lock_guard guard{mutex_};
            outcome->report = std::move(report);
            outcome->error = std::move(error);
            outcome->ended = true;
            ticking_ = false;
        }
        ended_.notify_all();
    }};
    const std::stop_callback on_stop{stop, [this] { ticker_.request_stop(); }};
    ended_.wait_for(lock, settings_.tick_budget + grace, [&] { return outcome->ended; });
    if (!outcome->ended)
        return respond_json(200, R"({"status":"partial","reason":"the tick goes on"})");
    if (outcome->error) throw Error{*outcome->error};
    return respond_json(200, to_json(*outcome->report));
}

http::Response Service::configs(const Request& request) {
    const auto recent = number_or(request.query, "recent", 1, 0, recent_runs);
    return respond_json(200, configs_json(store_.overview(recent)));
}

http::Response Service::runs(const Request& request) {
    control::RunFilter filter;
    filter.limit = number_or(request.query, "limit", filter.limit, 1, most_runs);
    if (request.query.contains("config"))
        filter.config_id = number_or(request.query, "config", 0, 0, 2'147'483'647);
    if (const auto state = request.query.find("state"); state != request.query.end()) {
        try {
            filter.states = {control::run_state(state->second)};
        } catch (const Error&) {
            throw Error{Code::usage, "there is no such state of a run"}.fix(
                "States: claimed, starting, running, cancelling, succeeded, failed, cancelled, "
                "lost, abandoned.");
        }
    }
    return respond_json(200, runs_json(store_.runs(filter)));
}

http::Response Service::metrics(const Request& /*request*/) {
    return respond(200, open_metrics_type, open_metrics(store_.metrics()));
}

http::Response Service::page(const Request& request) {
    const auto hello = store_.hello();
    StatusView view{.configs = store_.overview(recent_runs),
                    .now = hello.now,
                    .paused = hello.paused,
                    .max_running = hello.max_running,
                    .version = settings_.version};
    view.live = static_cast<int>(std::count_if(view.configs.begin(), view.configs.end(),
                                               [](const auto& each) { return each.live; }));
    auto response = respond(200, "text/html; charset=utf-8",
                            status_page(view, read_status_query(request.raw.query)));
    response.headers.set("Content-Security-Policy", std::string{status_page_policy()});
    return response;
}

}  // namespace sheetbq::app
