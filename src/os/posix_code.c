/* SPDX-License-Identifier: MIT */
/*
 * Code of trampolines on Linux and systems like it. The page of code is mapped again in one of two ways:
 *
 *   1. mremap() with MREMAP_DONTUNMAP moves the page to a new address; the old mapping is then filled from its
 *      file again. This needs no name and no open file: it works if the library's file was deleted or replaced,
 *      and without /proc. Linux supports it for files since 5.13. Older kernels unmap the memory at a requested
 *      address and then fail, so the first move lets the kernel choose the address. This way is not possible in
 *      a program that has moved its code to anonymous memory, as some do to get large pages.
 *   2. The file that the library was loaded from is opened, compared with the memory, and mapped. Another file
 *      may have that name now, with the same contents, and its owner may write to it later. So the file must be
 *      the one that is mapped already, or one that only root and this process's user can write to.
 *
 * Neither way makes written memory executable or executable memory writable: both pass PR_SET_MDWE, and filters
 * of mprotect() and of anonymous executable memory.
 */
#define _GNU_SOURCE
#include "base/util.h"
#include "os/os.h"
#include "os/spin.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* ---- the library's own file ---- */

struct object {
    const void *address; /* of a page in it */
    const char *name;
    off_t       offset; /* of the address in the file */
};

/* Finds the object whose segment has the page. The segment may begin within the page. */
static int find_object(struct dl_phdr_info *info, size_t size, void *userdata) {
    struct object *object = userdata;
    uintptr_t      at = (uintptr_t)object->address - info->dlpi_addr, end = at + os_page_size();
    (void)size;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
        if (segment->p_type != PT_LOAD || end <= segment->p_vaddr || at >= segment->p_vaddr + segment->p_filesz)
            continue;
        object->name   = info->dlpi_name;
        object->offset = (off_t)(at - segment->p_vaddr + segment->p_offset);
        return 1;
    }
    return 0;
}

/* Finds the page in the program itself. PT_PHDR gives the load address; without it, the program headers follow
 * the ELF header in the first segment. */
static bool find_in_program(struct object *object) {
    const ElfW(Phdr) *segments = (const void *)getauxval(AT_PHDR);
    size_t    count            = getauxval(AT_PHNUM);
    uintptr_t base             = 0;
    for (size_t i = count; i-- > 0;) {
        uintptr_t within = segments[i].p_type == PT_PHDR ? 0 : sizeof(ElfW(Ehdr));
        if (!within || (segments[i].p_type == PT_LOAD && !segments[i].p_offset))
            base = (uintptr_t)segments - within - segments[i].p_vaddr;
    }
    struct dl_phdr_info program = {
        .dlpi_addr = base, .dlpi_name = "", .dlpi_phdr = segments, .dlpi_phnum = (ElfW(Half))count};
    return find_object(&program, sizeof program, object);
}

/* Finds the page in the program or in a library. Asks the loader once for a page, because a child of fork
 * cannot use a loader that another thread of its parent was using. */
static bool find_page(struct object *object) {
    static _Atomic(const void *) address;
    static _Atomic(const char *) name;
    static _Atomic(off_t)        offset;
    if (find_in_program(object)) return true;
    if (atomic_load(&address) == object->address) {
        object->name   = atomic_load(&name);
        object->offset = atomic_load(&offset);
        return true;
    }
    if (!dl_iterate_phdr(find_object, object)) return false;
    atomic_store(&name, object->name);
    atomic_store(&offset, object->offset);
    atomic_store(&address, object->address);
    return true;
}

/* Adds why one way failed. */
static bool refuse(struct os_reason *reason, const char *what, const char *why) {
    size_t length = strlen(reason->text);
    snprintf(reason->text + length, sizeof reason->text - length, "%s%.250s: %s", length ? "; " : "", what,
             why);
    return false;
}

/* Whether /proc says that the page is mapped from this file. On some file systems the numbers in /proc differ;
 * then the answer is false. */
static bool is_mapped_from(const void *page, const struct stat *file) {
    FILE *maps = fopen("/proc/self/maps", "re");
    char  line[PATH_MAX + 128]; /* low-high rights offset major:minor inode name */
    bool  found = false;
    while (maps && !found && fgets(line, sizeof line, maps)) {
        char     *at  = line;
        uintptr_t low = strtoul(at, &at, 16), high = *at == '-' ? strtoul(at + 1, &at, 16) : 0;
        if ((uintptr_t)page < low || (uintptr_t)page >= high) continue;
        for (int i = 0; i < 3; i++) at += strspn(at, " "), at += i < 2 ? strcspn(at, " ") : 0;
        unsigned major_number = (unsigned)strtoul(at, &at, 16);
        unsigned minor_number = *at == ':' ? (unsigned)strtoul(at + 1, &at, 16) : 0;
        found = strtoul(at, NULL, 10) == file->st_ino && makedev(major_number, minor_number) == file->st_dev;
    }
    if (maps) fclose(maps);
    return found;
}

/* Whether only root and this user may write to the file. */
static bool is_own(const struct stat *file) {
    return (file->st_uid == 0 || file->st_uid == geteuid()) && !(file->st_mode & (S_IWGRP | S_IWOTH));
}

static bool map_file(const char *name, off_t offset, void *at, const void *page, struct os_reason *reason) {
    size_t      size = os_page_size();
    struct stat status;
    int         file = open(name, O_RDONLY | O_CLOEXEC);
    if (file < 0) return refuse(reason, name, strerror(errno));
    if (fstat(file, &status) || !(is_mapped_from(page, &status) || is_own(&status))) {
        close(file);
        return refuse(
            reason, name,
            "other users can write to it, and /proc does not show that the library is mapped from it");
    }
    /* The contents are compared before anything is executable, because another file may have this name now. A
     * file may end within a large page, but not before the page. */
    void *copy   = mmap(NULL, size, PROT_READ, MAP_PRIVATE, file, offset);
    bool  failed = copy == MAP_FAILED;
    bool  same   = !failed && lseek(file, 0, SEEK_END) > offset && !memcmp(copy, page, size);
    if (!failed) munmap(copy, size);
    if (same) failed = mmap(at, size, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_FIXED, file, offset) != at;
    if (failed) refuse(reason, name, strerror(errno));
    else if (!same) refuse(reason, name, "its contents differ from the library in memory");
    close(file);
    return same && !failed;
}

static bool map_own_file(void *at, const void *page, struct os_reason *reason) {
    struct object object = {.address = page};
    if (!find_page(&object)) return refuse(reason, "the loader", "it does not know the library's file");
    if (*object.name) return map_file(object.name, object.offset, at, page, reason);
    const char *started = (const char *)getauxval(AT_EXECFN); /* the program itself has no name */
    return map_file("/proc/self/exe", object.offset, at, page, reason) ||
           (started && map_file(started, object.offset, at, page, reason));
}

#ifdef MREMAP_DONTUNMAP
static bool is_mapped(void *page) {
    unsigned char resident;
    return mincore(page, 1, &resident) == 0;
}

/* Moves one page at a time. If the page has no file behind it, because the program has moved its code to other
 * memory, the move leaves a page of zeroes, and on qemu-user (7.2) nothing at all. Then the move is undone. */
static bool move(void *at, void *page, struct os_reason *reason) {
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
static bool move(void *at, void *page, struct os_reason *reason) {
    (void)at, (void)page;
    return refuse(reason, "mremap", "this system cannot duplicate a page");
}
#endif

bool os_code_copy(void *at, const void *page, struct os_reason *reason) {
    *reason->text = 0;
    reason->why   = reason->text;
    if (move(at, (void *)(uintptr_t)page, reason) || map_own_file(at, page, reason)) return true;
    size_t length = strlen(reason->text);
    snprintf(reason->text + length, sizeof reason->text - length, " (at least one of these must be allowed)");
    return false;
}

/* ---- a library that stays ---- */

/* Done once, because a child of fork cannot use a loader that another thread of its parent was using. */
void os_code_keep(const void *address) {
    static atomic_uint kept;
    Dl_info            library;
    const void        *page = (const void *)((uintptr_t)address & ~(uintptr_t)(os_page_size() - 1));
    if (atomic_exchange(&kept, 1) || find_in_program(&(struct object){.address = page})) return;
    if (!dladdr(address, &library) || !library.dli_fname) return;
    if (!dlopen(library.dli_fname, RTLD_LAZY | RTLD_NOLOAD | RTLD_NODELETE)) (void)dlerror();
}
