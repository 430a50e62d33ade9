/* SPDX-License-Identifier: MIT */
/* Descriptors where there is no eventfd: a pipe, with one byte in it while the descriptor is set. */
#define _GNU_SOURCE
#include "embed/embed.h"
#include "embed/os/posix.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

const clockid_t clock_waits = CLOCK_REALTIME;

bool clock_choose(pthread_condattr_t *attributes) {
    (void)attributes; /* macOS can wait by the time of day only, which is the default */
    return true;
}

static bool prepare(int file) {
    return fcntl(file, F_SETFD, FD_CLOEXEC) == 0 && fcntl(file, F_SETFL, O_NONBLOCK) == 0;
}

ffi_error descriptor_open(struct descriptor *descriptor) {
    int files[2] = {-1, -1};
    int error    = pipe(files) ? errno : 0;
    *descriptor  = (struct descriptor){files[0], files[1]};
    if (!error && prepare(files[0]) && prepare(files[1])) return FFI_ERROR_NONE;
    if (!error) error = errno;
    descriptor_close(descriptor);
    return system_failed(error, "cannot make the descriptor of a queue");
}

void descriptor_close(struct descriptor *descriptor) {
    int before = keep_thread();
    if (descriptor->out >= 0) close(descriptor->out);
    if (descriptor->in >= 0) close(descriptor->in);
    let_thread(before);
}

bool descriptor_set(const struct descriptor *descriptor) {
    int     saved = errno, before = keep_thread();
    ssize_t written;
    do written = write(descriptor->in, "", 1);
    while (written < 0 && errno == EINTR);
    bool good = written == 1 || errno == EAGAIN;
    let_thread(before);
    errno = saved;
    return good;
}

bool descriptor_clear(const struct descriptor *descriptor) {
    char    bytes[64];
    int     saved = errno, before = keep_thread();
    ssize_t got;
    do got = read(descriptor->out, bytes, sizeof bytes);
    while (got > 0 || (got < 0 && errno == EINTR));
    bool good = got < 0 && errno == EAGAIN;
    let_thread(before);
    errno = saved;
    return good;
}
