/* SPDX-License-Identifier: MIT */
/*
 * ffi_syscalls: the library for code that a JIT compiler makes. Every function takes and returns plain
 * integers, doubles and pointers, by the platform's C calling convention. One table lists them all:
 *
 *     size_t count;
 *     const ffi_syscall *calls = ffi_syscalls(&count);
 *     for (size_t i = 0; i < count; i++) register_function(calls[i].name, calls[i].address, calls[i].arity);
 *
 * Here register_function() is a function of the compiler's runtime. A program of the language then opens a
 * library, finds a function, and calls it:
 *
 *     void *libm = ffi_dlopen("m"), *cosine = ffi_dlsym(libm, "cos");
 *     double one = ffi_call_direct_double_double(cosine, 0.0);
 *
 * Libraries and functions are handles, not addresses. A handle that was closed or freed, and a function whose
 * library was closed, are errors, not crashes. A function that fails returns 0, 0.0 or NULL.
 * ffi_syscall_error() tells a failure from such a result, and ffi_dlerror() has the message.
 *
 * Any thread may call any function. A thread must not close or free a handle that another one is using. All
 * functions share one context, which is made at the first call and lives until ffi_syscalls_end().
 */
#ifndef FFI_SYSCALLS_H
#define FFI_SYSCALLS_H

#include "ffi_embed.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A function of this header. */
typedef struct ffi_syscall {
    const char *name;      /* "ffi_dlopen" */
    void       *address;   /* of its code */
    int         arity;     /* the number of its arguments */
    const char *signature; /* "ptr(str)", as ffi_type_parse() reads it */
} ffi_syscall;

/* Returns the table of all functions below, except ffi_syscalls_end(), and sets `*count` to their number;
 * `count` may be NULL. The table is constant. */
FFI_INVOKE_API const ffi_syscall *ffi_syscalls(size_t *count);

/* Frees everything: the context, all handles. No other thread may be in a function of this header. Handles from
 * before must not be used afterwards; the next call makes a new context. For programs that look for leaks at
 * their end. */
FFI_INVOKE_API void ffi_syscalls_end(void);

/* The error of this thread's last call of a function below: an ffi_error, 0 if it succeeded. ffi_dlerror() does
 * not change it. */
FFI_INVOKE_API int64_t ffi_syscall_error(void);

/* ---- Libraries and functions ----------------------------------------------------------------- */

/* Opens a library, by a name as ffi_library_open() takes it ("m", "./libx.so"); NULL means the program itself.
 */
FFI_INVOKE_API void *ffi_dlopen(const char *path);

/* Finds a function or a variable. It has no signature: each call says its types. ffi_func_free(), or
 * ffi_dlclose() of its library, ends its handle. */
FFI_INVOKE_API void *ffi_dlsym(void *library, const char *name);

/* Closes a library. Its handle and the handles of its functions are invalid then; ffi_func_free() still frees
 * those. Returns 1 if it was open, otherwise 0. */
FFI_INVOKE_API int64_t ffi_dlclose(void *library);

/* The message of this thread's last failure. Never NULL; valid until this thread's next failure. */
FFI_INVOKE_API const char *ffi_dlerror(void);

/* Finds a function and binds it to a signature of any types, such as "ptr(i64, ptr, i64)" (ffi_type_parse()).
 */
FFI_INVOKE_API void *ffi_func_specialized(void *library, const char *name, const char *signature);

/* The address of a function's code, for C that takes a function pointer; for a variable of ffi_dlsym() its
 * address. Valid as long as the library is loaded. */
FFI_INVOKE_API void *ffi_func_address(void *function);

/* Frees the handle of a function. Returns 1 if it was valid, otherwise 0. */
FFI_INVOKE_API int64_t ffi_func_free(void *function);

/* ---- Direct calls ---------------------------------------------------------------------------- */

/* Call a function as the name says: the type of the result, then those of the arguments. i64 is int64_t, ptr is
 * void *. Nothing checks that the function has these types, not even its signature. */
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

/* Call a function of ffi_func_specialized(). `args` has a slot of 8 bytes for each argument, written as an
 * ffi_value of the signature's type, and `count` is the number of arguments; another number fails with
 * FFI_ERROR_ARGUMENT. The name says which result comes back: an integer, a bool or an enum as i64, a float or a
 * double as double, a pointer as ptr. Another result is FFI_ERROR_TYPE. ffi_call_specialized_void() discards
 * every result of up to 8 bytes; a record and a larger value are FFI_ERROR_TYPE for it too. */
FFI_INVOKE_API void    ffi_call_specialized_void(void *function, const void *args, int64_t count);
FFI_INVOKE_API int64_t ffi_call_specialized_i64(void *function, const void *args, int64_t count);
FFI_INVOKE_API double  ffi_call_specialized_double(void *function, const void *args, int64_t count);
FFI_INVOKE_API void   *ffi_call_specialized_ptr(void *function, const void *args, int64_t count);

/* ---- The argument stack ---------------------------------------------------------------------- */

/* Push the arguments of this thread's next generic call, one by one, at most 64. A push of one more fails with
 * FFI_ERROR_RANGE and pushes nothing: check ffi_syscall_error(), because the next generic call passes the 64
 * arguments. A pushed pointer is not copied: what it points to must stay valid until the call. ffi_args_clear()
 * drops what was pushed. */
FFI_INVOKE_API void ffi_args_clear(void);
FFI_INVOKE_API void ffi_args_push_i64(int64_t value);
FFI_INVOKE_API void ffi_args_push_double(double value);
FFI_INVOKE_API void ffi_args_push_ptr(void *value);

/* Call a function with the arguments that were pushed, and clear them, also after a failure. A function of
 * ffi_dlsym() is called with the types that were pushed and the result of the name. A function of
 * ffi_func_specialized() gets the arguments converted and checked by its signature, as by ffi_invoke_any(); the
 * result is as above. Of `own` only the pointer comes back: the program frees it. */
FFI_INVOKE_API void    ffi_call_generic_void(void *function);
FFI_INVOKE_API int64_t ffi_call_generic_i64(void *function);
FFI_INVOKE_API double  ffi_call_generic_double(void *function);
FFI_INVOKE_API void   *ffi_call_generic_ptr(void *function);

/* ---- Memory ---------------------------------------------------------------------------------- */

/* As the functions of C. A negative size, and NULL with a size other than 0, are FFI_ERROR_ARGUMENT.
 * ffi_malloc() of 0 returns an address; without memory it fails with FFI_ERROR_MEMORY. The memory of
 * ffi_memcpy() may overlap. ffi_memcmp() returns -1, 0 or 1. ffi_free() frees memory of ffi_malloc() and of C's
 * malloc(). */
FFI_INVOKE_API void   *ffi_malloc(int64_t size);
FFI_INVOKE_API void    ffi_free(void *memory);
FFI_INVOKE_API void   *ffi_memcpy(void *to, const void *from, int64_t size);
FFI_INVOKE_API void   *ffi_memset(void *memory, int64_t byte, int64_t size);
FFI_INVOKE_API int64_t ffi_memcmp(const void *a, const void *b, int64_t size);

#ifdef __cplusplus
}
#endif
#endif
