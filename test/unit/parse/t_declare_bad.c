/* SPDX-License-Identifier: MIT */
/*
 * Bad headers: each is refused with its code, line and column, what was expected, and a caret; then the context
 * is what it was before, in names, types and memory. Also long and deep ones, and memory that runs out
 * half-way.
 */
#include "helper.h"

#include <pthread.h>
#include <time.h>

/* ---- an allocator that counts and fails when told ---- */

static struct { size_t in_use, count, fail_at; } heap;

static void *allocate(void *unused, void *block, size_t old_size, size_t new_size) {
    (void)unused;
    if (new_size && ++heap.count == heap.fail_at) return NULL;
    heap.in_use += new_size - old_size;
    if (new_size) return realloc(block, new_size);
    free(block);
    return NULL;
}

static const ffi_options options = {.allocate = allocate};
static ffi_context      *context;

/* ---- bad texts ---- */

static const struct bad {
    const char *text;
    ffi_error   code;
    const char *part; /* of the message */
} bad_texts[] = {
    /* structure */
    {"int", FFI_ERROR_SYNTAX, "column 4: expected a name, but the text ends"},
    {"int x", FFI_ERROR_SYNTAX, "column 6: expected ',' or ';', but the text ends"},
    {"int x y;", FFI_ERROR_SYNTAX, "column 7: expected ',' or ';', found 'y'"},
    {"int (int);", FFI_ERROR_SYNTAX, "column 6: expected a name or the end of the type, found 'int'"},
    {"int f(int) {", FFI_ERROR_SYNTAX, "column 12: this '{' is not closed"},
    {"int f(int) { ( }", FFI_ERROR_SYNTAX, "column 12: this '{' is not closed"},
    {"int x = {1;", FFI_ERROR_SYNTAX, "column 9: this '{' is not closed"},
    {"int x = 1", FFI_ERROR_SYNTAX, "but the text ends"},
    {"char *s = \"abc\n\";", FFI_ERROR_SYNTAX, "column 11: this string does not end on its line"},
    {"int f(void) { return 'a; }", FFI_ERROR_SYNTAX, "column 22: this character constant does not end"},
    {"int x; }", FFI_ERROR_SYNTAX, "column 8: expected a type, found '}'"},
    {"int x;\n\n/* no end", FFI_ERROR_SYNTAX, "line 3, column 1: this comment does not end"},
    {"int \x80;", FFI_ERROR_SYNTAX, "column 5: expected a name, found byte 0x80"},
    {"int \xc3;", FFI_ERROR_SYNTAX, "byte 0xc3"},
    {"int f(void) { \x01 }", FFI_ERROR_SYNTAX, "byte 0x01"},
    {"int x @;", FFI_ERROR_SYNTAX, "found '@'"},
    {"foo x;", FFI_ERROR_TYPE, "column 1: unknown type 'foo'"},
    {"int a;\nint b;\n  foo x;", FFI_ERROR_TYPE, "line 3, column 3: unknown type 'foo'"},
    {"# 40 \"include/some.h\" 1\nint a;\n foo x;", FFI_ERROR_TYPE,
     "include/some.h, line 41, column 2: unknown type"},
    {"# 40 \"a.h\"\nint a;\n#line 7\n foo x;", FFI_ERROR_TYPE, "a.h, line 7, column 2: unknown type"},
    {"# 5 \"a.h\" 1\n# 1 \"b.h\" 1\nint b;\n# 6 \"a.h\" 2\nfoo x;", FFI_ERROR_TYPE, "a.h, line 6, column 1"},
    {"#include <stdio.h>\n", FFI_ERROR_SYNTAX,
     "column 1: expected a declaration, found a line for the preprocessor"},
    {"int a;\n#ifdef X\n", FFI_ERROR_SYNTAX, "line 2, column 1: expected a declaration, found a line for the"},
    {"#pragma pack(3)\n", FFI_ERROR_SYNTAX, "column 14: #pragma pack takes 1, 2, 4, 8 or 16"},
    {"_Pragma(\"pack(3)\") int x;", FFI_ERROR_SYNTAX, "column 9: #pragma pack takes 1, 2, 4, 8 or 16"},
    {"int x;\n_Pragma(\"pack(push\")", FFI_ERROR_SYNTAX, "line 2, column 9: this #pragma pack lacks its ')'"},
    {"_Pragma(\"scalar_storage_order big-endian\")", FFI_ERROR_UNSUPPORTED, "column 9: #pragma scalar"},
    {"#pragma pack(push\n", FFI_ERROR_SYNTAX, "lacks its ')'"},
    {"#define 3\n", FFI_ERROR_SYNTAX, "column 9: expected the name of a macro"},
    {"typedef int;typedef x;", FFI_ERROR_TYPE, "unknown type 'x'"},
    {"_Static_assert(1 == 2, \"no\");", FFI_ERROR_TYPE, "column 1: this assertion is false"},
    {"int f(int) __asm__(3);", FFI_ERROR_SYNTAX, "column 20: expected a string, found '3'"},
    {"int f(int) __asm__(\"\");", FFI_ERROR_SYNTAX, "an empty name"},
    /* members */
    {"struct s { int a) };", FFI_ERROR_SYNTAX, "column 17: expected ',' or ';', found ')'"},
    {"struct s { int a; ", FFI_ERROR_SYNTAX, "expected a member or '}', but the text ends"},
    {"struct s { int; 3; };", FFI_ERROR_SYNTAX, "column 17: expected a type, found '3'"},
    {"struct s { int *; };", FFI_ERROR_SYNTAX, "column 17: expected the name of a member, found ';'"},
    {"struct s { struct s inner; };", FFI_ERROR_TYPE,
     "column 21: member 'inner' has the incomplete type struct s"},
    {"struct a { struct b b; }; struct b { struct a a; };", FFI_ERROR_TYPE, "column 21: member 'b' has"},
    {"struct s { struct s in[2]; };", FFI_ERROR_TYPE, "struct s cannot be the element of an array"},
    {"struct s { int a; char a; };", FFI_ERROR_TYPE, "column 24: two members are named 'a'"},
    {"struct s { int a; struct { char a; }; };", FFI_ERROR_TYPE, "two members are named 'a'"},
    {"struct s { void v; };", FFI_ERROR_TYPE, "column 17: member 'v' has the incomplete type void"},
    {"struct s { int f(void); };", FFI_ERROR_TYPE, "column 16: a function cannot be a member"},
    {"struct s { char t[]; int a; };", FFI_ERROR_TYPE, "column 17: flexible array 't' is not the last member"},
    {"struct s { int a : 33; };", FFI_ERROR_TYPE, "column 16: bit-field 'a' is 33 bits wide, its type has 32"},
    {"struct s { _Bool a : 2; };", FFI_ERROR_TYPE, "bit-field 'a' is 2 bits wide, its type has 1"},
    {"struct s { int a : -1; };", FFI_ERROR_RANGE, "column 20: a bit-field of negative width"},
    {"struct s { int a : 0; };", FFI_ERROR_TYPE, "bit-field 'a' of width 0 has a name"},
    {"struct s { int a : 99999; };", FFI_ERROR_RANGE, "column 20: a bit-field wider than any type"},
    {"struct s { float a : 3; };", FFI_ERROR_TYPE, "bit-field of a type that is no integer: float"},
    {"struct s { int a; };\nstruct s { int a; };", FFI_ERROR_TYPE, "line 2, column 8: 's' is defined twice"},
    {"struct s { struct s { int a; } b; };", FFI_ERROR_TYPE, "'s' is defined twice"},
    {"struct s; union s;", FFI_ERROR_TYPE, "column 17: tag 's' is declared as struct, not as union"},
    {"struct known { int x, y, z; };", FFI_ERROR_TYPE,
     "column 8: struct known is defined already, and differently"},
    {"struct s { int a __attribute__((aligned(3))); };", FFI_ERROR_RANGE, "column 41: a power of two"},
    {"typedef int a __attribute__((aligned(1 << 30)));", FFI_ERROR_RANGE, "column 38: a power of two"},
    {"struct s { _Alignas(7) int a; };", FFI_ERROR_RANGE, "an alignment is a power of two"},
    {"void f(int a, _Alignas(16) int b);", FFI_ERROR_TYPE,
     "column 15: a parameter has no alignment of its own"},
    {"_Alignas(16) int f(void);", FFI_ERROR_TYPE,
     "column 18: _Alignas cannot stand in the declaration of a function"},
    {"int _Alignas(0) x, f(void);", FFI_ERROR_TYPE, "column 20: _Alignas cannot stand in"},
    {"typedef _Alignas(16) int t;", FFI_ERROR_TYPE,
     "column 26: _Alignas cannot stand in the declaration of a typedef"},
    {"struct s { _Alignas(8) int a : 3; };", FFI_ERROR_TYPE,
     "column 28: _Alignas cannot stand in the declaration of a bit-field"},
    {"void f(int a __attribute__((aligned(16))));", FFI_ERROR_TYPE, "column 8: a parameter has no alignment"},
    {"void f(int __attribute__((aligned(16))) a);", FFI_ERROR_TYPE, "column 8: a parameter has no alignment"},
    {"typedef float v __attribute__((vector_size(24)));", FFI_ERROR_RANGE, "a power of two"},
    {"typedef float v __attribute__((mode(DI)));", FFI_ERROR_TYPE, "mode 'DI' is not one of this type"},
    {"typedef float v __attribute__((mode(V4SI)));", FFI_ERROR_TYPE, "mode 'V4SI' is not one of this type"},
    {"typedef int v __attribute__((mode(V3SI)));", FFI_ERROR_RANGE, "a power of two"},
    {"typedef int v __attribute__((mode(V99999999999999999999SI)));", FFI_ERROR_TYPE, "not one of this type"},
    {"_Complex _Bool x;", FFI_ERROR_TYPE, "column 1: _Bool cannot be the parts of a complex number"},
    {"int f(a);", FFI_ERROR_TYPE, "column 7: unknown type 'a'"},
    {"int f(a, a) int a; { }", FFI_ERROR_TYPE, "column 10: two parameters are named 'a'"},
    {"int f(a) int b; { }", FFI_ERROR_TYPE, "column 14: 'b' is not a parameter"},
    {"int f(a) int a = 3; { }", FFI_ERROR_SYNTAX, "column 16: expected ',' or ';'"},
    {"int f(a) int a;", FFI_ERROR_SYNTAX, "column 16: expected a type"},
    {"int f(int) __attribute__((regcall));", FFI_ERROR_UNSUPPORTED, "column 27: attribute 'regcall'"},
    {"typedef float m __attribute__((matrix_type(4, 4)));", FFI_ERROR_UNSUPPORTED,
     "column 32: attribute 'matrix_type'"},
    /* enums */
    {"enum e { };", FFI_ERROR_SYNTAX, "column 10: expected the name of a constant or '}', found '}'"},
    {"enum e { A, A };", FFI_ERROR_TYPE, "column 13: 'A' is declared already, as the constant 0"},
    {"enum e { A }; enum { B, A = 0 };", FFI_ERROR_TYPE, "column 25: 'A' is declared already"},
    {"enum { KNOWN = 2 };", FFI_ERROR_TYPE, "column 8: 'KNOWN' is declared already, as the constant 1"},
    {"enum e { A = 1.5 };", FFI_ERROR_SYNTAX, "column 14: this is not an integer constant expression"},
    {"enum e { A = known };", FFI_ERROR_SYNTAX, "not an integer constant expression"},
    {"enum e { A = 0xffffffffffffffff, B };", FFI_ERROR_RANGE,
     "column 34: this constant would not fit 64 bits"},
    {"enum e { A = -1, B = 0xffffffffffffffff };", FFI_ERROR_RANGE, "no integer type holds all"},
    {"enum e : char { A = 300 };", FFI_ERROR_RANGE, "a constant does not fit the enum's type"},
    {"enum e : float { A };", FFI_ERROR_TYPE, "column 10: an enum is made of an integer type"},
    {"enum e { A }; enum e { B };", FFI_ERROR_TYPE, "'e' is defined twice"},
    {"enum e : short; enum e : int;", FFI_ERROR_TYPE,
     "column 22: enum 'e' is declared with the integer type short"},
    {"enum e : short; enum e : int { A };", FFI_ERROR_TYPE, "enum 'e' is declared with the integer type short"},
    {"enum e : short; enum e { A };", FFI_ERROR_TYPE, "'e' is declared with an integer type"},
    /* arrays and expressions */
    {"int a[-1];", FFI_ERROR_RANGE, "column 7: an array of -1 elements"},
    {"int a[1 - 2];", FFI_ERROR_RANGE, "an array of -1 elements"},
    {"int f(int a[-1]);", FFI_ERROR_RANGE, "an array of -1 elements"},
    {"int a[1 / 0];", FFI_ERROR_RANGE, "column 9: division by zero"},
    {"int a[1 << 32];", FFI_ERROR_RANGE, "column 9: a shift by more bits"},
    {"int a[1 << -1];", FFI_ERROR_RANGE, "a shift by more bits"},
    {"int a[99999999999999999999];", FFI_ERROR_SYNTAX, "column 7: this is not an integer of up to 64 bits"},
    {"char a[0x7fffffffffffffff];", FFI_ERROR_RANGE, "too large"},
    {"char a[0xffffffffffffffff];", FFI_ERROR_RANGE, "too large"},
    {"struct s { char a[0x400000000000], b[0x400000000000]; };", FFI_ERROR_RANGE, "too large"},
    {"int a[n];", FFI_ERROR_TYPE, "column 7: 'n' is not the name of a value"},
    {"int a[sizeof(struct none)];", FFI_ERROR_TYPE, "column 13: the size of this type is not known"},
    {"int a[3;", FFI_ERROR_SYNTAX, "column 8: expected ']', found ';'"},
    {"int a[(3];", FFI_ERROR_SYNTAX, "column 9: expected ')', found ']'"},
    {"int a[1 +];", FFI_ERROR_SYNTAX, "column 10: expected an expression, found ']'"},
    {"int a[1 ? 2];", FFI_ERROR_SYNTAX, "expected ':', found ']'"},
    {"int a[''];", FFI_ERROR_SYNTAX, "an empty character constant"},
    {"int a[__builtin_offsetof(struct known, z)];", FFI_ERROR_TYPE, "column 40: there is no member 'z'"},
    {"int a[~1.5];", FFI_ERROR_TYPE, "invalid operands of this operator"},
    {"int a[3](int);", FFI_ERROR_TYPE, "cannot be the element of an array"},
    {"int f(int)[3];", FFI_ERROR_TYPE, "cannot be a result"},
    /* declared already */
    {"typedef short known_type;", FFI_ERROR_TYPE,
     "column 15: 'known_type' is declared already, as a typedef: int"},
    {"int known_type;", FFI_ERROR_TYPE, "'known_type' is declared already, as a typedef"},
    {"short known_function(int);", FFI_ERROR_TYPE,
     "'known_function' is declared already, as a function: int (int)"},
    {"int known_function;", FFI_ERROR_TYPE, "as a function"},
    {"extern short known;", FFI_ERROR_TYPE, "'known' is declared already, as a variable: int"},
    {"int KNOWN(void);", FFI_ERROR_TYPE, "'KNOWN' is declared already, as the constant 1"},
    {"int x[3]; extern int x[4];", FFI_ERROR_TYPE, "'x' is declared already, as a variable: int[3]"},
};

static const char *const begin = "struct known { int x, y; }; enum { KNOWN = 1 }; typedef int known_type; int "
                                 "known_function(int); extern int known;"
                                 "union half; int half_known(union half *);";

/* Everything that a bad text may have done before its error. */
static const char *const good_part = "typedef struct { int a; } made, *made_too[3]; struct half_made { made m; "
                                     "struct known k; }; union half { int i; };"
                                     "enum made_enum { MADE = sizeof(struct half_made) }; int "
                                     "known_function(); int made_function(struct half_made);"
                                     "extern const union half half_constant; struct forward; static const int "
                                     "made_constant = 5; enum { MORE = MADE };";

static bool add_name(ffi_declared what, const char *name, const ffi_ctype *type, void *sum) {
    uint64_t *hash = sum;
    for (; *name; name++) *hash = *hash * 31 + (unsigned char)*name;
    *hash = ((*hash * 31 + (uint64_t)what) * 31 + (uintptr_t)type) * 31 + ffi_type_size(type);
    return true;
}

static uint64_t names(void) {
    uint64_t sum = 0;
    ffi_declared_each(context, add_name, &sum);
    return sum * 31 + ffi_type_is_complete(ffi_type_parse(context, "union half"));
}

static int has_caret(void) {
    const char *message = ffi_last_message(), *last = strrchr(message, '\n');
    return last && last[strlen(last) - 1] == '^';
}

static void bad(void) {
    for (size_t i = 0; i < sizeof bad_texts / sizeof *bad_texts; i++) {
        const struct bad *row = &bad_texts[i];
        tap_fails(ffi_declare(context, row->text) == row->code, row->code, row->part, __FILE__, __LINE__,
                  row->text);
        if (!ok(has_caret(), "the message shows the place with a caret")) note("message", ffi_last_message());
    }
}

static void unchanged(void) {
    int      changed = 0, grown = 0, passed = 0;
    uint64_t before = names();
    for (int round = 0; round < 3; round++) {
        size_t in_use = heap.in_use;
        for (size_t i = 0; i < sizeof bad_texts / sizeof *bad_texts; i++) {
            char text[2000];
            snprintf(text, sizeof text, "%s\n%s", good_part, bad_texts[i].text);
            passed += !ffi_declare(context, text);
            changed += names() != before;
        }
        if (round) grown += heap.in_use != in_use;
    }
    ok(!passed && !changed, "behind good declarations they still change nothing");
    ok(!grown, "a text that fails leaves nothing in memory");
    ok(!ffi_declare(context, good_part), "those declarations are good themselves");
    ok(names() != before, "the good declarations add names");
    size_t in_use = heap.in_use;
    for (int i = 0; i < 100; i++) ffi_declare(context, good_part);
    ok(heap.in_use == in_use, "a hundred times more they take no memory");
}

/* The last member of an ABI's va_list (psABI 3.5.7, AAPCS64 10.1.5), and the whole. */
static bool has_va_list(ffi_context *own, bool is_sysv) {
    const ffi_ctype *list  = ffi_type_parse(own, "va_list");
    const size_t     size  = ffi_type_size(list);
    ffi_field        field = {0};
    if (ffi_type_kind(list) == FFI_KIND_ARRAY) list = ffi_type_target(list);
    if (!ffi_type_field(list, is_sysv ? 3 : 4, &field)) return false;
    if (is_sysv) return !strcmp(field.name, "reg_save_area") && field.offset == 16 && size == 24;
    return !strcmp(field.name, "__vr_offs") && field.offset == 28 && size == 32;
}

/* What a text changes of types that were there before it. */
static void taken_back(const char *abi) {
    const bool        is_sysv = !strcmp(abi, "sysv");
    const ffi_options its     = {.allocate = allocate, .abi = abi};
    ffi_context      *own     = ffi_context_new(&its);
    const ffi_ctype  *fixed;
    ffi_declare(own, "enum fixed : short; union clear { int *i; float *f; }; struct has { enum fixed e; };"
                     "enum { FIRST }; int same(struct __va_list_tag *);");
    fixed = ffi_type_parse(own, "enum fixed");
    ok(ffi_declare(
           own, "enum fixed : short { FIXED }; typedef union clear either __attribute__((transparent_union));"
                "typedef enum { FIRST } named; int take(either, named); int print(va_list); int wrong(no);"),
       "a text with an error behind changes");
    ok(ffi_type_is_complete(fixed) && ffi_type_size(fixed) == 2 && !ffi_type_constant_count(fixed),
       "an enum whose type is known has its type, and no constants");
    ok(!ffi_declare(own,
                    "int take(union clear); struct large { char a, b, c, d, e, f, g, h, i, j, k, l, m; };") &&
           ffi_type_kind(ffi_type_parameter(ffi_declared_type(own, "take"), 0)) == FFI_KIND_UNION,
       "a union is not transparent any more");
    ok(has_va_list(own, is_sysv), "%s's va_list has its members", abi);
    ffi_declare(own, "int same(struct __va_list_tag *);"); /* says nothing new, so nothing of it is kept */
    ok(!ffi_declare(own, "enum fixed : short { FIXED };") && ffi_type_constant_count(fixed) == 1,
       "the enum gets its constants");
    ffi_context_free(own);

    own = ffi_context_new(&its);
    ffi_declare(own, "int same(struct __va_list_tag *);");
    ok(!ffi_declare(own, is_sysv
                             ? "int same(struct __va_list_tag *); _Static_assert(sizeof(va_list) == 24);"
                             : "int same(struct __va_list_tag *); _Static_assert(sizeof(va_list) == 32);") &&
           !ffi_declare(own, "struct large { char a, b, c, d, e, f, g, h, i, j, k, l, m; };") &&
           has_va_list(own, is_sysv),
       "%s's va_list after a text of which nothing was kept", abi);
    ffi_context_free(own);
}

/* ---- long and deep ones ---- */

static char *repeat(const char *head, const char *body, size_t count, const char *tail) {
    size_t length = strlen(body);
    char  *text = malloc(strlen(head) + length * count + strlen(tail) + 1), *at = text;
    at += sprintf(at, "%s", head);
    for (size_t i = 0; i < count; i++) memcpy(at, body, length), at += length;
    strcpy(at, tail);
    return text;
}

static void deep_as(const char *head, const char *body, const char *tail, ffi_error code, const char *part) {
    char *text = repeat(head, body, 10000, tail);
    tap_fails(ffi_declare(context, text) != 0, code, part, __FILE__, __LINE__, body);
    ok(strlen(ffi_last_message()) < 400, "  and its message is short");
    free(text);
}

static void deep(const char *head, const char *body, const char *tail) {
    deep_as(head, body, tail, FFI_ERROR_RANGE, "nested more than");
}

static void *all_deep(void *unused) {
    (void)unused;
    deep("", "struct { ", "");
    deep("", "struct { int a; struct { int b; } c; union { ", "");
    deep("int a[", "1+(", "");
    deep("int a[", "- ", "1];");
    deep("int a[", "~!", "1];");
    deep("int a[", "1 + (", "");
    deep("int a[", "1 || 1 && 1 | 1 ^ 1 & 1 == 1 < 1 << 1 + 1 * (", "");
    deep("int a[", "sizeof ", "1];");
    deep("int a[", "(char)", "1];");
    deep("int a[", "1 ? ", "1];");
    deep("int a[", "1 ? 1 : ", "1];");
    deep("int a[", "sizeof(int[", "");
    deep("", "typeof(", "");
    deep("", "_Atomic(", "");
    deep("", "_Alignas(", "");
    deep("", "enum : ", "int x;");
    deep("int a[", "__builtin_offsetof(struct { int x; } __attribute__((aligned(", "");
    deep("int ", "*", "x;");
    deep("int ", "(", "x;");
    deep("int f", "(int (*)", ";");
    deep_as("int f(int a[", "sizeof(int (*)(int a[", "", FFI_ERROR_SYNTAX, "is not closed");
    deep("", "enum { A = sizeof(", "");
    deep("int x __attribute__((aligned(", "sizeof(int __attribute__((aligned(", "");
    return NULL;
}

#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
#define SMALL_STACK ((size_t)4 << 20) /* each frame has guards around its variables */
#else
#define SMALL_STACK ((size_t)128 << 10) /* what musl gives a thread */
#endif

static void on_a_small_stack(void) {
    pthread_t      thread;
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, SMALL_STACK);
    ok(!pthread_create(&thread, &attributes, all_deep, NULL) && !pthread_join(thread, NULL),
       "every nested text is read on a stack of %zu KiB", SMALL_STACK >> 10);
    pthread_attr_destroy(&attributes);
}

static double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* The time for a text of `size` bytes; it must be taken, or refused, as `wanted` says. */
static double time_of(const char *what, const char *body, size_t size, ffi_error wanted) {
    ffi_context *own   = ffi_context_new(&options);
    size_t       empty = heap.in_use;
    char        *text  = repeat("", body, size / strlen(body), wanted ? "\n@" : "");
    double       start = seconds();
    ffi_error    error = ffi_declare(own, text);
    double       took  = seconds() - start;
    ok(error == wanted, "%zu KiB of %s end with the wanted error", size >> 10, what);
    if (wanted) ok(heap.in_use < empty + (1 << 20), "  leave %zu bytes", heap.in_use - empty);
    ffi_context_free(own);
    free(text);
    return took;
}

static void long_text(const char *what, const char *body, ffi_error wanted) {
    const char *chosen = getenv("FFI_MIB"); /* less for tools that make everything slow */
    size_t      size   = (size_t)(chosen ? atoi(chosen) : getenv("FFI_FULL") ? 100 : 16) << 20;
    double      small = time_of(what, body, size / 10, wanted), large = time_of(what, body, size, wanted);
    printf("# %.2f s, and %.2f s for ten times as much\n", small, large);
}

static void long_texts(void) {
    long_text("prototypes", "int f(int a, const char *b, struct s *c);\n", FFI_ERROR_NONE);
    long_text("prototypes and an error", "int f(int a, const char *b, struct s *c);\n", FFI_ERROR_SYNTAX);
    long_text("white space", "  \n", FFI_ERROR_SYNTAX);
    long_text("comments", "/* words */ // words\n", FFI_ERROR_NONE);
    long_text("inline functions of gcc", "extern inline int f(void) { return (1 + 2) * 3; }\n", FFI_ERROR_NONE);
    long_text("lines for the preprocessor", "# 12 \"file.h\" 2\n", FFI_ERROR_SYNTAX);
}

/* A text with `count` different names and tags. */
static double many(size_t count) {
    char *text = malloc(count * 120 + 1), *at = text;
    at += sprintf(at, "struct wide {");
    for (size_t i = 0; i < count; i++) at += sprintf(at, " int m%zu;", i);
    at += sprintf(at, "};\nenum {");
    for (size_t i = 0; i < count; i++) at += sprintf(at, " C%zu,", i);
    at += sprintf(at, "};\n");
    for (size_t i = 0; i < count; i++)
        at += sprintf(at, "struct s%zu { int x; }; int f%zu(struct s%zu);\n", i, i, i);
    ffi_context *own   = ffi_context_new(NULL);
    double       start = seconds();
    ok(!ffi_declare(own, text), "%zu members, constants, structs and functions", count);
    double took = seconds() - start;
    ok(ffi_declared_type(own, "f0") && ffi_type_size(ffi_type_parse(own, "struct wide")) == 4 * count,
       "  are there");
    ffi_context_free(own);
    free(text);
    return took;
}

static void many_names(void) {
    int    count = fewer(100000);
    double small = many((size_t)count / 10), large = many((size_t)count);
    printf("# %.3f s for %d, %.3f s for %d\n", small, count / 10, large, count);
}

/* ---- memory that runs out ---- */

static void out_of_memory(void) {
    static const char *const text =
        "#pragma pack(push, 1)\n#define SIZE (COUNT * 2)\n#define COUNT 3\ntypedef struct { int a[SIZE]; } "
        "unnamed;\n"
        "struct made { unnamed u; struct other *o; enum { X, Y } e; }; const struct made *use(const unnamed *, "
        "...);\n"
        "int renamed(void) __asm__(\"symbol\"); int known_function(); static const int k = sizeof(struct made) "
        "+ X;\n"
        "int variable[] = { 1 }, listed[] = { [3] = 1, 2 }; char text[] = \"abc\"; void params(int n, int "
        "a[n], int b[k]); _Static_assert(k > 1, \"\");\n";
    size_t failures = 0, wrong = 0;
    for (bool good = false; !good && failures < 10000;) {
        context = ffi_context_new(&options);
        ffi_declare(context, begin);
        uint64_t before = names();
        heap.fail_at    = heap.count + failures + 1;
        good            = !ffi_declare(context, text);
        heap.fail_at    = 0;
        if (!good) {
            wrong += ffi_last_error() != FFI_ERROR_MEMORY || names() != before;
            wrong += ffi_declare(context, text) != FFI_ERROR_NONE;
            failures++;
        }
        ffi_context_free(context);
    }
    ok(failures > 10 && !wrong && !heap.in_use, "memory ran out at each of %zu places, and nothing was left",
       failures);
}

/* What undoes an enum looks int up, which is undone after it. */
static void built_in(void) {
    ffi_context *own = ffi_context_new(&options);
    char         text[32];
    ok(ffi_declare(own, "int a; enum e; enum e *p; enum e { A = 1 }; int bad(") == FFI_ERROR_SYNTAX,
       "a text that makes int and completes an enum fails");
    const ffi_ctype *type = ffi_type_parse(own, "int(int)");
    ok(type && !ffi_declare(own, "struct more { char c[3]; long x; }; double d(double, float);"),
       "others follow");
    ffi_type_format(type, text, sizeof text);
    is_text(text, "int (int)", "int is made again");
    ffi_context_free(own);
}

int main(void) {
    context = ffi_context_new(&options);
    ok(!ffi_declare(context, begin), "the first declarations are read");
    bad();
    unchanged();
    built_in();
    taken_back("sysv");
    taken_back("aapcs64");
    on_a_small_stack();
    ffi_context_free(context);
    long_texts();
    many_names();
    out_of_memory();
    return done();
}
