/* SPDX-License-Identifier: MIT */
/*
 * os.h for ELF: the file names to try for a library. The loader's cache lists the versions; this code reads a
 * folder only if the cache may not have its libraries. If a file is a linker script ("GROUP ( /lib/libm.so.6
 * ... )"), the first library that it names is tried.
 *
 * The callers hold no lock.
 */
#define _GNU_SOURCE
#include "base/util.h"
#include "os/elf.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- versions ---- */

#define DIGITS "0123456789"

static unsigned long decimal(const char *at) {
    unsigned long value = 0;
    for (; *at >= '0' && *at <= '9'; at++) {
        unsigned long digit = (unsigned long)(*at - '0');
        value               = value > (ULONG_MAX - digit) / 10 ? ULONG_MAX : value * 10 + digit;
    }
    return value;
}

int compare_numbers(const char *a, const char *b) {
    unsigned long a_number = decimal(a), b_number = decimal(b);
    return (a_number > b_number) - (a_number < b_number);
}

int compare_versions(const char *a, const char *b) {
    for (;;) {
        int order = compare_numbers(a, b);
        if (order) return order;
        a += strspn(a, DIGITS), b += strspn(b, DIGITS);
        if (!*a || !*b) return (*a != 0) - (*b != 0);
        a++, b++;
    }
}

bool is_version_below(const char *text, const char *older_than) {
    return *text && !text[strspn(text, DIGITS ".")] && (!*older_than || compare_versions(text, older_than) < 0);
}

struct newest {
    const char *stem, *older_than; /* "libm.so." */
    char       *version;           /* the newest so far, in sizeof cached.newest bytes */
};

/* Looks for a newer version in a folder. Returns false always, because the next folder may have a newer one. */
static bool look_into(const char *folder, void *userdata) {
    struct newest *newest  = userdata;
    size_t         length  = strlen(newest->stem);
    DIR           *entries = opendir(folder);
    for (struct dirent *entry; entries && (entry = readdir(entries));) {
        const char *found = entry->d_name + length;
        if (strncmp(entry->d_name, newest->stem, length) || !is_version_below(found, newest->older_than) ||
            strlen(found) >= sizeof((struct cached *)0)->newest)
            continue;
        if (!*newest->version || compare_versions(found, newest->version) > 0) strcpy(newest->version, found);
    }
    if (entries) closedir(entries);
    return false;
}

/* ---- texts for the linker ---- */

enum { TEXT_END = 4096 };

/* Reads the next word, parenthesis or quoted name of a linker script; false at its end. */
static bool next_word(const char **at, char word[TEXT_END]) {
    const char *begin = *at;
    for (;;) {
        begin += strspn(begin, " \t\r\n,;");
        if (strncmp(begin, "/*", 2)) break;
        if (!(begin = strstr(begin, "*/"))) return false;
        begin += 2;
    }
    bool   quoted = *begin == '"';
    size_t length = quoted                 ? strcspn(++begin, "\"")
                    : strchr("()", *begin) ? 1
                                           : strcspn(begin, " \t\r\n,;()\"");
    if (!*begin) return false;
    memcpy(word, begin, length);
    word[length] = 0;
    *at          = begin + length + (quoted && begin[length]);
    return true;
}

/* The file name for a word of a script: "-lm" means libm.so, "-l:libm.so.6" and "=/lib/libm.so.6" mean the name
 * itself. False if the word names no shared library. */
static bool library_named(const char *word, char *name, size_t size) {
    if (!strncmp(word, "-l:", 3)) return (size_t)snprintf(name, size, "%s", word + 3) < size;
    if (!strncmp(word, "-l", 2)) return (size_t)snprintf(name, size, "lib%s.so", word + 2) < size;
    const char *suffix = strstr(word, ".so");
    return suffix && (!suffix[3] || suffix[3] == '.') &&
           (size_t)snprintf(name, size, "%s", word + (*word == '=')) < size;
}

/* The first library that GROUP or INPUT of a script names. */
static bool library_meant(const char *text, char *name, size_t size) {
    char word[TEXT_END];
    bool names_files = false;
    for (int depth = 0; next_word(&text, word);) {
        if (!strcmp(word, "(")) depth++;
        else if (!strcmp(word, ")")) depth--;
        else if (!depth) names_files = !strcmp(word, "GROUP") || !strcmp(word, "INPUT");
        else if (names_files && library_named(word, name, size)) return true;
    }
    return false;
}

/* Reads the beginning of a regular file as a text; false if the file is not a text. A device or a pipe is not
 * read. */
static bool read_text(const char *path, char text[TEXT_END]) {
    struct stat status;
    int         file   = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    ssize_t     length = -1;
    if (file < 0) return false;
    if (!fstat(file, &status) && S_ISREG(status.st_mode)) length = read(file, text, TEXT_END - 1);
    close(file);
    if (length < 0) return false;
    text[length] = 0;
    return strlen(text) == (size_t)length;
}

struct file {
    const char *name;
    char        path[TEXT_END];
};

static bool is_in(const char *folder, void *userdata) {
    struct file *file = userdata;
    return (size_t)snprintf(file->path, sizeof file->path, "%s/%s", folder, file->name) < sizeof file->path &&
           !access(file->path, F_OK);
}

/* If the file that was tried last is a linker script, tries the library that it names. If that name has no
 * folder, the library is beside the script, or where the loader finds it. */
static bool follow_text(struct os_names *names) {
    enum { DEPTH = 4 }; /* levels of scripts that name scripts */
    struct file file = {.name = names->file};
    char        text[TEXT_END], meant[TEXT_END], folder[TEXT_END];
    if (names->depth == DEPTH) return false;
    if (strchr(names->file, '/')) {
        if ((size_t)snprintf(file.path, sizeof file.path, "%s", names->file) >= sizeof file.path) return false;
    } else if (!loader_folders(false, is_in, &file)) {
        return false;
    }
    if (!read_text(file.path, text) || !library_meant(text, meant, sizeof meant)) return false;
    names->depth++;
    names->file = names->meant;
    strcpy(folder, file.path);
    *strrchr(folder, '/') = 0;
    file.name             = meant;
    strcpy(names->meant, !strchr(meant, '/') && is_in(folder, &file) ? file.path : meant);
    return true;
}

/* ---- the names of a library ---- */

/* The next older version of a library. */
static bool next_version(const char *plain, struct cached *cached, struct os_names *names) {
    if (!*cached->newest) {
        char stem[sizeof names->buffer];
        snprintf(stem, sizeof stem, "%s.", plain);
        struct newest newest = {.stem = stem, .older_than = names->version, .version = cached->newest};
        loader_folders(cached->is_read, look_into, &newest);
    }
    strcpy(names->version, cached->newest);
    strcpy(stpcpy(stpcpy(names->buffer, plain), "."), cached->newest);
    return *cached->newest;
}

/* Whether the cache has only versions of the library. Then the name without a version is not tried, because the
 * loader would search every folder for it. */
static bool has_versions_only(const struct cached *cached) {
    return cached->comes_first && *cached->newest && !cached->has_plain;
}

/* For "m": libm.so, then libm.so.6 and older versions, then m. A path, or a name with a suffix, is tried
 * unchanged. */
enum { NAME_PLAIN, NAME_VERSIONS, NAME_ITSELF, NAME_NONE };

bool os_library_next(struct os_names *names) {
    const char   *prefix = strncmp(names->name, "lib", 3) ? "lib" : "";
    bool          bare   = !strchr(names->name, '/') && !strstr(names->name, ".so");
    char          plain[sizeof names->buffer - sizeof names->version];
    struct cached cached;
    if (names->file && follow_text(names)) return true;
    if (names->step == NAME_PLAIN && (!bare || strlen(names->name) > sizeof plain - 16))
        names->step = NAME_ITSELF;

    names->depth = 0;
    names->file  = names->buffer;
    if (names->step < NAME_ITSELF) {
        strcpy(stpcpy(stpcpy(plain, prefix), names->name), ".so");
        cached.is_read = cached.comes_first = cached.has_plain = false;
        cached.newest[0]                                       = 0;
        loader_cached(plain, names->version, &cached);
    }
    switch (names->step++) {
    case NAME_PLAIN:
        if (!has_versions_only(&cached)) return strcpy(names->buffer, plain);
        names->step++;
        /* fall through */
    case NAME_VERSIONS:
        if (next_version(plain, &cached, names)) return names->step = NAME_VERSIONS, true;
        names->step = NAME_NONE;
        /* fall through */
    case NAME_ITSELF: names->file = names->name; return true;
    }
    names->step = NAME_NONE;
    return false;
}
