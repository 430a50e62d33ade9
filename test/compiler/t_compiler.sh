#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The parser against compilers. Every list of up to four of C's type words, and random declarations, are types
# for us exactly if they are for the compiler; and the text that we print for a type means the same type to the
# compiler, and to ourselves, as the text that we read. SEED=n for other random ones.
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/compilers.sh"

CC=${CC:-cc}
here=$(cd "$(dirname "$0")" && pwd)
BUILD=$(cd "${BUILD:?the build folder}" && pwd)
seed=${SEED:-1}
$CC -std=c11 -I"$root/include" -I"$root/test/lib" "$here/read_types.c" "$BUILD/libffi_invoke.a" -o "$work/read_types" || exit 1
cd "$work" || exit 1
cat >head.h <<'END'
#include <stddef.h>
#include <stdint.h>
#include <stdbool.h>
typedef int8_t i8;
typedef uint64_t u64;
typedef double f64;
typedef void *ptr;
typedef const char *str;
END

# compile FILE: the lines in which this compiler sees errors.
compile() {
    (cat head.h && echo '#line 1 "here"' && cat "$1") >declared.c
    $judge -std=c2x -pedantic-errors $all_errors -fsyntax-only declared.c 2>said
    grep -E '^here:[0-9]+:([0-9]+:)? (fatal )?error' said | cut -d : -f 2 | sort -un
}

# verdicts FILE: for each type in it whether it is one.
verdicts() {
    sed 's/.*/typedef __typeof__(&) t;/' "$1" | awk '{ sub(/t;$/, "t" NR ";"); print }' >types.c
    compile types.c >wrong
    awk 'FILENAME == "wrong" { wrong[$1] = 1; next } { print wrong[FNR] ? "no" : "yes" }' wrong "$1"
}

# agree NAME FILE: compares all that with $judge, of $family and $version.
agree() {
    ./read_types <"$2" >ours
    verdicts "$2" >theirs
    paste theirs ours "$2" | awk -F '\t' '$1 != ($2 == "differs" ? "yes" : $2)' | head -20 >disagreement
    check_text "$1: $(grep -c yes theirs) of $(wc -l <"$2") are types, for us as for $family $version" \
        "$(cat disagreement)" ""
    check_text "what we print reads as the same type" "$(grep ^differs ours | head)" ""
    reason=$(why_wrong "$family" "$version" result-qualifiers)
    if [ "$reason" ]; then
        skip "and is the same type to $family $version" "$reason"
        return
    fi
    paste ours "$2" | awk -F '\t' '$1 == "yes" {
        printf "extern __typeof__(%s) *v%d; extern __typeof__(%s) *v%d;\n", $3, ++n, $2, n }' >both.c
    check_text "and is the same type to $family $version" \
        "$(compile both.c | head -5 | while read -r line; do sed -n "${line}p" both.c; done)" ""
}

# `long double` is a type that we do not know yet.
awk 'BEGIN {
    count = split("int char short long signed unsigned float double void _Bool const", words, " ")
    for (a = 1; a <= count; a++) { print words[a]
        for (b = 1; b <= count; b++) { print words[a], words[b]
            for (c = 1; c <= count; c++) { print words[a], words[b], words[c]
                for (d = 1; d <= count; d++) print words[a], words[b], words[c], words[d] } } } }' |
    grep -vE 'long.*double|double.*long' >words

# Declarators without a name, some of them damaged; but not so that brackets fail to match or the first word
# is lost, for then a line would mean something else to the compiler than a type: t_syntax.c has those. Left out
# is also what compilers disagree about (a `void` parameter with a name, nothing before `...`), and where we
# differ from C on purpose or not yet: a type's name can name a parameter, types may follow `...`, [*] is not
# read, qualifiers in [] are ignored.
awk -v seed="$seed" '
    function any(list,  parts) { return parts[int(rand() * split(list, parts, " ")) + 1] }
    function specifier() {
        return any("int char const_int void unsigned_long i8 u64 f64 ptr str float volatile_char")
    }
    function parameters(depth,  text, n) {
        if (rand() < 0.2) return rand() < 0.5 ? "void" : ""
        for (n = int(rand() * 3); n >= 0; n--)
            text = text (text ? " , " : "") specifier() " " declarator(depth) (rand() < 0.1 ? " x" n : "")
        return text (rand() < 0.2 ? " , ..." : "")
    }
    function declarator(depth,  r) {
        r = rand()
        if (depth <= 0 || r < 0.1) return ""
        if (r < 0.35) return "* " (rand() < 0.3 ? "const " : "") declarator(depth - 1)
        if (r < 0.65) return "( * " declarator(depth - 2) " )" suffix(depth - 1)
        if (r < 0.7) return "( " declarator(depth - 1) " )" suffix(depth - 1)
        return declarator(depth - 2) suffix(depth - 1)
    }
    function suffix(depth) {
        return rand() < 0.4 ? " [ 3 ]" : rand() < 0.2 ? " [ ]" : " ( " parameters(depth - 1) " )"
    }
    function damaged(text,  parts, count, at, i, result) {
        count = split(text, parts, " ")
        at = int(rand() * count) + 1
        for (i = 1; i <= count; i++) {
            if (i == at) parts[i] = any("( ) [ ] * , ... const") (rand() < 0.5 ? " " parts[i] : "")
            result = result (i > 1 ? " " : "") parts[i]
        }
        return result
    }
    function matches(text) {
        gsub(/[^][()]/, "", text)
        while (gsub(/\(\)|\[\]/, "", text)) continue
        return text == ""
    }
    BEGIN {
        srand(seed)
        unclear = "\\[ (const|\\*)|void +(const|x)|\\( \\.\\.\\.|\\.\\.\\. ,"
        unclear = unclear "|(\\*|const|\\)) +(i8|u64|f64|ptr|str)( |$)"
        for (n = 0; n < 6000; n++) {
            text = specifier() " " declarator(5)
            if (rand() < 0.3) text = damaged(text)
            gsub(/_/, " ", text)
            if (matches(text) && text ~ /^[a-z]/ && text !~ unclear) print text
        }
    }' | sort -u >random

for family in gcc clang; do
    all_errors=-fmax-errors=0
    [ $family = clang ] && all_errors=-ferror-limit=0
    judges $family "which texts are types"
    while read -r _ version judge; do
        agree "lists of words" words
        agree "random declarations (seed $seed)" random
    done <"$work/judges"
done
finish
