/* SPDX-License-Identifier: MIT */
/* The stubs and entries of the target. */
#ifndef STUBS_H
#define STUBS_H

#include "abi.h"
#include "plan.h"

/* Of the target, from arch/<cpu>/stubs*.c: the platform's own ABI; whether plans of an ABI may be slots, or are
 * all images for want of such stubs; the stub for a plan of slots, NULL if this target cannot run the plan's
 * ABI; the stub for arguments behind pointers, all of 8 bytes, NULL if there is none for such a plan; the stub
 * that loads parts of 8 bytes, with arguments behind pointers, or slots as parts, NULL if the ABI has none; the
 * stub for a plan with an image, NULL with a reason if this machine has not the registers; the entry of
 * callbacks, `by_image` or into slots; that of their late calls, which calls callback_late() and loads all of
 * the vector registers that results of the plan are in. */
extern const struct abi *const abi_default;
bool                           abi_has_slots(const struct abi *abi);
ffi_stub                       abi_stub(const struct plan *plan);
ffi_stub                       abi_words_stub(const struct plan *plan);
ffi_stub                       abi_parts_stub(const struct abi *abi, bool behind_pointers, bool direct);
wide_stub                     *abi_wide_stub(const struct plan *plan, const char **why);
entry_stub                    *abi_entry(const struct plan *plan, bool by_image, const char **why);
entry_stub                    *abi_late_entry(const struct plan *plan);

#endif
