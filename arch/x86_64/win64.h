/* SPDX-License-Identifier: MIT */
/* The part that the Windows ABI for x86-64 and its variant __vectorcall share. */
#ifndef WIN64_H
#define WIN64_H

#include "plan/abi.h"
#include "plan/draft.h"

enum { WIN64_POSITIONS = 4, WIN64_SHADOW = 32 };

extern const char *const  win64_gpr[WIN64_POSITIONS];
extern const char *const  win64_gpr_results[1];
extern const struct model win64_msvc; /* the data model of Microsoft's compiler */

/* How a value is passed: not at all, in a register of either kind, by the address of a copy. */
enum travel { NOWHERE, INTEGER, FLOATING, REFERENCE };

enum travel win64_travel(const ffi_ctype *type);

#endif
