/* SPDX-License-Identifier: MIT */
/*
 * C's arithmetic types and their names (C11 6.2.5, 7.20). The table has a type's kind if every ABI has the same
 * one; otherwise it has the model kind, which the data model maps to a kind.
 */
#include "type/context.h"
#include "type/record.h"
#include "type/type.h"

#include <stdio.h>
#include <stdlib.h>

/* By ffi_kind. All ABIs agree. The alignment of a scalar is its size. */
static const uint8_t kind_size[] = {
    [FFI_KIND_BOOL] = 1, [FFI_KIND_I8] = 1,    [FFI_KIND_U8] = 1,    [FFI_KIND_I16] = 2,
    [FFI_KIND_U16] = 2,  [FFI_KIND_I32] = 4,   [FFI_KIND_U32] = 4,   [FFI_KIND_I64] = 8,
    [FFI_KIND_U64] = 8,  [FFI_KIND_F32] = 4,   [FFI_KIND_F64] = 8,   [FFI_KIND_F16] = 2,
    [FFI_KIND_F80] = 16, [FFI_KIND_F128] = 16, [FFI_KIND_I128] = 16, [FFI_KIND_U128] = 16,
};

#define OF(kind) (128 + MODEL_##kind) /* the data model chooses the kind */

/* By enum scalar. Only `names` refers to the scalars from SCALAR_NAMED on. */
static const struct {
    char    spelling[22];
    uint8_t kind;
} scalars[] = {[SCALAR_VOID]    = {"void", FFI_KIND_VOID},
               [SCALAR_BOOL]    = {"_Bool", FFI_KIND_BOOL},
               [SCALAR_CHAR]    = {"char", OF(CHAR)},
               [SCALAR_SCHAR]   = {"signed char", FFI_KIND_I8},
               [SCALAR_UCHAR]   = {"unsigned char", FFI_KIND_U8},
               [SCALAR_SHORT]   = {"short", FFI_KIND_I16},
               [SCALAR_USHORT]  = {"unsigned short", FFI_KIND_U16},
               [SCALAR_INT]     = {"int", FFI_KIND_I32},
               [SCALAR_UINT]    = {"unsigned int", FFI_KIND_U32},
               [SCALAR_LONG]    = {"long", OF(LONG)},
               [SCALAR_ULONG]   = {"unsigned long", OF(ULONG)},
               [SCALAR_LLONG]   = {"long long", FFI_KIND_I64},
               [SCALAR_ULLONG]  = {"unsigned long long", FFI_KIND_U64},
               [SCALAR_FLOAT]   = {"float", FFI_KIND_F32},
               [SCALAR_DOUBLE]  = {"double", FFI_KIND_F64},
               [SCALAR_LDOUBLE] = {"long double", OF(LDOUBLE)},
               [SCALAR_I128]    = {"__int128", FFI_KIND_I128},
               [SCALAR_U128]    = {"unsigned __int128", FFI_KIND_U128},
               [SCALAR_F16]     = {"_Float16", FFI_KIND_F16},
               [SCALAR_F128]    = {"_Float128", FFI_KIND_F128},
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
    X(FAST16, "int_fast16_t", OF(FAST16))                                                                      \
    X(UFAST16, "uint_fast16_t", OF(UFAST16))                                                                   \
    X(FAST32, "int_fast32_t", OF(FAST32))                                                                      \
    X(UFAST32, "uint_fast32_t", OF(UFAST32))                                                                   \
    X(FAST64, "int_fast64_t", FFI_KIND_I64)                                                                    \
    X(UFAST64, "uint_fast64_t", FFI_KIND_U64)                                                                  \
    X(INTMAX, "intmax_t", FFI_KIND_I64)                                                                        \
    X(UINTMAX, "uintmax_t", FFI_KIND_U64)                                                                      \
    X(INTPTR, "intptr_t", OF(INTPTR))                                                                          \
    X(UINTPTR, "uintptr_t", OF(UINTPTR))                                                                       \
    X(PTRDIFF, "ptrdiff_t", OF(INTPTR))                                                                        \
    X(SIZE, "size_t", OF(UINTPTR))                                                                             \
    X(SSIZE, "ssize_t", OF(INTPTR))                                                                            \
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
    NAME_PTR,    /* void * */
    NAME_STR,    /* const char * */
    NAME_F80,    /* the x87's long double */
    NAME_VECTORS /* __m64 and its like: the next ones, in the order of `vectors` */
};

/* Intel's intrinsics (immintrin.h of gcc): a vector of so many bytes. */
static const struct {
    uint8_t scalar, size;
} vectors[] = {{SCALAR_FLOAT, 16},  {SCALAR_DOUBLE, 16}, {SCALAR_LLONG, 16}, {SCALAR_FLOAT, 32},
               {SCALAR_DOUBLE, 32}, {SCALAR_LLONG, 32},  {SCALAR_FLOAT, 64}, {SCALAR_DOUBLE, 64},
               {SCALAR_LLONG, 64},  {SCALAR_INT, 8}};

_Static_assert(countof(scalars) == SCALAR_END, "a row for each scalar");
_Static_assert(countof(scalars) == SCALARS, "type/context.h");

/* Every type name of one identifier, sorted for a binary search. */
static const struct {
    char    name[15];
    uint8_t scalar;
} names[] = {
    {"__m128", NAME_VECTORS},
    {"__m128d", NAME_VECTORS + 1},
    {"__m128i", NAME_VECTORS + 2},
    {"__m256", NAME_VECTORS + 3},
    {"__m256d", NAME_VECTORS + 4},
    {"__m256i", NAME_VECTORS + 5},
    {"__m512", NAME_VECTORS + 6},
    {"__m512d", NAME_VECTORS + 7},
    {"__m512i", NAME_VECTORS + 8},
    {"__m64", NAME_VECTORS + 9},
    {"bool", SCALAR_BOOL},
    {"char16_t", SCALAR_CHAR16},
    {"char32_t", SCALAR_CHAR32},
    {"char8_t", SCALAR_UCHAR},
    {"f128", SCALAR_F128},
    {"f16", SCALAR_F16},
    {"f32", SCALAR_FLOAT},
    {"f64", SCALAR_DOUBLE},
    {"f80", NAME_F80},
    {"i128", SCALAR_I128},
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
    {"nullptr_t", NAME_PTR},
    {"pointer", NAME_PTR},
    {"ptr", NAME_PTR},
    {"ptrdiff_t", SCALAR_PTRDIFF},
    {"size_t", SCALAR_SIZE},
    {"ssize_t", SCALAR_SSIZE},
    {"str", NAME_STR},
    {"string", NAME_STR},
    {"u128", SCALAR_U128},
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

/* Eight characters as a number; such numbers are ordered as the texts are. */
static inline uint64_t ordered(const char *characters) {
    uint64_t number;
    memcpy(&number, characters, sizeof number);
    return __builtin_bswap64(number);
}

/* The `scalar` of a name; -1: there is no such name. */
static int find_name(const char *name, size_t length) {
    char padded[sizeof *names] = {0};
    if (length >= sizeof names->name) return -1;
    memcpy(padded, name, length);
    uint64_t first = ordered(padded), second = ordered(padded + 8);
    size_t   low = 0, high = countof(names);
    while (low < high) {
        size_t      middle = (low + high) / 2;
        const char *row    = (const char *)&names[middle];
        uint64_t    key = first, number = ordered(row);
        if (key == number) key = second, number = ordered(row + 8) & ~UINT64_C(0xff); /* without `scalar` */
        if (key == number) return names[middle].scalar;
        if (key > number) low = middle + 1;
        else high = middle;
    }
    return -1;
}

ffi_kind type_kind_of(const struct model *model, enum scalar scalar) {
    unsigned kind = scalars[scalar].kind;
    return (ffi_kind)(kind >= OF(CHAR) ? model->kinds[kind - OF(CHAR)] : kind);
}

size_t type_pointer_size(const struct model *model) {
    return kind_size[model->kinds[MODEL_UINTPTR]];
}

static outlined const ffi_ctype *make_scalar(ffi_context *context, enum scalar scalar) {
    ffi_kind kind = type_kind_of(context->abi->model, scalar);
    return type_intern(context, &(ffi_ctype){.kind      = kind,
                                             .size      = kind_size[kind],
                                             .alignment = kind_size[kind],
                                             .complete  = kind != FFI_KIND_VOID,
                                             .name      = scalars[scalar].spelling});
}

/* A text that fails may undo the making of a scalar. */
const ffi_ctype *type_scalar(ffi_context *context, enum scalar scalar) {
    const ffi_ctype **known = &context->scalars[scalar];
    if (context->scalars_undone != context->journal.undone) {
        memset(context->scalars, 0, sizeof context->scalars);
        context->scalars_undone = context->journal.undone;
    }
    if (!*known) *known = make_scalar(context, scalar);
    return *known;
}

/* As the compilers pass it, a _BitInt is a struct of integers that are not extended. */
static const ffi_ctype *bit_int_record(ffi_context *context, const char *name, size_t size, size_t limb) {
    static const uint8_t units[] = {
        [1] = SCALAR_UCHAR, [2] = SCALAR_USHORT, [4] = SCALAR_UINT, [8] = SCALAR_ULLONG};

    ffi_ctype *record = record_tagged(context, FFI_KIND_STRUCT, name, strlen(name));
    if (!record || record->complete) return record;
    size_t           unit = size < limb ? size : limb, culprit;
    const ffi_ctype *type = type_scalar(context, unit == 16 ? SCALAR_U128 : (enum scalar)units[unit]);
    if (type && size > unit) type = type_array(context, type, size / unit, true);
    struct member       member = {.field = {.name = "bits", .type = type}};
    struct record_rules rules  = {0};
    return type && record_complete(context, record, &member, 1, &rules, &culprit) ? record : NULL;
}

const ffi_ctype *type_bit_int(ffi_context *context, unsigned bits, bool is_unsigned) {
    static const uint8_t kinds[][2] = {{FFI_KIND_I8, FFI_KIND_U8},
                                       {FFI_KIND_I16, FFI_KIND_U16},
                                       {FFI_KIND_I32, FFI_KIND_U32},
                                       {FFI_KIND_I64, FFI_KIND_U64},
                                       {FFI_KIND_I128, FFI_KIND_U128}};

    const struct model *model = context->abi->model;
    size_t              limb = model->bit_int_limb ? model->bit_int_limb : 8, size = 1;
    char                name[40];
    unsigned            rank = 0;
    snprintf(name, sizeof name, "%s_BitInt(%u)", is_unsigned ? "unsigned " : "", bits);
    for (; size * 8 < bits && size < 8; size *= 2) rank++;
    if (bits > 64) size = (bits + 8 * limb - 1) / (8 * limb) * limb, rank = 4;
    size_t alignment  = size < limb ? size : limb;
    bool   is_integer = bits <= model->bit_int_extended || (bits == size * 8 && size <= 16);
    if (!is_integer)
        return bits <= model->bit_int_passed ? bit_int_record(context, name, size, limb)
                                             : type_opaque(context, name, size, alignment);
    size_t           length = strlen(name) + 1;
    const char      *kept   = arena_text(&context->arena, &context->heap, name, length);
    const ffi_ctype *type   = kept ? type_intern(context, &(ffi_ctype){.kind      = kinds[rank][is_unsigned],
                                                                       .size      = size,
                                                                       .alignment = (uint32_t)alignment,
                                                                       .complete  = true,
                                                                       .count     = bits,
                                                                       .name      = kept})
                                   : NULL;
    if (!type || type->name != kept) arena_return(&context->arena, kept, length);
    return type;
}

/* No other name has a bracket. */
bool type_is_bit_int(const ffi_ctype *type) {
    const char *name = type_name(type);
    return name && strchr(name, '(');
}

size_t type_bits(const ffi_ctype *type) {
    if (type->kind == FFI_KIND_ENUM) type = type->target;
    return type_is_integer(type) && type->count ? type->count : 8 * type->size;
}

const char *type_spelling(const ffi_ctype *scalar) {
    int is_typedef = SCALAR_NAMED, basic = SCALAR_SCHAR;
    while (is_typedef < SCALAR_END && strcmp(scalar->name, scalars[is_typedef].spelling)) is_typedef++;
    if (is_typedef == SCALAR_END) return scalar->name;
    while (basic < SCALAR_ULLONG &&
           type_kind_of(scalar->context->abi->model, (enum scalar)basic) != scalar->kind)
        basic++;
    return scalars[basic].spelling;
}

bool type_is_name(const char *name, size_t length) {
    return find_name(name, length) >= 0;
}

static bool has_f80(ffi_context *context) {
    if (context->abi->model->kinds[MODEL_LDOUBLE] == FFI_KIND_F80) return true;
    return fail(FFI_ERROR_UNSUPPORTED, "there is no 80-bit long double under %s", context->abi->name), false;
}

static const ffi_ctype *numbered(ffi_context *context, int scalar) {
    if (scalar < SCALAR_END) return type_scalar(context, (enum scalar)scalar);
    if (scalar >= NAME_VECTORS) {
        const ffi_ctype *lane = type_scalar(context, (enum scalar)vectors[scalar - NAME_VECTORS].scalar);
        return lane ? type_vector(context, lane, vectors[scalar - NAME_VECTORS].size / lane->size) : NULL;
    }
    if (scalar == NAME_F80) return has_f80(context) ? type_scalar(context, SCALAR_LDOUBLE) : NULL;
    const ffi_ctype *target = type_scalar(context, scalar == NAME_PTR ? SCALAR_VOID : SCALAR_CHAR);
    if (scalar == NAME_STR) target = type_qualified(context, target, FFI_QUALIFIER_CONST);
    return type_pointer(context, target);
}

bool type_of_name(ffi_context *context, const char *name, size_t length, const ffi_ctype **type) {
    int number = find_name(name, length);
    if (number >= 0) *type = numbered(context, number);
    return number >= 0;
}

const ffi_ctype *type_named(ffi_context *context, const char *name, size_t length) {
    const ffi_ctype *type = NULL;
    type_of_name(context, name, length, &type);
    return type;
}

bool ffi_type_is_char(const ffi_ctype *type) {
    return type && type_name(type) && !strcmp(type->name, "char");
}

bool type_is_integer(const ffi_ctype *type) {
    ffi_kind kind = type_machine(type);
    return (kind >= FFI_KIND_BOOL && kind <= FFI_KIND_U64) || kind == FFI_KIND_I128 || kind == FFI_KIND_U128;
}

bool type_is_signed(const ffi_ctype *type) {
    switch (type_machine(type)) {
    case FFI_KIND_I8:
    case FFI_KIND_I16:
    case FFI_KIND_I32:
    case FFI_KIND_I64:
    case FFI_KIND_I128: return true;
    default: return false;
    }
}

/* The scalar of a kind; 0 (SCALAR_VOID) for a kind that is not a scalar's. */
static const uint8_t scalar_of[] = {
    [FFI_KIND_BOOL] = SCALAR_BOOL,  [FFI_KIND_I8] = SCALAR_INT8,    [FFI_KIND_U8] = SCALAR_UINT8,
    [FFI_KIND_I16] = SCALAR_INT16,  [FFI_KIND_U16] = SCALAR_UINT16, [FFI_KIND_I32] = SCALAR_INT32,
    [FFI_KIND_U32] = SCALAR_UINT32, [FFI_KIND_I64] = SCALAR_INT64,  [FFI_KIND_U64] = SCALAR_UINT64,
    [FFI_KIND_F16] = SCALAR_F16,    [FFI_KIND_F32] = SCALAR_FLOAT,  [FFI_KIND_F64] = SCALAR_DOUBLE,
    [FFI_KIND_I128] = SCALAR_I128,  [FFI_KIND_U128] = SCALAR_U128,  [FFI_KIND_F80] = SCALAR_LDOUBLE,
    [FFI_KIND_F128] = SCALAR_F128,
};

const ffi_ctype *ffi_type_scalar(ffi_context *context, ffi_kind kind) {
    if (!context) return fail_null(__func__, "context"), NULL;
    if ((size_t)kind >= countof(scalar_of) || (kind != FFI_KIND_VOID && !scalar_of[kind]))
        return fail(FFI_ERROR_ARGUMENT, "ffi_type_scalar: kind %d is not a scalar's", (int)kind), NULL;
    if (kind == FFI_KIND_F80 && !has_f80(context)) return NULL;
    os_lock_take(&context->lock);
    const ffi_ctype *type = type_scalar(context, (enum scalar)scalar_of[kind]);
    os_lock_give(&context->lock);
    return type;
}
