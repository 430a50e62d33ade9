#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The small library, which calls and is called by the stubs and the entry for any arguments of the system's own ABI: random
# signatures against compilers, unit tests of calls and callbacks, the ABIs that it knows.
. "$(dirname "$0")/../lib/tap.sh"

cd "$root" || exit 1
unset MAKEFLAGS MFLAGS MAKELEVEL # of the make that runs the tests
target=${BUILD##*/}
case $target in
x86_64 | aarch64 | riscv64 | musl*) ;;
*) skip_all "there is no small library for $target" ;;
esac
archive=$BUILD/libffi_invoke_small.a
check "make libffi_invoke_small.a" make -s TARGET="$target" B="$BUILD" CC="$CC" "$archive"

# Compiles a source with the small library. test/run.sh runs the program: by RUNNER, if that is set, with fewer repetitions.
run() { # source
    program=$work/$(basename "$1" .c)
    $CC -std=c11 -O2 -Iinclude -Itest/lib "$1" "$archive" -rdynamic -o "$program" -lpthread && test/run.sh "$program"
}

for test in call/t_smoke call/t_function callback/t_callback_late callback/t_callback_life \
    callback/t_callback_end callback/t_callback_rest; do
    check "test/unit/$test.c passes" run "test/unit/$test.c"
done

cat >"$work/abis.c" <<'END'
#include <ffi_invoke.h>
#include <stdio.h>
int main(void) {
    for (size_t i = 0; ffi_abi_name(i); i++) printf("%s\n", ffi_abi_name(i));
    ffi_context *context = ffi_context_new(&(ffi_options){.abi = "vectorcall"});
    printf("%s\n", context ? "made" : ffi_last_message());
    return 0;
}
END
case $target in
*aarch64) own=aapcs64 ;;
riscv64) own=lp64d ;;
*) own=sysv ;;
esac
check_text "it has one ABI and refuses others by name" "$(run "$work/abis.c")" "$own
ffi_context_new: no ABI is named 'vectorcall'; there are: $own"

FFI_ARCHIVE=$archive test/compiler/t_calls.sh 20240607 "$(number 96 512)" >"$work/calls" 2>&1
grep '^#' "$work/calls"
check "random signatures are called and called back as by compilers" sh -c "! grep '^not ok' '$work/calls'"
check "in all ways" [ "$(grep -c '^ok .*\(called in 8 ways\|called back\)' "$work/calls")" -ge 8 ]
finish
