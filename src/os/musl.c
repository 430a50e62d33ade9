/* SPDX-License-Identifier: MIT */
/*
 * os.h and elf.h for the C library musl. Its loader has no cache, and does not look up versions of symbols. In
 * a statically linked program it loads nothing, and every call fails.
 */
#define _GNU_SOURCE
#include "os/elf.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

void *os_library_symbol(void *handle, const char *name, const char *version, const char **why) {
    if (version) return *why = "musl's loader does not look for versions of symbols", NULL;
    dlerror(); /* discards the error of an earlier call of other code */
    void *address = dlsym(handle, name);
    if (!address) {
        const char *text = dlerror();
        *why             = text ? text : "its address is 0";
    }
    return address;
}

void loader_cached(const char *plain, const char *older_than, struct cached *cached) {
    (void)plain, (void)older_than, (void)cached;
}

/* Visits the folders of a list, which colons or line ends separate. Empty names are skipped. */
static bool visit_list(const char *list, folder_visitor *visit, void *userdata) {
    char   folder[4096];
    size_t length;
    for (; *(list += strspn(list, ":\n")); list += length) {
        length = strcspn(list, ":\n");
        if (length >= sizeof folder) continue;
        memcpy(folder, list, length);
        folder[length] = 0;
        if (visit(folder, userdata)) return true;
    }
    return false;
}

/* The folders of LD_LIBRARY_PATH, then those of the loader's configuration file. If that file does not exist,
 * the loader's built-in folders (ldso/dynlink.c). */
bool loader_folders(bool beside_cache, folder_visitor *visit, void *userdata) {
    const char    *path       = getenv("LD_LIBRARY_PATH");
    char           list[4096] = "/lib:/usr/local/lib:/usr/lib", name[sizeof(struct utsname)];
    struct utsname machine;
    (void)beside_cache;
    if (path && visit_list(path, visit, userdata)) return true;
    if (!uname(&machine)) {
        snprintf(name, sizeof name, "/etc/ld-musl-%.60s.path", machine.machine);
        FILE *file = fopen(name, "re");
        if (file) list[fread(list, 1, sizeof list - 1, file)] = 0, fclose(file);
    }
    return visit_list(list, visit, userdata);
}
