/* SPDX-License-Identifier: MIT */
/* The texts of macros: a macro is text, and means something only where it is used. */
#include "parse/macro.h"

struct macro_key {
    const char *name;
    size_t      length;
};

/* What `#pragma push_macro` keeps. */
struct kept_macro {
    struct kept_macro *below;
    struct macro      *macro;
    const char        *body; /* NULL: it was no macro */
    bool               has_parameters;
};

static bool is_macro(const void *record, const void *key) {
    const struct macro     *macro  = record;
    const struct macro_key *wanted = key;
    return macro->length == wanted->length && !memcmp(macro->name, wanted->name, wanted->length);
}

static struct macro *find(const ffi_context *context, const char *name, size_t length, uint64_t *hash) {
    struct macro_key key = {name, length};
    *hash                = map_hash(0, name, length);
    return map_find(&context->macros, *hash, is_macro, &key);
}

struct macro *macro_find(const ffi_context *context, const char *name, size_t length) {
    uint64_t      hash;
    struct macro *macro = context->macros.count ? find(context, name, length, &hash) : NULL;
    return macro && !macro->is_undefined ? macro : NULL;
}

static bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static struct macro **link_behind(ffi_context *context, struct macro *last) {
    return last ? &last->next : &context->first_macro;
}

static void undo_new(const struct change *change) {
    ffi_context  *context                      = change->owner;
    struct macro *macro                        = change->what;
    context->last_macro                        = (struct macro *)change->before;
    *link_behind(context, context->last_macro) = NULL; /* no macro follows it: that was undone */
    map_remove(&context->macros, map_hash(0, macro->name, macro->length), macro);
}

/* A macro of this name with a copy of its first text behind the name. */
static struct macro *add(ffi_context *context, uint64_t hash, const struct token *name, const char *at,
                         size_t length, bool has_parameters) {
    struct macro *macro = arena_new(&context->arena, &context->heap,
                                    offsetof(struct macro, name) + name->length + 1 + length + 1);
    if (!macro || !map_add(&context->macros, &context->heap, hash, macro)) return NULL;
    macro->length         = name->length;
    macro->has_parameters = has_parameters;
    memcpy(macro->name, name->at, name->length);
    memcpy(macro->name + name->length + 1, at, length);
    struct change change = {undo_new, .what = macro, .owner = context, .before = context->last_macro};
    *link_behind(context, context->last_macro) = macro;
    context->last_macro                        = macro;
    if (journal_note(&context->journal, change)) return macro;
    undo_new(&change);
    return NULL;
}

/* ---- what few macros have ---- */

static bool is_more(const void *record, const void *key) {
    return ((const struct macro_more *)record)->macro == key;
}

static uint64_t hash_of(const struct macro *macro) {
    return hash_word(0, (uintptr_t)macro);
}

static struct macro_more *find_more(const ffi_context *context, const struct macro *macro) {
    return map_find(&context->macros_more, hash_of(macro), is_more, macro);
}

static void undo_more(const struct change *change) {
    ((struct macro *)change->owner)->has_more = false;
}

struct macro_more *macro_more(ffi_context *context, struct macro *macro) {
    if (macro->has_more) return find_more(context, macro);
    struct macro_more *more = arena_new(&context->arena, &context->heap, sizeof *more);
    if (!more) return NULL;
    more->macro = macro;
    if (!journal_note(&context->journal, (struct change){undo_more, .owner = macro}) ||
        !journal_add(&context->journal, &context->macros_more, hash_of(macro), more))
        return NULL;
    macro->has_more = true;
    return more;
}

const char *macro_body(const ffi_context *context, const struct macro *macro) {
    const struct macro_more *more = macro->has_more ? find_more(context, macro) : NULL;
    return more && more->body ? more->body : macro->name + macro->length + 1;
}

/* ---- another definition ---- */

/* The text and whether it has parameters; a text of NULL makes it no macro. */
static void set(struct macro *macro, bool is_undefined, bool has_parameters) {
    macro->is_undefined   = is_undefined;
    macro->has_parameters = has_parameters;
}

static void undo_set(const struct change *change) {
    set(change->what, change->word & 1, change->word >> 1 & 1);
}

static bool set_body(ffi_context *context, struct macro *macro, const char *body, bool has_parameters) {
    struct journal    *journal = &context->journal;
    struct macro_more *more    = body ? macro_more(context, macro) : NULL;
    struct change      change  = {undo_set, .what = macro};
    change.word                = (uint64_t)macro->has_parameters << 1 | macro->is_undefined;
    if ((body && !more) || !journal_note(journal, change)) return false;
    if (more && !journal_write(journal, &more->body, sizeof more->body)) return false;
    journal_meaning(journal);
    set(macro, !body, has_parameters);
    if (more) more->body = body;
    return true;
}

bool macro_define(ffi_context *context, const struct token *name, const char *end) {
    uint64_t      hash;
    const char   *at             = name->at + name->length;
    bool          has_parameters = at < end && *at == '(';
    struct macro *macro          = find(context, name->at, name->length, &hash);
    while (at < end && is_blank(*at)) at++;
    while (end > at && is_blank(end[-1])) end--;
    size_t length = (size_t)(end - at);
    if (!macro) {
        journal_meaning(&context->journal);
        return add(context, hash, name, at, length, has_parameters) != NULL;
    }
    const char *before = macro_body(context, macro);
    bool        same   = strlen(before) == length && !memcmp(before, at, length);
    if (same && macro->has_parameters == has_parameters && !macro->is_undefined) return true;
    if (same) return set_body(context, macro, before, has_parameters);
    char *body = arena_new(&context->arena, &context->heap, length + 1);
    return body && set_body(context, macro, memcpy(body, at, length), has_parameters);
}

bool macro_undefine(ffi_context *context, const struct token *name) {
    struct macro *macro = macro_find(context, name->at, name->length);
    return !macro || set_body(context, macro, NULL, false);
}

/* ---- #pragma push_macro ---- */

bool macro_push(ffi_context *context, const struct token *name) {
    uint64_t      hash;
    struct macro *macro = find(context, name->at, name->length, &hash);
    if (!macro) { /* it must be there to be undefined again */
        if (!(macro = add(context, hash, name, "", 0, false))) return false;
        macro->is_undefined = true;
    }
    struct kept_macro *kept = arena_new(&context->arena, &context->heap, sizeof *kept);
    if (!kept || !journal_write(&context->journal, &context->kept_macros, sizeof context->kept_macros))
        return false;
    const char *body     = macro->is_undefined ? NULL : macro_body(context, macro);
    *kept                = (struct kept_macro){context->kept_macros, macro, body, macro->has_parameters};
    context->kept_macros = kept;
    return true;
}

bool macro_pop(ffi_context *context, const struct token *name) {
    struct kept_macro **link = &context->kept_macros;
    for (struct kept_macro *kept; (kept = *link); link = &kept->below) {
        if (kept->macro->length != name->length || memcmp(kept->macro->name, name->at, name->length)) continue;
        if (!journal_write(&context->journal, link, sizeof *link)) return false;
        *link = kept->below;
        return set_body(context, kept->macro, kept->body, kept->has_parameters);
    }
    return true;
}

/* ---- questions ---- */

bool ffi_declared_macro(ffi_context *context, const char *name, const char **text) {
    if (!context || !name) return false;
    os_lock_take(&context->lock);
    const struct macro *macro = macro_find(context, name, strlen(name));
    const char         *body  = macro ? macro_body(context, macro) : NULL;
    os_lock_give(&context->lock);
    if (body && text) *text = body;
    return body != NULL;
}
