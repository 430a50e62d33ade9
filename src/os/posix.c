/* SPDX-License-Identifier: MIT */
/*
 * The parts of os.h that POSIX.1-2017 can do: dlopen, pthread mutexes, memory for trampolines without their
 * code. The other parts are in
 * elf*.c with linux*.c or freebsd*.c, or in macos*.c.
 */
#define _GNU_SOURCE
#include "os/os.h"

#include "ffi_invoke.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#ifndef MAP_NORESERVE
#define MAP_NORESERVE 0 /* FreeBSD has none */
#endif

/* ---- locks ---- */

_Static_assert(sizeof(pthread_mutex_t) <= sizeof(struct os_lock), "os.h: too little memory");

bool os_lock_init(struct os_lock *lock) {
    return pthread_mutex_init((pthread_mutex_t *)(void *)lock, NULL) == 0;
}

void os_lock_free(struct os_lock *lock) {
    pthread_mutex_destroy((pthread_mutex_t *)(void *)lock);
}

void os_lock_take(struct os_lock *lock) {
    pthread_mutex_lock((pthread_mutex_t *)(void *)lock);
}

void os_lock_give(struct os_lock *lock) {
    pthread_mutex_unlock((pthread_mutex_t *)(void *)lock);
}

unsigned os_process(void) {
    return (unsigned)getpid();
}

void os_yield(void) {
    sched_yield();
}

uint32_t os_milliseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint32_t)now.tv_sec * 1000 + (uint32_t)(now.tv_nsec / 1000000);
}

uint64_t os_nanoseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* ---- errors ---- */

const bool os_has_last_error = false;

unsigned os_last_error(void) {
    return 0;
}

void os_set_last_error(unsigned error) {
    (void)error;
}

/* ---- libraries ---- */

/* dlerror's text belongs to the thread (glibc, musl), until its next dl call. */
static const char *reason(void) {
    const char *text = dlerror();
    return text ? text : "no reason was given";
}

void *os_library_open(const char *file, unsigned flags, const char **why) {
    int mode = flags & FFI_LIBRARY_LAZY ? RTLD_LAZY : RTLD_NOW;
    if (flags & FFI_LIBRARY_GLOBAL) mode |= RTLD_GLOBAL;
    if (flags & FFI_LIBRARY_NO_LOAD) mode |= RTLD_NOLOAD;
    void *handle = dlopen(file, mode);
    if (!handle) *why = flags & FFI_LIBRARY_NO_LOAD ? "it is not loaded" : reason();
    return handle;
}

void os_library_close(void *handle) {
    dlclose(handle);
}

/* ---- memory for trampolines ---- */

enum { NEAR = 1 << 30 }; /* bytes; how far to search */

size_t os_page_size(void) {
    return (size_t)sysconf(_SC_PAGESIZE);
}

/* Reserves a region below the program or library that contains `beside`, and below those reserved before: the first
 * that is free at twice the distance each time. NULL if none is.
 *
 * A jump between distant addresses is slow. Measured on AMD's Zen 4: three cycles more if the addresses differ in any
 * bit above the lower 37, as those of a program and of the memory that the system chooses do. */
static char *reserve_near(const void *beside, size_t size) {
    static _Atomic(uintptr_t) lowest;
    uintptr_t                 above = atomic_load(&lowest);
    if (!above) above = (uintptr_t)beside & ~(uintptr_t)(size - 1);
#ifdef MAP_FIXED_NOREPLACE
    for (size_t distance = size; distance <= NEAR && distance < above; distance *= 2) {
        char *at = (char *)(above - distance);
        char *got =
            mmap(at, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
        if (got == at) return atomic_store(&lowest, above - distance), at;
        if (got != MAP_FAILED) munmap(got, size); /* Linux before 4.17 ignores the flag */
    }
#else
    (void)size;
#endif
    return NULL;
}

/* Reserves a region where the system has room. */
static char *reserve(size_t size) {
    char *all = mmap(NULL, 2 * size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (all == MAP_FAILED) return NULL;
    char *region = (char *)(((uintptr_t)all + size - 1) & ~(uintptr_t)(size - 1));
    if (region > all) munmap(all, (size_t)(region - all));
    if (region < all + size) munmap(region + size, (size_t)(all + size - region));
    return region;
}

void *os_region_map(const void *beside, size_t size, size_t data, const char **why) {
    char *region = beside ? reserve_near(beside, size) : NULL;
    if (!region) region = reserve(size);
    if (region && mprotect(region + data, size - data, PROT_READ | PROT_WRITE) == 0) return region;
    *why = strerror(errno);
    if (region) munmap(region, size);
    return NULL;
}

void os_region_unmap(void *region, size_t size) {
    munmap(region, size);
}

bool os_region_protect(void *at, size_t size, bool writable, const char **why) {
    if (mprotect(at, size, writable ? PROT_READ | PROT_WRITE : PROT_READ) == 0) return true;
    return *why = strerror(errno), false;
}
