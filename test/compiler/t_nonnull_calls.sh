#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Parameters that must not be NULL, against compilers: gen_nonnull.c writes declarations and calls with NULL. gcc and clang
# warn of those that are wrong; which these are for both together, the library must say. gcc knows nothing of the attribute
# at a parameter nor of `_Nonnull`, and clang little of `static`. Another seed or number: FFI_SEED=7 FFI_COUNT=10000.
set -eu

here=$(dirname "$0")
. "$here/../lib/tap.sh"
. "$here/../lib/compilers.sh"
seed=${FFI_SEED:-20240607}
number=$(number 1000 10000)

${CC:-cc} -std=c11 -O1 -g -Wall -Wextra -Wpedantic -Wshadow -Werror -I"$root/include" "$here/gen_nonnull.c" \
    "$BUILD/libffi_invoke.a" -o "$work/gen_nonnull"
"$work/gen_nonnull" "$seed" "$number" "$work/calls.c" "$work/ours" >"$work/counts" || { cat "$work/counts"; exit 1; }
echo "# seed $seed, $number functions, $(cat "$work/counts")"

: >"$work/theirs"
for family in gcc clang; do
    judges $family "NULL as an argument"
    read -r _ version path <"$work/judges" || skip "$family's part" "it takes both compilers"
    unknown=
    [ $family = clang ] || unknown=-D_Nonnull=
    # shellcheck disable=SC2086
    LC_ALL=C $path $unknown -std=gnu2x -Wnonnull -fsyntax-only "$work/calls.c" >"$work/said" 2>&1 || :
    check_text "$family $version takes the text" "$(grep -m 3 error "$work/said")" ""
    grep -- '-Wnonnull' "$work/said" | cut -d : -f 2 >>"$work/theirs"
done
sort -nu "$work/theirs" >"$work/both"
check "there are enough" [ "$(wc -l <"$work/both")" -gt $((number / 4)) ]
diff "$work/both" "$work/ours" >"$work/differences" || true
sed -n 's/^[<>] //p' "$work/differences" | head -5 | while read -r line; do
    echo "# line $line"
    sed -n "1,${line}p" "$work/calls.c" | grep -v '^void' | tail -1 | sed 's/^/# /'
    sed -n "${line}p" "$work/calls.c" | sed 's/^/# /'
done
check_text "the compilers' lines are ours" "$(head -20 "$work/differences")" ""
finish
