/* SPDX-License-Identifier: MIT */
/* The shapes and the loops of all contenders; see shape.h. */
#include "shape.h"

#include "bench.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- the loops ---- */

/* The compiler carries no value over this, neither from one turn to the next nor from a store of an argument to
 * its load; the fields of `c` stay in registers. */
#define FENCE __asm__ volatile("" : : "r"(c.address), "r"(c.args) : "memory")

/* The names begin with "loop_": callgrind's counts are sorted by them. */
#define LOOP(name, statement)                                                                                  \
    void name(const struct call *call, size_t count) {                                                         \
        const struct call c = *call;                                                                           \
        for (; count; count--) {                                                                               \
            statement;                                                                                         \
            FENCE;                                                                                             \
        }                                                                                                      \
    }

/* clang-format off */

/* The loops of one callee. */
#define LOOPS(id, leaves, member, list)                                                                        \
    static LOOP(loop_c_##id, leaves(member) C_CALL(id, list))                                                  \
    static LOOP(loop_c_written_##id, WRITE(list); leaves(member) C_CALL(id, list))                             \
    static LOOP(loop_invoke_written_##id, WRITE(list); ffi_invoke(c.function, c.result, c.args))               \
    static LOOP(loop_pointers_written_##id, WRITE(list);                                                       \
                ffi_invoke_pointers(c.function, c.result, c.pointers))

#define NOTHING(member)
#define WORD(member)            c.result->value.member =
#define REAL(member)            c.result->value.member =
#define RECORD(member)          c.result->member =
#define C_CALL(id, list)        ((__typeof__(callee_##id) *)c.address)(list(LOAD, LOAD_THROUGH))
#define LOAD(k, member)         c.args[k].member
#define LOAD_THROUGH(k, member) ((const union datum *)c.args[k].ptr)->member

/* A store of the member's size each; without `volatile` the compiler would join some. */
#define WRITE(list)              list(STORE, STORE_POINTER); FENCE
#define STORE(k, member)         ((volatile ffi_value *)c.args)[k].member = c.source[k].member
#define STORE_POINTER(k, member) STORE(k, ptr)

CALLEES(LOOPS)
LOOP(loop_empty, (void)0)

static LOOP(loop_invoke, ffi_invoke(c.function, c.result, c.args))
static LOOP(loop_capture, ffi_invoke(c.capturing, c.result, c.args))
static LOOP(loop_pointers, ffi_invoke_pointers(c.function, c.result, c.pointers))
#if BENCH_LIBFFI
static LOOP(loop_ffi_call, ffi_call(c.cif, c.address, c.result, c.pointers))
#endif
#if BENCH_CALL_PLAN
static LOOP(loop_call_plan, ffi_call_plan_invoke(c.plan, c.address, c.result, c.pointers))
#endif

const struct entrant entrants[WHO_COUNT] = {
    [WHO_C]                = {"C call", false},
    [WHO_C_WRITTEN]        = {"C call", true},
    [WHO_INVOKE]           = {"ffi_invoke", false},
    [WHO_INVOKE_WRITTEN]   = {"ffi_invoke", true},
    [WHO_CAPTURE]          = {"ffi_invoke, errno kept", false},
    [WHO_POINTERS]         = {"ffi_invoke_pointers", false},
    [WHO_POINTERS_WRITTEN] = {"ffi_invoke_pointers", true},
    [WHO_FFI_CALL]         = {"libffi ffi_call", false},
    [WHO_CALL_PLAN]        = {"libffi call plan", false},
};
/* clang-format on */

/* ---- the shapes ---- */

#define TEXT(...)    #__VA_ARGS__
#define TEXT_OF(...) TEXT(__VA_ARGS__)

#if BENCH_LIBFFI
#define CLOSURE(id) .closure = close_##id,
#else
#define CLOSURE(id)
#endif

/* clang-format off */
#define SHAPE(name_, signature_, aim_, id)                                                                     \
    {                                                                                                          \
        .name = name_, .signature = signature_, .aim = aim_, .c = loop_c_##id,                                 \
        .c_written = loop_c_written_##id, .invoke_written = loop_invoke_written_##id,                          \
        .pointers_written = loop_pointers_written_##id,                                                        \
        .address = (void (*)(void))callee_##id, CLOSURE(id) .handler = handle_##id                             \
    }
/* clang-format on */

struct shape shapes[] = {
    SHAPE("void()", "void()", AIM_REGISTERS, void),
    SHAPE("void(ptr, int)", "void(ptr, int)", AIM_REGISTERS, ptr_int),
    SHAPE("int(2 x int)", "int(int, int)", AIM_REGISTERS, int_2),
    SHAPE("int(6 x int)", "int(int, int, int, int, int, int)", AIM_REGISTERS, int_6),
    SHAPE("i64(6 x i64)", "i64(i64, i64, i64, i64, i64, i64)", AIM_REGISTERS, i64_6),
    SHAPE("ptr(ptr, int, size_t)", "ptr(ptr, int, size_t)", AIM_REGISTERS, fill),
    SHAPE("float(2 x float)", "float(float, float)", AIM_REGISTERS, float_2),
    SHAPE("double(2 x double)", "double(double, double)", AIM_REGISTERS, double_2),
    SHAPE("double(3 x double)", "double(double, double, double)", AIM_REGISTERS, double_3),
    SHAPE("double(4 x (int, double))", "double(int, double, int, double, int, double, int, double)",
          AIM_REGISTERS, mixed_8),
    SHAPE("double(int, float, i64, double)", "double(int, float, i64, double)", AIM_REGISTERS, reals),
    SHAPE("double(6 x i64, 8 x double)",
          "f64(i64, i64, i64, i64, i64, i64, f64, f64, f64, f64, f64, f64, f64, f64)", AIM_REGISTERS, full_14),
    SHAPE("i64(i64, ...) i64, double", "i64(i64, ..., i64, double)", AIM_REGISTERS, variadic),
    SHAPE("i8(2 x i8)", "i8(i8, i8)", AIM_NARROW, i8_2),
    SHAPE("i16(4 x i16)", "i16(i16, i16, i16, i16)", AIM_NARROW, i16_4),
    SHAPE("bool(2 x bool)", "bool(bool, bool)", AIM_NARROW, bool_2),
    SHAPE("i64(i8, i16, int, i64)", "i64(i8, i16, int, i64)", AIM_NARROW, widths),
    SHAPE("int(2 x int), chained", "int(int, int)", AIM_CHAIN, int_2),
    SHAPE("double(2 x double), chained", "double(double, double)", AIM_CHAIN, double_2),
    SHAPE("i64(10 x i64)", "i64(i64, i64, i64, i64, i64, i64, i64, i64, i64, i64)", AIM_STACK, i64_10),
    SHAPE("i64(14 x ptr)", "i64(ptr, ptr, ptr, ptr, ptr, ptr, ptr, ptr, ptr, ptr, ptr, ptr, ptr, ptr)",
          AIM_STACK, pointer_14),
    SHAPE("point(2 x point)", "struct point(struct point, struct point)", AIM_RECORD, point_2),
    SHAPE("wide(wide), 64 bytes", "struct wide(struct wide)", AIM_RECORD, wide),
    SHAPE("long double(long double)", "long double(long double)", AIM_NONE, extended),
    SHAPE("mixed(mixed), long and double", "struct mixed(struct mixed)", AIM_NONE, mixed),
    SHAPE("int(2 x int), sets errno", "int(int, int)", AIM_ERRNO, sets_errno),
};
const size_t shape_count = countof(shapes);

loop *shape_loop(const struct shape *shape, enum who who) {
    switch (who) {
    case WHO_C: return shape->c;
    case WHO_C_WRITTEN: return shape->c_written;
    case WHO_INVOKE: return loop_invoke;
    case WHO_INVOKE_WRITTEN: return shape->invoke_written;
    case WHO_CAPTURE: return shape->call.capturing ? loop_capture : NULL;
    case WHO_POINTERS: return loop_pointers;
    case WHO_POINTERS_WRITTEN: return shape->pointers_written;
#if BENCH_LIBFFI
    case WHO_FFI_CALL: return loop_ffi_call;
#endif
#if BENCH_CALL_PLAN
    case WHO_CALL_PLAN: return loop_call_plan;
#endif
    default: return NULL;
    }
}

/* ---- making them ready ---- */

/* A value that no other argument has, with garbage above it. */
static ffi_value value_of(ffi_kind kind, size_t k) {
    ffi_value value = {.u64 = UINT64_C(0xa5a5a5a5a5a5a5a5)};
    switch (kind) {
    case FFI_KIND_BOOL: return value.b = k % 2 == 0, value;
    case FFI_KIND_I8: return value.i8 = (int8_t)(50 - 60 * (int)k), value;
    case FFI_KIND_I16: return value.i16 = (int16_t)(1000 - 700 * (int)k), value;
    case FFI_KIND_I32: return value.i32 = 3 + 4 * (int)k, value;
    case FFI_KIND_I64: return value.i64 = 70 - 9 * (int)k, value;
    case FFI_KIND_U64: return value.u64 = 20 + 3 * k, value;
    case FFI_KIND_F32: return value.f32 = 0.5f + (float)(3 * k), value;
    case FFI_KIND_F64: return value.f64 = 1.5 + (double)(k * k), value;
    case FFI_KIND_POINTER: return value.ptr = (void *)(uintptr_t)(0x1000 + 8 * k), value;
    default: bench_fail("no value for kind %d", (int)kind);
    }
}

static bool stands_in_slot(const ffi_ctype *type) {
    return ffi_type_kind(type) < FFI_KIND_I128;
}

/* The same for what does not stand in a slot. */
static union datum datum_of(const ffi_ctype *type, size_t k) {
    union datum datum = {.extended = 1.5L + (long double)k};
    ffi_field   field;
    for (size_t i = 0; ffi_type_field(type, i, &field); i++) {
        ffi_value value = value_of(ffi_type_kind(field.type), 8 * k + i);
        memcpy((char *)&datum + field.offset, &value, ffi_type_size(field.type));
    }
    return datum;
}

#if BENCH_LIBFFI
static ffi_type *libffi_type(const ffi_ctype *type);

/* Lives as long as the program. */
static ffi_type *libffi_struct(const ffi_ctype *record) {
    size_t     count    = ffi_type_field_count(record);
    ffi_type  *type     = calloc(1, sizeof *type);
    ffi_type **elements = calloc(count + 1, sizeof(ffi_type *));
    ffi_field  field;
    if (!type || !elements) bench_fail("out of memory");
    for (size_t i = 0; ffi_type_field(record, i, &field); i++) elements[i] = libffi_type(field.type);
    *type = (ffi_type){.type = FFI_TYPE_STRUCT, .elements = elements};
    return type;
}

static ffi_type *libffi_type(const ffi_ctype *type) {
    switch (ffi_type_kind(type)) {
    case FFI_KIND_VOID: return &ffi_type_void;
    case FFI_KIND_BOOL: return &ffi_type_uint8;
    case FFI_KIND_I8: return &ffi_type_sint8;
    case FFI_KIND_I16: return &ffi_type_sint16;
    case FFI_KIND_I32: return &ffi_type_sint32;
    case FFI_KIND_I64: return &ffi_type_sint64;
    case FFI_KIND_U64: return &ffi_type_uint64;
    case FFI_KIND_F32: return &ffi_type_float;
    case FFI_KIND_F64: return &ffi_type_double;
    case FFI_KIND_POINTER: return &ffi_type_pointer;
    case FFI_KIND_F80: return &ffi_type_longdouble;
    case FFI_KIND_STRUCT: return libffi_struct(type);
    default: bench_fail("no libffi type for kind %d", (int)ffi_type_kind(type));
    }
}

static void prepare_libffi(struct shape *shape, const ffi_ctype *signature) {
    unsigned  count  = (unsigned)shape->args;
    ffi_type *result = libffi_type(ffi_type_target(signature));
    for (unsigned i = 0; i < count; i++) shape->types[i] = libffi_type(ffi_type_parameter(signature, i));
    ffi_status status =
        ffi_type_is_variadic(signature)
            ? ffi_prep_cif_var(&shape->cif, FFI_DEFAULT_ABI, (unsigned)ffi_type_fixed_count(signature), count,
                               result, shape->types)
            : ffi_prep_cif(&shape->cif, FFI_DEFAULT_ABI, count, result, shape->types);
    if (status != FFI_OK) bench_fail("libffi cannot prepare %s", shape->signature);
    shape->call.cif = &shape->cif;
#if BENCH_CALL_PLAN
    shape->call.plan = ffi_call_plan_alloc(&shape->cif);
    if (!shape->call.plan) bench_fail("libffi cannot plan %s", shape->signature);
#endif
}
#endif

static ffi_function *bind(ffi_context *context, const struct shape *shape) {
    ffi_function *function = ffi_function_new(context, (void *)(uintptr_t)shape->address, shape->signature);
    if (!function) bench_fail("%s", ffi_last_message());
    return function;
}

/* The result has cache lines to itself. */
static union {
    _Alignas(128) unsigned char line[128];
    union datum datum;
} result;

static void prepare(ffi_context *context, struct shape *shape) {
    shape->call = (struct call){.function = bind(context, shape),
                                .address  = shape->address,
                                .result   = &result.datum,
                                .args     = shape->values,
                                .source   = shape->source,
                                .pointers = shape->pointers};
    if (shape->aim == AIM_ERRNO) {
        shape->call.capturing = bind(context, shape);
        ffi_function_capture(shape->call.capturing, FFI_CAPTURE_ERRNO);
    }
    const ffi_ctype *signature = ffi_function_signature(shape->call.function);
    shape->args                = ffi_type_parameter_count(signature);
    shape->result_size         = ffi_type_size(ffi_type_target(signature));
    memset(shape->source, 0, sizeof shape->source);
    for (size_t i = 0; i < shape->args; i++) {
        const ffi_ctype *type = ffi_type_parameter(signature, i);
        bool             slot = stands_in_slot(type);
        if (!slot) shape->data[i] = datum_of(type, i);
        shape->source[i]   = slot ? value_of(ffi_type_kind(type), i) : (ffi_value){.ptr = &shape->data[i]};
        shape->pointers[i] = slot ? (void *)&shape->values[i] : (void *)&shape->data[i];
    }
    memcpy(shape->values, shape->source, sizeof shape->values);
#if BENCH_LIBFFI
    prepare_libffi(shape, signature);
#endif
}

/* Calls once over a known background. Arguments that the loop itself writes are unset before. The padding of an
 * x87 number is not compared. */
static void call_once(struct shape *shape, enum who who) {
    if (entrants[who].writes) memset(shape->values, 0x5a, sizeof shape->values);
    const ffi_ctype *result_type = ffi_type_target(ffi_function_signature(shape->call.function));
    memset(result.line, 0x5a, sizeof result.line);
    shape_loop(shape, who)(&shape->call, 1);
    if (ffi_type_kind(result_type) == FFI_KIND_F80) memset(result.line + 10, 0, 6);
}

/* libffi alone may write more than the result's own size. */
static void check(struct shape *shape, enum who who) {
    unsigned char wanted[sizeof result.line];
    size_t        size = who < WHO_FFI_CALL ? sizeof wanted : shape->result_size;
    call_once(shape, WHO_C);
    memcpy(wanted, result.line, sizeof wanted);
    errno = 0;
    call_once(shape, who);
    if (memcmp(result.line, wanted, size))
        bench_fail("%s%s of %s gives another result than the C call", entrants[who].name,
                   entrants[who].writes ? ", written" : "", shape->name);
    errno = 0;
    if (who == WHO_CAPTURE && ffi_captured_errno() != shape->values[0].i32)
        bench_fail("%s gives errno %d, not %d", entrants[who].name, ffi_captured_errno(), shape->values[0].i32);
}

/* Each result becomes the last argument of the next call, and what a written argument is written from. */
static void chain(struct shape *shape) {
    shape->call.result = (union datum *)&shape->values[shape->args - 1];
    shape->call.source = shape->values;
}

unsigned shapes_prepare(ffi_context *context) {
    unsigned compared = 0;
    if (ffi_declare(context, TEXT_OF(CALLEE_RECORDS) ";")) bench_fail("%s", ffi_last_message());
    for (struct shape *shape = shapes; shape < shapes + shape_count; shape++) {
        prepare(context, shape);
        for (enum who who = WHO_C_WRITTEN; who < WHO_COUNT; who++)
            if (shape_loop(shape, who)) check(shape, who), compared++;
        if (shape->aim == AIM_CHAIN) chain(shape);
    }
    return compared;
}
