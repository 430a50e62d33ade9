/* SPDX-License-Identifier: MIT */
/*
 * ffi_invoke: call native functions whose types are known only at run time. This header is C89 with <stdint.h>
 * and <stdbool.h>, and C++98. In C89 the functions that it defines need the `__inline__` of gcc and clang. A
 * program links with -lffi_invoke; `pkg-config --cflags --libs ffi_invoke` prints the options.
 *
 * A language runtime describes a C function in text, binds it to an address once, and then calls it
 * as often as it likes for about the price of a C call through a pointer:
 *
 *     #include <ffi_invoke.h>
 *     #include <stdio.h>
 *
 *     int main(void) {
 *         ffi_context  *context = ffi_context_new(NULL);
 *         ffi_library  *libm = ffi_library_open(context, "m", 0);
 *         ffi_function *power = libm ? ffi_library_function(libm, "pow", "double(double, double)") : NULL;
 *         if (!power) return fprintf(stderr, "%s\n", ffi_last_message()), 1;
 *         ffi_value args[2] = {{.f64 = 2}, {.f64 = 10}};
 *         double result;
 *         ffi_invoke(power, &result, args);
 *         printf("%g\n", result);
 *         ffi_context_free(context);
 *     }
 *
 * No code is generated at run time. Binding a function computes a table, the plan. Hand-written stubs
 * load the arguments by that table.
 *
 * Conventions, for every function here unless its comment says otherwise:
 *   - A function that makes an object returns NULL on failure. A function that acts returns an
 *     `ffi_error`. After a failure ffi_last_error() and ffi_last_message() tell the thread what failed,
 *     where, and what to do about it. A call that fails changes nothing and leaks nothing.
 *   - A NULL handle or a NULL text is an error (FFI_ERROR_ARGUMENT), never a crash. Freeing or closing
 *     NULL does nothing. A query that cannot fail returns an empty answer for NULL.
 *   - A function that returns no ffi_error and no NULL, such as ffi_function_free(), tells of a failure by
 *     ffi_last_error() only. No success clears that error: ffi_fail(FFI_ERROR_NONE, "%s", "") does.
 *   - Text ends with NUL. The library copies each text and each array that it is passed; the caller keeps
 *     its own.
 *   - A type made in one context cannot be used in another.
 *   - Any thread may call any function. A context locks itself; a call (ffi_invoke) takes no lock. Do
 *     not free an object that another thread is using. Do not free a function or its context while a call of
 *     the function is running, even on the same thread.
 *   - A signal handler may call a function of the library only if its comment says so.
 *   - A call needs a few hundred bytes of stack, and twice the size of its arguments, beside the stack of
 *     the callee. A result in memory that the caller discards is on the stack too. Every other function
 *     needs at most 64 KiB of stack. To keep this bound, a text with more than 64 nested brackets,
 *     declarators or bodies, and a type within more than 150 others, fail with FFI_ERROR_RANGE.
 *   - After fork the child may use every object of its parent, unless another thread of the parent was
 *     inside a function of the library (calls excepted) at that moment. Contexts that the child makes
 *     itself always work.
 *   - The library never prints, aborts or exits.
 */
#ifndef FFI_INVOKE_H
#define FFI_INVOKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define FFI_INVOKE_VERSION_MAJOR 0
#define FFI_INVOKE_VERSION_MINOR 1
#define FFI_INVOKE_VERSION_PATCH 0

/* This macro stands before each function of the library. A program leaves it undefined; the build of the
 * library defines it as an attribute that exports the function. */
#ifndef FFI_INVOKE_API
#define FFI_INVOKE_API
#endif

#ifdef __GNUC__
#define FFI_PRINTF_LIKE(text, first) __attribute__((format(printf, text, first)))
#else
#define FFI_PRINTF_LIKE(text, first)
#endif

/* `inline` and `_Bool` are extensions before C99; FFI_INLINE begins the functions that are defined here. */
#if !defined __GNUC__ || defined __cplusplus || (defined __STDC_VERSION__ && __STDC_VERSION__ >= 199901L)
#define FFI_INLINE static inline
#else
#define FFI_INLINE static __inline__
#ifdef __clang__
#define FFI_QUIET_CLANG
/* clang-format off */
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wc99-extensions"
#pragma clang diagnostic ignored "-Wlanguage-extension-token"
/* clang-format on */
#endif
#endif

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ffi_context  ffi_context;  /* what one runtime owns: types, libraries, functions */
typedef struct ffi_ctype    ffi_ctype;    /* a C type; immutable, lives as long as its context */
typedef struct ffi_library  ffi_library;  /* a loaded shared library */
typedef struct ffi_function ffi_function; /* an address bound to a signature: what ffi_invoke calls */
typedef struct ffi_callback ffi_callback; /* a native function pointer that calls the runtime */
typedef struct ffi_thunk    ffi_thunk; /* a native function pointer that goes to the embedder's machine code */

/* The version of the library that the program runs with, such as "0.1.0". The macros above are the version of
 * this header. */
FFI_INVOKE_API const char *ffi_version(void);

/* ---- Values ---------------------------------------------------------------------------------- */

/* One 8-byte slot. An argument array has one slot for each argument. The slot holds a scalar of up to 8 bytes:
 * store it through the member of its type; the slot's other bytes may have any value. An enum uses the member
 * of its integer type, _Float16 uses `u16`, a pointer uses `ptr` or `str`. An integer of up to 8 bytes may also
 * be stored through `i64`. That member comes first, so {{2}, {10}} means two integers. For a value of any other
 * type (a struct, a union, long double, __int128, a complex number, a vector) `ptr` points to the value, which
 * stays the caller's. */
typedef union ffi_value {
    int64_t     i64;
    bool        b;
    int8_t      i8;
    uint8_t     u8;
    int16_t     i16;
    uint16_t    u16;
    int32_t     i32;
    uint32_t    u32;
    uint64_t    u64;
    float       f32;
    double      f64;
    void       *ptr;
    const char *str;
} ffi_value;

/* The largest number of arguments of a call. A signature with more fails with FFI_ERROR_RANGE. */
#define FFI_MAX_ARGUMENTS 1024

/* ---- Errors ---------------------------------------------------------------------------------- */

typedef enum ffi_error {
    FFI_ERROR_NONE = 0,
    FFI_ERROR_MEMORY,      /* the allocator returned NULL */
    FFI_ERROR_ARGUMENT,    /* an argument of the failing call is wrong: a NULL handle, unknown flags */
    FFI_ERROR_SYNTAX,      /* the text is not a C type or signature; the message has the column */
    FFI_ERROR_TYPE,        /* a type in the text is unknown, or is not allowed at its place */
    FFI_ERROR_LIBRARY,     /* the library could not be loaded; the message lists every attempt */
    FFI_ERROR_SYMBOL,      /* the library has no such symbol */
    FFI_ERROR_UNSUPPORTED, /* the request is valid, but this build or this machine cannot do it */
    FFI_ERROR_RANGE,       /* a limit is exceeded: number of arguments, nesting, size */
    FFI_ERROR_DENIED,      /* the system, its resource limits or the context's policy refused it */
    FFI_ERROR_SYSTEM,      /* a call of the system failed; the message has errno's name and text, or
                              on Windows the number of GetLastError() */
    FFI_ERROR_BUSY,        /* a queue or a pool is full, or another thread drains the queue; the same call may
                              succeed later */
    FFI_ERROR_CANCELLED,   /* the caller cancelled it before it began */
    FFI_ERROR_ABI          /* a guarded callee did not preserve a register (ffi_function_guard()) */
} ffi_error;

/* The name of an error as written above, for example "FFI_ERROR_SYNTAX". Never NULL: "unknown error" for any
 * other number. */
FFI_INVOKE_API const char *ffi_error_name(ffi_error error);

/* The error and the message of this thread's last failing call. A call that succeeds changes neither. Before
 * the first failure they are FFI_ERROR_NONE and "". The text is never NULL and is valid until this thread's
 * next failing call. It has at most 4095 bytes before its NUL. A longer list is cut; its end says how many
 * entries are missing. */
FFI_INVOKE_API ffi_error   ffi_last_error(void);
FFI_INVOKE_API const char *ffi_last_message(void);

/* Sets the thread's last error and message, and returns `error`. Code that is built on this library uses it to
 * report its own failures. `format` and the arguments after it are printf's; ffi_last_message() may be one of
 * them. FFI_ERROR_NONE with an empty text clears both. */
FFI_INVOKE_API ffi_error ffi_fail(ffi_error error, const char *format, ...) FFI_PRINTF_LIKE(2, 3);

/* ---- Context --------------------------------------------------------------------------------- */

/* An allocator. It allocates, resizes and frees all memory of a context, except the pages of its callbacks and
 * the records of ffi_callback_owned(), which the process keeps, and except what ffi_embed.h names. It works
 * like C's realloc with the old size added: `block` NULL allocates, `old_size` is 0 then; `new_size` 0 frees
 * and returns NULL. It returns NULL if it has no memory; the old block is then unchanged. The memory must be
 * aligned as malloc's. The library calls it under the context's lock, on the thread that called the library.
 * The allocator must not call this library. It must return: if it throws or calls longjmp, the lock stays
 * taken. */
typedef void *ffi_allocate(void *userdata, void *block, size_t old_size, size_t new_size);

/* Hooks. `enter` is called before, and `leave` after every handler of the context's callbacks, on the thread
 * that called the callback. Use them to take an interpreter's lock, or to attach a thread that is new to the
 * runtime. `leave` receives the return value of `enter`. Both may call the library. An exception or longjmp may
 * pass through the hooks and the handler; if it leaves `enter` or the handler, `leave` is not called. */
typedef void *ffi_enter(void *userdata);
typedef void  ffi_leave(void *userdata, void *entered);

/* A hook that reports late calls. It is called when native code calls a freed callback for the first time, on
 * the thread that called. `name` is the name in the callback's signature, or "". Both texts are valid during
 * this call. The hook must return; it must not throw or call longjmp. It must not free the context, because
 * ffi_context_free() waits until the hook has returned. */
typedef void ffi_report_late(void *userdata, const char *name, const char *signature);

typedef struct ffi_options {
    ffi_allocate    *allocate; /* NULL: the C library's realloc and free */
    void            *userdata; /* passed to `allocate` */
    const char      *abi;   /* the name of the ABI of signatures (ffi_abi_name()); NULL: the platform's own */
    ffi_enter       *enter; /* each of these three hooks may be NULL */
    ffi_leave       *leave;
    ffi_report_late *report_late;
    void            *hook_userdata; /* passed to the three hooks */
    bool read_only_callbacks; /* keep the data of callbacks in read-only memory; it is writable only while a
                                 callback is made or freed, which then costs two system calls */
    bool keep_first; /* a declaration that contradicts one of an earlier text is ignored, and is no error; a tag
                        may be a struct's in one text and a union's or an enum's in another */
    unsigned dialect; /* FFI_DECLARE_EMBED, FFI_DECLARE_TWICE: for all texts, those of types among them */
} ffi_options;

/* Makes a context. `options` is copied. NULL, or members that are 0, mean the defaults. An unknown ABI fails
 * with FFI_ERROR_ARGUMENT; the message lists the ABIs of this build. So does an unknown flag of `dialect`. */
FFI_INVOKE_API ffi_context *ffi_context_new(const ffi_options *options);

/* Frees the context and everything made through it: types, functions, callbacks, libraries. Types and plans
 * live until then: a context grows with the number of different types, not with the number of functions made
 * and freed. No call of the context's functions may be running, on any thread, except those of
 * ffi_invoke_async(), for which this call waits. Native code may call the context's callbacks while the context
 * is freed, and afterwards. A call whose handler has begun ends normally; a later call returns zeroes. So
 * handlers, hooks and their userdata must stay valid until every call that began before ffi_context_free() has
 * returned. */
FFI_INVOKE_API void ffi_context_free(ffi_context *context);

/* Allocates, resizes or frees memory by the context's allocator, as ffi_allocate says, under the context's
 * lock. Fails with FFI_ERROR_MEMORY if the allocator returns NULL for a `new_size` that is not 0. The caller
 * owns the memory: ffi_context_free() does not free it. */
FFI_INVOKE_API void *ffi_context_memory(ffi_context *context, void *block, size_t old_size, size_t new_size);

/* Attaches a value to the context, for code that is built on this library. `key` is the address of any object
 * of that code. If no value has this key, the call keeps `value` and returns it. If one has (another thread was
 * faster), the call returns that one, and the caller disposes of its own. `key`, `value` and `end` must not be
 * NULL. If the call fails, it returns NULL, and the caller still owns `value`. ffi_context_free() first calls
 * `end` for each attached value, while the context can still be used; the value attached last comes first.
 * ffi_context_attached() returns the value of a key; NULL, without an error, if there is none. */
FFI_INVOKE_API void *ffi_context_attach(ffi_context *context, const void *key, void *value,
                                        void (*end)(ffi_context *context, void *value));
FFI_INVOKE_API void *ffi_context_attached(ffi_context *context, const void *key);

/* The name of an ABI of this build, by its index from 0; NULL after the last. */
FFI_INVOKE_API const char *ffi_abi_name(size_t index);

/* ---- Types ----------------------------------------------------------------------------------- */

/* The kind of a type. Several names have the same kind: `long`, `int64_t` and `i64` on Linux. */
typedef enum ffi_kind {
    FFI_KIND_VOID,
    FFI_KIND_BOOL,
    FFI_KIND_I8,
    FFI_KIND_U8,
    FFI_KIND_I16,
    FFI_KIND_U16,
    FFI_KIND_I32,
    FFI_KIND_U32,
    FFI_KIND_I64,
    FFI_KIND_U64,
    FFI_KIND_F16, /* _Float16 */
    FFI_KIND_F32,
    FFI_KIND_F64,
    FFI_KIND_ENUM,    /* its integer type is ffi_type_target() */
    FFI_KIND_POINTER, /* its pointee is ffi_type_target() */

    /* A value of the following kinds does not fit into a slot: the slot's `ptr` points to it. */
    FFI_KIND_I128,
    FFI_KIND_U128,
    FFI_KIND_F80,     /* long double of the x87: 10 bytes in 16 */
    FFI_KIND_F128,    /* long double of AArch64 Linux, _Float128 */
    FFI_KIND_COMPLEX, /* two of ffi_type_target() */
    FFI_KIND_VECTOR,  /* ffi_type_length() of ffi_type_target() */
    FFI_KIND_STRUCT,
    FFI_KIND_UNION,

    FFI_KIND_ARRAY,   /* ffi_type_length() of ffi_type_target(); as a parameter it is a pointer */
    FFI_KIND_FUNCTION /* a signature; its result is ffi_type_target() */
} ffi_kind;

/* Reads a type or a signature from text:
 *
 *   C            `unsigned long`, `const char *`, `enum color`, `struct { int a; float b[3]; }`,
 *                `double (*)(double)`; the integer types of <stdint.h>, <stddef.h>, <stdbool.h> and <uchar.h>;
 *                nullptr_t, ssize_t, va_list; Intel's `__m64 __m128 __m128d __m128i` to `__m512i`; every name
 *                that ffi_declare() has read
 *   short names  `i8 u8 i16 u16 i32 u32 i64 u64 i128 u128 f16 f32 f64 f80 f128 isize usize`,
 *                `ptr pointer` (void *), `str string` (const char *), `uint`,
 *                `int8 uint8 int16 uint16 int32 uint32 int64 uint64`
 *   signatures   `double pow(double x, double y)`, `double(double, double)`, `int (const char *, ...)`.
 *                Types after the `...` are the variable arguments of one call: `int (str, ..., double)`.
 *                Functions that take a signature accept a pointer to one too: `int (*)(int)`
 *   attributes   at a signature, `__attribute__((sysv_abi))`, `ms_abi` or `vectorcall` selects its ABI;
 *                so does `__vectorcall` before the name
 *   hosts        `[?]`, an array whose length the host chooses when it makes an object. It behaves as `[]`, but
 *                ffi_type_is_variadic() is true for it. A C++ reference is a pointer with
 *                FFI_QUALIFIER_REFERENCE
 *   annotations  words such as `out`, before a parameter or a signature: see FFI_ANNOTATION_OWN below
 *
 * Sizes follow the data model of the context's ABI, not of the machine. Reading the same type twice returns the
 * same pointer. */
FFI_INVOKE_API const ffi_ctype *ffi_type_parse(ffi_context *context, const char *text);

/* Make types without text, for runtimes with their own parser. `kind` is FFI_KIND_VOID to FFI_KIND_F64, or
 * FFI_KIND_I128 to FFI_KIND_F128. The elements of an array, a vector or a complex type must be complete. An
 * array of `count` 0 is C's `[]`. The size of a vector in bytes must be a power of two (FFI_ERROR_RANGE). */
FFI_INVOKE_API const ffi_ctype *ffi_type_scalar(ffi_context *context, ffi_kind kind);
FFI_INVOKE_API const ffi_ctype *ffi_type_pointer_to(ffi_context *context, const ffi_ctype *pointee);

FFI_INVOKE_API const ffi_ctype *ffi_type_array_of(ffi_context *context, const ffi_ctype *element, size_t count);
FFI_INVOKE_API const ffi_ctype *ffi_type_vector_of(ffi_context *context, const ffi_ctype *element,
                                                   size_t count);
FFI_INVOKE_API const ffi_ctype *ffi_type_complex_of(ffi_context *context, const ffi_ctype *element);

/* A member of a struct or union. ffi_type_field(), ffi_type_field_named() and ffi_type_path() fill it in.
 * ffi_type_struct() and ffi_type_record() read `name`, `type`, `alignment`, `is_bits` and `bit_width`; they
 * compute the rest. */
typedef struct ffi_field {
    const char      *name;    /* NULL for an unnamed member */
    const ffi_ctype *type;    /* for a bit-field: its declared type */
    size_t           offset;  /* in bytes; for a bit-field: of the storage unit of its type that holds it */
    bool             is_bits; /* a bit-field; its width may be 0 as input and is never 0 as output */
    unsigned bit_offset; /* of a bit-field's lowest bit, from the lowest bit of that unit; a packed bit-field
                            may extend beyond the unit's end */
    unsigned bit_width;
    size_t   alignment; /* that __attribute__((aligned)) asks for, in bytes; 0: no such attribute */
} ffi_field;

/* Make a struct or union with these members. The data model of the context's ABI decides the layout. `name` is
 * the tag, or NULL. `fields` is copied. A tag that has members already fails with FFI_ERROR_TYPE; a tag that
 * was only mentioned, as in ffi_type_parse(context, "struct node *"), gets its members. ffi_type_record() makes
 * a FFI_KIND_STRUCT or a FFI_KIND_UNION. Its `alignment` is that of __attribute__((aligned)), a power of two up
 * to 2^28, or 0. Its `pack` is that of #pragma pack: 1, 2, 4, 8, 16, or 0; 1 means __attribute__((packed)). */
FFI_INVOKE_API const ffi_ctype *ffi_type_struct(ffi_context *context, const char *name, const ffi_field *fields,
                                                size_t count);
FFI_INVOKE_API const ffi_ctype *ffi_type_record(ffi_context *context, ffi_kind kind, const char *name,
                                                const ffi_field *fields, size_t count, size_t alignment,
                                                size_t pack);

/* Makes an enum with these constants. `integer` is the integer type that holds its values (in C the compiler
 * chooses it); it has up to 8 bytes and must not be NULL. A constant above INT64_MAX is given as the negative
 * value of the same 64 bits. The call does not check whether `integer` can hold the constants. A tag that has
 * constants already fails with FFI_ERROR_TYPE. `name` is its tag, or NULL. `constants` is copied; they do not
 * become names of the context, which ffi_declared_constant() would find. */
typedef struct ffi_constant {
    const char *name;
    int64_t     value;
} ffi_constant;

FFI_INVOKE_API const ffi_ctype *ffi_type_enum(ffi_context *context, const char *name,
                                              const ffi_constant *constants, size_t count,
                                              const ffi_ctype *integer);

/* Makes a signature of the context's ABI. `params` has `count` types and is copied; it may be NULL if `count`
 * is 0. `fixed` is the number of parameters before the `...`; the types after them are the variable arguments
 * of one call. FFI_NOT_VARIADIC means that there is no `...`. */
#define FFI_NOT_VARIADIC ((size_t)-1)
FFI_INVOKE_API const ffi_ctype *ffi_type_signature(ffi_context *context, const ffi_ctype *result,
                                                   const ffi_ctype *const *params, size_t count, size_t fixed);

/* Queries about a type. None can fail. NULL has FFI_KIND_VOID. Sizes and alignments are in bytes; they are 0
 * for void, for signatures, and for a struct or union whose members are unknown. An enum whose constants are
 * unknown has the size of int. If another thread declares the members, this thread sees them after that
 * declaration has succeeded, never before. A complete type does not change. */
FFI_INVOKE_API ffi_kind ffi_type_kind(const ffi_ctype *type);
FFI_INVOKE_API size_t   ffi_type_size(const ffi_ctype *type);
FFI_INVOKE_API size_t   ffi_type_alignment(const ffi_ctype *type);

/* The pointee of a pointer, the element of an array, vector or complex type, the integer type of an enum, the
 * result of a signature; NULL for every other type. */
FFI_INVOKE_API const ffi_ctype *ffi_type_target(const ffi_ctype *type);

/* The number of elements of an array or a vector. 0 for every other type, for `[]`, and for GNU C's `[0]`.
 * ffi_type_is_complete() tells these two arrays apart. */
FFI_INVOKE_API size_t ffi_type_length(const ffi_ctype *type);

/* The number of value bits of an integer type: N for _BitInt(N), 1 for bool, 8 for each byte of any other. An enum
 * has the bits of its integer type. 0 for every other type, and for a _BitInt(N) that is a FFI_KIND_STRUCT
 * because calls pass it as a struct. */
FFI_INVOKE_API size_t ffi_type_bits(const ffi_ctype *type);

/* The parameters of a signature. ffi_type_fixed_count() is the number of parameters before the `...`, or of all
 * parameters if there is no `...`. ffi_type_is_variadic() is also true for an array `[?]`.
 * ffi_type_parameter() returns NULL if `index` is past the last parameter. */
FFI_INVOKE_API size_t           ffi_type_parameter_count(const ffi_ctype *signature);
FFI_INVOKE_API size_t           ffi_type_fixed_count(const ffi_ctype *signature);
FFI_INVOKE_API const ffi_ctype *ffi_type_parameter(const ffi_ctype *signature, size_t index);
FFI_INVOKE_API bool             ffi_type_is_variadic(const ffi_ctype *type);

/* The number of elements of a parameter that is declared as an array: 2 for `int p[2]` and `int p[static 2]`.
 * The type of such a parameter is a pointer to an element. 0 if the parameter is not declared as an array, or
 * has no constant length. Calls do not depend on the length: two signatures that differ only in lengths are
 * equal. */
FFI_INVOKE_API size_t ffi_type_parameter_length(const ffi_ctype *signature, size_t index);

/* The name of a parameter as it was declared; "" if it has none. Valid as long as the type. */
FFI_INVOKE_API const char *ffi_type_parameter_name(const ffi_ctype *signature, size_t index);

/* Annotations: words before the type of a parameter, or before a signature (for its result), that say more than
 * C's types: `own(free) char *strdup(const char *)`. ffi_invoke() ignores them; the conversions of ffi_embed.h
 * obey them. Several may stand together: `out len(n) int *values`. `own` and `nullable` stand at a result that
 * is a pointer; `errno_if` stands at a result that is a pointer or an integer, with NULL or a number of up to
 * 48 bits. `nullable`, `nonnull`, `out`, `inout` and `len` stand at a parameter that is a pointer; `out` and
 * `inout` exclude each other and need a target that is not const; `nullable` and `nonnull` exclude each other.
 * `own` stands at a parameter too if it is the `out` of a pointer: `out own(free) char **text`. A name that
 * ffi_declare() has read as a type is that type, and no annotation.
 *
 * A parameter is `nonnull` also by GNU C's attribute of this name, at the function (`nonnull(1)`, `nonnull` for all
 * pointers) or at the parameter, by C's `char p[static 1]`, and by clang's `char *_Nonnull p`. These say nothing of a
 * parameter that is `nullable`, and the attribute says nothing by the number of something that is no pointer. If one
 * of several declarations of a function says it, it holds. Types do not depend on annotations. */
enum {
    FFI_ANNOTATION_OWN      = 1,  /* own(f): the caller owns what the pointer points to, and frees it by f */
    FFI_ANNOTATION_NULLABLE = 2,  /* nullable: the pointer may be NULL */
    FFI_ANNOTATION_OUT      = 4,  /* out: the callee writes the object that the pointer points to */
    FFI_ANNOTATION_INOUT    = 8,  /* inout: the callee reads that object and then writes it */
    FFI_ANNOTATION_LEN      = 16, /* len(n): the parameter n says how many elements the pointer points to;
                                     len(2): the second parameter says it, and needs no name */
    FFI_ANNOTATION_ERRNO_IF = 32, /* errno_if(-1), errno_if(NULL): such a result is a failure, and errno tells
                                     which; calls keep errno as with FFI_CAPTURE_ERRNO */
    FFI_ANNOTATION_NONNULL  = 64  /* nonnull: the pointer must not be NULL */
};

/* The annotations of the parameter with this index; FFI_RESULT as `index` means the result. ffi_type_owner() is
 * the function that `own` names, "" without `own`. ffi_type_counter() is the index of the parameter that `len`
 * names, FFI_RESULT without `len`. ffi_type_failure() is the value of `errno_if`, 0 without `errno_if`. The
 * value of errno_if(NULL) is 0 too: FFI_ANNOTATION_ERRNO_IF tells the two apart. */
#define FFI_RESULT ((size_t)-1)
FFI_INVOKE_API unsigned    ffi_type_annotations(const ffi_ctype *signature, size_t index);
FFI_INVOKE_API const char *ffi_type_owner(const ffi_ctype *signature, size_t index);
FFI_INVOKE_API size_t      ffi_type_counter(const ffi_ctype *signature, size_t index);
FFI_INVOKE_API int64_t     ffi_type_failure(const ffi_ctype *signature);

/* The members in the order of declaration. Unnamed bit-fields are left out. An unnamed struct or union is one
 * member whose `name` is NULL. False if `index` is past the last member. */
FFI_INVOKE_API size_t ffi_type_field_count(const ffi_ctype *record);
FFI_INVOKE_API bool   ffi_type_field(const ffi_ctype *record, size_t index, ffi_field *field);

/* Finds a member by its name, in unnamed structs and unions too. `offset` counts from the beginning of
 * `record`. */
FFI_INVOKE_API bool ffi_type_field_named(const ffi_ctype *record, const char *name, ffi_field *field);

/* Read and write a member of integer type, which may be a bit-field, of the record at `base`. `base` needs no
 * alignment. Writing keeps the lowest bits of a value that does not fit; for a bool it writes whether the value
 * is not 0. Reading extends the sign if the member's type is signed. Writing a bit-field leaves its neighbours
 * unchanged. Reading a 128-bit member returns its lower 64 bits; writing one extends the sign to 128 bits. A
 * member of any other type reads as 0 and is not written. */
FFI_INVOKE_API int64_t ffi_field_read(const ffi_field *field, const void *base);
FFI_INVOKE_API void    ffi_field_write(const ffi_field *field, void *base, int64_t value);

/* The constants of an enum, in the order of declaration. A struct or union has the constants that are declared
 * within it: C++'s `static const int n = 1;`, and those of enums without a tag. False if `index` is past the last
 * constant. `name` and `value` may be NULL. `*name` is valid as long as the type. */
FFI_INVOKE_API size_t ffi_type_constant_count(const ffi_ctype *type);
FFI_INVOKE_API bool   ffi_type_constant(const ffi_ctype *type, size_t index, const char **name, int64_t *value);

/* The qualifiers of a type. They distinguish `const char *` from `char *`: the target has FFI_QUALIFIER_CONST.
 */
enum {
    FFI_QUALIFIER_CONST     = 1,
    FFI_QUALIFIER_VOLATILE  = 2,
    FFI_QUALIFIER_RESTRICT  = 4,
    FFI_QUALIFIER_ATOMIC    = 8,
    FFI_QUALIFIER_REFERENCE = 16 /* of a pointer: it is a C++ reference, `int &` */
};
FFI_INVOKE_API unsigned ffi_type_qualifiers(const ffi_ctype *type);

/* The tag of a struct, union or enum; the name of a scalar as the text spelled it, which may be a typedef's
 * (`off_t`). "" for every other type, and for a record or enum without a tag. Valid as long as the type. */
FFI_INVOKE_API const char *ffi_type_name(const ffi_ctype *type);

/* Whether the size of a type is known. False for void, signatures, `[]`, and a struct, union or enum whose
 * members are unknown. */
FFI_INVOKE_API bool ffi_type_is_complete(const ffi_ctype *type);

/* Whether two types are the same. The names of scalars are ignored: `long` equals `int64_t` where both have 8
 * bytes. The types may belong to different contexts. */
FFI_INVOKE_API bool ffi_type_equal(const ffi_ctype *a, const ffi_ctype *b);

/* The same, but qualifiers are ignored at every level: `const char *` equals `char *`. */
FFI_INVOKE_API bool ffi_type_equal_unqualified(const ffi_ctype *a, const ffi_ctype *b);

/* Whether C can assign a value of type `from` to an object of type `to` without a cast (C11 6.5.16.1): a number
 * to a number; a record to the same record; a pointer to a pointer with the same target or with the target
 * void, if the target of `to` has all qualifiers of the target of `from`. An array or a function as `from`
 * counts as a pointer. Pointers to `char`, `signed char` and `unsigned char` are three types; `long *` and
 * `long long *` are the same where both have 8 bytes. */
FFI_INVOKE_API bool ffi_type_assignable(const ffi_ctype *to, const ffi_ctype *from);

/* The type without its own qualifiers; the qualifiers of its target stay. NULL on failure. */
FFI_INVOKE_API const ffi_ctype *ffi_type_unqualified(ffi_context *context, const ffi_ctype *type);

/* Whether the type is `char` or a typedef of it: arrays of `char` are text. False for `signed char` and
 * `uint8_t`, which are numbers. */
FFI_INVOKE_API bool ffi_type_is_char(const ffi_ctype *type);

/* Finds the part of a value that a path such as "a.b[1].c" names. `.` and a name select a member, also one of
 * an unnamed struct or union; `[n]` selects an element of an array, a vector or a complex number.
 * `field->offset` counts from the beginning of the whole value. `field->name` is NULL if the path ends in an
 * element. The index is not checked for an array without a length. Returns false if there is no such part; the
 * message names the wrong step of the path. */
FFI_INVOKE_API bool ffi_type_path(const ffi_ctype *type, const char *path, ffi_field *field);

/* Writes the type as C text into `buffer`, at most `size` bytes including the NUL. Returns the length of the
 * whole text without the NUL, as snprintf does. `buffer` may be NULL if `size` is 0. The text is cut if `size`
 * is too small. */
FFI_INVOKE_API size_t ffi_type_format(const ffi_ctype *type, char *buffer, size_t size);

/* The same for the declaration of a name: `int (*name)(void)`. */
FFI_INVOKE_API size_t ffi_type_format_named(const ffi_ctype *type, const char *name, char *buffer, size_t size);

/* The same for the definition of a record or an enum, with the attributes that its layout needs:
 * `struct s { char c; int i; } __attribute__((packed))`. Any other type, also an incomplete one, is written as by
 * ffi_type_format(). */
FFI_INVOKE_API size_t ffi_type_format_definition(const ffi_ctype *type, char *buffer, size_t size);

/* Reads declarations of C: typedefs, structs, unions, enums, prototypes, variables, `static const` and
 * `#define`, with GNU C's attributes and extensions. Bodies of functions are skipped. The text is one of two
 * kinds:
 *   - what `cc -E` or `cc -E -dD` prints. It begins with a line marker, `# 1 "x.h"`. Its macros are known but
 *     not replaced again.
 *   - a header as it is written. Its macros, and those of earlier texts, are replaced by C's rules. It must not
 *     have #include, #if or #ifdef: a preprocessor has to obey those.
 *
 * A parameter that is a transparent_union takes the type of the union's first member, if that is an integer, a
 * pointer or a struct of the same size.
 *
 * A name may be declared again with the same meaning. Records that have one layout and differ only in reserved
 * names of members (`__bits` and `bits`, by feature macros) have the same meaning: the first stays. A #define
 * replaces an earlier #define; it does not replace a declared name.
 *
 * On failure the message has line and column, and the context is unchanged. */
FFI_INVOKE_API ffi_error ffi_declare(ffi_context *context, const char *c_source);

/* The same with options. With FFI_DECLARE_LENIENT the call skips a declaration, a line or a use of a macro that
 * it does not understand: `*skipped` is their number, and `options->skipped` receives a message for each, under
 * the context's lock. `options->skipped` must return; it must not throw, call longjmp or use the context. The
 * call still fails if no memory is left. `options` and `skipped` may be NULL.
 *
 * With FFI_DECLARE_EMBED a struct or union with a tag or a typedef's name that stands alone among members, as in
 * `struct { point_t; int z; }`, gives them its own members. That is -fms-extensions of gcc and clang.
 *
 * With FFI_DECLARE_TWICE two parameters of a function may have one name, which no compiler allows and LuaJIT does.
 *
 * ffi_options.dialect sets the last two for a whole context. */
enum { FFI_DECLARE_LENIENT = 1, FFI_DECLARE_EMBED = 2, FFI_DECLARE_TWICE = 4 };

typedef struct ffi_declare_options {
    unsigned flags;                                       /* FFI_DECLARE_... bits */
    void (*skipped)(const char *message, void *userdata); /* NULL: no messages */
    void *userdata;
} ffi_declare_options;

FFI_INVOKE_API ffi_error ffi_declare_with(ffi_context *context, const char *c_source,
                                          const ffi_declare_options *options, size_t *skipped);

/* Declares `name` as a typedef of a type, for types made without text. The same name again must mean the same
 * type. */
FFI_INVOKE_API ffi_error ffi_declare_typedef(ffi_context *context, const char *name, const ffi_ctype *type);

/* ffi_declared_type() returns the type of a declared function or variable, or of a tag, as in "struct point"; NULL,
 * without an error, if there is none. (ffi_type_parse() returns the type that a typedef names, and declares a tag
 * that is new.) ffi_declared_constant() returns the value of an enum's constant, a `static const` or a `#define`
 * that is an integer; false, without an error, if there is none. An unsigned value above INT64_MAX is returned as
 * the negative value of the same 64 bits; ffi_declared_value() gives the type. The call computes the value of a
 * macro with all macros and names that the context has at that time. */
FFI_INVOKE_API const ffi_ctype *ffi_declared_type(ffi_context *context, const char *name);
FFI_INVOKE_API bool             ffi_declared_constant(ffi_context *context, const char *name, int64_t *value);

/* The symbol by which a library has a declared function or variable: the name in its `asm` label, or its own name
 * if it has no label. NULL, without an error, if no such name is declared, or if it is `static`. Valid as long as
 * the context. */
FFI_INVOKE_API const char *ffi_declared_symbol(ffi_context *context, const char *name);

/* Whether a function is declared with GNU C's attribute `leaf`, as most functions of the C library are: it returns
 * without having called back into the program. False, without an error, if it is not declared. */
FFI_INVOKE_API bool ffi_declared_leaf(ffi_context *context, const char *name);

/* Returns the type of a constant: an integer, a pointer, a real number, or for a string an array of characters.
 * NULL, without an error, if there is none. `*value` becomes an argument of that type: a value of up to 8 bytes
 * is in its own member, an integer also in `.i64`; for a larger one `.ptr` points to its bytes; a string is in
 * `.str`, a wide string in `.ptr`. The bytes of a larger value are valid until the context's next ffi_declare()
 * or similar call, those of a string as long as the context. `value` may be NULL. */
FFI_INVOKE_API const ffi_ctype *ffi_declared_value(ffi_context *context, const char *name, ffi_value *value);

/* The text after a macro's name: `"x"` for `#define NAME "x"`, `(a) ((a) + 1)` for `#define NEXT(a) ((a) + 1)`.
 * False, without an error, if no macro has this name. The text is valid as long as the context. */
FFI_INVOKE_API bool ffi_declared_macro(ffi_context *context, const char *name, const char **text);

/* Declares headers by their names, such as "sys/stat.h", or by paths, such as "./my.h". A path begins with `.`,
 * `/` or a drive, or contains a `\`. It runs the system's preprocessor, without a shell, and reads its output
 * as ffi_declare_with() does, with all macros. `options` may be NULL. An error in a header fails with
 * FFI_ERROR_SYNTAX and the preprocessor's messages. A preprocessor that cannot be run fails with
 * FFI_ERROR_UNSUPPORTED. The call returns after the preprocessor has ended, and holds no lock while it runs. It
 * makes temporary files and, on POSIX systems, a child process, for which it calls waitpid(). */
typedef struct ffi_preprocessor {
    const char *const *command; /* the program and its arguments, then NULL. It reads C from its standard input;
                                   -dD keeps the macros in its output. NULL: cc -E -dD -x c - */
    const char *prologue; /* lines to read before the headers, such as "#define _GNU_SOURCE"; NULL: none */
    const ffi_declare_options
           *declare; /* how the output is declared, as by ffi_declare_with(); NULL: strictly */
    size_t *skipped; /* becomes the number of skipped declarations; may be NULL */
} ffi_preprocessor;

FFI_INVOKE_API ffi_error ffi_declare_headers(ffi_context *context, const char *const *names, size_t count,
                                             const ffi_preprocessor *options);

/* Calls `visit` for each declared name, in the order of first declaration, then for each macro that is a
 * constant, until a call returns false. A tag is visited if its members or constants are declared. The type of
 * a constant is the one that ffi_declared_value() returns. `visit` may call the library; names that it declares
 * are not visited. It must return; it must not throw or call longjmp. A `name` is valid as long as the context.
 * A `visit` that returns false is no failure. */
typedef enum ffi_declared {
    FFI_DECLARED_TYPEDEF,
    FFI_DECLARED_TAG, /* of a struct, union or enum */
    FFI_DECLARED_FUNCTION,
    FFI_DECLARED_VARIABLE,
    FFI_DECLARED_CONSTANT
} ffi_declared;

typedef bool ffi_declared_visitor(ffi_declared what, const char *name, const ffi_ctype *type, void *userdata);
FFI_INVOKE_API ffi_error ffi_declared_each(ffi_context *context, ffi_declared_visitor *visit, void *userdata);

/* A coarser classification than ffi_kind, for hosts that convert their own values. It says which values a C
 * type takes. */
typedef enum ffi_class {
    FFI_CLASS_VOID,
    FFI_CLASS_BOOL,
    FFI_CLASS_INT,       /* a signed integer of up to 64 bits, or an enum with such an integer type */
    FFI_CLASS_UINT,      /* the same, unsigned; a pointer of a data model with pointers of another size */
    FFI_CLASS_REAL,      /* _Float16, float, double */
    FFI_CLASS_TEXT,      /* a pointer to char */
    FFI_CLASS_WIDE_TEXT, /* a pointer to wchar_t, char16_t or char32_t */
    FFI_CLASS_POINTER,
    FFI_CLASS_FUNCTION, /* a pointer to a function */
    FFI_CLASS_RECORD,
    FFI_CLASS_ARRAY, /* an array, a vector or a complex number */
    FFI_CLASS_BIG    /* integers of 128 bits, reals of more than 64 */
} ffi_class;

FFI_INVOKE_API ffi_class ffi_type_class(const ffi_ctype *type);

/* A parameter or a result, as a host sees it. Valid as long as its signature. */
typedef struct ffi_parameter {
    ffi_class        what;
    unsigned         size, alignment; /* in bytes; 0 for void */
    unsigned         annotations;     /* FFI_ANNOTATION_ */
    bool             is_slot;         /* the slot holds the value; otherwise the slot points to the value */
    bool             is_const;        /* a pointer whose target is const */
    const ffi_ctype *type;
    const char      *name;    /* "" if it has none */
    const char      *owner;   /* ffi_type_owner() */
    size_t           counter; /* ffi_type_counter() */
    int64_t          least;   /* the range of FFI_CLASS_BOOL, _INT and _UINT */
    uint64_t         most;
} ffi_parameter;

/* All parameters of a function, as a table by which a host converts values. The shape of a variadic form
 * contains its extra types. */
typedef struct ffi_shape {
    size_t               count;
    ffi_parameter        result;
    const ffi_parameter *parameters;
    const ffi_ctype     *signature;
    unsigned             annotations; /* of all parameters and the result, by bitwise or */
    bool                 is_slots;    /* every argument has is_slot; so has the result, unless it is void */
} ffi_shape;

/* The shape of a function. The first call computes it; later calls take no lock. Fails with FFI_ERROR_MEMORY.
 * Valid as long as the context. */
FFI_INVOKE_API const ffi_shape *ffi_function_shape(const ffi_function *function);

/* Writes the plan of a signature: a line for each argument with its register, or with its offset in bytes from
 * the stack pointer at the call; then the result. It works for every ABI of this build but `wasm32`, which has
 * no plans, on every machine. Returns as ffi_type_format() does; 0 on failure. */
FFI_INVOKE_API size_t ffi_plan_format(ffi_context *context, const ffi_ctype *signature, char *buffer,
                                      size_t size);

/* ---- Libraries and symbols ------------------------------------------------------------------- */

enum {
    FFI_LIBRARY_NOW   = 0, /* the loader resolves every symbol that the library uses at once; the default */
    FFI_LIBRARY_LOCAL = 0, /* libraries loaded later do not see its symbols; the default */
    FFI_LIBRARY_LAZY = 1, /* the loader resolves each symbol at its first use; a missing one ends the process */
    FFI_LIBRARY_GLOBAL  = 2, /* libraries loaded later see its symbols */
    FFI_LIBRARY_NO_LOAD = 4  /* open the library only if the process has loaded it already */
};

/*
 * Opens a library. NULL means the program itself and everything loaded with it. A name with a `/` is a path.
 * Any other name is a bare name: for "m" the call tries libm.so, then its versions such as libm.so.6 (newest
 * first), then "m" itself. A name that begins with "lib" gets no second "lib", and a name that contains ".so"
 * is tried as it is. If the loader's cache lists versions of libz.so, but not libz.so itself, the call begins
 * with the versions, unless LD_LIBRARY_PATH or the program names folders. For glibc's own m, c, dl, pthread and
 * rt it always begins with the version that fits the process. The loader searches its own folders. The current
 * folder is one of them only if LD_LIBRARY_PATH names it; with glibc an empty element of LD_LIBRARY_PATH names
 * it too. If the file is a linker script (GROUP, INPUT), the call opens the first library that the script names.
 *
 * On macOS for "z" the call tries libz.dylib in the program's @rpath, /usr/local/lib, /usr/lib and
 * /opt/homebrew/lib, then z.framework in @rpath, /Library/Frameworks and /System/Library/Frameworks. A name
 * with the suffix .dylib, .so or .bundle is tried in these folders of libraries as it is.
 *
 * On Windows names are UTF-8, and a name with a `\` or a `:` is a path too. For "z" the call tries z.dll,
 * libz.dll, then "z" itself; "c" and "m" mean the C library. The loader searches the program's folder, System32
 * and the folders of AddDllDirectory(); it searches neither the current folder nor PATH. For a library opened
 * by a path, the loader also searches that library's own folder for the libraries that it needs.
 *
 * `flags` are FFI_LIBRARY_... bits. On failure the error is FFI_ERROR_LIBRARY, or FFI_ERROR_DENIED if the
 * policy refused a file; the message lists every attempt with the loader's reason. The loader runs the
 * library's constructors within the call; they may call this library.
 * Opening a library that this context has open returns the same handle; each open needs its own close.
 * ffi_context_free() closes what is still open.
 */
FFI_INVOKE_API ffi_library *ffi_library_open(ffi_context *context, const char *name, unsigned flags);

/* Closes one open. The library stays loaded while functions that were bound from it are alive. One close too
 * many, and any use of a closed handle, fails with FFI_ERROR_ARGUMENT and changes nothing. The library can
 * detect this only while the context lives, and until the handle's memory serves another library: that happens
 * only after 64 other libraries were closed. A use of a closed handle is no failure as long as functions that
 * were bound from it are alive. */
FFI_INVOKE_API void ffi_library_close(ffi_library *library);

/* The name that the loader accepted, for example "libm.so.6"; "" for the program itself. Valid as long as the
 * library handle. */
FFI_INVOKE_API const char *ffi_library_name(const ffi_library *library);

/* The address of a symbol: a function or a variable. The first call asks the loader; later calls find the
 * address in a cache, without a lock. Two kinds of symbols are not cached: those found through the program
 * itself, because their library may be unloaded, and thread-local variables, because each thread has its own
 * address. An address is valid until its library is unloaded. A missing symbol, and a symbol whose address is
 * 0, fails with FFI_ERROR_SYMBOL. `version` is as in dlvsym ("GLIBC_2.2.5"); NULL means the default version. On
 * Windows "#12" is the export with the ordinal 12, and symbols have no versions. */
FFI_INVOKE_API void *ffi_library_symbol(ffi_library *library, const char *name);
FFI_INVOKE_API void *ffi_library_symbol_version(ffi_library *library, const char *name, const char *version);

/* The kind of a symbol, if the library's file records it. */
typedef enum ffi_symbol_kind {
    FFI_SYMBOL_UNKNOWN, /* the file does not record it; files of Windows and macOS never do */
    FFI_SYMBOL_FUNCTION,
    FFI_SYMBOL_DATA,
    FFI_SYMBOL_THREAD_LOCAL, /* a variable that each thread has its own copy of; the address is the calling
                                thread's */
    FFI_SYMBOL_ABSOLUTE      /* a number that the linker was given; the address is that number */
} ffi_symbol_kind;

/* A symbol. The library owns the record and its texts; they are valid during the visit. */
typedef struct ffi_symbol {
    const char     *name;
    void           *address; /* never NULL */
    ffi_symbol_kind kind;
    size_t          size;       /* in bytes; 0 if the file does not record it */
    const char     *version;    /* for ffi_library_symbol_version(); "" if the symbol has none */
    bool            is_default; /* whether ffi_library_symbol() finds this version */
} ffi_symbol;

/* Calls `visit` for each symbol that the library exports, in the file's order, until a call returns false. A
 * name with several versions is visited once for each version. `visit` may call the library, but must not close
 * this handle. It must return; it must not throw or call longjmp. For the program itself these are the symbols
 * that the program exports. Symbols whose address is 0 are left out. If the file is damaged, symbols outside
 * the library's tables or memory are left out too: the call visits all others, then fails with
 * FFI_ERROR_LIBRARY, and the message says how many are left out. */
typedef bool             ffi_symbol_visitor(const ffi_symbol *symbol, void *userdata);
FFI_INVOKE_API ffi_error ffi_library_symbols(ffi_library *library, ffi_symbol_visitor *visit, void *userdata);

/* ---- Policy ---------------------------------------------------------------------------------- */

/* A policy: the symbols that a context may bind. Before the policy is locked, everything may be bound;
 * afterwards only what a rule allows, and everything else fails with FFI_ERROR_DENIED. What was bound before
 * stays bound. A policy is not a sandbox: an allowed function can do anything, such as load code. It keeps the
 * texts of a program from binding functions that the program's author did not intend.
 *
 * A rule's `library_pattern` is one of
 *   - a name as for ffi_library_open(). The library is loaded at once, and the rule then means its file:
 *     links to this file are allowed; copies of it and other files with its name are not;
 *   - a pattern with `*` or `?`, which the real path of a file must match;
 *   - "", the program's own file;
 *   - NULL with a NULL symbol_pattern: ffi_function_new() and similar functions may bind any address.
 *
 * `symbol_pattern` is a name or a pattern with `*` or `?`. A symbol belongs to the file that contains its
 * address, however it was found. Functions that look up others, such as dlsym and GetProcAddress, and ordinals
 * of Windows need a rule with their exact name. If only rules with wildcards match a library that is not
 * loaded, it must be opened by its path. A context may have many rules; each allows more. */
FFI_INVOKE_API ffi_error ffi_policy_allow(ffi_context *context, const char *library_pattern,
                                          const char *symbol_pattern);

/* Locks the policy. A locked policy cannot be unlocked, and ffi_policy_allow() then fails with
 * FFI_ERROR_DENIED. A binding that another thread makes during this call may be checked or not. */
FFI_INVOKE_API ffi_error ffi_policy_lock(ffi_context *context);

/* ---- Functions ------------------------------------------------------------------------------- */

enum {
    FFI_CAPTURE_ERRNO      = 1, /* after each call, keep errno for ffi_captured_errno() */
    FFI_CAPTURE_LAST_ERROR = 2, /* after each call, keep GetLastError() for ffi_captured_last_error(); only on
                                   Windows, FFI_ERROR_UNSUPPORTED elsewhere */
    FFI_BIND_DATA = 4 /* in ffi_binding: bind the symbol even if the library's file records it as data */
};

/* Binds an address to a signature. ffi_function_free() or ffi_context_free() frees the function. `address` must
 * not be NULL, and its code must stay loaded as long as the function is called. If the context's policy is
 * locked and allows no addresses, this function, ffi_function_of() and ffi_function_typed() fail with
 * FFI_ERROR_DENIED. */
FFI_INVOKE_API ffi_function *ffi_function_new(ffi_context *context, void *address, const char *signature);

/* Binds an address to types made without text. `params` is copied. */
FFI_INVOKE_API ffi_function *ffi_function_of(ffi_context *context, void *address, const ffi_ctype *result,
                                             const ffi_ctype *const *params, size_t count);

/* Binds an address to a signature made with ffi_type_signature(). It may be variadic. */
FFI_INVOKE_API ffi_function *ffi_function_typed(ffi_context *context, void *address,
                                                const ffi_ctype *signature);

/* Looks up a symbol and binds it. `name` may be NULL if the signature contains the name. `signature` may be
 * NULL if ffi_declare() has read a prototype of that name. If that function has an `asm` label, the label is
 * the symbol. A symbol that the library's file records as data, such as `environ`, fails with FFI_ERROR_TYPE,
 * because a call would crash; ffi_library_bind() with FFI_BIND_DATA binds it anyway, and so does
 * ffi_function_new(). ffi_function_free() or ffi_context_free() frees the function. */
FFI_INVOKE_API ffi_function *ffi_library_function(ffi_library *library, const char *name,
                                                  const char *signature);

/* One entry of a batch. `name` or `signature` may be NULL, as for ffi_library_function(). On success
 * `*function` is the bound function. */
typedef struct ffi_binding {
    const char    *name;
    const char    *signature;
    ffi_function **function;
    unsigned       flags; /* FFI_CAPTURE_..., FFI_BIND_DATA */
    ffi_error      error; /* output: the error of this entry; FFI_ERROR_NONE if it did not fail */
} ffi_binding;

/* Binds `count` functions, all or none. ffi_function_free() frees each function by itself. On failure no
 * function is made, and every `*function` is NULL. The message lists every name that failed; the error is that
 * of the first of them. */
FFI_INVOKE_API ffi_error ffi_library_bind(ffi_library *library, ffi_binding *bindings, size_t count);

/* Returns the form of a variadic function for extra arguments of these types: "int, double", or "" for none.
 * The call makes the form for each list of types once; later calls return the same form. `function` owns its
 * forms and frees them. As in C, a call passes a `float` as double and an integer smaller than int as int; you
 * still write each slot by the type that you named. A function without `...` fails with FFI_ERROR_TYPE. Called
 * with a form, it returns a form of the original function. */
FFI_INVOKE_API ffi_function *ffi_function_variadic(ffi_function *function, const char *extra_types);

/* The same without text. */
FFI_INVOKE_API ffi_function *ffi_function_variadic_typed(ffi_function *function, const ffi_ctype *const *extra,
                                                         size_t count);

/* Write the types of the arguments that a format of printf, or of scanf, asks for, as ffi_function_variadic()
 * takes them: for printf's "%s %d" they are "const char *, int". Both return as ffi_type_format() does. A
 * format without conversions returns 0 and writes "". A wrong format also returns 0, writes nothing, and fails
 * with FFI_ERROR_SYNTAX; the message has the column. */
FFI_INVOKE_API size_t ffi_types_of_format(const char *format, char *buffer, size_t size);
FFI_INVOKE_API size_t ffi_types_of_scan_format(const char *format, char *buffer, size_t size);

/* Sets the error codes that calls of a function and of its variadic forms keep: FFI_CAPTURE_... bits, which
 * replace the earlier ones. No other thread may call the function meanwhile. */
FFI_INVOKE_API ffi_error ffi_function_capture(ffi_function *function, unsigned flags);

/* A check, called for each function that ffi_library_function() or ffi_library_bind() binds, on the thread that
 * binds. If it returns an error, which it has left with ffi_fail(), the function is not bound, and the call
 * fails with this error. It may call the library, but must free neither the function nor the context, and must
 * not keep the function: another entry of the batch may fail. It must return; it must not throw or call
 * longjmp. ffi_context_check() sets the check of a context; NULL ends the checking. No other thread may bind
 * functions of the context meanwhile. ffi_check_functions() of ffi_embed.h sets a check that reads debug
 * information. */
typedef ffi_error        ffi_check(void *userdata, const ffi_function *function);
FFI_INVOKE_API ffi_error ffi_context_check(ffi_context *context, ffi_check *check, void *userdata);

/* Frees a function with its variadic forms. The context keeps the memory for its next functions. A second free
 * fails with FFI_ERROR_ARGUMENT and changes nothing. The library can detect this only while the context lives,
 * and until the memory serves another function: that happens only after 64 other functions were freed. */
FFI_INVOKE_API void             ffi_function_free(ffi_function *function);
FFI_INVOKE_API void            *ffi_function_address(const ffi_function *function);
FFI_INVOKE_API const ffi_ctype *ffi_function_signature(const ffi_function *function);

/* The name of the symbol that was looked up. If the function was bound by its address, it is the name in the
 * signature's text, or "". Valid as long as the function. */
FFI_INVOKE_API const char *ffi_function_name(const ffi_function *function);

/* ffi_function_library() returns the library in which the function was looked up, or NULL if the function was
 * bound by its address. ffi_function_context() returns the context of the function. */
FFI_INVOKE_API ffi_library *ffi_function_library(const ffi_function *function);
FFI_INVOKE_API ffi_context *ffi_function_context(const ffi_function *function);

/* ---- Calls ----------------------------------------------------------------------------------- */

/* A stub makes a call: it loads the arguments and jumps to the native code. It returns the result in a register
 * if `stub_result` or `pointers_result` says so; it writes every other result to `*result`. ffi_invoke() calls
 * `function->stub`, ffi_invoke_pointers() calls `function->pointers`; a compiler or a JIT may call them too.
 * `stub_result` and `pointers_result` say which member of ffi_stub to use. Only ffi_function_capture(),
 * ffi_function_guard(), ffi_context_guard() and ffi_context_trace() change a function's stubs. */
typedef void     ffi_store_stub(const ffi_function *function, void *result, const void *args);
typedef uint64_t ffi_word_stub(const ffi_function *function, void *result, const void *args);
typedef double   ffi_real_stub(const ffi_function *function, void *result, const void *args);

/* The two registers in which a stub may leave a result. At most one of them holds it. */
typedef struct ffi_word_and_real {
    uint64_t word;
    double   real;
} ffi_word_and_real;

typedef ffi_word_and_real ffi_both_stub(const ffi_function *function, void *result, const void *args);

typedef union ffi_stub {
    ffi_store_stub *store;
    ffi_word_stub  *word; /* the result is in the lowest bytes; the bytes above it may have any value */
    ffi_real_stub  *real; /* a float is in the lower 4 bytes */
    ffi_both_stub  *both; /* the same stub, on System V only: this structure is in rax and xmm0 (psABI 3.2.3) */
} ffi_stub;

/* The values of `stub_result` and `pointers_result`. FFI_RESULT, an index of a parameter, is not one of them. */
enum {
    FFI_RESULT_STORED = 0, /* call `stub.store`: it writes the result to `*result`, or there is no result */
    FFI_RESULT_8      = 1, /* call `stub.word`: the result is an integer, a bool or a pointer; of 8 bits */
    FFI_RESULT_16     = 2,
    FFI_RESULT_32     = 4,
    FFI_RESULT_64     = 8,
    FFI_RESULT_F32    = 20, /* call `stub.real` */
    FFI_RESULT_F64    = 24
};

/* The beginning of a function. Only the library makes functions; their further members are private. */
struct ffi_function {
    ffi_stub      stub;            /* its `args` are slots */
    unsigned char stub_result;     /* where the stub leaves the result: FFI_RESULT_... */
    unsigned char pointers_result; /* the same of `pointers` */
    ffi_stub      pointers;        /* its `args` are pointers to the arguments */
};

/* clang's -fsanitize=cfi, kcfi and function stop an indirect call of code that clang has not compiled. The
 * stubs are written in assembly, so this attribute turns the check off in the functions that call them. */
#if defined(__clang__) && defined(__has_feature)
#if __has_feature(kcfi)
#define FFI_CALLS_UNCHECKED __attribute__((no_sanitize("cfi-icall", "function", "kcfi")))
#else
#define FFI_CALLS_UNCHECKED __attribute__((no_sanitize("cfi-icall", "function")))
#endif
#else
#define FFI_CALLS_UNCHECKED
#endif

/* An assembly statement hides the size of `*result` from gcc's optimiser, which would warn about stores in
 * branches that never run. Translators of C to other languages stop at such a statement. */
#if defined(__GNUC__) && defined(__OPTIMIZE__) && !defined(__clang__)
#define FFI_HIDES_SIZE 1
#else
#define FFI_HIDES_SIZE 0
#endif

/* The body of ffi_invoke(). TinyCC 0.9.27 reads `real` from rdx. */
#if defined(__x86_64__) && !defined(_WIN32) && defined(__GNUC__)

/* One call serves every type of stub, so that no branch is before it. */
FFI_CALLS_UNCHECKED
FFI_INLINE void ffi_invoke_stub(ffi_stub stub, unsigned stub_result, const ffi_function *function, void *result,
                                const void *args) {
    ffi_word_and_real both;
#if FFI_HIDES_SIZE
    __asm__("" : "+r"(result));
#endif
    both = stub.both(function, result, args);
    if (stub_result == FFI_RESULT_STORED || !result) return;
    if (__builtin_expect(stub_result < FFI_RESULT_F32, 1)) {
        if (stub_result == FFI_RESULT_32) memcpy(result, &both.word, 4);
        else if (__builtin_expect(stub_result > FFI_RESULT_32, 1)) memcpy(result, &both.word, 8);
        else if (stub_result == FFI_RESULT_16) memcpy(result, &both.word, 2);
        else memcpy(result, &both.word, 1);
    } else {
        if (__builtin_expect(stub_result == FFI_RESULT_F64, 1)) memcpy(result, &both.real, 8);
        else memcpy(result, &both.real, 4);
    }
}

#else

/* Compilers for RISC-V store byte by byte what they do not know to be aligned. There `stub_result` is
 * FFI_RESULT_STORED for a record that is less aligned than its size. */
#ifdef __riscv
#define FFI_ALIGNED(result, size) __builtin_assume_aligned(result, size)
#else
#define FFI_ALIGNED(result, size) (result)
#endif

FFI_CALLS_UNCHECKED
FFI_INLINE void ffi_invoke_stub(ffi_stub stub, unsigned stub_result, const ffi_function *function, void *result,
                                const void *args) {
#if FFI_HIDES_SIZE
    __asm__("" : "+r"(result));
#endif
    if (stub_result == FFI_RESULT_STORED) {
        stub.store(function, result, args);
    } else if (stub_result < FFI_RESULT_F32) {
        uint64_t word = stub.word(function, result, args);
        if (!result) return;
        if (stub_result == FFI_RESULT_32) memcpy(FFI_ALIGNED(result, 4), &word, 4);
        else if (stub_result > FFI_RESULT_32) memcpy(FFI_ALIGNED(result, 8), &word, 8);
        else if (stub_result == FFI_RESULT_16) memcpy(FFI_ALIGNED(result, 2), &word, 2);
        else memcpy(result, &word, 1);
    } else {
        double real = stub.real(function, result, args);
        if (!result) return;
        if (stub_result == FFI_RESULT_F32) memcpy(FFI_ALIGNED(result, 4), &real, 4);
        else memcpy(FFI_ALIGNED(result, 8), &real, 8);
    }
}

#endif

/* Calls the function. `args` has a slot for each parameter; it may be NULL if there are none. The call writes
 * exactly the size of the result type to `*result`, nothing for void. A NULL `result` discards the result.
 * `result` must be aligned for the result type, and a value that a slot points to for its parameter's type.
 * Nothing is checked here: `function` must not be NULL and must not have been freed. Exceptions and longjmp may
 * pass through. The call itself changes neither errno nor, unless it is guarded, the last error of the thread.
 * A call of a variadic function, not of its form, passes no variable arguments. */
FFI_INLINE void ffi_invoke(const ffi_function *function, void *result, const ffi_value *args) {
    ffi_invoke_stub(function->stub, function->stub_result, function, result, args);
}

/* The same as a symbol of the library, for languages that cannot read inline C. */
FFI_INVOKE_API void ffi_function_invoke(const ffi_function *function, void *result, const ffi_value *args);

/* Calls the function with pointers to the arguments: `args[i]` points to argument i, from which the call reads
 * exactly the size of its type. Everything else is as for ffi_invoke(). */
FFI_INVOKE_API void ffi_invoke_pointers(const ffi_function *function, void *result, void *const *args);

/* The same in line: what the name means in C. Languages that cannot read inline C find the symbol above. */
FFI_INLINE void ffi_invoke_pointers_inline(const ffi_function *function, void *result, void *const *args) {
    ffi_invoke_stub(function->pointers, function->pointers_result, function, result, args);
}

#define ffi_invoke_pointers ffi_invoke_pointers_inline

/* The errno that this thread's last call of a function with FFI_CAPTURE_ERRNO left; 0 before the first such
 * call. On Windows, which has several C libraries, it is the errno of the C library that ffi_invoke is linked
 * with. */
FFI_INVOKE_API int ffi_captured_errno(void);

/* The value of GetLastError() that this thread's last call of a function with FFI_CAPTURE_LAST_ERROR left; 0
 * before the first such call. */
FFI_INVOKE_API unsigned ffi_captured_last_error(void);

/* Sets both for this thread. A layer uses it if it makes a call on one thread and hands over the result on
 * another. */
FFI_INVOKE_API void ffi_captured_set(int error_number, unsigned last_error);

/* A traced call: a call of a function by the library's user, or of a callback by native code. The library calls
 * the tracer before the call and again after the call has returned. What the event points to is valid until the
 * tracer returns. */
typedef struct ffi_trace_event {
    const ffi_function *function;  /* NULL for a call of a callback */
    const ffi_callback *callback;  /* NULL for a call of a function */
    const ffi_ctype    *signature; /* of the function or the callback */
    const char         *name; /* of ffi_function_name(), or in the callback's signature; "" if there is none */
    const ffi_value    *args; /* as for ffi_invoke() and for a handler */
    const void *result; /* NULL before the call, for void, and for a large result that the caller discards */
    uint64_t    nanoseconds; /* the duration of the call; 0 before it */
    bool        is_over;
} ffi_trace_event;

/* A tracer, called on the thread that calls. It may call the library; calls of this context's functions and
 * callbacks are then traced too. The library saves errno before it calls the tracer, and restores it
 * afterwards. The tracer must not free the context. If an exception or longjmp leaves the call, the tracer is
 * not called after it. */
typedef void ffi_trace(void *userdata, const ffi_trace_event *event);

/* Traces all calls of the context's functions and callbacks, also of those made later; NULL ends the tracing.
 * No other thread may call them meanwhile. Calls of a context that is not traced cost nothing more. A callback
 * with hooks, a wrapper or a delivery is traced where native code calls it. Calls of thunks, calls through
 * ffi_function_shifted(), and calls that a compiler makes of an address, are not traced. Fails with
 * FFI_ERROR_DENIED if the system keeps a read-only callback as it is; nothing is traced then. */
FFI_INVOKE_API ffi_error ffi_context_trace(ffi_context *context, ffi_trace *trace, void *userdata);

/* Guards the calls of a function and of its variadic forms, or ends that. It is a debugging aid. After a
 * guarded call the library compares the registers that the ABI makes a callee preserve. If one differs, the
 * library sets the thread's last error to FFI_ERROR_ABI, with the function, the registers and their values
 * before and after. It then calls the hook of ffi_context_guard(), and the caller goes on with its registers as
 * they were. The result and errno are the callee's.
 *   - x86-64: rbx, rbp, r12 to r15, rsp, the direction flag, the control bits of mxcsr, the x87 control word;
 *     rdi, rsi and xmm6 to xmm15 too in the Windows ABI. AArch64: x19 to x29, sp, fpcr, d8 to d15; x18 too in
 *     Apple's ABI. RISC-V: s0 to s11, sp, gp, tp, frm, fs0 to fs11.
 *   - The callee finds other values in the general and vector registers of this list than the caller had; gp
 *     and tp keep theirs.
 *   - mxcsr, the x87 control word, fpcr and frm stay as the callee has left them, because fesetround() and
 *     similar functions change them on purpose. The library reports these changes, too.
 *   - A callee that returns to the wrong place, or with a wrong stack pointer and another broken register, may
 *     crash all the same.
 * A guarded call takes about 0.2 microseconds; a call that is not guarded costs nothing more. Calls through
 * ffi_function_shifted(), and calls that a compiler makes of an address, are not guarded. No other thread may
 * call the function meanwhile. Fails with FFI_ERROR_UNSUPPORTED if this machine cannot call the function. */
FFI_INVOKE_API ffi_error ffi_function_guard(ffi_function *function, bool guarded);

/* A register that a callee did not preserve. */
typedef struct ffi_breach {
    const ffi_function *function;
    const char         *name;      /* "rbx", "xmm6", "direction flag", "mxcsr", "x87 control word" */
    uint64_t            before[2]; /* at the call; the second word is the upper half of xmm6 to xmm15 */
    uint64_t            after[2];  /* when the callee returned */
} ffi_breach;

/* A hook. The library calls it for each such register on the thread that made the call, after it has set the
 * thread's last error. The library restores errno afterwards. The hook must return; it must not throw or call
 * longjmp. */
typedef void ffi_report_breach(void *userdata, const ffi_breach *breach);

/* Guards the calls of all functions of a context, also of those bound later, or ends that; and sets the
 * context's hook, which may be NULL. The hook is called for functions that ffi_function_guard() guards, too.
 * `guarded` false ends the guards of ffi_function_guard() as well. No other thread may call the context's
 * functions meanwhile. */
FFI_INVOKE_API ffi_error ffi_context_guard(ffi_context *context, bool guarded, ffi_report_breach *report,
                                           void *userdata);

/* ---- Callbacks ------------------------------------------------------------------------------- */

/* The function that a callback calls. `args` has a slot for each parameter, as for ffi_invoke(): read a scalar
 * of up to 8 bytes through the member of its type; for any other type `ptr` points to the value. Such a value
 * is aligned for its type, but not for a larger alignment that a typedef adds. If the signature ends in `...`,
 * one more slot follows; its `ptr` points to a va_list of the signature's ABI. Write the result to `*result`,
 * with exactly the size of the result type; bytes that the handler does not write are 0. Arguments and result
 * are valid until the handler returns. The handler runs on the thread that called the callback, which may be a
 * thread that the runtime has not made. It may use every function of the library, and may free its own
 * callback. Exceptions and longjmp may leave it. It may switch to another stack (a coroutine) and return later,
 * on the same thread. */
typedef void ffi_handler(void *result, const ffi_value *args, void *userdata);

/* Makes a native function of this signature that calls `handler`. `userdata` must stay valid until the callback
 * was freed and every call that began before has returned. ffi_callback_free() or ffi_context_free() frees it.
 * No executable memory is written: the callback's code is a page of the library's own code, which the system
 * maps once more. (On Windows it is a copy; the copy is not writable any more when it becomes executable.) If
 * the system refuses the mapping and no freed callback can be used again, the call fails with FFI_ERROR_DENIED
 * and the reason. After the first callback the shared library that contains ffi_invoke stays loaded until the
 * process ends, because native code may call a callback at any time. */
FFI_INVOKE_API ffi_callback *ffi_callback_new(ffi_context *context, const char *signature, ffi_handler *handler,
                                              void *userdata);

/* The same for types made without text. */
FFI_INVOKE_API ffi_callback *ffi_callback_typed(ffi_context *context, const ffi_ctype *signature,
                                                ffi_handler *handler, void *userdata);

/* The same for userdata that the callback owns. `drop` must not be NULL. It is called once with `userdata`:
 * after the callback or its context was freed, and after the last running call of the handler has returned; on
 * the thread that did the later of the two. If an exception or longjmp leaves the handler, `drop` is never
 * called. If the callback cannot be made, `drop` is not called, and the caller still owns the userdata. */
FFI_INVOKE_API ffi_callback *ffi_callback_owned(ffi_context *context, const ffi_ctype *signature,
                                                ffi_handler *handler, void *userdata,
                                                void (*drop)(void *userdata));

/* The function pointer to pass to native code. Cast it to the C type of the signature. It stays callable until
 * the process ends: after ffi_callback_free() its calls are late calls, until it serves another callback. */
FFI_INVOKE_API void *ffi_callback_code(const ffi_callback *callback);

/* Revokes the callback. A later native call does not reach the handler: it returns zeroes, or the result of
 * ffi_callback_default(); after ffi_context_free() always zeroes. A call whose handler has begun ends normally.
 * If the context has `read_only_callbacks` and the system keeps the memory read-only, the free fails with
 * FFI_ERROR_DENIED and the callback stays live. A second free fails with FFI_ERROR_ARGUMENT and changes
 * nothing, until the function pointer serves a new callback.
 *
 * The function pointer serves a new callback, of any context, only if both are true:
 *   - the new callback takes and returns its values in the same registers and stack words, and each value has
 *     the same ffi_kind: so a call through the old pointer is a valid call of the new callback;
 *   - since the free, 1,024 other callbacks of the process were freed and a second has passed; or 8,192 were
 *     freed.
 * The end of a context counts as freeing its callbacks. If the system refuses memory for a new callback, a
 * freed one serves earlier, and as a last resort for any signature. */
FFI_INVOKE_API void ffi_callback_free(ffi_callback *callback);

/* Sets the result that late calls return: calls after ffi_callback_free(), while the context lives. `value` has
 * the size of the result type and is copied. After the callback was freed it fails with FFI_ERROR_ARGUMENT. Two
 * threads must not set the result of one callback at the same time. */
FFI_INVOKE_API ffi_error ffi_callback_default(ffi_callback *callback, const void *value);

/* Writes the result set by ffi_callback_default() to `result`; false if none was set, or if the context was
 * freed. It may be called within a call of the callback, also from a signal handler, and also if the callback
 * was freed meanwhile. */
FFI_INVOKE_API bool ffi_callback_default_result(const ffi_callback *callback, void *result);

/* The number of late calls so far: native calls of freed callbacks of this context. */
FFI_INVOKE_API uint64_t ffi_context_late_calls(const ffi_context *context);

/* The signature and the userdata of a callback. The callback must not have been freed. The signature lacks the
 * names and array lengths of its parameters, unless it has a name or annotations. */
FFI_INVOKE_API const ffi_ctype *ffi_callback_signature(const ffi_callback *callback);
FFI_INVOKE_API void            *ffi_callback_userdata(const ffi_callback *callback);

/* A wrapper, for layers above: native calls of a callback run it instead of the callback's handler. */
typedef struct ffi_wrapper {
    ffi_handler *handler; /* called with `userdata` */
    void        *userdata;
    void (*revoked)(void *userdata); /* called when the callback or its context is freed; may be NULL */
    void (*drop)(void *userdata);    /* called after that, when the last running call has ended */
} ffi_wrapper;

/* Puts a wrapper before a callback's handler. The call sets `*inner` and `*inner_userdata` to the former
 * handler and its userdata, with the context's hooks: the wrapper passes that userdata to it. The wrapper may
 * call it on any thread, until `revoked` is called. No thread may call the callback during this function. A
 * callback has at most one wrapper, until it is freed; a second one fails with FFI_ERROR_ARGUMENT. `handler`
 * and `drop` of the wrapper must not be NULL. `wrapper` is copied. */
FFI_INVOKE_API ffi_error ffi_callback_wrap(ffi_callback *callback, const ffi_wrapper *wrapper,
                                           ffi_handler **inner, void **inner_userdata);

/* The userdata of a callback's wrapper, if the wrapper has this handler; otherwise NULL, without an error. NULL
 * also if the callback was freed. */
FFI_INVOKE_API void *ffi_callback_wrapped(const ffi_callback *callback, ffi_handler *handler);

/* ---- Adapters -------------------------------------------------------------------------------- */

/* Makes a native function pointer that jumps to `entry`, the embedder's own machine code. One register, which holds
 * no argument, then points to a record: r10 on x86-64, x17 on AArch64 and t0 on RISC-V. The record has `target` at
 * offset FFI_THUNK_TARGET and `data` at FFI_THUNK_DATA. Everything else is as the native caller left it, so the
 * entry may call `target` with other arguments, or jump to it:
 *
 *     jmp [r10 + 8]         ldr x16, [x17, #8]; br x16         ld t1, 8(t0); jr t1
 *
 * With control-flow enforcement `entry` begins with endbr64, `bti c` or `lpad 0`. A call takes about one
 * instruction more than a jump through memory. The context's hooks are not called. The library maps the code as
 * ffi_callback_new() does, and the call fails as ffi_callback_new() does. ffi_thunk_free() or
 * ffi_context_free() frees the thunk. */
enum { FFI_THUNK_TARGET = 8, FFI_THUNK_DATA = 16 };

FFI_INVOKE_API ffi_thunk *ffi_thunk_new(ffi_context *context, const void *entry, void *target, void *data);

/* Returns an entry for ffi_thunk_new() that jumps to `target` with `data` as one more argument, in the integer
 * register with this index: so `int target(state *, void *data)` becomes an `int (*)(state *)` with index 1. The
 * arguments before it stay in their registers; there must be as many integers and pointers among them as the
 * index says (on Windows as many arguments of any type), none in memory. NULL with FFI_ERROR_RANGE if there is
 * no such register. */
FFI_INVOKE_API const void *ffi_thunk_entry(unsigned index);
FFI_INVOKE_API void       *ffi_thunk_code(const ffi_thunk *thunk);

/* Revokes the thunk, as ffi_callback_free() revokes a callback. Later calls leave zero in all result registers,
 * and ffi_context_late_calls() counts them. The pointer serves another thunk under the same conditions as a
 * callback's. */
FFI_INVOKE_API void ffi_thunk_free(ffi_thunk *thunk);

/* Makes a native function pointer with `drop` pointer parameters before the function's own ones. It drops them
 * and jumps to the function: so native code that passes an instance or a receiver first can call the function
 * directly. On x86-64 such a call costs less than a nanosecond more. `drop` 0 returns the function's address.
 * FFI_CAPTURE_... has no effect on such calls. The function owns the pointer and keeps one for each `drop`; after
 * the function is freed, calls return zeroes. Fails with FFI_ERROR_UNSUPPORTED if an argument on the stack would
 * have to move, and with FFI_ERROR_DENIED if the system refuses another trampoline. */
FFI_INVOKE_API void *ffi_function_shifted(ffi_function *function, unsigned drop);

/* Writes the moves of such a pointer for a signature: a line for each register that takes the value of another
 * one. It works for every ABI of this build but `wasm32` and `vectorcall`, on every machine. Returns as
 * ffi_type_format() does; 0 on failure. */
FFI_INVOKE_API size_t ffi_shift_format(ffi_context *context, const ffi_ctype *signature, unsigned drop,
                                       char *buffer, size_t size);

#ifdef __cplusplus
}
#endif

#ifdef FFI_QUIET_CLANG
#undef FFI_QUIET_CLANG
#pragma clang diagnostic pop
#endif
#endif
