/* SPDX-License-Identifier: MIT */
/*
 * Bindings for ffi_invoke's Node module, in TypeScript whose types can be erased: the declarations as C, and an interface
 * of the functions with the types of JavaScript that the module takes and gives.
 */
#include "bind.h"
#include "source.h"
#include "type.h"

#include <stdlib.h>
#include <string.h>

static bool is_reserved(const char *name) {
    static const char *const words[] = {
        "arguments",  "await",   "break",   "case",   "catch",    "class",   "const",     "continue",
        "debugger",   "default", "delete",  "do",     "else",     "enum",    "eval",      "export",
        "extends",    "false",   "finally", "for",    "function", "if",      "import",    "in",
        "instanceof", "let",     "new",     "null",   "package",  "private", "protected", "public",
        "return",     "static",  "super",   "switch", "this",     "throw",   "true",      "try",
        "typeof",     "var",     "void",    "while",  "with",     "yield",   "interface", "implements",
        "ffi",        "library"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (!strcmp(name, words[i])) return true;
    return false;
}

static const char *type_given(const ffi_ctype *type) {
    switch (ffi_type_class(type)) {
    case FFI_CLASS_BOOL: return "boolean | number";
    case FFI_CLASS_INT:
    case FFI_CLASS_UINT: return ffi_type_kind(type) == FFI_KIND_ENUM ? "number | string" : "number | bigint";
    case FFI_CLASS_REAL: return "number";
    default: return "Value";
    }
}

static const char *type_returned(const ffi_ctype *type) {
    bool writes = !(ffi_type_qualifiers(ffi_type_target(type)) & FFI_QUALIFIER_CONST);
    switch (ffi_type_class(type)) {
    case FFI_CLASS_VOID: return "void";
    case FFI_CLASS_BOOL: return "boolean";
    case FFI_CLASS_INT:
    case FFI_CLASS_UINT: return ffi_type_size(type) > 4 ? "number | bigint" : "number";
    case FFI_CLASS_REAL: return "number";
    case FFI_CLASS_TEXT: return writes ? "Value" : "string | null";
    case FFI_CLASS_POINTER: return "Pointer | null";
    default: return "Value";
    }
}

static void put_function(const struct item *item) {
    const ffi_ctype *type = item->type;
    if (item->origin && item->origin->comment.length) {
        printf("    /**\n");
        put_comment(stdout, item->origin, "     *");
        printf("     */\n");
    }
    printf("    %s(", item->name);
    for (size_t i = 0; i < ffi_type_parameter_count(type); i++) {
        const char *name = ffi_type_parameter_name(type, i);
        printf("%s", i ? ", " : "");
        if (*name && !is_reserved(name)) printf("%s", name);
        else printf("%s%zu", *name ? name : "a", i);
        printf(": %s", type_given(ffi_type_parameter(type, i)));
    }
    if (ffi_type_is_variadic(type)) printf("%s...more: Value[]", ffi_type_parameter_count(type) ? ", " : "");
    printf("): %s;\n", type_returned(ffi_type_target(type)));
}

static void put_functions(const struct binding *binding) {
    printf("\nexport interface Functions {\n");
    for (size_t i = 0; i < binding->count; i++)
        if (binding->items[i].selected && binding->items[i].what == FFI_DECLARED_FUNCTION)
            put_function(&binding->items[i]);
    printf("}\n\nexport const functions = library as unknown as Functions;\n");
}

/* The largest number that JavaScript's numbers hold exactly. */
static const int64_t safe = 9007199254740991;

static const struct notation ts = {"\\x%02x", true, "%sInfinity", "NaN"};

static void put_constants(const struct binding *binding) {
    printf("\nexport const constants = {\n");
    for (size_t i = 0; i < binding->count; i++) {
        const struct item *item = &binding->items[i];
        ffi_value          value;
        if (!item->selected || item->what != FFI_DECLARED_CONSTANT) continue;
        const ffi_ctype *type = ffi_declared_value(binding->context, item->name, &value);
        ffi_kind         kind = ffi_type_kind(type);
        bool big = kind >= FFI_KIND_I64 && kind <= FFI_KIND_U64 && (value.i64 > safe || value.i64 < -safe);
        if (kind > FFI_KIND_ENUM && kind != FFI_KIND_ARRAY) continue;
        printf("    %s: ", item->name);
        if (!put_constant(stdout, binding, item, &ts)) printf("null");
        printf("%s,\n", big ? "n" : "");
    }
    printf("} as const;\n");
}

static void put_records(const struct binding *binding) {
    printf("\nexport const records = {\n");
    for (size_t i = 0; i < binding->needed_count; i++) {
        const struct needed *needed = &binding->needed[i];
        if (!is_record(needed->type) || needed->opaque) continue;
        const char *word = is_tagless(needed->type)                        ? ""
                           : ffi_type_kind(needed->type) == FFI_KIND_UNION ? "union "
                                                                           : "struct ";
        printf("    %s: ffi.struct('%s%s'),\n", needed->name, word, needed->name);
    }
    printf("};\n");
}

/* The text of a prototype for cdef: without comments, as these may have what ends a template. */
static void put_declarations(const struct binding *binding) {
    printf("ffi.cdef(`\n");
    put_definitions(stdout, binding);
    for (size_t i = 0; i < binding->count; i++) {
        const struct item *item     = &binding->items[i];
        bool               function = item->what == FFI_DECLARED_FUNCTION;
        if (!item->selected || (!function && item->what != FFI_DECLARED_VARIABLE)) continue;
        char *text = text_of_type(item->type, item->name);
        printf("%s%s;\n", function ? "" : "extern ", text ? text : "");
        free(text);
    }
    printf("`);\n");
}

void write_ts(const struct binding *binding) {
    put_head(binding, "// ", "");
    printf("import ffi from 'ffi_invoke';\n"
           "import type { Library, Pointer, Value } from 'ffi_invoke';\n\n");
    put_declarations(binding);
    printf("\nexport const library: Library = ffi.load(");
    if (binding->library) printf("'%s'", binding->library);
    printf(");\n");
    put_functions(binding);
    put_records(binding);
    put_constants(binding);
}
