/* SPDX-License-Identifier: MIT */
/*
 * What the benchmarks call: one table of functions. Each does as little as it can, and still notices when two
 * arguments are exchanged. They are compiled apart from their callers, so that no compiler can look inside.
 *
 * A type has the name of its member of union datum. So a line of the table gives every contender what it needs:
 * the call in C, the signature as text, the calls by other libraries' macros.
 */
#ifndef CALLEE_H
#define CALLEE_H

#include <ffi_invoke.h>

/* clang-format off */

/* Read by the compiler here; as text by ffi_declare(), TinyCC and LuaJIT. */
#define PLAIN_TYPES \
    typedef struct { int32_t a; } int1; \
    typedef struct { char a[5]; } chars5; \
    typedef struct { int32_t a, b; } int2; \
    typedef struct { float a, b; } float2; \
    typedef struct { float a, b; int32_t c; } float2_int; \
    typedef struct { float a, b, c; } float3; \
    typedef struct { float a, b, c, d; } float4; \
    typedef union { int32_t a; float b; } int_or_float; \
    typedef struct { double x, y; } point; \
    typedef struct { int64_t a; double b; } mixed; \
    typedef struct { int32_t a; float b; double c; } triple; \
    typedef struct { int2 a; double b; } nested; \
    typedef struct { void *a; int64_t b; } span; \
    typedef struct { double a, b, c, d; } double4; \
    typedef struct { int64_t a[3]; } rec24; \
    typedef struct { int64_t a[4]; } rec32; \
    typedef struct { int64_t a[8]; } rec64; \
    typedef struct { int64_t a[16]; } rec128; \
    typedef struct { int64_t a[32]; } rec256
/* Known to ffi_declare(), but not to every peer. */
#define MORE_TYPES \
    typedef long double extended; \
    typedef float _Complex complexf; \
    typedef double _Complex complexd; \
    __extension__ typedef __int128 int128; \
    typedef float vector16 __attribute__((vector_size(16))); \
    typedef float vector32 __attribute__((vector_size(32)))
PLAIN_TYPES;
MORE_TYPES;

/* A result, or an argument. Arguments of other types than the first line's stand behind a slot's pointer. */
union datum {
    bool b; int8_t i8; int16_t i16; int32_t i32; int64_t i64; uint64_t u64; float f32; double f64; void *ptr; const char *str;
    int1 int1; chars5 chars5; int2 int2; float2 float2; float3 float3; float4 float4; int_or_float int_or_float; point point;
    mixed mixed; triple triple; nested nested; span span; float2_int float2_int; double4 double4; rec24 rec24; rec32 rec32; rec64 rec64; rec128 rec128;
    rec256 rec256; extended extended; complexf complexf; complexd complexd; int128 int128; vector16 vector16; vector32 vector32;
};

#define TYPE_OF(member) __typeof__(((union datum *)0)->member)

/* Arguments: S(k, member) of those in slots, R(k, member) of those that a slot points to. */
#define NONE(S, R)
#define I64_1(S, R)      S(0, i64)
#define I64_2(S, R)      I64_1(S, R), S(1, i64)
#define I64_3(S, R)      I64_2(S, R), S(2, i64)
#define I64_4(S, R)      I64_3(S, R), S(3, i64)
#define I64_5(S, R)      I64_4(S, R), S(4, i64)
#define I64_6(S, R)      I64_5(S, R), S(5, i64)
#define I64_7(S, R)      I64_6(S, R), S(6, i64)
#define I64_8(S, R)      I64_7(S, R), S(7, i64)
#define I64_9(S, R)      I64_8(S, R), S(8, i64)
#define I64_10(S, R)     I64_9(S, R), S(9, i64)
#define I64_12(S, R)     I64_10(S, R), S(10, i64), S(11, i64)
#define I64_14(S, R)     I64_12(S, R), S(12, i64), S(13, i64)
#define I64_16(S, R)     I64_14(S, R), S(14, i64), S(15, i64)
#define PTR_INT(S, R)    S(0, ptr), S(1, i32)
#define INT_2(S, R)      S(0, i32), S(1, i32)
#define INT_6(S, R)      INT_2(S, R), S(2, i32), S(3, i32), S(4, i32), S(5, i32)
#define FILL(S, R)       S(0, ptr), S(1, i32), S(2, u64)
#define FLOAT_2(S, R)    S(0, f32), S(1, f32)
#define DOUBLE_1(S, R)   S(0, f64)
#define DOUBLE_2(S, R)   S(0, f64), S(1, f64)
#define DOUBLE_3(S, R)   DOUBLE_2(S, R), S(2, f64)
#define DOUBLE_8(S, R)   DOUBLE_3(S, R), S(3, f64), S(4, f64), S(5, f64), S(6, f64), S(7, f64)
#define DOUBLE_10(S, R)  DOUBLE_8(S, R), S(8, f64), S(9, f64)
#define MIXED_8(S, R)    S(0, i32), S(1, f64), S(2, i32), S(3, f64), S(4, i32), S(5, f64), S(6, i32), S(7, f64)
#define FULL_14(S, R)    I64_6(S, R), S(6, f64), S(7, f64), S(8, f64), S(9, f64), S(10, f64), S(11, f64), S(12, f64), S(13, f64)
#define POINTER_14(S, R) S(0, ptr), S(1, ptr), S(2, ptr), S(3, ptr), S(4, ptr), S(5, ptr), S(6, ptr), S(7, ptr), S(8, ptr), \
                         S(9, ptr), S(10, ptr), S(11, ptr), S(12, ptr), S(13, ptr)
#define I8_2(S, R)       S(0, i8), S(1, i8)
#define I16_4(S, R)      S(0, i16), S(1, i16), S(2, i16), S(3, i16)
#define BOOL_2(S, R)     S(0, b), S(1, b)
#define WIDTHS(S, R)     S(0, i8), S(1, i16), S(2, i32), S(3, i64)
#define REALS(S, R)      S(0, i32), S(1, f32), S(2, i64), S(3, f64)
#define NARROW_REALS(S, R) S(0, i8), S(1, f32), S(2, i16), S(3, f32)
#define INT_4_FLOAT(S, R) S(0, i32), S(1, i32), S(2, i32), S(3, i32), S(4, f32)
#define STR_1(S, R)      S(0, str)
#define STR_2(S, R)      S(0, str), S(1, str)
#define VARIADIC(S, R)   S(0, i64), S(1, i64), S(2, f64)
#define FORMAT(S, R)     S(0, ptr), S(1, u64), S(2, str), S(3, i32), S(4, f64), S(5, str)
#define POINT_2(S, R)    R(0, point), R(1, point)
#define BETWEEN(S, R)    S(0, i32), R(1, int2), S(2, f64)
#define PTR_SPAN(S, R)   S(0, ptr), R(1, span)
#define INT_EXTENDED(S, R) S(0, i32), R(1, extended)
#define INT1(S, R)       R(0, int1)
#define CHARS5(S, R)     R(0, chars5)
#define INT2(S, R)       R(0, int2)
#define FLOAT2(S, R)     R(0, float2)
#define FLOAT2_INT(S, R) R(0, float2_int)
#define FLOAT3(S, R)     R(0, float3)
#define FLOAT4(S, R)     R(0, float4)
#define INT_OR_FLOAT(S, R) R(0, int_or_float)
#define POINT(S, R)      R(0, point)
#define MIXED(S, R)      R(0, mixed)
#define TRIPLE(S, R)     R(0, triple)
#define NESTED(S, R)     R(0, nested)
#define DOUBLE4(S, R)    R(0, double4)
#define REC24(S, R)      R(0, rec24)
#define REC32(S, R)      R(0, rec32)
#define REC64(S, R)      R(0, rec64)
#define REC128(S, R)     R(0, rec128)
#define REC256(S, R)     R(0, rec256)
#define EXTENDED(S, R)   R(0, extended)
#define COMPLEXF(S, R)   R(0, complexf)
#define COMPLEXD(S, R)   R(0, complexd)
#define INT128(S, R)     R(0, int128)
#define VECTOR16(S, R)   R(0, vector16)
#define VECTOR32(S, R)   R(0, vector32)

enum { ALL = 255, NO = 255 };

/* Each callee: its name, the row's, how it leaves its result with the member of that type, its arguments, and how many
 * stand before `...`. WORD: in an integer register, REAL: in a floating-point one, RECORD: whatever else. */
#define CALLEES(X) \
    X(void, "void()", NOTHING, , NONE, NO) \
    X(int_2, "int(2 x int)", WORD, i32, INT_2, ALL) \
    X(int_6, "int(6 x int)", WORD, i32, INT_6, ALL) \
    X(ptr_int, "void(ptr, int)", NOTHING, , PTR_INT, ALL) \
    X(fill, "ptr(ptr, int, size_t)", WORD, ptr, FILL, ALL) \
    X(i64_1, "i64(1 x i64)", WORD, i64, I64_1, ALL) \
    X(i64_2, "i64(2 x i64)", WORD, i64, I64_2, ALL) \
    X(i64_3, "i64(3 x i64)", WORD, i64, I64_3, ALL) \
    X(i64_4, "i64(4 x i64)", WORD, i64, I64_4, ALL) \
    X(i64_5, "i64(5 x i64)", WORD, i64, I64_5, ALL) \
    X(i64_6, "i64(6 x i64)", WORD, i64, I64_6, ALL) \
    X(i64_7, "i64(7 x i64)", WORD, i64, I64_7, ALL) \
    X(i64_8, "i64(8 x i64)", WORD, i64, I64_8, ALL) \
    X(i64_10, "i64(10 x i64)", WORD, i64, I64_10, ALL) \
    X(i64_12, "i64(12 x i64)", WORD, i64, I64_12, ALL) \
    X(i64_16, "i64(16 x i64)", WORD, i64, I64_16, ALL) \
    X(pointer_14, "i64(14 x ptr)", WORD, i64, POINTER_14, ALL) \
    X(float_2, "float(2 x float)", REAL, f32, FLOAT_2, ALL) \
    X(double_1, "double(1 x double)", REAL, f64, DOUBLE_1, ALL) \
    X(double_2, "double(2 x double)", REAL, f64, DOUBLE_2, ALL) \
    X(double_3, "double(3 x double)", REAL, f64, DOUBLE_3, ALL) \
    X(double_8, "double(8 x double)", REAL, f64, DOUBLE_8, ALL) \
    X(double_10, "double(10 x double)", REAL, f64, DOUBLE_10, ALL) \
    X(mixed_8, "double(4 x (int, double))", REAL, f64, MIXED_8, ALL) \
    X(reals, "double(int, float, i64, double)", REAL, f64, REALS, ALL) \
    X(full_14, "double(6 x i64, 8 x double)", REAL, f64, FULL_14, ALL) \
    X(i8_2, "i8(2 x i8)", WORD, i8, I8_2, ALL) \
    X(i16_4, "i16(4 x i16)", WORD, i16, I16_4, ALL) \
    X(bool_2, "bool(2 x bool)", WORD, b, BOOL_2, ALL) \
    X(widths, "i64(i8, i16, int, i64)", WORD, i64, WIDTHS, ALL) \
    X(narrow_reals, "float(i8, float, i16, float)", REAL, f32, NARROW_REALS, ALL) \
    X(length, "u64(str)", WORD, u64, STR_1, ALL) \
    X(order, "int(2 x str)", WORD, i32, STR_2, ALL) \
    X(variadic, "i64(i64, ...) i64, double", WORD, i64, VARIADIC, 1) \
    X(format, "int(ptr, u64, str, ...) int, double, str", WORD, i32, FORMAT, 3) \
    X(sets_errno, "int(2 x int), sets errno", WORD, i32, INT_2, ALL) \
    X(int1, "{int}", RECORD, int1, INT1, ALL) \
    X(chars5, "{char[5]}", RECORD, chars5, CHARS5, ALL) \
    X(int2, "{int, int}", RECORD, int2, INT2, ALL) \
    X(float2, "{float, float}", RECORD, float2, FLOAT2, ALL) \
    X(float2_int, "{float, float, int}", RECORD, float2_int, FLOAT2_INT, ALL) \
    X(float3, "{3 x float}", RECORD, float3, FLOAT3, ALL) \
    X(float4, "{4 x float}", RECORD, float4, FLOAT4, ALL) \
    X(int_or_float, "union {int, float}", RECORD, int_or_float, INT_OR_FLOAT, ALL) \
    X(point, "{double, double}", RECORD, point, POINT, ALL) \
    X(point_2, "{double, double}, twice", RECORD, point, POINT_2, ALL) \
    X(mixed, "{i64, double}", RECORD, mixed, MIXED, ALL) \
    X(triple, "{int, float, double}", RECORD, triple, TRIPLE, ALL) \
    X(nested, "{{int, int}, double}", RECORD, nested, NESTED, ALL) \
    X(between, "int(int, {int, int}, double)", WORD, i32, BETWEEN, ALL) \
    X(span, "{ptr, i64}(ptr, {ptr, i64})", RECORD, span, PTR_SPAN, ALL) \
    X(double4, "{4 x double}", RECORD, double4, DOUBLE4, ALL) \
    X(rec24, "24 bytes", RECORD, rec24, REC24, ALL) \
    X(made24, "24 bytes(4 x int, float)", RECORD, rec24, INT_4_FLOAT, ALL) \
    X(rec32, "32 bytes", RECORD, rec32, REC32, ALL) \
    X(rec64, "64 bytes", RECORD, rec64, REC64, ALL) \
    X(rec128, "128 bytes", RECORD, rec128, REC128, ALL) \
    X(rec256, "256 bytes", RECORD, rec256, REC256, ALL) \
    X(extended, "long double", RECORD, extended, EXTENDED, ALL) \
    X(int_extended, "long double(int, long double)", RECORD, extended, INT_EXTENDED, ALL) \
    X(complexf, "float _Complex", RECORD, complexf, COMPLEXF, ALL) \
    X(complexd, "double _Complex", RECORD, complexd, COMPLEXD, ALL) \
    X(int128, "__int128", RECORD, int128, INT128, ALL) \
    X(vector16, "__m128", RECORD, vector16, VECTOR16, ALL)

/* Where code for AVX may stand beside other code. Only C and this library call it. */
#if defined(__x86_64__) && !defined(_WIN32) && !defined(__clang__)
#define WIDE 1
#define WIDE_CALLEES(X) X(vector32, "__m256", RECORD, vector32, VECTOR32, ALL)
#define is_wide(callee) ((callee) == CALLEE_vector32)
#define HAS_WIDE __builtin_cpu_supports("avx")
#else
#define WIDE 0
#define WIDE_CALLEES(X)
#define is_wide(callee) ((callee) == CALLEE_COUNT)
#define HAS_WIDE false
#endif

/* clang-format on */

enum callee {
#define NUMBER(id, what, leaves, member, list, fixed) CALLEE_##id,
    CALLEES(NUMBER) WIDE_CALLEES(NUMBER)
#undef NUMBER
        CALLEE_COUNT
};

#define HANDLER(id, what, leaves, member, list, fixed) ffi_handler handle_##id;
CALLEES(HANDLER)
WIDE_CALLEES(HANDLER)
#undef HANDLER

/* clang-format off */
#define PARAMETER(k, member) TYPE_OF(member) a##k
#define PROTOTYPE_ALL(list)  (list(PARAMETER, PARAMETER))
#define PROTOTYPE_NO(list)   (void)
#define PROTOTYPE_1(list)    (int64_t a0, ...)
#define PROTOTYPE_3(list)    (void *a0, uint64_t a1, const char *a2, ...)
#define GIVES_NOTHING(member) void
#define GIVES_WORD(member)   TYPE_OF(member)
#define GIVES_REAL(member)   TYPE_OF(member)
#define GIVES_RECORD(member) TYPE_OF(member)
#define PROTOTYPE(id, what, leaves, member, list, fixed) GIVES_##leaves(member) callee_##id PROTOTYPE_##fixed(list);
CALLEES(PROTOTYPE)
WIDE_CALLEES(PROTOTYPE)
/* clang-format on */

#endif
