#!/bin/sh
# SPDX-License-Identifier: MIT
#
# `make amalgamation` for other targets than this machine: one C file and one assembler file are compiled, and where an
# emulator runs them, README's examples too.
. "$(dirname "$0")/../lib/tap.sh"
. "$root/test/build/amalgamation.sh"

for cpu in aarch64 riscv64; do
    if command -v $cpu-linux-gnu-gcc >/dev/null && command -v qemu-$cpu >/dev/null; then
        try $cpu "qemu-$cpu -L /usr/$cpu-linux-gnu" ffi_invoke-$cpu.S $cpu-linux-gnu-gcc
    else
        skip "$cpu" "its compiler or qemu-user is not installed"
    fi
done
if command -v x86_64-w64-mingw32-gcc >/dev/null && command -v wine >/dev/null; then
    "${NASM:-nasm}" -Werror -f win64 ffi_invoke-x86_64-windows.asm -o windows.o
    check "Wine is ready" make -s -C "$OLDPWD" TARGET=win64 build/win64/wine/ready
    try windows "env WINEDEBUG=-all WINEPREFIX=$OLDPWD/build/win64/wine wine" windows.o x86_64-w64-mingw32-gcc -static
else
    skip "windows" "MinGW or Wine is not installed"
fi
zig=/usr/local/lib/ziglang/ziglang/lib/libc/include
if clang=$(command -v clang-19 || command -v clang); then
    if [ -d $zig ]; then
        for cpu in x86_64 arm64; do
            check "macOS, $cpu: ffi_invoke.c is compiled" "$clang" --target=$cpu-apple-macos11 -nostdlibinc \
                -isystem $zig/any-darwin-any -std=c11 -I. -c ffi_invoke.c -o macos.o
        done
        check "FreeBSD: ffi_invoke.c is compiled" "$clang" --target=x86_64-unknown-freebsd14 -nostdlibinc \
            -isystem $zig/x86_64-freebsd-none -isystem $zig/generic-freebsd -std=c11 -I. -c ffi_invoke.c -o freebsd.o
    else
        skip "macOS and FreeBSD: ffi_invoke.c" "their headers are not installed ($zig)"
    fi
    check "macOS, arm64: the assembler" "$clang" --target=arm64-apple-macos11 -c ffi_invoke-aarch64.S -o macos.o
fi
check "macOS, x86_64: the assembler" "${NASM:-nasm}" -Werror -f macho64 --prefix _ ffi_invoke-x86_64-macos.asm -o macos.o
finish
