/* SPDX-License-Identifier: MIT */
/* The part that AAPCS64 and its variants share: names of registers, homogeneous aggregates, and results. */
#ifndef AARCH64_H
#define AARCH64_H

#include "plan/abi.h"
#include "plan/draft.h"
#include "type/homogeneous.h"

enum { AARCH64_GPRS = 8, AARCH64_FPRS = 8, AARCH64_RESULT_GPR = 8 };

extern const char *const aarch64_gpr[AARCH64_GPRS + 1]; /* x0 to x8 */
extern const char *const aarch64_fpr[AARCH64_FPRS];

/* By the rules of AAPCS64 5.9.5. */
struct homogeneous aarch64_homogeneous(const struct draft *draft, const ffi_ctype *type);

/* Whether the value is passed by the address of a copy (AAPCS64 B.4). */
bool aarch64_by_reference(const ffi_ctype *type, const struct homogeneous *members);

/* Assign the next registers of a kind to a whole value, word by word or member by member. */
void aarch64_gprs(struct draft *draft, size_t arg, const ffi_ctype *type);
void aarch64_fprs(struct draft *draft, size_t arg, const struct homogeneous *members);

/* The alignment that calls of Apple's and Microsoft's variants use. Unlike in AAPCS64, attributes on a record
 * count; those of a typedef do not. */
size_t aarch64_own_alignment(const ffi_ctype *type);

void aarch64_result(struct draft *draft, const ffi_ctype *type);

/* Refuses a value that the ABIs do not define. */
void aarch64_check(struct draft *draft, const ffi_ctype *type);

#endif
