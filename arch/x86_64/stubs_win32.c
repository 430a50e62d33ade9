/* SPDX-License-Identifier: MIT */
/* On Windows, System V functions are always called through an image: only sysv_image.asm defines stubs there.
 */
#include "stubs.h"

const struct stubs sysv_stubs = {IMAGES(sysv)};

const struct abi *const abi_default = &abi_win64;
