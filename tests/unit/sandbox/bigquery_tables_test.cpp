#include "bigquery_fixture.hpp"

namespace sheetbq::sandbox {
namespace {

const std::string dataset_path = "/bigquery/v2/projects/p/datasets/d";
const std::string table_path = dataset_path + "/tables/t";

json::object get(BigQueryFixture& google, const std::string& target) {
    const auto answer = google.get(target);
    INFO(answer.body);
    REQUIRE(answer.status == 200);
    return json::parse(answer.body).as_object();
}

Answer patch(BigQueryFixture& google, const std::string& body, http::Headers headers = {}) {
    return google.call(http::Method::patch, table_path, body, std::move(headers));
}

void make_table(BigQueryFixture& google) {
    const auto answer = google.call(http::Method::post, dataset_path + "/tables", R"({
        "tableReference":{"projectId":"p","datasetId":"d","tableId":"t"},
        "description":"orders","labels":{"a":"1"},
        "schema":{"fields":[{"name":"n","type":"INT64"},{"name":"s","type":"STRING"}]}})");
    REQUIRE(answer.status == 200);
    google.table().rows = {{"1", "x"}, {std::nullopt, "y"}, {"3", ""}};
}

TEST_CASE("datasets.get tells the location; unknown ones are not found") {
    BigQueryFixture google;
    google.dataset().location = "EU";

    const auto dataset = get(google, dataset_path);
    const auto unknown = google.get("/bigquery/v2/projects/p/datasets/x");

    CHECK(dataset.at("location").as_string() == "EU");
    CHECK(dataset.at("id").as_string() == "p:d");
    CHECK(unknown.status == 404);
    CHECK(reason(unknown) == "notFound");
    CHECK(message(unknown) == "Not found: Dataset p:x");
}

TEST_CASE("tables.get shows storage statistics except in the BASIC view") {
    BigQueryFixture google;
    make_table(google);

    const auto all = get(google, table_path);
    const auto basic = get(google, table_path + "?view=BASIC");

    CHECK(all.at("numRows").as_string() == "3");
    CHECK(all.at("lastModifiedTime").as_string() == "1769846400000");
    CHECK(all.at("type").as_string() == "TABLE");
    CHECK(all.at("description").as_string() == "orders");
    CHECK(json::serialize(all.at("schema").at("fields")) ==
          R"([{"name":"n","type":"INTEGER","mode":"NULLABLE"},)"
          R"({"name":"s","type":"STRING","mode":"NULLABLE"}])");
    for (const auto* name : {"numRows", "numBytes", "numLongTermBytes", "lastModifiedTime"})
        CHECK(basic.if_contains(name) == nullptr);
    CHECK(basic.at("schema") == all.at("schema"));
    CHECK(google.get(table_path + "?view=TINY").status == 400);
}

TEST_CASE("an empty table has numRows 0") {
    BigQueryFixture google;
    make_table(google);
    google.table().rows.clear();

    CHECK(get(google, table_path).at("numRows").as_string() == "0");
}

TEST_CASE("tables.insert refuses what exists, bad ids, bad schemas and unknown fields") {
    BigQueryFixture google;
    make_table(google);
    const auto insert = [&](const std::string& body) {
        return google.call(http::Method::post, dataset_path + "/tables", body);
    };

    const auto again = insert(R"({"tableReference":{"tableId":"t"}})");
    CHECK(again.status == 409);
    CHECK(reason(again) == "duplicate");
    CHECK(message(again) == "Already Exists: Table p:d.t");
    CHECK_THAT(message(insert(R"({"tableReference":{"tableId":"a$b"}})")),
               ContainsSubstring("Invalid table ID"));
    CHECK_THAT(message(insert("{}")), ContainsSubstring("Invalid table ID"));
    CHECK_THAT(message(insert(R"({"tableReference":{"tableId":"u"},"rows":[]})")),
               ContainsSubstring("Unknown name \"rows\""));
    CHECK_THAT(message(insert(R"({"tableReference":{"tableId":"u"},
        "schema":{"fields":[{"name":"a","type":"X"}]}})")),
               ContainsSubstring("Invalid value for type"));
    CHECK(google.dataset().tables.size() == 1);
}

TEST_CASE("tables.patch adds NULLABLE columns and changes texts") {
    BigQueryFixture google;
    make_table(google);
    const auto before = get(google, table_path).at("etag");
    google.world.now_ms += 1;

    const auto answer = patch(google, R"({"description":"new","labels":{"a":null,"b":"2"},
        "schema":{"fields":[{"name":"n","type":"INTEGER","description":"number"},
                            {"name":"s","type":"STRING"},{"name":"d","type":"DATE"}]}})");
    const auto table = get(google, table_path);

    CHECK(answer.status == 200);
    CHECK(table.at("etag") != before);
    CHECK(table.at("description").as_string() == "new");
    CHECK(json::serialize(table.at("labels")) == R"({"b":"2"})");
    CHECK(table.at("schema").at("fields").as_array().size() == 3);
    CHECK(table.at("schema").at("fields").at(0).at("description").as_string() == "number");
    CHECK(google.table().rows.at(0) == Row{"1", "x", std::nullopt});
    CHECK(table.at("lastModifiedTime").as_string() == "1769846400001");
}

TEST_CASE("tables.patch refuses to remove or change columns in Google's words") {
    const auto [fields, expected] = GENERATE(table<std::string, std::string>({
        {R"([{"name":"n","type":"INTEGER"}])",
         "Provided Schema does not match Table p:d.t. Field s is missing in new schema"},
        {R"([{"name":"n","type":"STRING"},{"name":"s","type":"STRING"}])",
         "Provided Schema does not match Table p:d.t. Field n has changed type from INTEGER to "
         "STRING"},
        {R"([{"name":"n","type":"FLOAT64"},{"name":"s","type":"STRING"}])",
         "Provided Schema does not match Table p:d.t. Field n has changed type from INTEGER to "
         "FLOAT"},
        {R"([{"name":"n","type":"INTEGER","mode":"REQUIRED"},{"name":"s","type":"STRING"}])",
         "Provided Schema does not match Table p:d.t. Field n has changed mode from NULLABLE to "
         "REQUIRED"},
        {R"([{"name":"n","type":"INTEGER"},{"name":"s","type":"STRING"},
             {"name":"r","type":"DATE","mode":"REQUIRED"}])",
         "Provided Schema does not match Table p:d.t. Cannot add required fields to an existing "
         "schema. (field: r)"},
    }));
    CAPTURE(fields);
    BigQueryFixture google;
    make_table(google);
    const auto before = google.table().fields;

    const auto answer =
        patch(google, "{\"description\":\"new\",\"schema\":{\"fields\":" + fields + "}}");

    CHECK(answer.status == 400);
    CHECK(reason(answer) == "invalid");
    CHECK(message(answer) == expected);
    CHECK(google.table().fields == before);
    CHECK(google.table().description == "orders");
}

TEST_CASE("tables.patch with an old etag is refused") {
    BigQueryFixture google;
    make_table(google);
    const std::string etag{get(google, table_path).at("etag").as_string()};

    CHECK(patch(google, R"({"description":"1"})", {{"If-Match", etag}}).status == 200);
    const auto late = patch(google, R"({"description":"2"})", {{"If-Match", etag}});
    CHECK(late.status == 412);
    CHECK(reason(late) == "conditionNotMet");
    CHECK(google.table().description == "1");
}

TEST_CASE("tables.delete removes the table once") {
    BigQueryFixture google;
    make_table(google);

    CHECK(google.call(http::Method::del, table_path).status == 204);
    CHECK(google.call(http::Method::del, table_path).status == 404);
    CHECK(message(google.get(table_path)) == "Not found: Table p:d.t");
}

TEST_CASE("tables.list names every table") {
    BigQueryFixture google;
    make_table(google);

    CHECK(get(google, dataset_path + "/tables")
              .at("tables")
              .at(0)
              .at("tableReference")
              .at("tableId")
              .as_string() == "t");
}

TEST_CASE("tabledata.list shows every scalar as text, page by page") {
    BigQueryFixture google;
    make_table(google);

    const auto first = get(google, table_path + "/data?maxResults=2");
    const std::string token{first.at("pageToken").as_string()};
    const auto second = get(google, table_path + "/data?maxResults=2&pageToken=" + token);
    const auto selected = get(google, table_path + "/data?startIndex=2&selectedFields=S");

    CHECK(first.at("totalRows").as_string() == "3");
    CHECK(json::serialize(first.at("rows")) ==
          R"([{"f":[{"v":"1"},{"v":"x"}]},{"f":[{"v":null},{"v":"y"}]}])");
    CHECK(json::serialize(second.at("rows")) == R"([{"f":[{"v":"3"},{"v":""}]}])");
    CHECK(second.if_contains("pageToken") == nullptr);
    CHECK(json::serialize(selected.at("rows")) == R"([{"f":[{"v":""}]}])");
    CHECK(google.get(table_path + "/data?selectedFields=zzz").status == 400);
    CHECK(google.get(table_path + "/data?maxResults=-1").status == 400);
    CHECK(google.get(table_path + "/data?pageToken=x").status == 400);
}

TEST_CASE("tabledata.list shows timestamps as float seconds, or as microseconds when asked") {
    BigQueryFixture google;
    google.load(R"({"schema":{"fields":[{"name":"t","type":"TIMESTAMP"}]}})",
                "2020-09-13 12:26:40\n2020-09-13 12:26:40.25\n1970-01-01 00:00:00\n");

    CHECK(json::serialize(get(google, table_path + "/data").at("rows")) ==
          R"([{"f":[{"v":"1.6E9"}]},{"f":[{"v":"1.60000000025E9"}]},{"f":[{"v":"0.0"}]}])");
    CHECK(
        json::serialize(
            get(google, table_path + "/data?formatOptions.useInt64Timestamp=true").at("rows")) ==
        R"([{"f":[{"v":"1600000000000000"}]},{"f":[{"v":"1600000000250000"}]},{"f":[{"v":"0"}]}])");
}

TEST_CASE("tabledata.list takes True as Google's Python client writes it") {
    BigQueryFixture google;
    google.load(R"({"schema":{"fields":[{"name":"t","type":"TIMESTAMP"}]}})", "1\n");

    CHECK(json::serialize(
              get(google, table_path + "/data?formatOptions.useInt64Timestamp=True").at("rows")) ==
          R"([{"f":[{"v":"1000000"}]}])");
}

TEST_CASE("who may not read or write is told which permission is missing") {
    BigQueryFixture google;
    make_table(google);
    google.dataset().readers = {"other@x.y"};
    google.dataset().writers = {"other@x.y"};
    const auto denied_for = [](const Answer& answer, const std::string& permission) {
        INFO(answer.body);
        return answer.status == 403 && reason(answer) == "accessDenied" &&
               message(answer).find("Permission " + permission + " denied on") != std::string::npos;
    };

    CHECK(denied_for(google.get(dataset_path), "bigquery.datasets.get"));
    CHECK(denied_for(google.get(table_path), "bigquery.tables.get"));
    CHECK(denied_for(google.get(table_path + "/data"), "bigquery.tables.getData"));
    CHECK(denied_for(google.get(dataset_path + "/tables"), "bigquery.tables.list"));
    CHECK(denied_for(patch(google, "{}"), "bigquery.tables.update"));
    CHECK(denied_for(google.call(http::Method::del, table_path), "bigquery.tables.delete"));
    CHECK(denied_for(google.call(http::Method::post, dataset_path + "/tables", "{}"),
                     "bigquery.tables.create"));
}

TEST_CASE("a call that BigQuery does not have is 404") {
    BigQueryFixture google;

    CHECK(google.get("/bigquery/v2/projects/p/models").status == 404);
    CHECK(google.call(http::Method::put, table_path).status == 404);
}

}  // namespace
}  // namespace sheetbq::sandbox
