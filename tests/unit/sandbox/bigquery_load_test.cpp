#include "bigquery_fixture.hpp"

#include <tuple>

namespace sheetbq::sandbox {
namespace {

/// Options with this schema (`name:TYPE` or `name:TYPE:MODE`, comma separated) and more members.
std::string with(const std::string& schema, const std::string& more = "") {
    json::array fields;
    for (const auto& column : BigQueryFixture::split_at(schema, ',')) {
        const auto parts = BigQueryFixture::split_at(column, ':');
        json::object field{{"name", parts.at(0)}, {"type", parts.at(1)}};
        if (parts.size() > 2) field["mode"] = parts[2];
        fields.push_back(field);
    }
    return "{\"schema\":{\"fields\":" + json::serialize(fields) + "}" + (more.empty() ? "" : ",") +
           more + "}";
}

const std::string truncate = R"("writeDisposition":"WRITE_TRUNCATE")";
const std::string truncate_data = R"("writeDisposition":"WRITE_TRUNCATE_DATA")";
const std::string addition = R"("schemaUpdateOptions":["ALLOW_FIELD_ADDITION"])";

std::string names(const Table& table) {
    std::string out;
    for (const auto& field : table.fields)
        out += std::string{field.at("name").as_string()} + ":" +
               std::string{field.at("type").as_string()} + " ";
    return out;
}

TEST_CASE("a load makes the table and tells what it read") {
    BigQueryFixture google;

    const auto job = google.load(with("n:INT64,s:STRING"), "1,a\n2,\n");

    CHECK(failure(job).empty());
    CHECK(json::serialize(job.at("statistics").at("load")) ==
          R"({"inputFiles":"1","inputFileBytes":"7","badRecords":"0","outputRows":"2",)"
          R"("outputBytes":"19"})");
    CHECK(google.table().rows == std::vector<Row>{{"1", "a"}, {"2", std::nullopt}});
    CHECK(names(google.table()) == "n:INTEGER s:STRING ");
    CHECK(google.table().modified_ms == google.world.now_ms);
}

TEST_CASE("null markers count only unquoted; quoted ones load as text and are counted") {
    BigQueryFixture google;

    const auto job = google.load(with("a:STRING,b:STRING", R"("nullMarker":"\\N")"),
                                 "\\N,\"\\N\"\n\"\",x\n,y\n");

    CHECK(failure(job).empty());
    CHECK(google.table().rows == std::vector<Row>{{std::nullopt, "\\N"}, {"", "x"}, {"", "y"}});
    CHECK(google.world.quoted_markers == 1);
}

TEST_CASE("with a null marker an empty cell is no number") {
    BigQueryFixture google;

    CHECK_THAT(error_at(google.load(with("a:INT64,b:STRING", R"("nullMarker":"\\N")"), ",x\n"), 1),
               ContainsSubstring("Could not parse '' as INT64 for field a"));
}

TEST_CASE("several null markers work, together with the single one they are refused") {
    BigQueryFixture google;

    google.load(with("a:INT64", R"("nullMarkers":["NA",""])"), "NA\n\n1\n");

    CHECK(google.table().rows == std::vector<Row>{{std::nullopt}, {std::nullopt}, {"1"}});
    CHECK_THAT(message(google.begin(
                   google.job("x", with("a:INT64", R"("nullMarkers":["NA"],"nullMarker":"")")))),
               ContainsSubstring("can't be set at the same time"));
}

TEST_CASE("quoted values load into any type") {
    BigQueryFixture google;

    const auto job = google.load(with("i:INT64,f:FLOAT64,b:BOOL,d:DATE"),
                                 "\"1\",\"2.5\",\"true\",\"2024-01-05\"\n");

    CHECK(failure(job).empty());
    CHECK(google.table().rows == std::vector<Row>{{"1", "2.5", "true", "2024-01-05"}});
}

TEST_CASE("a bad cell fails the job with Google's words and the row's byte offset") {
    BigQueryFixture google;

    const auto job = google.load(with("name:STRING,y:INT64", R"("skipLeadingRows":1)"),
                                 "name,y\nä,1\nb,x\nc,2\n");

    CHECK(failure_reason(job) == "invalid");
    CHECK(failure(job) ==
          "Error while reading data, error message: CSV table encountered too many errors, giving "
          "up. Rows: 2; errors: 1. Please look into the errors[] collection for more details.");
    CHECK(error_at(job, 0) == failure(job));
    CHECK(error_at(job, 1) ==
          "Error while reading data, error message: Could not parse 'x' as INT64 for field y "
          "(position 1) starting at location 12 with message 'Unable to parse'");
    CHECK(google.dataset().tables.empty());
}

TEST_CASE("malformed rows are told by their position") {
    const auto [schema, options, data, expected] =
        GENERATE(table<std::string, std::string, std::string, std::string>({
            {"a:STRING,b:STRING", "", "1,2\n3\n",
             "CSV table references column position 1, but line starting at position:4 contains "
             "only 1 columns."},
            {"a:STRING", "", "1\n2,3\n",
             "Too many values in row starting at position: 2. Found 2 column(s) while expected 1."},
            {"a:STRING", "", "1\n\"2\"x\n",
             "Error detected while parsing row starting at position: 2. Error: Data between close "
             "quote character (\") and field separator."},
            {"a:STRING", "", "\"1\n2\"\n",
             "Error detected while parsing row starting at position: 0. Error: Missing close quote "
             "character (\")."},
            {"a:STRING:REQUIRED", "", "1\n\n",
             "Required column value for column index: 0 is "
             "missing in row starting at position: 2"},
            {"a:BOOL", "", "2\n", "Could not parse '2' as BOOL for field a (position 0)"},
            {"a:STRING", R"("fieldDelimiter":";","quote":"'")", "'x;\n",
             "Missing close quote character"},
            {"a:INT64", R"("sourceFormat":"NEWLINE_DELIMITED_JSON")", "{\"a\":1}\n{\"b\":2}\n",
             "JSON parsing error in row starting at position 8: No such field: b."},
            {"a:INT64", R"("sourceFormat":"NEWLINE_DELIMITED_JSON")", "{\"a\":\n",
             "JSON parsing error in row starting at position 0"},
        }));
    CAPTURE(data);
    BigQueryFixture google;

    const auto job = google.load(with(schema, options), data);

    CHECK_THAT(failure(job), ContainsSubstring("encountered too many errors"));
    CHECK_THAT(error_at(job, 1), ContainsSubstring(expected));
}

TEST_CASE("options forgive what they should") {
    const auto [schema, options, data, expected] =
        GENERATE(table<std::string, std::string, std::string, std::vector<Row>>({
            {"a:STRING", R"("allowQuotedNewlines":true)", "\"1\n2\"\n", {{"1\n2"}}},
            {"a:STRING,b:INT64", R"("allowJaggedRows":true)", "1\n", {{"1", std::nullopt}}},
            {"a:STRING", R"("ignoreUnknownValues":true)", "1,2,3\n", {{"1"}}},
            {"a:STRING",
             R"("skipLeadingRows":"2","allowQuotedNewlines":true)",
             "\"h\nh\"\nh\n1\n",
             {{"1"}}},
            {"a:STRING", R"("skipLeadingRows":5)", "1\n", {}},
            {"a:INT64", R"("maxBadRecords":2)", "x\ny\n3\n", {{"3"}}},
            {"a:STRING", R"("preserveAsciiControlCharacters":true)", "\x01\n", {{"\x01"}}},
            {"a:STRING", R"("fieldDelimiter":"\\t")", "1,2\n", {{"1,2"}}},
            {"a:TIMESTAMP", R"("timeZone":"Asia/Kolkata")", "1970-01-01 05:30:00\n", {{"0"}}},
            {"a:INT64,b:STRING,c:JSON",
             R"("sourceFormat":"NEWLINE_DELIMITED_JSON")",
             "{\"b\":\"x\",\"A\":\"12\",\"c\":[1]}\n\n{\"a\":3,\"b\":null}\n",
             {{"12", "x", "[1]"}, {"3", std::nullopt, std::nullopt}}},
        }));
    CAPTURE(options, data);
    BigQueryFixture google;

    const auto job = google.load(with(schema, options), data);

    CHECK(failure(job).empty());
    CHECK(google.table().rows == expected);
}

TEST_CASE("bad records within the limit are reported and the job goes well") {
    BigQueryFixture google;

    const auto job = google.load(with("a:INT64", R"("maxBadRecords":1)"), "1\nx\n2\n");

    CHECK(failure(job).empty());
    CHECK(job.at("statistics").at("load").at("badRecords").as_string() == "1");
    CHECK(job.at("statistics").at("load").at("outputRows").as_string() == "2");
    CHECK_THAT(error_at(job, 0), ContainsSubstring("Could not parse 'x'"));
}

TEST_CASE("NUL is a bad character unless control characters are preserved") {
    BigQueryFixture google;
    const std::string data{"a\0b\n", 4};

    CHECK_THAT(error_at(google.load(with("a:STRING"), data), 1),
               ContainsSubstring("Bad character (ASCII 0)"));
    google.load(with("a:STRING", R"("preserveAsciiControlCharacters":true)"), data);
    CHECK(google.table().rows.at(0).at(0) == std::string("a\0b", 3));
}

TEST_CASE("WRITE_TRUNCATE replaces rows and schema, loses tags and policies, keeps table texts") {
    BigQueryFixture google;
    google.load(with("a:INT64,b:STRING"), "1,x\n");
    auto& table = google.table();
    table.description = "kept";
    table.row_access_policies.insert("mine");
    table.fields[0].as_object()["policyTags"] = json::object{{"names", json::array{"t"}}};

    const auto job = google.load(with("a:STRING,c:DATE", truncate), "y,2024-01-05\n");

    CHECK(failure(job).empty());
    CHECK(names(table) == "a:STRING c:DATE ");
    CHECK(table.rows == std::vector<Row>{{"y", "2024-01-05"}});
    CHECK(table.fields[0].as_object().if_contains("policyTags") == nullptr);
    CHECK(table.row_access_policies.empty());
    CHECK(table.description == "kept");
    CHECK(table.version == 2);
}

TEST_CASE("WRITE_TRUNCATE_DATA keeps schema, tags and policies and maps columns by name") {
    BigQueryFixture google;
    google.load(with("a:INT64,b:STRING"), "1,x\n");
    auto& table = google.table();
    table.row_access_policies.insert("mine");
    table.fields[0].as_object()["description"] = "tagged";

    const auto job = google.load(with("B:STRING,a:INT64", truncate_data), "y,2\n");

    CHECK(failure(job).empty());
    CHECK(names(table) == "a:INTEGER b:STRING ");
    CHECK(table.rows == std::vector<Row>{{"2", "y"}});
    CHECK(table.fields[0].at("description").as_string() == "tagged");
    CHECK(table.row_access_policies.count("mine") == 1);
}

TEST_CASE("WRITE_TRUNCATE_DATA and WRITE_APPEND add columns only when told to") {
    const auto write =
        GENERATE(as<std::string>{}, truncate_data, R"("writeDisposition":"WRITE_APPEND")");
    CAPTURE(write);
    BigQueryFixture google;
    google.load(with("a:INT64"), "1\n");

    const auto refused = google.load(with("a:INT64,n:DATE", write), "2,2024-01-05\n");
    const auto added =
        google.load(with("a:INT64,n:DATE", write + "," + addition), "2,2024-01-05\n");
    const auto required =
        google.load(with("a:INT64,r:DATE:REQUIRED", write + "," + addition), "2,2024-01-05\n");

    CHECK(failure(refused) ==
          "Provided Schema does not match Table p:d.t. Cannot add fields (field: n)");
    CHECK(failure(added).empty());
    CHECK(names(google.table()) == "a:INTEGER n:DATE ");
    CHECK(google.table().rows.back() == Row{"2", "2024-01-05"});
    CHECK(google.table().rows.front().size() == 2);
    CHECK_THAT(failure(required), ContainsSubstring("Cannot add required fields"));
}

TEST_CASE("WRITE_APPEND is the default: missing columns become NULL, other types are refused") {
    BigQueryFixture google;
    google.load(with("a:INT64,b:STRING"), "1,x\n");

    CHECK(failure(google.load(with("b:STRING"), "y\n")).empty());
    CHECK(google.table().rows == std::vector<Row>{{"1", "x"}, {std::nullopt, "y"}});
    CHECK(failure(google.load(with("a:STRING"), "z\n")) ==
          "Provided Schema does not match Table p:d.t. Field a has changed type from INTEGER to "
          "STRING");
    CHECK(failure(google.load(with("a:INT64:REQUIRED"), "1\n")) ==
          "Provided Schema does not match Table p:d.t. Field a has changed mode from NULLABLE to "
          "REQUIRED");
    CHECK(failure(google.load("{}", "3,z\n")).empty());
    CHECK(google.table().rows.back() == Row{"3", "z"});
}

TEST_CASE("a REQUIRED column may not be left out, and is relaxed only when told to") {
    BigQueryFixture google;
    google.load(with("a:INT64:REQUIRED,b:STRING"), "1,x\n");

    CHECK_THAT(failure(google.load(with("b:STRING"), "y\n")),
               ContainsSubstring("Field a is missing in new schema"));
    CHECK_THAT(failure(google.load(with("a:INT64,b:STRING"), ",y\n")),
               ContainsSubstring("Field a has changed mode from REQUIRED to NULLABLE"));
    CHECK(failure(google.load(with("a:INT64,b:STRING",
                                   R"("schemaUpdateOptions":["ALLOW_FIELD_RELAXATION"])"),
                              ",y\n"))
              .empty());
    CHECK(google.table().fields.at(0).at("mode").as_string() == "NULLABLE");
}

TEST_CASE("WRITE_EMPTY refuses a table with rows, CREATE_NEVER one that is not there") {
    BigQueryFixture google;
    const auto empty = R"("writeDisposition":"WRITE_EMPTY")";

    const auto never = google.load(with("a:INT64", R"("createDisposition":"CREATE_NEVER")"), "1\n");
    const auto first = google.load(with("a:INT64", empty), "1\n");
    const auto second = google.load(with("a:INT64", empty), "2\n");

    CHECK(failure(never) == "Not found: Table p:d.t");
    CHECK(failure_reason(never) == "notFound");
    CHECK(failure(first).empty());
    CHECK(failure(second) == "Already Exists: Table p:d.t");
    CHECK(failure_reason(second) == "duplicate");
    CHECK(google.table().rows == std::vector<Row>{{"1"}});
}

TEST_CASE("a table without schema needs one in the job; a view takes no rows") {
    BigQueryFixture google;

    CHECK(failure(google.load("{}", "1\n")) == "No schema specified on job or table.");
    google.dataset().tables["t"].type = "VIEW";
    CHECK_THAT(failure(google.load(with("a:INT64", truncate), "1\n")),
               ContainsSubstring("because it is currently a VIEW"));
}

TEST_CASE("table properties are set on a new table and must agree with an old one") {
    BigQueryFixture google;
    const auto described =
        R"("destinationTableProperties":{"description":"one","labels":{"k":"v"}})";

    google.load(with("a:INT64", described), "1\n");
    const auto same = google.load(with("a:INT64", described), "2\n");
    const auto other = google.load(
        with("a:INT64", R"("destinationTableProperties":{"description":"two"})"), "3\n");

    CHECK(google.table().description == "one");
    CHECK(google.table().labels.at("k").as_string() == "v");
    CHECK(failure(same).empty());
    CHECK_THAT(failure(other), ContainsSubstring("do not match existing table"));
}

TEST_CASE("a load that fails changes nothing, whatever its disposition") {
    const auto write = GENERATE(as<std::string>{}, truncate, truncate_data,
                                R"("writeDisposition":"WRITE_APPEND")");
    CAPTURE(write);
    BigQueryFixture google;
    google.load(with("a:INT64"), "1\n");
    const auto before = google.table().fields;
    const auto modified = google.table().modified_ms;
    google.world.now_ms += 1000;

    const auto job = google.load(with("a:INT64", write), "2\n3\nx\n");

    CHECK_FALSE(failure(job).empty());
    CHECK(job.at("statistics").at("load").as_object().if_contains("outputRows") == nullptr);
    CHECK(google.table().rows == std::vector<Row>{{"1"}});
    CHECK(google.table().fields == before);
    CHECK(google.table().modified_ms == modified);
    CHECK(google.table().version == 1);
}

TEST_CASE("bad load configurations are refused before any data is taken") {
    const auto [load, expected] = GENERATE(table<std::string, std::string>({
        {R"({"destinationTabel":{}})",
         "Unknown name \"destinationTabel\" at "
         "'job.configuration.load'"},
        {R"({"writeDisposition":"REPLACE"})", "Invalid value for writeDisposition"},
        {R"({"createDisposition":"MAYBE"})", "Invalid value for createDisposition"},
        {R"({"sourceFormat":"GOOGLE_SHEETS"})", "Invalid value for sourceFormat"},
        {R"({"fieldDelimiter":"ab"})", "Invalid value for fieldDelimiter"},
        {R"({"quote":"ä"})", "Invalid value for quote"},
        {R"({"encoding":"EBCDIC"})", "Invalid value for encoding"},
        {R"({"timeZone":"Mars/Olympus"})", "Invalid time zone"},
        {R"({"skipLeadingRows":-1})", "Invalid value for skipLeadingRows"},
        {R"({"maxBadRecords":"x"})", "TYPE_INT64"},
        {R"({"allowJaggedRows":"yes"})", "TYPE_BOOL"},
        {R"({"schema":{"fields":[{"name":"a.b","type":"STRING"}]}})", "Invalid field name"},
        {R"({"schema":{"columns":[]}})", "Unknown name \"columns\""},
        {R"({"schemaUpdateOptions":["ALLOW_ALL"]})", "Invalid value for schemaUpdateOptions"},
        {R"({"writeDisposition":"WRITE_TRUNCATE","schemaUpdateOptions":["ALLOW_FIELD_ADDITION"]})",
         "Schema update options should only be specified with WRITE_APPEND"},
        {R"({"writeDisposition":"WRITE_EMPTY","schemaUpdateOptions":["ALLOW_FIELD_ADDITION"]})",
         "Schema update options should only be specified with WRITE_APPEND"},
        {R"({"sourceFormat":"NEWLINE_DELIMITED_JSON","columnNameCharacterMap":"STRICT"})",
         "not supported for this source format"},
        {R"({"destinationTable":{"projectId":"p","datasetId":"d"}})", "destinationTable"},
        {R"({"destinationTable":{"projectId":"p","datasetId":"d","tableId":"a.b"}})",
         "Invalid table ID"},
        {R"({"autodetect":true})", "autodetect"},
        {R"({"timePartitioning":{"type":"DAY"}})", "timePartitioning"},
    }));
    CAPTURE(load);
    BigQueryFixture google;

    const auto answer = google.begin(google.job("j1", load));

    CHECK(answer.status == 400);
    CHECK(reason(answer) == "invalid");
    CHECK_THAT(message(answer), ContainsSubstring(expected));
    CHECK(google.world.uploads.empty());
}

TEST_CASE("a service that does not know WRITE_TRUNCATE_DATA's additions refuses them") {
    BigQueryFixture google;
    google.world.knows_write_truncate_data = false;

    const auto with_options =
        google.begin(google.job("j1", with("a:INT64", truncate_data + "," + addition)));

    CHECK(with_options.status == 400);
    CHECK(reason(with_options) == "invalid");
    CHECK(google.begin(google.job("j2", with("a:INT64", truncate_data))).status == 200);
}

TEST_CASE("repeated and nested columns cannot be loaded from CSV") {
    BigQueryFixture google;

    CHECK_THAT(failure(google.load(with("a:STRING:REPEATED"), "1\n")),
               ContainsSubstring("repeated data"));
    CHECK_THAT(failure(google.load(with("a:RECORD"), "1\n")), ContainsSubstring("nested data"));
}

TEST_CASE("without keeping rows a load still checks and counts them") {
    BigQueryFixture google;
    google.world.keep_rows = false;

    google.load(with("a:INT64"), "1\n2\n");
    const auto bad = google.load(with("a:INT64"), "x\n");

    CHECK_FALSE(failure(bad).empty());
    CHECK(google.table().rows.empty());
    CHECK(google.table().rows_not_kept == 2);
    google.load(with("a:INT64", truncate), "1\n");
    CHECK(google.table().rows_not_kept == 1);
}

}  // namespace
}  // namespace sheetbq::sandbox
