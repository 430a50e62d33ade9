#!/bin/sh
# SPDX-License-Identifier: MIT
#
# tools/gdb.py: `ffi-plan` draws the plans of slots, one stub, steps and images in a program that stands in its debugger.
. "$(dirname "$0")/../lib/tap.sh"

cd "$root" || exit 1
command -v gdb >/dev/null || skip_all "gdb is not installed"
gdb -nx -batch -ex 'python import sys' 2>/dev/null || skip_all "gdb has no Python"
[ "$(uname -m)" = x86_64 ] || skip_all "the registers' names are x86-64's"

cat >"$work/program.c" <<'END'
#include <ffi_invoke.h>
static void stop(ffi_function *slots, ffi_function *one, ffi_function *steps, ffi_function *image, ffi_function *freed,
                 ffi_function *none) {
    __asm__ volatile("" : : "r"(slots), "r"(one), "r"(steps), "r"(image), "r"(freed), "r"(none));
}
int main(void) {
    ffi_context  *context = ffi_context_new(NULL);
    ffi_function *freed = ffi_function_new(context, stop, "int(float)");
    ffi_function_free(freed);
    stop(ffi_function_new(context, stop, "int(double, int, ...)"),
         ffi_function_new(context, stop, "struct { long a; double b; }(struct { long a; double b; })"),
         ffi_function_new(context, stop, "struct { long a; double b; }(struct { long a; double b; }, int)"),
         ffi_function_new(context, stop, "long double(struct { char text[100]; } __attribute__((aligned(32)))) __attribute__((ms_abi))"), freed, NULL);
    ffi_context_free(context);
}
END
check "a program is built" "${CC:-cc}" -g -O0 -Iinclude "$work/program.c" "$BUILD/libffi_invoke.a" -o "$work/program"
ask() { gdb -nx -q -batch -ex 'source tools/gdb.py' -ex 'break stop' -ex run -ex "ffi-plan $1" "$work/program" 2>&1; }
check_text "the plan of slots begins with" "$(ask slots | grep '^sysv\|^  arg\|^  result')" "sysv, by slots
  arg 0    64           -> xmm0
  arg 1    32           -> rdi
  result   32           <- rax"
check "it names the stubs" sh -c "$(printf %s "echo '$(ask slots | tr -d "'")'") | grep -q 'register_stub *sysv_'"
check_text "the plan of one stub begins with" "$(ask one | grep '^sysv\|^  arg\|^  result')" "sysv, by one stub
  arg 0    bytes 0+8    -> rdi
  arg 0    bytes 8+8    -> xmm0
  result   bytes 0+8    <- rax
  result   bytes 8+8    <- xmm0"
check_text "the plan of steps begins with" "$(ask steps | grep '^sysv\|^  arg\|^  result')" "sysv, by steps
  arg 0    bytes 0+8    -> rdi
  arg 0    bytes 8+8    -> xmm0
  arg 1    32           -> rsi
  result   bytes 0+8    <- rax
  result   bytes 8+8    <- xmm0"
check "the plan of an image is drawn" sh -c "$(printf %s "echo '$(ask image | tr -d "'")'") | grep -q 'win64, by image'"
check "a freed function is called so" sh -c "echo '$(ask freed | grep freed)' | grep -q '^this function was freed$'"
check "a live one is not" sh -c "! echo '$(ask steps | grep 'was freed')' | grep -q freed"
for wrong in none 'none is NULL' '' 'needs a function' 1+1 'not an ffi_function' nothing '^No symbol' '(ffi_function *)8' '^Cannot access memory'; do
    case ${asked+x} in
    x) check "ffi-plan $asked says: $wrong" sh -c "echo \"\$1\" | grep -q \"\$2\"" - "$(ask "$asked")" "$wrong" && unset asked ;;
    *) asked=$wrong ;;
    esac
done
finish
