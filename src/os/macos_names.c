/* SPDX-License-Identifier: MIT */
/*
 * os.h: the file names to try for a library on Apple's systems (dyld(1), dlopen(3)). This file calls nothing of
 * the system, so a test can run it anywhere. Each name has a folder, because dyld would also search the current
 * folder for a name without one. DYLD_LIBRARY_PATH and its like still have their effect. dyld resolves @rpath,
 * @loader_path and @executable_path.
 */
#include "os/os.h"

#include <stdio.h>
#include <string.h>

/* The program's folders, then those that dyld would search, then Homebrew's. */
static const char *const folders[] = {"@rpath/",
                                      "/usr/local/lib/",
                                      "/usr/lib/",
                                      "/opt/homebrew/lib/",
                                      "@rpath/",
                                      "/Library/Frameworks/",
                                      "/System/Library/Frameworks/"};
enum { FRAMEWORKS = 4, ITSELF = sizeof folders / sizeof *folders, NONE };

/* Whether `name` has the suffix of a library file: "libz.dylib", "libz.1.dylib", "module.so". */
static bool is_file(const char *name) {
    static const char *const suffixes[] = {".dylib", ".so", ".bundle"};
    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
        size_t length = strlen(name), end = strlen(suffixes[i]);
        if (length > end && !strcmp(name + length - end, suffixes[i])) return true;
    }
    return false;
}

/* The length of X in "X.framework"; 0 if the name has another form. */
static size_t framework(const char *name) {
    static const char suffix[] = ".framework";
    size_t            length = strlen(name), end = sizeof suffix - 1;
    return length > end && !strcmp(name + length - end, suffix) ? length - end : 0;
}

/* The path for "z" or "z.dylib" in a folder of libraries, for "z" or "z.framework" in a folder of frameworks.
 */
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

/* For a path: first the file inside a framework's folder, then the path itself. */
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
