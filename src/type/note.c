/* SPDX-License-Identifier: MIT */
/*
 * Notes: what a declaration says about parameters and the result beside their types: names, the lengths of
 * parameters declared as arrays, annotations. Calls do not depend on notes. So a signature with notes points to
 * the same signature without them, and only that one has a plan.
 */
#include "context.h"
#include "type/type.h"

static bool is_noted(const struct noted *note) {
    return note->length || note->annotations || note->name_length;
}

static uint32_t put_text(char *block, size_t *end, const char *text, size_t length) {
    size_t at = *end;
    if (!length) return 0;
    memcpy(block + at, text, length);
    *end += length + 1;
    return (uint32_t)at;
}

static void put_note(struct notes *notes, size_t index, size_t *end, const struct noted *note) {
    struct note *to  = &notes->of[index];
    bool         own = note->annotations & FFI_ANNOTATION_OWN;
    to->length       = note->length;
    to->annotations  = note->annotations & UINT16_MAX;
    to->name         = put_text((char *)notes, end, note->name, note->name_length);
    to->other        = own ? put_text((char *)notes, end, note->other, note->other_length) : note->counter;
}

const ffi_ctype *type_signature(ffi_context *context, const ffi_ctype *draft, const struct noted *params,
                                const struct noted *result) {
    static const struct noted nothing;
    ffi_ctype                 own = *draft;
    own.plain                     = NULL;
    own.notes                     = NULL;
    const ffi_ctype *plain        = type_intern(context, &own);
    bool             noted        = result && is_noted(result);
    size_t           count = draft->count, size = sizeof(struct notes) + (count + 1) * sizeof(struct note);
    size_t           end = size;
    if (!result) result = &nothing;
    for (size_t i = 0; i <= count; i++) {
        const struct noted *note = i == count ? result : params ? &params[i] : &nothing;
        noted |= is_noted(note);
        size +=
            (note->name_length ? note->name_length + 1 : 0) + (note->other_length ? note->other_length + 1 : 0);
    }
    struct notes *notes = plain && noted ? memory_new(&context->heap, size) : NULL;
    if (!notes) return noted ? NULL : plain;
    memset(notes, 0, size);
    notes->size = (uint32_t)size;
    for (size_t i = 0; params && i < count; i++) put_note(notes, i, &end, &params[i]);
    put_note(notes, count, &end, result);
    own.plain             = plain;
    own.notes             = notes;
    const ffi_ctype *type = type_intern(context, &own);
    memory_free(&context->heap, notes, size);
    return type;
}

static const char *text_at(const struct notes *notes, uint32_t at) {
    return at ? (const char *)notes + at : "";
}

struct noted note_of(const ffi_ctype *signature, size_t index) {
    const struct notes *notes = signature->notes;
    if (!notes) return (struct noted){.name = "", .other = ""};
    const struct note *note  = &notes->of[index];
    bool               own   = note->annotations & FFI_ANNOTATION_OWN;
    struct noted       noted = {.length      = note->length,
                                .annotations = note->annotations,
                                .counter     = own ? 0 : note->other,
                                .name        = text_at(notes, note->name),
                                .other       = text_at(notes, own ? note->other : 0)};
    noted.name_length        = strlen(noted.name);
    noted.other_length       = strlen(noted.other);
    return noted;
}

const ffi_ctype *type_annotated(ffi_context *context, const ffi_ctype *signature, const struct noted *result) {
    size_t        size   = (signature->count + 1) * sizeof(struct noted);
    struct noted *params = memory_new(&context->heap, size);
    if (!params) return NULL;
    for (size_t i = 0; i < signature->count; i++) params[i] = note_of(signature, i);
    const ffi_ctype *type = type_signature(context, signature, params, result);
    memory_free(&context->heap, params, size);
    return type;
}

const ffi_ctype *type_variadic(ffi_context *context, const ffi_ctype *signature, const ffi_ctype *const *extra,
                               size_t count) {
    const ffi_ctype *types[FFI_MAX_ARGUMENTS];
    ffi_ctype        draft = *signature;
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

/* ---- questions ---- */

static bool is_signature(const ffi_ctype *type) {
    return type && type->kind == FFI_KIND_FUNCTION;
}

size_t ffi_type_parameter_length(const ffi_ctype *signature, size_t index) {
    if (!is_signature(signature) || !signature->notes || index >= signature->count) return 0;
    return (size_t)signature->notes->of[index].length;
}

const char *ffi_type_parameter_name(const ffi_ctype *signature, size_t index) {
    if (!is_signature(signature) || !signature->notes || index >= signature->count) return "";
    return text_at(signature->notes, signature->notes->of[index].name);
}

unsigned ffi_type_annotations(const ffi_ctype *signature, size_t index) {
    if (!is_signature(signature) || !signature->notes) return 0;
    if (index == FFI_RESULT) index = signature->count;
    return index <= signature->count ? signature->notes->of[index].annotations : 0;
}

const char *ffi_type_owner(const ffi_ctype *signature, size_t index) {
    if (!(ffi_type_annotations(signature, index) & FFI_ANNOTATION_OWN)) return "";
    return text_at(signature->notes,
                   signature->notes->of[index == FFI_RESULT ? signature->count : index].other);
}

size_t ffi_type_counter(const ffi_ctype *signature, size_t index) {
    bool counted = index != FFI_RESULT && ffi_type_annotations(signature, index) & FFI_ANNOTATION_LEN;
    return counted ? signature->notes->of[index].other : FFI_RESULT;
}

int64_t ffi_type_failure(const ffi_ctype *signature) {
    bool has = ffi_type_annotations(signature, FFI_RESULT) & FFI_ANNOTATION_ERRNO_IF;
    return has ? signature->notes->of[signature->count].length : 0;
}
