/* SPDX-License-Identifier: MIT */
/* `ffi symbols`: the symbols that a library defines for others, sorted by name. */
#include "ffi.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const char *const kinds[] = {[FFI_SYMBOL_UNKNOWN]      = "unknown",
                                    [FFI_SYMBOL_FUNCTION]     = "function",
                                    [FFI_SYMBOL_DATA]         = "data",
                                    [FFI_SYMBOL_THREAD_LOCAL] = "thread-local",
                                    [FFI_SYMBOL_ABSOLUTE]     = "absolute"};

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

/* The name comes last, because only a name may have spaces. */
static void show(const struct symbols *list) {
    int width = 1;
    for (size_t i = 0; i < list->count; i++) {
        size_t length = strlen(list->at[i].version);
        if (length > (size_t)width && length < 40) width = (int)length;
    }
    for (size_t i = 0; i < list->count; i++) {
        const struct symbol *symbol = &list->at[i];
        printf("0x%016" PRIxPTR "  %-12s  %8zu  %-*s  %s\n", (uintptr_t)symbol->address, kinds[symbol->kind],
               symbol->size, width, *symbol->version ? symbol->version : "-", symbol->name);
    }
}

static void show_json(const struct symbols *list, const char *library) {
    fputs("{\"library\": ", stdout);
    text_json(stdout, library, strlen(library));
    fputs(", \"symbols\": [", stdout);
    for (size_t i = 0; i < list->count; i++) {
        const struct symbol *symbol = &list->at[i];
        fputs(i ? ", {\"name\": " : "{\"name\": ", stdout);
        text_json(stdout, symbol->name, strlen(symbol->name));
        printf(", \"address\": \"0x%" PRIxPTR "\", \"kind\": \"%s\", \"size\": %zu, \"version\": ",
               (uintptr_t)symbol->address, kinds[symbol->kind], symbol->size);
        text_json(stdout, symbol->version, strlen(symbol->version));
        fputs("}", stdout);
    }
    fputs("]}\n", stdout);
}

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

static int list_symbols(ffi_context *context, struct symbols *list, const struct options *options) {
    ffi_library *library = open_operand(context, options->operands[0]);
    int          code    = library ? symbols_read(list, library) : complain_last(EXIT_FAILED, NULL);
    if (code) return code;
    if (!list->count && list->pattern)
        return complain(EXIT_FAILED, "%s has no symbol that matches '%s'", library_title(library),
                        list->pattern);
    if (options->given & OPTION_JSON) show_json(list, library_title(library));
    else show(list);
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
