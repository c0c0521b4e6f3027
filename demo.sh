#!/bin/bash
# ./demo.sh    builds sheetbq and shows sheets becoming tables, on this machine alone
#
# A stand-in for Google (tests/sandbox) serves three sheets on loopback; sheetbq-job loads each into a BigQuery table; the
# tables are read back. Then one load that must fail. No account is needed and nothing leaves the machine.
set -euo pipefail
cd "$(dirname "$0")"

began=$SECONDS
work=$(mktemp -d)
sandbox=""
finish() {
    local code=$?
    if [ -n "$sandbox" ]; then
        kill "$sandbox" 2>/dev/null || true
        wait "$sandbox" 2>/dev/null || true
    fi
    rm -rf "$work"
    [ "$code" = 0 ] || printf '\ndemo.sh: failed after %d s (exit code %d)\n' $((SECONDS - began)) "$code" >&2
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

# Runs the job with these variables and no others, and shows what a user would type.
job() { # job SHEET [VARIABLE=VALUE...]
    local variables=(CONFIG_NAME="$1" GOOGLE_SHEET_URL="$(url_of "$1")" GOOGLE_CLOUD_PROJECT_ID=demo-project
        BIGQUERY_DATASET_ID=demo BIGQUERY_TABLE_ID="$1" "${@:2}")
    printf '%s \\\n' "${variables[@]}"
    printf 'sheetbq-job\n\n'
    env -i PATH="$PATH" HOME="$HOME" TERM="${TERM:-dumb}" LANG=C.UTF-8 LOG_FORMAT=text SHEETBQ_API_ROOT="$root" \
        GOOGLE_APPLICATION_CREDENTIALS="$work/key.json" "${variables[@]}" build/demo/job/sheetbq-job
}

show() { tests/support/show_table.sh "$root" "$work/key.json" "demo-project.demo.$1"; }

load() { # load SHEET ROWS
    job "$1"
    printf '\n'
    show "$1" | tee "$work/shown"
    grep -q "^demo\.$1: $2 rows$" "$work/shown" ||
        fail "table demo.$1 does not hold the $2 rows of its sheet" "Compare it with what the job says above."
}

heading "Install and build"
.ci/install build demo
export CCACHE_SLOPPINESS=${CCACHE_SLOPPINESS:-pch_defines,time_macros}
cmake --preset demo >"$work/configure.log" 2>&1 || {
    cat "$work/configure.log" >&2
    fail "CMake could not configure the project" "Remove build/demo and start ./demo.sh again."
}
cmake --build --preset demo -j "$(nproc)" --target sheetbq-job sheetbq-sandbox
printf 'Ready after %d s\n' $((SECONDS - began))

heading "A Google of our own"
readings >"$work/readings.csv"
start_sandbox

heading "orders: dates, money, yes and no, notes with commas and line breaks"
load orders 100

heading "contacts: ZIP codes that keep their zeros, blanks, and headers as people write them"
load contacts 10

heading "readings: 200,000 rows"
load readings 200000

heading "A tab that does not exist: what you see, and the table stays as it is"
show orders >"$work/before"
code=0
job orders GOOGLE_SHEET_TAB_NAME=Ordres || code=$?
printf '\nexit code %d\n' "$code"
show orders >"$work/after"
cmp "$work/before" "$work/after" || fail "the failed load changed the table" "Report this; it is a bug."
[ "$code" = 3 ] || fail "the job should have ended with exit code 3, not found" "Report this; it is a bug."

printf '\nDemo finished in %d s. Your own data: build/demo/sheetbq-sandbox --help\n' $((SECONDS - began))
