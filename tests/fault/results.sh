#!/bin/bash
# tests/fault/results.sh   runs the orchestrator's fault experiments (built by the preset dev) and writes their table
#                          into docs/operations.md, between its two markers
set -euo pipefail
cd "$(dirname "$0")/../.."

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
touch "$work/lines"

outcome=0
SHEETBQ_RESULTS="$work/lines" ctest --preset dev -j 2 -R '^fault_orchestrator' || outcome=$?
[ -s "$work/lines" ] || {
    echo "error: no experiment told its result" >&2
    echo "  do:  cmake --build --preset dev --target fault_orchestrator" >&2
    exit 1
}
{
    printf '| No. | Experiment | Unharmed |\n| --- | --- | --- |\n'
    sort -t '|' -k 2.3n -s "$work/lines"
} >"$work/table"
tests/docs/put_table.sh "fault table" "$work/table"
exit "$outcome"
