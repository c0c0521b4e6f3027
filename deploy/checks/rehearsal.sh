#!/bin/bash
# deploy/checks/rehearsal.sh     deploy.sh and destroy.sh, run for real against a stand-in for gcloud that remembers what there is
#
# Shown: each form deploys; again, it makes nothing twice; a secret without a version stops it before anything is built;
# destroy.sh leaves nothing, and may be run again; a dry run calls nothing, and shows what a real run does.
set -euo pipefail
cd "$(dirname "$0")/../.."

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/bin"
export STATE=$work/state
for name in gcloud bq; do
    ln -s "$PWD/deploy/checks/gcloud_stand_in.sh" "$work/bin/$name"
done
export PATH=$work/bin:$PATH
flags=(--project=my-project --region=europe-west1 '--datasets=my-project.sales,other.stock')
deploy=("${flags[@]}" --cloud-sql=my-project:europe-west1:db --postgres-db=sheets --postgres-user=sheetbq
    --tag=0123456789ab --people=ann@example.com --operators=user:ann@example.com --alert-emails=data@example.com)

fail() {
    printf 'error: %s\n' "$1" >&2
    exit 1
}

fresh() {
    rm -rf "$STATE"
    mkdir -p "$STATE"
    touch "$STATE/log" "$STATE/secret-version-sheetbq-postgres-password"
}

calls() { # calls PATTERN     of the last run
    grep -cE "$1" "$STATE/log" || true
}

run() { # run SCRIPT FLAG...
    : >"$STATE/log"
    "deploy/gcloud/$1.sh" "${@:2}" >"$work/out" 2>&1 || {
        tail -n 15 "$work/out" >&2
        fail "$* failed"
    }
}

expect() { # expect WHAT NUMBER WANTED
    [ "$2" = "$3" ] || fail "$1: $2, not $3"
}

for form in service job none; do
    fresh
    run deploy "${deploy[@]}" --form=$form
    builds=2 schedules=1
    if [ $form = none ]; then builds=1 schedules=0; fi
    expect "form $form: images built" "$(calls '^gcloud builds submit')" $builds
    expect "form $form: schedules" "$(calls '^gcloud scheduler jobs create http')" $schedules
    grep -oE '\$\{[A-Z_]+\}' "$STATE"/deployed-* && fail "form $form: a word was not filled in"
    run deploy "${deploy[@]}" --form=$form
    expect "form $form, again: things made" "$(calls '^gcloud .*(create|submit)( |$)' )" 1 # the dashboard, anew
    expect "form $form, again: schedules updated" "$(calls '^gcloud scheduler jobs update http')" $schedules
    run destroy "${flags[@]}" --yes --everything
    left=$(find "$STATE" -name 'thing-*' | sed 's/.*thing-//' | grep -v '^beta monitoring channels' || true)
    [ -z "$left" ] || fail "form $form: destroy.sh left $left"
    run destroy "${flags[@]}" --yes --everything
    expect "form $form: things deleted twice" "$(calls ' (delete|rm)( |$)')" 0
done

fresh
rm "$STATE/secret-version-sheetbq-postgres-password"
if deploy/gcloud/deploy.sh "${deploy[@]}" >"$work/out" 2>&1; then fail "a secret without a version was not noticed"; fi
grep -q 'gcloud secrets versions add sheetbq-postgres-password' "$work/out" || fail "the missing version's command was not told"
expect "builds before the secret has a version" "$(calls '^gcloud builds submit')" 0

# What a dry run shows is what a first run does, question for question left out.
fresh
run deploy "${deploy[@]}" --dry-run
expect "calls of a dry run" "$(calls .)" 0
grep -E '^\$ ' "$work/out" >"$work/dry"
fresh
run deploy "${deploy[@]}"
grep -E '^\$ ' "$work/out" >"$work/real"
sed -E 's/sha256:[0-9a-f]+|notificationChannels\/[0-9]+|https:\/\/sheettobigquery[^ /]*//g' "$work/dry" >"$work/dry.plain"
sed -E 's/sha256:[0-9a-f]+|notificationChannels\/[0-9]+|https:\/\/sheettobigquery[^ /]*//g' "$work/real" >"$work/real.plain"
diff "$work/dry.plain" "$work/real.plain" >&2 || fail "a dry run shows other commands than a run"
expect "commands that a run shows and makes" "$(wc -l <"$work/real")" "$(calls '^(gcloud|bq) .*(create|submit|enable|replace|update|add-iam-policy-binding|set-cleanup-policies|query)( |$)')"
