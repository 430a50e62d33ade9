/* SPDX-License-Identifier: MIT */
/*
 * What a plain C program needs of WASI preview 1 (wasi_snapshot_preview1): the standard streams, arguments,
 * environment, clocks, waiting, random bytes, exit. No folder is opened to the module; files are for the functions of C
 * that it imports and is allowed.
 */
#define _GNU_SOURCE
#include "host.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

/* WASI's numbers of errors. */
enum { SUCCESS = 0, BADF = 8, FAULT = 21, INVAL = 28, IO = 29, NOSYS = 52, NOTSUP = 58 };

/* The number of an errno of the system; most have none here. */
static int number_of(int error) {
    static const unsigned char numbers[][2] = {{EAGAIN, 6},  {EBADF, BADF},   {EFBIG, 22},
                                               {EINTR, 27},  {EINVAL, INVAL}, {EISDIR, 31},
                                               {ENOSPC, 51}, {EPIPE, 64},     {ESPIPE, 70}};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        if (numbers[i][0] == error) return numbers[i][1];
    return IO;
}

static bool answer(wasm_value *result, int number) {
    result->i32 = number;
    return true;
}

static bool put32(wasm_host *host, uint64_t at, uint32_t value) {
    void *memory;
    return !wasm_address(host, at, 4, 0, &memory) && memcpy(memory, &value, 4);
}

static bool put64(wasm_host *host, uint32_t at, uint64_t value) {
    void *memory;
    return !wasm_address(host, at, 8, 0, &memory) && memcpy(memory, &value, 8);
}

/* The module has the standard streams of the process until it closes them. */
static bool is_open(const wasm_host *host, uint32_t file) {
    return file <= 2 && !(host->closed >> file & 1);
}

/* What becomes readable when the module is stopped. Who makes it looks afterwards whether that has happened. */
static int waker_of(wasm_host *host) {
    int ends[2];
    if (!host->wake) {
        if (pipe2(ends, O_CLOEXEC | O_NONBLOCK)) return -1; /* then only a signal ends a wait */
        host->waker = ends[0];
        host->wake  = ends[1] + 1;
    }
    return host->waker;
}

/* Waits until a stream can be read or written, if it does not refuse to wait. False with errno; EINTR: the module was stopped. */
static bool wait_for(wasm_host *host, int stream, short events) {
    struct pollfd both[] = {{.fd = stream, .events = events}, {.fd = waker_of(host), .events = POLLIN}};
    if (fcntl(stream, F_GETFL) & O_NONBLOCK) return true;
    while (!host->stopped) {
        int ready = poll(both, 2, -1);
        if (ready > 0 && !host->stopped) return true;
        if (ready < 0 && errno != EINTR) return false;
    }
    errno = EINTR;
    return false;
}

/* fd_write(fd, vectors, count, written), and fd_read: one system call, which may transfer a part. */
static bool transfer(wasm_host *host, const wasm_value *args, wasm_value *result, bool out) {
    struct iovec vectors[64]; /* those that are left out are such a part */
    uint32_t     count = 0;
    void        *total;
    if (!is_open(host, args[0].u32) || out != (args[0].u32 > 0)) return answer(result, BADF);
    if (wasm_address(host, args[3].u32, 4, 0, &total)) return answer(result, FAULT);
    for (uint64_t i = 0; i < args[2].u32 && count < 64; i++) {
        uint32_t pair[2];
        void    *vector;
        if (wasm_address(host, args[1].u32 + 8 * i, 8, 0, &vector)) return answer(result, FAULT);
        memcpy(pair, vector, 8);
        if (wasm_address(host, pair[0], pair[1], 0, &vectors[count].iov_base)) return answer(result, FAULT);
        vectors[count].iov_len = pair[1];
        count += pair[1] > 0; /* a part of nothing would mean the end */
    }
    ssize_t done;
    do {
        if (count && !wait_for(host, args[0].i32, out ? POLLOUT : POLLIN))
            return answer(result, number_of(errno));
        done = out ? writev(args[0].i32, vectors, (int)count) : readv(0, vectors, (int)count);
    } while (done < 0 && errno == EINTR);
    if (done < 0) return answer(result, number_of(errno));
    memcpy(total, &(uint32_t){(uint32_t)done}, 4);
    return answer(result, SUCCESS);
}

static bool fd_write(wasm_host *host, const wasm_value *args, wasm_value *result) {
    return transfer(host, args, result, true);
}

static bool fd_read(wasm_host *host, const wasm_value *args, wasm_value *result) {
    return transfer(host, args, result, false);
}

static uint8_t type_of(mode_t mode) {
    return S_ISCHR(mode) ? 2 : S_ISDIR(mode) ? 3 : S_ISREG(mode) ? 4 : S_ISSOCK(mode) ? 6 : 0;
}

/* 24 bytes: a type, flags, two words of rights, the second for what a folder opens. wasi-libc finds in the rights whether
 * a stream can be read and written. It takes a character device without those to seek and to tell for a terminal. */
static bool fd_fdstat_get(wasm_host *host, const wasm_value *args, wasm_value *result) {
    enum {
        READ  = 1 << 1,
        SEEK  = 1 << 2,
        SYNC  = 1 << 4,
        TELL  = 1 << 5,
        WRITE = 1 << 6,
        STAT  = 1 << 21,
        WAIT  = 1 << 27
    };
    enum { APPEND = 1 << 16, NONBLOCK = 4 << 16 }; /* where the flags lie in the first word */
    struct stat status;
    void       *memory;
    if (!is_open(host, args[0].u32)) return answer(result, BADF);
    int flags = fcntl(args[0].i32, F_GETFL);
    if (flags < 0 || fstat(args[0].i32, &status)) return answer(result, number_of(errno));
    if (wasm_address(host, args[1].u32, 24, 0, &memory)) return answer(result, FAULT);
    uint64_t word =
        type_of(status.st_mode) | (flags & O_APPEND ? APPEND : 0) | (flags & O_NONBLOCK ? NONBLOCK : 0);
    uint64_t rights = SYNC | STAT | WAIT | (args[0].u32 ? WRITE : READ);
    if (lseek(args[0].i32, 0, SEEK_CUR) >= 0) rights |= SEEK | TELL;
    memcpy(memory, (uint64_t[]){word, rights, 0}, 24);
    return answer(result, SUCCESS);
}

static uint64_t nanoseconds(struct timespec time) {
    return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

/* Eight words: device, inode, type, links, size, and the times of access, of change, and of the change of these. */
static bool fd_filestat_get(wasm_host *host, const wasm_value *args, wasm_value *result) {
    struct stat status;
    void       *memory;
    if (!is_open(host, args[0].u32)) return answer(result, BADF);
    if (fstat(args[0].i32, &status)) return answer(result, number_of(errno));
    if (wasm_address(host, args[1].u32, 64, 0, &memory)) return answer(result, FAULT);
    memcpy(memory,
           (uint64_t[]){status.st_dev, status.st_ino, type_of(status.st_mode), status.st_nlink,
                        (uint64_t)status.st_size, nanoseconds(status.st_atim), nanoseconds(status.st_mtim),
                        nanoseconds(status.st_ctim)},
           64);
    return answer(result, SUCCESS);
}

static bool seek(wasm_host *host, uint32_t file, int64_t offset, uint32_t from, uint32_t at,
                 wasm_value *result) {
    static const int origins[] = {SEEK_SET, SEEK_CUR, SEEK_END};
    if (!is_open(host, file)) return answer(result, BADF);
    if (from > 2) return answer(result, INVAL);
    off_t now = lseek((int)file, offset, origins[from]);
    if (now < 0) return answer(result, number_of(errno));
    return answer(result, put64(host, at, (uint64_t)now) ? SUCCESS : FAULT);
}

static bool fd_seek(wasm_host *host, const wasm_value *args, wasm_value *result) {
    return seek(host, args[0].u32, args[1].i64, args[2].u32, args[3].u32, result);
}

static bool fd_tell(wasm_host *host, const wasm_value *args, wasm_value *result) {
    return seek(host, args[0].u32, 0, 1, args[1].u32, result);
}

/* The process keeps its stream. */
static bool fd_close(wasm_host *host, const wasm_value *args, wasm_value *result) {
    if (!is_open(host, args[0].u32)) return answer(result, BADF);
    host->closed |= 1u << args[0].u32;
    return answer(result, SUCCESS);
}

static bool fd_sync(wasm_host *host, const wasm_value *args, wasm_value *result) {
    if (!is_open(host, args[0].u32)) return answer(result, BADF);
    return answer(result, fsync(args[0].i32) ? number_of(errno) : SUCCESS);
}

/* What only files have that the module has opened. */
static bool no_file(wasm_host *host, const wasm_value *args, wasm_value *result) {
    return answer(result, is_open(host, args[0].u32) ? NOTSUP : BADF);
}

static bool texts_sizes(wasm_host *host, char **texts, const wasm_value *args, wasm_value *result) {
    uint32_t count = 0, bytes = 0;
    for (; texts && texts[count]; count++) bytes += (uint32_t)strlen(texts[count]) + 1;
    return answer(result, put32(host, args[0].u32, count) && put32(host, args[1].u32, bytes) ? SUCCESS : FAULT);
}

static bool texts_get(wasm_host *host, char **texts, const wasm_value *args, wasm_value *result) {
    uint64_t list = args[0].u32, at = args[1].u32;
    void    *memory;
    for (; texts && *texts; texts++, list += 4) {
        size_t size = strlen(*texts) + 1;
        if (!put32(host, list, (uint32_t)at) || wasm_address(host, at, size, 0, &memory))
            return answer(result, FAULT);
        memcpy(memory, *texts, size);
        at += size;
    }
    return answer(result, SUCCESS);
}

static bool args_sizes_get(wasm_host *host, const wasm_value *args, wasm_value *result) {
    return texts_sizes(host, host->argv, args, result);
}

static bool args_get(wasm_host *host, const wasm_value *args, wasm_value *result) {
    return texts_get(host, host->argv, args, result);
}

static bool environ_sizes_get(wasm_host *host, const wasm_value *args, wasm_value *result) {
    return texts_sizes(host, host->environment, args, result);
}

static bool environ_get(wasm_host *host, const wasm_value *args, wasm_value *result) {
    return texts_get(host, host->environment, args, result);
}

enum { MONOTONIC = 1 };

static const clockid_t clocks[] = {CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_PROCESS_CPUTIME_ID,
                                   CLOCK_THREAD_CPUTIME_ID};

static bool clock_time(wasm_host *host, uint32_t clock, uint32_t at, wasm_value *result, bool resolution) {
    struct timespec time;
    if (clock >= sizeof clocks / sizeof *clocks) return answer(result, INVAL);
    if (resolution ? clock_getres(clocks[clock], &time) : clock_gettime(clocks[clock], &time))
        return answer(result, INVAL);
    return answer(result, put64(host, at, nanoseconds(time)) ? SUCCESS : FAULT);
}

static bool clock_time_get(wasm_host *host, const wasm_value *args, wasm_value *result) {
    return clock_time(host, args[0].u32, args[2].u32, result, false);
}

static bool clock_res_get(wasm_host *host, const wasm_value *args, wasm_value *result) {
    return clock_time(host, args[0].u32, args[1].u32, result, true);
}

/* ---- poll_oneoff ---- */

/* As they lie in the memory, of 48 and 32 bytes. */
struct subscription {
    uint64_t user, type;   /* POLL_ in the lowest byte of the type */
    uint32_t what, unused; /* a clock or a stream */
    uint64_t timeout, precision;
    uint16_t flags, unused_too[3];
};

struct event {
    uint64_t user;
    uint16_t error;
    uint8_t  type, zeroes[5];
    uint64_t bytes;
    uint16_t flags, more_zeroes[3];
};

_Static_assert(sizeof(struct subscription) == 48 && sizeof(struct event) == 32, "WASI preview 1");

enum { POLL_CLOCK, POLL_READ, POLL_WRITE, POLL_ABSOLUTE = 1 };

static uint64_t time_of(uint32_t clock) {
    struct timespec now;
    return clock_gettime(clocks[clock], &now) ? 0 : nanoseconds(now);
}

/* How long a subscription still waits that has waited for `waited`, in nanoseconds. 0: its event is there; UINT64_MAX:
 * only its stream knows. */
static uint64_t left_of(const wasm_host *host, const struct subscription *of, uint64_t waited, int *error) {
    *error = SUCCESS;
    if ((of->type & 0xff) > POLL_WRITE) return *error = INVAL, 0;
    if ((of->type & 0xff) != POLL_CLOCK) return is_open(host, of->what) ? UINT64_MAX : (*error = BADF, 0);
    if (of->what > 1) return *error = INVAL, 0;
    if (of->flags & POLL_ABSOLUTE) waited = time_of(of->what);
    return of->timeout > waited ? of->timeout - waited : 0;
}

static struct subscription subscription_at(const void *all, uint32_t index) {
    struct subscription one;
    memcpy(&one, (const char *)all + sizeof one * index, sizeof one);
    return one;
}

static bool is_of_stream(const struct subscription *of, int error) {
    return (of->type & 0xff) != POLL_CLOCK && !error;
}

static int events_of(const struct subscription *of) {
    return (of->type & 0xff) == POLL_READ ? POLLIN : POLLOUT;
}

static struct event event_of(const struct subscription *of, int ready, int error) {
    enum { HANGUP = 1 };
    struct event event = {.user = of->user, .error = (uint16_t)error, .type = (uint8_t)of->type};
    int          bytes = 0;
    if (ready & POLLNVAL) event.error = BADF;
    if (ready & POLLHUP) event.flags = HANGUP;
    if (ready & POLLIN && !ioctl((int)of->what, FIONREAD, &bytes) && bytes > 0) event.bytes = (uint64_t)bytes;
    return event;
}

/* Waits once for the first of `count` subscriptions, and writes the events that are there. Their number; -1 with errno. */
static int64_t poll_once(wasm_host *host, const void *in, char *out, uint32_t count, uint64_t start) {
    struct pollfd streams[4] = {{.fd = -1}, {.fd = -1}, {.fd = -1}, {.fd = waker_of(host), .events = POLLIN}};
    uint64_t      least = UINT64_MAX, waited = time_of(MONOTONIC) - start;
    int64_t       there = 0;
    int           error;
    for (uint32_t i = 0; i < count; i++) {
        struct subscription one  = subscription_at(in, i);
        uint64_t            left = left_of(host, &one, waited, &error);
        least                    = left < least ? left : least;
        if (!is_of_stream(&one, error)) continue;
        struct pollfd *stream = &streams[one.what];
        stream->fd            = (int)one.what;
        stream->events        = (short)(stream->events | events_of(&one));
    }
    struct timespec wait = {(time_t)(least / 1000000000), (long)(least % 1000000000)};
    if (host->stopped) return errno = EINTR, -1;
    if (ppoll(streams, 4, least == UINT64_MAX ? NULL : &wait, NULL) < 0) return -1;
    waited = time_of(MONOTONIC) - start;
    for (uint32_t i = 0; i < count; i++) {
        struct subscription one   = subscription_at(in, i);
        uint64_t            left  = left_of(host, &one, waited, &error);
        int                 ready = events_of(&one) | POLLERR | POLLHUP | POLLNVAL;
        ready &= is_of_stream(&one, error) ? streams[one.what].revents : 0;
        if (left && !ready) continue;
        struct event event = event_of(&one, ready, error);
        memcpy(out + sizeof event * (size_t)there++, &event, sizeof event);
    }
    return there;
}

/* Signals of the process do not end it, nor a clock that is set back. */
static bool poll_oneoff(wasm_host *host, const wasm_value *args, wasm_value *result) {
    uint32_t count = args[2].u32;
    uint64_t start = time_of(MONOTONIC);
    int64_t  there = 0;
    void    *in, *out;
    if (!count) return answer(result, INVAL);
    if (wasm_address(host, args[0].u32, sizeof(struct subscription) * count, 0, &in) ||
        wasm_address(host, args[1].u32, sizeof(struct event) * count, 0, &out))
        return answer(result, FAULT);
    while (there <= 0) {
        there = poll_once(host, in, out, count, start);
        if (there < 0 && (errno != EINTR || host->stopped)) return answer(result, number_of(errno));
    }
    return answer(result, put32(host, args[3].u32, (uint32_t)there) ? SUCCESS : FAULT);
}

static bool random_get(wasm_host *host, const wasm_value *args, wasm_value *result) {
    void *at;
    if (wasm_address(host, args[0].u32, args[1].u32, 0, &at)) return answer(result, FAULT);
    for (size_t done = 0; done < args[1].u32;) {
        ssize_t got = getrandom((char *)at + done, args[1].u32 - done, 0);
        if (got < 0 && errno != EINTR) return answer(result, IO);
        done += got > 0 ? (size_t)got : 0;
    }
    return answer(result, SUCCESS);
}

static bool sched_yield_(wasm_host *host, const wasm_value *args, wasm_value *result) {
    (void)host, (void)args;
    return answer(result, SUCCESS);
}

static bool proc_raise(wasm_host *host, const wasm_value *args, wasm_value *result) {
    (void)host, (void)args;
    return answer(result, NOSYS);
}

static bool proc_exit(wasm_host *host, const wasm_value *args, wasm_value *result) {
    (void)result;
    host->exited      = true;
    host->exit_status = args[0].i32;
    return ffi_fail(FFI_ERROR_CANCELLED, "the module ended itself"), false;
}

const struct wasm_builtin wasm_wasi[] = {
    {"fd_advise", "iIIi", "i", no_file},
    {"fd_allocate", "iII", "i", no_file},
    {"fd_close", "i", "i", fd_close},
    {"fd_datasync", "i", "i", fd_sync},
    {"fd_fdstat_get", "ii", "i", fd_fdstat_get},
    {"fd_fdstat_set_flags", "ii", "i", no_file},
    {"fd_fdstat_set_rights", "iII", "i", no_file},
    {"fd_filestat_get", "ii", "i", fd_filestat_get},
    {"fd_filestat_set_size", "iI", "i", no_file},
    {"fd_filestat_set_times", "iIIi", "i", no_file},
    {"fd_pread", "iiiIi", "i", no_file},
    {"fd_prestat_dir_name", "iii", "i", no_file},
    {"fd_prestat_get", "ii", "i", no_file},
    {"fd_pwrite", "iiiIi", "i", no_file},
    {"fd_read", "iiii", "i", fd_read},
    {"fd_readdir", "iiiIi", "i", no_file},
    {"fd_renumber", "ii", "i", no_file},
    {"fd_seek", "iIii", "i", fd_seek},
    {"fd_sync", "i", "i", fd_sync},
    {"fd_tell", "ii", "i", fd_tell},
    {"fd_write", "iiii", "i", fd_write},
    {"path_create_directory", "iii", "i", no_file},
    {"path_filestat_get", "iiiii", "i", no_file},
    {"path_filestat_set_times", "iiiiIIi", "i", no_file},
    {"path_link", "iiiiiii", "i", no_file},
    {"path_open", "iiiiiIIii", "i", no_file},
    {"path_readlink", "iiiiii", "i", no_file},
    {"path_remove_directory", "iii", "i", no_file},
    {"path_rename", "iiiiii", "i", no_file},
    {"path_symlink", "iiiii", "i", no_file},
    {"path_unlink_file", "iii", "i", no_file},
    {"sock_accept", "iii", "i", no_file},
    {"sock_recv", "iiiiii", "i", no_file},
    {"sock_send", "iiiii", "i", no_file},
    {"sock_shutdown", "ii", "i", no_file},
    {"args_sizes_get", "ii", "i", args_sizes_get},
    {"args_get", "ii", "i", args_get},
    {"environ_sizes_get", "ii", "i", environ_sizes_get},
    {"environ_get", "ii", "i", environ_get},
    {"clock_time_get", "iIi", "i", clock_time_get},
    {"clock_res_get", "ii", "i", clock_res_get},
    {"poll_oneoff", "iiii", "i", poll_oneoff},
    {"random_get", "ii", "i", random_get},
    {"sched_yield", "", "i", sched_yield_},
    {"proc_raise", "i", "i", proc_raise},
    {"proc_exit", "i", "", proc_exit},
    {NULL, NULL, NULL, NULL},
};
