#!/bin/bash
# tests/docs/put_table.sh NAME FILE     puts FILE into docs/operations.md between the markers of the table NAME:
#                                       <!-- NAME: written by SCRIPT --> and <!-- end of the NAME -->
set -euo pipefail
cd "$(dirname "$0")/../.."

page=docs/operations.md
name=$1
table=$2
begin=$(grep -xE "<!-- $name: written by [^ ]+ -->" "$page" || true)
end="<!-- end of the $name -->"
if [ -z "$begin" ] || ! grep -qxF "$end" "$page"; then
    echo "error: $page has lost the markers of the $name" >&2
    echo "  do:  Put them back: <!-- $name: written by SCRIPT --> and $end" >&2
    exit 1
fi
new=$(mktemp)
trap 'rm -f "$new"' EXIT
awk -v begin="$begin" -v end="$end" -v table="$table" '
    $0 == end { inside = 0 }
    !inside { print }
    $0 == begin { inside = 1; while ((getline line < table) > 0) print line }' "$page" >"$new"
cat "$new" >"$page"
