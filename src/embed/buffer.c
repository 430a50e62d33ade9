/* SPDX-License-Identifier: MIT */
/* Buffers: memory with a size, and accesses by type and path that are checked against it; and objects. */
#include "embed.h"

#include <stdio.h>

/* ---- red zones ---- */

/* The red zone: bytes behind each buffer that the library allocates. No caller may write them. */
enum { RED_ZONE = 16, RED = 0xa5 };

static bool is_intact(const struct head *head) {
    const unsigned char *zone = (const unsigned char *)head->as.buffer.memory + head->as.buffer.size;
    for (size_t i = 0; head->as.buffer.block && i < RED_ZONE; i++)
        if (zone[i] != (RED ^ i)) return false;
    return true;
}

static ffi_error damaged(const char *where, size_t size) {
    return ffi_fail(FFI_ERROR_RANGE, "%s: native code wrote behind the %zu bytes of this buffer", where, size);
}

/* ---- making and freeing ---- */

static ffi_buffer *buffer_new(const char *where, ffi_context *context, size_t size, size_t alignment,
                              const ffi_ctype *type) {
    if (!context) return embed_null(where, "context"), NULL;
    if (!alignment || alignment & (alignment - 1))
        return ffi_fail(FFI_ERROR_ARGUMENT, "%s: the alignment %zu is not a power of two", where, alignment),
               NULL;
    if (size > SIZE_MAX / 4 || alignment > SIZE_MAX / 4)
        return ffi_fail(FFI_ERROR_MEMORY, "out of memory: %zu bytes", size), NULL;
    size_t       need  = size + RED_ZONE + (alignment > 16 ? alignment : 0);
    struct head *head  = head_new(context, HEAD_BUFFER);
    char        *block = head ? ffi_context_memory(context, NULL, 0, need) : NULL;
    if (!block) {
        if (head && head_end(head, where)) head_give(head);
        return NULL;
    }
    char *memory =
        alignment > 16 ? (char *)(((uintptr_t)block + alignment - 1) & ~(uintptr_t)(alignment - 1)) : block;
    memset(memory, 0, size);
    for (size_t i = 0; i < RED_ZONE; i++) memory[size + i] = (char)(RED ^ i);
    head->as.buffer.memory     = memory;
    head->as.buffer.size       = size;
    head->as.buffer.block      = block;
    head->as.buffer.block_size = need;
    head->as.buffer.type       = type;
    return head_handle(head);
}

ffi_buffer *ffi_buffer_new(ffi_context *context, size_t size) {
    return buffer_new(__func__, context, size, 16, NULL);
}

ffi_buffer *ffi_buffer_aligned(ffi_context *context, size_t size, size_t alignment) {
    return buffer_new(__func__, context, size, alignment, NULL);
}

ffi_buffer *ffi_buffer_of(ffi_context *context, const ffi_ctype *type, size_t count) {
    if (!context) return embed_null(__func__, "context"), NULL;
    if (!type) return embed_null(__func__, "type"), NULL;
    const ffi_ctype *array = ffi_type_array_of(context, type, count ? count : 1);
    if (!array) return embed_failed(__func__), NULL;
    return buffer_new(__func__, context, count * ffi_type_size(type), ffi_type_alignment(type), array);
}

ffi_buffer *ffi_buffer_text(ffi_context *context, const char *text, size_t length) {
    if (!text) return embed_null(__func__, "text"), NULL;
    if (length == SIZE_MAX) return ffi_fail(FFI_ERROR_MEMORY, "out of memory: %zu bytes", length), NULL;
    ffi_buffer *buffer = buffer_new(__func__, context, length + 1, 1, NULL);
    if (buffer && length) memcpy(ffi_buffer_data(buffer), text, length);
    return buffer;
}

ffi_buffer *ffi_buffer_around(ffi_context *context, void *memory, size_t size,
                              void (*drop)(void *memory, void *userdata), void *userdata) {
    if (!context) return embed_null(__func__, "context"), NULL;
    if (!memory) return embed_null(__func__, "memory"), NULL;
    struct head *head = head_new(context, HEAD_BUFFER);
    if (!head) return NULL;
    head->as.buffer.memory   = memory;
    head->as.buffer.size     = size;
    head->as.buffer.drop     = drop;
    head->as.buffer.userdata = userdata;
    return head_handle(head);
}

ffi_error ffi_buffer_free(ffi_buffer *buffer) {
    if (!buffer) return FFI_ERROR_NONE;
    struct head *head = head_of(buffer, HEAD_BUFFER, __func__);
    if (!head || !head_end(head, __func__)) return ffi_last_error();
    ffi_context *context = layer_context(head->layer);
    size_t       size    = head->as.buffer.size;
    bool         intact  = is_intact(head);
    if (head->as.buffer.drop) head->as.buffer.drop(head->as.buffer.memory, head->as.buffer.userdata);
    if (head->as.buffer.block)
        ffi_context_memory(context, head->as.buffer.block, head->as.buffer.block_size, 0);
    head_give(head);
    return intact ? FFI_ERROR_NONE : damaged(__func__, size);
}

ffi_error ffi_buffer_check(const ffi_buffer *buffer) {
    const struct head *head = head_of(buffer, HEAD_BUFFER, __func__);
    if (!head) return ffi_last_error();
    return is_intact(head) ? FFI_ERROR_NONE : damaged(__func__, head->as.buffer.size);
}

/* ---- access ---- */

void *ffi_buffer_data(const ffi_buffer *buffer) {
    const struct head *head = head_of(buffer, HEAD_BUFFER, __func__);
    return head ? head->as.buffer.memory : NULL;
}

size_t ffi_buffer_size(const ffi_buffer *buffer) {
    const struct head *head = head_of(buffer, HEAD_BUFFER, __func__);
    return head ? head->as.buffer.size : 0;
}

/* The offset of the first byte after a field. */
static size_t end_of(const ffi_field *field) {
    if (!field->is_bits) return field->offset + ffi_type_size(field->type);
    return field->offset + (field->bit_offset + field->bit_width + 7) / 8;
}

/* Finds the field of a path; NULL with an error if it is not within the buffer. */
static struct head *checked(const char *where, const ffi_buffer *buffer, const ffi_ctype **type,
                            const char **path, ffi_field *field) {
    struct head *head = head_of(buffer, HEAD_BUFFER, where);
    if (!head) return NULL;
    if (!*type) *type = head->as.buffer.type;
    if (!*type)
        return ffi_fail(FFI_ERROR_ARGUMENT, "%s: the buffer has no type, and none was given", where), NULL;
    if (!*path) *path = "";
    if (!ffi_type_path(*type, *path, field)) return NULL;
    size_t end = end_of(field);
    if (end < field->offset || end > head->as.buffer.size || !ffi_type_size(field->type))
        return ffi_fail(FFI_ERROR_RANGE, "%s: \"%.100s\" takes the bytes %zu to %zu, and the buffer has %zu",
                        where, *path, field->offset, end, head->as.buffer.size),
               NULL;
    return head;
}

ffi_error ffi_buffer_get(const ffi_buffer *buffer, const ffi_ctype *type, const char *path, ffi_any *out) {
    ffi_field field;
    if (!out) return embed_null(__func__, "out");
    const struct head *head = checked(__func__, buffer, &type, &path, &field);
    return head ? ffi_load_path(type, head->as.buffer.memory, path, out) : ffi_last_error();
}

ffi_error ffi_buffer_set(ffi_buffer *buffer, const ffi_ctype *type, const char *path, const ffi_any *value) {
    ffi_field field;
    if (!value) return embed_null(__func__, "value");
    struct head *head = checked(__func__, buffer, &type, &path, &field);
    return head ? ffi_store_path(type, head->as.buffer.memory, path, value) : ffi_last_error();
}

static char *range(const char *where, const ffi_buffer *buffer, size_t offset, size_t size) {
    const struct head *head = head_of(buffer, HEAD_BUFFER, where);
    if (!head) return NULL;
    size_t has = head->as.buffer.size;
    if (offset <= has && size <= has - offset) return (char *)head->as.buffer.memory + offset;
    ffi_fail(FFI_ERROR_RANGE, "%s: %zu bytes at offset %zu do not fit a buffer of %zu", where, size, offset,
             has);
    return NULL;
}

ffi_error ffi_buffer_read(const ffi_buffer *buffer, size_t offset, void *to, size_t size) {
    if (!to && size) return embed_null(__func__, "to");
    const char *from = range(__func__, buffer, offset, size);
    if (!from) return ffi_last_error();
    if (size) memmove(to, from, size);
    return FFI_ERROR_NONE;
}

ffi_error ffi_buffer_write(ffi_buffer *buffer, size_t offset, const void *from, size_t size) {
    if (!from && size) return embed_null(__func__, "from");
    char *to = range(__func__, buffer, offset, size);
    if (!to) return ffi_last_error();
    if (size) memmove(to, from, size);
    return FFI_ERROR_NONE;
}

/* ---- objects ---- */

ffi_object *ffi_object_new(ffi_context *context, void *pointer, void (*drop)(void *pointer)) {
    if (!context) return embed_null(__func__, "context"), NULL;
    if (!pointer) return embed_null(__func__, "pointer"), NULL;
    struct head *head = head_new(context, HEAD_OBJECT);
    if (!head) return NULL;
    head->as.object.pointer = pointer;
    head->as.object.drop    = drop;
    atomic_store(&head->as.object.references, 1);
    return head_handle(head);
}

ffi_error ffi_object_retain(ffi_object *object) {
    struct head *head = head_of(object, HEAD_OBJECT, __func__);
    if (!head) return ffi_last_error();
    atomic_fetch_add(&head->as.object.references, 1);
    return FFI_ERROR_NONE;
}

ffi_error ffi_object_release(ffi_object *object) {
    struct head *head = head_of(object, HEAD_OBJECT, __func__);
    if (!head) return ffi_last_error();
    if (atomic_fetch_sub(&head->as.object.references, 1) != 1) return FFI_ERROR_NONE;
    if (!head_end(head, __func__)) return ffi_last_error();
    ffi_function *owner = head->as.object.owner;
    if (owner) ffi_invoke(owner, NULL, &(ffi_value){.ptr = head->as.object.pointer});
    else if (head->as.object.drop) head->as.object.drop(head->as.object.pointer);
    ffi_function_free(owner);
    head_give(head);
    return FFI_ERROR_NONE;
}

void *ffi_object_take(ffi_object *object) {
    struct head *head = head_of(object, HEAD_OBJECT, __func__);
    if (!head || !head_end(head, __func__)) return NULL;
    void *pointer = head->as.object.pointer;
    ffi_function_free(head->as.object.owner);
    head_give(head);
    return pointer;
}

void *ffi_object_pointer(const ffi_object *object) {
    const struct head *head = head_of(object, HEAD_OBJECT, __func__);
    return head ? head->as.object.pointer : NULL;
}

const ffi_ctype *ffi_object_type(const ffi_object *object) {
    const struct head *head = head_of(object, HEAD_OBJECT, __func__);
    return head ? head->as.object.type : NULL;
}
