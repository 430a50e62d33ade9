/* SPDX-License-Identifier: MIT */
/* On Windows a System V function is called through an image only: sysv_call.asm has nothing else there. */
#include "stubs.h"

const struct stubs sysv_stubs = {IMAGES(sysv)};

const struct abi *const abi_default = &abi_win64;
