#include "bigquery_fixture.hpp"

namespace sheetbq::sandbox {
namespace {

const std::string options =
    R"({"schema":{"fields":[{"name":"a","type":"STRING"}]},"writeDisposition":"WRITE_TRUNCATE"})";
constexpr std::size_t quantum = 262'144;

std::string range_of(const Answer& answer) {
    return std::string{answer.headers.find("range").value_or("none")};
}

TEST_CASE("an upload session begins with 200, a Location and no body") {
    BigQueryFixture google;

    const auto answer = google.begin(google.job("j1", options));

    CHECK(answer.status == 200);
    CHECK(answer.body.empty());
    CHECK_THAT(std::string{answer.headers.find("location").value_or("")},
               ContainsSubstring("https://bigquery.googleapis.com/upload/bigquery/v2/projects/p/"
                                 "jobs?uploadType=resumable&upload_id="));
    CHECK(google.world.jobs.empty());
}

TEST_CASE("chunks are answered 308 with what is stored, the last one 200 with the job") {
    BigQueryFixture google;
    std::string session;
    google.begin(google.job("j1", options), &session);
    const auto data = std::string(quantum - 1, 'x') + "\n" + "end\n";

    const auto nothing = google.put(session, "bytes */*");
    const auto first =
        google.put(session, fmt::format("bytes 0-{}/*", quantum - 1), data.substr(0, quantum));
    const auto status = google.put(session, "bytes */*");
    const auto last =
        google.put(session, fmt::format("bytes {}-{}/{}", quantum, data.size() - 1, data.size()),
                   data.substr(quantum));

    CHECK(nothing.status == 308);
    CHECK(range_of(nothing) == "none");
    CHECK(first.status == 308);
    CHECK(range_of(first) == "bytes=0-262143");
    CHECK(range_of(status) == "bytes=0-262143");
    REQUIRE(last.status == 200);
    CHECK(json::parse(last.body).at("status").at("state").as_string() == "RUNNING");
    CHECK(failure(google.wait("j1")).empty());
    CHECK(google.table().rows.size() == 2);
}

TEST_CASE("an upload of unknown length ends with an empty PUT that tells the total") {
    BigQueryFixture google;
    std::string session;
    google.begin(google.job("j1", options), &session);
    google.put(session, fmt::format("bytes 0-{}/*", quantum - 1), std::string(quantum, 'x'));

    const auto answer = google.put(session, fmt::format("bytes */{}", quantum));

    CHECK(answer.status == 200);
    CHECK(failure(google.wait("j1")).empty());
    CHECK(google.table().rows.front().front()->size() == quantum);
}

TEST_CASE("an empty file loads no rows") {
    BigQueryFixture google;

    const auto job = google.load(options, "");

    CHECK(failure(job).empty());
    CHECK(job.at("statistics").at("load").at("outputRows").as_string() == "0");
    CHECK(google.table().rows.empty());
}

TEST_CASE("a chunk that is stored in part goes on where the server says") {
    BigQueryFixture google;
    std::string session;
    google.begin(google.job("j1", options), &session);
    const std::string data = "one\ntwo\nthree\n";

    const auto cut = google.put(session, "bytes 0-13/14", data, 5);
    const auto query = google.put(session, "bytes */14");
    const auto rest = google.put(session, "bytes 5-13/14", data.substr(5));

    CHECK(cut.status == 308);
    CHECK(range_of(cut) == "bytes=0-4");
    CHECK(range_of(query) == "bytes=0-4");
    CHECK(rest.status == 200);
    google.wait("j1");
    CHECK(google.table().rows == std::vector<Row>{{"one"}, {"two"}, {"three"}});
}

TEST_CASE("nothing of a chunk may be stored: 308 without a Range") {
    BigQueryFixture google;
    std::string session;
    google.begin(google.job("j1", options), &session);

    const auto answer = google.put(session, "bytes 0-3/4", "one\n", 0);

    CHECK(answer.status == 308);
    CHECK(range_of(answer) == "none");
}

TEST_CASE("bytes sent twice are stored once") {
    BigQueryFixture google;
    std::string session;
    google.begin(google.job("j1", options), &session);
    google.put(session, "bytes 0-7/8", "one\ntwo\n", 5);

    const auto answer = google.put(session, "bytes 0-7/8", "one\ntwo\n");

    CHECK(answer.status == 200);
    google.wait("j1");
    CHECK(google.table().rows == std::vector<Row>{{"one"}, {"two"}});
}

TEST_CASE("after the end a session answers the same job again") {
    BigQueryFixture google;
    std::string session;
    google.begin(google.job("j1", options), &session);
    const auto first = google.put(session, "bytes 0-3/4", "one\n");

    const auto query = google.put(session, "bytes */4");
    const auto again = google.put(session, "bytes 0-3/4", "one\n");

    CHECK(query.status == 200);
    CHECK(query.body == first.body);
    CHECK(again.body == first.body);
    CHECK(google.world.jobs.size() == 1);
}

TEST_CASE("wrong chunks are refused and change nothing") {
    const auto [range, body, expected] = GENERATE(table<std::string, std::string, std::string>({
        {"bytes 0-99/*", std::string(100, 'x'), "must be a multiple of 262144 bytes"},
        {"bytes 0-99/1000", std::string(100, 'x'), "must be a multiple of 262144 bytes"},
        {"bytes 4-7/8", "abcd", "exceeds already uploaded size of 0 byte(s)"},
        {"bytes 0-1/2", "abcd", "There should have been 2 byte(s)"},
        {"bytes */4", "abcd", "has no body"},
        {"bytes 0-3/3", "abcd", "Failed to parse Content-Range"},
        {"bytes 3-0/4", "abcd", "Failed to parse Content-Range"},
        {"bytes 0-3", "abcd", "Failed to parse Content-Range"},
        {"0-3/4", "abcd", "Failed to parse Content-Range"},
        {"bytes a-3/4", "abcd", "Failed to parse Content-Range"},
        {"bytes 0-3/x", "abcd", "Failed to parse Content-Range"},
    }));
    CAPTURE(range);
    BigQueryFixture google;
    std::string session;
    google.begin(google.job("j1", options), &session);

    const auto answer = google.put(session, range, body);

    CHECK(answer.status == 400);
    CHECK_THAT(message(answer), ContainsSubstring(expected));
    CHECK(google.world.uploads.begin()->second.data.empty());
    CHECK(google.world.jobs.empty());
}

TEST_CASE("the total may not change during an upload") {
    BigQueryFixture google;
    std::string session;
    google.begin(google.job("j1", options), &session);
    google.put(session, "bytes */10");

    CHECK_THAT(message(google.put(session, "bytes 0-3/4", "one\n")),
               ContainsSubstring("does not match the size 10 given before"));
}

TEST_CASE("unknown sessions are 404, broken ones 410, other people's 403") {
    BigQueryFixture google;
    std::string session;
    google.begin(google.job("j1", options), &session);

    CHECK(google
              .put("/upload/bigquery/v2/projects/p/jobs?uploadType=resumable&upload_id=x",
                   "bytes */*")
              .status == 404);
    google.account = "thief@x.y";
    CHECK(google.put(session, "bytes */*").status == 403);
    google.account = "etl@p.iam.gserviceaccount.com";
    google.world.uploads.begin()->second.gone = true;
    CHECK(google.put(session, "bytes */*").status == 410);
}

TEST_CASE("the resumable path prefix and a PUT without Content-Range work as well") {
    BigQueryFixture google;
    const auto begun = google.call(http::Method::post,
                                   "/resumable/upload/bigquery/v2/projects/p/"
                                   "jobs?uploadType=resumable",
                                   google.job("j1", options));
    const auto session = std::string{begun.headers.find("location").value_or("")}.substr(31);

    const auto answer = google.call(http::Method::put, session, "one\n");

    CHECK_THAT(session, ContainsSubstring("/resumable/upload/"));
    CHECK(answer.status == 200);
    google.wait("j1");
    CHECK(google.table().rows.size() == 1);
}

TEST_CASE("a multipart upload carries job and data in one call") {
    BigQueryFixture google;
    const auto target = "/upload/bigquery/v2/projects/p/jobs?uploadType=multipart";
    const auto body = "--B\r\nContent-Type: application/json; charset=UTF-8\r\n\r\n" +
                      google.job("j1", options) +
                      "\r\n--B\r\nContent-Type: */*\r\n\r\none\n--x\r\ntwo\n\r\n--B--";

    const auto answer = google.call(http::Method::post, target, body,
                                    {{"content-type", "multipart/related; boundary=\"B\""}});

    REQUIRE(answer.status == 200);
    google.wait("j1");
    CHECK(google.table().rows == std::vector<Row>{{"one"}, {"--x"}, {"two"}});
}

TEST_CASE("malformed multipart bodies are refused") {
    BigQueryFixture google;
    const auto part = "--B\r\nContent-Type: application/json\r\n\r\n" + google.job("j1", options);
    const std::string data = "\r\n--B\r\nContent-Type: */*\r\n\r\none\n";
    const auto [type, body, expected] = GENERATE_COPY(table<std::string, std::string, std::string>({
        {"multipart/related; boundary=B", part + data, "end boundary"},
        {"multipart/related; boundary=B", part + "\r\n--B--", "exactly two parts"},
        {"multipart/related; boundary=B", part + data + data + "\r\n--B--", "exactly two parts"},
        {"multipart/related; boundary=C", part + data + "\r\n--B--", "Malformed"},
        {"multipart/related", part + data + "\r\n--B--", "with a boundary"},
        {"application/json", part + data + "\r\n--B--", "multipart/related"},
    }));
    CAPTURE(type, body);

    const auto answer =
        google.call(http::Method::post, "/upload/bigquery/v2/projects/p/jobs?uploadType=multipart",
                    body, {{"content-type", type}});

    CHECK(answer.status == 400);
    CHECK_THAT(message(answer), ContainsSubstring(expected));
    CHECK(google.world.jobs.empty());
}

TEST_CASE("gzip data is inflated; broken gzip fails the job and changes nothing") {
    const auto whole = gzip_member("one\ntwo\n");
    auto corrupt = whole;
    corrupt[corrupt.size() / 2] = static_cast<char>(~corrupt[corrupt.size() / 2]);
    BigQueryFixture google;
    google.load(options, whole);

    const auto broken = google.load(options, corrupt);
    const auto cut = google.load(options, whole.substr(0, whole.size() - 3));
    const auto longer = google.load(options, whole + "x");

    for (const auto& job : {broken, cut, longer}) {
        CHECK_THAT(failure(job), ContainsSubstring("Failed to decompress gzip data"));
        CHECK(failure_reason(job) == "invalid");
    }
    CHECK(google.table().rows == std::vector<Row>{{"one"}, {"two"}});
}

}  // namespace
}  // namespace sheetbq::sandbox
