/* SPDX-License-Identifier: MIT */
/*
 * Notes: what a declaration says about parameters and the result beside their types: names, the lengths of
 * parameters declared as arrays, annotations. Calls do not depend on notes. So only the same signature without
 * them has a plan.
 *
 * They are kept in few bytes: the number of bytes that follow, and a note for each parameter and for the result.
 * A note is a name with its NUL. Before the name of few notes there are HAS_MORE, annotations, length, counter, and
 * the other name with its NUL.
 */
#include "base/number.h"
#include "type/context.h"
#include "type/type.h"

/* ---- bytes ---- */

enum { HAS_MORE = 1 }; /* no name begins with it */

static size_t put_name(char *to, const char *text, size_t length) {
    if (to && length) memcpy(to, text, length);
    if (to) to[length] = 0;
    return length + 1;
}

static const char *get_name(const char **at, size_t *length) {
    const char *text = *at;
    *length          = strlen(text);
    *at += *length + 1;
    return text;
}

static size_t put_note(char *to, const struct noted *note) {
    size_t size = 0;
    if (note->annotations || note->length) {
        if (to) *to = HAS_MORE;
        size = 1;
        size += number_put(to ? to + size : NULL, note->annotations & UINT16_MAX);
        size += number_put(to ? to + size : NULL, (uint64_t)note->length);
        size += number_put(to ? to + size : NULL, note->counter);
        size += put_name(to ? to + size : NULL, note->other, note->other_length);
    }
    return size + put_name(to ? to + size : NULL, note->name, note->name_length);
}

static struct noted get_note(const char **at) {
    struct noted note = {.other = ""};
    if (**at == HAS_MORE) {
        ++*at;
        note.annotations = (unsigned)number_get(at);
        note.length      = (int64_t)number_get(at);
        note.counter     = (uint32_t)number_get(at);
        note.other       = get_name(at, &note.other_length);
    }
    note.name = get_name(at, &note.name_length);
    return note;
}

size_t notes_size(const char *notes) {
    const char *at   = notes;
    size_t      size = (size_t)number_get(&at);
    return (size_t)(at - notes) + size;
}

/* ---- signatures ---- */

static bool is_noted(const struct noted *note) {
    return note->length || note->annotations || note->name_length;
}

const ffi_ctype *type_with_notes(ffi_context *context, const ffi_ctype *plain, const char *notes) {
    ffi_ctype draft = type_copy(plain);
    draft.notes     = notes;
    return type_intern(context, &draft);
}

const ffi_ctype *type_without_notes(ffi_context *context, const ffi_ctype *signature) {
    return signature->notes ? type_with_notes(context, signature, NULL) : signature;
}

const ffi_ctype *type_signature(ffi_context *context, ffi_ctype *draft, const struct noted *params,
                                const struct noted *result) {
    static const struct noted nothing;
    size_t                    size = 0, count = draft->count;
    bool                      noted = false;
    for (size_t i = 0; i <= count; i++) {
        const struct noted *note = i < count && params ? &params[i] : i == count && result ? result : &nothing;
        noted |= is_noted(note);
        size += put_note(NULL, note);
    }
    draft->notes = NULL;
    if (!noted) return type_intern(context, draft);
    size_t head  = number_put(NULL, size);
    char  *notes = memory_new(&context->heap, head + size), *at = notes;
    if (!notes) return NULL;
    at += number_put(at, size);
    for (size_t i = 0; i <= count; i++)
        at += put_note(at, i < count && params ? &params[i] : i == count && result ? result : &nothing);
    draft->notes          = notes;
    const ffi_ctype *type = type_intern(context, draft);
    memory_free(&context->heap, notes, head + size);
    return type;
}

struct noted note_of(const ffi_ctype *signature, size_t index) {
    const char *at = signature->notes;
    if (!at) return (struct noted){.name = "", .other = ""};
    number_get(&at);
    for (; index; index--) get_note(&at);
    return get_note(&at);
}

const struct nonnull nonnull_every = {.number = 0};

void notes_nonnull(struct noted *notes, const ffi_ctype *const *types, size_t first, size_t count,
                   const struct nonnull *named) {
    for (; named; named = named->next)
        for (size_t i = first; i < first + count; i++)
            if ((!named->number || named->number - 1 == i - first) && types[i]->kind == FFI_KIND_POINTER &&
                !(notes[i].annotations & FFI_ANNOTATION_NULLABLE))
                notes[i].annotations |= FFI_ANNOTATION_NONNULL;
}

const ffi_ctype *type_annotated(ffi_context *context, const ffi_ctype *signature, const struct noted *result,
                                const struct nonnull *named) {
    size_t        count = signature->count, size = (count + 1) * sizeof(struct noted);
    struct noted *params = memory_new(&context->heap, size);
    if (!params) return NULL;
    for (size_t i = 0; i <= count; i++) params[i] = note_of(signature, i);
    notes_nonnull(params, signature->params, 0, count, named);
    ffi_ctype        draft = type_copy(signature);
    const ffi_ctype *type  = type_signature(context, &draft, params, result ? result : &params[count]);
    memory_free(&context->heap, params, size);
    return type;
}

const ffi_ctype *type_variadic(ffi_context *context, const ffi_ctype *signature, const ffi_ctype *const *extra,
                               size_t count) {
    const ffi_ctype *types[FFI_MAX_ARGUMENTS];
    ffi_ctype        draft = type_copy(signature);
    draft.count            = signature->fixed + count;
    draft.params           = draft.count ? types : NULL;
    struct noted  result   = note_of(signature, signature->count);
    size_t        size     = (draft.count + 1) * sizeof(struct noted);
    struct noted *notes    = memory_new(&context->heap, size);
    bool          good     = notes != NULL;
    for (size_t i = 0; good && i < draft.count; i++) {
        bool fixed = i < signature->fixed;
        notes[i]   = fixed
                         ? note_of(signature, i)
                         : (struct noted){.length = (int64_t)type_parameter_length(extra[i - signature->fixed])};
        types[i]   = fixed ? signature->params[i] : type_parameter(context, extra[i - signature->fixed]);
        good       = types[i] != NULL;
    }
    const ffi_ctype *type = good ? type_signature(context, &draft, notes, &result) : NULL;
    memory_free(&context->heap, notes, size);
    return type;
}

bool notes_annotated(const ffi_ctype *signature) {
    const char *at = signature->notes;
    if (!at) return false;
    number_get(&at);
    for (size_t i = 0; i <= signature->count; i++)
        if (get_note(&at).annotations & ~(unsigned)FFI_ANNOTATION_NONNULL) return true;
    return false;
}

/* ---- questions ---- */

static bool is_signature(const ffi_ctype *type) {
    return type && type->kind == FFI_KIND_FUNCTION;
}

size_t ffi_type_parameter_length(const ffi_ctype *signature, size_t index) {
    if (!is_signature(signature) || !signature->notes || index >= signature->count) return 0;
    return (size_t)note_of(signature, index).length;
}

const char *ffi_type_parameter_name(const ffi_ctype *signature, size_t index) {
    if (!is_signature(signature) || !signature->notes || index >= signature->count) return "";
    return note_of(signature, index).name;
}

unsigned ffi_type_annotations(const ffi_ctype *signature, size_t index) {
    if (!is_signature(signature) || !signature->notes) return 0;
    if (index == FFI_RESULT) index = signature->count;
    return index <= signature->count ? note_of(signature, index).annotations : 0;
}

const char *ffi_type_owner(const ffi_ctype *signature, size_t index) {
    if (!(ffi_type_annotations(signature, index) & FFI_ANNOTATION_OWN)) return "";
    return note_of(signature, index == FFI_RESULT ? signature->count : index).other;
}

size_t ffi_type_counter(const ffi_ctype *signature, size_t index) {
    bool counted = index != FFI_RESULT && ffi_type_annotations(signature, index) & FFI_ANNOTATION_LEN;
    return counted ? note_of(signature, index).counter : FFI_RESULT;
}

int64_t ffi_type_failure(const ffi_ctype *signature) {
    bool has = ffi_type_annotations(signature, FFI_RESULT) & FFI_ANNOTATION_ERRNO_IF;
    return has ? note_of(signature, signature->count).length : 0;
}
