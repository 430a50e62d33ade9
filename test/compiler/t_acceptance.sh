#!/bin/sh
# SPDX-License-Identifier: MIT
#
# What ffi_declare() reads and refuses, beside gcc and clang. Each line of acceptance.txt is a text of its own behind a
# mark: `+` both compilers read it as C11; `-` both refuse it as C11 and as C23; `?` neither of these. So must we read
# and refuse them, but for the lines behind `// differs`, where we must not. gcc 12 and clang 19 judge
# the marks: of every fourth line, with FFI_FULL of all.
set -u

here=$(dirname "$0")
# shellcheck source=test/lib/tap.sh
. "$here/../lib/tap.sh"
# shellcheck source=test/lib/compilers.sh
. "$here/../lib/compilers.sh"
texts=$here/acceptance.txt

${CC:-cc} -std=c11 -O1 -Wall -Wextra -Wpedantic -Wshadow -Werror -I"$root/include" "$here/read_acceptance.c" \
    "$BUILD/libffi_invoke.a" -o "$work/read_acceptance" || exit 1
${RUNNER:-} "$work/read_acceptance" "$texts" >"$work/ours"
awk '
    NR == FNR { ours[$1] = $2; next }
    /^\/\// { differs = 1; next }
    { same = $1 == "?" || $1 == (ours[FNR] == "read" ? "+" : "-") }
    $1 != "?" && (differs ? same : !same) { print FNR ": " ours[FNR] ": " $0 }
    { count[$1]++ }
    END { print count["+"] " to read, " count["-"] " to refuse" > "/dev/stderr" }
' "$work/ours" "$texts" >"$work/wrong" 2>"$work/count"
echo "# $(cat "$work/count")"
check "there are texts of both kinds" grep -Eq '^[0-9]{3,} to read, [0-9]{3,} to refuse' "$work/count"
check_text "each text is read or refused as its mark says" "$(cat "$work/wrong")" ""

# ---- the marks ----

gcc=$(compilers gcc | sed -n 's/^gcc 12\S* //p') clang=$(compilers clang | sed -n 's/^clang 19\S* //p')
if [ "${RUNNER:-}" ] || [ "$(uname -m)" != x86_64 ] || [ ! "$gcc" ] || [ ! "$clang" ]; then
    skip "the marks" "gcc 12 and clang 19 are needed, on x86-64"
    finish
    exit
fi
step=4
[ ! "${FFI_FULL:-}" ] || step=1
mkdir "$work/texts"
awk -v folder="$work/texts" -v step=$step 'NR % step == 0 && !/^\/\// {
    text = substr($0, 3); gsub(/\\n/, "\n", text); file = folder "/" NR ".c"; print text > file; close(file)
}' "$texts"

# refused LIST COMPILER STANDARD: of the texts of the list those that the compiler refuses.
refused() {
    (cd "$work/texts" && xargs "$2" "-std=$3" -w -fsyntax-only <"$1" 2>&1) |
        sed -n 's/^\([0-9]*\)\.c:.* error: .*/\1.c/p' | sort -u
}
ls "$work/texts" | sort >"$work/all"
refused "$work/all" "$gcc" gnu11 >"$work/gcc"
refused "$work/all" "$clang" gnu11 >"$work/clang"
comm -12 "$work/gcc" "$work/clang" >"$work/both"
refused "$work/both" "$gcc" gnu2x >"$work/gcc_c23"
refused "$work/gcc_c23" "$clang" gnu2x | sed 's/$/ -/' >"$work/marks"
cat "$work/gcc" "$work/clang" | sort -u | comm -23 "$work/all" - | sed 's/$/ +/' >>"$work/marks"
awk -v step=$step '
    NR == FNR { mark[$1] = $2; next }
    FNR % step || /^\/\// { next }
    { is = mark[FNR ".c"] ? mark[FNR ".c"] : "?"; judged++ }
    is != $1 { print FNR ": " is " by the compilers: " $0 }
    END { print judged > "/dev/stderr" }
' "$work/marks" "$texts" >"$work/wrong" 2>"$work/count"
check "$(cat "$work/count") marks are judged" [ "$(cat "$work/count")" -gt 100 ]
check_text "each of them is that of $gcc and $clang" "$(cat "$work/wrong")" ""
finish
