#!/ bin / bash
#tests / fault / results.sh runs the orchestrator's fault experiments (built by the preset dev) and writes their table
#into docs / operations.md, between its two markers
set - euo pipefail cd "$(dirname " $0 ")/../.."

    page = docs / operations.md begin =
               '<!-- fault table: written by tests/fault/results.sh -->' end =
                   '<!-- end of the fault table -->' work =
                       $(mktemp - d) trap 'rm -rf "$work"' EXIT touch "$work/lines"

    outcome = 0 SHEETBQ_RESULTS =
        "$work/lines" ctest-- preset dev - R '^fault_orchestrator' || outcome = $
    ? [-s "$work/lines"] ||
          {echo "error: no experiment told its result" >
           &2 echo "  do:  cmake --build --preset dev --target fault_orchestrator" >
           &2 exit 1} {printf '| No. | Experiment | Unharmed |\n| --- | --- | --- |\n' sort -
                       t '|' - k 2.3n - s "$work/lines"} > "$work/table" if !grep - qxF
                                                               "$begin"
                                                               "$page" ||
          !grep - qxF
              "$end"
              "$page";
then echo "error: $page has lost the markers of the table" > & 2 exit 1 fi awk - v begin =
    "$begin" - v end = "$end" - v table = "$work/table" ' $0 == end { inside = 0
}
!inside{print} $0 == begin {
    inside = 1;
    while ((getline line < table) > 0) print line
}
' "$page" >"$work/page" cat "$work/page" > "$page" exit "$outcome"
