#!/bin/bash
# deploy/package.sh [OUT]     makes what a release consists of in OUT (build/packages), from this tree
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

# Whoever runs this trusts the tree already, whoever owns it.
export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=safe.directory GIT_CONFIG_VALUE_0=$PWD
if git rev-parse --quiet --verify HEAD >/dev/null 2>&1; then
    SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
else
    SOURCE_DATE_EPOCH=$(stat --format=%Y CMakeLists.txt)
fi
export SOURCE_DATE_EPOCH

# What git knows, changes that are not committed included: what is tested is what is here. In an unpacked tarball, all of it.
source_files() {
    local tree
    if git rev-parse --quiet --verify HEAD >/dev/null 2>&1; then
        tree=$(GIT_AUTHOR_NAME=package GIT_AUTHOR_EMAIL=package GIT_AUTHOR_DATE="@$SOURCE_DATE_EPOCH +0000" \
            GIT_COMMITTER_NAME=package GIT_COMMITTER_EMAIL=package GIT_COMMITTER_DATE="@$SOURCE_DATE_EPOCH +0000" git stash create)
        git archive --format=tar --prefix="sheetbq-$version/" "${tree:-HEAD}"
    else
        tar --create --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$SOURCE_DATE_EPOCH" --exclude=./build --exclude=./.git \
            --transform="s,^\.,sheetbq-$version," .
    fi
}

rm -rf "$out"
mkdir -p "$out"
out=$(readlink -f "$out")
source_files | gzip -9n >"$out/sheetbq-$version.tar.gz"

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
