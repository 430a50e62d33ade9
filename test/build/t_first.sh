#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The first use of the library (bench/first.c) makes at most eight system calls more than dlopen() by hand, linked statically
# and shared; for libm, whose version it knows, two. Its instructions have a ceiling in bench/ceilings.txt.
. "$(dirname "$0")/../lib/tap.sh"

command -v strace >/dev/null || skip_all "strace is not installed"
cd "$root" || exit 1

calls() { # PROGRAM WHO PRELOADED [LIBRARY]: makes $work/WHO.calls
    env -i PATH="$PATH" strace ${3:+-E LD_PRELOAD="$3"} -o "$work/$2.calls" "$BUILD/bench/$1" "$2" static ${4:+"$4"}
}
more_calls() { # AT_MOST
    ours=$(wc -l <"$work/ffi_invoke.calls") hand=$(wc -l <"$work/C.calls")
    echo "$ours system calls, by hand $hand"
    diff "$work/C.calls" "$work/ffi_invoke.calls"
    [ "$hand" -ge 20 ] && [ "$ours" -le $((hand + $1)) ]
}

for program in first first-shared; do
    preloaded=
    [ $program = first ] || preloaded=$BUILD/libffi_invoke.so
    check "$program calls pow() by hand" calls $program C "$preloaded"
    check "and by the library" calls $program ffi_invoke "$preloaded"
    check "with at most two system calls more" more_calls 2
    check "$program calls a function of libgcc_s by hand" calls $program C "$preloaded" libgcc_s
    check "and by the library" calls $program ffi_invoke "$preloaded" libgcc_s
    check "with at most eight system calls more" more_calls 8
done
finish
