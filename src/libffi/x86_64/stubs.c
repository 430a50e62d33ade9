/* SPDX-License-Identifier: MIT */
/*
 * The stubs and entries of libffi.so.8, in place of arch/x86_64/stubs*.c and entries*.c: arguments come behind
 * pointers and vectors have at most 16 bytes, so it has none of the stubs that load slots, and no other ABIs.
 * The Windows ABI goes through images.
 */
#include "plan/stubs.h"
#include "callback/entries.h"

extern image_stub              sysv_image_8, sysv_image_16, win64_image_8, win64_image_16;
extern const struct step_table sysv_pointer_steps;

static const struct stubs sysv  = {.steps         = &sysv_pointer_steps,
                                   .put_registers = put_runs,
                                   .put_rest      = put_singles,
                                   .images        = {sysv_image_8, sysv_image_16}};
static const struct stubs win64 = {.images = {win64_image_8, win64_image_16}};

const struct target_abi target_abis[] = {{&abi_sysv, &sysv}, {&abi_win64, &win64}, {NULL, NULL}};
const struct abi *const abi_default   = &abi_sysv;

extern const int32_t libffi_leaves[LEAVES];
extern entry_stub    libffi_closure_table;
extern entry_stub    sysv_entry_image_16, win64_entry_image_16;
extern entry_stub    sysv_entry_late_16, win64_entry_late_16;

static const struct entries sysv_entries = {.frame        = {.gprs     = ENTRY_GPRS,
                                                             .fprs     = ENTRY_FPRS,
                                                             .result   = ENTRY_RESULT,
                                                             .stack    = 16, /* rbp saved, the return address */
                                                             .below    = -ENTRY_LEAVE,
                                                             .joined   = 6,
                                                             .fpr_size = 8,
                                                             .vector   = 8,
                                                             .pointers = true},
                                            .fixed_table  = libffi_closure_table,
                                            .fixed_leaves = libffi_leaves,
                                            .fixed_frame  = LIBFFI_TABLE_FRAME,
                                            .image        = {sysv_entry_image_16, sysv_entry_image_16},
                                            .late         = {sysv_entry_late_16}};

static const struct entries win64_entries = {.image = {win64_entry_image_16, win64_entry_image_16},
                                             .late  = {win64_entry_late_16}};

const struct target_entries target_entries[] = {
    {&abi_sysv, &sysv_entries}, {&abi_win64, &win64_entries}, {NULL, NULL}};
