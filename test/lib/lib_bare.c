/* SPDX-License-Identifier: MIT */
/* lib_checked without debug information. */
#include "lib_checked.c"
