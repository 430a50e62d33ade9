/* SPDX-License-Identifier: MIT */
/* Symbols: versions, and the list of a library's symbols against readelf's. */
#include "helper.h"

#include <dlfcn.h>

static ffi_context *context;
static ffi_library *libc;

static void versions(void) {
    void *standard = ffi_library_symbol(libc, "memcpy");
    ok(standard && standard == dlsym(RTLD_DEFAULT, "memcpy"), "memcpy is the program's memcpy");
#if defined __x86_64__ && defined __GLIBC__
    void *old = ffi_library_symbol_version(libc, "memcpy", "GLIBC_2.2.5");
    void *now = ffi_library_symbol_version(libc, "memcpy", "GLIBC_2.14");
    ok(old && old == dlvsym(RTLD_DEFAULT, "memcpy", "GLIBC_2.2.5"), "memcpy@GLIBC_2.2.5 is the loader's");
    ok(now && now == dlvsym(RTLD_DEFAULT, "memcpy", "GLIBC_2.14") && now == standard,
       "memcpy@@GLIBC_2.14 is the loader's and the default");
    ok(old != now, "the two versions are two functions");
    ok(ffi_library_symbol_version(libc, "memcpy", "GLIBC_2.2.5") == old &&
           ffi_library_symbol(libc, "memcpy") == now,
       "the cache keeps the versions apart");
    char          bytes[6] = "-----";
    ffi_value     args[3]  = {{.ptr = bytes}, {.str = "abc"}, {.u64 = 3}};
    ffi_function *copy     = ffi_function_new(context, old, "ptr memcpy(ptr, const void *, size_t)");
    ffi_invoke(copy, NULL, args);
    is_text(bytes, "abc--", "the old one can be called");
#else
    skip_one("these versions are of glibc on x86-64");
#endif
    fails(ffi_library_symbol_version(libc, "memcpy", "GLIBC_9.9"), FFI_ERROR_SYMBOL, "memcpy@GLIBC_9.9");
    fails(ffi_library_symbol_version(libc, "memcpy", ""), FFI_ERROR_SYMBOL, "memcpy@");
    fails(ffi_library_symbol(libc, "memcpy@GLIBC_2.2.5 is the loader's"), FFI_ERROR_SYMBOL,
          "memcpy@GLIBC_2.2.5 is the loader's");
    fails(ffi_library_symbol(libc, "no_such_symbol"), FFI_ERROR_SYMBOL, "'no_such_symbol'");
    fails(ffi_library_symbol(libc, "no_such_symbol"), FFI_ERROR_SYMBOL, "'no_such_symbol'");
    ok(ffi_library_symbol(libc, "memcpy") == standard, "a failed look-up leaves the cache as it was");
}

struct list {
    char       **names; /* "name", "name@@default" or "name@other", with kind and size */
    size_t       count, capacity, wrong, stop;
    ffi_library *library;
};

__attribute__((format(printf, 2, 3))) static void add(struct list *list, const char *format, ...) {
    char    line[2200];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    if (list->count == list->capacity)
        list->names = realloc(list->names, (list->capacity = list->capacity * 2 + 64) * sizeof *list->names);
    list->names[list->count++] = strdup(line);
}

static const char *const kinds[] = {[FFI_SYMBOL_UNKNOWN]      = "NOTYPE",
                                    [FFI_SYMBOL_FUNCTION]     = "FUNC",
                                    [FFI_SYMBOL_DATA]         = "OBJECT",
                                    [FFI_SYMBOL_THREAD_LOCAL] = "TLS",
                                    [FFI_SYMBOL_ABSOLUTE]     = "ABS"};

static bool collect(const ffi_symbol *symbol, void *userdata) {
    struct list *list    = userdata;
    const char  *at      = !*symbol->version ? "" : symbol->is_default ? "@@" : "@";
    void        *address = symbol->is_default
                               ? ffi_library_symbol(list->library, symbol->name)
                               : ffi_library_symbol_version(list->library, symbol->name, symbol->version);
    add(list, "%s%s%s %s %zu", symbol->name, at, symbol->version, kinds[symbol->kind], symbol->size);
    if (address != symbol->address && !list->wrong++)
        printf("#   %s%s%s is at %p, not at %p\n", symbol->name, at, symbol->version, address, symbol->address);
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

/* What readelf says that a file exports: all but symbols that are 0, as the names of versions are. */
static struct list listed(const char *path) {
    struct list list = {0};
    char        command[4500], line[4096];
    snprintf(command, sizeof command, "readelf --dyn-syms -W '%s' 2>/dev/null", path);
    FILE *output = popen(command, "r");
    while (output && fgets(line, sizeof line, output)) {
        char          type[16], bind[16], section[16], name[2048], size[32];
        unsigned long value;
        if (sscanf(line, " %*d: %lx %31s %15s %15s %*s %15s %2047s", &value, size, type, bind, section, name) !=
            6)
            continue;
        if (!strcmp(section, "UND") || !strcmp(bind, "LOCAL")) continue;
        if ((!strcmp(section, "ABS") && !value) || !strcmp(name, "plain_nowhere")) continue;
        if (!strcmp(type, "IFUNC")) strcpy(type, "FUNC");
        if (!strcmp(type, "NOTYPE") && !strcmp(section, "ABS")) strcpy(type, "ABS");
        add(&list, "%s %s %zu", name, type, (size_t)strtoul(size, NULL, 0));
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
    if (!ok(ffi_library_symbols(library, collect, &ours) == FFI_ERROR_NONE && ours.count > 0,
            "the symbols of %s are listed", known))
        note("message", ffi_last_message());
    int same = ours.count == theirs.count;
    if (ours.count) qsort(ours.names, ours.count, sizeof *ours.names, by_name);
    if (theirs.count) qsort(theirs.names, theirs.count, sizeof *theirs.names, by_name);
    for (size_t i = 0; i < ours.count && i < theirs.count; i++) {
        if (!strcmp(ours.names[i], theirs.names[i])) continue;
        printf("#   ours %s, readelf's %s\n", ours.names[i], theirs.names[i]);
        same = 0;
        break;
    }
    const char *runner = getenv("RUNNER");
    if (!theirs.count && runner && *runner) skip_one("readelf does not see the emulator's files");
    else
        ok(same, "have the names, versions, kinds and sizes that readelf lists: %zu and %zu", ours.count,
           theirs.count);
    if (IS_MUSL) skip_one("musl finds no versions, and adds the library's address to absolute symbols");
    else ok(ours.wrong == 0, "each with the address that a look-up gives; %zu have another", ours.wrong);
    ffi_library_symbols(library, collect, &first);
    ok(first.count == 2, "the visitor ends the visit");
    empty(&ours), empty(&theirs), empty(&first);
    ffi_library_close(library);
}

/* ---- symbols that few libraries have ---- */

static bool find(const ffi_symbol *symbol, void *userdata) {
    ffi_symbol *wanted = userdata;
    if (strcmp(symbol->name, wanted->name)) return true;
    *wanted = *symbol;
    return false;
}

static ffi_symbol found(ffi_library *library, const char *name) {
    ffi_symbol symbol = {.name = name, .version = ""};
    ffi_library_symbols(library, find, &symbol);
    return symbol;
}

static void rare(void) {
    ffi_library *plain = ffi_library_open(context, library_path("plain"), 0);
    ffi_symbol   own   = found(plain, "plain_own");
    ok(own.address && own.address == ffi_library_symbol(plain, "plain_own") &&
           own.kind == FFI_SYMBOL_THREAD_LOCAL && own.size == sizeof(int),
       "a thread-local variable is listed with this thread's address");
    ffi_symbol number = found(plain, "plain_absolute");
    ok(number.address == (void *)0x12345 && number.kind == FFI_SYMBOL_ABSOLUTE, "an absolute symbol is listed");
    ok(!found(plain, "plain_nowhere").address && !ffi_library_symbol(plain, "plain_nowhere"),
       "an indirect function that is at 0 is neither listed nor found");
    ffi_library_close(plain);
    own = found(libc, "memcpy");
#ifdef __GLIBC__
    ok(!strncmp(own.version, "GLIBC_2.", 8), "memcpy has a version: %s", own.version);
#endif
}

int main(void) {
    context = ffi_context_new(NULL);
    libc    = ffi_library_open(context, "c", 0);
    versions();
    symbols_of(library_path("plain"), "plain_answer");
    symbols_of(library_path("versioned"), "versioned_first");
    symbols_of("c", "printf");
    symbols_of("m", "floor");
    symbols_of("z", "deflate");
    rare();
    ffi_context_free(context);
    return done();
}
