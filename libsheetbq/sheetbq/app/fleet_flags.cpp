#include "sheetbq/app/fleet_flags.hpp"

#include <array>

namespace sheetbq::app {
namespace {

constexpr std::array postgres{
    Flag{"postgres-host", "HOST", "POSTGRES_HOST", "", "PostgreSQL",
         "host name, or the folder of a socket, e.g. /cloudsql/PROJECT:REGION:INSTANCE"},
    Flag{"postgres-port", "PORT", "POSTGRES_PORT", "", "PostgreSQL", "port"},
    Flag{"postgres-db", "NAME", "POSTGRES_DB", "", "PostgreSQL", "database"},
    Flag{"postgres-user", "NAME", "POSTGRES_USER", "", "PostgreSQL", "role to log in as"},
    Flag{"postgres-password", "TEXT", "POSTGRES_PASSWORD", "", "PostgreSQL",
         "password, or projects/P/secrets/S/versions/V; others can see it in a process list, so "
         "better --postgres-password-file, the variable or ~/.pgpass",
         true},
    Flag{"postgres-password-file", "FILE", "POSTGRES_PASSWORD_FILE", "", "PostgreSQL",
         "file with the password; -: standard input"},
    Flag{"postgres-url", "URL", "DATABASE_URL", "", "PostgreSQL",
         "postgresql://user:password@host/database; wins over the flags above", true},
    Flag{"postgres-url-file", "FILE", "DATABASE_URL_FILE", "", "PostgreSQL",
         "file with the URL; -: standard input"},
    Flag{"postgres-socket", "FOLDER", "POSTGRES_SOCKET", "", "PostgreSQL",
         "folder of the socket; the same as --postgres-host FOLDER"},
    Flag{"postgres-sslmode", "WORD", "POSTGRES_SSLMODE", "", "PostgreSQL",
         "disable, require, verify-ca or verify-full; default: verify-full, on a socket disable"},
    Flag{"postgres-sslrootcert", "FILE", "POSTGRES_SSLROOTCERT", "", "PostgreSQL",
         "certificates to trust; default: the system's"},
    Flag{"config-table", "TABLE", "SHEETBQ_CONFIG_TABLE", "sheet_to_bigquery_configs", "PostgreSQL",
         "table of configurations, perhaps schema.table"},
    Flag{"auto-migrate", "", "SHEETBQ_AUTO_MIGRATE", "true", "PostgreSQL",
         "create and update the schema sheetbq on the first use"},
    Flag{"stateless", "", "SHEETBQ_STATELESS", "false", "PostgreSQL",
         "do without the schema: no history, no backoff, no notifications, one cap a process"},
};

constexpr std::array runs{
    Flag{"launcher", "WORD", "SHEETBQ_LAUNCHER", "auto", "Runs",
         "cloud-run, local or auto: cloud-run where --region is known"},
    Flag{"project", "ID", "GOOGLE_CLOUD_PROJECT", "", "Runs",
         "project of the Cloud Run job; default: the metadata server's"},
    Flag{"region", "REGION", "CLOUD_RUN_REGION", "", "Runs",
         "region of the Cloud Run job; default on Cloud Run: its own"},
    Flag{"job-name", "NAME", "CLOUD_RUN_JOB_NAME", "sheettobigquery-job", "Runs",
         "the Cloud Run job"},
    Flag{"job-program", "FILE", "SHEETBQ_JOB_PROGRAM", "", "Runs",
         "sheetbq-job for local runs; default: beside this program, else on the PATH"},
    Flag{"max-parallel-jobs", "N", "MAX_PARALLEL_JOBS", "", "Runs",
         "runs at the same time, over all instances; kept in the database, 3 at first"},
    Flag{"timeout", "TIME", "SHEETBQ_RUN_TIMEOUT", "40m", "Runs",
         "a run that takes longer is cancelled"},
    Flag{"start-rate", "RATE", "SHEETBQ_START_RATE", "60/m", "Runs", "starts, over all instances"},
    Flag{"sheets-rate", "RATE", "SHEETBQ_SHEETS_RATE", "60/m", "Runs",
         "reads of the Sheets API by the job's account, over all instances"},
    Flag{"settle", "TIME", "SHEETBQ_SETTLE", "180s", "Runs",
         "after an unanswered start, wait so long before looking for it; 60s at least"},
    Flag{"poll", "TIME", "SHEETBQ_POLL", "10s", "Runs", "time between two looks at an execution"},
    Flag{"lease", "TIME", "SHEETBQ_LEASE", "60s", "Runs",
         "a run whose orchestrator is silent for so long is taken over"},
    Flag{"due-slack", "TIME", "SHEETBQ_DUE_SLACK", "30s", "Runs",
         "a configuration is due so much early, at most 5 % of its interval"},
    Flag{"keep-history", "TIME", "SHEETBQ_KEEP_HISTORY", "90d", "Runs",
         "finished runs are kept so long, the last 20 of a configuration for ever"},
};

constexpr std::array notify{
    Flag{"slack-webhook", "URL", "SLACK_WEBHOOK_URL", "", "Notifications",
         "Slack's incoming webhook, or projects/P/secrets/S/versions/V", true},
    Flag{"slack-webhook-file", "FILE", "SLACK_WEBHOOK_FILE", "", "Notifications",
         "file with the webhook; -: standard input"},
    Flag{"slack-channel-prefix", "TEXT", "SLACK_CHANNEL_PREFIX", "", "Notifications",
         "stands before each message, e.g. [production]"},
    Flag{"notify", "WORD", "SHEETBQ_NOTIFY", "failures", "Notifications",
         "failures, all (a summary of each tick too) or none"},
    Flag{"digest-threshold", "N", "SHEETBQ_DIGEST_THRESHOLD", "5", "Notifications",
         "more openings than that become one message"},
};

}  // namespace

std::span<const Flag> postgres_flags() { return postgres; }
std::span<const Flag> run_flags() { return runs; }
std::span<const Flag> notify_flags() { return notify; }

}  // namespace sheetbq::app
