/* SPDX-License-Identifier: MIT */
/* The flat layer: handles of libraries and functions, memory, and the table of all functions. Calls are in
 * syscall_call.c. */
#include "syscalls.h"

#include <stdlib.h>

/* ---- the shared context ---- */

static _Atomic(ffi_context *) shared;

ffi_context *flat_context(void) {
    ffi_context *context = atomic_load_explicit(&shared, memory_order_acquire), *none = NULL;
    if (context || !(context = ffi_context_new(NULL))) return context;
    if (atomic_compare_exchange_strong(&shared, &none, context)) return context;
    ffi_context_free(context);
    return none;
}

void ffi_syscalls_end(void) {
    ffi_context_free(atomic_exchange(&shared, NULL));
}

static _Thread_local ffi_error last_error;

int64_t ffi_syscall_error(void) {
    return last_error;
}

void flat_good(void) {
    last_error = FFI_ERROR_NONE;
}

void flat_failed(void) {
    last_error = ffi_last_error();
}

static void *told(void *handle) {
    last_error = handle ? FFI_ERROR_NONE : ffi_last_error();
    return handle;
}

/* ---- libraries ---- */

static void *library_handle(const char *where, const char *path) {
    ffi_context *context = flat_context();
    ffi_library *library = context ? ffi_library_open(context, path, 0) : NULL;
    struct head *head    = library ? head_new(context, HEAD_LIBRARY) : NULL;
    if (!head) return embed_failed(where), ffi_library_close(library), NULL;
    head->as.flat.library = library;
    return head_handle(head);
}

void *ffi_dlopen(const char *path) {
    return told(library_handle(__func__, path));
}

int64_t ffi_dlclose(void *library) {
    struct head *head = head_of(library, HEAD_LIBRARY, __func__);
    if (!head || !head_end(head, __func__)) return flat_failed(), 0;
    ffi_library_close(head->as.flat.library);
    head_give(head);
    return flat_good(), 1;
}

const char *ffi_dlerror(void) {
    return ffi_last_message();
}

/* ---- functions ---- */

static void *function_handle(const char *where, void *library, const char *name, const char *signature) {
    struct head *from = head_of(library, HEAD_LIBRARY, where);
    if (!from) return NULL;
    if (!name) return embed_null(where, "name"), NULL;
    ffi_function *bound   = NULL;
    void         *address = ffi_library_symbol(from->as.flat.library, name);
    if (!address) return NULL;
    if (signature && !(bound = ffi_library_function(from->as.flat.library, name, signature))) return NULL;
    struct head *head = head_new(flat_context(), HEAD_FUNCTION);
    if (!head) return ffi_function_free(bound), NULL;
    head->as.flat.address = address;
    head->as.flat.bound   = bound;
    head->as.flat.from    = library;
    return head_handle(head);
}

void *ffi_dlsym(void *library, const char *name) {
    return told(function_handle(__func__, library, name, NULL));
}

void *ffi_func_specialized(void *library, const char *name, const char *signature) {
    if (!signature) return embed_null(__func__, "signature"), told(NULL);
    return told(function_handle(__func__, library, name, signature));
}

void *ffi_func_address(void *function) {
    const struct head *head = flat_live(__func__, function);
    return head ? flat_good(), head->as.flat.address : NULL;
}

int64_t ffi_func_free(void *function) {
    struct head *head = head_of(function, HEAD_FUNCTION, __func__);
    if (!head || !head_end(head, __func__)) return flat_failed(), 0;
    ffi_function_free(head->as.flat.bound);
    head_give(head);
    return flat_good(), 1;
}

/* ---- memory ---- */

static bool good_range(const char *where, const void *a, const void *b, int64_t size) {
    if (size < 0) ffi_fail(FFI_ERROR_ARGUMENT, "%s: the size %lld is negative", where, (long long)size);
    else if (size && (!a || !b)) embed_null(where, "a pointer");
    else return flat_good(), true;
    return flat_failed(), false;
}

void *ffi_malloc(int64_t size) {
    if (!good_range(__func__, "", "", size)) return NULL;
    void *memory = malloc(size ? (size_t)size : 1);
    if (!memory) ffi_fail(FFI_ERROR_MEMORY, "out of memory: %lld bytes", (long long)size), flat_failed();
    return memory;
}

void ffi_free(void *memory) {
    free(memory);
    flat_good();
}

void *ffi_memcpy(void *to, const void *from, int64_t size) {
    if (!good_range(__func__, to, from, size)) return NULL;
    return size ? memmove(to, from, (size_t)size) : to;
}

void *ffi_memset(void *memory, int64_t byte, int64_t size) {
    if (!good_range(__func__, memory, memory, size)) return NULL;
    return size ? memset(memory, (int)(byte & 255), (size_t)size) : memory;
}

int64_t ffi_memcmp(const void *a, const void *b, int64_t size) {
    int order = good_range(__func__, a, b, size) && size ? memcmp(a, b, (size_t)size) : 0;
    return (order > 0) - (order < 0);
}

/* ---- the table ---- */

#define ROW(name, arity, signature)                                                                            \
    { #name, (void *)(uintptr_t)name, arity, signature }

const ffi_syscall *ffi_syscalls(size_t *count) {
    static const ffi_syscall rows[] = {
        ROW(ffi_syscall_error, 0, "i64()"),
        ROW(ffi_dlopen, 1, "ptr(str)"),
        ROW(ffi_dlsym, 2, "ptr(ptr, str)"),
        ROW(ffi_dlclose, 1, "i64(ptr)"),
        ROW(ffi_dlerror, 0, "ptr()"),
        ROW(ffi_func_specialized, 3, "ptr(ptr, str, str)"),
        ROW(ffi_func_address, 1, "ptr(ptr)"),
        ROW(ffi_func_free, 1, "i64(ptr)"),
        ROW(ffi_call_direct_void, 1, "void(ptr)"),
        ROW(ffi_call_direct_i64, 1, "i64(ptr)"),
        ROW(ffi_call_direct_double, 1, "double(ptr)"),
        ROW(ffi_call_direct_ptr, 1, "ptr(ptr)"),
        ROW(ffi_call_direct_void_i64, 2, "void(ptr, i64)"),
        ROW(ffi_call_direct_void_ptr, 2, "void(ptr, ptr)"),
        ROW(ffi_call_direct_void_i64_i64, 3, "void(ptr, i64, i64)"),
        ROW(ffi_call_direct_void_i64_ptr, 3, "void(ptr, i64, ptr)"),
        ROW(ffi_call_direct_void_ptr_ptr, 3, "void(ptr, ptr, ptr)"),
        ROW(ffi_call_direct_i64_i64, 2, "i64(ptr, i64)"),
        ROW(ffi_call_direct_i64_i64_i64, 3, "i64(ptr, i64, i64)"),
        ROW(ffi_call_direct_i64_ptr, 2, "i64(ptr, ptr)"),
        ROW(ffi_call_direct_i64_ptr_ptr, 3, "i64(ptr, ptr, ptr)"),
        ROW(ffi_call_direct_double_double, 2, "double(ptr, double)"),
        ROW(ffi_call_direct_double_double_double, 3, "double(ptr, double, double)"),
        ROW(ffi_call_direct_ptr_i64, 2, "ptr(ptr, i64)"),
        ROW(ffi_call_direct_ptr_ptr, 2, "ptr(ptr, ptr)"),
        ROW(ffi_call_direct_ptr_ptr_ptr, 3, "ptr(ptr, ptr, ptr)"),
        ROW(ffi_call_specialized_void, 3, "void(ptr, ptr, i64)"),
        ROW(ffi_call_specialized_i64, 3, "i64(ptr, ptr, i64)"),
        ROW(ffi_call_specialized_double, 3, "double(ptr, ptr, i64)"),
        ROW(ffi_call_specialized_ptr, 3, "ptr(ptr, ptr, i64)"),
        ROW(ffi_args_clear, 0, "void()"),
        ROW(ffi_args_push_i64, 1, "void(i64)"),
        ROW(ffi_args_push_double, 1, "void(double)"),
        ROW(ffi_args_push_ptr, 1, "void(ptr)"),
        ROW(ffi_call_generic_void, 1, "void(ptr)"),
        ROW(ffi_call_generic_i64, 1, "i64(ptr)"),
        ROW(ffi_call_generic_double, 1, "double(ptr)"),
        ROW(ffi_call_generic_ptr, 1, "ptr(ptr)"),
        ROW(ffi_malloc, 1, "ptr(i64)"),
        ROW(ffi_free, 1, "void(ptr)"),
        ROW(ffi_memcpy, 3, "ptr(ptr, ptr, i64)"),
        ROW(ffi_memset, 3, "ptr(ptr, i64, i64)"),
        ROW(ffi_memcmp, 3, "i64(ptr, ptr, i64)"),
    };
    if (count) *count = countof(rows);
    return rows;
}
