/* SPDX-License-Identifier: MIT */
/* The texts of macros, of all that were defined: a `#define` that is a constant is a name too (symbol_table.c).
 */
#include "parse/parser.h"

struct macro {
    const char *body; /* NULL: undefined again */
    size_t      length;
    char        name[];
};

struct macro_key {
    const char *name;
    size_t      length;
};

static bool is_macro(const void *record, const void *key) {
    const struct macro     *macro  = record;
    const struct macro_key *wanted = key;
    return macro->length == wanted->length && !memcmp(macro->name, wanted->name, wanted->length);
}

static struct macro *find(const ffi_context *context, const char *name, size_t length, uint64_t *hash) {
    struct macro_key key = {name, length};
    *hash                = hash_bytes(0, name, length);
    return context->macros.count ? map_find(&context->macros, *hash, is_macro, &key) : NULL;
}

static bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

bool macro_define(ffi_context *context, const struct token *name, const char *at, const char *end) {
    struct journal *journal = &context->journal;
    uint64_t        hash;
    struct macro   *macro = find(context, name->at, name->length, &hash);
    while (at < end && is_blank(*at)) at++;
    while (end > at && is_blank(end[-1])) end--;
    size_t length = (size_t)(end - at);
    if (macro && macro->body && strlen(macro->body) == length && !memcmp(macro->body, at, length)) return true;
    char *body = arena_new(&context->arena, &context->heap, length + 1);
    if (!body) return false;
    memcpy(body, at, length);
    journal->lasting = true;
    if (!macro) {
        if (!(macro = arena_new(&context->arena, &context->heap, sizeof *macro + name->length + 1)))
            return false;
        macro->length = name->length;
        memcpy(macro->name, name->at, name->length);
        if (!journal_add(journal, &context->macros, hash, macro)) return false;
    } else if (!journal_write(journal, &macro->body, sizeof macro->body)) {
        return false;
    }
    macro->body = body;
    return true;
}

bool macro_undefine(ffi_context *context, const struct token *name) {
    uint64_t      hash;
    struct macro *macro = find(context, name->at, name->length, &hash);
    if (!macro || !macro->body) return true;
    if (!journal_write(&context->journal, &macro->body, sizeof macro->body)) return false;
    context->journal.lasting = true;
    macro->body              = NULL;
    return true;
}

bool ffi_declared_macro(ffi_context *context, const char *name, const char **text) {
    uint64_t hash;
    if (!context || !name) return false;
    os_lock_take(&context->lock);
    const struct macro *macro = find(context, name, strlen(name), &hash);
    const char         *body  = macro ? macro->body : NULL;
    os_lock_give(&context->lock);
    if (body && text) *text = body;
    return body != NULL;
}
