/* SPDX-License-Identifier: MIT */
/* What the parts of Python's bindings share. */
#ifndef BIND_PYTHON_H
#define BIND_PYTHON_H

#include "bind.h"

#pragma GCC visibility push(hidden)

/* Where a type stands decides how ctypes converts it. */
enum place { PARAMETER, RESULT, CALLBACK_RESULT, MEMBER };

/* Writes a type as an expression. */
void python_type(FILE *out, const ffi_ctype *type, enum place place);

/* Whether a record without a tag has no typedef either; its class has no name. */
bool is_nameless(const ffi_ctype *type);

/* False for values that ctypes cannot pass: those that it knows as bytes only. */
bool can_pass(const ffi_ctype *type);

/* Writes the members of a record's class, before it the classes of records within it that have no name. */
void python_record(const ffi_ctype *type, const char *name);

#pragma GCC visibility pop

#endif
