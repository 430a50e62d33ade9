/* SPDX-License-Identifier: MIT */
/*
 * os.h: the names of a library's file on Apple's systems (dyld(1), dlopen(3)), without asking the system, so
 * that any can test it. They have their folders, since dyld would look for a mere name in the current folder
 * too; the variables DYLD_LIBRARY_PATH and the like count all the same. dyld resolves @rpath, @loader_path and
 * @executable_path.
 */
#include "os/os.h"

#include <stdio.h>
#include <string.h>

/* Those of the program, then those that dyld would search, and Homebrew's. */
static const char *const folders[] = {"@rpath/",
                                      "/usr/local/lib/",
                                      "/usr/lib/",
                                      "/opt/homebrew/lib/",
                                      "@rpath/",
                                      "/Library/Frameworks/",
                                      "/System/Library/Frameworks/"};
enum { FRAMEWORKS = 4, ITSELF = sizeof folders / sizeof *folders, NONE };

/* Whether `name` ends as a file does: "libz.dylib", "libz.1.dylib", "module.so". */
static bool is_file(const char *name) {
    static const char *const suffixes[] = {".dylib", ".so", ".bundle"};
    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
        size_t length = strlen(name), end = strlen(suffixes[i]);
        if (length > end && !strcmp(name + length - end, suffixes[i])) return true;
    }
    return false;
}

/* The length of X in "X.framework", 0 if it is none. */
static size_t framework(const char *name) {
    static const char suffix[] = ".framework";
    size_t            length = strlen(name), end = sizeof suffix - 1;
    return length > end && !strcmp(name + length - end, suffix) ? length - end : 0;
}

/* "z", or "z.dylib", in a folder of libraries; "z" or "z.framework" in one of frameworks. */
static bool in_folder(struct os_names *names, const char *name, int step) {
    const char *folder = folders[step], *prefix = strncmp(name, "lib", 3) ? "lib" : "";
    int         bundle = (int)framework(name), length = bundle ? bundle : (int)strlen(name);
    if (step >= FRAMEWORKS)
        snprintf(names->buffer, sizeof names->buffer, "%s%.*s.framework/%.*s", folder, length, name, length,
                 name);
    else if (is_file(name)) snprintf(names->buffer, sizeof names->buffer, "%s%s", folder, name);
    else snprintf(names->buffer, sizeof names->buffer, "%s%s%s.dylib", folder, prefix, name);
    return step >= FRAMEWORKS ? !is_file(name) : !bundle;
}

/* A path is tried as it stands, and before it the file in a framework's folder. */
bool os_library_next(struct os_names *names) {
    const char *name = names->name, *last = strrchr(name, '/');
    bool        path = last || strlen(name) > sizeof names->buffer / 2 - 32;
    names->file      = names->buffer;
    while (!path && names->step < ITSELF)
        if (in_folder(names, name, names->step++)) return true;
    if (!path || names->step == NONE) return false;
    int bundle = last ? (int)framework(last + 1) : 0;
    if (bundle && names->step < ITSELF) {
        names->step = ITSELF;
        if (snprintf(names->buffer, sizeof names->buffer, "%s/%.*s", name, bundle, last + 1) <
            (int)sizeof names->buffer)
            return true;
    }
    names->step = NONE;
    names->file = name;
    return true;
}
