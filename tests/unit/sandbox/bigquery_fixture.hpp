#pragma once

#include "sandbox/bigquery_api.hpp"
#include "support/catch.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>
#include <zlib.h>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sheetbq::sandbox {

namespace json = boost::json;

/// The project `p` with the dataset `d`, and the calls that tests make.
struct BigQueryFixture {
    BigQueryWorld world;
    std::string account = "etl@p.iam.gserviceaccount.com";

    BigQueryFixture() {
        world.projects["p"]["d"];
        world.now_ms = 1'769'846'400'000;
    }

    Dataset& dataset() { return world.projects["p"]["d"]; }
    Table& table(const std::string& id = "t") { return dataset().tables.at(id); }

    /// @param target  path and query, unescaped, e.g. `/bigquery/v2/projects/p/jobs/j?location=US`.
    Answer call(http::Method method, const std::string& target, std::string body = {},
                http::Headers headers = {}, std::optional<std::size_t> commit_only = {}) {
        Call out{.method = method,
                 .host = "bigquery.googleapis.com",
                 .raw_path = target.substr(0, target.find('?')),
                 .path = {},
                 .query = {},
                 .headers = std::move(headers),
                 .body = std::move(body),
                 .account = account,
                 .scopes = {},
                 .base_url = "https://bigquery.googleapis.com",
                 .commit_only = commit_only};
        for (const auto& segment : split_at(out.raw_path.substr(1), '/'))
            out.path.push_back(segment);
        if (const auto mark = target.find('?'); mark != std::string::npos)
            for (const auto& pair : split_at(target.substr(mark + 1), '&'))
                out.query.emplace_back(pair.substr(0, pair.find('=')),
                                       pair.substr(pair.find('=') + 1));
        return answer_bigquery(world, out);
    }
    Answer get(const std::string& target) { return call(http::Method::get, target); }
    Answer post(const std::string& target, const json::value& body) {
        return call(http::Method::post, target, json::serialize(body));
    }

    /// A job resource that loads into p:d.t; `load` is JSON text merged over the defaults.
    std::string job(const std::string& id, const std::string& load) const {
        json::object configuration{
            {"destinationTable", {{"projectId", "p"}, {"datasetId", "d"}, {"tableId", "t"}}}};
        const auto given = json::parse(load);
        for (const auto& member : given.as_object()) configuration[member.key()] = member.value();
        json::object reference{{"projectId", "p"}, {"jobId", id}, {"location", "US"}};
        return json::serialize(json::object{
            {"jobReference", reference}, {"configuration", json::object{{"load", configuration}}}});
    }

    /// Begins a resumable upload. @returns the answer; `session` gets its target.
    Answer begin(const std::string& resource, std::string* session = nullptr) {
        auto answer =
            call(http::Method::post, "/upload/bigquery/v2/projects/p/jobs?uploadType=resumable",
                 resource, {{"content-type", "application/json"}});
        if (session != nullptr)
            *session = std::string{answer.headers.find("location").value_or("")}.substr(
                answer.status == 200 ? std::string_view{"https://bigquery.googleapis.com"}.size()
                                     : 0);
        return answer;
    }
    Answer put(const std::string& session, const std::string& range, std::string body = {},
               std::optional<std::size_t> commit_only = {}) {
        return call(http::Method::put, session, std::move(body), {{"content-range", range}},
                    commit_only);
    }

    /// Uploads everything in one chunk. @returns the answer of the last call.
    Answer upload(const std::string& resource, const std::string& data) {
        std::string session;
        auto answer = begin(resource, &session);
        if (answer.status != 200) return answer;
        const auto size = data.size();
        return put(
            session,
            size == 0 ? std::string{"bytes */0"} : fmt::format("bytes 0-{}/{}", size - 1, size),
            data);
    }

    /// Polls until DONE. @returns the job.
    json::object wait(const std::string& id) {
        for (int polls = 0; polls < 20; ++polls) {
            const auto answer = get("/bigquery/v2/projects/p/jobs/" + id + "?location=US");
            if (answer.status != 200) continue;
            auto out = json::parse(answer.body).as_object();
            if (out.at("status").at("state").as_string() == "DONE") return out;
        }
        throw Error{Code::internal, "the job never ended"};
    }

    /// A whole load. @returns the finished job.
    json::object load(const std::string& load_options, const std::string& data) {
        const auto id = fmt::format("j{}", world.jobs.size() + 1);
        const auto answer = upload(job(id, load_options), data);
        INFO(answer.body);
        REQUIRE(answer.status == 200);
        return wait(id);
    }

    static std::vector<std::string> split_at(const std::string& text, char separator) {
        std::vector<std::string> out{""};
        for (const char c : text) {
            if (c == separator)
                out.emplace_back();
            else
                out.back() += c;
        }
        return out;
    }
};

/// The message of the job's errorResult, "" when it went well.
inline std::string failure(const json::object& job) {
    const auto* const error = job.at("status").as_object().if_contains("errorResult");
    return error == nullptr ? "" : std::string{error->at("message").as_string()};
}

/// The reason of the job's errorResult, "" when it went well.
inline std::string failure_reason(const json::object& job) {
    const auto* const error = job.at("status").as_object().if_contains("errorResult");
    return error == nullptr ? "" : std::string{error->at("reason").as_string()};
}

/// The message of status.errors[index].
inline std::string error_at(const json::object& job, std::size_t index) {
    return std::string{job.at("status").at("errors").at(index).at("message").as_string()};
}

inline std::string message(const Answer& answer) {
    return std::string{json::parse(answer.body).at("error").at("message").as_string()};
}

inline std::string reason(const Answer& answer) {
    return std::string{
        json::parse(answer.body).at("error").at("errors").at(0).at("reason").as_string()};
}

inline std::string gzip_member(const std::string& text) {
    std::string out(text.size() + 1000, '\0');
    std::string in = text;
    z_stream stream{};
    deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
    stream.next_in = reinterpret_cast<Bytef*>(in.data());
    stream.avail_in = static_cast<uInt>(in.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    deflate(&stream, Z_FINISH);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out;
}

}  // namespace sheetbq::sandbox
