#!/bin/bash
# run.sh [PYTEST_ARGUMENT...]
#
# Google's own Python clients against sheetbq-sandbox. Needs the packages of requirements.txt; test.sh installs them and
# puts their python3 first on PATH. SHEETBQ_BUILD names the build folder to take the programs from; without it, build/dev
# or another below build/ that has both.
set -euo pipefail
cd "$(dirname "$0")"

began=$SECONDS
code=0
# -p no:cacheprovider and -B: nothing is left behind in the source folder.
timeout 300 python3 -B -m pytest -q -p no:cacheprovider --no-header --tb=short "$@" . || code=$?
if [ "$code" = 0 ]; then
    echo "interop: Google's clients agree with the sandbox ($((SECONDS - began)) s)"
else
    echo "interop: FAILED (pytest ended with $code after $((SECONDS - began)) s)" >&2
fi
exit "$code"
