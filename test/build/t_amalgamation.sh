#!/bin/sh
# SPDX-License-Identifier: MIT
#
# `make amalgamation`: one C file and one assembler file make the library with no tool but the compiler's own, for each
# target, and tests pass with it.
. "$(dirname "$0")/../lib/tap.sh"

cd "$root" || exit 1
CC=${CC:-cc}
unset MAKEFLAGS MFLAGS MAKELEVEL WERROR
[ "$(uname -m)" = x86_64 ] || skip_all "the files are made on x86-64 only"

check "make amalgamation" make -s B="$BUILD" CC="$CC" amalgamation
cp build/ffi_invoke* "$work" # the objects go there
cp test/lib/*.h "$work"
sed -n '/^```c$/,/^```$/p' README.md | sed '/^```$/q' | grep -v '^```' >"$work/example.c"
sed -n '/^## Being called/,/^## /p' README.md | sed -n '/^```c$/,/^```$/p' | grep -v '^```' >"$work/called.c"
cd "$work" || exit 1

# NAME, a runner, compiler and flags: the library from one C file and the assembler file, README's examples with it.
try() {
    label=$1 runner=$2 file=$3
    shift 3
    case $file in
    *.o) object=$file ;;
    *) object=$label.o && check "$label: $file is assembled" "$@" -c "$file" -o "$object" ;;
    esac
    check "$label: ffi_invoke.c is compiled" "$@" -std=c11 -O2 -I. -c ffi_invoke.c -o "$label-c.o"
    for program in example called; do
        check "$label: README's $program.c is linked" "$@" -std=c11 -I. "$program.c" "$label-c.o" "$object" -o "$label-$program.exe"
    done
    check_text "$label: pow(2, 10)" "$($runner "./$label-example.exe" 2>"$label.err" | tr -d '\r')" 1024
    check_text "$label: qsort" "$($runner "./$label-called.exe" 2>"$label.err" | tr -d '\r')" "0 1 2 3"
}

mkdir bin && for tool in as ld; do ln -s "$(command -v $tool)" bin; done
try gcc "" ffi_invoke-x86_64-linux.s env PATH="$work/bin" "$(command -v gcc)" -Wall -Wextra -Werror
${NASM:-nasm} -Werror -f elf64 ffi_invoke-x86_64-linux.asm -o nasm.o && try nasm "" nasm.o "$CC"
if command -v clang >/dev/null; then
    try clang "" ffi_invoke-x86_64-linux.s clang -Wall -Wextra -Werror
else
    skip "clang" "clang is not installed"
fi
check_text "it exports what ffi_invoke.h declares" \
    "$(nm -g --defined-only gcc-c.o | awk '$2 != "?" && / ffi_/ { print $3 }' | sort)" \
    "$(sed -n 's/^FFI_INVOKE_API .*[ *]\(ffi_[a-z_0-9]*\)(.*/\1/p' ffi_invoke.h | sort)"

# Some of the library's own tests.
for name in bind callback aggregate declare invoke; do
    [ -e "$OLDPWD/$BUILD/test/t_$name.o" ] || continue
    check "t_$name is linked with it" "$CC" -rdynamic "$OLDPWD/$BUILD/test/t_$name.o" gcc-c.o gcc.o -o "t_$name" -lpthread
    (cd "$OLDPWD" && "$work/t_$name") >"$name.out" 2>&1
    check "and passes" sh -c "grep -q '^1\\.\\.' $name.out && ! grep '^not ok' $name.out"
done

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
