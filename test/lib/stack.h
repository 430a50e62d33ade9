/* SPDX-License-Identifier: MIT */
/*
 * Measures how much stack a function needs: the stack is filled with a pattern, and the deepest changed byte
 * shows it. If the system lets a program choose a thread's stack, the function can also run with exactly the
 * stack that the header promises.
 */
#ifndef STACK_H
#define STACK_H

#include "helper.h"

#include <stdint.h>

enum { PROMISED = 64 << 10, PAINTED = 256 << 10 };

struct job {
    int (*run)(void *data);
    void *data;
    int   result;
};

static const char *painted_end; /* the lowest painted byte */

__attribute__((noinline)) static void paint(void) {
    _Alignas(uint64_t) char room[PAINTED];
    memset(room, 0x5a, sizeof room);
    __asm__ volatile("" : "=r"(painted_end) : "0"(room) : "memory");
}

/* The bytes of stack that the job used. A result near PAINTED means: at least so many. */
__attribute__((noinline, unused)) static size_t stack_of(struct job *job) {
    paint();
    job->result             = job->run(job->data);
    const volatile char *at = painted_end;
    while (*(const volatile uint64_t *)(const volatile void *)at == 0x5a5a5a5a5a5a5a5a) at += sizeof(uint64_t);
    while (*at == 0x5a) at++;
    return (size_t)((char *)__builtin_frame_address(0) - (const char *)at);
}

#ifdef _WIN32
#define run_with_promised(job)                                                                                 \
    ((void)(job), skip_one("Windows sizes a thread's stack in steps of its own: painted only"))
#else
#include <pthread.h>
#include <sys/mman.h>

static char *stack_begin; /* of the thread, whose lower end is closed once the thread knows where it stands */

__attribute__((noinline)) static void enter_job(struct job *job) {
    job->result = job->run(job->data);
}

static void *close_and_run(void *data) {
    struct job    *job  = data;
    uintptr_t      page = (uintptr_t)sysconf(_SC_PAGESIZE), here = (uintptr_t)__builtin_frame_address(0);
    volatile char *pad = __builtin_alloca(here % page + 1); /* what the job has begins with a page */
    pad[0]             = 0;
    uintptr_t end      = ((uintptr_t)pad & -page) - PROMISED;
    size_t    size     = end - (uintptr_t)stack_begin;
    if (mprotect(stack_begin, size, PROT_NONE)) return NULL;
    enter_job(job);
    mprotect(stack_begin, size, PROT_READ | PROT_WRITE);
    return job;
}

/* Runs the job on a thread with 64 KiB of stack and a closed page below; a crash tells that it was not enough.
 */
__attribute__((unused)) static int runs_with_promised(struct job *job) {
    enum { SIZE = 1 << 20 };
    pthread_attr_t attributes;
    pthread_t      thread;
    void          *result = NULL;
    stack_begin           = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (stack_begin == MAP_FAILED) return 0;
    pthread_attr_init(&attributes);
    if (!pthread_attr_setstack(&attributes, stack_begin, SIZE) &&
        !pthread_create(&thread, &attributes, close_and_run, job))
        pthread_join(thread, &result);
    pthread_attr_destroy(&attributes);
    munmap(stack_begin, SIZE);
    return result != NULL;
}

#define run_with_promised(job) ok(runs_with_promised(job), "it runs on a thread with 64 KiB of stack")
#endif

/* Checks what took most: `bytes`, by the job, which runs again. */
#define fits_promised(bytes, job, ...)                                                                         \
    do {                                                                                                       \
        if (ok((bytes) <= PROMISED, __VA_ARGS__)) run_with_promised(job);                                      \
        printf("# %zu bytes\n", (size_t)(bytes));                                                              \
    } while (0)

#endif
