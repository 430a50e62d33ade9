/* SPDX-License-Identifier: MIT */
/* What the commands ask of types. */
#ifndef FFI_TYPE_H
#define FFI_TYPE_H

#include <ffi_invoke.h>

#pragma GCC visibility push(hidden)

/* The C text of a type; the caller frees it. NULL if no memory is left. */
char *type_text(const ffi_ctype *type);

/* The kind of a scalar; for an enum that of its integer type. */
ffi_kind machine_kind(const ffi_ctype *type);

/* Whether a type is a struct or a union. */
bool is_record(const ffi_ctype *type);

/* Whether values of a type are lists in braces: structs, unions, arrays, vectors. */
bool type_is_aggregate(const ffi_ctype *type);

/* Whether a type is char, qualified or not. A signed char counts as a number. */
bool type_is_char(const ffi_ctype *type);

#pragma GCC visibility pop

#endif
