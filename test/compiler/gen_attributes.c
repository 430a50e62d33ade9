/* SPDX-License-Identifier: MIT */
/*
 * gen_attributes ABI all|gcc SEED COUNT FILE.c: random structs and unions with attributes that only text can
 * give them: packed members, aligned typedefs, ms_struct, #pragma pack. We read them by ffi_declare() and add
 * our sizes, alignments and offsets as assertions, for compilers to judge.
 *
 * Left out is what gcc and clang see differently, all of it bit-fields of a typedef with `aligned`: an
 * alignment of more than the type's size or 16 bytes, and widths of 8, 16, 32 and 64 bits. `gcc`: with
 * ms_struct, which clang takes otherwise.
 */
#define _POSIX_C_SOURCE 200809L /* open_memstream */
#include <ffi_invoke.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const scalars[] = {"_Bool",     "signed char",        "unsigned char", "short",
                                      "int",       "unsigned",           "float",         "double",
                                      "long long", "unsigned long long", "__int128"};
enum { SCALARS = sizeof scalars / sizeof *scalars, RECENT = 40, MOST_FIELDS = 7 };

static const unsigned bits[SCALARS] = {1, 8, 8, 16, 32, 32, 0, 0, 64, 64, 128};

static uint64_t     state;
static ffi_context *context;
static FILE        *out, *text; /* the file, and what of it we read ourselves */
static unsigned     made;
static bool         gcc_only, on_mingw;

static unsigned below(unsigned n) { /* splitmix64 */
    uint64_t z = state += 0x9e3779b97f4a7c15u;
    z          = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z          = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return (unsigned)((z ^ z >> 31) % n);
}

static bool percent(unsigned chance) {
    return below(100) < chance;
}

/* Typedefs T_A of each scalar T for the alignments A; of records, those of each fifth. */
static void put_typedefs(void) {
    for (unsigned i = 0; i < SCALARS; i++)
        for (unsigned a = 1; a <= 32; a *= 2)
            fprintf(text, "typedef %s t%u_%u __attribute__((aligned(%u)));\n", scalars[i], i, a, a);
}

static void put_bits(unsigned scalar, unsigned field) {
    unsigned alignment = 1u << below(6), width = below(bits[scalar] + 1);
    bool     plain    = percent(50) || alignment * 8 > bits[scalar] || alignment > 16;
    bool     whole    = width >= 8 && !(width & (width - 1));
    char     name[16] = "";
    if (!plain && whole) width--;
    if (width && !percent(15)) snprintf(name, sizeof name, "f%u", field);
    if (plain) fprintf(text, "%s %s : %u", scalars[scalar], name, width);
    else fprintf(text, "t%u_%u %s : %u", scalar, alignment, name, width);
}

/* Whether the member is one that offsetof takes. */
static bool put_member(unsigned field, bool after_bits) {
    unsigned scalar  = below(SCALARS);
    bool     is_bits = bits[scalar] && percent(35);
    fprintf(text, "    ");
    if (is_bits) put_bits(scalar, field);
    else if (made && percent(15))
        fprintf(text, "r%u f%u", made - 1 - below(made < RECENT ? made : RECENT), field);
    else if (percent(50)) fprintf(text, percent(8) ? "%s f%u[0]" : "%s f%u", scalars[scalar], field);
    else fprintf(text, "t%u_%u f%u", scalar, 1u << below(6), field);
    if (percent(25)) fprintf(text, " __attribute__((packed))");
    /* On Windows gcc may forget what is asked for behind packed bit-fields. */
    if (!is_bits && percent(10) && !(on_mingw && after_bits))
        fprintf(text, " __attribute__((aligned(%u)))", 1u << below(6));
    fprintf(text, ";\n");
    return !is_bits;
}

/* Writes one definition and a typedef of it; bit i of the result is set if offsetof takes member i. */
static unsigned put_record(unsigned index, const char *kind) {
    unsigned pack = percent(15) ? 2u << below(4) : 0, plain = 0;
    if (pack) fprintf(text, "#pragma pack(push, %u)\n", pack);
    fprintf(text, "%s T%u {\n", kind, index);
    for (unsigned i = 0, count = 1 + below(MOST_FIELDS); i < count; i++)
        plain |= (unsigned)put_member(i, i && !(plain >> (i - 1))) << i;
    fprintf(text, "}");
    if (gcc_only && percent(20)) fprintf(text, " __attribute__((ms_struct))");
    if (percent(15)) fprintf(text, " __attribute__((packed))");
    if (percent(15)) fprintf(text, " __attribute__((aligned(%u)))", 1u << below(6));
    fprintf(text, ";\n");
    if (pack) fprintf(text, "#pragma pack(pop)\n");
    fprintf(text, "typedef %s T%u r%u", kind, index, made++);
    if (percent(20)) fprintf(text, " __attribute__((aligned(%u)))", 1u << below(6));
    fprintf(text, ";\n");
    return plain;
}

static void die(const char *source) {
    fprintf(stderr, "gen_attributes: %s\n%s", ffi_last_message(), source);
    exit(1);
}

/* Has the text read, copies it to the file, and opens a new one. */
static void declare(void) {
    static char  *source;
    static size_t size;
    if (text) {
        fclose(text);
        if (ffi_declare(context, source)) die(source);
        fputs(source, out);
        free(source);
    }
    text = open_memstream(&source, &size);
}

static void assert_record(unsigned index, const char *kind, unsigned plain) {
    char name[32], member[8];
    snprintf(name, sizeof name, "%s T%u", kind, index);
    const ffi_ctype *type = ffi_type_parse(context, name);
    ffi_field        field;
    if (!type) die(name);
    fprintf(out, "_Static_assert(sizeof(%s) == %zu, \"%s\");\n", name, ffi_type_size(type), name);
    fprintf(out, "_Static_assert(_Alignof(%s) == %zu, \"%s\");\n", name, ffi_type_alignment(type), name);
    for (unsigned i = 0; plain >> i; i++) {
        if (!(plain >> i & 1)) continue;
        snprintf(member, sizeof member, "f%u", i);
        if (!ffi_type_field_named(type, member, &field)) die(name);
        fprintf(out, "_Static_assert(__builtin_offsetof(%s, %s) == %zu, \"%s\");\n", name, member, field.offset,
                name);
    }
}

int main(int argc, char **argv) {
    if (argc != 6) return fputs("usage: gen_attributes ABI all|gcc SEED COUNT FILE.c\n", stderr), 2;
    context = ffi_context_new(&(ffi_options){.abi = argv[1]});
    out     = fopen(argv[5], "w");
    state   = strtoull(argv[3], NULL, 0);
    if (!context || !out) return fprintf(stderr, "%s: %s\n", argv[5], ffi_last_message()), 1;
    gcc_only = !strcmp(argv[2], "gcc");
    on_mingw = !strcmp(argv[1], "win64");
    declare();
    put_typedefs();
    declare();
    for (unsigned i = 0, count = (unsigned)strtoul(argv[4], NULL, 0); i < count; i++) {
        const char *kind  = percent(15) ? "union" : "struct";
        unsigned    plain = put_record(i, kind);
        declare();
        assert_record(i, kind, plain);
    }
    ffi_context_free(context);
    return fclose(out) ? 1 : 0;
}
