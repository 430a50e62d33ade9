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
    ffi_ctype                 own = type_copy(draft);
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
    for (size_t i = 0; signature->notes && i <= signature->count; i++)
        if (signature->notes->of[i].annotations) return true;
    return false;
}

/* ---- packed ---- */

/* A number takes seven bits of each byte, the lowest first, as long as the eighth bit is set. */
static size_t put_number(char *to, uint64_t number) {
    size_t size = 0;
    do {
        if (to) to[size] = (char)((number & 0x7f) | (number > 0x7f ? 0x80 : 0));
        size++;
    } while (number >>= 7);
    return size;
}

static uint64_t get_number(const char **at) {
    uint64_t number = 0;
    for (unsigned shift = 0;; shift += 7) {
        unsigned char byte = (unsigned char)*(*at)++;
        number |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80) return number;
    }
}

static size_t put_name(char *to, const char *text, size_t length) {
    if (to) memcpy(to, text, length + 1);
    return length + 1;
}

static const char *get_name(const char **at, size_t *length) {
    const char *text = *at;
    *length          = strlen(text);
    *at += *length + 1;
    return text;
}

/* A note is its name and whether more follows, which most notes lack. */
size_t notes_pack(const ffi_ctype *signature, char *to) {
    size_t size = 0;
    for (size_t i = 0; i <= signature->count; i++) {
        struct noted note = note_of(signature, i);
        bool         more = note.annotations || note.length;
        size += put_name(to ? to + size : NULL, note.name, note.name_length);
        size += put_number(to ? to + size : NULL, more);
        if (!more) continue;
        size += put_number(to ? to + size : NULL, note.annotations);
        size += put_number(to ? to + size : NULL, (uint64_t)note.length);
        size += put_number(to ? to + size : NULL, note.counter);
        size += put_name(to ? to + size : NULL, note.other, note.other_length);
    }
    return size;
}

const ffi_ctype *type_unpacked(ffi_context *context, const ffi_ctype *plain, const char *packed) {
    size_t        size  = (plain->count + 1) * sizeof(struct noted);
    struct noted *notes = memory_new(&context->heap, size);
    if (!notes) return NULL;
    for (size_t i = 0; i <= plain->count; i++) {
        struct noted *note = &notes[i];
        *note              = (struct noted){.other = ""};
        note->name         = get_name(&packed, &note->name_length);
        if (!get_number(&packed)) continue;
        note->annotations = (unsigned)get_number(&packed);
        note->length      = (int64_t)get_number(&packed);
        note->counter     = (uint32_t)get_number(&packed);
        note->other       = get_name(&packed, &note->other_length);
    }
    const ffi_ctype *type = type_signature(context, plain, notes, &notes[plain->count]);
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
