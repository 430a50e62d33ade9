/* SPDX-License-Identifier: MIT */
/* elf.h for FreeBSD's loader. Its hints file lists folders, not libraries, so there is no cache. */
#include "os/elf.h"

void loader_cached(const char *plain, const char *older_than, struct cached *cached) {
    (void)plain, (void)older_than, (void)cached;
}
