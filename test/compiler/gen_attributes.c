/* SPDX-License-Identifier: MIT */
/*
 * gen_attributes ABI all|own SEED COUNT FILE.c IMAGE: random structs and unions with what only text can give
 * them: attributes wherever the grammar has them, two of a kind, #pragma pack with labels, ms_struct, _Atomic,
 * and typedefs with `aligned` as members and as bit-fields; and random enums. We read them by ffi_declare() and
 * add our sizes, alignments, offsets and constants as assertions, and an object whose bytes show where bit-fields
 * lie (image.h), for compilers to judge.
 *
 * `own`: for the platform's own compiler. `all`: without what gcc and clang see differently. Neither has what
 * gcc does not always do alike: arrays of _Atomic or qualified typedefs with `aligned`, and attributes in the
 * brackets of an _Atomic declarator.
 */
#define _POSIX_C_SOURCE 200809L /* open_memstream */
#include "image.h"

static const char *const scalars[] = {
    "_Bool",       "signed char", "unsigned char",      "short",    "int",   "unsigned",
    "enum e",      "long long",   "unsigned long long", "__int128", "float", "double",
    "long double", "pointer",     "float _Complex",     "v8",       "v16"};
enum { SCALARS = sizeof scalars / sizeof *scalars, INTEGERS = 10, FIRST_VECTOR = SCALARS - 2 };
static const unsigned bits[INTEGERS] = {1, 8, 8, 16, 32, 32, 32, 64, 64, 128};

enum { RECENT = 40, MOST_FIELDS = 7, RESET = 12 };

static FILE    *text; /* what of the file we read ourselves */
static char    *source;
static size_t   source_size;
static char     pragmas[4000]; /* those that hold for the next record */
static unsigned made, pushes, fields;
static bool     own, on_msvc, on_apple;

/* ---- attributes ---- */

static unsigned random_alignment(unsigned most) {
    unsigned alignment;
    do alignment = 1u << below(6);
    while (alignment > most);
    return alignment;
}

enum { PACKED = 1, ALIGNED = 2 };

/* One attribute or more, in brackets of their own or together. Of types gcc takes the last `aligned`, clang the
 * largest. */
static void put_attributes(unsigned kinds, unsigned most, bool of_type) {
    bool     together = percent(50);
    unsigned count = percent(80) ? 1 : 2, alignment = random_alignment(most);
    fprintf(text, " __attribute__((");
    for (unsigned i = 0; i < count; i++) {
        if (i) fprintf(text, together ? ", " : ")) __attribute__((");
        bool packed = kinds == PACKED || (kinds & PACKED && percent(50));
        if (own || !of_type) alignment = random_alignment(most);
        if (packed) fprintf(text, percent(50) ? "packed" : "__packed__");
        else fprintf(text, percent(50) ? "aligned(%u)" : "__aligned__(%u)", alignment);
    }
    fprintf(text, "))");
}

/* ---- #pragma pack ---- */

static void put_pragma(const char *words) {
    char line[80];
    snprintf(line, sizeof line, "#pragma %s\n", words);
    fputs(line, text);
    if (strlen(pragmas) + strlen(line) < sizeof pragmas) strcat(pragmas, line);
}

static void put_pack(void) {
    static const char labels[] = "abc";
    char              words[60], label = labels[below(3)];
    unsigned          n = 1u << below(5);
    switch (below(own ? 8 : 6)) {
    case 0: pushes++, snprintf(words, sizeof words, "pack(push)"); break;
    case 1: pushes++, snprintf(words, sizeof words, "pack(push, %u)", n); break;
    case 2: pushes++, snprintf(words, sizeof words, "pack(push, %c, %u)", label, n); break;
    case 3: pushes++, snprintf(words, sizeof words, "pack(push, %c)", label); break;
    case 4: snprintf(words, sizeof words, percent(20) ? "pack()" : "pack(%u)", n); break;
    case 5: snprintf(words, sizeof words, "pack(pop)"); break;
    case 6: snprintf(words, sizeof words, "pack(pop, %c)", label); break;
    default: snprintf(words, sizeof words, "pack(pop, %u)", n);
    }
    put_pragma(words);
    if (on_apple && percent(20))
        pushes++, put_pragma(percent(50)   ? "options align=packed"
                             : percent(50) ? "options align=natural"
                                           : "options align=reset");
    if (own && !on_msvc && percent(10)) put_pragma(on_apple && percent(50) ? "ms_struct on" : "ms_struct off");
}

/* Makes an end of all packing, so that `pragmas` is short. */
static void reset_pack(void) {
    for (; pushes; pushes--) put_pragma("pack(pop)");
    put_pragma("pack()");
    if (!on_msvc) put_pragma("ms_struct off");
    *pragmas = 0;
}

/* ---- types ---- */

/* Typedefs T_A of each scalar T for the alignments A, and _Atomic ones of it. */
static void put_typedefs(void) {
    fprintf(text, "enum e { E };\ntypedef int *pointer;\ntypedef int v8 __attribute__((vector_size(8)));\n"
                  "typedef float v16 __attribute__((vector_size(16)));\n");
    for (unsigned i = 0; i < SCALARS; i++)
        for (unsigned a = 1; a <= 32; a *= 2)
            fprintf(text, "typedef %s t%u_%u __attribute__((aligned(%u)));\n", scalars[i], i, a, a);
}

/* Of how many bytes an array's element is; 0: it can be none, as its size is no multiple of its alignment. */
static size_t element_size(const char *type) {
    const ffi_ctype *known = good(ffi_type_parse(context, type), type);
    return ffi_type_size(known) % ffi_type_alignment(known) ? 0 : ffi_type_size(known);
}

static bool may_be_atomic(const char *type, unsigned scalar) {
    size_t size = ffi_type_size(good(ffi_type_parse(context, type), type));
    bool   word = size && size <= 16 && !(size & (size - 1));
    return scalar < FIRST_VECTOR && (own && !on_msvc ? size > 0 : word);
}

/* Writes a member's type into `type`; whether it is an _Atomic one. */
static bool random_type(char *type, size_t size) {
    unsigned scalar  = below(SCALARS);
    bool     aligned = true;
    if (made && percent(20)) {
        snprintf(type, size, "r%u", made - 1 - below(made < RECENT ? made : RECENT));
        scalar = 0;
    } else if (percent(50)) {
        snprintf(type, size, "t%u_%u", scalar, 1u << below(6));
    } else {
        snprintf(type, size, "%s", scalars[scalar]);
        aligned = false;
    }
    if (!percent(12) || (aligned && !own) || !may_be_atomic(type, scalar)) return false;
    char plain[24];
    snprintf(plain, sizeof plain, "%.23s", type);
    snprintf(type, size, percent(50) ? "_Atomic(%s)" : "_Atomic %s", plain);
    return true;
}

/* ---- members ---- */

static void put_bits(void) {
    unsigned scalar = below(INTEGERS), alignment = 1u << below(6), width = below(bits[scalar] + 1);
    if (percent(30)) width = width > 64 ? 64 : width > 32 ? 32 : width > 16 ? 16 : width > 8 ? 8 : width;
    bool plain    = percent(40) || (!own && (alignment * 8 > bits[scalar] || alignment > 16));
    bool whole    = width >= 8 && !(width & (width - 1));
    char name[16] = "";
    if (!own && !plain && whole) width--;
    if (width && !percent(15)) snprintf(name, sizeof name, "f%u", fields++);
    bool before = own && percent(6);
    if (before) put_attributes(PACKED | ALIGNED, 32, false);
    if (plain) fprintf(text, " %s %s : %u", scalars[scalar], name, width);
    else fprintf(text, " t%u_%u %s : %u", scalar, alignment, name, width);
    if (percent(20)) put_attributes(own ? PACKED | ALIGNED : PACKED, 32, false);
}

/* One declarator. An array's element must not be aligned to more than its size. */
static void put_declarator(size_t element, bool atomic) {
    char name[16];
    bool array = element && !atomic && percent(25), pointer = percent(12), function = !pointer && percent(5);
    snprintf(name, sizeof name, "f%u", fields++);
    if (pointer || function) {
        fprintf(text, function ? "(" : "");
        fprintf(text, "*");
        if (own && percent(40)) put_attributes(PACKED | ALIGNED, 8, true);
        if (percent(20)) fprintf(text, " const");
        fprintf(text, " %s%s", name, array ? "[2]" : "");
        if (function) fprintf(text, ")(void)");
    } else if (percent(12)) {
        fprintf(text, "(");
        if (own && !array && !atomic && percent(60))
            put_attributes(PACKED | ALIGNED, element < 8 ? 1 : 8, true);
        fprintf(text, " %s)%s", name, array ? "[3]" : "");
    } else {
        fprintf(text, "%s%s", name, !array ? "" : percent(10) ? "[0]" : "[2][1]");
    }
    if (percent(25)) put_attributes(PACKED | ALIGNED, 32, false);
}

static void put_record(unsigned depth, const char *kind, const char *tag);

static void put_member(unsigned depth) {
    char type[60];
    bool atomic;
    if (percent(35)) {
        put_bits();
    } else if (depth < 2 && percent(5)) {
        put_record(depth + 1, percent(30) ? "union" : "struct", NULL);
        fprintf(text, " f%u", fields++);
        if (percent(20)) put_attributes(PACKED | ALIGNED, 32, false);
    } else {
        atomic         = random_type(type, sizeof type);
        size_t element = element_size(type);
        if (percent(10)) put_attributes(PACKED | ALIGNED, 32, false);
        fprintf(text, " %s ", type);
        if (percent(10)) put_attributes(PACKED | ALIGNED, 32, false);
        put_declarator(element, atomic);
        if (percent(10)) {
            fprintf(text, ", ");
            if (own && (on_apple || on_msvc) && percent(30))
                put_attributes(PACKED | ALIGNED, 32, false); /* gcc refuses it */
            put_declarator(element, atomic);
        }
    }
    fprintf(text, ";\n");
}

static void put_record(unsigned depth, const char *kind, const char *tag) {
    fprintf(text, "%s", kind);
    bool before = percent(8);
    if (before) put_attributes(PACKED | ALIGNED, 32, true);
    if (own && !on_msvc && percent(depth ? 0 : 10))
        fprintf(text, " __attribute__((%s_struct))", percent(30) ? "gcc" : "ms");
    fprintf(text, " %s {\n", tag ? tag : "");
    fprintf(text, " char f%u;\n", fields++);
    for (unsigned count = 1 + below(MOST_FIELDS); count; count--) put_member(depth);
    fprintf(text, "}");
    if ((own || !before) && percent(25)) put_attributes(PACKED | ALIGNED, 32, true);
}

/* Writes one definition and a typedef of it. */
static void put_definition(unsigned index, const char *kind) {
    char tag[16];
    snprintf(tag, sizeof tag, "T%u", index);
    if (!(index % RESET)) reset_pack();
    while (percent(30)) put_pack();
    put_record(0, kind, tag);
    fprintf(text, ";\ntypedef %s T%u r%u", kind, index, index);
    if (percent(20)) put_attributes(ALIGNED, 32, true);
    fprintf(text, ";\n");
}

/* ---- enums ---- */

/* An enum E<index> of one to three constants, the first of which has a value. */
static void put_enum(unsigned index) {
    static const char *const numbers[] = {"0",          "-1",          "127",        "200",
                                          "-129",       "40000",       "0x7fffffff", "0x80000000",
                                          "0xffffffff", "-2147483648", "1ull << 40", "-(1ll << 40)"};
    enum { VALUES = sizeof numbers / sizeof *numbers };
    fprintf(text, "enum E%u {", index);
    bool counts_on = false; /* gcc refuses to count on from the last int, and the last unsigned */
    for (unsigned i = 0, count = 1 + below(3); i < count; i++) {
        fprintf(text, " C%u_%u", index, i);
        if (!counts_on || percent(60)) {
            const char *number = numbers[below(VALUES)];
            fprintf(text, " = %s", number);
            counts_on = on_msvc || !strstr(number, "fffffff");
        }
        fprintf(text, ",");
    }
    fprintf(text, " }");
    if (percent(30)) fprintf(text, " __attribute__((packed))");
    fprintf(text, ";\n");
}

/* The size and the sign of a type: it is signed if it holds a value below 0. */
static void assert_integer(const char *check, const char *what, const ffi_ctype *type) {
    fprintf(out, "%s(sizeof(%s) == %zu);\n", check, what, ffi_type_size(type));
    fprintf(out, "%s(((__typeof__(%s))-1 < 1) == %d);\n", check, what, ffi_type_class(type) == FFI_CLASS_INT);
}

static void assert_enum(unsigned index) {
    char             name[32];
    const char      *constant;
    int64_t          value;
    const ffi_ctype *type;
    snprintf(name, sizeof name, "enum E%u", index);
    type = good(ffi_type_parse(context, name), name);
    assert_integer("CHECK", name, type);
    for (size_t i = 0; ffi_type_constant(type, i, &constant, &value); i++) {
        const ffi_ctype *its = good(ffi_declared_value(context, constant, NULL), constant);
        fprintf(out, "CHECK((unsigned long long)%s == %lluull);\n", constant, (unsigned long long)value);
        assert_integer("CHECK_TYPE", constant, its);
    }
}

/* ---- what we say of them ---- */

static void assert_offsets(const char *name, const ffi_ctype *type, const char *path, size_t base) {
    ffi_field field;
    for (size_t i = 0; ffi_type_field(type, i, &field); i++) {
        char whole[80];
        if (field.is_bits) continue;
        snprintf(whole, sizeof whole, "%s%s%s", path, *path ? "." : "", field.name);
        fprintf(out, "CHECK(__builtin_offsetof(%s, %s) == %zu);\n", name, whole, base + field.offset);
        if ((ffi_type_kind(field.type) == FFI_KIND_STRUCT || ffi_type_kind(field.type) == FFI_KIND_UNION) &&
            !ffi_type_name(field.type))
            assert_offsets(name, field.type, whole, base + field.offset);
    }
}

static void assert_size(const char *name) {
    const ffi_ctype *type = good(ffi_type_parse(context, name), name);
    fprintf(out, "CHECK(sizeof(%s) == %zu);\n", name, ffi_type_size(type));
    fprintf(out, "CHECK(__alignof__(%s) == %zu);\n", name, ffi_type_alignment(type));
}

static void assert_record(unsigned index, const char *kind) {
    char name[32], alias[32];
    snprintf(name, sizeof name, "%s T%u", kind, index);
    snprintf(alias, sizeof alias, "r%u", index);
    assert_size(name);
    assert_size(alias);
    assert_offsets(name, good(ffi_type_parse(context, name), name), "", 0);
}

/* Has the text read behind the pragmas that hold, copies it to the file, and opens a new one. */
static void declare(const char *before) {
    if (text) {
        fclose(text);
        char *whole = malloc(strlen(before) + source_size + 1);
        if (!whole) abort();
        strcat(strcpy(whole, before), source);
        if (ffi_declare(context, whole)) die(whole);
        fputs(source, out);
        free(whole), free(source);
    }
    text = open_memstream(&source, &source_size);
}

int main(int argc, char **argv) {
    if (argc != 7) return fputs("usage: gen_attributes ABI all|own SEED COUNT FILE.c IMAGE\n", stderr), 2;
    context        = ffi_context_new(&(ffi_options){.abi = argv[1]});
    out            = fopen(argv[5], "w");
    state          = strtoull(argv[3], NULL, 0);
    unsigned count = (unsigned)strtoul(argv[4], NULL, 0);
    if (!context || !out) return fprintf(stderr, "%s: %s\n", argv[5], ffi_last_message()), 1;
    own              = !strcmp(argv[2], "own");
    on_msvc          = is_microsoft();
    on_apple         = !strcmp(argv[1], "apple-arm64");
    ffi_field *whole = calloc(count + 1, sizeof *whole);
    char(*names)[16] = calloc(count + 1, sizeof *names);
    if (!whole || !names) abort();
    fprintf(out, "#define CHECK(x) _Static_assert(x, #x)\n");
    /* C23 6.7.3.3p15: if one of an enum's values does not fit int, all of its constants have the enum's type. */
    fprintf(out, "#if defined __clang__ ? __clang_major__ < 20 : __GNUC__ < 13\n");
    fprintf(out, "#define CHECK_TYPE CHECK\n#else\n#define CHECK_TYPE(x) CHECK(1)\n#endif\n");
    declare("");
    put_typedefs();
    declare("");
    whole[0] =
        (ffi_field){.name = "marker", .type = good(ffi_type_parse(context, "unsigned char[32]"), "marker")};
    for (unsigned i = 0; i < count; i++) {
        const char *kind = percent(15) ? "union" : "struct";
        char        before[sizeof pragmas], name[32];
        strcpy(before, pragmas);
        put_enum(i);
        put_definition(i, kind);
        declare(i % RESET ? before : "");
        assert_enum(i);
        assert_record(i, kind);
        made = i + 1;
        snprintf(name, sizeof name, "%s T%u", kind, i);
        snprintf(names[i], sizeof *names, "v%u", i);
        whole[i + 1] = (ffi_field){.name = names[i], .type = ffi_type_parse(context, name)};
    }
    reset_pack();
    declare("");
    fclose(text), free(source);
    put_image(whole, count + 1, argv[6]);
    free(whole), free(names), free(values), free(image);
    ffi_context_free(context);
    return fclose(out) ? 1 : 0;
}
