/* SPDX-License-Identifier: MIT */
/* Callbacks that add a number of their own to their argument, and contexts full of them. */
#ifndef NUMBERED_H
#define NUMBERED_H

#include "callback_types.h"

#include <stdio.h>

static void give_userdata(void *result, const ffi_value *args, void *userdata) {
    *(intptr_t *)result = (intptr_t)userdata + args[0].i32;
}

static ffi_callback *make(ffi_context *context, intptr_t number) {
    ffi_callback *callback = ffi_callback_new(context, "intptr_t (int)", give_userdata, (void *)number);
    if (!callback) printf("# %s\n", ffi_last_message());
    return callback;
}

static intptr_t call(const ffi_callback *callback, int argument) {
    return ((intptr_t(*)(int))native(callback))(argument);
}

/* Contexts with `each` callbacks, half of which they are left to free. */
static int contexts(int count, int each) {
    int good = 0;
    for (int i = 0; i < count; i++) {
        ffi_context *context = ffi_context_new(NULL);
        for (int k = 0; k < each; k++) {
            ffi_callback *callback = make(context, k);
            good += callback && call(callback, 1) == k + 1;
            if (k % 2) ffi_callback_free(callback);
        }
        ffi_context_free(context);
    }
    return good;
}

#endif
