/* SPDX-License-Identifier: MIT */
/*
 * Frames: the memory of one call.
 *
 *     | ffi_frame | slots | values that slots point to | result | room for temporaries |
 */
#include "embed.h"

enum { ROOM = 256, ALIGNED = 16 };

static size_t storage_of(const ffi_parameter *parameter) {
    return parameter->is_slot ? 0 : (size_t)parameter->size + parameter->alignment;
}

size_t frame_need(const ffi_shape *shape) {
    size_t need = sizeof(ffi_frame) + shape->count * sizeof(ffi_value) + ALIGNED + sizeof(ffi_value);
    if (shape->is_slots) return need;
    for (size_t i = 0; i < shape->count; i++) need += storage_of(&shape->parameters[i]);
    return need + storage_of(&shape->result);
}

static char *take(char **next, size_t size, size_t alignment) {
    if (!alignment) alignment = 1;
    char *at = (char *)(((uintptr_t)*next + alignment - 1) & ~(uintptr_t)(alignment - 1));
    *next    = at + size;
    return at;
}

void frame_begin(const ffi_shape *shape, ffi_frame *frame, size_t size) {
    ffi_value *slots = frame_slots(frame);
    frame->next      = (char *)(slots + shape->count);
    frame->end       = (char *)frame + size;
    frame->arena     = NULL;
    for (size_t i = 0; !shape->is_slots && i < shape->count; i++) {
        const ffi_parameter *parameter = &shape->parameters[i];
        if (!parameter->is_slot) slots[i].ptr = take(&frame->next, parameter->size, parameter->alignment);
    }
    frame->result = shape->result.is_slot ? take(&frame->next, sizeof(ffi_value), sizeof(ffi_value))
                                          : take(&frame->next, shape->result.size, shape->result.alignment);
}

size_t ffi_frame_size(const ffi_function *function) {
    const ffi_shape *shape = shape_of(function, __func__);
    return shape ? frame_need(shape) + ROOM : 0;
}

void *ffi_frame_init(const ffi_function *function, void *block) {
    const ffi_shape *shape = shape_of(function, __func__);
    if (!block) return embed_null(__func__, "block"), NULL;
    if (!shape) return NULL;
    frame_begin(shape, block, frame_need(shape) + ROOM);
    return block;
}

static void *argument(const char *where, const ffi_function *function, void *block, size_t index) {
    const ffi_shape *shape = shape_of(function, where);
    if (!block) return embed_null(where, "block"), NULL;
    if (!shape) return NULL;
    if (index >= shape->count)
        return ffi_fail(FFI_ERROR_RANGE, "%s: there is no argument %zu of %zu", where, index + 1, shape->count),
               NULL;
    ffi_value *slot = &frame_slots(block)[index];
    return shape->parameters[index].is_slot ? slot : slot->ptr;
}

void *ffi_frame_argument(const ffi_function *function, void *block, size_t index) {
    return argument(__func__, function, block, index);
}

void *ffi_frame_result(const ffi_function *function, void *block) {
    if (!function) return embed_null(__func__, "function"), NULL;
    if (!block) return embed_null(__func__, "block"), NULL;
    return ((ffi_frame *)block)->result;
}

void *ffi_frame_temporary(void *block, size_t size, size_t alignment) {
    ffi_frame *frame = block;
    if (!frame) return embed_null(__func__, "block"), NULL;
    char  *next = frame->next;
    size_t room = (size_t)(frame->end - next);
    if (size < room && alignment <= room - size) {
        char *at    = take(&next, size, alignment);
        frame->next = next;
        return at;
    }
    if (frame->arena) return ffi_arena_allocate(frame->arena, size, alignment ? alignment : 1);
    ffi_fail(FFI_ERROR_MEMORY, "%s: the frame has no room for %zu bytes, and no arena", __func__, size);
    return NULL;
}

ffi_error ffi_frame_store(const ffi_function *function, void *block, size_t index, const ffi_any *value) {
    void *at = argument(__func__, function, block, index);
    if (!at) return ffi_last_error();
    if (!value) return embed_null(__func__, "value");
    const ffi_shape  *shape      = shape_of(function, __func__);
    struct conversion conversion = {.function = function, .shape = shape, .index = index, .frame = block};
    return convert(&conversion, NULL, shape->parameters[index].type, at, value);
}
