/* SPDX-License-Identifier: MIT */
/* The standard C API of WebAssembly (github.com/WebAssembly/wasm-c-api), as far as the host needs it: its types, and
 * its functions as pointers that standard.c reads from a library. An object that a function makes is the caller's,
 * who deletes it; what `exports` and `as_` give belongs to what it was given for. */
#ifndef STANDARD_H
#define STANDARD_H

#include "runner.h"

typedef struct wasm_config_t   wasm_config_t;
typedef struct wasm_engine_t   wasm_engine_t;
typedef struct wasm_store_t    wasm_store_t;
typedef struct wasm_module_t   wasm_module_t;
typedef struct wasm_instance_t wasm_instance_t;
typedef struct wasm_extern_t   wasm_extern_t;
typedef struct wasm_func_t     wasm_func_t;
typedef struct wasm_memory_t   wasm_memory_t;
typedef struct wasm_ref_t      wasm_ref_t;
typedef struct wasm_trap_t     wasm_trap_t;
typedef struct wasm_valtype_t  wasm_valtype_t;
typedef struct wasm_functype_t wasm_functype_t;

typedef struct wasm_val_t {
    uint8_t kind; /* 0 to 3: i32, i64, f32, f64 */
    union {
        int32_t     i32;
        int64_t     i64;
        float       f32;
        double      f64;
        wasm_ref_t *ref;
    } of;
} wasm_val_t;

#define STANDARD_VECTOR(name, element)                                                                         \
    typedef struct name {                                                                                      \
        size_t   size;                                                                                         \
        element *data;                                                                                         \
    } name
STANDARD_VECTOR(wasm_byte_vec_t, char);
STANDARD_VECTOR(wasm_val_vec_t, wasm_val_t);
STANDARD_VECTOR(wasm_extern_vec_t, wasm_extern_t *);
STANDARD_VECTOR(wasm_valtype_vec_t, wasm_valtype_t *);

typedef wasm_trap_t *wasm_func_callback_with_env_t(void *env, const wasm_val_vec_t *args,
                                                   wasm_val_vec_t *results);

/* F(name, result, parameters): wasm_<name> is a function of the library. */
#define STANDARD_FUNCTIONS(F)                                                                                  \
    F(engine_new, wasm_engine_t *, (void))                                                                     \
    F(config_new, wasm_config_t *, (void))                                                                     \
    F(engine_new_with_config, wasm_engine_t *, (wasm_config_t *))                                              \
    F(engine_delete, void, (wasm_engine_t *))                                                                  \
    F(store_new, wasm_store_t *, (wasm_engine_t *))                                                            \
    F(store_delete, void, (wasm_store_t *))                                                                    \
    F(module_new, wasm_module_t *, (wasm_store_t *, const wasm_byte_vec_t *))                                  \
    F(module_delete, void, (wasm_module_t *))                                                                  \
    F(instance_new, wasm_instance_t *,                                                                         \
      (wasm_store_t *, const wasm_module_t *, const wasm_extern_vec_t *, wasm_trap_t **))                      \
    F(instance_delete, void, (wasm_instance_t *))                                                              \
    F(instance_exports, void, (const wasm_instance_t *, wasm_extern_vec_t *))                                  \
    F(extern_vec_delete, void, (wasm_extern_vec_t *))                                                          \
    F(extern_as_func, wasm_func_t *, (wasm_extern_t *))                                                        \
    F(extern_as_memory, wasm_memory_t *, (wasm_extern_t *))                                                    \
    F(func_as_extern, wasm_extern_t *, (wasm_func_t *))                                                        \
    F(func_new_with_env, wasm_func_t *,                                                                        \
      (wasm_store_t *, const wasm_functype_t *, wasm_func_callback_with_env_t *, void *, void (*)(void *)))    \
    F(func_call, wasm_trap_t *, (const wasm_func_t *, const wasm_val_vec_t *, wasm_val_vec_t *))               \
    F(func_delete, void, (wasm_func_t *))                                                                      \
    F(functype_new, wasm_functype_t *, (wasm_valtype_vec_t *, wasm_valtype_vec_t *))                           \
    F(functype_delete, void, (wasm_functype_t *))                                                              \
    F(valtype_new, wasm_valtype_t *, (uint8_t))                                                                \
    F(valtype_vec_new_uninitialized, void, (wasm_valtype_vec_t *, size_t))                                     \
    F(memory_data, char *, (wasm_memory_t *))                                                                  \
    F(memory_data_size, size_t, (const wasm_memory_t *))                                                       \
    F(trap_new, wasm_trap_t *, (wasm_store_t *, const wasm_byte_vec_t *))                                      \
    F(trap_message, void, (const wasm_trap_t *, wasm_byte_vec_t *))                                            \
    F(trap_delete, void, (wasm_trap_t *))                                                                      \
    F(byte_vec_delete, void, (wasm_byte_vec_t *))

struct standard {
#define STANDARD_MEMBER(name, result, parameters) result(*name) parameters;
    STANDARD_FUNCTIONS(STANDARD_MEMBER)
#undef STANDARD_MEMBER
};

/* standard.c, and for wasmtime.c. The library of an engine, which is not closed; NULL with an error. */
ffi_library *standard_library(const char *name);

/* Reads the functions of these names into an array of pointers. */
ffi_error standard_read(ffi_library *library, const char *const *names, size_t count, void *functions);

extern const char *const standard_names[]; /* those of struct standard */

enum { STANDARD_COUNT = sizeof(struct standard) / sizeof(void (*)(void)) };

uint8_t          standard_kind(char letter); /* the API's kind of a type */
wasm_functype_t *standard_type(const struct standard *api, const struct wasm_signature *type);

/* Fails with the last line of what a trap or an error says, and deletes that text. */
ffi_error standard_fail(const struct standard *api, wasm_byte_vec_t *message);

#endif
