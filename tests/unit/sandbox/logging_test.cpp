#include "run.hpp"
#include "sandbox/logging_filter.hpp"

using namespace sheetbq::sandbox;
using namespace sheetbq::sandbox::testing;
using namespace std::chrono_literals;
using sheetbq::Error;
namespace http = sheetbq::http;

namespace {

/// A sandbox whose one execution wrote these lines.
struct Logs : Run {
    explicit Logs(std::vector<std::string> lines) {
        world().script = [lines = std::move(lines)](const ContainerEnv&) {
            return ScriptedRun{.lines = lines};
        };
        name = started();
        clock.advance(1s);
    }
    http::Response ask(const std::string& body) {
        return post_json("https://logging.googleapis.com/v2/entries:list", body);
    }
    boost::json::object list(const std::string& filter, const std::string& rest = "") {
        return boost::json::parse(
                   ask(fmt::format(R"({{"resourceNames":["projects/demo-project"],"filter":{}{}}})",
                                   boost::json::serialize(boost::json::string{filter}), rest))
                       .body)
            .as_object();
    }
    /// The entries that match, as text: textPayload, or the message of jsonPayload.
    std::string found(const std::string& filter, const std::string& rest = "") {
        std::string out;
        const auto answer = list(filter, rest);
        if (!answer.contains("entries")) return out;
        for (const auto& entry : answer.at("entries").as_array()) {
            const auto* text = entry.as_object().if_contains("textPayload");
            out +=
                std::string{text != nullptr ? text->as_string()
                                            : entry.at("jsonPayload").at("message").as_string()} +
                " ";
        }
        return out;
    }
    std::string name;
};

}  // namespace

TEST_CASE("a line becomes an entry as Cloud Run's log agent makes it") {
    Logs logs{{"plain text", "{\"message\":\"alone\"}",
               R"({"severity":"NOTICE","time":"2026-01-31T07:59:59Z","event":"e","message":"m",)"
               R"("logging.googleapis.com/labels":{"k":"v"},"logging.googleapis.com/trace":"t"})",
               "[1]"}};
    const auto answer = logs.list(R"(timestamp>="2026-01-01T00:00:00Z")");
    const auto& entries = answer.at("entries").as_array();
    REQUIRE(entries.size() == 4);
    const auto& first = entries[0].as_object();  // by its own time the oldest
    CHECK(first.at("jsonPayload") == boost::json::parse(R"({"event":"e","message":"m"})"));
    CHECK(first.at("severity") == "NOTICE");
    CHECK(first.at("timestamp") == "2026-01-31T07:59:59.000Z");
    CHECK(first.at("trace") == "t");
    CHECK(first.at("labels").at("k") == "v");
    CHECK(first.at("labels").at("run.googleapis.com/execution_name") ==
          boost::json::string{logs.name.substr(logs.name.rfind('/') + 1)});
    CHECK(first.at("labels").at("run.googleapis.com/task_index") == "0");
    CHECK(first.at("resource") ==
          boost::json::parse(R"({"type":"cloud_run_job","labels":{"project_id":"demo-project",)"
                             R"("location":"europe-west1","job_name":"etl"}})"));
    CHECK(first.at("logName") == "projects/demo-project/logs/run.googleapis.com%2Fstdout");
    CHECK(entries[1].at("textPayload") == "plain text");
    CHECK(entries[2].at("textPayload") == "alone");
    CHECK(entries[3].at("textPayload") == "[1]");
    CHECK_FALSE(entries[1].as_object().contains("severity"));
}

TEST_CASE("filters compare texts, numbers, times and severities") {
    Logs logs{{R"({"severity":"ERROR","message":"bad","n":3,"deep":{"a b":"x"},"on":true})",
               R"({"severity":"INFO","message":"good","n":12})"}};
    const auto [filter, found] = GENERATE(table<std::string, std::string>({
        {"", "bad good "},
        {"severity=ERROR", "bad "},
        {"severity>=info", "bad good "},
        {"severity<WARNING", "good "},
        {"severity!=ERROR", "good "},
        {"jsonPayload.message=\"bad\"", "bad "},
        {"jsonPayload.message=bad AND severity=ERROR", "bad "},
        {"jsonPayload.message=bad AND severity=INFO", ""},
        {"jsonPayload.message:OO", "good "},
        {"jsonPayload.n>5", "good "},
        {"jsonPayload.n=3", "bad "},
        {"jsonPayload.on=true", "bad "},
        {"jsonPayload.deep.\"a b\"=\"x\"", "bad "},
        {"jsonPayload.deep:*", "bad "},
        {"jsonPayload.nothing=\"\"", ""},
        {"jsonPayload.nothing!=1", "bad good "},
        {"jsonPayload.message.deeper=1", ""},
        {"resource.type = \"cloud_run_job\"  AND\n resource.labels.location = europe-west1",
         "bad good "},
        {"resource.labels.job_name=\"other\"", ""},
        {"logName=\"projects/demo-project/logs/run.googleapis.com%2Fstderr\"", ""},
        {"timestamp>=\"2026-01-31T08:00:01Z\" AND timestamp<\"2026-01-31T08:00:01.001Z\"",
         "bad good "},
        {"timestamp>\"2026-01-31T08:00:01+00:00\"", ""},
        {"timestamp>=\"2026-01-31T08:00:01.000000+0000\"", "bad good "},
    }));
    CAPTURE(filter);
    CHECK(logs.found(filter) == found);
}

TEST_CASE("filters beyond what is understood are refused, never guessed") {
    Logs logs{{}};
    const auto [filter, why] = GENERATE(table<std::string, std::string>({
        {"severity=ERROR OR severity=INFO", "only AND joins"},
        {"severity=ERROR severity=INFO", "only AND joins"},
        {"NOT severity=ERROR", "is not known here"},
        {"(severity=ERROR)", "a field is missing"},
        {"severity=ERROR AND", "nothing follows AND"},
        {"severity=LOUD", "no such severity"},
        {"severity:ERR", "no such severity"},
        {"timestamp>=\"yesterday\"", "RFC 3339"},
        {"jsonPayload.message=~\"b.*\"", "an operator is missing"},
        {"jsonPayload.message", "an operator is missing"},
        {"jsonPayload.message=", "a value is missing"},
        {"jsonPayload.message=\"bad", "a quotation mark is missing"},
        {"jsonPayload.=1", "a field is missing"},
        {"payload=1", "\"payload\" is not known"},
        {"\"free text\"", "is not known here"},
    }));
    CAPTURE(filter);
    const auto answer = logs.list(filter);
    CHECK(answer.at("error").at("status") == "INVALID_ARGUMENT");
    CHECK_THAT(std::string{answer.at("error").at("message").as_string()},
               ContainsSubstring("Unparseable filter") && ContainsSubstring(why));
}

TEST_CASE("a filter of more than 20,000 characters is refused") {
    CHECK_THROWS_AS(LogFilter::parse("insertId=\"" + std::string(20'000, 'x') + "\""), Error);
}

TEST_CASE("without a bound on the time only the last day is searched") {
    Logs logs{{"old"}};
    logs.clock.advance(25h);
    logs.token = logs.sandbox.token_for(me, {"logging.read"});
    CHECK(logs.found("severity=DEFAULT").empty());
    CHECK(logs.found(R"(timestamp>="2026-01-01T00:00:00Z")") == "old ");
}

TEST_CASE("entries come in either order, in pages whose tokens belong to their filter") {
    Logs logs{{"a", "b", "c"}};
    CHECK(logs.found("", R"(,"orderBy":"timestamp desc")") == "c b a ");
    const auto page = logs.list("", R"(,"pageSize":2)");
    CHECK(page.at("entries").as_array().size() == 2);
    const auto token =
        fmt::format(R"(,"pageToken":"{}")", std::string{page.at("nextPageToken").as_string()});
    CHECK(logs.found("", token) == "c ");
    CHECK(logs.list("severity=DEFAULT", token).contains("error"));
    CHECK(logs.list("", R"(,"pageToken":"x")").contains("error"));
}

TEST_CASE("pages may be empty and go on, and entries take their time to be found") {
    Logs logs{{"a"}};
    logs.sandbox.logging.empty_pages = 1;
    const auto first = logs.list("");
    CHECK_FALSE(first.contains("entries"));
    const auto token =
        fmt::format(R"(,"pageToken":"{}")", std::string{first.at("nextPageToken").as_string()});
    CHECK(logs.found("", token) == "a ");
    logs.sandbox.logging.empty_pages = 0;
    logs.sandbox.logging.lag = 30s;
    logs.started();
    logs.clock.advance(30s);
    CHECK(logs.found("") == "a ");
    logs.clock.advance(1s);
    CHECK(logs.found("") == "a a ");
}

TEST_CASE("requests for entries are refused where Google would") {
    Logs logs{{"a"}};
    const auto body =
        GENERATE(as<std::string>{}, "{}", "[]", R"({"resourceNames":[]})",
                 R"({"resourceNames":["demo-project"]})", R"({"resourceNames":["projects/a/b"]})",
                 R"({"resourceNames":["projects/demo-project"],"orderBy":"timestamp"})",
                 R"({"resourceNames":["projects/demo-project"],"pageSize":-1})",
                 R"({"resourceNames":["projects/demo-project"],"limit":1})");
    CHECK(logs.ask(body).status == 400);
}

TEST_CASE("only readers of the log may read, and only their project's") {
    Logs logs{{"a"}};
    CHECK(logs.ask(R"({"resourceNames":["projects/other"]})").body == "{}\n");
    CHECK(boost::json::parse(logs.ask(R"({"resourceNames":["projects/123456789012"]})").body)
              .as_object()
              .contains("entries"));
    logs.sandbox.logging.readers = {"b@example.com"};
    const auto refused = logs.ask(R"({"resourceNames":["projects/demo-project"]})");
    CHECK(refused.status == 403);
    CHECK_THAT(message_of(refused), ContainsSubstring("logging.logEntries.list"));
}
