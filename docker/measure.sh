#!/bin/bash
# docker/measure.sh     runs the images together and writes what they need into docs/operations.md, between its two markers
#
# Needs the images that docker/build.sh job orchestrator helper sandbox makes, and a PostgreSQL of this machine's. The
# job loads sheets of the sandbox under limits of memory, the orchestrator serves ticks, the helper looks at both;
# each as user 65532 on a read-only root, without capabilities. Whatever fails ends it, and the page stays as it was.
#
#   RUN_FLAGS      further flags of each run
set -euo pipefail
cd "$(dirname "$0")/.."

if [ -z "${PGHOST:-}" ]; then exec tests/support/with_postgres.sh docker/measure.sh; fi
# shellcheck source=docker/engine.sh
source docker/engine.sh
[ -n "$engine" ] || fail "neither a Docker engine that answers nor Podman is on this machine" "Start Docker, or run: sudo apt-get install podman"
read -ra run_flags <<<"${RUN_FLAGS:-}"
work=$(mktemp -d)
started=()
finish() {
    local code=$?
    [ ${#started[@]} = 0 ] || "$engine" kill "${started[@]}" >/dev/null 2>&1 || true
    rm -rf "$work"
    exit "$code"
}
trap finish EXIT

google_port=18085
service_port=18080
job_name=projects/demo-project/locations/us-central1/jobs/sheettobigquery-job
google=(--env "SHEETBQ_API_ROOT=http://127.0.0.1:$google_port" --env "GCE_METADATA_HOST=127.0.0.1:$google_port")
database=(--volume "$PGHOST:/run/postgresql" --env POSTGRES_HOST=/run/postgresql --env "POSTGRES_DB=$PGDATABASE"
    --env "POSTGRES_USER=$PGUSER" --env CLOUD_RUN_REGION=us-central1 --env CLOUD_RUN_JOB_NAME=sheettobigquery-job)

run() { # run [FLAG...] IMAGE [WORD...]
    "$engine" run "${strictly[@]}" --network=host "${run_flags[@]}" "$@"
}

start() { # start NAME [FLAG...] IMAGE [WORD...]
    run --detach --name "$1" "${@:2}" >/dev/null
    started+=("$1")
}

await() { # await ADDRESS
    local tries
    for ((tries = 0; tries < 500; tries++)); do
        if curl --silent --fail --output "$work/answer" "$1"; then return; fi
        sleep 0.02
    done
    fail "$1 does not answer" "Look at the container's words: $engine logs NAME"
}

seconds_of() { # seconds_of COMMAND...
    local from
    from=$(date +%s%N)
    "$@" >"$work/out"
    awk -v ns=$(($(date +%s%N) - from)) 'BEGIN { printf "%.2f\n", ns / 1e9 }'
}

# Seconds of a start and end, the engine's own included: the middle one of five.
start_up() { # start_up IMAGE
    local i
    for ((i = 0; i < 5; i++)); do seconds_of run "$1" --version; done | sort -n | sed -n 3p
}

sizes() { # sizes IMAGE: MB of its files, MB to fetch
    local container
    container=$("$engine" create "$1")
    "$engine" export "$container" >"$work/files.tar"
    "$engine" rm "$container" >/dev/null
    tar --list --verbose --file "$work/files.tar" | awk '{ sum += $3 } END { printf "%.1f ", sum / 1e6 }'
    gzip -6 <"$work/files.tar" | wc -c | awk '{ printf "%.1f\n", $1 / 1e6 }'
}

# The last line of a job is its report.
load() { # load MEMORY SHEET
    run --memory "$1" --memory-swap "$1" "${google[@]}" --env LOG_FORMAT=json --env "CONFIG_NAME=$2" --env "GOOGLE_SHEET_URL=$(url_of "$2")" \
        --env GOOGLE_CLOUD_PROJECT_ID=demo-project --env BIGQUERY_DATASET_ID=demo --env "BIGQUERY_TABLE_ID=$2" sheetbq-job >"$work/job.log" 2>&1
}

url_of() { # url_of SHEET
    "$engine" logs sheetbq-measure-google 2>&1 | sed -nE "s/^sheet $1 (http.*)$/\1/p"
}

report() { tail -n 1 "$work/job.log" | jq --exit-status --raw-output "$1"; }

prove_load() { # prove_load MEMORY SHEET ROWS
    load "$1" "$2" || {
        cat "$work/job.log" >&2
        fail "the job did not load $2 within $1" "Look at what it says above; 137 is the kernel's end of who takes too much."
    }
    [ "$(report .rows)" = "$3" ] || fail "the job loaded $(report .rows) rows of $2, not $3" "Look at $engine logs sheetbq-measure-google."
}

start sheetbq-measure-google sheetbq-sandbox --port="$google_port" --generate=thousand=1001x10 --generate=million=1000001x10 --discard-rows \
    --cloud-run-job="$job_name" --job-program=/usr/bin/sheetbq-job
await "http://127.0.0.1:$google_port/_sandbox/invalid"

read -r job_size job_fetch < <(sizes sheetbq-job)
job_start=$(start_up sheetbq-job)
prove_load 32m thousand 1000
small=$(report '.peak_memory_bytes / 1048576 | round')
prove_load 128m million 1000000
large=$(report '.peak_memory_bytes / 1048576 | round')
# A limit that nothing meets says nothing. Podman leaves a file where it is told of the kernel's kill.
if (cd "$work" && load 48m million); then fail "ten million cells were loaded within 48 MiB: the limits are not in force" "Run where cgroups limit memory."; fi

psql --quiet --set ON_ERROR_STOP=1 <docker/compose/configurations.sql
psql --quiet --command "UPDATE sheet_to_bigquery_configs SET google_sheet_url = '$(url_of thousand)'"
read -r service_size service_fetch < <(sizes sheetbq-orchestrator)
service_start=$(start_up sheetbq-orchestrator)
from=$(date +%s%N)
start sheetbq-measure-service "${google[@]}" "${database[@]}" sheetbq-orchestrator --serve "--port=$service_port"
await "http://127.0.0.1:$service_port/readyz"
ready=$(awk -v ns=$(($(date +%s%N) - from)) 'BEGIN { printf "%.2f", ns / 1e9 }')
for ((i = 0; i < 20; i++)); do
    curl --silent --fail --request POST "http://127.0.0.1:$service_port/tick" >"$work/tick"
    done=$(psql --tuples-only --no-align --command "SELECT count(*) FROM sheetbq.run WHERE state = 'succeeded'")
    [ "$done" != 2 ] || break
    sleep 1
done
[ "$done" = 2 ] || {
    cat "$work/tick" >&2
    fail "the orchestrator did not bring its two configurations to their end" "Look at: $engine logs sheetbq-measure-service"
}
await "http://127.0.0.1:$service_port/metrics"
service_peak=$(awk '$1 == "sheetbq_process_peak_memory_bytes" { printf "%.0f", $2 / 1048576 }' "$work/answer")

read -r helper_size helper_fetch < <(sizes sheetbq-helper)
helper_start=$(start_up sheetbq-helper)
run "${google[@]}" "${database[@]}" sheetbq-helper status >"$work/status"
grep -q orders "$work/status" || fail "the helper's status does not show the configurations" "Look at: $(cat "$work/status")"

version=$("$engine" --version)
{
    echo "| image | files | to fetch | start to end of \`--version\` | at work | peak memory |"
    echo "| --- | --- | --- | --- | --- | --- |"
    echo "| job | $job_size MB | $job_fetch MB | $job_start s | 10 thousand cells, limit 32 MiB | $small MiB |"
    echo "| job | | | | 10 million cells, limit 128 MiB | $large MiB |"
    echo "| orchestrator | $service_size MB | $service_fetch MB | $service_start s | \`--serve\`, ready after $ready s, two runs | $service_peak MiB |"
    echo "| helper | $helper_size MB | $helper_fetch MB | $helper_start s | \`status\` | |"
    echo
    echo "Measured with $version, whose own start is in the times. Under a limit of 48 MiB the ten million cells do not load, so the limits are real."
} >"$work/table"
cat "$work/table"
tests/docs/put_table.sh "image table" "$work/table"
