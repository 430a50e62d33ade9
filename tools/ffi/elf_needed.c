/* SPDX-License-Identifier: MIT */
/* The libraries that a loaded ELF library needs: DT_NEEDED of its dynamic section, in memory (gABI, chapter 5). */
#include "system.h"

#include <elf.h>
#include <string.h>

#if __SIZEOF_POINTER__ == 8
typedef Elf64_Ehdr elf_header;
typedef Elf64_Phdr elf_segment;
typedef Elf64_Dyn  elf_dynamic;
#else
typedef Elf32_Ehdr elf_header;
typedef Elf32_Phdr elf_segment;
typedef Elf32_Dyn  elf_dynamic;
#endif

static const elf_dynamic *find_dynamic(const char *base) {
    const elf_header *header = (const elf_header *)(const void *)base;
    if (memcmp(header->e_ident, ELFMAG, SELFMAG) != 0) return NULL;
    for (size_t i = 0; i < header->e_phnum; i++) {
        const elf_segment *segment =
            (const elf_segment *)(const void *)(base + header->e_phoff + i * header->e_phentsize);
        if (segment->p_type == PT_DYNAMIC) return (const elf_dynamic *)(const void *)(base + segment->p_vaddr);
    }
    return NULL;
}

bool system_needed(const char *base, void (*visit)(const char *name, void *userdata), void *userdata) {
    const elf_dynamic *dynamic = find_dynamic(base);
    const char        *texts   = NULL;
    if (!dynamic) return false;
    for (const elf_dynamic *at = dynamic; at->d_tag != DT_NULL; at++)
        if (at->d_tag == DT_STRTAB) texts = (const char *)(uintptr_t)at->d_un.d_ptr;
    if ((uintptr_t)texts < (uintptr_t)base)
        texts = base + (uintptr_t)texts; /* glibc has relocated it, musl has not */
    for (const elf_dynamic *at = dynamic; at->d_tag != DT_NULL; at++)
        if (at->d_tag == DT_NEEDED) visit(texts + at->d_un.d_val, userdata);
    return true;
}
