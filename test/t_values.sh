#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Random signatures with values of every kind, by value, against compilers: gen_values.c writes C functions, every
# compiler found here builds them, and run_values.c declares their header and calls them. Another seed or
# number: FFI_SEED=7 FFI_COUNT=10000 make test, or as arguments.
set -eu

here=$(dirname "$0")
. "$here/tap.sh"
. "$here/compilers.sh"
seed=${1:-${FFI_SEED:-20240608}}
count=${2:-${FFI_COUNT:-2400}}

program() { # source
    ${CC:-cc} -std=c11 -O2 -g -Wall -Wextra -Wshadow -Werror -I"$here/../include" "$here/$1.c" \
        "$BUILD/libffi_invoke.a" -o "$work/$1"
}
program gen_values
program run_values

# The largest vectors are those of the processor; what it lacks is not called.
flags=$(sed -n 's/^flags.*: / /p' /proc/cpuinfo 2>/dev/null | head -n 1)
half=''
case " $flags $(${CC:-cc} -dumpmachine) " in
*' aarch64'*) vector=64 option='' half=half ;; # by reference, and _Float16 is in every compiler for it
*' avx512f '*) vector=64 option='-mavx512f' ;;
*' avx '*) vector=32 option='-mavx' ;;
*) vector=16 option='' ;;
esac
echo "# seed $seed, $count signatures, vectors of up to $vector bytes"
for part in declarations bodies extras; do
    # shellcheck disable=SC2086 # a word or none
    ${RUNNER:-} "$work/gen_values" $part "$seed" "$count" $vector $half >"$work/$part"
done
mv "$work/declarations" "$work/values.h"
mv "$work/bodies" "$work/values.c"

set --
for family in gcc clang; do
    compilers $family >"$work/compilers"
    [ -s "$work/compilers" ] || set -- "$@" "$family is not installed" ""
    while read -r _ version path; do
        for level in -O0 -O2; do
            library=$work/$family-$version$level.so
            # shellcheck disable=SC2086 # words
            $path $level $option -w -Wno-psabi -shared -fPIC "$work/values.c" -o "$library" &
            set -- "$@" "$family $version $level" "$library"
        done
    done <"$work/compilers"
done
wait

# run PROGRAM LABEL LIBRARY...: a program that dies has a check that failed.
run() {
    program=$1
    shift
    ${RUNNER:-} "$work/$program" "$work/values.h" "$work/extras" "$seed" "$count" "$@" >"$work/$program.tap" ||
        echo "not ok 0 - $program comes to its end without a failure" >>"$work/$program.tap"
}
run run_values "$@"

# The same from a sanitized library, with the callees that were built last.
sanitize="-fsanitize=address,undefined -fno-sanitize-recover=all"
echo 'int main(void) { return 0; }' >"$work/probe.c"
# shellcheck disable=SC2086 # words
if [ "${RUNNER:-}" ]; then
    echo "ok 0 - a sanitized library # SKIP not under $RUNNER" >"$work/run_sanitized.tap"
elif ${CC:-cc} $sanitize "$work/probe.c" -o "$work/probe" 2>/dev/null && "$work/probe"; then
    unset MAKEFLAGS MFLAGS MAKELEVEL
    make -s -C "$here/.." B="$work/sanitized" CC="${CC:-cc}" CFLAGS="-O1 -g $sanitize" \
        "$work/sanitized/libffi_invoke.a" >&2
    ${CC:-cc} -std=c11 -O1 -g $sanitize -I"$here/../include" "$here/run_values.c" \
        "$work/sanitized/libffi_invoke.a" -o "$work/run_sanitized"
    while [ $# -gt 2 ]; do shift 2; done
    run run_sanitized "$1, from a sanitized library," "$2"
else
    echo "ok 0 - a sanitized library # SKIP ${CC:-cc} has no $sanitize" >"$work/run_sanitized.tap"
fi
cat "$work/run_values.tap" "$work/run_sanitized.tap" | awk '
    /^1\.\./      { next }
    /^(not )?ok/  { sub(/ok [0-9]+/, "ok " ++count) }
                  { print }
    END           { print "1.." count }'
