/* SPDX-License-Identifier: MIT */
/*
 * Types as text: what ffi_type_format() writes, read in a context that knows nothing, is an equal type. First
 * by hand, then random ones; another seed or number: FFI_SEED=7 FFI_COUNT=100000 t_format.
 */
#include "helper.h"

#include <stdint.h>

static ffi_context *context;

/* ---- the way there and back ---- */

static char written[1 << 20], named[1 << 20];

static const char *abi; /* of the types; NULL: the machine's own */

/* Whether the type is the same when its text is read elsewhere, with a name and without. */
static bool returns(const ffi_ctype *type) {
    ffi_context *fresh = ffi_context_new(&(ffi_options){.abi = abi});
    bool         fits  = ffi_type_format(type, written, sizeof written) < sizeof written &&
                ffi_type_format_named(type, "name", named, sizeof named) < sizeof named;
    const ffi_ctype *back = fits ? ffi_type_parse(fresh, written) : NULL;
    bool             good = back && ffi_type_parse(fresh, named) == back && ffi_type_equal(type, back) &&
                ffi_type_size(type) == ffi_type_size(back) &&
                ffi_type_alignment(type) == ffi_type_alignment(back);
    ffi_context_free(fresh);
    return good;
}

static void both_ways(const char *source) {
    const ffi_ctype *type = ffi_type_parse(context, source);
    if (!ok(type && returns(type), "%s", source))
        printf("#   %s\n#   %s\n", type ? written : "", ffi_last_message());
}

static void by_hand(void) {
    static const char *const sources[] = {
        "enum { A1, B1 }",
        "enum { A2 = -1, B2 = 1 }",
        "enum { A3 = 255 } __attribute__((packed))",
        "enum { A4 = -128 } __attribute__((packed))",
        "enum { A5 = 70000 } __attribute__((packed))",
        "enum : short { A6 = 3 }",
        "enum : unsigned char { A7 = 3 }",
        "enum : int { A8 = 3 }",
        "enum : long { A9 = 3 }",
        "enum { A10 = 0xffffffffffffffff }",
        "enum { A11 = -9223372036854775807 - 1 }",
        "enum : unsigned long { A12 = 1 }",
        "struct { enum { A13 = 1 } __attribute__((packed)) a : 3, b; }",
        "const enum : signed char { A14 } *",
        "va_list",
        "va_list *",
        "const va_list *",
        "va_list[3]",
        "struct { int a; va_list list, *lists[2]; }",
        "int (const char *, va_list)",
        "va_list *(va_list *)",
        "union { int *i; float *f; } __attribute__((transparent_union))",
        "struct { union { long l; double d; } u __attribute__((packed)); } __attribute__((aligned(2)))",
        "int _Atomic *const volatile *restrict",
        "float __attribute__((vector_size(16)))",
        "struct { long double _Complex c; __int128 i; _Float16 h; } [2]",
        "struct { int n; struct { char c; int : 0; unsigned b : 5; } p[]; }",
        "struct { int a[0]; struct { } e; char b[0][3]; int c; }",
        "union { int a[0]; char b[3]; }",
    };
    for (size_t i = 0; i < sizeof sources / sizeof *sources; i++) both_ways(sources[i]);

    static const struct {
        ffi_kind kind;
        int64_t  value;
    } enums[] = {{FFI_KIND_U64, -1},
                 {FFI_KIND_I64, INT64_MIN},
                 {FFI_KIND_BOOL, 1},
                 {FFI_KIND_U16, 3},
                 {FFI_KIND_I8, -3}};
    for (size_t i = 0; i < sizeof enums / sizeof *enums; i++) {
        const ffi_ctype *integer = ffi_type_scalar(context, enums[i].kind);
        ffi_constant     made    = {"MADE", enums[i].value};
        ok(returns(ffi_type_enum(context, NULL, &made, 1, integer)), "an enum made without text, %zu", i);
    }
}

/* ---- definitions ---- */

static void definitions(void) {
    static const struct {
        const char *source, *name, *wanted;
    } rows[] = {
        {"struct d1 { char c; int i; } __attribute__((packed));", "struct d1",
         "struct d1 { char c; int i; } __attribute__((packed))"},
        {"#pragma pack(push, 2)\nunion d2 { int i; unsigned b : 3; };\n#pragma pack(pop)\n", "const union d2",
         "union d2 { int i __attribute__((packed, aligned(2))); unsigned int b : 3 __attribute__((packed)); } "
         "__attribute__((aligned(2)))"},
        {"enum d3 { D3 = -1, E3 };", "enum d3", "enum d3 { D3 = -1, E3 = 0 }"},
        {"typedef struct { int : 3; unsigned b : 4; } d4;", "d4", "struct { int : 3; unsigned int b : 4; }"},
        {"struct d5;", "struct d5", "struct d5"},
        {"struct d6 { struct d6 *next; };", "struct d6", "struct d6 { struct d6 *next; }"},
        {"typedef struct d6 d6_wide __attribute__((aligned(16))); struct d10 { d6_wide a, *b; };", "struct d10",
         "struct d10 { struct d6 a __attribute__((packed, aligned(16))); struct d6 *b; }"},
        {"typedef int *d11_t __attribute__((aligned(2))); struct d11 { char c; d11_t p; };", "struct d11",
         "struct d11 { char c; int *p __attribute__((packed, aligned(2))); }"},
        {"typedef unsigned d7;", "d7", "d7"},
        {"typedef struct d6 *d8;", "d8", "struct d6 *"},
    };
    char small[8];
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ok(!ffi_declare(context, rows[i].source), "%s", rows[i].source);
        const ffi_ctype *type   = ffi_type_parse(context, rows[i].name);
        size_t           length = ffi_type_format_definition(type, written, sizeof written);
        is_text(written, rows[i].wanted, "the definition of %s", rows[i].name);
        ok(ffi_type_format_definition(type, small, sizeof small) == length, "its length");
        ok(strlen(small) < sizeof small && !strncmp(small, written, sizeof small - 1),
           "as much as there is room for");
    }
    ok(ffi_type_format_definition(NULL, NULL, 0) == 0, "no type");
}

/* ---- random types ---- */

static uint64_t state;
static char     text[1 << 16];
static size_t   length;
static unsigned names;

static unsigned below(unsigned n) { /* splitmix64 */
    uint64_t z = state += 0x9e3779b97f4a7c15u;
    z          = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z          = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return (unsigned)((z ^ z >> 31) % n);
}

__attribute__((format(printf, 1, 2))) static void put(const char *format, ...) {
    va_list list;
    va_start(list, format);
    length += (size_t)vsnprintf(text + length, sizeof text - length, format, list);
    va_end(list);
}

static void put_attributes(void) {
    if (!below(5)) put(" __attribute__((packed))");
    if (!below(5)) put(" __attribute__((aligned(%u)))", 1u << below(6));
}

static void put_enum(void) {
    static const char *const integers[] = {"signed char", "unsigned short", "int", "long long", "unsigned"};
    unsigned                 form       = below(3);
    put("enum ");
    if (form == 1) put(": %s ", integers[below(5)]);
    put("{ ");
    for (unsigned i = 0, count = 1 + below(3); i < count; i++) put("E%u = %u, ", names++, below(128));
    if (form != 1) put("E%u = %lld", names++, (long long)below(2000) << below(40) << below(12));
    if (form != 1 && below(2)) put(", E%u = -%lld", names++, (long long)below(200) << below(50));
    put(" }");
    if (form == 2) put(" __attribute__((packed))");
}

static void put_declaration(unsigned depth);

static void put_record(unsigned depth, bool is_union) {
    put(is_union ? "union { " : "struct { ");
    for (unsigned i = 0, count = below(5); i < count; i++) {
        static const char *const integers[] = {"int", "unsigned char", "long", "_Bool", "short"};
        unsigned                 width      = below(9);
        if (!below(3)) put("%s m%u : %u", integers[width == 1 ? 3 : below(3)], names++, width ? width : 1);
        else if (!below(8)) put("int : %u", width);
        else if (depth && !below(5)) put_record(depth - 1, below(2));
        else put_declaration(depth);
        put_attributes();
        put("; ");
    }
    put("}");
    put_attributes();
}

static void put_base(unsigned depth) {
    static const char *const plain[] = {"char",           "signed char",
                                        "unsigned short", "int",
                                        "unsigned long",  "float",
                                        "double",         "long double",
                                        "_Bool",          "_Float16",
                                        "__int128",       "float _Complex",
                                        "size_t",         "va_list",
                                        "struct tag *",   "wchar_t",
                                        "long long",      "unsigned __int128",
                                        "void *",         "_Float128",
                                        "enum tag",       "double _Complex"};
    if (!below(8)) put("const ");
    if (!below(20)) put("volatile ");
    switch (depth ? below(9) : 0) {
    case 1:
    case 2: put_record(depth - 1, false); break;
    case 3: put_record(depth - 1, true); break;
    case 4: put_enum(); break;
    case 5: put("%s __attribute__((vector_size(%u)))", below(2) ? "float" : "short", 8u << below(4)); break;
    default: put("%s", plain[below(sizeof plain / sizeof *plain)]);
    }
}

/* A declarator: brackets around what is left of it, and then its suffix. */
static void put_declarator(unsigned depth, unsigned name) {
    switch (depth ? below(6) : 0) {
    case 1:
    case 2:
        put(below(3) ? "*" : "*const ");
        put_declarator(depth - 1, name);
        break;
    case 3:
        put("(");
        put_declarator(depth - 1, name);
        put(")[%u]", 1 + below(4));
        break;
    case 4:
        put("*(*");
        put_declarator(depth - 1, name);
        put(")(");
        for (unsigned i = 0, count = below(3); i < count; i++) put(i ? ", " : ""), put_declaration(depth - 1);
        put(")");
        break;
    default: put("n%u", name);
    }
}

static void put_declaration(unsigned depth) {
    put_base(depth);
    put(" ");
    put_declarator(depth, names++);
}

static void random_types(void) {
    const char *seed = getenv("FFI_SEED"), *count = getenv("FFI_COUNT");
    unsigned    good = 0, wrong = 0, wanted = count ? (unsigned)atoi(count) : 5000;
    state = seed ? strtoull(seed, NULL, 0) : 20240607;
    for (unsigned i = 0; i < wanted; i++) {
        ffi_context *own = ffi_context_new(NULL);
        length = names = 0;
        put_declaration(4);
        const ffi_ctype *type = ffi_type_parse(own, text);
        good += type != NULL;
        if (type && !returns(type) && wrong++ < 5)
            printf("#   %s\n#   is written %s\n#   %s\n", text, written, ffi_last_message());
        if (!type && getenv("FFI_SHOW")) printf("#   %s\n#   %s\n", text, ffi_last_message());
        ffi_context_free(own);
    }
    ok(good > wanted / 2 && !wrong, "%u random types of seed %s are written and read again", good,
       seed ? seed : "20240607");
}

/* A record whose layout is not that of its platform keeps the attribute that says so. */
static void other_structs(void) {
    static const char *const rows[][2] = {{"sysv", "ms"}, {"win64", "gcc"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char source[80];
        snprintf(source, sizeof source, "struct { int a : 3; char b : 2; } __attribute__((%s_struct))",
                 rows[i][1]);
        context = ffi_context_new(&(ffi_options){.abi = abi = rows[i][0]});
        both_ways(source);
        ok(strstr(written, rows[i][1]), "%s: %s", abi, written);
        ffi_context_free(context);
    }
    abi = NULL;
}

int main(void) {
    other_structs();
    context = ffi_context_new(NULL);
    by_hand();
    definitions();
    random_types();
    ffi_context_free(context);
    return done();
}
