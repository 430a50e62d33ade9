/* SPDX-License-Identifier: MIT */
/* The functions of callee.h and their handlers. Adding twice the rest costs one instruction for an argument, as
 * a plain sum would. */
#include "callee.h"

#include <errno.h>
#include <stdarg.h>

/* clang-format off */

/* ---- integers ---- */

#define INT(k) int a##k
#define I64(k) int64_t a##k
#define PTR(k) void *a##k
#define TAIL1(last)                 last
#define TAIL2(a, last)              (a + 2 * (last))
#define TAIL4(a, b, c, last)        TAIL2(a, TAIL2(b, TAIL2(c, last)))
#define TAIL8(a, b, c, d, e, f, g, last) TAIL4(a, b, c, TAIL2(d, TAIL4(e, f, g, last)))

void callee_void(void) {}
void callee_ptr_int(void *a, int b) { (void)a, (void)b; }
int callee_int_2(int a, int b) { return a - b; }
int callee_int_6(INT(0), INT(1), INT(2), INT(3), INT(4), INT(5)) { return TAIL4(a0, a1, a2, TAIL2(a3, TAIL2(a4, a5))); }
void *callee_fill(void *a, int b, size_t c) { return (void *)((uintptr_t)a + 4 * c + (unsigned)b); }

int64_t callee_i64_1(I64(0)) { return a0 + 1; }
int64_t callee_i64_2(I64(0), I64(1)) { return TAIL2(a0, a1); }
int64_t callee_i64_3(I64(0), I64(1), I64(2)) { return TAIL2(a0, TAIL2(a1, a2)); }
int64_t callee_i64_4(I64(0), I64(1), I64(2), I64(3)) { return TAIL4(a0, a1, a2, a3); }
int64_t callee_i64_5(I64(0), I64(1), I64(2), I64(3), I64(4)) { return TAIL4(a0, a1, a2, TAIL2(a3, a4)); }
int64_t callee_i64_6(I64(0), I64(1), I64(2), I64(3), I64(4), I64(5)) { return TAIL4(a0, a1, a2, TAIL2(a3, TAIL2(a4, a5))); }
int64_t callee_i64_7(I64(0), I64(1), I64(2), I64(3), I64(4), I64(5), I64(6)) {
    return TAIL4(a0, a1, a2, TAIL4(a3, a4, a5, a6));
}
int64_t callee_i64_8(I64(0), I64(1), I64(2), I64(3), I64(4), I64(5), I64(6), I64(7)) {
    return TAIL8(a0, a1, a2, a3, a4, a5, a6, a7);
}
int64_t callee_i64_10(I64(0), I64(1), I64(2), I64(3), I64(4), I64(5), I64(6), I64(7), I64(8), I64(9)) {
    return TAIL8(a0, a1, a2, a3, a4, a5, a6, TAIL2(a7, TAIL2(a8, a9)));
}
int64_t callee_i64_12(I64(0), I64(1), I64(2), I64(3), I64(4), I64(5), I64(6), I64(7), I64(8), I64(9), I64(10), I64(11)) {
    return TAIL8(a0, a1, a2, a3, a4, a5, a6, TAIL4(a7, a8, a9, TAIL2(a10, a11)));
}
int64_t callee_i64_16(I64(0), I64(1), I64(2), I64(3), I64(4), I64(5), I64(6), I64(7), I64(8), I64(9), I64(10), I64(11),
                      I64(12), I64(13), I64(14), I64(15)) {
    return TAIL8(a0, a1, a2, a3, a4, a5, a6, TAIL8(a7, a8, a9, a10, a11, a12, a13, TAIL2(a14, a15)));
}

#define W(pointer) (int64_t)(intptr_t)(pointer)
int64_t callee_pointer_14(PTR(0), PTR(1), PTR(2), PTR(3), PTR(4), PTR(5), PTR(6), PTR(7), PTR(8), PTR(9), PTR(10), PTR(11),
                          PTR(12), PTR(13)) {
    return TAIL8(W(a0), W(a1), W(a2), W(a3), W(a4), W(a5), W(a6),
                 TAIL4(W(a7), W(a8), W(a9), TAIL4(W(a10), W(a11), W(a12), W(a13))));
}

int8_t callee_i8_2(int8_t a, int8_t b) { return (int8_t)(a - b); }
int16_t callee_i16_4(int16_t a, int16_t b, int16_t c, int16_t d) { return (int16_t)TAIL4(a, b, c, d); }
bool callee_bool_2(bool a, bool b) { return a && !b; }
int64_t callee_widths(int8_t a, int16_t b, int c, int64_t d) { return TAIL4(a, b, c, d); }
float callee_narrow_reals(int8_t a, float b, int16_t c, float d) { return (float)(a + 2 * c) + (b - d); }
uint64_t callee_length(const char *a) { return (unsigned char)a[0]; }
int callee_order(const char *a, const char *b) { return (unsigned char)a[0] - (unsigned char)b[0]; }
int callee_sets_errno(int a, int b) { errno = a; return a - b; }

/* ---- floating-point numbers: no long chain of operations ---- */

float callee_float_2(float a, float b) { return a - b; }
double callee_double_1(double a) { return a + 1; }
double callee_double_2(double a, double b) { return a - b; }
double callee_double_3(double a, double b, double c) { return (a - b) * c; }
double callee_double_8(double a, double b, double c, double d, double e, double f, double g, double h) {
    return ((a - b) + (c - d) * d) - ((e - f) * f + (g - h) * g);
}
double callee_double_10(double a, double b, double c, double d, double e, double f, double g, double h, double i, double j) {
    return ((a - b) + (c - d) * d) - ((e - f) * f + (g - h) * g) + (i - j) * j;
}
double callee_mixed_8(int a, double b, int c, double d, int e, double f, int g, double h) {
    return TAIL4(a, c, e, g) + (b - d) * (f - h);
}
double callee_reals(int a, float b, int64_t c, double d) { return (double)(a + 2 * c) + (double)b * d; }
double callee_full_14(I64(0), I64(1), I64(2), I64(3), I64(4), I64(5), double g, double h, double i, double j, double k,
                      double l, double m, double n) {
    return (double)TAIL4(a0, a1, a2, TAIL2(a3, TAIL2(a4, a5))) + (g - h) * i + (j - k) * l * l + (m - n) * n * n;
}

/* ---- variable arguments ---- */

int64_t callee_variadic(int64_t a, ...) {
    va_list list;
    va_start(list, a);
    int64_t b = va_arg(list, int64_t);
    double  c = va_arg(list, double);
    va_end(list);
    return TAIL2(a, TAIL2(b, (int64_t)c));
}

int callee_format(void *buffer, uint64_t size, const char *format, ...) {
    va_list list;
    va_start(list, format);
    int         a = va_arg(list, int);
    double      b = va_arg(list, double);
    const char *c = va_arg(list, const char *);
    va_end(list);
    return TAIL4((int)(intptr_t)buffer, (int)size, format[0], TAIL2(a, TAIL2((int)b, c[0])));
}

/* ---- records ----
 * A member of a large record that the callee wrote would make it wait: gcc copies the record by halves and wholes. So would
 * members that it reads in other pairs than the caller wrote, or of which gcc makes a vector in memory. */

int1 callee_int1(int1 a) { return (int1){a.a + 1}; }
chars5 callee_chars5(chars5 a) { return a; }
int2 callee_int2(int2 a) { return (int2){a.a + 1, a.b - 1}; }
float2 callee_float2(float2 a) { return a; }
float2_int callee_float2_int(float2_int a) { return a; }
float3 callee_float3(float3 a) { return a; }
float4 callee_float4(float4 a) { return a; }
int_or_float callee_int_or_float(int_or_float a) { return a; }
point callee_point(point a) { return (point){a.x + 1, a.y}; }
point callee_point_2(point a, point b) { return (point){a.x - b.x, (a.y + b.y) * b.y}; }
mixed callee_mixed(mixed a) { return (mixed){a.a + 1, a.b - 1}; }
triple callee_triple(triple a) { return a; }
nested callee_nested(nested a) { return a; }
int callee_between(int a, int2 b, double c) { return a + 2 * b.a + 4 * b.b + (int)c; }
span callee_span(void *a, span b) { return (void)a, b; }
double4 callee_double4(double4 a) { return (double4){a.c, a.d, a.a, a.b}; }
rec24 callee_rec24(rec24 a) { return a; }
rec24 callee_made24(int a, int b, int c, int d, float e) {
    static const rec24 made[2] = {{{1, 2, 3}}, {{4, 5, 6}}};
    return made[TAIL4(a, b, c, TAIL2(d, (int)e)) & 1];
}
rec32 callee_rec32(rec32 a) { return (rec32){{a.a[2], a.a[3], a.a[0], a.a[1]}}; }
rec64 callee_rec64(rec64 a) { return (rec64){{a.a[4], a.a[5], a.a[6], a.a[7], a.a[0], a.a[1], a.a[2], a.a[3]}}; }
rec128 callee_rec128(rec128 a) { return a; }
rec256 callee_rec256(rec256 a) { return a; }
extended callee_extended(extended a) { return a + 1; }
extended callee_int_extended(int a, extended b) { return a + b; }
complexf callee_complexf(complexf a) { return a; }
complexd callee_complexd(complexd a) { return a; }
int128 callee_int128(int128 a) { return a + 1; }
vector16 callee_vector16(vector16 a) { return a; }

/* ---- handlers ----
 * What a callee does is compiled into its handler. It reads each argument by the member of its own type, and writes the
 * result with exactly its size. */

#define LOAD(k, member)       args[k].member
#define LOAD_AT(k, member)    ((const union datum *)args[k].ptr)->member
#define STORE_NOTHING(member) (void)result;
#define STORE_WORD(member)    *(TYPE_OF(member) *)result =
#define STORE_REAL(member)    *(TYPE_OF(member) *)result =
#define STORE_RECORD(member)  *(TYPE_OF(member) *)result =
#define HANDLER(id, what, leaves, member, list, fixed) \
    __attribute__((flatten)) void handle_##id(void *result, const ffi_value *args, void *userdata) { \
        (void)args, (void)userdata; \
        STORE_##leaves(member) callee_##id(list(LOAD, LOAD_AT)); \
    }
CALLEES(HANDLER)

#if WIDE
#pragma GCC push_options
#pragma GCC target("avx")
vector32 callee_vector32(vector32 a) { return a; }
WIDE_CALLEES(HANDLER)
#pragma GCC pop_options
#endif

/* ---- many targets: each jumps to the one callee ---- */

#if defined __x86_64__
#define JUMP "endbr64\n jmp "
#elif defined __aarch64__
#define JUMP "hint #34\n b "
#else
#define JUMP "j "
#endif
#ifdef __ELF__
#define DESCRIBE(name) "\n.type " name ", %function\n.size " name ", . - " name
#else
#define DESCRIBE(name)
#endif
#define JUMPS(id, what, leaves, member, list, fixed) \
    __asm__(".text\n.globl jumps_" #id "\n.p2align 6\njumps_" #id ":\n.rept 256\n.p2align 4\n" JUMP "callee_" #id "\n.endr" \
            DESCRIBE("jumps_" #id) "\n");
CALLEES(JUMPS)
WIDE_CALLEES(JUMPS)
