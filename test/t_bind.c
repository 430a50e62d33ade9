/* SPDX-License-Identifier: MIT */
/*
 * Symbols and batches: versions, the list of a library's symbols against readelf's, and binding many functions
 * at once, all or none.
 */
#include "helper.h"

#include <dlfcn.h>

static ffi_context *context;
static ffi_library *libc;

/* ---- symbols ---- */

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

/* ---- batches ---- */

static void batches(void) {
    ffi_function *length = NULL, *number = NULL, *own = NULL;
    ffi_binding   good[] = {{"strlen", "size_t(const char *)", &length, 0, FFI_ERROR_TYPE},
                            {"strtol", "long(str, ptr, int)", &number, FFI_CAPTURE_ERRNO, FFI_ERROR_TYPE},
                            {NULL, "int abs(int)", &own, 0, FFI_ERROR_TYPE}};
    ok(ffi_library_bind(libc, good, 3) == FFI_ERROR_NONE && length && number && own, "a batch of three");
    ok(!good[0].error && !good[1].error && !good[2].error, "without an error each");
    is_text(ffi_function_name(own), "abs", "the name may be the signature's");
    size_t size  = 0;
    long   value = 0;
    ffi_invoke(length, &size, &(ffi_value){.str = "12345"});
    ffi_invoke(number, &value, (ffi_value[]){{.str = "9999999999999999999999"}, {.ptr = NULL}, {.i32 = 10}});
    ok(size == 5 && value == INT64_MAX && ffi_captured_errno() == 34, "they work; the flags are each entry's");

    ffi_function *none  = length;
    ffi_binding   bad[] = {{"strlen", "size_t(str)", &length, 0, 0},  {"no_such_1", "int(int)", &number, 0, 0},
                           {"abs", "int f(foo)", &own, 0, 0},         {"no_such_2", "int(int)", &none, 0, 0},
                           {NULL, "int no_such_3(int)", &none, 0, 0}, {NULL, "int(int)", &none, 0, 0},
                           {"abs", "int(int", &none, 0, 0},           {"abs", "int(int)", &none, 4, 0}};
    returns_error(ffi_library_bind(libc, bad, 8), FFI_ERROR_SYMBOL, "7 of 8");
    ok(!length && !number && !own && !none, "a batch that fails leaves no function, the good ones included");
    ok(!bad[0].error && bad[1].error == FFI_ERROR_SYMBOL && bad[2].error == FFI_ERROR_TYPE &&
           bad[3].error == FFI_ERROR_SYMBOL && bad[4].error == FFI_ERROR_SYMBOL &&
           bad[5].error == FFI_ERROR_ARGUMENT && bad[6].error == FFI_ERROR_SYNTAX &&
           bad[7].error == FFI_ERROR_ARGUMENT,
       "each entry has its own error");
    const char *const parts[] = {"no_such_1", "unknown type 'foo'", "no_such_2", "no_such_3", "libc.so.6"};
    for (int i = 0; i < 5; i++)
        if (!ok(strstr(ffi_last_message(), parts[i]) != NULL, "the message has %s", parts[i]))
            note("message", ffi_last_message());

    ffi_binding twice[] = {{"strlen", "size_t(str)", &length, 0, 0}, {"abs", "int(int)", &length, 0, 0}};
    ok(!ffi_library_bind(libc, twice, 2) && !strcmp(ffi_function_name(length), "abs"),
       "of one pointer given twice the last stays");
    twice[0].name = "no_such";
    ok(ffi_library_bind(libc, twice, 2) == FFI_ERROR_SYMBOL && !length, "or none");
}

/* As many real names of the C library as there are entries. */
static void thousand(void) {
    enum { COUNT = 1000 };
    static ffi_function *functions[COUNT];
    static ffi_binding   bindings[COUNT];
    static char          missing[COUNT][32];
    struct list          names = {.library = libc, .stop = COUNT};
    ffi_library_symbols(libc, collect, &names);
    for (int i = 0; i < COUNT; i++)
        bindings[i] = (ffi_binding){names.names[i], i & 1 ? "int(str, ...)" : "void()", &functions[i], 0, 0};
    int wrong = ffi_library_bind(libc, bindings, COUNT) != FFI_ERROR_NONE;
    for (int i = 0; i < COUNT; i++)
        wrong += !functions[i] || strcmp(ffi_function_name(functions[i]), names.names[i]);
    ok(names.count == COUNT && !wrong, "1,000 entries are bound");
    for (int i = 0; i < COUNT; i++) ffi_function_free(functions[(i * 7) % COUNT]);

    bindings[COUNT - 1].name = "no_such_name";
    returns_error(ffi_library_bind(libc, bindings, COUNT), FFI_ERROR_SYMBOL, "1 of 1000");
    ok(strstr(ffi_last_message(), "no_such_name") != NULL, "the one that is missing is named");
    for (int i = 0; i < COUNT; i++) wrong += functions[i] != NULL;
    ok(!wrong, "and none of the 999 is made");

    for (int i = 0; i < COUNT; i++) {
        snprintf(missing[i], sizeof missing[i], "missing_%04d", i);
        bindings[i].name = missing[i];
    }
    returns_error(ffi_library_bind(libc, bindings, 60), FFI_ERROR_SYMBOL, "60 of 60");
    for (int i = 0; i < 60; i++) wrong += !strstr(ffi_last_message(), missing[i]);
    ok(!wrong, "60 missing names are all in the message");
    returns_error(ffi_library_bind(libc, bindings, COUNT), FFI_ERROR_SYMBOL, "1000 of 1000");
    empty(&names);
}

/* How many entries of the last message's list are shown, and how many it says it left out. */
static void counts_all(int wanted, const char *what) {
    const char *message = ffi_last_message(), *at = message, *more;
    int         shown = 0, left_out = -1;
    while ((at = strstr(at, "\n  missing_"))) shown++, at++;
    if ((more = strstr(message, "\n  and "))) sscanf(more, "\n  and %d more", &left_out);
    if (!ok(shown + left_out == wanted && strlen(message) < 4096, "%s: %d shown and %d left out are all", what,
            shown, left_out))
        note("its end is", message + (strlen(message) > 200 ? strlen(message) - 200 : 0));
}

/* A list that does not fit ends in a count, however long the library's name is. */
static void cut_lists(void) {
    enum { COUNT = 1000 };
    static ffi_function *function;
    static ffi_binding   bindings[COUNT];
    static char          missing[COUNT][32];
    char                 path[5000];
    for (int i = 0; i < COUNT; i++) {
        snprintf(missing[i], sizeof missing[i], "missing_%04d", i);
        bindings[i] = (ffi_binding){missing[i], "int(int)", &function, 0, 0};
    }
    ffi_library_bind(libc, bindings, COUNT);
    counts_all(COUNT, "1,000 missing names");
    strcpy(path, library_path("plain"));
    for (char *slash = strrchr(path, '/'); strlen(path) < 430;) {
        memmove(slash + 2, slash, strlen(slash) + 1);
        memcpy(slash, "/.", 2);
    }
    ffi_library *plain = ffi_library_open(context, path, 0);
    if (!ok(plain != NULL, "a library with a long path")) return;
    ffi_library_bind(plain, bindings, COUNT);
    counts_all(COUNT, "the same of a long path");
    ffi_library_close(plain);
}

int main(void) {
    context = ffi_context_new(NULL);
    libc    = ffi_library_open(context, "c", 0);
    versions();
    symbols_of(library_path("plain"), "plain_answer");
    symbols_of("c", "printf");
    symbols_of("m", "floor");
    symbols_of("z", "deflate");
    batches();
    thousand();
    cut_lists();
    ffi_context_free(context);
    return done();
}
