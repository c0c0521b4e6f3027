#!/bin/bash
# ./demo.sh         builds sheetbq and shows sheets becoming tables, on this machine alone
# ./demo.sh stay    leaves the status page open until Ctrl-C
#
# A stand-in for Google and Slack (tests/sandbox) serves three sheets on loopback; a PostgreSQL of the demo's own holds four
# configurations, one of them broken; sheetbq-orchestrator runs them, and the tables are read back. No account is needed
# and nothing leaves the machine.
set -euo pipefail
cd "$(dirname "$0")"

began=$SECONDS
log=$(mktemp)
trap 'rm -f "$log"' EXIT
printf '\n== Install and build\n\n'
.ci/install build demo
export CCACHE_SLOPPINESS=${CCACHE_SLOPPINESS:-pch_defines,time_macros}
cmake --preset demo >"$log" 2>&1 || {
    cat "$log" >&2
    printf 'error: CMake could not configure the project\n  do:  Remove build/demo and start ./demo.sh again.\n' >&2
    exit 1
}
cmake --build --preset demo -j "$(nproc)" --target sheetbq-job sheetbq-orchestrator sheetbq-helper sheetbq-sandbox
printf 'Ready after %d s\n' $((SECONDS - began))

tests/support/with_postgres.sh tests/support/demo_scenes.sh "$@"
printf '\nDemo finished in %d s. Your own data: build/demo/sheetbq-sandbox --help\n' $((SECONDS - began))
