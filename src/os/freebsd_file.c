/* SPDX-License-Identifier: MIT */
/* Files by what they are, on FreeBSD: sysctl(3) knows the file of the program and of each mapping. This file has been
 * compiled and linked, never run. */
#include "os/os.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>
#include <sys/stat.h>
#include <sys/sysctl.h>
#include <sys/user.h>
#include <unistd.h>

static bool program_path(char path[PATH_MAX]) {
    int    name[] = {CTL_KERN, KERN_PROC, KERN_PROC_PATHNAME, -1};
    size_t size   = PATH_MAX;
    return !sysctl(name, 4, path, &size, NULL, 0) && size > 1;
}

bool os_file_of_path(const char *path, struct os_file *file) {
    struct stat status;
    char        program[PATH_MAX], resolved[PATH_MAX];
    if (!path && !program_path(program)) return false;
    if (!realpath(path ? path : program, resolved) || stat(resolved, &status)) return false;
    *file      = (struct os_file){.number = status.st_ino, .device = status.st_dev, .mapped = status.st_dev};
    int length = snprintf(file->path, sizeof file->path, "%s", resolved);
    return length > 0 && (size_t)length < sizeof file->path;
}

/* Finds the mapping with the address among records whose first member is their size. */
static bool find_entry(const char *at, const char *end, uintptr_t address, struct os_file *file) {
    struct kinfo_vmentry entry;
    for (int size; at < end; at += size) {
        memcpy(&size, at, sizeof size);
        if (size <= 0 || size > end - at) break;
        memset(&entry, 0, sizeof entry);
        memcpy(&entry, at, (size_t)size < sizeof entry ? (size_t)size : sizeof entry);
        if (address < entry.kve_start || address >= entry.kve_end) continue;
        *file = (struct os_file){
            .number = entry.kve_vn_fileid, .device = entry.kve_vn_fsid, .mapped = entry.kve_vn_fsid};
        snprintf(file->path, sizeof file->path, "%s", entry.kve_path);
        return file->number != 0;
    }
    return false;
}

/* The process may map more memory between the two calls of sysctl(); there is room for some of it. */
bool os_file_of_address(const void *address, struct os_file *file) {
    int    name[] = {CTL_KERN, KERN_PROC, KERN_PROC_VMMAP, getpid()};
    size_t size   = 0;
    if (sysctl(name, 4, NULL, &size, NULL, 0)) return false;
    size += size / 4 + 16 * sizeof(struct kinfo_vmentry);
    char *entries = malloc(size);
    bool  found   = entries && !sysctl(name, 4, entries, &size, NULL, 0) &&
                 find_entry(entries, entries + size, (uintptr_t)address, file);
    free(entries);
    return found;
}
