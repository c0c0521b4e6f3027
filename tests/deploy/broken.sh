#!/bin/bash
# tests/deploy/broken.sh     breaks a copy of each artefact on purpose, and shows that deploy/check.sh catches it
#
# A check that cannot fail proves nothing. Cases whose step has no tools here are named and left out.
#   SHARED, NODE_MODULES     as for deploy/check.sh
# shellcheck disable=SC2016
set -euo pipefail
cd "$(dirname "$0")/../.."
source=$PWD
SHARED=$(realpath -m "${SHARED:-../shared}")
NODE_MODULES=$(realpath -m "${NODE_MODULES:-build/deploy-check/node_modules}")
export SHARED NODE_MODULES
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tree=$work/tree
caught=0
missed=0
left_out=0

# What is broken is copied, what is only read is linked.
lay_out() {
    rm -rf "$tree"
    mkdir -p "$tree"
    cp -r deploy docker .dockerignore CMakeLists.txt "$tree/"
    ln -s "$source"/{.ci,CHANGELOG.md,CMakePresets.json,LICENSE,cmake,docs,helper,job,libsheetbq,orchestrator,tests} "$tree/"
}

# broken STEP FILE WORDS SED     after SED, the step must fail and say WORDS (a pattern)
broken() {
    local step=$1 file=$2 words=$3 change=$4 out code=0
    lay_out
    sed -E -i "$change" "$tree/$file"
    if cmp -s "$file" "$tree/$file"; then
        missed=$((missed + 1))
        printf 'error: %s: the change "%s" changes nothing\n' "$file" "$change" >&2
        return
    fi
    out=$("$tree/deploy/check.sh" --only "$step" 2>&1) || code=$?
    if [ $code != 0 ] && grep -qE -- "$words" <<<"$out"; then
        caught=$((caught + 1))
        printf 'caught (%s): %s: %s\n' "$step" "$file" "$change"
    elif grep -q '^skipped: ' <<<"$out" && [ $code = 0 ]; then
        left_out=$((left_out + 1))
        printf 'left out (%s): %s: its tools are not here\n' "$step" "$file"
    else
        missed=$((missed + 1))
        printf 'error: %s: "%s" was not caught by %s (exit code %d):\n%s\n' "$file" "$change" "$step" "$code" "$out" >&2
    fi
}

# Nothing broken: the steps pass, or nothing below would mean anything.
lay_out
"$tree/deploy/check.sh" --only own --only shell >"$work/out" 2>&1 || {
    cat "$work/out" >&2
    echo "error: deploy/check.sh fails before anything is broken" >&2
    exit 1
}

broken own docker/job.Dockerfile 'does not set USER' '/^USER/d'
broken docker docker/job.Dockerfile 'FAILED: docker/job.Dockerfile' 's/^WORKDIR .src/WORKDIR src/'
broken own docker/orchestrator.Dockerfile 'does not expose 8080' 's/^EXPOSE 8080/EXPOSE 8081/'
broken own docker/helper.Dockerfile 'its entry point is not /usr/bin/helper' 's/^ENTRYPOINT.*/ENTRYPOINT helper/'
broken own docker/sandbox.Dockerfile 'does not copy orchestrator' '/^COPY orchestrator/d'
broken shell docker/collect_rootfs.sh 'SC2086' 's/mkdir -p "\$folder"/mkdir -p $folder/'
broken shell docker/build.sh 'SC2154' 's/"\$\{images\[@\]\}"/"${image_list[@]}"/'
broken own docker/compose.yaml 'sheetbq-orchestrator has no variable POSTGRES_DATABASE' 's/POSTGRES_DB: sheets$/POSTGRES_DATABASE: sheets/'
broken own .dockerignore 'copies helper, which .dockerignore holds back' '/^!helper/d'
broken own deploy/cloudbuild-job.yaml '_IMAGE is not' 's#/sheetbq/job$#/sheetbq/jobs#'
broken own deploy/cloudbuild-job.yaml 'must be written \$\$digest' 's/\$\$digest/$digest/'
broken cloud deploy/cloudbuild-job.yaml 'unknown field' 's/entrypoint: bash/entryPoint: bash/'
broken own deploy/cloudbuild-orchestrator.yaml 'has no such field' 's/machineType/machinetype/'
broken own deploy/run/job.yaml 'these must rise' 's/timeoutSeconds: "3600"/timeoutSeconds: "600"/'
broken own deploy/run/orchestrator.yaml 'startup probe asks /readyz; without a token only /livez' '0,/path: .livez/s//path: \/readyz/'
broken own deploy/run/orchestrator.yaml 'is started with --serve --auth=iam' 's/, --auth=iam//'
broken cloud deploy/run/orchestrator.yaml 'unknown field' 's/failureThreshold: 3$/failureTreshold: 3/'
broken own deploy/run/orchestrator-job.yaml 'has no flag --onse' 's/--once/--onse/'
broken own deploy/terraform/main.tf 'liveness probe asks /healthz' 's#path = "/livez"#path = "/healthz"#'
broken own deploy/terraform/main.tf 'has no variable POSTGRES_PASWORD' 's/POSTGRES_PASSWORD/POSTGRES_PASWORD/'
broken own deploy/terraform/main.tf 'MaxRetries|maxRetry|has no such field|maxRetries' 's/max_retries +=/max_retry =/'
broken own deploy/terraform/main.tf 'Cloud Scheduler waits' 's/attempt_deadline = "180s"/attempt_deadline = "60s"/'
broken schema deploy/terraform/main.tf 'unknown argument or block' 's/public_access_prevention /public_access_prevented /'
broken terraform deploy/terraform/main.tf 'FAILED: terraform fmt' 's/^  location +=/ location =/'
broken own deploy/terraform/iam.tf 'gives sheetbq-scheduler roles/run.invoker' 's#roles/run.servicesInvoker#roles/run.invoker#'
broken own deploy/terraform/iam.tf 'takes away what others hold' 's/"google_project_iam_member" "job"/"google_project_iam_binding" "job"/'
broken own deploy/terraform/monitoring.tf 'local.alarms is not declared' 's/= local.alerts/= local.alarms/'
broken own deploy/terraform/variables.tf 'var.schedule is not declared' 's/variable "schedule"/variable "scheduled"/'
broken own deploy/terraform/outputs.tf 'cannot be read.*outputs.tf' 's/^\}$//'
broken own deploy/terraform/versions.tf 'cannot be read.*versions.tf' 's/"hashicorp\/google"/"hashicorp\/google/'
broken own deploy/terraform/terraform.tfvars.example 'there is no variable postgres_database' 's/^postgres_db /postgres_database /'
broken own deploy/gcloud/deploy.sh 'does not give sheetbq-job roles/bigquery.jobUser' '/roles\/bigquery.jobUser/d'
broken own deploy/gcloud/deploy.sh 'logging.googleapis.com is enabled by Terraform or by deploy.sh' 's/logging.googleapis.com monitoring/monitoring/'
broken rehearsal deploy/gcloud/deploy.sh 'is there already' 's/there iam service-accounts describe/false \&\& there iam service-accounts describe/'
broken rehearsal deploy/gcloud/destroy.sh 'destroy.sh left' '/^drop_monitoring$/d'
broken own deploy/gcloud/common.sh 'sheettobigquery-jobs is neither' 's/^job=.*/job=sheettobigquery-jobs/'
broken rehearsal deploy/gcloud/common.sh 'calls of a dry run' 's/\[ "\$dry_run" = yes \] \|\| gcloud/gcloud/'
broken own deploy/gcloud/cleanup-policy.json 'cannot be read' 's/^\]$//'
broken own deploy/gcloud/lifecycle.json 'cannot be read' 's/\}\]\}$/}]/'
broken own deploy/monitoring/metrics/tick_ended.yaml 'no program logs the event tick_done' 's/"tick_ended"/"tick_done"/'
broken own deploy/monitoring/metrics/run_peak_memory.yaml 'no program logs a field peak_memory$' 's/peak_memory_bytes/peak_memory/'
broken own deploy/monitoring/metrics/run_rows.yaml 'has no such field' 's/growthFactor/growFactor/'
broken own deploy/monitoring/alerts/starts-refused.yaml 'does not count start_denied' 's/"start_refused"/"start_denied"/'
broken cloud deploy/monitoring/alerts/no-tick.yaml 'unknown field' 's/autoClose/autoclose/'
broken own deploy/monitoring/dashboard.json 'has no label result_code' 's/metric.label.result"/metric.label.result_code"/'
broken cloud deploy/monitoring/dashboard.json 'has no such field' 's/"plotType"/"plottype"/'

printf '\n%d broken copies caught, %d missed, %d left out\n' $caught $missed $left_out
[ $missed = 0 ] && [ $caught -gt 0 ]
