/* SPDX-License-Identifier: MIT */
/*
 * What threads and queues ask of an operating system; posix.c with linux.c or pipe.c, or win32.c answers. It is
 * apart from src/os, which is the core's own: on ELF the layer sees only what the core exports.
 */
#ifndef EMBED_SYSTEM_H
#define EMBED_SYSTEM_H

#include <ffi_invoke.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A number of this process, never 0, which a child of fork has another one of; and the rest of the thread's
 * time to other threads. */
unsigned system_process(void);
void     system_yield(void);

/* Milliseconds of a clock that never goes back. */
uint64_t system_milliseconds(void);

/* Processors that this process may use. */
unsigned system_processors(void);

/* ---- descriptors ---- */

/* What an event loop can wait for: the reading end, which is readable while it is set. On Linux both ends are
 * one eventfd, elsewhere they are a pipe's; on Windows both are the handle of an event. */
struct descriptor {
    int out, in;
};

/* Fails with FFI_ERROR_SYSTEM and the system's reason. */
ffi_error descriptor_open(struct descriptor *descriptor);
void      descriptor_close(struct descriptor *descriptor);

/* Both may be called at any time, from a signal handler too: errno stays, and no thread is cancelled within.
 * False if the descriptor is none, as if someone else closed it. */
bool descriptor_set(const struct descriptor *descriptor);
bool descriptor_clear(const struct descriptor *descriptor);

/* Waits until it is set; false after so many milliseconds, UINT32_MAX of them for ever. */
bool descriptor_wait(const struct descriptor *descriptor, uint32_t milliseconds);

/* ---- monitors ---- */

/* A lock with a condition to wait for. Memory for both, as this header needs no system's headers. */
struct monitor {
    _Alignas(16) unsigned char lock[64], condition[64];
};

bool monitor_init(struct monitor *monitor);
void monitor_free(struct monitor *monitor);
void monitor_enter(struct monitor *monitor);
void monitor_leave(struct monitor *monitor);
void monitor_wake(struct monitor *monitor); /* all that wait; within the monitor */

/* Leaves the monitor, waits to be woken, and enters again. False after so many milliseconds, UINT32_MAX of them
 * for ever. It may return early. */
bool monitor_wait(struct monitor *monitor, uint32_t milliseconds);

/* ---- threads ---- */

struct thread {
    _Alignas(16) unsigned char memory[16];
};

/* Runs a function in a thread of its own, with a stack of so many bytes; 0: the system's. Returns 0, or an errno. */
int  thread_start(struct thread *thread, void (*run)(void *data), void *data, size_t stack);
void thread_join(struct thread *thread);

/* Between the two the thread is not cancelled; `keep_thread` says whether it was before. */
int  keep_thread(void);
void let_thread(int before);

#endif
