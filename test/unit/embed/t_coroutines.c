/* SPDX-License-Identifier: MIT */
/* Coroutines of one thread that switch within callbacks, in an order of their own: results, hooks, traces and
 * guarded calls stay those of each. */
#include "embed.h"

#ifdef __GLIBC__
#include <ucontext.h>

enum { COROUTINES = 20, STACK = 128 << 10, ROUNDS = 3 };

static ucontext_t    outside, inside[COROUTINES];
static bool          has_ended[COROUTINES];
static int           current, wrong, entered, left, traced;
static ffi_function *fills;

static void yield(void) {
    int self = current;
    swapcontext(&inside[self], &outside);
    current = self;
}

struct wide {
    long a, b, c;
};

static struct wide fill(struct wide wide, int count, int *to, char *text, int (*next)(int)) {
    for (int i = 0; i < count; i++) to[i] = next(i);
    strcpy(text, "text");
    wide.c += to[0];
    return wide;
}

static int next(const ffi_any *args, int count, ffi_any *out, void *userdata) {
    (void)count;
    yield();
    *out = INT(args[0].as.i64 + *(int *)userdata);
    return 0;
}

static void *enter(void *userdata) {
    (void)userdata;
    entered++;
    return &inside[current];
}

static void leave(void *userdata, void *coroutine) {
    (void)userdata;
    left++;
    wrong += coroutine != &inside[current];
}

static void trace(void *userdata, const ffi_trace_event *event) {
    (void)userdata, (void)event;
    traced++;
}

static bool is_right(const ffi_any *list, int self) {
    const struct wide *wide = list[0].as.ptr;
    return wide->a == 1 && wide->c == 3 + self && list[1].length == 4 &&
           list[1].as.list[3].as.i64 == 3 + self && !strcmp(list[2].as.text, "text");
}

static void run(int self) {
    current                = self;
    const ffi_ctype *type  = ffi_type_parameter(ffi_function_signature(fills), 4);
    ffi_callback    *calls = ffi_callback_any(context, type, next, &self, NULL);
    struct wide      wide  = {1, 2, 3};
    ffi_any args[] = {ffi_any_record(ffi_type_parameter(ffi_function_signature(fills), 0), &wide), INT(4),
                      ffi_any_function(NULL, ffi_callback_code(calls))};
    for (int round = 0; round < ROUNDS; round++) {
        ffi_any   all;
        ffi_error error = ffi_invoke_any(fills, &all, args, 3);
        wrong += error || !is_right(all.as.list, self);
        yield();
    }
    ffi_callback_free(calls);
    has_ended[self] = true;
    yield();
}

static void check_all(const char *how) {
    static char     stacks[COROUTINES][STACK];
    static unsigned random = 1;
    wrong                  = 0;
    for (int i = 0; i < COROUTINES; i++) {
        getcontext(&inside[i]);
        inside[i].uc_stack.ss_sp   = stacks[i];
        inside[i].uc_stack.ss_size = STACK;
        has_ended[i]               = false;
        makecontext(&inside[i], (void (*)(void))run, 1, i);
    }
    for (int running = COROUTINES; running;) {
        random = random * 1103515245u + 12345u;
        int i  = (int)(random >> 16) % COROUTINES;
        if (has_ended[i]) continue;
        swapcontext(&outside, &inside[i]);
        running -= has_ended[i];
    }
    ok(!wrong, "coroutines switch within the callbacks of %s calls", how);
}

int main(void) {
    ffi_options options = {.enter = enter, .leave = leave};
    context             = ffi_context_new(&options);
    fills               = bind(CODE(fill), "struct { long a, b, c; } fill(struct { long a, b, c; }, int n, "
                                                         "out len(n) int *to, out char text[8], int (*next)(int))");
    check_all("plain");
    ok(entered == COROUTINES * ROUNDS * 4 && left == entered, "the hooks are called for each");
    ffi_context_trace(context, trace, NULL);
    check_all("traced");
    ok(traced == COROUTINES * ROUNDS * 10, "every call is traced, before and after");
    ok(!ffi_context_guard(context, true, NULL, NULL), "calls are guarded");
    check_all("guarded");
    ffi_context_free(context);
    return done();
}

#else

int main(void) {
    skip_all("this C library has no ucontext");
}

#endif
