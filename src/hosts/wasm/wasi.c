/* SPDX-License-Identifier: MIT */
/*
 * What a plain C program needs of WASI preview 1 (wasi_snapshot_preview1): the standard streams, arguments,
 * environment, clocks, random bytes, exit. No folder is opened to the module; files are for the functions of C
 * that it imports and is allowed.
 */
#define _GNU_SOURCE
#include "host.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

/* WASI's numbers of errors. */
enum { SUCCESS = 0, BADF = 8, FAULT = 21, INVAL = 28, IO = 29, SPIPE = 70 };

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

/* fd_write(fd, vectors, count, written), and fd_read: one system call, which may transfer a part. */
static bool transfer(wasm_host *host, const wasm_value *args, wasm_value *result, bool out) {
    struct iovec vectors[64]; /* those that are left out are such a part */
    uint32_t     count = args[2].u32 < 64 ? args[2].u32 : 64;
    void        *total;
    if (out ? args[0].u32 != 1 && args[0].u32 != 2 : args[0].u32 != 0) return answer(result, BADF);
    if (wasm_address(host, args[3].u32, 4, 0, &total)) return answer(result, FAULT);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t pair[2];
        void    *vector;
        if (wasm_address(host, args[1].u32 + 8 * (uint64_t)i, 8, 0, &vector)) return answer(result, FAULT);
        memcpy(pair, vector, 8);
        if (wasm_address(host, pair[0], pair[1], 0, &vectors[i].iov_base)) return answer(result, FAULT);
        vectors[i].iov_len = pair[1];
    }
    ssize_t done;
    do done = out ? writev(args[0].i32, vectors, (int)count) : readv(0, vectors, (int)count);
    while (done < 0 && errno == EINTR);
    if (done < 0) return answer(result, IO);
    memcpy(total, &(uint32_t){(uint32_t)done}, 4);
    return answer(result, SUCCESS);
}

static bool fd_write(wasm_host *host, const wasm_value *args, wasm_value *result) {
    return transfer(host, args, result, true);
}

static bool fd_read(wasm_host *host, const wasm_value *args, wasm_value *result) {
    return transfer(host, args, result, false);
}

/* 24 bytes: type 2 is a character device, flags, two words of rights. */
static bool fd_fdstat_get(wasm_host *host, const wasm_value *args, wasm_value *result) {
    void *stat;
    if (args[0].u32 > 2) return answer(result, BADF);
    if (wasm_address(host, args[1].u32, 24, 0, &stat)) return answer(result, FAULT);
    memset(stat, 0, 24);
    *(uint8_t *)stat = isatty(args[0].i32) ? 2 : 0;
    memset((char *)stat + 8, 0xff, 16);
    return answer(result, SUCCESS);
}

static bool fd_seek(wasm_host *host, const wasm_value *args, wasm_value *result) {
    (void)host;
    return answer(result, args[0].u32 > 2 ? BADF : SPIPE);
}

static bool fd_close(wasm_host *host, const wasm_value *args, wasm_value *result) {
    (void)host;
    return answer(result, args[0].u32 > 2 ? BADF : SUCCESS);
}

static bool no_file(wasm_host *host, const wasm_value *args, wasm_value *result) {
    (void)host, (void)args;
    return answer(result, BADF);
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

static const clockid_t clocks[] = {CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_PROCESS_CPUTIME_ID,
                                   CLOCK_THREAD_CPUTIME_ID};

static bool clock_time(wasm_host *host, uint32_t clock, uint32_t at, wasm_value *result, bool resolution) {
    struct timespec time;
    if (clock >= sizeof clocks / sizeof *clocks) return answer(result, INVAL);
    if (resolution ? clock_getres(clocks[clock], &time) : clock_gettime(clocks[clock], &time))
        return answer(result, INVAL);
    return answer(result, put64(host, at, (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec) ? SUCCESS
                                                                                                       : FAULT);
}

static bool clock_time_get(wasm_host *host, const wasm_value *args, wasm_value *result) {
    return clock_time(host, args[0].u32, args[2].u32, result, false);
}

static bool clock_res_get(wasm_host *host, const wasm_value *args, wasm_value *result) {
    return clock_time(host, args[0].u32, args[1].u32, result, true);
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

static bool proc_exit(wasm_host *host, const wasm_value *args, wasm_value *result) {
    (void)result;
    host->exited      = true;
    host->exit_status = args[0].i32;
    return ffi_fail(FFI_ERROR_CANCELLED, "the module ended itself"), false;
}

const struct wasm_builtin wasm_wasi[] = {
    {"fd_write", "iiii", "i", fd_write},
    {"fd_read", "iiii", "i", fd_read},
    {"fd_close", "i", "i", fd_close},
    {"fd_seek", "iIii", "i", fd_seek},
    {"fd_fdstat_get", "ii", "i", fd_fdstat_get},
    {"fd_fdstat_set_flags", "ii", "i", no_file},
    {"fd_filestat_get", "ii", "i", no_file},
    {"fd_prestat_get", "ii", "i", no_file},
    {"fd_prestat_dir_name", "iii", "i", no_file},
    {"path_open", "iiiiiIIii", "i", no_file},
    {"path_filestat_get", "iiiii", "i", no_file},
    {"path_unlink_file", "iii", "i", no_file},
    {"path_remove_directory", "iii", "i", no_file},
    {"args_sizes_get", "ii", "i", args_sizes_get},
    {"args_get", "ii", "i", args_get},
    {"environ_sizes_get", "ii", "i", environ_sizes_get},
    {"environ_get", "ii", "i", environ_get},
    {"clock_time_get", "iIi", "i", clock_time_get},
    {"clock_res_get", "ii", "i", clock_res_get},
    {"random_get", "ii", "i", random_get},
    {"sched_yield", "", "i", sched_yield_},
    {"proc_exit", "i", "", proc_exit},
    {NULL, NULL, NULL, NULL},
};
