#!/bin/bash
# tests/support/with_postgres.sh COMMAND [ARGUMENT...]     runs a command beside a PostgreSQL of its own
#
# The server listens on a socket in a temporary folder and nowhere else; PGHOST, PGUSER and PGDATABASE tell the
# command where. It ends, and all of it is removed, when the command ends. PostgreSQL refuses to run as root: then
# it runs as the user postgres, which Debian's package makes.
set -euo pipefail
[ $# -gt 0 ] || {
    sed -n '2s/^# //p' "$0" >&2
    exit 2
}

binaries=$(find /usr/lib/postgresql -mindepth 2 -maxdepth 2 -name bin -type d 2>/dev/null | sort -V | tail -n 1)
[ -n "$binaries" ] || {
    printf 'error: there is no PostgreSQL on this machine\n  do:  Run: sudo apt-get install postgresql\n' >&2
    exit 1
}

folder=$(mktemp -d /tmp/sheetbq-pg.XXXXXX)
chmod 755 "$folder"
as=()
if [ "$(id -u)" = 0 ]; then
    chown postgres "$folder"
    as=(setpriv --reuid postgres --regid postgres --clear-groups env HOME="$folder")
fi
server=""
finish() {
    local code=$?
    trap - EXIT
    if [ -n "$server" ]; then
        kill -INT "$server" 2>/dev/null || true
        wait "$server" 2>/dev/null || true
    fi
    rm -rf "$folder"
    exit "$code"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

"${as[@]}" "$binaries/initdb" --pgdata "$folder/data" --username postgres --auth trust --encoding UTF8 --locale C \
    --no-sync >"$folder/initdb.log" 2>&1 || {
    cat "$folder/initdb.log" >&2
    exit 1
}
"${as[@]}" "$binaries/postgres" -D "$folder/data" -k "$folder" -c listen_addresses= -c fsync=off \
    -c shared_buffers=32MB >"$folder/server.log" 2>&1 &
server=$!
export PGHOST=$folder PGUSER=postgres PGDATABASE=postgres
for ((tries = 0; tries < 300; tries++)); do
    if "$binaries/pg_isready" -q; then break; fi
    kill -0 "$server" 2>/dev/null || {
        cat "$folder/server.log" >&2
        exit 1
    }
    sleep 0.1
done
"$@"
