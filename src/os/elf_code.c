/* SPDX-License-Identifier: MIT */
/*
 * Code of trampolines on ELF systems. The page of code is mapped again in one of two ways:
 *
 *   1. page_duplicate() of the system, which needs no file.
 *   2. The file that the library was loaded from is opened, compared with the memory, and mapped. Another file
 *      may have that name now, with the same contents, and its owner may write to it later. So the file must be
 *      the one that is mapped already, or one that only root and this process's user can write to.
 *
 * Neither way makes written memory executable or executable memory writable.
 */
#define _GNU_SOURCE
#include "os/elf.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
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

static bool find_in_program(struct object *object) {
    struct dl_phdr_info program = program_headers();
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

bool refuse(struct os_reason *reason, const char *what, const char *why) {
    size_t length = strlen(reason->text);
    snprintf(reason->text + length, sizeof reason->text - length, "%s%.250s: %s", length ? "; " : "", what,
             why);
    return false;
}

/* Whether the system says that the page is mapped from this file. On some file systems its numbers differ from
 * those of stat(); then the answer is false. */
static bool is_mapped_from(const void *page, const struct stat *status) {
    struct os_file file;
    return os_file_of_address(page, &file) && file.number == status->st_ino && file.mapped == status->st_dev;
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
            "other users can write to it, and the system does not show that the library is mapped from it");
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
    for (size_t i = 0; (object.name = program_file(i)); i++) /* the program itself has no name */
        if (map_file(object.name, object.offset, at, page, reason)) return true;
    return false;
}

bool os_code_copy(void *at, const void *page, struct os_reason *reason) {
    *reason->text = 0;
    reason->why   = reason->text;
    if (page_duplicate(at, (void *)(uintptr_t)page, reason) || map_own_file(at, page, reason)) return true;
    size_t length = strlen(reason->text);
    snprintf(reason->text + length, sizeof reason->text - length, " (at least one of these must be allowed)");
    return false;
}

/* ---- a library that stays ---- */

void os_code_keep(const void *address) {
    Dl_info     library;
    const void *page = (const void *)((uintptr_t)address & ~(uintptr_t)(os_page_size() - 1));
    if (find_in_program(&(struct object){.address = page})) return;
    if (!dladdr(address, &library) || !library.dli_fname) return;
    if (!dlopen(library.dli_fname, RTLD_LAZY | RTLD_NOLOAD | RTLD_NODELETE)) (void)dlerror();
}
