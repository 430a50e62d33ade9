/* SPDX-License-Identifier: MIT */
/*
 * Late calls, of callbacks that were freed: zeroes or the declared default for every kind of result, counted,
 * reported once, also after the context is gone; and addresses, which serve anew only after a thousand others
 * have been freed.
 */
#include "helper.h"

#include "callback_types.h"

#include <errno.h>
#include <limits.h>

static ffi_context *context;

/* ---- what is reported ---- */

static struct {
    int  calls;
    char by_name[64], signature[200];
    int  late; /* what the context's count was */
} told;

static void report(void *userdata, const char *name, const char *signature) {
    if (userdata != &told) told.calls = -1000;
    told.calls++;
    snprintf(told.by_name, sizeof told.by_name, "%s", name);
    snprintf(told.signature, sizeof told.signature, "%s", signature);
    told.late = (int)ffi_context_late_calls(context);
}

static const ffi_options options = {.report_late = report, .hook_userdata = &told};

static void begin(void) {
    context = ffi_context_new(&options);
    memset(&told, 0, sizeof told);
    if (ffi_declare(context, TYPES_TEXT)) printf("# %s\n", ffi_last_message());
}

/* ---- results of every kind ---- */

/* Fills everything: what it leaves is not what a late call may give. */
static void full(void *result, const ffi_value *args, void *userdata) {
    size_t size = *(size_t *)userdata;
    (void)args;
    memset(result, 0x55, size);
}

/* Zeroes of one, the default of another; then both without their context. */
#define LATE(name, target, type, text, bytes, ...)                                                             \
    target static void late_##name(void) {                                                                     \
        type   value = __VA_ARGS__, zero, got;                                                                 \
        size_t size  = sizeof(type);                                                                           \
        begin();                                                                                               \
        memset(&zero, 0, sizeof zero);                                                                         \
        ffi_callback *one = ffi_callback_new(context, text "(int)", full, &size);                              \
        ffi_callback *two = ffi_callback_new(context, text " named(int)", full, &size);                        \
        if (!ok(one && two, "callbacks that give %s", text)) return;                                           \
        type (*f)(int) = (type(*)(int))native(one), (*g)(int) = (type(*)(int))native(two);                     \
        ok(!ffi_callback_default(two, &value), "ffi_callback_default sets a default: %s", ffi_last_message()); \
        ffi_callback_free(one), ffi_callback_free(two);                                                        \
        got = f(1);                                                                                            \
        ok(!memcmp(&got, &zero, bytes), "a freed callback returns zeroes");                                    \
        got = g(1);                                                                                            \
        ok(!memcmp(&got, &value, bytes), "a freed callback with a default returns the default");               \
        ok(told.calls == 2 && !strcmp(told.by_name, "named"), "both were reported");                           \
        ffi_context_free(context);                                                                             \
        got = f(1);                                                                                            \
        ok(!memcmp(&got, &zero, bytes), "a callback without its context returns zeroes");                      \
        got = g(1);                                                                                            \
        ok(!memcmp(&got, &zero, bytes), "whatever was declared");                                              \
        ok(told.calls == 2, "nobody is told");                                                                 \
    }
EACH_TYPE(LATE)

static void every_kind(void) {
#define CALL_LATE(name, target, type, text, bytes, ...)                                                        \
    if (HAS_##target) late_##name();                                                                           \
    else skip_one("this machine has no registers for %s", text);
    EACH_TYPE(CALL_LATE)
}

#if defined __x86_64__ && !defined _WIN32 /* where these results are in memory */

/* All of a vector register is zero after a late call, with ones in it before; `call` is written so that nothing
 * comes between. */
#define UPPER_HALVES(name, target, type, text, ones)                                                           \
    target static void upper_##name(native_code *code, const char *when) {                                     \
        static const type zero;                                                                                \
        type              got;                                                                                 \
        __asm__ volatile(ones "call *%[code]\n vmovups %%" #name "0, %[got]"                                   \
                         : [got] "=m"(got)                                                                     \
                         : [code] "b"(code)                                                                    \
                         : "rax", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "xmm0", "xmm1",        \
                           "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "memory", "cc");                    \
        ok(!memcmp(&got, &zero, sizeof got), "%s: all of " #name "0 is zero", when);                           \
    }                                                                                                          \
    static void halves_##name(void) {                                                                          \
        ffi_callback *callback;                                                                                \
        native_code  *code;                                                                                    \
        size_t        size = sizeof(type);                                                                     \
        begin();                                                                                               \
        callback = ffi_callback_new(context, text " (void)", full, &size), code = native(callback);            \
        ffi_callback_free(callback);                                                                           \
        upper_##name(code, "the first late call");                                                             \
        upper_##name(code, "the second");                                                                      \
        ffi_context_free(context);                                                                             \
        upper_##name(code, "without its context");                                                             \
    }
UPPER_HALVES(ymm, AVX, v32, "v32", "vcmptrueps %%ymm0, %%ymm0, %%ymm0\n")
UPPER_HALVES(zmm, AVX512, v64, "v64", "vpternlogd $255, %%zmm0, %%zmm0, %%zmm0\n")

static void upper_halves(void) {
    if (HAS_AVX) halves_ymm();
    else skip_one("this machine has no ymm registers");
    if (HAS_AVX512) halves_zmm();
    else skip_one("this machine has no zmm registers");
}

#else

static void upper_halves(void) {
    skip_one("no other processor has larger registers than its ABI knows");
}

#endif

/* ---- counting and reporting ---- */

static void counting(void) {
    begin();
    size_t        size    = 4;
    ffi_callback *named   = ffi_callback_new(context, "int compare(const void *, const void *)", full, &size);
    ffi_callback *unnamed = ffi_callback_new(context, "int (double, ...)", full, &size);
    int (*compare)(const void *, const void *) = (int (*)(const void *, const void *))native(named);
    int (*variadic)(double, ...)               = (int (*)(double, ...))native(unnamed);
    ok(compare(NULL, NULL) == 0x55555555 && variadic(1) == 0x55555555, "alive, they are called");
    ok(ffi_context_late_calls(context) == 0 && !told.calls, "nothing is late");
    ffi_callback_free(named);
    ok(!told.calls, "freeing tells nobody");
    ok(compare(NULL, NULL) == 0 && told.calls == 1 && told.late == 1, "the first late call is reported");
    is_text(told.by_name, "compare", "with the name");
    is_text(told.signature, "int (const void *, const void *)", "and the signature");
    for (int i = 0; i < 100; i++) compare(NULL, NULL);
    ok(told.calls == 1 && ffi_context_late_calls(context) == 101, "the others are counted");
    ok(variadic(1) == 0x55555555, "another callback is alive");
    ffi_callback_free(unnamed);
    ok(variadic(1, 2, 3.0) == 0 && told.calls == 2, "freed, it is reported too");
    is_text(told.by_name, "", "without a name");
    is_text(told.signature, "int (double, ...)", "a variadic signature");
    ffi_callback_free(named), ffi_callback_free(unnamed);
    ok(ffi_last_error() == FFI_ERROR_ARGUMENT &&
           strstr(ffi_last_message(), "ffi_callback_free: this callback was freed"),
       "a second free fails: %s", ffi_last_message());
    ok(compare(NULL, NULL) == 0 && told.calls == 2, "a second free changes nothing");
    ffi_context_free(context);
    ok(compare(NULL, NULL) == 0 && variadic(2) == 0 && told.calls == 2, "without the context nobody is told");
    ffi_callback_free(named);
    ok(ffi_last_error() == FFI_ERROR_ARGUMENT, "freeing one whose context is gone is an error");
}

/* A late call disturbs nothing: it may come from anywhere. */
static void quietly(void) {
    size_t        size        = 16;
    long double   sum         = 0;
    ffi_context  *none        = ffi_context_new(NULL); /* without hooks */
    ffi_callback *callback    = ffi_callback_new(none, "long double (void)", full, &size);
    ffi_callback *nothing     = ffi_callback_new(none, "void (int)", full, &size);
    long double (*call)(void) = (long double (*)(void))native(callback);
    void (*act)(int)          = (void (*)(int))native(nothing);
    long double value         = 0.5L;
    ffi_callback_default(callback, &value);
    ok(!ffi_callback_default(nothing, &value), "a default of void means nothing");
    ffi_callback_free(callback), ffi_callback_free(nothing);
    errno = EDOM;
    act(1);
    for (int i = 0; i < 100; i++) sum += call();
    ok(sum == 50 && errno == EDOM, "neither the x87 stack nor errno is disturbed");
    ok(ffi_context_late_calls(none) == 101, "without hooks they are counted");
    ffi_context_free(none);
    for (int i = 0; i < 100; i++) sum += call();
    act(1);
    ok(sum == 50 && errno == EDOM, "a late call after the context's end keeps errno");
}

/* Live callbacks end with their context. */
static void end_of_all(void) {
    begin();
    size_t        size          = 8;
    ffi_callback *callback      = ffi_callback_new(context, "double (double, int)", full, &size);
    double (*call)(double, int) = (double (*)(double, int))native(callback);
    ffi_context_free(context);
    ok(call(1, 2) == 0 && !told.calls, "a live callback gives zeroes when its context has ended");
    ok(!ffi_callback_signature(callback) && !ffi_callback_userdata(callback), "nothing is known of it");
}

/* ---- addresses serve again, but not soon ---- */

enum { PLACES = 1 << 17, LEAST = 1000 };

static struct {
    void *code;
    long  freed; /* how many had been freed when it was */
} places[PLACES];

static long freed, soonest, reused;

static size_t place_of(const void *code) {
    size_t at = ((uintptr_t)code >> 4) * 0x9e3779b97f4a7c15 >> 47;
    while (places[at].code && places[at].code != code) at = (at + 1) % PLACES;
    return at;
}

static ffi_callback *make(ffi_context *owner) {
    static size_t size     = 4;
    ffi_callback *callback = ffi_callback_new(owner, "int(int)", full, &size);
    if (!callback) return printf("# %s\n", ffi_last_message()), NULL;
    size_t at = place_of(ffi_callback_code(callback));
    if (places[at].code) {
        long since = freed - places[at].freed;
        reused++;
        if (since < soonest) soonest = since;
    }
    return callback;
}

static void note_freed(void *code) {
    size_t at        = place_of(code);
    places[at].code  = code;
    places[at].freed = ++freed;
}

static void quarantine_within(void) {
    enum { KEPT = 50, ROUNDS = 20000 };
    ffi_callback *kept[KEPT] = {NULL};
    context                  = ffi_context_new(NULL);
    soonest = ROUNDS, reused = 0;
    for (int i = 0; i < ROUNDS; i++) {
        ffi_callback **one = &kept[i * 7 % KEPT];
        if (*one) note_freed(ffi_callback_code(*one)), ffi_callback_free(*one);
        *one = make(context);
    }
    for (int i = 0; i < KEPT; i++) note_freed(ffi_callback_code(kept[i]));
    ffi_context_free(context);
    ok(reused > ROUNDS / 2, "addresses serve again: %ld of %d", reused, ROUNDS);
    ok(soonest >= LEAST, "an address serves again after %ld others at the soonest", soonest);
}

/* Contexts with some callbacks each, some of them freed before their context. */
static void quarantine_between(int each, int contexts) {
    soonest = LONG_MAX, reused = 0;
    for (int i = 0; i < contexts; i++) {
        ffi_context  *owner = ffi_context_new(NULL);
        ffi_callback *made[300];
        for (int k = 0; k < each; k++) made[k] = make(owner);
        for (int k = 0; k < each; k++) {
            note_freed(ffi_callback_code(made[k]));
            if (k % 2) ffi_callback_free(made[k]);
        }
        ffi_context_free(owner);
    }
    ok(reused > (long)contexts * each / 4, "contexts of %d callbacks use addresses again: %ld of %d", each,
       reused, contexts * each);
    ok(soonest >= LEAST, "an address serves again after %ld others at the soonest", soonest);
}

int main(void) {
    every_kind();
    upper_halves();
    counting();
    quietly();
    end_of_all();
    quarantine_within();
    quarantine_between(1, is_slow() ? 6000 : 12000);
    quarantine_between(3, 4000);
    quarantine_between(300, 100);
    return done();
}
