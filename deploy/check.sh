#!/bin/bash
# deploy/check.sh [--install] [--strict] [--only STEP]...     checks everything that is deployed, offline, without an account
#
# A step whose tools are not here is skipped, and named at the end. Steps: shell own terraform schema cloud docker compose rehearsal.
#
#   --install      fetches the checkers that npm has into build/deploy-check first (350 MB)
#   --strict       what is skipped counts as failed
#   --only STEP    this step; repeatable
#   SHARED         folder with Google's API descriptions and the checkers of npm's schemas; default: ../shared
#   NODE_MODULES   where the npm packages are; default: build/deploy-check/node_modules
set -euo pipefail
cd "$(dirname "$0")/.."

install=no
strict=no
only=()
while [ $# -gt 0 ]; do
    case $1 in
        --install) install=yes ;;
        --strict) strict=yes ;;
        --only)
            [ $# -gt 1 ] || set -- --only ""
            only+=("$2")
            shift
            ;;
        *)
            sed -n '2s/^# //p' "$0" >&2
            exit 2
            ;;
    esac
    shift
done
shared=${SHARED:-../shared}
export NODE_MODULES=${NODE_MODULES:-$PWD/build/deploy-check/node_modules}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0
failed=()
skipped=()

# Their versions are what the checks were written against.
packages=(@cdktf/hcl-tools@0.21.0 @cdktf/hcl2json@0.21.0 @cdktf/provider-google@16.12.1 @google-cloud/cloudbuild@6.1.0 @google-cloud/run@4.2.0
    @google-cloud/monitoring@6.1.1 @google-cloud/scheduler@6.0.0 @google-cloud/monitoring-dashboards@4.2.0
    @googleapis/run@34.0.0 dockerlinter@2.0.0 yaml@2.9.1)
fetched=build/deploy-check/fetched.txt
if [ $install = yes ] && [ "$(cat "$fetched" 2>/dev/null)" != "${packages[*]}" ]; then
    mkdir -p build/deploy-check
    npm install --prefix build/deploy-check --no-audit --no-fund --no-package-lock --ignore-scripts --legacy-peer-deps \
        "${packages[@]}" >build/deploy-check/npm.log 2>&1 || {
        tail -n 20 build/deploy-check/npm.log >&2
        echo "error: npm cannot fetch the checkers; without --install the rest is checked" >&2
        exit 1
    }
    echo "${packages[*]}" >"$fetched"
fi

wanted() { # wanted STEP
    local step
    [ ${#only[@]} -gt 0 ] || return 0
    for step in "${only[@]}"; do if [ "$step" = "$1" ]; then return 0; fi; done
    return 1
}

check() { # check WHAT COMMAND...
    local what=$1
    shift
    if "$@" >"$work/out" 2>&1; then
        passed=$((passed + 1))
        echo "ok: $what"
    else
        failed+=("$what")
        cat "$work/out"
        echo "FAILED: $what"
    fi
}

skip() { # skip WHAT WHY
    skipped+=("$1: $2")
    echo "skipped: $1: $2"
}

has_package() { command -v node >/dev/null && [ -d "$NODE_MODULES/$1" ]; }

step_shell() {
    if command -v shellcheck >/dev/null; then
        check "shell scripts" shellcheck -x docker/*.sh deploy/*.sh deploy/gcloud/*.sh deploy/checks/*.sh
    else
        skip "shell scripts" "shellcheck is not installed"
    fi
}

# Our own comparison; it counts its checks itself.
step_own() {
    if ! command -v python3 >/dev/null || ! python3 -c 'import yaml' 2>/dev/null; then
        skip "names, settings, rights, events" "python3-yaml is not installed"
        return
    fi
    local code=0 line
    python3 -B deploy/checks/run.py . "$shared/discovery" >"$work/own" || code=$?
    cat "$work/own"
    while read -r line; do
        case $line in
            ok:*) passed=$((passed + 1)) ;;
            FAILED:*) failed+=("${line#FAILED: }") ;;
            skipped:*) skipped+=("${line#skipped: }") ;;
        esac
    done <"$work/own"
    if [ $code != 0 ] && ! grep -q '^FAILED:' "$work/own"; then failed+=("our own checks"); fi
}

step_terraform() {
    if command -v terraform >/dev/null; then
        check "terraform fmt" terraform fmt -check -diff -recursive deploy/terraform
    elif has_package @cdktf/hcl-tools; then
        check "terraform fmt" node deploy/checks/format.mjs deploy/terraform
    else
        skip "terraform fmt" "neither Terraform nor its npm package is here (--install)"
    fi
}

# The checkers of the folder shared read declaration files; that part is ours, and has to stand beside them.
stage_checkers() {
    [ -e "$shared/tools/tfcheck.mjs" ] && [ -e "$shared/tools/gcpcheck.mjs" ] || return 1
    cp "$shared/tools/tfcheck.mjs" "$shared/tools/gcpcheck.mjs" deploy/checks/dts.mjs "$work/"
}

step_schema() {
    local what="Terraform against the provider's schema"
    if ! has_package @cdktf/provider-google; then
        skip "$what" "its npm packages are not here (--install)"
    elif ! stage_checkers; then
        skip "$what" "tfcheck.mjs is not in $shared/tools"
    else
        check "$what" node "$work/tfcheck.mjs" deploy/terraform
    fi
}

cloud() { # cloud PACKAGE WHAT KIND FILE...
    if ! has_package "$1"; then
        skip "$2" "its npm packages are not here (--install)"
    elif ! stage_checkers; then
        skip "$2" "gcpcheck.mjs is not in $shared/tools"
    else
        check "$2" node "$work/gcpcheck.mjs" "${@:3}"
    fi
}

step_cloud() {
    cloud @google-cloud/cloudbuild "Cloud Build's files" cloudbuild deploy/cloudbuild-*.yaml
    cloud @googleapis/run "Cloud Run's files" knative deploy/run/*.yaml
    cloud @google-cloud/monitoring "alerts" alert deploy/monitoring/alerts/*.yaml
    if has_package @google-cloud/monitoring-dashboards; then
        check "the dashboard" node deploy/checks/message.mjs @google-cloud/monitoring-dashboards \
            google.monitoring.dashboard.v1.Dashboard deploy/monitoring/dashboard.json
    else
        skip "the dashboard" "its npm packages are not here (--install)"
    fi
}

# Waived: pinned versions of packages of apt (ER0012), lists of apt that a cache keeps (ER0002), and --mount, which it takes for a command.
lint_dockerfile() { # lint_dockerfile FILE
    node "$NODE_MODULES/dockerlinter/bin/dockerfilelinter.js" -f "$1" -e info -i ER0012,ER0002,SC2215
}

step_docker() {
    local file
    for file in docker/*.Dockerfile; do
        if has_package dockerlinter; then
            check "$file" lint_dockerfile "$file"
        else
            skip "$file" "dockerlinter is not here (--install); our own rules are checked"
        fi
    done
}

step_compose() {
    if docker compose version >/dev/null 2>&1; then
        check "compose.yaml" docker compose -f docker/compose.yaml config --quiet
    else
        skip "compose.yaml by Docker Compose" "it is not installed; our own rules are checked"
    fi
}

step_rehearsal() { check "deploy.sh and destroy.sh against a stand-in for gcloud" deploy/checks/rehearsal.sh; }

for step in shell own terraform schema cloud docker compose rehearsal; do
    if wanted $step; then "step_$step"; fi
done

printf '\n%d checks passed, %d failed, %d skipped\n' "$passed" ${#failed[@]} ${#skipped[@]}
if [ ${#skipped[@]} -gt 0 ]; then printf '  skipped: %s\n' "${skipped[@]}"; fi
if [ ${#failed[@]} -gt 0 ]; then printf '  failed: %s\n' "${failed[@]}"; fi
if [ $strict = yes ] && [ ${#skipped[@]} -gt 0 ]; then exit 1; fi
[ ${#failed[@]} = 0 ] && [ $((passed + ${#skipped[@]})) -gt 0 ]
