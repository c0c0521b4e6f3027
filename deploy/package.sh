#!/bin/bash
# deploy/package.sh [OUT]     makes what a release consists of in OUT (build/packages), from what git knows of this tree
#
#   sheetbq-VERSION.tar.gz      the source; everything else is built from it, unpacked in a folder of its own
#   sheetbq-PROGRAM_*.deb       a Debian package each for job, orchestrator and helper, for the Debian that builds it
#   sheetbq-PROGRAM.*.json      what is linked into each: CycloneDX and SPDX
#   SHA256SUMS
#
# The same commit on the same Debian gives the same bytes, wherever and whenever it is built.
set -euo pipefail
cd "$(dirname "$0")/.."

umask 022
case ${1:-} in
    -*)
        sed -n '2s/^# //p' "$0" >&2
        exit 2
        ;;
esac
.ci/install build package
out=${1:-build/packages}
version=$(sed -nE 's/^project\(sheetbq VERSION ([0-9.]+).*/\1/p' CMakeLists.txt)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Changes that are not committed come along: what is tested is what is here.
export GIT_AUTHOR_NAME=package GIT_AUTHOR_EMAIL=package GIT_COMMITTER_NAME=package GIT_COMMITTER_EMAIL=package
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
export SOURCE_DATE_EPOCH GIT_AUTHOR_DATE="@$SOURCE_DATE_EPOCH +0000" GIT_COMMITTER_DATE="@$SOURCE_DATE_EPOCH +0000"
tree=$(git stash create)
rm -rf "$out"
mkdir -p "$out"
out=$(readlink -f "$out")
git archive --format=tar --prefix="sheetbq-$version/" "${tree:-HEAD}" | gzip -9n >"$out/sheetbq-$version.tar.gz"

tar -xzf "$out/sheetbq-$version.tar.gz" -C "$work"
cd "$work/sheetbq-$version"
quietly() {
    "$@" >"$work/log" 2>&1 || {
        tail -n 40 "$work/log" >&2
        exit 1
    }
}
quietly cmake --preset release
quietly cmake --build --preset release
quietly cpack --config build/release/CPackConfig.cmake -B "$work/debian"
cp "$work"/debian/*.deb "$out/"
deploy/sbom.sh build/release "$out" sheetbq-job sheetbq-orchestrator sheetbq-helper
cd "$out"
sha256sum -- *.tar.gz *.deb *.json >SHA256SUMS
cat SHA256SUMS
