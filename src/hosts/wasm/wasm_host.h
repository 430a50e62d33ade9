/* SPDX-License-Identifier: MIT */
/*
 * Native functions for WebAssembly modules: the part that no engine is needed for. One wrapper serves every
 * signature: wasm_import_call() converts what a module passes by the C prototype of the function that it
 * imports, calls, and converts the result back.
 *
 * An engine asks wasm_import_find() for each function that a module imports, and calls wasm_import_call() when
 * the module does. A module's memory and table are reached through struct wasm_engine.
 *
 * A prototype is known twice. The native one says how the function is called, that of wasm32 how the module
 * sees it: `long` and pointers have 4 bytes there, and records the layout that clang gives them. What differs
 * is converted field by field.
 *
 *   integers   extended as C does; a result that the type of wasm32 cannot hold is an error
 *   pointers   an i32 is an offset in the module's memory, checked for bounds, alignment, and for a NUL where
 *              the parameter is `const char *`; or a handle, which stands for a pointer that native code gave.
 *              0 is NULL. A native pointer into the module's memory becomes an offset, any other a handle. -1 is -1 as
 *              a result, and where a function is wanted: MAP_FAILED, SQLITE_TRANSIENT.
 *              With `len(n)` before a parameter, as in `len(n) const void *bytes, size_t n`, all that n counts
 *              must be in the memory; without it, all elements of a parameter that is declared as an array.
 *   functions  an index of the module's table becomes a callback, which is valid while the instance is. Called on
 *              another thread than the module's, it returns zeroes, and the module is stopped with an error
 *   ...        variable arguments lie in the module's memory; printf's and scanf's types are read from the
 *              format, others need a signature that names them, as in `int open(const char *, int, ..., int)`. An import
 *              may have a name with a suffix, `open#create`, and so a signature of its own
 */
#ifndef WASM_HOST_H
#define WASM_HOST_H

#include "ffi_embed.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct wasm_host   wasm_host;   /* contexts, libraries, prototypes, what is allowed */
typedef struct wasm_import wasm_import; /* an imported function */

/* It has the 16 bytes that engines have for a value, so that they can pass theirs. A value is read as wide as its type:
 * the engine may have stored no more. */
typedef union wasm_value {
    int32_t  i32;
    int64_t  i64;
    uint32_t u32;
    uint64_t u64;
    float    f32;
    double   f64;
    uint64_t all[2];
} wasm_value;

/* What an engine does for the wrapper. `instance` is the engine's. */
typedef struct wasm_engine {
    /* The first memory as it lies now; NULL and 0 if there is none. */
    uint8_t *(*memory)(void *instance, uint64_t *size);
    /* Calls the function with this index of the table. `types` are its parameters and its result as the
     * prototype has them, a letter each of "iIfF" for i32, i64, f32, f64; "" as the result is none. False after
     * a trap, or if there is no such function: ffi_fail() has said why. */
    bool (*call)(void *instance, uint32_t index, const char *params, const char *result, const wasm_value *args,
                 wasm_value *value);
    /* Whether errno is still the native function's when the module calls import "ffi" "errno": nothing of the
     * engine runs between two calls of the module. */
    bool keeps_errno;
    /* The memory never moves, so that it is asked for only when it must have grown for an access to be right. */
    bool memory_stays;
    /* Makes the module's code trap at the next loop or call, from now on; from any thread or a signal handler, which
     * may have interrupted that code. NULL: the engine cannot. */
    void (*stop)(void *instance);
} wasm_engine;

/* Makes a host for one instance of a module. */
wasm_host *wasm_host_new(void);
void       wasm_host_free(wasm_host *host);

/* The engine's part of it: set before the module runs, and to NULL and NULL before the instance is freed. */
void wasm_host_attach(wasm_host *host, const wasm_engine *engine, void *instance);

/* Stops the module, which may loop: the call of it that runs fails, and each later one. Native code that the
 * module has called runs to its end first. A wait or a read of WASI's ends at once. A write does so, too, unless it
 * fills a pipe by more than a page. `why` is the reason in the error and must stay valid as long as the host. May be
 * called from any thread and from a signal handler, but not while the host or its module is being freed. False if
 * the engine cannot stop code that runs; later calls fail even so. */
bool wasm_host_stop(wasm_host *host, const char *why);

/* For an engine whose call of the module has trapped: whether the module was stopped; the error says so then. */
bool wasm_host_fail_stopped(const wasm_host *host);

/* Allows functions whose library and name fit the two patterns of the shell in "library:name", such as "m:*"; without a
 * `:` all of a library. Nothing is allowed at first. A library is opened when the first import asks for it: a pattern may
 * name one that is not there. It is a policy, not a sandbox: a function that is allowed can do what native code can. */
ffi_error wasm_host_allow(wasm_host *host, const char *pattern);

/* Reads prototypes: from headers, for native code and for wasm32; or one as "library.name=signature". */
ffi_error wasm_host_headers(wasm_host *host, const char *const *headers, size_t count);
ffi_error wasm_host_signature(wasm_host *host, const char *text);

/* Finds what a module imports. `params` and `results` are the module's own types, as letters. `module` is the
 * name of a library; "env", which clang uses where C says nothing, is each library that was allowed by name, in
 * that order; "ffi" has the accessors:
 *
 *   errno() -> i32                              errno after the last call
 *   read(handle, offset, to, size)              copies native memory into the module's
 *   write(handle, offset, from, size)           and back
 *   length(handle) -> i32                       the length of a native text
 *   drop(handle)                                forgets a handle
 *   variable(library, name) -> i32              the pointer that a variable holds, such as stdout
 *
 * NULL with an error. The import is valid until wasm_host_free(). */
wasm_import *wasm_import_find(wasm_host *host, const char *module, const char *name, const char *params,
                              const char *results);

/* What WASI's args_get and environ_get give the module; both end with NULL, and stay the caller's. */
void wasm_host_arguments(wasm_host *host, char **argv, char **environment);

/* Whether the module has ended itself by WASI's proc_exit, and its status. The call of the import failed then.
 */
bool wasm_host_exited(const wasm_host *host, int *status);

/* Calls an import; false with an error that names it. `result` may be `args`. */
bool wasm_import_call(wasm_import *import, const wasm_value *args, wasm_value *result);

#ifdef __cplusplus
}
#endif
#endif
