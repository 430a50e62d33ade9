/* SPDX-License-Identifier: MIT */
/* The types that bindings need, in an order in which C can define them, and their definitions in C. */
#include "argument.h"
#include "bind.h"
#include "number.h"
#include "source.h"
#include "type.h"

#include <stdlib.h>
#include <string.h>

char *text_of_type(const ffi_ctype *type, const char *name) {
    size_t size = ffi_type_format_named(type, name, NULL, 0) + 1;
    char  *text = malloc(size);
    if (text) ffi_type_format_named(type, name, text, size);
    return text;
}

static bool is_tagged_kind(const ffi_ctype *type) {
    return is_record(type) || ffi_type_kind(type) == FFI_KIND_ENUM;
}

bool is_tagless(const ffi_ctype *type) {
    return is_tagged_kind(type) && !*ffi_type_name(type);
}

/* ---- what is needed ---- */

/* By the name that a text gives it: a tag and a typedef may have the same one. */
static struct needed *find_needed(const struct binding *binding, const ffi_ctype *type, const char *name) {
    bool tagged = is_tagged_kind(type) && !is_tagless(type);
    for (size_t i = 0; name && i < binding->needed_count; i++) {
        struct needed *needed = &binding->needed[i];
        if (tagged == (is_tagged_kind(needed->type) && !is_tagless(needed->type)) &&
            !strcmp(needed->name, name))
            return needed;
    }
    return NULL;
}

static void add_needed(struct binding *binding, const ffi_ctype *type, const char *name, bool opaque) {
    if (binding->needed_count == binding->needed_room) {
        size_t         room   = binding->needed_room ? binding->needed_room * 2 : 256;
        struct needed *needed = realloc(binding->needed, room * sizeof *needed);
        if (!needed) binding->no_memory = true;
        if (!needed) return;
        binding->needed      = needed;
        binding->needed_room = room;
    }
    binding->needed[binding->needed_count++] = (struct needed){type, name, opaque};
}

static bool is_selected_type(const struct binding *binding, const char *name) {
    for (size_t i = 0; i < binding->count; i++)
        if (binding->items[i].selected && !strcmp(binding->items[i].name, name)) return true;
    return false;
}

/* The typedef by which a text names a record or an enum without a tag; NULL if there is none. */
static const char *typedef_of(const struct binding *binding, const ffi_ctype *type) {
    const ffi_ctype *plain = ffi_type_unqualified(binding->context, type);
    char            *text  = plain ? text_of_type(plain, "") : NULL;
    const char      *name  = NULL;
    for (size_t i = 0; text && i < binding->count && !name; i++)
        if (binding->items[i].what == FFI_DECLARED_TYPEDEF && !strcmp(binding->items[i].name, text))
            name = binding->items[i].name;
    free(text);
    return name;
}

static void need(struct binding *binding, const ffi_ctype *type, bool behind_pointer);

static void need_fields(struct binding *binding, const ffi_ctype *type) {
    ffi_field field;
    for (size_t i = 0; ffi_type_field(type, i, &field); i++) need(binding, field.type, false);
}

static void need_tagged(struct binding *binding, const ffi_ctype *type, bool behind_pointer) {
    const char *tag = ffi_type_name(type), *name = *tag ? tag : typedef_of(binding, type);
    if (!name) { /* it is defined where it is used */
        need_fields(binding, type);
        return;
    }
    bool opaque = !ffi_type_is_complete(type) || (behind_pointer && *tag && !is_selected_type(binding, name));
    struct needed *known = find_needed(binding, type, name);
    if (known && (opaque || !known->opaque)) return;
    if (!known) add_needed(binding, type, name, true); /* a record may point to itself */
    if (opaque) return;
    if (!(known = find_needed(binding, type, name))) return;
    known->opaque = false;
    need_fields(binding, type);
    known              = find_needed(binding, type, name); /* the types of its members come first */
    struct needed self = *known, *end = binding->needed + binding->needed_count - 1;
    memmove(known, known + 1, (size_t)(end - known) * sizeof self);
    *end = self;
}

static void need_signature(struct binding *binding, const ffi_ctype *type) {
    need(binding, ffi_type_target(type), false);
    for (size_t i = 0; i < ffi_type_parameter_count(type); i++) {
        const ffi_ctype *parameter = ffi_type_parameter(type, i);
        const ffi_ctype *element   = ffi_type_parameter_length(type, i) ? ffi_type_target(parameter) : NULL;
        bool             is_list   = element && !strcmp(ffi_type_name(element), "__va_list_tag");
        need(binding, element && !is_list ? element : parameter,
             false); /* C wants to know an array's elements */
    }
}

static void need(struct binding *binding, const ffi_ctype *type, bool behind_pointer) {
    const char *name = ffi_type_name(type);
    switch (ffi_type_kind(type)) {
    case FFI_KIND_POINTER: need(binding, ffi_type_target(type), true); break;
    case FFI_KIND_ARRAY:
    case FFI_KIND_VECTOR:
    case FFI_KIND_COMPLEX: need(binding, ffi_type_target(type), behind_pointer); break;
    case FFI_KIND_FUNCTION: need_signature(binding, type); break;
    case FFI_KIND_STRUCT:
    case FFI_KIND_UNION:
    case FFI_KIND_ENUM: need_tagged(binding, type, behind_pointer); break;
    default:
        if (*name && !ffi_type_parse(binding->plain, name) && !find_needed(binding, type, name))
            add_needed(binding, type, name, false);
    }
}

void binding_need_types(struct binding *binding) {
    for (size_t i = 0; i < binding->count; i++) {
        const struct item *item = &binding->items[i];
        if (item->selected && item->what != FFI_DECLARED_CONSTANT) need(binding, item->type, false);
    }
}

/* ---- definitions in C ---- */

/* A scalar without its name, which is a typedef's. */
static const char *scalar_text(const ffi_ctype *type) {
    static const char *const texts[] = {
        [FFI_KIND_VOID] = "void",       [FFI_KIND_BOOL] = "_Bool",    [FFI_KIND_I8] = "int8_t",
        [FFI_KIND_U8] = "uint8_t",      [FFI_KIND_I16] = "int16_t",   [FFI_KIND_U16] = "uint16_t",
        [FFI_KIND_I32] = "int32_t",     [FFI_KIND_U32] = "uint32_t",  [FFI_KIND_I64] = "int64_t",
        [FFI_KIND_U64] = "uint64_t",    [FFI_KIND_F16] = "_Float16",  [FFI_KIND_F32] = "float",
        [FFI_KIND_F64] = "double",      [FFI_KIND_I128] = "__int128", [FFI_KIND_U128] = "unsigned __int128",
        [FFI_KIND_F80] = "long double", [FFI_KIND_F128] = "_Float128"};
    ffi_kind kind = ffi_type_kind(type);
    if (ffi_type_is_char(type)) return "char";
    return kind < sizeof texts / sizeof *texts && texts[kind] ? texts[kind] : "int";
}

/* The definition of a record or an enum, with a line for each member or constant. */
static void put_lines(FILE *out, const ffi_ctype *type) {
    size_t size = ffi_type_format_definition(type, NULL, 0) + 1, depth = 0;
    char  *text = malloc(size), separator = ffi_type_kind(type) == FFI_KIND_ENUM ? ',' : ';';
    if (text) ffi_type_format_definition(type, text, size);
    for (const char *at = text; at && *at; at++) {
        if (*at == '{') depth++;
        if (*at == '}') depth--;
        bool inner = depth == 1 && *at == ' ', last = at[1] == '}';
        if (inner && (last || at[-1] == '{' || at[-1] == separator)) fputs(last ? "\n" : "\n    ", out);
        else fputc(*at, out);
    }
    free(text);
}

/* `text` declares the name; it does not tell of a typedef's alignment. */
static void put_typedef(FILE *out, const ffi_ctype *type, const ffi_ctype *written, const char *text) {
    size_t alignment = ffi_type_alignment(type);
    fprintf(out, "typedef %s", text);
    if (written && ffi_type_alignment(written) != alignment)
        fprintf(out, " __attribute__((aligned(%zu)))", alignment);
    fputs(";\n", out);
}

/* A scalar that a typedef names. */
static void put_scalar(FILE *out, const struct binding *binding, const struct needed *needed) {
    char text[256];
    snprintf(text, sizeof text, "%s %s", scalar_text(needed->type), needed->name);
    put_typedef(out, needed->type, ffi_type_scalar(binding->plain, ffi_type_kind(needed->type)), text);
}

static const char *word_of(const ffi_ctype *type) {
    return ffi_type_kind(type) == FFI_KIND_STRUCT  ? "struct"
           : ffi_type_kind(type) == FFI_KIND_UNION ? "union"
                                                   : "enum";
}

static void put_definition(FILE *out, const struct binding *binding, const struct needed *needed) {
    const ffi_ctype *type    = needed->type;
    bool             tagless = is_tagless(type);
    if (!is_tagged_kind(type)) {
        put_scalar(out, binding, needed);
    } else if (needed->opaque) {
        if (ffi_type_kind(type) != FFI_KIND_ENUM) fprintf(out, "%s %s;\n", word_of(type), needed->name);
    } else {
        if (tagless) fputs("typedef ", out);
        put_lines(out, type);
        fprintf(out, "%s%s;\n", tagless ? " " : "", tagless ? needed->name : "");
    }
}

void put_definitions(FILE *out, const struct binding *binding) {
    for (size_t i = 0; i < binding->needed_count; i++) put_definition(out, binding, &binding->needed[i]);
    for (size_t i = 0; i < binding->count; i++) {
        const struct item *item = &binding->items[i];
        if (!item->selected || item->what != FFI_DECLARED_TYPEDEF) continue;
        const struct needed *needed = find_needed(binding, item->type, item->name);
        bool                 tagged = is_tagged_kind(item->type) && !is_tagless(item->type);
        if (needed && !tagged && !strcmp(needed->name, item->name)) continue;
        char *text = text_of_type(item->type, item->name), *plain = text_of_type(item->type, "");
        bool new = is_tagged_kind(item->type) || strcmp(ffi_type_name(item->type), item->name) != 0;
        if (text && plain && new) put_typedef(out, item->type, ffi_type_parse(binding->context, plain), text);
        free(plain);
        free(text);
    }
}

/* ---- comments and constants ---- */

/* Writes a comment's lines without the marks of comments. */
void put_comment(FILE *out, const struct origin *origin, const char *before) {
    if (!origin || !origin->comment.length) return;
    const char *at = origin->comment.at, *end = at + origin->comment.length;
    bool        first = true;
    while (at < end) {
        const char *line = at, *stop = memchr(at, '\n', (size_t)(end - at));
        if (!stop) stop = end;
        at = stop < end ? stop + 1 : end;
        while (line < stop && strchr(" \t/*!<", *line)) line++;
        while (stop > line && strchr(" \t\r/*", stop[-1])) stop--;
        if (stop == line && (first || at == end)) continue;
        first = false;
        fprintf(out, "%s%s%.*s\n", before, stop > line ? " " : "", (int)(stop - line), line);
    }
}

/* C's letters behind a backslash that every language has; other bytes by their number. */
static void put_string(FILE *out, const char *text, size_t size, const struct notation *notation) {
    const unsigned char *bytes = (const unsigned char *)text;
    bool                 wide  = notation->wide && text_is_utf8(bytes, size);
    fputc('"', out);
    for (size_t i = 0; i < size; i++) {
        if (bytes[i] == '"' || bytes[i] == '\\') fprintf(out, "\\%c", bytes[i]);
        else if (bytes[i] == '\n') fputs("\\n", out);
        else if (bytes[i] == '\t') fputs("\\t", out);
        else if (bytes[i] < ' ' || bytes[i] == 127 || (bytes[i] > 127 && !wide))
            fprintf(out, notation->byte, (unsigned)bytes[i]);
        else fputc(bytes[i], out);
    }
    fputc('"', out);
}

static void put_real(FILE *out, ffi_kind kind, const ffi_value *value, const struct notation *notation) {
    double real = kind == FFI_KIND_F32 ? (double)value->f32 : value->f64;
    if (real != real) fputs(notation->nan, out);
    else if (real - real != 0) fprintf(out, notation->infinity, real < 0 ? "-" : "");
    else float_print(out, kind, value, false);
}

bool put_constant(FILE *out, const struct binding *binding, const struct item *item,
                  const struct notation *notation) {
    ffi_value        value;
    const ffi_ctype *type = ffi_declared_value(binding->context, item->name, &value);
    ffi_kind         kind = ffi_type_kind(type);
    if (!type) return false;
    if (kind == FFI_KIND_ENUM) kind = ffi_type_kind(ffi_type_target(type));
    if (kind == FFI_KIND_ARRAY && ffi_type_size(ffi_type_target(type)) == 1)
        return put_string(out, value.str, ffi_type_size(type) - 1, notation), true;
    if (kind == FFI_KIND_F64 || kind == FFI_KIND_F32) return put_real(out, kind, &value, notation), true;
    if (kind < FFI_KIND_BOOL || kind > FFI_KIND_U64) return false;
    if (kind == FFI_KIND_U64) fprintf(out, "%llu", (unsigned long long)value.u64);
    else fprintf(out, "%lld", (long long)value.i64);
    return true;
}
