/* SPDX-License-Identifier: MIT */
/*
 * Writes a C program that holds what ffi_declare() made of a preprocessed header against what a compiler makes
 * of the header itself: sizes, alignments, the places of members, the types of typedefs, functions and
 * variables, the values of constants. All but bit-fields and constants is compared while the program is
 * compiled; running it compares the rest.
 *
 * Usage: gen_headers TEXT INCLUDE... [-d], where TEXT is what `cc -E` made of a file that includes INCLUDE...;
 * with -d, of `cc -E -dD`, and only constants are compared. FFI_ABI in the environment names the compiler's
 * ABI.
 */
#include <ffi_invoke.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- text ---- */

struct text {
    char  *at;
    size_t length, size;
};

static void put(struct text *text, const char *bytes, size_t length) {
    if (text->length + length + 1 > text->size) {
        text->size = (text->length + length + 1) * 2;
        text->at   = realloc(text->at, text->size);
        if (!text->at) exit(2);
    }
    memcpy(text->at + text->length, bytes, length);
    text->at[text->length += length] = 0;
}

static char *format(const ffi_ctype *type) {
    size_t length = ffi_type_format(type, NULL, 0);
    char  *text   = malloc(length + 1);
    if (!text) exit(2);
    ffi_type_format(type, text, length + 1);
    return text;
}

static char *replaced(char *text, const char *what, const char *by) {
    struct text out  = {0};
    const char *from = text;
    for (const char *at; (at = strstr(from, what)); from = at + strlen(what)) {
        put(&out, from, (size_t)(at - from));
        put(&out, by, strlen(by));
    }
    put(&out, from, strlen(from));
    free(text);
    return out.at;
}

/* ---- types ---- */

static bool is_record(const ffi_ctype *type) {
    return ffi_type_kind(type) == FFI_KIND_STRUCT || ffi_type_kind(type) == FFI_KIND_UNION;
}

static bool is_unnamed(const ffi_ctype *type) {
    return (is_record(type) || ffi_type_kind(type) == FFI_KIND_ENUM) && !*ffi_type_name(type);
}

/* The type as C text that the compiler can read beside the header. */
static char *spelled(const ffi_ctype *type) {
    char *text = format(type);
    text       = replaced(text, " __attribute__((ms_abi))", ""); /* which is the compiler's own there */
    text       = replaced(text, "struct __va_list_tag (*)[1]", "__builtin_va_list *");
    text       = replaced(text, "struct __va_list_tag *", "va_list_pointer ");
    return text;
}

/* ---- what is compared ---- */

static struct { size_t typedefs, records, members, bits, functions, variables, constants, unspeakable; } counts;

static void assert_that(const char *condition, const char *what) {
    printf("_Static_assert(%s, \"%s\");\n", condition, what);
}

/* What C cannot write down stays uncompared, and is counted. */
static bool is_speakable(const char *text) {
    if (!strchr(text, '{')) return true;
    counts.unspeakable++;
    return false;
}

static void same_type(const char *name, const ffi_ctype *type) {
    char *text    = spelled(type);
    bool  builtin = ffi_type_kind(type) == FFI_KIND_FUNCTION && *name == '_'; /* clang has no type of these */
    if (is_speakable(text)) {
        if (builtin) printf("#if !__has_builtin(%s)\n", name);
        printf(
            "_Static_assert(__builtin_types_compatible_p(__typeof__(%s), __typeof__(%s)), \"%s is not %s\");\n",
            name, text, name, text);
        if (builtin) puts("#endif");
    }
    free(text);
}

/* A bit-field set to ones, by us and by the compiler. */
static void same_bits(const char *record, const char *path, const ffi_ctype *whole, ffi_field field) {
    size_t         size  = ffi_type_size(whole);
    unsigned char *bytes = calloc(1, size + 8);
    if (!bytes) exit(2);
    ffi_field_write(&field, bytes, -1);
    printf("static void bits_%zu(void) {\n    static const unsigned char ours[] = {", counts.bits);
    for (size_t i = 0; i < size; i++) printf("%u,", bytes[i]);
    printf("};\n    %s it;\n    __builtin_memset(&it, 0, sizeof it);\n    it.%s = -1;\n", record, path);
    printf("    check(!__builtin_memcmp(&it, ours, sizeof it), \"%s.%s\");\n}\n", record, path);
    counts.bits++;
    free(bytes);
}

static void same_members(const char *record, const char *prefix, size_t offset, const ffi_ctype *whole,
                         const ffi_ctype *part) {
    ffi_field field;
    char      path[512], condition[1024];
    for (size_t i = 0; ffi_type_field(part, i, &field); i++) {
        snprintf(path, sizeof path, "%s%s%s", prefix, *prefix && field.name ? "." : "",
                 field.name ? field.name : "");
        if (field.is_bits) {
            field.offset += offset;
            same_bits(record, path, whole, field);
            continue;
        }
        if (field.name) {
            if (strcmp(field.name, "defined")) printf("#undef %s\n", field.name); /* it is no macro */
            snprintf(condition, sizeof condition, "__builtin_offsetof(%s, %s) == %zu", record, path,
                     offset + field.offset);
            assert_that(condition, path);
            snprintf(condition, sizeof condition, "sizeof ((%s *)0)->%s == %zu", record, path,
                     ffi_type_size(field.type));
            if (ffi_type_is_complete(field.type)) assert_that(condition, path);
            counts.members++;
        }
        if (is_unnamed(field.type)) same_members(record, path, offset + field.offset, whole, field.type);
    }
}

static void same_record(const char *record, const ffi_ctype *type) {
    char condition[512];
    snprintf(condition, sizeof condition, "sizeof(%s) == %zu && _Alignof(%s) == %zu", record,
             ffi_type_size(type), record, ffi_type_alignment(type));
    assert_that(condition, record);
    same_members(record, "", 0, type, type);
    counts.records++;
}

static void same_typedef(const char *name, const ffi_ctype *type) {
    char condition[512];
    counts.typedefs++;
    if (!ffi_type_is_complete(type)) {
        if (!is_unnamed(type)) same_type(name, type);
        return;
    }
    if (is_unnamed(type) && is_record(type)) {
        same_record(name, type);
        return;
    }
    snprintf(condition, sizeof condition, "sizeof(%s) == %zu && _Alignof(%s) == %zu", name, ffi_type_size(type),
             name, ffi_type_alignment(type));
    assert_that(condition, name);
    if (!is_unnamed(type)) same_type(name, type);
}

static bool compare_types(ffi_declared what, const char *name, const ffi_ctype *type, void *unused) {
    (void)unused;
    printf("#undef %s\n", name);
    switch (what) {
    case FFI_DECLARED_TYPEDEF: same_typedef(name, type); break;
    case FFI_DECLARED_FUNCTION: same_type(name, type), counts.functions++; break;
    case FFI_DECLARED_VARIABLE: same_type(name, type), counts.variables++; break;
    case FFI_DECLARED_CONSTANT: break;
    case FFI_DECLARED_TAG:
        if (is_record(type)) {
            char *record = format(type);
            same_record(record, type);
            free(record);
        } else {
            char condition[512];
            snprintf(condition, sizeof condition, "sizeof(enum %s) == %zu && ((enum %s)-1 < 0) == %d", name,
                     ffi_type_size(type), name, ffi_type_kind(ffi_type_target(type)) % 2 == FFI_KIND_I8 % 2);
            assert_that(condition, name);
        }
    }
    return true;
}

/* A struct that a prototype names first would be another one outside of it (C11 6.2.1p4): here it is the header's. */
static bool announce_tag(ffi_declared what, const char *name, const ffi_ctype *type, void *unused) {
    (void)unused;
    if (what == FFI_DECLARED_TAG && is_record(type))
        printf("%s %s;\n", ffi_type_kind(type) == FFI_KIND_UNION ? "union" : "struct", name);
    return true;
}

static ffi_context *context;

static bool compare_constant(ffi_declared what, const char *name, const ffi_ctype *type, void *unused) {
    int64_t value;
    (void)type, (void)unused;
    if (what != FFI_DECLARED_CONSTANT || !ffi_declared_constant(context, name, &value)) return true;
    printf("    check((unsigned long long)(%s) == %lluu, \"%s\");\n", name, (unsigned long long)value, name);
    counts.constants++;
    return true;
}

/* ---- the program ---- */

static char *read_file(const char *path) {
    struct text text = {0};
    char        buffer[65536];
    FILE       *file = fopen(path, "r");
    if (!file) exit(fprintf(stderr, "%s cannot be read\n", path) ? 2 : 2);
    for (size_t got; (got = fread(buffer, 1, sizeof buffer, file));) put(&text, buffer, got);
    put(&text, "", 0);
    fclose(file);
    return text.at;
}

int main(int count, char **words) {
    bool constants_only = count > 2 && !strcmp(words[count - 1], "-d");
    if (count < 3) return 2;
    context    = ffi_context_new(&(ffi_options){.abi = getenv("FFI_ABI")});
    char *text = read_file(words[1]);
    if (ffi_declare(context, text)) return fprintf(stderr, "%s\n", ffi_last_message()), 1;
    free(text);
    ffi_declared_each(context, announce_tag, NULL);
    for (int i = 2; i < count - constants_only; i++) printf("#include <%s>\n", words[i]);
    puts("#ifdef __clang__\n#define _Float128 __float128\n#endif"); /* the only spelling before _Complex */
    printf("typedef __typeof__(&(*(__builtin_va_list *)0)[0]) va_list_pointer;\nstatic int wrong;\n"
           "static void check(int good, const char *what) { if (!good) wrong++, __builtin_printf(\"%%s\\n\", "
           "what); }\n");
    if (!constants_only) {
        ffi_declared_each(context, compare_types, NULL);
    }
    puts("int main(void) {");
    for (size_t i = 0; i < counts.bits; i++) printf("    bits_%zu();\n", i);
    ffi_declared_each(context, compare_constant, NULL);
    puts("    check(1, \"\");\n    return wrong != 0;\n}");
    fprintf(stderr,
            "%zu typedefs, %zu structs and unions with %zu members and %zu bit-fields, %zu functions, %zu "
            "variables, "
            "%zu constants; %zu types without a name of C are left out\n",
            counts.typedefs, counts.records, counts.members, counts.bits, counts.functions, counts.variables,
            counts.constants, counts.unspeakable);
    ffi_context_free(context);
    return 0;
}
