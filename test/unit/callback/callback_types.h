/* SPDX-License-Identifier: MIT */
/*
 * Types of every kind, for tests of callbacks: EACH_TYPE(what) is what(name, target, C type, text, bytes that
 * count, value) for each of them. `target` is what the compiler has to be told to pass it; HAS_<target>,
 * whether this machine can.
 */
#ifndef CALLBACK_TYPES_H
#define CALLBACK_TYPES_H

#include <complex.h>
#include <ffi_invoke.h>
#include <float.h>
#include <stdbool.h>
#include <stdint.h>

/* The function pointer, as ISO C lets it be cast. */
typedef void                                native_code(void);
__attribute__((unused)) static native_code *native(const ffi_callback *callback) {
    return (native_code *)(uintptr_t)ffi_callback_code(callback);
}

enum color { RED = -2, BLUE = 70000 };
struct pair {
    double a, b;
};
struct mixed {
    int64_t a;
    double  b;
};
struct floats {
    float a, b;
};
struct three {
    char a[3];
};
struct large {
    int64_t a[8];
};
struct words {
    int64_t a, b;
};
struct late_floats {
    int32_t a, b;
    float   c, d;
};
struct extended {
    long double a;
};
struct packed {
    char   a;
    double b;
} __attribute__((packed));
union either {
    double  a;
    int64_t b;
};

#define TYPES_TEXT                                                                                             \
    "enum color { RED = -2, BLUE = 70000 };"                                                                   \
    "struct pair { double a, b; }; struct mixed { int64_t a; double b; }; struct floats { float a, b; };"      \
    "struct three { char a[3]; }; struct large { int64_t a[8]; }; struct words { int64_t a, b; };"             \
    "struct late_floats { int32_t a, b; float c, d; }; struct extended { long double a; };"                    \
    "struct packed { char a; double b; } __attribute__((packed));"                                             \
    "union either { double a; int64_t b; };"                                                                   \
    "typedef float v8 __attribute__((vector_size(8))); typedef int v16 __attribute__((vector_size(16)));"      \
    "typedef double v32 __attribute__((vector_size(32))); typedef double v64 "                                 \
    "__attribute__((vector_size(64)));"

typedef void                           *address;
typedef float                           v8 __attribute__((vector_size(8)));
typedef int                             v16 __attribute__((vector_size(16)));
typedef double                          v32 __attribute__((vector_size(32)));
typedef double                          v64 __attribute__((vector_size(64)));
typedef _Complex float                  complex_float;
typedef _Complex double                 complex_double;
typedef _Complex long double            complex_extended;
__extension__ typedef __int128          wide;
__extension__ typedef unsigned __int128 unsigned_wide;

#define ANY
#define HAS_ANY 1
#ifdef __x86_64__
#define AVX        __attribute__((target("avx")))
#define AVX512     __attribute__((target("avx512f")))
#define HAS_AVX    __builtin_cpu_supports("avx")
#define HAS_AVX512 __builtin_cpu_supports("avx512f")
#else /* by reference */
#define AVX
#define AVX512
#define HAS_AVX    1
#define HAS_AVX512 1
#endif
#define LONG (LDBL_MANT_DIG == 64 ? 10 : sizeof(long double)) /* bytes that count */

/* clang-format off */
#define EACH_TYPE(what)                                                                                       \
    what(boolean, ANY, bool, "bool", 1, true)                                                                 \
    what(i8, ANY, int8_t, "i8", 1, -100)                                                                      \
    what( u8, ANY, uint8_t, "u8", 1, 200)                                                                     \
    what(i16, ANY, int16_t, "i16", 2, -30000)                                                                 \
    what(u16, ANY, uint16_t, "u16", 2, 60000)                                                                 \
    what(i32, ANY, int32_t, "i32", 4, INT32_MIN + 1)                                                          \
    what( u32, ANY, uint32_t, "u32", 4, 0xfedcba98)                                                           \
    what(i64, ANY, int64_t, "i64", 8, INT64_MIN + 1)                                                          \
    what(u64, ANY, uint64_t, "u64", 8, 0xfedcba9876543210)                                                    \
    what(f32, ANY, float, "float", 4, -1.25F)                                                                 \
    what(f64, ANY, double, "double", 8, 1e300)                                                                \
    what(pointer, ANY, address, "void *", 8, &context)                                                        \
    what(color, ANY, enum color, "enum color", 4, RED)                                                        \
    what(f80, ANY, long double, "long double", LONG, 1.23456789012345678901L)                                 \
    what(i128, ANY, wide, "__int128", 16, -((wide)1 << 100))                                                  \
    what( u128, ANY, unsigned_wide, "unsigned __int128", 16, ((unsigned_wide)1 << 127) + 5)                   \
    what(complex_float, ANY, complex_float, "float _Complex", 8, 1.5F + 2.5F * (complex_float)I)              \
    what(complex_double, ANY, complex_double, "double _Complex", 16, 1.5 - 2.5 * I)                           \
    what(complex_f80, ANY, complex_extended, "long double _Complex", LONG, -1.5L + 7.25L * (complex_extended)I)\
    what(pair, ANY, struct pair, "struct pair", 16, {1.5, -2.5})                                              \
    what(mixed, ANY, struct mixed, "struct mixed", 16, {-5, 5.5})                                             \
    what( floats, ANY, struct floats, "struct floats", 8, {1.5F, -2.5F})                                      \
    what(three, ANY, struct three, "struct three", 3, {{1, -2, 3}})                                           \
    what(large, ANY, struct large, "struct large", 64, {{1, 2, 3, 4, 5, 6, 7, -8}})                           \
    what(words, ANY, struct words, "struct words", 16, {-1, INT64_MAX})                                       \
    what(late_floats, ANY, struct late_floats, "struct late_floats", 16, {1, -2, 3.5F, -4.5F})                \
    what(extended, ANY, struct extended, "struct extended", LONG, {-9.75L})                                   \
    what(packed, ANY, struct packed, "struct packed", 9, {'x', 2.5})                                          \
    what(either, ANY, union either, "union either", 8, {.b = -77})                                            \
    what(v8, ANY, v8, "v8", 8, {1.5F, -2.5F})                                                                 \
    what(v16, ANY, v16, "v16", 16, {1, -2, 3, -4})                                                            \
    what(v32, AVX, v32, "v32", 32, {1.5, -2.5, 3.5, -4.5})                                                    \
    what(v64, AVX512, v64, "v64", 64, {1.5, -2.5, 3.5, -4.5, 5.5, -6.5, 7.5, -8.5})
/* clang-format on */

#endif
