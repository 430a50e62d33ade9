/* SPDX-License-Identifier: MIT */
/* The policy of a context: what it may load and bind after the policy is locked. */
#ifndef POLICY_H
#define POLICY_H

#include "type/context.h"

/* policy_loads(): whether the context may load a library by this file name. policy_keeps(): whether it may use the library
 * that was loaded. They set `*why` if not. No lock may be held. */
bool policy_loads(ffi_context *context, const char *file, const char **why);
bool policy_keeps(ffi_context *context, void *handle, const char **why);

/* Whether the context may bind a symbol at this address. `own`: the address is in the library's own file. Fails with
 * FFI_ERROR_DENIED if not. No lock may be held. */
bool policy_binds(ffi_library *library, const char *name, const void *address, bool own);

/* Frees the policy of a context that ends. */
void policy_free(ffi_context *context);

#endif
