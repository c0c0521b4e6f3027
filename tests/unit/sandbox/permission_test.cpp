#include "google.hpp"

using namespace sheetbq::sandbox::testing;
namespace json = boost::json;

namespace {

constexpr auto project =
    "https://cloudresourcemanager.googleapis.com/v3/projects/demo-project"
    ":testIamPermissions";

std::string permissions(const sheetbq::http::Response& answer) {
    const auto body = json::parse(answer.body).as_object();
    return body.contains("permissions") ? json::serialize(body.at("permissions")) : "none";
}

}  // namespace

TEST_CASE("the sandbox tells which permissions an account has on a project") {
    Google google;
    const auto* const both = R"({"permissions":["bigquery.jobs.create","run.jobs.run"]})";
    CHECK(permissions(google.post_json(project, both)) ==
          R"(["bigquery.jobs.create","run.jobs.run"])");
    google.sandbox.bigquery.job_users = {"other@example.com"};
    CHECK(permissions(google.post_json(project, both)) == R"(["run.jobs.run"])");
    google.sandbox.iam.project_permissions[me] = {};
    CHECK(permissions(google.post_json(project, both)) == "none");
}

TEST_CASE("the sandbox refuses questions that Google refuses") {
    Google google;
    for (const auto* body : {"{}", R"({"permissions":[]})", R"({"permissions":["bigquery.*"]})",
                             R"({"permissions":[1]})", R"({"permission":["a.b.c"]})", "[]"}) {
        INFO(body);
        CHECK(google.post_json(project, body).status == 400);
    }
}

TEST_CASE("the sandbox tells of tables that are there, and refuses others") {
    Google google;
    auto& dataset = google.sandbox.bigquery.projects["p"]["d"];
    dataset.tables["t"];
    const std::string url =
        "https://bigquery.googleapis.com/bigquery/v2/projects/p/datasets/d/tables/";
    const auto* const body =
        R"({"permissions":["bigquery.tables.get","bigquery.tables.updateData"]})";
    dataset.writers = {"other@example.com"};
    CHECK(permissions(google.post_json(url + "t:testIamPermissions", body)) ==
          R"(["bigquery.tables.get"])");
    CHECK(google.post_json(url + "x:testIamPermissions", body).status == 404);
    CHECK(google.sandbox.invalid_requests().empty());
}

TEST_CASE("the sandbox tells the time in every answer of Google's") {
    Google google;
    google.sandbox.date_offset = std::chrono::seconds{5};
    CHECK(google.sheet("").headers.find("date") == "Sat, 31 Jan 2026 08:00:05 GMT");
}
