#!/bin/sh
# SPDX-License-Identifier: MIT
#
# What the library takes, from the sections of linked files: of a program that makes types without text, calls and is called
# on its own ABI (minimal.c), with the library and with the small one; of the shared library's core, of libffi.so.8.
# `make size` prints it by room.
#
# The aims are 64 KiB for the smallest program, 208 KiB and 80 KiB. The ceilings are what is reached, with room for a little.
. "$(dirname "$0")/../lib/tap.sh"

cd "$root" || exit 1
unset MAKEFLAGS MFLAGS MAKELEVEL # of the make that runs the tests
target=${BUILD##*/}
[ "$target" = x86_64 ] || skip_all "the ceilings are those of x86-64 on Linux"
! $CC -v 2>&1 | grep -q clang || skip_all "the ceilings are those of gcc"
minimal_ceiling=151 small_ceiling=56 core_ceiling=342 dropin_ceiling=79
case $($CC -dumpversion) in
12*) ;;
*) # The ceilings are gcc 12's. Another version may take a twentieth more.
    minimal_ceiling=$((minimal_ceiling * 21 / 20)) small_ceiling=$((small_ceiling * 21 / 20))
    core_ceiling=$((core_ceiling * 21 / 20)) dropin_ceiling=$((dropin_ceiling * 21 / 20))
    ;;
esac

make -s TARGET="$target" B="$BUILD" CC="$CC" size >"$work/table" 2>"$work/said"
check "make size" [ $? = 0 ]
sed 's/^/# /' "$work/table"

# The loaded bytes of a file: code, trampolines, constants, relocated tables, unwind tables.
loaded() { size -A "$1" | awk '/^\.(text|trampolines|rodata|data|eh_frame)/ { sum += $2 } END { print sum }'; }
of_room() { # room, column
    awk -v room="$1" -v column="$2" 'index($0, room) == 1 { print $(NF - 5 + column) }' "$work/table"
}
at_most() { # bytes, KiB
    echo "$1 bytes of $(($2 * 1024))"
    [ "$1" -gt 10000 ] && [ "$1" -le $(($2 * 1024)) ]
}

check "the smallest program runs" "$BUILD/size/minimal-archive"
check "it takes at most $minimal_ceiling KiB of the library" at_most "$(of_room 'all rooms' 1)" $minimal_ceiling
check "and from the archive no more than from its objects, but for what the linker merges" \
    at_most "$(loaded "$BUILD/size/minimal-archive")" $((($(loaded "$BUILD/size/minimal") + 2047) / 1024))
check "with the small library it runs too" "$BUILD/size/small-archive"
check "and takes at most $small_ceiling KiB" at_most "$(of_room 'all rooms' 2)" $small_ceiling
check "also from the archive" \
    at_most "$(loaded "$BUILD/size/small-archive")" $((($(loaded "$BUILD/size/small") + 2047) / 1024))
check_text "it takes nothing of the embedding layer" "$(of_room src/embed/ 1)" -
check_text "nor what reads text" "$(of_room src/parse/ 1 | awk '{ print $1 < 512 ? "little" : $1 }')" little
check "rooms add up" awk '/^(src|arch)/ { sum += $(NF - 1) } /^all rooms/ { exit sum != $(NF - 1) }' "$work/table"

check "the shared library without the embedding layer, stripped: at most $core_ceiling KiB" \
    at_most "$(wc -c <"$BUILD/size/stripped/core.so")" $core_ceiling
check "libffi.so.8, stripped: at most $dropin_ceiling KiB" \
    at_most "$(wc -c <"$BUILD/size/stripped/libffi.so.8")" $dropin_ceiling
check_text "libffi.so.8 takes nothing of parser and embedding layer" "$(of_room src/parse/ 5) $(of_room src/embed/ 5)" "- -"
finish
