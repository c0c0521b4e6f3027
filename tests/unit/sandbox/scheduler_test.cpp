#include "google.hpp"

using namespace sheetbq::sandbox::testing;
namespace json = boost::json;

namespace {

const std::string place =
    "https://cloudscheduler.googleapis.com/v1/projects/demo-project/locations/europe-west1/jobs";

json::object body(const sheetbq::http::Response& answer) {
    return json::parse(answer.body).as_object();
}

}  // namespace

TEST_CASE("the sandbox lists jobs of Cloud Scheduler page by page") {
    Google google;
    for (const auto* name : {"a", "b", "c"})
        google.sandbox.scheduler
            .jobs[std::string{"projects/demo-project/locations/europe-west1/jobs/"} + name];
    google.sandbox.scheduler.jobs["projects/demo-project/locations/us-east1/jobs/elsewhere"];

    const auto first = body(google.get(place + "?pageSize=2"));
    CHECK(first.at("jobs").as_array().size() == 2);
    const auto second = body(google.get(
        place + "?pageSize=2&pageToken=" + std::string{first.at("nextPageToken").as_string()}));
    CHECK(second.at("jobs").as_array().size() == 1);
    CHECK_FALSE(second.contains("nextPageToken"));
    CHECK(google.get(place + "?pageToken=%21").status == 400);
    CHECK(google.sandbox.invalid_requests().empty());
}

TEST_CASE("the sandbox tells of one job of Cloud Scheduler, and how its last call ended") {
    Google google;
    auto& job =
        google.sandbox.scheduler.jobs["projects/demo-project/locations/europe-west1/jobs/tick"];
    job.last_attempt = google.sandbox.clock().now();
    job.code = 7;
    const auto told = body(google.get(place + "/tick"));
    CHECK(told.at("state") == "ENABLED");
    CHECK(told.at("status").at("code") == 7);
    CHECK(told.at("httpTarget").at("oidcToken").at("serviceAccountEmail") ==
          "scheduler@demo-project.iam.gserviceaccount.com");
    CHECK(google.get(place + "/other").status == 404);
    google.sandbox.scheduler.readers = {};
    CHECK(google.get(place + "/tick").status == 403);
    CHECK(google.get(place).status == 403);
}
