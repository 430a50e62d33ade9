/* SPDX-License-Identifier: MIT */
/*
 * os.h: the names of a library's file on Apple's systems (dyld(1), dlopen(3)), without asking the system, so
 * that any can test it. dyld itself looks for them in its folders and resolves @rpath, @loader_path and
 * @executable_path.
 */
#include "os.h"

#include <stdio.h>
#include <string.h>

/* Whether `name` ends as a file does: "libz.dylib", "libz.1.dylib", "module.so". */
static bool is_file(const char *name) {
    static const char *const suffixes[] = {".dylib", ".so", ".bundle"};
    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
        size_t length = strlen(name), end = strlen(suffixes[i]);
        if (length > end && !strcmp(name + length - end, suffixes[i])) return true;
    }
    return false;
}

/* The length of X in "folder/X.framework", and where it begins; 0 if this is none. */
static size_t framework(const char *name, const char **start) {
    static const char suffix[] = ".framework";
    const char       *last     = strrchr(name, '/');
    size_t            length = strlen(*start = last ? last + 1 : name), end = sizeof suffix - 1;
    return length > end && !strcmp(*start + length - end, suffix) ? length - end : 0;
}

/* "z": libz.dylib, then z.framework/z, then z. A framework's folder stands for the file of its name in it. A
 * path, or a name with its suffix, is tried only as it stands. */
enum { NAME_PLAIN, NAME_FRAMEWORK, NAME_ITSELF, NAME_NONE };

bool os_library_next(struct os_names *names) {
    const char *name = names->name, *start, *prefix = strncmp(name, "lib", 3) ? "lib" : "";
    size_t      bundle = framework(name, &start), room = sizeof names->buffer - sizeof ".framework/" - 4;
    bool        bare = !bundle && !strchr(name, '/') && !is_file(name);
    if (strlen(name) > room / 2) bare = false, bundle = 0;
    if (names->step == NAME_PLAIN && !bare) names->step = bundle ? NAME_FRAMEWORK : NAME_ITSELF;

    names->file = names->buffer;
    switch (names->step++) {
    case NAME_PLAIN: return snprintf(names->buffer, sizeof names->buffer, "%s%s.dylib", prefix, name) > 0;
    case NAME_FRAMEWORK:
        if (!bundle) return snprintf(names->buffer, sizeof names->buffer, "%s.framework/%s", name, name) > 0;
        return snprintf(names->buffer, sizeof names->buffer, "%s/%.*s", name, (int)bundle, start) > 0;
    case NAME_ITSELF: names->file = name; return true;
    }
    names->step = NAME_NONE;
    return false;
}
