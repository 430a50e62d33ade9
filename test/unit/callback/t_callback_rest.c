/* SPDX-License-Identifier: MIT */
/*
 * Addresses of callbacks: each serves callbacks of one form only, whatever contexts they belong to, and again
 * only after many frees and some time; but where the system refuses memory, every freed callback serves.
 */
#include "helper.h"

#include "callback_types.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <time.h>

#ifndef _WIN32
#include <sys/resource.h>
#include <sys/wait.h>
#endif

static void handle(void *result, const ffi_value *args, void *userdata) {
    (void)result, (void)args, (void)userdata;
}

static ffi_callback *make(ffi_context *context, const char *signature) {
    ffi_callback *callback = ffi_callback_new(context, signature, handle, NULL);
    if (!callback) printf("# %s: %s\n", ffi_error_name(ffi_last_error()), ffi_last_message());
    return callback;
}

static long milliseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (long)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ---- what is known of addresses ---- */

enum { PLACES = 1 << 18, LEAST = 1024, MOST = 8192, REST = 1000, SLACK = 32 /* of a context's end */ };

static struct place {
    void *code;
    int   form;  /* the number of its first signature */
    long  freed; /* the number of frees until it was freed */
    long  time;  /* when, in milliseconds */
} places[PLACES];

static long frees, reused, by_time, early, other_form;

static struct place *place_of(void *code) {
    size_t at = ((uintptr_t)code >> 4) * 0x9e3779b97f4a7c15 >> 46;
    while (places[at].code && places[at].code != code) at = (at + 1) % PLACES;
    return &places[at];
}

/* Each of these has a form of its own. */
static const char *const signatures[] = {"int(int)",
                                         "void(void *)",
                                         "double(double)",
                                         "float(float)",
                                         "int(int, double)",
                                         "i64(i64)",
                                         "u64(i64)",
                                         "i8(i8)",
                                         "struct { double a[3]; } (int)",
                                         "struct { double a[4]; } (int)",
                                         "void(struct { int a[8]; })",
                                         "int(int, int, int, int, int, int, int, int, int)",
                                         "int(int, ...)",
                                         "void()"};

enum { FORMS = sizeof signatures / sizeof *signatures };

static ffi_callback *make_noted(ffi_context *context, int form) {
    ffi_callback *callback = make(context, signatures[form]);
    if (!callback) exit(1);
    struct place *place = place_of(ffi_callback_code(callback));
    if (place->code) {
        long since = frees - place->freed, rest = milliseconds() + 1 - place->time;
        reused++;
        other_form += place->form != form;
        by_time += since < MOST - SLACK;
        early += since < LEAST - SLACK || (since < MOST - SLACK && rest < REST);
    } else {
        *place = (struct place){.code = ffi_callback_code(callback), .form = form};
    }
    return callback;
}

static void note_freed(ffi_callback *callback) {
    struct place *place = place_of(ffi_callback_code(callback));
    place->time         = milliseconds();
    place->freed        = frees++;
}

/* Contexts with a few callbacks of any forms, half of which are freed before their context is. */
static void one_context(int each, unsigned *seed) {
    ffi_callback *made[64];
    ffi_context  *context = ffi_context_new(NULL);
    for (int i = 0; i < each; i++)
        made[i] = make_noted(context, (int)((*seed = *seed * 1103515245 + 12345) >> 16) % FORMS);
    for (int i = 0; i < each; i += 2) note_freed(made[i]), ffi_callback_free(made[i]);
    for (int i = 1; i < each; i += 2) note_freed(made[i]);
    ffi_context_free(context);
}

static void forms(void) {
    unsigned seed = 1;
    reused = by_time = early = other_form = 0;
    for (int i = 0; i < 6000; i++) one_context(1 + i % 20, &seed);
    ok(reused > 20000 && !other_form,
       "an address that serves again serves the same form: %ld of %ld have another", other_form, reused);
    ok(!early, "after %d frees and a second, or after %d frees: %ld earlier", LEAST, MOST, early);
}

/* Few frees: the second that has to pass is what counts. */
static void time_too(void) {
    ffi_context *context = ffi_context_new(NULL);
    long         begin   = milliseconds();
    reused = by_time = early = 0;
    while (!by_time && milliseconds() - begin < 60000) {
        ffi_callback *callback = make_noted(context, 0);
        note_freed(callback), ffi_callback_free(callback);
        if (frees % 8 == 0) nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    }
    ok(by_time && !early, "fewer than %d frees suffice when a second has passed", MOST);
    ffi_context_free(context);
}

/* A pointer of a dead context, and callbacks of another form. */
static void never_another(void) {
    ffi_context  *dead = ffi_context_new(NULL), *other = ffi_context_new(NULL);
    ffi_callback *callback     = make(dead, "int(short)");
    void         *code         = ffi_callback_code(callback);
    int           met          = 0;
    int (*call_revoked)(short) = (int (*)(short))native(callback);
    ffi_context_free(dead);
    for (int i = 0; i < 20000; i++) {
        callback = make(other, "void(void *, void *)");
        met += ffi_callback_code(callback) == code;
        ffi_callback_free(callback);
    }
    ok(!met && call_revoked(1) == 0,
       "a dead context's pointer is no callback of another form after 20000 frees");
    ffi_context_free(other);
}

/* ---- below a trampoline ---- */

/* What clang's -fsanitize=function reads before a call. */
static void readable_below(void) {
    enum { COUNT = 3000 };
    ffi_context *context = ffi_context_new(NULL);
    unsigned     sum     = 0;
    int          read    = 0;
    for (int i = 0; i < COUNT; i++) {
        ffi_callback *callback = make(context, "long(long)");
        if (!callback) break;
        const volatile unsigned char *code = ffi_callback_code(callback);
        for (int k = 1; k <= 8; k++) sum += code[-k];
        read++;
    }
    ok(read == COUNT && sum, "8 bytes below each of %d trampolines can be read", COUNT);
    ffi_context_free(context);
}

/* ---- callers that do not stop ---- */

enum { CALLERS = 3 };

static int (*_Atomic late)(int);
static atomic_bool ended;
static atomic_int  calls[CALLERS];

static void *call_late(void *count) {
    for (; !atomic_load(&ended); atomic_fetch_add((atomic_int *)count, 1)) late(1);
    return NULL;
}

/* A context with so many callbacks, ended; the last one's code, or NULL if one could not be made. */
static native_code *fill(int count) {
    ffi_context  *context  = ffi_context_new(NULL);
    ffi_callback *callback = NULL;
    while (count-- && (callback = make(context, "int(int)"))) continue;
    native_code *code = callback ? native(callback) : NULL;
    ffi_context_free(context);
    return code;
}

static void with_callers(void) {
    enum { ROUNDS = 900, FREED = 1100, BLOCK = 2559 };
    pthread_t     threads[CALLERS];
    ffi_callback *freed[FREED];
    ffi_context  *context = ffi_context_new(NULL);
    int           made    = 0;
    for (int i = 0; i < FREED; i++) freed[i] = make(context, "int(int)");
    fill(BLOCK); /* contexts leave a block without room, and one with room */
    for (int i = 0; i < FREED; i++) ffi_callback_free(freed[i]);
    late = (int (*)(int))fill(1);
    for (int i = 0; i < CALLERS; i++) pthread_create(&threads[i], NULL, call_late, &calls[i]);
    for (int i = 0; i < CALLERS; i++)
        while (!atomic_load(&calls[i])) sched_yield();
    for (int i = 0; i < ROUNDS; i++) made += fill(1) != NULL;
    made += fill(6000) != NULL; /* more than a block has */
    atomic_store(&ended, true);
    for (int i = 0; i < CALLERS; i++) pthread_join(threads[i], NULL);
    ffi_context_free(context);
    ok(made == ROUNDS + 1, "callbacks are made while threads call a dead context's: %d of %d", made,
       ROUNDS + 1);
}

/* ---- where the system refuses memory ---- */

#ifdef _WIN32
static void exhausted(void) {
    skip_one("no limit of memory is set on Windows");
}
#else

static int fill_all(ffi_context *context) {
    int count = 0;
    while (ffi_callback_new(context, "int(int)", handle, NULL)) count++;
    return ffi_last_error() == FFI_ERROR_DENIED ? count : 0;
}

/* Whether so many callbacks of the signature can be made. */
static bool can_make(ffi_context *context, const char *signature, int count) {
    while (count && make(context, signature)) count--;
    return !count;
}

static int exhaust(void) {
    struct rlimit limit = {32 << 20, 32 << 20};
    if (setrlimit(RLIMIT_AS, &limit)) return 10;
    ffi_context  *context = ffi_context_new(NULL), *other = ffi_context_new(NULL);
    ffi_callback *first = make(context, "int(int)");
    can_make(other, "void(double)", 1);
    int count = fill_all(context);
    if (!count) return 1;
    ffi_callback_free(first);
    if (!can_make(context, "int(int)", 1)) return 2;
    if (ffi_callback_new(context, "int(int)", handle, NULL)) return 3;
    ffi_callback_free(first);
    if (!can_make(context, "void(double)", 1)) return 4; /* of another form, in the same context */
    ffi_context_free(context);
    if (!can_make(other, "int(int)", count / 2)) return 5;
    if (!can_make(other, "void(double)", count / 4)) return 6; /* of another form and context */
    if (!can_make(other, "double(double, int, struct { long a, b; })", 1)) return 7;
    ffi_context_free(other);
    context = ffi_context_new(NULL);
    return can_make(context, "int(int)", count - 100) ? 0 : 8;
}

/* In a process of its own. */
static void exhausted(void) {
    int status = -1;
    if (is_slow()) {
        skip_one("a limit of memory would be the emulator's too");
        return;
    }
    fflush(stdout);
    pid_t child = fork();
    if (!child) _exit(exhaust());
    waitpid(child, &status, 0);
    ok(WIFEXITED(status) && !WEXITSTATUS(status),
       "without more memory every callback at rest serves: %d, signal %d", WEXITSTATUS(status),
       WTERMSIG(status));
}

#endif

int main(void) {
    exhausted();
    readable_below();
    never_another();
    forms();
    time_too();
    with_callers();
    return done();
}
