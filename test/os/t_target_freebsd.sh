#!/bin/sh
# SPDX-License-Identifier: MIT
#
# FreeBSD without its kernel: the libraries, the command and the demo are built and linked for x86-64 with its headers and
# the lists of its libraries' symbols, as Zig has them (tools/build/freebsd.mk). Nothing of it is run.
. "$(dirname "$0")/../lib/tap.sh"

cd "$root" || exit 1
unset MAKEFLAGS MFLAGS MAKELEVEL
zig=/usr/local/lib/ziglang/ziglang/zig
[ -x $zig ] || skip_all "Zig is not installed ($zig): tools/build/setup.sh test"
echo "# by Zig $($zig version)"

B=build/freebsd
built() { env -u CC -u BUILD make -s TARGET=freebsd CFLAGS=-O1 WERROR=-Werror "$@" >"$work/output" 2>&1 || { tail -n 40 "$work/output"; return 1; }; }
check "make TARGET=freebsd" built all
check "make demo TARGET=freebsd" built demo
check_text "the demo was not run" "$(cat "$work/output")" "built, never run: $B/demo"

needed() { readelf -dW "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | grep -v '^lib\(c\.so\.7\|thr\.so\.3\|m\.so\.5\|dl\.so\.1\)$' || :; }
for file in libffi_invoke.so ffi demo; do
    check_text "$file is FreeBSD's" "$(readelf -hW $B/$file | sed -n 's/.*OS\/ABI: *//p' | grep -c 'FreeBSD\|System V')" 1
    check_text "$file needs FreeBSD's libraries only" "$(needed $B/$file)" ""
done
check_text "programs ask for FreeBSD's loader" "$(readelf -lW $B/ffi | sed -n 's/.*interpreter: \(.*\)\]/\1/p')" /libexec/ld-elf.so.1
check_text "the shared library exports what the headers declare" \
    "$(nm -D --defined-only $B/libffi_invoke.so | awk '{ sub(/@.*/, "", $3); print $3 }' | sort)" \
    "$(sed -n 's/^FFI_[A-Z]*_API .*[ *]\(ffi_[a-z_0-9]*\)(.*/\1/p' include/*.h | sort -u)"
missing() { nm -u "$1" | awk '{ print $NF }' | grep -E 'getauxval|mremap|eventfd|__libc_|gnu_' || :; }
check_text "nothing of Linux' C library is missing in it" "$(missing $B/libffi_invoke.so)" ""
finish
