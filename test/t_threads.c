/* SPDX-License-Identifier: MIT */
/*
 * Threads: many of them parsing, opening, binding, looking up, calling and failing at once, on one context and
 * on one each. Also run under ThreadSanitizer by t_sanitize.sh. What depends on the moment cannot be
 * shown, only looked for: a run without a finding proves little, a finding proves a lot.
 */
#include "helper.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>

enum { THREADS = 8, ROUNDS = 150 };

static pthread_barrier_t start;
static char              plain_path[4096];

struct job {
    ffi_context     *context;
    ffi_function    *shared; /* sprintf, on a context that all use */
    unsigned         number;
    int              wrong;
    const ffi_ctype *types[ROUNDS]; /* the same texts on every thread */
};

static void expect(struct job *job, int good, const char *what) {
    if (!good && !job->wrong++) printf("# thread %u: %s: %s\n", job->number, what, ffi_last_message());
}

static void types(struct job *job, int round) {
    char text[64];
    snprintf(text, sizeof text, "struct tag%d *(*)(int, long[%d])", round, round + 1);
    job->types[round] = ffi_type_parse(job->context, text);
    snprintf(text, sizeof text, "thread_%u_%d", job->number, round);
    expect(job, !ffi_type_parse(job->context, text), "an unknown type");
    expect(job, strstr(ffi_last_message(), text) != NULL, "the message is the thread's own");
}

static void libraries(struct job *job, int round) {
    static const char *const symbols[] = {"strlen", "malloc", "printf", "qsort",
                                          "getenv", "strtod", "exit",   "abs"};
    ffi_library             *c         = ffi_library_open(job->context, "c", 0), *plain;
    plain       = ffi_library_open(job->context, plain_path, round & 1 ? FFI_LIBRARY_LAZY : 0);
    size_t size = 0;
    expect(job, c && plain, "libraries open");
    expect(job, ffi_library_symbol(c, symbols[(round + (int)job->number) & 7]) != NULL, "symbols are found");
    expect(job, !ffi_library_symbol(c, "no_such_symbol"), "or not");
    expect(job, *(int *)ffi_library_symbol(plain, "plain_data") == 7, "data is read");

    ffi_function *length = ffi_library_function(c, NULL, "size_t strlen(const char *)");
    ffi_function *add = ffi_library_function(plain, "plain_add", round & 1 ? "int(int, int)" : "i32(i32, i32)");
    ffi_library_close(plain); /* the function keeps it */
    int sum = 0;
    if (length) ffi_invoke(length, &size, &(ffi_value){.str = "123456789"});
    if (add) ffi_invoke(add, &sum, (ffi_value[]){{.i32 = round}, {.i32 = (int)job->number}});
    expect(job, size == 9 && sum == round + (int)job->number, "functions work");
    ffi_function_free(add), ffi_function_free(length);

    ffi_function *both[2];
    ffi_binding   bindings[] = {{"abs", "int(int)", &both[0], FFI_CAPTURE_ERRNO, 0},
                                {round & 1 ? "atoi" : "no_such", "int(str)", &both[1], 0, 0}};
    expect(job, (ffi_library_bind(c, bindings, 2) == FFI_ERROR_NONE) == (round & 1), "batches");
    ffi_function_free(both[0]), ffi_function_free(both[1]);
    ffi_library_close(c);
    expect(job, !ffi_library_open(job->context, "no_such_library", 0), "a library that is missing");
}

static void calls(struct job *job, int round) {
    char          buffer[64] = "", wanted[64];
    ffi_function *form = ffi_function_variadic(job->shared, round & 1 ? "int, double" : "int, double, ptr");
    ffi_value args[] = {{.ptr = buffer}, {.str = "%d %g"}, {.i32 = round}, {.f64 = job->number}, {.ptr = NULL}};
    snprintf(wanted, sizeof wanted, "%d %g", round, (double)job->number);
    if (form) ffi_invoke(form, NULL, args);
    expect(job, !strcmp(buffer, wanted), "a variadic function of all");
}

static void *work(void *argument) {
    struct job *job = argument;
    pthread_barrier_wait(&start);
    for (int round = 0; round < ROUNDS; round++) types(job, round), libraries(job, round), calls(job, round);
    return NULL;
}

static void together(bool one_context) {
    static struct job jobs[THREADS];
    pthread_t         threads[THREADS];
    ffi_context      *all   = ffi_context_new(NULL);
    ffi_library      *c     = ffi_library_open(all, "c", 0);
    ffi_function     *print = ffi_library_function(c, NULL, "int sprintf(char *, const char *, ...)");
    int               wrong = 0;
    pthread_barrier_init(&start, NULL, THREADS);
    for (unsigned i = 0; i < THREADS; i++) {
        jobs[i] =
            (struct job){.context = one_context ? all : ffi_context_new(NULL), .shared = print, .number = i};
        if (pthread_create(&threads[i], NULL, work, &jobs[i])) perror("pthread_create"), exit(1);
    }
    for (unsigned i = 0; i < THREADS; i++) pthread_join(threads[i], NULL), wrong += jobs[i].wrong;
    ok(!wrong, "%d threads on %s", THREADS, one_context ? "one context" : "a context each");
    for (int round = 0; round < ROUNDS; round++)
        for (unsigned i = 1; i < THREADS; i++)
            wrong += !jobs[0].types[round] || !ffi_type_equal(jobs[i].types[round], jobs[0].types[round]) ||
                     (one_context && jobs[i].types[round] != jobs[0].types[round]);
    ok(!wrong, "their types are %s", one_context ? "the same" : "equal");
    for (unsigned i = 0; !one_context && i < THREADS; i++) ffi_context_free(jobs[i].context);
    ffi_context_free(all);
    pthread_barrier_destroy(&start);
}

/* errno of many threads, captured through one function. */
static void *capture(void *argument) {
    struct job *job = argument;
    pthread_barrier_wait(&start);
    for (int round = 0; round < ROUNDS * 10; round++) {
        bool closing = (round + (int)job->number) & 1; /* both in turn, not all the same one */
        ffi_invoke(job->shared, NULL,
                   (ffi_value[]){{.str = closing ? "/no/such/file" : "/dev/null"}, {.i32 = closing ? 0 : 64}});
        errno = 0;
        expect(job, ffi_captured_errno() == (closing ? ENOENT : EINVAL), "errno is the thread's own");
    }
    return NULL;
}

static void capturing(void) {
    struct job    jobs[THREADS];
    pthread_t     threads[THREADS];
    int           wrong   = 0;
    ffi_context  *all     = ffi_context_new(NULL);
    ffi_function *access_ = ffi_library_function(ffi_library_open(all, "c", 0), "access", "int(str, int)");
    ffi_function_capture(access_, FFI_CAPTURE_ERRNO);
    pthread_barrier_init(&start, NULL, THREADS);
    for (unsigned i = 0; i < THREADS; i++) {
        jobs[i] = (struct job){.shared = access_, .number = i};
        if (pthread_create(&threads[i], NULL, capture, &jobs[i])) perror("pthread_create"), exit(1);
    }
    for (unsigned i = 0; i < THREADS; i++) pthread_join(threads[i], NULL), wrong += jobs[i].wrong;
    ok(!wrong, "%d threads capture errno through one function", THREADS);
    ffi_context_free(all);
    pthread_barrier_destroy(&start);
}

/* ---- a small stack ---- */

#if !defined __SANITIZE_ADDRESS__ && !defined __SANITIZE_THREAD__
static void                                  *on_a_small_stack(void *argument) {
                                     struct job *job    = argument;
                                     int         result = 0;
                                     ffi_invoke(job->shared, &result, &(ffi_value){.i32 = -3});
                                     return (void *)(intptr_t)(result == 3 && !*ffi_last_message() &&
                              !ffi_type_parse(job->context, "no_such_type") && *ffi_last_message());
}

static void small_stack(void) {
    pthread_attr_t attributes;
    pthread_t      thread;
    void          *good = NULL;
    struct job     job  = {.context = ffi_context_new(NULL)};
    job.shared          = ffi_function_new(job.context, (void *)(uintptr_t)&abs, "int(int)");
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, (size_t)PTHREAD_STACK_MIN);
    if (!pthread_create(&thread, &attributes, on_a_small_stack, &job)) pthread_join(thread, &good);
    ok(good, "a thread of the smallest stack calls, fails and reads the message");
    pthread_attr_destroy(&attributes);
    ffi_context_free(job.context);
}
#else
static void small_stack(void) {
    skip_one("sanitizers need larger stacks");
}
#endif

/* ---- symbols whose address does not last ---- */

static void *own_address(void *library) {
    return ffi_library_symbol(library, "plain_own");
}

static void passing_symbols(void) {
    ffi_context *context = ffi_context_new(NULL);
    ffi_library *plain   = ffi_library_open(context, plain_path, FFI_LIBRARY_GLOBAL);
    ffi_library *program = ffi_library_open(context, NULL, 0);
    void        *here = ffi_library_symbol(plain, "plain_own"), *there = here;
    pthread_t    thread;
    if (!pthread_create(&thread, NULL, own_address, plain)) pthread_join(thread, &there);
    ok(here && there && here != there, "a thread-local variable has an address for each thread");
    ok(here == ffi_library_symbol(plain, "plain_own"), "and the same in one");

    ok(ffi_library_symbol(program, "plain_add") != NULL, "the program finds what a global library has");
    ffi_library_close(plain);
    ok(!ffi_library_symbol(program, "plain_add") && ffi_last_error() == FFI_ERROR_SYMBOL,
       "and not when that is gone");
    ffi_context_free(context);
}

int main(void) {
    strcpy(plain_path, library_path("plain"));
    together(true);
    together(false);
    capturing();
    small_stack();
    passing_symbols();
    return done();
}
