/* SPDX-License-Identifier: MIT */
/*
 * os.h and elf.h for loaders that have dlvsym() and dlinfo(), those of the GNU C library and of FreeBSD: versions of symbols,
 * and the folders that the loader searches.
 */
#define _GNU_SOURCE
#include "os/elf.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

void *os_library_symbol(void *handle, const char *name, const char *version, const char **why) {
    dlerror(); /* discards the error of an earlier call of other code */
    void *address = version ? dlvsym(handle, name, version) : dlsym(handle, name);
    if (!address) {
        const char *text = dlerror();
        *why             = text ? text : "its address is 0";
    }
    return address;
}

/* Whether a folder is one of the system's: /lib, /usr/lib64, /usr/lib/x86_64-linux-gnu. The cache has every
 * library in them. */
static bool is_of_system(const char *folder) {
    if (!strncmp(folder, "/usr", 4)) folder += 4;
    if (strncmp(folder, "/lib", 4)) return false;
    const char *rest = strchr(folder + 1, '/');
    return !rest || (strstr(rest, "-linux-") && !strchr(rest + 1, '/'));
}

/* The folders of LD_LIBRARY_PATH, those of the program's RUNPATH, those of the system. */
bool loader_folders(bool beside_cache, folder_visitor *visit, void *userdata) {
    Dl_serinfo size, *folders = NULL;
    void      *program = dlopen(NULL, RTLD_LAZY);
    bool       stop    = false;
    if (program && !dlinfo(program, RTLD_DI_SERINFOSIZE, &size) && (folders = malloc(size.dls_size))) {
        memcpy(folders, &size, sizeof size);
        if (dlinfo(program, RTLD_DI_SERINFO, folders)) folders->dls_cnt = 0;
        for (unsigned i = 0; !stop && i < folders->dls_cnt; i++) {
            const char *folder = folders->dls_serpath[i].dls_name;
            stop               = !(beside_cache && is_of_system(folder)) && visit(folder, userdata);
        }
    }
    free(folders);
    if (program) dlclose(program);
    return stop;
}
