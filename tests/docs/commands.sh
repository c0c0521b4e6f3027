#!/bin/bash
# tests/docs/commands.sh BUILD          runs the commands of README and docs with the programs of a build folder, e.g. build/demo
# tests/docs/commands.sh --print KIND   prints the blocks of one kind: run, real-project or fresh-machine
#
# Every fenced block says what it holds; docs/contributing.md has the words. The blocks of a document run in one shell, in
# order, in a folder of their own beside a sandbox and a PostgreSQL. What is left out is listed too.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
tree=$(cd "$here/../.." && pwd)
cd "$tree"

case ${1:-} in
    --print) mode=print kind=${2:?run, real-project or fresh-machine} ;;
    "" | -*)
        sed -n '2,3s/^# //p' "$0" >&2
        exit 2
        ;;
    *) mode=run built=$(cd "$1" && pwd) ;;
esac
if [ "$mode" = run ] && [ -z "${COMMANDS_BESIDE_POSTGRES:-}" ]; then
    for program in job/sheetbq-job orchestrator/sheetbq-orchestrator helper/sheetbq-helper sheetbq-sandbox; do
        [ -x "$built/$program" ] || {
            printf 'error: there is no %s\n  do:  cmake --preset demo && cmake --build --preset demo\n' "$built/$program" >&2
            exit 1
        }
    done
    COMMANDS_BESIDE_POSTGRES=yes exec tests/support/with_postgres.sh "$0" "$built"
fi

work=$(mktemp -d)
end_programs() { # end_programs FILE
    [ ! -e "$1" ] || xargs -r kill 2>/dev/null <"$1" || true
}
finish() {
    local code=$? file
    trap - EXIT
    for file in "$work"/*/running; do end_programs "$file"; done
    rm -rf "$work"
    exit "$code"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# The documents; docs/helper.md is made from the helper's table of commands, whose own test tries each example.
documents() {
    printf '%s\n' README.md SECURITY.md CHANGELOG.md
    find docs deploy -name '*.md' ! -path docs/helper.md 2>/dev/null | LC_ALL=C sort
}

# Writes each block to $work/blocks/NUMBER and a line of $work/index: NUMBER, place, language, kind.
extract() {
    mkdir -p "$work/blocks"
    local list
    mapfile -t list < <(documents)
    awk -v folder="$work/blocks" '
        FNR == 1 { inside = 0 }
        match($0, /^ *```/) {
            if (inside) { inside = 0; close(file); next }
            indent = RLENGTH - 3
            info = substr($0, RLENGTH + 1)
            words = split(info, word, " ")
            kind = words > 1 ? word[2] : "run"
            if (words == 0 || words > 2) kind = "nothing"
            file = sprintf("%s/%04d", folder, ++number)
            printf "" >file
            printf "%04d\t%s:%d\t%s\t%s\n", number, FILENAME, FNR, word[1] == "" ? "-" : word[1], kind
            inside = 1
            next
        }
        inside { line = $0; sub("^ {0," indent "}", "", line); print line >file }
    ' "${list[@]}" >"$work/index"
}

failures=0
complain() { # complain PLACE WHAT
    printf '  FAILED         %-28s %s\n' "$1" "$2"
    failures=$((failures + 1))
}

# What a block that is not run can still get wrong.
check_flags() { # check_flags BLOCK PLACE
    local program flag
    while read -r program flag; do
        "$built/${program#sheetbq-}/$program" --help >"$work/help"
        grep -qE -- "(^|[ ,])--(\[no-\])?${flag#--}( |,|$)" "$work/help" || complain "$2" "$program has no flag $flag"
    done < <(sed -e ':a' -e '/\\$/N; s/\\\n//; ta' "$1" | grep -oE 'sheetbq-(job|orchestrator)( [^|;&#]*)?' |
        awk '{ for (i = 2; i <= NF; ++i) if ($i ~ /^--/) { sub(/=.*/, "", $i); print $1, $i } }')
}

# Commands of the helper that stand in the text: `helper runs show RUN`, `helper list --state failed`.
check_helper() { # check_helper DOCUMENT
    local line words word flags
    while read -r line; do
        words=() flags=()
        for word in $line; do
            case $word in
                --*) flags+=("${word%%=*}") ;;
                *[!a-z-]*) ;;
                *) [ ${#flags[@]} -gt 0 ] || words+=("$word") ;;
            esac
        done
        if [ ${#words[@]} = 0 ] || [ "${words[0]}" = help ]; then continue; fi
        if ! "$built/helper/sheetbq-helper" "${words[@]}" --help >"$work/help" 2>&1; then
            complain "$1" "there is no: helper ${words[*]}"
            continue
        fi
        for word in "${flags[@]}"; do
            grep -qE -- "(^|[ ,])--(\[no-\])?${word#--}( |,|$)" "$work/help" || complain "$1" "helper ${words[*]} has no flag $word"
        done
    done < <(tr '\n\140' ' \n' <"$1" | sed -n 's/^helper //p' | sort -u)
}

check_tree() { # check_tree BLOCK PLACE
    local word
    for word in $(grep -oE '(^|[ ;&])(\./|\.ci/)[A-Za-z0-9_./-]+' "$1" || true); do
        [ -e "$word" ] || [[ $word == ./build/* ]] || complain "$2" "there is no $word"
    done
    while read -r _ word; do
        grep -q "\"name\": \"$word\"" CMakePresets.json || complain "$2" "there is no preset $word"
    done < <(grep -oE -- '--preset [a-z]+' "$1")
}

# What a reader puts in the place of an example.
replace() {
    sed -E \
        -e "s#spreadsheets/d/\.\.\.(/edit\#gid=0)?#spreadsheets/d/$sheet_id/edit\#gid=0#g" \
        -e "s#postgresql://app@db\.example\.com/sheets#postgresql:///$database#g" \
        -e "s#\b8085\b#$sandbox_port#g; s#\b8080\b#$page_port#g" "$1"
}

free_port() {
    local port
    while :; do
        port=$((20000 + RANDOM))
        if ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then break; fi
    done
    echo "$port"
}

# Waits until a program that runs in the background says so.
await() { # await PID FILE PATTERN
    local tries
    for ((tries = 0; tries < 300; tries++)); do
        if grep -q "$3" "$2"; then return 0; fi
        kill -0 "$1" 2>/dev/null || break
        sleep 0.1
    done
    cat "$2" >&2
    echo "error: it did not say: $3" >&2
    return 1
}

# Programs as a reader finds them on the PATH; what serves goes on in the background, as in another terminal.
install_programs() { # install_programs FOLDER
    local bin=$1/bin
    mkdir -p "$bin" "$1/build/demo/job" "$1/build/demo/orchestrator" "$1/build/demo/helper"
    {
        printf '#!/bin/bash\nset -euo pipefail\nbuilt=%q folder=%q\n' "$built" "$1"
        declare -f await
        cat <<'WRAPPER'
name=$(basename "$0")
[ "$name" != helper ] || name=sheetbq-helper
program=$built/${name#sheetbq-}/$name
[ "$name" != sheetbq-sandbox ] || program=$built/$name
case "$name $* " in
    sheetbq-sandbox*) sign='^sheet ' ends=yes ;;
    sheetbq-orchestrator*" --serve "*) sign='status page: ' ends=no ;;
    sheetbq-orchestrator*" --loop "*) sign=' claimed, ' ends=now ;;
    *) exec "$program" "$@" ;;
esac
log=$(mktemp "$folder/log.XXXXXX")
if [[ $name = sheetbq-orchestrator && " $* " != *" --port "* ]]; then export PORT=${PAGE_PORT:?}; fi
"$program" "$@" >"$log" 2>&1 &
echo $! >>"$folder/running"
await $! "$log" "$sign"
cat "$log"
[ "$ends" = now ] || exit 0
kill $!
wait $! || [ $? = 143 ]
WRAPPER
    } >"$bin/sheetbq-sandbox"
    chmod +x "$bin/sheetbq-sandbox"
    local name
    for name in sheetbq-job sheetbq-orchestrator sheetbq-helper helper; do ln -s sheetbq-sandbox "$bin/$name"; done
    ln -s "$bin/sheetbq-sandbox" "$1/build/demo/sheetbq-sandbox"
    for name in job orchestrator helper; do ln -s "$bin/sheetbq-$name" "$1/build/demo/$name/sheetbq-$name"; done
}

# A folder as after a clone and a build, with a sheet, a key, and a database that has a table and a row in it.
prepare() { # prepare FOLDER DOCUMENT
    mkdir -p "$1"
    install_programs "$1"
    ln -s "$tree/tests" "$1/tests"
    cp tests/data/demo/orders.csv "$1/orders.csv"
    createdb "$database"
    touch "$1/sandbox.log"
    (cd "$1" && exec "$built/sheetbq-sandbox" --port 0 --project my-project --sheet orders=orders.csv --dataset my-project.sales \
        --dataset my-project.sales_trial --service-account-key key.json >sandbox.log 2>&1) &
    echo $! >>"$1/running"
    await $! "$1/sandbox.log" '^sheet '
    root=$(sed -n 's/^sheetbq-sandbox listening on //p' "$1/sandbox.log")
    sheet_id=$(sed -nE 's#^sheet .*/spreadsheets/d/([^/]+)/.*#\1#p' "$1/sandbox.log")
    # Some make the table themselves.
    ! grep -q '^CREATE TABLE sheet_to_bigquery_configs' "$2" || return 0
    awk '/^```sql$/ { inside = 1; next } /^```$/ { inside = 0 } inside' README.md >"$work/table.sql"
    replace "$work/table.sql" | psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --dbname "$database" >"$1/psql.log" 2>&1 || {
        cat "$1/psql.log" >&2
        return 1
    }
}

# The blocks of a document as one script.
session() { # session DOCUMENT FOLDER
    printf 'set -euo pipefail\n'
    local number place language block
    while IFS=$'\t' read -r number place language _; do
        block=$2/block-$number
        replace "$work/blocks/$number" >"$block"
        printf 'echo %q >%q\n' "$place" "$2/current"
        if [ "$language" = sql ]; then
            printf 'psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --file %q\n' "$block"
        else
            printf 'source %q\n' "$block"
        fi
    done < <(awk -F '\t' -v document="$1" '$2 ~ "^" document ":" && ($3 == "sh" || $3 == "sql") && $4 == "run"' "$work/index")
    printf 'echo end >%q\n' "$2/current"
}

run_document() { # run_document DOCUMENT
    local folder sandbox_port page_port sheet_id='' root='' code=0 last
    local database=docs_${1//[^a-zA-Z]/_}
    database=${database,,}
    folder=$(mktemp -d "$work/run.XXXXXX")
    sandbox_port=$(free_port)
    page_port=$(free_port)
    prepare "$folder" "$1"
    session "$1" "$folder" >"$folder/session"
    (cd "$folder" && timeout 300 env -i HOME="$folder" PATH="$folder/bin:$PATH" TERM=dumb LANG=C.UTF-8 LOG_FORMAT=text \
        PGHOST="$PGHOST" PGUSER="$PGUSER" PGDATABASE="$database" PAGE_PORT="$page_port" SHEETBQ_API_ROOT="$root" \
        GOOGLE_APPLICATION_CREDENTIALS=key.json bash "$folder/session" >"$folder/log" 2>&1 </dev/null) || code=$?
    last=$(cat "$folder/current")
    while IFS=$'\t' read -r _ place language kind; do
        if [ "$code" != 0 ] && [ "$place" = "$last" ]; then
            complain "$place" "exit code $code:"
            tail -n 40 "$folder/log" | sed 's/^/      /'
            break
        fi
        printf '  ok             %s\n' "$place"
    done < <(awk -F '\t' -v document="$1" '$2 ~ "^" document ":" && ($3 == "sh" || $3 == "sql") && $4 == "run"' "$work/index")
    end_programs "$folder/running"
}

extract
if [ "$mode" = print ]; then
    while IFS=$'\t' read -r number place language _; do
        printf '# %s\n' "$place"
        cat "$work/blocks/$number"
    done < <(awk -F '\t' -v kind="$kind" '($3 == "sh" || $3 == "sql") && $4 == kind' "$work/index")
    exit 0
fi

ran=0
while read -r document; do
    printf '%s\n' "$document"
    check_helper "$document"
    while IFS=$'\t' read -r number place language kind; do
        case $language,$kind in
            -,*) complain "$place" "a fence must say what it holds; docs/contributing.md has the words" ;;
            sh,run) bash -n "$work/blocks/$number" || complain "$place" "is no shell" ;;
            sh,real-project)
                bash -n "$work/blocks/$number" || complain "$place" "is no shell"
                check_flags "$work/blocks/$number" "$place"
                printf '  real project   %s\n' "$place"
                ;;
            sql,real-project) printf '  real project   %s\n' "$place" ;;
            sh,fresh-machine)
                bash -n "$work/blocks/$number" || complain "$place" "is no shell"
                check_tree "$work/blocks/$number" "$place"
                printf '  fresh machine  %s\n' "$place"
                ;;
            sql,run | [a-rt-z]*,run) ;;
            *) complain "$place" "nobody knows the words \"$language $kind\" of this fence" ;;
        esac
    done < <(awk -F '\t' -v document="$document" '$2 ~ "^" document ":"' "$work/index")
    if awk -F '\t' -v document="$document" '$2 ~ "^" document ":" && ($3 == "sh" || $3 == "sql") && $4 == "run" { found = 1 } END { exit !found }' "$work/index"; then
        run_document "$document"
        ran=$((ran + 1))
    fi
done < <(documents)
printf '\n%d documents with commands, %d failures\n' "$ran" "$failures"
[ "$failures" = 0 ] && [ "$ran" -gt 0 ]
