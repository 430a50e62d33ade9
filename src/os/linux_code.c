/* SPDX-License-Identifier: MIT */
/*
 * elf.h on Linux: the program's own headers and file, and a page of code that is mapped again without a file.
 *
 * mremap() with MREMAP_DONTUNMAP moves the page to a new address; the old mapping is then filled from its file
 * again. This needs no name and no open file: it works if the library's file was deleted or replaced, and without
 * /proc. It passes PR_SET_MDWE, and filters of mprotect() and of anonymous executable memory. Linux supports it for
 * files since 5.13. Older kernels unmap the memory at a requested address and then fail, so the first move lets the
 * kernel choose the address. It is not possible in a program that has moved its code to anonymous memory, as some
 * do to get large pages.
 */
#define _GNU_SOURCE
#include "os/elf.h"
#include "os/spin.h"

#include <errno.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>

/* PT_PHDR gives the load address; without it, the program headers follow the ELF header in the first segment. */
struct dl_phdr_info program_headers(void) {
    const ElfW(Phdr) *segments = (const void *)getauxval(AT_PHDR);
    size_t    count            = getauxval(AT_PHNUM);
    uintptr_t base             = 0;
    for (const ElfW(Phdr) *segment = segments; segment < segments + count; segment++) {
        uintptr_t within = segment->p_type == PT_PHDR ? 0 : sizeof(ElfW(Ehdr));
        if (within && (segment->p_type != PT_LOAD || segment->p_offset)) continue;
        base = (uintptr_t)segments - within - segment->p_vaddr;
        break;
    }
    return (struct dl_phdr_info){
        .dlpi_addr = base, .dlpi_name = "", .dlpi_phdr = segments, .dlpi_phnum = (ElfW(Half))count};
}

const char *program_file(size_t index) {
    if (index == 0) return "/proc/self/exe";
    return index == 1 ? (const char *)getauxval(AT_EXECFN) : NULL;
}

#ifdef MREMAP_DONTUNMAP
static bool is_mapped(void *page) {
    unsigned char resident;
    return mincore(page, 1, &resident) == 0;
}

/* Moves one page at a time. If the page has no file behind it, because the program has moved its code to other
 * memory, the move leaves a page of zeroes, and on qemu-user (7.2) nothing at all. Then the move is undone. */
bool page_duplicate(void *at, void *page, struct os_reason *reason) {
    static spin_lock one;
    size_t           size = os_page_size();
    spin_take(&one);
    void *copy = mremap(page, size, size, MREMAP_MAYMOVE | MREMAP_DONTUNMAP, NULL);
    bool  left = copy != MAP_FAILED && is_mapped(page);
    bool  good = left && !memcmp(copy, page, size);
    if (copy == MAP_FAILED) {
        refuse(reason, "mremap", strerror(errno));
    } else if (!good) {
        refuse(reason, "mremap",
               left ? "the library's code is not mapped from its file"
                    : "it left no mapping at the old address");
        (void)!mremap(copy, size, size, MREMAP_MAYMOVE | MREMAP_FIXED, page);
    } else if (mremap(copy, size, size, MREMAP_MAYMOVE | MREMAP_FIXED, at) != at) {
        good = refuse(reason, "mremap", strerror(errno));
        munmap(copy, size);
    }
    spin_give(&one);
    return good;
}
#else
bool page_duplicate(void *at, void *page, struct os_reason *reason) {
    (void)at, (void)page;
    return refuse(reason, "mremap", "this system cannot duplicate a page");
}
#endif
