/* SPDX-License-Identifier: MIT */
/* Descriptors on Linux: eventfd. The system calls are made without the C library's functions, in which a thread
 * may be cancelled. */
#define _GNU_SOURCE
#include "embed/embed.h"
#include "embed/os/posix.h"

#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>

const clockid_t clock_waits = CLOCK_MONOTONIC;

bool clock_choose(pthread_condattr_t *attributes) {
    return pthread_condattr_setclock(attributes, CLOCK_MONOTONIC) == 0;
}

ffi_error descriptor_open(struct descriptor *descriptor) {
    int file    = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    *descriptor = (struct descriptor){file, file};
    return file < 0 ? system_failed(errno, "cannot make the descriptor of a queue") : FFI_ERROR_NONE;
}

void descriptor_close(struct descriptor *descriptor) {
    int before = keep_thread();
    if (descriptor->out >= 0) close(descriptor->out);
    let_thread(before);
}

/* EAGAIN: it is set, or it is clear, already. */
bool descriptor_set(const struct descriptor *descriptor) {
    static const uint64_t one   = 1;
    int                   saved = errno;
    bool good = syscall(SYS_write, descriptor->in, &one, sizeof one) == sizeof one || errno == EAGAIN;
    errno     = saved;
    return good;
}

bool descriptor_clear(const struct descriptor *descriptor) {
    uint64_t count;
    int      saved = errno;
    bool     good = syscall(SYS_read, descriptor->out, &count, sizeof count) == sizeof count || errno == EAGAIN;
    errno         = saved;
    return good;
}
