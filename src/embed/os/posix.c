/* SPDX-License-Identifier: MIT */
/* system.h where POSIX.1-2017 is enough. */
#define _GNU_SOURCE
#include "embed/os/posix.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

unsigned system_process(void) {
    return (unsigned)getpid();
}

void system_yield(void) {
    sched_yield();
}

uint64_t system_milliseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

unsigned system_processors(void) {
    long count = sysconf(_SC_NPROCESSORS_ONLN);
    return count > 0 ? (unsigned)count : 1;
}

/* ---- descriptors ---- */

/* Signals interrupt a wait, which then goes on for the rest of its time. */
bool descriptor_wait(const struct descriptor *descriptor, uint32_t milliseconds) {
    struct pollfd one = {.fd = descriptor->out, .events = POLLIN};
    uint64_t      end = system_milliseconds() + milliseconds;
    for (;;) {
        uint64_t now  = system_milliseconds();
        uint64_t left = now < end ? end - now : 0;
        int      wait = milliseconds == UINT32_MAX ? -1 : left < INT_MAX ? (int)left : INT_MAX;
        int      got  = poll(&one, 1, wait);
        if (got > 0) return one.revents & POLLIN;
        if (got == 0 || errno != EINTR) return false;
    }
}

/* ---- monitors ---- */

_Static_assert(sizeof(pthread_mutex_t) <= sizeof((struct monitor *)0)->lock, "too little memory");
_Static_assert(sizeof(pthread_cond_t) <= sizeof((struct monitor *)0)->condition, "too little memory");

static pthread_mutex_t *lock_of(struct monitor *monitor) {
    return (pthread_mutex_t *)(void *)monitor->lock;
}

static pthread_cond_t *condition_of(struct monitor *monitor) {
    return (pthread_cond_t *)(void *)monitor->condition;
}

bool monitor_init(struct monitor *monitor) {
    pthread_condattr_t attributes;
    if (pthread_mutex_init(lock_of(monitor), NULL)) return false;
    bool good = !pthread_condattr_init(&attributes);
    if (good) {
        good = clock_choose(&attributes) && !pthread_cond_init(condition_of(monitor), &attributes);
        pthread_condattr_destroy(&attributes);
    }
    if (!good) pthread_mutex_destroy(lock_of(monitor));
    return good;
}

void monitor_free(struct monitor *monitor) {
    pthread_cond_destroy(condition_of(monitor));
    pthread_mutex_destroy(lock_of(monitor));
}

void monitor_enter(struct monitor *monitor) {
    pthread_mutex_lock(lock_of(monitor));
}

void monitor_leave(struct monitor *monitor) {
    pthread_mutex_unlock(lock_of(monitor));
}

void monitor_wake(struct monitor *monitor) {
    pthread_cond_broadcast(condition_of(monitor));
}

/* Waiting is where a thread may be cancelled, with the lock taken. */
bool monitor_wait(struct monitor *monitor, uint32_t milliseconds) {
    struct timespec until;
    int             before = keep_thread(), failed;
    if (milliseconds == UINT32_MAX) {
        failed = pthread_cond_wait(condition_of(monitor), lock_of(monitor));
    } else {
        clock_gettime(clock_waits, &until);
        until.tv_sec += (time_t)(milliseconds / 1000);
        until.tv_nsec += (long)(milliseconds % 1000) * 1000000;
        if (until.tv_nsec >= 1000000000) until.tv_sec++, until.tv_nsec -= 1000000000;
        failed = pthread_cond_timedwait(condition_of(monitor), lock_of(monitor), &until);
    }
    let_thread(before);
    return failed != ETIMEDOUT;
}

/* ---- threads ---- */

_Static_assert(sizeof(pthread_t) <= sizeof(struct thread), "too little memory");

struct beginning {
    void (*run)(void *data);
    void *data;
};

static void *begin(void *userdata) {
    struct beginning beginning = *(struct beginning *)userdata;
    free(userdata);
    beginning.run(beginning.data);
    return NULL;
}

int thread_start(struct thread *thread, void (*run)(void *data), void *data, size_t stack) {
    pthread_attr_t    attributes;
    pthread_t         made;
    struct beginning *beginning = malloc(sizeof *beginning);
    if (!beginning) return ENOMEM;
    *beginning = (struct beginning){run, data};
    int error  = pthread_attr_init(&attributes);
    if (!error) {
        size_t page = (size_t)sysconf(_SC_PAGESIZE), least = (size_t)PTHREAD_STACK_MIN;
        if (stack && stack < least) stack = least;
        if (stack) pthread_attr_setstacksize(&attributes, (stack + page - 1) & ~(page - 1));
        error = pthread_create(&made, &attributes, begin, beginning);
        pthread_attr_destroy(&attributes);
    }
    if (error) free(beginning);
    else memcpy(thread->memory, &made, sizeof made);
    return error;
}

void thread_join(struct thread *thread) {
    pthread_t made;
    memcpy(&made, thread->memory, sizeof made);
    pthread_join(made, NULL);
}

int keep_thread(void) {
    int before = 0;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before);
    return before;
}

void let_thread(int before) {
    pthread_setcancelstate(before, NULL);
}
