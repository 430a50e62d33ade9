/* SPDX-License-Identifier: MIT */
/* system.h on Windows: events, slim locks with condition variables, threads. */
#define WIN32_LEAN_AND_MEAN
#define _WIN32_WINNT 0x0602
#include "embed/os/system.h"

#include <errno.h>
#include <process.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

unsigned system_process(void) {
    return GetCurrentProcessId();
}

void system_yield(void) {
    SwitchToThread();
}

uint64_t system_milliseconds(void) {
    return GetTickCount64();
}

unsigned system_processors(void) {
    SYSTEM_INFO info;
    GetSystemInfo(&info);
    return info.dwNumberOfProcessors ? info.dwNumberOfProcessors : 1;
}

/* ---- descriptors ---- */

/* "64-bit versions of Windows use 32-bit handles for interoperability" (Microsoft, "Interprocess
 * Communication"): an int has all of a handle, and its sign extends it. */
static HANDLE handle_of(const struct descriptor *descriptor) {
    return (HANDLE)(intptr_t)descriptor->out;
}

ffi_error descriptor_open(struct descriptor *descriptor) {
    HANDLE event = CreateEventW(NULL, TRUE, FALSE, NULL);
    int    both  = (int)(intptr_t)event;
    *descriptor  = (struct descriptor){both, both};
    if (event) return FFI_ERROR_NONE;
    return ffi_fail(FFI_ERROR_SYSTEM, "cannot make the descriptor of a queue: CreateEvent fails with error %lu",
                    GetLastError());
}

void descriptor_close(struct descriptor *descriptor) {
    CloseHandle(handle_of(descriptor));
}

bool descriptor_set(const struct descriptor *descriptor) {
    DWORD saved = GetLastError();
    bool  good  = SetEvent(handle_of(descriptor));
    SetLastError(saved);
    return good;
}

bool descriptor_clear(const struct descriptor *descriptor) {
    DWORD saved = GetLastError();
    bool  good  = ResetEvent(handle_of(descriptor));
    SetLastError(saved);
    return good;
}

bool descriptor_wait(const struct descriptor *descriptor, uint32_t milliseconds) {
    return WaitForSingleObject(handle_of(descriptor), milliseconds) == WAIT_OBJECT_0;
}

/* ---- monitors ---- */

_Static_assert(sizeof(SRWLOCK) <= sizeof((struct monitor *)0)->lock, "too little memory");
_Static_assert(sizeof(CONDITION_VARIABLE) <= sizeof((struct monitor *)0)->condition, "too little memory");
_Static_assert(INFINITE == UINT32_MAX, "for ever");

static SRWLOCK *lock_of(struct monitor *monitor) {
    return (SRWLOCK *)(void *)monitor->lock;
}

static CONDITION_VARIABLE *condition_of(struct monitor *monitor) {
    return (CONDITION_VARIABLE *)(void *)monitor->condition;
}

bool monitor_init(struct monitor *monitor) {
    InitializeSRWLock(lock_of(monitor));
    InitializeConditionVariable(condition_of(monitor));
    return true;
}

void monitor_free(struct monitor *monitor) {
    (void)monitor;
}

void monitor_enter(struct monitor *monitor) {
    AcquireSRWLockExclusive(lock_of(monitor));
}

void monitor_leave(struct monitor *monitor) {
    ReleaseSRWLockExclusive(lock_of(monitor));
}

void monitor_wake(struct monitor *monitor) {
    WakeAllConditionVariable(condition_of(monitor));
}

bool monitor_wait(struct monitor *monitor, uint32_t milliseconds) {
    return SleepConditionVariableSRW(condition_of(monitor), lock_of(monitor), milliseconds, 0);
}

/* ---- threads ---- */

_Static_assert(sizeof(HANDLE) <= sizeof(struct thread), "too little memory");

struct beginning {
    void (*run)(void *data);
    void *data;
};

static unsigned __stdcall begin(void *userdata) {
    struct beginning beginning = *(struct beginning *)userdata;
    free(userdata);
    beginning.run(beginning.data);
    return 0;
}

int thread_start(struct thread *thread, void (*run)(void *data), void *data, size_t stack) {
    struct beginning *beginning = malloc(sizeof *beginning);
    if (!beginning) return ENOMEM;
    *beginning  = (struct beginning){run, data};
    HANDLE made = (HANDLE)_beginthreadex(NULL, (unsigned)stack, begin, beginning,
                                         stack ? STACK_SIZE_PARAM_IS_A_RESERVATION : 0, NULL);
    if (made) return memcpy(thread->memory, &made, sizeof made), 0;
    int error = errno;
    free(beginning);
    return error;
}

void thread_join(struct thread *thread) {
    HANDLE made;
    memcpy(&made, thread->memory, sizeof made);
    WaitForSingleObject(made, INFINITE);
    CloseHandle(made);
}

int keep_thread(void) {
    return 0;
}

void let_thread(int before) {
    (void)before;
}
