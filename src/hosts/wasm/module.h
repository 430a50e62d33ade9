/* SPDX-License-Identifier: MIT */
/* A WebAssembly module that runs, with native functions as its imports. Each engine is a record in a file of its
 * own; the functions here are the same for all. */
#ifndef MODULE_H
#define MODULE_H

#include "wasm_host.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct wasp_module wasp_module;
/* Reads, links and instantiates a module; its start function runs. A custom section "ffi_invoke" gives
 * prototypes, one in each line, as wasm_host_signature() takes them. NULL with an error that names the module's
 * fault, or the import that failed. The bytes are the caller's, and not needed afterwards. The host is for this
 * module alone, and is freed after it. `engine` is one of
 *
 *   wabt       libwabt's interpreter
 *   aot        wasm2c and the system's C compiler (the environment's CC, or cc) make the module native code first
 *   LIBRARY    the name or path of a shared library with Wasmtime's C API, such as "wasmtime", or with the standard
 *              C API of WebAssembly, which "wasm.h:LIBRARY" takes of Wasmtime too: that API stops no module. The
 *              module's memory and table are those that it exports.
 */
wasp_module *wasp_module_new(wasm_host *host, const char *engine, const void *bytes, size_t size);
void         wasp_module_free(wasp_module *module);

/* How many parameters the exported function of this name has; -1 if there is none. */
int wasp_module_arity(const wasp_module *module, const char *name);

/* Calls an exported function with as many numbers as it takes, read from text; writes its result as text, "" if
 * it has none. A trap is FFI_ERROR_SYSTEM with its reason; FFI_ERROR_CANCELLED with the export's name after
 * wasm_host_stop(). */
ffi_error wasp_module_call(wasp_module *module, const char *name, const char *const *args, size_t count,
                           char *result, size_t size);

#ifdef __cplusplus
}
#endif
#endif
