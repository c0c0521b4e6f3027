#include "sandbox.hpp"

#include "access.hpp"
#include "discovery.hpp"
#include "field_mask.hpp"
#include "routes.hpp"
#include "target.hpp"
#include "text.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <deque>
#include <mutex>

namespace sheetbq::sandbox {

namespace json = boost::json;

struct Sandbox::State {
    explicit State(Clock& c) : clock{c} {}

    Clock& clock;
    mutable std::recursive_mutex mutex;
    std::deque<Fault> faults;
    std::vector<RecordedRequest> requests;
    std::vector<std::string> problems;
    Tokens tokens;
    std::uint64_t next_token = 1;
    DiscoveryCheck discovery{DiscoveryCheck::default_folder()};
};

namespace {

bool segment_matches(std::string_view pattern, std::string_view segment) {
    if (pattern.empty() || pattern.front() != '*') return pattern == segment;
    const auto tail = pattern.substr(1);
    return segment.size() > tail.size() && segment.ends_with(tail);
}

/// `run.googleapis.com`, or `secretmanager.*.rep.googleapis.com` for any region.
bool host_matches(std::string_view pattern, std::string_view host) {
    const auto star = pattern.find('*');
    if (star == std::string_view::npos) return pattern == host;
    return host.size() >= pattern.size() && host.starts_with(pattern.substr(0, star)) &&
           host.ends_with(pattern.substr(star + 1));
}

bool matches(const Route& route, const Call& call) {
    if (route.method != call.method || !host_matches(route.host, call.host)) return false;
    const auto pattern = split(route.pattern.substr(1), '/');
    return std::ranges::equal(pattern, call.path, segment_matches);
}

const Route* find_route(const Call& call) {
    const Route* best = nullptr;
    for (const auto routes :
         {auth_routes(), sheets_routes(), bigquery_routes(), run_routes(), logging_routes(),
          certs_routes(), secret_routes(), permission_routes(), scheduler_routes(), slack_routes(),
          control_routes()})
        for (const auto& route : routes)
            if (matches(route, call) &&
                (best == nullptr ||
                 std::ranges::count(route.pattern, '*') < std::ranges::count(best->pattern, '*')))
                best = &route;
    return best;
}

Answer unknown_call(const Call& call) {
    return new_style_error(404, "NOT_FOUND",
                           fmt::format("The sandbox does not know {} {}{}",
                                       http::to_string(call.method), call.host, call.raw_path));
}

bool is_json(const Answer& answer) {
    const auto type = answer.headers.find("content-type");
    return type && type->starts_with("application/json");
}

/// `fields` for the APIs whose handlers leave it to us; Sheets and Drive check theirs themselves.
void apply_fields(const Call& call, Answer& answer) {
    const auto fields = call.parameter("fields");
    const bool is_run = call.host == "run.googleapis.com";
    if (fields.empty() || (call.host != "bigquery.googleapis.com" && !is_run) ||
        answer.status / 100 != 2 || !is_json(answer) || answer.body.empty())
        return;
    if (const auto mask = FieldMask::parse(fields))
        answer.body = json::serialize(mask->apply(json::parse(answer.body)));
    else if (is_run)
        answer = new_style_error(400, "INVALID_ARGUMENT", "Invalid field mask " + fields);
    else
        answer = old_style_error(400, "invalidParameter", "Invalid field selection " + fields);
}

bool wants_compact(const Call& call) {
    const auto value = call.parameter("prettyPrint");
    return value == "false" || value == "0";
}

bool accepts_gzip(const http::Headers& headers) {
    const auto accepted = headers.find("accept-encoding");
    return accepted && accepted->find("gzip") != std::string_view::npos;
}

/// Line breaks unless refused, then gzip where accepted: what Google's front end does.
void encode(const Call& call, bool always_pretty, Answer& answer) {
    const bool api = call.host.ends_with(".googleapis.com");
    if (api && is_json(answer) && !answer.body.empty() && (always_pretty || !wants_compact(call)))
        answer.body = pretty_json(answer.body);
    if (!api || answer.body.empty() || !accepts_gzip(call.headers)) return;
    answer.body = gzip(answer.body);
    answer.headers.set("content-encoding", "gzip");
}

/// `Sun, 06 Nov 1994 08:49:37 GMT`.
std::string http_date(Clock::TimePoint time) {
    const auto seconds = std::chrono::system_clock::to_time_t(time);
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    std::array<char, 32> text{};
    std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
    return text.data();
}

bool is_upload(const Call& call) {
    return call.path.size() > 1 && call.path.front() == "upload" && !call.body.empty() &&
           (call.method == http::Method::put || call.parameter("uploadType") != "resumable");
}

RecordedRequest record_of(const Call& call) {
    return {.method = call.method,
            .host = call.host,
            .target = readable_target(call).substr(call.host.size()),
            .headers = call.headers,
            .body = is_upload(call) ? std::string{} : call.body,
            .body_bytes = call.body.size(),
            .status = 0};
}

}  // namespace

Sandbox::Sandbox(Clock& clock) : state_{std::make_unique<State>(clock)} {}

/// The runner's thread calls back as long as it lives.
Sandbox::~Sandbox() { run.runner.reset(); }

Clock& Sandbox::clock() const { return state_->clock; }

bool Sandbox::discovery_enabled() const { return state_->discovery.enabled(); }

std::string Sandbox::token_for(const std::string& email, const std::vector<std::string>& scopes) {
    const std::lock_guard lock{state_->mutex};
    Token token{.account = email, .scopes = {}, .expires_at = clock().now() + token_lifetime};
    const auto granted = granted_scopes.find(email);
    for (const auto& scope : scopes) {
        const auto full = full_scope(scope);
        if (granted == granted_scopes.end() || granted->second.contains(full))
            token.scopes.insert(full);
    }
    auto text = fmt::format("ya29.sandbox-{:08}", state_->next_token++);
    state_->tokens.emplace(text, std::move(token));
    return text;
}

/// A handler that fails is a bug of the sandbox: answered as Google would, and told to the test.
Answer Sandbox::run_handler(const Route& route, const Call& call) {
    try {
        return route.handler(*this, call);
    } catch (const std::exception& error) {
        state_->problems.push_back(fmt::format("{} {}: the sandbox failed: {}",
                                               http::to_string(call.method), readable_target(call),
                                               error.what()));
        return new_style_error(500, "INTERNAL", "Internal error encountered.");
    }
}

Answer Sandbox::answer_to(const http::Request& request, const std::string& base_url,
                          std::optional<std::size_t> commit_only, RecordedRequest& record) {
    auto call = read_call(request, base_url);
    if (!call) {
        record.target = request.url;
        return new_style_error(400, "INVALID_ARGUMENT", "Malformed URL.");
    }
    call->commit_only = commit_only;
    record = record_of(*call);
    Answer answer;
    {
        const std::lock_guard lock{state_->mutex};
        for (auto& problem : state_->discovery.problems(*call))
            state_->problems.push_back(std::move(problem));
        const auto* route = find_route(*call);
        if (route == nullptr) {
            answer = unknown_call(*call);
        } else if (auto refused = check_access(*this, state_->tokens, *route, *call)) {
            answer = std::move(*refused);
        } else {
            answer = run_handler(*route, *call);
            apply_fields(*call, answer);
        }
    }
    if (call->host.ends_with(".googleapis.com"))
        answer.headers.set("date", http_date(clock().now() + date_offset));
    encode(*call, always_pretty, answer);
    record.status = answer.status;
    return answer;
}

Answer Sandbox::handle(const http::Request& request, const std::string& base_url) {
    RecordedRequest record;
    auto answer = answer_to(request, base_url, std::nullopt, record);
    remember(std::move(record));
    return answer;
}

/// Notes a request, unless it was about the sandbox itself.
void Sandbox::remember(RecordedRequest record) {
    if (record.host == control_host) return;
    const std::lock_guard lock{state_->mutex};
    if (on_request) on_request(record);
    state_->requests.push_back(std::move(record));
}

void Sandbox::fail(Fault fault) {
    const std::lock_guard lock{state_->mutex};
    state_->faults.push_back(std::move(fault));
}

void Sandbox::edit(const std::function<void()>& change) {
    const std::lock_guard lock{state_->mutex};
    change();
}

std::vector<RecordedRequest> Sandbox::requests() const {
    const std::lock_guard lock{state_->mutex};
    return state_->requests;
}

std::size_t Sandbox::count(std::string_view text) const {
    const std::lock_guard lock{state_->mutex};
    return static_cast<std::size_t>(std::ranges::count_if(state_->requests, [&](const auto& r) {
        return (r.host + r.target).find(text) != std::string::npos;
    }));
}

std::vector<std::string> Sandbox::invalid_requests() const {
    const std::lock_guard lock{state_->mutex};
    return state_->problems;
}

/// The first fault that harms this call, used up; neutral when there is none.
Fault Sandbox::take_fault(const http::Request& request, const std::string& base_url) {
    const std::lock_guard lock{state_->mutex};
    if (state_->faults.empty()) return {};
    const auto call = read_call({.method = request.method, .url = request.url}, base_url);
    if (!call || call->host == control_host) return {};
    const auto target = readable_target(*call);
    for (auto& fault : state_->faults) {
        if (fault.times == 0 || (fault.method && *fault.method != request.method)) continue;
        if (target.find(fault.path_contains) == std::string::npos) continue;
        if (fault.skip > 0) {
            --fault.skip;
            continue;
        }
        if (fault.times > 0) --fault.times;
        return fault;
    }
    return {};
}

Sandbox::Delivery Sandbox::deliver(const http::Request& request, const std::string& base_url,
                                   std::stop_token stop) {
    Delivery delivery{.answer = {}, .fault = take_fault(request, base_url)};
    auto& fault = delivery.fault;
    RecordedRequest record;
    if (fault.reset || fault.answer) {
        if (const auto call = read_call(request, base_url)) record = record_of(*call);
        delivery.answer = fault.reset ? Answer{.status = 0} : *fault.answer;
        record.status = delivery.answer.status;
    } else {
        delivery.answer = answer_to(request, base_url, fault.commit_only, record);
        if (fault.instead) {
            delivery.answer = *fault.instead;
            record.status = delivery.answer.status;
        }
        if (fault.lose_answer) delivery.answer.status = record.status = 0;
    }
    remember(std::move(record));
    if (fault.then) edit([&] { fault.then(*this); });
    if (fault.stall.count() > 0) clock().sleep(fault.stall, stop);
    return delivery;
}

}  // namespace sheetbq::sandbox
