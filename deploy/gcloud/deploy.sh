#!/bin/bash
# deploy/gcloud/deploy.sh --project=P --region=R --cloud-sql=P:R:I --postgres-db=D --postgres-user=U --datasets=P.D,... [FLAG...]
#
# Everything that deploy/terraform makes, by gcloud alone. Safe to run again: what is there is brought up to date.
#
#   --dry-run                  prints every command, runs none, needs no gcloud
#   --form=service             service: the orchestrator serves, Cloud Scheduler asks it for ticks (default)
#          job                 it is a job that Cloud Scheduler starts, one tick an execution
#          none                only the job that copies: you run the orchestrator or the helper yourself
#   --job-image=IMAGE@DIGEST, --orchestrator-image=IMAGE@DIGEST     deployed instead of what this checkout builds
#   --tag=TAG                  of the images that are built; the commit's hash without it
#   --schedule='*/15 * * * *'  --time-zone=Etc/UTC                  when ticks are
#   --paused                   the schedule is made, and rests
#   --max-parallel-jobs=N      runs at the same time; without it what the database has, which is 3 at first
#   --slack                    the secret sheetbq-slack-webhook has a version: Slack is told
#   --people=EMAIL,...         may open the status page; together with --ingress=all, for browsers
#   --ingress=internal         internal, internal-and-cloud-load-balancing or all
#   --operators=MEMBER,...     may use the helper, e.g. user:ann@example.com
#   --alert-emails=EMAIL,...   alerts are sent there
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=deploy/gcloud/common.sh
source deploy/gcloud/common.sh

read_flags deploy "$@"
need project region cloud_sql postgres_db postgres_user datasets
case $form in
    service | job | none) ;;
    *) fail "--form is \"$form\"" "Write --form=service, --form=job or --form=none." ;;
esac
[[ $cloud_sql =~ ^[^:/]+:[^:/]+:[^:/]+$ ]] || fail "--cloud-sql is \"$cloud_sql\"" "Write --cloud-sql=PROJECT:REGION:INSTANCE."

enable_apis() {
    heading "APIs"
    gcloud_do services enable artifactregistry.googleapis.com bigquery.googleapis.com cloudbuild.googleapis.com \
        cloudscheduler.googleapis.com drive.googleapis.com iam.googleapis.com iamcredentials.googleapis.com \
        logging.googleapis.com monitoring.googleapis.com run.googleapis.com secretmanager.googleapis.com \
        sheets.googleapis.com sqladmin.googleapis.com storage.googleapis.com
}

make_account() { # make_account NAME WORDS
    there iam service-accounts describe "$(account "$1")" ||
        gcloud_do iam service-accounts create "$1" --display-name="$2"
}

make_accounts() {
    heading "One account a program"
    make_account sheetbq-job "sheetbq job: reads sheets, loads tables"
    make_account sheetbq-orchestrator "sheetbq orchestrator: starts and follows executions"
    make_account sheetbq-scheduler "sheetbq scheduler: asks for ticks"
    make_account sheetbq-deployer "sheetbq deployer: builds and deploys images"
    make_role sheetbqRunReader "sheetbq: reads executions of a Cloud Run job" \
        run.executions.get,run.executions.list,run.jobs.get,run.tasks.get,run.tasks.list
    make_role sheetbqLogReader "sheetbq: reads the reports of runs" logging.logEntries.list
}

make_role() { # make_role ID TITLE PERMISSIONS
    local verb=create
    if there iam roles describe "$1"; then verb=update; fi
    gcloud_do iam roles "$verb" "$1" --title="$2" --permissions="$3"
}

on_project() { # on_project PROJECT MEMBER ROLE
    gcloud_do projects add-iam-policy-binding "$1" --member="$2" --role="$3" --condition=None
}

on_dataset() { # on_dataset PROJECT.DATASET ACCOUNT ROLE
    bq_do "$1" "GRANT \`$3\` ON SCHEMA \`${1%%.*}\`.\`${1#*.}\` TO \"serviceAccount:$2\""
}

grant() {
    heading "What each account may do"
    local set project
    for project in $(load_projects); do
        on_project "$project" "$(member sheetbq-job)" roles/bigquery.jobUser
        on_project "$project" "$(member sheetbq-orchestrator)" roles/bigquery.resourceViewer
    done
    for set in ${datasets//,/ }; do
        on_dataset "$set" "$(account sheetbq-job)" roles/bigquery.dataEditor
        on_dataset "$set" "$(account sheetbq-orchestrator)" roles/bigquery.metadataViewer
    done
    on_project "$project_id" "$(member sheetbq-orchestrator)" roles/cloudsql.client
    on_project "$project_id" "$(member sheetbq-orchestrator)" "projects/$project_id/roles/sheetbqLogReader"
    on_project "$project_id" "$(member sheetbq-deployer)" roles/run.developer
    on_project "$project_id" "$(member sheetbq-deployer)" roles/logging.logWriter
    for runtime in sheetbq-job sheetbq-orchestrator; do
        gcloud_do iam service-accounts add-iam-policy-binding "$(account $runtime)" --member="$(member sheetbq-deployer)" \
            --role=roles/iam.serviceAccountUser
    done
    for person in ${operators//,/ }; do
        on_project "$project_id" "$person" roles/logging.viewer
        on_project "$project_id" "$person" roles/cloudsql.client
    done
}

make_registry() {
    heading "Images and sources"
    there artifacts repositories describe sheetbq --location="$region" ||
        gcloud_do artifacts repositories create sheetbq --location="$region" --repository-format=docker --immutable-tags \
            --description="Images of sheetbq"
    gcloud_do artifacts repositories set-cleanup-policies sheetbq --location="$region" \
        --policy=deploy/gcloud/cleanup-policy.json --no-dry-run
    gcloud_do artifacts repositories add-iam-policy-binding sheetbq --location="$region" \
        --member="$(member sheetbq-deployer)" --role=roles/artifactregistry.writer
    there storage buckets describe "gs://$project_id-sheetbq-sources" ||
        gcloud_do storage buckets create "gs://$project_id-sheetbq-sources" --location="$region" \
            --uniform-bucket-level-access --public-access-prevention
    gcloud_do storage buckets update "gs://$project_id-sheetbq-sources" --lifecycle-file=deploy/gcloud/lifecycle.json
    gcloud_do storage buckets add-iam-policy-binding "gs://$project_id-sheetbq-sources" \
        --member="$(member sheetbq-deployer)" --role=roles/storage.objectViewer
}

make_secret() { # make_secret NAME
    there secrets describe "$1" || gcloud_do secrets create "$1" --replication-policy=automatic
    gcloud_do secrets add-iam-policy-binding "$1" --member="$(member sheetbq-orchestrator)" \
        --role=roles/secretmanager.secretAccessor
}

# A secret's value is typed by a person, once, and is in no script.
has_version() { # has_version NAME
    there secrets versions describe latest --secret="$1" || [ $dry_run = yes ] ||
        fail "the secret $1 has no version" \
            "Run: gcloud secrets versions add $1 --project=$project_id --data-file=-   (type it, then Ctrl-D), and this again."
}

make_secrets() {
    heading "Secrets"
    make_secret sheetbq-postgres-password
    make_secret sheetbq-slack-webhook
    [ $form = none ] || has_version sheetbq-postgres-password
    [ -z "$slack" ] || has_version sheetbq-slack-webhook
}

# The image of this checkout, by digest; built unless it is there.
make_image() { # make_image NAME; sets image
    local name=$region-docker.pkg.dev/$project_id/sheetbq/$1 digest
    [ -n "$tag" ] || tag=$(git rev-parse --short=12 HEAD 2>/dev/null) ||
        fail "this is no git checkout, so its images have no name" "Add --tag=VERSION, e.g. --tag=0.1.0."
    there artifacts docker images describe "$name:$tag" ||
        gcloud_do builds submit --config="deploy/cloudbuild-$1.yaml" --region="$region" --substitutions="_TAG=$tag,_REGION=$region" \
            --gcs-source-staging-dir="gs://$project_id-sheetbq-sources/source" .
    digest=$(gcloud_ask "sha256:$(printf '0%.0s' {1..64})" artifacts docker images describe "$name:$tag" \
        '--format=value(image_summary.digest)')
    image=$name@$digest
}

make_job() {
    heading "The job"
    image=$job_image
    [ -n "$image" ] || make_image job
    render deploy/run/job.yaml "JOB_IMAGE=$image"
    gcloud_do run jobs replace "$rendered" --region="$region"
    local role who
    for role in roles/run.jobsExecutorWithOverrides "projects/$project_id/roles/sheetbqRunReader"; do
        gcloud_do run jobs add-iam-policy-binding "$job" --region="$region" --member="$(member sheetbq-orchestrator)" --role="$role"
    done
    for who in ${operators//,/ }; do
        for role in roles/run.jobsExecutorWithOverrides roles/run.viewer; do
            gcloud_do run jobs add-iam-policy-binding "$job" --region="$region" --member="$who" --role="$role"
        done
    done
}

render_orchestrator() { # render_orchestrator FILE
    local webhook="" callers
    [ -z "$slack" ] || webhook=projects/$project_id/secrets/sheetbq-slack-webhook/versions/latest
    callers=$(account sheetbq-scheduler)${people:+,$people}
    render "$1" "ORCHESTRATOR_IMAGE=$image" "CLOUD_SQL_INSTANCE=$cloud_sql" "POSTGRES_DB=$postgres_db" \
        "POSTGRES_USER=$postgres_user" "SLACK_WEBHOOK=$webhook" "MAX_PARALLEL_JOBS=$max_parallel_jobs" "CALLERS=$callers" "INGRESS=$ingress"
}

make_service() {
    heading "The orchestrator as a service"
    image=$orchestrator_image
    [ -n "$image" ] || make_image orchestrator
    render_orchestrator deploy/run/orchestrator.yaml
    gcloud_do run services replace "$rendered" --region="$region"
    local person
    gcloud_do run services add-iam-policy-binding "$orchestrator" --region="$region" --member="$(member sheetbq-scheduler)" \
        --role=roles/run.servicesInvoker
    for person in ${people//,/ }; do
        gcloud_do run services add-iam-policy-binding "$orchestrator" --region="$region" --member="user:$person" \
            --role=roles/run.servicesInvoker
    done
    local url
    url=$(gcloud_ask "https://$orchestrator-0000000000-uc.a.run.app" run services describe "$orchestrator" --region="$region" \
        '--format=value(status.url)')
    make_schedule "$url/tick" "--oidc-service-account-email=$(account sheetbq-scheduler)" "--oidc-token-audience=$url"
}

make_orchestrator_job() {
    heading "The orchestrator as a scheduled job"
    image=$orchestrator_image
    [ -n "$image" ] || make_image orchestrator
    render_orchestrator deploy/run/orchestrator-job.yaml
    gcloud_do run jobs replace "$rendered" --region="$region"
    gcloud_do run jobs add-iam-policy-binding "$orchestrator" --region="$region" --member="$(member sheetbq-scheduler)" \
        --role=roles/run.jobsExecutor
    make_schedule "https://run.googleapis.com/v2/projects/$project_id/locations/$region/jobs/$orchestrator:run" \
        "--oauth-service-account-email=$(account sheetbq-scheduler)" "--oauth-token-scope=https://www.googleapis.com/auth/cloud-platform"
}

make_schedule() { # make_schedule URL FLAG...
    local verb=create
    if there scheduler jobs describe sheetbq-tick --location="$region"; then verb=update; fi
    gcloud_do scheduler jobs "$verb" http sheetbq-tick --location="$region" --schedule="$schedule" --time-zone="$time_zone" \
        --uri="$1" --http-method=POST "${@:2}" --attempt-deadline=180s --max-retry-attempts=3 --min-backoff=10s \
        --max-backoff=120s --max-doublings=3
    if [ -n "$paused" ]; then
        gcloud_do scheduler jobs pause sheetbq-tick --location="$region"
    elif [ $verb = update ]; then
        gcloud_do scheduler jobs resume sheetbq-tick --location="$region"
    fi
}

make_channels() { # make_channels; sets channels
    local email found
    channels=""
    for email in ${alert_emails//,/ }; do
        found=$(gcloud_ask "" beta monitoring channels list "--filter=labels.email_address=\"$email\"" '--format=value(name)' | head -n 1)
        [ -n "$found" ] || gcloud_do beta monitoring channels create --display-name="sheetbq: $email" --type=email \
            --channel-labels="email_address=$email"
        [ -n "$found" ] || found=$(gcloud_ask "projects/$project_id/notificationChannels/0" beta monitoring channels list \
            "--filter=labels.email_address=\"$email\"" '--format=value(name)' | head -n 1)
        channels+=${channels:+,}$found
    done
}

make_monitoring() {
    heading "Metrics, alerts, dashboard"
    local file name verb found
    for file in deploy/monitoring/metrics/*.yaml; do
        name=sheetbq_$(basename "$file" .yaml)
        verb=create
        if there logging metrics describe "$name"; then verb=update; fi
        gcloud_do logging metrics "$verb" "$name" --config-from-file="$file"
    done
    make_channels
    for file in deploy/monitoring/alerts/*.yaml; do
        name=$(sed -n 's/^displayName: "\(.*\)"$/\1/p' "$file")
        found=$(gcloud_ask "" monitoring policies list "--filter=displayName=\"$name\"" '--format=value(name)' | head -n 1)
        if [ -n "$found" ]; then
            gcloud_do monitoring policies update "$found" --policy-from-file="$file" ${channels:+"--set-notification-channels=$channels"}
        else
            gcloud_do monitoring policies create --policy-from-file="$file" ${channels:+"--notification-channels=$channels"}
        fi
    done
    found=$(gcloud_ask "" monitoring dashboards list '--filter=displayName="sheetbq"' '--format=value(name)' | head -n 1)
    [ -z "$found" ] || gcloud_do monitoring dashboards delete "$found"
    gcloud_do monitoring dashboards create --config-from-file=deploy/monitoring/dashboard.json
}

enable_apis
make_accounts
grant
make_registry
make_secrets
make_job
case $form in
    service) make_service ;;
    job) make_orchestrator_job ;;
    none) ;;
esac
make_monitoring
printf '\nDone. Share each sheet with %s as a viewer.\n' "$(account sheetbq-job)"
