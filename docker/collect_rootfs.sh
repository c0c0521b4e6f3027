#!/bin/sh
# docker/collect_rootfs.sh OUT PROGRAM...     adds to the tree OUT what the programs load, for a base without libraries
#
# These are the dynamic loader and every shared library. For each Debian package that one of them came from, its entry of
# the package database and its licence come along, so that scanners of images see names and versions.
set -eu
[ $# -ge 2 ] || {
    sed -n '2s/^# //p' "$0" >&2
    exit 2
}
out=$1
shift

# The path of a library as dpkg knows it: /lib was moved below /usr, the package database was not.
package_of() { # package_of FILE
    for path in "$1" "${1#/usr}" "/usr$1"; do
        if owner=$(dpkg-query --search "$path" 2>/dev/null); then
            echo "${owner%%:*}"
            return
        fi
    done
    echo "error: $1 belongs to no package" >&2
    return 1
}

describe_package() { # describe_package NAME
    mkdir -p "$out/var/lib/dpkg/status.d" "$out/usr/share/doc/$1"
    dpkg-query --status "$1" >"$out/var/lib/dpkg/status.d/$1"
    licence=$out/usr/share/doc/$1/copyright
    cp -L "/usr/share/doc/$1/copyright" "$licence"
    # Boost's packages have one licence of 2 MB each: the same text stands there once.
    for other in "$out"/usr/share/doc/*/copyright; do
        if [ ! -h "$other" ] && [ "$other" != "$licence" ] && cmp -s "$other" "$licence"; then
            ln -sf "../$(basename "$(dirname "$other")")/copyright" "$licence"
            return
        fi
    done
}

add_library() { # add_library FILE
    real=$(readlink -f "$1")
    folder=$out$(dirname "$real")
    mkdir -p "$folder"
    cp "$real" "$folder/$(basename "$1")"
    chmod 755 "$folder/$(basename "$1")"
    package=$(package_of "$real")
    describe_package "$package"
}

loaded=$(ldd "$@")
if echo "$loaded" | grep 'not found' >&2; then
    echo "error: these libraries are missing" >&2
    exit 1
fi
echo "$loaded" | awk '$2 == "=>" { print $3 }' | sort -u | while read -r library; do add_library "$library"; done

# Programs name the loader by a path outside /usr.
loader=$(echo "$loaded" | awk '$1 ~ /\/ld-linux/ { print $1; exit }')
add_library "$loader"
case $loader in
    /lib64/*) mkdir -p "$out/lib64" && ln -sf "..$(dirname "$(readlink -f "$loader")")/$(basename "$loader")" "$out$loader" ;;
    *)
        echo "error: the loader $loader is not that of x86-64, the only processor that images are made for" >&2
        exit 1
        ;;
esac

# The same programs make the same tree.
if [ -n "${SOURCE_DATE_EPOCH:-}" ]; then find "$out" -exec touch --no-dereference --date "@$SOURCE_DATE_EPOCH" {} +; fi
