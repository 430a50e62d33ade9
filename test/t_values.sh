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
count=${2:-${FFI_COUNT:-2000}}

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

# run PROGRAM FOLDER LABEL LIBRARY...: a program that dies has a check that failed.
run() {
    program=$1
    headers=$2
    shift 2
    ${RUNNER:-} "$work/$program" "$headers/values.h" "$headers/extras" "$seed" "$count" "$@" ||
        echo "not ok 0 - $program comes to its end without a failure"
}

# from_compilers ATTRIBUTE LEVEL...: the functions of that ABI, from every compiler at each level.
from_compilers() {
    attribute=$1
    shift
    levels=$*
    folder=$work/values-$(echo "$attribute" | tr -dc a-z_)
    mkdir "$folder"
    for part in declarations bodies extras; do
        ${RUNNER:-} "$work/gen_values" $part "$seed" "$count" $vector "$half" "$attribute" >"$folder/$part"
    done
    mv "$folder/declarations" "$folder/values.h"
    mv "$folder/bodies" "$folder/values.c"
    set --
    for family in gcc clang; do
        compilers $family >"$work/compilers"
        [ -s "$work/compilers" ] || set -- "$@" "$family is not installed" ""
        while read -r _ version path; do
            for level in $levels; do
                library=$folder/$family-$version$level.so
                # shellcheck disable=SC2086 # words
                $path $level $option -w -Wno-psabi -shared -fPIC "$folder/values.c" -o "$library" &
                label="$family $version $level${attribute:+ $attribute}"
                set -- "$@" "$label" "$library"
            done
        done <"$work/compilers"
    done
    wait
    run run_values "$folder" "$@"
}
{
    from_compilers '' -O0 -O2
    sanitized_folder=$folder sanitized_label=$label sanitized_callees=$library
    case $(${CC:-cc} -dumpmachine) in
    x86_64*) from_compilers '__attribute__((ms_abi))' -O2 ;;
    esac
} >"$work/compilers.tap"

# The same from a sanitized library, with the callees that were built last.
sanitize="-fsanitize=address,undefined -fno-sanitize-recover=all"
echo 'int main(void) { return 0; }' >"$work/probe.c"
# shellcheck disable=SC2086 # words
if [ "${RUNNER:-}" ]; then
    echo "ok 0 - a sanitized library # SKIP not under $RUNNER" >"$work/sanitized.tap"
elif ${CC:-cc} $sanitize "$work/probe.c" -o "$work/probe" 2>/dev/null && "$work/probe"; then
    unset MAKEFLAGS MFLAGS MAKELEVEL
    make -s -C "$here/.." B="$work/sanitized" CC="${CC:-cc}" CFLAGS="-O1 -g $sanitize" \
        "$work/sanitized/libffi_invoke.a" >&2
    ${CC:-cc} -std=c11 -O1 -g $sanitize -I"$here/../include" "$here/run_values.c" \
        "$work/sanitized/libffi_invoke.a" -o "$work/run_sanitized"
    run run_sanitized "$sanitized_folder" "$sanitized_label, from a sanitized library," "$sanitized_callees" \
        >"$work/sanitized.tap"
    [ "$folder" = "$sanitized_folder" ] ||
        run run_sanitized "$folder" "$label, from a sanitized library," "$library" >>"$work/sanitized.tap"
else
    echo "ok 0 - a sanitized library # SKIP ${CC:-cc} has no $sanitize" >"$work/sanitized.tap"
fi
cat "$work/compilers.tap" "$work/sanitized.tap" | joined
