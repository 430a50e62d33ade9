/* SPDX-License-Identifier: MIT */
/*
 * Texts that t_declare.c gives both to the compiler and to ffi_declare(). Some are not to a compiler's taste;
 * so they stand in what it takes for a header of the system, of which it does not complain.
 */
#ifndef DECLARED_H
#define DECLARED_H

#pragma GCC system_header

#include <stddef.h>
#include <stdint.h>
#include <uchar.h>

/* clang-format off */

/* ---- constant expressions: the text, and what the compiler makes of it ---- */

#define X(...) {#__VA_ARGS__, (int64_t)(__VA_ARGS__), sizeof(__VA_ARGS__)},

enum nine { NINE = 9, BELOW = -3 };
enum ten { TEN = 10 };
struct other {
    char c;
};
struct shape {
    char   c;
    double d[4];
    struct {
        short s[3];
    } in;
};
static const char *const expression_names =
    "enum nine { NINE = 9, BELOW = -3 }; enum ten { TEN = 10 }; struct other { char c; }; struct shape { char c; double d[4]; struct { short s[3]; } in; };";

#define EXPRESSIONS                                                                                       \
    X(1 + 2 * 3 - 4 / 3 % 2)                                                                                 \
    X((1 + 2) * -3)                                                                                          \
    X(-7 / 2) X(-7 % 2) X(7 / -2) X(0x10 | 010 | 10) X(~0) X(~0u) X(!5 + !0)                                 \
    X(1 << 30 >> 30) X(1u << 31 >> 31) X(-16 >> 2) X(1ull << 63) X(1ll << 62 >> 3)                           \
    X(0x7fffffff) X(0x80000000) X(2147483648) X(0xffffffffffffffff) X(4294967296) X(037777777777)            \
    X(-1 < 1u) X(-1 < 1l) X(-1l < 1u) X(-1ll < 1ull) X(0x80000000 > 0) X(-2147483648 < 0)                    \
    X(5 & 3 | 4 ^ 1) X(1 == 1 != 0) X(3 > 2 > 1) X(1 || 1 / 0) X(0 && 1 / 0) X(0 ? 1 / 0 : 4)                \
    X(1 ? 2 : 3 ? 4 : 5) X(0 ? 2 : 0 ? 4 : 5) X(1 ? -1 : 0u) X(1, 2 + NINE)                        \
    X((char)200) X((unsigned char)-1) X((short)70000) X((_Bool)42) X((int)4294967297) X((unsigned)-1)        \
    X((long)-1u) X((unsigned long)-1) X((signed char)0x80 < 0) X((unsigned long long)(int)-5)                \
    X('a') X('\n') X('\\') X('\'') X('\x41') X('\377') X('\0') X('ab') X(L'x') X(u'\xffff') X('"')           \
    X(sizeof(int)) X(sizeof(long double)) X(sizeof(struct shape)) X(sizeof(int[3][4])) X(sizeof(char *))     \
    X(sizeof "four") X(sizeof 'a') X(sizeof 1.5f) X(sizeof(1 ? 1 : 1.0L))  \
    X(sizeof((struct shape *)0)->d) X(sizeof(((struct shape *)0)->in.s[1])) X(sizeof NINE) X(sizeof(1, 2))   \
    X(sizeof((char)1 + (char)1)) X(sizeof(1 << 1l)) X(sizeof(1l << 1)) X(sizeof(void *(*)[3]))               \
    X(_Alignof(double)) X(_Alignof(struct shape)) X(__alignof__(short)) X(_Alignof(char[7]))                 \
    X(__builtin_offsetof(struct shape, d)) X(__builtin_offsetof(struct shape, d[2]))                         \
    X(__builtin_offsetof(struct shape, in.s[NINE - 8])) X((size_t)&((struct shape *)0)->in)                  \
    X((char *)&((struct shape *)0)->in - (char *)0) X((size_t)((int *)8 + 3)) X((size_t)&((int *)0)[5])      \
    X(__builtin_types_compatible_p(int, const int)) X(__builtin_types_compatible_p(int[], int[5]))           \
    X(__builtin_types_compatible_p(int[4], int[5])) X(__builtin_types_compatible_p(int *, const int *))      \
    X(__builtin_types_compatible_p(int * const, int *)) X(__builtin_types_compatible_p(long, long long))     \
    X(__builtin_types_compatible_p(long, int64_t)) X(__builtin_types_compatible_p(long long, int64_t))       \
    X(__builtin_types_compatible_p(size_t, unsigned long))                                                   \
    X(__builtin_types_compatible_p(unsigned long long, size_t))                                              \
    X(__builtin_types_compatible_p(char, signed char))                                                       \
    X(__builtin_types_compatible_p(int(*)(int), int(*)(const int)))                                          \
    X(__builtin_types_compatible_p(void(int[2]), void(int *)))                                               \
    X(__builtin_types_compatible_p(void(int[2]), void(int[3])))                                              \
    X(__builtin_types_compatible_p(void (*)(int[2]), void (*)(int *)))                                       \
    X(__builtin_types_compatible_p(int(void), int(int)))                                                     \
    X(__builtin_types_compatible_p(int(int,...), int(int)))                                                  \
    X(__builtin_types_compatible_p(int(*)[], int(*)[3]))                                                     \
    X(__builtin_types_compatible_p(int(*)(int(*)[]), int(*)(int(*)[3])))                                     \
    X(__builtin_types_compatible_p(wchar_t, int)) X(__builtin_types_compatible_p(float, double))             \
    X(__builtin_types_compatible_p(double, long double))                                                     \
    X(__builtin_types_compatible_p(_Complex double, double _Complex))                                        \
    X(__builtin_types_compatible_p(int __attribute__((vector_size(16))), int __attribute__((vector_size(16))))) \
    X(__builtin_types_compatible_p(unsigned, unsigned int))                                                  \
    X(__builtin_types_compatible_p(const int[3], int[3]))                                                    \
    X(__builtin_types_compatible_p(uint8_t, unsigned char)) X(__builtin_types_compatible_p(int8_t, char))    \
    X(__builtin_types_compatible_p(void *, char *)) X(__builtin_types_compatible_p(void, void))              \
    X(__builtin_types_compatible_p(const void, void))                                                        \
    X(__builtin_types_compatible_p(int * restrict, int *))                                                   \
    X(__builtin_types_compatible_p(_Atomic int *, int *)) X(__builtin_types_compatible_p(int *, int * *))    \
    X(__builtin_types_compatible_p(float _Complex, float))                                                   \
    X(__builtin_types_compatible_p(__int128, __int128_t))                                                    \
    X(__builtin_types_compatible_p(struct shape, const struct shape))                                        \
    X(__builtin_types_compatible_p(struct shape *, const struct shape *))                                    \
    X(__builtin_types_compatible_p(struct shape, struct other))                                              \
    X(__builtin_types_compatible_p(enum nine, enum nine))                                                    \
    X(__builtin_types_compatible_p(enum nine, enum ten)) X(__builtin_types_compatible_p(enum nine, int))     \
    X(__builtin_types_compatible_p(enum nine, unsigned))                                                     \
    X(__builtin_types_compatible_p(enum ten, unsigned))                                                      \
    X(__builtin_types_compatible_p(enum ten *, unsigned *))                                                  \
    X(__builtin_types_compatible_p(_Bool, unsigned char))                                                    \
    X(__builtin_types_compatible_p(char *, signed char *))                                                   \
    X(__builtin_types_compatible_p(enum ten[2], unsigned[]))                                                 \
    X(__builtin_choose_expr(1, 5, 6)) X(NINE * BELOW) X(BELOW >> 1) X(sizeof(__typeof__(1 + 1ul)))           \
    X(__extension__ 3) X(+'a' - 'A')

/* ---- declarations ---- */

#define BOTH(...)                                                                                            \
    __VA_ARGS__                                                                                              \
    static const char *const both_text = #__VA_ARGS__;

BOTH(
    typedef int both_int; typedef both_int *both_array[3];
    struct both_bits { int both_int : 3; unsigned : 0; const both_int : 4; both_int last : 5; };
    struct both_nested { struct { int a; union { char c; double d; }; }; struct both_inner { short s; } in[2]; };
    struct both_later; struct both_list { struct both_list *next; struct both_later *later; };
    struct both_later { struct both_list list; char tail[]; };
    struct __attribute__((packed)) both_packed { char c; int i; };
    struct both_packed_behind { char c; int i; } __attribute__((__packed__, aligned(2)));
    struct both_member { char c; int i __attribute__((packed)); char e __attribute__((aligned(8))), f; };
    struct both_prefix { char c; __attribute__((aligned(32))) int i; _Alignas(double) char d; _Alignas(16) char e; };
    struct both_zero { int n; char none[0]; };
    struct both_pointer { int *__attribute__((unused)) p; int (*f)(int), (*g[2])(void), *h; };
    typedef int both_aligned __attribute__((aligned(16))); struct both_uses { char c; both_aligned a; };
    typedef unsigned both_qi __attribute__((mode(QI))); typedef int both_word __attribute__((__mode__(__word__)));
    typedef float both_v4 __attribute__((vector_size(16))); __attribute__((vector_size(8))) int extern both_v2;
    typedef int both_v8 __attribute__((vector_size(2 * 4 * sizeof(int))));
    enum both_small { BOTH_A, BOTH_B = 255 } __attribute__((packed)); enum __attribute__((packed)) both_wide { BOTH_C = 256 };
    enum both_negative { BOTH_D = -1, BOTH_E }; enum both_long { BOTH_F = 1ll << 40, BOTH_G };
    enum both_unsigned { BOTH_H = 0xffffffff }; enum both_edge { BOTH_I = 0x7fffffff, BOTH_J = -5 };
    typedef enum { BOTH_K = BOTH_E + sizeof(enum both_small), BOTH_L } both_enum;
    extern __typeof__(both_v2) both_copy; extern __typeof__(struct both_list *) *both_typeof;
    extern _Atomic(int) both_atomic; extern _Atomic long both_atomic_too; extern _Thread_local int both_thread;
    extern long double _Complex both_complex; extern float __complex__ both_gnu_complex;
    extern unsigned __int128 both_i128; extern __int128_t both_i128_t; extern _Bool both_bool;
    extern int long unsigned both_words; extern const volatile char *const *restrict both_qualified;
    extern struct { int both_int; } both_unnamed; extern char both_text_size[sizeof "12345"];
    __extension__ typedef struct { long long q, r; } both_div; extern __builtin_va_list both_va;
    typedef struct both_hidden *both_hidden; struct both_hidden { both_hidden next; int x; };
    static inline int both_body(int a) { return "}{"[a] == '{' ? ({ int b = a; b; }) : sizeof(struct both_list); }
    static int both_initialized[] = { 1, (2 + 3), sizeof(int[2]) }, *both_second = both_initialized;
    static const unsigned char both_constant = 300, both_other = BOTH_B - 1; _Static_assert(sizeof(int) == 4, "int");
    _Noreturn void both_never(void); extern int both_asm(void) __asm__("both_" "symbol") __attribute__((pure));
    int both_old(); void both_pair(int, both_array), both_triple(int both_int);
    void both_decay(int a[static 3], char (*)[2], int f(void), const both_array b, int n, int (*v)[n], int w[n][n]);
    int (*(*both_deep(int (*)(int), ...))[3])(void); void (both_brackets)(void); ;
)

#endif
