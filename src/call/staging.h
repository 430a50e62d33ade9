/* SPDX-License-Identifier: MIT */
/* Staging, what stands before a plan's stub: arguments extended and promoted to slots; gathered from behind
 * pointers; cut into pieces (pieces.c); moved to an image; errno, or it and the system's error, kept after the
 * call. */
#ifndef STAGE_H
#define STAGE_H

#include "plan/plan.h"

ffi_store_stub stage_slots, stage_pieces, stage_image, stage_capture, stage_capture_both;
pointers_call  stage_words, stage_pointers, stage_pieces_pointers, stage_image_pointers, stage_capture_pointers,
    stage_capture_both_pointers;

/* Calls by an image plan with a static chain. */
void stage_chain(const ffi_function *function, void *result, void *const *args, void *chain);

#endif
