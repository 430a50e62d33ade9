/* SPDX-License-Identifier: MIT */
/* What a context may bind once its policy is locked. */
#ifndef POLICY_H
#define POLICY_H

#include "type/context.h"

/* Whether a library may be loaded by this file name; and whether a loaded one may be used. `*why` is set if
 * not. No lock may be held. */
bool policy_loads(ffi_context *context, const char *file, const char **why);
bool policy_keeps(ffi_context *context, void *handle, const char **why);

/* Whether a symbol may be bound that was found in a library, at an address; `own`: the library's own file has
 * the address. FFI_ERROR_DENIED if not. No lock may be held. */
bool policy_binds(ffi_library *library, const char *name, const void *address, bool own);

/* The context ends. */
void policy_free(ffi_context *context);

#endif
