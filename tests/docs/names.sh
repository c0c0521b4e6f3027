#!/bin/bash
# tests/docs/names.sh     checks that the documents name what there is: metrics, log events, runbooks of alerts, links
set -euo pipefail
cd "$(dirname "$0")/../.."

failures=0
complain() {
    printf 'error: %s\n' "$1" >&2
    failures=$((failures + 1))
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Both lists, without repeats; what stands in one alone is a failure.
compare() { # compare FIRST SECOND WHAT
    local name
    while read -r name; do complain "$3: $name"; done < <(comm -3 <(sort -u "$1") <(sort -u "$2"))
}

# Metrics: of the program, and of the table in operations.md.
grep -oE '"sheetbq_[a-z0-9_]+"' libsheetbq/sheetbq/app/metrics.cpp | tr -d '"' |
    sed -E 's/_(total|info)$//' >"$work/metrics"
sed -n '/^### Metrics/,/^### /p' docs/operations.md | grep -oE 'sheetbq_[a-z0-9_]+' | sed -E 's/_(total|info)$//' >"$work/metrics.docs"
compare "$work/metrics" "$work/metrics.docs" "a metric that only program or docs/operations.md has"

# Events: of the orchestrator's sources; debug is for those who read them.
grep -rhozE '(info|notice|warning|error)\(\s*"[a-z]+(_[a-z]+)*",' orchestrator libsheetbq/sheetbq/control libsheetbq/sheetbq/app \
    --include='*.cpp' | tr '\0' '\n' | grep -oE '"[a-z_]+"' | tr -d '"' >"$work/events"
sed -n '/^### Log events/,/^## /p' docs/operations.md | sed -nE 's/^\| (`[^|]*) \|.*/\1/p' | grep -oE '[a-z_]+' >"$work/events.docs"
compare "$work/events" "$work/events.docs" "an event that only programs or docs/operations.md have"

# Alerts name their heading.
for alert in deploy/monitoring/alerts/*.yaml; do
    [ -e "$alert" ] || continue
    heading=$(tr '\n' ' ' <"$alert" | sed -nE 's/.*docs\/operations\.md, "([^"]+)".*/\1/p')
    grep -qixF "### $heading" docs/operations.md || complain "$alert: docs/operations.md has no heading \"$heading\""
done

# Links within the tree, and their headings.
anchors() { # anchors FILE
    sed -nE 's/^#+ +//p' "$1" | tr '[:upper:]' '[:lower:]' | sed -E 's/[^a-z0-9 _-]//g; s/ /-/g'
}
while IFS=: read -r file link; do
    target=${link%%#*}
    path=$file
    if [ -n "$target" ]; then path=$(dirname "$file")/$target; fi
    [ -e "$path" ] || complain "$file: there is no $link"
    if [[ $link = *\#* && -f $path ]]; then
        anchors "$path" >"$work/anchors"
        grep -qxF "${link#*#}" "$work/anchors" || complain "$file: no heading for $link"
    fi
done < <(find . \( -name .git -o -name build \) -prune -o -name '*.md' -exec grep -oHE '\]\([^)]+\)' {} + | sed -E 's/\]\(([^)]+)\)$/\1/' | grep -vE ':(https?|mailto):')

[ "$failures" = 0 ]
