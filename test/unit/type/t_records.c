/* SPDX-License-Identifier: MIT */
/*
 * Types without text: arrays, vectors, complex numbers, structs, unions, enums; what reflection tells of them,
 * what is refused. Sizes and offsets of random types are t_layout.sh's; here the compiler of this test is the
 * judge.
 */
#include "helper.h"

#include "pages.h"

#include <stdint.h>

__extension__ typedef __int128          i128;
__extension__ typedef unsigned __int128 u128;

static ffi_context *context;

static const ffi_ctype *scalar(ffi_kind kind) {
    return ffi_type_scalar(context, kind);
}

static ffi_field member(const char *name, const ffi_ctype *type) {
    return (ffi_field){.name = name, .type = type};
}

static ffi_field bits(const char *name, const ffi_ctype *type, unsigned width) {
    return (ffi_field){.name = name, .type = type, .is_bits = true, .bit_width = width};
}

#define STRUCT(name, ...)                                                                                      \
    ffi_type_struct(context, name, (ffi_field[]){__VA_ARGS__},                                                 \
                    sizeof((ffi_field[]){__VA_ARGS__}) / sizeof(ffi_field))
#define RECORD(kind, name, alignment, pack, ...)                                                               \
    ffi_type_record(context, kind, name, (ffi_field[]){__VA_ARGS__},                                           \
                    sizeof((ffi_field[]){__VA_ARGS__}) / sizeof(ffi_field), alignment, pack)

static const char *text_of(const ffi_ctype *type) {
    static char text[2000];
    ffi_type_format(type, text, sizeof text);
    return text;
}

static void derived(void) {
    const ffi_ctype *i32 = scalar(FFI_KIND_I32), *f64 = scalar(FFI_KIND_F64);
    const ffi_ctype *array = ffi_type_array_of(context, i32, 5);
    ok(ffi_type_size(array) == sizeof(int[5]) && ffi_type_length(array) == 5, "int[5]");
    ok(array == ffi_type_array_of(context, i32, 5), "made again it is the same");
    const ffi_ctype *open = ffi_type_array_of(context, i32, 0);
    ok(!ffi_type_is_complete(open) && !ffi_type_size(open) && ffi_type_alignment(open) == 4, "int[]");

    const ffi_ctype *number = ffi_type_complex_of(context, f64);
    ok(ffi_type_size(number) == sizeof(double _Complex) &&
           ffi_type_alignment(number) == _Alignof(double _Complex) && ffi_type_target(number) == f64,
       "ffi_type_complex_of makes double _Complex");
    is_text(text_of(number), "double _Complex", "its text is double _Complex");
    typedef float    vector __attribute__((vector_size(16)));
    const ffi_ctype *of4 = ffi_type_vector_of(context, scalar(FFI_KIND_F32), 4);
    ok(ffi_type_size(of4) == sizeof(vector) && ffi_type_alignment(of4) == _Alignof(vector) &&
           ffi_type_length(of4) == 4 && ffi_type_kind(of4) == FFI_KIND_VECTOR,
       "ffi_type_vector_of makes a vector of 4 floats");
    is_text(text_of(of4), "float __attribute__((vector_size(16)))", "its text");

    ok(ffi_type_size(scalar(FFI_KIND_I128)) == sizeof(i128), "__int128");
    ok(ffi_type_size(scalar(FFI_KIND_F16)) == 2 && ffi_type_size(scalar(FFI_KIND_F128)) == 16,
       "_Float16, _Float128");
    is_text(ffi_type_name(scalar(FFI_KIND_F128)), "_Float128", "a scalar's name");
}

static void derived_errors(void) {
    const ffi_ctype *none = scalar(FFI_KIND_VOID), *i32 = scalar(FFI_KIND_I32), *f32 = scalar(FFI_KIND_F32);
    const ffi_ctype *open = ffi_type_array_of(context, i32, 0), *huge;
    fails(ffi_type_array_of(context, none, 1), FFI_ERROR_TYPE, "void cannot be the element");
    fails(ffi_type_array_of(context, open, 1), FFI_ERROR_TYPE, "int32_t[]");
    fails(ffi_type_array_of(context, ffi_type_signature(context, none, NULL, 0, FFI_NOT_VARIADIC), 2),
          FFI_ERROR_TYPE, "element");
    fails(ffi_type_array_of(context, i32, SIZE_MAX), FFI_ERROR_RANGE, "too large");
    fails(ffi_type_array_of(context, i32, SIZE_MAX / 4 + 2), FFI_ERROR_RANGE,
          "too large"); /* 4 if it wrapped */
    huge = ffi_type_array_of(context, i32, (size_t)1 << 44);
    ok(huge && ffi_type_size(huge) == (size_t)1 << 46, "2^46 bytes are a type");
    fails(ffi_type_array_of(context, huge, 2), FFI_ERROR_RANGE, "too large");
    fails(STRUCT(NULL, member("a", huge), member("b", huge)), FFI_ERROR_RANGE, "too large");
    fails(ffi_type_vector_of(context, f32, 3), FFI_ERROR_RANGE, "power of two");
    fails(ffi_type_vector_of(context, f32, 0), FFI_ERROR_RANGE, "power of two");
    fails(ffi_type_vector_of(context, f32, SIZE_MAX / 4 + 5), FFI_ERROR_RANGE, "power of two");
    fails(ffi_type_vector_of(context, scalar(FFI_KIND_BOOL), 8), FFI_ERROR_TYPE, "_Bool");
    fails(ffi_type_vector_of(context, none, 8), FFI_ERROR_TYPE, "void");
    fails(ffi_type_complex_of(context, scalar(FFI_KIND_BOOL)), FFI_ERROR_TYPE, "complex");
    ffi_context *arm = ffi_context_new(&(ffi_options){.abi = "aapcs64"});
    fails(ffi_type_scalar(arm, FFI_KIND_F80), FFI_ERROR_UNSUPPORTED, "aapcs64");
    ffi_context_free(arm);
    fails(ffi_type_array_of(NULL, i32, 1), FFI_ERROR_ARGUMENT, "context");
    fails(ffi_type_array_of(context, NULL, 1), FFI_ERROR_ARGUMENT, "element");
    fails(ffi_type_vector_of(context, NULL, 1), FFI_ERROR_ARGUMENT, "element");
    fails(ffi_type_complex_of(context, NULL), FFI_ERROR_ARGUMENT, "element");
    fails(ffi_type_scalar(context, FFI_KIND_STRUCT), FFI_ERROR_ARGUMENT, "scalar");
    fails(ffi_type_scalar(context, FFI_KIND_POINTER), FFI_ERROR_ARGUMENT, "scalar");
}

struct sample {
    char kind;
    union {
        int32_t number;
        struct {
            uint16_t low, high;
        };
        double real;
    };
    int16_t  list[3];
    unsigned flag : 1, : 5, level : 7;
    char     rest[];
};

static const ffi_ctype *make_sample(const char *tag) {
    const ffi_ctype *i8 = scalar(FFI_KIND_I8), *u16 = scalar(FFI_KIND_U16), *u32 = scalar(FFI_KIND_U32);
    const ffi_ctype *halves = STRUCT(NULL, member("low", u16), member("high", u16));
    const ffi_ctype *either = RECORD(FFI_KIND_UNION, NULL, 0, 0, member("number", scalar(FFI_KIND_I32)),
                                     member(NULL, halves), member("real", scalar(FFI_KIND_F64)));
    return STRUCT(tag, member("kind", i8), member(NULL, either),
                  member("list", ffi_type_array_of(context, scalar(FFI_KIND_I16), 3)), bits("flag", u32, 1),
                  bits(NULL, u32, 5), bits("level", u32, 7), member("rest", ffi_type_array_of(context, i8, 0)));
}

static void reflection(void) {
    const ffi_ctype *sample = make_sample("sample");
    ffi_field        field;
    if (!ok(sample != NULL, "a struct with all sorts of members")) {
        note("message", ffi_last_message());
        return;
    }
    ok(ffi_type_kind(sample) == FFI_KIND_STRUCT && ffi_type_is_complete(sample), "it is a struct");
    is_text(ffi_type_name(sample), "sample", "a struct's name is its tag");
    ok(ffi_type_size(sample) == sizeof(struct sample), "a struct has the compiler's size");
    ok(ffi_type_alignment(sample) == _Alignof(struct sample), "a struct has the compiler's alignment");
    ok(ffi_type_field_count(sample) == 6, "six members: the unnamed bit-field is left out");
    ok(ffi_type_field(sample, 1, &field) && !field.name && ffi_type_kind(field.type) == FFI_KIND_UNION &&
           field.offset == offsetof(struct sample, number),
       "the unnamed union is one");
    ok(!ffi_type_field(sample, 6, &field), "there is no seventh");
    ok(ffi_type_field_named(sample, "high", &field) && field.offset == offsetof(struct sample, high),
       "a member of an anonymous struct in a union is found by name");
    ok(ffi_type_field_named(sample, "rest", &field) && field.offset == offsetof(struct sample, rest),
       "the flexible array is found by name");
    ok(!ffi_type_field_named(sample, "absent", &field) && !ffi_type_field_named(sample, NULL, &field),
       "a name that the struct has not is not found");
    ok(ffi_type_field_named(sample, "level", &field) && field.is_bits && field.bit_width == 7,
       "a bit-field is found by name with its width");

    struct sample value = {.kind = 1, .level = 85, .flag = 1};
    ok(ffi_field_read(&field, &value) == 85, "the compiler's bit-field is read");
    ffi_field_write(&field, &value, 42);
    ok(value.level == 42 && value.flag == 1, "a bit-field is written without touching its neighbour");
    ok(ffi_type_field_named(sample, "number", &field), "an int in a union is found by name");
    ffi_field_write(&field, &value, -7);
    ok(value.number == -7 && ffi_field_read(&field, &value) == -7, "is written and read");

    ok(ffi_type_field_count(scalar(FFI_KIND_I32)) == 0 && ffi_type_field_count(NULL) == 0 &&
           !ffi_type_field(NULL, 0, &field) && !ffi_type_field_named(NULL, "x", &field),
       "what is no record has no members");
    is_text(ffi_type_name(ffi_type_pointer_to(context, sample)), "", "a pointer has no name");
    ok(ffi_field_read(&(ffi_field){.type = scalar(FFI_KIND_F64)}, &value) == 0 &&
           ffi_field_read(NULL, &value) == 0,
       "a double is not read as an integer");
}

/* ---- bit-fields ---- */

/* Memory whose last byte is the last of a page; the next page cannot be touched. */
static unsigned char *page_end;

static void make_page(void) {
    page_end = readable_end(PAGE);
    if (!page_end) puts("Bail out! no memory"), exit(1);
}

/* The value that C leaves in a bit-field of 64 bits or less. */
static int64_t kept(int64_t value, unsigned width, bool is_signed) {
    uint64_t all = width < 64 ? ((uint64_t)1 << width) - 1 : UINT64_MAX, cut = (uint64_t)value & all;
    return (int64_t)(is_signed && cut >> (width - 1) ? cut | ~all : cut);
}

/* A packed record: `skip` bits, then one of `width`, and it ends with the page. */
static bool survives(ffi_kind kind, unsigned skip, unsigned width, unsigned char fill) {
    const ffi_ctype *type = scalar(kind), *byte = scalar(FFI_KIND_U8);
    ffi_field        fields[3] = {{0}}, field;
    size_t           count     = 0;
    if (skip) fields[count++] = bits("skip", byte, skip);
    fields[count++]         = bits("value", type, width);
    const ffi_ctype *record = ffi_type_record(context, FFI_KIND_STRUCT, NULL, fields, count, 0, 1);
    if (!record || !ffi_type_field_named(record, "value", &field)) return false;
    size_t         size = ffi_type_size(record);
    unsigned char *base = page_end - size;
    if (size != (skip + width + 7) / 8) return false;
    static const int64_t values[] = {0, 1, -1, INT64_MIN, INT64_MAX, 0x5555555555555555, -0x5555555555555556};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        memset(base, fill, size);
        ffi_field_write(&field, base, values[i]);
        int64_t wanted = kind == FFI_KIND_BOOL ? values[i] != 0
                                               : kept(values[i], width,
                                                      kind == FFI_KIND_I8 || kind == FFI_KIND_I16 ||
                                                          kind == FFI_KIND_I32 || kind == FFI_KIND_I64);
        if (ffi_field_read(&field, base) != wanted) return false;
        for (unsigned bit = 0; bit < size * 8; bit++) { /* the others are as they were */
            bool outside = bit < skip || bit >= skip + width;
            if (outside && ((base[bit / 8] ^ fill) >> bit % 8 & 1)) return false;
        }
    }
    return true;
}

static void bit_fields(void) {
    ffi_context *own   = context;
    unsigned     cases = 0, wrong = 0;
    make_page();
    context =
        ffi_context_new(&(ffi_options){.abi = "sysv"}); /* Microsoft's layouts do not mix types in a unit */
    for (ffi_kind kind = FFI_KIND_BOOL; kind <= FFI_KIND_U64; kind++) {
        unsigned most = kind == FFI_KIND_BOOL ? 1 : (unsigned)ffi_type_size(scalar(kind)) * 8;
        for (unsigned width = 1; width <= most; width++)
            for (unsigned skip = 0; skip < 8; skip++, cases++)
                if (!survives(kind, skip, width, 0) || !survives(kind, skip, width, 0xff))
                    if (wrong++ < 5) printf("# kind %d, %u bits from bit %u\n", (int)kind, width, skip);
    }
    ok(!wrong, "%u bit-fields at the end of a page, of every type and width, at every bit", cases);
    ffi_context_free(context);
    context = own;

    const ffi_ctype *wide =
        STRUCT(NULL, member("whole", scalar(FFI_KIND_I128)), bits("part", scalar(FFI_KIND_U128), 100));
    ffi_field whole, part;
    i128      memory[2] = {0};
    if (!ok(ffi_type_field_named(wide, "whole", &whole) && ffi_type_field_named(wide, "part", &part),
            "__int128"))
        return;
    ffi_field_write(&whole, memory, -3);
    ffi_field_write(&part, memory, -3);
    ok(memory[0] == -3 && (u128)memory[1] == ((u128)-3 << 28) >> 28, "are written as C assigns an int64_t");
    ok(ffi_field_read(&whole, memory) == -3 && ffi_field_read(&part, memory) == -3,
       "a read gives the lower 64 bits");
}

/* ---- what is refused ---- */

static void record_errors(void) {
    const ffi_ctype *i32 = scalar(FFI_KIND_I32), *open = ffi_type_array_of(context, i32, 0);
    const ffi_ctype *inner = STRUCT(NULL, member("deep", i32));
    fails(STRUCT(NULL, member("a", i32), member("a", i32)), FFI_ERROR_TYPE, "two members are named 'a'");
    fails(STRUCT(NULL, member("deep", i32), member(NULL, inner)), FFI_ERROR_TYPE, "'deep'");
    fails(STRUCT(NULL, member(NULL, inner), member(NULL, inner)), FFI_ERROR_TYPE, "'deep'");
    fails(STRUCT(NULL, member("a", NULL)), FFI_ERROR_ARGUMENT, "'a' has no type");
    fails(STRUCT(NULL, member("", i32)), FFI_ERROR_ARGUMENT, "empty");
    fails(STRUCT(NULL, member(NULL, i32)), FFI_ERROR_TYPE, "no name");
    fails(STRUCT(NULL, member("a", scalar(FFI_KIND_VOID))), FFI_ERROR_TYPE, "incomplete type void");
    fails(STRUCT(NULL, member("a", ffi_type_parse(context, "struct unknown"))), FFI_ERROR_TYPE,
          "struct unknown");
    fails(STRUCT("self", member("a", ffi_type_parse(context, "struct self"))), FFI_ERROR_TYPE, "struct self");
    fails(STRUCT(NULL, member("f", ffi_type_signature(context, i32, NULL, 0, FFI_NOT_VARIADIC))),
          FFI_ERROR_TYPE, "'f'");

    fails(STRUCT(NULL, bits("a", i32, 33)), FFI_ERROR_TYPE, "33 bits wide, its type has 32");
    fails(STRUCT(NULL, bits("a", scalar(FFI_KIND_BOOL), 2)), FFI_ERROR_TYPE, "2 bits wide, its type has 1");
    fails(STRUCT(NULL, bits("a", i32, 0)), FFI_ERROR_TYPE, "width 0 has a name");
    fails(STRUCT(NULL, bits("a", scalar(FFI_KIND_F32), 3)), FFI_ERROR_TYPE, "no integer");
    fails(STRUCT(NULL, bits("a", ffi_type_pointer_to(context, i32), 3)), FFI_ERROR_TYPE, "no integer");

    fails(STRUCT(NULL, member("a", open), member("b", i32)), FFI_ERROR_TYPE, "'a' is not the last member");
    ok(!ffi_type_size(STRUCT(NULL, member("a", open))), "an array without a length may be the only member");
    ok(ffi_type_size(RECORD(FFI_KIND_UNION, NULL, 0, 0, member("a", open), member("b", i32))) == 4,
       "any member of a union may be an array without a length");

    fails(RECORD(FFI_KIND_STRUCT, NULL, 3, 0, member("a", i32)), FFI_ERROR_RANGE, "not 3");
    fails(RECORD(FFI_KIND_STRUCT, NULL, (size_t)1 << 29, 0, member("a", i32)), FFI_ERROR_RANGE, "power of two");
    fails(RECORD(FFI_KIND_STRUCT, NULL, 0, 3, member("a", i32)), FFI_ERROR_RANGE, "pack");
    fails(RECORD(FFI_KIND_STRUCT, NULL, 0, 32, member("a", i32)), FFI_ERROR_RANGE, "pack");
    fails(STRUCT(NULL, {.name = "a", .type = i32, .alignment = 24}), FFI_ERROR_RANGE, "not 24");
    fails(RECORD(FFI_KIND_ENUM, NULL, 0, 0, member("a", i32)), FFI_ERROR_ARGUMENT, "kind");
    fails(ffi_type_struct(context, "", NULL, 0), FFI_ERROR_ARGUMENT, "name is empty");
    fails(ffi_type_struct(NULL, "x", NULL, 0), FFI_ERROR_ARGUMENT, "context");
    fails(ffi_type_struct(context, "x", NULL, 1), FFI_ERROR_ARGUMENT, "fields");
    fails(ffi_type_struct(context, "x", (ffi_field[1]){{0}}, SIZE_MAX), FFI_ERROR_RANGE, "too many");

    ok(STRUCT("self", member("a", i32)) != NULL, "a tag is free after its definition was refused");
    fails(STRUCT("self", member("a", i32)), FFI_ERROR_TYPE, "struct self is defined already");
    fails(RECORD(FFI_KIND_UNION, "self", 0, 0, member("a", i32)), FFI_ERROR_TYPE, "declared as struct");

    const ffi_ctype *nested = STRUCT(NULL, member("a", i32)), *last = nested;
    for (unsigned i = 0; nested && i < 1000; i++) last = nested, nested = STRUCT(NULL, member("a", nested));
    ok(!nested && ffi_last_error() == FFI_ERROR_RANGE,
       "a thousand structs in each other fail with FFI_ERROR_RANGE");
    ok(ffi_type_format(last, NULL, 0) > 1000 && ffi_type_equal(last, last), "those below the limit are usable");
}

/* ---- enums ---- */

static void enums(void) {
    const ffi_ctype   *i32 = scalar(FFI_KIND_I32), *i8 = scalar(FFI_KIND_I8);
    const ffi_constant colors[] = {{"RED", -2}, {"GREEN", -1}, {"BLUE", 70000}};
    const ffi_ctype   *color    = ffi_type_enum(context, "color", colors, 3, i32);
    const char        *name     = NULL;
    int64_t            value    = 0;
    ok(color && ffi_type_kind(color) == FFI_KIND_ENUM && ffi_type_size(color) == 4 &&
           ffi_type_target(color) == i32,
       "ffi_type_enum makes an enum of the compiler's size");
    ok(ffi_type_constant_count(color) == 3 && ffi_type_constant(color, 2, &name, &value) && value == 70000,
       "an enum has its constants");
    is_text(name ? name : "", "BLUE", "a constant has its name");
    ok(!ffi_type_constant(color, 3, &name, &value) && ffi_type_constant_count(i32) == 0,
       "an enum has no more constants");
    is_text(text_of(ffi_type_enum(context, NULL, colors, 2, i8)),
            "enum { RED = -2, GREEN = -1 } __attribute__((packed))", "without a tag");
    fails(ffi_type_enum(context, "color", colors, 3, i32), FFI_ERROR_TYPE, "enum color is defined already");
    fails(ffi_type_enum(context, "shade", colors, 3, scalar(FFI_KIND_F32)), FFI_ERROR_TYPE, "integer");
    fails(ffi_type_enum(context, "shade", colors, 3, color), FFI_ERROR_TYPE, "integer");
    fails(ffi_type_enum(context, "shade", colors, 3, NULL), FFI_ERROR_ARGUMENT, "integer");
    fails(ffi_type_enum(context, "shade", NULL, 3, i32), FFI_ERROR_ARGUMENT, "constants");
    fails(ffi_type_enum(context, "shade", (ffi_constant[1]){{0}}, 1, i32), FFI_ERROR_ARGUMENT, "no name");
    fails(ffi_type_struct(context, "color", NULL, 0), FFI_ERROR_TYPE, "declared as enum");

    const ffi_ctype *record = STRUCT(NULL, bits("a", color, 3), bits("b", color, 20));
    ffi_field        field;
    int32_t          memory = 0;
    ok(ffi_type_field_named(record, "a", &field), "a bit-field of an enum is found by name");
    ffi_field_write(&field, &memory, -2);
    ok(memory == 6 && ffi_field_read(&field, &memory) == -2, "is signed as the enum is");
}

/* ---- comparison, text ---- */

static void equality(void) {
    ffi_context     *first = context, *second = ffi_context_new(NULL);
    const char      *order[2] = {"node", "other"};
    const ffi_ctype *node[2], *sample[2], *renamed;
    for (int i = 0; i < 2; i++) {
        context              = i ? second : first;
        const ffi_ctype *tag = ffi_type_parse(context, "struct node *");
        node[i]              = STRUCT(order[0], member("next", tag), member("value", scalar(FFI_KIND_I32)));
        ok(node[i] && ffi_type_target(tag) == node[i],
           "a pointer to a tag points to the struct, once it is there");
        sample[i] = make_sample("compared");
    }
    renamed = STRUCT("compared_too", member("kind", scalar(FFI_KIND_I8)));
    ok(ffi_type_equal(node[0], node[1]), "list nodes of two contexts are equal");
    ok(ffi_type_equal(sample[0], sample[1]), "structs with all sorts of members too");
    ok(!ffi_type_equal(sample[0], node[1]) && !ffi_type_equal(sample[0], renamed), "others are not");
    const ffi_ctype *a    = STRUCT(NULL, member("a", scalar(FFI_KIND_I32)));
    context               = first;
    const ffi_ctype *b    = STRUCT(NULL, member("b", scalar(FFI_KIND_I32)));
    const ffi_ctype *same = STRUCT(NULL, member("a", scalar(FFI_KIND_I32)));
    ok(!ffi_type_equal(a, b), "a member's name counts");
    ok(ffi_type_equal(a, same) &&
           ffi_type_equal(ffi_type_array_of(context, same, 2), ffi_type_array_of(second, a, 2)),
       "structs without tags are equal if their members are");

    for (int i = 0; i < 40; i++) { /* 2^40 members, of which only 80 are compared */
        context = first, same = STRUCT(NULL, member("x", same), member("y", same));
        context = second, a = STRUCT(NULL, member("x", a), member("y", a));
    }
    context = first;
    ok(same && a && ffi_type_equal(same, a), "structs that double forty times are compared");
    size_t length = ffi_type_format(a, NULL, 0);
    ok(length > 1 << 20 && length < 1 << 22, "their text has an end");
    ffi_context_free(second);
}

static void texts(void) {
    const ffi_ctype *i32 = scalar(FFI_KIND_I32), *u16 = scalar(FFI_KIND_U16);
    const ffi_ctype *pointer = ffi_type_pointer_to(context, i32);
    is_text(text_of(STRUCT("tagged", member("a", i32))), "struct tagged", "a tag is enough");
    is_text(text_of(STRUCT(NULL, member("a", i32), member("b", ffi_type_array_of(context, pointer, 3)))),
            "struct { int32_t a; int32_t *b[3]; }", "a definition");
    is_text(text_of(ffi_type_pointer_to(context, STRUCT(NULL, bits("a", u16, 3), bits(NULL, u16, 0)))),
            "struct { uint16_t a : 3; uint16_t : 0; } *", "bit-fields, one without a name");
    is_text(text_of(RECORD(FFI_KIND_UNION, NULL, 16, 1, {.name = "a", .type = i32, .alignment = 2})),
            "union { int32_t a __attribute__((aligned(2))); } __attribute__((packed, aligned(16)))",
            "attributes");
    is_text(text_of(RECORD(FFI_KIND_STRUCT, NULL, 0, 2, member("a", i32), member("b", u16), bits("c", i32, 9))),
            "struct { int32_t a __attribute__((packed, aligned(2))); uint16_t b; int32_t c : 9 "
            "__attribute__((packed)); } __attribute__((aligned(2)))",
            "#pragma pack said by attributes");
    is_text(text_of(ffi_type_struct(context, NULL, NULL, 0)), "struct { }", "nothing in it");
}

/* ---- memory ---- */

struct heap {
    size_t blocks, left; /* allocations until one is refused */
};

static void *allocate(void *userdata, void *block, size_t old_size, size_t new_size) {
    struct heap *heap = userdata;
    (void)old_size;
    if (!new_size) {
        free(block);
        heap->blocks--;
        return NULL;
    }
    if (!heap->left) return NULL;
    heap->left--;
    heap->blocks++;
    return malloc(new_size);
}

static void memory(void) {
    ffi_context *kept   = context;
    struct heap  heap   = {0};
    unsigned     failed = 0, wrong = 0;
    bool         made = false;
    while (!made && failed < 1000) {
        const ffi_ctype *large = NULL;
        heap                   = (struct heap){.left = failed};
        context                = ffi_context_new(&(ffi_options){.allocate = allocate, .userdata = &heap});
        if (context) {
            ffi_field fields[100];
            char      names[100][16];
            for (unsigned i = 0; i < 100; i++) {
                snprintf(names[i], sizeof names[i], "m%u", i);
                fields[i] = member(names[i], scalar(FFI_KIND_I32));
            }
            large = ffi_type_struct(context, "large", fields, 100);
            made  = large && make_sample("sample") &&
                   ffi_type_enum(context, "e", (ffi_constant[]){{"A", 1}}, 1, scalar(FFI_KIND_I32));
        }
        if (!made && ffi_last_error() != FFI_ERROR_MEMORY) /* a NULL type is told as such */
            wrong += ffi_last_error() != FFI_ERROR_ARGUMENT;
        heap.left = 1000;
        if (context && !large) wrong += STRUCT("large", member("a", scalar(FFI_KIND_I8))) == NULL;
        ffi_context_free(context);
        wrong += heap.blocks != 0;
        failed++;
    }
    ok(made && failed > 5 && !wrong, "memory refused at each of %u places: nothing leaks, the tag stays free",
       failed - 1);
    context = kept;
}

/* Members of which more is kept than a name and a place below 4 GiB. */
static void wide_members(void) {
    ffi_error error =
        ffi_declare(context, "struct far { char first[0x180000001]; char second : 7; struct { char third; } "
                             "__attribute__((aligned(32))); int fourth __attribute__((aligned(64))); };");
    const ffi_ctype *type  = ffi_type_parse(context, "struct far");
    ffi_field        field = {0};
    ok(!error && ffi_type_field_count(type) == 4, "a record of more than 4 GiB is declared");
    ok(ffi_type_field_named(type, "second", &field) && field.is_bits && field.bit_width == 7 &&
           (field.offset * 8 + field.bit_offset) == 0x180000001 * 8,
       "a bit-field behind 4 GiB has its place");
    ok(ffi_type_field_named(type, "third", &field) && field.offset == 0x180000020,
       "a member of an unnamed member behind 4 GiB has its place");
    ok(ffi_type_field(type, 2, &field) && !field.name && field.offset == 0x180000020,
       "the unnamed member has its place");
    ok(ffi_type_field(type, 3, &field) && !strcmp(field.name, "fourth") && field.offset == 0x180000040 &&
           field.alignment == 64,
       "a member with an alignment has its name and place");
}

int main(void) {
    context = ffi_context_new(NULL);
    wide_members();
    derived();
    derived_errors();
    reflection();
    bit_fields();
    record_errors();
    enums();
    equality();
    texts();
    memory();
    ffi_context_free(context);
    return done();
}
