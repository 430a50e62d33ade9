/* SPDX-License-Identifier: MIT */
/*
 * Threads that call callbacks of many forms while the contexts of those end: each call gets its handler's
 * answer, or zeroes. Contexts with hooks, and with callbacks that are read-only, are among them.
 */
#include "helper.h"

#include "callback_types.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

enum { CALLERS = 3, ROUNDS = 500, EACH = 2 };

struct box {
    double value;
    int    level[3];
};

struct couple {
    long   a;
    double b;
};

static atomic_int wrong, handled, entered;

/* ---- handlers ---- */

/* The sum of the arguments, times 3. */
static void add_ints(void *result, const ffi_value *args, void *userdata) {
    *(int *)result = 3 * (args[0].i32 + args[1].i32);
    atomic_fetch_add((atomic_int *)userdata, 1);
}

static void add_mixed(void *result, const ffi_value *args, void *userdata) {
    *(double *)result = 3 * (args[0].i32 + args[1].f64 + args[2].i32 + args[3].f64);
    atomic_fetch_add((atomic_int *)userdata, 1);
}

static void add_many(void *result, const ffi_value *args, void *userdata) {
    int64_t sum = 0;
    for (int i = 0; i < 9; i++) sum += args[i].i64;
    *(int64_t *)result = 3 * sum;
    atomic_fetch_add((atomic_int *)userdata, 1);
}

static void triple_box(void *result, const ffi_value *args, void *userdata) {
    const struct box *in  = args[0].ptr;
    *(struct box *)result = (struct box){3 * in->value, {in->level[0], in->level[1], 3 * in->level[2]}};
    atomic_fetch_add((atomic_int *)userdata, 1);
}

static void triple_couple(void *result, const ffi_value *args, void *userdata) {
    const struct couple *in  = args[0].ptr;
    *(struct couple *)result = (struct couple){3 * in->a, 3 * in->b};
    atomic_fetch_add((atomic_int *)userdata, 1);
}

/* ---- callers ---- */

static bool zero_or(double got, double wanted) {
    return got == 0 || got == wanted;
}

static bool call_ints(native_code *code) {
    return zero_or(((int (*)(int, int))code)(4, 5), 27);
}

static bool call_mixed(native_code *code) {
    return zero_or(((double (*)(int, double, int, double))code)(1, 2, 3, 4), 30);
}

static bool call_many(native_code *code) {
    typedef int64_t many(int64_t, int64_t, int64_t, int64_t, int64_t, int64_t, int64_t, int64_t, int64_t);
    return zero_or((double)((many *)code)(1, 2, 3, 4, 5, 6, 7, 8, 9), 135);
}

static bool call_box(native_code *code) {
    struct box got = ((struct box(*)(struct box))code)((struct box){1.5, {0, 0, 7}});
    return zero_or(got.value, 4.5) && zero_or(got.level[2], 21) && !got.level[0] && !got.level[1];
}

static bool call_couple(native_code *code) {
    struct couple got = ((struct couple(*)(struct couple))code)((struct couple){2, 0.5});
    return zero_or((double)got.a, 6) && zero_or(got.b, 1.5);
}

static const struct {
    const char  *signature;
    ffi_handler *handler;
    bool (*call)(native_code *);
} forms[] = {
    {"int f(int, int)", add_ints, call_ints},
    {"double f(int, double, int, double)", add_mixed, call_mixed},
    {"i64 f(i64, i64, i64, i64, i64, i64, i64, i64, i64)", add_many, call_many},
    {"struct box { double value; int level[3]; } f(struct box)", triple_box, call_box},
    {"struct couple { i64 a; double b; } f(struct couple)", triple_couple, call_couple},
};

enum { FORMS = sizeof forms / sizeof *forms };

static native_code *_Atomic codes[FORMS];
static atomic_bool          ended;
static atomic_int           calls[CALLERS];

static void *call_all(void *count) {
    for (; !atomic_load(&ended); atomic_fetch_add((atomic_int *)count, 1))
        for (int i = 0; i < FORMS; i++)
            if (!forms[i].call(atomic_load(&codes[i]))) atomic_fetch_add(&wrong, 1);
    return NULL;
}

/* Until every thread has called what is there now. */
static void wait_for_calls(void) {
    for (int i = 0; i < CALLERS; i++)
        for (int before = atomic_load(&calls[i]); atomic_load(&calls[i]) < before + 2;) sched_yield();
}

/* ---- contexts ---- */

static void *enter(void *userdata) {
    atomic_fetch_add((atomic_int *)userdata, 1);
    return NULL;
}

static void leave(void *userdata, void *nothing) {
    if (nothing) atomic_fetch_add(&wrong, 1);
    atomic_fetch_sub((atomic_int *)userdata, 1);
}

static void hear(void *userdata, const char *name, const char *signature) {
    if (userdata != &entered || strcmp(name, "f") != 0 || !*signature) atomic_fetch_add(&wrong, 1);
}

/* What is freed is overwritten, so that a call that reads it shows. */
static void *allocate(void *userdata, void *block, size_t old_size, size_t new_size) {
    void *made = new_size ? malloc(new_size) : NULL;
    (void)userdata;
    if (new_size && !made) return NULL;
    if (block && made) memcpy(made, block, old_size < new_size ? old_size : new_size);
    if (block) memset(block, 0xdd, old_size);
    free(block);
    return made;
}

static ffi_context *new_context(int round) {
    ffi_options options = {.allocate            = allocate,
                           .enter               = round % 3 == 1 ? enter : NULL,
                           .leave               = round % 3 == 1 ? leave : NULL,
                           .report_late         = round % 3 ? hear : NULL,
                           .hook_userdata       = &entered,
                           .read_only_callbacks = round % 5 == 4};
    return ffi_context_new(&options);
}

/* Callbacks of every form, which all threads call from then on; some are freed, all end with their context. */
static void one_context(int round) {
    ffi_callback *made[FORMS];
    ffi_context  *context = new_context(round);
    for (int i = 0; i < FORMS; i++) {
        for (int k = 0; k < EACH; k++)
            ffi_callback_free(ffi_callback_new(context, forms[i].signature, forms[i].handler, &handled));
        made[i] = ffi_callback_new(context, forms[i].signature, forms[i].handler, &handled);
        if (!made[i]) printf("# %s\n", ffi_last_message()), exit(1);
        atomic_store(&codes[i], native(made[i]));
    }
    if (round % 16 == 0) wait_for_calls();
    else if (round % 4 == 0) sched_yield();
    if (round % 7 == 0)
        for (int i = 0; i < FORMS; i += 2) ffi_callback_free(made[i]);
    ffi_context_free(context);
}

int main(void) {
    pthread_t threads[CALLERS];
    int       total = 0, rounds = fewer(ROUNDS);
    one_context(1 << 4 | 1);
    for (int i = 0; i < CALLERS; i++)
        if (pthread_create(&threads[i], NULL, call_all, &calls[i])) perror("pthread_create"), exit(1);
    for (int round = 0; round < rounds; round++) one_context(round);
    wait_for_calls();
    atomic_store(&ended, true);
    for (int i = 0; i < CALLERS; i++) pthread_join(threads[i], NULL), total += calls[i] * FORMS;
    ok(handled > 0 && !wrong, "%d calls on %d threads while %d contexts end: %d handled, %d wrong", total,
       CALLERS, rounds, handled, wrong);
    ok(!entered, "every hook that was entered was left");
    return done();
}
