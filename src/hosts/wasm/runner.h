/* SPDX-License-Identifier: MIT */
/* What an engine is to the rest of the host, and what it knows of a module. */
#ifndef RUNNER_H
#define RUNNER_H

#include "module.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { WASM_LETTERS = 128 }; /* the most parameters of an import or of an export that is called */

/* Types are letters, one of "iIfF" for each parameter and result, and '?' for a type that C has not. */
struct wasm_signature {
    const char *params, *results;
};

struct wasm_name {
    const char                  *module, *name; /* an export has no module */
    const struct wasm_signature *type;          /* NULL: no function */
    wasm_import                 *import;
};

/* The lists of a module, by read.c. Memory and table are the names of the first ones' exports. */
struct wasm_lists {
    size_t                 type_count, import_count, export_count;
    struct wasm_signature *types;
    struct wasm_name      *imports, *exports;
    bool                   has_memory, has_table;
    const char            *memory, *table;
};

typedef struct wasm_runner {
    const char *name; /* NULL: of any other name, which is that of a library */
    wasm_engine engine;
    size_t      size; /* of an instance, whose memory module.c makes, fills with zeroes, and frees */

    /* Instantiates the module in that memory, which is attached to the host; each import has its function. */
    ffi_error (*open)(void *instance, wasm_host *host, const char *name, const void *bytes, size_t size,
                      const struct wasm_lists *lists);
    void (*close)(void *instance); /* also after `open` has failed */

    /* Calls the function at this index of the exports. False after a trap, with an error. */
    bool (*call)(void *instance, size_t index, const wasm_value *args, wasm_value *result);
} wasm_runner;

extern const wasm_runner wasm_wabt, wasm_aot, wasm_standard, wasm_wasmtime;

#define WASM_STANDARD_ONLY "wasm.h:" /* before the name of a library */

/* wasmtime.c: whether the library has Wasmtime's own C API beside the standard one. */
bool wasm_is_wasmtime(const char *library);

/* read.c: reads the lists into an arena, and the custom section into the host. */
ffi_error wasm_lists_read(wasm_host *host, ffi_arena *arena, const void *bytes, size_t size,
                          struct wasm_lists *lists);

/* module.c: the errors of an engine's `call`. */
ffi_error wasm_no_table(void); /* where only exports can be reached */
ffi_error wasm_no_function(uint32_t index);
ffi_error wasm_wrong_function(uint32_t index, const char *has, const char *gives, const char *params,
                              const char *result);

/* Whether C has functions of this type. */
bool wasm_signature_is_c(const struct wasm_signature *type);

#ifdef __cplusplus
}
#endif
#endif
