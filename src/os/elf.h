/* SPDX-License-Identifier: MIT */
/* The questions to which C libraries with ELF have different answers: glibc.c and musl.c. */
#ifndef OS_ELF_H
#define OS_ELF_H

#include "os/os.h"

/* Orders "1.2.13" behind "1.2.9". */
int compare_versions(const char *a, const char *b);

/* Whether text is a version that `older_than` is newer than; "" is newer than all. */
bool is_version_below(const char *text, const char *older_than);

/* The loader's cache about a library, such as "libm.so". */
struct cached {
    bool is_read;     /* there is a cache */
    bool comes_first; /* the loader searches no folder before it */
    bool has_plain;   /* it has the library without a version */
    char newest[32];  /* the newest version below `older_than`: "6" for libm.so.6; "" if it has none */
};

struct cached loader_cached(const char *plain, const char *older_than);

/* Visits the folders that the loader searches, in its order, until a call returns true, and then returns true.
 * `beside_cache` leaves out those of which the cache knows everything. */
typedef bool folder_visitor(const char *folder, void *userdata);
bool         loader_folders(bool beside_cache, folder_visitor *visit, void *userdata);

#endif
