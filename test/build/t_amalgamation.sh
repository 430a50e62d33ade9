#!/bin/sh
# SPDX-License-Identifier: MIT
#
# `make amalgamation`: one C file and one assembler file make the library with no tool but the compiler's own, and tests
# pass with it. t_target_amalgamation.sh makes it for other targets.
. "$(dirname "$0")/../lib/tap.sh"
. "$root/test/build/amalgamation.sh"

mkdir bin && for tool in as ld; do ln -s "$(command -v $tool)" bin; done
try gcc "" ffi_invoke-x86_64-linux.s env PATH="$work/bin" "$(command -v gcc)" -Wall -Wextra -Werror
check "nasm: ffi_invoke-x86_64-linux.asm is assembled" "${NASM:-nasm}" -Werror -f elf64 ffi_invoke-x86_64-linux.asm -o nasm.o
link nasm "" gcc-c.o nasm.o "$CC"
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
finish
