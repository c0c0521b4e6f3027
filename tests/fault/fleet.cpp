#include "fault/fleet.hpp"

#include "sandbox/run_control.hpp"
#include "sheetbq/core/error.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>

namespace sheetbq::testing {
namespace {

using namespace std::chrono_literals;
namespace json = boost::json;

constexpr auto job = "projects/demo-project/locations/europe-west1/jobs/sheettobigquery-job";
constexpr auto canary = "T0CANARY/B0CANARY/do-not-log-me";

constexpr auto owners_table = R"(
CREATE TABLE sheet_to_bigquery_configs (
    id SERIAL PRIMARY KEY, name VARCHAR(255) NOT NULL, google_sheet_url TEXT NOT NULL, google_sheet_tab_name VARCHAR(255),
    google_cloud_project_id VARCHAR(255) NOT NULL, bigquery_dataset_id VARCHAR(255) NOT NULL, bigquery_table_id VARCHAR(255) NOT NULL,
    schema_handling VARCHAR(50) DEFAULT 'auto_detect', custom_schema JSONB, is_active BOOLEAN DEFAULT true,
    last_run TIMESTAMP WITH TIME ZONE, run_frequency_hours INTEGER,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT NOW(), updated_at TIMESTAMP WITH TIME ZONE DEFAULT NOW());
CREATE SCHEMA orchestrator_test;
CREATE TABLE orchestrator_test.live_seen (live int, cap int);
CREATE FUNCTION orchestrator_test.table_definition() RETURNS text LANGUAGE sql AS $$
    SELECT (SELECT string_agg(attname || ' ' || format_type(atttypid, atttypmod) || ' ' || attnotnull, ', ' ORDER BY attnum)
              FROM pg_attribute WHERE attrelid = 'public.sheet_to_bigquery_configs'::regclass AND attnum > 0)
        || (SELECT string_agg(indexrelid::regclass::text, ', ' ORDER BY indexrelid)
              FROM pg_index WHERE indrelid = 'public.sheet_to_bigquery_configs'::regclass)
        || (SELECT count(*) FROM pg_trigger WHERE tgrelid = 'public.sheet_to_bigquery_configs'::regclass)
        || (SELECT count(*) FROM pg_constraint WHERE confrelid = 'public.sheet_to_bigquery_configs'::regclass) $$;
CREATE TABLE orchestrator_test.definition AS SELECT orchestrator_test.table_definition() AS definition;
CREATE TABLE orchestrator_test.original AS SELECT * FROM sheet_to_bigquery_configs;
)";

std::string file(const std::string& path) {
    std::ostringstream text;
    text << std::ifstream{path}.rdbuf();
    return text.str();
}

/// A spreadsheet id of its own for each configuration.
std::string sheet_of(int number) { return fmt::format("1Fleet{:0>38}", number); }

}  // namespace

Postgres& Fleet::postgres() {
    static Postgres server{{.durable = false, .settings = {"max_connections=150"}}};
    return server;
}

Fleet::Fleet(FleetOptions options)
    : options_{options},
      server_{options.server != nullptr ? *options.server : postgres()},
      database_{server_.create_database()} {
    postgres_host = server_.host();
    query(owners_table);
    world.google.slack.webhooks[canary] = "";
    auto& run = world.google.run;
    run.jobs[job].max_retries = 0;
    if (options_.real_jobs) {
        auto inherited = world.variables();
        for (const auto* name :
             {"CONFIG_NAME", "CONFIG_ID", "GOOGLE_SHEET_URL", "SHEETBQ_RUN_ID",
              "GOOGLE_CLOUD_PROJECT_ID", "BIGQUERY_DATASET_ID", "BIGQUERY_TABLE_ID"})
            inherited.erase(name);
        use_job_program(world.google, SHEETBQ_JOB, {inherited.begin(), inherited.end()});
    } else {
        run.script = [this](const sandbox::ContainerEnv& env) {
            const int id = std::stoi(env.at("CONFIG_ID"));
            const auto found = scripts_.find(id);
            if (found != scripts_.end()) return found->second(++calls_[id]);
            return sandbox::ScriptedRun{
                .lines = {R"({"event":"run_finished","message":"loaded","rows":2,"cells":4})"},
                .duration = options_.run_takes};
        };
    }
    sampler_ = std::jthread{[this](std::stop_token stop) { sample(std::move(stop)); }};
}

Fleet::~Fleet() {
    sampler_.request_stop();
    sampler_.join();
    kept_.clear();
}

void Fleet::add_configs(int count, int frequency) {
    const auto ids = as_owner(fmt::format(
        "INSERT INTO sheet_to_bigquery_configs (id, name, google_sheet_url, google_sheet_tab_name,"
        " google_cloud_project_id, bigquery_dataset_id, bigquery_table_id, run_frequency_hours)"
        " SELECT id, 'config ' || id, 'https://docs.google.com/spreadsheets/d/1Fleet'"
        " || lpad(id::text, 38, '0') || '/edit', 'Orders', 'demo-project', 'demo', 'table_' || id,"
        " {} FROM (SELECT nextval('sheet_to_bigquery_configs_id_seq') AS id"
        " FROM generate_series(1, {})) AS fresh RETURNING id",
        frequency, count));
    if (!options_.real_jobs) return;
    world.google.edit([&] {
        for (const auto& row : ids) {
            auto sheet = world.google.sheets.at(World::spreadsheet_id);
            sheet.id = sheet_of(std::stoi(row.at(0)));
            sheet.tabs.at(0) = sandbox::tab_from_csv("Orders", "a,b\n1,x\n2,y\n");
            world.google.sheets.emplace(sheet.id, std::move(sheet));
        }
    });
}

Table Fleet::as_owner(const std::string& sql) {
    auto rows = query(sql);
    query(
        "DELETE FROM orchestrator_test.original; "
        "INSERT INTO orchestrator_test.original SELECT * FROM sheet_to_bigquery_configs");
    return rows;
}

void Fleet::script(int config_id, std::function<sandbox::ScriptedRun(int call)> what) {
    world.google.edit([&] { scripts_[config_id] = std::move(what); });
}

std::unique_ptr<Process> Fleet::start(const Variables& more,
                                      const std::vector<std::string>& flags) const {
    auto environment = world.variables();
    for (const auto& [name, value] : Variables{
             {"PGHOST", postgres_host},
             {"PGUSER", "postgres"},
             {"PGDATABASE", database_},
             {"LOG_FORMAT", "json"},
             {"SLACK_WEBHOOK_URL", fmt::format("https://hooks.slack.com/services/{}", canary)}})
        environment[name] = value;
    for (const auto& [name, value] : more) environment[name] = value;
    std::vector<std::string> command{SHEETBQ_ORCHESTRATOR,
                                     "--launcher=cloud-run",
                                     "--project=demo-project",
                                     "--region=europe-west1",
                                     fmt::format("--max-parallel-jobs={}", options_.cap),
                                     fmt::format("--settle={}ms", options_.settle.count()),
                                     fmt::format("--lease={}ms", options_.lease.count()),
                                     fmt::format("--poll={}ms", options_.poll.count()),
                                     "--start-rate=" + options_.start_rate,
                                     "--sheets-rate=1000/s"};
    command.insert(command.end(), flags.begin(), flags.end());
    return std::make_unique<Process>(command, environment);
}

ProcessEnd Fleet::tick(const Variables& more, const std::vector<std::string>& flags,
                       std::chrono::seconds limit) const {
    auto end = start(more, flags)->wait(limit);
    outputs_.push_back(end.out + end.err);
    return end;
}

std::int64_t Fleet::live() {
    return std::stoll(
        value("SELECT count(*) FROM sheetbq.run WHERE state IN "
              "('claimed', 'starting', 'running', 'cancelling')"));
}

bool Fleet::quiesce(std::chrono::seconds limit) {
    const auto end = std::chrono::steady_clock::now() + limit;
    while (std::chrono::steady_clock::now() < end) {
        tick();
        if (live() == 0) return true;
        std::this_thread::sleep_for(next_look());
    }
    return false;
}

/// Until a live run may be leased again; ticks before are for nothing.
std::chrono::milliseconds Fleet::next_look() {
    const auto wait = value(
        "SELECT ceil(1000 * extract(epoch FROM min(greatest(next_poll_at, coalesce("
        "lease_expires_at, next_poll_at))) - clock_timestamp()))::bigint FROM sheetbq.run"
        " WHERE finished_at IS NULL");
    return std::clamp(std::chrono::milliseconds{wait.empty() ? 0 : std::stoll(wait)}, 20ms,
                      2'000ms);
}

/// A connection looks several times, for connecting costs more than a look.
void Fleet::sample(std::stop_token stop) {
    while (!stop.stop_requested()) {
        try {
            query(
                "DO $$ BEGIN FOR i IN 1..12 LOOP INSERT INTO orchestrator_test.live_seen"
                " SELECT count(*), max(p.max_running) FROM sheetbq.run r, sheetbq.pool p"
                " WHERE state IN ('claimed', 'starting', 'running', 'cancelling')"
                " HAVING count(*) > max(p.max_running); COMMIT; PERFORM pg_sleep(0.02);"
                " END LOOP; END $$");
        } catch (const std::exception&) {
            // Before the first tick there is no schema, and experiments stop the server.
            std::this_thread::sleep_for(20ms);
        }
    }
}

std::vector<std::string> Fleet::violations() {
    std::vector<std::string> found;
    static const auto script = file(SHEETBQ_INVARIANTS);
    for (const auto& row : query(script)) found.push_back(row.at(0));
    for (auto& each : journal_violations()) found.push_back(std::move(each));
    for (auto& each : leaked_secrets()) found.push_back(std::move(each));
    for (auto& each : world.google.invalid_requests())
        found.push_back("Google would refuse: " + each);
    return found;
}

/// I2, I4 and I11: executions without a run, executions of one configuration that overlap, and
/// outcomes that are not those of the execution.
std::vector<std::string> Fleet::journal_violations() {
    std::vector<std::string> found;
    std::map<std::string, std::pair<std::string, std::string>> runs;  // execution, state
    for (const auto& row :
         query("SELECT run_id::text, coalesce(execution_name, ''), state FROM sheetbq.run"))
        runs[row.at(0)] = {row.at(1), row.at(2)};
    world.google.edit([&] {
        std::map<std::string, sheetbq::Clock::TimePoint> busy_until;
        for (const auto& execution : world.google.run.executions) {
            const auto run = runs.find(execution.variable("SHEETBQ_RUN_ID"));
            const auto told = [&](const std::string& what) {
                found.push_back(what + ": " + execution.name);
            };
            if (!execution.ended_at) told("I2 still running");
            if (run == runs.end()) {
                told("I2 execution without a run");
                continue;
            }
            const bool good =
                execution.ended_at && execution.count(sandbox::CloudRunTask::State::succeeded) == 1;
            const auto& [name, state] = run->second;
            if (name != execution.name && !is_harmless(execution)) told("I2 its run names another");
            if (name == execution.name && good != (state == "succeeded") && state != "lost")
                told("I11 " + state + " is not what became of it");
            if (!good) continue;
            auto& until = busy_until[execution.variable("CONFIG_ID")];
            if (!options_.real_jobs && execution.created_at < until)
                told("I4 overlaps another of its configuration");
            until = std::max(until, *execution.ended_at);
        }
    });
    for (auto& each : load_violations()) found.push_back(std::move(each));
    return found;
}

/// Stopped, or it refused itself, or what it loaded is counted by its job's id.
bool Fleet::is_harmless(const sandbox::CloudRunExecution& execution) const {
    const auto& last = execution.tasks.at(0).last;
    return options_.real_jobs || !execution.cancelled_by.empty() ||
           (last && last->exit_code == exit_code(Code::too_late));
}

/// I4 as BigQuery sees it: one load of a run that had an effect.
std::vector<std::string> Fleet::load_violations() {
    std::vector<std::string> found;
    std::map<std::string, int> effects;
    world.google.edit([&] {
        for (const auto& [key, job] : world.google.bigquery.jobs) {
            const auto& status = job.resource.at("status").as_object();
            if (status.at("state") != "DONE" || status.contains("errorResult")) continue;
            // project:location.sheetbq_RUN_K
            const auto run = key.substr(0, key.rfind('_'));
            if (++effects[run] > 1) found.push_back("I4 loaded twice: " + run);
        }
    });
    return found;
}

/// I10: nothing that an orchestrator wrote, stored or sent holds the webhook's secret.
std::vector<std::string> Fleet::leaked_secrets() {
    std::vector<std::string> found;
    for (const auto& output : outputs_)
        if (output.find("do-not-log-me") != std::string::npos)
            found.emplace_back("I10 the webhook is in an orchestrator's output");
    const auto dumped = value(
        "SELECT string_agg(t::text, ' ') FROM (SELECT r::text FROM sheetbq.run r UNION ALL SELECT "
        "o::text FROM sheetbq.outbox o UNION ALL SELECT k::text FROM sheetbq.tick k) t");
    if (dumped.find("do-not-log-me") != std::string::npos)
        found.emplace_back("I10 the webhook is in the database");
    world.google.edit([&] {
        for (const auto& execution : world.google.run.executions)
            for (const auto& [name, text] : execution.env)
                if (text.find("do-not-log-me") != std::string::npos)
                    found.push_back("I10 the webhook is in the environment of " + execution.name);
    });
    return found;
}

int Fleet::extra_executions() {
    std::map<std::string, int> by_run;
    int extra = 0;
    world.google.edit([&] {
        for (const auto& execution : world.google.run.executions)
            if (++by_run[execution.variable("SHEETBQ_RUN_ID")] > 1) ++extra;
    });
    return extra;
}

}  // namespace sheetbq::testing
