#pragma once

#include "bigquery_world.hpp"
#include "call.hpp"
#include "certs_world.hpp"
#include "iam_world.hpp"
#include "identities.hpp"
#include "run_world.hpp"
#include "scheduler_world.hpp"
#include "secret_world.hpp"
#include "sheetbq/core/clock.hpp"
#include "sheetbq/http/transport.hpp"
#include "sheets_world.hpp"
#include "slack_world.hpp"

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace sheetbq::sandbox {

struct Route;

/// A fault to play, used up in order. Matches when method and path agree.
struct Fault {
    std::string path_contains{};  ///< in `host/path?query`, decoded
    std::optional<http::Method> method{};
    int skip = 0;   ///< matching calls that pass unharmed first
    int times = 1;  ///< calls harmed; -1 = for ever

    std::optional<Answer> answer{};      ///< answered instead of handling the call
    std::optional<Answer> instead{};     ///< the call is handled, and this is answered
    std::chrono::milliseconds stall{0};  ///< waited before the answer (through the clock)
    std::optional<std::size_t>
        cut_after{};            ///< the connection breaks after that many body bytes of the answer
    bool clean_cut = false;     ///< with cut_after: closed normally, shorter than announced
    bool reset = false;         ///< the connection breaks before the call is handled
    bool lose_answer = false;   ///< the call is handled, its answer never arrives
    bool corrupt_gzip = false;  ///< a byte in the middle of a compressed answer is wrong
    std::optional<std::size_t> drip{};  ///< body bytes a second
    std::optional<std::size_t>
        commit_only{};  ///< an upload chunk is stored only up to that many bytes of it
    std::function<void(Sandbox&)>
        then{};  ///< called after the call was handled, e.g. edits the sheet
};

/// What was asked, for assertions.
struct RecordedRequest {
    http::Method method = http::Method::get;
    std::string host{};
    std::string target{};  ///< decoded path and query, for reading
    http::Headers headers{};
    std::string body{};  ///< upload data is not kept (size only, in body_bytes)
    std::size_t body_bytes = 0;
    int status = 0;  ///< answered; 0 when the connection was broken
};

/// A strict stand-in for the Google calls we make: OAuth, metadata server, Sheets, Drive, BigQuery,
/// Cloud Run, Cloud Logging, Secret Manager, Cloud Scheduler, Resource Manager; and for Slack.
///
/// Used in process as a Transport (tests), behind `Server` on loopback (integration tests), and as
/// the program `sheetbq-sandbox`. Understands canonical URLs (`https://sheets.googleapis.com/...`)
/// and rewritten ones (`http://127.0.0.1:PORT/sheets.googleapis.com/...`). Thread-safe; public
/// worlds may be changed freely before use, and under `edit()` afterwards.
class Sandbox final : public http::Transport {
public:
    /// @param clock  tells job times and token expiry; stalls and drips sleep on it.
    explicit Sandbox(Clock& clock);
    ~Sandbox() override;

    http::Response send(const http::Request& request, const http::BodySink* sink,
                        std::stop_token stop) override;

    /// Answers one call without network faults: what `send` and `Server` stand on.
    Answer handle(const http::Request& request, const std::string& base_url);

    /// What reaches the wire: an answer, and the fault to play while it is sent.
    struct Delivery {
        Answer answer;
        Fault fault{};  ///< neutral when no fault matched
    };
    /// `handle`, with faults: takes the next matching one, waits its stall on the clock. A fault
    /// with `reset` or `lose_answer` has an answer of status 0. What `Server` stands on.
    Delivery deliver(const http::Request& request, const std::string& base_url,
                     std::stop_token stop);

    void fail(Fault fault);
    /// Runs `change` under the lock; use after calls have begun.
    void edit(const std::function<void()>& change);
    std::vector<RecordedRequest> requests() const;
    /// How many requests had this in `host/path?query` (decoded).
    std::size_t count(std::string_view text) const;
    /// Problems found by the discovery check; empty when every request was valid.
    std::vector<std::string> invalid_requests() const;

    /// The clock it was made with.
    Clock& clock() const;
    /// A bearer token as if `email` had asked for these scopes (full URLs, or short names after
    /// `https://www.googleapis.com/auth/`). Valid for `token_lifetime`.
    std::string token_for(const std::string& email, const std::vector<std::string>& scopes);
    /// An identity token of `email` for `audience`, signed with the key that /oauth2/v3/certs
    /// publishes; `changes` as for identity_claims. Costs a key generation the first time.
    std::string identity_token(const std::string& email, const std::string& audience,
                               const boost::json::object& changes = {});
    /// Checks one method call against discovery files; on by default where they are found.
    bool discovery_enabled() const;

    SheetsWorld sheets;
    BigQueryWorld bigquery;
    RunWorld run;
    LoggingWorld logging;
    Identities identities;
    CertsWorld certs;
    SecretsWorld secrets;
    IamWorld iam;
    SchedulerWorld scheduler;
    SlackWorld slack;
    std::chrono::seconds token_lifetime{3600};
    std::chrono::seconds date_offset{0};  ///< Google's clock, as the Date header tells it, is off
    bool always_pretty = false;           ///< ignores prettyPrint=false (benchmarks)
    /// Called for every recorded request, under the lock.
    std::function<void(const RecordedRequest&)> on_request;
    /// API host -> false: switched off in the consumer project (SERVICE_DISABLED).
    std::map<std::string, bool> enabled;
    /// Accounts whose tokens lack scopes: e-mail -> scopes granted (full URLs). Others get what
    /// they ask.
    std::map<std::string, std::set<std::string>> granted_scopes;

private:
    struct State;
    Answer run_handler(const Route& route, const Call& call);
    void remember(RecordedRequest record);
    Fault take_fault(const http::Request& request, const std::string& base_url);
    Answer answer_to(const http::Request& request, const std::string& base_url,
                     std::optional<std::size_t> commit_only, RecordedRequest& record);

    std::unique_ptr<State> state_;
};

}  // namespace sheetbq::sandbox
