/* SPDX-License-Identifier: MIT */
/* What growth.c and making.c bind functions and callbacks to: int(int, int), the sum. */
#ifndef SUM_H
#define SUM_H

#include "bench.h"

#include <ffi_invoke.h>

static int add(int a, int b) {
    return a + b;
}

static void handle(void *result, const ffi_value *args, void *userdata) {
    (void)userdata;
    *(int *)result = args[0].i32 + args[1].i32;
}

/* Ends the program if the library could not make an object. */
static void *need(void *made) {
    if (!made) bench_fail("%s", ffi_last_message());
    return made;
}

#endif
