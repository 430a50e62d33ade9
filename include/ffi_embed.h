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
 * The conventions of ffi_invoke.h hold: what fails returns NULL or an ffi_error, leaves a message that names
 * the culprit, and has changed nothing. Everything made here ends before its context.
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

typedef struct ffi_arena    ffi_arena;    /* memory that is freed in one go */
typedef struct ffi_buffer   ffi_buffer;   /* memory with a size and checked access */
typedef struct ffi_object   ffi_object;   /* a pointer of the host, counted */
typedef struct ffi_registry ffi_registry; /* names to functions */
typedef struct ffi_queue    ffi_queue;    /* where callbacks and finished calls wait for the runtime's thread */
typedef struct ffi_entry    ffi_entry;    /* one of its functions */

/* ---- Values ---------------------------------------------------------------------------------- */

typedef enum ffi_any_kind {
    FFI_ANY_NIL,
    FFI_ANY_BOOL,     /* as.b */
    FFI_ANY_INT,      /* as.i64 */
    FFI_ANY_UINT,     /* as.u64 */
    FFI_ANY_REAL,     /* as.f64 */
    FFI_ANY_TEXT,     /* as.text, of `length` bytes and a NUL behind them */
    FFI_ANY_BYTES,    /* as.ptr, `length` of them */
    FFI_ANY_POINTER,  /* as.ptr; `type` is the pointer's type, NULL if it may be any */
    FFI_ANY_RECORD,   /* as.ptr to a value of `type`, a record or another one that has no kind here; or, where
                         `type` is NULL, as.members, `length` of them */
    FFI_ANY_LIST,     /* as.list, `length` of them */
    FFI_ANY_FUNCTION, /* as.ptr, native code; `type` is its signature, NULL if it may be any */
    FFI_ANY_OBJECT    /* as.object */
} ffi_any_kind;

/* A value with its kind. It owns nothing: what it points to is the business of who made it. */
typedef struct ffi_any {
    uint32_t         kind;   /* ffi_any_kind */
    uint32_t         length; /* UINT32_MAX of a text: as long as it takes to its NUL */
    const ffi_ctype *type;
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

/* NULL is nil. */
FFI_INLINE ffi_any ffi_any_text(const char *text) {
    ffi_any any = ffi_any_of(text ? FFI_ANY_TEXT : FFI_ANY_NIL, text ? strlen(text) : 0, NULL);
    any.as.text = text;
    return any;
}

/* A text of a host that knows its length; text[length] is 0, and a 0 within is refused where C takes the text.
 */
FFI_INLINE ffi_any ffi_any_text_of(const char *text, size_t length) {
    ffi_any any = ffi_any_of(FFI_ANY_TEXT, length, NULL);
    any.as.text = text;
    return any;
}

/* Bytes that the callee does not write. More than UINT32_MAX are for a pointer. */
FFI_INLINE ffi_any ffi_any_bytes(const void *bytes, size_t size) {
    ffi_any any = ffi_any_of(FFI_ANY_BYTES, size, NULL);
    any.as.text = (const char *)bytes;
    return any;
}

/* Any pointer, NULL too: nothing is known of it, and nothing checked. */
FFI_INLINE ffi_any ffi_any_pointer(void *pointer) {
    ffi_any any = ffi_any_of(FFI_ANY_POINTER, 0, NULL);
    any.as.ptr  = pointer;
    return any;
}

/* A pointer of this type, which an argument must be able to take. */
FFI_INLINE ffi_any ffi_any_pointer_of(const ffi_ctype *type, void *pointer) {
    ffi_any any = ffi_any_of(FFI_ANY_POINTER, 0, type);
    any.as.ptr  = pointer;
    return any;
}

FFI_INLINE ffi_any ffi_any_record(const ffi_ctype *type, void *at) {
    ffi_any any = ffi_any_of(FFI_ANY_RECORD, 0, type);
    any.as.ptr  = at;
    return any;
}

FFI_INLINE ffi_any ffi_any_members(const ffi_member *members, size_t count) {
    ffi_any any    = ffi_any_of(FFI_ANY_RECORD, count, NULL);
    any.as.members = members;
    return any;
}

FFI_INLINE ffi_any ffi_any_list(const ffi_any *list, size_t count) {
    ffi_any any = ffi_any_of(FFI_ANY_LIST, count, NULL);
    any.as.list = list;
    return any;
}

/* Native code of this signature, such as a callback's; NULL: of any. */
FFI_INLINE ffi_any ffi_any_function(const ffi_ctype *signature, void *code) {
    ffi_any any = ffi_any_of(FFI_ANY_FUNCTION, 0, signature);
    any.as.ptr  = code;
    return any;
}

FFI_INLINE ffi_any ffi_any_object(ffi_object *object) {
    ffi_any any   = ffi_any_of(FFI_ANY_OBJECT, 0, NULL);
    any.as.object = object;
    return any;
}

/* The name of a kind as messages have it: "text". */
FFI_INVOKE_API const char *ffi_any_name(ffi_any_kind kind);

/* Writes a value into memory of this type, which is aligned as you like. What does not fit exactly is refused
 * with FFI_ERROR_RANGE (300 into uint8_t, 1.5 into int, -1 into unsigned, a text with a 0 in it), and what is
 * of another kind with FFI_ERROR_TYPE; then nothing is written.
 *   - Numbers go into numbers; a real that float cannot hold exactly is rounded, an integer is not.
 *   - A text goes into `const char *` as it is, into an array of char with its NUL, and into an enum as the
 * name of a constant.
 *   - nil goes into a pointer, as NULL.
 *   - A list goes into an array and its members in order into a record; members into a record by their names.
 * What is left out is 0.
 *   - What needs memory of its own, as a list for a pointer, needs a call or a frame. */
FFI_INVOKE_API ffi_error ffi_store_int(const ffi_ctype *type, void *at, int64_t value);
FFI_INVOKE_API ffi_error ffi_store_uint(const ffi_ctype *type, void *at, uint64_t value);
FFI_INVOKE_API ffi_error ffi_store_real(const ffi_ctype *type, void *at, double value);
FFI_INVOKE_API ffi_error ffi_store_bool(const ffi_ctype *type, void *at, bool value);
FFI_INVOKE_API ffi_error ffi_store_text(const ffi_ctype *type, void *at, const char *text);
FFI_INVOKE_API ffi_error ffi_store_pointer(const ffi_ctype *type, void *at, void *pointer);
FFI_INVOKE_API ffi_error ffi_store_any(const ffi_ctype *type, void *at, const ffi_any *value);

/* Reads a value. Signed integers and enums are INT, unsigned ones UINT, reals REAL. `char *` is TEXT, an array
 * of char too, up to its NUL; a pointer is POINTER or FUNCTION with its type; NULL is nil. Everything else is
 * RECORD: its type, and `at` itself. `__int128` is INT or UINT if it fits, `long double` is rounded to REAL. */
FFI_INVOKE_API ffi_error ffi_load(const ffi_ctype *type, const void *at, ffi_any *out);

/* The same at a path (ffi_type_path), bit-fields included. */
FFI_INVOKE_API ffi_error ffi_store_path(const ffi_ctype *type, void *at, const char *path,
                                        const ffi_any *value);
FFI_INVOKE_API ffi_error ffi_load_path(const ffi_ctype *type, const void *at, const char *path, ffi_any *out);

/* A C string of at most `limit` bytes, as TEXT; FFI_ERROR_RANGE if there is no NUL among them. */
FFI_INVOKE_API ffi_error ffi_load_text(const char *at, size_t limit, ffi_any *out);

/* ---- Calls ----------------------------------------------------------------------------------- */

/* Calls a function with values of any kind. Arguments are converted as ffi_store_any() does, and for a pointer:
 *   - a text, or bytes, which are copied with a NUL if the callee wants text; only what the callee does not
 * write;
 *   - a record whose type it points to, which the callee then sees and may change;
 *   - a list or members, which become an array or a record for the time of the call;
 *   - a pointer, function or object; one with a type only as C assigns it (ffi_type_assignable);
 *   - nil where the parameter is `nullable`. ffi_any_pointer(NULL) is NULL for any.
 * Variable arguments need their form (ffi_function_variadic).
 *
 * `result` is what ffi_load() makes of the result. Annotations of the signature are heeded:
 *   - `out` takes no argument: the callee gets zeroed memory, or with `len(n)` an array, for which n must be
 * given. The result is then a list: of the function's own, unless that is void, and of each `out` and `inout`
 * in order; one alone stands for itself.
 *   - `inout` takes one, and the callee gets a copy of it.
 *   - `len(n)`: n may not be more than the bytes or elements that the argument has; nil as n means as many.
 *   - `errno_if`: such a result is FFI_ERROR_SYSTEM, with errno's name and text.
 *   - `own(f)`: the callee's memory is the caller's to free. A pointer becomes an object, whose end calls f:
 * give it back with ffi_object_release(). A text is copied to the arena, and freed by f; without an arena the
 * caller frees it with ffi_any_free().
 *
 * Memory for lists, copies and results comes from `arena`, where it stays until the caller releases that: also
 * if an exception or longjmp leaves the call. ffi_invoke_any() has 2 KiB of stack for arguments, and heap
 * beyond, which is lost if the call is left so; and 512 bytes of the thread for results, valid until the
 * thread's next call of it. What needs more is FFI_ERROR_RANGE before anything is called. */
FFI_INVOKE_API ffi_error ffi_invoke_any(const ffi_function *function, ffi_any *result, const ffi_any *args,
                                        size_t count);
FFI_INVOKE_API ffi_error ffi_invoke_any_in(const ffi_function *function, ffi_any *result, const ffi_any *args,
                                           size_t count, ffi_arena *arena);

/* Frees what a result of `own(f)` owns, and makes it nil: releases objects, gives a text of a call without an
 * arena to f. It does nothing for other results. */
FFI_INVOKE_API ffi_error ffi_any_free(const ffi_function *function, ffi_any *result);

/* The name of an errno, "ENOENT"; NULL if it has none here. */
FFI_INVOKE_API const char *ffi_errno_name(int number);

/* A value of a host: an index of its stack, a tagged word, a pointer. */
typedef uint64_t ffi_host_value;

/* What a host tells of its values. `state` is what ffi_invoke_host() was given. A function is only called for
 * values of its kinds; one for a kind that the host does not have may be NULL. */
typedef struct ffi_host {
    size_t (*count)(void *state); /* arguments of this call */
    ffi_host_value (*argument)(void *state, size_t index);
    ffi_any_kind (*kind)(void *state, ffi_host_value value);

    bool (*boolean)(void *state, ffi_host_value value);
    int64_t (*integer)(void *state, ffi_host_value value);                       /* INT, and UINT as its bits */
    double (*real)(void *state, ffi_host_value value);                           /* REAL */
    const char *(*text)(void *state, ffi_host_value value, size_t *length);      /* TEXT and BYTES */
    void *(*pointer)(void *state, ffi_host_value value, const ffi_ctype **type); /* POINTER, FUNCTION, OBJECT,
                                                                                    RECORD with a type; NULL: a
                                                                                    record has members */
    size_t (*length)(void *state, ffi_host_value list);
    ffi_host_value (*element)(void *state, ffi_host_value list, size_t index);
    bool (*member)(void *state, ffi_host_value record, const char *name,
                   ffi_host_value *value); /* false: none */

    /* Native code of a FUNCTION, for a parameter of this signature: a callback's, which the host keeps as long
     * as it is called. NULL with an error (ffi_fail). Where the host has no such function, `pointer` is asked.
     */
    void *(*code)(void *state, ffi_host_value value, const ffi_ctype *signature);

    void (*result)(void *state, const ffi_any *result); /* the call's result; the host copies what it keeps */
} ffi_host;

/* The same call, by the same rules, with the host's values. Texts of `own` are freed after `host->result`;
 * objects of `own` are the host's to release. */
FFI_INVOKE_API ffi_error ffi_invoke_host(const ffi_function *function, const ffi_host *host, void *state,
                                         ffi_arena *arena);

/* Stores a value of a host, as ffi_store_any() does one of the layer: at a path, or as the whole if `path` is
 * NULL.
 */
FFI_INVOKE_API ffi_error ffi_store_host(const ffi_ctype *type, void *at, const char *path, const ffi_host *host,
                                        void *state, ffi_host_value value);

/* For a callback's handler that has failed: the call with values that is running, and whose callee takes a
 * function, returns the thread's last error. ffi_callback_any() does it by itself. */
FFI_INVOKE_API void ffi_callback_failed(void);

/* For a callback's handler: an argument as ffi_load() has it, by the callback's signature. ffi_store_any()
 * stores the result. */
FFI_INVOKE_API ffi_error ffi_load_argument(const ffi_ctype *signature, const ffi_value *args, size_t index,
                                           ffi_any *out);

/* ---- Frames ---------------------------------------------------------------------------------- */

/* The memory of one call: slots, what slots point to, the result, and room for temporaries. A host that
 * converts by the shape (ffi_function_shape) writes arguments straight into it, and calls as often as it likes.
 * One frame is for one call at a time; a call within the call needs another. */
typedef struct ffi_frame {
    void      *result;
    char      *next, *end; /* room for temporaries */
    ffi_arena *arena;      /* where more come from; NULL at first, for the host to set */
} ffi_frame;

/* The bytes of a frame, 0 with an error; and a frame made of them. `block` is aligned as a pointer. */
FFI_INVOKE_API size_t ffi_frame_size(const ffi_function *function);
FFI_INVOKE_API void  *ffi_frame_init(const ffi_function *function, void *block);

/* Where an argument, by the member of its type, and the result are. NULL beyond the last. */
FFI_INVOKE_API void *ffi_frame_argument(const ffi_function *function, void *block, size_t index);
FFI_INVOKE_API void *ffi_frame_result(const ffi_function *function, void *block);

/* Converts a value into an argument, as ffi_invoke_any() does. */
FFI_INVOKE_API ffi_error ffi_frame_store(const ffi_function *function, void *block, size_t index,
                                         const ffi_any *value);

/* Memory until the next ffi_frame_init(): of the frame, then of its arena. FFI_ERROR_MEMORY if there is none.
 */
FFI_INVOKE_API void *ffi_frame_temporary(void *block, size_t size, size_t alignment);

/* Calls with the frame's arguments; the result is in the frame. */
FFI_INLINE void ffi_invoke_frame(const ffi_function *function, void *block) {
    ffi_frame *frame = (ffi_frame *)block;
    ffi_invoke(function, frame->result, (const ffi_value *)(frame + 1));
}

/* ---- Memory ---------------------------------------------------------------------------------- */

/* Memory that is freed in one go. Not for two threads at once. `alignment` is a power of two up to 4096; a mark
 * is a moment, to which ffi_arena_release() returns. */
FFI_INVOKE_API ffi_arena *ffi_arena_new(ffi_context *context);
FFI_INVOKE_API void       ffi_arena_free(ffi_arena *arena);
FFI_INVOKE_API void      *ffi_arena_allocate(ffi_arena *arena, size_t size, size_t alignment);
FFI_INVOKE_API char *ffi_arena_text(ffi_arena *arena, const char *text, size_t length); /* a copy, with a NUL */
FFI_INVOKE_API size_t ffi_arena_mark(const ffi_arena *arena);
FFI_INVOKE_API void   ffi_arena_release(ffi_arena *arena, size_t mark);

/* Memory whose accesses are checked: a wrong path, size or type is an error, and so is a buffer that was freed
 * (FFI_ERROR_ARGUMENT), as long as its context lives. New ones are zeroed. `ffi_buffer_of` holds `count` values
 * of `type`; `ffi_buffer_text` a copy of a text with its NUL, which stays where it is; `ffi_buffer_around` is
 * memory of somebody else, for which `drop` is called when the buffer is freed (NULL: nothing is). */
FFI_INVOKE_API ffi_buffer *ffi_buffer_new(ffi_context *context, size_t size);
FFI_INVOKE_API ffi_buffer *ffi_buffer_aligned(ffi_context *context, size_t size, size_t alignment);
FFI_INVOKE_API ffi_buffer *ffi_buffer_of(ffi_context *context, const ffi_ctype *type, size_t count);
FFI_INVOKE_API ffi_buffer *ffi_buffer_text(ffi_context *context, const char *text, size_t length);
FFI_INVOKE_API ffi_buffer *ffi_buffer_around(ffi_context *context, void *memory, size_t size,
                                             void (*drop)(void *memory, void *userdata), void *userdata);
FFI_INVOKE_API ffi_error   ffi_buffer_free(ffi_buffer *buffer);
FFI_INVOKE_API void       *ffi_buffer_data(const ffi_buffer *buffer); /* NULL with an error if it was freed */
FFI_INVOKE_API size_t      ffi_buffer_size(const ffi_buffer *buffer);

/* Reads or writes at a path of `type`, which begins where the buffer does; NULL as `type` is that of
 * ffi_buffer_of(), as an array: "[3].x". */
FFI_INVOKE_API ffi_error ffi_buffer_get(const ffi_buffer *buffer, const ffi_ctype *type, const char *path,
                                        ffi_any *out);
FFI_INVOKE_API ffi_error ffi_buffer_set(ffi_buffer *buffer, const ffi_ctype *type, const char *path,
                                        const ffi_any *value);

/* Copies bytes out of and into a buffer, all or none. */
FFI_INVOKE_API ffi_error ffi_buffer_read(const ffi_buffer *buffer, size_t offset, void *to, size_t size);
FFI_INVOKE_API ffi_error ffi_buffer_write(ffi_buffer *buffer, size_t offset, const void *from, size_t size);

/* A pointer of the host, or of native code, with a count of references: it begins with one. `drop` is called
 * with the pointer when the last is given back. What is used after that is an error, as with buffers. */
FFI_INVOKE_API ffi_object *ffi_object_new(ffi_context *context, void *pointer, void (*drop)(void *pointer));
FFI_INVOKE_API ffi_error   ffi_object_retain(ffi_object *object);
FFI_INVOKE_API ffi_error   ffi_object_release(ffi_object *object);
FFI_INVOKE_API void       *ffi_object_pointer(const ffi_object *object); /* NULL with an error */

/* The pointer of an object, which ends without a call of `drop`. NULL with an error. */
FFI_INVOKE_API void *ffi_object_take(ffi_object *object);

/* The type of the pointer of an `own` result; NULL if the object has none. */
FFI_INVOKE_API const ffi_ctype *ffi_object_type(const ffi_object *object);

/* ---- Names ----------------------------------------------------------------------------------- */

/* A function of the host. 0: good, and `*result`, which is nil before, is set. What ffi_fail() returned is an
 * error with that message; any other value is FFI_ERROR_ARGUMENT, with a message that names the function and
 * the value. */
typedef int ffi_native(const ffi_any *args, int count, ffi_any *result, void *userdata);

/* Names to functions. Calling and looking up take no lock and run beside one thread that adds; adding and
 * removing are serialized. Remove only what no other thread is calling. */
FFI_INVOKE_API ffi_registry *ffi_registry_new(ffi_context *context);
FFI_INVOKE_API void          ffi_registry_free(ffi_registry *registry);

/* A function of the host; `arity` -1 takes any number of arguments. A name that is there is FFI_ERROR_ARGUMENT.
 */
FFI_INVOKE_API ffi_error ffi_registry_add(ffi_registry *registry, const char *name, ffi_native *native,
                                          int arity, void *userdata);

/* The same with a signature, such as "double clamp(double x, double most)". The arguments are checked by it, as
 * those of a native function: numbers come in the kinds that ffi_load() gives them, every other value as it was
 * passed. The result is checked, too. Arguments beyond `...` are not checked. Of the annotations only
 * `nullable` is allowed. */
FFI_INVOKE_API ffi_error ffi_registry_add_typed(ffi_registry *registry, const char *name, ffi_native *native,
                                                const char *signature, void *userdata);

/* A native function, looked up and bound as by ffi_library_function(). NULL as `library`: the first of the
 * registry's libraries that has it. */
FFI_INVOKE_API ffi_error ffi_registry_bind(ffi_registry *registry, ffi_library *library, const char *name,
                                           const char *signature);

/* A function that is bound already, which the registry takes over unless it fails. */
FFI_INVOKE_API ffi_error ffi_registry_add_function(ffi_registry *registry, const char *name,
                                                   ffi_function *function);

/* One more library to search, behind the others. The registry takes over the caller's hold of it. */
FFI_INVOKE_API ffi_error ffi_registry_library(ffi_registry *registry, ffi_library *library);

/* The function by its name; NULL with FFI_ERROR_SYMBOL. The entry is good until it is removed, and known as
 * removed as long as the context lives. */
FFI_INVOKE_API ffi_entry *ffi_registry_find(const ffi_registry *registry, const char *name);
FFI_INVOKE_API ffi_error  ffi_registry_remove(ffi_registry *registry, const char *name);

/* Calls by name, or by entry. */
FFI_INVOKE_API ffi_error ffi_registry_call(ffi_registry *registry, const char *name, ffi_any *result,
                                           const ffi_any *args, size_t count);
FFI_INVOKE_API ffi_error ffi_entry_call(const ffi_entry *entry, ffi_any *result, const ffi_any *args,
                                        size_t count);

/* The native function of an entry, NULL if it is the host's; its name; its arity, -1 for any number. */
FFI_INVOKE_API const ffi_function *ffi_entry_function(const ffi_entry *entry);
FFI_INVOKE_API const char         *ffi_entry_name(const ffi_entry *entry);
FFI_INVOKE_API int                 ffi_entry_arity(const ffi_entry *entry);

/* The signature of an entry; NULL if it is the host's and has none. */
FFI_INVOKE_API const ffi_ctype *ffi_entry_signature(const ffi_entry *entry);

/* A callback that calls a function of the host with values: the arguments as ffi_load_argument() has them. Its
 * result is stored as ffi_store_any() does. If the function fails, or its result does not fit, native code gets
 * zeroes, and the thread's last error tells why: ffi_invoke_any() fails with it if its callee takes a function.
 * `drop` is as for ffi_callback_owned(); it may be NULL. ffi_callback_free() frees the callback. */
FFI_INVOKE_API ffi_callback *ffi_callback_any(ffi_context *context, const ffi_ctype *signature,
                                              ffi_native *native, void *userdata, void (*drop)(void *userdata));

/* Calls `visit` with each entry, in the order in which they came, until one call returns false. */
FFI_INVOKE_API void ffi_registry_each(const ffi_registry *registry,
                                      bool (*visit)(ffi_entry *entry, void *userdata), void *userdata);

/* ---- Batches --------------------------------------------------------------------------------- */

/* Makes the calls that stand in a buffer of `size` words, in order, for hosts to which one way out of their own
 * machine is dear. Each call is a record:
 *
 *     1 word      FFI_BATCH_HEAD(number of the function among `functions`, words of the record, this one
 * included) result      as many words as its type needs, none for void; the call writes it, an integer or a
 * real of less than 8 bytes with zeroes above it arguments   each as many words as its type needs: integers as
 * 64 bits, a record as it is
 *
 * Before a call its record is checked: the function, its length, and whether integers and booleans fit their
 * types; behind it whether `errno_if` says that it has failed. The first check that fails ends the batch, and
 * the message says where. `*made` is the number of calls before that one, `*at` the word at which it begins;
 * each may be NULL. `words` is aligned as uint64_t. */
#define FFI_BATCH_HEAD(function, words) ((uint64_t)(function) | (uint64_t)(words) << 32)

FFI_INVOKE_API ffi_error ffi_invoke_batch(const ffi_function *const *functions, size_t count, uint64_t *words,
                                          size_t size, size_t *made, size_t *at);

/* ---- Threads --------------------------------------------------------------------------------- */

/* A queue brings work of any thread to the one thread on which a runtime runs its code: the queue's thread.
 * That is the thread that made the queue, and from its first ffi_queue_drain() on the one that drained it last.
 * A queue holds at most `bytes` of messages, rounded up to a power of two (ffi_queue_new: 64 KiB); a message
 * takes its arguments and about 40 bytes.
 *
 * Every thread may post. What does not fit is refused, counted and reported. After fork the child's queues
 * refuse everything: what waits in them is the parent's. */
FFI_INVOKE_API ffi_queue *ffi_queue_new(ffi_context *context);
FFI_INVOKE_API ffi_queue *ffi_queue_sized(ffi_context *context, size_t bytes);

/* Closes and frees a queue; the end of its context does too. Waits for another thread's drain to return and for
 * calls of ffi_invoke_async() that have begun; those that have not are cancelled. Every `done` is called, on
 * this thread. Posted callbacks are dropped and counted, hops return the default. A later use of the handle is
 * FFI_ERROR_ARGUMENT. It may be called within a drain of the same thread. */
FFI_INVOKE_API void ffi_queue_free(ffi_queue *queue);

/* What an event loop waits for: readable while something is to be drained. On POSIX systems it is a file
 * descriptor for poll(), epoll or libuv, on Windows the handle of an event as an int (WaitForMultipleObjects).
 * Only the library reads, writes and closes it. -1 with an error. */
FFI_INVOKE_API int ffi_queue_descriptor(const ffi_queue *queue);

/* Waits until there may be something to drain; false after the time in milliseconds, UINT32_MAX for ever. */
FFI_INVOKE_API bool ffi_queue_wait(ffi_queue *queue, uint32_t milliseconds);

/* Runs what waits in the queue, at most `most` messages, in the order in which they came; returns how many it
 * ran. Handlers may call the library, drain again within the drain, and free the queue or its context. They
 * must return: exceptions and longjmp may not leave a drain. While one thread drains, another one's drain is
 * FFI_ERROR_BUSY. 0 also with an error. */
FFI_INVOKE_API size_t ffi_queue_drain(ffi_queue *queue, size_t most);

/* Posts a call of `run` for the queue's thread. It takes no lock and allocates nothing: a signal handler may
 * call it. FFI_ERROR_BUSY if the queue is full, FFI_ERROR_ARGUMENT if it is closed; neither leaves a message.
 * The queue must not be freed meanwhile. */
FFI_INVOKE_API ffi_error ffi_queue_post(ffi_queue *queue, void (*run)(void *userdata), void *userdata);

/* What a queue has done and refused so far. */
typedef struct ffi_queue_counts {
    uint64_t delivered;  /* messages that were run */
    uint64_t full;       /* messages that found no room */
    uint64_t refused;    /* callbacks on other threads that FFI_DELIVER_REFUSE or a closed queue turned away */
    uint64_t late;       /* deliveries of callbacks that were freed before they were run */
    uint64_t stalled;    /* hops that were given up after their time */
    uint64_t lost;       /* messages for whose results memory was out */
    uint64_t descriptor; /* failures of the descriptor: someone else has closed it */
} ffi_queue_counts;

FFI_INVOKE_API ffi_error ffi_queue_count(const ffi_queue *queue, ffi_queue_counts *counts);

/* Sets what a drain calls when one of these counts, but `delivered`, has grown since the last report: on the
 * queue's thread, with the growth. */
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
 *   POST copies the arguments: values of any type, the text of `const char *` and what `len(n)` counts. Instead
 * of what `out` and `inout` point to, the handler gets memory of its own, which is dropped. Every other pointer
 * is passed as it is. A signal handler may call such a callback, if nobody frees it meanwhile.
 *
 *   HOP copies values; pointers are passed as they are. The caller gives up after `timeout_ms`, 0 for never: it
 *   gets the default, and the hop is counted as stalled. Its pointers must then stay valid until the handler
 * has returned, if that had begun. A hop from the queue's own thread is a call. A thread that waits in a hop
 * runs the hops to its own queues meanwhile, so that two threads may hop to each other. The thread cannot be
 *   cancelled while it waits.
 *
 * A callback that is freed with deliveries pending: they are dropped and counted, and their callers get the
 * default. FFI_ERROR_UNSUPPORTED if the signature takes a va_list. `queue` may be NULL for DIRECT, and for
 * REFUSE, which then refuses every call. */
FFI_INVOKE_API ffi_error ffi_callback_deliver(ffi_callback *callback, ffi_queue *queue, ffi_delivery delivery,
                                              unsigned timeout_ms);

/* A pool of threads for calls that would block the runtime's. Each context has one, made by its first call. */
typedef struct ffi_pool_options {
    unsigned   threads;    /* at most; 0: as many as there are processors, and 4 at least */
    size_t     stack_size; /* of each, in bytes; 0: the system's */
    size_t     calls;      /* that may wait; one more is FFI_ERROR_BUSY; 0: 1,024 */
    ffi_enter *enter;      /* called at the beginning of each thread, and `leave` at its end; may be NULL */
    ffi_leave *leave;
    void      *hook_userdata;
    bool       cancel_at_end; /* at the context's end, calls that have not begun are cancelled, not made */
} ffi_pool_options;

/* Sets them; FFI_ERROR_ARGUMENT after the first call. */
FFI_INVOKE_API ffi_error ffi_pool_configure(ffi_context *context, const ffi_pool_options *options);

/* Calls a function on a thread of its context's pool, and then `done` on the queue's thread: with
 * FFI_ERROR_NONE, or with FFI_ERROR_CANCELLED if it was not called. In `done`, ffi_captured_errno() is the
 * call's. Values of the arguments are copied; what pointers point to, and `result`, must be valid until `done`.
 * If this fails, `done` is not called: FFI_ERROR_BUSY if too many calls wait. Otherwise it is called exactly
 * once, at the latest when the queue or the context is freed, which waits for calls that have begun. The called
 * function must return, and not end its thread. */
FFI_INVOKE_API ffi_error ffi_invoke_async(const ffi_function *function, void *result, const ffi_value *args,
                                          ffi_queue *queue, void (*done)(void *userdata, ffi_error error),
                                          void      *userdata);

/* Cancels the calls with this queue and userdata that have not begun; returns how many. */
FFI_INVOKE_API size_t ffi_invoke_cancel(ffi_queue *queue, const void *userdata);

#ifdef __cplusplus
}
#endif

#ifdef FFI_EMBED_QUIET_CLANG
#undef FFI_EMBED_QUIET_CLANG
#pragma clang diagnostic pop
#endif
#endif
