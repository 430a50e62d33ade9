#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Windows on Arm: the C sources are compiled for it with MinGW's headers, as Zig has them. The assembler has no form for it,
# so nothing is linked. t_win_arm64.sh tests its plans.
. "$(dirname "$0")/../lib/tap.sh"

cd "$root" || exit 1
clang=$(command -v clang-19 || command -v clang) || skip_all "clang is not installed"
headers=/usr/local/lib/ziglang/ziglang/lib/libc/include/any-windows-any
[ -d $headers ] || skip_all "MinGW's headers are not installed ($headers): tools/build/setup.sh test"
echo "# by $("$clang" --version | head -n 1)"

common=$(find src -name '*.c' ! -path 'src/os/*' ! -path 'src/embed/os/*' ! -path 'src/libffi/*' ! -path 'src/hosts/*' && find arch -name '*.c' ! -name 'stubs*' ! -name 'entries*')
system=$(ls src/os/win32*.c src/embed/os/win32.c arch/aarch64/stubs*.c arch/aarch64/entries.c)
compiled() {
    "$clang" --target=aarch64-w64-windows-gnu -nostdlibinc -isystem $headers -D__MSVCRT_VERSION__=0xE00 -D_UCRT -std=c11 -Wall -Wextra \
        -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Werror -Iinclude -iquote src -fsyntax-only "$@"
}
# shellcheck disable=SC2086 # lists of words
check "the C sources of all systems" compiled $common
# shellcheck disable=SC2086
check "those of Windows and of AArch64" compiled $system
cat >"$work/wrong.c" <<'END'
_Static_assert(sizeof(long) == 8 || sizeof(wchar_t) == 4, "as on Linux");
END
check "and it is Windows: long has 4 bytes there" eval "! compiled -include stddef.h $work/wrong.c 2>$work/said && grep -q 'as on Linux' $work/said"
finish
