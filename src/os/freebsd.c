/* SPDX-License-Identifier: MIT */
/*
 * os.h and elf.h for FreeBSD's C library and loader. Its hints file lists folders, not libraries, so there is no
 * cache. This file has been compiled and linked, never run.
 */
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

struct cached loader_cached(const char *plain, const char *older_than) {
    (void)plain, (void)older_than;
    return (struct cached){0};
}

/* The folders that rtld(1) searches for the program: LD_LIBRARY_PATH, its RUNPATH, the hints, the system's. */
bool loader_folders(bool beside_cache, folder_visitor *visit, void *userdata) {
    Dl_serinfo size, *folders = NULL;
    void      *program = dlopen(NULL, RTLD_LAZY);
    bool       stop    = false;
    (void)beside_cache;
    if (program && !dlinfo(program, RTLD_DI_SERINFOSIZE, &size) && (folders = malloc(size.dls_size))) {
        memcpy(folders, &size, sizeof size);
        if (dlinfo(program, RTLD_DI_SERINFO, folders)) folders->dls_cnt = 0;
        for (unsigned i = 0; !stop && i < folders->dls_cnt; i++)
            stop = visit(folders->dls_serpath[i].dls_name, userdata);
    }
    free(folders);
    if (program) dlclose(program);
    return stop;
}
