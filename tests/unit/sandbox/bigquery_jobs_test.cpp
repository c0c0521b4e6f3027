#include "bigquery_fixture.hpp"

namespace sheetbq::sandbox {
namespace {

const std::string truncating =
    R"({"schema":{"fields":[{"name":"a","type":"STRING"}]},"writeDisposition":"WRITE_TRUNCATE"})";
const std::string jobs = "/bigquery/v2/projects/p/jobs";
const std::string queries = "/bigquery/v2/projects/p/queries";

json::object query_body(const std::string& sql) {
    return {{"query", sql}, {"useLegacySql", false}};
}

TEST_CASE("a job has what Google's clients read") {
    BigQueryFixture google;
    google.upload(google.job("j1", truncating), "x\n");
    google.world.now_ms += 2500;

    const auto job = google.wait("j1");

    CHECK(job.at("kind").as_string() == "bigquery#job");
    CHECK(job.at("id").as_string() == "p:US.j1");
    CHECK(json::serialize(job.at("jobReference")) ==
          R"({"projectId":"p","jobId":"j1","location":"US"})");
    CHECK(job.at("selfLink").as_string() ==
          "https://bigquery.googleapis.com/bigquery/v2/projects/p/jobs/j1?location=US");
    CHECK(job.at("user_email").as_string() == "etl@p.iam.gserviceaccount.com");
    CHECK(job.at("configuration").at("jobType").as_string() == "LOAD");
    CHECK(job.at("configuration").at("load").at("destinationTable").at("tableId").as_string() ==
          "t");
    CHECK(job.at("statistics").at("startTime").as_string() == "1769846400000");
    CHECK(job.at("statistics").at("endTime").as_string() == "1769846402500");
    CHECK(json::serialize(job.at("status")) == R"({"state":"DONE"})");
}

TEST_CASE("a job runs for as many polls as the world says, and is hidden before that") {
    BigQueryFixture google;
    google.world.hidden_polls = 2;
    google.world.polls_until_done = 1;
    google.upload(google.job("j1", truncating), "x\n");
    const auto poll = [&] { return google.get(jobs + "/j1?location=US"); };

    CHECK(poll().status == 404);
    CHECK(poll().status == 404);
    CHECK_THAT(poll().body, ContainsSubstring("\"RUNNING\""));
    CHECK(google.dataset().tables.empty());
    CHECK_THAT(poll().body, ContainsSubstring("\"DONE\""));
    CHECK(google.table().rows.size() == 1);
    CHECK_THAT(poll().body, ContainsSubstring("\"DONE\""));
    CHECK(google.table().rows.size() == 1);
}

TEST_CASE("the same job id twice is 409, at the session's start and at its end") {
    BigQueryFixture google;
    std::string first;
    std::string second;
    google.begin(google.job("j1", truncating), &first);
    google.begin(google.job("j1", truncating), &second);

    const auto won = google.put(first, "bytes 0-1/2", "x\n");
    const auto lost = google.put(second, "bytes 0-1/2", "y\n");
    const auto late = google.begin(google.job("j1", truncating));

    CHECK(won.status == 200);
    for (const auto& answer : {lost, late}) {
        CHECK(answer.status == 409);
        CHECK(reason(answer) == "duplicate");
        CHECK(message(answer) == "Already Exists: Job p:US.j1");
    }
    CHECK(failure(google.wait("j1")).empty());
    CHECK(google.table().rows == std::vector<Row>{{"x"}});
}

TEST_CASE("a failed job's id stays taken") {
    BigQueryFixture google;
    google.world.next_job_errors = {{"backendError", "Error encountered during execution."}};
    google.upload(google.job("j1", truncating), "x\n");

    const auto job = google.wait("j1");
    const auto again = google.begin(google.job("j1", truncating));
    const auto next = google.upload(google.job("j2", truncating), "x\n");

    CHECK(failure_reason(job) == "backendError");
    CHECK(failure(job) == "Error encountered during execution.");
    CHECK(again.status == 409);
    CHECK(next.status == 200);
    CHECK(failure(google.wait("j2")).empty());
}

TEST_CASE("a cancelled job ends as stopped and changes nothing") {
    BigQueryFixture google;
    google.world.polls_until_done = 5;
    google.upload(google.job("j1", truncating), "x\n");

    const auto answer = google.post(jobs + "/j1/cancel?location=US", json::object{});
    const auto job = google.wait("j1");

    CHECK(answer.status == 200);
    CHECK_THAT(answer.body, ContainsSubstring("bigquery#jobCancelResponse"));
    CHECK(failure_reason(job) == "stopped");
    CHECK(google.dataset().tables.empty());
}

TEST_CASE("a job that is done cannot be cancelled any more") {
    BigQueryFixture google;
    google.load(truncating, "x\n");

    google.post(jobs + "/j1/cancel?location=US", json::object{});

    CHECK(failure(google.wait("j1")).empty());
}

TEST_CASE("jobs outside US and EU are found only where they are") {
    BigQueryFixture google;
    google.dataset().location = "europe-west3";
    auto resource = json::parse(google.job("j1", truncating));
    resource.at("jobReference").as_object()["location"] = "EUROPE-WEST3";

    CHECK(google.upload(json::serialize(resource), "x\n").status == 200);
    CHECK(google.get(jobs + "/j1").status == 404);
    const auto wrong = google.get(jobs + "/j1?location=US");
    CHECK(wrong.status == 404);
    CHECK(message(wrong) == "Not found: Job p:US.j1");
    CHECK(google.get(jobs + "/j1?location=europe-west3").status == 200);
}

TEST_CASE("a job in another place than its dataset is refused, US where none is said") {
    BigQueryFixture google;
    google.dataset().location = "EU";
    auto resource = json::parse(google.job("j1", truncating));

    const auto named = google.begin(json::serialize(resource));
    resource.at("jobReference").as_object().erase("location");
    const auto unnamed = google.begin(json::serialize(resource));

    for (const auto& answer : {named, unnamed}) {
        CHECK(answer.status == 404);
        CHECK(reason(answer) == "notFound");
        CHECK(message(answer) == "Not found: Dataset p:d was not found in location US");
    }
}

TEST_CASE("who may not create jobs or write tables is told which permission is missing") {
    BigQueryFixture google;
    google.dataset().writers = {"other@x.y"};

    const auto create = google.begin(google.job("j1", truncating));
    google.dataset().tables["t"];
    const auto update = google.begin(google.job("j1", truncating));
    google.world.job_users = {"other@x.y"};
    const auto no_job = google.begin(google.job("j1", truncating));

    CHECK(create.status == 403);
    CHECK(reason(create) == "accessDenied");
    CHECK(message(create) ==
          "Access Denied: Dataset p:d: Permission bigquery.tables.create denied on dataset p:d (or "
          "it may not exist).");
    CHECK(message(update) ==
          "Access Denied: Table p:d.t: Permission bigquery.tables.updateData denied on table p:d.t "
          "(or it may not exist).");
    CHECK(message(no_job) ==
          "Access Denied: Project p: User does not have bigquery.jobs.create permission in project "
          "p.");
}

TEST_CASE("bad job resources are refused at once") {
    const auto [body, status, expected] = GENERATE(table<std::string, int, std::string>({
        {"not json", 400, "Invalid JSON payload"},
        {"[]", 400, "Invalid JSON payload"},
        {R"({"configuration":{"load":{}},"jobreference":{}})", 400,
         "Unknown name \"jobreference\" at 'job'"},
        {R"({"configuration":{"load":{},"timeout":1}})", 400, "Unknown name \"timeout\""},
        {R"({"configuration":{}})", 400, "Required parameter is missing"},
        {R"({"jobReference":{"jobId":"a b"},"configuration":{"load":{}}})", 400,
         "Invalid job ID \"a b\""},
        {R"({"jobReference":{"projectId":"q"},"configuration":{"load":{}}})", 400,
         "does not agree"},
        {R"({"configuration":{"load":{},"labels":{"Big":"x"}}})", 400,
         "Label key \"Big\" is invalid"},
        {R"({"configuration":{"load":{},"labels":{"1a":"x"}}})", 400, "Label key"},
        {R"({"configuration":{"load":{},"labels":{"a":"x y"}}})", 400,
         "Label value \"x y\" is invalid"},
        {R"({"configuration":{"load":{},"labels":{"a":1}}})", 400, "TYPE_STRING"},
        {R"({"configuration":{"load":{"destinationTable":
             {"projectId":"p","datasetId":"x","tableId":"t"}}}})",
         404, "Not found: Dataset p:x"},
        {R"({"configuration":{"load":{"schemaUpdateOptions":"all","destinationTable":
             {"projectId":"p","datasetId":"d","tableId":"t"}}}})",
         400, "Invalid JSON payload"},
    }));
    CAPTURE(body);
    BigQueryFixture google;

    const auto answer = google.begin(body);

    CHECK(answer.status == status);
    CHECK_THAT(message(answer), ContainsSubstring(expected));
}

TEST_CASE("labels may have 63 characters and no more") {
    BigQueryFixture google;
    const auto begin = [&](std::size_t length) {
        auto resource = json::parse(google.job("j1", truncating));
        resource.at("configuration").as_object()["labels"] = {{"run", std::string(length, 'x')}};
        return google.begin(json::serialize(resource)).status;
    };

    CHECK(begin(63) == 200);
    CHECK(begin(64) == 400);
}

TEST_CASE("a load without an upload has no source; an unknown project is not found") {
    BigQueryFixture google;

    const auto answer = google.call(http::Method::post, jobs, google.job("j1", truncating));
    const auto unknown = google.call(http::Method::post, "/bigquery/v2/projects/q/jobs", "{}");

    CHECK_THAT(message(answer), ContainsSubstring("at least one source URI"));
    CHECK(unknown.status == 404);
}

TEST_CASE("a service that lies about the rows does so once") {
    BigQueryFixture google;
    google.world.output_rows_offset = -1;

    const auto lie = google.load(truncating, "x\ny\n");
    const auto truth = google.load(truncating, "x\ny\n");

    CHECK(lie.at("statistics").at("load").at("outputRows").as_string() == "1");
    CHECK(truth.at("statistics").at("load").at("outputRows").as_string() == "2");
}

TEST_CASE("jobs.list shows one's own jobs, or everybody's") {
    BigQueryFixture google;
    google.load(truncating, "x\n");
    google.account = "other@x.y";
    const auto size = [&](const std::string& target) {
        return json::parse(google.get(target).body).at("jobs").as_array().size();
    };

    CHECK(size(jobs) == 0);
    CHECK(size(jobs + "?allUsers=true") == 1);
}

TEST_CASE("ALTER TABLE widens columns, a query job at a time") {
    BigQueryFixture google;
    google.load(R"({"schema":{"fields":[{"name":"n","type":"INT64","description":"kept"},
        {"name":"m","type":"INT64"}]}})",
                "1,2\n,3\n");
    const json::object configuration{
        {"query", query_body("ALTER TABLE `p.d.t` ALTER COLUMN `N` SET DATA TYPE FLOAT64, "
                             "ALTER COLUMN m SET DATA TYPE NUMERIC;")}};
    const json::object job{{"jobReference", {{"projectId", "p"}, {"jobId", "alter"}}},
                           {"configuration", configuration}};

    const auto answer = google.post(jobs, job);
    const auto done = google.wait("alter");

    CHECK(answer.status == 200);
    CHECK(failure(done).empty());
    CHECK(done.at("statistics").at("query").at("statementType").as_string() == "ALTER_TABLE");
    CHECK(google.table().fields.at(0).at("type").as_string() == "FLOAT");
    CHECK(google.table().fields.at(0).at("description").as_string() == "kept");
    CHECK(google.table().fields.at(1).at("type").as_string() == "NUMERIC");
    CHECK(google.table().rows == std::vector<Row>{{"1.0", "2"}, {std::nullopt, "3"}});
}

TEST_CASE("ALTER TABLE refuses what is no widening") {
    BigQueryFixture google;
    google.load(truncating, "x\n");
    const auto alter = [&](const std::string& rest) {
        return google.post(queries, query_body("ALTER TABLE `p.d." + rest));
    };

    const auto narrow = alter("t` ALTER COLUMN a SET DATA TYPE INT64");
    const auto unknown_column = alter("t` ALTER COLUMN b SET DATA TYPE STRING");
    const auto unknown_table = alter("u` ALTER COLUMN a SET DATA TYPE STRING");
    const auto unknown_type = alter("t` ALTER COLUMN a SET DATA TYPE TEXT");

    CHECK(narrow.status == 400);
    CHECK(reason(narrow) == "invalidQuery");
    CHECK_THAT(message(narrow), ContainsSubstring("column type (STRING) is assignable to the new "
                                                  "type (INTEGER)"));
    CHECK(reason(unknown_column) == "invalidQuery");
    CHECK(unknown_table.status == 404);
    CHECK(reason(unknown_type) == "invalidQuery");
    CHECK(google.table().fields.at(0).at("type").as_string() == "STRING");
}

TEST_CASE("jobs.query answers small selects; other statements are invalid queries") {
    BigQueryFixture google;
    google.load(truncating, "x\ny\n");

    const auto one = google.post(queries, query_body("select 1"));
    const auto count = google.post(queries, query_body("SELECT COUNT(*) FROM `p.d.t`"));

    CHECK(json::parse(one.body).at("rows").at(0).at("f").at(0).at("v").as_string() == "1");
    CHECK(json::serialize(json::parse(count.body).at("rows")) == R"([{"f":[{"v":"2"}]}])");
    CHECK(json::serialize(json::parse(count.body).at("schema")) ==
          R"({"fields":[{"name":"f0_","type":"INTEGER","mode":"NULLABLE"}]})");
    CHECK(json::parse(count.body).at("jobComplete").as_bool());
    CHECK(reason(google.post(queries, query_body("DROP TABLE `p.d.t`"))) == "invalidQuery");
    CHECK(reason(google.post(queries, json::object{{"query", "SELECT 1"}})) == "invalidQuery");
    CHECK(google.post(queries, query_body("SELECT COUNT(*) FROM `p.d.u`")).status == 404);
}

TEST_CASE("a slow query is polled for its results; a request id is run once") {
    BigQueryFixture google;
    google.world.polls_until_done = 2;
    auto body = query_body("SELECT 1");
    body["requestId"] = "r1";

    const auto first = json::parse(google.post(queries, body).body);
    google.post(queries, body);
    const std::string id{first.at("jobReference").at("jobId").as_string()};
    const auto target = queries + "/" + id + "?location=US";

    CHECK_FALSE(first.at("jobComplete").as_bool());
    CHECK(google.world.jobs.size() == 1);
    CHECK_FALSE(json::parse(google.get(target).body).at("jobComplete").as_bool());
    CHECK_FALSE(json::parse(google.get(target).body).at("jobComplete").as_bool());
    const auto done = json::parse(google.get(target).body);
    CHECK(done.at("jobComplete").as_bool());
    CHECK(done.at("totalRows").as_string() == "1");
}

TEST_CASE("queries need permissions and the dataset's location") {
    BigQueryFixture google;
    google.load(truncating, "x\n");
    auto count = query_body("SELECT COUNT(*) FROM `p.d.t`");
    google.dataset().readers = {"other@x.y"};
    google.dataset().writers = {"other@x.y"};

    CHECK(google.post(queries, count).status == 403);
    CHECK(
        google.post(queries, query_body("ALTER TABLE `p.d.t` ALTER COLUMN a SET DATA TYPE STRING"))
            .status == 403);
    google.dataset().readers = {"*"};
    count["location"] = "EU";
    CHECK(message(google.post(queries, count)) ==
          "Not found: Dataset p:d was not found in location EU");
}

}  // namespace
}  // namespace sheetbq::sandbox
