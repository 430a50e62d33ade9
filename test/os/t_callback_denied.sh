#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Callbacks on systems that deny much (callback_denied.c), with both libraries: no writable code, no new code at
# all, no mremap; the library's file deleted or replaced before the first callback; a root without /proc, or with a file that is
# someone else's. Where
# neither way to map the library's code again is left, it is an error that says why.
# Part of make check.
. "$(dirname "$0")/../lib/tap.sh"

BUILD=${BUILD:?the build folder}
here=$(dirname "$0")
CC=${CC:-cc}

faults() { # status: nothing if the program that wrote $work/output did, in TAP, all that it planned
    [ "$1" = 0 ] && grep -q '^ok' "$work/output" &&
        [ "$(grep -c '^ok' "$work/output")" = "$(sed -n 's/^1\.\.//p' "$work/output")" ] && return
    grep -v '^ok' "$work/output" | head -n 20
    false
}

# Each run has files of its own: it may delete them.
run() { # name, words for the program; FILE is the file with the library's code
    name="$1, $kind library" folder=$work/run
    shift
    rm -rf "$folder" && mkdir "$folder" && cp "$work/$kind/"* "$folder"
    case $kind in static) file=$folder/program ;; shared) file=$folder/libffi_invoke.so.0 ;; esac
    # shellcheck disable=SC2046 # words
    LD_LIBRARY_PATH=$folder "$folder/program" $(echo "$@" | sed "s|FILE|$file|") >"$work/output" 2>&1
    status=$?
    reason=$(sed -n 's/^1\.\.0 # SKIP //p' "$work/output")
    if [ "$reason" ]; then skip "$name" "$reason"; else
        check "$name: $(grep -c '^ok' "$work/output") checks" faults $status
    fi
}

for kind in static shared; do
    mkdir "$work/$kind"
    case $kind in
    static) library=$BUILD/libffi_invoke.a ;;
    shared) library=$BUILD/libffi_invoke.so && cp "$(realpath "$library")" "$work/shared/libffi_invoke.so.0" ;;
    esac
    check "the program is built with the $kind library" $CC -std=c11 -O2 -Wall -Wextra -Werror -I"$root/include" -I"$root/test/lib" \
        "$here/callback_denied.c" "$library" -o "$work/$kind/program"

    run "as usual" works
    run "PR_SET_MDWE" works mdwe
    run "a filter of mprotect and mmap" works no-new-code
    run "both" works mdwe no-new-code
    run "the file deleted" works delete FILE
    run "the file replaced" works replace FILE
    run "a root without /proc" works root
    run "all of it" works mdwe no-new-code delete FILE root

    # Now the file has to serve.
    run "no mremap" works no-mremap
    run "no mremap, and the file is writable for all" works no-mremap writable FILE
    run "no mremap, and both" works mdwe no-new-code no-mremap
    case $kind in
    static)
        # /proc/self/exe is the file itself, whatever became of its name.
        run "no mremap, the file deleted" works no-mremap delete FILE
        run "no mremap, the file replaced" works no-mremap replace FILE
        run "code moved to anonymous memory" works moved
        run "code moved to anonymous memory, no mremap" works moved no-mremap
        ;;
    shared)
        run "no mremap, the file deleted" denied no-mremap delete FILE
        run "no mremap, the file replaced" denied no-mremap replace FILE
        run "no mremap, the file deleted, after the first callback" denied early no-mremap delete FILE
        ;;
    esac
    run "no mremap, a root without /proc and without the file" denied no-mremap root
    run "no mremap, a root where the file is someone else's" denied foreign-root FILE no-mremap
done
finish
