/* SPDX-License-Identifier: MIT */
/* elf.h for FreeBSD's loader. Its hints file lists folders, not libraries, so there is no cache. */
#include "os/elf.h"

struct cached loader_cached(const char *plain, const char *older_than) {
    (void)plain, (void)older_than;
    return (struct cached){0};
}
