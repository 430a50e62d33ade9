/* SPDX-License-Identifier: MIT */
/*
 * Types: the scalars and their names, construction, comparison. A type is interned: made again, it is
 * the same pointer. Printing is in format.c, reading in parse.c.
 */
#include "type.h"

#include "abi.h"
#include "context.h"

/* ---- scalars and their names ---- */

/* By ffi_kind; all ABIs agree: the alignment of a scalar is its size. */
static const uint8_t kind_size[] = {
    [FFI_KIND_BOOL] = 1, [FFI_KIND_I8] = 1,   [FFI_KIND_U8] = 1,      [FFI_KIND_I16] = 2, [FFI_KIND_U16] = 2,
    [FFI_KIND_I32] = 4,  [FFI_KIND_U32] = 4,  [FFI_KIND_I64] = 8,     [FFI_KIND_U64] = 8, [FFI_KIND_F32] = 4,
    [FFI_KIND_F64] = 8,  [FFI_KIND_ENUM] = 4, [FFI_KIND_POINTER] = 8,
};

#define OF(role) (128 + ROLE_##role) /* a kind that the data model chooses */

/* By enum scalar. Those from SCALAR_NAMED on are only reached through `names`. */
static const struct {
    char    spelling[22];
    uint8_t kind;
} scalars[] = {[SCALAR_VOID]   = {"void", FFI_KIND_VOID},
               [SCALAR_BOOL]   = {"_Bool", FFI_KIND_BOOL},
               [SCALAR_CHAR]   = {"char", OF(CHAR)},
               [SCALAR_SCHAR]  = {"signed char", FFI_KIND_I8},
               [SCALAR_UCHAR]  = {"unsigned char", FFI_KIND_U8},
               [SCALAR_SHORT]  = {"short", FFI_KIND_I16},
               [SCALAR_USHORT] = {"unsigned short", FFI_KIND_U16},
               [SCALAR_INT]    = {"int", FFI_KIND_I32},
               [SCALAR_UINT]   = {"unsigned int", FFI_KIND_U32},
               [SCALAR_LONG]   = {"long", OF(LONG)},
               [SCALAR_ULONG]  = {"unsigned long", OF(ULONG)},
               [SCALAR_LLONG]  = {"long long", FFI_KIND_I64},
               [SCALAR_ULLONG] = {"unsigned long long", FFI_KIND_U64},
               [SCALAR_FLOAT]  = {"float", FFI_KIND_F32},
               [SCALAR_DOUBLE] = {"double", FFI_KIND_F64},
#define TYPEDEFS(X)                                                                                            \
    X(INT8, "int8_t", FFI_KIND_I8)                                                                             \
    X(UINT8, "uint8_t", FFI_KIND_U8)                                                                           \
    X(INT16, "int16_t", FFI_KIND_I16)                                                                          \
    X(UINT16, "uint16_t", FFI_KIND_U16)                                                                        \
    X(INT32, "int32_t", FFI_KIND_I32)                                                                          \
    X(UINT32, "uint32_t", FFI_KIND_U32)                                                                        \
    X(INT64, "int64_t", FFI_KIND_I64)                                                                          \
    X(UINT64, "uint64_t", FFI_KIND_U64)                                                                        \
    X(LEAST8, "int_least8_t", FFI_KIND_I8)                                                                     \
    X(ULEAST8, "uint_least8_t", FFI_KIND_U8)                                                                   \
    X(LEAST16, "int_least16_t", FFI_KIND_I16)                                                                  \
    X(ULEAST16, "uint_least16_t", FFI_KIND_U16)                                                                \
    X(LEAST32, "int_least32_t", FFI_KIND_I32)                                                                  \
    X(ULEAST32, "uint_least32_t", FFI_KIND_U32)                                                                \
    X(LEAST64, "int_least64_t", FFI_KIND_I64)                                                                  \
    X(ULEAST64, "uint_least64_t", FFI_KIND_U64)                                                                \
    X(FAST8, "int_fast8_t", FFI_KIND_I8)                                                                       \
    X(UFAST8, "uint_fast8_t", FFI_KIND_U8)                                                                     \
    X(FAST16, "int_fast16_t", OF(FAST))                                                                        \
    X(UFAST16, "uint_fast16_t", OF(UFAST))                                                                     \
    X(FAST32, "int_fast32_t", OF(FAST))                                                                        \
    X(UFAST32, "uint_fast32_t", OF(UFAST))                                                                     \
    X(FAST64, "int_fast64_t", FFI_KIND_I64)                                                                    \
    X(UFAST64, "uint_fast64_t", FFI_KIND_U64)                                                                  \
    X(INTMAX, "intmax_t", FFI_KIND_I64)                                                                        \
    X(UINTMAX, "uintmax_t", FFI_KIND_U64)                                                                      \
    X(INTPTR, "intptr_t", FFI_KIND_I64)                                                                        \
    X(UINTPTR, "uintptr_t", FFI_KIND_U64)                                                                      \
    X(PTRDIFF, "ptrdiff_t", FFI_KIND_I64)                                                                      \
    X(SIZE, "size_t", FFI_KIND_U64)                                                                            \
    X(SSIZE, "ssize_t", FFI_KIND_I64)                                                                          \
    X(WCHAR, "wchar_t", OF(WCHAR))                                                                             \
    X(WINT, "wint_t", OF(WINT))                                                                                \
    X(CHAR16, "char16_t", FFI_KIND_U16)                                                                        \
    X(CHAR32, "char32_t", FFI_KIND_U32)
#define ROW(id, name, kind) {name, kind},
               TYPEDEFS(ROW)};

enum {
    SCALAR_BEFORE_TYPEDEFS = SCALAR_NAMED - 1,
#define ID(id, name, kind) SCALAR_##id,
    TYPEDEFS(ID) SCALAR_END,
    NAME_PTR, /* void * */
    NAME_STR  /* const char * */
};

_Static_assert(countof(scalars) == SCALAR_END, "a row for each scalar");

/* Every name that one identifier is, sorted for a binary search. */
static const struct {
    char    name[15];
    uint8_t scalar;
} names[] = {
    {"bool", SCALAR_BOOL},
    {"char16_t", SCALAR_CHAR16},
    {"char32_t", SCALAR_CHAR32},
    {"f32", SCALAR_FLOAT},
    {"f64", SCALAR_DOUBLE},
    {"i16", SCALAR_INT16},
    {"i32", SCALAR_INT32},
    {"i64", SCALAR_INT64},
    {"i8", SCALAR_INT8},
    {"int16", SCALAR_INT16},
    {"int16_t", SCALAR_INT16},
    {"int32", SCALAR_INT32},
    {"int32_t", SCALAR_INT32},
    {"int64", SCALAR_INT64},
    {"int64_t", SCALAR_INT64},
    {"int8", SCALAR_INT8},
    {"int8_t", SCALAR_INT8},
    {"int_fast16_t", SCALAR_FAST16},
    {"int_fast32_t", SCALAR_FAST32},
    {"int_fast64_t", SCALAR_FAST64},
    {"int_fast8_t", SCALAR_FAST8},
    {"int_least16_t", SCALAR_LEAST16},
    {"int_least32_t", SCALAR_LEAST32},
    {"int_least64_t", SCALAR_LEAST64},
    {"int_least8_t", SCALAR_LEAST8},
    {"intmax_t", SCALAR_INTMAX},
    {"intptr_t", SCALAR_INTPTR},
    {"isize", SCALAR_PTRDIFF},
    {"pointer", NAME_PTR},
    {"ptr", NAME_PTR},
    {"ptrdiff_t", SCALAR_PTRDIFF},
    {"size_t", SCALAR_SIZE},
    {"ssize_t", SCALAR_SSIZE},
    {"str", NAME_STR},
    {"string", NAME_STR},
    {"u16", SCALAR_UINT16},
    {"u32", SCALAR_UINT32},
    {"u64", SCALAR_UINT64},
    {"u8", SCALAR_UINT8},
    {"uint", SCALAR_UINT},
    {"uint16", SCALAR_UINT16},
    {"uint16_t", SCALAR_UINT16},
    {"uint32", SCALAR_UINT32},
    {"uint32_t", SCALAR_UINT32},
    {"uint64", SCALAR_UINT64},
    {"uint64_t", SCALAR_UINT64},
    {"uint8", SCALAR_UINT8},
    {"uint8_t", SCALAR_UINT8},
    {"uint_fast16_t", SCALAR_UFAST16},
    {"uint_fast32_t", SCALAR_UFAST32},
    {"uint_fast64_t", SCALAR_UFAST64},
    {"uint_fast8_t", SCALAR_UFAST8},
    {"uint_least16_t", SCALAR_ULEAST16},
    {"uint_least32_t", SCALAR_ULEAST32},
    {"uint_least64_t", SCALAR_ULEAST64},
    {"uint_least8_t", SCALAR_ULEAST8},
    {"uintmax_t", SCALAR_UINTMAX},
    {"uintptr_t", SCALAR_UINTPTR},
    {"usize", SCALAR_SIZE},
    {"wchar_t", SCALAR_WCHAR},
    {"wint_t", SCALAR_WINT},
};

static int find_name(const char *name, size_t length) {
    size_t low = 0, high = countof(names);
    while (low < high) {
        size_t middle = (low + high) / 2;
        int    order  = strncmp(name, names[middle].name, length);
        if (order == 0 && names[middle].name[length] == 0) return names[middle].scalar;
        if (order > 0) low = middle + 1;
        else high = middle;
    }
    return -1;
}

const ffi_ctype *type_scalar(ffi_context *context, enum scalar scalar) {
    unsigned kind = scalars[scalar].kind;
    if (kind >= OF(CHAR)) kind = context->abi->model->role[kind - OF(CHAR)];
    return type_intern(context, &(ffi_ctype){.kind      = (ffi_kind)kind,
                                             .size      = kind_size[kind],
                                             .alignment = kind_size[kind],
                                             .name      = scalars[scalar].spelling});
}

bool type_is_name(const char *name, size_t length) {
    return length < sizeof names[0].name && find_name(name, length) >= 0;
}

const ffi_ctype *type_named(ffi_context *context, const char *name, size_t length) {
    int scalar = find_name(name, length);
    if (scalar < SCALAR_END) return type_scalar(context, (enum scalar)scalar);
    const ffi_ctype *target = type_scalar(context, scalar == NAME_PTR ? SCALAR_VOID : SCALAR_CHAR);
    if (scalar == NAME_STR) target = type_qualified(context, target, QUALIFIER_CONST);
    return type_pointer(context, target);
}

const ffi_ctype *ffi_type_scalar(ffi_context *context, ffi_kind kind) {
    static const uint8_t of_kind[] = {
        [FFI_KIND_VOID] = SCALAR_VOID,  [FFI_KIND_BOOL] = SCALAR_BOOL,  [FFI_KIND_I8] = SCALAR_INT8,
        [FFI_KIND_U8] = SCALAR_UINT8,   [FFI_KIND_I16] = SCALAR_INT16,  [FFI_KIND_U16] = SCALAR_UINT16,
        [FFI_KIND_I32] = SCALAR_INT32,  [FFI_KIND_U32] = SCALAR_UINT32, [FFI_KIND_I64] = SCALAR_INT64,
        [FFI_KIND_U64] = SCALAR_UINT64, [FFI_KIND_F32] = SCALAR_FLOAT,  [FFI_KIND_F64] = SCALAR_DOUBLE,
    };
    if (!context) return fail_null(__func__, "context"), NULL;
    if ((size_t)kind >= countof(of_kind))
        return fail(FFI_ERROR_ARGUMENT, "ffi_type_scalar: kind %d is not a scalar's", (int)kind), NULL;
    os_lock_take(&context->lock);
    const ffi_ctype *type = type_scalar(context, (enum scalar)of_kind[kind]);
    os_lock_give(&context->lock);
    return type;
}

/* ---- construction ---- */

static bool same_name(const char *a, const char *b) {
    return a == b || (a && b && !strcmp(a, b));
}

static bool same_structure(const void *record, const void *key) {
    const ffi_ctype *a = record, *b = key;
    return a->kind == b->kind && a->qualifiers == b->qualifiers && a->target == b->target &&
           a->count == b->count && a->fixed == b->fixed && a->variadic == b->variadic && a->abi == b->abi &&
           same_name(a->name, b->name) &&
           (!a->params || !memcmp(a->params, b->params, a->count * sizeof *a->params));
}

static uint64_t hash_of(const ffi_ctype *type) {
    uint64_t hash = hash_word(type->kind, type->qualifiers);
    hash          = hash_word(hash, (uintptr_t)type->target);
    hash          = hash_word(hash, (uint64_t)type->count << 32 ^ (uint64_t)type->fixed << 1 ^ type->variadic);
    hash          = hash_word(hash, (uintptr_t)type->abi);
    if (type->name) hash = hash_bytes(hash, type->name, strlen(type->name));
    if (type->params) hash = hash_bytes(hash, type->params, type->count * sizeof *type->params);
    return hash;
}

const ffi_ctype *type_intern(ffi_context *context, const ffi_ctype *draft) {
    uint64_t         hash  = hash_of(draft);
    const ffi_ctype *known = map_find(&context->types, hash, same_structure, draft);
    if (known) return known;

    unsigned depth = draft->target ? draft->target->depth + 1u : 0;
    for (size_t i = 0; draft->params && i < draft->count; i++)
        if (draft->params[i]->depth >= depth) depth = draft->params[i]->depth + 1u;
    if (depth > TYPE_DEPTH)
        return fail(FFI_ERROR_RANGE, "a type is nested more than %d deep", TYPE_DEPTH), NULL;
    size_t weight = draft->target ? draft->target->weight + 1u : 1;
    for (size_t i = 0; draft->params && i < draft->count; i++) weight += draft->params[i]->weight;
    if (weight > TYPE_WEIGHT)
        return fail(FFI_ERROR_RANGE, "a type is made of more than %d types", TYPE_WEIGHT), NULL;

    size_t     name_size   = draft->name ? strlen(draft->name) + 1 : 0;
    size_t     params_size = draft->params ? draft->count * sizeof *draft->params : 0;
    ffi_ctype *type        = arena_new(&context->arena, context, sizeof *type + params_size + name_size);
    if (!type) return NULL;
    *type        = *draft;
    type->depth  = (uint16_t)depth;
    type->weight = (uint32_t)weight;
    if (draft->params) type->params = memcpy(type + 1, draft->params, params_size);
    if (draft->name) type->name = memcpy((char *)(type + 1) + params_size, draft->name, name_size);
    return map_add(&context->types, context, hash, type) ? type : NULL;
}

const ffi_ctype *type_pointer(ffi_context *context, const ffi_ctype *pointee) {
    if (!pointee) return NULL;
    return type_intern(context,
                       &(ffi_ctype){.kind = FFI_KIND_POINTER, .size = 8, .alignment = 8, .target = pointee});
}

const ffi_ctype *type_qualified(ffi_context *context, const ffi_ctype *type, unsigned qualifiers) {
    if (!type || type->qualifiers == qualifiers) return type;
    ffi_ctype draft  = *type;
    draft.qualifiers = qualifiers;
    return type_intern(context, &draft);
}

static const ffi_ctype *refused(const ffi_ctype *type, const char *what) {
    char text[128];
    ffi_type_format(type, text, sizeof text);
    fail(FFI_ERROR_TYPE, "%s cannot be %s%s", text, what,
         type->kind == FFI_KIND_STRUCT || type->kind == FFI_KIND_UNION ? " by value: it is incomplete" : "");
    return NULL;
}

const ffi_ctype *type_parameter(ffi_context *context, const ffi_ctype *type) {
    if (type->kind == FFI_KIND_ARRAY) return type_pointer(context, type->target);
    if (type->kind == FFI_KIND_FUNCTION) return type_pointer(context, type);
    if (!type->size) return refused(type, "a parameter");
    return type_qualified(context, type, 0);
}

const ffi_ctype *type_result(ffi_context *context, const ffi_ctype *type) {
    if (type->kind == FFI_KIND_ARRAY || type->kind == FFI_KIND_FUNCTION) return refused(type, "a result");
    if (!type->size && type->kind != FFI_KIND_VOID) return refused(type, "a result");
    return type_qualified(context, type, 0);
}

const ffi_ctype *ffi_type_pointer_to(ffi_context *context, const ffi_ctype *pointee) {
    if (!context) return fail_null(__func__, "context"), NULL;
    if (!pointee) return fail_null(__func__, "pointee"), NULL;
    os_lock_take(&context->lock);
    const ffi_ctype *type = type_pointer(context, pointee);
    os_lock_give(&context->lock);
    return type;
}

static const ffi_ctype *signature_of(ffi_context *context, const ffi_ctype *result,
                                     const ffi_ctype *const *params, size_t count, size_t fixed) {
    const ffi_ctype *clean[FFI_MAX_ARGUMENTS];
    for (size_t i = 0; i < count; i++)
        if (!(clean[i] = type_parameter(context, params[i]))) return NULL;
    bool variadic = fixed != FFI_NOT_VARIADIC;
    result        = type_result(context, result);
    return !result ? NULL
                   : type_intern(context, &(ffi_ctype){.kind     = FFI_KIND_FUNCTION,
                                                       .target   = result,
                                                       .params   = count ? clean : NULL,
                                                       .count    = count,
                                                       .fixed    = variadic ? fixed : count,
                                                       .variadic = variadic,
                                                       .abi      = context->abi});
}

/* Checks and makes a signature for the public function `where`. */
const ffi_ctype *type_checked_signature(const char *where, ffi_context *context, const ffi_ctype *result,
                                        const ffi_ctype *const *params, size_t count, size_t fixed) {
    if (!context) return fail_null(where, "context"), NULL;
    if (!result) return fail_null(where, "result"), NULL;
    if (count && !params) return fail_null(where, "params"), NULL;
    if (count > FFI_MAX_ARGUMENTS) {
        fail(FFI_ERROR_RANGE, "%s: %zu parameters; the limit is %d", where, count, FFI_MAX_ARGUMENTS);
        return NULL;
    }
    if (fixed != FFI_NOT_VARIADIC && fixed > count) {
        fail(FFI_ERROR_ARGUMENT, "%s: %zu of %zu parameters cannot be fixed", where, fixed, count);
        return NULL;
    }
    for (size_t i = 0; i < count; i++)
        if (!params[i]) return fail(FFI_ERROR_ARGUMENT, "%s: params[%zu] is NULL", where, i), NULL;
    os_lock_take(&context->lock);
    const ffi_ctype *type = signature_of(context, result, params, count, fixed);
    os_lock_give(&context->lock);
    return type;
}

const ffi_ctype *ffi_type_signature(ffi_context *context, const ffi_ctype *result,
                                    const ffi_ctype *const *params, size_t count, size_t fixed) {
    return type_checked_signature(__func__, context, result, params, count, fixed);
}

/* ---- questions ---- */

ffi_kind ffi_type_kind(const ffi_ctype *type) {
    return type ? type->kind : FFI_KIND_VOID;
}

size_t ffi_type_size(const ffi_ctype *type) {
    return type ? type->size : 0;
}

size_t ffi_type_alignment(const ffi_ctype *type) {
    return type ? type->alignment : 0;
}

const ffi_ctype *ffi_type_target(const ffi_ctype *type) {
    return type ? type->target : NULL;
}

size_t ffi_type_length(const ffi_ctype *type) {
    return type && type->kind == FFI_KIND_ARRAY ? type->count : 0;
}

static bool is_signature(const ffi_ctype *type) {
    return type && type->kind == FFI_KIND_FUNCTION;
}

size_t ffi_type_parameter_count(const ffi_ctype *signature) {
    return is_signature(signature) ? signature->count : 0;
}

size_t ffi_type_fixed_count(const ffi_ctype *signature) {
    return is_signature(signature) ? signature->fixed : 0;
}

const ffi_ctype *ffi_type_parameter(const ffi_ctype *signature, size_t index) {
    return index < ffi_type_parameter_count(signature) ? signature->params[index] : NULL;
}

bool ffi_type_is_variadic(const ffi_ctype *signature) {
    return is_signature(signature) && signature->variadic;
}

bool ffi_type_equal(const ffi_ctype *a, const ffi_ctype *b) {
    for (;; a = a->target, b = b->target) {
        if (a == b) return true;
        if (!a || !b || a->kind != b->kind || a->qualifiers != b->qualifiers || a->size != b->size ||
            a->count != b->count || a->fixed != b->fixed || a->variadic != b->variadic || a->abi != b->abi)
            return false;
        bool tagged = a->kind == FFI_KIND_STRUCT || a->kind == FFI_KIND_UNION || a->kind == FFI_KIND_ENUM;
        if (tagged && !same_name(a->name, b->name)) return false;
        for (size_t i = 0; i < ffi_type_parameter_count(a); i++)
            if (!ffi_type_equal(a->params[i], b->params[i])) return false;
    }
}
