#!/bin/bash
# docker/build.sh [--if-possible] [--no-build] [IMAGE...]     builds the images and proves them; IMAGE: job, orchestrator, helper, sandbox
#
# Takes Docker where its engine answers, else Podman (building with Buildah where that is installed). Each image is run
# as it is, on a read-only root, without network, without capabilities: it must say its version, and do a first real
# thing. Its files are read: no shell, no package manager, certificates there, nothing set-uid, and no more bytes than
# its limit. Images are named sheetbq-IMAGE.
#
#   --if-possible   where no engine is there: says so and exits with 0
#   --no-build      proves the images that are there
#   BUILD_FLAGS     further flags of the build, e.g. "--network=host --build-arg=BASE=..."
#   RUN_FLAGS       further flags of each run
set -euo pipefail
cd "$(dirname "$0")/.."

if_possible=no
build=yes
images=()
for word in "$@"; do
    case $word in
        --if-possible) if_possible=yes ;;
        --no-build) build=no ;;
        job | orchestrator | helper | sandbox) images+=("$word") ;;
        *)
            sed -n '2s/^# //p' "$0" >&2
            exit 2
            ;;
    esac
done
[ ${#images[@]} -gt 0 ] || images=(job orchestrator helper)
read -ra build_flags <<<"${BUILD_FLAGS:-}"
read -ra run_flags <<<"${RUN_FLAGS:-}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# shellcheck source=docker/engine.sh
source docker/engine.sh
if [ -z "$engine" ]; then
    why="neither a Docker engine that answers nor Podman is on this machine"
    if [ $if_possible = yes ]; then
        echo "images: not built, because $why"
        exit 0
    fi
    fail "$why" "Start Docker, or run: sudo apt-get install podman buildah runc"
fi

build_image() { # build_image NAME
    local revision tag=sheetbq-$1 file=docker/$1.Dockerfile
    revision=$(git rev-parse --short=12 HEAD 2>/dev/null || echo unknown)
    local words=("--build-arg=REVISION=$revision" "--file=$file" "--tag=$tag" "${build_flags[@]}" .)
    case $engine in
        docker) DOCKER_BUILDKIT=1 docker build "${words[@]}" ;;
        podman)
            if command -v buildah >/dev/null; then
                buildah bud --layers "${words[@]}"
            else
                podman build --layers "${words[@]}"
            fi
            ;;
    esac
}

run() { # run NAME [WORD...]
    "$engine" run "${strictly[@]}" --network=none "${run_flags[@]}" "sheetbq-$1" "${@:2}"
}

# Its first words must be these, its exit code that.
prove_run() { # prove_run NAME CODE PATTERN [WORD...]
    local code=0 name=$1 expected=$2 pattern=$3
    shift 3
    run "$name" "$@" >"$work/out" 2>&1 || code=$?
    if [ "$code" != "$expected" ] || ! grep -qiE -- "$pattern" "$work/out"; then
        cat "$work/out" >&2
        fail "sheetbq-$name $* ended with exit code $code, and was to say \"$pattern\" and end with $expected" \
            "Run it by hand: $engine run --rm --read-only sheetbq-$name $*"
    fi
}

prove_files() { # prove_files NAME LIMIT
    local container size user bad
    container=$("$engine" create "sheetbq-$1")
    "$engine" export "$container" >"$work/files.tar"
    "$engine" rm "$container" >/dev/null
    tar --list --verbose --numeric-owner --file "$work/files.tar" >"$work/files"
    bad=$(awk '{ print $6 }' "$work/files" | grep -E '(^|/)(sh|bash|dash|busybox|apt|apt-get|dpkg|perl|python3?)$' || true)
    [ -z "$bad" ] || fail "sheetbq-$1 has what it should not have: $bad" "Look at its BASE."
    bad=$(awk '$1 ~ /^-..[sS]|^-.....[sS]/ { print $6 }' "$work/files")
    [ -z "$bad" ] || fail "sheetbq-$1 has set-uid programs: $bad" "Look at its BASE."
    grep -q ' \(./\)\?etc/ssl/certs/ca-certificates.crt$' "$work/files" ||
        fail "sheetbq-$1 has no certificates" "Build on a BASE that has /etc/ssl/certs/ca-certificates.crt."
    user=$("$engine" image inspect --format '{{.Config.User}}' "sheetbq-$1")
    [ "$user" = 65532:65532 ] || fail "sheetbq-$1 runs as \"$user\"" "End docker/$1.Dockerfile with USER 65532:65532."
    size=$(awk '{ sum += $3 } END { print sum + 0 }' "$work/files")
    [ "$size" -le $(($2 * 1000000)) ] ||
        fail "sheetbq-$1 has $size bytes, more than $2 MB" "Look for what came in: $engine export, tar --list --verbose."
    printf '%-22s %5.1f MB of %d MB, %d files, user %s, no shell\n' "sheetbq-$1" "$(awk "BEGIN { print $size / 1e6 }")" \
        "$2" "$(wc -l <"$work/files")" "$user"
}

prove() { # prove NAME
    prove_run "$1" 0 "^(sheetbq-)?$1 [0-9]" --version
    case $1 in
        job)
            prove_run job 10 '"event":"run_finished".*CONFIG_NAME: is not set'
            prove_files job 30
            ;;
        orchestrator)
            prove_run orchestrator 5 '"event":"orchestrator_failed"' --dry-run --postgres-host=/nowhere
            prove_files orchestrator 45
            ;;
        helper)
            prove_run helper 0 google_sheet_url example
            prove_files helper 50
            ;;
    esac
}

for name in "${images[@]}"; do
    if [ $build = yes ]; then
        began=$SECONDS
        build_image "$name" >"$work/build.log" 2>&1 || {
            tail -n 60 "$work/build.log" >&2
            fail "docker/$name.Dockerfile cannot be built with $engine" "Mend what is said above."
        }
        echo "sheetbq-$name: built with $engine in $((SECONDS - began)) s"
    fi
    # The sandbox is for development, it need not be small, and has no --version.
    if [ "$name" = sandbox ]; then
        prove_run sandbox 0 'a stand-in for Google' --help
    else
        prove "$name"
    fi
done
