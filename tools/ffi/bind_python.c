/* SPDX-License-Identifier: MIT */
/*
 * Bindings for Python's ctypes. A record of the tag `x` is the class `struct_x`; its typedefs are other names of the
 * class. A function whose types ctypes cannot pass is left out, with a line that says so.
 */
#include "bind_python.h"
#include "source.h"
#include "text.h"
#include "type.h"

#include <stdlib.h>
#include <string.h>

static bool is_keyword(const char *name) {
    static const char *const words[] = {
        "False", "None",     "True",  "and",    "as",   "assert", "async",  "await",    "break",
        "class", "continue", "def",   "del",    "elif", "else",   "except", "finally",  "for",
        "from",  "global",   "if",    "import", "in",   "is",     "lambda", "nonlocal", "not",
        "or",    "pass",     "raise", "return", "try",  "while",  "with",   "yield",    "print"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (!strcmp(name, words[i])) return true;
    return false;
}

/* ---- types ---- */

static const char *scalar_class(const ffi_ctype *type) {
    switch (ffi_type_kind(type)) {
    case FFI_KIND_VOID: return "None";
    case FFI_KIND_BOOL: return "c_bool";
    case FFI_KIND_I8: return ffi_type_is_char(type) ? "c_char" : "c_int8";
    case FFI_KIND_U8: return ffi_type_is_char(type) ? "c_char" : "c_uint8";
    case FFI_KIND_I16: return "c_int16";
    case FFI_KIND_U16: return "c_uint16";
    case FFI_KIND_I32: return "c_int32";
    case FFI_KIND_U32: return "c_uint32";
    case FFI_KIND_I64: return "c_int64";
    case FFI_KIND_U64: return "c_uint64";
    case FFI_KIND_F32: return "c_float";
    case FFI_KIND_F64: return "c_double";
    case FFI_KIND_F80: return "c_longdouble";
    default: return NULL;
    }
}

static const char *class_prefix(const ffi_ctype *type) {
    return is_tagless(type) ? "" : ffi_type_kind(type) == FFI_KIND_UNION ? "union_" : "struct_";
}

/* The name of a record's class: that of its tag or, without qualifiers, its typedef. */
static void put_class(FILE *out, const ffi_ctype *type) {
    char       *text = type_text(type);
    const char *name = text ? strrchr(text, ' ') : NULL;
    if (!is_tagless(type)) name = ffi_type_name(type);
    else name = name ? name + 1 : text;
    fprintf(out, "%s%s", class_prefix(type), name ? name : "");
    free(text);
}

bool is_nameless(const ffi_ctype *type) {
    char *text     = is_record(type) ? type_text(type) : NULL;
    bool  nameless = text && strchr(text, '{');
    return free(text), nameless;
}

static void put_bytes(FILE *out, const ffi_ctype *type) {
    fprintf(out, "(c_byte * %zu)", ffi_type_size(type));
}

static void put_callback(FILE *out, const ffi_ctype *signature) {
    fprintf(out, "CFUNCTYPE(");
    python_type(out, ffi_type_target(signature), CALLBACK_RESULT);
    for (size_t i = 0; i < ffi_type_parameter_count(signature); i++) {
        fprintf(out, ", ");
        python_type(out, ffi_type_parameter(signature, i), PARAMETER);
    }
    fprintf(out, ")");
}

/* A text that the caller has to free must stay a pointer; a `const char *` becomes bytes. */
static void put_pointer(FILE *out, const ffi_ctype *type, enum place place) {
    const ffi_ctype *target = ffi_type_target(type);
    ffi_kind         kind   = ffi_type_kind(target);
    bool             writes = !(ffi_type_qualifiers(target) & FFI_QUALIFIER_CONST);
    bool known = scalar_class(target) || is_record(target) || kind == FFI_KIND_POINTER || kind == FFI_KIND_ENUM;
    if (kind == FFI_KIND_FUNCTION) {
        put_callback(out, target);
    } else if (!known || kind == FFI_KIND_VOID || place == CALLBACK_RESULT || is_nameless(target)) {
        fprintf(out, "c_void_p");
    } else if (ffi_type_is_char(target) && place != MEMBER && (place == PARAMETER || !writes)) {
        fprintf(out, "c_char_p");
    } else {
        fprintf(out, "POINTER(");
        python_type(out, target, MEMBER);
        fprintf(out, ")");
    }
}

void python_type(FILE *out, const ffi_ctype *type, enum place place) {
    switch (ffi_type_kind(type)) {
    case FFI_KIND_POINTER: put_pointer(out, type, place); break;
    case FFI_KIND_ENUM: python_type(out, ffi_type_target(type), place); break;
    case FFI_KIND_ARRAY:
        if (is_nameless(ffi_type_target(type))) {
            put_bytes(out, type);
            break;
        }
        fprintf(out, "(");
        python_type(out, ffi_type_target(type), MEMBER);
        fprintf(out, " * %zu)", ffi_type_length(type));
        break;
    case FFI_KIND_STRUCT:
    case FFI_KIND_UNION:
        if (is_nameless(type)) put_bytes(out, type);
        else put_class(out, type);
        break;
    default:
        if (scalar_class(type)) fprintf(out, "%s", scalar_class(type));
        else put_bytes(out, type);
    }
}

bool can_pass(const ffi_ctype *type) {
    ffi_kind kind = ffi_type_kind(type);
    return scalar_class(type) || kind == FFI_KIND_POINTER || kind == FFI_KIND_ENUM ||
           (is_record(type) && !is_nameless(type));
}

/* ---- records ---- */

static void put_records(const struct binding *binding) {
    for (size_t i = 0; i < binding->needed_count; i++) {
        const struct needed *needed = &binding->needed[i];
        if (is_record(needed->type))
            printf("class %s%s(%s): pass\n", class_prefix(needed->type), needed->name,
                   ffi_type_kind(needed->type) == FFI_KIND_UNION ? "Union" : "Structure");
    }
    for (size_t i = 0; i < binding->needed_count; i++) {
        const struct needed *needed = &binding->needed[i];
        if (!is_record(needed->type) || needed->opaque) continue;
        char *name = malloc(strlen(needed->name) + 16);
        if (!name) return;
        sprintf(name, "%s%s", class_prefix(needed->type), needed->name);
        python_record(needed->type, name);
        printf("assert sizeof(%s) == %zu\n", name, ffi_type_size(needed->type));
        free(name);
    }
}

/* ---- names ---- */

static bool is_function_name(const struct binding *binding, const char *name) {
    for (size_t i = 0; i < binding->count; i++)
        if (binding->items[i].selected && binding->items[i].what == FFI_DECLARED_FUNCTION &&
            !strcmp(binding->items[i].name, name))
            return true;
    return false;
}

/* Whether a typedef's name is that of a class. */
static bool is_class(const struct binding *binding, const struct item *item) {
    for (size_t i = 0; i < binding->needed_count; i++)
        if (is_tagless(binding->needed[i].type) && !strcmp(binding->needed[i].name, item->name)) return true;
    return false;
}

/* A signature, as a typedef, is the type of a callback. */
static void put_typedef(const struct binding *binding, const struct item *item) {
    if (is_function_name(binding, item->name) || is_keyword(item->name)) return;
    if (is_nameless(item->type) || is_class(binding, item)) return;
    put_comment(stdout, item->origin, "#");
    printf("%s = ", item->name);
    if (ffi_type_kind(item->type) == FFI_KIND_FUNCTION) put_callback(stdout, item->type);
    else python_type(stdout, item->type, MEMBER);
    printf("\n");
}

static const struct notation python = {"\\x%02x", false, "float(\"%sinf\")", "float(\"nan\")"};

static void put_constant_of(const struct binding *binding, const struct item *item) {
    const ffi_ctype *type = ffi_declared_value(binding->context, item->name, NULL);
    if (ffi_type_kind(type) > FFI_KIND_ENUM && ffi_type_kind(type) != FFI_KIND_ARRAY) return;
    printf("%s%s = ", item->name, is_keyword(item->name) ? "_" : "");
    if (ffi_type_kind(type) == FFI_KIND_ARRAY) printf("b");
    if (!put_constant(stdout, binding, item, &python)) printf("None");
    printf("\n");
}

static void put_function(const struct item *item) {
    const ffi_ctype *type = item->type;
    bool             good = can_pass(ffi_type_target(type));
    for (size_t i = 0; i < ffi_type_parameter_count(type); i++) good &= can_pass(ffi_type_parameter(type, i));
    if (!good) {
        printf("# %s: ctypes cannot pass its types.\n", item->name);
        return;
    }
    put_comment(stdout, item->origin, "#");
    printf("%s%s = _function(\"%s\", ", item->name, is_keyword(item->name) ? "_" : "", item->name);
    python_type(stdout, ffi_type_target(type), RESULT);
    for (size_t i = 0; i < ffi_type_parameter_count(type); i++) {
        printf(", ");
        python_type(stdout, ffi_type_parameter(type, i), PARAMETER);
    }
    printf(")\n");
}

static void put_variable(const struct item *item) {
    put_comment(stdout, item->origin, "#");
    printf("%s%s = ", item->name, is_keyword(item->name) ? "_" : "");
    if (can_pass(item->type)) {
        python_type(stdout, item->type, MEMBER);
        printf(".in_dll(_library, \"%s\")\n", item->name);
    } else {
        printf("c_byte.in_dll(_library, \"%s\") # an array\n", item->name);
    }
}

void write_python(const struct binding *binding) {
    put_head(binding, "# ", "");
    printf("import ctypes.util\n"
           "from ctypes import *\n"
           "from ctypes import c_byte, c_longdouble\n\n");
    if (binding->library)
        printf("_library = CDLL(ctypes.util.find_library(\"%s\") or \"%s\")\n", binding->library,
               binding->library);
    else printf("_library = CDLL(None)\n");
    printf("\n\ndef _function(name, result, *parameters):\n"
           "    function = getattr(_library, name)\n"
           "    function.restype, function.argtypes = result, parameters\n"
           "    return function\n\n\n");
    put_records(binding);
    for (size_t i = 0; i < binding->count; i++) {
        const struct item *item = &binding->items[i];
        if (!item->selected) continue;
        if (item->what == FFI_DECLARED_TYPEDEF) put_typedef(binding, item);
        else if (item->what == FFI_DECLARED_CONSTANT) put_constant_of(binding, item);
    }
    for (size_t i = 0; i < binding->count; i++) {
        const struct item *item = &binding->items[i];
        if (item->selected && item->what == FFI_DECLARED_FUNCTION) put_function(item);
        else if (item->selected && item->what == FFI_DECLARED_VARIABLE) put_variable(item);
    }
}
