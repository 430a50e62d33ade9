/* SPDX-License-Identifier: MIT */
/*
 * Random structs and unions, made through the API without text and written as C, for compilers to judge:
 *
 *     gen_layout ABI all SEED COUNT FILE.c IMAGE   writes both files
 *     gen_layout ABI gcc SEED COUNT FILE.c IMAGE   also with what only gcc does right
 *
 * Our sizes, alignments and offsets are static assertions in FILE.c. Where bit-fields lie is told by an object
 * that holds one of each type, with an initializer for its members: the image is what ffi_field_write() makes
 * of the same values, and find_image.c must find it in the object file as it is. No code is run, so any
 * target's compiler can be asked.
 */
#include <ffi_invoke.h>

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_FIELDS = 10, MOST_SIZE = 600, POOL = 64, MARKER = 32 };

static uint64_t     state;
static ffi_context *context;
static FILE        *out;
static bool         gcc_only, on_windows, on_msvc, has_float128, float128_is_long_double;

static uint64_t random64(void) { /* splitmix64 */
    uint64_t z = state += 0x9e3779b97f4a7c15u;
    z          = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z          = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

static unsigned below(unsigned n) {
    return (unsigned)(random64() % n);
}

static bool percent(unsigned chance) {
    return below(100) < chance;
}

static void die(const char *what) {
    fprintf(stderr, "gen_layout: %s: %s\n", what, ffi_last_message());
    exit(1);
}

static const ffi_ctype *good(const ffi_ctype *type, const char *what) {
    if (!type) die(what);
    return type;
}

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

static unsigned width_limit(const ffi_ctype *type) {
    return ffi_type_kind(type) == FFI_KIND_BOOL ? 1 : (unsigned)ffi_type_size(type) * 8;
}

static const ffi_ctype *random_bits_type(void) {
    const ffi_ctype *type = percent(10) ? random_pooled() : NULL;
    return type && ffi_type_kind(type) == FFI_KIND_ENUM ? type : random_integer();
}

/* On Windows gcc may forget what a member asks for behind a packed bit-field: the member lies at an odd offset.
 */
static bool is_forgotten(const struct draft *draft) {
    return on_windows && draft->pack == 1 && draft->count && draft->fields[draft->count - 1].is_bits;
}

/* What a bit-field may ask for. Compilers agree on it only where it is not less than the type's own alignment
 * (clang then lets the bit-field cross a boundary of its type, against psABI 3.1.2) and not more than #pragma
 * pack allows (gcc aligns to that, clang not at all). gcc aligns one of width 0 on Windows only behind another
 * one. */
static size_t bits_alignment(const struct draft *draft, const ffi_field *field) {
    size_t alignment = random_alignment();
    if (is_forgotten(draft) || (on_windows && !field->bit_width)) return 0;
    if (gcc_only) return alignment;
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
    if (percent(6) && !is_forgotten(draft)) field->alignment = random_alignment();
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
    fprintf(out, "CHECK(_Alignof(%s %s) == %zu);\n", kind, tag, ffi_type_alignment(type));
    assert_offsets(type, type, 0);
}

/* ---- values ---- */

struct written {
    ffi_field field;
    size_t    base;
    int64_t   value;
};

static unsigned char  *image;
static struct written *values;
static size_t          value_count, value_room;

static bool is_integer(const ffi_ctype *type) {
    ffi_kind kind =
        ffi_type_kind(type) == FFI_KIND_ENUM ? ffi_type_kind(ffi_type_target(type)) : ffi_type_kind(type);
    return (kind >= FFI_KIND_BOOL && kind <= FFI_KIND_U64) || kind == FFI_KIND_I128 || kind == FFI_KIND_U128;
}

static bool is_signed(const ffi_ctype *type) {
    ffi_kind kind =
        ffi_type_kind(type) == FFI_KIND_ENUM ? ffi_type_kind(ffi_type_target(type)) : ffi_type_kind(type);
    return kind == FFI_KIND_I8 || kind == FFI_KIND_I16 || kind == FFI_KIND_I32 || kind == FFI_KIND_I64 ||
           kind == FFI_KIND_I128;
}

/* A value that the member can have. */
static int64_t random_value(const ffi_field *field) {
    unsigned width = field->is_bits ? field->bit_width : width_limit(field->type);
    uint64_t value = random64();
    if (ffi_type_kind(field->type) == FFI_KIND_BOOL) return value & 1;
    if (width >= 64) return (int64_t)value;
    value >>= 64 - width;
    if (is_signed(field->type) && value >> (width - 1)) value -= (uint64_t)1 << width;
    return (int64_t)value;
}

static void put_integer(const ffi_field *field, size_t base) {
    if (value_count == value_room) {
        value_room = value_room * 2 + 1024;
        values     = realloc(values, value_room * sizeof *values);
        if (!values) abort();
    }
    int64_t value         = random_value(field);
    values[value_count++] = (struct written){*field, base, value};
    ffi_field_write(field, image + base, value);
    fprintf(out, "(long long)0x%" PRIx64 "u", (uint64_t)value);
}

static void put_members(const ffi_ctype *type, size_t base);

static void put_value(const ffi_field *field, size_t base) {
    ffi_field element = {.type = ffi_type_target(field->type)};
    switch (ffi_type_kind(field->type)) {
    case FFI_KIND_STRUCT:
    case FFI_KIND_UNION:
        fprintf(out, "{");
        put_members(field->type, base + field->offset);
        fprintf(out, "}");
        break;
    case FFI_KIND_ARRAY:
        fprintf(out, "{");
        for (size_t i = 0; i < ffi_type_length(field->type) && i < 2; i++) {
            if (i) fprintf(out, ", ");
            element.offset = field->offset + i * ffi_type_size(element.type);
            put_value(&element, base);
        }
        fprintf(out, "}");
        break;
    case FFI_KIND_VECTOR: fprintf(out, "{0}"); break;
    default:
        if (is_integer(field->type)) put_integer(field, base);
        else fprintf(out, "0");
    }
}

/* Initializers for the members, in a union for one of them. */
static void put_members(const ffi_ctype *type, size_t base) {
    size_t    count = ffi_type_field_count(type), i = 0, end = count;
    ffi_field field;
    if (count && ffi_type_kind(type) == FFI_KIND_UNION) i = below((unsigned)count), end = i + 1;
    for (; i < end && ffi_type_field(type, i, &field); i++) {
        if (field.name) fprintf(out, ".%s = ", field.name), put_value(&field, base), fprintf(out, ", ");
        else put_members(field.type, base + field.offset);
    }
}

/* What was written must be read back, after all its neighbours were written too. */
static void read_back(void) {
    for (size_t i = 0; i < value_count; i++) {
        const struct written *written = &values[i];
        int64_t               value   = ffi_field_read(&written->field, image + written->base);
        if (value == written->value) continue;
        fprintf(stderr, "gen_layout: %s holds %" PRId64 ", not %" PRId64 "\n", written->field.name, value,
                written->value);
        exit(1);
    }
}

/* One object with a value of each type, behind a marker by which it is found. */
static void put_image(ffi_field *fields, size_t count, const char *path) {
    const ffi_ctype *whole = good(ffi_type_struct(context, "image", fields, count), "image");
    image                  = calloc(1, ffi_type_size(whole));
    if (!image) abort();
    fprintf(out, "struct image {\n");
    for (size_t i = 0; i < count; i++) {
        put_declaration(out, fields[i].type, fields[i].name);
        fprintf(out, ";\n");
    }
    fprintf(out, "};\nCHECK(sizeof(struct image) == %zu);\nconst struct image image = {\n.marker = {",
            ffi_type_size(whole));
    for (unsigned i = 0; i < MARKER; i++) fprintf(out, "%u, ", image[i] = (unsigned char)random64());
    fprintf(out, "},\n");
    ffi_field field;
    for (size_t i = 1; ffi_type_field(whole, i, &field); i++) {
        fprintf(out, "/* at %zu: */ .%s = ", field.offset, field.name);
        put_value(&field, 0);
        fprintf(out, ",\n");
    }
    fprintf(out, "};\n");
    read_back();
    FILE *file = fopen(path, "wb");
    if (!file || fwrite(image, ffi_type_size(whole), 1, file) != 1 || fclose(file)) perror(path), exit(1);
}

static void generate(unsigned count, const char *path) {
    ffi_field *fields = calloc(count + 1, sizeof *fields);
    char(*names)[16]  = calloc(count + 1, sizeof *names);
    if (!fields || !names) abort();
    fields[0] = (ffi_field){"marker", ffi_type_array_of(context, scalar(FFI_KIND_U8), MARKER), 0, 0, 0, 0, 0};
    size_t given = 1;
    fprintf(out, "#define CHECK(x) _Static_assert(x, #x)\n"
                 "#ifdef __clang__\n#define _Float128 __float128\n#endif\n");
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
    if (argc != 7) return fprintf(stderr, "usage: gen_layout ABI all|gcc SEED COUNT FILE.c IMAGE\n"), 2;
    const char *abi         = argv[1];
    context                 = ffi_context_new(&(ffi_options){.abi = abi});
    gcc_only                = !strcmp(argv[2], "gcc");
    state                   = strtoull(argv[3], NULL, 0);
    out                     = fopen(argv[5], "w");
    on_msvc                 = !strcmp(abi, "msvc");
    on_windows              = on_msvc || !strcmp(abi, "win64");
    float128_is_long_double = !strcmp(abi, "aapcs64");
    has_float128            = float128_is_long_double || !strcmp(abi, "sysv") || !strcmp(abi, "win64");
    if (!context) die(abi);
    if (!out) return perror(argv[5]), 1;
    generate((unsigned)strtoul(argv[4], NULL, 0), argv[6]);
    ffi_context_free(context);
    return fclose(out) ? perror(argv[5]), 1 : 0;
}
