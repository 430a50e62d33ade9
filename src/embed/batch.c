/* SPDX-License-Identifier: MIT */
/* Batches: calls from a flat buffer of words, checked one after the other and made at once. */
#include "embed.h"

enum { ALIGNMENT = 64, ROOM = 1024 };

static size_t words_of(size_t bytes) {
    return (bytes + 7) / 8;
}

/* One call. */
struct record {
    const ffi_function *function;
    const ffi_shape    *shape;
    uint64_t           *words; /* behind the head */
    size_t              number, at;
};

/* The batch ends here, with an error. */
static bool wrong(const struct record *record, ffi_error code, const char *what, uint64_t value) {
    ffi_fail(code, "ffi_invoke_batch: call %zu at word %zu: %s %llu", record->number, record->at, what,
             (unsigned long long)value);
    return false;
}

static size_t length_of(const ffi_shape *shape) {
    size_t length = 1 + words_of(shape->result.size);
    for (size_t i = 0; i < shape->count; i++) length += words_of(shape->parameters[i].size);
    return length;
}

/* Integers stand in their words as 64 bits, of which the type must have all. A pointer may have to be not NULL. */
static bool fits(const ffi_parameter *parameter, uint64_t word) {
    if (parameter->what == FFI_CLASS_INT)
        return (int64_t)word >= parameter->least && (int64_t)word <= (int64_t)parameter->most;
    if (parameter->what == FFI_CLASS_UINT || parameter->what == FFI_CLASS_BOOL) return word <= parameter->most;
    return word || !(parameter->annotations & FFI_ANNOTATION_NONNULL);
}

static const char *misfit(const ffi_parameter *parameter) {
    bool null = parameter->annotations & FFI_ANNOTATION_NONNULL;
    return null ? "a pointer that is not NULL is needed as argument" : "the type cannot hold argument";
}

/* Memory for a value that is aligned to more than words are: a piece of the room; NULL if there is none left.
 */
static char *take(char **room, char *end, const ffi_parameter *of) {
    size_t size = (of->size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
    if (of->alignment > ALIGNMENT || (size_t)(end - *room) < size) return NULL;
    char *taken = *room;
    *room += size;
    return taken;
}

static bool collect(const struct record *record, ffi_value *slots, char **room, char *end) {
    uint64_t *word = record->words + words_of(record->shape->result.size);
    for (size_t i = 0; i < record->shape->count; i++) {
        const ffi_parameter *parameter = &record->shape->parameters[i];
        if (parameter->is_slot) {
            if (!fits(parameter, *word)) return wrong(record, FFI_ERROR_RANGE, misfit(parameter), i + 1);
            slots[i].u64 = *word;
        } else if (parameter->alignment <= 8) {
            slots[i].ptr = word;
        } else {
            char *copy = take(room, end, parameter);
            if (!copy) return wrong(record, FFI_ERROR_UNSUPPORTED, "there is no room for argument", i + 1);
            slots[i].ptr = memcpy(copy, word, parameter->size);
        }
        word += words_of(parameter->size);
    }
    return true;
}

static bool call(const struct record *record) {
    ffi_value                slots[FFI_MAX_ARGUMENTS];
    _Alignas(ALIGNMENT) char memory[ROOM];
    const ffi_parameter     *result = &record->shape->result;
    char                    *room = memory, *end = memory + sizeof memory, *to = (char *)record->words;
    if (!collect(record, slots, &room, end)) return false;
    if (result->alignment > 8 && !(to = take(&room, end, result)))
        return wrong(record, FFI_ERROR_UNSUPPORTED, "there is no room for the result of bytes", result->size);
    if (result->size && result->size < 8) record->words[0] = 0;
    ffi_invoke(record->function, to, slots);
    if (to != (char *)record->words) memcpy(record->words, to, result->size);
    bool failed = result->annotations & FFI_ANNOTATION_ERRNO_IF && call_has_failed(record->shape, to);
    if (failed) own_system_error(record->function);
    return !failed;
}

/* The call that begins at this word. */
static bool read_record(const ffi_function *const *functions, size_t count, uint64_t *words, size_t size,
                        struct record *record, size_t *length) {
    uint64_t head = words[record->at], number = head & UINT32_MAX;
    *length = (size_t)(head >> 32);
    if (number >= count || !functions[number])
        return wrong(record, FFI_ERROR_ARGUMENT, "there is no function", number);
    record->function = functions[number];
    if (!(record->shape = ffi_function_shape(record->function))) return false;
    if (*length != length_of(record->shape))
        return wrong(record, FFI_ERROR_RANGE, "the function takes another number of words than", *length);
    if (*length > size - record->at)
        return wrong(record, FFI_ERROR_RANGE, "the buffer ends before word", *length);
    record->words = words + record->at + 1;
    return true;
}

ffi_error ffi_invoke_batch(const ffi_function *const *functions, size_t count, uint64_t *words, size_t size,
                           size_t *made, size_t *at) {
    struct record record = {.at = 0};
    size_t        length;
    bool          good = true;
    if (count && !functions) return embed_null(__func__, "functions");
    if (size && !words) return embed_null(__func__, "words");
    while (good && record.at < size) {
        good = read_record(functions, count, words, size, &record, &length) && call(&record);
        if (good) record.at += length, record.number++;
    }
    if (made) *made = record.number;
    if (at) *at = record.at;
    return good ? FFI_ERROR_NONE : ffi_last_error();
}
