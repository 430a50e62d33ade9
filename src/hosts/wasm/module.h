/* SPDX-License-Identifier: MIT */
/* A WebAssembly module that runs, with native functions as its imports. The engine is libwabt's interpreter. */
#ifndef MODULE_H
#define MODULE_H

#include "wasm.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct wasm_module wasm_module;

/* Reads, links and instantiates a module; its start function runs. A custom section "ffi_invoke" gives
 * prototypes, one in each line, as wasm_host_signature() takes them. NULL with an error that names the module's
 * fault, or the import that failed. The bytes are the caller's, and not needed afterwards. The host is for this
 * module alone, and is freed after it. */
wasm_module *wasm_module_new(wasm_host *host, const void *bytes, size_t size);
void         wasm_module_free(wasm_module *module);

/* How many parameters the exported function of this name has; -1 if there is none. */
int wasm_module_arity(const wasm_module *module, const char *name);

/* Calls an exported function with as many numbers as it takes, read from text; writes its result as text, "" if
 * it has none. A trap is FFI_ERROR_SYSTEM with its reason. */
ffi_error wasm_module_call(wasm_module *module, const char *name, const char *const *args, size_t count,
                           char *result, size_t size);

#ifdef __cplusplus
}
#endif
#endif
