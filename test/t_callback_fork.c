/* SPDX-License-Identifier: MIT */
/* Callbacks on both sides of a fork. */
#include "helper.h"

#include "callback_types.h"

#include <sys/wait.h>

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

static int status_of(pid_t child) {
    int status = -1;
    return waitpid(child, &status, 0) == child && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* What either side does with what was there before. */
static int use(ffi_context *context, ffi_callback *alive, ffi_callback *freed, int number) {
    if (call(alive, number) != 100 + number || call(freed, 1) != 0) return 1;
    for (int i = 0; i < 5000; i++) {
        ffi_callback *fresh = make(context, i);
        if (!fresh || call(fresh, number) != i + number) return 2;
        if (i % 3) ffi_callback_free(fresh);
    }
    ffi_callback_free(alive);
    if (call(alive, 1) != 0) return 3;
    ffi_context_free(context);
    if (call(alive, 1) != 0 || call(freed, 1) != 0) return 4;
    return contexts(10, 3) == 30 ? 0 : 5;
}

static void fork_inside(void *result, const ffi_value *args, void *userdata) {
    pid_t child = fork();
    if (child == 0) *(int *)userdata = 1;
    *(int *)result = child == 0 ? args[0].i32 : status_of(child);
}

static void forks(void) {
    ffi_context  *context = ffi_context_new(NULL);
    ffi_callback *alive = make(context, 100), *freed = make(context, 200);
    ffi_callback_free(freed);
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) _exit(use(context, alive, freed, 1));
    int here = use(context, alive, freed, 2), there = status_of(child);
    ok(here == 0 && there == 0, "after fork both sides go on, each for itself: %d, %d", here, there);

    int in_child = 0;
    context      = ffi_context_new(NULL);
    alive        = ffi_callback_new(context, "int(int)", fork_inside, &in_child);
    fflush(stdout);
    int got = ((int (*)(int))native(alive))(37);
    if (in_child) _exit(got);
    ok(got == 37, "a handler forks, and both return");
    ffi_context_free(context);
}

int main(void) {
    forks();
    return done();
}
