# shellcheck shell=bash disable=SC2034
# What builds and runs images here: `engine` is docker, podman, or nothing. Read by build.sh and measure.sh.
engine=""
if command -v docker >/dev/null && docker info >/dev/null 2>&1; then
    engine=docker
elif command -v podman >/dev/null; then
    engine=podman
fi

# As strictly as an image can be run: no rights, and nothing that it could write to.
strictly=(--rm --read-only --cap-drop=ALL --security-opt=no-new-privileges)

fail() { # fail WHAT DO
    printf 'error: %s\n  do:  %s\n' "$1" "$2" >&2
    exit 1
}
