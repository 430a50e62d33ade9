/* SPDX-License-Identifier: MIT */
/*
 * What the library asks of an operating system; posix*.c or win32*.c answer, and no other file knows one.
 * Texts about failures belong to the thread that failed, until its next call.
 */
#ifndef OS_H
#define OS_H

#include "ffi_invoke.h"

/* A lock that one thread holds at a time. Memory for it, not its type, so that this header needs no
 * system's headers. */
struct os_lock {
    _Alignas(16) unsigned char memory[64];
};

bool os_lock_init(struct os_lock *lock);
void os_lock_free(struct os_lock *lock);
void os_lock_take(struct os_lock *lock);
void os_lock_give(struct os_lock *lock);

/* A number of this process, never 0, which a child of fork has another one of; and the rest of the thread's
 * time to other threads. */
unsigned os_process(void);
void     os_yield(void);

/* Milliseconds of a clock that never goes back; the number begins again after seven weeks. */
uint32_t os_milliseconds(void);

/* Whether the system has an error code of the thread beside errno, and that code. */
extern const bool os_has_last_error;
unsigned          os_last_error(void);

/* The file names to try for a library's name, one after the other in the platform's order. Begin with
 * `name` alone set; each call that returns true leaves the next one in `file`. */
struct os_names {
    const char *name, *file;
    int         step, depth;
    char        version[32];
    char        buffer[256];
    char        meant[4096]; /* the library that a text in place of one names */
};

bool os_library_next(struct os_names *names);

/* Loads by file name with FFI_LIBRARY_ flags; NULL is the program itself. Loading one library twice
 * gives the same handle, and each needs its close. On failure NULL, and `*why` says what the loader did. */
void *os_library_open(const char *file, unsigned flags, const char **why);
void  os_library_close(void *handle);

/* The address of a symbol; `version` may be NULL. On failure NULL and the reason. */
void *os_library_symbol(void *handle, const char *name, const char *version, const char **why);

/* A loaded library in memory: its addresses, from `low` to below `high`, and what else the system's file wants
 * to know of it. All 0 if that cannot be told. */
struct os_image {
    uintptr_t   low, high, base;
    const void *headers;
    size_t      count;
};

struct os_image os_library_image(void *handle);

/* The kind of a symbol that os_library_symbol() found in the library of this image, or in another one that is
 * loaded; FFI_SYMBOL_UNKNOWN where no file tells. */
ffi_symbol_kind os_symbol_kind(const struct os_image *image, const char *name, const char *version,
                               const void *address);

/* Visits the exported symbols of one library. `*outside` is the number of those left out because they lie
 * outside the library's tables or memory; 0 if the visitor ended the visit. False, and the reason, if the table
 * cannot be read. */
bool os_library_symbols(void *handle, ffi_symbol_visitor *visit, void *userdata, size_t *outside,
                        const char **why);

/* ---- memory for trampolines ---- */

size_t os_page_size(void);

/* A region of `size` bytes, a power of two that it is aligned to: nothing below `data`, zeroed memory from
 * there on. NULL and the reason on failure. */
void *os_region_map(size_t size, size_t data, const char **why);
void  os_region_unmap(void *region, size_t size);

/* Makes part of a region read-only, or writable again. False and the reason on failure. */
bool os_region_protect(void *at, size_t size, bool writable, const char **why);

/* Keeps the library that has this address loaded until the process ends, if it is one that could go.
 * The program itself cannot, and the loader is not asked. */
void os_code_keep(const void *address);

/* Has a page of the library's own code once more, at `at` in a region. No memory is writable and executable; on
 * POSIX systems none is made executable that was written. False and the reason on failure. */
bool os_code_copy(void *at, const void *page, const char **why);

#endif
