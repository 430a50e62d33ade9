/* SPDX-License-Identifier: MIT */
/* The shapes, with values for their arguments and their many targets; see shape.h. */
#include "shape.h"

#include "bench.h"

#include <stdio.h>
#include <string.h>

const char *const way_names[WAY_COUNT] = {"kept", "written", "chained", "8 targets", "256 targets"};

#define TEXT(...)    #__VA_ARGS__
#define TEXT_OF(...) TEXT(__VA_ARGS__)

const char *const slot_types =
    "typedef _Bool b; typedef signed char i8; typedef short i16; typedef int i32; typedef long long i64;"
    "typedef unsigned long long u64; typedef float f32; typedef double f64; typedef void *ptr; typedef const "
    "char *str;"
    "typedef union { b b; i8 i8; i16 i16; i32 i32; i64 i64; u64 u64; f32 f32; f64 f64; ptr ptr; str str; } "
    "value;";
const char *const plain_types = TEXT_OF(PLAIN_TYPES) ";";

#define JUMPS(id, what, leaves, member, list, fixed) extern const char jumps_##id[];
CALLEES(JUMPS)
WIDE_CALLEES(JUMPS)

#define NAMED(k, member) member
#define SHAPE(id, what_, leaves, member, list, fixed_)                                                         \
    {.what       = what_,                                                                                      \
     .result     = RESULT_##leaves(member),                                                                    \
     .parameters = TEXT_OF((list(NAMED, NAMED))),                                                              \
     .callee     = CALLEE_##id,                                                                                \
     .fixed      = fixed_,                                                                                     \
     .address    = (void (*)(void))callee_##id,                                                                \
     .jumps      = jumps_##id,                                                                                 \
     .handler    = handle_##id},
#define RESULT_NOTHING(member) "void"
#define RESULT_WORD(member)    #member
#define RESULT_REAL(member)    #member
#define RESULT_RECORD(member)  #member
struct shape shapes[CALLEE_COUNT] = {CALLEES(SHAPE) WIDE_CALLEES(SHAPE)};

/* ---- arguments ---- */

/* A value that no other argument has. */
static union datum scalar_of(ffi_kind kind, size_t k) {
    static const char texts[MOST_ARGUMENTS][4] = {"one", "two", "six"};

    union datum value = {.u64 = UINT64_C(0xa5a5a5a5a5a5a5a5)};
    switch (kind) {
    case FFI_KIND_BOOL: return value.b = k % 2 == 0, value;
    case FFI_KIND_I8: return value.i8 = (int8_t)(50 - 60 * (int)k), value;
    case FFI_KIND_I16: return value.i16 = (int16_t)(1000 - 700 * (int)k), value;
    case FFI_KIND_I32: return value.i32 = 3 + 4 * (int)k, value;
    case FFI_KIND_I64: return value.i64 = 70 - 9 * (int)k, value;
    case FFI_KIND_U64: return value.u64 = 20 + 3 * k, value;
    case FFI_KIND_F32: return value.f32 = 0.5f + (float)(3 * k), value;
    case FFI_KIND_F64: return value.f64 = 1.5 + (double)(k * k), value;
    case FFI_KIND_POINTER: return value.str = texts[k % MOST_ARGUMENTS], value;
    default: memset(&value, 0x3f, sizeof value); return value; /* a small number of any kind */
    }
}

static void fill(const ffi_ctype *type, char *at, size_t k) {
    ffi_field field;
    if (ffi_type_kind(type) == FFI_KIND_ARRAY) {
        const ffi_ctype *element = ffi_type_target(type);
        for (size_t i = 0; i < ffi_type_length(type); i++)
            fill(element, at + i * ffi_type_size(element), k + i);
    } else if (ffi_type_field_count(type)) {
        for (size_t i = 0; ffi_type_field(type, i, &field); i++) fill(field.type, at + field.offset, 8 * k + i);
    } else {
        union datum value = scalar_of(ffi_type_kind(type), k);
        if (ffi_type_kind(type) == FFI_KIND_F80) value.extended = 1.5L + (long double)k;
        memcpy(at, &value, ffi_type_size(type));
    }
}

static void fill_arguments(struct shape *shape) {
    for (size_t i = 0; i < shape->count; i++) {
        const ffi_ctype *type = ffi_type_parameter(shape->type, i);
        bool             slot = ffi_type_kind(type) < FFI_KIND_I128;
        fill(type, slot ? (char *)&shape->source[i] : (char *)&shape->data[i], i);
        if (!slot) shape->source[i].ptr = &shape->data[i];
        shape->pointers[i] = slot ? (void *)&shape->values[i] : (void *)&shape->data[i];
    }
    memcpy(shape->values, shape->source, sizeof shape->values);
}

/* ---- making them ready ---- */

/* The text with "..." after the fixed parameters. */
static void write_signature(const struct shape *shape, char *text, size_t size) {
    const char *at = shape->parameters;
    for (unsigned i = 0; i < shape->fixed && at; i++) at = strchr(at + 1, ',');
    if (!at) snprintf(text, size, "%s%s", shape->result, shape->parameters);
    else
        snprintf(text, size, "%s%.*s, ...%s", shape->result, (int)(at - shape->parameters), shape->parameters,
                 at);
}

ffi_context *shape_context(void) {
    static ffi_context *context;
    if (context) return context;
    context = ffi_context_new(NULL);
    if (!context || ffi_declare(context, "typedef bool b;") || ffi_declare(context, plain_types) ||
        ffi_declare(context, TEXT_OF(MORE_TYPES) ";"))
        bench_fail("%s", ffi_last_message());
    return context;
}

void shape_prepare(ffi_context *context, struct shape *shape) {
    char signature[256];
    if (shape->type) return;
    write_signature(shape, signature, sizeof signature);
    shape->type = ffi_type_parse(context, signature);
    if (!shape->type) bench_fail("%s: %s", shape->what, ffi_last_message());
    shape->count       = ffi_type_parameter_count(shape->type);
    shape->result_size = ffi_type_size(ffi_type_target(shape->type));
    shape->can_chain   = shape->count && ffi_type_equal(ffi_type_parameter(shape->type, shape->count - 1),
                                                        ffi_type_target(shape->type));
    fill_arguments(shape);
}

static const ffi_function *bind(const struct shape *shape, const void *address) {
    const ffi_function *function = ffi_function_typed(shape_context(), (void *)(uintptr_t)address, shape->type);
    if (!function) bench_fail("%s: %s", shape->what, ffi_last_message());
    return function;
}

static void prepare_targets(struct shape *shape) {
    for (size_t i = 0; i < TARGETS && !shape->targets[TARGETS - 1].function; i++) {
        const char *address = shape->jumps + i * JUMP_SIZE;
        shape->targets[i]   = (struct target){bind(shape, address), (void (*)(void))(uintptr_t)address};
    }
}

const unsigned char *shape_order(enum way way) {
    static unsigned char orders[2][ORDER];
    uint32_t             state = 1;
    if (!orders[0][1])
        for (size_t i = 0; i < ORDER; i++) {
            state        = state * 1664525 + 1013904223;
            orders[0][i] = i % 8;
            orders[1][i] = (unsigned char)(state >> 24);
        }
    return orders[way == WAY_RANDOM];
}

struct call shape_call(struct shape *shape, enum way way) {
    /* The result has cache lines to itself. */
    static union {
        _Alignas(128) unsigned char line[sizeof(union datum) + 128];
        union datum datum;
    } result;

    struct call call = {.function =
                            ffi_function_typed(shape_context(), (void *)(uintptr_t)shape->address, shape->type),
                        .address  = shape->address,
                        .result   = &result.datum,
                        .args     = shape->values,
                        .source   = shape->source,
                        .pointers = shape->pointers,
                        .callee   = shape->callee,
                        .targets  = shape->targets,
                        .order    = shape_order(way)};
    if (way == WAY_EIGHT || way == WAY_RANDOM) prepare_targets(shape);
    if (way == WAY_CHAINED) {
        size_t last = shape->count - 1;
        bool   slot = shape->pointers[last] == &shape->values[last];
        call.result = slot ? (union datum *)(void *)&shape->values[last] : &shape->data[last];
    }
    return call;
}

loop *loop_of_way(const struct loops *loops, enum way way) {
    if (way == WAY_WRITTEN) return loops->written;
    return way == WAY_EIGHT || way == WAY_RANDOM ? loops->turn : loops->kept;
}
