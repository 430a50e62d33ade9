#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The library on Windows, built by MinGW and run by Wine: on the system's own libraries (windows.c), under guard
# (windows_guard.c), exceptions through it (windows_seh.c, unwind.cc), all lists of one type (as t_exhaustive.sh), and random
# signatures (as t_calls.sh and t_values.sh) against MinGW's gcc and clang for both of Windows' forms. Another seed or
# number: FFI_SEED=7 FFI_COUNT=10000 make test.
set -u

. "$(dirname "$0")/../lib/tap.sh"
. "$root/test/lib/compilers.sh"
seed=${FFI_SEED:-20240609}
number=$(number 512 2048)
mingw=x86_64-w64-mingw32
build=$root/$BUILD
export LC_ALL=C.UTF-8 # names beyond ASCII are UTF-8 in Wine's file system

flags="-D_WIN32_WINNT=0x0602 -std=gnu11 -O2 -g -Wall -Wextra -Wno-format -Werror -D__USE_MINGW_ANSI_STDIO=1
    -I$root/include -I$root/test/lib -I$root/test/guard/x86_64"

# build PROGRAM FILE...: from PROGRAM.c, in whatever room, and these.
build() {
    # shellcheck disable=SC2086 # words
    program=$1 && shift && $mingw-gcc $flags "$root"/test/*/"$program.c" "$@" -o "$program.exe"
}

# tests LABEL PROGRAM ARGUMENT...: the checks of a Windows program. No pipe: Wine's services would hold it.
tests() {
    label=$1
    shift
    # shellcheck disable=SC2086
    timeout 300 $RUNNER "$@" >"$work/raw" 2>&1 </dev/null
    tr -d '\r' <"$work/raw" | awk -v label="$label" -v count="$count" -v file="$work/count" '
        /^1\.\./     { planned = substr($0, 4) == seen; next }
        /^(not )?ok/ { seen++; sub(/ok [0-9]+( - )?/, "ok " ++count " - " label ": ") }
        /^not ok/    { broken++ }
                     { print }
        END          { if (!planned) broken++; print (planned ? "ok " : "not ok ") ++count " - " label ": that is all"
                       print count, broken + 0 >file }'
    read -r count more <"$work/count"
    broken=$((broken + more))
}

cd "$work" || exit 1

# ---- the system's libraries, and ours ----

# library NAME OPTION...: NAME.dll of windows_export.c.
library() {
    # shellcheck disable=SC2086
    dll=$1.dll && shift && $mingw-gcc $flags -shared "$root/test/os/windows_export.c" "$@" -o "$dll"
}

libraries() {
    mkdir elsewhere && echo text >text.dll &&
        printf 'EXPORTS\nby_number @77 NONAME\nticks = kernel32.GetTickCount64\n' >export.def &&
        library export -DWHICH=1 export.def && library late -DWHICH=6 -Dnumber=in_late &&
        library elsewhere/hid -DWHICH=2 && library elsewhere/stray -DWHICH=3 &&
        library elsewhere/needy -DNEEDS elsewhere/stray.dll
}

check "libraries are built" libraries
cp "$build/ffi_invoke.dll" .
for library in libffi_invoke.a libffi_invoke.dll.a; do
    for program in windows windows_library; do
        check "$program.c is built with $library" build $program "$build/$library"
        tests "$program.c with $library" ./$program.exe
    done
done
check "windows_code.c is built" build windows_code "$build/libffi_invoke.a"
tests "pages of callbacks" ./windows_code.exe
check "windows_queue.c is built" build windows_queue "$build/libffi_invoke.a"
tests "a queue without an event" ./windows_queue.exe

# ---- registers, unwinding, exceptions ----

check "guard_win32.asm is assembled" nasm -Werror -f win64 "$root/test/guard/x86_64/guard_win32.asm" -o guard.o
check "windows_guard.c is built" build windows_guard guard.o "$build/libffi_invoke.a"
tests "registers preserved, and unwinding at each instruction" ./windows_guard.exe
for library in libffi_invoke.a libffi_invoke.dll.a; do
    check "windows_seh.c is built with $library" build windows_seh guard.o "$build/$library"
    tests "structured exceptions with $library" ./windows_seh.exe
done
if command -v $mingw-g++ >/dev/null; then
    check "unwind.cc is built" $mingw-g++ -std=c++17 -O2 -Wall -Wextra -Wno-format -Werror -static -I"$root/include" -I"$root/test/lib" \
        "$root/test/guard/unwind.cc" "$build/libffi_invoke.a" -o unwind.exe
    tests "C++ exceptions and longjmp" ./unwind.exe
else
    skip "C++ exceptions and longjmp" "$mingw-g++ is not installed"
fi

# ---- windows.h, whole ----

# gcc aligns vectors of 32 and 64 bytes as we do only if the machine has them.
declared() {
    echo '#include <windows.h>' >header.c
    $mingw-gcc -w -mavx512f -E header.c -o header.i && $RUNNER gen_headers.exe header.i windows.h >check.txt 2>counts &&
        tr -d '\r' <check.txt >check.c && $mingw-gcc -w -mavx512f check.c -o check.exe && $RUNNER ./check.exe && return
    head -n 20 counts
    false
}

check "gen_headers.c is built" build gen_headers "$build/libffi_invoke.a"
check "windows.h is declared as MinGW's gcc has it" declared
echo "# $(grep typedefs counts)"

# ---- random signatures ----

for program in gen_calls run_calls gen_values run_values; do
    check "$program.c is built" build $program "$build/libffi_invoke.a"
done
# What Microsoft's C library has: a mark, and what touches the pages of a large frame.
cat >runtime.c <<'END'
int _fltused;
__asm__(".text\n.globl __chkstk\n__chkstk: jmp ___chkstk_ms");
END
# The largest vectors are those of the processor.
case " $(sed -n 's/^flags.*: / /p' /proc/cpuinfo 2>/dev/null | head -n 1) " in
*' avx512f '*) vector=64 option=-mavx512f ;;
*' avx '*) vector=32 option=-mavx ;;
*) vector=16 option=-msse2 ;;
esac

# generate HALF ATTRIBUTE: functions of scalars; random types, and functions of them.
attribute=''
generate() {
    attribute=$2
    $RUNNER gen_calls.exe "$seed" "$number" "$attribute" >calls.c </dev/null
    for part in declarations bodies extras; do
        $RUNNER gen_values.exe $part "$seed" "$number" $vector "$1" "$attribute" >raw </dev/null
        tr -d '\r' <raw >$part
    done
    mv declarations values.h
    mv bodies values.c
}

# object SOURCE OBJECT COMPILER...: with what clang calls "f1@@16", of __vectorcall, as "f1" again.
object() {
    text=$1 made=$2
    shift 2
    # shellcheck disable=SC2086
    "$@" $option -w -S "$text" -o "$made.s" && sed -i 's/"*\(\<f[0-9]*\)@@[0-9]*"*/\1/g' "$made.s" &&
        "$@" -w -c "$made.s" -o "$made"
}

# against NAME COMPILER...: both libraries of callees, built at once, by MinGW's linker, and called.
against() {
    from=$1
    shift
    for source in calls values; do
        object $source.c "$source-$from.o" "$@" &&
            $mingw-gcc -shared "$source-$from.o" runtime.c -o "$source-$from.dll" &
    done
    wait
    tests "$number random signatures of scalars, $from (seed $seed)" \
        ./run_calls.exe "$seed" "$number" "$attribute" "$from" "./calls-$from.dll"
    tests "$number random signatures of all types, $from (seed $seed)" \
        ./run_values.exe values.h extras "$seed" "$number" "$from" "./values-$from.dll" ''
}

# All lists of one scalar type or record, and of two scalar types (gen_exhaustive.pl).
exhaustive=$root/test/compiler/gen_exhaustive.pl
lists=$(perl "$exhaustive" --lists)
all_lists() {
    perl "$exhaustive" 0 "$lists" . && $mingw-gcc -O1 -w -shared values.c -o lists.dll
}
check "callees of all lists are built by gcc" all_lists
tests "all lists, gcc" ./run_values.exe values.h extras 1 "$lists" gcc ./lists.dll ''

generate '' ''
echo "# judged by gcc $($mingw-gcc -dumpversion): calls and callbacks of MinGW"
against gcc $mingw-gcc -O1 # which takes half of -O2's time
newest clang >"$work/newest"
if read -r _ version clang _ <"$work/newest"; then
    echo "# judged by clang $version: calls and callbacks of MinGW, Microsoft's ABI and __vectorcall"
    against clang-mingw "$clang" --target=$mingw -O2
    set -- "$clang" --target=x86_64-pc-windows-msvc -O2
    echo '_Float16 half(_Float16 x) { return x; }' >half.c
    half=half
    "$@" -c half.c -o half.o 2>/dev/null || half=''
    export FFI_ABI=msvc
    generate "$half" ''
    against clang-msvc "$@"
    generate "$half" '__attribute__((vectorcall))'
    against clang-msvc-vectorcall "$@"
else
    skip "clang's callees" "clang is not installed"
fi
finish
