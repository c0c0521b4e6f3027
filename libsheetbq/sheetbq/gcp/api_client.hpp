#pragma once

#include "sheetbq/auth/token_source.hpp"
#include "sheetbq/core/retry.hpp"
#include "sheetbq/http/transport.hpp"

#include <boost/json/value.hpp>

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace sheetbq::gcp {

/// Whether a call may be sent again when nobody knows what became of it.
enum class Repeat { safe, unsafe };

/// Why Google refused: both of its error families, and bodies that are no JSON at all.
struct Refusal {
    int status = 0;       ///< HTTP
    std::string name;     ///< `error.status`, e.g. PERMISSION_DENIED; "" in old-style bodies
    std::string reason;   ///< `errors[0].reason` or ErrorInfo's, e.g. rateLimitExceeded
    std::string message;  ///< Google's sentence; a page's title when the body was HTML
    std::string service;  ///< e.g. sheets.googleapis.com
    std::string project;  ///< the consumer project, when told
    std::string account;  ///< who we are, as far as known
    std::optional<std::chrono::milliseconds> retry_after;
};

/// Reads a refusal from any non-2xx answer.
Refusal read_refusal(const http::Response& answer, std::string_view url, Clock::TimePoint now);

/// The class of a refusal, by status and reason, never by message alone.
Code code_of(const Refusal& refusal);

/// The Error that says all a caller without further knowledge can say: API to enable, scope to add,
/// quota that is spent.
Error to_error(const Refusal& refusal);

/// `Google answered 403 PERMISSION_DENIED: The caller does not have permission`.
std::string in_google_words(const Refusal& refusal);

/// How an IAM policy names an account: `serviceAccount:a@p.iam.gserviceaccount.com`, `user:...`.
std::string iam_member(const std::string& account);

/// Makes an Error of a refusal that a caller can say more about.
using Explain = std::function<Error(const Refusal&)>;

/// One call of an API.
struct Call {
    http::Method method = http::Method::get;
    std::string url;
    std::string body{};  ///< JSON; empty: none
    Repeat repeat = Repeat::safe;
    Explain explain = to_error;  ///< what a refusal means here
    http::Headers headers{};
    http::Timeouts timeouts{};
};

/// How much was asked and moved; counts of all threads.
struct Traffic {
    std::atomic<std::uint64_t> requests{0};
    std::atomic<std::uint64_t> retries{0};
    std::atomic<std::uint64_t> bytes_in{0};  ///< bodies, as sent (compressed)
    std::atomic<std::uint64_t> bytes_out{0};
};

/// Token, retries, Google's error bodies and gzip, once for all APIs. Safe to call from several
/// threads.
class ApiClient {
public:
    ApiClient(http::Transport& transport, auth::TokenSource& tokens, Clock& clock,
              RetryPolicy retry, Jitter jitter, OnRetry on_retry, Traffic& traffic);

    /// Calls until it succeeds or cannot; the answer's JSON, an object. Any
    /// other 2xx body (a proxy's page, nothing at all) counts as a failure that may pass.
    boost::json::value json(const Call& call, std::stop_token stop);

    /// The same, for an answer that may not be there: nothing when Google says 404.
    std::optional<boost::json::value> find(const Call& call, std::stop_token stop);

    /// One attempt with a token, no retries: any status is an answer. A 401 is tried once more with
    /// a new token. Bodies of refusals are already decompressed.
    /// @throws http::NotSent when the service cannot have seen the request: no token, no
    /// connection.
    http::Response once(const http::Request& request, const http::BodySink* sink,
                        std::stop_token stop);

    /// One attempt whose 2xx body goes, decompressed, to `sink`.
    /// @throws Error as `explain` says, or unavailable when the body is cut short or corrupt.
    void stream_once(const Call& call, const std::function<void(std::string_view)>& sink,
                     std::stop_token stop);

    /// Runs `attempt` under the retry policy.
    template <class Attempt>
    auto retrying(Repeat repeat, std::stop_token stop, Attempt&& attempt) {
        RetryPolicy policy = retry_;
        if (repeat == Repeat::unsafe) policy.attempts = 1;
        return retry(
            policy, clock_, jitter_,
            [this](const Error& error, int number, std::chrono::milliseconds wait) {
                ++traffic_.retries;
                if (on_retry_) on_retry_(error, number, wait);
            },
            stop, std::forward<Attempt>(attempt));
    }

    Clock& clock() { return clock_; }
    /// The e-mail address to name in hints; "the job's account" when it cannot be found out.
    std::string account(std::stop_token stop);
    /// The refusal of `answer` with our account filled in.
    Refusal refusal_of(const http::Response& answer, const std::string& url, std::stop_token stop);

private:
    static http::Request to_request(const Call& call);
    auth::AccessToken token(std::stop_token stop);
    http::Response exchange(const http::Request& request, const http::BodySink* sink,
                            std::stop_token stop);

    http::Transport& transport_;
    auth::TokenSource& tokens_;
    Clock& clock_;
    RetryPolicy retry_;
    Jitter jitter_;
    OnRetry on_retry_;
    Traffic& traffic_;
};

}  // namespace sheetbq::gcp
