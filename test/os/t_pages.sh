#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Callbacks where pages have 4, 16 or 64 KiB, wherever in such a page the trampolines lie, by both ways to have the
# library's code twice (callback_pages.c). The system's pages are what they are: the library is told another size
# by a sysconf() of the program's own, which has code enough on both sides of the trampolines. qemu-user can have
# larger pages too, but it does not know the flag of mremap().
# Part of make check.
. "$(dirname "$0")/../lib/tap.sh"

BUILD=${BUILD:?the build folder}
here=$(dirname "$0")
CC=${CC:-cc}

# program OFFSET: in pages of 4 KiB, behind 64 KiB of other code.
# shellcheck disable=SC2086 # $static is an option, or none
program() {
    echo ".section .trampolines, \"ax\"; .zero 65536 + 4096 * $1" | $CC -x assembler -c - -o "$work/before.o" &&
        echo ".section .trampolines, \"ax\"; .zero 65536" | $CC -x assembler -c - -o "$work/behind.o" &&
        $CC "$work/before.o" "$work/pages.o" "$BUILD/libffi_invoke.a" "$work/behind.o" -Wl,--wrap=sysconf,--wrap=mremap \
            -Wl,-z,noexecstack,-z,max-page-size=65536 $static -o "$work/pages-$1"
}

programs() {
    $CC -std=c11 -O2 -Wall -Wextra -Werror -I"$root/include" -I"$root/test/lib" -c "$here/callback_pages.c" -o "$work/pages.o" || return
    for offset in $offsets; do program "$offset" || return; done
}

# each WORD...: runs the command with every program in place of the word PROGRAM.
each() {
    for offset in $offsets; do
        run=$(echo "$@" | sed "s|PROGRAM|$work/pages-$offset|")
        $run || {
            echo "  at offset $offset: $run"
            return 1
        }
    done
}

# Of RISC-V the C library, and musl, are linked for pages of 4 KiB.
static=''
case ${RUNNER:-} in
qemu-riscv64* | *musl*) static=-static ;;
esac

case ${RUNNER:-} in
'') offsets='0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15' ways='mremap file' ;;
*) offsets='0 4 8 12' ways=file ;;
esac

check "programs with the trampolines at different places" programs
for size in 4096 16384 65536; do
    for way in $ways; do
        # shellcheck disable=SC2086 # a command and its options
        check "pages of $((size / 1024)) KiB, by $way" each ${RUNNER:-} PROGRAM $size $way
    done
    case ${RUNNER:-} in
    qemu-*)
        skip "pages of $((size / 1024)) KiB, by mremap" "not under $RUNNER"
        # shellcheck disable=SC2086
        check "pages of $((size / 1024)) KiB that are qemu's own" each $RUNNER -p $size PROGRAM 0 file
        ;;
    esac
done
finish
