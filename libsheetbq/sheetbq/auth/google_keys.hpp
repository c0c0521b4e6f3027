#pragma once

#include "sheetbq/core/clock.hpp"
#include "sheetbq/core/error.hpp"
#include "sheetbq/http/transport.hpp"

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

struct evp_pkey_st;

namespace sheetbq::auth {

/// A public RSA key. Safe to use from several threads.
using PublicKey = std::shared_ptr<evp_pkey_st>;

/// Public keys by id.
using KeySet = std::map<std::string, PublicKey, std::less<>>;

/// The RSA keys of a JWK set that may verify RS256 (2048 to 8192 bits); others are left out.
/// @returns nothing when the text is no JWK set, or none of its keys is of use.
std::optional<KeySet> read_jwks(std::string_view text);

/// Whether `signature` (bytes) is RS256 of `message` by `key`.
bool verifies(const PublicKey& key, std::string_view message, std::string_view signature);

/// The keys that Google signs identity tokens with, from
/// https://www.googleapis.com/oauth2/v3/certs. Kept as long as Cache-Control says, between 5
/// minutes and a day. Safe to use from several threads, of which one asks while the others use what
/// is known.
class GoogleKeys {
public:
    GoogleKeys(http::Transport& transport, Clock& clock) : transport_{transport}, clock_{clock} {}

    /// The key of that id; null when Google has none. An unknown id makes us ask Google again, at
    /// most once a minute. While asking fails, old keys serve on.
    /// @throws Error unavailable when there are no keys at all, cancelled.
    PublicKey find(const std::string& id, std::stop_token stop);

private:
    struct Fetched {
        KeySet keys;
        std::chrono::seconds lifetime;
    };

    void await(std::unique_lock<std::mutex>& lock, const std::stop_token& stop);
    void ask(std::unique_lock<std::mutex>& lock, std::stop_token stop);
    Fetched fetch(std::stop_token stop);

    http::Transport& transport_;
    Clock& clock_;
    std::mutex mutex_;
    std::condition_variable_any landed_;
    KeySet keys_;
    std::chrono::nanoseconds fresh_until_{};  // monotonic
    std::chrono::nanoseconds not_before_{};   ///< Google is not asked again before that
    std::optional<Error> failure_;            ///< of the last time
    bool asking_ = false;
    std::uint64_t flights_ = 0;
};

}  // namespace sheetbq::auth
