/* SPDX-License-Identifier: MIT */
/* Files by what they are, on macOS: dladdr() names the file of an address. */
#include "os/os.h"

#include <dlfcn.h>
#include <mach-o/dyld.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

bool os_file_of_path(const char *path, struct os_file *file) {
    struct stat status;
    char        resolved[1024]; /* PATH_MAX */
    if (!path) path = _dyld_get_image_name(0);
    if (!path || !realpath(path, resolved) || stat(resolved, &status)) return false;
    *file      = (struct os_file){.number = (uint64_t)status.st_ino, .device = (uint64_t)status.st_dev};
    int length = snprintf(file->path, sizeof file->path, "%s", resolved);
    return length > 0 && (size_t)length < sizeof file->path;
}

bool os_file_of_address(const void *address, struct os_file *file) {
    Dl_info library;
    return dladdr(address, &library) && library.dli_fname && os_file_of_path(library.dli_fname, file);
}
