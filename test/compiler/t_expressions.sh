#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Random constant expressions against compilers: gen_expressions.c writes them, with our values, sizes and signs, into
# a program that every compiler found here builds and runs. Another seed or number: FFI_SEED=7 FFI_COUNT=10000.
set -eu

here=$(dirname "$0")
. "$here/../lib/tap.sh"
. "$here/../lib/compilers.sh"
seed=${FFI_SEED:-20240607}
number=$(number 1000 4000)

${CC:-cc} -std=c11 -O2 -g -Wall -Wextra -Wpedantic -Wshadow -Werror -I"$root/include" -I"$root/test/lib" \
    "$here/gen_expressions.c" "$BUILD/libffi_invoke.a" -o "$work/gen_expressions"
"$work/gen_expressions" "$seed" "$number" >"$work/expressions.c" 2>"$work/counts" || { cat "$work/counts"; exit 1; }
echo "# seed $seed, $(cat "$work/counts")"

compare() {
    "$1" -w -fwrapv "$work/expressions.c" -o "$work/expressions" && "$work/expressions"
}

for family in gcc clang; do
    judges $family "constant expressions"
    while read -r _ version path; do
        check "the values of $family $version" compare "$path"
    done <"$work/judges"
done
finish
