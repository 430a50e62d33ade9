/* SPDX-License-Identifier: MIT */
/* What the files of the host share. */
#ifndef HOST_H
#define HOST_H

#include "wasm_host.h"

#include <errno.h>
#include <setjmp.h>
#include <stdatomic.h>

/* How a value is converted, chosen once from its two types. */
enum wasm_way {
    WAY_NONE,   /* void */
    WAY_SIGNED, /* an i32, which is extended to the size of its native type, or cut to it by the callee */
    WAY_UNSIGNED,
    WAY_WIDE, /* an i64 */
    WAY_BOOL,
    WAY_F32,
    WAY_F64,
    WAY_POINTER,  /* to bytes that are the same on both sides, or of an unknown type */
    WAY_TEXT,     /* to a text that ends in memory */
    WAY_RECORD,   /* to a record that is laid out in another way: a copy for the time of the call */
    WAY_FUNCTION, /* an index of the table */
    WAY_SINGLE,   /* a record by value that has one scalar in it: the module passes that */
    WAY_VALUE,    /* another record by value: the module passes its address */
};

struct wasm_pair {
    enum wasm_way    way;
    char             letter; /* the type in the module: "iIfF"; 0: none */
    uint8_t          size;   /* of the native scalar */
    uint8_t          bytes;  /* that a slot takes of a number as they are: 4 or 8; 0: it is converted */
    bool             is_const, is_nonnull;
    uint32_t         target_size;    /* of what a pointer points to, in the module; 0: unknown */
    uint32_t         target_mask;    /* its alignment - 1 */
    uint8_t          counter;        /* of `len(n)`: the index of n + 1; 0: there is none */
    uint32_t         rare;           /* of a pointer: bits that no offset to a target in the memory has */
    const ffi_ctype *native, *guest; /* of a pointer or record by value: the target, the record */
};

enum { WASM_MOST = 64, WASM_FEW = 8 };

#define WASM_HANDLE 0x80000000u

/* (void *)-1, which stands for a failure, or for an option where a function is wanted. */
#define WASM_NOTHING UINT32_MAX

struct wasm_callback {
    struct wasm_callback *next;
    wasm_host            *host;
    ffi_callback         *callback;
    const ffi_ctype      *signature;
    uint32_t              index, count;
    char                  params[WASM_MOST + 1], result[2];
    struct wasm_pair      pairs[WASM_MOST], returns;
};

/* A handle is bit 31, a generation of 7 bits, and an index of 24: no offset of a memory below 2 GiB. */
struct wasm_handles {
    struct wasm_handle {
        const void *pointer; /* NULL: free */
        uint32_t    next;    /* with the same hash, or the next free one: its index + 1 */
        uint32_t    generation;
    } * all;
    uint32_t *buckets; /* as many as `capacity`, a power of two */
    uint32_t  count, capacity, free;
};

struct wasm_library {
    struct wasm_library *next;
    ffi_library         *library;
    char                 name[];
};

struct wasm_pattern {
    struct wasm_pattern *next;
    const char          *name;
    char                 library[];
};

struct wasm_prototype {
    struct wasm_prototype *next;
    char                  *name; /* "library.name" */
    char                  *signature;
};

struct wasm_host {
    ffi_context           *native, *guest;
    const wasm_engine     *engine;
    void                  *instance;
    struct wasm_library   *libraries;
    struct wasm_pattern   *allowed;
    struct wasm_prototype *prototypes;
    struct wasm_callback  *callbacks;
    struct wasm_handles    handles;
    wasm_import           *imports;
    ffi_arena             *arena;  /* copies of the calls that run */
    uint8_t               *memory; /* the module's, by wasm_memory_refresh() */
    uint64_t               memory_size;
    const void *_Atomic    thread; /* where the errno of the thread is that runs the module */
    uint32_t               depth;  /* of callbacks within callbacks */
    bool                   trapped;
    const char *_Atomic    stopped;             /* why; NULL: it is not */
    int                    waker;               /* what WASI's waits wait for, too */
    atomic_int             wake;                /* its other end and 1; 0: nothing has waited yet */
    int                    error_number;        /* errno of the last call */
    char                 **argv, **environment; /* of wasm_host_arguments() */
    unsigned               closed;              /* a bit for each standard stream that the module has closed */
    bool                   exited;
    int                    exit_status;
    struct wasm_call      *call; /* of native code that may hold pointers; NULL while the module runs */
};

/* A call that runs. If the memory moves within a callback while native code holds pointers into it, the call is
 * left at once: native code would use what is not there any more. */
struct wasm_call {
    jmp_buf           away;
    uint8_t          *base; /* of the memory when the call began */
    bool              holds_memory;
    struct wasm_copy *copies;
};

/* A record of WAY_RECORD for a call. If native code may write it, it goes back to the module after the call, and behind it
 * is the record as it was before. A result that points to it is the module's record. */
struct wasm_copy {
    struct wasm_copy *next;
    const ffi_ctype  *native, *guest;
    uint64_t          offset;
    void             *record;
    bool              is_const;
};

/* convert.c: the pair of two types of one declaration; and values of it. */
ffi_error wasm_pair_of(const ffi_ctype *native, const ffi_ctype *guest, struct wasm_pair *pair);
ffi_error wasm_pair_measure(struct wasm_pair *pair); /* sets what depends on the size of `guest` */
ffi_error wasm_in_rest(wasm_host *host, const struct wasm_pair *pair, const wasm_value *value, ffi_value *slot);
ffi_error wasm_out_rest(wasm_host *host, const struct wasm_pair *pair, const ffi_value *value, wasm_value *out);

/* A native record to the module. Pointers in it become the module's, unless they are the same as in `before`, which may be
 * NULL. */
ffi_error wasm_record_out(wasm_host *host, const ffi_ctype *native, const ffi_ctype *guest, const void *at,
                          const void *before, void *to);

/* memory.c: offsets and handles. The memory is read again when the module has run, which may have moved it; or, if it
 * stays, only if a check of it has failed. wasm_memory_grew() is whether that check may succeed now. */
static inline void wasm_memory_refresh(wasm_host *host) {
    if (!host->engine->memory_stays) host->memory = host->engine->memory(host->instance, &host->memory_size);
}
bool wasm_memory_grew(wasm_host *host);

/* NULL if the text does not end in the memory. */
static inline const char *wasm_text_at(const wasm_host *host, uint64_t offset) {
    const char *memory = (const char *)host->memory;
    uint64_t    size   = host->memory_size;
    return offset < size && memchr(memory + offset, 0, (size_t)(size - offset)) ? memory + offset : NULL;
}

ffi_error wasm_address(wasm_host *host, uint64_t offset, uint64_t size, uint32_t mask, void **at);
ffi_error wasm_text(wasm_host *host, uint64_t offset, const char **text);
ffi_error wasm_pointer_out(wasm_host *host, const void *pointer, uint32_t *out);
ffi_error wasm_handle_new(wasm_host *host, const void *pointer, uint32_t *handle);
void     *wasm_handle_pointer(wasm_host *host, uint32_t handle);
void      wasm_handle_drop(wasm_host *host, uint32_t handle);

/* callback.c: native code of a function of the table; and the end of all. */
ffi_error wasm_callback_code(wasm_host *host, const ffi_ctype *native, const ffi_ctype *guest, uint32_t index,
                             void **code);
void      wasm_callbacks_free(wasm_host *host);

/* Before the module runs, or one of its imports: callbacks on another thread are refused from now on. */
static inline void wasm_host_enter(wasm_host *host) {
    atomic_store_explicit(&host->thread, &errno, memory_order_relaxed);
}

/* The functions of the modules that the host has itself: "ffi" (accessor.c), and WASI's (wasi.c). */
typedef bool wasm_accessor(wasm_host *host, const wasm_value *args, wasm_value *result);

struct wasm_builtin {
    const char    *name, *params, *results;
    wasm_accessor *run;
};

extern const struct wasm_builtin wasm_accessors[], wasm_wasi[]; /* the name of the last is NULL */

typedef ffi_error wasm_run(wasm_import *import, const wasm_value *args, wasm_value *result);

struct wasm_import {
    wasm_run        *run;
    wasm_import     *next;
    wasm_host       *host;
    wasm_accessor   *accessor; /* of module "ffi", which has no function */
    ffi_function    *function;
    const ffi_ctype *native, *guest; /* the two signatures */
    bool             is_variadic;
    bool             is_few;   /* up to WASM_FEW numbers, and pointers to what is the same on both sides */
    bool             is_plain; /* and no number is converted, and the result is an integer or a pointer */
    bool             has_pointers, has_texts;
    bool             copies; /* arguments or the result may need memory for the time of the call */
    uint32_t         count;
    size_t           result_size;
    struct wasm_pair result, pairs[WASM_MOST];
    char             name[]; /* "library.name" */
};

/* import.c */
bool wasm_import_is_native(const wasm_import *import); /* whether C's own call is the right one */
void wasm_imports_free(wasm_host *host);

/* call.c: how an import is called; and import.c: the way that is right for each. */
wasm_run *wasm_run_of(const wasm_import *import);
wasm_run  wasm_run_any, wasm_call_few;

/* call.c: the function of an import that takes one number or none and gives one or none, each of them the same in C
 * and in the module: it can be called with the module's values. NULL for other imports. After such a call has set
 * host->trapped, wasm_import_fail() makes the error. */
const ffi_function *wasm_import_numbers(const wasm_import *import);
bool                wasm_import_fail(const wasm_import *import, ffi_error error);

/* host.c: a symbol of a library that is allowed, and the library; NULL with an error. */
void        *wasm_host_symbol(wasm_host *host, const char *library, const char *name);
ffi_library *wasm_host_library(wasm_host *host, const char *library, const char *name);

/* Whether an offset is one of what a pointer points to in the memory; most are. */
static inline bool wasm_is_inside(const wasm_host *host, const struct wasm_pair *pair, uint64_t offset) {
    return __builtin_expect(offset != 0, true) && __builtin_expect(!(offset & pair->rare), true) &&
           __builtin_expect(offset + pair->target_size <= host->memory_size, true);
}

/* Each argument of each call. */
static inline ffi_error wasm_in(wasm_host *host, const struct wasm_pair *pair, const wasm_value *value,
                                ffi_value *slot) {
    uint64_t offset = value->u32;
    if (pair->bytes == 4) return slot->u64 = offset, FFI_ERROR_NONE;
    if (pair->bytes == 8) return slot->u64 = value->u64, FFI_ERROR_NONE;
    if (pair->way == WAY_POINTER && wasm_is_inside(host, pair, offset))
        return slot->ptr = host->memory + offset, FFI_ERROR_NONE;
    if (pair->way == WAY_TEXT && offset && !(offset & pair->rare) && (slot->str = wasm_text_at(host, offset)))
        return FFI_ERROR_NONE;
    return wasm_in_rest(host, pair, value, slot);
}

/* And each result. All 8 bytes are written: engines read them as a whole, which would wait for a narrower store. An
 * integer of 64 bits may be one of 32 in the module. */
static inline ffi_error wasm_out(wasm_host *host, const struct wasm_pair *pair, const ffi_value *value,
                                 wasm_value *out) {
    if (__builtin_expect(pair->bytes == 4, true)) {
        uint64_t number = __builtin_expect(pair->size == 4, true) ? value->u32
                          : pair->size == 8                       ? value->u64
                          : pair->size == 2                       ? value->u16
                                                                  : value->u8;
        if (__builtin_expect(number <= UINT32_MAX, true)) return out->u64 = number, FFI_ERROR_NONE;
    } else if (pair->bytes == 8) {
        return out->u64 = value->u64, FFI_ERROR_NONE;
    }
    return wasm_out_rest(host, pair, value, out);
}

/* What follows a native call: its errno and its result. `engine` is the host's. */
static inline ffi_error wasm_called(wasm_import *import, const wasm_engine *engine, const ffi_value *value,
                                    wasm_value *result) {
    wasm_host *host = import->host;
    if (!engine->keeps_errno) host->error_number = errno;
    if (__builtin_expect(host->trapped, false)) return ffi_last_error();
    return wasm_out(host, &import->result, value, result);
}

/* The call of an import that is_plain. Where an engine knows its record, the compiler knows what it says. Without texts
 * nothing but the function is called, while pointers are in the memory. */
FFI_CALLS_UNCHECKED
static inline __attribute__((always_inline)) ffi_error wasm_call_plain(wasm_import       *import,
                                                                       const wasm_engine *engine,
                                                                       const wasm_value  *args,
                                                                       wasm_value *result, bool texts) {
    const ffi_function     *function = import->function;
    wasm_host              *host     = import->host;
    const struct wasm_pair *pair = import->pairs, *end = pair + import->count;
    const wasm_value       *arg = args;
    ffi_value               slots[WASM_FEW], *slot = slots, value;
    if (import->has_pointers) {
        if (host->callbacks) return wasm_call_few(import, args, result);
        if (!engine->memory_stays) wasm_memory_refresh(host);
    }
    for (; pair < end; pair++, arg++, slot++) {
        uint64_t offset = arg->u32;
        if (pair->way == WAY_POINTER) {
            slot->ptr = host->memory + offset;
            if (!wasm_is_inside(host, pair, offset)) return wasm_call_few(import, args, result);
        } else if (texts && pair->way == WAY_TEXT) {
            if (wasm_in(host, pair, arg, slot)) return wasm_call_few(import, args, result);
        } else {
            slot->u64 = pair->bytes == 4 ? offset : arg->u64;
        }
    }
    value.u64 = function->stub.word(function, NULL, slots);
    return wasm_called(import, engine, &value, result);
}

#endif
