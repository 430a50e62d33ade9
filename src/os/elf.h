/* SPDX-License-Identifier: MIT */
/* The functions of os.h's ELF files that differ between systems and C libraries: linux_code.c with glibc.c and dlinfo.c,
 * linux_code.c with musl.c, or freebsd*.c with dlinfo.c implement them. */
#ifndef OS_ELF_H
#define OS_ELF_H

#include "os/os.h"

#include <link.h>

/* Compares the decimal numbers that two texts begin with. Numbers that are too large are equal. */
int compare_numbers(const char *a, const char *b);

/* Compares versions as strcmp compares texts: "1.2.9" comes before "1.2.13". */
int compare_versions(const char *a, const char *b);

/* Whether `text` is a version older than `older_than`; "" as `older_than` accepts every version. */
bool is_version_below(const char *text, const char *older_than);

/* The entries of the loader's cache for one library, such as "libm.so". */
struct cached {
    bool is_read;     /* the cache exists */
    bool comes_first; /* the loader searches no folder before the cache */
    bool has_plain;   /* the cache has the library without a version */
    char newest[32];  /* the newest version older than `older_than`: "6" for libm.so.6; "" if there is none */
};

/* Sets what the cache has in `*cached`, which is false and "" before. */
void loader_cached(const char *plain, const char *older_than, struct cached *cached);

/* Visits the folders that the loader searches, in its order, until a call returns true; then returns true. With
 * `beside_cache` it leaves out folders whose libraries are all in the cache. */
typedef bool folder_visitor(const char *folder, void *userdata);
bool         loader_folders(bool beside_cache, folder_visitor *visit, void *userdata);

/* The program's own headers, without a lock of the loader, which a child of fork may not be able to take. */
struct dl_phdr_info program_headers(void);

/* The names by which the program's file may be opened; NULL after the last. */
const char *program_file(size_t index);

/* Maps a page of code once more, at `at`, without its file. If the system cannot do it, it calls refuse(). */
bool page_duplicate(void *at, void *page, struct os_reason *reason);

/* Adds why one way to map a page failed; returns false. */
bool refuse(struct os_reason *reason, const char *what, const char *why);

#endif
