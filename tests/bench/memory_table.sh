#!/bin/bash
# tests/bench/memory_table.sh [LOG]     writes the table of memory by size into docs/operations.md, between its two markers,
#                                       from what tests/bench/run.sh printed (LOG), or from a run of its own
set -euo pipefail
cd "$(dirname "$0")/../.."

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

log=${1:-$work/log}
if [ $# = 0 ]; then
    cmake --preset demo >/dev/null
    cmake --build --preset demo --target sheetbq-job sheetbq-sandbox bench -j "$(nproc)" >/dev/null
    build/demo/tests/bench/bench build/demo/job/sheetbq-job build/demo/sheetbq-sandbox >"$log" || {
        cat "$log" >&2
        exit 1
    }
fi

# A line is: 1 million cells, compact: 107 ns a cell, CPU 0.107 s, wall 1.62 s, peak 40.4 MiB, in 3.5 MB, out 4.1 MB
{
    printf '| cells | compressed rows | peak memory | enough on a machine of your own | CPU |\n| --- | --- | --- | --- | --- |\n'
    sed -nE 's/^(.*) cells, compact: .* CPU ([0-9.]+) s, .* peak ([0-9.]+) MiB, in .* MB, out ([0-9.]+) MB$/\1|\4|\3|\2/p' "$log" |
        awk -F '|' '{
            enough = 16
            while (enough < 1.3 * $3) enough *= 2
            printf "| %s | %s MB | %.0f MiB | %d MiB | %.2f s |\n", $1, $2, $3, enough, $4
        }'
} >"$work/table"
[ "$(wc -l <"$work/table")" -ge 5 ] || {
    echo "error: $log has not the three sizes of the bench" >&2
    echo "  do:  tests/bench/run.sh | tee LOG, then tests/bench/memory_table.sh LOG" >&2
    exit 1
}
tests/docs/put_table.sh "memory table" "$work/table"
