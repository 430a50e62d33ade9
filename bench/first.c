/* SPDX-License-Identifier: MIT */
/*
 * The first use of the library in a process: a context, libm by its name, one function, one call. `first C` does the
 * same by dlopen() and dlsym(). With a third argument it is libgcc_s, whose version is in the loader's cache only.
 * bench/run.pl counts the instructions of each, and test/build/t_first.sh the system calls.
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

struct use {
    const char *what, *name, *file, *symbol, *signature;
    ffi_value   args[2];
};

static const struct use uses[] = {
    {"first use", "m", "libm.so.6", "pow", "double(double, double)", {{.f64 = 2}, {.f64 = 10}}},
    {"first use of libgcc_s",
     "gcc_s",
     "libgcc_s.so.1",
     "__powidf2",
     "double(double, int)",
     {{.f64 = 2}, {.i32 = 10}}},
};

static double by_library(const struct use *use) {
    ffi_context  *context = ffi_context_new(NULL);
    ffi_library  *library = ffi_library_open(context, use->name, 0);
    ffi_function *power   = library ? ffi_library_function(library, use->symbol, use->signature) : NULL;
    double        result  = 0;
    if (power) ffi_invoke(power, &result, use->args);
    return result;
}

static double by_hand(const struct use *use) {
    union {
        void *symbol;
        double (*pow)(double, double);
        double (*powi)(double, int);
    } power       = {NULL};
    void *library = dlopen(use->file, RTLD_NOW);
    if (library) power.symbol = dlsym(library, use->symbol);
    if (!power.symbol) return 0;
    return use == uses ? power.pow(2, 10) : power.powi(2, 10);
}

int main(int argc, char **argv) {
    const char       *who = argc > 1 ? argv[1] : "ffi_invoke", *link = argc > 2 ? argv[2] : "static";
    const struct use *use  = &uses[argc > 3];
    bool              hand = !strcmp(who, "C");
    char              name[128];
    snprintf(name, sizeof name, "making\t%s\t%s\t%s\t1", use->what, link, who);
    count_begin();
    double result = hand ? by_hand(use) : by_library(use);
    count_end(name);
    if (result == 1024) return 0;
    fprintf(stderr, "first: %s(2, 10) is %g: %s\n", use->symbol, result, ffi_last_message());
    return 1;
}
