/* SPDX-License-Identifier: MIT */
/*
 * `ffi layout`: a struct or union drawn as C with the place of each member, the holes between them and the
 * cache lines, after the manner of pahole. Members without a tag are drawn with their own members.
 */
#include "argument.h"
#include "command.h"
#include "complain.h"
#include "show.h"
#include "source.h"
#include "system.h"
#include "text.h"
#include "type.h"

#include <stdlib.h>
#include <string.h>

enum { CACHE_LINE = 64, COLUMN = 48, INDENT = 4 };

/* ---- the drawing ---- */

/* The record as a whole, while its members are drawn. */
struct drawing {
    size_t line; /* the cache line of the last member */
    size_t holes, hole_bits, member_bits,
        last; /* of the outermost struct; `last` is the end of what is taken */
};

static bool is_unnamed(const ffi_ctype *type) {
    return is_record(type) && !*ffi_type_name(type);
}

static size_t begin_of(const ffi_field *field) {
    return field->offset * 8 + field->bit_offset;
}

static size_t bits_of(const ffi_field *field) {
    return field->is_bits ? field->bit_width : ffi_type_size(field->type) * 8;
}

static void put_boundary(struct drawing *drawing, size_t offset, int indent) {
    if (offset / CACHE_LINE == drawing->line) return;
    drawing->line = offset / CACHE_LINE;
    printf("%*s/* --- cache line %zu (%zu bytes)", indent, "", drawing->line, drawing->line * CACHE_LINE);
    if (offset % CACHE_LINE) printf(" began %zu bytes ago", offset % CACHE_LINE);
    printf(" --- */\n");
}

static void put_hole(size_t bits, int indent) {
    printf("%*s/* hole: ", indent, "");
    if (bits / 8) printf("%zu byte%s", bits / 8, bits / 8 == 1 ? "" : "s");
    if (bits % 8) printf("%s%zu bit%s", bits / 8 ? ", " : "", bits % 8, bits % 8 == 1 ? "" : "s");
    printf(" */\n");
}

/* A text and behind it, in a column, a member's place. */
static void put_placed(int indent, const char *text, const ffi_field *field, size_t base) {
    printf("%*s%-*s /* %5zu", indent, "", COLUMN - indent, text, base + field->offset);
    if (field->is_bits) printf(":%-2u", field->bit_offset);
    else printf("   ");
    printf(" %5zu */\n", ffi_type_size(field->type));
}

static bool put_members(struct drawing *drawing, const ffi_ctype *type, size_t base, int indent);

static bool put_member(struct drawing *drawing, const ffi_field *field, size_t base, int indent) {
    if (is_unnamed(field->type)) {
        printf("%*s%s {\n", indent, "", ffi_type_kind(field->type) == FFI_KIND_UNION ? "union" : "struct");
        if (!put_members(drawing, field->type, base + field->offset, indent + INDENT)) return false;
    }
    size_t length = ffi_type_format_named(field->type, field->name, NULL, 0);
    char  *text   = malloc(length + 32);
    if (!text) return false;
    if (is_unnamed(field->type)) {
        sprintf(text, field->name ? "} %s;" : "};", field->name);
    } else {
        ffi_type_format_named(field->type, field->name, text, length + 1);
        if (field->is_bits) sprintf(text + length, " : %u", field->bit_width);
        strcat(text, ";");
    }
    put_placed(indent, text, field, base);
    free(text);
    return true;
}

static bool put_members(struct drawing *drawing, const ffi_ctype *type, size_t base, int indent) {
    bool      outermost = indent == INDENT, is_struct = ffi_type_kind(type) == FFI_KIND_STRUCT;
    size_t    end = 0;
    ffi_field field;
    for (size_t i = 0; ffi_type_field(type, i, &field); i++) {
        size_t begin = begin_of(&field);
        if (is_struct && begin > end) {
            put_hole(begin - end, indent);
            if (outermost) drawing->holes++, drawing->hole_bits += begin - end;
        }
        put_boundary(drawing, base + begin / 8, indent);
        if (!put_member(drawing, &field, base, indent)) return false;
        if (outermost) drawing->member_bits += bits_of(&field);
        if (begin + bits_of(&field) > end) end = begin + bits_of(&field);
    }
    if (outermost) drawing->last = end;
    return true;
}

static void put_amount(const char *head, size_t bits) {
    printf("%s%zu byte%s", head, bits / 8, bits / 8 == 1 ? "" : "s");
    if (bits % 8) printf(" %zu bit%s", bits % 8, bits % 8 == 1 ? "" : "s");
}

static bool draw(const ffi_ctype *type, const char *text, const char *abi) {
    struct drawing drawing = {0};
    size_t         size    = ffi_type_size(type), rest;
    if (is_record(type)) {
        printf("%s {\n", is_unnamed(type) ? ffi_type_kind(type) == FFI_KIND_UNION ? "union" : "struct" : text);
        if (!put_members(&drawing, type, 0, INDENT)) return false;
        printf("};\n");
    } else {
        printf("%s\n", text);
    }
    printf("/* ");
    if (abi) printf("%s: ", abi);
    printf("size %zu, alignment %zu", size, ffi_type_alignment(type));
    if (size) printf(", cache lines %zu", (size + CACHE_LINE - 1) / CACHE_LINE);
    if (drawing.holes) put_amount(drawing.holes == 1 ? ", a hole of " : ", holes of ", drawing.hole_bits);
    if (is_record(type) && (rest = size * 8 - drawing.last)) put_amount(", padding ", rest);
    printf(" */\n");
    return true;
}

/* ---- JSON ---- */

static void put_string(const char *name, const char *text) {
    printf("\"%s\": ", name);
    text_json(stdout, text, strlen(text));
}

static bool put_json(const ffi_ctype *type, bool whole);

static bool put_json_field(const ffi_field *field) {
    printf("{");
    if (field->name) put_string("name", field->name), printf(", ");
    printf("\"offset\": %zu, ", field->offset);
    if (field->is_bits) printf("\"bit_offset\": %u, \"bit_width\": %u, ", field->bit_offset, field->bit_width);
    bool good = put_json(field->type, is_unnamed(field->type));
    printf("}");
    return good;
}

/* What an object says of a type; of a whole record also its members. */
static bool put_json(const ffi_ctype *type, bool whole) {
    ffi_field field;
    char     *text = type_text(type);
    if (!text) return false;
    put_string("type", text);
    free(text);
    printf(", \"size\": %zu, \"alignment\": %zu", ffi_type_size(type), ffi_type_alignment(type));
    if (!whole || !is_record(type)) return true;
    printf(", \"members\": [");
    for (size_t i = 0; ffi_type_field(type, i, &field); i++) {
        if (i) printf(", ");
        if (!put_json_field(&field)) return false;
    }
    printf("]");
    return true;
}

static bool draw_json(const ffi_ctype *type, const char *abi) {
    printf("{");
    if (abi) put_string("abi", abi), printf(", ");
    bool good = put_json(type, true);
    printf("}\n");
    return good;
}

/* ---- the command ---- */

/* Whether a type may have a definition that nobody has read yet. */
static bool is_undefined(const ffi_ctype *type) {
    bool tagged = is_record(type) || ffi_type_kind(type) == FFI_KIND_ENUM;
    return !type || (tagged && !ffi_type_is_complete(type));
}

static int refuse_incomplete(const ffi_ctype *type, const char *text) {
    if (!is_undefined(type)) return complain(EXIT_FAILED, "%s has no layout, as it has no size", text);
    note_that("-I HEADER reads the header that defines it");
    return complain(EXIT_FAILED, "the size of %s is not known: it is not defined", text);
}

static int layout(ffi_context *context, const struct options *options) {
    const ffi_ctype *type = ffi_type_parse(context, options->operands[0]);
    if (!options->source_count && is_undefined(type)) {
        declare_common(context, options);
        type = ffi_type_parse(context, options->operands[0]);
    }
    if (!type) return complain_last(EXIT_FAILED, NULL);
    char *text = type_text(type);
    if (!text) return complain(EXIT_FAILED, "there is no memory to show the type");
    if (!ffi_type_is_complete(type)) {
        int code = refuse_incomplete(type, text);
        return free(text), code;
    }
    if (options->given & OPTION_SVG) {
        int code = svg_layout(type, text);
        return free(text), code;
    }
    bool good = options->given & OPTION_JSON ? draw_json(type, options->abi) : draw(type, text, options->abi);
    free(text);
    return good ? finish_output(stdout) : complain(EXIT_FAILED, "there is no memory to show the type");
}

const struct command command_layout = {
    .name     = "layout",
    .summary  = "draw a struct with its offsets, holes and cache lines",
    .options  = OPTION_JSON | OPTION_SVG | OPTION_ABI | OPTIONS_DECLARE,
    .least    = 1,
    .most     = 1,
    .mixes    = true,
    .run      = layout,
    .examples = &system_examples.layout,
    .help     = "usage: ffi layout [--json] [--svg] [--abi ABI] [-i FILE] [-I HEADER] TYPE\n"
                "\n"
                "Draws a struct or union: the offset and size of each member, holes, cache lines.\n"
                "What TYPE does not define itself is looked for in the system's common headers,\n"
                "unless -i or -I says where it is.\n"
                "\n"
                "  --abi ABI  as this ABI lays it out instead of the platform's\n"
                "  --svg      print a picture in SVG\n"
                "  --json     print one JSON object\n" HELP_DECLARE,
};
