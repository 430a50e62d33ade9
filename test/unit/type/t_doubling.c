/* SPDX-License-Identifier: MIT */
/*
 * Types that name the type below them twice: of 100 such levels a tree has 2^100 nodes. Whatever looks at a
 * type looks at each of its types once, or refuses it. Everything public that takes a type is asked about them;
 * the program has a limit of CPU time, which only a walk over the tree reaches.
 */
#include "helper.h"

#ifndef _WIN32
#include <sys/resource.h>
#endif

enum { LEVELS = 100, LINE = 1 << 16, CPU_SECONDS = 60 };

/* A kind of doubling, and another base of it, to which none of its types is equal. # is the number of the
 * level, @ that of the one below. */
static const struct doubling {
    const char *name, *base, *other, *level, *type;
} doublings[] = {
    {"unions of integers", "union u0 { int a; float f; };", "union u0 { int a; int f; };",
     "union u# { union u@ a, b; };", "union u#"},
    {"unions of floats", "union u0 { float a, b; };", "union u0 { float a; int b; };",
     "union u# { union u@ a, b; };", "union u#"},
    {"unions of x87", "union u0 { long double a; };", "union u0 { __int128 a; };",
     "union u# { union u@ a, b; };", "union u#"},
    {"unions of vectors", "union u0 { float a __attribute__((vector_size(16))); };",
     "union u0 { int a __attribute__((vector_size(16))); };", "union u# { union u@ a, b; };", "union u#"},
    {"unions of 64 bytes", "union u0 { char a[64]; };", "union u0 { char b[64]; };",
     "union u# { union u@ a, b; };", "union u#"},
    {"structs of floats", "struct u0 { float a; };", "struct u0 { int a; };", "struct u# { struct u@ a, b; };",
     "struct u#"},
    {"structs of nothing", "struct u0 { };", "struct u0 { int a[0]; };", "struct u# { struct u@ a, b; };",
     "struct u#"},
    {"structs of a bit-field of width 0", "struct u0 { int : 0; };", "struct u0 { int : 1; };",
     "struct u# { struct u@ a, b; };", "struct u#"},
    {"unions of bit-fields without name", "union u0 { int : 3; };", "union u0 { int a : 3; };",
     "union u# { union u@ a, b; };", "union u#"},
    {"unions of arrays", "union u0 { float a[1]; };", "union u0 { float a[1][1]; };",
     "union u# { union u@ a[1][1], b[1]; };", "union u#"},
    {"structs of arrays of nothing", "struct u0 { char a[0]; };", "struct u0 { char b[0]; };",
     "struct u# { struct u@ a[2][2], b[3]; };", "struct u#"},
    {"packed unions in structs", "union u0 { char a; };", "union u0 { char b; };",
     "struct s# { char c; union u@ a; } __attribute__((packed)); union u# { struct s# a; union u@ b; };",
     "union u#"},
    {"twins", "union u0 { float a; }; union v0 { float a; };", "union u0 { float a; }; union v0 { int a; };",
     "union u# { union u@ a; union v@ b; }; union v# { union u@ a; union v@ b; };", "union u#"},
    {"functions", "typedef void (*u0)(int);", "typedef void (*u0)(unsigned);", "typedef void (*u#)(u@, u@);",
     "u#"},
    {"functions that return functions", "typedef int (*u0)(int);", "typedef unsigned (*u0)(int);",
     "typedef u@ (*u#)(u@);", "u#"},
    {"functions of structs", "typedef struct { int a; } u0;", "typedef struct { unsigned a; } u0;",
     "typedef struct { void (*f)(u@ *, u@ *); u@ (*g)(u@, u@); } u#;", "u#"},
    {"structs of functions", "typedef void (*u0)(int);", "typedef void (*u0)(unsigned);",
     "typedef struct { u@ a, b; } u#;", "u#"},
    {"pointers", "typedef struct { int a; } u0;", "typedef struct { unsigned a; } u0;",
     "typedef struct { u@ *a, *b; } u#;", "u#"},
    {"pointers to twins", "typedef struct { int a; } u0; typedef struct { int a; } v0;",
     "typedef struct { int a; } u0; typedef struct { int b; } v0;",
     "typedef struct { u@ *a; v@ *b; } u#; typedef struct { u@ *a; v@ *b; } v#;", "u#"},
    {"structs without any name", "typedef struct { int a; } u0[1];", "typedef struct { int b; } u0[1];",
     "typedef struct { u@ *a, *b; } u#[1];", "__typeof__(**(u# *)0)"},
    {"unions without any name", "typedef union { int a; } u0[1];", "typedef union { int b; } u0[1];",
     "typedef union { u@ a, b; } u#[1];", "u#"},
};

enum { DOUBLINGS = sizeof doublings / sizeof *doublings };

static void expand(char *line, const char *format, int level) {
    char *end = line;
    for (; *format; format++) {
        if (*format == '#' || *format == '@') end += sprintf(end, "%d", level - (*format == '@'));
        else *end++ = *format;
    }
    *end = 0;
}

/* Declares level after level until one is refused; the last one's number. */
static int declared(ffi_context *context, const struct doubling *doubling, const char *base) {
    char line[LINE];
    if (ffi_declare(context, base)) return 0;
    for (int level = 1; level <= LEVELS; level++) {
        expand(line, doubling->level, level);
        if (ffi_declare(context, line)) return level - 1;
    }
    return LEVELS;
}

static const ffi_ctype *parsed(ffi_context *context, const struct doubling *doubling, int level) {
    char text[LINE];
    expand(text, doubling->type, level);
    return ffi_type_parse(context, text);
}

static void handler(void *result, const ffi_value *args, void *userdata) {
    (void)result, (void)args, (void)userdata;
}

static void use_signature(ffi_context *context, const ffi_ctype *signature) {
    if (!signature) return;
    ffi_type_format(signature, NULL, 0);
    ffi_plan_format(context, signature, NULL, 0);
    ffi_function_free(ffi_function_typed(context, (void *)(uintptr_t)handler, signature));
    ffi_callback_free(ffi_callback_typed(context, signature, handler, NULL));
}

/* Everything that takes a type. `other` is one of another context. */
static void use(ffi_context *context, const ffi_ctype *type, const ffi_ctype *other) {
    const ffi_ctype *of_void = ffi_type_parse(context, "void"), *list[4] = {type, type, type, type};
    ffi_field        field;
    use_signature(context, ffi_type_signature(context, of_void, list, 4, FFI_NOT_VARIADIC));
    use_signature(context, ffi_type_signature(context, type, list, 4, 1));
    ffi_type_format(type, NULL, 0);
    ffi_type_field_named(type, "nope", &field);
    ffi_type_path(type, "nope", &field);
    ffi_type_path(type, "a.a.b.b.nope", &field);
    ffi_type_equal_unqualified(type, other);
    ffi_type_assignable(type, other);
    ffi_type_assignable(ffi_type_pointer_to(context, type), ffi_type_pointer_to(context, type));
    ffi_type_array_of(context, type, 3);
}

static void double_under(const char *abi, const struct doubling *doubling) {
    const ffi_options options = {.abi = abi};
    ffi_context      *context = ffi_context_new(&options), *twin = ffi_context_new(&options),
                *stranger = ffi_context_new(&options);
    int  level = declared(context, doubling, doubling->base), low = level;
    bool twins            = declared(twin, doubling, doubling->base) == level;
    int  other            = declared(stranger, doubling, doubling->other);
    low                   = other < low ? other : low;
    const ffi_ctype *type = parsed(context, doubling, level), *same = parsed(twin, doubling, level);
    const ffi_ctype *first = parsed(context, doubling, low), *second = parsed(stranger, doubling, low);
    if (!type || !second) note("error", ffi_last_message());
    ok(low >= 12 && twins && type && first && second, "%s, %s: %d levels are declared", abi, doubling->name,
       level);
    ok(ffi_type_equal(type, same), "%s, %s: the types of two contexts are equal", abi, doubling->name);
    ok(!ffi_type_equal(first, second), "%s, %s: those over another base are not", abi, doubling->name);
    use(context, type, same);
    ffi_context_free(stranger), ffi_context_free(twin), ffi_context_free(context);
}

/* Unions whose members have no name, nor have those of their members. */
static void nameless_under(const char *abi) {
    ffi_context *context  = ffi_context_new(&(ffi_options){.abi = abi}),
                *twin     = ffi_context_new(&(ffi_options){.abi = abi});
    const ffi_ctype *type = ffi_type_parse(context, "union { int : 3; }"),
                    *same = ffi_type_parse(twin, "union { int : 3; }");
    for (int level = 0; level < LEVELS; level++) {
        type = ffi_type_record(context, FFI_KIND_UNION, NULL, (ffi_field[]){{.type = type}, {.type = type}}, 2,
                               0, 0);
        same =
            ffi_type_record(twin, FFI_KIND_UNION, NULL, (ffi_field[]){{.type = same}, {.type = same}}, 2, 0, 0);
    }
    ok(type && ffi_type_equal(type, same), "%s: %d levels of members without a name are equal", abi, LEVELS);
    use(context, type, same);
    ffi_context_free(twin), ffi_context_free(context);
}

/* What is computed once of each level is that of the base. */
static void classes(void) {
    ffi_context *context = ffi_context_new(&(ffi_options){.abi = "aapcs64"});
    char         plan[4096];
    int          level = declared(context, &doublings[1], doublings[1].base);
    ffi_plan_format(context, ffi_type_parse(context, "void(union u100)"), plan, sizeof plan);
    ok(level == LEVELS && strstr(plan, "-> v0\n"),
       "a union of a float, %d levels deep, is in a vector register", level);
    ffi_context_free(context);
    context = ffi_context_new(&(ffi_options){.abi = "sysv"});
    declared(context, &doublings[1], doublings[1].base);
    ffi_plan_format(context, ffi_type_parse(context, "void(union u9)"), plan, sizeof plan);
    ok(strstr(plan, "-> xmm0\n") != NULL, "a union of 9 levels passes in xmm0 under System V");
    fails(ffi_function_new(context, (void *)(uintptr_t)handler, "void(union u100)"), FFI_ERROR_UNSUPPORTED,
          "does not pass a value of more than 4096 members");
    ffi_context_free(context);
}

/* A chain of types, and one of which each level has many equal ones, of which each names all those below: more
 * pairs of types than a table of fixed size holds. */
static void many_pairs(void) {
    enum { TWINS = 70, DEPTH = 10, TEXT = 1 << 20 };
    ffi_context *contexts[2] = {ffi_context_new(NULL), ffi_context_new(NULL)};
    char        *text        = malloc(TEXT);
    for (int many = 0; many < 2; many++) {
        char *end = text;
        for (int level = 0; level < DEPTH; level++)
            for (int twin = 0; twin < (many ? TWINS : 1); twin++) {
                end += sprintf(end, "typedef struct { int i; ");
                for (int i = 0; level && i < TWINS; i++)
                    end += sprintf(end, "u%d_%d *p%d; ", level - 1, many ? i : 0, i);
                end += sprintf(end, "} u%d_%d;\n", level, twin);
            }
        ok(!ffi_declare(contexts[many], text), "%d levels of %d types are declared", DEPTH, many ? TWINS : 1);
    }
    sprintf(text, "u%d_0", DEPTH - 1);
    ok(ffi_type_equal(ffi_type_parse(contexts[0], text), ffi_type_parse(contexts[1], text)), "they are equal");
    free(text), ffi_context_free(contexts[0]), ffi_context_free(contexts[1]);
}

/* Texts end after a megabyte and one more type, however often they would name another one. */
static void texts(void) {
    enum { TIMES = 900, TEXT = 1 << 16, DEPTH = 24, END = 1 << 23 };
    ffi_context *context = ffi_context_new(NULL);
    char        *text = malloc(TEXT), *end = text;
    ffi_declare(context, "typedef union { int a; } u0[1]; typedef void (*f0)(int);");
    for (int level = 1; level <= DEPTH; level++) {
        expand(text, "typedef union { u@ a, b; } u#[1];", level);
        ffi_declare(context, text);
        expand(text, "typedef void (*f#)(f@, f@);", level);
        ffi_declare(context, text); /* until it is refused for its weight */
    }
    end += sprintf(text, "void (u%d *", DEPTH);
    for (int i = 1; i < TIMES; i++) end += sprintf(end, ", u%d *", DEPTH);
    strcpy(end, ")");
    size_t length = ffi_plan_format(context, ffi_type_parse(context, text), NULL, 0);
    ok(length > 1 << 20 && length < END, "a plan of %d long types has an end: %zu bytes", TIMES, length);
    end = text + sprintf(text, "struct { ");
    for (int i = 0; i < TIMES; i++) end += sprintf(end, "f12 *m%d; ", i);
    strcpy(end, "}");
    length = ffi_type_format(ffi_type_parse(context, text), NULL, 0);
    ok(length > 1 << 20 && length < END, "a struct of %d long types has one: %zu bytes", TIMES, length);
    free(text), ffi_context_free(context);
}

int main(void) {
#ifndef _WIN32
    rlim_t seconds = is_slow() ? 10 * CPU_SECONDS : CPU_SECONDS;
    setrlimit(RLIMIT_CPU, &(struct rlimit){seconds, seconds});
#endif
    const char *abi;
    many_pairs();
    texts();
    classes();
    for (size_t i = 0; (abi = ffi_abi_name(i)); i++) {
        if (is_slow() && i >= 2) {
            skip_one("%s: FFI_FEWER asks for fewer checks; all ABIs take an emulator ten minutes", abi);
            continue;
        }
        for (int k = 0; k < DOUBLINGS; k++) double_under(abi, &doublings[k]);
        nameless_under(abi);
    }
    return done();
}
