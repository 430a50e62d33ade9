/* SPDX-License-Identifier: MIT */
/* Members of struct abi. */
#ifndef VA_LISTS_H
#define VA_LISTS_H

#include "plan/abi.h"

void sysv_start_va_list(const struct taken *taken, const struct image *image, void *stack, void *list);
void win64_start_va_list(const struct taken *taken, const struct image *image, void *stack, void *list);

#endif
