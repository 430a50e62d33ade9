/* SPDX-License-Identifier: MIT */
/* Contexts that keep their callbacks read-only: no store reaches what a trampoline jumps through, whatever is
 * made, called and freed, also by several threads that use the same blocks. */
#include "helper.h"

#ifdef _WIN32 /* before names that are macros in the next */
#include <windows.h>
#endif

#include "numbered.h"

#include <pthread.h>

#ifdef _WIN32
static int is_writable(const void *at) {
    MEMORY_BASIC_INFORMATION info;
    return !VirtualQuery(at, &info, sizeof info) || info.Protect != PAGE_READONLY;
}
#else
#include <errno.h>
#include <fcntl.h>

/* The system writes the byte that is there, or fails. */
static int is_writable(const void *at) {
    int  ends[2];
    char there = *(const char *)at;
    if (pipe(ends) || write(ends[1], &there, 1) != 1) perror("pipe"), exit(1);
    int written = read(ends[0], (void *)(uintptr_t)at, 1) == 1, reason = errno;
    close(ends[0]), close(ends[1]);
    return written || reason != EFAULT;
}
#endif

/* A callback's handle points to the words that its trampoline and its entry read: so many bytes. */
enum { WORDS = 32 };

static int is_open(const ffi_callback *callback) {
    return is_writable(callback) || is_writable((const char *)callback + WORDS - 1);
}

static const ffi_options read_only = {.read_only_callbacks = true};

static void one_life(void) {
    enum { COUNT = 1000 };
    static ffi_callback *callbacks[COUNT];
    ffi_context         *context = ffi_context_new(&read_only), *plain = ffi_context_new(NULL);
    int                  open = 0, good = 0;
    for (int i = 0; i < COUNT; i++) {
        callbacks[i] = make(context, i);
        if (!callbacks[i]) exit(1);
        open += is_open(callbacks[i]) || (i && is_open(callbacks[i - 1]));
        good += call(callbacks[i], 1) == i + 1;
    }
    ok(good == COUNT && !open, "%d callbacks work and are read-only", COUNT);
    for (int i = 0; i < COUNT; i += 2) {
        ffi_callback_free(callbacks[i]);
        open += is_open(callbacks[i]);
        good -= 2 * (call(callbacks[i], 1) == 0 && call(callbacks[i + 1], 1) == i + 2);
    }
    ok(!good && !open, "freed, they give zeroes and stay read-only");
    ffi_context_free(context);
    for (int i = 0; i < COUNT; i++) open += is_open(callbacks[i]), good += call(callbacks[i], 1) == 0;
    ok(good == COUNT && !open, "the callbacks stay read-only without their context");
    ffi_callback *other = make(plain, 5);
    ok(other && call(other, 1) == 6, "a context without the option has callbacks of its own");
    for (int i = 0; i < COUNT; i++) open += is_open(callbacks[i]) || callbacks[i] == other;
    ok(!open, "which are none of those");
    ok(contexts(20, 3) == 60, "as have others");
    ffi_context_free(plain);
}

/* Whoever makes a callback makes those beside it writable for a moment. */
static void *some_contexts(void *wrong) {
    for (int i = 0; i < fewer(300); i++) {
        ffi_context  *context = ffi_context_new(&read_only);
        ffi_callback *kept    = make(context, 100);
        for (int k = 0; k < 20; k++) {
            ffi_callback *callback = make(context, k);
            *(int *)wrong += !callback || call(callback, 1) != k + 1;
            ffi_callback_free(callback);
        }
        *(int *)wrong += call(kept, 1) != 101;
        ffi_context_free(context);
    }
    return NULL;
}

static void on_threads(void) {
    enum { THREADS = 4 };
    pthread_t threads[THREADS];
    int       wrong[THREADS] = {0}, sum = 0;
    for (int i = 0; i < THREADS; i++)
        if (pthread_create(&threads[i], NULL, some_contexts, &wrong[i])) perror("pthread_create"), exit(1);
    for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL), sum += wrong[i];
    ok(!sum, "%d threads make and free read-only callbacks, %d wrong", THREADS, sum);
}

int main(void) {
    one_life();
    on_threads();
    return done();
}
