/* SPDX-License-Identifier: MIT */
/*
 * Everything of the library at random, on all processors, against itself: soak SECONDS [SEED]. Stations are
 * threads that own queues and callbacks, and end and renew them at any moment; workers call these, and make
 * contexts of their own. Every result is checked: a call is served, or gets the default, or zeroes when the
 * context is gone. In the end memory must be what it was after the first quarter.
 *
 * It prints its seed. The order in which threads run is the system's, so a seed repeats what each thread does,
 * not how they meet.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <ffi_embed.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { STATIONS = 3, WORKERS_MOST = 32, DEFAULT = -1, STUCK_SECONDS = 60 };

static atomic_bool            over;
static _Atomic uint64_t       done_actions;
static _Thread_local uint64_t seed;

static unsigned below(unsigned limit) {
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(seed >> 33) % limit;
}

#define CHECK(condition)                                                                                       \
    do {                                                                                                       \
        if (!(condition)) failed(__LINE__, #condition);                                                        \
    } while (0)

static void failed(int line, const char *condition) {
    fprintf(stderr, "soak: line %d: %s (last error: %s)\n", line, condition, ffi_last_message());
    abort();
}

/* ---- stations ---- */

typedef int int_function(int);

struct station {
    _Atomic(int_function *) post, hop, refuse;
    pthread_t               thread;
    uint64_t                seed;
};

static struct station stations[STATIONS];

static void next_int(void *result, const ffi_value *args, void *userdata) {
    (void)userdata;
    *(int *)result = args[0].i32 + 1;
}

/* A handler that hops to another station, which may be hopping to this one. */
static void next_station(void *result, const ffi_value *args, void *userdata) {
    int_function *hop = atomic_load((_Atomic(int_function *) *)userdata);
    int           x   = args[0].i32;
    if (x % 4 == 0 && hop) (void)hop(x | 1);
    *(int *)result = x + 1;
}

static ffi_callback *deliver(ffi_context *context, ffi_queue *queue, ffi_delivery how, ffi_handler *handler,
                             void *userdata, _Atomic(int_function *) *published) {
    int           declared = DEFAULT;
    ffi_callback *callback = ffi_callback_new(context, "int(int)", handler, userdata);
    CHECK(callback);
    CHECK(!ffi_callback_default(callback, &declared));
    CHECK(!ffi_callback_deliver(callback, queue, how, how == FFI_DELIVER_HOP ? 200 : 0));
    atomic_store(published, (int_function *)(uintptr_t)ffi_callback_code(callback));
    return callback;
}

/* One life of a context with a queue: renewed callbacks, drains, and an end at any moment. */
static void live(struct station *station) {
    struct station *other   = &stations[(size_t)(station - stations + 1) % STATIONS];
    ffi_context    *context = ffi_context_new(NULL);
    ffi_queue      *queue   = ffi_queue_sized(context, (size_t)1 << (12 + below(5)));
    CHECK(queue);
    ffi_callback *post = deliver(context, queue, FFI_DELIVER_POST, next_int, NULL, &station->post);
    ffi_callback *hop  = deliver(context, queue, FFI_DELIVER_HOP, next_station, &other->hop, &station->hop);
    deliver(context, queue, FFI_DELIVER_REFUSE, next_int, NULL, &station->refuse);
    for (unsigned rounds = 1 + below(2000); rounds && !atomic_load(&over); rounds--) {
        ffi_queue_wait(queue, 1);
        ffi_queue_drain(queue, 1 + below(50));
        if (below(20) == 0) {
            ffi_callback_free(post);
            post = deliver(context, queue, FFI_DELIVER_POST, next_int, NULL, &station->post);
        }
        if (below(20) == 0) {
            ffi_callback_free(hop);
            hop = deliver(context, queue, FFI_DELIVER_HOP, next_station, &other->hop, &station->hop);
        }
    }
    ffi_queue_counts counts;
    CHECK(!ffi_queue_count(queue, &counts));
    if (below(2)) ffi_queue_free(queue);
    ffi_context_free(context);
}

static void *be_station(void *data) {
    struct station *station = data;
    seed                    = station->seed;
    while (!atomic_load(&over)) live(station);
    return NULL;
}

/* ---- what workers do ---- */

static void call_station(void) {
    struct station *station  = &stations[below(STATIONS)];
    int             x        = (int)below(1000);
    int_function   *function = atomic_load(below(3) == 0 ? &station->refuse
                                           : below(2)    ? &station->post
                                                         : &station->hop);
    int             got      = function ? function(x) : 0;
    CHECK(got == x + 1 || got == DEFAULT || got == 0);
}

static int add(int a, int b) {
    return a + b;
}

static void use_functions(void) {
    ffi_context  *context = ffi_context_new(NULL);
    ffi_library  *c       = ffi_library_open(context, "c", 0);
    ffi_registry *names   = ffi_registry_new(context);
    CHECK(
        !ffi_declare(context, "struct point { int x; double y; }; typedef unsigned long word; int abs(int);"));
    CHECK(c && !ffi_registry_bind(names, c, "strlen", "size_t strlen(const char *text)"));
    ffi_any argument = ffi_any_text("twelve chars"), result;
    for (unsigned i = below(20); i; i--) {
        CHECK(!ffi_registry_call(names, "strlen", &result, &argument, 1) && result.as.u64 == 12);
        ffi_function *absolute = ffi_library_function(c, "abs", NULL);
        int           got;
        CHECK(absolute);
        ffi_invoke(absolute, &got, (ffi_value[]){{-(int)i}});
        CHECK(got == (int)i);
        if (below(2)) ffi_function_free(absolute);
    }
    CHECK(ffi_registry_call(names, "nothing", &result, NULL, 0) == FFI_ERROR_SYMBOL);
    ffi_context_free(context);
}

static void told(void *userdata, ffi_error error) {
    CHECK(!error || error == FFI_ERROR_CANCELLED);
    ++*(int *)userdata;
}

static int call_back(int_function *function, int x) {
    return function(x);
}

static void use_pool(void) {
    enum { CALLS = 50 };
    int              results[CALLS], times[CALLS] = {0};
    ffi_context     *context = ffi_context_new(NULL);
    ffi_pool_options options = {.threads = 1 + below(3), .calls = 1 + below(CALLS), .cancel_at_end = below(2)};
    CHECK(!ffi_pool_configure(context, &options));
    ffi_queue    *queue    = ffi_queue_new(context);
    ffi_function *calls    = ffi_function_new(context, (void *)(uintptr_t)call_back, "int(ptr, int)");
    ffi_callback *callback = ffi_callback_new(context, "int(int)", next_int, NULL);
    CHECK(!ffi_callback_deliver(callback, queue, FFI_DELIVER_HOP, below(2) ? 0 : 1));
    int accepted = 0, finished = 0;
    for (int i = 0; i < CALLS; i++) {
        ffi_value args[2] = {{.ptr = ffi_callback_code(callback)}, {i}};
        ffi_error error   = ffi_invoke_async(calls, &results[i], args, queue, told, &times[i]);
        CHECK(!error || error == FFI_ERROR_BUSY);
        accepted += !error;
        if (below(4) == 0) ffi_queue_drain(queue, below(10));
        if (below(8) == 0) ffi_invoke_cancel(queue, &times[below(CALLS)]);
    }
    if (below(2)) ffi_queue_free(queue);
    ffi_context_free(context);
    for (int i = 0; i < CALLS; i++) {
        CHECK(times[i] <= 1);
        finished += times[i];
    }
    CHECK(finished == accepted);
}

/* Shifted by five, so that the last argument comes from the stack. */
typedef int longest(void *, void *, void *, void *, void *, int, int);

static void use_adapters(void) {
    ffi_context  *context            = ffi_context_new(NULL);
    ffi_function *function           = ffi_function_new(context, (void *)(uintptr_t)add, "int(int, int)");
    int (*shifted)(void *, int, int) = (int (*)(void *, int, int))(uintptr_t)ffi_function_shifted(function, 1);
    longest *loads                   = (longest *)(uintptr_t)ffi_function_shifted(function, 5);
    CHECK(shifted && shifted(context, 3, 4) == 7);
    CHECK(loads && loads(context, NULL, NULL, NULL, NULL, 3, 4) == 7);
    for (unsigned i = below(200); i; i--) {
        ffi_callback *callback = ffi_callback_new(context, "int(int)", next_int, NULL);
        int_function *code     = (int_function *)(uintptr_t)ffi_callback_code(callback);
        CHECK(code(5) == 6);
        ffi_callback_free(callback);
        CHECK(code(5) == 0);
        ffi_thunk *thunk = ffi_thunk_new(context, (void *)(uintptr_t)add, NULL, NULL);
        CHECK(((int (*)(int, int))(uintptr_t)ffi_thunk_code(thunk))(1, 2) == 3);
        ffi_thunk_free(thunk);
    }
    ffi_context_free(context);
    CHECK(shifted(NULL, 3, 4) == 0 && loads(NULL, NULL, NULL, NULL, NULL, 3, 4) == 0);
}

static void use_batch(void) {
    enum { CALLS = 100 };
    uint64_t            words[4 * CALLS];
    size_t              made, at, good = below(CALLS);
    ffi_context        *context     = ffi_context_new(NULL);
    const ffi_function *functions[] = {ffi_function_new(context, (void *)(uintptr_t)add, "int(int, int)")};
    for (size_t i = 0; i < CALLS; i++) {
        words[4 * i]     = FFI_BATCH_HEAD(i == good ? 9 : 0, 4);
        words[4 * i + 2] = i, words[4 * i + 3] = 1;
    }
    CHECK(ffi_invoke_batch(functions, 1, words, 4 * CALLS, &made, &at) == FFI_ERROR_ARGUMENT);
    CHECK(made == good && at == 4 * good && (!good || words[4 * good - 3] == good));
    ffi_context_free(context);
}

static void use_memory(void) {
    ffi_context *context = ffi_context_new(NULL);
    ffi_buffer  *buffer  = ffi_buffer_of(context, ffi_type_parse(context, "struct { int x; double y; }"), 10);
    ffi_any      value   = ffi_any_real(2.5), got;
    CHECK(buffer && !ffi_buffer_set(buffer, NULL, "[3].y", &value));
    CHECK(!ffi_buffer_get(buffer, NULL, "[3].y", &got) && got.as.f64 == 2.5);
    CHECK(ffi_buffer_get(buffer, NULL, "[10].y", &got));
    ffi_arena *arena = ffi_arena_new(context);
    for (unsigned i = below(100); i; i--) CHECK(ffi_arena_allocate(arena, 1 + below(5000), 16));
    if (below(2)) ffi_arena_free(arena);
    if (below(2)) ffi_buffer_free(buffer);
    ffi_context_free(context);
}

static void on_trace(void *userdata, const ffi_trace_event *event) {
    *(int *)userdata += event->is_over;
}

static void use_policy(void) {
    int           traced  = 0, got;
    ffi_context  *context = ffi_context_new(NULL);
    ffi_library  *c       = ffi_library_open(context, "c", 0);
    ffi_function *labs_of = ffi_library_function(c, "labs", "long(long)");
    CHECK(!ffi_policy_allow(context, "c", "a?s") && !ffi_policy_lock(context));
    CHECK(!ffi_library_symbol(c, "labs") && ffi_last_error() == FFI_ERROR_DENIED);
    ffi_function *absolute = ffi_library_function(c, "abs", "int(int)");
    CHECK(labs_of && absolute && !ffi_context_trace(context, on_trace, &traced));
    ffi_invoke(absolute, &got, (ffi_value[]){{-7}});
    CHECK(got == 7 && traced == 1);
    ffi_context_free(context);
}

static void *be_worker(void *data) {
    static void (*const actions[])(void) = {use_functions, use_pool,   use_adapters,
                                            use_batch,     use_memory, use_policy};
    seed                                 = *(uint64_t *)data;
    while (!atomic_load(&over)) {
        if (below(4)) {
            for (int i = 0; i < 20; i++) call_station();
        } else {
            actions[below(sizeof actions / sizeof *actions)]();
        }
        atomic_fetch_add(&done_actions, 1);
    }
    return NULL;
}

/* ---- the whole ---- */

/* A sanitizer has memory of its own, which grows. */
#if defined __SANITIZE_THREAD__ || defined __SANITIZE_ADDRESS__
enum { IS_JUDGED = 0 };
#else
enum { IS_JUDGED = 1 };
#endif

/* Resident memory in KiB; 0 where it cannot be told. */
static long memory_used(void) {
    long  pages = 0;
    FILE *file  = fopen("/proc/self/statm", "r");
    if (file && fscanf(file, "%*s %ld", &pages) != 1) pages = 0;
    if (file) fclose(file);
    return pages * 4;
}

static unsigned count_workers(void) {
#ifdef _SC_NPROCESSORS_ONLN
    long count = sysconf(_SC_NPROCESSORS_ONLN) + 2;
    return count > 2 && count < WORKERS_MOST ? (unsigned)count : 4;
#else
    return 4;
#endif
}

static void nap(void) {
    struct timespec second = {.tv_sec = 1};
    nanosleep(&second, NULL);
}

/* False if nothing is done any more. */
static bool watch(long seconds, long *early) {
    uint64_t last  = 0;
    long     still = 0;
    for (long second = 0; second < seconds; second++) {
        nap();
        uint64_t now = atomic_load(&done_actions);
        still        = now == last ? still + 1 : 0;
        last         = now;
        if (still == STUCK_SECONDS) return false;
        if (second == seconds / 4) *early = memory_used();
    }
    return true;
}

int main(int argc, char **argv) {
    long      seconds = argc > 1 ? atol(argv[1]) : 60, early = 0;
    uint64_t  first = argc > 2 ? strtoull(argv[2], NULL, 0) : (uint64_t)time(NULL) ^ (uint64_t)getpid() << 20;
    unsigned  count = count_workers();
    uint64_t  seeds[WORKERS_MOST];
    pthread_t workers[WORKERS_MOST];
    printf("soak: %ld seconds, %u workers, %d stations, seed %" PRIu64 "\n", seconds, count, STATIONS, first);
    fflush(stdout);
    for (int i = 0; i < STATIONS; i++) {
        stations[i].seed = first + 1000 + (uint64_t)i;
        CHECK(!pthread_create(&stations[i].thread, NULL, be_station, &stations[i]));
    }
    for (unsigned i = 0; i < count; i++) {
        seeds[i] = first + i;
        CHECK(!pthread_create(&workers[i], NULL, be_worker, &seeds[i]));
    }
    if (!watch(seconds, &early)) {
        fprintf(stderr, "soak: nothing was done for %d seconds\n", STUCK_SECONDS);
        abort();
    }
    atomic_store(&over, true);
    for (unsigned i = 0; i < count; i++) pthread_join(workers[i], NULL);
    for (int i = 0; i < STATIONS; i++) pthread_join(stations[i].thread, NULL);
    long late = memory_used();
    printf("soak: %" PRIu64 " actions; memory %ld KiB after a quarter, %ld KiB at the end\n",
           atomic_load(&done_actions), early, late);
    bool flat = !IS_JUDGED || late <= early + early / 5 + 8192;
    if (!flat) fprintf(stderr, "soak: memory grew\n");
    return flat ? 0 : 1;
}
