/* SPDX-License-Identifier: MIT */
/* Queues and what is posted to them: by threads that the runtime does not know, until the queue or its context ends. */
#include "caller.h"

static ffi_context *context;

/* ---- posts ---- */

struct big {
    int64_t a, b, c;
};

struct seen {
    int        calls, sum;
    char       text[32], bytes[8];
    struct big big;
    double     real;
    pthread_t  thread;
    int       *out;
    bool       null;
};

static void on_post(void *result, const ffi_value *args, void *userdata) {
    struct seen *seen = userdata;
    seen->calls++;
    seen->sum += args[0].i32;
    snprintf(seen->text, sizeof seen->text, "%s", args[1].str);
    memcpy(&seen->big, args[2].ptr, sizeof seen->big);
    seen->real = args[3].f64;
    memcpy(seen->bytes, args[4].ptr, 3);
    *(int *)args[6].ptr += 5;
    seen->out      = args[6].ptr;
    seen->null     = !args[7].ptr;
    seen->thread   = pthread_self();
    *(int *)result = 77;
}

typedef int post_function(int, const char *, struct big, double, const char *, size_t, int *, const char *);

static int post_result, post_out = 3;

static void call_post(void *code) {
    char       text[] = "sixteen letters.", bytes[] = {1, 2, 3};
    struct big big = {1, 2, 3};
    post_result    = ((post_function *)(uintptr_t)code)(4, text, big, 2.5, bytes, 3, &post_out, NULL);
    memset(text, 'x', sizeof text - 1), memset(bytes, 9, sizeof bytes), memset(&big, 9, sizeof big);
}

static const char post_signature[] = "int f(int, const char *, struct { i64 a, b, c; }, double, len(n) const "
                                     "char *bytes, size_t n, inout int *, "
                                     "const char *)";

static void check_post(void) {
    struct seen   seen     = {0};
    int           declared = 12;
    ffi_queue    *queue    = ffi_queue_new(context);
    ffi_callback *callback = ffi_callback_new(context, post_signature, on_post, &seen);
    if (!callback) note("callback", ffi_last_message());
    ok(queue && callback && !ffi_callback_deliver(callback, queue, FFI_DELIVER_POST, 0),
       "a callback is posted");
    ok(ffi_callback_userdata(callback) == &seen, "a posted callback keeps its userdata");
    ffi_callback_default(callback, &declared);
    struct caller caller;
    start(&caller, call_post, code_of(callback));
    join(&caller);
    ok(post_result == 12 && !seen.calls, "the caller goes on with the default result before the handler runs");
    ok(ffi_queue_wait(queue, 0), "the descriptor is readable");
    ok(ffi_queue_drain(queue, SIZE_MAX) == 1 && seen.calls == 1, "a drain runs the handler");
    ok(pthread_equal(seen.thread, pthread_self()), "on the thread that drains");
    ok(seen.sum == 4 && seen.real == 2.5 && seen.null, "with the scalars of the call, and NULL as it is");
    ok(seen.big.a == 1 && seen.big.c == 3, "a record is copied");
    is_text(seen.text, "sixteen letters.", "a text is copied");
    ok(!memcmp(seen.bytes, "\1\2\3", 3), "the elements that len() counts are copied");
    ok(post_out == 3 && seen.out != &post_out, "an inout parameter points to memory of the handler");
    ok(!ffi_queue_wait(queue, 0) && !ffi_queue_drain(queue, SIZE_MAX), "then nothing is left to drain");

    for (int i = 0; i < 5; i++) call_post(code_of(callback));
    ok(ffi_queue_drain(queue, 2) == 2 && ffi_queue_wait(queue, 0),
       "a drain of two leaves the descriptor readable");
    ok(ffi_queue_drain(queue, SIZE_MAX) == 3 && !ffi_queue_wait(queue, 0), "the next drain runs the rest");
    call_post(code_of(callback));
    ffi_callback_free(callback);
    ok(ffi_queue_drain(queue, SIZE_MAX) == 1 && seen.calls == 6 && counts(queue).late == 1,
       "a post of a callback that was freed meanwhile is dropped and counted");
    ffi_queue_free(queue);
    fails(ffi_queue_drain(queue, 1), FFI_ERROR_ARGUMENT, "freed before");
}

/* NULL, and a record without members, have an alignment but no bytes: what follows them is copied all the same. */

struct nothing {
    __extension__ char none[0];
} __attribute__((aligned(64)));

struct copied {
    int        calls;
    char       text[32], more[32];
    struct big big;
};

static const char null_signature[] = "void f(const char *, len(n) const struct { char c[64]; } "
                                     "__attribute__((aligned(64))) *, size_t n, const char *)";

static void on_null(void *result, const ffi_value *args, void *userdata) {
    struct copied *copied = userdata;
    (void)result;
    copied->calls++;
    snprintf(copied->text, sizeof copied->text, "%s", args[0].str);
    snprintf(copied->more, sizeof copied->more, "%s %s", args[1].ptr ? "some" : "none", args[3].str);
}

#ifndef _WIN32
static const char nothing_source[] = "typedef struct { char none[0]; } nothing __attribute__((aligned(64))); "
                                     "typedef struct { i64 a, b, c; } big;"
                                     "void nothing_function(nothing, big, nothing, big);";

static void on_nothing(void *result, const ffi_value *args, void *userdata) {
    struct copied *copied = userdata;
    (void)result;
    copied->calls++;
    memcpy(&copied->big, args[3].ptr, sizeof copied->big);
}

static void call_nothing(void *code) {
    struct nothing nothing;
    ((void (*)(struct nothing, struct big, struct nothing, struct big))(uintptr_t)code)(
        nothing, (struct big){0}, nothing, (struct big){1, 2, 3});
}
#endif

static void check_nothing(void) {
    struct copied copied   = {0};
    ffi_queue    *queue    = ffi_queue_new(context);
    ffi_callback *callback = ffi_callback_new(context, null_signature, on_null, &copied);
    ffi_callback_deliver(callback, queue, FFI_DELIVER_POST, 0);
    ((void (*)(const char *, const void *, size_t, const char *))(uintptr_t)code_of(callback))("one", NULL, 0,
                                                                                               "another");
    ffi_queue_drain(queue, SIZE_MAX);
    ok(copied.calls == 1 && !strcmp(copied.text, "one"), "a text before NULL is posted: %s", copied.text);
    is_text(copied.more, "none another", "and one behind it");
    ffi_callback_free(callback);
#ifdef _WIN32
    skip_one("a record without members is passed", "compilers for Windows pass it in different ways");
#else
    ok(!ffi_declare(context, nothing_source), "a record without members is declared");
    static const ffi_delivery ways[] = {FFI_DELIVER_POST, FFI_DELIVER_HOP};
    for (size_t i = 0; i < 2; i++) {
        struct caller caller;
        callback =
            ffi_callback_typed(context, ffi_declared_type(context, "nothing_function"), on_nothing, &copied);
        copied.big = (struct big){0};
        ffi_callback_deliver(callback, queue, ways[i], 0);
        start(&caller, call_nothing, code_of(callback));
        drain_until(queue, &caller);
        ffi_queue_drain(queue, SIZE_MAX);
        ok(copied.big.a == 1 && copied.big.b == 2 && copied.big.c == 3,
           "a record behind one without members is %s", i ? "brought by a hop" : "posted");
        ffi_callback_free(callback);
    }
#endif
    ffi_queue_free(queue);
}

/* ---- a full queue ---- */

static ffi_queue_counts reported;

static void on_report(void *userdata, const ffi_queue_counts *growth) {
    ++*(int *)userdata;
    reported = *growth;
}

static void check_full(void) {
    int           sum = 0, reports = 0, posted = 0;
    ffi_queue    *queue    = ffi_queue_sized(context, 1);
    ffi_callback *callback = ffi_callback_new(context, "int(int)", on_int, &sum);
    ffi_callback_deliver(callback, queue, FFI_DELIVER_POST, 0);
    ffi_queue_report(queue, on_report, &reports);
    int (*call)(int) = (int (*)(int))(uintptr_t)code_of(callback);
    while (!counts(queue).full && posted < 10000) call(1), posted++;
    call(1);
    ok(counts(queue).full == 2 && posted < 10000, "a full queue refuses and counts");
    ok(!reports, "nothing is reported on the caller's thread");
    ok(ffi_queue_drain(queue, SIZE_MAX) == (size_t)posted - 1 && sum == posted - 1,
       "the messages that fitted are delivered");
    ok(reports == 1 && reported.full == 2 && !reported.late, "a drain reports what was refused");
    call(1);
    ok(ffi_queue_drain(queue, SIZE_MAX) == 1 && reports == 1, "then the queue takes more, and reports nothing");
    for (int i = 0; i < 100000; i++) {
        call(1);
        if (i % 7 == 0) ffi_queue_drain(queue, SIZE_MAX);
    }
    ffi_queue_drain(queue, SIZE_MAX);
    ok(sum == posted + 100000, "a hundred thousand posts go through the small ring");
    fails(ffi_queue_sized(context, (size_t)1 << 40), FFI_ERROR_RANGE, "at most");
    fails(ffi_queue_new(NULL), FFI_ERROR_ARGUMENT, "context is NULL");
    ffi_callback_free(callback);
    ffi_queue_free(queue);
}

/* Each number of elements is less than a quarter of what a size_t holds, and their sum is more than that. */
static void check_counts(void) {
    struct copied copied = {0};
    ffi_queue    *queue  = ffi_queue_new(context);
    ffi_callback *callback =
        ffi_callback_new(context,
                         "void f(len(n) const char *a, len(n) const char *b, len(n) const char *c, "
                         "len(n) const char *d, size_t n)",
                         on_null, &copied);
    ffi_callback_deliver(callback, queue, FFI_DELIVER_POST, 0);
    ((void (*)(const char *, const char *, const char *, const char *, size_t))(uintptr_t)code_of(callback))(
        "a", "b", "c", "d", SIZE_MAX / 4);
    ok(counts(queue).full == 1 && !ffi_queue_drain(queue, SIZE_MAX) && !copied.calls,
       "elements that no memory holds are refused and counted");
    ffi_callback_free(callback);
    static const char *const large[] = {"void f(inout struct { char all[4294967296]; } *p)",
                                        "void f(inout char p[4294967296])"};
    for (size_t i = 0; i < 2; i++) {
        callback = ffi_callback_new(context, large[i], on_null, &copied);
        ffi_callback_deliver(callback, queue, FFI_DELIVER_POST, 0);
        ((void (*)(char *))(uintptr_t)code_of(callback))((char[]){"x"});
        ok(counts(queue).full == i + 2 && !ffi_queue_drain(queue, SIZE_MAX) && !copied.calls,
           "so is a parameter that points to 4 GiB: %s", large[i]);
        ffi_callback_free(callback);
    }
    ffi_queue_free(queue);
}

/* ---- many producers ---- */

enum { PRODUCERS = 8 };

struct producer {
    int (*call)(int);
    int        count;
    ffi_queue *queue;
};

static void produce(void *data) {
    struct producer *producer = data;
    for (int i = 0; i < producer->count; i++) producer->call(1);
}

static void check_producers(void) {
    int             sum      = 0;
    ffi_queue      *queue    = ffi_queue_new(context);
    ffi_callback   *callback = ffi_callback_new(context, "int(int)", on_int, &sum);
    struct producer producer = {(int (*)(int))(uintptr_t)code_of(callback), fewer(20000), queue};
    struct caller   callers[PRODUCERS];
    ffi_callback_deliver(callback, queue, FFI_DELIVER_POST, 0);
    for (int i = 0; i < PRODUCERS; i++) start(&callers[i], produce, &producer);
    for (int i = 0; i < PRODUCERS; i++) drain_until(queue, &callers[i]);
    ok((uint64_t)sum + counts(queue).full == (uint64_t)PRODUCERS * (uint64_t)producer.count,
       "of %d threads each post is delivered once or counted as refused (%d, %d)", PRODUCERS, sum,
       (int)counts(queue).full);
    ffi_callback_free(callback);
    ffi_queue_free(queue);
}

/* ---- ends within a drain ---- */

static void free_queue(void *userdata) {
    ffi_queue_free(*(ffi_queue **)userdata);
}

static void free_context(void *userdata) {
    ffi_context_free(userdata);
}

static void ring(void *userdata) {
    ++*(int *)userdata;
}

static void drain_again(void *userdata) {
    ffi_queue_drain(*(ffi_queue **)userdata, SIZE_MAX);
}

static void count_up(void *userdata) {
    ++*(int *)userdata;
}

struct silencer {
    ffi_queue  *queue;
    pthread_t   thread;
    atomic_bool is_silent;
};

static void *silence(void *data) {
    struct silencer *silencer = data;
    ffi_queue_bell(silencer->queue, NULL, NULL);
    atomic_store(&silencer->is_silent, true);
    return NULL;
}

/* Another thread takes the bell away while it rings. */
static void ring_slowly(void *userdata) {
    struct silencer *silencer = userdata;
    pthread_create(&silencer->thread, NULL, silence, silencer);
    for (int i = 0; i < 50 && !atomic_load(&silencer->is_silent); i++) usleep(1000);
    ok(!atomic_load(&silencer->is_silent), "the bell is not taken away while it rings");
}

static void check_slow_bell(void) {
    struct silencer silencer = {.queue = ffi_queue_new(context)};
    int             ran      = 0;
    ffi_queue_post(silencer.queue, ring, &ran);
    ffi_queue_bell(silencer.queue, ring_slowly, &silencer);
    pthread_join(silencer.thread, NULL);
    ok(atomic_load(&silencer.is_silent), "but afterwards");
    ffi_queue_free(silencer.queue);
}

static void check_bell(void) {
    ffi_queue *queue = ffi_queue_new(context);
    int        rung = 0, late = 0, ran = 0;
    ok(!ffi_queue_bell(queue, ring, &rung) && !rung, "the bell of an empty queue is silent");
    ffi_queue_post(queue, count_up, &ran);
    ffi_queue_post(queue, count_up, &ran);
    ok(rung == 1, "the bell rings once, when the descriptor becomes readable");
    ok(ffi_queue_drain(queue, 1) == 1 && rung == 2, "and again after a drain that leaves something");
    ok(!ffi_queue_bell(queue, ring, &late) && late == 1, "a bell that is set late rings at once");
    ok(!ffi_queue_bell(queue, NULL, NULL) && ffi_queue_drain(queue, SIZE_MAX) == 1, "a bell can be taken away");
    ffi_queue_post(queue, count_up, &ran);
    ok(rung == 2 && late == 1, "and rings no more");
    ffi_queue_free(queue);
    fails(ffi_queue_bell(queue, ring, &rung) == FFI_ERROR_NONE, FFI_ERROR_ARGUMENT, "freed before");
}

static void check_ends(void) {
    int        count = 0;
    ffi_queue *queue = ffi_queue_new(context);
    ffi_queue_post(queue, drain_again, &queue), ffi_queue_post(queue, count_up, &count);
    ok(ffi_queue_drain(queue, SIZE_MAX) == 1 && count == 1, "a drain within a drain runs what is left");
    ffi_queue_post(queue, free_queue, &queue), ffi_queue_post(queue, count_up, &count);
    ok(ffi_queue_drain(queue, SIZE_MAX) == 1 && count == 1, "a queue is freed within its drain");
    fails(ffi_queue_drain(queue, 1), FFI_ERROR_ARGUMENT, "freed before");
    ffi_context *other = ffi_context_new(NULL);
    queue              = ffi_queue_new(other);
    ffi_queue_post(queue, free_context, other), ffi_queue_post(queue, count_up, &count);
    ok(ffi_queue_drain(queue, SIZE_MAX) == 1 && count == 1, "the context is freed within a drain");
    ok(ffi_queue_descriptor(NULL) == -1 && ffi_last_error() == FFI_ERROR_ARGUMENT,
       "no queue has no descriptor");
    ffi_queue_free(NULL);
    ffi_queue_free(queue);
    ok(ffi_last_error() == FFI_ERROR_ARGUMENT, "a second free is an error");
}

struct drainer {
    ffi_queue  *queue;
    atomic_bool seen;
};

static void drain_for_ever(void *data) {
    struct drainer *drainer = data;
    do {
        ffi_queue_drain(drainer->queue, SIZE_MAX);
        atomic_store(&drainer->seen, true);
    } while (ffi_last_error() != FFI_ERROR_ARGUMENT);
}

static void check_freed_while_drained(void) {
    int            count   = 0;
    ffi_context   *other   = ffi_context_new(NULL);
    struct drainer drainer = {.queue = ffi_queue_new(other)};
    struct caller  caller;
    ffi_fail(FFI_ERROR_NONE, "none");
    start(&caller, drain_for_ever, &drainer);
    for (int i = 0; i < 1000; i++) ffi_queue_post(drainer.queue, count_up, &count);
    while (!atomic_load(&drainer.seen)) {}
    ffi_context_free(other);
    join(&caller);
    ok(count <= 1000, "a context is freed while another thread drains its queue: %d of 1000 ran", count);
}

int main(void) {
    context = ffi_context_new(NULL);
    check_post();
    check_nothing();
    check_full();
    check_counts();
    check_producers();
    check_bell();
    check_slow_bell();
    check_ends();
    check_freed_while_drained();
    ffi_context_free(context);
    return done();
}
