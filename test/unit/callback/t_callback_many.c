/* SPDX-License-Identifier: MIT */
/*
 * Many callbacks: a million alive at once, and no more memory or mappings however many are made and freed, in
 * one context, in one after the other, or in several at once. With FFI_FEWER in the environment what the
 * process has is an emulator's.
 */
#include "helper.h"

#ifdef _WIN32 /* before names that are macros in the next */
#include <windows.h>

#include <psapi.h>
#endif

#include "numbered.h"

#include <pthread.h>
#include <time.h>

#ifdef __GLIBC__
#include <malloc.h>
#endif

/* ---- what the process has ---- */

enum { PAGE = 4096 };

struct amounts {
    long mappings, resident, whole; /* in pages */
};

#ifdef _WIN32
static struct amounts now(void) {
    PROCESS_MEMORY_COUNTERS counters = {.cb = sizeof counters};
    GetProcessMemoryInfo(GetCurrentProcess(), &counters, sizeof counters);
    return (struct amounts){0, (long)(counters.WorkingSetSize / PAGE), (long)(counters.PagefileUsage / PAGE)};
}
#else
static struct amounts now(void) {
    struct amounts amounts = {0, 0, 0};
    FILE          *file    = fopen("/proc/self/maps", "r");
    for (int c; file && (c = getc(file)) != EOF;) amounts.mappings += c == '\n';
    if (file) fclose(file);
    if ((file = fopen("/proc/self/statm", "r"))) {
        if (fscanf(file, "%ld %ld", &amounts.whole, &amounts.resident) != 2) amounts.whole = 0;
        fclose(file);
    }
    return amounts;
}
#endif

/* Some more there may be: a thousand callbacks that wait, a block for a thread. */
static void no_more(struct amounts then, const char *what) {
    struct amounts ended = now();
    if (is_slow()) skip_one("%s takes no more: the emulator's memory would be counted", what);
    else
        ok(ended.mappings <= then.mappings + 64 && ended.resident <= then.resident + 200 &&
               ended.whole <= then.whole + 600,
           "%s takes no more: %+ld mappings, %+ld pages resident, %+ld in all", what,
           ended.mappings - then.mappings, ended.resident - then.resident, ended.whole - then.whole);
}

static double seconds(void) {
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

/* ---- a million ---- */

enum { MILLION = 1000000 };

static ffi_callback *all[MILLION];

static void million(int count) {
    ffi_context *context = ffi_context_new(NULL);
    memset(all, 1, sizeof all); /* its pages are not to be counted */
    struct amounts before = now();
    double         start  = seconds();
    int            good   = 0;
    for (int i = 0; i < count; i++) good += (all[i] = make(context, i)) != NULL;
    double made = seconds();
    if (!ok(good == count, "%d callbacks are alive at once", good)) exit(1);
    for (int i = 0; i < count; i++) good -= call(all[i], 5) == i + 5;
    ok(good == 0, "each has its own userdata");
    struct amounts with = now();
    printf("# %.1f bytes resident for each; %+ld mappings\n",
           (double)(with.resident - before.resident) * PAGE / count, with.mappings - before.mappings);
    double called = seconds();
    for (int i = 0; i < count; i++) ffi_callback_free(all[(i * 7919L) % count]);
    double end = seconds();
    printf("# %.0f ns of processor time to make one, %.0f ns to free one\n", (made - start) * 1e9 / count,
           (end - called) * 1e9 / count);
    for (int i = 0; i < count; i++) good += (all[i] = make(context, i)) != NULL;
    ok(good == count, "they are freed and made again");
    no_more(with, "as many again");
    ffi_context_free(context);
    context = ffi_context_new(NULL);
    for (int i = 0; i < count; i++) good -= (all[i] = make(context, i)) != NULL;
    ok(good == 0 && call(all[0], 1) == 1 && call(all[count - 1], 1) == count, "another context makes as many");
    ffi_context_free(context);
}

/* ---- for ever ---- */

static void for_ever(int count) {
    ffi_context   *context = ffi_context_new(NULL);
    struct amounts then    = {0, 0, 0};
    int            good    = 0;
    for (int i = 0; i < count; i++) {
        if (i == count / 100) then = now();
        ffi_callback *callback = make(context, i);
        good += callback && call(callback, 1) == i + 1;
        ffi_callback_free(callback);
    }
    ok(good == count, "callbacks are made and freed in turn");
    no_more(then, "making and freeing them");
    ffi_context_free(context);
}

static void contexts_for_ever(int count, int each) {
    contexts(fewer(20000) / each, each);
    struct amounts then = now();
    ok(contexts(count, each) == count * each, "%d contexts make %d callbacks each", count, each);
    no_more(then, "making and freeing them");
}

enum { THREADS = 4, EACH = 5 };

static int per_thread;

static void *some_contexts(void *unused) {
    (void)unused;
    return (void *)(intptr_t)contexts(per_thread, EACH);
}

static int on_threads(void) {
    pthread_t threads[THREADS];
    intptr_t  good = 0;
    for (int i = 0; i < THREADS; i++)
        if (pthread_create(&threads[i], NULL, some_contexts, NULL)) perror("pthread_create"), exit(1);
    for (int i = 0; i < THREADS; i++) {
        void *result;
        pthread_join(threads[i], &result);
        good += (intptr_t)result;
    }
    return (int)good;
}

static void contexts_on_threads(void) {
    on_threads();
    struct amounts then = now();
    ok(on_threads() == THREADS * per_thread * EACH, "contexts on %d threads make callbacks", THREADS);
    for (int i = 0; i < 4; i++) on_threads();
    no_more(then, "making and freeing contexts on threads");
}

/* ---- where their code is ---- */

/* First of all, while there is room next to a program at a low address. */
static void near_the_library(void) {
#ifdef __linux__
    enum { COUNT = 20000 };
    ffi_context  *context = ffi_context_new(NULL);
    ffi_callback *callback;
    uintptr_t     own = (uintptr_t)(void (*)(void))ffi_callback_new, most = 0;
    int           made = 0;
    for (; made < COUNT && (callback = ffi_callback_new(context, "int()", give_userdata, NULL)); made++) {
        uintptr_t code     = (uintptr_t)ffi_callback_code(callback),
                  distance = code > own ? code - own : own - code;
        if (distance > most) most = distance;
    }
    ok(made == COUNT && most <= UINT64_C(1) << 31, "%d callbacks are within 2 GiB of the library: %#jx", COUNT,
       (uintmax_t)most);
    ffi_context_free(context);
#else
    skip_one("callbacks near the library: this system chooses where they are");
#endif
}

int main(void) {
#ifdef __GLIBC__
    /* Threads that meet at an arena would reserve 64 MiB for another one, which are not ours. */
    mallopt(M_ARENA_MAX, 1);
#endif
    near_the_library();
    per_thread = fewer(4000);
    for_ever(fewer(500000));
    contexts_for_ever(fewer(60000), 1);
    contexts_for_ever(fewer(20000), 7);
    contexts_for_ever(fewer(100), 6000);
    contexts_on_threads();
    million(fewer(MILLION));
    return done();
}
