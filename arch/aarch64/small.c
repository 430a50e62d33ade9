/* SPDX-License-Identifier: MIT */
/* What the small library knows where AAPCS64 is the system's own ABI: that ABI alone, with the stubs and the entry that
 * take any arguments. */
#include "entries.h"

extern ffi_store_stub aapcs64_each, aapcs64_stack_each; /* aapcs64_call.S */
extern image_stub     aapcs64_image_8, aapcs64_image_16;
extern const int32_t  aapcs64_shifts[8][8]; /* shift.S */

const struct abi *const        abi_default = &abi_aapcs64;
const struct convention *const abis[]      = {&abi_aapcs64.convention, NULL};

static const struct stubs stubs = {
    .each = aapcs64_each, .stack_each = aapcs64_stack_each, .images = {aapcs64_image_8, aapcs64_image_16}};

const struct target_abi target_abis[] = {{&abi_aapcs64, &stubs}, {NULL, NULL}};

static const struct entries entries = {AAPCS64_TABLES, AAPCS64_IMAGES};

const struct target_entries target_entries[] = {{&abi_aapcs64, &entries}, {NULL, NULL}};
const struct target_shifts  target_shifts[]  = {{&abi_aapcs64, .entries = aapcs64_shifts[0]}, {.abi = NULL}};
