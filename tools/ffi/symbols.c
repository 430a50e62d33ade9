/* SPDX-License-Identifier: MIT */
/* `ffi symbols`: the symbols that a library defines for others, sorted by name. */
#include "ffi.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct symbol {
    char           *name, *version; /* in one block */
    void           *address;
    size_t          size;
    ffi_symbol_kind kind;
};

static const char *const kinds[] = {[FFI_SYMBOL_UNKNOWN]      = "unknown",
                                    [FFI_SYMBOL_FUNCTION]     = "function",
                                    [FFI_SYMBOL_DATA]         = "data",
                                    [FFI_SYMBOL_THREAD_LOCAL] = "thread-local",
                                    [FFI_SYMBOL_ABSOLUTE]     = "absolute"};

struct list {
    const char    *pattern;
    struct symbol *symbols;
    size_t         count, capacity;
    bool           no_memory;
};

/* Symbols of other versions than the default one are left out, because `ffi call` does not find them. */
static bool add(const ffi_symbol *symbol, void *userdata) {
    struct list *list = userdata;
    if (!symbol->is_default || (list->pattern && !text_matches(list->pattern, symbol->name))) return true;
    if (list->count == list->capacity) {
        size_t         capacity = list->capacity ? list->capacity * 2 : 256;
        struct symbol *symbols  = realloc(list->symbols, capacity * sizeof *symbols);
        if (!symbols) return list->no_memory = true, false;
        list->symbols  = symbols;
        list->capacity = capacity;
    }
    size_t name_size = strlen(symbol->name) + 1, version_size = strlen(symbol->version) + 1;
    char  *copy = malloc(name_size + version_size);
    if (!copy) return list->no_memory = true, false;
    memcpy(copy, symbol->name, name_size);
    memcpy(copy + name_size, symbol->version, version_size);
    list->symbols[list->count++] =
        (struct symbol){copy, copy + name_size, symbol->address, symbol->size, symbol->kind};
    return true;
}

static int by_name(const void *a, const void *b) {
    return strcmp(((const struct symbol *)a)->name, ((const struct symbol *)b)->name);
}

/* The name comes last, because only a name may have spaces. */
static void show(const struct list *list) {
    int width = 1;
    for (size_t i = 0; i < list->count; i++) {
        size_t length = strlen(list->symbols[i].version);
        if (length > (size_t)width && length < 40) width = (int)length;
    }
    for (size_t i = 0; i < list->count; i++) {
        const struct symbol *symbol = &list->symbols[i];
        printf("0x%016" PRIxPTR "  %-12s  %8zu  %-*s  %s\n", (uintptr_t)symbol->address, kinds[symbol->kind],
               symbol->size, width, *symbol->version ? symbol->version : "-", symbol->name);
    }
}

static void show_json(const struct list *list, const char *library) {
    fputs("{\"library\": ", stdout);
    text_json(stdout, library, strlen(library));
    fputs(", \"symbols\": [", stdout);
    for (size_t i = 0; i < list->count; i++) {
        const struct symbol *symbol = &list->symbols[i];
        fputs(i ? ", {\"name\": " : "{\"name\": ", stdout);
        text_json(stdout, symbol->name, strlen(symbol->name));
        printf(", \"address\": \"0x%" PRIxPTR "\", \"kind\": \"%s\", \"size\": %zu, \"version\": ",
               (uintptr_t)symbol->address, kinds[symbol->kind], symbol->size);
        text_json(stdout, symbol->version, strlen(symbol->version));
        fputs("}", stdout);
    }
    fputs("]}\n", stdout);
}

static int list_symbols(ffi_context *context, struct list *list, const struct options *options) {
    ffi_library *library = open_operand(context, options->operands[0]);
    if (!library || ffi_library_symbols(library, add, list)) return complain_last(EXIT_FAILED, NULL);
    if (list->no_memory) return complain(EXIT_FAILED, "there is no memory for the symbols");
    if (!list->count && list->pattern)
        return complain(EXIT_FAILED, "%s has no symbol that matches '%s'", library_title(library),
                        list->pattern);
    if (list->count) qsort(list->symbols, list->count, sizeof *list->symbols, by_name);
    if (options->given & OPTION_JSON) show_json(list, library_title(library));
    else show(list);
    return finish_output(stdout);
}

static int run(ffi_context *context, const struct options *options) {
    struct list list = {.pattern = options->count > 1 ? options->operands[1] : NULL};
    int         code = list_symbols(context, &list, options);
    while (list.count) free(list.symbols[--list.count].name);
    free(list.symbols);
    return code;
}

const struct command command_symbols = {
    .name     = "symbols",
    .options  = OPTION_JSON,
    .least    = 1,
    .most     = 2,
    .run      = run,
    .examples = &system_examples.symbols,
    .help =
        "usage: ffi symbols [--json] LIBRARY [PATTERN]\n"
        "\n"
        "Lists each symbol that LIBRARY defines for others, sorted by name: its address, its kind (function,\n"
        "data, thread-local, absolute, unknown), its size in bytes, its version (- if it has none), its name.\n"
        "PATTERN is one of the shell, such as 'str*'; quote it. LIBRARY is as in 'ffi call'.\n"
        "\n"
        "  --json     print one JSON object\n",
};
