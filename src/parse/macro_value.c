/* SPDX-License-Identifier: MIT */
/*
 * The values of constants: of enums, of variables that are constant, and of macros. A macro's value is what its
 * text is at the end of all that was declared; it is computed when somebody asks, and kept until a name or a
 * macro gets another meaning.
 */
#include "parse/constant.h"
#include "parse/macro.h"

/* Removes each `_Pragma("...")`: in a value it only makes the compiler warn. */
static void drop_pragmas(struct tokens *tokens) {
    size_t kept = 0;
    for (size_t i = 0; i < tokens->count; i++) {
        bool pragma =
            tokens->at[i].kind == TOKEN_WORD && tokens->at[i].id == KEY_PRAGMA && tokens->count - i > 3;
        if (pragma && tokens->at[i + 2].kind == TOKEN_STRING) i += 3;
        else tokens->at[kept++] = tokens->at[i];
    }
    tokens->count = kept;
}

static char *expanded(struct parser *parser, struct macro *macro) {
    struct expander expander = {.context = parser->context, .left = MACRO_VALUE_WORK};
    struct tokens   tokens   = {0};
    char           *text     = NULL;
    if (expand_body(&expander, macro, &tokens)) {
        drop_pragmas(&tokens);
        size_t length = expand_write(&tokens, NULL);
        if ((text = journal_scratch(&parser->context->journal, length + 1))) expand_write(&tokens, text);
    }
    arena_free(&expander.arena, &parser->context->heap);
    return text;
}

/* A number, a pointer or a string. */
static bool compute(struct parser *parser, struct macro *macro, struct value *value) {
    char *text = expanded(parser, macro);
    if (!text || !*text) return false;
    parser->source = parser->token.at = text;
    parser_next(parser);
    return parse_constant(parser, value) && parser->token.kind == TOKEN_END &&
           (value->form == VALUE_KNOWN || value->form == VALUE_STRING);
}

/* A string outlives the text; the same one is kept. */
static bool keep_text(ffi_context *context, const struct value *value, struct constant *constant) {
    size_t size = value->type->size;
    if (constant->text && constant->type == value->type && !memcmp(constant->text, value->text, size))
        return true;
    void *text = arena_new(&context->arena, &context->heap, size + 1);
    if (text) constant->text = memcpy(text, value->text, size);
    return text != NULL;
}

/* False if memory is out: then the macro's value is still unknown. */
static bool evaluate(ffi_context *context, struct macro *macro, struct constant *constant) {
    struct parser parser;
    struct value  value;
    parser_begin(&parser, context, "");
    struct checkpoint checkpoint = parser_try(&parser);
    bool              good       = parser_tried(&parser, &checkpoint, compute(&parser, macro, &value));
    bool              memory     = !parser.broken;
    if (good && value.form == VALUE_STRING) {
        memory          = keep_text(context, &value, constant);
        constant->bytes = (struct real){0, 0};
    } else if (good) {
        constant->text  = NULL;
        constant->bytes = (struct real){value.bits, value_high(&value)};
    }
    if (good) constant->type = value.type;
    constant->is_known = good;
    parser_end(&parser, good && memory);
    return memory;
}

const struct constant *macro_value(ffi_context *context, struct macro *macro, bool *memory) {
    *memory = true;
    if (macro->is_undefined || macro->has_parameters) return NULL;
    struct macro_more *more = macro_more(context, macro);
    if (!more) return *memory = false, NULL;
    struct constant *constant = &more->value;
    if (constant->generation != context->journal.generation + 1) {
        constant->generation = 0;
        if (!(*memory = evaluate(context, macro, constant))) return NULL;
        constant->generation = context->journal.generation + 1;
    }
    return constant->is_known ? constant : NULL;
}

/* ---- questions ---- */

/* What a value is in an array of arguments. */
static ffi_value slot_of(const ffi_ctype *type, const void *bytes, const char *text) {
    ffi_value value = {.i64 = 0};
    if (text) value.ptr = (void *)(uintptr_t)text;
    else if (type->size > 8) value.ptr = (void *)(uintptr_t)bytes;
    else memcpy(&value, bytes, 8);
    return value;
}

static const ffi_ctype *find(ffi_context *context, const char *name, ffi_value *value) {
    bool                   memory;
    size_t                 length   = strlen(name);
    struct macro          *macro    = macro_find(context, name, length);
    const struct constant *constant = macro ? macro_value(context, macro, &memory) : NULL;
    if (constant) {
        *value = slot_of(constant->type, &constant->bytes, constant->text);
        return constant->type;
    }
    const struct name *found = name_find(context, name, length);
    if (found && found->kind == NAME_CONSTANT) {
        int64_t bits = name_constant(found);
        *value       = slot_of(found->type, &bits, NULL);
        return found->type;
    }
    if (!found || !found->has_more || !found->more->is_known) return NULL;
    *value = slot_of(found->more->type, &found->more->value, NULL);
    return found->more->type;
}

const ffi_ctype *ffi_declared_value(ffi_context *context, const char *name, ffi_value *value) {
    ffi_value its = {.i64 = 0};
    if (!context || !name) return NULL;
    os_lock_take(&context->lock);
    const ffi_ctype *type = find(context, name, &its);
    os_lock_give(&context->lock);
    if (type && value) *value = its;
    return type;
}

bool ffi_declared_constant(ffi_context *context, const char *name, int64_t *value) {
    ffi_value        its;
    const ffi_ctype *type = ffi_declared_value(context, name, &its);
    bool             is   = type && type_is_integer(type) && type->size <= 8;
    if (is && value) *value = its.i64;
    return is;
}
