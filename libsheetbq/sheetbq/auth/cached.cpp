#include "sheetbq/auth/cached.hpp"

#include <utility>

namespace sheetbq::auth {
namespace {

using std::chrono::seconds;

constexpr seconds stale_before_end{225};
constexpr seconds pause_after_failure{10};

}  // namespace

CachedTokens::CachedTokens(std::shared_ptr<TokenSource> source, Clock& clock)
    : source_{std::move(source)}, clock_{clock} {}

AccessToken CachedTokens::token(std::stop_token stop) {
    std::unique_lock lock{mutex_};
    for (;;) {
        const auto now = clock_.now();
        if (fresh(now) || (live(now) && now < not_before_)) return *kept_;
        if (!fetching_) return fetch(lock, stop);

        const auto flight = flights_;
        if (!landed_.wait(lock, stop, [&] { return flights_ != flight; }))
            throw Error{Code::cancelled, "stopped while waiting for an access token"};
        if (live(clock_.now())) return *kept_;
        if (last_failure_) throw Error{*last_failure_};
    }
}

void CachedTokens::forget(const AccessToken& refused) {
    const std::lock_guard lock{mutex_};
    if (kept_ && kept_->value == refused.value) kept_.reset();
}

std::string CachedTokens::account(std::stop_token stop) { return source_->account(stop); }

std::string CachedTokens::quota_project() const { return source_->quota_project(); }

bool CachedTokens::fresh(Clock::TimePoint now) const {
    return kept_ && now < kept_->expires_at - stale_before_end;
}

bool CachedTokens::live(Clock::TimePoint now) const { return kept_ && now < kept_->expires_at; }

AccessToken CachedTokens::fetch(std::unique_lock<std::mutex>& lock, std::stop_token stop) {
    fetching_ = true;
    lock.unlock();
    try {
        auto next = source_->token(stop);
        lock.lock();
        kept_ = next;
        land(std::nullopt);
        return next;
    } catch (const Error& error) {
        lock.lock();
        // A caller that was stopped says nothing about the others: one of them tries next.
        const bool stopped = error.code() == Code::cancelled;
        if (!stopped) not_before_ = clock_.now() + pause_after_failure;
        land(stopped ? std::nullopt : std::optional{error});
        if (stopped || !live(clock_.now())) throw;
        return *kept_;
    } catch (...) {
        if (!lock.owns_lock()) lock.lock();
        land(std::nullopt);
        throw;
    }
}

void CachedTokens::land(std::optional<Error> failure) {
    fetching_ = false;
    last_failure_ = std::move(failure);
    ++flights_;
    landed_.notify_all();
}

}  // namespace sheetbq::auth
