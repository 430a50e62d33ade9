#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Words of single compilers and of C23: each file holds declarations with checks of their sizes. ffi_declare() must read
# it, by the ABIs that have the words, and the compilers that know them must agree with the checks.
set -u

here=$(dirname "$0")
# shellcheck source=test/lib/tap.sh
. "$here/../lib/tap.sh"
# shellcheck source=test/lib/compilers.sh
. "$here/../lib/compilers.sh"
corpus=$here/../fuzz/corpus

${CC:-cc} -std=c11 -O1 -Wall -Wextra -Wpedantic -Wshadow -Werror -I"$here/../../include" "$here/read_dialect.c" \
    "$BUILD/libffi_invoke.a" -o "$work/read_dialect" || exit 1

reads() { # FILE ABI...
    # shellcheck disable=SC2086 # a command and its options
    for abi in $2; do check "$1.h is read by $abi" ${RUNNER:-} "$work/read_dialect" "$abi" "$corpus/$1.h"; done
}

# judge FILE COMPILER OPTION...
judge() {
    file=$1
    shift
    if command -v "$1" >/dev/null; then check "$file.h by $*" "$@" -w -fsyntax-only -x c "$corpus/$file.h"
    else skip "$file.h by $1" "it is not installed"; fi
}

clang=$(newest clang | cut -d ' ' -f 3) gcc=$(newest gcc | cut -d ' ' -f 3)
clang=${clang:-clang} gcc=${gcc:-gcc}

reads microsoft "msvc win64 sysv"
judge microsoft "$clang" --target=x86_64-pc-windows-msvc -fms-extensions
reads microsoft_enums "msvc win-arm64"
for machine in x86_64 aarch64; do judge microsoft_enums "$clang" --target=$machine-pc-windows-msvc; done
reads c23 "sysv win64 aapcs64 apple-arm64"
if echo 'typedef _BitInt(7) t; constexpr int n = 4; auto x = 1'\''0;' | "$clang" -std=c23 -fsyntax-only -x c - 2>/dev/null; then
    judge c23 "$clang" -std=c23
else
    skip "c23.h by clang" "$clang does not know C23"
fi
reads apple apple-arm64
judge apple "$clang" --target=arm64-apple-macos -fblocks
reads ms_struct wasm32
judge ms_struct "$clang" --target=wasm32
reads neon "aapcs64 apple-arm64"
for system in linux-gnu apple-macos; do judge neon "$clang" --target=arm64-$system; done
reads neon_gcc aapcs64
judge neon_gcc aarch64-linux-gnu-gcc
reads gcc_struct win64
judge gcc_struct x86_64-w64-mingw32-gcc
reads gnu_types sysv
FLAGS=2 reads embedded "sysv aapcs64 win64 msvc apple-arm64" # FFI_DECLARE_EMBED
judge embedded "$gcc" -fms-extensions
judge embedded "$clang" -fms-extensions
case $("$gcc" -dumpmachine 2>/dev/null) in
x86_64*) judge gnu_types "$gcc" ;;
*) skip "gnu_types.h by $gcc" "it has the sizes of x86-64" ;;
esac
reads lexical "sysv aapcs64"
judge lexical "$gcc"
judge lexical "$clang"

# ---- where gcc and clang differ ----

# We follow gcc by sysv, clang by apple-arm64, and README says so.
follows() { # README's line
    declarations=$(printf '%s' "$1" | sed 's/^- `//; s/`: gcc .*//') numbers=$(printf '%s' "$1" | sed 's/.*`: gcc //')
    printf '%b\n' "$declarations" >"$work/case.h"
    ours="$("$work/read_dialect" sysv "$work/case.h" 'struct s'), clang $("$work/read_dialect" apple-arm64 "$work/case.h" 'struct s')."
    [ "$ours" = "$numbers" ] || echo "$1, ours: $ours"
}

if command -v "$gcc" >/dev/null && command -v "$clang" >/dev/null && [ ! "${RUNNER:-}" ] && [ "$(uname -m)" = x86_64 ]; then
    "$here/differences.sh" "$gcc" "$clang" >"$work/differences"
    while IFS= read -r line; do follows "$line"; done <"$work/differences" >"$work/others"
    check_text "where gcc and clang differ, each is followed on its platform" "$(cat "$work/others")" ""
    check "there are differences" test -s "$work/differences"
    grep -F '`: gcc ' "$here/../../README.md" >"$work/listed"
    check_text "README.md lists the differences that differences.sh finds" "$(cat "$work/listed")" \
        "$(cat "$work/differences")"
else
    skip "differences between gcc and clang" "both are needed, on x86-64"
fi
finish
