# shellcheck shell=bash disable=SC2034
# What deploy.sh and destroy.sh share: their flags, and how they speak with gcloud.

job=sheettobigquery-job
orchestrator=sheettobigquery-orchestrator

fail() { # fail WHAT DO
    printf 'error: %s\n  do:  %s\n' "$1" "$2" >&2
    exit 1
}

usage() { # usage NAME
    awk 'NR > 1 && /^#/ { sub(/^# ?/, ""); print; next } NR > 1 { exit }' "deploy/gcloud/$1.sh" >&2
    exit 2
}

# Sets a variable a flag: --postgres-db=x sets postgres_db.
read_flags() { # read_flags NAME WORD...
    dry_run=no form=service schedule='*/15 * * * *' time_zone=Etc/UTC ingress=internal
    project="" region="" cloud_sql="" postgres_db="" postgres_user="" datasets="" job_image="" orchestrator_image="" max_parallel_jobs="" tag=""
    slack="" paused="" people="" operators="" alert_emails="" yes="" everything=""
    local name=$1 word flag
    shift
    for word in "$@"; do
        flag=${word%%=*}
        flag=${flag#--}
        case $word in
            --dry-run) dry_run=yes ;;
            --slack | --paused | --yes | --everything) declare -g "$flag=yes" ;;
            --project=* | --region=* | --cloud-sql=* | --postgres-db=* | --postgres-user=* | --datasets=* | --form=* | \
                --job-image=* | --orchestrator-image=* | --max-parallel-jobs=* | --tag=* | --schedule=* | --time-zone=* | --people=* | --ingress=* | \
                --operators=* | --alert-emails=*) declare -g "${flag//-/_}=${word#*=}" ;;
            *) usage "$name" ;;
        esac
    done
    project_id=$project
    if [ "$dry_run" = no ] && [ -n "$project" ] && ! command -v gcloud >/dev/null; then
        fail "gcloud is not on this machine" "Install the Google Cloud CLI, or look what would be done: add --dry-run."
    fi
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
}

need() { # need VARIABLE...
    local variable
    for variable in "$@"; do
        [ -n "${!variable}" ] || fail "--${variable//_/-} is missing" "Run deploy/gcloud/deploy.sh --help, which explains every flag."
    done
}

heading() { printf '\n== %s\n' "$1"; }

account() { echo "$1@$project_id.iam.gserviceaccount.com"; }
member() { echo "serviceAccount:$(account "$1")"; }

# The projects of the datasets, each once.
load_projects() { tr ',' '\n' <<<"$datasets" | cut -d. -f1 | sort -u; }

say() { # say WORD...     as a shell would take it
    local word line='$'
    for word in "$@"; do
        if [[ $word =~ ^[A-Za-z0-9_./:=@,+-]+$ ]]; then line+=" $word"; else line+=" ${word@Q}"; fi
    done
    printf '%s\n' "$line"
}

gcloud_do() { # gcloud_do WORD...     changes something; is always shown
    say gcloud "$@" --project="$project_id" --quiet
    [ "$dry_run" = yes ] || gcloud "$@" --project="$project_id" --quiet >"$work/out" 2>&1 || {
        cat "$work/out" >&2
        fail "gcloud refused that" "Read its words above, then run this again: what is done is not done twice."
    }
}

# Whether something is there. In a dry run nothing is: every command that makes something is shown.
there() { # there WORD...
    [ "$dry_run" = no ] && gcloud "$@" --project="$project_id" --quiet >/dev/null 2>&1
}

# What something is; in a dry run, the first word.
gcloud_ask() { # gcloud_ask OTHERWISE WORD...
    if [ "$dry_run" = yes ]; then
        echo "$1"
    else
        gcloud "${@:2}" --project="$project_id" --quiet
    fi
}

bq_do() { # bq_do PROJECT.DATASET SQL
    local words=(bq "--project_id=${1%%.*}" query --use_legacy_sql=false "$2")
    say "${words[@]}"
    [ "$dry_run" = yes ] || "${words[@]}" >"$work/out" 2>&1 || {
        cat "$work/out" >&2
        fail "BigQuery refused that" "Read its words above, then run this again."
    }
}

# Fills the words in ${...} of a file in; one that stays is a mistake of ours. What is deployed can be read in build/deploy.
render() { # render FILE NAME=VALUE...; sets rendered
    local text assignment
    text=$(<"$1")
    for assignment in "PROJECT=$project_id" "REGION=$region" "${@:2}"; do
        text=${text//"\${${assignment%%=*}}"/"${assignment#*=}"}
    done
    # The comment at the top speaks of the words too.
    # shellcheck disable=SC2016
    if grep -v '^ *#' <<<"$text" | grep -o '\${[A-Z_]*}' >&2; then
        fail "$1 has words that nobody fills in" "Report this as a bug of sheetbq."
    fi
    mkdir -p build/deploy
    rendered=build/deploy/$(basename "$1")
    printf '%s\n' "$text" >"$rendered"
}
