/* SPDX-License-Identifier: MIT */
/*
 * The hooks that a context calls around the handlers of its callbacks: their order, what one hands to the
 * other, on every thread, and what becomes of them when a handler is left by longjmp.
 */
#include "helper.h"

#include "callback_types.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdatomic.h>

static _Thread_local struct {
    char text[200];
    int  depth;
} trace;

static char x[] = "x", y[] = "y"; /* userdata */

static atomic_int inside;

static void add_note(const char *text) {
    strncat(trace.text, text, sizeof trace.text - strlen(trace.text) - 1);
}

static void *enter(void *userdata) {
    atomic_fetch_add((atomic_int *)userdata, 1);
    add_note("(");
    return (void *)(intptr_t)(++trace.depth * 100);
}

static void leave(void *userdata, void *entered) {
    atomic_fetch_sub((atomic_int *)userdata, 1);
    add_note((intptr_t)entered == trace.depth-- * 100 ? ")" : "?");
}

static void handle(void *result, const ffi_value *args, void *userdata) {
    add_note(userdata);
    double rest = 0;
    if (args[0].i32 > 1)
        rest = ((double (*)(int, void *))(native_code *)(uintptr_t)args[1].ptr)(args[0].i32 - 1, args[1].ptr);
    rest += args[0].i32;
    memcpy(result, &rest, sizeof rest);
}

static double begin_with(const ffi_callback *callback, int level) {
    memset(&trace, 0, sizeof trace);
    return ((double (*)(int, void *))native(callback))(level, ffi_callback_code(callback));
}

static const ffi_options both = {.enter = enter, .leave = leave, .hook_userdata = &inside};

static void order(void) {
    ffi_context  *context  = ffi_context_new(&both);
    ffi_callback *callback = ffi_callback_new(context, "double f(int, void *)", handle, x);
    ok(begin_with(callback, 1) == 1, "a handler runs between its hooks");
    is_text(trace.text, "(x)", "they are called before and after");
    ok(begin_with(callback, 3) == 6, "nested");
    is_text(trace.text, "(x(x(x)))", "each pair around its own, with what was handed on");
    ok(inside == 0 && !strcmp(ffi_callback_userdata(callback), "x"), "userdata are told apart");
    ffi_callback_free(callback);
    ok(begin_with(callback, 1) == 0 && !*trace.text, "late calls have none");
    ffi_context_free(context);
    ok(begin_with(callback, 1) == 0 && !*trace.text, "calls after the context's end have no hooks");
}

static void one_of_them(void) {
    ffi_context  *enters  = ffi_context_new(&(ffi_options){.enter = enter, .hook_userdata = &inside});
    ffi_context  *leaves  = ffi_context_new(&(ffi_options){.leave = leave, .hook_userdata = &inside});
    ffi_callback *entered = ffi_callback_new(enters, "double f(int, void *)", handle, x);
    ffi_callback *left    = ffi_callback_new(leaves, "double f(int, void *)", handle, y);
    ok(begin_with(entered, 1) == 1 && !strcmp(trace.text, "(x"), "only the first: %s", trace.text);
    ok(begin_with(left, 1) == 1 && !strcmp(trace.text, "y)"), "only the second, with NULL: %s", trace.text);
    ffi_context_free(enters), ffi_context_free(leaves);
    inside = 0;
}

/* ---- a handler that frees its callback ---- */

static ffi_callback *own;

static void free_itself(void *result, const ffi_value *args, void *userdata) {
    ffi_callback_free(own);
    handle(result, args, userdata);
}

static void freed_inside(void) {
    ffi_context *context = ffi_context_new(&both);
    own                  = ffi_callback_new(context, "double f(int, void *)", free_itself, x);
    ok(begin_with(own, 1) == 1 && !strcmp(trace.text, "(x)"), "a handler that frees its callback: %s",
       trace.text);
    ffi_context_free(context);
}

/* ---- every way in ---- */

struct box {
    double value;
    int    level[3];
};

static void box_up(void *result, const ffi_value *args, void *userdata) {
    add_note(userdata);
    memcpy(result, args[0].ptr, sizeof(struct box));
}

static void images(void) {
    ffi_context  *context = ffi_context_new(&both);
    ffi_callback *callback =
        ffi_callback_new(context, "struct box { double value; int level[3]; } (struct box)", box_up, x);
    memset(&trace, 0, sizeof trace);
    struct box box = ((struct box(*)(struct box))native(callback))((struct box){2.5, {1, 2, 3}});
    ok(box.value == 2.5 && box.level[2] == 3 && !strcmp(trace.text, "(x)"), "with structures: %s", trace.text);
    ffi_context_free(context);
}

/* ---- threads ---- */

enum { THREADS = 4, ROUNDS = 2000 };

static void *call_often(void *callback) {
    intptr_t wrong = 0;
    for (int i = 0; i < ROUNDS; i++)
        wrong += begin_with(callback, 4) != 10 || strcmp(trace.text, "(x(x(x(x))))") != 0;
    return (void *)wrong;
}

static void threads(void) {
    ffi_context  *context  = ffi_context_new(&both);
    ffi_callback *callback = ffi_callback_new(context, "double f(int, void *)", handle, x);
    pthread_t     thread[THREADS];
    intptr_t      wrong = 0;
    for (int i = 0; i < THREADS; i++)
        if (pthread_create(&thread[i], NULL, call_often, callback)) perror("pthread_create"), exit(1);
    for (int i = 0; i < THREADS; i++) {
        void *result;
        pthread_join(thread[i], &result);
        wrong += (intptr_t)result;
    }
    ok(!wrong && inside == 0, "%d threads, each with hooks of its own calls", THREADS);
    ffi_context_free(context);
}

/* ---- a handler that does not return ---- */

static jmp_buf landing;

static void jump(void *result, const ffi_value *args, void *userdata) {
    (void)result, (void)args, (void)userdata;
    longjmp(landing, 3);
}

static void left_by_jump(void) {
    ffi_context  *context  = ffi_context_new(&both);
    ffi_callback *callback = ffi_callback_new(context, "double f(int, void *)", jump, NULL);
    int           came     = setjmp(landing);
    if (!came) begin_with(callback, 1);
    ok(came == 3 && !strcmp(trace.text, "("), "leave is not called after longjmp");
    inside = 0;
    ffi_context_free(context);
}

int main(void) {
    order();
    one_of_them();
    freed_inside();
    images();
    threads();
    left_by_jump();
    return done();
}
