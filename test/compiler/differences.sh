#!/bin/sh
# SPDX-License-Identifier: MIT
#
# differences.sh GCC CLANG: for each line of differences.txt the size and alignment of `struct s` by the two compilers,
# as README's list has it; lines on which they agree are left out.
set -eu

here=$(dirname "$0")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

size() { # COMPILER DECLARATIONS
    printf '%b\nint printf(const char *, ...);\nint main(void) { printf("%%d (%%d)", (int)sizeof(struct s), (int)_Alignof(struct s)); }\n' \
        "$2" >"$work/size.c"
    "$1" -w "$work/size.c" -o "$work/size" && "$work/size"
}

while IFS= read -r line; do
    gcc=$(size "$1" "$line") clang=$(size "$2" "$line")
    [ "$gcc" = "$clang" ] || printf -- '- `%s`: gcc %s, clang %s.\n' "$line" "$gcc" "$clang"
done <"$here/differences.txt"
