#!/bin/bash
# run.sh [smoke]     measures the job: CPU, wall, memory, beside the bare cost and the Python stack;
#                    the store, on a PostgreSQL of its own; and the service, under hostile clients
#
# Builds what it needs (preset demo: optimised, with the sandbox; smoke, which only sees that all runs: preset dev). The Python stack is measured where
# a Python with tests/bench/requirements.txt is found: PYTHON, or build/bench-venv, which is made where PyPI
# can be reached. Exit code 1 when a bar is missed.
set -euo pipefail
cd "$(dirname "$0")/../.."
preset=demo
[ "${1:-}" != smoke ] || preset=dev
cmake --preset "$preset" >/dev/null
cmake --build --preset "$preset" --target sheetbq-job sheetbq-orchestrator sheetbq-sandbox bench store_bench bench_serve \
    -j "$(nproc)" >/dev/null
built=build/$preset
job=("$built/tests/bench/bench" "$built/job/sheetbq-job" "$built/sheetbq-sandbox")
store=("$built/tests/bench/store_bench")
if [ "${1:-}" = smoke ]; then
    "${job[@]}" --smoke
    "${store[@]}" --smoke
    SHEETBQ_BENCH_SECONDS=4 SHEETBQ_BENCH_REQUESTS=500 exec "$built/tests/bench_serve"
fi

python=${PYTHON:-}
if [ -z "$python" ] && [ -f tests/bench/requirements.txt ]; then
    venv=build/bench-venv
    if [ ! -x "$venv/bin/python3" ] || ! "$venv/bin/python3" -c 'import pandas, google.cloud.bigquery' 2>/dev/null; then
        python3 -m venv "$venv" && "$venv/bin/pip" install --quiet --requirement tests/bench/requirements.txt || venv=
    fi
    [ -z "$venv" ] || python=$venv/bin/python3
fi
if [ -n "$python" ]; then
    job+=(--python "$python" tests/bench/python_stack.py)
else
    echo "the Python stack is not measured: PyPI cannot be reached, and PYTHON is not set"
fi
code=0
"${job[@]}" || code=1
"${store[@]}" --history || code=1
"$built/tests/bench_serve" || code=1
exit "$code"
