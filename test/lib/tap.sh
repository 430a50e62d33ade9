# SPDX-License-Identifier: MIT
# shellcheck shell=sh
#
# What tests in shell share: TAP, and a temporary folder. Source it, then: checks, skips, and `finish` last.

count=0
broken=0
work=$(mktemp -d)
root=$(cd "$(dirname "$0")/../.." && pwd) # a script is test/<room>/t_*.sh
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

# check NAME COMMAND...: right if the command succeeds; if not, shows what it said.
check() {
    name=$1
    shift
    count=$((count + 1))
    if "$@" >"$work/.said" 2>&1; then
        printf 'ok %d - %s\n' $count "$name"
    else
        printf 'not ok %d - %s\n' $count "$name"
        broken=$((broken + 1))
        sed 's/^/#   /' "$work/.said"
    fi
}

# check_text NAME GOT WANTED: two texts are the same; shows how they differ if not.
check_text() {
    printf '%s\n' "$2" >"$work/.got"
    printf '%s\n' "$3" >"$work/.wanted"
    check "$1" diff "$work/.wanted" "$work/.got"
}

skip() { # what, why
    count=$((count + 1))
    printf 'ok %d - %s # SKIP %s\n' $count "$1" "$2"
}

skip_all() { # why
    echo "1..0 # SKIP $1"
    exit 0
}

# Whether the compiler makes programs for the C library musl.
is_musl() {
    ! printf '#include <limits.h>\n' | ${CC:-cc} -E -dM -x c - | grep -q __GLIBC__
}

# The first of these commands that is there, or the first name.
found() {
    for tool; do command -v "$tool" && return; done
    echo "$1"
}

# How many random cases: few in `make test`, many in `make test-all`; FFI_COUNT is another number.
number() { # FEW MANY
    echo "${FFI_COUNT:-$([ "${FFI_FULL:-}" ] && echo "$2" || echo "$1")}"
}

# locked FILE COMMAND...: one test at a time runs a command with that lock, where there are locks.
locked() (
    exec 9>"$1"
    shift
    ! command -v flock >/dev/null || flock 9
    "$@" 9>&-
)

finish() {
    echo "1..$count"
    [ "$broken" = 0 ]
}

# The output of several programs as that of one.
joined() {
    awk '/^1\.\./     { next }
        /^(not )?ok/ { sub(/ok [0-9]+/, "ok " ++count) }
                     { print }
        END          { print "1.." count + 0 }'
}
