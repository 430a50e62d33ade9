#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The library with the C library musl: programs that are linked statically, which cannot load libraries but call
# functions and make callbacks, and what the shared library and the program need. Run by `make test TARGET=musl`,
# whose test programs are linked dynamically.
here=$(dirname "$0")
. "$here/../lib/tap.sh"
CC=${CC:-musl-gcc}

passes() { # a test program: all that it planned
    RUNNER=${RUNNER:-} "$root/test/run.sh" "$1" >"$work/output" 2>&1 || { grep -v '^ok' "$work/output"; return 1; }
    [ "$(grep -c '^ok' "$work/output")" = "$(sed -n 's/^1\.\.//p' "$work/output")" ]
}

is_static() { ! readelf -lW "$1" | grep INTERP; }

# The register guards of this processor, and their tests.
cpu=$(ls "$BUILD/test/guard")
guarded=$(basename -s .c "$root/test/guard/$cpu"/t_guard*.c)
for program in t_types t_plan t_format t_records t_callback t_callback_life t_callback_late t_callback_many t_late $guarded; do
    guards=
    case $program in t_guard*) guards=$(echo "$BUILD/test/guard/$cpu"/guard*.o) ;; esac
    # shellcheck disable=SC2086 # words
    check "$program is linked statically" $CC -static "$BUILD/test/$program.o" $guards "$BUILD/libffi_invoke.a" -o "$work/$program"
    check "$program needs no loader" is_static "$work/$program"
    check "$program passes" passes "$work/$program"
done

cat >"$work/open.c" <<'END'
#include <ffi_invoke.h>
#include <stdio.h>

int main(void) {
    ffi_context *context = ffi_context_new(NULL);
    if (ffi_library_open(context, "m", 0)) return 2;
    puts(ffi_last_message());
    ffi_error error = ffi_last_error();
    ffi_context_free(context);
    return error != FFI_ERROR_LIBRARY;
}
END
check "a program that opens a library is linked statically" $CC -static -I"$root/include" -I"$root/test/lib" "$work/open.c" \
    "$BUILD/libffi_invoke.a" -o "$work/open"
# shellcheck disable=SC2086
check "opening a library there is FFI_ERROR_LIBRARY" ${RUNNER:-} "$work/open"
# shellcheck disable=SC2086
check_text "the message has the loader's reason" "$(${RUNNER:-} "$work/open" | grep -c 'libm.so: Dynamic loading not supported')" 1

needed() { readelf -dW "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p'; }
check_text "the shared library needs musl alone" "$(needed "$BUILD/libffi_invoke.so")" libc.so
check_text "the program needs musl alone" "$(needed "$BUILD/ffi")" libc.so
# shellcheck disable=SC2086
check_text "the program calls a function of musl" "$(${RUNNER:-} "$BUILD/ffi" call c 'int abs(int)' -5)" 5
# shellcheck disable=SC2086
check "it lists musl's symbols" eval "${RUNNER:-} $BUILD/ffi symbols c | grep -q strlen"
skip "each instruction's unwind data (t_step.c)" "musl-gcc's unwinder needs glibc"
finish
