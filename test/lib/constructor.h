/* SPDX-License-Identifier: MIT */
/*
 * Two threads, of which one loads a library whose constructor does the work of the program, too: first while the other
 * thread waits for the loader. Of POSIX only. Compiled with -DPLUGIN this is that library.
 */
#ifndef CONSTRUCTOR_H
#define CONSTRUCTOR_H

void in_constructor(void);

#ifdef PLUGIN

__attribute__((constructor)) static void construct(void) {
    in_constructor();
}

#else

#include <dlfcn.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

static bool (*constructor_work)(void);
static _Atomic bool constructor_runs, constructor_failed;
static _Atomic int  constructor_other; /* the thread that works first; 0 */

static bool is_running(int thread) {
    char path[64], state = 0;
    snprintf(path, sizeof path, "/proc/self/task/%d/stat", thread);
    FILE *file = fopen(path, "r");
    if (file && fscanf(file, "%*d %*s %c", &state) != 1) state = 0;
    if (file) fclose(file);
    return state == 'R';
}

/* Works when the other thread waits or is done. */
void in_constructor(void) {
    atomic_store(&constructor_runs, true);
    while (!atomic_load(&constructor_other) || is_running(constructor_other)) sched_yield();
    if (!constructor_work()) atomic_store(&constructor_failed, true);
}

static void *work_first(void *userdata) {
    while (!atomic_load(&constructor_runs)) sched_yield();
    atomic_store(&constructor_other, (int)syscall(SYS_gettid));
    if (!constructor_work()) atomic_store(&constructor_failed, true);
    return userdata;
}

/* Whether both threads could do the work. If they wait for each other, the process ends by an alarm. */
static bool works_in_constructor(const char *plugin, bool (*work)(void)) {
    pthread_t thread;
    constructor_work = work;
    alarm(60);
    if (pthread_create(&thread, NULL, work_first, NULL) || !dlopen(plugin, RTLD_NOW)) return false;
    pthread_join(thread, NULL);
    return !constructor_failed;
}

#endif

#endif
