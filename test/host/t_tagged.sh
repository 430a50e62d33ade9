#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The wrapper for a host with tagged words of 64 bits: what its script prints, that nothing leaks, and that the wrapper
# and the example interpreter's bridge have at most half of the lines that they took without the layer.
. "$(dirname "$0")/../lib/tap.sh"

tagged=$(cd "${BUILD:?the build folder}" && pwd)/tagged
demo=$root/tools/demo

check_text "the script of the host with tagged words" "$("$tagged" 2>&1)" 'pow(2, 10): 1024
pow(2, "ten"): error: argument 2 "y" of pow: expected double, got text "ten"
pow(2): error: pow takes 2 arguments, got 1
strdup: "a copy"
strdup(1): error: argument 1 "text" of strdup: expected const char *, got 1
calloc: a cell
the least: 0
the most: 3
the wrong result of a closure: error: expected int, got text "less"
an error in a closure: error: the closure has failed
a record by its members: true
a list in a record: 6
a number that does not fit: error: c: expected unsigned int : 3 (0 to 7), got 9
a member that is not there: error: the path '"'d': 'd'"' is no member of struct { int a[2]; short b; unsigned int c : 3; }'
if command -v valgrind >/dev/null; then
    check "nothing leaks" valgrind -q --leak-check=full --error-exitcode=9 "$tagged"
else
    skip "nothing leaks" "valgrind is not installed"
fi

at_most() { # FILE LINES
    lines=$(wc -l <"$demo/$1")
    check "$1 has at most $2 lines, comments included" test "$lines" -le "$2"
}
at_most tagged/wrapper.c 180
at_most calc/bridge.c 105
lines=$(cat "$demo"/calc/*.[ch] | grep -cvE '^ *(/?\*.*)?$')
check "the interpreter has less than 500 lines of C, comments and blank lines left out" test "$lines" -lt 500
finish
