/* SPDX-License-Identifier: MIT */
/* Memory that ends where memory that cannot be read begins. */
#ifndef PAGES_H
#define PAGES_H

#include <stddef.h>

enum { PAGE = 4096 };

#ifdef _WIN32
#define WIN32_LEAN_AND_MEAN
#include <windows.h>

/* The end of `size` bytes, a multiple of PAGE; NULL if there is no memory. */
static inline unsigned char *readable_end(size_t size) {
    DWORD          former;
    unsigned char *memory = VirtualAlloc(NULL, size + PAGE, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
    return memory && VirtualProtect(memory + size, PAGE, PAGE_NOACCESS, &former) ? memory + size : NULL;
}
#else
#include <sys/mman.h>

static inline unsigned char *readable_end(size_t size) {
    unsigned char *memory = mmap(NULL, size + PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return memory != MAP_FAILED && !mprotect(memory + size, PAGE, PROT_NONE) ? memory + size : NULL;
}
#endif
#endif
