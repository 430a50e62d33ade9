/* SPDX-License-Identifier: MIT */
/*
 * Instructions are counted from outside. callgrind is told where they begin and end. qemu's log of executed
 * code has the names of the two functions count_begin and count_end; there the program prints, in the same
 * order, what was counted.
 */
#define _GNU_SOURCE
#include "system.h"

#include <sched.h>
#include <stdio.h>
#include <time.h>

#if __has_include(<valgrind/callgrind.h>)
#include <valgrind/callgrind.h>
#else
#define CALLGRIND_ZERO_STATS           (void)0
#define CALLGRIND_DUMP_STATS_AT(name_) (void)(name_)
#endif

double system_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

void system_pin(bool pinned) {
    static cpu_set_t all;
    cpu_set_t        one;
    int              cpu = sched_getcpu();
    if (!CPU_COUNT(&all)) sched_getaffinity(0, sizeof all, &all);
    CPU_ZERO(&one);
    CPU_SET(cpu < 0 ? 0U : (unsigned)cpu, &one);
    sched_setaffinity(0, sizeof one, pinned ? &one : &all);
}

__attribute__((noinline)) void count_begin(void) {
    CALLGRIND_ZERO_STATS;
}

__attribute__((noinline)) void count_end(const char *name) {
    CALLGRIND_DUMP_STATS_AT(name);
    printf("counted\t%s\n", name);
}
