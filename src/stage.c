/* SPDX-License-Identifier: MIT */
/*
 * Staging: arguments that are not slots as they stand are moved into slots, by the plan's table, and the
 * same stub runs over those. Arguments given by pointers, and the capture of errno, enter here too.
 *
 * Everything here is on the way of a call: no lock, no allocation, nothing between the native code and
 * reading errno but the stub's own store.
 */
#include "function.h"
#include "util.h"

#include <errno.h>

static _Thread_local int captured_errno;

/* One argument from its bytes: `from` is the slot or what the caller's pointer points to. On the
 * little-endian machines we know, both begin with the value. */
static inline uint64_t moved(enum move move, const void *from) {
    union {
        int8_t   i8;
        uint8_t  u8;
        int16_t  i16;
        uint16_t u16;
        uint32_t u32;
        uint64_t u64;
        float    f32;
        double   f64;
    } value;
    switch (move) {
    case MOVE_64: return memcpy(&value.u64, from, 8), value.u64;
    case MOVE_32: return memcpy(&value.u32, from, 4), value.u32;
    case MOVE_I8: return memcpy(&value.i8, from, 1), (uint64_t)value.i8;
    case MOVE_U8: return memcpy(&value.u8, from, 1), value.u8;
    case MOVE_I16: return memcpy(&value.i16, from, 2), (uint64_t)value.i16;
    case MOVE_U16: return memcpy(&value.u16, from, 2), value.u16;
    case MOVE_F32_F64: return memcpy(&value.f32, from, 4), value.f64 = (double)value.f32, value.u64;
    }
    return 0;
}

static const struct plan *plan_for(const ffi_function *function) {
    return ((const struct function *)(const void *)function)->plan;
}

void stage_invoke(const ffi_function *function, void *result, const ffi_value *args) {
    const struct plan *plan  = plan_for(function);
    size_t             count = plan->signature->count;
    ffi_value          slots[count];
    for (size_t i = 0; i < count; i++) slots[i].u64 = moved((enum move)plan->moves[i], &args[i]);
    plan->core(function, result, slots);
}

/* Reads errno right after the call; see ffi_function_capture. */
static void capture(const struct function *function) {
    if (function->capture & FFI_CAPTURE_ERRNO) captured_errno = errno;
}

void stage_capture(const ffi_function *function, void *result, const ffi_value *args) {
    plan_for(function)->stub(function, result, args);
    capture((const struct function *)(const void *)function);
}

int ffi_captured_errno(void) {
    return captured_errno;
}

void ffi_invoke_pointers(const ffi_function *function, void *result, void *const *args) {
    const struct plan *plan  = plan_for(function);
    size_t             count = plan->signature->count;
    ffi_value          slots[count + 1]; /* an array of none is not C */
    if (plan->uniform) {
        for (size_t i = 0; i < count; i++) memcpy(&slots[i], args[i], 8);
    } else {
        for (size_t i = 0; i < count; i++) slots[i].u64 = moved((enum move)plan->moves[i], args[i]);
    }
    plan->core(function, result, slots);
    capture((const struct function *)(const void *)function);
}
