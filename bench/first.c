/* SPDX-License-Identifier: MIT */
/*
 * The first use of the library in a process: a context, libm by its name, one function, one call. `first C` does the
 * same by dlopen() and dlsym(). bench/run.pl counts the instructions of each, and test/build/t_first.sh the system calls.
 *
 * Counted are all instructions of the thread, those of the C library, the loader and pow() included, from the first one
 * of either function on. What the loader does before main() is not: it binds the C library's functions then, as both
 * programs and the shared library are linked with -z now.
 */
#include "system.h"

#include <dlfcn.h>
#include <ffi_invoke.h>
#include <stdio.h>
#include <string.h>

static double by_library(void) {
    ffi_context  *context = ffi_context_new(NULL);
    ffi_library  *libm    = ffi_library_open(context, "m", 0);
    ffi_function *power   = libm ? ffi_library_function(libm, "pow", "double(double, double)") : NULL;
    ffi_value     args[2] = {{.f64 = 2}, {.f64 = 10}};
    double        result  = 0;
    if (power) ffi_invoke(power, &result, args);
    return result;
}

static double by_hand(void) {
    double (*power)(double, double) = NULL;
    void *libm                      = dlopen("libm.so.6", RTLD_NOW);
    if (libm) *(void **)&power = dlsym(libm, "pow");
    return power ? power(2, 10) : 0;
}

int main(int argc, char **argv) {
    const char *who = argc > 1 ? argv[1] : "ffi_invoke", *link = argc > 2 ? argv[2] : "static";
    bool        hand = !strcmp(who, "C");
    char        name[128];
    snprintf(name, sizeof name, "making\tfirst use\t%s\t%s\t1", link, who);
    count_begin();
    double result = hand ? by_hand() : by_library();
    count_end(name);
    if (result == 1024) return 0;
    fprintf(stderr, "first: pow(2, 10) is %g: %s\n", result, ffi_last_message());
    return 1;
}
