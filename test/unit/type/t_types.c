/* SPDX-License-Identifier: MIT */
/*
 * Types: every name has the kind, size and alignment that this compiler gives it; C's words in every order;
 * derived types; interning, equality and reflection; types made without text. How types are printed is
 * judged by compilers in t_compiler.sh.
 */
#include "helper.h"

#include <stdbool.h>
#include <sys/types.h>
#include <uchar.h>
#include <wchar.h>

static ffi_context *context;

static const ffi_ctype *parse(const char *text) {
    const ffi_ctype *type = ffi_type_parse(context, text);
    if (!type) printf("# %s: %s\n", text, ffi_last_message());
    return type;
}

static ffi_kind integer_kind(size_t size, bool is_signed) {
    switch (size) {
    case 1: return is_signed ? FFI_KIND_I8 : FFI_KIND_U8;
    case 2: return is_signed ? FFI_KIND_I16 : FFI_KIND_U16;
    case 4: return is_signed ? FFI_KIND_I32 : FFI_KIND_U32;
    default: return is_signed ? FFI_KIND_I64 : FFI_KIND_U64;
    }
}

/* What the compiler knows of an arithmetic type. */
#define FLOATING(T) ((T)0.5 != (T)0 && (T)2 != (T)1)
#define KIND(T)                                                                                                \
    (FLOATING(T)    ? (sizeof(T) == sizeof(float) ? FFI_KIND_F32 : FFI_KIND_F64)                               \
     : (T)2 == (T)1 ? FFI_KIND_BOOL                                                                            \
                    : integer_kind(sizeof(T), (T)-1 < (T)1))

static void scalar(const char *text, ffi_kind kind, size_t size, size_t alignment) {
    const ffi_ctype *type = parse(text);
    ok(type && ffi_type_kind(type) == kind && ffi_type_size(type) == size &&
           ffi_type_alignment(type) == alignment && !ffi_type_target(type) && !ffi_type_length(type),
       "%s has the compiler's kind, size and alignment", text);
}

/* A name that the compiler reads too, and one that stands for such a type. */
#define C(T)        scalar(#T, KIND(T), sizeof(T), _Alignof(T))
#define ALIAS(n, T) scalar(n, KIND(T), sizeof(T), _Alignof(T))

static void scalars(void) {
    C(bool), C(_Bool), C(char), C(signed char), C(unsigned char), C(short), C(unsigned short), C(int);
    C(unsigned), C(unsigned int), C(long), C(unsigned long), C(long long), C(unsigned long long);
    C(float), C(double), C(short int), C(long int), C(long long int), C(signed), C(long unsigned int);
    C(__signed__ char), C(const int), C(volatile double), C(int const volatile);

    C(int8_t), C(uint8_t), C(int16_t), C(uint16_t), C(int32_t), C(uint32_t), C(int64_t), C(uint64_t);
    C(int_least8_t), C(uint_least8_t), C(int_least16_t), C(uint_least16_t), C(int_least32_t);
    C(uint_least32_t), C(int_least64_t), C(uint_least64_t);
    C(int_fast8_t), C(uint_fast8_t);
    if (IS_MUSL) skip_one("int_fast16_t and int_fast32_t are those of glibc, not of musl");
    else C(int_fast16_t), C(uint_fast16_t), C(int_fast32_t), C(uint_fast32_t);
    C(int_fast64_t), C(uint_fast64_t), C(intmax_t), C(uintmax_t), C(intptr_t), C(uintptr_t);
    C(size_t), C(ssize_t), C(ptrdiff_t), C(wchar_t), C(wint_t), C(char16_t), C(char32_t);

    ALIAS("i8", int8_t), ALIAS("u8", uint8_t), ALIAS("i16", int16_t), ALIAS("u16", uint16_t);
    ALIAS("i32", int32_t), ALIAS("u32", uint32_t), ALIAS("i64", int64_t), ALIAS("u64", uint64_t);
    ALIAS("f32", float), ALIAS("f64", double), ALIAS("isize", ssize_t), ALIAS("usize", size_t);
    ALIAS("int8", int8_t), ALIAS("uint8", uint8_t), ALIAS("int16", int16_t), ALIAS("uint16", uint16_t);
    ALIAS("int32", int32_t), ALIAS("uint32", uint32_t), ALIAS("int64", int64_t), ALIAS("uint64", uint64_t);
    ALIAS("uint", unsigned);
}

/* ---- the order of words ---- */

static void swap(const char **a, const char **b) {
    const char *kept = *a;
    *a               = *b;
    *b               = kept;
}

/* How many orders of words[from..] do not read as `wanted`. */
static int wrong_orders(const char **words, int from, int count, const ffi_ctype *wanted) {
    char text[128] = "";
    int  wrong     = 0;
    if (from == count) {
        for (int i = 0; i < count; i++) strcat(strcat(text, words[i]), i + 1 < count ? " " : "");
        return parse(text) != wanted;
    }
    for (int i = from; i < count; i++) {
        swap(&words[from], &words[i]);
        wrong += wrong_orders(words, from + 1, count, wanted);
        swap(&words[from], &words[i]);
    }
    return wrong;
}

#define ORDERS(canonical, ...)                                                                                 \
    do {                                                                                                       \
        const char *words[] = {__VA_ARGS__};                                                                   \
        int         count   = (int)(sizeof words / sizeof *words);                                             \
        ok(wrong_orders(words, 0, count, parse(canonical)) == 0, "%s in every order", canonical);              \
    } while (0)

static void orders(void) {
    ORDERS("short", "signed", "short", "int");
    ORDERS("unsigned short", "unsigned", "short", "int");
    ORDERS("unsigned char", "unsigned", "char");
    ORDERS("signed char", "signed", "char");
    ORDERS("long", "signed", "long", "int");
    ORDERS("unsigned long", "unsigned", "long", "int");
    ORDERS("long long", "signed", "long", "long", "int");
    ORDERS("unsigned long long", "long", "int", "unsigned", "long");
    ORDERS("const unsigned long long", "long", "const", "int", "unsigned", "long");
    ORDERS("const volatile int", "volatile", "int", "const", "const");
    ORDERS("const size_t", "size_t", "const");
    ORDERS("volatile struct tag", "volatile", "struct tag");
}

/* ---- derived types ---- */

#define is_pointer(text)                                                                                       \
    (ffi_type_kind(parse(text)) == FFI_KIND_POINTER && ffi_type_size(parse(text)) == sizeof(void *) &&         \
     ffi_type_alignment(parse(text)) == _Alignof(void *))

static void derived(void) {
    ok(ffi_type_kind(parse("void")) == FFI_KIND_VOID && !ffi_type_size(parse("void")) &&
           !ffi_type_alignment(parse("void")),
       "void has no size");
    ok(is_pointer("ptr") && is_pointer("pointer") && is_pointer("void *"), "ptr is a pointer");
    ok(parse("ptr") == parse("void *") && parse("pointer") == parse("void*"), "ptr is void *");
    ok(parse("str") == parse("const char *") && parse("string") == parse("char const*"), "str is const char *");
    ok(is_pointer("double (*)(double)") && is_pointer("int (*)[3]") && is_pointer("int (**)(void)"),
       "pointers to functions and arrays");
    ok(ffi_type_target(ffi_type_target(parse("char **"))) == parse("char"), "targets lead to the end");
    ok(ffi_type_target(parse("double (*)(float)")) == parse("double (float)"),
       "what a function pointer points to");
    ok(parse("const char *") != parse("char *") && parse("char *const") != parse("char *"),
       "qualifiers make another type");
    ok(parse("const char *restrict") == parse("char const *__restrict"),
       "the spellings of restrict are one type");
    ok(ffi_type_target(parse("const int *")) == parse("const int"), "a pointer keeps its target's qualifiers");

    const ffi_ctype *grid = parse("int grid[3][5]");
    ok(ffi_type_kind(grid) == FFI_KIND_ARRAY && ffi_type_length(grid) == 3 &&
           ffi_type_length(ffi_type_target(grid)) == 5 && ffi_type_size(grid) == sizeof(int[3][5]) &&
           ffi_type_alignment(grid) == _Alignof(int[3][5]),
       "int[3][5] is 3 times int[5]");
    ok(ffi_type_length(parse("char[0x10]")) == 16 && ffi_type_length(parse("char[010]")) == 8 &&
           ffi_type_length(parse("char[16ul]")) == 16,
       "lengths in C's notations");
    ok(ffi_type_length(parse("char[]")) == 0 && !ffi_type_size(parse("char[]")), "an array of unknown length");
    ok(ffi_type_size(parse("char[0x7fffffffffff]")) == ((size_t)1 << 47) - 1, "the largest array");

    ok(ffi_type_kind(parse("struct stat")) == FFI_KIND_STRUCT && !ffi_type_size(parse("struct stat")),
       "a struct by tag");
    ok(ffi_type_kind(parse("union value")) == FFI_KIND_UNION, "a union by tag");
    ok(parse("struct s *") != parse("struct t *") && parse("struct s *") != parse("union s *"), "tags differ");
    enum color { RED };
    const ffi_ctype *color = parse("enum color");
    ok(ffi_type_kind(color) == FFI_KIND_ENUM && ffi_type_size(color) == sizeof(enum color) &&
           ffi_type_alignment(color) == _Alignof(enum color) && ffi_type_target(color) == parse("int"),
       "an enum is of the compiler's size");
    ok(parse("char8_t") == parse("unsigned char") && parse("nullptr_t") == parse("void *"), "C23's names");
    ok(parse("int x[3] /* words */ // to the end\n") == parse("\t\n int [ 3 ] ;"),
       "comments and white space change nothing");
    ok(ffi_type_equal(parse("extern int f(register int x)"), parse("static inline int f(int)")),
       "storage words mean nothing");
}

/* ---- signatures ---- */

static void signatures(void) {
    const ffi_ctype *printf_type = parse("int printf(const char *format, ...)");
    ok(ffi_type_kind(printf_type) == FFI_KIND_FUNCTION && ffi_type_target(printf_type) == parse("int"),
       "a signature has the result of printf");
    ok(ffi_type_parameter_count(printf_type) == 1 && ffi_type_fixed_count(printf_type) == 1 &&
           ffi_type_is_variadic(printf_type) && ffi_type_parameter(printf_type, 0) == parse("str") &&
           !ffi_type_parameter(printf_type, 1),
       "a signature has the parameters of printf");
    const ffi_ctype *call = parse("int (str, ..., double, i8)");
    ok(ffi_type_is_variadic(call) && ffi_type_fixed_count(call) == 1 && ffi_type_parameter_count(call) == 3 &&
           ffi_type_parameter(call, 1) == parse("double") && ffi_type_parameter(call, 2) == parse("i8"),
       "variable arguments are listed behind the fixed ones");
    ok(parse("int f(void)") == parse("int ()") && !ffi_type_parameter_count(parse("int(void)")) &&
           !ffi_type_is_variadic(parse("int(void)")),
       "(void) and () have no parameters");
    ok(ffi_type_equal(parse("double pow(double x, double y)"), parse("double(double,double)")),
       "names do not matter");
    ok(ffi_type_equal(parse("int f(int a[7], int g(char))"), parse("int(int *, int (*)(char))")),
       "arrays and functions decay as parameters");
    ok(ffi_type_equal(parse("int f(char a[3][5])"), parse("int(char (*)[5])")),
       "only the first dimension decays");
    ok(ffi_type_equal(parse("int f(int a[static const 7])"), parse("int(int*)")), "[static const 7] decays");
    ok(parse("const int f(const int, char *const)") == parse("int(int, char *)"),
       "qualifiers of parameters and results are dropped");
    ok(ffi_type_equal(parse("void (*signal(int, void (*)(int)))(int)"),
                      parse("void (*(int sig, void (*func)(int)))(int)")),
       "signal()");
    ok(parse("int (f)(int)") == parse("int f(int)") && parse("int (size_t)") == parse("int f(size_t)"),
       "in brackets a type is a parameter, another word the name");
    ok(ffi_type_equal(parse("int f(int ptr, char *str)"), parse("int(int, char *)")),
       "short names can name parameters");
    ok(parse("int f(int) __attribute__((sysv_abi))") == parse("int __attribute__((__sysv_abi__)) f(int)"),
       "an ABI's attribute before and after");
    ok(parse("__m128") == parse("float __attribute__((vector_size(16)))") &&
           parse("__m256d") == parse("double __attribute__((vector_size(32)))") &&
           parse("__m512i") == parse("long long __attribute__((vector_size(64)))") &&
           ffi_type_size(parse("__m64")) == 8 && parse("__m256(__m256d, __m128i)"),
       "Intel's names of vectors");
    ok(parse("int (enum e, struct s *, union u **)") != NULL, "tags among parameters");
}

/* ---- array parameters ---- */

static const ffi_ctype *only_parameter(const char *format, const char *parameter, char *text, size_t size) {
    snprintf(text, size, format, parameter);
    return parse(text);
}

static void lengths(void) {
    static const struct {
        const char *parameter;
        size_t      length;
        const char *printed, *pointer;
    } rows[] = {
        {"int p[2]", 2, "int[2]", "int *"},
        {"int[static 4]", 4, "int[4]", "int *"},
        {"const char s[const restrict 7]", 7, "const char[7]", "const char *"},
        {"int m[2][3]", 2, "int[2][3]", "int (*)[3]"},
        {"int (*m)[3]", 0, "int (*)[3]", "int (*)[3]"},
        {"int (*v[3])(void)", 3, "int (*[3])(void)", "int (**)(void)"},
        {"int *names[sizeof(int) * 2 + (1 << 3)]", 16, "int *[16]", "int **"},
        {"struct s *q[1]", 1, "struct s *[1]", "struct s **"},
        {"int p[]", 0, "int *", "int *"},
        {"int p[*]", 0, "int *", "int *"},
        {"int p[n]", 0, "int *", "int *"},
        {"int p[static n + 1]", 0, "int *", "int *"},
        {"int *p", 0, "int *", "int *"},
        {"int p", 0, "int", "int"},
        {"int f(int[5])", 0, "int (*)(int[5])", "int (*)(int *)"},
        {"typeof(int[6]) t", 6, "int[6]", "int *"},
    };
    static const char *const around[] = {"void (%s)", "int f(%s, ...)", "double (..., %s)"};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        for (size_t j = 0; j < sizeof around / sizeof *around; j++) {
            char             text[128], again[128], wanted[128];
            const ffi_ctype *type    = only_parameter(around[j], rows[i].parameter, text, sizeof text);
            const ffi_ctype *pointer = only_parameter(around[j], rows[i].pointer, again, sizeof again);
            const ffi_ctype *printed = only_parameter(around[j], rows[i].printed, wanted, sizeof wanted);
            ok(ffi_type_parameter_length(type, 0) == rows[i].length, "%s has the length %zu", text,
               rows[i].length);
            ok(ffi_type_equal(ffi_type_parameter(type, 0), ffi_type_parameter(pointer, 0)) &&
                   ffi_type_equal(type, pointer),
               "%s is equal to the signature with a pointer", text);
            ffi_type_format(type, again, sizeof again);
            ok(strstr(again, rows[i].printed) && parse(again) == printed && ffi_type_equal(printed, type) &&
                   ffi_type_parameter_length(printed, 0) == rows[i].length,
               "%s is printed as %s, which is the same type but for names", text, again);
        }
    }
    const ffi_ctype *two = parse("int pipe(int[2])"), *parts[] = {parse("int[2]"), parse("char[9]")};
    ok(two == ffi_type_signature(context, parse("int"), parts, 1, FFI_NOT_VARIADIC),
       "ffi_type_signature keeps the length of an array");
    ok(two != parse("int(int[3])") && two != parse("int(int *)") && two == parse("int(int[1 + 1])"),
       "signatures of other lengths are other types");
    ok(!ffi_type_parameter_length(two, 1) && !ffi_type_parameter_length(NULL, 0) &&
           !ffi_type_parameter_length(parse("int[3]"), 0),
       "what is no parameter has no length");

    ffi_function *function = ffi_function_typed(context, (void *)parts, two);
    ok(ffi_function_signature(function) == two, "a function keeps the lengths of its signature");
    function              = ffi_function_new(context, (void *)parts, "int f(char[4], ...)");
    const ffi_ctype *form = ffi_function_signature(ffi_function_variadic(function, "int[3], int"));
    ok(ffi_type_parameter_length(form, 0) == 4 && ffi_type_parameter_length(form, 1) == 3 &&
           !ffi_type_parameter_length(form, 2) && form == parse("int (char[4], ..., int[3], int)"),
       "so does a variadic form");
    ok(ffi_function_variadic(function, "int[3], int") != ffi_function_variadic(function, "int *, int"),
       "forms of other lengths are other functions");

    ok(!ffi_declare(context, "int pipe(int *); int pipe(int fds[2]); int pipe(int *);"
                             "int (*table[2])(int[2]); extern int (*table[2])(int *);"
                             "int old(n, v) int n; char v[8]; { return 0; }"
                             "typedef int pair[2]; void take(pair); void takes(pair *, pair[3]);"),
       "signatures that differ in lengths only may be declared again");
    ok(ffi_type_parameter_length(ffi_declared_type(context, "pipe"), 0) == 2, "the known length is kept");
    ok(ffi_type_parameter_length(ffi_declared_type(context, "old"), 1) == 8, "also that of an old definition");
    ok(ffi_type_parameter_length(ffi_declared_type(context, "take"), 0) == 2,
       "a typedef of an array has its length");
    ok(!ffi_type_parameter_length(ffi_declared_type(context, "takes"), 0) &&
           ffi_type_parameter_length(ffi_declared_type(context, "takes"), 1) == 3,
       "a pointer to one has none, an array of such has its own");
    ok(returns_error(ffi_declare(context, "int pipe(char *);"), FFI_ERROR_TYPE, "declared already"),
       "and others are refused");

    size_t width = ffi_plan_format(context, two, NULL, 0);
    ok(width && width == ffi_plan_format(context, parse("int(int *)"), NULL, 0), "the plan is the same");
}

/* ---- types without text ---- */

static void without_text(void) {
    static const char *const names[] = {"void", "bool", "i8",  "u8",       "i16", "u16", "i32",
                                        "u32",  "i64",  "u64", "_Float16", "f32", "f64"};
    int                      wrong   = 0;
    for (int kind = FFI_KIND_VOID; kind <= FFI_KIND_F64; kind++)
        wrong += ffi_type_scalar(context, (ffi_kind)kind) != parse(names[kind]);
    ok(!wrong, "ffi_type_scalar gives the types of the short names");
    const ffi_ctype *f64 = parse("f64"), *both[] = {f64, parse("const int")};
    ok(ffi_type_pointer_to(context, f64) == parse("double *"), "ffi_type_pointer_to makes double *");
    ok(ffi_type_pointer_to(context, parse("int[3]")) == parse("int (*)[3]"), "a pointer to an array");
    ok(ffi_type_signature(context, f64, both, 2, FFI_NOT_VARIADIC) == parse("double(double, int)"),
       "ffi_type_signature, fixed");
    ok(ffi_type_signature(context, f64, both, 2, 1) == parse("double(double, ..., int)"),
       "with a `...` inside");
    ok(ffi_type_signature(context, f64, both, 2, 2) == parse("double(double, int, ...)"),
       "with one at the end");
    ok(ffi_type_signature(context, f64, NULL, 0, FFI_NOT_VARIADIC) == parse("double(void)"), "no parameters");
    ok(ffi_type_signature(context, f64, NULL, 0, 0) == parse("double(...)"), "only the `...`");
    const ffi_ctype *decaying[] = {parse("int[3]"), parse("void(int)")};
    ok(ffi_type_signature(context, f64, decaying, 2, FFI_NOT_VARIADIC) ==
           parse("double(int[3], void (*)(int))"),
       "its parameters decay too");
    const ffi_ctype *none = parse("void");
    fails(ffi_type_signature(context, f64, &none, 1, FFI_NOT_VARIADIC), FFI_ERROR_TYPE, "void");
    fails(ffi_type_signature(context, parse("int[3]"), NULL, 0, FFI_NOT_VARIADIC), FFI_ERROR_TYPE, "int[3]");
    fails(ffi_type_signature(context, parse("struct s"), NULL, 0, FFI_NOT_VARIADIC), FFI_ERROR_TYPE,
          "struct s");
    const ffi_ctype *deep = f64, *last = NULL;
    for (int i = 0; deep && i < 10000; i++) last = deep, deep = ffi_type_pointer_to(context, deep);
    ok(!deep && ffi_last_error() == FFI_ERROR_RANGE, "a pointer 10,000 deep is refused");

    const ffi_ctype *result = ffi_type_scalar(context, FFI_KIND_I32), *twice = result;
    for (int i = 0; i < 40 && twice; i++) {
        const ffi_ctype *pointer = i ? ffi_type_pointer_to(context, twice) : twice;
        twice =
            ffi_type_signature(context, result, (const ffi_ctype *[]){pointer, pointer}, 2, FFI_NOT_VARIADIC);
    }
    ok(!twice && ffi_last_error() == FFI_ERROR_RANGE, "a signature that doubles itself 40 times is refused");

    ok(ffi_type_qualifiers(ffi_type_target(parse("const volatile char *"))) ==
           (FFI_QUALIFIER_CONST | FFI_QUALIFIER_VOLATILE),
       "qualifiers of a pointee");
    ok(ffi_type_qualifiers(parse("char *restrict")) == FFI_QUALIFIER_RESTRICT && !ffi_type_qualifiers(NULL),
       "of a pointer, of NULL");

    ffi_context *other = ffi_context_new(NULL);
    fails(ffi_type_pointer_to(other, f64), FFI_ERROR_ARGUMENT, "another context");
    fails(ffi_type_signature(other, f64, NULL, 0, FFI_NOT_VARIADIC), FFI_ERROR_ARGUMENT, "another context");
    fails(ffi_function_typed(other, &other, parse("int(void)")), FFI_ERROR_ARGUMENT, "another context");
    fails(ffi_type_struct(other, "s", &(ffi_field){.name = "x", .type = f64}, 1), FFI_ERROR_ARGUMENT,
          "another context");
    ok(ffi_plan_format(other, parse("int(void)"), NULL, 0) == 0, "and a signature of another is not planned");
    ffi_context_free(other);
    ok(ffi_type_equal(last, last) && ffi_type_format(last, NULL, 0) > 150, "the deepest can be used");
}

/* ---- equality ---- */

static void equality(void) {
    ffi_context *other = ffi_context_new(NULL);
    ok(ffi_type_equal(parse("long"), parse("int64_t")) == (sizeof(long) == 8),
       "long is int64_t if it has its size");
    ok(ffi_type_equal(parse("long *"), parse("i64 *")) == (sizeof(long) == 8), "so are pointers to them");
    ok(!ffi_type_equal(parse("int"), parse("unsigned")) && !ffi_type_equal(parse("int"), parse("enum e")) &&
           !ffi_type_equal(parse("char *"), parse("const char *")) &&
           !ffi_type_equal(parse("int[3]"), parse("int[4]")) &&
           !ffi_type_equal(parse("int(int)"), parse("int(int, ...)")) &&
           !ffi_type_equal(parse("int(int, ..., int)"), parse("int(int, int, ...)")) &&
           !ffi_type_equal(parse("int(int)"), parse("int(long long)")) &&
           !ffi_type_equal(parse("struct a *"), parse("struct b *")),
       "what differs is not equal");
    ok(!ffi_type_equal(NULL, parse("int")) && !ffi_type_equal(parse("int"), NULL) && ffi_type_equal(NULL, NULL),
       "NULL equals only NULL");
    const char *text = "struct s *(*[3])(enum e, long, const char *, ...)";
    ok(parse(text) != ffi_type_parse(other, text) && ffi_type_equal(parse(text), ffi_type_parse(other, text)),
       "types of two contexts are equal and not the same");
    ffi_context_free(other);
}

int main(void) {
    context = ffi_context_new(NULL);
    scalars();
    orders();
    derived();
    signatures();
    lengths();
    without_text();
    equality();
    ffi_context_free(context);
    return done();
}
