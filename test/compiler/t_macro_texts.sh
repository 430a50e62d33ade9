#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Random macros against compilers: gen_macros.c writes them, with what we make of their uses, into a program that every
# compiler found here builds and runs. Another seed or number: FFI_SEED=7 FFI_COUNT=10000.
set -eu

here=$(dirname "$0")
. "$here/../lib/tap.sh"
. "$here/../lib/compilers.sh"
seed=${FFI_SEED:-20261129}
number=$(number 200 2000)

${CC:-cc} -std=c11 -O2 -g -Wall -Wextra -Wpedantic -Wshadow -Werror -I"$root/include" \
    "$here/gen_macros.c" "$BUILD/libffi_invoke.a" -o "$work/gen_macros"
"$work/gen_macros" "$seed" "$number" >"$work/macros.c" 2>"$work/counts" || { cat "$work/counts"; exit 1; }
echo "# seed $seed, $(cat "$work/counts")"

compare() {
    "$1" -w "$work/macros.c" -o "$work/macros" && "$work/macros"
}

for family in gcc clang; do
    judges $family "macros"
    while read -r _ version path; do
        check "the macros of $family $version" compare "$path"
    done <"$work/judges"
done
finish
