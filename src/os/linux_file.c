/* SPDX-License-Identifier: MIT */
/* Files by what they are, on Linux: /proc/self/maps says which file an address is of, whatever its name is now.
 */
#define _GNU_SOURCE
#include "os/os.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

bool os_file_of_path(const char *path, struct os_file *file) {
    struct stat status;
    char        resolved[PATH_MAX];
    if (!path) path = "/proc/self/exe";
    if (!realpath(path, resolved) || stat(resolved, &status)) return false;
    *file      = (struct os_file){.number = status.st_ino, .device = status.st_dev, .mapped = status.st_dev};
    int length = snprintf(file->path, sizeof file->path, "%s", resolved);
    return length > 0 && (size_t)length < sizeof file->path;
}

/* A line is "low-high rights offset major:minor inode name". Some file systems have another device number there
 * than stat() gives, so both are kept. */
static bool read_line(char *line, uintptr_t address, struct os_file *file) {
    char     *at  = line;
    uintptr_t low = strtoul(at, &at, 16), high = *at == '-' ? strtoul(at + 1, &at, 16) : 0;
    if (address < low || address >= high) return false;
    for (int i = 0; i < 3; i++) at += strspn(at, " "), at += i < 2 ? strcspn(at, " ") : 0;
    unsigned major_number = (unsigned)strtoul(at, &at, 16);
    unsigned minor_number = *at == ':' ? (unsigned)strtoul(at + 1, &at, 16) : 0;
    *file                 = (struct os_file){.number = strtoul(at, &at, 10)};
    file->device = file->mapped = makedev(major_number, minor_number);
    at += strspn(at, " ");
    at[strcspn(at, "\n")] = 0;
    snprintf(file->path, sizeof file->path, "%s", at);
    return true;
}

bool os_file_of_address(const void *address, struct os_file *file) {
    FILE       *maps = fopen("/proc/self/maps", "re");
    char        line[PATH_MAX + 128];
    bool        found = false;
    struct stat status;
    while (maps && !found && fgets(line, sizeof line, maps)) found = read_line(line, (uintptr_t)address, file);
    if (maps) fclose(maps);
    if (!found || !file->number) return false;
    if (!stat(file->path, &status) && status.st_ino == file->number) file->device = status.st_dev;
    return true;
}
