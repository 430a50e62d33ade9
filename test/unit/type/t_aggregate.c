/* SPDX-License-Identifier: MIT */
/*
 * Values by value that other libraries get wrong, each by its name. One text is both the compiler's and the
 * library's declaration, and the compiler that builds this file is the judge of how the callees are called.
 * Random types and other compilers: t_values.sh.
 */
#pragma GCC diagnostic ignored "-Wpedantic" /* __int128 is no ISO C */

#include "tap.h"

#include <ffi_invoke.h>
#include <stdarg.h>

#define BOTH(...)                                                                                              \
    __VA_ARGS__                                                                                                \
    static const char declared[] = #__VA_ARGS__;

BOTH(
    struct __attribute__((packed)) packed {
        char   c;
        double d;
    };
    union number {
        double d;
        long   l;
    };
    union large {
        int    i[3];
        double d;
    };
    struct __attribute__((aligned(32))) aligned { int i; }; typedef double v4 __attribute__((vector_size(32)));
    struct vector { v4 v; }; struct point { double x, y; }; struct mixed {
        long   l;
        double d;
    };
    struct wide { long a[8]; }; struct odd { char c[3]; }; struct bits {
        unsigned  a : 3;
        signed    b : 5;
        long long c : 40;
    };
    struct packed f_packed(int before, struct packed p, int after);
    union number  f_number(union number n, double d);
    union large   f_large(union large a, int after, union large b);
    long f_aligned(long a, long b, long c, long d, long e, long f, int odd, struct aligned s, int after);
    struct vector f_vector(struct vector a, v4 b); typedef int loose __attribute__((aligned(16)));
    long   f_loose(long a, long b, long c, long d, long e, long f, int x, loose y, int z);
    double f_floats(int count, ...); struct point f_point(struct point a, struct point b);
    struct mixed f_split(long a, long b, long c, long d, long e, struct wide w, struct mixed m, struct mixed n);
    struct wide f_wide(struct wide w); struct odd f_odd(struct odd a, struct odd b);
    struct bits f_bits(struct bits b); long double f_long_double(int a, long double b, float c);
    _Complex long double f_complex(_Complex long double a, _Complex float b, _Complex double c);
    __int128             f_last(long a, long b, long c, long d, long e, __int128 i, long f); struct behind {
        long long : 64;
        double d;
    };
    struct behind f_behind(struct point p); long f_sum(struct mixed m, struct wide w);
    void                                         f_told(struct mixed m);)

struct packed f_packed(int before, struct packed p, int after) {
    return (struct packed){(char)(p.c + before), p.d + after};
}

union number f_number(union number n, double d) {
    return (union number){.l = n.l + (long)d};
}

union large f_large(union large a, int after, union large b) {
    return (union large){.i = {a.i[0] + after, a.i[1] + b.i[1], b.i[2]}};
}

long f_aligned(long a, long b, long c, long d, long e, long f, int odd, struct aligned s, int after) {
    long misplaced = (long)((uintptr_t)&s & 31);
    return a + b + c + d + e + f + odd + s.i + after + 1000 * misplaced;
}

/* Vectors of 32 bytes: on x86-64 in registers that the processor may lack, else behind a pointer. */
#ifdef __x86_64__
#define WITH_AVX  __attribute__((target("avx")))
#define HAS_AVX() __builtin_cpu_supports("avx")
#else
#define WITH_AVX
#define HAS_AVX() 1
#endif

WITH_AVX struct vector f_vector(struct vector a, v4 b) {
    return (struct vector){a.v + b};
}

long f_loose(long a, long b, long c, long d, long e, long f, int x, loose y, int z) {
    return a + b + c + d + e + f + 100 * x + 10 * y + z;
}

double f_floats(int count, ...) {
    double  sum = 0;
    va_list list;
    va_start(list, count);
    for (int i = 0; i < count; i++) sum = sum * 10 + va_arg(list, double);
    va_end(list);
    return sum;
}

struct point f_point(struct point a, struct point b) {
    return (struct point){a.x + b.x, a.y + b.y};
}

/* `m` takes the sixth integer register; of `n` only the double would find one, so all of it is on the stack. */
struct mixed f_split(long a, long b, long c, long d, long e, struct wide w, struct mixed m, struct mixed n) {
    return (struct mixed){a + b + c + d + e + w.a[7] + m.l * 100 + n.l, m.d * 10 + n.d};
}

struct wide f_wide(struct wide w) {
    w.a[0]++, w.a[7]--;
    return w;
}

struct odd f_odd(struct odd a, struct odd b) {
    return (struct odd){{a.c[0], b.c[1], a.c[2]}};
}

struct bits f_bits(struct bits b) {
    return (struct bits){b.a + 1, b.b - 1, -b.c};
}

long double f_long_double(int a, long double b, float c) {
    return b * a + c;
}

_Complex long double f_complex(_Complex long double a, _Complex float b, _Complex double c) {
    return a + b * 10 + c * 100;
}

__int128 f_last(long a, long b, long c, long d, long e, __int128 i, long f) {
    return i + a + b + c + d + e + f * 1000;
}

struct behind f_behind(struct point p) {
    return (struct behind){.d = p.x + p.y};
}

long f_sum(struct mixed m, struct wide w) {
    return m.l + (long)m.d + w.a[0] + w.a[7];
}

static long told;

void f_told(struct mixed m) {
    told = m.l;
}

static ffi_context *context;
static ffi_library *program;

#define AT(object)                                                                                             \
    { .ptr = &(object) }

static ffi_function *bound(const char *name) {
    ffi_function *function = ffi_library_function(program, name, NULL);
    if (!function) printf("# %s\n", ffi_last_message());
    return function;
}

static void records(void) {
    struct packed p = {7, 1.5}, p_result;
    ffi_invoke(bound("f_packed"), &p_result, (ffi_value[]){{.i32 = 1}, AT(p), {.i32 = 2}});
    ok(p_result.c == 8 && p_result.d == 3.5, "a packed {char, double} passes");

    union number n = {.l = 40}, n_result;
    ffi_invoke(bound("f_number"), &n_result, (ffi_value[]){AT(n), {.f64 = 2}});
    ok(n_result.l == 42, "a union of a double and a long passes");

    union large a = {.i = {1, 2, 3}}, b = {.i = {10, 20, 30}}, l_result;
    ffi_invoke(bound("f_large"), &l_result, (ffi_value[]){AT(a), {.i32 = 5}, AT(b)});
    ok(l_result.i[0] == 6 && l_result.i[1] == 22 && l_result.i[2] == 30,
       "a union whose largest member is not its most aligned");

    struct aligned s = {7};
    long           sum;
    ffi_value      args[] = {{.i64 = 1}, {.i64 = 2}, {.i64 = 3}, {.i64 = 4}, {.i64 = 5},
                             {.i64 = 6}, {.i32 = 1}, AT(s),      {.i32 = 2}};
    ffi_invoke(bound("f_aligned"), &sum, args);
    ok(sum == 31, "a struct aligned to 32 bytes passes on the stack");

    struct odd o1 = {{1, 2, 3}}, o2 = {{4, 5, 6}}, o_result;
    ffi_invoke(bound("f_odd"), &o_result, (ffi_value[]){AT(o1), AT(o2)});
    ok(o_result.c[0] == 1 && o_result.c[1] == 5 && o_result.c[2] == 3, "structs of three bytes pass");

    struct bits bits = {3, -4, 1LL << 38}, bits_result;
    ffi_invoke(bound("f_bits"), &bits_result, (ffi_value[]){AT(bits)});
    ok(bits_result.a == 4 && bits_result.b == -5 && bits_result.c == -(1LL << 38),
       "a struct of bit-fields passes");
}

/* Where the result is, and where there is none. */
static void results(void) {
    struct point  p      = {1, 2};
    struct mixed  m      = {3, 4};
    struct wide   w      = {{5, 0, 0, 0, 0, 0, 0, 6}};
    struct behind behind = {.d = 0};
    ffi_function *sum    = bound("f_sum");
    memset(&behind, 0, sizeof behind);
    ffi_invoke(bound("f_behind"), &behind, (ffi_value[]){AT(p)});
    ok(behind.d == 3, "a result behind padding of 8 bytes is stored");
    ffi_invoke(bound("f_told"), NULL, (ffi_value[]){AT(m)});
    ok(told == 3, "a function of a struct without a result is called");
    ffi_invoke_pointers(bound("f_told"), NULL, (void *[]){&(struct mixed){7, 8}});
    ok(told == 7, "ffi_invoke_pointers passes a struct");
    if (sum->stub_result == FFI_RESULT_STORED) {
        skip_one("this ABI's stubs store the result");
        return;
    }
    uint64_t word = sum->stub.word(sum, NULL, (ffi_value[]){AT(m), AT(w)});
    long     left;
    memcpy(&left, &word, sizeof left);
    ok(left == 18, "a call without memory for the result leaves it in a register");
}

static void registers(void) {
    struct point p = {1, 2}, q = {10, 20}, p_result;
    ffi_invoke(bound("f_point"), &p_result, (ffi_value[]){AT(p), AT(q)});
    ok(p_result.x == 11 && p_result.y == 22, "two structs of two doubles pass, and one returns");

    struct wide  w = {{1, 2, 3, 4, 5, 6, 7, 8}}, w_result;
    struct mixed m = {1, 2.5}, n = {7, 0.25}, m_result;
    ffi_value    args[] = {{.i64 = 1}, {.i64 = 1}, {.i64 = 1}, {.i64 = 1}, {.i64 = 1}, AT(w), AT(m), AT(n)};
    ffi_invoke(bound("f_split"), &m_result, args);
    ok(m_result.l == 120 && m_result.d == 25.25, "a struct that finds half its registers is not split");

    ffi_function *wide = bound("f_wide");
    ffi_invoke(wide, &w_result, (ffi_value[]){AT(w)});
    ok(w_result.a[0] == 2 && w_result.a[3] == 4 && w_result.a[7] == 7, "64 bytes pass and return");
    ffi_invoke(wide, NULL, (ffi_value[]){AT(w)});
    ffi_invoke_pointers(wide, &w, (void *[]){&w});
    ok(w.a[0] == 2, "the result may replace the argument");

    long double ld = 1.5L, ld_result;
    ffi_invoke(bound("f_long_double"), &ld_result, (ffi_value[]){{.i32 = 3}, AT(ld), {.f32 = 0.5f}});
    ok(ld_result == 5, "a long double passes and returns");

    _Complex long double c1 = 1, c_result;
    _Complex float       c2 = 2;
    _Complex double      c3 = 3;
    __imag__ c1 = 4, __imag__ c2 = 5, __imag__ c3 = 6;
    for (int i = 0; i < 20; i++) /* a result left on the x87 stack would fill it */
        ffi_invoke(bound("f_complex"), i & 1 ? NULL : &c_result, (ffi_value[]){AT(c1), AT(c2), AT(c3)});
    ok(__real__ c_result == 321 && __imag__ c_result == 654,
       "complex numbers of each size pass and return, twenty times");

#ifdef __clang__
    skip_one("clang splits an __int128 for which one integer register is left; the psABI does not");
#else
    __int128  i      = (__int128)1 << 100, i_result;
    ffi_value last[] = {{.i64 = 1}, {.i64 = 2}, {.i64 = 3}, {.i64 = 4}, {.i64 = 5}, AT(i), {.i64 = 6}};
    ffi_invoke(bound("f_last"), &i_result, last);
    ok(i_result == i + 6015, "an __int128 for which one integer register is left");
#endif
}

#ifdef __x86_64__
typedef short         short2 __attribute__((vector_size(4)));
typedef unsigned char byte2 __attribute__((vector_size(2)));
typedef struct {
    short2 v;
    byte2  b;
} small;

static short2 add_short2(byte2 a, short2 b) {
    return (short2){(short)(a[0] + b[0]), (short)(a[1] + b[1])};
}

static small swap_small(small a, byte2 b) {
    return (small){.v = {a.v[1], a.v[0]},
                   .b = {(unsigned char)(a.b[1] + b[0]), (unsigned char)(a.b[0] + b[1])}};
}

static void small_vectors(void) {
    ok(!ffi_declare(context, "typedef short short2 __attribute__((vector_size(4)));\n"
                             "typedef unsigned char byte2 __attribute__((vector_size(2)));\n"
                             "typedef struct { short2 v; byte2 b; } small;"),
       "vectors of 2 and 4 bytes");
    ffi_function *add  = ffi_function_new(context, (void *)add_short2, "short2 (byte2, short2)");
    ffi_function *swap = ffi_function_new(context, (void *)swap_small, "small (small, byte2)");
    byte2         b    = {200, 2};
    short2        s = {-300, 4}, sum = {0};
    small         given = {.v = {5, -6}, .b = {7, 8}}, got = {.v = {0}};
    if (!ok(add && swap, "are passed by value")) return;
    ffi_invoke(add, &sum, (ffi_value[]){AT(b), AT(s)});
    ok(sum[0] == -100 && sum[1] == 6, "short vectors pass alone");
    ffi_invoke(swap, &got, (ffi_value[]){AT(given), AT(b)});
    ok(got.v[0] == -6 && got.v[1] == 5 && got.b[0] == 208 && got.b[1] == 9, "short vectors pass as members");
}
#else
static void small_vectors(void) {
    skip_one("AAPCS64 says nothing of vectors of 2 and 4 bytes, and gcc and clang differ");
}
#endif

static void vectors(void) {
    __attribute__((aligned(32))) double a[4] = {1, 2, 3, 4}, b[4] = {10, 20, 30, 40}, result[4];
    ffi_function                       *function = ffi_library_function(program, "f_vector", NULL);
    if (!HAS_AVX()) {
        ok(!function && ffi_last_error() == FFI_ERROR_UNSUPPORTED, "without AVX its vectors are refused");
        skip_one("this processor has no AVX");
        return;
    }
    ok(function != NULL, "a function of vectors of 32 bytes is bound");
    ffi_invoke(function, result, (ffi_value[]){AT(a), AT(b)});
    ok(result[0] == 11 && result[1] == 22 && result[2] == 33 && result[3] == 44,
       "a struct of a vector of 4 doubles passes");
}

static void variadic(void) {
    long      sum     = 0;
    ffi_value given[] = {{.i64 = 0}, {.i64 = 0}, {.i64 = 0}, {.i64 = 0}, {.i64 = 0},
                         {.i64 = 0}, {.i32 = 1}, {.i32 = 2}, {.i32 = 3}};
    ffi_invoke(bound("f_loose"), &sum, given);
    ok(sum == 123, "a typedef's alignment does not count on the stack");

    double        result = 0;
    ffi_function *floats = ffi_function_variadic(bound("f_floats"), "float, float, double");
    ffi_invoke(floats, &result, (ffi_value[]){{.i32 = 3}, {.f32 = 1.5f}, {.f32 = 2}, {.f64 = 3}});
    ok(result == 173, "variable arguments of float are promoted");
}

int main(void) {
    context = ffi_context_new(NULL);
    program = ffi_library_open(context, NULL, 0);
    if (!ok(ffi_declare(context, declared) == FFI_ERROR_NONE,
            "the library declares the text that the compiler read"))
        printf("# %s\n", ffi_last_message());
    records();
    registers();
    results();
    vectors();
    small_vectors();
    variadic();
    ffi_context_free(context);
    return done();
}
