/* SPDX-License-Identifier: MIT */
/*
 * Prints C functions that take and return random values of every kind: structs, unions, arrays in them,
 * bit-fields, complex numbers, long double, __int128, vectors. The compiler that translates the text is the
 * judge of how they travel; nothing here knows registers or layouts.
 *
 *     gen_values declarations|bodies|extras SEED COUNT VECTOR HALF [ATTRIBUTE]
 *
 * `declarations` is a header with the types and prototypes, `bodies` includes it as "values.h": function `f<n>`
 * copies what it receives to received[], and returns what it finds in reply; `c<n>` is its mirror image, which
 * passes what it finds in received[] to a function pointer of the same type, and copies the result to reply;
 * `v<n>` reads the variable arguments. `extras` has, for each variadic function, a line with its number and the
 * types of the variable arguments. VECTOR is the largest vector in bytes; if HALF is not empty there are
 * _Float16 too. An attribute, "__attribute__((ms_abi))", is all functions' but of those that the test calls,
 * `c<n>` and `v<n>`.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if defined(_WIN32) || defined(WINDOWS_CALLEES)
enum { WINDOWS = 1, LONG = 32 };
#else
enum { WINDOWS = 0, LONG = 64 };
#endif
#ifdef __x86_64__
enum { X86_64 = 1 };
#else
enum { X86_64 = 0 };
#endif

static uint64_t state;
#ifdef __riscv
enum { ON_RISCV = 1 };
#else
enum { ON_RISCV = 0 };
#endif

static int      vector, records;
static char    *attribute;
static bool     vectorcall;
static bool     declarations, bodies, extras;
static bool     wide[100000];     /* a record has a vector of more than 16 bytes */
static bool     packed[100000];   /* a record or a member of it is packed */
static bool     aligned[100000];  /* a record asks for more than 8 bytes */
static bool     raised[100000];   /* a record or a member of it asks for an alignment */
static bool     bits[100000];     /* a record has bit-fields */
static bool     vectored[100000]; /* a record has a vector */
static bool     halves[100000];   /* a record has a _Float16 */
static uint64_t kinds;            /* of the scalars, those in use */

static uint64_t below(uint64_t limit) {
    state += 0x9e3779b97f4a7c15u;
    uint64_t x = (state ^ state >> 30) * 0xbf58476d1ce4e5b9u;
    x          = (x ^ x >> 27) * 0x94d049bb133111ebu;
    return (x ^ x >> 31) % limit;
}

static bool one_in(uint64_t n) {
    return below(n) == 0;
}

__attribute__((format(printf, 2, 3))) static void print(bool wanted, const char *format, ...) {
    va_list list;
    va_start(list, format);
    if (wanted) vprintf(format, list);
    va_end(list);
}

static const char *const scalars[] = {
    "char", "signed char", "unsigned char", "short", "unsigned short", "int", "unsigned", "long",
    "unsigned long", "long long", "_Bool", "float", "double", "void *", "enum color", "float", "double",
    "float", "double", "int",
    /* from here on what has more than a slot */
    "long double", "float _Complex", "double _Complex", "long double _Complex", "__int128", "unsigned __int128",
    "int _Complex", "long _Complex", "unsigned char _Complex",
    /* from here on HALF */
    "_Float16", "_Float16", "_Float16 _Complex"};
enum { SLOTS = 20, SCALARS = sizeof scalars / sizeof scalars[0], HALVES = 3 };

static const char *const vectors[] = {"v8f", "v8i", "v16d", "v16c", "v32d", "v32i", "v64d", "v64f"};

/* Typedefs with an alignment of their own, which counts in layouts and not in calls; and transparent unions. */
static const char *const typedefs[] = {"x16i", "x32d", "x8c", "x16f", "x2l", "x4d", "x1i", "x16p",
                                       "x32r", "tp",   "ti",  "tf",   "td",  "tv",  "tr",  "tc"};
enum { TYPEDEFS = sizeof typedefs / sizeof typedefs[0] };

/* What travels in several registers by __vectorcall. */
static const char *const aggregates[] = {"hd1", "hd2", "hd4", "hf2", "hf3", "hc3", "float _Complex",
                                         "hv2", "hv4", "hw2", "hw3", "hz2", "hz4"};

static bool is_aligned(const char *type) {
    return type[0] == 'x';
}

/* The name of a type that is a value: scalars most, records often, vectors at times. */
static const char *value_type(char name[24], bool variable) {
    int vector_kinds = vector >= 64 ? 8 : vector >= 32 ? 6 : 4;
    if (records && !one_in(3)) {
        int newest = records < 4 ? records : 4; /* the types just made, and sometimes any */
        int number = one_in(4) ? (int)below((uint64_t)records) : records - 1 - (int)below((uint64_t)newest);
        return snprintf(name, 24, "s%d", number), name;
    }
    if (one_in(8) && !variable) return typedefs[below(TYPEDEFS)];
    if (one_in(8)) return vectors[below((uint64_t)vector_kinds)];
    const char *scalar = scalars[below(kinds)];
    bool        promoted =
        !strcmp(scalar, "float") || strstr(scalar, "char") || strstr(scalar, "short") || *scalar == '_';
    return variable && promoted && !strstr(scalar, "int128") ? "double" : scalar;
}

/* The same of a parameter or result. */
static const char *passed_type(char name[24], bool variable) {
    int kinds_here = vector >= 64 ? 13 : vector >= 32 ? 11 : 9;
    if (vectorcall && one_in(4)) return aggregates[below((uint64_t)kinds_here)];
    return value_type(name, variable);
}

static bool is_wide(const char *type) {
    return type[0] == 'v' ? type[1] == '3' || type[1] == '6'
                          : type[0] == 's' && type[1] <= '9' && wide[atoi(type + 1)];
}

static bool is_record(const char *type, const bool *with) {
    return type[0] == 's' && type[1] <= '9' && with[atoi(type + 1)];
}

static void print_member(int number, bool in_union) {
    static const char *const units[]  = {"int",   "unsigned", "long",         "unsigned char",
                                         "short", "_Bool",    "unsigned long"};
    static const int         widths[] = {32, 32, LONG, 8, 16, 1, LONG};
    char                     name[24];
    /* On Windows gcc and clang lay bit-fields out alike but in unions and packed records: see t_layout.sh. */
    if (one_in(6) && !(WINDOWS && (in_union || packed[records]))) {
        uint64_t unit = below(7);
        bits[records] = true;
        print(declarations, "    %s m%d : %d;\n", units[unit], number, 1 + (int)below((uint64_t)widths[unit]));
        return;
    }
    const char *type = one_in(2) ? scalars[below(SLOTS)] : value_type(name, false);
    /* clang 14 alone takes the typedef's alignment for the type's where that decides whether a member is
     * unaligned. */
    bool less = !strcmp(type, "x1i") || !strcmp(type, "x2l") || !strcmp(type, "x4d");
    if (less || (is_aligned(type) && packed[records])) type = "int";
    /* gcc 12 -O2 returns a union of a wide vector in its register, and clears the upper part just before; clang
     * takes a union of 32 bytes for a vector if one member begins with a vector of 16. */
    if (in_union && ((type[0] == 'v' && type[1] != 'o') || is_record(type, vectored))) type = "long";
    vectored[records] |= is_record(type, vectored) || (type[0] == 'v' && type[1] != 'o');
    /* gcc and clang differ over an unaligned record of bit-fields, whichever of the two is packed. */
    if (is_record(type, bits) && (packed[records] || is_record(type, packed))) type = "short";
    /* And over an unaligned record that asks for its alignment. */
    if (packed[records] && is_record(type, raised)) type = "short";
    bits[records] |= is_record(type, bits);
    halves[records] |= is_record(type, halves) || strstr(type, "_Float16");
    wide[records] |= is_wide(type);
    print(declarations, "    %s m%d", type, number);
    packed[records] |= is_record(type, packed);
    /* gcc classifies an array by its first element, clang by all: that matters if a later one is unaligned. */
    if (one_in(5) && !is_record(type, packed) && !is_aligned(type))
        print(declarations, "[%d]", 1 + (int)below(4));
    int alignment = one_in(24) ? 1 << below(6) : 0;
    print(declarations && alignment, " __attribute__((aligned(%d)))", alignment);
    raised[records] |= alignment || is_record(type, raised);
    aligned[records] |= alignment > 8 || is_record(type, aligned) || is_aligned(type) ||
                        strstr(type, "int128") || strstr(type, "long double") ||
                        (type[0] == 'v' && type[1] != 'o');
    print(declarations, ";\n");
}

/* On Windows it has no agreed way to travel; elsewhere it is long double, or there is none. */
static bool has_float128(void) {
    return X86_64 && !WINDOWS && !attribute;
}

/* What merges in its own ways with what lies beside it in a union, by psABI 3.2.3: x87, SSEUP, eightbytes of
 * padding; and plain members, to be beside it. */
static const char *leaf(bool in_union) {
    static const char *const leaves[]   = {"q16",
                                           "long double",
                                           "long double _Complex",
                                           "long double",
                                           "v16d",
                                           "v16c",
                                           "float _Complex",
                                           "double",
                                           "float",
                                           "long",
                                           "char",
                                           "int",
                                           "__int128",
                                           "void *",
                                           "_Bool",
                                           "short",
                                           "double _Complex",
                                           "double",
                                           "v32d",
                                           "v64d"};
    int                      kinds_here = in_union || vector < 32 ? 18 : vector < 64 ? 19 : 20;
    const char              *type       = leaves[below((uint64_t)kinds_here)];
    return *type == 'q' && !has_float128() ? "double" : type;
}

/* Records in records, down to `depth`, without a name. A union has no wide vector: gcc 12 -O2 returns it in its
 * register, and clears the upper part just before. */
static void print_nest(int depth, bool in_union) {
    bool is_union = !one_in(3);
    in_union |= is_union;
    print(declarations, "%s {", is_union ? "union" : "struct");
    for (int count = 1 + (int)below(is_union ? 3 : 2), i = 0; i < count; i++) {
        if (depth && one_in(2)) {
            print_nest(depth - 1, in_union);
        } else {
            const char *type = leaf(in_union);
            wide[records] |= is_wide(type);
            print(declarations, " %s", type);
        }
        print(declarations, " m%d", i);
        if (one_in(8)) print(declarations, "[%d]", 1 + (int)below(3));
        print(declarations, ";");
    }
    print(declarations, " }");
    if (one_in(8)) print(declarations, " __attribute__((aligned(%d)))", 1 << (3 + below(3)));
}

static void print_nested_record(void) {
    print(declarations, "typedef ");
    print_nest(3, false);
    print(declarations, " s%d;\n", records);
    vectored[records] = raised[records] = aligned[records] = true;
    records++;
}

static void print_record(void) {
    if (one_in(3)) {
        print_nested_record();
        return;
    }
    int  count      = 1 + (int)below(one_in(3) ? 6 : 3);
    bool in_union   = one_in(5);
    bool pack       = one_in(10);
    packed[records] = pack;
    print(declarations, "typedef %s {\n", in_union ? "union" : "struct");
    for (int i = 0; i < count; i++) print_member(i, in_union);
    print(declarations, "}");
    print(declarations && pack, " __attribute__((packed))");
    int alignment = one_in(12) ? 1 << below(7) : 0;
    print(declarations && alignment, " __attribute__((aligned(%d)))", alignment);
    raised[records] |= alignment != 0;
    aligned[records] |= alignment > 8;
    print(declarations, " s%d;\n", records++);
}

enum { USUAL = 12, MOST = 20 };

/* What stdarg.h's names begin with: the C library's list is the platform's own only. */
static const char *va(void) {
    return attribute ? "__builtin_ms_va" : "va";
}

/* What reads variable arguments: of the function itself, and of a callback that has been given the list. */
static void print_reader(int number, const char *const *types, int fixed, int count) {
    print(bodies, "void v%d(%s_list *list) {\n", number, va());
    print(extras, "%d ", number);
    for (int i = fixed; i < count; i++) {
        print(bodies,
              "    %s a%d = __builtin_va_arg(*list, %s);\n    memcpy(received[%d], &a%d, sizeof a%d);\n",
              types[i], i, types[i], i, i, i);
        print(extras, "%s%s", i > fixed ? ", " : "", types[i]);
    }
    print(bodies, "}\n"), print(extras, "\n");
}

static void print_caller(int number, const char *result, const char *const *types, int count) {
    print(bodies, "void c%d(__typeof__(f%d) *code) {\n    ", number, number);
    if (strcmp(result, "void")) print(bodies, "*(%s *)reply = ", result);
    print(bodies, "code(");
    for (int i = 0; i < count; i++) print(bodies, "%s*(%s *)received[%d]", i ? ", " : "", types[i], i);
    print(bodies, ");\n}\n");
}

/* What of ms_abi outside Windows gcc and clang do not agree on, made one on which they do. Clang passes vectors
 * of 8 bytes by reference, and returns wide ones in a register and long double in the x87's; to va_arg in gcc
 * nothing is passed by reference, and its memory for a result is not aligned as a typedef asks. */
static const char *agreed(const char *type, bool variadic, bool variable, bool result) {
    /* Clang looks at the union, not at its first member, for a homogeneous aggregate; on RISC-V it returns the
     * first member instead of the union. */
    if ((vectorcall || (ON_RISCV && result)) && !strcmp(type, "tr")) return "double";
    bool simd = type[0] == 'v' && type[1] != 'o', record = type[0] == 's' && type[1] <= '9';
    bool large =
        simd || record || strstr(type, "Complex") || strstr(type, "128") || !strcmp(type, "long double");
    /* On Arm clang passes a vector to a variadic function in its register, and compiles no _Float16 for one; its
     * va_arg ignores that an __int128 is aligned to 16. */
    bool wrong = simd || !strcmp(type, "tv") || !strcmp(type, "_Float16");
    if (WINDOWS && !X86_64)
        return (variadic && !result && wrong) || (variable && strstr(type, "128")) ? "double" : type;
    if (!attribute && !WINDOWS) return type;
    const char *abi  = getenv("FFI_ABI"); /* by Microsoft's there is clang alone */
    bool        only = abi && !strcmp(abi, "msvc");
    if (simd && (type[1] == '8' || (result && is_wide(type) && !only))) return "double";
    if (result && !strcmp(type, "x32r")) return "double";
    if (WINDOWS) return type;
    return (result && !strcmp(type, "long double")) || (variable && large) ? "double" : type;
}

static void print_function(int number) {
    char        names[MOST][24], result_name[24];
    const char *types[MOST];
    bool        variadic = one_in(6) && !vectorcall;
    int         count = variadic ? 2 + (int)below(USUAL - 2) : (int)below(one_in(4) ? USUAL : 6), fixed = count;
    int         few = one_in(4) && !variadic ? 1 + (int)below(3) : MOST; /* types of which all others are one */
    if (few < MOST) count = fixed = (int)below(MOST + 1);
    if (variadic) fixed = 1 + (int)below((uint64_t)count - 1);
    const char *result = one_in(10) ? "void" : agreed(passed_type(result_name, false), variadic, false, true);
    for (int i = 0; i < count; i++) {
        types[i] = i < few ? agreed(passed_type(names[i], i >= fixed), variadic, i >= fixed, false)
                           : types[one_in(2) ? i - few : (int)below((uint64_t)few)];
        /* With one integer register left gcc and clang differ over an __int128: it comes early, or not. */
        if (i > 1 && strstr(types[i], "__int128")) types[i] = "double";
        /* gcc and clang differ over wide vectors of variadic functions; the psABI leaves them undefined. */
        if (variadic && is_wide(types[i])) types[i] = "double";
        /* gcc's va_arg reads what is aligned to 16 from where registers were saved as if it were aligned there.
         */
        if (i >= fixed && is_record(types[i], aligned)) types[i] = "double";
        /* gcc 12's va_arg for AArch64 reads a record of one _Float16 from anywhere. */
        if (i >= fixed && is_record(types[i], halves)) types[i] = "double";
    }
    if (few < MOST && count && one_in(2)) result = agreed(types[0], false, false, true);
    if (variadic) print_reader(number, types, fixed, count);
    if (attribute) print(declarations || bodies, "%s ", attribute);
    print(declarations || bodies, "%s f%d(", result, number);
    for (int i = 0; i < fixed; i++) print(declarations || bodies, "%s%s a%d", i ? ", " : "", types[i], i);
    print(declarations || bodies, variadic ? ", ...)" : count ? ")" : "void)");
    print(declarations, ";\n");
    print(bodies, " {\n");
    for (int i = 0; i < fixed; i++) print(bodies, "    memcpy(received[%d], &a%d, sizeof a%d);\n", i, i, i);
    if (variadic)
        print(bodies, "    %s_list list;\n    %s_start(list, a%d);\n    v%d(&list);\n    %s_end(list);\n", va(),
              va(), fixed - 1, number, va());
    if (strcmp(result, "void"))
        print(bodies, "    %s result;\n    memcpy(&result, reply, sizeof result);\n    return result;\n",
              result);
    print(bodies, "}\n");
    print_caller(number, result, types, count);
}

int main(int argc, char **argv) {
    if (argc < 6)
        return fprintf(stderr,
                       "usage: gen_values declarations|bodies|extras SEED COUNT VECTOR HALF [ATTRIBUTE]\n"),
               2;
    declarations = !strcmp(argv[1], "declarations");
    bodies       = !strcmp(argv[1], "bodies");
    extras       = !strcmp(argv[1], "extras");
    state        = strtoull(argv[2], NULL, 0);
    int count    = atoi(argv[3]);
    vector       = atoi(argv[4]);
    kinds        = *argv[5] ? SCALARS : SCALARS - HALVES;
    attribute    = argc > 6 && *argv[6] ? argv[6] : NULL;
    vectorcall   = attribute && strstr(attribute, "vectorcall");
    print(declarations, "enum color { RED = -2, GREEN, BLUE = 70000 };\n"
                        "typedef float v8f __attribute__((vector_size(8)));\n"
                        "typedef int v8i __attribute__((vector_size(8)));\n"
                        "typedef double v16d __attribute__((vector_size(16)));\n"
                        "typedef char v16c __attribute__((vector_size(16)));\n"
                        "typedef double v32d __attribute__((vector_size(32)));\n"
                        "typedef int v32i __attribute__((vector_size(32)));\n"
                        "typedef double v64d __attribute__((vector_size(64)));\n"
                        "typedef float v64f __attribute__((vector_size(64)));\n"
                        "typedef int x16i __attribute__((aligned(16)));\n"
                        "typedef double x32d __attribute__((aligned(32)));\n"
                        "typedef char x8c __attribute__((aligned(8)));\n"
                        "typedef float x16f __attribute__((aligned(16)));\n"
                        "typedef long x2l __attribute__((aligned(2)));\n"
                        "typedef double x4d __attribute__((aligned(4)));\n"
                        "typedef int x1i __attribute__((aligned(1)));\n"
                        "typedef void *x16p __attribute__((aligned(16)));\n"
                        "typedef struct { double d; int i; } x32r __attribute__((aligned(32)));\n"
                        "typedef union { int *p; float *f; } tp __attribute__((transparent_union));\n"
                        "typedef union { int i; float f; } ti __attribute__((transparent_union));\n"
                        "typedef union { float f; int i; } tf __attribute__((transparent_union));\n"
                        "typedef union { double d; long l; } td __attribute__((transparent_union));\n"
                        "typedef union { v16d d; long l[2]; } tv __attribute__((transparent_union));\n"
                        "typedef union { float _Complex c; long l; } tc __attribute__((transparent_union));\n"
                        "typedef union { struct { double d, e; } f; struct { long l, m; } i; } tr\n"
                        "    __attribute__((transparent_union));\n");
    print(declarations && has_float128(), "typedef float q16 __attribute__((mode(TF)));\n");
    print(declarations && vectorcall, "typedef struct { double d; } hd1;\n"
                                      "typedef struct { double d, e; } hd2;\n"
                                      "typedef union { double d[4]; hd2 s; } hd4;\n"
                                      "typedef struct { float _Complex c; } hf2;\n"
                                      "typedef struct { float f[3]; } hf3;\n"
                                      "typedef struct { struct { float f; } s; float _Complex c; } hc3;\n"
                                      "typedef struct { v16d d; v16c c; } hv2;\n"
                                      "typedef struct { v16d d[4]; } hv4;\n"
                                      "typedef struct { v32d d, e; } hw2;\n"
                                      "typedef struct { hw2 s; v32i i; } hw3;\n"
                                      "typedef struct { v64d d, e; } hz2;\n"
                                      "typedef struct { v64d d; v64f f[3]; } hz4;\n");
    print(bodies, "#include \"values.h\"\n#include <stdarg.h>\n"
                  "void *memcpy(void *, const void *, __SIZE_TYPE__);\n"
                  "void *memset(void *, int, __SIZE_TYPE__);\n"
                  "_Alignas(64) unsigned char received[24][65536], reply[65536];\n");
    for (int i = 0; i < count; i++) {
        for (uint64_t more = below(3); more; more--) print_record();
        print_function(i);
    }
    return 0;
}
