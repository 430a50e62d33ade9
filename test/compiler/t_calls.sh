#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Random signatures against compilers: gen_calls.c writes C functions, every compiler found here builds them,
# and run_calls.c calls them. Another seed or number of signatures: FFI_SEED=7 FFI_COUNT=10000 make test, or as
# arguments. FFI_ARCHIVE names another static library, of which only the system's own ABI is tested.
# Part of make test that takes long.
set -eu

here=$(dirname "$0")
. "$here/../lib/tap.sh"
. "$here/../lib/compilers.sh"
seed=${1:-${FFI_SEED:-20240607}}
number=${2:-$(number 512 1600)}

program() { # source, and what to link
    ${CC:-cc} -std=c11 -O2 -g -Wall -Wextra -Wpedantic -Wshadow -Werror -I"$root/include" -I"$root/test/lib" \
        "$here/$1.c" "${FFI_ARCHIVE:-$BUILD/libffi_invoke.a}" -rdynamic -o "$work/$1"
}
program gen_calls
program run_calls
echo "# seed $seed, $number signatures"

# run ATTRIBUTE LEVEL...: the functions of that ABI, from every compiler at each level.
run() {
    attribute=$1
    shift
    levels=$*
    folder=$work/calls-$(echo "$attribute" | tr -dc a-z_)
    mkdir "$folder"
    ${RUNNER:-} "$work/gen_calls" "$seed" "$number" "$attribute" >"$folder/calls.c"
    set --
    for family in gcc clang; do
        judges $family "calls and callbacks${attribute:+ of $attribute}"
        while read -r _ version path; do
            for level in $levels; do
                library=$folder/$family-$version$level.so
                # shellcheck disable=SC2086 # a command and its options
                $path $level -w -shared -fPIC "$folder/calls.c" -o "$library" &
                set -- "$@" "$family $version $level${attribute:+ $attribute}" "$library"
            done
        done <"$work/judges"
    done
    wait
    ${RUNNER:-} "$work/run_calls" "$seed" "$number" "$attribute" "$@" ||
        echo "not ok 0 - run_calls comes to its end without a failure"
}
{
    run '' -O0 -O2
    case ${FFI_ARCHIVE:+own }$(${CC:-cc} -dumpmachine) in
    x86_64*) run '__attribute__((ms_abi))' -O2 ;;
    esac
} | joined
