/* SPDX-License-Identifier: MIT */
/*
 * What is kept of earlier questions gives the answer of a question that is asked anew: the meaning of
 * signatures' texts (ffi_type_parse() keeps none of them and is the judge), plans, variadic forms, symbols.
 */
#include "helper.h"

/* ---- texts ---- */

static int bound_here;

/* The signature that binding the text gives, NULL if it is refused. */
static const ffi_ctype *bound(ffi_context *context, const char *text) {
    ffi_function    *function  = ffi_function_new(context, &bound_here, text);
    const ffi_ctype *signature = ffi_function_signature(function);
    ffi_function_free(function);
    return signature;
}

static void texts(void) {
    static const struct {
        const char *before, *text, *then;
        bool        changes;
    } rows[] = {
        {"#define N 8\n", "int sum(struct { char a[N]; })", "#undef N\n#define N 32\n", true},
        {"#define N 8\n", "int sum(struct { char a[N]; })", "#define N 32\n", true},
        {"#define N 8\n", "int sum(struct { char a[N]; })", "#undef N\n#define N (4 + 4)\n", false},
        {"#define N 8\n", "int sum(char a[N])", "#undef N\n", true},
        {"#define N 8\n", "int sum(char a[N])", "#define N 9\nint bad(", false},
        {"#define N 8\n", "int sum(char (*a)[N])", "#undef N\nenum { N = 9 };", true},
        {"#define N M\n#define M 4\n", "int sum(char (*a)[N])", "#define M 5\n#define N M\n", true},
        {"", "int sum(char a[N])", "#define N 5\n", true},
        {"", "int sum(char a[N])", "enum { N = 5 };", true},
        {"", "int sum(char a[N])", "static const int N = 5;", true},
        {"extern const int N;", "int sum(char a[N])", "const int N = 5;", true},
        {"extern int n[];", "int sum(char a[sizeof n])", "extern int n[3];", true},
        {"int g();", "void f(typeof(g) *)", "int g(int);", true},
        {"int g(int *);", "void f(typeof(g) *)", "int g(int[3]);", true},
        {"", "int f(int x)", "typedef char x;", false},
        {"struct s;", "int f(char a[sizeof(struct s)])", "struct s { char a[3]; };", true},
        {"enum e;", "int f(char a[_Alignof(enum e)])", "enum e : char { E };", true},
        {"", "int f(struct s *, char a[sizeof(struct s)])", "struct s { char a[3]; };", true},
        {"union u { int *i; void *v; };", "int f(union u)",
         "typedef union u t __attribute__((transparent_union));", true},
        {"union u { int *i; void *v; }; typedef union u t;", "int f(t)",
         "typedef union u t __attribute__((transparent_union));", true},
        {"typedef int t;", "int f(t)", "typedef int t; struct other { t t; };", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ffi_context *context = ffi_context_new(NULL);
        ffi_declare(context, rows[i].before);
        const ffi_ctype *first = bound(context, rows[i].text);
        ok(first && bound(context, rows[i].text) == first, "%s is bound twice alike", rows[i].text);
        ffi_declare(context, rows[i].then);
        const ffi_ctype *second = bound(context, rows[i].text);
        ok(second && second == ffi_type_parse(context, rows[i].text) && (second != first) == rows[i].changes,
           "a change in row %zu %s its meaning", i, rows[i].changes ? "changes" : "keeps");
        ffi_context_free(context);
    }
}

static void completed_without_text(void) {
    ffi_context     *context = ffi_context_new(NULL);
    const char      *text    = "int f(struct s *, char a[sizeof(struct s)], char b[_Alignof(enum e)])";
    const ffi_ctype *first   = bound(context, text);
    ffi_type_struct(context, "s", &(ffi_field){.name = "x", .type = ffi_type_parse(context, "int")}, 1);
    const ffi_ctype *second = bound(context, text);
    ok(first != second && second == ffi_type_parse(context, text), "ffi_type_struct changes meanings");
    ffi_type_enum(context, "e", &(ffi_constant){"E", 1}, 1, ffi_type_parse(context, "char"));
    const ffi_ctype *third = bound(context, text);
    ok(third != second && third == ffi_type_parse(context, text),
       "ffi_type_enum makes the text mean another type");
    ffi_context_free(context);
}

/* Any changes in any order, with texts bound between them. */
static void random_changes(unsigned seed) {
    static const char *const changes[] = {"#define A 1\n",
                                          "#define A 2\n",
                                          "#undef A\n",
                                          "#define B (A + 1)\n",
                                          "#undef B\n",
                                          "#define B 7\n",
                                          "#define A 3\nint (",
                                          "struct s;",
                                          "struct s { char a[A]; };",
                                          "enum e { E0 = B };",
                                          "#undef C\nenum { C }",
                                          "enum { C = 4 };",
                                          "static const int D = B;",
                                          "extern int d[];",
                                          "extern int d[5];",
                                          "typedef char t;",
                                          "int g();",
                                          "int g(int[4]);",
                                          "union u { char c; };"};
    static const char *const asked[]   = {"int f(char a[A])",
                                          "int f(struct { char a[A + 1]; })",
                                          "int f(char (*)[B])",
                                          "int f(struct s)",
                                          "int f(struct s *, int a[sizeof(struct s)])",
                                          "int f(enum e, int a[sizeof(enum e)])",
                                          "int f(char a[C])",
                                          "int f(char a[D])",
                                          "int f(char a[sizeof d])",
                                          "int f(int (t))",
                                          "int f(typeof(g) *)",
                                          "int f(union u)",
                                          "int f(enum { P, Q } p, char a[Q + A])"};
    enum { CHANGES = sizeof changes / sizeof *changes, ASKED = sizeof asked / sizeof *asked };
    int wrong = 0, good = 0, rounds = fewer(400);
    srand(seed);
    for (int round = 0; round < rounds; round++) {
        ffi_context *context = ffi_context_new(NULL);
        for (int step = 0; step < 60; step++) {
            const char      *text   = asked[rand() % ASKED];
            const ffi_ctype *memory = bound(context, text), *anew = ffi_type_parse(context, text);
            bool             by_value = anew && ffi_type_kind(anew) == FFI_KIND_FUNCTION;
            if (memory) good++;
            if (memory != anew && (memory || !by_value)) {
                if (!wrong++) printf("# step %d of round %d: %s\n", step, round, text);
            }
            if (rand() % 2) ffi_declare(context, changes[rand() % CHANGES]);
        }
        ffi_context_free(context);
    }
    ok(!wrong && good > rounds * 10, "seed %u: %d bindings in random histories are right, %d wrong", seed, good,
       wrong);
}

/* More texts than are kept. */
static void many_texts(void) {
    enum { MOST = 20000 };
    static const ffi_ctype *first[MOST];
    ffi_context            *context = ffi_context_new(NULL);
    int                     count = fewer(MOST), wrong = 0;
    char                    text[64];
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < count; i++) {
            snprintf(text, sizeof text, "int f%d(struct s%d *, char)", i, i);
            const ffi_ctype *type = bound(context, text);
            if (!round) first[i] = type;
            wrong += !type || type != first[i];
        }
    }
    ok(!wrong, "%d texts in turn have the meaning that they had", count);
    ffi_context_free(context);
}

/* ---- plans and forms ---- */

static void plans(void) {
    static const struct {
        const char *type, *declaration;
    } rows[] = {{"long long", "enum e { BIG = 1ll << 40 };"},
                {"long long", "enum e { NEGATIVE = -1, BIG = 1ll << 40 };"},
                {"signed char", "enum e : signed char { SMALL = -1 };"},
                {"unsigned char", "enum e { SMALL } __attribute__((packed));"},
                {"int", "enum e { PLAIN = -1 };"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ffi_context  *late = ffi_context_new(NULL), *early = ffi_context_new(NULL);
        const char   *text = "enum e f(enum e, const enum e, enum e *)";
        char          before[512], after[512];
        ffi_function *function     = ffi_function_new(late, &bound_here, "int f(int, ...)");
        ffi_function *form         = ffi_function_variadic(function, "enum e");
        bool          bound_before = form && bound(late, text);
        ffi_declare(late, rows[i].declaration), ffi_declare(early, rows[i].declaration);
        ffi_plan_format(early, ffi_type_parse(early, text), before, sizeof before);
        ffi_plan_format(late, bound(late, text), after, sizeof after);
        ok(bound_before, "an enum known by its tag can be passed");
        is_text(after, before, "the plan is of %s once the enum is declared", rows[i].type);
        bool other = ffi_function_variadic(function, "enum e") != form;
        ok(other && ffi_function_variadic(function, "enum e") == ffi_function_variadic(function, "enum e"),
           "a variadic form made before is not taken for the new one");
        ffi_context_free(late), ffi_context_free(early);
    }
}

static long long negated(long long x) {
    return -x;
}

static void calls(void) {
    ffi_context *context = ffi_context_new(NULL);
    const char  *text    = "enum wide negated(enum wide)";
    ffi_function_new(context, (void *)(uintptr_t)negated, text);
    ffi_declare(context, "enum wide { LEAST = -(1ll << 40), MOST = 1ll << 40 };");
    ffi_function *function = ffi_function_new(context, (void *)(uintptr_t)negated, text);
    long long     result   = 0;
    ffi_invoke(function, &result, &(ffi_value){.i64 = 1ll << 40});
    ok(result == -(1ll << 40), "a call after the enum's declaration passes all of it");
    ffi_context_free(context);
}

/* ---- symbols ---- */

ffi_context *reentrant_context; /* lib_reentrant.c's */
int          reentrant_calls;

static bool copy_to(const char *path, const char *library) {
    static char buffer[1 << 20];
    FILE       *from = fopen(library_path(library), "rb"), *to = fopen(path, "wb");
    size_t      size = from ? fread(buffer, 1, sizeof buffer, from) : 0;
    bool        good = to && size && size < sizeof buffer && fwrite(buffer, 1, size, to) == size;
    if (from) fclose(from);
    return (to && !fclose(to)) && good;
}

static void symbols(void) {
    ffi_context *context = reentrant_context = ffi_context_new(NULL);
    char         path[4300];
    char        *folder = temporary_folder();
    snprintf(path, sizeof path, "%s/lib_changing" LIBRARY_SUFFIX, folder);
    if (copy_to(path, "plain")) {
        ffi_library *first = ffi_library_open(context, path, 0);
        ok(ffi_library_symbol(first, "plain_add") && ffi_library_symbol(first, "plain_add"),
           "a symbol is found");
        ffi_library_close(first);
        remove(path);
        if (copy_to(path, "reentrant")) {
            ffi_library *second = ffi_library_open(context, path, 0);
            ok(second && !ffi_library_symbol(second, "plain_add") && ffi_last_error() == FFI_ERROR_SYMBOL,
               "a cached symbol is not found in another library of that name");
            ffi_library_close(second);
        } else {
            skip_one("the library that takes its place is not built here");
        }
    } else {
        skip_one("the tests' libraries are not built here");
    }
    remove(path), rmdir(folder);
    reentrant_context = NULL;
    ffi_context_free(context);
}

int main(int argc, char **argv) {
    texts();
    completed_without_text();
    random_changes(argc > 1 ? (unsigned)atoi(argv[1]) : 1);
    many_texts();
    plans();
    calls();
    symbols();
    return done();
}
