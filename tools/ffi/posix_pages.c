/* SPDX-License-Identifier: MIT */
/* Memory on pages of its own, between pages that nobody can access. */
#define _DEFAULT_SOURCE
#include "system.h"

#include <sys/mman.h>
#include <unistd.h>

#ifndef MAP_ANONYMOUS
#define MAP_ANONYMOUS MAP_ANON
#endif

bool system_pages(struct pages *pages, size_t size, size_t alignment) {
    size_t page  = (size_t)sysconf(_SC_PAGESIZE);
    size_t inner = (size + page - 1) / page * page;
    if (alignment < page) alignment = page;
    size_t whole = page + alignment + inner + page;
    void  *begin = mmap(NULL, whole, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (begin == MAP_FAILED) return false;
    uintptr_t at = ((uintptr_t)begin + page + alignment - 1) / alignment * alignment;
    *pages       = (struct pages){.begin = begin, .size = whole, .at = (unsigned char *)at};
    return !mprotect(pages->at, inner, PROT_READ | PROT_WRITE) || (system_pages_free(pages), false);
}

/* A new mapping in the old one's place has no bytes; mprotect() alone would keep those there are. */
void system_pages_close(const struct pages *pages) {
    int   flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED;
    void *again = mmap(pages->begin, pages->size, PROT_NONE, flags, -1, 0);
    if (again == MAP_FAILED) (void)mprotect(pages->begin, pages->size, PROT_NONE);
}

void system_pages_free(const struct pages *pages) {
    munmap(pages->begin, pages->size);
}
