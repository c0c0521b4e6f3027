#!/bin/bash
# deploy/sbom.sh BUILD OUT PROGRAM...     writes OUT/PROGRAM.cdx.json (CycloneDX 1.5) and OUT/PROGRAM.spdx.json (SPDX 2.3)
#
# BUILD is a release build, where the linker left PROGRAM.map. Parts are Debian's packages, found where they went in:
#   dynamic    the shared libraries that the loader takes
#   static     the archives and start files that the linker read
#   headers    the headers that the linked objects were compiled with: templates and inline code
# The same build gives the same files; times are SOURCE_DATE_EPOCH, or the last commit's (in an unpacked tarball its files').
set -euo pipefail
cd "$(dirname "$0")/.."

[ $# -ge 3 ] || {
    sed -n '2s/^# //p' "$0" >&2
    exit 2
}
build=$1
out=$2
shift 2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
epoch=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || stat --format=%Y CMakeLists.txt)}
created=$(date --utc --date "@$epoch" +%Y-%m-%dT%H:%M:%SZ)
distribution=$(. /etc/os-release && echo "${ID:?}-${VERSION_ID:?}")
mkdir -p "$out"

# The packages of the files that are read from standard input, each once. Files of no package are ours, or the
# compiler's links; what is ours lies below the build or the source.
packages_of() {
    local file real
    sort -u | while read -r file; do
        real=$(readlink -f "$file")
        # The package database knows some files as they were before /lib was moved below /usr.
        printf '%s\n' "$file" "$real" "${real#/usr}"
    done | sort -u | { xargs -r -d '\n' dpkg-query --search 2>/dev/null || true; } | sed -E '/^(local )?diversion /d; s/: .*//; s/, /\n/g' | sort -u
}

dynamic() { # dynamic PROGRAM
    ldd "$1" | awk '$2 == "=>" { print $3 } $1 ~ /\/ld-linux/ { print $1 }' | packages_of
}

static() { # static MAP
    awk '$1 == "LOAD" && $2 ~ /^\/.*\.(a|o)$/ { print $2 }' "$1" | packages_of
}

# The precompiled headers of a target went into all of its objects.
precompiled() {
    sed -E 's/(\.dir)\/.*/\1/' "$work/objects" | sort -u | while read -r target; do echo "$target/cmake_pch.hxx.gch"; done
}

# Objects, and the members that were taken from our archives, as paths of the build.
linked_objects() { # linked_objects MAP
    awk '$1 == "LOAD" && $2 ~ /^[^\/].*\.o$/ { print $2 }' "$1"
    # The list of members is the first part of the map: ARCHIVE(MEMBER) at the beginning of a line.
    sed '/^Memory Configuration/q' "$1" | sed -nE 's/^([^ /][^ ]*)\/lib([^ /]+)\.a\(([^ )]+\.o)\).*/\1\/CMakeFiles\/\2.dir\/ \3/p' |
        while read -r folder member; do find "$build/$folder" -name "$member" -printf "$folder%P\n"; done
}

headers() { # headers MAP
    linked_objects "$1" | sort -u >"$work/objects"
    [ -s "$work/objects" ] || {
        echo "error: $1 names no object of ours" >&2
        return 1
    }
    precompiled >>"$work/objects"
    ninja -C "$build" -t deps |
        awk 'NR == FNR { linked[$1] = 1; next }
             /^[^ ]/ { sub(/:$/, "", $1); taken = $1 in linked; next }
             taken && $1 ~ /^\// { print $1 }' "$work/objects" - | packages_of
}

# A line of JSON for each package: its names, its version, and how it went in.
components() { # components PROGRAM MAP
    {
        dynamic "$1" | sed 's/$/ dynamic/'
        static "$2" | sed 's/$/ static/'
        headers "$2" | sed 's/$/ headers/'
    } >"$work/parts"
    sort -u "$work/parts" | while read -r package linkage; do
        dpkg-query --show --showformat "\${Package} \${Version} \${Architecture} \${source:Package} \${source:Version} $linkage\n" "$package"
    done | jq --raw-input --slurp --compact-output --arg distribution "$distribution" '
        [split("\n")[] | select(. != "") | split(" ")
         | {name: .[0], version: .[1], architecture: .[2], source: .[3], source_version: .[4], linkage: .[5]}]
        | group_by([.name, .architecture])
        | map(.[0] + {linkage: (map(.linkage) | unique)}
              | . + {purl: ("pkg:deb/debian/\(.name | @uri)@\(.version | @uri)?arch=\(.architecture)&distro=\($distribution)")})'
}

# shellcheck disable=SC2016  # jq's own variables
cyclonedx='{
  bomFormat: "CycloneDX", specVersion: "1.5", version: 1, serialNumber: "urn:uuid:\($uuid)",
  metadata: {
    timestamp: $created, tools: {components: [{type: "application", name: "deploy/sbom.sh", version: $version}]},
    component: {type: "application", "bom-ref": $program, name: $program, version: $version,
      licenses: [{license: {id: "Apache-2.0"}}], hashes: [{alg: "SHA-256", content: $sha256}]}},
  components: [.[] | {type: "library", "bom-ref": .purl, name, version, purl, properties:
    ([.linkage[] | {name: "sheetbq:linkage", value: .}]
     + [{name: "sheetbq:source", value: "\(.source) \(.source_version)"}])}],
  dependencies: [{ref: $program, dependsOn: [.[].purl]}]
}'

# shellcheck disable=SC2016
spdx='{
  spdxVersion: "SPDX-2.3", dataLicense: "CC0-1.0", SPDXID: "SPDXRef-DOCUMENT", name: "\($program)-\($version)",
  documentNamespace: "https://spdx.org/spdxdocs/\($program)-\($version)-\($uuid)",
  creationInfo: {created: $created, creators: ["Tool: deploy/sbom.sh-\($version)"]},
  packages: ([{SPDXID: "SPDXRef-program", name: $program, versionInfo: $version, downloadLocation: "NOASSERTION",
      filesAnalyzed: false, primaryPackagePurpose: "APPLICATION", licenseDeclared: "Apache-2.0",
      checksums: [{algorithm: "SHA256", checksumValue: $sha256}]}]
    + [.[] | {SPDXID: "SPDXRef-\(.name | gsub("[^A-Za-z0-9.-]"; "-"))", name, versionInfo: .version,
        downloadLocation: "NOASSERTION", filesAnalyzed: false, primaryPackagePurpose: "LIBRARY",
        sourceInfo: "built from the source package \(.source) \(.source_version)",
        externalRefs: [{referenceCategory: "PACKAGE-MANAGER", referenceType: "purl", referenceLocator: .purl}]}]),
  relationships: ([{spdxElementId: "SPDXRef-DOCUMENT", relationshipType: "DESCRIBES", relatedSpdxElement: "SPDXRef-program"}]
    + [.[] | "SPDXRef-\(.name | gsub("[^A-Za-z0-9.-]"; "-"))" as $id | .linkage[]
       | {spdxElementId: "SPDXRef-program", relatedSpdxElement: $id,
          relationshipType: (if . == "dynamic" then "DYNAMIC_LINK" else "STATIC_LINK" end),
          comment: (if . == "headers" then "templates and inline code of its headers" else empty end)}
       | with_entries(select(.value != null))])
}'

for program in "$@"; do
    file=$(find "$build" -maxdepth 2 -type f -name "$program" -perm -u+x)
    map=$build/$program.map
    if [ -z "$file" ] || [ ! -f "$map" ]; then
        echo "error: $build has no $program, or not its link map" >&2
        echo "  do:  Build it: cmake --preset release && cmake --build --preset release" >&2
        exit 1
    fi
    components "$file" "$map" >"$work/components"
    sha256=$(sha256sum <"$file" | cut -d' ' -f1)
    # A name that the same program always has: a UUID of version 8, made of its hash.
    uuid=${sha256:0:8}-${sha256:8:4}-8${sha256:13:3}-8${sha256:17:3}-${sha256:20:12}
    facts=(--arg program "$program" --arg version "$("$file" --version | awk 'NR == 1 { print $2 }')" --arg created "$created"
        --arg sha256 "$sha256" --arg uuid "$uuid")
    jq "${facts[@]}" "$cyclonedx" "$work/components" >"$out/$program.cdx.json"
    jq "${facts[@]}" "$spdx" "$work/components" >"$out/$program.spdx.json"
    jq --raw-output '"\(length) packages, " + ([.[].linkage[]] | group_by(.) | map("\(length) \(.[0])") | join(", "))' "$work/components" |
        sed "s/^/$program: /"
done
