/* SPDX-License-Identifier: MIT */
/* What the small library knows on systems whose own ABI is System V: that ABI alone, with the stubs and the entry that
 * take any arguments. */
#include "entries.h"

extern ffi_store_stub sysv_each, sysv_stack_each; /* sysv_stack.asm */

const struct abi *const        abi_default = &abi_sysv;
const struct convention *const abis[]      = {&abi_sysv.convention, NULL};

const struct stubs      sysv_stubs    = {.each = sysv_each, .stack_each = sysv_stack_each, IMAGES(sysv)};
const struct target_abi target_abis[] = {{&abi_sysv, &sysv_stubs}, {NULL, NULL}};

const struct entries        sysv_entries     = {SYSV_TABLE, IMAGE(sysv), LATE(sysv)};
const struct target_entries target_entries[] = {{&abi_sysv, &sysv_entries}, {NULL, NULL}};
const struct target_shifts  target_shifts[]  = {{&abi_sysv, SHIFT_BY_TRAMPOLINES}, {.abi = NULL}};
