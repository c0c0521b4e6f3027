#include "sheetbq/gcp/api_client.hpp"

#include "sheetbq/http/inflate.hpp"

#include <boost/json.hpp>

namespace sheetbq::gcp {
namespace {

constexpr std::size_t largest_json_answer = 64U << 20U;
constexpr std::size_t inflate_block = 64U << 10U;

bool is_gzip(const http::Response& head) {
    return head.headers.find("content-encoding").value_or("") == "gzip";
}

bool is_success(const http::Response& answer) { return answer.status / 100 == 2; }

/// Decompresses a body piece by piece on its way to `next`.
class Decoder {
public:
    explicit Decoder(const std::function<void(std::string_view)>& next) : next_{next} {}

    void write(const http::Response& head, std::string_view bytes) {
        if (!is_gzip(head)) return next_(bytes);
        if (block_.empty()) block_.resize(inflate_block);
        compressed_ = true;
        while (true) {
            const std::size_t size = inflater_.read(bytes, block_.data(), block_.size());
            if (size != 0) next_({block_.data(), size});
            if (size < block_.size() && bytes.empty()) return;
        }
    }

    void finish() const {
        if (compressed_ && !inflater_.finished())
            throw Error{Code::unavailable, "an answer of Google ended in the middle"}
                .because("its compressed body is incomplete")
                .fix("Run again.");
    }

private:
    const std::function<void(std::string_view)>& next_;
    http::Inflater inflater_;
    std::string block_;
    bool compressed_ = false;
};

}  // namespace

ApiClient::ApiClient(http::Transport& transport, auth::TokenSource& tokens, Clock& clock,
                     RetryPolicy retry, Jitter jitter, OnRetry on_retry, Traffic& traffic)
    : transport_{transport},
      tokens_{tokens},
      clock_{clock},
      retry_{retry},
      jitter_{std::move(jitter)},
      on_retry_{std::move(on_retry)},
      traffic_{traffic} {}

http::Request ApiClient::to_request(const Call& call) {
    http::Request request{
        .method = call.method, .url = call.url, .headers = call.headers, .timeouts = call.timeouts};
    if (!call.body.empty()) {
        request.headers.set("content-type", "application/json; charset=UTF-8");
        request.body = {call.body};
    }
    return request;
}

auth::AccessToken ApiClient::token(std::stop_token stop) {
    try {
        return tokens_.token(std::move(stop));
    } catch (const Error& error) {
        throw http::NotSent{error};
    }
}

http::Response ApiClient::exchange(const http::Request& request, const http::BodySink* sink,
                                   std::stop_token stop) {
    const auto token = this->token(stop);
    http::Request signed_request = request;
    signed_request.headers.set("authorization", "Bearer " + token.value);
    signed_request.headers.set("accept-encoding", "gzip");
    signed_request.headers.set("user-agent", "sheetbq (gzip)");
    if (const auto project = tokens_.quota_project(); !project.empty())
        signed_request.headers.set("x-goog-user-project", project);
    ++traffic_.requests;
    for (const auto& piece : request.body) traffic_.bytes_out += piece.size();
    auto answer = transport_.send(signed_request, sink, stop);
    if (answer.status == 401) tokens_.forget(token);
    return answer;
}

http::Response ApiClient::once(const http::Request& request, const http::BodySink* sink,
                               std::stop_token stop) {
    auto answer = exchange(request, sink, stop);
    if (answer.status == 401) answer = exchange(request, sink, stop);
    traffic_.bytes_in += answer.body.size();
    if (is_gzip(answer) && !answer.body.empty())
        answer.body = http::inflate(answer.body, largest_json_answer);
    return answer;
}

std::string ApiClient::account(std::stop_token stop) {
    try {
        if (auto name = tokens_.account(stop); !name.empty()) return name;
    } catch (const Error& unknown) {
        if (unknown.code() == Code::cancelled) throw;
        // the name only makes a hint more exact; the failure it is for must be told all the same
    }
    return "the account that this program runs as";
}

Refusal ApiClient::refusal_of(const http::Response& answer, const std::string& url,
                              std::stop_token stop) {
    auto refusal = read_refusal(answer, url, clock_.now());
    if (answer.status == 403 || answer.status == 404 || answer.status == 401)
        refusal.account = account(stop);
    return refusal;
}

boost::json::value ApiClient::json(const Call& call, std::stop_token stop) {
    return retrying(call.repeat, stop, [&]() -> boost::json::value {
        const auto answer = once(to_request(call), nullptr, stop);
        if (!is_success(answer)) throw call.explain(refusal_of(answer, call.url, stop));
        boost::system::error_code problem;
        auto value = boost::json::parse(answer.body, problem);
        if (problem || !value.is_object())
            throw Error{Code::unavailable, "Google sent an answer that is not a JSON object"}
                .because(problem ? problem.message() : "it is JSON of another kind")
                .fix("Run again.");
        return value;
    });
}

std::optional<boost::json::value> ApiClient::find(const Call& call, std::stop_token stop) {
    bool missing = false;
    Call asking = call;
    asking.explain = [&](const Refusal& refusal) {
        missing = refusal.status == 404;
        return call.explain(refusal);
    };
    try {
        return json(asking, stop);
    } catch (const Error&) {
        if (missing) return std::nullopt;
        throw;
    }
}

void ApiClient::stream_once(const Call& call, const std::function<void(std::string_view)>& sink,
                            std::stop_token stop) {
    Decoder decoder{sink};
    const http::BodySink decode = [&](const http::Response& head, std::string_view bytes) {
        traffic_.bytes_in += bytes.size();
        decoder.write(head, bytes);
    };
    const auto answer = once(to_request(call), &decode, stop);
    if (!is_success(answer)) throw call.explain(refusal_of(answer, call.url, stop));
    decoder.finish();
}

}  // namespace sheetbq::gcp
