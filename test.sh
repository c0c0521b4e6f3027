#!/bin/bash
# ./test.sh          everything that continuous integration runs; installs by apt what is missing
# ./test.sh quick    format, layers, development build, unit and integration tests
#
# Stops at the first step that fails, with the step's name and a non-zero exit code.
set -euo pipefail
cd "$(dirname "$0")"

case ${1:-all} in
    all | quick) what=${1:-all} ;;
    *)
        sed -n '2,3s/^# *//p' "$0" >&2
        exit 2
        ;;
esac
jobs=$(nproc)
logs=build/logs
steps=0
# The test programs that use threads, which ThreadSanitizer has to see; they bear the label `threads`.
threaded=(unit_core unit_http unit_http_server unit_auth unit_job unit_process unit_gate unit_sandbox_run fault_job)
summary=()
behind=""
current="start"
began=$SECONDS
export LSAN_OPTIONS=suppressions=$PWD/tests/support/known_leaks.txt:print_suppressions=0
# Objects that use a precompiled header are cached too; see ccache(1), PRECOMPILED HEADERS.
export CCACHE_SLOPPINESS=${CCACHE_SLOPPINESS:-pch_defines,time_macros}

finish() {
    local code=$?
    if [ -n "$behind" ]; then kill -- -"$behind" 2>/dev/null || true; fi
    [ "$code" = 0 ] || printf '\ntest.sh: step "%s" failed (exit code %d)\n' "$current" "$code" >&2
}
trap finish EXIT

step() { # step NAME COMMAND...
    current=$1
    shift
    printf '\n== %s\n' "$current"
    local start=$SECONDS
    "$@"
    steps=$((steps + 1))
    printf -- '-- %s: %d s\n' "$current" $((SECONDS - start))
}

shell_lint() {
    local scripts
    mapfile -t scripts < <(find . \( -name .git -o -name build \) -prune -o -type f -print | while read -r file; do
        if head -n 1 "$file" | grep -qaE '^#!.*[/ ](ba)?sh( |$)'; then echo "$file"; fi
    done)
    shellcheck -x "${scripts[@]}" .ci/packages
}

layers() {
    .ci/layers --self-test
    .ci/layers
}

build() { # build PRESET [--target TARGET...]
    cmake --preset "$1" >"$logs/configure-$1.log" 2>&1 || {
        tail -n 40 "$logs/configure-$1.log" >&2
        return 1
    }
    cmake --build --preset "$1" -j "$jobs" "${@:2}"
}

# Runs the tests of a preset that bear one of these labels. Only the unit tests must exist.
# ThreadSanitizer and AddressSanitizer of g++ 12 cannot place their shadow memory where the kernel
# randomizes addresses more than they knew of; setarch -R switches that off for the tests.
tests() { # tests PRESET LABELS
    local preset=$1 labels=$2 none=ignore fixed=() log
    [[ $labels != *unit* ]] || none=error
    if [[ $preset =~ ^(asan|tsan)$ ]] && setarch -R true 2>/dev/null; then fixed=(setarch -R); fi
    log=$logs/tests-$preset-${labels//|/-}.log
    "${fixed[@]}" ctest --preset "$preset" -j "$jobs" -L "^($labels)\$" --no-tests=$none | tee "$log"
    summary+=("$(printf '%-4s %-33s %s' "$preset" "${labels//|/, }" "$(grep 'tests passed' "$log" || echo 'no tests')")")
}

# The job starts in milliseconds and holds no connection to PostgreSQL: nothing of libpq may be in it.
links_no_libpq() {
    local libraries
    libraries=$(ldd build/release/job/sheetbq-job)
    if grep -i 'libpq' <<<"$libraries"; then
        echo "error: sheetbq-job links libpq" >&2
        echo "  do:  Link what needs PostgreSQL to sheetbq_postgres, and the job to sheetbq only." >&2
        return 1
    fi
    build/release/job/sheetbq-job --version
}

# The library as a shared one, installed, and used from outside by a project of ten lines and by the installed job.
shared_library() {
    local part
    for part in libsheetbq job; do cmake --install build/shared/$part --prefix build/shared/installed >/dev/null; done
    cmake -S tests/package -B build/shared/package -G Ninja -DCMAKE_PREFIX_PATH="$PWD/build/shared/installed" >/dev/null
    cmake --build build/shared/package
    # Not in a pipe: grep -q ends at its first match, and ldd would fail for writing on.
    local libraries
    libraries=$(ldd build/shared/package/smoke)
    grep -q 'libsheetbq\.so' <<<"$libraries" || {
        echo "error: the program does not use the shared library" >&2
        echo "  do:  Look at libsheetbq/CMakeLists.txt: add_library(sheetbq) must name no kind." >&2
        return 1
    }
    build/shared/package/smoke
    build/shared/package/schema >/dev/null
    build/shared/installed/bin/sheetbq-job --version
}

# A Python environment that outlives the run. Fails where PyPI cannot be reached; what cannot be installed for another reason ends all.
python_environment() { # python_environment FOLDER LIST
    local venv=$1 list=$2
    if cmp -s "$list" "$venv/installed.txt"; then return 0; fi
    rm -rf "$venv"
    python3 -m venv "$venv" || exit 1
    if ! "$venv/bin/pip" install -q --disable-pip-version-check --retries 2 --timeout 20 -r "$list" >"$logs/pip.log" 2>&1; then
        if ! "$venv/bin/pip" download -q --disable-pip-version-check --retries 1 --timeout 10 --no-deps -d "$venv/probe" six >/dev/null 2>&1; then
            return 1
        fi
        cat "$logs/pip.log" >&2
        exit 1
    fi
    cp "$list" "$venv/installed.txt"
}

# Google's own clients judge the sandbox.
interop() {
    if ! python_environment build/interop-venv tests/interop/requirements.txt; then
        echo "interop: not run, because PyPI cannot be reached"
        return 0
    fi
    PATH="$PWD/build/interop-venv/bin:$PATH" tests/interop/run.sh
}

# Tests mostly wait and compilers do not, so what only compiles works beside them, at the lowest priority, a stage after the other.
begin_behind() { # begin_behind "NAME COMMAND"...
    local stage
    rm -f "$logs"/*.code
    set -m
    (
        set +e
        for stage in "$@"; do
            # shellcheck disable=SC2086  # a name, a command and its words
            set -- $stage
            (
                set -e
                "${@:2}"
            ) >"$logs/$1.log" 2>&1
            echo $? >"$logs/$1.code"
        done
    ) &
    behind=$!
    set +m
    renice -n 19 -g "$behind" >/dev/null
}

await() { # await NAME
    while [ ! -s "$logs/$1.code" ]; do
        kill -0 "$behind" || return 1
        sleep 1
    done
    local code
    code=$(cat "$logs/$1.code")
    if [ "$code" = 0 ]; then tail -n 1 "$logs/$1.log"; else tail -n 200 "$logs/$1.log" >&2; fi
    return "$code"
}

documents() {
    tests/docs/names.sh
    tests/docs/commands.sh build/dev
}

# npm's checkers run on a Node.js from PyPI: Debian's npm would bring hundreds of packages. Node.js asks for the machine's
# certificate authorities by name.
deployment() {
    local -x PATH="$PATH:$PWD/build/deploy-venv/bin" NODE_EXTRA_CA_CERTS=${NODE_EXTRA_CA_CERTS:-/etc/ssl/certs/ca-certificates.crt}
    local install=()
    if ! python_environment build/deploy-venv tests/deploy/requirements.txt; then
        echo "deployment: npm's checkers are not run, because PyPI cannot be reached"
    elif ! [ -e build/deploy-check/fetched.txt ] && ! npm ping --fetch-retries=1 --fetch-timeout=20000 >"$logs/npm.log" 2>&1; then
        echo "deployment: npm's checkers are not run, because npm's registry cannot be reached"
    else
        install=(--install)
    fi
    deploy/check.sh "${install[@]}"
    tests/deploy/broken.sh
}

packages=(build test package format check)
[ "$what" = all ] || packages=(build test format)
step "install" .ci/install "${packages[@]}"
mkdir -p "$logs"
step "format" .ci/format
step "layers" layers
[ "$what" = quick ] || step "shell lint" shell_lint
step "build dev" build dev
if [ "$what" = all ]; then
    begin_behind "tidy .ci/tidy" "asan build asan" "tsan build tsan --target ${threaded[*]}" "release build release --target sheetbq-job" \
        "packages tests/package/packages.sh build/release" "shared build shared --target sheetbq sheetbq_postgres sheetbq-job"
fi
step "unit tests" tests dev unit
step "integration tests" tests dev integration

if [ "$what" = all ]; then
    step "documents" documents
    step "deployment" deployment
    step "fault tests" tests dev fault
    step "fuzz tests" tests dev fuzz
    step "tidy" await tidy
    step "build asan" await asan
    step "asan tests" tests asan "unit|integration|fault|fuzz"
    step "build tsan" await tsan
    step "tsan tests" tests tsan threads
    step "build release" await release
    step "job without libpq" links_no_libpq
    step "hardening" tests/package/hardening.sh --self-test build/release/job/sheetbq-job
    step "release packages" await packages
    step "build shared" await shared
    step "shared library" shared_library
    [ ! -e tests/interop/run.sh ] || step "interop" interop
    [ ! -e tests/bench/run.sh ] || step "bench smoke" tests/bench/run.sh smoke
fi

printf '\n'
printf '%s\n' "${summary[@]}"
echo "All $steps steps passed in $((SECONDS - began)) s"
