// The orchestrator as a service: its routes, and who may ask.

#include "integration/orchestrator_world.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <csignal>

using namespace sheetbq::testing;
using namespace std::chrono_literals;
namespace json = boost::json;
using sheetbq::http::Method;

namespace {

/// On Cloud Run, as far as the orchestrator can tell.
const Variables on_service{{"K_SERVICE", "sheettobigquery-orchestrator"}};
constexpr auto audience = "https://orchestrator.example";
constexpr auto scheduler = "scheduler@demo-project.iam.gserviceaccount.com";

std::vector<std::string> oidc_flags() {
    return {"--auth=oidc", "--listen=127.0.0.1", fmt::format("--audience={}", audience),
            fmt::format("--allowed-emails={}", scheduler)};
}

sheetbq::http::Headers bearer(const std::string& token) {
    return {{"Authorization", "Bearer " + token}};
}

/// Its signature gone, as Cloud Run forwards it.
std::string stripped(const std::string& token) {
    return token.substr(0, token.rfind('.')) + ".SIGNATURE_REMOVED_BY_GOOGLE";
}

}  // namespace

TEST_CASE("a tick over HTTP says what it did, and Cloud Scheduler's repeat of it is no tick") {
    OrchestratorWorld fleet;
    fleet.google.type_csv("a\n1\n");
    fleet.add_row("orders", "'', NULL");
    const Serving serving{fleet, {}};
    const sheetbq::http::Headers scheduled{
        {"X-CloudScheduler-JobName", "tick"},
        {"X-CloudScheduler-ScheduleTime", "2026-11-23T08:00:00Z"}};

    const auto first = serving.ask(Method::post, "/tick", scheduled);
    const auto again = serving.ask(Method::post, "/", scheduled);

    CHECK(first.status == 200);
    const auto report = json::parse(first.body);
    CHECK(report.at("status") == "done");
    CHECK(report.at("claimed") == 1);
    CHECK(report.at("succeeded") == 1);
    CHECK(json::parse(again.body).at("status") == "duplicate");
    CHECK(fleet.value("SELECT count(*) FROM sheetbq.run") == "1");
}

TEST_CASE("one configuration runs out of turn, once a key") {
    OrchestratorWorld fleet;
    fleet.google.type_csv("a\n1\n");
    fleet.add_row("orders", "'', 24");
    const Serving serving{fleet, {}};
    REQUIRE(serving.ask(Method::post, "/tick").status == 200);
    const sheetbq::http::Headers key{{"Idempotency-Key", "k1"}};

    CHECK(json::parse(serving.ask(Method::post, "/configs/1/run", key).body).at("claimed") == 1);
    CHECK(json::parse(serving.ask(Method::post, "/configs/1/run", key).body).at("status") ==
          "duplicate");
    CHECK(serving.ask(Method::post, "/configs/99/run").status == 404);
    CHECK(serving.ask(Method::post, "/configs/x/run").status == 404);

    CHECK(fleet.value("SELECT count(*) FROM sheetbq.run WHERE trigger = 'manual'") == "1");
}

TEST_CASE("people and programs can look") {
    OrchestratorWorld fleet;
    fleet.google.type_csv("a\n1\n");
    fleet.add_row("orders", "'', 24");
    fleet.add_row("<b>broken</b>", "'Nowhere', 24");
    const Serving serving{fleet, {}};
    REQUIRE(serving.ask(Method::post, "/tick").status == 200);

    const auto page = serving.ask(Method::get, "/?sort=name");
    CHECK(page.status == 200);
    CHECK_THAT(page.body, ContainsSubstring("orders"));
    CHECK_THAT(page.body, ContainsSubstring("&lt;b&gt;broken"));
    CHECK(page.body.find("<script") == std::string::npos);

    const auto configs = json::parse(serving.ask(Method::get, "/configs").body);
    CHECK(configs.at("schema") == "sheetbq.config/v1");
    CHECK(configs.at("configs").as_array().size() == 2);

    const auto runs = json::parse(serving.ask(Method::get, "/runs?limit=1&state=failed").body);
    CHECK(runs.at("schema") == "sheetbq.run/v1");
    CHECK(runs.at("runs").as_array().size() == 1);
    CHECK(serving.ask(Method::get, "/runs?limit=x").status == 400);
    CHECK(serving.ask(Method::get, "/runs?state=odd").status == 400);

    const auto metrics = serving.ask(Method::get, "/metrics");
    CHECK_THAT(metrics.body, ContainsSubstring("sheetbq_configs"));
    CHECK_THAT(metrics.body, ContainsSubstring("# EOF"));
    CHECK(serving.ask(Method::get, "/readyz").status == 200);
    CHECK(serving.ask(Method::get, "/nothing").status == 404);
    CHECK(serving.ask(Method::post, "/tick", {}, "{").status == 400);
}

TEST_CASE("verified tokens alone get in, and before that the database is not asked") {
    OrchestratorWorld fleet;
    fleet.google.type_csv("a\n1\n");
    fleet.add_row("orders", "'', 24");
    Serving serving{fleet, oidc_flags()};
    fleet.query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name "
        "LIKE 'sheetbq%' AND datname = current_database()");
    auto& google = fleet.google.google;
    const auto good = google.identity_token(scheduler, audience);

    CHECK(serving.ask(Method::get, "/livez").status == 200);
    for (const auto* const path : {"/", "/tick", "/readyz", "/runs", "/metrics", "/nothing"})
        CHECK(serving.ask(Method::get, path).status == 401);
    CHECK(serving.ask(Method::post, "/tick", bearer("")).status == 401);
    CHECK(serving.ask(Method::post, "/tick", bearer("a.b.c")).status == 401);
    CHECK(serving.ask(Method::post, "/tick", bearer(stripped(good))).status == 401);
    CHECK(serving
              .ask(Method::post, "/tick",
                   bearer(google.identity_token(scheduler, "https://other.example")))
              .status == 401);
    CHECK(
        serving
            .ask(Method::post, "/tick", bearer(google.identity_token("eve@example.com", audience)))
            .status == 403);
    CHECK(fleet.value("SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE "
                      "'sheetbq%' AND datname = current_database()") == "0");

    CHECK(serving.ask(Method::post, "/tick", bearer(good)).status == 200);
    CHECK(fleet.value("SELECT count(*) FROM sheetbq.run") == "1");
    const auto end = serving.end();
    CHECK(end.out.find(good.substr(good.rfind('.'))) == std::string::npos);
}

TEST_CASE("where Cloud Run has verified the token, only what it forwards gets in") {
    OrchestratorWorld fleet;
    auto& google = fleet.google.google;
    const auto token = google.identity_token(scheduler, audience);
    const Serving serving{
        fleet,
        {"--auth=iam", "--listen=127.0.0.1", "--launcher=local",
         fmt::format("--audience={}", audience), fmt::format("--allowed-emails={}", scheduler)},
        on_service};

    CHECK(serving.ask(Method::get, "/configs").status == 401);
    CHECK(serving.ask(Method::get, "/configs", bearer(token)).status == 401);
    CHECK(serving.ask(Method::get, "/configs", bearer(stripped(token))).status == 200);
    CHECK(serving
              .ask(Method::get, "/configs",
                   bearer(stripped(google.identity_token("eve@example.com", audience))))
              .status == 403);
}

TEST_CASE("a service that would be open, or closed to everybody, does not start") {
    OrchestratorWorld fleet;

    CHECK(fleet.run({"--serve", "--auth=none", "--listen=0.0.0.0"}).exit_code == 2);
    CHECK(fleet.run({"--serve", "--auth=iam"}).exit_code == 2);
    CHECK(fleet.run({"--serve", "--auth=oidc"}).exit_code == 2);
    CHECK(fleet.run({"--serve", "--launcher=local"}, on_service).exit_code == 2);
}

TEST_CASE("a tick without PostgreSQL is answered 503, so that the scheduler tries again") {
    OrchestratorWorld fleet;
    Serving serving{fleet, {}};
    const auto name = fleet.value("SELECT current_database()");
    OrchestratorWorld::server().query(
        "postgres", fmt::format("ALTER DATABASE {0} ALLOW_CONNECTIONS false; SELECT "
                                "pg_terminate_backend(pid) FROM pg_stat_activity WHERE "
                                "datname = '{0}'",
                                name));

    const auto answer = serving.ask(Method::post, "/tick");

    CHECK(answer.status == 503);
    CHECK(json::parse(answer.body).at("error").at("code") == "database");
    CHECK(serving.ask(Method::get, "/readyz").status == 503);
    CHECK(serving.ask(Method::get, "/livez").status == 200);
}

TEST_CASE("a service that is asked to end does so in time, and a second one takes over") {
    OrchestratorWorld fleet;
    Serving serving{fleet, {}};

    const auto end = serving.end();

    CHECK(end.exit_code == 0);
    CHECK(end.after_signal < 10s);
}
