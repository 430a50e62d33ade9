/* SPDX-License-Identifier: MIT */
/*
 * Declaring a name again: every kind of declaration of `x` after every other, in one text and in two. It is
 * accepted if it says the same, refused if it does not, and a refusal leaves the context as it was.
 */
#include "helper.h"

/* Two declarations say the same if each of these is: the kind, the type, the value. NULL: it does not say,
 * which goes with everything. Tags are in a name space of their own. */
static const struct row {
    const char *text, *kind, *type, *value;
    bool        tag, once; /* once: even the same may not stand twice in one text */
} rows[] = {
    {"typedef int x;", "typedef", "int", NULL, 0, 0},
    {"typedef long long x;", "typedef", "long long", NULL, 0, 0},
    {"typedef const int x;", "typedef", "const int", NULL, 0, 0},
    {"typedef int x[3];", "typedef", "int[3]", NULL, 0, 0},
    {"typedef int x[4];", "typedef", "int[4]", NULL, 0, 0},
    {"typedef int x[];", "typedef", "int[]", NULL, 0, 0},
    {"typedef int x __attribute__((aligned(16)));", "typedef", "int aligned", NULL, 0, 0},
    {"typedef int x(int);", "typedef", "int(int)", NULL, 0, 0},
    {"typedef int *x;", "typedef", "int *", NULL, 0, 0},
    {"typedef const int *x;", "typedef", "const int *", NULL, 0, 0},
    {"int x(int);", "function", "int(int)", NULL, 0, 0},
    {"int x(char);", "function", "int(char)", NULL, 0, 0},
    {"int x();", "function", NULL, NULL, 0, 0},
    {"int x(int, ...);", "function", "int(int, ...)", NULL, 0, 0},
    {"int x(int) __attribute__((ms_abi));", "function of Windows", "int(int)", NULL, 0, 0},
    {"int x() __attribute__((ms_abi));", "function of Windows", NULL, NULL, 0, 0},
    {"int x(int) __asm__(\"a\");", "function", "int(int)", "a", 0, 0},
    {"int x(int) __asm__(\"b\");", "function", "int(int)", "b", 0, 0},
    {"extern int x;", "variable", "int", NULL, 0, 0},
    {"extern char x;", "variable", "char", NULL, 0, 0},
    {"extern int x __asm__(\"a\");", "variable", "int", "a", 0, 0},
    {"extern int x __asm__(\"b\");", "variable", "int", "b", 0, 0},
    {"extern const int x;", "variable", "const int", NULL, 0, 0},
    {"static const int x = 3;", "variable", "const int", "3", 0, 1},
    {"const int x = 1 + 2;", "variable", "const int", "3", 0, 1},
    {"static const int x = 4;", "variable", "const int", "4", 0, 1},
    {"static const unsigned x = 3;", "variable", "const unsigned", "3", 0, 1},
    {"extern int x[];", "array", NULL, NULL, 0, 0},
    {"extern int x[3];", "array", "int[3]", NULL, 0, 0},
    {"extern int x[4];", "array", "int[4]", NULL, 0, 0},
    {"enum { x = 3 };", "constant", "signed", "3", 0, 1},
    {"enum { x = 4 };", "constant", "signed", "4", 0, 1},
    {"enum { x = -1 };", "constant", "signed", "-1", 0, 1},
    {"enum { x = 0xffffffffffffffff };", "constant", "unsigned", "-1", 0, 1},
    {"struct x;", "struct", NULL, NULL, 1, 0},
    {"struct x { int a; };", "struct", "int a", NULL, 1, 1},
    {"struct x { int b; };", "struct", "int b", NULL, 1, 1},
    {"struct x { unsigned a; };", "struct", "unsigned a", NULL, 1, 1},
    {"struct x { int a; char b; };", "struct", "int a, char b", NULL, 1, 1},
    {"struct x { int a; char b; } __attribute__((packed));", "struct", "packed", NULL, 1, 1},
    {"struct x { int a : 3; };", "struct", "int a : 3", NULL, 1, 1},
    {"struct x { int a[1]; };", "struct", "int a[1]", NULL, 1, 1},
    {"union x;", "union", NULL, NULL, 1, 0},
    {"union x { int a; };", "union", "int a", NULL, 1, 1},
    {"union x { int a; char b; };", "union", "int a, char b", NULL, 1, 1},
    {"enum x;", "enum", NULL, NULL, 1, 0},
    {"enum x { x_a };", "enum", "unsigned", "0", 1, 1},
    {"enum x { x_a = 1 };", "enum", "unsigned", "1", 1, 1},
    {"enum x { x_b = 0 };", "enum", "unsigned", "x_b", 1, 1},
    {"enum x : int { x_a };", "enum", "int", "0", 1, 1},
    {"enum x : int;", "enum", "int", NULL, 1, 0},
    {"enum x : unsigned char { x_a };", "enum", "unsigned char", "0", 1, 1},
    {"enum x : unsigned char;", "enum", "unsigned char", NULL, 1, 0},
};

enum { ROWS = sizeof rows / sizeof *rows };

static const ffi_options sysv = {.abi = "sysv"}; /* on every machine: nothing is called */

/* ---- what a context has declared ---- */

static char picture[4096];

static bool add_name(ffi_declared what, const char *name, const ffi_ctype *type, void *context) {
    char    text[256];
    int64_t value = 0;
    size_t  end   = strlen(picture);
    ffi_type_format_named(type, name, text, sizeof text);
    ffi_declared_constant(context, name, &value);
    snprintf(picture + end, sizeof picture - end, "%d %s %zu %u %lld;", (int)what, text, ffi_type_size(type),
             (unsigned)ffi_type_kind(what == FFI_DECLARED_CONSTANT ? type : NULL), (long long)value);
    for (size_t i = 0; i < ffi_type_field_count(type); i++) {
        ffi_field field;
        end = strlen(picture);
        ffi_type_field(type, i, &field);
        ffi_type_format_named(field.type, field.name, text, sizeof text);
        snprintf(picture + end, sizeof picture - end, " %s at %zu;", text, field.offset);
    }
    return true;
}

static const char *picture_of(ffi_context *context) {
    *picture = 0;
    ffi_declared_each(context, add_name, context);
    return picture;
}

/* ---- pairs ---- */

static bool agree(const char *a, const char *b) {
    return !a || !b || !strcmp(a, b);
}

/* Whether a function may also be declared with empty brackets (C11 6.7.6.3p15). */
static bool fits_brackets(const struct row *row) {
    return !row->type || (!strstr(row->type, "(char)") && !strstr(row->type, "..."));
}

static bool say_the_same(const struct row *a, const struct row *b) {
    if (a->tag != b->tag) return true;
    bool functions = !strcmp(a->kind, "function") && !strcmp(b->kind, "function");
    if (functions && !a->type != !b->type && (!fits_brackets(a) || !fits_brackets(b))) return false;
    return !strcmp(a->kind, b->kind) && agree(a->type, b->type) && agree(a->value, b->value);
}

/* A variable is static from its first declaration on (C11 6.2.2p7). */
static bool is_variable(const struct row *row) {
    return !strcmp(row->kind, "variable");
}

static bool is_static(const struct row *row) {
    return !strncmp(row->text, "static", 6);
}

static void pair(const struct row *a, const struct row *b, int *wrong) {
    char         before[4096], text[256];
    ffi_context *two = ffi_context_new(&sysv), *one = ffi_context_new(&sysv);
    bool         good = say_the_same(a, b), once = a->tag == b->tag && (a->once && b->once);
    once |= is_variable(a) && is_variable(b) && is_static(b) && !is_static(a);
    snprintf(text, sizeof text, "%s %s", a->text, b->text);
    if (ffi_declare(two, a->text)) printf("# %s: %s\n", a->text, ffi_last_message()), ++*wrong;
    strcpy(before, picture_of(two));
    bool accepted = !ffi_declare(two, b->text), kept = !strcmp(before, picture_of(two));
    bool at_once = !ffi_declare(one, text);
    if (accepted != good)
        printf("# %s| %s: %s\n", a->text, b->text, accepted ? "accepted" : "refused"), ++*wrong;
    if (!accepted && !kept) printf("# %s| %s: refused, and not taken back\n", a->text, b->text), ++*wrong;
    if (a == b && !kept) printf("# %s: the same changes something\n", a->text), ++*wrong;
    if (at_once != (good && !once))
        printf("# %s: %s\n", text, at_once ? "accepted" : ffi_last_message()), ++*wrong;
    if (!at_once && *picture_of(one)) printf("# %s: refused, and not taken back\n", text), ++*wrong;
    if (at_once && accepted && strcmp(picture_of(two), (strcpy(before, picture_of(one)), before)))
        printf("# %s: another result in one text\n", text), ++*wrong;
    ffi_context_free(two), ffi_context_free(one);
}

/* ---- macros ---- */

static bool is_constant(ffi_context *context, int64_t wanted) {
    int64_t value;
    return ffi_declared_constant(context, "x", &value) ? value == wanted : wanted == -77;
}

/* The preprocessor has its own rule: the last definition counts. A macro hides a declared name until #undef. */
static void macros(void) {
    int wrong = 0;
    for (int i = 0; i < ROWS; i++) {
        char         text[256];
        int64_t      alone   = -77;
        ffi_context *context = ffi_context_new(&sysv), *other = ffi_context_new(&sysv);
        snprintf(text, sizeof text, "# 1 \"x.h\"\n%s", rows[i].text);
        ffi_declare(other, rows[i].text);
        ffi_declared_constant(other, "x", &alone);
        bool good = !ffi_declare(context, "#define x 5\n") && !ffi_declare(context, text) &&
                    is_constant(context, 5) && !ffi_declare(context, "#undef x\n") &&
                    is_constant(context, alone);
        good = good && !ffi_declare(other, "#define x 5\n") && is_constant(other, 5) &&
               !ffi_declare(other, "#undef x\n") && is_constant(other, alone);
        if (!good) wrong++, printf("# %s\n", rows[i].text);
        ffi_context_free(context), ffi_context_free(other);
    }
    ok(!wrong, "a macro hides a declared name until #undef, in whatever order they come");
    ffi_context *context = ffi_context_new(&sysv);
    int64_t      value   = 0;
    ok(!ffi_declare(context, "#define x 5\n#define x 6\n") && !ffi_declare(context, "#define x 7\n") &&
           ffi_declared_constant(context, "x", &value) && value == 7,
       "the last #define counts");
    ok(!ffi_declare(context,
                    "enum { N = 1 };\n#define N 2\nint two[N];\n#undef N\nint one[N];\n#define N (N + 2)\n") &&
           ffi_type_length(ffi_declared_type(context, "two")) == 2 &&
           ffi_type_length(ffi_declared_type(context, "one")) == 1 &&
           ffi_declared_constant(context, "N", &value) && value == 3,
       "a macro hides an enumerator until #undef, but not in the macro's own text");
    ok(!ffi_declare(context,
                    "int f(int);\n#define f other\n#define T T\ntypedef int T;\nT t;\n#define T (T)\n") &&
           ffi_declared_type(context, "f") && ffi_declared_type(context, "t"),
       "a macro that is no constant hides no function and no type");
    ffi_context_free(context);
}

/* ---- what has no row ---- */

static void others(void) {
    ffi_context *context = ffi_context_new(&sysv);
    ok(!ffi_declare(context, "static const int N = 3;"), "a constant is declared");
    returns_error(ffi_declare(context, "static const int N = 4;"), FFI_ERROR_TYPE,
                  "'N' is declared already, as the constant 3");
    returns_error(ffi_declare(context, "int f(int) __asm__(\"a\"); int f(int) __asm__(\"b\");"), FFI_ERROR_TYPE,
                  "'f' is declared already, as the symbol 'a'");
    ok(!ffi_declare(context, "union u { int *i; void *v; }; union u { int *i; void *v; } "
                             "__attribute__((transparent_union));") == false,
       "a union twice in a text is refused");
    ok(!ffi_declare(context, "union u { int *i; void *v; };") &&
           !ffi_declare(context,
                        "union u { int *i; void *v; } __attribute__((transparent_union)); int t(union u);") &&
           !ffi_declare(context, "union u { int *i; void *v; };"),
       "transparent_union may come later");
    ok(ffi_type_kind(ffi_type_parameter(ffi_declared_type(context, "t"), 0)) == FFI_KIND_POINTER,
       "and is heeded from then on");
    ffi_context_free(context);
}

/* ---- headers read with different feature macros ---- */

static void reserved_names(void) {
    static const char *const pairs[][2] = {
        {"typedef struct { long __fds_bits[16]; } set;", "typedef struct { long fds_bits[16]; } set;"},
        {"struct t { int __a; struct { char _B; } b; };", "struct t { int a; struct { char B; } b; };"},
        {"union u { int a : 3; char c; };", "union u { int __a : 3; char __c; };"},
        {"typedef struct { int __a; } *pointer;", "typedef struct { int a; } *pointer;"},
        {"int f(struct { int __a; } *);", "int f(struct { int a; } *);"},
    };
    static const char *const others[][2] = {
        {"typedef struct { int a; } t;", "typedef struct { int b; } t;"},
        {"typedef struct { int a; } t;", "typedef struct { int _b; } t;"}, /* reserved at file scope only */
        {"struct t { int __a; };", "struct t { unsigned a; };"},
        {"struct t { int __a; };", "struct t { int a, b; };"},
        {"struct t { int __a; };", "struct t { int a; } __attribute__((aligned(8)));"},
    };
    unsigned wrong = 0;
    for (unsigned i = 0; i < sizeof pairs / sizeof *pairs; i++)
        for (int swap = 0; swap < 2; swap++) {
            ffi_context *context = ffi_context_new(&sysv);
            if (ffi_declare(context, pairs[i][swap]) || ffi_declare(context, pairs[i][!swap])) wrong++;
            ffi_context_free(context);
        }
    ok(!wrong, "types that differ in reserved names of members only are the same");
    wrong = 0;
    for (unsigned i = 0; i < sizeof others / sizeof *others; i++)
        for (int swap = 0; swap < 2; swap++) {
            ffi_context *context = ffi_context_new(&sysv);
            if (ffi_declare(context, others[i][swap]) || !ffi_declare(context, others[i][!swap])) wrong++;
            ffi_context_free(context);
        }
    ok(!wrong, "types that differ in more are not");
    ffi_context *context = ffi_context_new(&sysv);
    ffi_field    field;
    ok(!ffi_declare(context, pairs[0][0]) && !ffi_declare(context, pairs[0][1]) &&
           ffi_type_field_named(ffi_type_parse(context, "set"), "__fds_bits", &field),
       "the first one stays");
    returns_error(ffi_declare(context, "typedef struct { int bits[32]; } set;"), FFI_ERROR_TYPE,
                  "\n  before: long __fds_bits[16] at byte 0\n  now:    int bits[32] at byte 0");
    ok(!ffi_declare(context, "struct s { int a; long b; };"), "a struct is declared");
    returns_error(
        ffi_declare(context, "struct s { int a; int b; char c; };"), FFI_ERROR_TYPE,
        "\n  before: long b at byte 8\n  now:    int b at byte 4\n  before: (no member)\n  now:    char c at "
        "byte 8");
    ok(!ffi_declare(context, "int f(int);"), "a function");
    returns_error(ffi_declare(context, "int f(long);"), FFI_ERROR_TYPE,
                  "\n  before: int (int)\n  now:    int (long)");
    ffi_context_free(context);
}

static void first_kept(void) {
    ffi_context *context = ffi_context_new(&(ffi_options){.abi = "sysv", .keep_first = true});
    int64_t      value   = 0;
    ok(!ffi_declare(context,
                    "typedef int T; struct s { int a; }; enum e { A, B }; int f(int); enum { C = 3 };") &&
           !ffi_declare(context,
                        "typedef long T; struct s { long b; }; enum e { A, B = 7 }; int f(T); enum { C = 4 };"
                        "int g(T);"),
       "with keep_first a text that contradicts an earlier one is read");
    ok(ffi_type_size(ffi_type_parse(context, "T")) == 4 &&
           ffi_type_size(ffi_type_parse(context, "struct s")) == 4 &&
           ffi_declared_constant(context, "B", &value) && value == 1 &&
           ffi_declared_constant(context, "C", &value) && value == 3 &&
           ffi_type_size(ffi_type_parameter(ffi_declared_type(context, "g"), 0)) == 4,
       "and the first declarations stay");
    returns_error(ffi_declare(context, "extern int v; extern long v;"), FFI_ERROR_TYPE,
                  "'v' is declared already");
    ok(!ffi_declare(context, "union s { long l[4]; }; struct e { union s in; }; int h(union s *, struct e);"
                             "enum s { OF_S }; enum s i(struct s);") &&
           !ffi_declare(context, "struct s { int a; }; enum e { A, B };"),
       "with keep_first a tag may be of another kind in another text");
    ok(ffi_type_size(ffi_type_parse(context, "struct s")) == 4 &&
           ffi_type_size(ffi_type_parse(context, "union s")) == 32 &&
           ffi_type_size(ffi_type_parse(context, "struct e")) == 32 &&
           ffi_type_size(ffi_type_parse(context, "enum e")) == 4 &&
           ffi_type_parameter(ffi_declared_type(context, "i"), 0) == ffi_type_parse(context, "struct s"),
       "each kind has its own type");
    returns_error(ffi_declare(context, "struct u { int a; }; union u { int b; };"), FFI_ERROR_TYPE,
                  "this text declares the tag as struct u");
    ffi_context_free(context);
}

int main(void) {
    reserved_names();
    first_kept();
    for (int i = 0; i < ROWS; i++) {
        int wrong = 0;
        for (int j = 0; j < ROWS; j++) pair(&rows[i], &rows[j], &wrong);
        ok(!wrong, "%s is declared again as every other row says", rows[i].text);
    }
    macros();
    others();
    return done();
}
