/* SPDX-License-Identifier: MIT */
/*
 * ffi_syscalls: ffi_invoke for code that a JIT made. Every function takes and returns plain integers, doubles
 * and pointers, and one table tells them all:
 *
 *     size_t count;
 *     const ffi_syscall *calls = ffi_syscalls(&count);
 *     for (size_t i = 0; i < count; i++) register_function(calls[i].name, calls[i].address, calls[i].arity);
 *
 * Libraries and functions are handles, which know their end: a closed library, or a function that was freed or
 * whose library was closed, is an error, not a crash. A call that fails returns 0, 0.0 or NULL, and
 * ffi_syscall_error() then tells why, as it tells 0 after a call that did not; ffi_last_message() has the text.
 * Any thread may call any of them. They share one context, which is made at the first call and stays.
 */
#ifndef FFI_SYSCALLS_H
#define FFI_SYSCALLS_H

#include "ffi_embed.h"

#ifdef __cplusplus
extern "C" {
#endif

/* One function of this header. */
typedef struct ffi_syscall {
    const char *name;    /* "ffi_dlopen" */
    void       *address; /* of its code */
    int         arity;
    const char *signature; /* "ptr(str)", as ffi_type_parse() reads it */
} ffi_syscall;

/* All of them, those of the table itself left out. */
FFI_INVOKE_API const ffi_syscall *ffi_syscalls(size_t *count);

/* Frees all that there is, handles included; no other thread may be in a function of this header. For programs
 * that look for leaks at their end. */
FFI_INVOKE_API void ffi_syscalls_end(void);

/* The error of this thread's last call of a function below: an ffi_error, 0 if it succeeded. */
FFI_INVOKE_API int64_t ffi_syscall_error(void);

/* ---- Libraries and functions ----------------------------------------------------------------- */

/* A library, by a name as ffi_library_open() takes it; NULL is the program itself. */
FFI_INVOKE_API void *ffi_dlopen(const char *path);

/* A function of it. Its arguments are those that each call has. */
FFI_INVOKE_API void *ffi_dlsym(void *library, const char *name);

/* Closes the library: its handle, and those of its functions, are stale from here on. 1: done. */
FFI_INVOKE_API int64_t ffi_dlclose(void *library);

/* The message of the last error of this thread; never NULL. */
FFI_INVOKE_API const char *ffi_dlerror(void);

/* A function with a signature ("ptr(i64, ptr, i64)"), which it is called by from here on: of any types. */
FFI_INVOKE_API void *ffi_func_specialized(void *library, const char *name, const char *signature);

/* Frees the handle of a function. 1: done. */
FFI_INVOKE_API int64_t ffi_func_free(void *function);

/* ---- Direct calls ---------------------------------------------------------------------------- */

/* Calls a function whose types are those of the name: the result first, then the arguments. */
FFI_INVOKE_API void    ffi_call_direct_void(void *function);
FFI_INVOKE_API int64_t ffi_call_direct_i64(void *function);
FFI_INVOKE_API double  ffi_call_direct_double(void *function);
FFI_INVOKE_API void   *ffi_call_direct_ptr(void *function);
FFI_INVOKE_API void    ffi_call_direct_void_i64(void *function, int64_t a);
FFI_INVOKE_API void    ffi_call_direct_void_ptr(void *function, void *a);
FFI_INVOKE_API void    ffi_call_direct_void_i64_i64(void *function, int64_t a, int64_t b);
FFI_INVOKE_API void    ffi_call_direct_void_i64_ptr(void *function, int64_t a, void *b);
FFI_INVOKE_API void    ffi_call_direct_void_ptr_ptr(void *function, void *a, void *b);
FFI_INVOKE_API int64_t ffi_call_direct_i64_i64(void *function, int64_t a);
FFI_INVOKE_API int64_t ffi_call_direct_i64_i64_i64(void *function, int64_t a, int64_t b);
FFI_INVOKE_API int64_t ffi_call_direct_i64_ptr(void *function, void *a);
FFI_INVOKE_API int64_t ffi_call_direct_i64_ptr_ptr(void *function, void *a, void *b);
FFI_INVOKE_API double  ffi_call_direct_double_double(void *function, double a);
FFI_INVOKE_API double  ffi_call_direct_double_double_double(void *function, double a, double b);
FFI_INVOKE_API void   *ffi_call_direct_ptr_i64(void *function, int64_t a);
FFI_INVOKE_API void   *ffi_call_direct_ptr_ptr(void *function, void *a);
FFI_INVOKE_API void   *ffi_call_direct_ptr_ptr_ptr(void *function, void *a, void *b);

/* ---- Calls by signature ---------------------------------------------------------------------- */

/* Calls a function of ffi_func_specialized(). `args` has a slot of 8 bytes for each argument, written as the
 * signature's types are (ffi_value), and `count` must be right. The name says what becomes of the result:
 * integers become i64, float and double become double. Another result is FFI_ERROR_TYPE, but void throws any
 * away. */
FFI_INVOKE_API void    ffi_call_specialized_void(void *function, const void *args, int64_t count);
FFI_INVOKE_API int64_t ffi_call_specialized_i64(void *function, const void *args, int64_t count);
FFI_INVOKE_API double  ffi_call_specialized_double(void *function, const void *args, int64_t count);
FFI_INVOKE_API void   *ffi_call_specialized_ptr(void *function, const void *args, int64_t count);

/* ---- The argument stack ---------------------------------------------------------------------- */

/* Arguments of the next call, of this thread, one by one; at most 64. */
FFI_INVOKE_API void ffi_args_clear(void);
FFI_INVOKE_API void ffi_args_push_i64(int64_t value);
FFI_INVOKE_API void ffi_args_push_double(double value);
FFI_INVOKE_API void ffi_args_push_ptr(void *value);

/* Calls a function with what was pushed, and clears the stack. One of ffi_dlsym() takes just these types, and
 * returns that of the name. One of ffi_func_specialized() gets them converted by its signature, and checked. */
FFI_INVOKE_API void    ffi_call_generic_void(void *function);
FFI_INVOKE_API int64_t ffi_call_generic_i64(void *function);
FFI_INVOKE_API double  ffi_call_generic_double(void *function);
FFI_INVOKE_API void   *ffi_call_generic_ptr(void *function);

/* ---- Memory ---------------------------------------------------------------------------------- */

/* As those of C; negative sizes, and NULL for any bytes, are errors. ffi_memcmp() gives -1, 0 or 1. */
FFI_INVOKE_API void   *ffi_malloc(int64_t size);
FFI_INVOKE_API void    ffi_free(void *memory);
FFI_INVOKE_API void   *ffi_memcpy(void *to, const void *from, int64_t size);
FFI_INVOKE_API void   *ffi_memset(void *memory, int64_t byte, int64_t size);
FFI_INVOKE_API int64_t ffi_memcmp(const void *a, const void *b, int64_t size);

#ifdef __cplusplus
}
#endif
#endif
