#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Unwinding with both libraries: unwind.cc throws and jumps through calls, gdb steps through a call of each
# kind, libunwind walks from the callee, and t_step.c, which `make test` runs with the static library, unwinds
# each instruction with the shared.
set -u

here=$(dirname "$0")
. "$here/../lib/tap.sh"
! is_musl || [ "${CC##*/}" != musl-gcc ] || skip_all "musl-gcc has neither C++ nor an unwinder that needs no glibc"

faults() { # status: nothing if the program that wrote $work/output did, in TAP, all that it planned
    [ "$1" = 0 ] && grep -q '^ok' "$work/output" &&
        [ "$(grep -c '^ok' "$work/output")" = "$(sed -n 's/^1\.\.//p' "$work/output")" ] && return
    grep -v '^ok' "$work/output" | head -n 20
    false
}

passes() { # name, command: a program of many checks as one
    name=$1
    shift
    "$@" >"$work/output" 2>&1 </dev/null
    status=$?
    reason=$(sed -n 's/^1\.\.0 # SKIP //p' "$work/output")
    if [ "$reason" ]; then skip "$name" "$reason"; else
        check "$name: $(grep -c '^ok' "$work/output") checks" faults $status
    fi
}

shared="-L$BUILD -lffi_invoke -Wl,-rpath,$(cd "$BUILD" && pwd)"
cxx=${CXX:-$(command -v g++ || command -v clang++ || :)}
[ -z "${RUNNER:-}" ] || cxx=$(command -v "$(${CC:-cc} -dumpmachine)-g++" || :)

for kind in static shared; do
    case $kind in
    static) library=$BUILD/libffi_invoke.a ;;
    shared) library=$shared ;;
    esac
    if [ -z "$cxx" ]; then
        skip "exceptions, $kind library" "no C++ compiler is installed"
        continue
    fi
    program=$work/unwind-$kind
    # shellcheck disable=SC2086 # options are words
    check "unwind.cc is built with the $kind library" "$cxx" -std=c++17 -O2 -g -Wall -Wextra -Werror \
        -fomit-frame-pointer -I"$root/include" -I"$root/test/lib" "$here/unwind.cc" $library -o "$program"
    # shellcheck disable=SC2086 # a command and its options
    passes "exceptions and longjmp, $kind library" ${RUNNER:-} "$program"
    if [ "${RUNNER:-}" ]; then
        skip "gdb and libunwind, $kind library" "not under $RUNNER"
        continue
    fi
    if command -v gdb >/dev/null; then
        passes "gdb, $kind library" gdb -nx -batch -x "$here/unwind_gdb.py" "$program"
    else
        skip "gdb, $kind library" "gdb is not installed"
    fi
    # shellcheck disable=SC2086
    if printf '#include <libunwind.h>\n' | ${CC:-cc} -E - >/dev/null 2>&1; then
        check "libunwind.c is built with the $kind library" ${CC:-cc} -std=gnu11 -O2 -I"$root/include" -I"$root/test/lib" \
            "$here/libunwind.c" $library -rdynamic -lunwind -o "$work/libunwind-$kind"
        passes "libunwind, $kind library" "$work/libunwind-$kind"
    else
        skip "libunwind, $kind library" "libunwind is not installed"
    fi
done

case $(${CC:-cc} -dumpmachine) in
aarch64*) step=t_step_aarch64 machine=aarch64 guards=$BUILD/test/guard/aarch64/guard_aarch64.S.o ;;
riscv64*) step=t_step_riscv64 machine=riscv64 guards=$BUILD/test/guard/riscv64/guard_riscv64.S.o ;;
*) step=t_step machine=x86_64 guards="$BUILD/test/guard/x86_64/guard.asm.o $BUILD/test/guard/x86_64/guard_callback.asm.o" ;;
esac
# shellcheck disable=SC2086
check "$step.c is built with the shared library" ${CC:-cc} -std=c11 -O2 -g -fasynchronous-unwind-tables \
    -I"$root/include" -I"$root/test/lib" "$here/$machine/$step.c" $guards $shared -o "$work/step"
# shellcheck disable=SC2086
passes "each instruction, shared library" ${RUNNER:-} "$work/step"
finish
