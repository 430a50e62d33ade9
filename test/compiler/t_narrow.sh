#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Narrow arguments to callees of every compiler found here (narrow.c): clang's optimised ones rely on the caller
# to have extended them, gcc's do not.
set -u

here=$(dirname "$0")
. "$here/../lib/tap.sh"
. "$here/../lib/compilers.sh"

build() { # compiler, program
    # shellcheck disable=SC2086 # a command and its options
    $1 -std=c11 -O2 -I"$root/include" -I"$root/test/lib" "$here/narrow.c" "$BUILD/libffi_invoke.a" -o "$2"
}

for family in gcc clang; do
    judges $family "narrow arguments"
    while read -r _ version path; do
        program=$work/$family-$version
        check "$family $version -O2 translates the callees" build "$path" "$program"
        # shellcheck disable=SC2086 # a command and its options
        check "$family $version -O2: garbage above narrow arguments does no harm" ${RUNNER:-} "$program"
        ${RUNNER:-} "$program" | sed -n '/^# /p'
    done <"$work/judges"
done
finish
