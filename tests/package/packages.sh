#!/bin/bash
# tests/package/packages.sh BUILD     makes the packages with deploy/package.sh, from another folder than BUILD, a release
#                                     build of this tree: of each program that BUILD has they must hold the very same bytes,
#                                     and of every program what belongs beside it
set -euo pipefail
cd "$(dirname "$0")/../.."

build=${1:?a release build}
out=$PWD/build/packages
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0
twice=()

fail() { # fail WHAT
    echo "FAILED: $1" >&2
    failures=$((failures + 1))
}

# Another folder, another time zone, another umask, and no compiler's cache.
(
    umask 077
    TZ=Pacific/Auckland CCACHE_DISABLE=1 deploy/package.sh "$out" >"$work/out"
)
(cd "$out" && sha256sum --check --quiet SHA256SUMS) || fail "SHA256SUMS"

has_file() { # has_file PROGRAM PATH
    [ -s "$work/$1/$2" ] || fail "the package $1 lacks /$2"
}

field() { dpkg-deb --field "$1" "$2"; }

for program in sheetbq-job sheetbq-orchestrator sheetbq-helper; do
    package=$(find "$out" -name "${program}_*.deb")
    dpkg-deb --extract "$package" "$work/$program"
    built=$work/$program/usr/bin/$program
    before=$(find "$build" -maxdepth 2 -name "$program" -type f)
    if [ -n "$before" ]; then
        strip --strip-all "$before" -o "$work/expected"
        cmp "$work/expected" "$built" || fail "$program was not built the same twice; if $build was configured with other settings, remove it and build it again"
        twice+=("$program")
    fi
    tests/package/hardening.sh "$built" || fail "$program is not hardened"
    [ "$("$built" --version | awk 'NR == 1 { print $2 }')" = "$(field "$package" Version | sed 's/-.*//')" ] ||
        fail "$program says another version than its package"
    has_file $program "usr/share/man/man1/$program.1.gz"
    has_file $program "usr/share/doc/$program/copyright"
    has_file $program "usr/share/doc/$program/changelog.gz"
    for needed in libssl3 libisal2 libboost-json ca-certificates; do
        field "$package" Depends | grep -q "$needed" || fail "$program does not depend on $needed"
    done
    if [ -n "$(find "$work/$program" -type d ! -perm 755 ! -path "$work/$program")" ]; then fail "$program has folders of another mode than 755"; fi
done
field "$(find "$out" -name 'sheetbq-orchestrator_*.deb')" Depends | grep -q libpqxx || fail "the orchestrator does not depend on libpqxx"
if field "$(find "$out" -name 'sheetbq-job_*.deb')" Depends | grep -q libpq; then fail "the job depends on libpq"; fi
for file in bin/helper share/bash-completion/completions/helper share/zsh/site-functions/_helper \
    share/fish/vendor_completions.d/helper.fish; do
    has_file sheetbq-helper "usr/$file"
done

# What is linked is listed, and nothing that is not.
for program in sheetbq-job sheetbq-orchestrator sheetbq-helper; do
    for package in libssl3 libc6 libboost-json; do
        jq --exit-status --arg name "$package" 'any(.components[]; .name | startswith($name))' "$out/$program.cdx.json" >/dev/null ||
            fail "$program.cdx.json does not list $package"
    done
    jq --exit-status '[.components[] | select(.purl | test("^pkg:deb/debian/[^@]+@[^?]+\\?arch="))] | length == (input.packages | length) - 1' \
        "$out/$program.cdx.json" "$out/$program.spdx.json" >/dev/null || fail "the two lists of $program differ"
done
if jq --exit-status 'any(.components[]; .name == "libpq5")' "$out/sheetbq-job.cdx.json" >/dev/null; then fail "the job's list has libpq5"; fi
unjudged=""
if ! command -v lintian >/dev/null; then
    unjudged="; lintian was not run, it is not installed"
else
    # These packages were never Debian's own.
    lintian --fail-on error,warning --suppress-tags initial-upload-closes-no-bugs "$out"/*.deb || fail "lintian"
fi

[ ${#twice[@]} -gt 0 ] || fail "$build has no program to compare with"

[ $failures = 0 ] || exit 1
cat "$work/out"
echo "packages: built twice with the same bytes: ${twice[*]}$unjudged"
