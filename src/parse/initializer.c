/* SPDX-License-Identifier: MIT */
/*
 * Initializers (C11 6.7.9): read for the value of a constant, the length of an array and the type of `auto`, and
 * skipped otherwise.
 */
#include "parse/constant.h"

/* Reads the value of a constant variable, if it is a number. */
static void constant_initializer(struct parser *parser, struct declared *draft) {
    struct value      value;
    struct checkpoint checkpoint = parser_try(parser);
    bool              good = parse_constant(parser, &value) && (at_mark(parser, ',') || at_mark(parser, ';'));
    if (good) value = value_cast(draft->type, value_promoted(parser->context, value));
    if (!parser_tried(parser, &checkpoint, good && value.form == VALUE_KNOWN)) return;
    draft->is_known = true;
    draft->value    = value.bits;
    draft->high     = value_high(&value);
}

/* ---- the length of an array ---- */

/* Reads `[n] =`, `[n ... m] =`, which may have further designators behind it; sets `*index` to the last number. */
static bool designator(struct parser *parser, uint64_t *index) {
    struct value value;
    do {
        parser_next(parser);
        if (!parse_integer(parser, &value)) return false;
    } while (at_mark(parser, MARK_ELLIPSIS));
    *index = value.bits;
    if (!accept_mark(parser, ']') || (!at_mark(parser, '=') && !skip_expression(parser, "=", "'='")))
        return false;
    return accept_mark(parser, '=');
}

/* Counts the elements that `{ ... }` gives to an array (C11 6.7.9p22). False if one of them may fill several
 * elements: an array or a record without brackets of its own. */
static bool count_elements(struct parser *parser, const ffi_ctype *element, uint64_t *most) {
    bool     parts = element->kind == FFI_KIND_ARRAY || type_is_record(element);
    uint64_t index = 0;
    parser_next(parser);
    while (!accept_mark(parser, '}')) {
        if (at_mark(parser, '[') && !designator(parser, &index)) return false;
        bool whole = at_mark(parser, '{') || parser->token.kind == TOKEN_STRING;
        if ((parts && !whole) || !skip_expression(parser, ",}", "'}'")) return false;
        if (++index > *most) *most = index;
        accept_mark(parser, ',');
    }
    return true;
}

/* Completes the type of an array whose length its initializer says, which is next. Nothing is read. */
static bool complete_array(struct parser *parser, struct declared *draft) {
    const ffi_ctype  *element    = draft->type->target;
    struct checkpoint checkpoint = parser_try(parser);
    struct token      after      = parser_peek(parser);
    uint64_t          count      = 0;
    struct value      text       = {0};
    bool              is_text    = parser->token.kind == TOKEN_STRING;
    bool              is_listed  = at_mark(parser, '{');
    if (is_listed && after.kind == TOKEN_STRING && type_is_integer(element)) {
        parser_next(parser);
        is_text = true;
    }
    bool good = is_text     ? parse_literal(parser, &text) && (count = text.type->count)
                : is_listed ? count_elements(parser, element, &count)
                            : false;
    parser_tried(parser, &checkpoint, false);
    if (!good) return true;
    draft->type = type_array(parser->context, element, (size_t)count, true);
    return draft->type || fail_here(parser, parser->token.at);
}

/* ---- all of it ---- */

bool parse_initializer(struct parser *parser, struct declared *draft) {
    bool arithmetic = type_is_integer(draft->type) || value_is_real(draft->type);
    parser_next(parser);
    if (draft->type->qualifiers & FFI_QUALIFIER_CONST && arithmetic) constant_initializer(parser, draft);
    if (draft->type->kind == FFI_KIND_ARRAY && !draft->type->complete && !complete_array(parser, draft))
        return false;
    return draft->is_known || skip_expression(parser, ",;", "',' or ';' behind the initializer");
}

const ffi_ctype *deduced_type(struct parser *parser) {
    struct value      value      = {0};
    struct checkpoint checkpoint = parser_try(parser);
    const ffi_ctype  *type       = NULL;
    parser_next(parser);
    if (parse_expression(parser, &value) && value.type->kind != FFI_KIND_VOID)
        type = value_object_type(parser->context, &value);
    if (type) checkpoint.changes = parser->context->journal.count; /* the type may be new */
    parser_tried(parser, &checkpoint, false);
    return type;
}
