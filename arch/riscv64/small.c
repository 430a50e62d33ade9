/* SPDX-License-Identifier: MIT */
/* What the small library knows for RISC-V: LP64D alone, with the stubs and the entry that take any arguments. */
#include "entries.h"

extern ffi_store_stub lp64d_each, lp64d_stack_each; /* lp64d_stack.S */
extern image_stub     lp64d_image_8, lp64d_image_16;

const struct abi *const        abi_default = &abi_lp64d;
const struct convention *const abis[]      = {&abi_lp64d.convention, NULL};

static const struct stubs stubs = {
    .each = lp64d_each, .stack_each = lp64d_stack_each, .images = {lp64d_image_8, lp64d_image_16}};

const struct target_abi target_abis[] = {{&abi_lp64d, &stubs}, {NULL, NULL}};

static const struct entries entries = {LP64D_TABLE, .image = {lp64d_entry_image_8, lp64d_entry_image_16},
                                       .late = {lp64d_entry_late}};

const struct target_entries target_entries[] = {{&abi_lp64d, &entries}, {NULL, NULL}};
const struct target_shifts  target_shifts[]  = {{&abi_lp64d, .entries = lp64d_shifts[0][0]}, {.abi = NULL}};
