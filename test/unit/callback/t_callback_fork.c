/* SPDX-License-Identifier: MIT */
/* Callbacks on both sides of a fork. */
#include "helper.h"

#include "numbered.h"

#include <dlfcn.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/wait.h>

static int status_of(pid_t child) {
    int status = -1;
    return waitpid(child, &status, 0) == child && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* What either side does with what was there before. */
static int use(ffi_context *context, ffi_callback *alive, ffi_callback *freed, int number) {
    if (call(alive, number) != 100 + number || call(freed, 1) != 0) return 1;
    for (int i = 0; i < 5000; i++) {
        ffi_callback *fresh = make(context, i);
        if (!fresh || call(fresh, number) != i + number) return 2;
        if (i % 3) ffi_callback_free(fresh);
    }
    ffi_callback_free(alive);
    if (call(alive, 1) != 0) return 3;
    ffi_context_free(context);
    if (call(alive, 1) != 0 || call(freed, 1) != 0) return 4;
    return contexts(10, 3) == 30 ? 0 : 5;
}

static void fork_inside(void *result, const ffi_value *args, void *userdata) {
    pid_t child = fork();
    if (child == 0) *(int *)userdata = 1;
    *(int *)result = child == 0 ? args[0].i32 : status_of(child);
}

static void forks(void) {
    ffi_context  *context = ffi_context_new(NULL);
    ffi_callback *alive = make(context, 100), *freed = make(context, 200);
    ffi_callback_free(freed);
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) _exit(use(context, alive, freed, 1));
    int here = use(context, alive, freed, 2), there = status_of(child);
    ok(here == 0 && there == 0, "after fork both sides go on, each for itself: %d, %d", here, there);

    int in_child = 0;
    context      = ffi_context_new(NULL);
    alive        = ffi_callback_new(context, "int(int)", fork_inside, &in_child);
    fflush(stdout);
    int got = ((int (*)(int))native(alive))(37);
    if (in_child) _exit(got);
    ok(got == 37, "a handler forks, and both return");
    ffi_context_free(context);
}

/* ---- children of a parent that is busy ---- */

enum { CHILDREN = 60, PATIENCE = 60 /* seconds */ };

static atomic_bool ended;
static atomic_int  rounds;

/* The loader is at work for another thread of the parent. */
static void *load_and_unload(void *path) {
    for (; !atomic_load(&ended); atomic_fetch_add(&rounds, 1)) {
        void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
        if (library) dlclose(library);
    }
    return NULL;
}

/* Contexts with callbacks of several forms begin and end. */
static void *begin_and_end(void *nothing) {
    for (; !atomic_load(&ended); atomic_fetch_add(&rounds, 1)) {
        ffi_context *context = ffi_context_new(&(ffi_options){.read_only_callbacks = rounds % 2});
        ffi_callback_new(context, "intptr_t (int)", give_userdata, NULL);
        ffi_callback_new(context, "double(double)", give_userdata, NULL);
        ffi_context_free(context);
    }
    return nothing;
}

static bool use_own(void) {
    return contexts(20, 3) == 60;
}

/* Each child makes contexts and callbacks of its own. */
static void forks_beside(void *(*run)(void *), void *userdata, const char *what) {
    pthread_t thread;
    int       good = 0, children = fewer(CHILDREN) + 1;
    atomic_store(&ended, false);
    fflush(stdout);
    if (pthread_create(&thread, NULL, run, userdata)) perror("pthread_create"), exit(1);
    for (int i = 0; i < children; i++) {
        for (int before = atomic_load(&rounds); atomic_load(&rounds) == before;) sched_yield();
        pid_t child = fork();
        if (child == 0) {
            alarm(PATIENCE);
            _exit(use_own() ? 0 : 1);
        }
        good += status_of(child) == 0;
    }
    atomic_store(&ended, true);
    pthread_join(thread, NULL);
    ok(good == children, "children make callbacks, forked while a thread %s: %d of %d", what, good, children);
}

/* qemu locks a mutex while it opens a file for a thread. A child that begins then waits for that mutex without end. */
static void forks_beside_loader(void) {
    const char *runner = getenv("RUNNER");
    if (runner && *runner)
        skip_one("fork while a thread loads libraries: %s may deadlock in its child", runner);
    else forks_beside(load_and_unload, (void *)(uintptr_t)library_path("plain"), "loads libraries");
}

int main(void) {
    forks_beside_loader();
    forks_beside(begin_and_end, NULL, "begins and ends contexts");
    forks();
    return done();
}
