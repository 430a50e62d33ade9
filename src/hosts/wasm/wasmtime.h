/* SPDX-License-Identifier: MIT */
/* Wasmtime's own C API (docs.wasmtime.dev/c-api), as far as wasmtime.c needs it, which reads its functions from the
 * library: records as Wasmtime 50 has them. Beside these functions it has the standard API. */
#ifndef WASMTIME_H
#define WASMTIME_H

#include "standard.h"

typedef struct wasmtime_store_t   wasmtime_store_t;
typedef struct wasmtime_context_t wasmtime_context_t;
typedef struct wasmtime_caller_t  wasmtime_caller_t;
typedef struct wasmtime_module_t  wasmtime_module_t;
typedef struct wasmtime_error_t   wasmtime_error_t;

typedef struct wasmtime_instance_t {
    uint64_t store_id;
    size_t   number;
} wasmtime_instance_t;

typedef struct wasmtime_func_t {
    uint64_t store_id; /* 0: no function */
    void    *function;
} wasmtime_func_t;

/* Of a memory or a table. */
typedef struct wasmtime_item_t {
    uint64_t store_id;
    uint32_t numbers[2];
} wasmtime_item_t;

typedef struct wasmtime_extern_t {
    uint8_t kind; /* WASMTIME_EXTERN_FUNC and so on */
    union {
        wasmtime_func_t func;
        wasmtime_item_t item;
        uint64_t        largest[3];
    } of;
} wasmtime_extern_t;

typedef struct wasmtime_val_t {
    uint8_t kind; /* 0 to 3: i32, i64, f32, f64; WASMTIME_FUNCREF */
    union {
        int32_t         i32;
        int64_t         i64;
        wasmtime_func_t func;
        uint64_t        largest[3];
    } of;
} wasmtime_val_t;

enum { WASMTIME_EXTERN_FUNC, WASMTIME_FUNCREF = 5 };

/* wasm_value is Wasmtime's wasmtime_val_raw_t. */
typedef wasm_trap_t *wasmtime_func_unchecked_callback_t(void *env, wasmtime_caller_t *caller,
                                                        wasm_value *values, size_t count);

/* F(name, result, parameters): wasmtime_<name> is a function of the library. */
#define WASMTIME_FUNCTIONS(F)                                                                                  \
    F(config_epoch_interruption_set, void, (wasm_config_t *, bool))                                            \
    F(config_memory_reservation_set, void, (wasm_config_t *, uint64_t))                                        \
    F(config_memory_may_move_set, void, (wasm_config_t *, bool))                                               \
    F(engine_increment_epoch, void, (wasm_engine_t *))                                                         \
    F(store_new, wasmtime_store_t *, (wasm_engine_t *, void *, void (*)(void *)))                              \
    F(store_delete, void, (wasmtime_store_t *))                                                                \
    F(store_context, wasmtime_context_t *, (wasmtime_store_t *))                                               \
    F(context_set_epoch_deadline, void, (wasmtime_context_t *, uint64_t))                                      \
    F(context_has_exception, bool, (wasmtime_context_t *))                                                     \
    F(module_new, wasmtime_error_t *, (wasm_engine_t *, const uint8_t *, size_t, wasmtime_module_t **))        \
    F(module_delete, void, (wasmtime_module_t *))                                                              \
    F(func_new_unchecked, void,                                                                                \
      (wasmtime_context_t *, const wasm_functype_t *, wasmtime_func_unchecked_callback_t *, void *,            \
       void (*)(void *), wasmtime_func_t *))                                                                   \
    F(func_call, wasmtime_error_t *,                                                                           \
      (wasmtime_context_t *, const wasmtime_func_t *, const wasmtime_val_t *, size_t, wasmtime_val_t *,        \
       size_t, wasm_trap_t **))                                                                                \
    F(instance_new, wasmtime_error_t *,                                                                        \
      (wasmtime_context_t *, const wasmtime_module_t *, const wasmtime_extern_t *, size_t,                     \
       wasmtime_instance_t *, wasm_trap_t **))                                                                 \
    F(instance_export_nth, bool,                                                                               \
      (wasmtime_context_t *, const wasmtime_instance_t *, size_t, char **, size_t *, wasmtime_extern_t *))     \
    F(memory_data, uint8_t *, (wasmtime_context_t *, const wasmtime_item_t *))                                 \
    F(memory_data_size, size_t, (wasmtime_context_t *, const wasmtime_item_t *))                               \
    F(table_get, bool, (wasmtime_context_t *, const wasmtime_item_t *, uint64_t, wasmtime_val_t *))            \
    F(trap_new, wasm_trap_t *, (const char *, size_t))                                                         \
    F(error_message, void, (const wasmtime_error_t *, wasm_byte_vec_t *))                                      \
    F(error_delete, void, (wasmtime_error_t *))

#endif
