/* SPDX-License-Identifier: MIT */
/* Declarations compared with the debug information of what was compiled. */
#ifndef COMPARE_H
#define COMPARE_H

#include "debug/dwarf.h"

#pragma GCC visibility push(hidden)

/* What a comparison found: the reasons as lines that begin with `e` for an error and `w` for a doubt, "" if
 * both agree. With a doubt a call works, but a value may be shown wrongly: the two sides differ in the sign of
 * an integer, or one says pointer and the other integer.
 */
enum { WHY_ROOM = 1024 };
struct difference {
    size_t errors, doubts;
    char   why[WHY_ROOM];
};

/* Compare a prototype, a variable, or a record or enum with its definition. `abi` is what compare_abi()
 * returns. */
struct difference compare_function(struct debug *debug, const ffi_ctype *signature, const char *abi, die *at);
struct difference compare_variable(struct debug *debug, const ffi_ctype *type, die *at);
struct difference compare_tagged(struct debug *debug, const ffi_ctype *type, die *at);

/* The name of the ABI of a signature with an attribute, in `abi`; "" if it is the context's own. */
enum { COMPARE_ABI = 64 };
const char *compare_abi(ffi_context *context, const ffi_ctype *signature, char abi[COMPARE_ABI]);

#pragma GCC visibility pop

#endif
