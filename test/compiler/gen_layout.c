/* SPDX-License-Identifier: MIT */
/*
 * Random structs and unions, made through the API without text and written as C, for compilers to judge:
 *
 *     gen_layout ABI all SEED COUNT FILE.c IMAGE   writes both files
 *     gen_layout ABI own SEED COUNT FILE.c IMAGE   also with what gcc and clang see differently
 *
 * Our sizes, alignments and offsets are static assertions in FILE.c. Where bit-fields lie is told by an object
 * that holds one of each type, with an initializer for its members: the image is what ffi_field_write() makes
 * of the same values, and find_image.c must find it in the object file as it is. No code is run, so any
 * target's compiler can be asked.
 */
#include "image.h"

enum { MOST_FIELDS = 10, MOST_SIZE = 600, POOL = 64 };

static bool own, on_msvc, capped, has_float128, float128_is_long_double;

/* ---- types ---- */

static const ffi_ctype *pool[POOL]; /* records and enums to be members of others */
static unsigned         pooled;

static const char *scalar_text(ffi_kind kind) {
    switch (kind) {
    case FFI_KIND_BOOL: return "_Bool";
    case FFI_KIND_I8: return "signed char";
    case FFI_KIND_U8: return "unsigned char";
    case FFI_KIND_I16: return "short";
    case FFI_KIND_U16: return "unsigned short";
    case FFI_KIND_I32: return "int";
    case FFI_KIND_U32: return "unsigned";
    case FFI_KIND_I64: return "long long";
    case FFI_KIND_U64: return "unsigned long long";
    case FFI_KIND_F16: return "_Float16";
    case FFI_KIND_F32: return "float";
    case FFI_KIND_F64: return "double";
    case FFI_KIND_I128: return "__int128";
    case FFI_KIND_U128: return "unsigned __int128";
    case FFI_KIND_F80: return "long double";
    case FFI_KIND_F128: return float128_is_long_double ? "long double" : "_Float128";
    default: return NULL;
    }
}

static const ffi_ctype *scalar(ffi_kind kind) {
    return good(ffi_type_scalar(context, kind), "scalar");
}

static const ffi_ctype *random_integer(void) {
    if (percent(4)) return scalar(percent(50) ? FFI_KIND_I128 : FFI_KIND_U128);
    return scalar((ffi_kind)(FFI_KIND_BOOL + below(FFI_KIND_U64 - FFI_KIND_BOOL + 1)));
}

static const ffi_ctype *random_float(void) {
    static const ffi_kind kinds[] = {FFI_KIND_F32, FFI_KIND_F64, FFI_KIND_F80, FFI_KIND_F128};
    ffi_kind              kind    = kinds[below(4)];
    if (kind == FFI_KIND_F128 && !has_float128) kind = FFI_KIND_F32;
    const ffi_ctype *type = ffi_type_scalar(context, kind); /* not every ABI has each */
    return type ? type : scalar(FFI_KIND_F64);
}

static const ffi_ctype *random_vector(void) {
    static const ffi_kind lanes[] = {FFI_KIND_I8,  FFI_KIND_U16, FFI_KIND_I32,
                                     FFI_KIND_U64, FFI_KIND_F32, FFI_KIND_F64};
    const ffi_ctype      *lane    = scalar(lanes[below(6)]);
    size_t                most    = 64 / ffi_type_size(lane);
    size_t                count   = (size_t)1 << below(7);
    return good(ffi_type_vector_of(context, lane, count < most ? count : most), "vector");
}

static const ffi_ctype *random_pooled(void) {
    const ffi_ctype *type = pooled ? pool[below(pooled < POOL ? pooled : POOL)] : NULL;
    return type && ffi_type_size(type) <= MOST_SIZE ? type : random_integer();
}

static const ffi_ctype *random_type(unsigned depth) {
    unsigned dice = below(100);
    if (dice < 45) return random_integer();
    if (dice < 57) return random_float();
    if (dice < 60) return good(ffi_type_complex_of(context, random_float()), "complex");
    if (dice < 63) return random_vector();
    if (dice < 65) return scalar(FFI_KIND_F16);
    if (dice < 73) return good(ffi_type_pointer_to(context, random_pooled()), "pointer");
    if (dice < 85 && depth < 2)
        return good(ffi_type_array_of(context, random_type(depth + 1), 1 + below(4)), "array");
    return random_pooled();
}

/* Writes the declaration of `name`; NULL: of a pointer's target. */
static void put_declaration(FILE *to, const ffi_ctype *type, const char *name) {
    size_t extents[4], arrays = 0;
    for (; ffi_type_kind(type) == FFI_KIND_ARRAY; type = ffi_type_target(type))
        extents[arrays++] = ffi_type_length(type);
    switch (ffi_type_kind(type)) {
    case FFI_KIND_POINTER:
        put_declaration(to, ffi_type_target(type), NULL);
        fprintf(to, " *");
        break;
    case FFI_KIND_STRUCT: fprintf(to, "struct %s", ffi_type_name(type)); break;
    case FFI_KIND_UNION: fprintf(to, "union %s", ffi_type_name(type)); break;
    case FFI_KIND_ENUM: fprintf(to, "enum %s", ffi_type_name(type)); break;
    case FFI_KIND_COMPLEX: fprintf(to, "%s _Complex", scalar_text(ffi_type_kind(ffi_type_target(type)))); break;
    case FFI_KIND_VECTOR:
        fprintf(to, "%s __attribute__((vector_size(%zu)))", scalar_text(ffi_type_kind(ffi_type_target(type))),
                ffi_type_size(type));
        break;
    default: fprintf(to, "%s", scalar_text(ffi_type_kind(type)));
    }
    if (name) fprintf(to, " %s", name);
    for (size_t i = 0; i < arrays; i++)
        if (extents[i]) fprintf(to, "[%zu]", extents[i]);
        else fprintf(to, "[]");
}

/* ---- records ---- */

static unsigned name_count;

/* A record's members while they are thought up. */
struct draft {
    ffi_kind  kind;
    size_t    alignment, pack, count;
    ffi_field fields[MOST_FIELDS + 1];
    char      names[MOST_FIELDS + 1][12];
    bool      flexible;
};

static size_t random_alignment(void) {
    return (size_t)1 << below(7);
}

static const char *new_name(struct draft *draft) {
    char *name = draft->names[draft->count];
    snprintf(name, sizeof draft->names[0], "f%u", name_count++);
    return name;
}

static void put_aligned(FILE *to, size_t alignment) {
    if (alignment) fprintf(to, " __attribute__((aligned(%zu)))", alignment);
}

static const ffi_ctype *random_bits_type(void) {
    const ffi_ctype *type = percent(10) ? random_pooled() : NULL;
    return type && ffi_type_kind(type) == FFI_KIND_ENUM ? type : random_integer();
}

/* What a bit-field may ask for. Compilers agree on it only where it is not less than the type's own alignment
 * (clang then lets the bit-field cross a boundary of its type, against psABI 3.1.2) and not more than #pragma
 * pack allows (gcc aligns to that, clang not at all). */
static size_t bits_alignment(const struct draft *draft, const ffi_field *field) {
    size_t alignment = random_alignment();
    if (own) return alignment;
    return draft->pack > 1 || alignment < ffi_type_alignment(field->type) ? 0 : alignment;
}

static void add_bits(struct draft *draft, FILE *body) {
    ffi_field *field = &draft->fields[draft->count];
    *field           = (ffi_field){.type = random_bits_type(), .is_bits = true};
    unsigned most    = width_limit(field->type);
    bool     unnamed = percent(15);
    if (!unnamed) field->name = new_name(draft);
    field->bit_width = unnamed && percent(40) ? 0 : 1 + below(percent(70) && most > 12 ? 12 : most);
    if (percent(4)) field->alignment = bits_alignment(draft, field);
    fprintf(body, "    ");
    put_declaration(body, field->type, field->name);
    fprintf(body, " : %u", field->bit_width);
    put_aligned(body, field->alignment);
    fprintf(body, ";\n");
    draft->count++;
}

static void add_plain(struct draft *draft, FILE *body) {
    ffi_field *field = &draft->fields[draft->count];
    *field           = (ffi_field){.name = new_name(draft), .type = random_type(0)};
    if (percent(6)) field->alignment = random_alignment();
    fprintf(body, "    ");
    put_declaration(body, field->type, field->name);
    put_aligned(body, field->alignment);
    fprintf(body, ";\n");
    draft->count++;
}

static const ffi_ctype *random_record(FILE *to, struct draft *draft, const char *tag, unsigned depth);

/* It is read under the #pragma pack of the record around it. `pack` 1 is the attribute. */
static void add_unnamed_record(struct draft *draft, FILE *body, unsigned depth) {
    struct draft inner            = {.kind = percent(50) ? FFI_KIND_UNION : FFI_KIND_STRUCT};
    inner.pack                    = draft->pack > 1 ? draft->pack : percent(15);
    const ffi_ctype *type         = random_record(body, &inner, NULL, depth + 1);
    draft->fields[draft->count++] = (ffi_field){.type = type};
    fprintf(body, ";\n");
}

static void add_flexible(struct draft *draft, FILE *body) {
    ffi_field *field = &draft->fields[draft->count];
    *field           = (ffi_field){.name = new_name(draft)};
    field->type      = good(ffi_type_array_of(context, random_type(1), 0), "[]");
    fprintf(body, "    ");
    put_declaration(body, field->type, field->name);
    fprintf(body, ";\n");
    draft->count++;
    draft->flexible = true;
}

/* Members without a name: of those alone a flexible array must not follow. */
static bool has_named(const struct draft *draft) {
    for (size_t i = 0; i < draft->count; i++)
        if (draft->fields[i].name) return true;
    return false;
}

/* Writes the definition without its `;`, and makes the type. */
static const ffi_ctype *random_record(FILE *to, struct draft *draft, const char *tag, unsigned depth) {
    fprintf(to, "%s %s {\n", draft->kind == FFI_KIND_UNION ? "union" : "struct", tag ? tag : "");
    unsigned want = percent(1) ? 0 : 1 + below(MOST_FIELDS - 1), bits = percent(50) ? 0 : percent(50) ? 40 : 85;
    for (unsigned i = 0; i < want; i++) {
        if (percent(bits)) add_bits(draft, to);
        else if (depth < 3 && percent(6)) add_unnamed_record(draft, to, depth);
        else add_plain(draft, to);
    }
    if (depth && !has_named(draft)) add_plain(draft, to); /* clang 19 cannot emit an unnamed empty struct */
    if (!depth && percent(3) && draft->kind == FFI_KIND_STRUCT && has_named(draft)) add_flexible(draft, to);
    fprintf(to, "}");
    if (draft->pack == 1) fprintf(to, " __attribute__((packed))");
    put_aligned(to, draft->alignment);
    return good(
        ffi_type_record(context, draft->kind, tag, draft->fields, draft->count, draft->alignment, draft->pack),
        "record");
}

static const ffi_ctype *define_record(unsigned index, bool *flexible) {
    struct draft draft = {.kind = percent(20) ? FFI_KIND_UNION : FFI_KIND_STRUCT};
    char         tag[16];
    snprintf(tag, sizeof tag, "T%u", index);
    if (percent(10)) draft.alignment = random_alignment();
    if (percent(18)) draft.pack = 1;
    else if (percent(15)) draft.pack = (size_t)2 << below(4);
    if (draft.pack > 1) fprintf(out, "#pragma pack(push, %zu)\n", draft.pack);
    const ffi_ctype *type = random_record(out, &draft, tag, 0);
    fprintf(out, ";\n");
    if (draft.pack > 1) fprintf(out, "#pragma pack(pop)\n");
    *flexible = draft.flexible;
    return type;
}

/* Which integer an enum is kept in, C leaves to compilers; where the choice was wrong, sizes and signs are. */
static void define_enum(unsigned index) {
    static const struct {
        int64_t  a, b;
        ffi_kind gnu; /* Microsoft's is always an int */
    } choices[]    = {{0, 1, FFI_KIND_U32},
                      {-1, 200, FFI_KIND_I32},
                      {70000, 0xffffffff, FFI_KIND_U32},
                      {-70000, 5, FFI_KIND_I32},
                      {0, (int64_t)1 << 40, FFI_KIND_U64},
                      {-1, (int64_t)1 << 40, FFI_KIND_I64}};
    unsigned     i = below(on_msvc ? 2 : 6);
    char         tag[16], names[2][16];
    ffi_constant constants[2] = {{names[0], choices[i].a}, {names[1], choices[i].b}};
    snprintf(tag, sizeof tag, "E%u", index);
    snprintf(names[0], sizeof names[0], "A%u", index);
    snprintf(names[1], sizeof names[1], "B%u", index);
    fprintf(out, "enum %s { %s = %" PRId64 ", %s = %" PRId64 " };\n", tag, names[0], choices[i].a, names[1],
            choices[i].b);
    const ffi_ctype *integer = scalar(on_msvc ? FFI_KIND_I32 : choices[i].gnu);
    pool[pooled++ % POOL]    = good(ffi_type_enum(context, tag, constants, 2, integer), tag);
}

/* ---- what we say of them ---- */

static void assert_offsets(const ffi_ctype *whole, const ffi_ctype *part, size_t base) {
    ffi_field field;
    for (size_t i = 0; ffi_type_field(part, i, &field); i++) {
        if (!field.name) assert_offsets(whole, field.type, base + field.offset);
        if (!field.name || field.is_bits) continue;
        const char *kind = ffi_type_kind(whole) == FFI_KIND_UNION ? "union" : "struct";
        fprintf(out, "CHECK(__builtin_offsetof(%s %s, %s) == %zu);\n", kind, ffi_type_name(whole), field.name,
                base + field.offset);
    }
}

static void assert_layout(const ffi_ctype *type) {
    const char *kind = ffi_type_kind(type) == FFI_KIND_UNION ? "union" : "struct", *tag = ffi_type_name(type);
    fprintf(out, "CHECK(sizeof(%s %s) == %zu);\n", kind, tag, ffi_type_size(type));
    /* gcc's _Alignof says at most 16 of what it places as vectors of its size, where the processor has none. */
    const char *most = capped && ffi_type_alignment(type) > 16 ? " || _Alignof(v64) == 16" : "";
    fprintf(out, "CHECK(_Alignof(%s %s) == %zu%s);\n", kind, tag, ffi_type_alignment(type), most);
    assert_offsets(type, type, 0);
}

static void generate(unsigned count, const char *path) {
    ffi_field *fields = calloc(count + 1, sizeof *fields);
    char(*names)[16]  = calloc(count + 1, sizeof *names);
    if (!fields || !names) abort();
    fields[0] = (ffi_field){"marker", ffi_type_array_of(context, scalar(FFI_KIND_U8), MARKER), 0, 0, 0, 0, 0};
    size_t given = 1;
    fprintf(out, "#define CHECK(x) _Static_assert(x, #x)\n"
                 "#ifdef __clang__\n#define _Float128 __float128\n#endif\n"
                 "typedef char v64 __attribute__((vector_size(64)));\n");
    for (unsigned i = 0; i < count; i++) {
        bool flexible;
        if (i % 20 == 0) define_enum(i);
        const ffi_ctype *type = define_record(i, &flexible);
        assert_layout(type);
        if (flexible) continue;
        pool[pooled++ % POOL] = type;
        snprintf(names[given], sizeof *names, "v%u", i);
        fields[given] = (ffi_field){.name = names[given], .type = type};
        given++;
    }
    put_image(fields, given, path);
    free(fields), free(names), free(values), free(image);
}

int main(int argc, char **argv) {
    if (argc != 7) return fprintf(stderr, "usage: gen_layout ABI all|own SEED COUNT FILE.c IMAGE\n"), 2;
    const char *abi = argv[1];
    context         = ffi_context_new(&(ffi_options){.abi = abi});
    own             = !strcmp(argv[2], "own");
    state           = strtoull(argv[3], NULL, 0);
    out             = fopen(argv[5], "w");
    capped          = !strcmp(abi, "lp64d");
    if (!context) die(abi);
    if (!out) return perror(argv[5]), 1;
    on_msvc                 = is_microsoft();
    ffi_kind long_double    = ffi_type_kind(good(ffi_type_parse(context, "long double"), "long double"));
    float128_is_long_double = long_double == FFI_KIND_F128;
    has_float128            = long_double != FFI_KIND_F64; /* where it is a double, compilers have no other */
    generate((unsigned)strtoul(argv[4], NULL, 0), argv[6]);
    ffi_context_free(context);
    return fclose(out) ? perror(argv[5]), 1 : 0;
}
