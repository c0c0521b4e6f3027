#!/bin/bash
# tests/support/demo_scenes.sh [stay]     what ./demo.sh shows, beside a PostgreSQL that PGHOST names
set -euo pipefail
cd "$(dirname "$0")/../.."

webhook=https://hooks.slack.com/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX
work=$(mktemp -d)
sandbox=""
server=""
page=""
finish() {
    local code=$? program
    for program in $server $sandbox; do
        kill "$program" 2>/dev/null || true
        wait "$program" 2>/dev/null || true
    done
    rm -rf "$work"
    [ "$code" = 0 ] || printf '\ndemo.sh: failed (exit code %d)\n' "$code" >&2
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

heading() { printf '\n== %s\n\n' "$1"; }

fail() { # fail WHAT DO
    printf 'error: %s\n  do:  %s\n' "$1" "$2" >&2
    exit 1
}

# 200,000 measurements of a hundred stations, ten minutes apart.
readings() {
    echo "Station,Observed at,Temperature,Humidity,Pressure,Calibrated"
    awk 'BEGIN {
        for (i = 0; i < 200000; i++) {
            minute = int(i / 100) * 10
            printf "S%03d,2026-01-%02d %02d:%02d:00,%.2f,%d,%.1f,%s\n", i % 100, 1 + int(minute / 1440),
                int(minute / 60) % 24, minute % 60, 15 + 9 * sin(minute / 230 + i % 100), 40 + (i * 7) % 55,
                990 + (i * 13) % 400 / 10, i % 17 ? "TRUE" : "FALSE"
        }
    }'
}

start_sandbox() {
    : >"$work/sandbox.log"  # the program's shell may open it later than it is read here
    build/demo/sheetbq-sandbox --port 0 \
        --sheet orders=tests/data/demo/orders.csv \
        --sheet contacts=tests/data/demo/contacts.csv \
        --sheet "readings=$work/readings.csv" \
        --dataset demo-project.demo --service-account-key "$work/key.json" >"$work/sandbox.log" 2>&1 &
    sandbox=$!
    local tries
    for ((tries = 0; tries < 300; tries++)); do
        if grep -q '^sheetbq-sandbox listening on ' "$work/sandbox.log"; then break; fi
        kill -0 "$sandbox" 2>/dev/null || break
        sleep 0.1
    done
    root=$(sed -n 's/^sheetbq-sandbox listening on //p' "$work/sandbox.log")
    cat "$work/sandbox.log"
    [ -n "$root" ] || fail "the sandbox did not start" "Read its words above."
}

# The address of a sheet, as the sandbox told it.
url_of() {
    sed -n "/^.*\b$1\b.*\(https:\/\/docs\.google\.com\/spreadsheets\/[^ ]*\).*/{s//\1/p;q}" "$work/sandbox.log"
}

# What both programs get of this machine, and nothing else.
machine() {
    env -i PATH="$PATH" HOME="$HOME" TERM="${TERM:-dumb}" LANG=C.UTF-8 LOG_FORMAT=text SHEETBQ_API_ROOT="$root" \
        GOOGLE_APPLICATION_CREDENTIALS="$work/key.json" PGHOST="$PGHOST" PGUSER="$PGUSER" PGDATABASE="$PGDATABASE" "$@"
}

# Shows the command as a user would type it, and runs it.
orchestrator() { # orchestrator [FLAG...]
    printf '$ sheetbq-orchestrator %s\n\n' "$*"
    machine SLACK_WEBHOOK_URL="$webhook" build/demo/orchestrator/sheetbq-orchestrator "$@"
}

sql() { psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 "$@"; }

show() { # show TABLE ROWS
    tests/support/show_table.sh "$root" "$work/key.json" "demo-project.demo.$1" | tee "$work/shown"
    grep -q "^demo\.$1: $2 rows$" "$work/shown" ||
        fail "table demo.$1 does not hold the $2 rows of its sheet" "Compare it with what the job says above."
    printf '\n'
}

# Four configurations: hourly, daily, in every tick, and one that cannot work.
configurations() {
    sql <<SQL
CREATE TABLE sheet_to_bigquery_configs (
    id SERIAL PRIMARY KEY, name VARCHAR(255) NOT NULL, google_sheet_url TEXT NOT NULL, google_sheet_tab_name VARCHAR(255),
    google_cloud_project_id VARCHAR(255) NOT NULL, bigquery_dataset_id VARCHAR(255) NOT NULL, bigquery_table_id VARCHAR(255) NOT NULL,
    schema_handling VARCHAR(50) DEFAULT 'auto_detect', custom_schema JSONB, is_active BOOLEAN DEFAULT true,
    last_run TIMESTAMP WITH TIME ZONE, run_frequency_hours INTEGER,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT NOW(), updated_at TIMESTAMP WITH TIME ZONE DEFAULT NOW());
INSERT INTO sheet_to_bigquery_configs (name, google_sheet_url, google_sheet_tab_name, google_cloud_project_id,
                                       bigquery_dataset_id, bigquery_table_id, run_frequency_hours) VALUES
    ('orders', '$(url_of orders)', NULL, 'demo-project', 'demo', 'orders', 1),
    ('contacts', '$(url_of contacts)', NULL, 'demo-project', 'demo', 'contacts', 24),
    ('readings', '$(url_of readings)', NULL, 'demo-project', 'demo', 'readings', NULL),
    ('returns', '$(url_of orders)', 'Returns', 'demo-project', 'demo', 'returns', 24);
SQL
}

# What Slack was told, as its channel shows it.
slack() { curl -fsS "$root/_sandbox/slack" | jq -r '.[].message.blocks[]? | .text.text? // (.elements[]?.text)'; }

status_page() {
    : >"$work/serve.log"
    machine build/demo/orchestrator/sheetbq-orchestrator --serve --port 0 >"$work/serve.log" 2>&1 &
    server=$!
    local tries
    for ((tries = 0; tries < 300; tries++)); do
        page=$(sed -n 's/^status page: \(http[^ ]*\).*/\1/p' "$work/serve.log")
        if [ -n "$page" ]; then break; fi
        sleep 0.1
    done
    [ -n "$page" ] || {
        cat "$work/serve.log" >&2
        fail "the orchestrator does not serve" "Read its words above."
    }
    curl -fsS "$page" >"$work/status.html"
    grep -qF 'contacts' "$work/status.html" || fail "the status page does not show the configurations" "Open $page"
}

heading "A Google of our own"
readings >"$work/readings.csv"
start_sandbox

heading "Four configurations in a PostgreSQL of their own"
configurations
sql -c "SELECT id, name, google_sheet_tab_name AS tab, bigquery_table_id AS \"table\", run_frequency_hours AS every_hours
    FROM sheet_to_bigquery_configs ORDER BY id"
orchestrator --dry-run

heading "A tick: everything that is due runs, at most three at a time"
code=0
orchestrator || code=$?
printf '\nexit code %d: one run failed\n' "$code"
[ "$code" = 1 ] || fail "the tick should have ended with exit code 1, for one configuration cannot work" "Read its words above."

heading "orders: dates, money, yes and no, notes with commas and line breaks"
show orders 100
heading "contacts: ZIP codes that keep their zeros, blanks, and headers as people write them"
show contacts 10
heading "readings: 200,000 rows"
show readings 200000

heading "What became of each run"
sql -c "SELECT c.name, r.state, r.exit_code AS code, r.report->>'rows' AS rows,
        round(extract(epoch FROM r.finished_at - r.created_at), 2) AS seconds, left(r.error_message, 60) AS error
    FROM sheetbq.run r JOIN sheet_to_bigquery_configs c ON c.id = r.config_id ORDER BY r.run_id"

heading "What Slack was told"
slack | tee "$work/slack"
grep -q 'returns' "$work/slack" || fail "Slack was not told about the broken configuration" "Read the tick's words above."

heading "The broken configuration is mended, and runs without anybody asking"
sql -c "UPDATE sheet_to_bigquery_configs SET google_sheet_tab_name = 'orders' WHERE name = 'returns'"
orchestrator
slack | tail -n 2 | tee "$work/slack"
grep -q 'works again' "$work/slack" || fail "Slack was not told that it works again" "Read the tick's words above."

heading "The status page"
status_page
printf '%s\n' "$page"
if [ "${1:-}" = stay ]; then
    printf 'Open it in a browser; Ctrl-C ends the demo.\n'
    wait "$server" || true
else
    printf 'It ends with the demo; ./demo.sh stay   keeps it open.\n'
fi
