#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The example interpreter: its script, errors with the script's line, errors that leave native code, and no leak.
# shellcheck disable=SC2086 # $CC is a list of words
. "$(dirname "$0")/../lib/tap.sh"

calc=$(cd "${BUILD:?the build folder}" && pwd)/calc
demo=$root/tools/demo/calc/demo.calc
command -v cc >/dev/null || skip_all "cc is not installed, which reads headers"
cd "$work" || exit 1

check_text "the script of the demo" "$($calc "$demo" 2>&1)" "sqrt and pow: 1.414213562 1024 
sorted: 0 1 2 3 4 
32 January 2000 is day 1 of month 2 
a copy that nobody has to free 
10! = 3628800 "

says() { # NAME SCRIPT WANTED
    printf '%s\n' "$2" >script
    check_text "$1" "$($calc script 2>&1)" "$3"
}

says "a wrong argument" 'declare "double pow(double x, double y);"
import pow from "m"
print pow(2,
    "ten")' 'script:4: argument 2 "y" of pow: expected double, got text "ten"'
says "a wrong number of them" 'declare "int abs(int);"
import abs from "c"
abs()' 'script:3: abs takes 1 argument, got 0'
says "a name that no header has" 'import no_such_thing from "c"' \
    "script:1: cannot bind 'no_such_thing': no function 'no_such_thing' is declared: give its signature, or declare it first"
says "an error within a callback leaves qsort" 'declare "void qsort(void *, unsigned long, unsigned long, int (*)(const void *, const void *));"
import qsort from "c"
let numbers = new "int[3]"
qsort(numbers, 3, 4, fn(a, b) {
    return at(a, "int") - nothing
})' "script:5: nothing is named 'nothing'"
says "a callback that returns a text" 'declare "void qsort(void *, unsigned long, unsigned long, int (*)(const void *, const void *));"
import qsort from "c"
qsort(new "int[3]", 3, 4, fn(a, b) { return "less" })' 'script:3: the result of a callback: expected int, got text "less"'
says "a member that is not there" 'let x = new "struct { int a; short b[2]; }"
x.a = 3
x.c = 4' "script:3: the path 'c': 'c' is no member of struct { int a; short b[2]; }"
says "a number that does not fit" 'let x = new "struct { int a; unsigned char b; }"
x.b = 300' "script:2: b: expected unsigned char (0 to 255), got 300"
says "a type without a size" 'let x = new "int"
let y = new "struct unknown"' 'script:2: it has no size'
says "an index beyond the end" 'let x = [1, 2, 3]
x[0] = x[1] + 10
let y = x[3]' 'script:3: [3] is beyond the end of a list of 3'
says "functions, loops, conditions" 'fn count(n) { let i = 0
    while i < 100 { i = i + 1
        if i > n - 1 { return i } else { } }
    return nil
}
let f = fn(g) { return g(3) * 2 }
print count(5), f(count), -(2 + 3) * 4 % 6, nil, [1, "two"]' '5 6 -2 nil 1, two '
says "too deep" 'fn f(n) { return f(n + 1) }
f(0)' 'script:1: calls are nested more than 200 deep'
says "nil for a function" 'declare "void qsort(void *, unsigned long, unsigned long, int (*)(const void *, const void *));"
import qsort from "c"
qsort(new "int[3]", 3, 4, nil)' \
    "script:3: argument 4 of qsort: expected int (*)(const void *, const void *), got nil"
if command -v valgrind >/dev/null; then
    check "nothing leaks" valgrind -q --leak-check=full --error-exitcode=9 "$calc" "$demo"
    printf 'declare "void qsort(void *, unsigned long, unsigned long, int (*)(const void *, const void *));"
import qsort from "c"\nqsort(new "int[3]", 3, 4, fn(a, b) { return nothing })\n' >script
    valgrind -q --leak-check=full --error-exitcode=9 "$calc" script >said 2>&1
    check_text "nothing leaks when an error leaves native code" "$?" 1
else
    skip "nothing leaks" "valgrind is not installed"
fi
finish
