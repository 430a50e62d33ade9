#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The library for Windows, built by MinGW and run by Wine: on the system's own libraries (windows.c), under guard
# (windows_guard.c), exceptions through it (windows_seh.c, unwind.cc), and random signatures (as t_calls.sh and
# t_values.sh) against MinGW's gcc and clang for both of Windows' forms. Another seed or number: FFI_SEED=7
# FFI_COUNT=10000 make test.
set -u

here=$(dirname "$0")
root=$(cd "$here/.." && pwd)
. "$here/tap.sh"
seed=${FFI_SEED:-20240609}
number=${FFI_COUNT:-2048}
mingw=x86_64-w64-mingw32
build=$root/build/win64

for tool in $mingw-gcc wine nasm; do
    command -v $tool >/dev/null || skip_all "$tool is not installed"
done
unset MAKEFLAGS MFLAGS MAKELEVEL CFLAGS
if ! make -s -C "$root" TARGET=win64 CC=$mingw-gcc build/win64/libffi_invoke.a build/win64/ffi_invoke.dll \
    >"$work/make" 2>&1; then
    sed 's/^/# /' "$work/make"
    check "the library is built for Windows" false
    finish
    exit 1
fi
check "the library is built for Windows, without a warning" test ! -s "$work/make"

# Wine's own folder is made once.
export WINEDEBUG=-all WINEPREFIX="$build/wine"
wine cmd /c exit >/dev/null 2>&1 </dev/null || skip_all "Wine does not run here"

flags="-D_WIN32_WINNT=0x0602 -std=gnu11 -O2 -g -Wall -Wextra -Wno-format -Werror -D__USE_MINGW_ANSI_STDIO=1 -I$root/include"

# tests LABEL PROGRAM ARGUMENT...: the checks of a Windows program, as one.
tests() {
    label=$1
    shift
    timeout 300 wine "$@" 2>&1 </dev/null | tr -d '\r' >"$work/output"
    check "$label: $(grep -c '^ok' "$work/output") checks" faultless
}

faultless() { # all that was planned went right
    [ "$(sed -n 's/^1\.\.//p' "$work/output")" = "$(grep -c '^ok' "$work/output")" ] && return
    grep -v '^ok' "$work/output" | head -n 20
    false
}

cd "$work" || exit 1
for library in libffi_invoke.a libffi_invoke.dll.a; do
    # shellcheck disable=SC2086 # words
    check "windows.c is built with $library" $mingw-gcc $flags "$root/test/windows.c" "$build/$library" -o windows.exe
    cp "$build/ffi_invoke.dll" .
    tests "windows.c with $library" ./windows.exe
done
check "guard_win32.asm is assembled" nasm -Werror -f win64 "$root/test/guard_win32.asm" -o guard.o
for name in guard seh; do
    # shellcheck disable=SC2086
    check "windows_$name.c is built" $mingw-gcc $flags "$root/test/windows_$name.c" guard.o \
        "$build/libffi_invoke.a" -o windows_$name.exe
done
tests "registers preserved, and unwinding at each instruction" ./windows_guard.exe
tests "structured exceptions" ./windows_seh.exe
if command -v $mingw-g++ >/dev/null; then
    check "unwind.cc is built" $mingw-g++ -std=c++17 -O2 -Wall -Wextra -Wno-format -Werror -static -I"$root/include" \
        "$root/test/unwind.cc" "$build/libffi_invoke.a" -o unwind.exe
    tests "exceptions and longjmp" ./unwind.exe
else
    skip "exceptions and longjmp" "$mingw-g++ is not installed"
fi

for program in gen_calls run_calls gen_values run_values; do
    # shellcheck disable=SC2086
    check "$program.c is built" $mingw-gcc $flags "$root/test/$program.c" "$build/libffi_invoke.a" -o $program.exe
done
wine gen_calls.exe "$seed" "$number" >calls.c </dev/null
for part in declarations bodies extras; do
    wine gen_values.exe $part "$seed" "$number" 16 "" </dev/null | tr -d '\r' >$part
done
mv declarations values.h
mv bodies values.c
# What Microsoft's C library has: a mark, and what touches the pages of a large frame.
cat >runtime.c <<'END'
int _fltused;
__asm__(".text\n.globl __chkstk\n__chkstk: jmp ___chkstk_ms");
END

# against NAME COMPILER...: both libraries of callees, built at once, by MinGW's linker, and called.
against() {
    from=$1
    shift
    for source in calls values; do
        "$@" -w -c $source.c -o "$source-$from.o" &&
            $mingw-gcc -shared "$source-$from.o" runtime.c -o "$source-$from.dll" &
    done
    wait
    tests "$number random signatures of scalars, $from (seed $seed)" \
        ./run_calls.exe "$seed" "$number" "" "$from" "./calls-$from.dll"
    tests "$number random signatures of all types, $from (seed $seed)" \
        ./run_values.exe values.h extras "$seed" "$number" "$from" "./values-$from.dll"
}

against gcc $mingw-gcc -O1 # which takes half of -O2's time
clang=$(command -v clang-19 || command -v clang)
if [ "$clang" ]; then
    against clang-mingw "$clang" --target=$mingw -O2
    export FFI_ABI=msvc
    against clang-msvc "$clang" --target=x86_64-pc-windows-msvc -O2
else
    skip "clang's callees" "clang is not installed"
fi
finish
