/* SPDX-License-Identifier: MIT */
/*
 * A library to preload. It writes to the file that PAGES names that a process loaded it, and which of its libraries asked the
 * system for memory that is writable and executable: what a client maps itself differs thus from what libffi maps.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

static void note(const char *what) {
    char        line[4200];
    const char *path   = getenv("PAGES");
    int         file   = path ? open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666) : -1;
    int         length = snprintf(line, sizeof line, "%s\n", what);
    if (file < 0) return;
    if (write(file, line, (size_t)length) != length) abort();
    close(file);
}

__attribute__((constructor)) static void begin(void) {
    note("process");
}

static void check(int protection, const void *caller) {
    Dl_info info = {.dli_fname = NULL};
    if ((protection & (PROT_WRITE | PROT_EXEC)) != (PROT_WRITE | PROT_EXEC)) return;
    dladdr(caller, &info);
    note(info.dli_fname ? info.dli_fname : "?");
}

void *mmap(void *address, size_t size, int protection, int flags, int file, off_t offset) {
    check(protection, __builtin_return_address(0));
    return (void *)syscall(SYS_mmap, address, size, protection, flags, file, offset);
}

void *mmap64(void *address, size_t size, int protection, int flags, int file, off_t offset) {
    check(protection, __builtin_return_address(0));
    return (void *)syscall(SYS_mmap, address, size, protection, flags, file, offset);
}

int mprotect(void *address, size_t size, int protection) {
    check(protection, __builtin_return_address(0));
    return (int)syscall(SYS_mprotect, address, size, protection);
}
