/* SPDX-License-Identifier: MIT */
/* Descriptors on Linux: eventfd. The system calls are made without the C library's functions, in which a thread
 * may be cancelled. */
#define _GNU_SOURCE
#include "embed/os/system.h"

#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>

bool descriptor_open(struct descriptor *descriptor, const char **why) {
    int file    = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    *descriptor = (struct descriptor){file, file};
    if (file < 0) *why = strerror(errno);
    return file >= 0;
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
