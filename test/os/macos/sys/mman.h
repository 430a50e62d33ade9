/* SPDX-License-Identifier: MIT */
#pragma once
/* Of Apple's SDK; see ../stdio.h. */
#include <stddef.h>
typedef long long off_t;
#define PROT_NONE     0
#define PROT_READ     1
#define PROT_WRITE    2
#define MAP_PRIVATE   0x2
#define MAP_NORESERVE 0x40
#define MAP_ANONYMOUS 0x1000
#define MAP_FAILED    ((void *)-1)
void *mmap(void *, size_t, int, int, int, off_t);
int   mprotect(void *, size_t, int), munmap(void *, size_t);
