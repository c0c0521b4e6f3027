#!/bin/bash
# deploy/gcloud/destroy.sh --project=P --region=R --datasets=P.D,... [--dry-run] [--yes] [--everything]
#
# Takes away what deploy.sh made, whichever form it was. Safe to run again. Your tables, your database and the sheets are not
# touched; images, sources and secrets stay unless you say --everything. Schema sheetbq: helper db, or DROP SCHEMA sheetbq CASCADE.
#
#   --dry-run      prints every command, runs none
#   --yes          does not ask
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=deploy/gcloud/common.sh
source deploy/gcloud/common.sh

read_flags destroy "$@"
need project region datasets

confirm() {
    [ $dry_run = no ] && [ -z "$yes" ] || return 0
    local answer
    read -r -p "Take sheetbq away from project $project_id in $region? Type the project's id: " answer || answer=""
    [ "$answer" = "$project_id" ] || fail "nothing was taken away" "Type the project's id, or add --yes."
}

# In a dry run everything counts as being there, so that every command is shown.
drop() { # drop DESCRIBE-WORDS... -- DELETE-WORDS...
    local ask=()
    while [ "$1" != -- ]; do
        ask+=("$1")
        shift
    done
    shift
    if [ $dry_run = yes ] || there "${ask[@]}"; then gcloud_do "$@"; fi
}

# A binding that is gone already is no mistake.
revoke() { # revoke PROJECT MEMBER ROLE
    say gcloud projects remove-iam-policy-binding "$1" --member="$2" --role="$3" --condition=None --quiet
    [ $dry_run = yes ] ||
        gcloud projects remove-iam-policy-binding "$1" --member="$2" --role="$3" --condition=None --quiet >/dev/null 2>&1 || true
}

drop_runs() {
    heading "Schedule, orchestrator, job"
    drop scheduler jobs describe sheetbq-tick --location="$region" -- scheduler jobs delete sheetbq-tick --location="$region"
    drop run services describe "$orchestrator" --region="$region" -- run services delete "$orchestrator" --region="$region"
    drop run jobs describe "$orchestrator" --region="$region" -- run jobs delete "$orchestrator" --region="$region"
    drop run jobs describe "$job" --region="$region" -- run jobs delete "$job" --region="$region"
}

drop_named() { # drop_named KIND DISPLAY-NAME
    local found
    found=$(gcloud_ask "projects/$project_id/$1/0" monitoring "$1" list "--filter=displayName=\"$2\"" '--format=value(name)')
    for found in $found; do gcloud_do monitoring "$1" delete "$found"; done
}

drop_monitoring() {
    heading "Dashboard, alerts, metrics"
    local file
    drop_named dashboards sheetbq
    for file in deploy/monitoring/alerts/*.yaml; do
        drop_named policies "$(sed -n 's/^displayName: "\(.*\)"$/\1/p' "$file")"
    done
    for file in deploy/monitoring/metrics/*.yaml; do
        drop logging metrics describe "sheetbq_$(basename "$file" .yaml)" -- logging metrics delete "sheetbq_$(basename "$file" .yaml)"
    done
}

drop_rights() {
    heading "Rights and accounts"
    local project set name
    for project in $(load_projects); do
        revoke "$project" "$(member sheetbq-job)" roles/bigquery.jobUser
        revoke "$project" "$(member sheetbq-orchestrator)" roles/bigquery.resourceViewer
    done
    for set in ${datasets//,/ }; do
        bq_do "$set" "REVOKE \`roles/bigquery.dataEditor\` ON SCHEMA \`${set%%.*}\`.\`${set#*.}\` FROM \"$(member sheetbq-job)\""
        bq_do "$set" "REVOKE \`roles/bigquery.metadataViewer\` ON SCHEMA \`${set%%.*}\`.\`${set#*.}\` FROM \"$(member sheetbq-orchestrator)\""
    done
    revoke "$project_id" "$(member sheetbq-orchestrator)" roles/cloudsql.client
    revoke "$project_id" "$(member sheetbq-orchestrator)" "projects/$project_id/roles/sheetbqLogReader"
    revoke "$project_id" "$(member sheetbq-deployer)" roles/run.developer
    revoke "$project_id" "$(member sheetbq-deployer)" roles/logging.logWriter
    for name in sheetbq-job sheetbq-orchestrator sheetbq-scheduler sheetbq-deployer; do
        drop iam service-accounts describe "$(account $name)" -- iam service-accounts delete "$(account $name)"
    done
    for name in sheetbqRunReader sheetbqLogReader; do
        drop iam roles describe $name -- iam roles delete $name
    done
}

drop_everything() {
    heading "Images, sources, secrets"
    drop artifacts repositories describe sheetbq --location="$region" -- artifacts repositories delete sheetbq --location="$region"
    drop storage buckets describe "gs://$project_id-sheetbq-sources" -- storage rm --recursive "gs://$project_id-sheetbq-sources"
    for name in sheetbq-postgres-password sheetbq-slack-webhook; do
        drop secrets describe $name -- secrets delete $name
    done
}

confirm
drop_runs
drop_monitoring
drop_rights
[ -z "$everything" ] || drop_everything
