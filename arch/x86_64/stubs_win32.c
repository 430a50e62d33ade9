/* SPDX-License-Identifier: MIT */
/* On Windows, System V functions are always called through an image: only sysv_image.asm defines stubs there.
 */
#include "stubs.h"

const struct stubs sysv_stubs = {IMAGES(sysv)};

extern const struct step_table win64_steps; /* win64_steps.asm */

const struct stubs win64_stubs = {WIN64_SLOTS, .steps = &win64_steps, .put_registers = put_runs, IMAGES(win64)};

const struct abi *const abi_default = &abi_win64;
