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

/* The smallest of glibc; Windows reserves 64 KiB, and musl's 2 KiB are less than its own printf() takes. 0: none. */
#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
#define SMALL_STACK 0
#elif defined _WIN32 || !defined __GLIBC__
#define SMALL_STACK 65536
#else
#define SMALL_STACK PTHREAD_STACK_MIN
#endif

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
    expect(job, !ffi_type_parse(job->context, text), "an unknown type fails");
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
    expect(job, !ffi_library_symbol(c, "no_such_symbol"), "an unknown symbol is not found");
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
    expect(job, !strcmp(buffer, wanted), "all threads call one variadic function");
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
    ok(!wrong, "%d threads work on %s", THREADS, one_context ? "one context" : "a context each");
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
static void leave(int code) {
    errno = code;
}

static void *capture(void *argument) {
    struct job *job = argument;
    pthread_barrier_wait(&start);
    for (int round = 0; round < ROUNDS * 10; round++) {
        int code = round * (int)THREADS + (int)job->number; /* not two threads the same one */
        ffi_invoke(job->shared, NULL, &(ffi_value){.i32 = code});
        errno = 0;
        expect(job, ffi_captured_errno() == code, "errno is the thread's own");
    }
    return NULL;
}

static void capturing(void) {
    struct job    jobs[THREADS];
    pthread_t     threads[THREADS];
    int           wrong  = 0;
    ffi_context  *all    = ffi_context_new(NULL);
    ffi_function *shared = ffi_function_new(all, (void *)(uintptr_t)leave, "void(int)");
    ffi_function_capture(shared, FFI_CAPTURE_ERRNO);
    pthread_barrier_init(&start, NULL, THREADS);
    for (unsigned i = 0; i < THREADS; i++) {
        jobs[i] = (struct job){.shared = shared, .number = i};
        if (pthread_create(&threads[i], NULL, capture, &jobs[i])) perror("pthread_create"), exit(1);
    }
    for (unsigned i = 0; i < THREADS; i++) pthread_join(threads[i], NULL), wrong += jobs[i].wrong;
    ok(!wrong, "%d threads capture errno through one function", THREADS);
    ffi_context_free(all);
    pthread_barrier_destroy(&start);
}

/* ---- a small stack ---- */

static void *on_a_small_stack(void *argument) {
    struct job *job    = argument;
    int         result = 0;
    ffi_invoke(job->shared, &result, &(ffi_value){.i32 = -3});
    bool called = result == 3 && !*ffi_last_message();
    bool failed = !ffi_type_parse(job->context, "no_such_type") && *ffi_last_message();
    return (void *)(intptr_t)(called && failed);
}

static void small_stack(void) {
    pthread_attr_t attributes;
    pthread_t      thread;
    void          *good = NULL;
    if (!SMALL_STACK) {
        skip_one("sanitizers need larger stacks");
        return;
    }
    struct job job = {.context = ffi_context_new(NULL)};
    job.shared     = ffi_function_new(job.context, (void *)(uintptr_t)&abs, "int(int)");
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, (size_t)SMALL_STACK);
    if (!pthread_create(&thread, &attributes, on_a_small_stack, &job)) pthread_join(thread, &good);
    ok(good, "a thread of the smallest stack calls, fails and reads the message");
    pthread_attr_destroy(&attributes);
    ffi_context_free(job.context);
}

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
    if (!here) {
        skip_one("Windows does not export thread-local variables");
    } else {
        ok(there && here != there, "a thread-local variable has an address for each thread");
        ok(here == ffi_library_symbol(plain, "plain_own"),
           "a thread-local variable keeps its address within a thread");
    }

    ok(ffi_library_symbol(program, "plain_add") != NULL, "the program finds what a global library has");
    ffi_library_close(plain);
    if (IS_MUSL) skip_one("musl's loader never unloads");
    else
        ok(!ffi_library_symbol(program, "plain_add") && ffi_last_error() == FFI_ERROR_SYMBOL,
           "the program does not find a symbol of a closed library");
    ffi_context_free(context);
}

/* ---- questions about a type beside its declaration ---- */

static const ffi_ctype *seen_struct, *seen_enum, *seen_const, *seen_signature, *same_struct;
static _Atomic bool     declared, stop;

/* What is told of a struct of `count` members that has them or has not. */
static bool is_whole(const ffi_ctype *type, size_t count, bool *complete) {
    ffi_field field;
    char      name[20];
    size_t    size = ffi_type_size(type), told = ffi_type_field_count(type);
    *complete |= size || told || ffi_type_alignment(type) || ffi_type_is_complete(type);
    for (size_t i = 0; ffi_type_field(type, i, &field); i++, *complete = true) {
        snprintf(name, sizeof name, "member_%zu", i);
        if (strcmp(field.name, name) != 0 || field.offset != 4 * i || ffi_type_size(field.type) != 4)
            return false;
    }
    if (ffi_type_field_named(type, "member_3", &field)) {
        *complete = true;
        if (field.offset != 12) return false;
    }
    return (!size || size == 4 * count) && (!told || told == count);
}

static bool is_whole_enum(const ffi_ctype *type, bool *complete) {
    const char *name;
    int64_t     value;
    size_t      size = ffi_type_size(type), count = ffi_type_constant_count(type);
    ffi_kind    kind = ffi_type_kind(ffi_type_target(type));
    *complete |= size != 4 || count || kind != FFI_KIND_I32;
    for (size_t i = 0; ffi_type_constant(type, i, &name, &value); i++, *complete = true)
        if (strcmp(name, i ? "SEEN_B" : "SEEN_A") != 0 || value != (i ? 1LL << 40 : -1)) return false;
    return size == 4 || size == 8;
}

static void *ask(void *argument) {
    struct job *job    = argument;
    bool        before = true;
    for (bool last = false; !last;) {
        last          = stop;
        bool complete = false, had = declared;
        expect(job, is_whole(seen_struct, 20, &complete), "a struct has all of its members or none");
        expect(job, is_whole(seen_const, 20, &complete), "a const struct has all of its members or none");
        expect(job, is_whole_enum(seen_enum, &complete), "an enum has all of its constants or none");
        expect(job, ffi_type_equal(seen_signature, seen_signature), "a type is equal to itself");
        complete |= ffi_type_equal(seen_struct, same_struct);
        char text[200];
        expect(job, ffi_type_format(seen_signature, text, sizeof text) == strlen(text),
               "a signature of a type that is being declared is printed");
        expect(job, strcmp(text, "struct seen (enum seen_enum)") == 0,
               "a signature is printed the same way each time");
        expect(job, had || !complete || declared, "a declaration that is taken back is not seen");
        before &= !complete;
    }
    expect(job, !before, "the declaration stays in the end");
    return NULL;
}

/* A declaration that fails at its very end, again and again, and then one that does not. */
static void declaring(void) {
    static char  body[2000], text[100000];
    struct job   jobs[THREADS];
    pthread_t    threads[THREADS];
    int          wrong = 0, failed = 0, rounds = is_slow() ? ROUNDS / 5 : ROUNDS;
    ffi_context *own = ffi_context_new(NULL), *other = ffi_context_new(NULL);
    seen_struct = ffi_type_target(ffi_type_parse(own, "struct seen *"));
    seen_const  = ffi_type_target(ffi_type_parse(own, "const struct seen *"));
    seen_enum   = ffi_type_target(ffi_type_parse(own, "enum seen_enum *"));
    ffi_declare(own, "struct seen seen_function(enum seen_enum);");
    seen_signature = ffi_declared_type(own, "seen_function");
    char *at       = body + sprintf(body, "enum seen_enum { SEEN_A = -1, SEEN_B = 1ll << 40 }; struct seen {");
    for (int i = 0; i < 20; i++) at += sprintf(at, " int member_%d;", i);
    strcpy(at, " };\n");
    ffi_declare(other, body);
    same_struct = ffi_type_parse(other, "struct seen");
    at          = text + sprintf(text, "%s", body);
    for (int i = 0; i < 1000; i++) at += sprintf(at, "struct other_%d { struct seen s[%d]; };\n", i, i + 1);
    strcpy(at, "wrong");

    declared = stop = false;
    for (unsigned i = 0; i < THREADS; i++) {
        jobs[i] = (struct job){.number = i};
        if (pthread_create(&threads[i], NULL, ask, &jobs[i])) perror("pthread_create"), exit(1);
    }
    for (int round = 0; round < rounds; round++) failed += ffi_declare(own, text) == FFI_ERROR_TYPE;
    declared  = true;
    bool good = !ffi_declare(own, body);
    for (int i = 0; i < 1000; i++) ffi_type_parse(own, "struct seen *[3]");
    stop = true;
    for (unsigned i = 0; i < THREADS; i++) pthread_join(threads[i], NULL), wrong += jobs[i].wrong;
    ok(failed == rounds && good && !wrong, "%d threads ask about types that are declared and taken back",
       THREADS);
    ffi_context_free(own), ffi_context_free(other);
}

int main(void) {
    strcpy(plain_path, library_path("plain"));
    together(true);
    together(false);
    capturing();
    small_stack();
    passing_symbols();
    declaring();
    return done();
}
