/* SPDX-License-Identifier: MIT */
/*
 * `ffi bind`: bindings made from headers. This file selects declarations; bind_types.c finds the types that they need;
 * bind_*.c write. The output depends on the headers and on what the library exports, on
 * nothing else, so that it can be kept under version control.
 */
#include "bind.h"
#include "command.h"
#include "complain.h"
#include "source.h"
#include "symbols.h"
#include "system.h"
#include "text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;
    void (*write)(const struct binding *binding);
} languages[] = {
    {"c", write_c}, {"json", write_json}, {"lua", write_lua}, {"python", write_python}, {"ts", write_ts}};

enum { LANGUAGES = sizeof languages / sizeof *languages };

/* ---- selection ---- */

static bool matches_any(const struct options *options, unsigned option, const char *text, bool otherwise) {
    bool found = otherwise;
    for (size_t i = 0; i < options->pattern_count; i++) {
        if (options->patterns[i].option != option) continue;
        if (text_matches(options->patterns[i].text, text)) return true;
        found = false;
    }
    return found;
}

/* A file matches a pattern by its path or by its name. */
static bool is_from(const struct options *options, const struct origin *origin) {
    char *path = text_copy(origin->file.at, origin->file.length);
    if (!path) return false;
    const char *slash = strrchr(path, '/');
    bool        found = matches_any(options, OPTION_FROM, path, false) ||
                 (slash && matches_any(options, OPTION_FROM, slash + 1, false));
    return free(path), found;
}

static bool is_of_headers(const struct options *options, const struct origin *origin) {
    if (options->given & OPTION_FROM) return is_from(options, origin);
    for (int i = 0; i < options->count; i++)
        if (origin_is_of(origin, options->operands[i])) return true;
    return false;
}

static bool is_selected(const struct options *options, const struct item *item) {
    return item->origin && is_of_headers(options, item->origin) &&
           matches_any(options, OPTION_ONLY, item->name, true) &&
           !matches_any(options, OPTION_EXCEPT, item->name, false);
}

static bool add_item(ffi_declared what, const char *name, const ffi_ctype *type, void *userdata) {
    struct binding *binding = userdata;
    if (binding->count == binding->room) {
        size_t       room  = binding->room ? binding->room * 2 : 1024;
        struct item *items = realloc(binding->items, room * sizeof *items);
        if (!items) return binding->no_memory = true, false;
        binding->items = items;
        binding->room  = room;
    }
    struct item item                 = {what, name, type, origin_of(binding->options->origins, name), false};
    item.selected                    = is_selected(binding->options, &item);
    binding->items[binding->count++] = item;
    return true;
}

/* By file and line; what a macro or one declaration declares keeps its order. */
static int by_place(const void *left, const void *right) {
    const struct item *a = left, *b = right;
    size_t             x = a->origin ? a->origin->order : 0, y = b->origin ? b->origin->order : 0;
    return x < y ? -1 : x > y ? 1 : strcmp(a->name, b->name);
}

/* Leaves out the functions and variables that the library does not export. */
static int select_exported(struct binding *binding) {
    struct symbols symbols = {0};
    ffi_library   *library = binding->library ? open_operand(binding->context, binding->library) : NULL;
    if (!binding->library) return EXIT_FINE;
    int code        = library ? symbols_read(&symbols, library) : complain_last(EXIT_FAILED, NULL);
    binding->absent = calloc(binding->count + 1, sizeof *binding->absent);
    for (size_t i = 0; !code && binding->absent && i < binding->count; i++) {
        struct item *item   = &binding->items[i];
        bool         symbol = item->what == FFI_DECLARED_FUNCTION || item->what == FFI_DECLARED_VARIABLE;
        if (!item->selected || !symbol || symbols_find(&symbols, item->name)) continue;
        item->selected                           = false;
        binding->absent[binding->absent_count++] = item->name;
    }
    symbols_free(&symbols);
    return code;
}

/* ---- the command ---- */

static void make_prefix(struct binding *binding) {
    const char *from   = binding->library ? binding->library : binding->options->operands[0];
    const char *slash  = strrchr(from, '/');
    size_t      length = 0;
    if (slash) from = slash + 1;
    if (!strncmp(from, "lib", 3) && strstr(from, ".so")) from += 3;
    if (isdigit((unsigned char)*from)) binding->prefix[length++] = '_';
    for (; *from && *from != '.' && length + 1 < sizeof binding->prefix; from++)
        binding->prefix[length++] = isalnum((unsigned char)*from) ? *from : '_';
}

static int find_language(const char *name, size_t *index) {
    char   list[128] = "";
    size_t length    = 0;
    for (*index = 0; *index < LANGUAGES; ++*index)
        if (name && !strcmp(name, languages[*index].name)) return EXIT_FINE;
    for (size_t i = 0; i < LANGUAGES; i++)
        length += (size_t)snprintf(list + length, sizeof list - length, " %s", languages[i].name);
    return name ? complain(EXIT_USAGE, "no language is named '%s'; there are:%s", name, list)
                : complain(EXIT_USAGE, "option --lang is missing; the languages are:%s", list);
}

/* A header that only includes others, such as z3.h: tells how many names files with its name in their path declare. */
static void note_files(const struct binding *binding) {
    const char *header = binding->options->operands[0], *slash = strrchr(header, '/');
    char        stem[64];
    size_t      count = 0;
    snprintf(stem, sizeof stem, "%s", slash ? slash + 1 : header);
    stem[strcspn(stem, ".")] = 0;
    for (size_t i = 0; i < binding->count && *stem; i++) {
        const struct origin *origin = binding->items[i].origin;
        char                *path   = origin ? text_copy(origin->file.at, origin->file.length) : NULL;
        count += path && strstr(path, stem);
        free(path);
    }
    if (count) note_that("files with its name in their path declare %zu names: --from '*%s*'", count, stem);
}

static int write_binding(struct binding *binding, size_t language) {
    const struct options *options  = binding->options;
    int                   code     = EXIT_FINE;
    size_t                selected = 0;
    for (int i = 0; !code && i < options->count; i++)
        code = declare_header(binding->context, options, options->operands[i]);
    if (code) return code;
    if (ffi_declared_each(binding->context, add_item, binding)) return complain_last(EXIT_FAILED, NULL);
    if (binding->count) qsort(binding->items, binding->count, sizeof *binding->items, by_place);
    for (size_t i = 0; i < binding->count; i++) selected += binding->items[i].selected;
    if (!selected && !options->pattern_count) note_files(binding);
    if (!selected)
        return complain(EXIT_FAILED, "%s declares nothing that is selected; --from PATTERN selects by file",
                        options->operands[0]);
    if ((code = select_exported(binding))) return code;
    binding_need_types(binding);
    if (binding->no_memory) return complain(EXIT_FAILED, "there is no memory for the bindings");
    make_prefix(binding);
    languages[language].write(binding);
    return finish_output(stdout);
}

static int run(ffi_context *context, const struct options *options) {
    struct binding binding = {.context = context, .options = options, .library = options->library};
    size_t         language;
    int            code = find_language(options->language, &language);
    if (code) return code;
    binding.plain = ffi_context_new(NULL);
    code          = binding.plain ? write_binding(&binding, language) : complain_last(EXIT_FAILED, NULL);
    ffi_context_free(binding.plain);
    free(binding.items);
    free(binding.needed);
    free(binding.absent);
    return code;
}

const struct command command_bind = {
    .name          = "bind",
    .summary       = "print bindings of a header for Lua, Python, C or TypeScript",
    .options       = OPTION_LIBRARY | OPTION_LANGUAGE | OPTIONS_PATTERN | (OPTIONS_DECLARE & ~OPTION_DIALECT),
    .least         = 1,
    .most          = -1,
    .mixes         = true,
    .wants_origins = true,
    .run           = run,
    .examples      = &system_examples.bind,
    .help = "usage: ffi bind --lang LANGUAGE [--library LIBRARY] [--only NAME] [--from FILE] HEADER...\n"
            "\n"
            "Prints bindings of what headers declare: functions, variables, records, enums, constants,\n"
            "macros that are constants, types of callbacks, with the comments before them. LANGUAGE is\n"
            "  c       a table for ffi_library_bind\n"
            "  json    a description for other generators\n"
            "  lua     a module for ffi_invoke's Lua module and for LuaJIT\n"
            "  python  a module for Python's own ctypes\n"
            "What a header includes from other folders is left out, but for types that are needed.\n"
            "\n"
            "  --library L  the library to load; what it does not export is left out\n"
            "  --only P     only names that match the shell's pattern P; may be given many times\n"
            "  --except P   no names that match\n"
            "  --from P     what files declare whose path or name matches, instead of the headers\n"
            "  -i FILE      read C declarations; - is the standard input\n"
            "  -I HEADER    the same for what the C preprocessor makes of a header\n"
            "  --cflags W   give the preprocessor options: -I FOLDER, -D NAME\n"
            "  --pkg NAME   the same for those that pkg-config knows of a package\n"
            "  --skipped    list what of headers was not understood\n",
};
