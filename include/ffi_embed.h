/* SPDX-License-Identifier: MIT */
/*
 * ffi_embed: the embedding layer of ffi_invoke. A runtime hands over its values as they are, and the layer
 * converts and checks them by what the function's signature says:
 *
 *     #include <ffi_embed.h>
 *     #include <stdio.h>
 *
 *     int main(void) {
 *         ffi_context  *context = ffi_context_new(NULL);
 *         ffi_registry *names = ffi_registry_new(context);
 *         ffi_library  *libm = ffi_library_open(context, "m", 0);
 *         ffi_registry_bind(names, libm, "pow", "double pow(double x, double y)");
 *
 *         ffi_any result, args[2] = {ffi_any_int(2), ffi_any_real(10)};
 *         if (!ffi_registry_call(names, "pow", &result, args, 2)) printf("%g\n", result.as.f64);
 *
 *         args[1] = ffi_any_text("ten");
 *         if (ffi_registry_call(names, "pow", &result, args, 2)) printf("%s\n", ffi_last_message());
 *
 *         ffi_registry_free(names);
 *         ffi_context_free(context);
 *     }
 *
 * It prints 1024, and then `argument 2 "y" of pow: expected double, got text "ten"`.
 *
 * The layer is a part of the library: link as for ffi_invoke.h. A program that uses none of it does not link
 * it. "The host" is the runtime that uses the layer: an interpreter, a virtual machine, a binding.
 *
 * The conventions of ffi_invoke.h hold, for every function here unless its comment says otherwise:
 *   - A function that fails returns NULL or an ffi_error and leaves a message. The message names the function,
 *     the argument by number and name, the expectation and the value that came. Nothing has changed then: no
 *     result is written, nothing leaks.
 *   - Any thread may call any function. Two threads must not use one arena or one frame at once, and no thread
 *     may free an object that another one is using.
 *   - The layer copies texts that it keeps. A value (ffi_any) is not copied: what it points to must stay valid
 *     as long as the value is used.
 *   - All memory comes from the context's allocator, except that of queues, deliveries, calls of
 *     ffi_invoke_async(), callbacks of ffi_callback_any(), the file of ffi_trace_file() and
 *     ffi_check_functions(), which comes from malloc().
 *   - ffi_context_free() frees everything made here that is still there.
 *
 *     values      ffi_any, and what converts one: ffi_store_, ffi_load
 *     calls       ffi_invoke_any; ffi_invoke_host for hosts with values of their own
 *     frames      the memory of one call, for hosts that convert arguments themselves
 *     memory      arenas, buffers with checked access, objects with reference counts
 *     names       the registry: names to functions, native ones and the host's
 *     threads     queues, delivery of callbacks, calls on other threads
 */
#ifndef FFI_EMBED_H
#define FFI_EMBED_H

#include "ffi_invoke.h"

#if defined __clang__ && !defined __cplusplus && !(defined __STDC_VERSION__ && __STDC_VERSION__ >= 199901L)
#define FFI_EMBED_QUIET_CLANG /* as in ffi_invoke.h */
/* clang-format off */
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wc99-extensions"
#pragma clang diagnostic ignored "-Wlanguage-extension-token"
/* clang-format on */
#endif

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ffi_arena    ffi_arena;    /* memory that is freed all at once */
typedef struct ffi_buffer   ffi_buffer;   /* memory with a size and checked access */
typedef struct ffi_object   ffi_object;   /* a pointer with a count of references and a finalizer */
typedef struct ffi_registry ffi_registry; /* names to functions */
typedef struct ffi_entry    ffi_entry;    /* a function of a registry */
typedef struct ffi_queue    ffi_queue;    /* where callbacks and finished calls wait for the runtime's thread */

/* ---- Values ---------------------------------------------------------------------------------- */

typedef enum ffi_any_kind {
    FFI_ANY_NIL,      /* no value; NULL where C wants a pointer */
    FFI_ANY_BOOL,     /* as.b */
    FFI_ANY_INT,      /* as.i64 */
    FFI_ANY_UINT,     /* as.u64 */
    FFI_ANY_REAL,     /* as.f64 */
    FFI_ANY_TEXT,     /* as.text: `length` bytes and a NUL after them */
    FFI_ANY_BYTES,    /* as.ptr: `length` bytes, which the callee does not write */
    FFI_ANY_POINTER,  /* as.ptr; `type` is the type of the pointer, NULL: any */
    FFI_ANY_RECORD,   /* with a `type`: as.ptr points to a value of that type. ffi_load() gives this kind to
                         structs, unions, arrays, vectors and complex numbers. Without a `type`: as.members,
                         `length` of them */
    FFI_ANY_LIST,     /* as.list: `length` values */
    FFI_ANY_FUNCTION, /* as.ptr: native code; `type` is its signature, NULL: any */
    FFI_ANY_OBJECT    /* as.object */
} ffi_any_kind;

/* A value with its kind. It takes 24 bytes and owns nothing: the code that makes it keeps what it points to. */
typedef struct ffi_any {
    uint32_t kind;   /* an ffi_any_kind, in a size that every compiler agrees on */
    uint32_t length; /* of TEXT, BYTES, LIST and members; 0 otherwise. UINT32_MAX of a TEXT: the length is that
                        of strlen() */
    const ffi_ctype *type; /* ffi_load() sets the C type that it has read, for numbers too. For arguments it
                              counts only as the kinds above say */
    union {
        bool                     b;
        int64_t                  i64;
        uint64_t                 u64;
        double                   f64;
        const char              *text;
        void                    *ptr;
        const struct ffi_any    *list;
        const struct ffi_member *members;
        ffi_object              *object;
    } as;
} ffi_any;

/* A member of a record, by name. */
typedef struct ffi_member {
    const char *name;
    ffi_any     value;
} ffi_member;

/* Make values. None can fail. */
FFI_INLINE ffi_any ffi_any_of(ffi_any_kind kind, size_t length, const ffi_ctype *type) {
    ffi_any any;
    any.kind   = (uint32_t)kind;
    any.length = length < UINT32_MAX ? (uint32_t)length : UINT32_MAX;
    any.type   = type;
    any.as.u64 = 0;
    return any;
}

FFI_INLINE ffi_any ffi_any_nil(void) {
    return ffi_any_of(FFI_ANY_NIL, 0, NULL);
}

FFI_INLINE ffi_any ffi_any_bool(bool value) {
    ffi_any any = ffi_any_of(FFI_ANY_BOOL, 0, NULL);
    any.as.b    = value;
    return any;
}

FFI_INLINE ffi_any ffi_any_int(int64_t value) {
    ffi_any any = ffi_any_of(FFI_ANY_INT, 0, NULL);
    any.as.i64  = value;
    return any;
}

FFI_INLINE ffi_any ffi_any_uint(uint64_t value) {
    ffi_any any = ffi_any_of(FFI_ANY_UINT, 0, NULL);
    any.as.u64  = value;
    return any;
}

FFI_INLINE ffi_any ffi_any_real(double value) {
    ffi_any any = ffi_any_of(FFI_ANY_REAL, 0, NULL);
    any.as.f64  = value;
    return any;
}

/* A NUL-terminated text; nil for NULL. */
FFI_INLINE ffi_any ffi_any_text(const char *text) {
    ffi_any any = ffi_any_of(text ? FFI_ANY_TEXT : FFI_ANY_NIL, text ? strlen(text) : 0, NULL);
    any.as.text = text;
    return any;
}

/* A text whose length is known: text[length] must be 0. A text with an earlier 0 is refused where C takes a
 * text (FFI_ERROR_RANGE). */
FFI_INLINE ffi_any ffi_any_text_of(const char *text, size_t length) {
    ffi_any any = ffi_any_of(FFI_ANY_TEXT, length, NULL);
    any.as.text = text;
    return any;
}

/* Bytes. `size` is at most UINT32_MAX: pass a pointer if there are more. */
FFI_INLINE ffi_any ffi_any_bytes(const void *bytes, size_t size) {
    ffi_any any = ffi_any_of(FFI_ANY_BYTES, size, NULL);
    any.as.text = (const char *)bytes;
    return any;
}

/* A pointer of any type, which may be NULL. Every pointer parameter takes it; only NULL is checked (`nonnull`). */
FFI_INLINE ffi_any ffi_any_pointer(void *pointer) {
    ffi_any any = ffi_any_of(FFI_ANY_POINTER, 0, NULL);
    any.as.ptr  = pointer;
    return any;
}

/* A pointer of a pointer type. A parameter takes it if C assigns the types (ffi_type_assignable()). */
FFI_INLINE ffi_any ffi_any_pointer_of(const ffi_ctype *type, void *pointer) {
    ffi_any any = ffi_any_of(FFI_ANY_POINTER, 0, type);
    any.as.ptr  = pointer;
    return any;
}

/* A value of this type at this address: passed by value, or by its address where the parameter is a pointer. */
FFI_INLINE ffi_any ffi_any_record(const ffi_ctype *type, void *at) {
    ffi_any any = ffi_any_of(FFI_ANY_RECORD, 0, type);
    any.as.ptr  = at;
    return any;
}

/* A record by the names of its members. The members that are left out are 0. */
FFI_INLINE ffi_any ffi_any_members(const ffi_member *members, size_t count) {
    ffi_any any    = ffi_any_of(FFI_ANY_RECORD, count, NULL);
    any.as.members = members;
    return any;
}

/* The elements of an array, or the members of a record in order. Those that are left out are 0. */
FFI_INLINE ffi_any ffi_any_list(const ffi_any *list, size_t count) {
    ffi_any any = ffi_any_of(FFI_ANY_LIST, count, NULL);
    any.as.list = list;
    return any;
}

/* Native code of this signature, such as ffi_callback_code(). A parameter takes it if the signatures are the
 * same; with NULL as `signature` unchecked. */
FFI_INLINE ffi_any ffi_any_function(const ffi_ctype *signature, void *code) {
    ffi_any any = ffi_any_of(FFI_ANY_FUNCTION, 0, signature);
    any.as.ptr  = code;
    return any;
}

/* An object: a pointer parameter takes the object's pointer. An object that was freed is refused. */
FFI_INLINE ffi_any ffi_any_object(ffi_object *object) {
    ffi_any any   = ffi_any_of(FFI_ANY_OBJECT, 0, NULL);
    any.as.object = object;
    return any;
}

/* The name of a kind as messages have it, such as "text". Never NULL. */
FFI_INVOKE_API const char *ffi_any_name(ffi_any_kind kind);

/* Writes a value into memory of this type. `at` needs no alignment. The conversion is exact or fails:
 * FFI_ERROR_RANGE for a value that does not fit (300 into uint8_t, 1.5 into int, -1 into unsigned, a text with
 * a 0 in it), FFI_ERROR_TYPE for a value of another kind, FFI_ERROR_ARGUMENT for a member or a constant that
 * the type does not have. Nothing is written then.
 *   - BOOL, INT, UINT and REAL go into every type of numbers, and into bool as 0 or 1. A REAL is rounded to
 *     float; an integer that a real type cannot hold exactly is refused. Wider types than double take what a
 *     double holds exactly, and integers of 128 bits take what an INT or a UINT holds.
 *   - TEXT goes into `const char *` as its address: the caller keeps the text. It goes into an array of char as
 *     a copy with its NUL, and into an enum as the name of a constant.
 *   - BYTES go into an array of bytes, and into `const void *` and pointers to const bytes as their address.
 *   - NIL goes into a pointer, as NULL.
 *   - POINTER, FUNCTION and OBJECT go into a pointer.
 *   - RECORD with a type goes into the same type. LIST goes into an array, a vector, a complex number or a
 *     record; members go into a record. What is left out is 0.
 *   - Values that would need memory of their own, such as a LIST for a pointer, are FFI_ERROR_TYPE here. Calls
 *     and frames take them. */
FFI_INVOKE_API ffi_error ffi_store_int(const ffi_ctype *type, void *at, int64_t value);
FFI_INVOKE_API ffi_error ffi_store_uint(const ffi_ctype *type, void *at, uint64_t value);
FFI_INVOKE_API ffi_error ffi_store_real(const ffi_ctype *type, void *at, double value);
FFI_INVOKE_API ffi_error ffi_store_bool(const ffi_ctype *type, void *at, bool value);
FFI_INVOKE_API ffi_error ffi_store_text(const ffi_ctype *type, void *at, const char *text);
FFI_INVOKE_API ffi_error ffi_store_pointer(const ffi_ctype *type, void *at, void *pointer);
FFI_INVOKE_API ffi_error ffi_store_any(const ffi_ctype *type, void *at, const ffi_any *value);

/* Reads a value of this type at `at`, which needs no alignment. The value may point into that memory: copy what
 * must live longer. A type without a value (void, an incomplete type) fails with FFI_ERROR_TYPE.
 *   - Signed integers and enums of them are INT, unsigned ones UINT, bool is BOOL. Real types are REAL; `long
 *     double` and _Float128 are rounded to double. An __int128 is INT or UINT if it fits.
 *   - `char *` and an array of char with a NUL in it are TEXT; an array of char without one is BYTES. `signed
 *     char` and `unsigned char` are numbers, so a pointer to them is POINTER. Texts of wchar_t are POINTER,
 *     too.
 *   - NULL is NIL. Other pointers are POINTER, or FUNCTION if they point to a function.
 *   - Everything else is RECORD with the type, and as.ptr is `at`. ffi_load_path(any.type, any.as.ptr, "x")
 *     reads a part of it. */
FFI_INVOKE_API ffi_error ffi_load(const ffi_ctype *type, const void *at, ffi_any *out);

/* The same for the part of a value that a path names: "a.b[1].c", as for ffi_type_path(); "" is the whole.
 * Bit-fields are read and written with their width. */
FFI_INVOKE_API ffi_error ffi_store_path(const ffi_ctype *type, void *at, const char *path,
                                        const ffi_any *value);
FFI_INVOKE_API ffi_error ffi_load_path(const ffi_ctype *type, const void *at, const char *path, ffi_any *out);

/* Reads the first `count` elements of an array at `at` into `items`, which has room for `count` values. */
FFI_INVOKE_API ffi_error ffi_load_list(const ffi_ctype *element, const void *at, size_t count, ffi_any *items);

/* Reads a C string of at most `limit` bytes, its NUL included, as TEXT. FFI_ERROR_RANGE if there is no NUL. */
FFI_INVOKE_API ffi_error ffi_load_text(const char *at, size_t limit, ffi_any *out);

/* ---- Calls ----------------------------------------------------------------------------------- */

/* Calls a function with values. `count` is the number of arguments; a variadic function is called by its form
 * (ffi_function_variadic()). `result` may be NULL; what the result owns is then freed. Numbers, enums, records
 * and arrays are converted as ffi_store_any() does. A pointer parameter takes:
 *   - TEXT, if the callee does not write it (`const char *`); for a pointer to wchar_t, char16_t or char32_t
 *     the text must be UTF-8 and is converted. A callee that writes gets a buffer's address
 *     (ffi_buffer_data()), or the parameter is `out` or `inout`.
 *   - BYTES, for `const void *` and pointers to const bytes, as their address; for `const char *` as a copy with
 *     a NUL.
 *   - RECORD with the type that the pointer points to: its address, so that the caller sees what is written.
 *   - LIST or members: an array or a record that is made for this call. An array has zeroes behind a LIST that is
 *     shorter than the parameter is declared (`const int values[4]`), and one behind characters.
 *   - POINTER, FUNCTION and OBJECT; a POINTER or FUNCTION with a type only if C assigns it.
 *   - NIL, if the parameter is `nullable`. ffi_any_pointer(NULL) is NULL for every pointer that is not `nonnull`.
 *
 * `result` gets what ffi_load() makes of the callee's result; void is NIL. Annotations of the signature
 * (ffi_invoke.h) change that:
 *   - `out` takes no argument. The callee gets zeroed memory to write into; with `len(n)` it is an array of n
 *     elements, and for `out int pair[2]` one of two. An `inout` array of a declared length takes no more elements.
 *   - `inout` takes an argument, of which the callee gets a copy. If it is `nullable`, NIL passes NULL, and is
 *     its result.
 *   - With `out` or `inout` the result is a LIST: first the function's own result, unless that is void, then
 *     what each `out` and `inout` holds after the call. A list of one value is replaced by that value. An array
 *     of bytes is TEXT or BYTES, any other array a LIST.
 *   - `len(n)`: the value of the argument n must not be greater than the number of elements that the caller
 *     passes. NIL as n means all of them.
 *   - `errno_if(x)`: the result x makes the call fail with FFI_ERROR_SYSTEM. The message has errno's name and
 *     text; ffi_captured_errno() has its value.
 *   - `own(f)`: the caller must free the callee's memory by f. The layer looks for f in the function's library,
 *     then in the program, then in the C library; for `free` it begins with the program. If there is no f, the
 *     call fails with FFI_ERROR_SYMBOL before it is made; for a text without an arena ffi_any_free() fails. A pointer
 *     becomes an OBJECT, which calls f when it is released. A text is copied to the arena and freed by f; the
 *     copy has no `type`.
 *     Without an arena, the text of a result is the callee's memory, which ffi_any_free() frees; an owned text
 *     that comes out by a parameter needs an arena.
 *
 * Converted arguments live until the call returns. What `result` points to is:
 *   - in `arena`, until the caller releases it. Without an arena it is in 512 bytes of the thread, valid until
 *     the thread's next ffi_invoke_any(). Results that need more fail with FFI_ERROR_RANGE before the call.
 *   - in the callee's memory, for pointers and texts that the callee returns.
 *   - in the memory of the call, for a pointer to one `out` that the callee stores in another. With an arena it
 *     is valid as long as `result`; without one, until the call returns.
 *
 * Exceptions and longjmp may leave the call. Pass an arena then, and release it: memory for more than 2 KiB of
 * converted arguments, and what the call has prepared for `own`, is lost otherwise. After the call has been
 * made, these failures are possible: `errno_if`, no memory for the copy of an owned text, and a failed callback
 * (ffi_callback_any()). Owned results are freed then. */
FFI_INVOKE_API ffi_error ffi_invoke_any(const ffi_function *function, ffi_any *result, const ffi_any *args,
                                        size_t count);
FFI_INVOKE_API ffi_error ffi_invoke_any_in(const ffi_function *function, ffi_any *result, const ffi_any *args,
                                           size_t count, ffi_arena *arena);

/* Frees what a result of `own(f)` owns, and makes it NIL: it releases objects, and gives the text of a call
 * without an arena to f. `function` is the function that was called. It does nothing for other results. */
FFI_INVOKE_API ffi_error ffi_any_free(const ffi_function *function, ffi_any *result);

/* The name of a value of errno, such as "ENOENT"; NULL if the layer knows none. */
FFI_INVOKE_API const char *ffi_errno_name(int number);

/* A value of the host's own: a tagged word, a pointer, an index of its stack. */
typedef uint64_t ffi_host_value;

/* How the layer asks a host for its values. `state` is the pointer that ffi_invoke_host() was given. `count`,
 * `argument`, `kind` and `result` must not be NULL. Each other function is only called for values of the kinds
 * that its comment names, and may be NULL if `kind` never returns these. The layer may ask for a value several
 * times; the answers must be equal, also the length of a list. Host values, texts and pointers must stay valid
 * until ffi_invoke_host() returns, also if `code` or a callback runs the host. A collector that moves objects
 * hands over indices of its roots, and copies of texts.
 * A function may leave the call by longjmp or an exception, as a handler may. If the kind of a value depends on
 * the type that is wanted, as in Tcl, an ffi_host_value is the address of a pair of both: the type comes from
 * ffi_function_shape() for an argument, from the type of the outer value for an element or a member.
 * tools/demo/tagged is an example. */
typedef struct ffi_host {
    size_t (*count)(void *state); /* the number of arguments of this call */
    ffi_host_value (*argument)(void *state, size_t index);
    ffi_any_kind (*kind)(void *state, ffi_host_value value);

    bool (*boolean)(void *state, ffi_host_value value);                     /* BOOL */
    int64_t (*integer)(void *state, ffi_host_value value);                  /* INT; UINT as the same 64 bits */
    double (*real)(void *state, ffi_host_value value);                      /* REAL */
    const char *(*text)(void *state, ffi_host_value value, size_t *length); /* TEXT, with its NUL; BYTES */

    /* POINTER, OBJECT, FUNCTION if there is no `code`: the pointer. `*type` is NULL before, and may be set as
     * in ffi_any. RECORD: the address of a record whose type is set; NULL without a type: it has members. */
    void *(*pointer)(void *state, ffi_host_value value, const ffi_ctype **type);

    size_t (*length)(void *state, ffi_host_value list); /* LIST */
    ffi_host_value (*element)(void *state, ffi_host_value list, size_t index);

    /* RECORD without a type: asked for each member of the C record. False: the host's record has no such member. */
    bool (*member)(void *state, ffi_host_value record, const char *name, ffi_host_value *value);

    /* FUNCTION: native code for a parameter of this signature, mostly ffi_callback_code() of a callback that
     * the host makes and keeps as long as C may call it. NULL after a failure (ffi_fail()). */
    void *(*code)(void *state, ffi_host_value value, const ffi_ctype *signature);

    /* The result of the call, valid during this function only. The host releases the objects in it later. */
    void (*result)(void *state, const ffi_any *result);
} ffi_host;

/* The same call with the host's values, by the same rules. `arena` may be NULL, and may be released after the
 * call. An owned text is freed after `host->result`. */
FFI_INVOKE_API ffi_error ffi_invoke_host(const ffi_function *function, const ffi_host *host, void *state,
                                         ffi_arena *arena);

/* Writes a value of the host as ffi_store_any() writes an ffi_any: at a path, or the whole value if `path` is
 * NULL.
 */
FFI_INVOKE_API ffi_error ffi_store_host(const ffi_ctype *type, void *at, const char *path, const ffi_host *host,
                                        void *state, ffi_host_value value);

/* A function of the host, called with values. It sets `*result`, which is NIL before, and returns 0. What
 * `*result` points to stays the host's. It must be valid until the caller of ffi_entry_call() has read it, or
 * for a callback until the layer has stored the result. To fail, it returns (int)ffi_fail(error, ...), or any
 * other number: then the error is FFI_ERROR_ARGUMENT, and the message has the function's name and the number. A
 * positive number that is the thread's last error means that error, so other numbers are best negative. */
typedef int ffi_native(const ffi_any *args, int count, ffi_any *result, void *userdata);

/* Makes a callback that calls a function of the host with values. The arguments are as ffi_load_argument()
 * reads them, and valid until the function returns. The result is written as ffi_store_any() does. If the
 * function fails, if its result does not fit, or once ffi_context_free() has begun, native code gets zeroes. A
 * failure also makes the ffi_invoke_any() fail that has called this native code, if one of its parameters is a
 * function pointer. `drop` is as for ffi_callback_owned(); it may be NULL. ffi_callback_free() frees the callback,
 * ffi_callback_code() is its function pointer. A call of it that longjmp or an exception leaves never ends, so
 * its userdata is not dropped then. */
FFI_INVOKE_API ffi_callback *ffi_callback_any(ffi_context *context, const ffi_ctype *signature,
                                              ffi_native *native, void *userdata, void (*drop)(void *userdata));

/* A handler of a callback calls this after it has failed and has left an error (ffi_fail()). If
 * ffi_invoke_any() has called the native code that runs the callback, and one of its parameters is a function
 * pointer, ffi_invoke_any() then fails with the thread's last error. ffi_callback_any() calls it by itself. The
 * layer counts these failures by thread: if coroutines switch within callbacks, the call of another coroutine may
 * fail instead. Their host keeps its failures itself. */
FFI_INVOKE_API void ffi_callback_failed(void);

/* Reads an argument in a handler of a callback, as ffi_load() does. `signature` is the callback's.
 * ffi_store_any(ffi_type_target(signature), result, &any) writes its result. */
FFI_INVOKE_API ffi_error ffi_load_argument(const ffi_ctype *signature, const ffi_value *args, size_t index,
                                           ffi_any *out);

/* ---- Frames ---------------------------------------------------------------------------------- */

/* The memory of one call: a slot for each argument, the values that slots point to, the result, and some room
 * for temporaries. A host that converts by the function's shape (ffi_function_shape()) writes its arguments
 * straight into a frame. A frame serves any number of calls, one at a time; a call within the call needs a
 * frame of its own. It is one block that the host allocates, on its stack if it likes, and frees: there is
 * nothing else to free if longjmp or an exception leaves the call. Annotations are not applied. */
typedef struct ffi_frame {
    void      *result;
    char      *next, *end; /* the room that is left for temporaries */
    ffi_arena *arena;      /* for more temporaries; ffi_frame_init() sets it to NULL, and the host may set it */
} ffi_frame;

/* ffi_frame_size() returns the size of a function's frame in bytes, 0 with an error. ffi_frame_init() prepares
 * a block of that size, which must be aligned as a pointer, and returns it; NULL with an error. Call it once
 * before the first call. A later ffi_frame_init() of the block takes the room for temporaries back, sets
 * `arena` to NULL and leaves the arguments; it is not needed between calls without temporaries.
 * ffi_frame_store() may make temporaries. The arguments are not zeroed. */
FFI_INVOKE_API size_t ffi_frame_size(const ffi_function *function);
FFI_INVOKE_API void  *ffi_frame_init(const ffi_function *function, void *block);

/* The address of an argument and of the result: the host writes and reads a value of the parameter's type
 * there. ffi_frame_argument() is NULL with FFI_ERROR_RANGE after the last argument. */
FFI_INVOKE_API void *ffi_frame_argument(const ffi_function *function, void *block, size_t index);
FFI_INVOKE_API void *ffi_frame_result(const ffi_function *function, void *block);

/* Writes a value into an argument, as ffi_invoke_any() converts it. */
FFI_INVOKE_API ffi_error ffi_frame_store(const ffi_function *function, void *block, size_t index,
                                         const ffi_any *value);

/* Memory for this call, not zeroed: from the frame's room, or from its arena if there is too little room.
 * FFI_ERROR_MEMORY if neither has it. The next ffi_frame_init() takes the room back. */
FFI_INVOKE_API void *ffi_frame_temporary(void *block, size_t size, size_t alignment);

/* Calls the function with the frame's arguments. The result is then in the frame. */
FFI_INLINE void ffi_invoke_frame(const ffi_function *function, void *block) {
    ffi_frame *frame = (ffi_frame *)block;
    ffi_invoke(function, frame->result, (const ffi_value *)(frame + 1));
}

/* ---- Memory ---------------------------------------------------------------------------------- */

/* An arena is memory that is freed all at once. What it allocates is not zeroed; `alignment` is a power of two
 * up to 4096, and a size of 0 gives an address, too. ffi_arena_text() copies a text and adds a NUL.
 * ffi_arena_release() frees what was allocated after ffi_arena_mark() returned that mark; the mark 0 frees
 * everything. What a running call has in the arena must stay. */
FFI_INVOKE_API ffi_arena *ffi_arena_new(ffi_context *context);
FFI_INVOKE_API void       ffi_arena_free(ffi_arena *arena);
FFI_INVOKE_API void      *ffi_arena_allocate(ffi_arena *arena, size_t size, size_t alignment);
FFI_INVOKE_API char      *ffi_arena_text(ffi_arena *arena, const char *text, size_t length);
FFI_INVOKE_API size_t     ffi_arena_mark(const ffi_arena *arena);
FFI_INVOKE_API void       ffi_arena_release(ffi_arena *arena, size_t mark);

/* A buffer is memory whose accesses are checked: a wrong path, offset, size or type is an error, and so is a
 * buffer that was freed (FFI_ERROR_ARGUMENT), as long as the context lives. Its memory is zeroed and does not
 * move.
 *   - ffi_buffer_new() aligns it to 16 bytes, ffi_buffer_aligned() to any power of two.
 *   - ffi_buffer_of() has room for `count` values of `type`, and aligns it for `type`.
 *   - ffi_buffer_text() has a copy of a text and its NUL.
 *   - ffi_buffer_around() uses memory that the caller provides. `drop`, which may be NULL, is called once: when
 *     the buffer or its context is freed. */
FFI_INVOKE_API ffi_buffer *ffi_buffer_new(ffi_context *context, size_t size);
FFI_INVOKE_API ffi_buffer *ffi_buffer_aligned(ffi_context *context, size_t size, size_t alignment);
FFI_INVOKE_API ffi_buffer *ffi_buffer_of(ffi_context *context, const ffi_ctype *type, size_t count);
FFI_INVOKE_API ffi_buffer *ffi_buffer_text(ffi_context *context, const char *text, size_t length);
FFI_INVOKE_API ffi_buffer *ffi_buffer_around(ffi_context *context, void *memory, size_t size,
                                             void (*drop)(void *memory, void *userdata), void *userdata);
FFI_INVOKE_API ffi_error   ffi_buffer_free(ffi_buffer *buffer);

/* Whether native code has written behind the memory of a buffer: 16 bytes there must be as they were.
 * FFI_ERROR_RANGE if not. ffi_buffer_free() checks that too, and frees the buffer all the same. The memory of
 * ffi_buffer_around() is not checked. */
FFI_INVOKE_API ffi_error ffi_buffer_check(const ffi_buffer *buffer);

FFI_INVOKE_API void  *ffi_buffer_data(const ffi_buffer *buffer); /* NULL with an error */
FFI_INVOKE_API size_t ffi_buffer_size(const ffi_buffer *buffer);

/* Read and write the part that a path of `type` names (ffi_load_path(), ffi_store_path()). The type begins
 * where the buffer does; NULL or "" as the path is all of it. NULL as `type` is an array of the type of
 * ffi_buffer_of(), whose paths begin with an index: "[3].x"; for other buffers it fails with
 * FFI_ERROR_ARGUMENT. */
FFI_INVOKE_API ffi_error ffi_buffer_get(const ffi_buffer *buffer, const ffi_ctype *type, const char *path,
                                        ffi_any *out);
FFI_INVOKE_API ffi_error ffi_buffer_set(ffi_buffer *buffer, const ffi_ctype *type, const char *path,
                                        const ffi_any *value);

/* Copy bytes out of a buffer, and into it: all of them, or none with FFI_ERROR_RANGE. */
FFI_INVOKE_API ffi_error ffi_buffer_read(const ffi_buffer *buffer, size_t offset, void *to, size_t size);
FFI_INVOKE_API ffi_error ffi_buffer_write(ffi_buffer *buffer, size_t offset, const void *from, size_t size);

/* An object is a pointer with a count of references, which begins with one. The last ffi_object_release() ends
 * it and calls `drop` with the pointer, on the same thread; `drop` may be NULL. `pointer` must not be NULL. An
 * object that is still there is dropped at the end of the context. A use after the end is FFI_ERROR_ARGUMENT,
 * as with buffers. Any thread may retain and release. The `drop` of an object or a buffer may call the library. At
 * the end of a context arenas, registries and queues are freed first, then buffers and objects in any order. */
FFI_INVOKE_API ffi_object *ffi_object_new(ffi_context *context, void *pointer, void (*drop)(void *pointer));
FFI_INVOKE_API ffi_error   ffi_object_retain(ffi_object *object);
FFI_INVOKE_API ffi_error   ffi_object_release(ffi_object *object);
FFI_INVOKE_API void       *ffi_object_pointer(const ffi_object *object); /* NULL with an error */

/* Ends an object, whatever its count, and returns its pointer: `drop` is not called. NULL with an error. For a
 * host whose program frees an owned pointer by itself. */
FFI_INVOKE_API void *ffi_object_take(ffi_object *object);

/* The pointer type of an object that `own` has made; NULL for every other object. */
FFI_INVOKE_API const ffi_ctype *ffi_object_type(const ffi_object *object);

/* ---- Names ----------------------------------------------------------------------------------- */

/* A registry maps names to functions: native functions and functions of the host. Finding and calling takes no
 * lock, and other threads may add and remove others meanwhile. A thread must not remove a function that another one
 * is finding or calling. A function of the host may remove itself while it runs; a native one must not be removed
 * then. A registry keeps the names of removed functions until it is freed. */
FFI_INVOKE_API ffi_registry *ffi_registry_new(ffi_context *context);
FFI_INVOKE_API void          ffi_registry_free(ffi_registry *registry);

/* Adds a function of the host, which takes `arity` arguments; -1: any number. FFI_ERROR_ARGUMENT if the name is
 * there already. The arguments' kinds are not checked. `userdata` must live as long as the entry. */
FFI_INVOKE_API ffi_error ffi_registry_add(ffi_registry *registry, const char *name, ffi_native *native,
                                          int arity, void *userdata);

/* Adds a function of the host with a signature, such as "double clamp(double x, double most)". Arguments and
 * result are checked by it, as those of a native function are. Numbers come to the function in the kinds that
 * ffi_load() gives them; every other value comes as it was passed. Arguments beyond `...` are not checked. Of
 * the annotations only `nullable` and `nonnull` are allowed. Fails with FFI_ERROR_DENIED if the context's policy
 * is locked and allows no addresses (ffi_policy_allow()). */
FFI_INVOKE_API ffi_error ffi_registry_add_typed(ffi_registry *registry, const char *name, ffi_native *native,
                                                const char *signature, void *userdata);

/* Adds a native function: looks it up and binds it as ffi_library_function() does. `name` must not be NULL;
 * `signature` may be NULL if the name is declared. NULL as `library` means the first of the registry's
 * libraries that has the name. */
FFI_INVOKE_API ffi_error ffi_registry_bind(ffi_registry *registry, ffi_library *library, const char *name,
                                           const char *signature);

/* Adds a function that is bound already, in the registry's context. The registry owns it from now on, unless this
 * fails. */
FFI_INVOKE_API ffi_error ffi_registry_add_function(ffi_registry *registry, const char *name,
                                                   ffi_function *function);

/* Adds a library to those that ffi_registry_bind() searches, after the others. The registry takes over one open
 * of the library, and closes it when it is freed. No other thread may call ffi_registry_bind() meanwhile. */
FFI_INVOKE_API ffi_error ffi_registry_library(ffi_registry *registry, ffi_library *library);

/* Finds a function; NULL with FFI_ERROR_SYMBOL. The entry is valid until it is removed or the registry is
 * freed. A later use of it is FFI_ERROR_ARGUMENT, as long as the context lives. */
FFI_INVOKE_API ffi_entry *ffi_registry_find(const ffi_registry *registry, const char *name);
FFI_INVOKE_API ffi_error  ffi_registry_remove(ffi_registry *registry, const char *name);

/* Call a function by name, or by entry, as ffi_invoke_any() does. For a call with an arena:
 * ffi_invoke_any_in(ffi_entry_function(entry), ...). */
FFI_INVOKE_API ffi_error ffi_registry_call(ffi_registry *registry, const char *name, ffi_any *result,
                                           const ffi_any *args, size_t count);
FFI_INVOKE_API ffi_error ffi_entry_call(const ffi_entry *entry, ffi_any *result, const ffi_any *args,
                                        size_t count);

/* ffi_entry_function() returns the native function of an entry, which the registry owns; NULL if the function is
 * the host's. ffi_entry_name() returns the entry's name, valid as long as the entry. ffi_entry_arity() returns the
 * number of arguments, -1 for any number. */
FFI_INVOKE_API const ffi_function *ffi_entry_function(const ffi_entry *entry);
FFI_INVOKE_API const char         *ffi_entry_name(const ffi_entry *entry);
FFI_INVOKE_API int                 ffi_entry_arity(const ffi_entry *entry);

/* The signature of an entry; NULL for a function of ffi_registry_add(). */
FFI_INVOKE_API const ffi_ctype *ffi_entry_signature(const ffi_entry *entry);

/* Calls `visit` with each entry, in the order in which they were added, until a call returns false. `visit` may
 * remove the entry that it was given. No other thread may add or remove meanwhile. */
FFI_INVOKE_API void ffi_registry_each(const ffi_registry *registry,
                                      bool (*visit)(ffi_entry *entry, void *userdata), void *userdata);

/* ---- Batches --------------------------------------------------------------------------------- */

/* Makes the calls that stand in a buffer of `size` words, in order, for hosts where each call out of their
 * virtual machine is expensive. Each call is a record:
 *
 *     1 word      FFI_BATCH_HEAD(index into `functions`, number of the record's words, this one included)
 *     result      as many words as its type needs, none for void; the call writes it: an integer or a real of
 *                 less than 8 bytes with zeroes above it
 *     arguments   each as many words as its type needs: an integer with its sign extended to 64 bits, a float
 *                 in the lower 4 bytes, a record as it is
 *
 * Before a call its record is checked: the function, its length, whether integers and booleans fit their types,
 * and that no `nonnull` pointer is NULL; after the call `errno_if` is checked. The first check that fails ends
 * the batch, and the message says where. Calls made before stay made. `*made` is the number of calls before
 * that one, `*at` the word at which it begins; each may be NULL. `words` is aligned as uint64_t.
 * FFI_ERROR_UNSUPPORTED for a value that needs an alignment of more than 64 bytes, or for more than 1 KiB of
 * values in one call that need more than 8. */
#define FFI_BATCH_HEAD(function, words) ((uint64_t)(function) | (uint64_t)(words) << 32)

FFI_INVOKE_API ffi_error ffi_invoke_batch(const ffi_function *const *functions, size_t count, uint64_t *words,
                                          size_t size, size_t *made, size_t *at);

/* ---- Traces ---------------------------------------------------------------------------------- */

/* Appends a line to a file for each call of the context's functions and callbacks that has returned
 * (ffi_context_trace):
 *
 *     pow(x: 2, y: 10) = 1024  <0.132 us>
 *     callback compare(a: 0x7ffd5c3e1a90, b: 0x7ffd5c3e1a94) = -1  <0.071 us>
 *
 * The tracer of ffi_context_trace() is replaced. The file is closed with the context; a second file for the
 * same context fails with FFI_ERROR_ARGUMENT. ffi_trace_environment() does so if the environment's FFI_TRACE
 * names a file; if it names none, nothing happens and nothing fails. The library itself never looks there. If
 * lines could not be written, ffi_context_free() leaves FFI_ERROR_SYSTEM with their number and the last errno. */
FFI_INVOKE_API ffi_error ffi_trace_file(ffi_context *context, const char *path);
FFI_INVOKE_API ffi_error ffi_trace_environment(ffi_context *context);

/* ---- Checks ---------------------------------------------------------------------------------- */

/* Checks each function that is bound from a library of the context from now on (ffi_context_check), for debug
 * builds of a runtime: a wrong signature is the most common mistake. FFI_CHECK_DEBUG compares the signature
 * with the debug information of the library: the number and types of the parameters, the result, variable
 * arguments, the calling convention as far as the compiler records it, and the layout of records, behind
 * pointers too. `ffi check` of the command does the same for a whole header.
 *
 * The debug information is DWARF. elfutils' libdw reads it and finds it in separate files as debuggers do; the
 * call loads libdw, and fails with FFI_ERROR_UNSUPPORTED if it cannot: nothing is checked then, and functions
 * are bound as before. The library itself does not depend on libdw. `flags` 0 ends the checking.
 *
 * A function that the debug information does not describe is bound. So is one whose signature is only doubtful. Calls
 * cost nothing more; the first bind of a library takes as long as reading its debug information. */
enum { FFI_CHECK_DEBUG = 1 };

typedef enum ffi_check_result {
    FFI_CHECK_DIFFERS, /* the signature is wrong: a call would pass or return wrong values */
    FFI_CHECK_DOUBTFUL, /* a call works, but a value may be misread: the sign of an integer differs, or one side is
                           a pointer and the other an integer of its size */
    FFI_CHECK_UNKNOWN /* nothing to compare with: the library has no debug information (reported for the first
                           function only), or none of this function */
} ffi_check_result;

/* A report about a function that is being bound; functions that agree are not reported. `message` is a line for
 * each difference, then for FFI_CHECK_DIFFERS and FFI_CHECK_DOUBTFUL two lines, which show both sides and the
 * source line of the definition; it is valid during the call. True binds the function all the same; false makes
 * the binding fail with FFI_ERROR_TYPE and this message. NULL as `report` refuses FFI_CHECK_DIFFERS and ignores
 * the others. A report may bind functions itself, but must not set the check. malloc() makes the memory of the
 * checks. */
typedef bool             ffi_check_report(void *userdata, const ffi_function *function, ffi_check_result result,
                                          const char *message);
FFI_INVOKE_API ffi_error ffi_check_functions(ffi_context *context, unsigned flags, ffi_check_report *report,
                                             void *userdata);

/* ---- Threads --------------------------------------------------------------------------------- */

/* A queue brings work of any thread to the one thread on which a runtime runs its code: the queue's thread.
 * That is the thread that made the queue, and from its first ffi_queue_drain() on the one that drained it last.
 * A queue holds at most `bytes` of messages, rounded up to a power of two from 4 KiB to 1 GiB (ffi_queue_new:
 * 64 KiB); a message takes its arguments and about 40 bytes. More bytes fail with FFI_ERROR_RANGE. The call
 * fails with FFI_ERROR_SYSTEM if the system makes no descriptor.
 *
 * Every thread may post. What does not fit is refused, counted and reported. After fork the child's queues
 * refuse everything: what waits in them is the parent's. */
FFI_INVOKE_API ffi_queue *ffi_queue_new(ffi_context *context);
FFI_INVOKE_API ffi_queue *ffi_queue_sized(ffi_context *context, size_t bytes);

/* Closes and frees a queue; the end of its context does so, too. The call waits until another thread's drain
 * has returned, and until each call of ffi_invoke_async() that has begun has returned. It cancels the calls
 * that have not begun, except those of other contexts' functions: it waits for these, too. Every `done` is
 * called, on this thread. Posts are dropped: their `run` is not called. A hop returns the default result
 * (ffi_callback_default()). A later use of the handle is FFI_ERROR_ARGUMENT; only ffi_queue_post() cannot
 * detect it. ffi_queue_free() may be called within a drain of the same thread. */
FFI_INVOKE_API void ffi_queue_free(ffi_queue *queue);

/* Returns the descriptor that an event loop waits for. It is readable while the queue holds messages. On POSIX
 * systems it is a file descriptor for poll(), epoll or libuv; on Windows it is the handle of an event as an int
 * (WaitForMultipleObjects). Only the library reads, writes and closes it: it is valid until the queue is freed.
 * -1 with an error. */
FFI_INVOKE_API int ffi_queue_descriptor(const ffi_queue *queue);

/* Sets a function that wakes the host's event loop, for a host whose loop does not wait for the descriptor;
 * NULL ends that. Each thread that makes the descriptor readable then calls `bell`. ffi_queue_bell() calls it
 * once itself if the descriptor is readable already. `bell` must not use the queue. When ffi_queue_bell()
 * returns, no thread is within the former function any more. A signal handler must not post to a queue with a
 * bell. */
typedef void             ffi_queue_bell_function(void *userdata);
FFI_INVOKE_API ffi_error ffi_queue_bell(ffi_queue *queue, ffi_queue_bell_function *bell, void *userdata);

/* Waits until there may be something to drain; false after `milliseconds`, or with an error. UINT32_MAX waits
 * without a limit. Any thread may wait. If the queue is freed meanwhile, the wait fails with FFI_ERROR_ARGUMENT. */
FFI_INVOKE_API bool ffi_queue_wait(ffi_queue *queue, uint32_t milliseconds);

/* Runs what waits in the queue, at most `most` messages (SIZE_MAX: all), in the order in which they came;
 * returns how many it ran. Handlers may call the library, drain again within the drain, and free the queue or
 * its context. They must return: exceptions and longjmp may not leave a drain. While one thread drains, another
 * one's drain is FFI_ERROR_BUSY. 0 also with an error. */
FFI_INVOKE_API size_t ffi_queue_drain(ffi_queue *queue, size_t most);

/* Posts a call of `run` for the queue's thread. It takes no lock and allocates nothing: a signal handler may
 * call it. FFI_ERROR_BUSY if the queue is full, FFI_ERROR_ARGUMENT in a child of fork; neither leaves a message.
 * The queue must not have been freed, and must not be freed meanwhile. */
FFI_INVOKE_API ffi_error ffi_queue_post(ffi_queue *queue, void (*run)(void *userdata), void *userdata);

/* What a queue has done and refused so far. */
typedef struct ffi_queue_counts {
    uint64_t delivered;  /* messages that were run */
    uint64_t full;       /* messages refused because the queue had no room */
    uint64_t refused;    /* callbacks on other threads that FFI_DELIVER_REFUSE or a closed queue turned away */
    uint64_t late;       /* deliveries of callbacks that were freed before they were run */
    uint64_t stalled;    /* hops that were given up after their time */
    uint64_t lost;       /* messages not run, because there was no memory for their results */
    uint64_t descriptor; /* failures of the descriptor: someone else has closed it */
} ffi_queue_counts;

FFI_INVOKE_API ffi_error ffi_queue_count(const ffi_queue *queue, ffi_queue_counts *counts);

/* Sets the function that ffi_queue_drain() calls if a count other than `delivered` has grown since the last
 * report. `growth` has the differences. The function runs on the queue's thread; NULL ends the reports. */
typedef void             ffi_queue_report_function(void *userdata, const ffi_queue_counts *growth);
FFI_INVOKE_API ffi_error ffi_queue_report(ffi_queue *queue, ffi_queue_report_function *report, void *userdata);

/* How native calls of a callback reach its handler. */
typedef enum ffi_delivery {
    FFI_DELIVER_DIRECT, /* on the thread that calls; the default */
    FFI_DELIVER_POST,   /* later, on the queue's thread; the caller goes on with the default result */
    FFI_DELIVER_HOP,    /* on the queue's thread, while the caller waits for the result */
    FFI_DELIVER_REFUSE  /* on the queue's thread; calls of other threads get the default result */
} ffi_delivery;

/* Chooses the delivery of a callback. Native code must not call the callback meanwhile. The default result is
 * that of ffi_callback_default(), or zeroes. The context's hooks are called where the handler runs.
 *
 *   - POST copies the arguments: values of any type, the text of `const char *` and what `len(n)` counts.
 *     Instead of what `out` and `inout` point to, the handler gets memory of its own, which is dropped. Every
 *     other pointer is passed as it is. A signal handler may call such a callback, unless another thread frees
 *     it meanwhile.
 *   - HOP copies values; pointers are passed as they are. The caller gives up after `timeout_ms`, 0 for never:
 *     it gets the default result, and the hop is counted as stalled. If the handler had begun by then, the
 *     pointers must stay valid until it has returned. A hop from the queue's own thread is a call. A thread that
 *     waits in a hop runs the hops to its own queues meanwhile, so that two threads may hop to each other. The
 *     thread cannot be cancelled while it waits.
 *
 * If a callback is freed while deliveries wait, they are dropped and counted as late, and their callers get the
 * default result. FFI_ERROR_UNSUPPORTED for POST and HOP if the signature takes a va_list. The callback holds
 * the queue: a queue that is freed earlier refuses its deliveries. `queue` may be NULL for DIRECT, and for
 * REFUSE, which then refuses every call. */
FFI_INVOKE_API ffi_error ffi_callback_deliver(ffi_callback *callback, ffi_queue *queue, ffi_delivery delivery,
                                              unsigned timeout_ms);

/* A pool of threads for calls that would block the runtime's. Each context has one. Its threads start as calls
 * need them, and end with the context. */
typedef struct ffi_pool_options {
    unsigned   threads;    /* the largest number; 0: the number of processors, but at least 4 */
    size_t     stack_size; /* of each thread, in bytes; 0: the system's default */
    size_t     calls;      /* the number that may wait; one more is FFI_ERROR_BUSY; 0: 1,024 */
    ffi_enter *enter;      /* called at the beginning of each thread, and `leave` at its end; may be NULL */
    ffi_leave *leave;
    void      *hook_userdata;
    bool       cancel_at_end; /* at the context's end, calls that have not begun are cancelled, not made */
} ffi_pool_options;

/* Sets the options of a context's pool. `options` is copied. FFI_ERROR_ARGUMENT after the first
 * ffi_invoke_async(). */
FFI_INVOKE_API ffi_error ffi_pool_configure(ffi_context *context, const ffi_pool_options *options);

/* Calls a function on a thread of its context's pool, and then `done` on the queue's thread: with
 * FFI_ERROR_NONE, or with FFI_ERROR_CANCELLED if it was not called. In `done`, ffi_captured_errno() is the
 * call's. Values of the arguments are copied; what pointers point to, and `result`, must be valid until `done`,
 * and `function` must not be freed before. `args` may be NULL if there are none; `done` must not be NULL. If
 * this fails, `done` is not called: FFI_ERROR_BUSY if too many calls wait, FFI_ERROR_SYSTEM if no thread
 * starts, FFI_ERROR_UNSUPPORTED in a child of fork whose parent has used the pool. Otherwise it is called
 * exactly once, at the latest when the queue or the context is freed, which waits for calls that have begun.
 * The called function must return, and not end its thread. */
FFI_INVOKE_API ffi_error ffi_invoke_async(const ffi_function *function, void *result, const ffi_value *args,
                                          ffi_queue *queue, void (*done)(void *userdata, ffi_error error),
                                          void      *userdata);

/* Cancels the calls with this queue and userdata that have not begun, and returns their number. Their `done` is
 * called with FFI_ERROR_CANCELLED by the queue's next drain. Only calls of functions of the queue's context are
 * cancelled. */
FFI_INVOKE_API size_t ffi_invoke_cancel(ffi_queue *queue, const void *userdata);

#ifdef __cplusplus
}
#endif

#ifdef FFI_EMBED_QUIET_CLANG
#undef FFI_EMBED_QUIET_CLANG
#pragma clang diagnostic pop
#endif
#endif
