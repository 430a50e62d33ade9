/* SPDX-License-Identifier: MIT */
/* `ffi symbols`: the symbols that a library defines for others, sorted by name. */
#include "symbols.h"
#include "command.h"
#include "complain.h"
#include "system.h"
#include "text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const char *const kinds[] = {[FFI_SYMBOL_UNKNOWN]      = "unknown",
                                    [FFI_SYMBOL_FUNCTION]     = "function",
                                    [FFI_SYMBOL_DATA]         = "data",
                                    [FFI_SYMBOL_THREAD_LOCAL] = "thread-local",
                                    [FFI_SYMBOL_ABSOLUTE]     = "absolute"};

/* How symbols are shown. */
struct listing {
    bool          addresses, json;
    const char   *base;      /* where the library's file begins in memory */
    ffi_function *demangler; /* NULL: there is none */
    const char   *between;   /* of JSON's list */
};

/* Symbols of other versions than the default one are left out, because `ffi call` does not find them. */
static bool add(const ffi_symbol *symbol, void *userdata) {
    struct symbols *list = userdata;
    if (!symbol->is_default || (list->pattern && !text_matches(list->pattern, symbol->name))) return true;
    if (list->count == list->room) {
        size_t         room    = list->room ? list->room * 2 : 256;
        struct symbol *symbols = realloc(list->at, room * sizeof *symbols);
        if (!symbols) return list->no_memory = true, false;
        list->at   = symbols;
        list->room = room;
    }
    size_t name_size = strlen(symbol->name) + 1, version_size = strlen(symbol->version) + 1;
    char  *copy = malloc(name_size + version_size);
    if (!copy) return list->no_memory = true, false;
    memcpy(copy, symbol->name, name_size);
    memcpy(copy + name_size, symbol->version, version_size);
    list->at[list->count++] =
        (struct symbol){copy, copy + name_size, symbol->address, symbol->size, symbol->kind};
    return true;
}

static int by_name(const void *a, const void *b) {
    return strcmp(((const struct symbol *)a)->name, ((const struct symbol *)b)->name);
}

/* ---- C++'s names ---- */

/* libstdc++'s __cxa_demangle(), if there is one; libc++ has the same function. */
static ffi_function *find_demangler(ffi_context *context) {
    static const char *const names[]     = {"stdc++", "c++abi"};
    static const char        signature[] = "char *__cxa_demangle(const char *, char *, size_t *, int *)";
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        ffi_library  *library  = ffi_library_open(context, names[i], 0);
        ffi_function *function = library ? ffi_library_function(library, NULL, signature) : NULL;
        if (function) return function;
    }
    return NULL;
}

/* The name as C++ writes it; NULL if it is none of C++. The caller frees it. */
static char *demangled(const struct listing *listing, const char *name) {
    char *text = NULL;
    int   status;
    if (!listing->demangler || strncmp(name, "_Z", 2) != 0) return NULL;
    ffi_invoke(listing->demangler, &text, (ffi_value[]){{.str = name}, {0}, {0}, {.ptr = &status}});
    return text;
}

/* ---- output ---- */

/* An offset in the file, which does not change from run to run, or the address. That of an absolute symbol is its
 * number, that of a thread-local one is this thread's. */
static uintptr_t place_of(const struct listing *listing, const struct symbol *symbol) {
    uintptr_t at = (uintptr_t)symbol->address;
    if (symbol->kind == FFI_SYMBOL_ABSOLUTE || listing->addresses) return at;
    if (symbol->kind == FFI_SYMBOL_THREAD_LOCAL) return 0;
    return at - (uintptr_t)listing->base;
}

/* The name comes last, because only a name may have spaces. */
static void show(const struct listing *listing, const struct symbols *list) {
    int width = 1;
    for (size_t i = 0; i < list->count; i++) {
        size_t length = strlen(list->at[i].version);
        if (length > (size_t)width && length < 40) width = (int)length;
    }
    for (size_t i = 0; i < list->count; i++) {
        const struct symbol *symbol = &list->at[i];
        char                *name   = demangled(listing, symbol->name);
        printf("0x%016" PRIxPTR "  %-12s  %8zu  %-*s  %s\n", place_of(listing, symbol), kinds[symbol->kind],
               symbol->size, width, *symbol->version ? symbol->version : "-", name ? name : symbol->name);
        free(name);
    }
}

static void put_json(const char *name, const char *text) {
    printf("\"%s\": ", name);
    text_json(stdout, text, strlen(text));
}

static void show_json(const struct listing *listing, const struct symbols *list, const char *library) {
    putchar('{');
    put_json("library", library);
    fputs(", \"symbols\": [", stdout);
    for (size_t i = 0; i < list->count; i++) {
        const struct symbol *symbol = &list->at[i];
        char                *name   = demangled(listing, symbol->name);
        fputs(i ? ", {" : "{", stdout);
        put_json("name", symbol->name);
        if (name) fputs(", ", stdout), put_json("demangled", name);
        printf(", \"%s\": \"0x%" PRIxPTR "\", \"kind\": \"%s\", \"size\": %zu, ",
               listing->addresses ? "address" : "offset", place_of(listing, symbol), kinds[symbol->kind],
               symbol->size);
        put_json("version", symbol->version);
        putchar('}');
        free(name);
    }
    fputs("]}\n", stdout);
}

/* ---- the libraries that a library needs ---- */

static void put_needed(const char *name, void *userdata) {
    struct listing *listing = userdata;
    if (!listing->json) {
        puts(name);
        return;
    }
    fputs(listing->between, stdout);
    text_json(stdout, name, strlen(name));
    listing->between = ", ";
}

static int show_needed(struct listing *listing, const char *title) {
    if (listing->json) {
        printf("{");
        put_json("library", title);
        printf(", \"needed\": [");
    }
    if (!listing->base || !system_needed(listing->base, put_needed, listing))
        return complain(EXIT_FAILED, "the system does not tell what %s needs", title);
    if (listing->json) puts("]}");
    return finish_output(stdout);
}

/* ---- reading ---- */

int symbols_read(struct symbols *list, ffi_library *library) {
    if (ffi_library_symbols(library, add, list)) return complain_last(EXIT_FAILED, NULL);
    if (list->no_memory) return complain(EXIT_FAILED, "there is no memory for the symbols");
    if (list->count) qsort(list->at, list->count, sizeof *list->at, by_name);
    return EXIT_FINE;
}

void symbols_free(struct symbols *list) {
    while (list->count) free(list->at[--list->count].name);
    free(list->at);
}

const struct symbol *symbols_find(const struct symbols *list, const char *name) {
    struct symbol wanted = {.name = (char *)name};
    return list->count ? bsearch(&wanted, list->at, list->count, sizeof wanted, by_name) : NULL;
}

static const char *find_base(const struct symbols *list) {
    char        path[4096];
    const char *base = NULL;
    for (size_t i = 0; i < list->count; i++)
        if (list->at[i].kind != FFI_SYMBOL_ABSOLUTE && list->at[i].kind != FFI_SYMBOL_THREAD_LOCAL &&
            system_file_of(list->at[i].address, path, sizeof path, &base))
            return base;
    return NULL;
}

static int list_symbols(ffi_context *context, struct symbols *list, const struct options *options) {
    ffi_library *library = open_operand(context, options->operands[0]);
    int          code    = library ? symbols_read(list, library) : complain_last(EXIT_FAILED, NULL);
    if (code) return code;
    struct listing listing = {.addresses = options->given & OPTION_ADDRESSES,
                              .json      = options->given & OPTION_JSON,
                              .base      = find_base(list),
                              .between   = ""};
    if (options->given & OPTION_NEEDED) return show_needed(&listing, library_title(library));
    if (!list->count && list->pattern)
        return complain(EXIT_FAILED, "%s has no symbol that matches '%s'", library_title(library),
                        list->pattern);
    listing.demangler = find_demangler(context);
    if (listing.json) show_json(&listing, list, library_title(library));
    else show(&listing, list);
    return finish_output(stdout);
}

static int run(ffi_context *context, const struct options *options) {
    struct symbols list = {.pattern = options->count > 1 ? options->operands[1] : NULL};
    int            code = list_symbols(context, &list, options);
    symbols_free(&list);
    return code;
}

const struct command command_symbols = {
    .name     = "symbols",
    .summary  = "list what a library defines",
    .options  = OPTION_JSON | OPTION_ADDRESSES | OPTION_NEEDED,
    .least    = 1,
    .most     = 2,
    .mixes    = true,
    .run      = run,
    .examples = &system_examples.symbols,
    .help =
        "usage: ffi symbols [--json] [--addresses] [--needed] LIBRARY [PATTERN]\n"
        "\n"
        "Lists each symbol that LIBRARY defines for others, sorted by name: its offset in the file, its kind "
        "(function,\n"
        "data, thread-local, absolute, unknown), its size in bytes, its version (- if it has none), its name.\n"
        "PATTERN is one of the shell, such as 'str*'; quote it. LIBRARY is as in 'ffi call'.\n"
        "\n"
        "  --addresses  addresses in memory instead of offsets\n"
        "  --needed     list the libraries that LIBRARY needs instead\n"
        "  --json       print one JSON object\n",
};
