#!/bin/bash
# tests/package/hardening.sh [--self-test] [PROGRAM...]     reads off each program whether it was built as hard as it can be
#
#   --self-test    builds a small program hard, then without each part in turn: each must be missed by name
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
missing=0

# Each part is a line of readelf's that must be there, or (with a !) must not.
# shellcheck disable=SC2016
parts=(
    'pie|position-independent, so that addresses differ every time|Flags: .*PIE'
    'relro|read-only relocations|GNU_RELRO'
    'now|all symbols bound before main|BIND_NOW'
    'stack|a stack that is not executable|GNU_STACK .* RW '
    'canary|canaries on the stack|__stack_chk_fail'
    'fortify|checked copies|[a-z]_chk(@| |$)'
    'assertions|checked containers|__glibcxx_assert_fail'
    'cet|indirect branches checked by the processor|branches: marked'
    'paths|no search path for libraries|!(RPATH|RUNPATH)'
    'text|no relocations in the code|!TEXTREL'
)

# Debian 12's own start code is not marked, so the linker marks no program as a whole; the functions show what we did.
branches() { # branches PROGRAM
    local targets functions
    targets=$(objdump --disassemble --no-show-raw-insn "$1" | grep -c endbr64 || true)
    functions=$(readelf --wide --debug-dump=frames "$1" 2>/dev/null | grep -c ' FDE ' || true)
    if [ $((targets * 2)) -ge "$functions" ]; then echo "branches: marked"; fi
}

# @returns the names of the parts that it lacks, each in a line.
lacks() { # lacks PROGRAM
    local facts part name pattern
    facts=$(
        readelf --wide --program-headers --dynamic --dyn-syms "$1"
        branches "$1"
    )
    for part in "${parts[@]}"; do
        name=${part%%|*}
        pattern=${part#*|*|}
        if [[ $pattern == !* ]]; then
            if grep -qE -- "${pattern#!}" <<<"$facts"; then echo "$name"; fi
        elif ! grep -qE -- "$pattern" <<<"$facts"; then
            echo "$name"
        fi
    done
}

describe() { # describe NAME
    local part
    for part in "${parts[@]}"; do
        if [[ $part == "$1|"* ]]; then
            part=${part#*|}
            echo "${part%%|*}"
        fi
    done
}

judge() { # judge PROGRAM
    local lacking name
    lacking=$(lacks "$1")
    for name in $lacking; do
        echo "error: $1 lacks \"$name\": $(describe "$name")" >&2
        missing=$((missing + 1))
    done
    [ -n "$lacking" ] || echo "ok: $1: all ${#parts[@]} parts"
}

self_test() {
    local all name without caught=0
    # A copy of unknown length into a buffer of known length, an index that is not known, and functions to jump to.
    cat >"$work/small.cpp" <<'CPP'
#include <cstring>
#include <string>
#define FUNCTION(name) int name() { return __LINE__; }
FUNCTION(a) FUNCTION(b) FUNCTION(c) FUNCTION(d) FUNCTION(e) FUNCTION(f)
int main(int argc, char** argv) {
    char name[64];
    std::strcpy(name, argv[argc - 1]);
    const std::string text = name;
    return text[static_cast<std::size_t>(argc)];
}
#ifdef ADDRESS_IN_CODE
asm(".text\n.quad main\n");
#endif
CPP
    all=(-O2 -fPIE -pie -fstack-protector-strong -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 -D_GLIBCXX_ASSERTIONS
        -fcf-protection=full "-Wl,-z,relro" "-Wl,-z,now" "-Wl,-z,noexecstack")
    g++ "${all[@]}" "$work/small.cpp" -o "$work/small"
    judge "$work/small"
    [ $missing = 0 ] || return 1
    while read -r name without; do
        # shellcheck disable=SC2086  # several words
        g++ "${all[@]}" $without "$work/small.cpp" -o "$work/soft" 2>/dev/null
        if lacks "$work/soft" | grep -qx "$name"; then
            caught=$((caught + 1))
        else
            echo "error: a program built with $without was not found to lack \"$name\"" >&2
            missing=$((missing + 1))
        fi
    done <<'SOFT'
pie -fno-pie -no-pie
relro -Wl,-z,norelro
now -Wl,-z,lazy
stack -Wl,-z,execstack
canary -fno-stack-protector
fortify -D_FORTIFY_SOURCE=0
assertions -U_GLIBCXX_ASSERTIONS
cet -fcf-protection=none
paths -Wl,-rpath,/somewhere
text -DADDRESS_IN_CODE -Wl,-z,notext
SOFT
    echo "self-test: $caught programs that lack a part caught"
}

[ $# -gt 0 ] || {
    sed -n '2s/^# //p' "$0" >&2
    exit 2
}
if [ "${1:-}" = --self-test ]; then
    shift
    self_test || exit 1
fi
for program in "$@"; do judge "$program"; done
[ $missing = 0 ] || {
    echo "  do:  Link the target to house, and look at cmake/hardening.cmake." >&2
    exit 1
}
