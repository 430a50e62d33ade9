/* SPDX-License-Identifier: MIT */
/*
 * Parameters that must not be NULL: the attribute `nonnull` in every place, `[static n]`, the word of signatures; and
 * declarations that say it beside others that do not. What the compilers warn of and ignore is ignored.
 */
#include "helper.h"

#include <inttypes.h>

static ffi_context *context;

/* The parameters that are nonnull, from the lowest bit. */
static uint64_t marked(const ffi_ctype *type) {
    uint64_t bits = 0;
    if (ffi_type_kind(type) == FFI_KIND_POINTER) type = ffi_type_target(type);
    for (size_t i = 0; i < ffi_type_parameter_count(type) && i < 64; i++)
        if (ffi_type_annotations(type, i) & FFI_ANNOTATION_NONNULL) bits |= (uint64_t)1 << i;
    return bits;
}

static void is_marked(const char *text, const char *name, uint64_t wanted) {
    ffi_context *own  = ffi_context_new(NULL);
    bool         read = !ffi_declare(own, text);
    uint64_t     bits = read ? marked(ffi_declared_type(own, name)) : 0;
    if (!ok(read && bits == wanted, "%s", text))
        printf("# got %" PRIx64 ", expected %" PRIx64 ": %s\n", bits, wanted, read ? "" : ffi_last_message());
    ffi_context_free(own);
}

static const struct {
    const char *text;
    uint64_t    bits;
} attributes[] = {
    {"int f(char *p, int n, void *q) __attribute__((nonnull));", 5},
    {"int f(char *p, int n, void *q) __attribute__((nonnull()));", 5},
    {"int f(char *p, int n, void *q) __attribute__((nonnull(3)));", 4},
    {"int f(char *p, int n, void *q) __attribute__((__nonnull__ (1, 3)));", 5},
    {"int f(char *p, void *q) __attribute__((nonnull(1))) __attribute__((nonnull(2)));", 3},
    {"int f(char *p, void *q) __attribute__((nonnull(1), pure, nonnull(2)));", 3},
    {"int f(char *p, void *q) __attribute__((nonnull(1), nonnull));", 3},
    {"enum { TWO = 2 }; int f(char *p, void *q) __attribute__((nonnull(TWO)));", 2},
    {"int f(char *p, void *q) __attribute__((nonnull(sizeof(int) / 2)));", 2},
    {"int f(char *p, void *q) __attribute__((nonnull(sizeof(struct { char c __attribute__((aligned(2))); "
     "}))));",
     2},
    {"__attribute__((nonnull(1))) int f(char *p);", 1},
    {"int __attribute__((nonnull(1))) f(char *p);", 1},
    {"int *__attribute__((nonnull(1))) f(char *p);", 1},
    {"int f(char *p) __asm__(\"g\") __attribute__((nothrow)) __attribute__((nonnull(1)));", 1},
    {"extern __attribute__((nonnull(2))) int g(char *, char *), f(char *, char *);", 2},
    {"[[gnu::nonnull(1)]] int f(char *p);", 1},
    {"int f [[gnu::nonnull(1)]] (char *p);", 1},
    {"int f(char *p) [[gnu::nonnull]];", 1},
    {"int f(char p[], int (*q)(void), int q2(void), int n) __attribute__((nonnull));", 7},
    {"int f(const char *s, ...) __attribute__((nonnull));", 1},
    {"int f(const char *s, ...) __attribute__((nonnull(1)));", 1},
    {"int f(s) char *s; { return 0; }", 0},
    {"__attribute__((nonnull)) static inline int f(char *s) { return *s; }", 1},
    /* functions whose type has a name, and pointers to functions */
    {"typedef int F(char *p, char *q); F f __attribute__((nonnull(2)));", 2},
    {"typedef int F(char *p, char *q) __attribute__((nonnull(2))); F f;", 2},
    {"typedef int F(char *p, char *q) __attribute__((nonnull(2))); F f __attribute__((nonnull(1)));", 3},
    {"typedef int (*P)(char *p, char *q) __attribute__((nonnull(2))); extern P f;", 2},
    {"extern int (*f)(char *p) __attribute__((nonnull(1)));", 1},
    {"extern int (__attribute__((nonnull(1))) *f)(char *p);", 1},
    {"int (*f(char *a, char *b))(char *c) __attribute__((nonnull(2)));", 2},
    /* parameters */
    {"int f(char *p __attribute__((nonnull)), char *q);", 1},
    {"int f(char *q, __attribute__((nonnull)) char *p);", 2},
    {"int f([[gnu::nonnull]] char *p, char *q [[gnu::nonnull]]);", 3},
    {"int f(int (*call)(char *) __attribute__((nonnull)));", 1},
    {"int f(char p[static 1], char q[const static 4], char r[4]);", 3},
    {"int f(int n, char p[static n], char q[restrict static 2 * n][3]);", 6},
    {"int f(int (*call)(char p[static 1]));", 0},
    {"int f(nonnull char *p, int nonnull);", 1},
    /* clang's qualifier of the parameter itself */
    {"int f(char *_Nonnull p, char *q, int (*_Nonnull)(void), int n);", 5},
    {"int f(void *_Nonnull *p, void *_Nullable *_Nonnull q, void **const _Nonnull r);", 6},
    {"int f(char p[_Nonnull], char q[const _Nonnull 3], char *_Nonnull r[], char s[_Nonnull][3]);", 11},
    {"typedef char *S; int f(S _Nonnull s, const _Nonnull S t, S _Nonnull *u, _Nonnull S v[]);", 3},
    {"typedef char *S, A[3]; int f(A _Nonnull a, __typeof__(S) _Nonnull s, S __attribute__((unused)) "
     "_Nonnull);",
     7},
    {"int f(int (*_Nonnull (*p)(void))(void), int *(*_Nonnull q)(char *_Nonnull));", 2},
    {"typedef int (*P)(char *_Nonnull, char *); extern P f;", 1},
    {"int (*_Nonnull f(char *_Nonnull a, char *b))(char *c, char *_Nonnull d);", 1},
    {"char *_Nonnull f(char *_Nullable p, char *_Null_unspecified q);", 0},
    {"int f(char *_Nonnull __ptr32 p, char *__restrict _Nonnull q, int n[sizeof(char *_Nonnull)]);", 2},
    /* what compilers warn of, and ignore */
    {"int f(char *p, int n) __attribute__((nonnull(9)));", 0},
    {"int f(char *p, int n) __attribute__((nonnull(0)));", 0},
    {"int f(char *p, int n) __attribute__((nonnull(-1)));", 0},
    {"int f(char *p, int n) __attribute__((nonnull(2, 1)));", 1},
    {"int f(char *p, int n) __attribute__((nonnull(4294967297)));", 0},
    {"int f(int n) __attribute__((nonnull));", 0},
    {"int f(void) __attribute__((nonnull(1)));", 0},
    {"int f() __attribute__((nonnull));", 0},
    {"int f(int n __attribute__((nonnull)), char *p __attribute__((nonnull(1))));", 0},
    {"int f(char *p) __attribute__((nonnull(1.5)));", 0},
    {"int f(char *p) __attribute__((nonnull(\"1\")));", 0},
    {"extern int n; int f(char *p) __attribute__((nonnull(n)));", 0},
    {"extern char *f __attribute__((nonnull));", 0},
    {"extern int (*f[2])(char *p) __attribute__((nonnull));", 0},
    {"int f(char *p) __attribute__((returns_nonnull));", 0},
    /* what `nullable` says stays */
    {"int f(nullable char *p, char *q) __attribute__((nonnull));", 2},
    {"int f(nullable char p[static 1]);", 0},
};

/* Each declares f(char *, char *) with other annotations. `one` before `other`, and the other way round. */
static const struct {
    const char *one, *other;
    uint64_t    bits;
} again[] = {
    {"int f(char *p, char *q);", "int f(char *p, char *q) __attribute__((nonnull(1)));", 1},
    {"int f(char *, char *);", "int f(char *p, char *q) __attribute__((nonnull(1)));", 1},
    {"int f(char *, char *) __attribute__((nonnull(1)));", "int f(char *p, char *q);", 1},
    {"int f(char *p, char *q) __attribute__((nonnull(1)));",
     "int f(char *, char *q) __attribute__((nonnull(2)));", 3},
    {"int f(char *p, char *q) __attribute__((nonnull));", "int f(nullable char *p, char *q);", 2},
    {"int f(char *p, char *q) __attribute__((nonnull));", "errno_if(-1) int f(out char **p, char *q);", 0},
    {"int f(char *p, char *q) __attribute__((nonnull));", "errno_if(-1) int f(out char *p, char *q);", 3},
    {"int f();", "int f(char *p, char *q) __attribute__((nonnull(2)));", 2},
    {"typedef int F(char *, char *); F f;", "F f __attribute__((nonnull(2)));", 2},
};

static void declared_again(const char *first, const char *second, uint64_t wanted) {
    char text[300];
    for (int two = 0; two < 2; two++) {
        ffi_context *own = ffi_context_new(NULL);
        snprintf(text, sizeof text, "%s %s", first, two ? "" : second);
        bool             read = !ffi_declare(own, text) && !(two && ffi_declare(own, second));
        const ffi_ctype *type = ffi_declared_type(own, "f");
        bool             words =
            !strstr(text, "errno_if") || ffi_type_annotations(type, FFI_RESULT) == FFI_ANNOTATION_ERRNO_IF;
        if (!ok(wanted ? read && marked(type) == wanted && words : !read, "%s, %s %s",
                two ? "two texts" : "one text", first, second))
            printf("# %s, got %" PRIx64 "\n", read ? "read" : ffi_last_message(), marked(type));
        ffi_context_free(own);
    }
}

/* ---- memory ---- */

static int left; /* allocations until all are refused */

static void *allocate(void *userdata, void *block, size_t old_size, size_t new_size) {
    (void)userdata, (void)old_size;
    if (new_size && left-- <= 0) return NULL;
    if (new_size) return realloc(block, new_size);
    free(block);
    return NULL;
}

/* Without memory a declaration fails, and says so: it is no contradiction, and loses no mark. */
static void without_memory(void) {
    static const char text[] =
        "typedef int T(char *, char *) __attribute__((nonnull(1, 2))); T f __attribute__((nonnull(1)));"
        "int g(char *p, char *q) __attribute__((nonnull(1), nonnull(2)));"
        "errno_if(-1) int g(char *p, char *q); int g(char *, char *);";
    bool good = false, right = true;
    int  tries = 0;
    for (; !good && tries < 500; tries++) {
        left             = 1000;
        ffi_context *own = ffi_context_new(&(ffi_options){.allocate = allocate});
        left             = tries;
        good             = !ffi_declare(own, text);
        right &= good || ffi_last_error() == FFI_ERROR_MEMORY;
        left = 1000;
        right &=
            !good || (marked(ffi_declared_type(own, "f")) == 3 && marked(ffi_declared_type(own, "g")) == 3);
        ffi_context_free(own);
    }
    ok(good && right && tries > 5, "without memory a declaration fails with FFI_ERROR_MEMORY: %d allocations",
       tries);
}

static const ffi_ctype *parse(const char *text) {
    return ffi_type_parse(context, text);
}

static void words(void) {
    const ffi_ctype *type = parse("int f(nonnull out int *a, nonnull len(n) const char *b, int n, char *c)");
    ok(ffi_type_annotations(type, 0) == (FFI_ANNOTATION_NONNULL | FFI_ANNOTATION_OUT) &&
           ffi_type_annotations(type, 1) == (FFI_ANNOTATION_NONNULL | FFI_ANNOTATION_LEN) &&
           !ffi_type_annotations(type, 3),
       "nonnull stands with other words");
    type = parse("int f(char *p) __attribute__((nonnull(1)))");
    ok(marked(type) == 1, "a signature may have the attribute");
    ok(ffi_type_equal(type, parse("int(char *)")) && ffi_type_assignable(parse("int (*)(char *)"), type) &&
           ffi_type_assignable(ffi_type_pointer_to(context, type), parse("int(char *)")),
       "types with it and without are equal, and pointers to them assignable");
    ok(ffi_type_equal(parse("int(int (*)(char *) __attribute__((nonnull)))"), parse("int(int (*)(char *))")),
       "also as parameters");
    char one[100], other[100];
    ffi_type_format(parse("int(nonnull char *p, char q[static 3])"), one, sizeof one);
    ffi_type_format(parse("int(char *p, char q[3])"), other, sizeof other);
    ok(!strcmp(one, other), "annotations are not printed: %s", one);

    static const struct {
        const char *text, *part;
    } bad[] = {{"int f(nonnull int n)", "'nonnull' cannot stand here: the parameter is no pointer"},
               {"nonnull char *f(void)", "'nonnull' cannot stand here: only a parameter has it"},
               {"int f(nonnull nullable char *p)", "'nonnull' cannot stand here: another word contradicts it"},
               {"int f(nonnull nonnull char *p)", "'nonnull' twice"},
               {"int f(char *p) __attribute__((nonnull(1 2)))", "expected ')'"},
               {"int f(char *p) __attribute__((nonnull(1)", "expected ')', but the text ends"},
               {"int f(char *p) __attribute__((nonnull(1,)))", "expected an expression, found ')'"},
               {"int f(int _Nonnull n)", "a qualifier that this type cannot have"}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (!ok(!parse(bad[i].text) && strstr(ffi_last_message(), bad[i].part), "refused: %s", bad[i].text))
            note("message", ffi_last_message());
}

int main(void) {
    for (size_t i = 0; i < sizeof attributes / sizeof *attributes; i++)
        is_marked(attributes[i].text, "f", attributes[i].bits);
    char text[2000] = "int f(";
    for (int i = 0; i < 100; i++) strcat(text, "char *, ");
    strcat(text, "char *) __attribute__((nonnull(101, 7)));");
    context = ffi_context_new(NULL);
    ok(!ffi_declare(context, text) &&
           ffi_type_annotations(ffi_declared_type(context, "f"), 100) == FFI_ANNOTATION_NONNULL &&
           marked(ffi_declared_type(context, "f")) == 1 << 6,
       "of a hundred parameters");
    for (size_t i = 0; i < sizeof again / sizeof *again; i++) {
        declared_again(again[i].one, again[i].other, again[i].bits);
        if (!strstr(again[i].one, "typedef")) declared_again(again[i].other, again[i].one, again[i].bits);
    }
    words();
    without_memory();
    ffi_context_free(context);
    return done();
}
