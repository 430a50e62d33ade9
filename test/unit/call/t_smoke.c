/* SPDX-License-Identifier: MIT */
/* One function is bound and called, in a program that needs nothing else. t_readme.sh runs the examples. */
#include "tap.h"

#include <ffi_invoke.h>

int main(void) {
    ffi_context  *context = ffi_context_new(NULL);
    ffi_library  *libm    = ffi_library_open(context, "m", 0);
    ffi_function *power   = ffi_library_function(libm, "pow", "double pow(double, double)");
    if (!ok(power != NULL, "pow is bound")) return printf("# %s\n", ffi_last_message()), done();
    ffi_value args[2] = {{.f64 = 2}, {.f64 = 10}};
    double    result;
    ffi_invoke(power, &result, args);
    ok(result == 1024, "pow(2, 10) is 1024");
    ffi_context_free(context);
    return done();
}
