/* SPDX-License-Identifier: MIT */
/* Staging: functions that run before a plan's stub. They extend and promote arguments to slots; collect them
 * through pointers; fill an image; keep errno, or errno and the system's error, after the call. */
#ifndef STAGE_H
#define STAGE_H

#include "plan/guard.h"
#include "plan/plan.h"

ffi_store_stub stage_slots, stage_image, stage_capture, stage_capture_both;
ffi_word_stub  stage_capture_word;
ffi_real_stub  stage_capture_real;
ffi_store_stub stage_pointers, stage_image_pointers, stage_capture_pointers, stage_capture_both_pointers;

/* Calls as the function would, and the context's trace before and after it (trace.c). */
ffi_store_stub stage_traced;
ffi_store_stub stage_traced_pointers;

/* What the functions and callbacks of a context that is traced go through. The context points to the record, so
 * that a program without traces links none of this. */
struct tracing {
    ffi_store_stub *stub;
    ffi_store_stub *pointers;
    ffi_handler    *handler;
};

/* Calls through an image and a stub that watches the callee (guard.c). */
void stage_guard(const ffi_function *function, void *result, const void *args, bool behind_pointers,
                 guard_stub *stub, struct guard *guard);

/* Calls with memory for a result that the caller discards. */
ffi_store_stub stage_discarded;
ffi_store_stub stage_discarded_pointers;

/* Calls by an image plan with a static chain. */
void stage_chain(const ffi_function *function, void *result, void *const *args, void *chain);

#endif
