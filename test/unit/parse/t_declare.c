/* SPDX-License-Identifier: MIT */
/*
 * ffi_declare(): what C and GNU C allow in a header. Wherever C can say what is right, the compiler of this
 * test says it: the same text is given to both. Bad texts are in t_declare_bad.c, real headers in t_headers.sh.
 */
#include "helper.h"

#include "declared.h"

#pragma GCC diagnostic ignored "-Wmultichar"

static ffi_context *context;

static int declares(const char *text) {
    if (!ffi_declare(context, text)) return 1;
    printf("# %s\n", ffi_last_message());
    return 0;
}

static int64_t constant(const char *name) {
    int64_t value = -77777;
    if (!ffi_declared_constant(context, name, &value)) printf("# %s is no constant\n", name);
    return value;
}

static const ffi_ctype *type_of(const char *name) {
    return ffi_declared_type(context, name);
}

static const ffi_ctype *parse(const char *text) {
    const ffi_ctype *type = ffi_type_parse(context, text);
    if (!type) printf("# %s\n", ffi_last_message());
    return type;
}

/* ---- constant expressions ---- */

static void expressions(void) {
    const struct {
        const char *text;
        int64_t     value;
        size_t      size;
    } rows[] = {EXPRESSIONS};
    ok(declares(expression_names), "the names that the expressions use are declared");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[400];
        snprintf(text, sizeof text,
                 "static const long long value_%zu = (%s); extern char size_%zu[sizeof(%s)];", i, rows[i].text,
                 i, rows[i].text);
        if (!ok(declares(text), "%s", rows[i].text)) continue;
        char name[32];
        snprintf(name, sizeof name, "value_%zu", i);
        if (!ok(constant(name) == rows[i].value, "  is %lld", (long long)rows[i].value))
            printf("# %lld\n", (long long)constant(name));
        snprintf(name, sizeof name, "size_%zu", i);
        ok(ffi_type_size(type_of(name)) == rows[i].size, "  of %zu bytes", rows[i].size);
    }
}

/* ---- types: the same text for us and for the compiler ---- */

static void same(const char *name, size_t size, size_t alignment) {
    const ffi_ctype *type = parse(name);
    if (!ok(ffi_type_size(type) == size && ffi_type_alignment(type) == alignment, "%s", name))
        printf("# %zu, %zu; C has %zu, %zu\n", ffi_type_size(type), ffi_type_alignment(type), size, alignment);
}

static void same_field(const char *record, const char *name, size_t offset) {
    ffi_field field = {.offset = SIZE_MAX};
    ffi_type_field_named(parse(record), name, &field);
    ok(field.offset == offset, "%s has %s at %zu", record, name, offset);
}

#define SAME(name)                     same(#name, sizeof(name), _Alignof(name))
#define SAME_FIELD(record, path, name) same_field(#record, #name, offsetof(record, path))
#define SAME_OBJECT(name)                                                                                      \
    ok(ffi_type_size(type_of(#name)) == sizeof(name), #name " has %zu bytes", sizeof(name))

#define SAME_CONSTANT(name) ok(constant(#name) == (int64_t)name, #name " is %lld", (long long)name)
#define SAME_ENUM(name)     ok(ffi_type_size(parse(#name)) == sizeof(name), #name " has %zu bytes", sizeof(name))

static void types(void) {
    ok(declares(both_text), "a text of all kinds of declarations is declared");
    SAME(both_int), SAME(both_array), SAME(struct both_bits), SAME(struct both_nested), SAME(struct both_inner);
    SAME(struct both_list), SAME(struct both_later), SAME(struct both_packed), SAME(struct both_packed_behind);
    SAME(struct both_member), SAME(struct both_prefix), SAME(struct both_zero), SAME(struct both_pointer);
    SAME(both_aligned), SAME(struct both_uses), SAME(both_qi), SAME(both_word), SAME(both_v4);
    SAME(both_div), SAME(both_hidden), SAME(struct both_hidden), SAME(both_enum);
    SAME_ENUM(enum both_small), SAME_ENUM(enum both_wide), SAME_ENUM(enum both_negative),
        SAME_ENUM(enum both_long);
    SAME_ENUM(enum both_unsigned), SAME_ENUM(enum both_edge), SAME_ENUM(both_v8);
    SAME_FIELD(struct both_nested, d, d), SAME_FIELD(struct both_nested, in, in);
    SAME_FIELD(struct both_member, e, e), SAME_FIELD(struct both_member, f, f),
        SAME_FIELD(struct both_prefix, d, d);
    SAME_FIELD(struct both_prefix, e, e), SAME_FIELD(struct both_zero, none, none);
    SAME_CONSTANT(BOTH_B), SAME_CONSTANT(BOTH_E), SAME_CONSTANT(BOTH_G), SAME_CONSTANT(BOTH_H),
        SAME_CONSTANT(BOTH_J);
    SAME_CONSTANT(BOTH_K), SAME_CONSTANT(BOTH_L), SAME_CONSTANT(both_constant), SAME_CONSTANT(both_other);
    SAME_OBJECT(both_v2), SAME_OBJECT(both_copy), SAME_OBJECT(both_typeof), SAME_OBJECT(both_atomic);
    SAME_OBJECT(both_complex), SAME_OBJECT(both_gnu_complex), SAME_OBJECT(both_i128), SAME_OBJECT(both_i128_t);
    SAME_OBJECT(both_words), SAME_OBJECT(both_unnamed), SAME_OBJECT(both_text_size), SAME_OBJECT(both_va);
    SAME_OBJECT(both_thread), SAME_OBJECT(both_bool), SAME_OBJECT(both_second), SAME_OBJECT(both_atomic_too);

    ok(ffi_type_kind(ffi_type_target(parse("enum both_negative"))) == FFI_KIND_I32 &&
           ffi_type_kind(ffi_type_target(parse("enum both_unsigned"))) == FFI_KIND_U32,
       "an enum is signed if a constant is negative");
    ok(ffi_type_equal(type_of("both_pair"), parse("void(int, both_int *[3])")) &&
           ffi_type_equal(type_of("both_triple"), parse("void(int)")),
       "several functions of one declaration");
    ok(ffi_type_equal(type_of("both_decay"),
                      parse("void(int[3], char (*)[2], int (*)(void), both_int *const[3], int, int (*)[], "
                            "int (*)[])")),
       "parameters that decay, and lengths that other parameters give");
    ok(ffi_type_equal(type_of("both_deep"), parse("int (*(*(int (*)(int), ...))[3])(void)")),
       "a function that C's grammar likes");
    ok(ffi_type_equal(type_of("both_never"), parse("void(void)")) &&
           ffi_type_equal(type_of("both_brackets"), parse("void(void)")),
       "plain ones");
}

/* ---- what only GNU C has, or only the preprocessor ---- */

static void extensions(void) {
    ok(declares(
           "# 1 \"a.h\" 1\n#pragma pack(push, 1)\nstruct p1 { char c; int i; };\n#pragma pack(push)\n"
           "#pragma pack(2)\nstruct p2 { char c; int i; };\n#pragma pack(pop)\nstruct p3 { char c; int i; };\n"
           "#pragma pack(pop)\n#pragma pack(push, label, 4)\nstruct p4 { char c; long long l; };\n"
           "#pragma pack(pop, label)\nstruct p5 { char c; long long l; };\n#pragma GCC visibility "
           "push(default)\n"),
       "#pragma pack");
    ok(ffi_type_size(parse("struct p1")) == 5 && ffi_type_size(parse("struct p2")) == 6 &&
           ffi_type_size(parse("struct p3")) == 5 && ffi_type_size(parse("struct p4")) == 12 &&
           ffi_type_size(parse("struct p5")) == 16,
       "  as gcc has it: 5, 6, 5, 12, 16 bytes");

    ok(declares(
           "#define ONE 1 // one\n#define FLAGS (ONE << 3 | /* and */ LATER)\n#define LATER 0x40ul\n#define "
           "F(x) x\n"
           "#define TEXT \"text\"\n#define EMPTY\n#define SELF SELF\n#define LOOP POOL\n#define POOL LOOP\n"
           "#define LONG \\\n  (2 + \\\n  3)\n#define ONE 2\n#define GONE 1\n#undef GONE\n#define SIZE "
           "sizeof(struct m)\n"
           "struct m { char bytes[ONE + FLAGS]; };\n#define printf printf\nint printf(const char *, ...);\n"
           "enum { WITHIN,\n#define WITHIN WITHIN\nBEHIND\n#define BEHIND BEHIND\n};"),
       "#define");
    int64_t   value;
    ffi_value any;
    ok(constant("ONE") == 2 && constant("FLAGS") == (2 << 3 | 0x40) && constant("LONG") == 5 &&
           constant("SIZE") == 2 + 0x50 && constant("WITHIN") == 0 && constant("BEHIND") == 1,
       "  what is an integer is a constant");
    ok(!ffi_declared_constant(context, "TEXT", &value) && !ffi_declared_constant(context, "EMPTY", &value) &&
           !ffi_declared_constant(context, "SELF", &value) && !ffi_declared_constant(context, "LOOP", &value) &&
           !ffi_declared_constant(context, "F", &value) && !ffi_declared_constant(context, "GONE", &value),
       "  and what is not is nothing");

    ok(declares(
           "enum fixed : unsigned char { FIXED = 200 }; enum ahead : short; enum ahead : short { AHEAD = -1 };"
           "[[nodiscard]] int attributed([[maybe_unused]] int x); struct [[gnu::packed]] gp { char c; int i; "
           "};") &&
           ffi_type_size(parse("enum fixed")) == 1 && ffi_type_size(parse("enum ahead")) == 2 &&
           ffi_type_size(parse("struct gp")) == 5,
       "C23: the type of an enum, attributes in brackets");
    ok(declares("typedef union { int *i; float *f; } either __attribute__((__transparent_union__)); int "
                "takes(either);") &&
           ffi_type_equal(type_of("takes"), parse("int(int *)")),
       "a transparent union is passed as its first member");
    ok(declares(
           "typedef union { float f; int i; } loose_f __attribute__((transparent_union)); int takes_f(loose_f);"
           "typedef union { int i; long long l; } loose_l __attribute__((transparent_union)); int "
           "takes_l(loose_l);"
           "typedef union { int a[2]; long long l; } loose_a __attribute__((transparent_union)); int "
           "takes_a(loose_a);"
           "union loose_p { int *const p; long long l; } __attribute__((transparent_union)); int "
           "takes_p(const union loose_p);"
           "typedef union { struct both_s { long long l; } s; double d; } loose_s "
           "__attribute__((transparent_union));"
           "int takes_s(loose_s);") &&
           ffi_type_equal(type_of("takes_f"), parse("int(loose_f)")) &&
           ffi_type_equal(type_of("takes_l"), parse("int(loose_l)")) &&
           ffi_type_equal(type_of("takes_a"), parse("int(loose_a)")) &&
           ffi_type_equal(type_of("takes_p"), parse("int(int *)")) &&
           ffi_type_equal(type_of("takes_s"), parse("int(struct both_s)")) &&
           ffi_type_kind(ffi_type_parameter(type_of("takes_f"), 0)) == FFI_KIND_UNION,
       "but not if that is a float, an array or not all of it");
    ok(declares("int ms(int) __attribute__((sysv_abi)); int unknown(int) __attribute__((no_such(\")\", 1), "
                "pure));") &&
           ffi_type_equal(type_of("unknown"), parse("int(int)")),
       "attributes: an ABI, and one that nobody knows");
    ok(declares("int *_Nullable nullable(const char *_Nonnull __restrict s); int __stdcall called(int);") &&
           ffi_type_equal(type_of("nullable"), parse("int *(const char *)")),
       "words that say nothing to us");
    ok(declares("typedef int mode_v4si __attribute__((mode(V4SI))); typedef float mode_v2df "
                "__attribute__((mode(__V2DF__)));"
                "typedef unsigned mode_v16qi __attribute__((mode(V16QI))); typedef int mode_cmp "
                "__attribute__((mode(libgcc_cmp_return)));") &&
           parse("mode_v4si") == parse("int __attribute__((vector_size(16)))") &&
           parse("mode_v2df") == parse("double __attribute__((vector_size(16)))") &&
           parse("mode_v16qi") == parse("unsigned char __attribute__((vector_size(16)))") &&
           ffi_type_size(parse("mode_cmp")) == 8,
       "modes of vectors, and those that only libgcc has");
    ok(declares(
           "int old_one(a) int a; { return a; } char *old_three(c, f, p) float f; char c, *p; { return p + c; }"
           "double (old_none)() { return 1; } old_int_t(); unsigned old_all(a, b, c, d) int (*c)(), "
           "b[3];\n#line "
           "7\nregister short d; { { } } int old_after;") == false,
       "a declaration without a type is none");
    ok(declares(
           "int old_one(a) int a; { return a; } char *old_three(c, f, p) float f; char c, *p; { return p + c; }"
           "double (old_none)() { return 1; } unsigned old_all(a, b, c, d) int (*c)(), b[3];\n#line "
           "7\nregister short d; { { } } int old_after;") &&
           ffi_type_equal(type_of("old_one"), parse("int(int)")) &&
           ffi_type_equal(type_of("old_three"), parse("char *(int, double, char *)")) &&
           ffi_type_equal(type_of("old_all"), parse("unsigned(int, int[3], int (*)(void), int)")) &&
           type_of("old_after"),
       "definitions as before C89: parameters are of their promoted types");
    ok(declares("static const int generic = _Generic(1, int: 2, default: 3), truncated = (int)1.5, behind = 4;"
                "static const double floating = 1.5e3; static const float *const pointer = 0;") &&
           constant("behind") == 4 && constant("generic") == 2 && constant("truncated") == 1 &&
           !ffi_declared_constant(context, "floating", &value) &&
           ffi_type_kind(ffi_declared_value(context, "floating", &any)) == FFI_KIND_F64 && any.f64 == 1.5e3 &&
           !ffi_declared_value(context, "pointer", NULL),
       "constant variables: integers and real numbers are known");
    ok(declares("static void over(...) __attribute__((overloadable)); static float "
                "__attribute__((__overloadable__)) "
                "over(float x) { return x; } static double __attribute__((overloadable)) over(double);") &&
           !ffi_declared_type(context, "over"),
       "of clang's overloaded functions there is none to be found by the name");
    ok(declares("typedef char nothing[0]; struct padded { nothing before; int i; nothing behind[3]; };") &&
           ffi_type_size(parse("struct padded")) == 4 && ffi_type_size(parse("nothing")) == 0,
       "a typedef of an array of no elements");
    ok(declares("struct __va_list_tag { double d; }; int own_list(struct __va_list_tag, va_list);") &&
           ffi_type_size(parse("struct __va_list_tag")) == 8 &&
           ffi_type_size(parse("va_list")) == sizeof(va_list),
       "va_list's own name is free");
    ok(declares("enum { ELVIS = 7 ?: 8, PRESLEY = 0 ?: 9 };") && constant("ELVIS") == 7 &&
           constant("PRESLEY") == 9,
       "a conditional without its middle is evaluated");
    ok(declares("asm(\"nop\"); __asm__ volatile (\"\" : : ); ; int after_asm;") && type_of("after_asm"),
       "assembly");
    ok(declares("_Static_assert(sizeof(void (*)(void)) == 8); _Static_assert(__builtin_unknown(1), \"x\");"),
       "assertions: one that holds, one that nobody can compute");
}

/* ---- declaring again ---- */

static void again(void) {
    ok(declares(both_text) && declares(both_text), "the same text is declared again");
    ok(declares(
           "int repeated(int); int repeated(int x); extern int repeated(const int); extern int old_style();"
           "int old_style(char *); int old_style(); typedef int number; typedef number number; typedef int "
           "number;"
           "extern int growing[]; extern int growing[4]; extern int growing[];"),
       "what may stand twice in one text");
    ok(ffi_type_equal(type_of("old_style"), parse("int(char *)")) && ffi_type_length(type_of("growing")) == 4,
       "the more exact declaration counts");
    ok(declares("struct twice { int a; struct { char c; }; }; enum { TWICE = 5 };") &&
           declares("struct twice { int a; struct { char c; }; }; enum { TWICE = 5 };"),
       "a definition is declared again in another text");
    ok(declares("struct opaque; int abs(struct opaque);"), "a struct that only a call needs");
    fails(ffi_library_function(ffi_library_open(context, NULL, 0), "abs", NULL), FFI_ERROR_TYPE,
          "struct opaque is passed by value");
    ok(declares("typedef int (number_taker)(number); typedef int (number_taker)(number);"),
       "a typedef in brackets");
    ok(declares("typedef unsigned uint; typedef struct { int x; } string; string *named(uint ptr);") &&
           ffi_type_size(parse("string")) == 4,
       "names of ours are free for others");
}

/* ---- what was declared ---- */

static size_t told;

static bool count_eight(ffi_declared what, const char *name, const ffi_ctype *type, void *names) {
    (void)type;
    snprintf((char *)names + strlen(names), 100, "%d:%s ", (int)what, name);
    return ++told < 8;
}

static bool count_all(ffi_declared what, const char *name, const ffi_ctype *type, void *names) {
    told = 0;
    return count_eight(what, name, type, names);
}

static void questions(void) {
    ffi_context *own         = ffi_context_new(NULL);
    char         names[1000] = "";
    ok(!ffi_declare(
           own, "typedef int t; struct s { int x; }; struct unknown; int f(t), v; enum e { A };\n#define M 1\n"
                "static const int k = 2; int later;"),
       "a text with one name of each kind is declared");
    ok(!ffi_declared_each(own, count_eight, names), "ffi_declared_each visits the names");
    is_text(names, "0:t 1:s 2:f 3:v 1:e 4:A 3:k 3:later ", "are told in order, until the visitor has enough");
    *names = 0, told = 0;
    ok(!ffi_declared_each(own, count_all, names) && strstr(names, "3:later 4:M "), "macros after all names");
    ok(!ffi_declared_type(own, "t") && !ffi_declared_type(own, "A") && !ffi_declared_type(own, "nothing") &&
           ffi_declared_type(own, "k"),
       "only functions and variables have a type here");
    ok(ffi_declared_type(own, "struct s") == ffi_type_parse(own, "struct s") &&
           ffi_declared_type(own, "enum e") == ffi_type_parse(own, "enum e") &&
           !ffi_declared_type(own, "union s") && !ffi_declared_type(own, "s") &&
           ffi_declared_type(own, "struct unknown") && !ffi_declared_type(own, "struct ") &&
           !ffi_declared_type(own, "struct nowhere") && !ffi_declared_type(own, "struct nowhere"),
       "and tags behind their word, which the question does not declare");
    returns_error(ffi_declared_each(NULL, count_eight, names), FFI_ERROR_ARGUMENT, "context is NULL");
    returns_error(ffi_declared_each(own, NULL, names), FFI_ERROR_ARGUMENT, "visit is NULL");
    returns_error(ffi_declare(NULL, ""), FFI_ERROR_ARGUMENT, "context is NULL");
    returns_error(ffi_declare(own, NULL), FFI_ERROR_ARGUMENT, "c_source is NULL");
    ok(!ffi_declare(own, "") && !ffi_declare(own, " \n/* nothing */ // at all"), "an empty text is declared");
    ok(!ffi_declare(own, "\xef\xbb\xbfint marked(int);") && ffi_declared_type(own, "marked"),
       "a text that begins with the mark of UTF-8");
    ffi_context_free(own);
}

/* ---- binding ---- */

static bool is_symbol(const char *name, const char *symbol) {
    const char *found = ffi_declared_symbol(context, name);
    return symbol ? found && !strcmp(found, symbol) : !found;
}

/* Labels, and functions that no library has. */
static void symbols(ffi_library *m) {
    double        result = 0;
    ffi_function *f      = ffi_library_function(m, NULL, "double renamed(double x)");
    if (f) ffi_invoke(f, &result, &(ffi_value){.f64 = 9});
    ok(f && result == 3, "a label counts also if a prototype is given beside it");
    f = ffi_library_function(m, "renamed", "double(double)");
    ok(f != NULL, "and if the name and the prototype are");
    ok(declares("extern int labelled __asm__(\"signgam\"); static const int own_constant = 1;"
                "static inline double inlined(double x) { return x; } typedef int no_symbol;"),
       "a variable with a label, and a static function");
    ok(is_symbol("labelled", "signgam") && is_symbol("renamed", "sqrt") && is_symbol("cos", "cos"),
       "ffi_declared_symbol() returns the label, or the name");
    ok(declares("int calls_none(int) __attribute__((__nothrow__, __leaf__)); __attribute__((leaf)) int "
                "none_too(int), "
                "and_none(int); int calls_back(int (*)(int)); int later(int); [[gnu::leaf]] int later(int);") &&
           ffi_declared_leaf(context, "calls_none") && ffi_declared_leaf(context, "none_too") &&
           ffi_declared_leaf(context, "and_none") && ffi_declared_leaf(context, "later") &&
           !ffi_declared_leaf(context, "calls_back") && !ffi_declared_leaf(context, "unheard_of") &&
           !ffi_declared_leaf(context, NULL) && !ffi_declared_leaf(NULL, "later"),
       "ffi_declared_leaf() knows the functions that are declared as leaves, by any declaration");
    ok(is_symbol("inlined", NULL) && is_symbol("own_constant", NULL) && is_symbol("no_symbol", NULL) &&
           is_symbol("unheard_of", NULL) && !ffi_declared_symbol(NULL, "cos") &&
           !ffi_declared_symbol(context, NULL),
       "and NULL for what has no symbol");
    fails(ffi_library_function(m, "inlined", NULL), FFI_ERROR_SYMBOL,
          "'inlined' is declared static, so no library has it: write a function that calls it");
    ffi_binding batch[] = {{"inlined", NULL, &f, 0, 0}};
    returns_error(ffi_library_bind(m, batch, 1), FFI_ERROR_SYMBOL, "'inlined' is declared static");
}

static void binding(void) {
    ffi_library  *m = ffi_library_open(context, "m", 0), *z = ffi_library_open(context, "z", 0);
    double        result = 0;
    ffi_function *f;
    ok(declares("double cos(double); double renamed(double) __asm__(\"sqrt\"); int cosine;"),
       "functions of libm");
    f = ffi_library_function(m, "cos", NULL);
    if (f) ffi_invoke(f, &result, &(ffi_value){.f64 = 0});
    ok(f && result == 1, "a function is bound by its declared prototype");
    f = ffi_library_function(m, "renamed", NULL);
    if (f) ffi_invoke(f, &result, &(ffi_value){.f64 = 16});
    ok(f && result == 4, "bound by the symbol that __asm__ names");
    f = ffi_library_function(m, NULL, "double other(double) __asm__(\"log10\")");
    if (f) ffi_invoke(f, &result, &(ffi_value){.f64 = 1000});
    else note("message", ffi_last_message());
    ok(f && result == 3, "a declared name in a signature binds its function");
    fails(ffi_library_function(m, "sin", NULL), FFI_ERROR_ARGUMENT, "no function 'sin' is declared");
    fails(ffi_library_function(m, "cosine", NULL), FFI_ERROR_ARGUMENT, "no function 'cosine' is declared");
    fails(ffi_library_function(m, NULL, NULL), FFI_ERROR_ARGUMENT, "signature is NULL");
    ffi_binding batch[] = {{"cos", NULL, &f, 0, 0}, {"renamed", NULL, &f, 0, 0}};
    ok(!ffi_library_bind(m, batch, 2), "a batch binds functions by their declared prototypes");
    symbols(m);
    if (!z) {
        skip_one("zlib is not installed");
        return;
    }
    unsigned long crc = 0;
    ok(declares("typedef unsigned char Bytef; typedef unsigned int uInt; typedef unsigned long uLong;"
                "extern uLong crc32(uLong crc, const Bytef *buf, uInt len);"),
       "a function of zlib");
    if ((f = ffi_library_function(z, "crc32", NULL)))
        ffi_invoke(f, &crc, (ffi_value[]){{.u64 = 0}, {.str = "123456789"}, {.u32 = 9}});
    ok(crc == 0xcbf43926, "crc32 returns its check value");
}

/* ---- what hosts need besides C ---- */

static bool is_written(const ffi_ctype *type, const char *text) {
    char written[100];
    ffi_type_format(type, written, sizeof written);
    return !strcmp(written, text);
}

static void for_hosts(void) {
    const ffi_ctype *open = ffi_type_parse(context, "int[?]"), *reference = ffi_type_parse(context, "int &");
    ok(open && ffi_type_is_variadic(open) && !ffi_type_is_complete(open) && is_written(open, "int[?]"),
       "an array of [?] elements is incomplete and variadic");
    ok(open != ffi_type_parse(context, "int[]") && !ffi_type_equal(open, ffi_type_parse(context, "int[]")),
       "it is not the type int[]");
    ok(declares("struct behind { int n; char text[?]; };"), "a struct may end in one");
    ok(ffi_type_parse(context, "struct behind[2]") != NULL, "which then has the size of the other members");
    ok(!ffi_type_parse(context, "int[?"), "an open bracket behind ? fails");
    ok(reference && ffi_type_kind(reference) == FFI_KIND_POINTER &&
           ffi_type_qualifiers(reference) == FFI_QUALIFIER_REFERENCE && is_written(reference, "int &"),
       "a reference is a qualified pointer");
    ok(ffi_type_parse(context, "void(int &)") == ffi_type_parse(context, "void(int *)"),
       "a parameter that is a reference is a pointer");
    const ffi_ctype *complex = ffi_type_parse(context, "double _Complex");
    ok(declares("typedef _Complex lone; lone *lone_result(_Complex);") && complex &&
           ffi_type_equal(ffi_type_parse(context, "lone"), complex),
       "_Complex alone is double, as in GNU C");
    const char      *name;
    int64_t          value  = 0;
    const ffi_ctype *scoped = NULL;
    ok(declares("struct scoped { int x; static const int K = 1 << 3; enum { IN = 5, ON }; int y; };") &&
           (scoped = ffi_type_parse(context, "const struct scoped")) && ffi_type_size(scoped) == 8 &&
           ffi_type_field_count(scoped) == 2,
       "a static const member takes no room");
    ok(ffi_type_constant_count(scoped) == 3 && ffi_type_constant(scoped, 0, &name, &value) &&
           !strcmp(name, "K") && value == 8 && ffi_type_constant(scoped, 2, &name, &value) &&
           !strcmp(name, "ON") && value == 6 && !ffi_type_constant(scoped, 3, &name, &value),
       "the constants within a struct are its own");
    ok(ffi_declared_constant(context, "IN", &value) && !ffi_declared_constant(context, "K", &value),
       "those of an enum are also declared, a static const is not");
    ok(!declares("struct no { static const int k; };") &&
           !declares("struct no { static const float k = 1; };") &&
           !declares("struct no { static int k = x; };"),
       "a static member without a constant integer value fails");
    const ffi_ctype *inner = ffi_type_parse(context, "struct { static const int A = 1; int x; }");
    ok(inner && inner != ffi_type_parse(context, "struct { static const int A = 2; int x; }") &&
           ffi_type_constant_count(ffi_type_parse(context, "struct { int x; }")) == 0,
       "structs without a tag differ by their constants");
    const ffi_ctype *record = ffi_type_struct(context, NULL, &(ffi_field){.name = "x", .type = complex}, 1);
    ok(!ffi_declare_typedef(context, "hosts_record", record) &&
           ffi_type_parse(context, "hosts_record") == record,
       "a typedef of a type that was made without text");
    ok(!ffi_declare_typedef(context, "hosts_record", record), "the same typedef is declared again");
    ok(ffi_declare_typedef(context, "hosts_record", complex) == FFI_ERROR_TYPE,
       "another type of that name fails with FFI_ERROR_TYPE");
    ok(ffi_declare_typedef(context, "two words", record) == FFI_ERROR_SYNTAX &&
           ffi_declare_typedef(context, "1", record) == FFI_ERROR_SYNTAX &&
           ffi_declare_typedef(context, "int", record) == FFI_ERROR_SYNTAX,
       "a name that is none fails with FFI_ERROR_SYNTAX");
    ok(ffi_declare_typedef(context, "hosts_null", NULL) == FFI_ERROR_ARGUMENT &&
           ffi_declare_typedef(NULL, "a", record) == FFI_ERROR_ARGUMENT &&
           ffi_declare_typedef(context, NULL, record) == FFI_ERROR_ARGUMENT,
       "NULL fails with FFI_ERROR_ARGUMENT");
}

/* ---- what a tag was before a text that fails ---- */

static void taken_back(void) {
    ffi_context     *own    = ffi_context_new(NULL);
    const ffi_ctype *tagged = ffi_type_target(ffi_type_parse(own, "struct s *"));
    ok(ffi_declare(own, "struct s { int a; }; @") && !ffi_type_is_complete(tagged) &&
           ffi_type_pointer_to(own, tagged) == ffi_type_parse(own, "struct s *"),
       "a struct is known by its tag again, and is this context's");
    const ffi_ctype *number = ffi_type_target(ffi_type_parse(own, "enum e *"));
    ok(ffi_declare(own, "enum __attribute__((packed)) e { A }; @") && ffi_type_size(number) == 4 &&
           ffi_type_kind(ffi_type_target(number)) == FFI_KIND_I32,
       "an enum is an int again");
    ffi_context_free(own);
}

int main(void) {
    context = ffi_context_new(NULL);
    expressions();
    types();
    extensions();
    again();
    questions();
    binding();
    for_hosts();
    ffi_context_free(context);
    taken_back();
    return done();
}
