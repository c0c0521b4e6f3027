#pragma once

#include "sheetbq/http/transport.hpp"

#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace sheetbq::testing {

/// A request as it was sent, body joined.
struct SentRequest {
    http::Method method = http::Method::get;
    std::string url;
    http::Headers headers;
    std::string body;
    http::Timeouts timeouts;
};

/// A transport that answers from a script: the first unused step that matches is used up. A request
/// that no step matches ends in Error internal and is listed in `unexpected`. Thread-safe.
class ScriptedTransport final : public http::Transport {
public:
    using Matcher = std::function<bool(const SentRequest&)>;
    using Answer = std::function<http::Response(const SentRequest&)>;  ///< may throw

    /// Adds a step that serves `times` requests.
    void on(Matcher matcher, Answer answer, int times = 1) {
        const std::lock_guard lock{mutex_};
        steps_.push_back({std::move(matcher), std::move(answer), times});
    }
    /// Adds a step for URLs that begin with `url`.
    void on(const std::string& url, Answer answer, int times = 1) {
        on([url](const SentRequest& request) { return request.url.starts_with(url); },
           std::move(answer), times);
    }

    http::Response send(const http::Request& request, const http::BodySink* sink,
                        std::stop_token stop) override {
        if (stop.stop_requested()) throw Error{Code::cancelled, "stopped"};
        SentRequest sent{request.method, request.url, request.headers, {}, request.timeouts};
        for (const auto piece : request.body) sent.body += piece;
        auto response = take(sent)(sent);
        if (sink && response.status / 100 == 2) {
            const auto body = std::exchange(response.body, {});
            (*sink)(response, body);
        }
        return response;
    }

    std::vector<SentRequest> requests() const {
        const std::lock_guard lock{mutex_};
        return requests_;
    }
    std::vector<std::string> unexpected() const {
        const std::lock_guard lock{mutex_};
        return unexpected_;
    }
    /// Steps that have not served all their requests.
    std::size_t unused() const {
        const std::lock_guard lock{mutex_};
        return steps_.size();
    }

private:
    struct Step {
        Matcher matcher;
        Answer answer;
        int times;
    };

    Answer take(const SentRequest& sent) {
        const std::lock_guard lock{mutex_};
        requests_.push_back(sent);
        for (auto step = steps_.begin(); step != steps_.end(); ++step) {
            if (!step->matcher(sent)) continue;
            auto answer = step->answer;
            if (--step->times == 0) steps_.erase(step);
            return answer;
        }
        unexpected_.push_back(sent.url);
        throw Error{Code::internal, "the script has no answer for " + sent.url};
    }

    mutable std::mutex mutex_;
    std::deque<Step> steps_;
    std::vector<SentRequest> requests_;
    std::vector<std::string> unexpected_;
};

/// Answers with this status and body.
inline ScriptedTransport::Answer answers(int status, std::string body, http::Headers headers = {}) {
    return [response = http::Response{status, std::move(headers), std::move(body)}](
               const SentRequest&) { return response; };
}

/// Breaks the connection.
inline ScriptedTransport::Answer breaks() {
    return [](const SentRequest&) -> http::Response {
        throw Error{Code::unavailable, "the connection was closed"};
    };
}

}  // namespace sheetbq::testing
