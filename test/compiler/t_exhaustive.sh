#!/bin/sh
# SPDX-License-Identifier: MIT
#
# All functions of up to three parameters of a few types (gen_exhaustive.pl), called and called back, by the newest gcc and
# clang. Of 17,000 functions `make test` takes 1,700, among them all lists of integers and reals of one width each, and of
# records of one type; all with FFI_FULL, or FFI_COUNT of them.
set -eu

here=$(dirname "$0")
. "$here/../lib/tap.sh"
. "$here/../lib/compilers.sh"
generate=$here/gen_exhaustive.pl
all=$(perl "$generate")
part=$(perl "$generate" --lists)
number=$(number $((2 * part)) "$all")
[ "$number" -le "$all" ] || number=$all

${CC:-cc} -std=c11 -O2 -g -Wall -Wextra -Wshadow -Werror -I"$root/include" -I"$root/test/lib" "$here/run_values.c" \
    "$BUILD/libffi_invoke.a" -o "$work/run_values"

# Spread over all: a part of so many, and as many parts as that takes.
parts=$(((number + part - 1) / part))
at=0
while [ $at -lt $parts ]; do
    folder=$work/$at first=$((all / parts * at))
    mkdir "$folder"
    perl "$generate" $first $part "$folder"
    set --
    for family in gcc clang; do
        newest $family >"$work/newest"
        read -r _ version path <"$work/newest" || { echo "ok 0 - $family # SKIP it is not installed" && continue; }
        for level in -O0 -O2; do
            # shellcheck disable=SC2086 # a command and its options
            $path $level -w -shared -fPIC "$folder/values.c" -o "$folder/$family$level.so"
            set -- "$@" "$family $version $level, from number $first on" "$folder/$family$level.so" ''
        done
    done
    ${RUNNER:-} "$work/run_values" "$folder/values.h" "$folder/extras" 1 $part "$@" ||
        echo "not ok 0 - run_values comes to its end without a failure"
    rm -r "$folder"
    at=$((at + 1))
done | joined
