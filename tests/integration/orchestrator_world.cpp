#include "integration/orchestrator_world.hpp"

#include "sandbox/run_control.hpp"
#include "sheetbq/http/beast_transport.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <stdexcept>
#include <thread>

namespace sheetbq::testing {
namespace {

using namespace std::chrono_literals;

constexpr auto owners_table = R"(
CREATE TABLE sheet_to_bigquery_configs (
    id SERIAL PRIMARY KEY, name VARCHAR(255) NOT NULL, google_sheet_url TEXT NOT NULL, google_sheet_tab_name VARCHAR(255),
    google_cloud_project_id VARCHAR(255) NOT NULL, bigquery_dataset_id VARCHAR(255) NOT NULL, bigquery_table_id VARCHAR(255) NOT NULL,
    schema_handling VARCHAR(50) DEFAULT 'auto_detect', custom_schema JSONB, is_active BOOLEAN DEFAULT true,
    last_run TIMESTAMP WITH TIME ZONE, run_frequency_hours INTEGER,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT NOW(), updated_at TIMESTAMP WITH TIME ZONE DEFAULT NOW())
)";

/// A port that nobody listened on a moment ago.
int free_port() {
    const int made = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const plain = reinterpret_cast<sockaddr*>(&address);
    const bool bound = ::bind(made, plain, size) == 0 && ::getsockname(made, plain, &size) == 0;
    ::close(made);
    if (!bound) throw std::runtime_error{"there is no free port"};
    return ntohs(address.sin_port);
}

}  // namespace

Postgres& OrchestratorWorld::server() {
    static Postgres server;
    return server;
}

OrchestratorWorld::OrchestratorWorld() : database_{server().create_database()} {
    query(owners_table);
}

void OrchestratorWorld::add_row(const std::string& name, const std::string& tab_and_hours) {
    query(fmt::format(
        "INSERT INTO sheet_to_bigquery_configs (name, google_sheet_url, google_cloud_project_id, "
        "bigquery_dataset_id, bigquery_table_id, google_sheet_tab_name, run_frequency_hours) "
        "VALUES ('{0}', 'https://docs.google.com/spreadsheets/d/{1}/edit#gid=0', 'demo-project', "
        "'demo', '{0}', {2})",
        name, World::spreadsheet_id, tab_and_hours));
}

void OrchestratorWorld::use_cloud_run() {
    auto inherited = google.variables();
    for (const auto* name : {"CONFIG_NAME", "CONFIG_ID", "GOOGLE_SHEET_URL", "SHEETBQ_RUN_ID",
                             "GOOGLE_CLOUD_PROJECT_ID", "BIGQUERY_DATASET_ID", "BIGQUERY_TABLE_ID"})
        inherited.erase(name);
    google.google.edit([&] {
        google.google.run.jobs
            ["projects/demo-project/locations/europe-west1/jobs/"
             "sheettobigquery-job"];
    });
    use_job_program(google.google, SHEETBQ_JOB, {inherited.begin(), inherited.end()});
}

std::vector<std::string> OrchestratorWorld::cloud_run_flags() {
    return {"--launcher=cloud-run", "--project=demo-project", "--region=europe-west1",
            "--poll=100ms"};
}

Variables OrchestratorWorld::environment() const {
    Variables environment = google.variables();
    for (const auto* name : {"CONFIG_NAME", "CONFIG_ID", "GOOGLE_SHEET_URL", "SHEETBQ_RUN_ID",
                             "GOOGLE_CLOUD_PROJECT_ID", "BIGQUERY_DATASET_ID", "BIGQUERY_TABLE_ID"})
        environment.erase(name);
    environment["PGHOST"] = server().host();
    environment["PGUSER"] = "postgres";
    environment["PGDATABASE"] = database_;
    environment["SLACK_WEBHOOK_URL"] = webhook;
    return environment;
}

std::unique_ptr<Process> OrchestratorWorld::start(const std::vector<std::string>& flags,
                                                  const Variables& more) const {
    auto variables = environment();
    for (const auto& [name, value] : more) variables[name] = value;
    std::vector<std::string> command{SHEETBQ_ORCHESTRATOR, "--job-program", SHEETBQ_JOB};
    command.insert(command.end(), flags.begin(), flags.end());
    return std::make_unique<Process>(command, variables);
}

ProcessEnd OrchestratorWorld::run(const std::vector<std::string>& flags,
                                  const Variables& more) const {
    return start(flags, more)->wait(60s);
}

std::vector<std::string> OrchestratorWorld::slack() {
    std::vector<std::string> told;
    google.google.edit([&] {
        for (const auto& message : google.google.slack.messages)
            told.push_back(boost::json::serialize(message.payload));
    });
    return told;
}

Serving::Serving(const OrchestratorWorld& fleet, const std::vector<std::string>& flags,
                 const Variables& more)
    : port_{free_port()} {
    auto all = flags;
    all.insert(all.end(), {"--serve", "--port", std::to_string(port_)});
    program_ = fleet.start(all, more);
    for (int tries = 0; tries < 100; ++tries) {
        try {
            if (ask(http::Method::get, "/livez").status == 200) return;
        } catch (const Error&) {
            std::this_thread::sleep_for(50ms);
        }
    }
    throw std::runtime_error{"the orchestrator does not serve: " + program_->wait(100ms).out};
}

Serving::~Serving() {
    if (program_) end();
}

ProcessEnd Serving::end() {
    program_->send_signal(SIGTERM);
    auto end = program_->wait(20s);
    program_.reset();
    return end;
}

http::Response Serving::ask(http::Method method, const std::string& path,
                            const http::Headers& headers, const std::string& body) const {
    http::BeastTransport network{{}};
    return network.send({.method = method,
                         .url = fmt::format("http://127.0.0.1:{}{}", port_, path),
                         .headers = headers,
                         .body = {body}},
                        nullptr, {});
}

}  // namespace sheetbq::testing
