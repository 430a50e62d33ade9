/* SPDX-License-Identifier: MIT */
/*
 * What a context keeps of names that nobody asks for is less than a type or a value. Whoever asks, and in whatever
 * order names are declared again, the answer is the same.
 */
#include "helper.h"

static ffi_context *context;

static bool declares(const char *text) {
    return !ffi_declare(context, text);
}

static const char *parameter(const char *function, size_t index) {
    return ffi_type_parameter_name(ffi_declared_type(context, function), index);
}

static int64_t constant(const char *name) {
    int64_t value = 0;
    return ffi_declared_constant(context, name, &value) ? value : -1;
}

static void functions(void) {
    ok(declares("int f(int a, char *b); int f(int, char *); int f(int x, char *y); int f(int x, char *y);"),
       "a function is declared four times");
    ok(!strcmp(parameter("f", 0), "a"), "its parameters have their first names");
    ok(ffi_declared_type(context, "f") == ffi_declared_type(context, "f"), "its type is one");
    ok(!declares("double f(int, char *);") && strstr(ffi_last_message(), "before: int (int"),
       "another type of it is refused, and both are shown");
    ok(declares("int g(); int g(int q); int h(int q); int h();") && !strcmp(parameter("g", 0), "q") &&
           ffi_type_parameter_count(ffi_declared_type(context, "h")) == 1,
       "a prototype says more than empty brackets, before or after them");
    ok(declares("typedef int type(int z); type k; int k(int w);") && !strcmp(parameter("k", 0), "z"),
       "a function of a typedef has the names of the typedef");
    ok(declares("__typeof__(f) same; enum { SIZE = sizeof(f(1, 0)) };") && constant("SIZE") == 4 &&
           ffi_type_parameter_count(ffi_declared_type(context, "same")) == 2,
       "typeof and sizeof ask for the type");
    ok(declares("int label(int); int label(int) __asm__(\"its_label\"); int label(int);") &&
           !strcmp(ffi_declared_symbol(context, "label"), "its_label") &&
           !declares("int label(int) __asm__(\"other\");"),
       "a label may come later, and is one");
    ok(declares("int ms(int a, double) __attribute__((ms_abi));") &&
           !declares("int ms(int a, double) __attribute__((sysv_abi));"),
       "the ABI of a function is a part of its type");
}

static void macros(void) {
    ok(declares("#define A 1\n") && constant("A") == 1, "a macro has a value");
    ok(declares("#undef A\n#define A 2\n") && constant("A") == 2, "it is defined anew");
    ok(!declares("#undef A\n#define A 3\n#define B 4\nint ];") && constant("A") == 2 && constant("B") == -1,
       "a text with an error defines nothing");
    ok(!declares("#undef A\nint ];") && constant("A") == 2, "nor does it undefine anything");
    ok(declares("#pragma push_macro(\"A\")\n#undef A\n#define A 9\nenum { PUSHED = A };\n"
                "#pragma pop_macro(\"A\")\nenum { POPPED = A };\n") &&
           constant("PUSHED") == 9 && constant("POPPED") == 2 && constant("A") == 2,
       "push_macro keeps a definition, pop_macro brings it back");
    ok(declares("#pragma push_macro(\"N\")\n#define N 1\n#pragma pop_macro(\"N\")\n") &&
           !ffi_declared_macro(context, "N", NULL),
       "a macro that was none is none again");
    ok(declares("#define N\n#undef N\n#define N 5\n") && constant("N") == 5, "and may be defined later");
}

/* As gcc and clang compute what C leaves open (C11 6.3.1.4). */
static void casts(void) {
    static const struct {
        const char *text;
        int64_t     value;
    } cases[] = {{"(signed char)300.5", 127},
                 {"(signed char)-300.5", -128},
                 {"(unsigned char)300.5", 255},
                 {"(unsigned char)-3.0", 0},
                 {"(int)1e10", INT32_MAX},
                 {"(int)-1e10L", INT32_MIN},
                 {"(unsigned)1e10f", UINT32_MAX},
                 {"(long long)1e30", INT64_MAX},
                 {"(long long)-1e30", INT64_MIN},
                 {"(unsigned long long)1e30", -1},
                 {"(unsigned long long)-1.0f", 0},
                 {"(int)__builtin_inf()", INT32_MAX},
                 {"(int)-__builtin_inff()", INT32_MIN},
                 {"(int)__builtin_nan(\"\")", 0},
                 {"(int)2147483647.9", INT32_MAX},
                 {"(int)-2147483648.9", INT32_MIN},
                 {"(unsigned)-0.9", 0},
                 {"(short)-7.9", -7},
                 {"(_Bool)0.1", 1},
                 {"(long long)9223372036854774784.0", 9223372036854774784}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char    text[100];
        int64_t value = 12345;
        snprintf(text, sizeof text, "#undef CAST\n#define CAST %s\n", cases[i].text);
        ok(declares(text) && ffi_declared_constant(context, "CAST", &value) && value == cases[i].value,
           "%s is %lld", cases[i].text, (long long)cases[i].value);
    }
}

static void records(void) {
    const char *text = "typedef struct { int a; char b : 3; int : 0; char d; } s;"
                       "typedef struct __attribute__((packed)) { char c; int x; } p;"
                       "typedef union { int *a; long b; } u __attribute__((transparent_union));"
                       "typedef enum { E1 = 1, E2 } e;";
    ok(declares(text) && declares(text), "types without tags are found again by their members");
    static const char *const others[] = {"typedef struct { int a; char b : 3; char d; } s;",
                                         "typedef struct { int a; char b : 2; int : 0; char d; } s;",
                                         "typedef struct { int a; char b : 3; int : 0; char x; } s;",
                                         "typedef struct { char c; int x; } p;",
                                         "typedef enum { E1 = 1, E2 = 3 } e;"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        ok(!declares(others[i]), "%s is another type", others[i]);
}

int main(void) {
    context = ffi_context_new(NULL);
    functions();
    macros();
    casts();
    records();
    ffi_context_free(context);
    return done();
}
