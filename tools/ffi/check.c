/* SPDX-License-Identifier: MIT */
/*
 * `ffi check`: declarations compared with the library that they are for. Its debug information tells the types
 * that were compiled; without it the symbols tell whether a name is a function, and how large a variable is.
 */
#include "argument.h"
#include "command.h"
#include "complain.h"
#include "debug/compare.h"
#include "source.h"
#include "symbols.h"
#include "system.h"
#include "text.h"
#include "type.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_ROOM = 1024, PATH_ROOM = 4096 };

enum subject { FUNCTIONS, VARIABLES, TYPES, SUBJECTS };
static const char *const subjects[SUBJECTS][2] = {
    {"function", "functions"}, {"variable", "variables"}, {"type", "types"}};

struct check {
    ffi_context          *context;
    const struct options *options;
    ffi_library          *library;
    ffi_function         *function; /* of the signature to check, or NULL */
    const char           *title;    /* of the library */
    const char           *header;   /* of the operand, or NULL */
    const char           *only;     /* the one name to check, or NULL */
    struct symbols        symbols;
    char                  path[PATH_ROOM];
    const char           *base;  /* where the file begins in memory; NULL: it is not known */
    struct debug         *debug; /* NULL: the library has no debug information, or it cannot be read */
    char                  reason[DEBUG_REASON];
    size_t                agree[SUBJECTS], differ, doubts, unknown;
    const char           *between; /* of JSON's list */
};

static bool in_json(const struct check *check) {
    return check->options->given & OPTION_JSON;
}

/* ---- reports ---- */

static void put_json(const char *name, const char *text) {
    printf(", \"%s\": ", name);
    if (text) text_json(stdout, text, strlen(text));
    else fputs("null", stdout);
}

/* One reason of a difference, with both sides below the last one. */
static void report_line(struct check *check, bool error, const char *name, const char *line, size_t length) {
    if (in_json(check)) {
        char *copy = text_copy(line, length);
        printf("%s{\"severity\": \"%s\"", check->between, error ? "error" : "warning");
        put_json("name", name);
        put_json("message", copy ? copy : "");
        putchar('}');
        check->between = ", ";
        free(copy);
        return;
    }
    printf("%s: %s%s%s: %s: %.*s\n", check->title, colour_in(stdout, error ? COLOUR_ERROR : COLOUR_WARNING),
           error ? "error" : "warning", colour_in(stdout, COLOUR_END), name, (int)length, line);
}

static void report_sides(const struct check *check, const char *name, const char *declared,
                         const char *compiled, const char *place) {
    const struct origin *origin = check->options->origins ? origin_of(check->options->origins, name) : NULL;
    printf("    declared  %s", declared);
    if (origin) printf("    %.*s:%u", (int)origin->file.length, origin->file.at, origin->line);
    printf("\n    compiled  %s%s%s\n", compiled, *place ? "    " : "", place);
}

static void report(struct check *check, const char *name, const ffi_ctype *type, die *at,
                   const struct difference *found) {
    char declared[TEXT_ROOM], compiled[TEXT_ROOM], place[256];
    for (const char *line = found->why; *line; line += strspn(line, "\n")) {
        size_t length = strcspn(line, "\n");
        report_line(check, *line == 'e', name, line + 1, length - 1);
        line += length;
    }
    if (found->errors) check->differ++;
    else check->doubts++;
    if (in_json(check) || ffi_type_kind(type) == FFI_KIND_STRUCT || ffi_type_kind(type) == FFI_KIND_UNION ||
        ffi_type_kind(type) == FFI_KIND_ENUM)
        return;
    ffi_type_format_named(type, name, declared, sizeof declared);
    die  target;
    bool variable = ffi_type_kind(type) != FFI_KIND_FUNCTION;
    if (!variable) die_text(check->debug, at, name, compiled, sizeof compiled);
    else if (die_reference(check->debug, at, AT_TYPE, &target))
        die_text(check->debug, &target, name, compiled, sizeof compiled);
    die_place(check->debug, at, place, sizeof place);
    report_sides(check, name, declared, compiled, place);
}

__attribute__((format(printf, 4, 5))) static void report_plain(struct check *check, bool error,
                                                               const char *name, const char *format, ...) {
    char    line[TEXT_ROOM];
    va_list list;
    va_start(list, format);
    vsnprintf(line, sizeof line, format, list);
    va_end(list);
    report_line(check, error, name, line, strlen(line));
    if (error) check->differ++;
    else check->doubts++;
}

/* ---- one name ---- */

static void count(struct check *check, enum subject subject, const char *name, const ffi_ctype *type, die *at,
                  const struct difference *found) {
    if (*found->why) report(check, name, type, at, found);
    if (!found->errors) check->agree[subject]++;
}

static uint64_t address_in_file(const struct check *check, const struct symbol *symbol) {
    return check->base ? (uint64_t)((const char *)symbol->address - check->base) : 0;
}

/* Without debug information: the kind of a symbol and the size of a variable. */
static void check_symbol(struct check *check, const char *name, const ffi_ctype *type,
                         const struct symbol *symbol) {
    bool   function = ffi_type_kind(type) == FFI_KIND_FUNCTION;
    size_t size     = ffi_type_size(type);
    if (function && symbol->kind == FFI_SYMBOL_DATA) {
        report_plain(check, true, name, "declared as a function, but the library has a variable of %zu bytes",
                     symbol->size);
    } else if (!function && symbol->kind == FFI_SYMBOL_FUNCTION) {
        report_plain(check, true, name, "declared as a variable, but the library has a function");
    } else if (!function && size && symbol->size && size != symbol->size) {
        report_plain(check, true, name, "declared with %zu byte%s, but the library's variable has %zu", size,
                     size == 1 ? "" : "s", symbol->size);
    } else {
        check->agree[function ? FUNCTIONS : VARIABLES]++;
    }
}

static void check_exported(struct check *check, const char *name, const ffi_ctype *type,
                           const struct symbol *symbol) {
    bool              function = ffi_type_kind(type) == FFI_KIND_FUNCTION;
    struct difference found;
    die               at;
    char              abi[COMPARE_ABI];
    int               tag    = function ? TAG_SUBPROGRAM : TAG_VARIABLE;
    size_t            differ = check->differ;
    check_symbol(check, name, type, symbol);
    if (!check->debug || check->differ > differ) return;
    check->agree[function ? FUNCTIONS : VARIABLES]--;
    const char *own = symbol->name ? symbol->name : name;
    if (!debug_symbol(check->debug, tag, own, function ? address_in_file(check, symbol) : 0, &at) ||
        die_says_nothing(check->debug, &at)) {
        check->unknown++;
        return;
    }
    found = function ? compare_function(check->debug, type, compare_abi(check->context, type, abi), &at)
                     : compare_variable(check->debug, type, &at);
    count(check, function ? FUNCTIONS : VARIABLES, name, type, &at, &found);
}

/* A tag may be defined in several ways in files of the library. It agrees if one of them does. */
static void check_type(struct check *check, const char *name, const ffi_ctype *type, int tag) {
    struct difference found = {0};
    die               at, first;
    if (!ffi_type_is_complete(type)) return;
    for (size_t i = 0; debug_type(check->debug, tag, name, i, &at); i++) {
        die inner = at;
        if (tag == TAG_TYPEDEF && !die_type(check->debug, &at, &inner)) continue;
        struct difference one = compare_tagged(check->debug, type, &inner);
        if (!one.errors) {
            check->agree[TYPES]++;
            return;
        }
        if (!*found.why) found = one, first = inner;
    }
    if (*found.why) report(check, name, type, &first, &found);
}

static bool is_of_headers(const struct check *check, const struct origin *origin) {
    if (check->header && origin_is_of(origin, check->header)) return true;
    for (size_t i = 0; i < check->options->source_count; i++)
        if (check->options->sources[i].header && origin_is_of(origin, check->options->sources[i].name))
            return true;
    return false;
}

/* A header's function may be missing from the library; the C library's, which it includes, are no part of it.
 */
static void check_absent(struct check *check, const char *name) {
    const struct origin *origin = check->options->origins ? origin_of(check->options->origins, name) : NULL;
    if (check->only) {
        report_plain(check, true, name, "the library has no such symbol");
    } else if (origin && is_of_headers(check, origin)) {
        report_plain(check, false, name, "declared at %.*s:%u, but the library does not export it",
                     (int)origin->file.length, origin->file.at, origin->line);
    }
}

/* The symbol of a declared name; a function may be declared with another one: __asm__("__xpg_strerror_r"). */
static const struct symbol *find_symbol(const struct check *check, ffi_declared what, const char *name) {
    const struct symbol *symbol = symbols_find(&check->symbols, name);
    ffi_function        *function =
        what == FFI_DECLARED_FUNCTION ? ffi_library_function(check->library, name, NULL) : NULL;
    const struct symbol *labelled =
        function ? symbols_find(&check->symbols, ffi_function_name(function)) : NULL;
    ffi_function_free(function);
    return labelled ? labelled : symbol;
}

static bool visit(ffi_declared what, const char *name, const ffi_ctype *type, void *userdata) {
    struct check        *check = userdata;
    const struct symbol *symbol;
    if (check->only && strcmp(name, check->only) != 0) return true;
    switch (what) {
    case FFI_DECLARED_FUNCTION:
    case FFI_DECLARED_VARIABLE:
        if ((symbol = find_symbol(check, what, name))) check_exported(check, name, type, symbol);
        else if (what == FFI_DECLARED_FUNCTION) check_absent(check, name);
        break;
    case FFI_DECLARED_TAG:
        if (check->debug)
            check_type(check, name, type,
                       !is_record(type)                        ? TAG_ENUM
                       : ffi_type_kind(type) == FFI_KIND_UNION ? TAG_UNION
                                                               : TAG_STRUCT);
        break;
    case FFI_DECLARED_TYPEDEF: /* of a record that has no tag */
        if (check->debug && is_record(type) && !*ffi_type_name(type))
            check_type(check, name, type, TAG_TYPEDEF);
        break;
    default: break;
    }
    return true;
}

/* ---- all ---- */

static void put_counts(const struct check *check) {
    const char *between = "";
    for (int i = 0; i < SUBJECTS; i++) {
        if (!check->agree[i]) continue;
        printf("%s%zu %s", between, check->agree[i], subjects[i][check->agree[i] != 1]);
        between = ", ";
    }
    if (!*between) printf("nothing");
}

static void put_summary(const struct check *check) {
    printf("%s: ", check->title);
    put_counts(check);
    if (!check->debug) {
        printf(" checked by symbol alone: %s\n", check->reason);
        return;
    }
    printf(" agree%s with DWARF %u", check->agree[0] + check->agree[1] + check->agree[2] <= 1 ? "s" : "",
           debug_version(check->debug));
    if (check->differ) printf("; %zu differ%s", check->differ, check->differ == 1 ? "s" : "");
    if (check->unknown) printf("; %zu without debug information", check->unknown);
    if (debug_missing(check->debug)) printf("; %s was not found", debug_missing(check->debug));
    putchar('\n');
}

static void put_json_summary(const struct check *check) {
    printf("], \"functions\": %zu, \"variables\": %zu, \"types\": %zu, \"differ\": %zu, \"unknown\": %zu, "
           "\"debug\": ",
           check->agree[FUNCTIONS], check->agree[VARIABLES], check->agree[TYPES], check->differ,
           check->unknown);
    if (check->debug)
        printf("{\"version\": %u", debug_version(check->debug)), put_json("file", debug_file(check->debug));
    else printf("{\"version\": null"), put_json("reason", check->reason);
    if (check->debug) put_json("missing", debug_missing(check->debug));
    printf("}}\n");
}

static void open_debug(struct check *check) {
    bool without;
    for (size_t i = 0; i < check->symbols.count && !*check->path; i++) {
        const struct symbol *symbol = &check->symbols.at[i];
        if (symbol->kind == FFI_SYMBOL_ABSOLUTE || symbol->kind == FFI_SYMBOL_THREAD_LOCAL) continue;
        system_file_of(symbol->address, check->path, sizeof check->path, &check->base);
    }
    snprintf(check->reason, sizeof check->reason, "the library's file is not known");
    if (!*check->path) return;
    check->debug = debug_open(check->path, &without, check->reason);
    if (without)
        snprintf(check->reason, sizeof check->reason,
                 "neither the library nor a separate file has debug information");
}

static void check_signature(struct check *check) {
    const char          *name   = ffi_function_name(check->function);
    const struct symbol *symbol = symbols_find(&check->symbols, name);
    struct symbol other = {.address = ffi_function_address(check->function)}; /* found in a library behind it */
    check_exported(check, name, ffi_function_signature(check->function), symbol ? symbol : &other);
}

static bool has_found(const struct check *check) {
    return check->agree[FUNCTIONS] + check->agree[VARIABLES] + check->agree[TYPES] + check->differ +
               check->doubts + check->unknown >
           0;
}

static int check_all(struct check *check) {
    if (in_json(check)) {
        printf("{\"library\": ");
        text_json(stdout, check->title, strlen(check->title));
        put_json("path", *check->path ? check->path : NULL);
        printf(", \"problems\": [");
    }
    if (check->function) check_signature(check);
    else if (ffi_declared_each(check->context, visit, check)) return complain_last(EXIT_FAILED, NULL);
    if (in_json(check)) put_json_summary(check);
    else if (has_found(check)) put_summary(check);
    else {
        note_that("name a header or a signature that declares it: 'ffi check LIBRARY HEADER'");
        return complain(EXIT_FAILED, "%s exports nothing of what is declared", check->title);
    }
    int code = finish_output(stdout);
    if (code || !check->differ) return code;
    return complain(EXIT_FAILED, "%zu declaration%s not agree with %s", check->differ,
                    check->differ == 1 ? " does" : "s do", check->title);
}

/* Declares what the second operand says: a signature, the name of a function, or a header. */
static int declare_operand(struct check *check) {
    const char *operand = check->options->operands[1];
    if (is_name_alone(operand)) {
        if (!ffi_declared_type(check->context, operand) &&
            !declared_function(check->context, check->options, operand))
            return EXIT_FAILED;
        check->only = operand;
        return EXIT_FINE;
    }
    if (!strchr(operand, '(')) {
        check->header = operand;
        return declare_header(check->context, check->options, operand);
    }
    check->function = ffi_library_function(check->library, NULL, operand);
    return check->function ? EXIT_FINE : complain_last(EXIT_FAILED, NULL);
}

static int run(ffi_context *context, const struct options *options) {
    struct check check = {.context = context, .options = options, .between = ""};
    if (!(check.library = open_operand(context, options->operands[0]))) return complain_last(EXIT_FAILED, NULL);
    check.title = library_title(check.library);
    int code    = options->count > 1 ? declare_operand(&check) : EXIT_FINE;
    if (!code && options->count == 1 && !options->source_count) declare_common(context, options);
    if (!code) code = symbols_read(&check.symbols, check.library);
    if (!code) open_debug(&check);
    if (!code) code = check_all(&check);
    debug_close(check.debug);
    symbols_free(&check.symbols);
    return code;
}

const struct command command_check = {
    .name          = "check",
    .summary       = "compare declarations with a library's debug information",
    .options       = OPTION_JSON | OPTIONS_DECLARE,
    .least         = 1,
    .most          = 2,
    .mixes         = true,
    .wants_origins = true,
    .run           = run,
    .examples      = &system_examples.check,
    .help          = "usage: ffi check [--json] [-i FILE] [-I HEADER] LIBRARY [SIGNATURE|HEADER]\n"
                     "\n"
                     "Compares declarations with what the library was compiled from, by its debug information\n"
                     "(DWARF, read by elfutils' libdw): the number and types of parameters, the result, variable\n"
                     "arguments, the calling convention, the layout of records, the values of enums. Separate\n"
                     "debug files are found as debuggers find them. Without debug information the symbols tell\n"
                     "whether a name is a function, and how large a variable is.\n"
                     "\n"
                     "The second operand is one signature, the name of a declared function, or a header; without\n"
                     "it, and without -i and -I, all of the system's common headers is compared.\n"
                     "The exit status is 1 if a declaration differs. A warning does not change it: the sign of\n"
                     "an integer differs, or a header declares what the library does not export.\n"
                     "\n"
                     "  --json     print one JSON object\n" HELP_DECLARE,
};
