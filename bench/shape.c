/* SPDX-License-Identifier: MIT */
/* The shapes and the loops of all contenders; see shape.h. */
#include "shape.h"

#include "bench.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- the loops ---- */

/* The compiler may carry nothing from one turn to the next, but keeps the fields of `c` in registers. The
 * names begin with "loop_": callgrind's counts are sorted by them. */
#define LOOP(name, statement)                                                                                  \
    void name(const struct call *call, size_t count) {                                                         \
        const struct call c = *call;                                                                           \
        for (; count; count--) {                                                                               \
            statement;                                                                                         \
            __asm__ volatile("" : : "r"(c.address) : "memory");                                                \
        }                                                                                                      \
    }

#define RECORD_FLOOR(name, type, member, parameters, ...)                                                      \
    static LOOP(loop_##name, c.result->member = ((type(*) parameters)c.address)(__VA_ARGS__))

#define FLOOR(name, type, member, parameters, ...)                                                             \
    RECORD_FLOOR(name, type, value.member, parameters, __VA_ARGS__)

#define A(k, member) c.args[k].member
#define L(k)         A(k, i64)
#define D(k)         A(k, f64)
#define P(k)         A(k, ptr)
#define R(k, member) ((const union datum *)P(k))->member
#define I64_6        int64_t, int64_t, int64_t, int64_t, int64_t, int64_t
#define F64_8        double, double, double, double, double, double, double, double
#define PTR_7        void *, void *, void *, void *, void *, void *, void *

/* clang-format off */
LOOP(loop_empty, (void)0)
static LOOP(loop_void, c.address())
FLOOR(int_2, int, i32, (int, int), A(0, i32), A(1, i32))
FLOOR(i64_6, int64_t, i64, (I64_6), L(0), L(1), L(2), L(3), L(4), L(5))
FLOOR(double_3, double, f64, (double, double, double), D(0), D(1), D(2))
FLOOR(mixed_8, double, f64, (int, double, int, double, int, double, int, double),
      A(0, i32), D(1), A(2, i32), D(3), A(4, i32), D(5), A(6, i32), D(7))
FLOOR(full_14, double, f64, (I64_6, F64_8),
      L(0), L(1), L(2), L(3), L(4), L(5), D(6), D(7), D(8), D(9), D(10), D(11), D(12), D(13))
FLOOR(i64_10, int64_t, i64, (I64_6, int64_t, int64_t, int64_t, int64_t),
      L(0), L(1), L(2), L(3), L(4), L(5), L(6), L(7), L(8), L(9))
FLOOR(pointer_14, int64_t, i64, (PTR_7, PTR_7),
      P(0), P(1), P(2), P(3), P(4), P(5), P(6), P(7), P(8), P(9), P(10), P(11), P(12), P(13))
FLOOR(i8_2, int8_t, i8, (int8_t, int8_t), A(0, i8), A(1, i8))
FLOOR(i16_4, int16_t, i16, (int16_t, int16_t, int16_t, int16_t), A(0, i16), A(1, i16), A(2, i16), A(3, i16))
FLOOR(bool_2, bool, b, (bool, bool), A(0, b), A(1, b))
FLOOR(variadic, int64_t, i64, (int64_t, ...), L(0), L(1), D(2))
RECORD_FLOOR(point_2, struct point, point, (struct point, struct point), R(0, point), R(1, point))
RECORD_FLOOR(wide, struct wide, wide, (struct wide), R(0, wide))
RECORD_FLOOR(extended, long double, extended, (long double), R(0, extended))
RECORD_FLOOR(mixed, struct mixed, mixed, (struct mixed), R(0, mixed))

static LOOP(loop_invoke, ffi_invoke(c.function, c.result, c.args))
static LOOP(loop_capture, ffi_invoke(c.capturing, c.result, c.args))
static LOOP(loop_pointers, ffi_invoke_pointers(c.function, c.result, c.pointers))
#if BENCH_LIBFFI
static LOOP(loop_ffi_call, ffi_call(c.cif, c.address, c.result, c.pointers))
#endif
#if BENCH_CALL_PLAN
static LOOP(loop_call_plan, ffi_call_plan_invoke(c.plan, c.address, c.result, c.pointers))
#endif

const char *const who_names[WHO_COUNT] = {"C call", "ffi_invoke", "ffi_invoke, errno kept", "ffi_invoke_pointers",
                                          "libffi ffi_call", "libffi call plan"};
/* clang-format on */

/* ---- the shapes ---- */

#define TEXT(...)    #__VA_ARGS__
#define TEXT_OF(...) TEXT(__VA_ARGS__)

#define SHAPE(name_, signature_, aim_, floor_, callee_)                                                        \
    {                                                                                                          \
        .name = name_, .signature = signature_, .aim = aim_, .floor = loop_##floor_,                           \
        .address = (void (*)(void))callee_                                                                     \
    }

struct shape shapes[] = {
    SHAPE("void()", "void()", AIM_REGISTERS, void, callee_void),
    SHAPE("int(2 x int)", "int(int, int)", AIM_REGISTERS, int_2, callee_int_2),
    SHAPE("i64(6 x i64)", "i64(i64, i64, i64, i64, i64, i64)", AIM_REGISTERS, i64_6, callee_i64_6),
    SHAPE("double(3 x double)", "double(double, double, double)", AIM_REGISTERS, double_3, callee_double_3),
    SHAPE("double(4 x (int, double))", "double(int, double, int, double, int, double, int, double)",
          AIM_REGISTERS, mixed_8, callee_mixed_8),
    SHAPE("double(6 x i64, 8 x double)",
          "f64(i64, i64, i64, i64, i64, i64, f64, f64, f64, f64, f64, f64, f64, f64)", AIM_REGISTERS, full_14,
          callee_full_14),
    SHAPE("i64(i64, ...) i64, double", "i64(i64, ..., i64, double)", AIM_REGISTERS, variadic, callee_variadic),
    SHAPE("i64(10 x i64)", "i64(i64, i64, i64, i64, i64, i64, i64, i64, i64, i64)", AIM_STACK, i64_10,
          callee_i64_10),
    SHAPE("i64(14 x ptr)", "i64(ptr, ptr, ptr, ptr, ptr, ptr, ptr, ptr, ptr, ptr, ptr, ptr, ptr, ptr)",
          AIM_STACK, pointer_14, callee_pointer_14),
    SHAPE("i8(2 x i8)", "i8(i8, i8)", AIM_NARROW, i8_2, callee_i8_2),
    SHAPE("i16(4 x i16)", "i16(i16, i16, i16, i16)", AIM_NARROW, i16_4, callee_i16_4),
    SHAPE("bool(2 x bool)", "bool(bool, bool)", AIM_NARROW, bool_2, callee_bool_2),
    SHAPE("point(2 x point)", "struct point(struct point, struct point)", AIM_RECORD, point_2, callee_point_2),
    SHAPE("wide(wide), 64 bytes", "struct wide(struct wide)", AIM_RECORD, wide, callee_wide),
    SHAPE("long double(long double)", "long double(long double)", AIM_NONE, extended, callee_extended),
    SHAPE("mixed(mixed), long and double", "struct mixed(struct mixed)", AIM_NONE, mixed, callee_mixed),
    SHAPE("int(2 x int), sets errno", "int(int, int)", AIM_ERRNO, int_2, callee_sets_errno),
};
const size_t shape_count = countof(shapes);

loop *shape_loop(const struct shape *shape, enum who who) {
    switch (who) {
    case WHO_C: return shape->floor;
    case WHO_INVOKE: return loop_invoke;
    case WHO_CAPTURE: return shape->call.capturing ? loop_capture : NULL;
    case WHO_POINTERS: return loop_pointers;
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
                                .pointers = shape->pointers};
    if (shape->aim == AIM_ERRNO) {
        shape->call.capturing = bind(context, shape);
        ffi_function_capture(shape->call.capturing, FFI_CAPTURE_ERRNO);
    }
    const ffi_ctype *signature = ffi_function_signature(shape->call.function);
    shape->args                = ffi_type_parameter_count(signature);
    shape->result_size         = ffi_type_size(ffi_type_target(signature));
    for (size_t i = 0; i < shape->args; i++) {
        const ffi_ctype *type = ffi_type_parameter(signature, i);
        bool             slot = stands_in_slot(type);
        if (!slot) shape->data[i] = datum_of(type, i);
        shape->values[i]   = slot ? value_of(ffi_type_kind(type), i) : (ffi_value){.ptr = &shape->data[i]};
        shape->pointers[i] = slot ? (void *)&shape->values[i] : (void *)&shape->data[i];
    }
#if BENCH_LIBFFI
    prepare_libffi(shape, signature);
#endif
}

/* Calls once over a known background. What is written to the padding of an x87 number means nothing. */
static void call_once(const struct shape *shape, enum who who) {
    const ffi_ctype *result_type = ffi_type_target(ffi_function_signature(shape->call.function));
    memset(result.line, 0x5a, sizeof result.line);
    shape_loop(shape, who)(&shape->call, 1);
    if (ffi_type_kind(result_type) == FFI_KIND_F80) memset(result.line + 10, 0, 6);
}

/* libffi alone may write more than the result's own size. */
static void check(const struct shape *shape, enum who who) {
    unsigned char wanted[sizeof result.line];
    size_t        size = who < WHO_FFI_CALL ? sizeof wanted : shape->result_size;
    call_once(shape, WHO_C);
    memcpy(wanted, result.line, sizeof wanted);
    errno = 0;
    call_once(shape, who);
    if (memcmp(result.line, wanted, size))
        bench_fail("%s of %s gives another result than the C call", who_names[who], shape->name);
    errno = 0;
    if (who == WHO_CAPTURE && ffi_captured_errno() != shape->values[0].i32)
        bench_fail("%s gives errno %d, not %d", who_names[who], ffi_captured_errno(), shape->values[0].i32);
}

unsigned shapes_prepare(ffi_context *context) {
    unsigned compared = 0;
    if (ffi_declare(context, TEXT_OF(CALLEE_RECORDS) ";")) bench_fail("%s", ffi_last_message());
    for (struct shape *shape = shapes; shape < shapes + shape_count; shape++) {
        prepare(context, shape);
        for (enum who who = WHO_INVOKE; who < WHO_COUNT; who++)
            if (shape_loop(shape, who)) check(shape, who), compared++;
    }
    return compared;
}
