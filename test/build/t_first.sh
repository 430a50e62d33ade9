#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The first use of the library (bench/first.c) makes at most eight system calls more than dlopen() by hand, linked statically
# and shared. Its instructions have a ceiling in bench/ceilings.txt.
. "$(dirname "$0")/../lib/tap.sh"

command -v strace >/dev/null || skip_all "strace is not installed"
cd "$root" || exit 1

calls() { # PROGRAM WHO LIBRARY: makes $work/WHO.calls
    env -i PATH="$PATH" strace ${3:+-E LD_PRELOAD="$3"} -o "$work/$2.calls" "$BUILD/bench/$1" "$2"
}
at_most_eight_more() {
    ours=$(wc -l <"$work/ffi_invoke.calls") hand=$(wc -l <"$work/C.calls")
    echo "$ours system calls, by hand $hand"
    diff "$work/C.calls" "$work/ffi_invoke.calls"
    [ "$hand" -ge 20 ] && [ "$ours" -le $((hand + 8)) ]
}

for program in first first-shared; do
    library=
    [ $program = first ] || library=$BUILD/libffi_invoke.so
    check "$program calls pow() by hand" calls $program C "$library"
    check "and by the library" calls $program ffi_invoke "$library"
    check "with at most eight system calls more" at_most_eight_more
done
finish
