#!/bin/sh
# SPDX-License-Identifier: MIT
#
# What the default build is hardened with, as the linked files and the objects show it: tables that are read-only and
# complete before the program starts, no executable stack, programs at random addresses, canaries, checked forms of C's
# functions, and landing pads for indirect calls. Nothing is run, so RUNNER is not needed.
here=$(dirname "$0")
. "$here/../lib/tap.sh"
BUILD=${BUILD:?the build folder}
command -v readelf >/dev/null || skip_all "readelf is not installed"

has() { # file, option of readelf, pattern
    readelf -W "$2" "$1" 2>&1 | grep -E -- "$3" || ! echo "readelf $2 $1: no $3"
}

has_not() { ! readelf -W "$2" "$1" 2>&1 | grep -E -- "$3"; }

stack_is_data() { has "$1" -l 'GNU_STACK .* RW ' && has_not "$1" -l 'GNU_STACK .*RWE'; }

for file in libffi_invoke.so ffi demo; do
    if [ ! -e "$BUILD/$file" ]; then
        skip "$file" "it is not built here"
        continue
    fi
    check "$file: relocated tables become read-only" has "$BUILD/$file" -l GNU_RELRO
    check "$file: every symbol is bound at the start" has "$BUILD/$file" -d 'BIND_NOW|FLAGS.*NOW'
    check "$file: the stack is not executable" stack_is_data "$BUILD/$file"
    check "$file: no segment is writable and executable" has_not "$BUILD/$file" -l 'LOAD .* RWE '
    check "$file: no relocation is in code" has_not "$BUILD/$file" -d TEXTREL
    check "$file: functions have canaries" has "$BUILD/$file" --dyn-syms ' __stack_chk_fail(@|$)'
    if is_musl; then
        skip "$file: C's functions are called in their checked forms" "musl has none"
    else
        check "$file: C's functions are called in their checked forms" has "$BUILD/$file" --dyn-syms ' __[a-z]+_chk@'
    fi
done
for file in ffi demo; do
    if [ -e "$BUILD/$file" ]; then
        check "$file: its address is random" has "$BUILD/$file" -h 'Type: +DYN'
    else
        skip "$file: its address is random" "it is not built here"
    fi
done

# A program's own file has the note only if the C library's start files have it. Debian's have not, so objects are asked.
case $(readelf -h "$BUILD/libffi_invoke.so" | sed -n 's/.*Machine: *//p') in
*X86-64*) pads='x86 feature: IBT, SHSTK' ;;
*AArch64*) pads='AArch64 feature: BTI, PAC' ;;
*) skip "landing pads" "this compiler makes none for the machine" && finish && exit || exit 1 ;;
esac
check "libffi_invoke.so: $pads" has "$BUILD/libffi_invoke.so" -n "$pads"
lacking() { # objects without landing pads
    for object; do
        readelf -nW "$object" 2>/dev/null | grep -q "$pads" || echo "$object"
    done
}
check_text "every object of the library and the programs has landing pads" \
    "$(lacking $(find "$BUILD/src" "$BUILD/arch" "$BUILD/tools/ffi" -name "*.o"))" ""
check "there are such objects" test -e "$BUILD/tools/ffi/ffi.o"
finish
