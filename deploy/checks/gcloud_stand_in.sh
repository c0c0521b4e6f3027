#!/bin/bash
# A stand-in for gcloud and bq that remembers in $STATE what was made; for rehearsal.sh alone.
set -euo pipefail
printf '%s %s\n' "$(basename "$0")" "$*" >>"$STATE/log"
[ "$(basename "$0")" = gcloud ] || exit 0

words=()
declare -A flag=()
for word in "$@"; do
    case $word in
        --*=*) flag[${word%%=*}]=${word#*=} ;;
        --*) flag[$word]=yes ;;
        *) words+=("$word") ;;
    esac
done
[ "${flag[--project]:-}" = my-project ] || {
    echo "stand-in: --project is missing: $*" >&2
    exit 1
}
line=${words[*]}

# The file that stands for a thing: its group of commands and its name.
thing() { # thing GROUP NAME
    local name=${2%%@*}
    name=${name#gs://}
    echo "$STATE/thing-$1 ${name//\//_}"
}

title_of() { sed -nE 's/^ *"?displayName"?: "(.*)",?$/\1/p' "$1" | head -n 1; }

refuse() {
    echo "stand-in: $1: $line" >&2
    exit 1
}

make() { # make FILE
    [ ! -e "$1" ] || refuse "is there already"
    touch "$1"
}

case $line in
    'services enable '*) ;;
    'builds submit .')
        name=$(basename "${flag[--config]}" .yaml)
        tag=${flag[--substitutions]#_TAG=}
        make "$STATE/image-${name#cloudbuild-}:${tag%%,*}"
        ;;
    'artifacts docker images describe '*)
        image=${words[4]##*/}
        [ -e "$STATE/image-$image" ] || exit 1
        if [ -n "${flag[--format]:-}" ]; then echo "sha256:$(sha256sum <<<"$image" | cut -d ' ' -f 1)"; fi
        ;;
    'run jobs replace '* | 'run services replace '*)
        name=$(sed -n 's/^  name: //p' "${words[3]}" | head -n 1)
        touch "$(thing "run ${words[1]}" "$name")"
        cp "${words[3]}" "$STATE/deployed-${words[1]}-$name"
        sed -i '/^ *#/d' "$STATE/deployed-${words[1]}-$name"
        ;;
    'secrets versions describe latest') [ -e "$STATE/secret-version-${flag[--secret]}" ] ;;
    'scheduler jobs create http '*) make "$(thing 'scheduler jobs' "${words[4]}")" ;;
    'scheduler jobs update http '*) [ -e "$(thing 'scheduler jobs' "${words[4]}")" ] ;;
    'scheduler jobs resume '* | 'scheduler jobs pause '*) [ -e "$(thing 'scheduler jobs' "${words[3]}")" ] ;;
    'monitoring policies create' | 'monitoring dashboards create')
        file=${flag[--policy-from-file]:-${flag[--config-from-file]:-}}
        title=$(title_of "$file")
        make "$(thing "monitoring ${words[1]}" "$title")"
        ;;
    'beta monitoring channels create') make "$(thing 'beta monitoring channels' "${flag[--channel-labels]#*=}")" ;;
    'monitoring policies list' | 'monitoring dashboards list' | 'beta monitoring channels list')
        group=${line% list}
        name=${flag[--filter]#*\"}
        file=$(thing "$group" "${name%\"}")
        if [ -e "$file" ]; then echo "projects/my-project/${words[-2]/channels/notificationChannels}/$(cksum <<<"$file" | cut -d ' ' -f 1)"; fi
        ;;
    'monitoring policies update '* | 'monitoring policies delete '* | 'monitoring dashboards delete '*)
        found=""
        for file in "$STATE/thing-monitoring ${words[1]} "*; do
            if [ "${words[3]##*/}" = "$(cksum <<<"$file" | cut -d ' ' -f 1)" ]; then found=$file; fi
        done
        [ -n "$found" ] || refuse "is not there"
        [ "${words[2]}" = update ] || rm "$found"
        ;;
    *' add-iam-policy-binding '* | *' remove-iam-policy-binding '*) ;;
    'artifacts repositories set-cleanup-policies sheetbq') [ -s "${flag[--policy]}" ] ;;
    'storage rm gs://'*) rm "$(thing 'storage buckets' "${words[2]}")" ;;
    *' create '*) make "$(thing "${line%% create *}" "${words[-1]}")" ;;
    *' describe '*) [ -e "$(thing "${line%% describe *}" "${words[-1]}")" ] || exit 1
        if [ -n "${flag[--format]:-}" ]; then echo "https://${words[-1]}-abc123-ew.a.run.app"; fi ;;
    *' update '*) [ -e "$(thing "${line%% update *}" "${words[-1]}")" ] || refuse "is not there" ;;
    *' delete '*) rm "$(thing "${line%% delete *}" "${words[-1]}")" 2>/dev/null || refuse "is not there" ;;
    *) refuse "is a command that the stand-in does not know" ;;
esac
