/* SPDX-License-Identifier: MIT */
/* Symbols: versions, and the list of a library's symbols against readelf's. */
#include "helper.h"

#include <dlfcn.h>

static ffi_context *context;
static ffi_library *libc;

static void versions(void) {
    void *standard = ffi_library_symbol(libc, "memcpy");
    ok(standard && standard == dlsym(RTLD_DEFAULT, "memcpy"), "memcpy is the program's memcpy");
#ifdef __x86_64__
    void *old = ffi_library_symbol_version(libc, "memcpy", "GLIBC_2.2.5");
    void *now = ffi_library_symbol_version(libc, "memcpy", "GLIBC_2.14");
    ok(old && old == dlvsym(RTLD_DEFAULT, "memcpy", "GLIBC_2.2.5"), "memcpy@GLIBC_2.2.5");
    ok(now && now == dlvsym(RTLD_DEFAULT, "memcpy", "GLIBC_2.14") && now == standard, "memcpy@@GLIBC_2.14");
    ok(old != now, "are two functions");
    ok(ffi_library_symbol_version(libc, "memcpy", "GLIBC_2.2.5") == old &&
           ffi_library_symbol(libc, "memcpy") == now,
       "also from the cache");
    char          bytes[6] = "-----";
    ffi_value     args[3]  = {{.ptr = bytes}, {.str = "abc"}, {.u64 = 3}};
    ffi_function *copy     = ffi_function_new(context, old, "ptr memcpy(ptr, const void *, size_t)");
    ffi_invoke(copy, NULL, args);
    is_text(bytes, "abc--", "the old one can be called");
#else
    skip_one("these versions are of x86-64");
#endif
    fails(ffi_library_symbol_version(libc, "memcpy", "GLIBC_9.9"), FFI_ERROR_SYMBOL, "memcpy@GLIBC_9.9");
    fails(ffi_library_symbol_version(libc, "memcpy", ""), FFI_ERROR_SYMBOL, "memcpy@");
    fails(ffi_library_symbol(libc, "memcpy@GLIBC_2.2.5"), FFI_ERROR_SYMBOL, "memcpy@GLIBC_2.2.5");
    fails(ffi_library_symbol(libc, "no_such_symbol"), FFI_ERROR_SYMBOL, "'no_such_symbol'");
    fails(ffi_library_symbol(libc, "no_such_symbol"), FFI_ERROR_SYMBOL, "'no_such_symbol'");
    ok(ffi_library_symbol(libc, "memcpy") == standard, "a miss spoils nothing");
}

struct list {
    char       **names;
    size_t       count, capacity, wrong, stop;
    ffi_library *library;
};

static void add(struct list *list, const char *name) {
    if (list->count == list->capacity)
        list->names = realloc(list->names, (list->capacity = list->capacity * 2 + 64) * sizeof *list->names);
    list->names[list->count++] = strdup(name);
}

static bool collect(const char *name, void *address, void *userdata) {
    struct list *list = userdata;
    add(list, name);
    if (ffi_library_symbol(list->library, name) != address && !list->wrong++)
        printf("#   %s is at %p, not at %p\n", name, ffi_library_symbol(list->library, name), address);
    return list->count != list->stop;
}

static int by_name(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void empty(struct list *list) {
    while (list->count) free(list->names[--list->count]);
    free(list->names);
    *list = (struct list){0};
}

/* What readelf says that a file exports: names of functions and data, of the default version. */
static struct list listed(const char *path) {
    struct list list = {0};
    char        command[4500], line[4096];
    snprintf(command, sizeof command, "readelf --dyn-syms -W '%s' 2>/dev/null", path);
    FILE *output = popen(command, "r");
    while (output && fgets(line, sizeof line, output)) {
        char type[16], bind[16], section[16], name[2048];
        if (sscanf(line, " %*d: %*s %*s %15s %15s %*s %15s %2047s", type, bind, section, name) != 4) continue;
        if (!strcmp(section, "UND") || !strcmp(section, "ABS") || !strcmp(bind, "LOCAL")) continue;
        if (strcmp(type, "FUNC") && strcmp(type, "IFUNC") && strcmp(type, "OBJECT") && strcmp(type, "NOTYPE"))
            continue;
        char *version = strchr(name, '@');
        if (version && version[1] != '@') continue;
        if (version) *version = 0;
        add(&list, name);
    }
    if (output) pclose(output);
    return list;
}

static void symbols_of(const char *name, const char *known) {
    Dl_info      where;
    ffi_library *library = ffi_library_open(context, name, 0);
    if (!library) {
        skip_one("%s is not installed", name);
        return;
    }
    struct list ours    = {.library = library};
    struct list first   = {.library = library, .stop = 2};
    void       *address = ffi_library_symbol(library, known);
    struct list theirs  = address && dladdr(address, &where) ? listed(where.dli_fname) : (struct list){0};
    ok(ffi_library_symbols(library, collect, &ours) == FFI_ERROR_NONE && ours.count > 0, "the symbols of %s",
       known);
    int same = ours.count == theirs.count;
    if (ours.count) qsort(ours.names, ours.count, sizeof *ours.names, by_name);
    if (theirs.count) qsort(theirs.names, theirs.count, sizeof *theirs.names, by_name);
    for (size_t i = 0; same && i < ours.count; i++) same = !strcmp(ours.names[i], theirs.names[i]);
    const char *runner = getenv("RUNNER");
    if (!theirs.count && runner && *runner) skip_one("readelf does not see the emulator's files");
    else ok(same, "are those that readelf lists: %zu and %zu", ours.count, theirs.count);
    ok(ours.wrong == 0, "each with the address that ffi_library_symbol gives; %zu have another", ours.wrong);
    ffi_library_symbols(library, collect, &first);
    ok(first.count == 2, "the visitor ends the visit");
    empty(&ours), empty(&theirs), empty(&first);
    ffi_library_close(library);
}

int main(void) {
    context = ffi_context_new(NULL);
    libc    = ffi_library_open(context, "c", 0);
    versions();
    symbols_of(library_path("plain"), "plain_answer");
    symbols_of("c", "printf");
    symbols_of("m", "floor");
    symbols_of("z", "deflate");
    ffi_context_free(context);
    return done();
}
