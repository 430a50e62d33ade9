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
        double   f64;
    } value;
    float narrow;
    switch (move) {
    case MOVE_64: return memcpy(&value.u64, from, 8), value.u64;
    case MOVE_32: return memcpy(&value.u32, from, 4), value.u32;
    case MOVE_I8: return memcpy(&value.i8, from, 1), (uint64_t)value.i8;
    case MOVE_U8: return memcpy(&value.u8, from, 1), value.u8;
    case MOVE_I16: return memcpy(&value.i16, from, 2), (uint64_t)value.i16;
    case MOVE_U16: return memcpy(&value.u16, from, 2), value.u16;
    case MOVE_F32_F64: return memcpy(&narrow, from, 4), value.f64 = (double)narrow, value.u64;
    }
    return 0;
}

static const struct plan *plan_for(const ffi_function *function) {
    return ((const struct function *)(const void *)function)->plan;
}

/* Most calls have few arguments, and for those the slots are a plain array: making one whose size is only
 * known now costs a tenth of a call. */
enum { FEW = 8 };

/* ---- arguments in slots ---- */

/* Narrow integers, without a branch: what lies above is cut off, then the sign bit carried up. */
static inline void extend(const struct plan *plan, ffi_value *slots, const ffi_value *args) {
    const struct extension *how = plan->extensions, *end = how + plan->count;
    for (; how < end; how++, slots++, args++) slots->u64 = ((args->u64 & how->mask) ^ how->sign) - how->sign;
}

static outlined void extend_many(const ffi_function *function, void *result, const ffi_value *args) {
    ffi_value slots[plan_for(function)->count];
    extend(plan_for(function), slots, args);
    plan_for(function)->core(function, result, slots);
}

void stage_extended(const ffi_function *function, void *result, const ffi_value *args) {
    const struct plan *plan = plan_for(function);
    ffi_value          slots[FEW];
    if (plan->count > FEW) {
        extend_many(function, result, args);
        return;
    }
    extend(plan, slots, args);
    plan->core(function, result, slots);
}

void stage_promoted(const ffi_function *function, void *result, const ffi_value *args) {
    const struct plan *plan = plan_for(function);
    ffi_value          slots[plan->count];
    for (size_t i = 0; i < plan->count; i++) slots[i].u64 = moved((enum move)plan->moves[i], &args[i]);
    plan->core(function, result, slots);
}

/* ---- arguments behind pointers ---- */

/* Words are told apart first: they are most of all arguments, and a test is cheaper than a table of jumps. */
static inline void gather(const struct plan *plan, ffi_value *slots, void *const *args) {
    for (size_t i = 0; i < plan->count; i++) {
        enum move move = (enum move)plan->moves[i];
        if (move == MOVE_64) memcpy(&slots[i], args[i], 8);
        else if (move == MOVE_32) memcpy(&slots[i], args[i], 4);
        else slots[i].u64 = moved(move, args[i]);
    }
}

static outlined void gather_many(const ffi_function *function, void *result, void *const *args) {
    ffi_value slots[plan_for(function)->count];
    gather(plan_for(function), slots, args);
    plan_for(function)->core(function, result, slots);
}

void stage_pointers(const ffi_function *function, void *result, void *const *args) {
    const struct plan *plan = plan_for(function);
    ffi_value          slots[FEW];
    if (plan->count > FEW) {
        gather_many(function, result, args);
        return;
    }
    gather(plan, slots, args);
    plan->core(function, result, slots);
}

void ffi_invoke_pointers(const ffi_function *function, void *result, void *const *args) {
    ((const struct function *)(const void *)function)->pointers(function, result, args);
}

/* ---- errno ---- */

void stage_capture(const ffi_function *function, void *result, const ffi_value *args) {
    plan_for(function)->stub(function, result, args);
    captured_errno = errno;
}

void stage_capture_pointers(const ffi_function *function, void *result, void *const *args) {
    plan_for(function)->pointers(function, result, args);
    captured_errno = errno;
}

int ffi_captured_errno(void) {
    return captured_errno;
}
