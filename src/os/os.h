/* SPDX-License-Identifier: MIT */
/*
 * The functions that the library needs from an operating system. Files named after systems and what they have in
 * common implement them (the Makefile's os.* lists them); no other file knows a system. A text about a failure is
 * valid until the thread's next call.
 */
#ifndef OS_H
#define OS_H

#include "ffi_invoke.h"

/* A lock that one thread holds at a time. It is plain memory, so that this header includes no header of a
 * system. */
struct os_lock {
    _Alignas(16) unsigned char memory[64];
};

bool os_lock_init(struct os_lock *lock);
void os_lock_free(struct os_lock *lock);
void os_lock_take(struct os_lock *lock);
void os_lock_give(struct os_lock *lock);

/* os_process() returns a number of this process, never 0; a child of fork has another number. os_yield() lets
 * other threads run. */
unsigned os_process(void);
void     os_yield(void);

/* Milliseconds of a monotonic clock. The number wraps around after seven weeks. */
uint32_t os_milliseconds(void);

/* Nanoseconds of a monotonic clock. */
uint64_t os_nanoseconds(void);

/* Whether the system has an error code per thread beside errno (Windows' GetLastError()); its value; and what
 * sets it. */
extern const bool os_has_last_error;
unsigned          os_last_error(void);
void              os_set_last_error(unsigned error);

/* Iterates over the file names to try for a library's name, in the platform's order, from os_names_begin() on. Each
 * call of os_library_next() that returns true leaves the next file name in `file`. */
struct os_names {
    const char *name, *file;
    int         step, depth;
    char        version[32];
    char        buffer[256];
    char        meant[4096]; /* the library that a linker script names */
};

static inline void os_names_begin(struct os_names *names, const char *name) {
    names->name       = name;
    names->file       = NULL;
    names->step       = 0;
    names->depth      = 0;
    names->version[0] = 0; /* the buffers stay as they are: zeroing all takes longer than finding a name */
}

bool os_library_next(struct os_names *names);

/* Loads a library by its file name, with FFI_LIBRARY_... flags. NULL means the program itself. A second load
 * returns the same handle; each load needs its own close. On failure it returns NULL, and `*why` is the
 * loader's reason. */
void *os_library_open(const char *file, unsigned flags, const char **why);
void  os_library_close(void *handle);

/* The address of a symbol. `version` may be NULL. On failure it returns NULL and sets `*why`. */
void *os_library_symbol(void *handle, const char *name, const char *version, const char **why);

/* A loaded library in memory: its addresses, from `low` to below `high`. The other members belong to the
 * system's file. All members are 0 if the system does not know the library. */
struct os_image {
    uintptr_t   low, high, base;
    const void *headers, *dynamic;
    size_t      count;
};

struct os_image os_library_image(void *handle);

/* The kind of a symbol that os_library_symbol() found, in the library of this image or in another loaded one.
 * FFI_SYMBOL_UNKNOWN if no file records it. */
ffi_symbol_kind os_symbol_kind(const struct os_image *image, const char *name, const char *version,
                               const void *address);

/* Visits the exported symbols of one library. Symbols outside the library's tables or memory are left out;
 * `*outside` is their number, or 0 if the visitor ended the visit. If the table cannot be read it returns false
 * and sets `*why`. */
bool os_library_symbols(void *handle, ffi_symbol_visitor *visit, void *userdata, size_t *outside,
                        const char **why);

/* A file by what it is, not by its name. */
struct os_file {
    uint64_t number;         /* on its device; never 0 */
    uint64_t device, mapped; /* the device's numbers, as files and as memory have it */
    char     path[4096];     /* its real path now */
};

/* The file at a path, NULL for the program's; and the one whose memory has an address. False if there is none.
 */
bool os_file_of_path(const char *path, struct os_file *file);
bool os_file_of_address(const void *address, struct os_file *file);

/* ---- memory for trampolines ---- */

size_t os_page_size(void);

/* Maps a region of `size` bytes, aligned to its size, a power of two. Below `data` it has no memory; from there
 * on it has zeroed memory. If `beside` is not NULL, it searches for room near that address of code. On failure it
 * returns NULL and sets `*why`. */
void *os_region_map(const void *beside, size_t size, size_t data, const char **why);
void  os_region_unmap(void *region, size_t size);

/* Makes part of a region read-only, or writable again. On failure it returns false and sets `*why`. */
bool os_region_protect(void *at, size_t size, bool writable, const char **why);

/* Keeps the library that contains this address loaded until the process ends. Does nothing if the program
 * itself contains it. */
void os_code_keep(const void *address);

/* The reason of a failure, in the caller's memory: it may be composed in `text`. */
struct os_reason {
    const char *why;
    char        text[600];
};

/* Maps a page of the library's own code once more, at `at` in a region. No memory is ever writable and
 * executable; on POSIX systems no written memory becomes executable. On failure it returns false and sets
 * `*reason`. */
bool os_code_copy(void *at, const void *page, struct os_reason *reason);

#endif
