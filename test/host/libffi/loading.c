/* SPDX-License-Identifier: MIT */
/*
 * The library and the loader: loading LIBRARY PLUGIN. What a constructor does cannot wait for another thread that waits for
 * the loader. What stays in the process when the library is closed does not need it.
 */
#define _GNU_SOURCE
#include "constructor.h"
#include "tap.h"

#include <stdint.h>
#include <sys/wait.h>

static void *(*closure_alloc)(size_t, void **);

static bool make_closure(void) {
    void *code;
    return closure_alloc(64, &code);
}

static bool construct(void *plugin) {
    return works_in_constructor(plugin, make_closure);
}

static void *idle(void *userdata) {
    pause();
    return userdata;
}

/* In a process of two threads, which has to guard itself against fork(). */
static bool close_and_fork(void *library) {
    pthread_t thread;
    void     *code;
    int       status = -1;
    if (pthread_create(&thread, NULL, idle, NULL) || closure_alloc(SIZE_MAX, &code)) return false;
    dlclose(library);
    pid_t child = fork();
    if (child == 0) _exit(0);
    return child > 0 && waitpid(child, &status, 0) == child && !status;
}

static bool is_fine_in_child(bool (*test)(void *), void *argument) {
    int   status = -1;
    pid_t child  = fork();
    if (child == 0) _exit(test(argument) ? 0 : 1);
    return child > 0 && waitpid(child, &status, 0) == child && !status;
}

int main(int argc, char **argv) {
    void *library = argc == 3 ? dlopen(argv[1], RTLD_NOW | RTLD_LOCAL) : NULL;
    if (!library) return fprintf(stderr, "usage: loading LIBRARY PLUGIN\n"), 2;
    *(void **)&closure_alloc = dlsym(library, "ffi_closure_alloc");
    ok(is_fine_in_child(construct, argv[2]),
       "a constructor makes a closure while another thread makes the first");
    ok(is_fine_in_child(close_and_fork, library),
       "a process forks after a closure was refused and the library was closed");
    return done();
}
