/* SPDX-License-Identifier: MIT */
/*
 * ffi_invoke: call native functions whose types are known only at run time. This header is C89 with <stdint.h>
 * and <stdbool.h>, and C++98; ffi_invoke() needs the assembly statements of gcc and clang.
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
 *     where, and what to do about it; nothing has changed and nothing leaks.
 *   - A NULL handle or a NULL text is an error (FFI_ERROR_ARGUMENT), never a crash. Freeing or closing
 *     NULL does nothing. A query that cannot fail returns an empty answer for NULL.
 *   - A type made in one context cannot be used in another.
 *   - A call needs a few hundred bytes of stack besides the callee's, and twice its arguments on the
 *     stack; a result in memory that is discarded is kept there too. Everything else needs at most 64 KiB.
 *     So a text that nests more than 64 levels of brackets, declarators or bodies, and a type within more
 *     than 150 others, are FFI_ERROR_RANGE.
 *   - After fork the child may go on using what the parent had made, unless another thread of the
 *     parent was within a function other than a call. Contexts that the child makes itself always work.
 *   - Any thread may call any function. A context locks itself; a call (ffi_invoke) takes no lock. Do
 *     not free an object that another thread is using.
 *   - Text is NUL-terminated and copied; the caller keeps what it passed.
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

#ifndef FFI_INVOKE_API
#define FFI_INVOKE_API
#endif

#ifdef __GNUC__
#define FFI_PRINTF_LIKE(text, first) __attribute__((format(printf, text, first)))
#else
#define FFI_PRINTF_LIKE(text, first)
#endif

/* `inline` and `_Bool` are extensions before C99; FFI_INLINE begins the functions that are defined here. */
#if defined __cplusplus || (defined __STDC_VERSION__ && __STDC_VERSION__ >= 199901L)
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

/* The version of the library that is running, as "0.1.0". */
FFI_INVOKE_API const char *ffi_version(void);

/* ---- Values ---------------------------------------------------------------------------------- */

/* One 8-byte slot. An argument array has one slot for each argument. A scalar of up to 8 bytes is stored in the
 * slot, through the member of its type; the slot's other bytes are unspecified. An integer of any size may also
 * be stored through `i64`. That member comes first, so {{2}, {10}} means two integers. */
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
    FFI_ERROR_TYPE,        /* the text is well-formed, but names an unknown type or one not allowed there */
    FFI_ERROR_LIBRARY,     /* the library could not be loaded; the message lists every attempt */
    FFI_ERROR_SYMBOL,      /* the library has no such symbol */
    FFI_ERROR_UNSUPPORTED, /* correct, but this build or this machine cannot do it */
    FFI_ERROR_RANGE,       /* a limit was passed: arguments, nesting, size */
    FFI_ERROR_DENIED,      /* the system refused it, by a policy or a limit */
    FFI_ERROR_SYSTEM       /* a call failed, and errno says why; the message has its name and text */
} ffi_error;

/* The name of an error as written above, for example "FFI_ERROR_SYNTAX". Never NULL. */
FFI_INVOKE_API const char *ffi_error_name(ffi_error error);

/* The error and the message of this thread's last failing call. A call that succeeds changes neither. The text
 * is never NULL and is valid until this thread's next failing call. It has at most 4 KiB; a longer list is cut,
 * and its end says how many entries are left out. */
FFI_INVOKE_API ffi_error   ffi_last_error(void);
FFI_INVOKE_API const char *ffi_last_message(void);

/* Makes this the thread's last error, for layers above this one and functions that a runtime registers. Returns
 * `error`. The format is printf's. */
FFI_INVOKE_API ffi_error ffi_fail(ffi_error error, const char *format, ...) FFI_PRINTF_LIKE(2, 3);

/* ---- Context --------------------------------------------------------------------------------- */

/* Allocates, resizes and frees all memory of a context except the pages of its callbacks and the records of
 * ffi_callback_owned(), which the process keeps. It works like C's realloc with the old size added: `block`
 * NULL allocates; `new_size` 0 frees and returns NULL. The memory must be aligned as malloc's. The library
 * calls it under the context's lock, on the thread that called the library. It must return, not throw or
 * longjmp, or the lock stays taken. It must not call the library. */
typedef void *ffi_allocate(void *userdata, void *block, size_t old_size, size_t new_size);

/* Called before and after every handler of the context's callbacks, on the thread that called the callback. Use
 * them to take an interpreter's lock, or to attach a thread that is new to the runtime. `leave` receives the
 * return value of `enter`. Exceptions and longjmp may leave both, and a handler; `leave` is not called then.
 * Both may call the library. */
typedef void *ffi_enter(void *userdata);
typedef void  ffi_leave(void *userdata, void *entered);

/* Called when native code calls a freed callback, once for each callback, on the thread that called. The texts
 * are valid during this call. `name` is the name in the callback's signature, or "". The function must return,
 * not throw or longjmp, and must not free the context: ffi_context_free() waits for it for ever. */
typedef void ffi_report_late(void *userdata, const char *name, const char *signature);

typedef struct ffi_options {
    ffi_allocate    *allocate; /* NULL: the C library's */
    void            *userdata; /* passed to `allocate` */
    const char      *abi;      /* the ABI of signatures, by its name; NULL: the platform's own */
    ffi_enter       *enter;    /* each of these three may be NULL */
    ffi_leave       *leave;
    ffi_report_late *report_late;
    void            *hook_userdata; /* passed to these three */
    bool read_only_callbacks; /* keep callbacks in memory that is read-only but for the moments at which one is
                                 made or freed, which then cost two system calls */
} ffi_options;

/* Makes a context. `options` is copied; NULL means the defaults. An unknown ABI fails with FFI_ERROR_ARGUMENT,
 * and the message lists the ABIs of this build. */
FFI_INVOKE_API ffi_context *ffi_context_new(const ffi_options *options);

/* Frees the context and everything made through it: types, functions, callbacks, libraries. Types and plans
 * live until then: a context grows with the number of different types, not with the number of functions made
 * and freed. Other threads may call its callbacks meanwhile: calls that have reached their handler end
 * normally, later ones return zeroes. What a handler or a hook uses must live until the calls have returned
 * that began before ffi_context_free() did. */
FFI_INVOKE_API void ffi_context_free(ffi_context *context);

/* Memory of the context's allocator, with the meaning of ffi_allocate; the context is locked meanwhile. NULL
 * with FFI_ERROR_MEMORY if `new_size` bytes are refused. What is not given back is lost: the end of the context
 * does not free it. */
FFI_INVOKE_API void *ffi_context_memory(ffi_context *context, void *block, size_t old_size, size_t new_size);

/* Keeps a value for a layer above with the context, found by `key`, an address of the layer's own. When the
 * context is freed, `end` is called with it before anything else ends, the latest first. If another thread was
 * first, its value stays: the value that is kept is returned, NULL with an error. */
FFI_INVOKE_API void *ffi_context_attach(ffi_context *context, const void *key, void *value,
                                        void (*end)(ffi_context *context, void *value));
FFI_INVOKE_API void *ffi_context_attached(ffi_context *context, const void *key); /* NULL: nothing is */

/* The name of the ABI numbered `index` from 0; NULL after the last. */
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

/* Reads a type or a signature. The text may contain, wherever C allows a type:
 *   C               `unsigned long`, `const char *`, `enum color`, `struct stat *`, `double (*)(double)`,
 *                   the names of <stdint.h>, <stddef.h>, <stdbool.h>, <uchar.h>, ssize_t, va_list,
 *                   and Intel's `__m64 __m128 __m128d __m128i` to `__m512i`
 *   short names     `void bool i8 u8 i16 u16 i32 u32 i64 u64 i128 u128 f16 f32 f64 f80 f128 ptr str isize
 * usize`, `int8 uint8 int16 uint16 int32 uint32 int64 uint64 uint string pointer` signatures      `double
 * pow(double x, double y)`, `double(double, double)`, `int (const char *, ...)`; types after the `...` are the
 * variable arguments of one call: `int (str, ..., double)`; where a function here takes a signature, a pointer
 * to one stands for it: `int (*)(int)` attributes      `__attribute__((sysv_abi))`, `ms_abi` or `vectorcall`
 * (also `__vectorcall` before the name) at a signature chooses its ABI Sizes follow the data model of the
 * context's ABI, not of the machine. The same type read twice is the same pointer. */
FFI_INVOKE_API const ffi_ctype *ffi_type_parse(ffi_context *context, const char *text);

/* Make types without text, for runtimes with their own parser. `kind` is VOID to F64, or I128 to F128. */
FFI_INVOKE_API const ffi_ctype *ffi_type_scalar(ffi_context *context, ffi_kind kind);
FFI_INVOKE_API const ffi_ctype *ffi_type_pointer_to(ffi_context *context, const ffi_ctype *pointee);

FFI_INVOKE_API const ffi_ctype *ffi_type_array_of(ffi_context *context, const ffi_ctype *element, size_t count);
FFI_INVOKE_API const ffi_ctype *ffi_type_vector_of(ffi_context *context, const ffi_ctype *element,
                                                   size_t count);
FFI_INVOKE_API const ffi_ctype *ffi_type_complex_of(ffi_context *context, const ffi_ctype *element);

/* A member of a struct or union. ffi_type_field() and ffi_type_field_named() fill it in. ffi_type_struct() and
 * ffi_type_record() read `name`, `type`, `alignment`, `is_bits` and `bit_width`. */
typedef struct ffi_field {
    const char      *name;    /* NULL for an unnamed member */
    const ffi_ctype *type;    /* for a bit-field: its declared type */
    size_t           offset;  /* in bytes; for a bit-field: the offset of the unit of its type that holds it */
    bool             is_bits; /* a bit-field; width 0 is accepted as input and never returned */
    unsigned         bit_offset; /* a bit-field's lowest bit, counted from the lowest bit of that unit; a packed
                                    bit-field may extend beyond the unit's end */
    unsigned bit_width;
    size_t   alignment; /* of __attribute__((aligned)); 0: no such attribute */
} ffi_field;

/* Make a struct or union with these members, laid out by the data model of the context's ABI. `name` is its
 * tag, or NULL. A tag can be completed once. ffi_type_record() also makes unions (`kind`) and takes attributes:
 * `alignment` is that of __attribute__((aligned)), or 0; `pack` is that of #pragma pack, or 0, and 1 means
 * __attribute__((packed)). `fields` is copied. */
FFI_INVOKE_API const ffi_ctype *ffi_type_struct(ffi_context *context, const char *name, const ffi_field *fields,
                                                size_t count);
FFI_INVOKE_API const ffi_ctype *ffi_type_record(ffi_context *context, ffi_kind kind, const char *name,
                                                const ffi_field *fields, size_t count, size_t alignment,
                                                size_t pack);

/* Makes an enum with these constants. `integer` is the integer type that holds its values; in C the compiler
 * chooses it. `name` is its tag, or NULL. `constants` is copied. */
typedef struct ffi_constant {
    const char *name;
    int64_t     value;
} ffi_constant;

FFI_INVOKE_API const ffi_ctype *ffi_type_enum(ffi_context *context, const char *name,
                                              const ffi_constant *constants, size_t count,
                                              const ffi_ctype *integer);

/* Makes a signature. `fixed` is the number of parameters before the `...`, or FFI_NOT_VARIADIC. `params` has
 * `count` types and is copied. */
#define FFI_NOT_VARIADIC ((size_t)-1)
FFI_INVOKE_API const ffi_ctype *ffi_type_signature(ffi_context *context, const ffi_ctype *result,
                                                   const ffi_ctype *const *params, size_t count, size_t fixed);

/* Queries about a type. None can fail. NULL has kind VOID. Sizes and alignments are in bytes; they are 0 for
 * void, for signatures, and for a struct, union or enum whose members are unknown. If another thread declares
 * the members, this thread sees them after that declaration has succeeded, never before. A complete type does
 * not change. */
FFI_INVOKE_API ffi_kind ffi_type_kind(const ffi_ctype *type);
FFI_INVOKE_API size_t   ffi_type_size(const ffi_ctype *type);
FFI_INVOKE_API size_t   ffi_type_alignment(const ffi_ctype *type);

/* The pointee of a pointer, the element of an array, vector or complex type, the integer type of an enum, the
 * result of a signature; NULL for every other type. */
FFI_INVOKE_API const ffi_ctype *ffi_type_target(const ffi_ctype *type);

/* The number of elements of an array or a vector. 0 for every other type, for `[]`, and for GNU C's `[0]`,
 * which is complete. */
FFI_INVOKE_API size_t ffi_type_length(const ffi_ctype *type);

/* The parameters of a signature. ffi_type_fixed_count() is the number of parameters before the `...`, or of all
 * parameters if there is no `...`. */
FFI_INVOKE_API size_t           ffi_type_parameter_count(const ffi_ctype *signature);
FFI_INVOKE_API size_t           ffi_type_fixed_count(const ffi_ctype *signature);
FFI_INVOKE_API const ffi_ctype *ffi_type_parameter(const ffi_ctype *signature, size_t index);
FFI_INVOKE_API bool             ffi_type_is_variadic(const ffi_ctype *signature);

/* The number of elements of a parameter that is declared as an array: 2 for `int p[2]` and `int p[static 2]`.
 * The type of such a parameter is a pointer to an element. 0 if the parameter is not declared as an array, or
 * has no constant length. Calls do not depend on the length: signatures that differ in lengths only are equal.
 */
FFI_INVOKE_API size_t ffi_type_parameter_length(const ffi_ctype *signature, size_t index);

/* The name of a parameter as it was declared; "" if it has none. Lives as the type. */
FFI_INVOKE_API const char *ffi_type_parameter_name(const ffi_ctype *signature, size_t index);

/* Words before the type of a parameter, or before a signature, about what C's types cannot say:
 * `own(free) char *strdup(const char *)`. Calls do not depend on them; ffi_embed.h's do. */
enum {
    FFI_ANNOTATION_OWN      = 1,  /* own(f): the pointer is the caller's, who gives it back by f */
    FFI_ANNOTATION_NULLABLE = 2,  /* the pointer may be NULL */
    FFI_ANNOTATION_OUT      = 4,  /* the callee writes what the pointer points to */
    FFI_ANNOTATION_INOUT    = 8,  /* the same, and reads it before */
    FFI_ANNOTATION_LEN      = 16, /* len(n): it points to as many elements as the parameter n says */
    FFI_ANNOTATION_ERRNO_IF = 32  /* errno_if(-1), errno_if(NULL): such a result is a failure told by errno,
                                     which  calls then keep as by FFI_CAPTURE_ERRNO */
};

/* The annotations of a parameter, or with FFI_RESULT of the result; and what they name: the function of `own`,
 * "" without it; the index of the parameter of `len`, or FFI_RESULT without it; the value of `errno_if`. */
#define FFI_RESULT ((size_t)-1)
FFI_INVOKE_API unsigned    ffi_type_annotations(const ffi_ctype *signature, size_t index);
FFI_INVOKE_API const char *ffi_type_owner(const ffi_ctype *signature, size_t index);
FFI_INVOKE_API size_t      ffi_type_counter(const ffi_ctype *signature, size_t index);
FFI_INVOKE_API int64_t     ffi_type_failure(const ffi_ctype *signature);

/* The members in the order of declaration. Unnamed bit-fields are left out. An unnamed struct or union is one
 * member without a name. False if `index` is past the last member. */
FFI_INVOKE_API size_t ffi_type_field_count(const ffi_ctype *record);
FFI_INVOKE_API bool   ffi_type_field(const ffi_ctype *record, size_t index, ffi_field *field);

/* Finds a member by its name, in unnamed structs and unions too. `offset` counts from the beginning of
 * `record`. */
FFI_INVOKE_API bool ffi_type_field_named(const ffi_ctype *record, const char *name, ffi_field *field);

/* Read and write a member of integer type, which may be a bit-field, of the record at `base`. Reading extends
 * the sign if the member's type is signed. Writing a bit-field leaves its neighbours unchanged. A member of 128
 * bits is read by its lower 64 bits, and written as C assigns an int64_t to it. A member of any other type
 * reads as 0 and is not written. */
FFI_INVOKE_API int64_t ffi_field_read(const ffi_field *field, const void *base);
FFI_INVOKE_API void    ffi_field_write(const ffi_field *field, void *base, int64_t value);

/* The constants of an enum, in the order of declaration. False if `index` is past the last constant. */
FFI_INVOKE_API size_t ffi_type_constant_count(const ffi_ctype *enumeration);
FFI_INVOKE_API bool   ffi_type_constant(const ffi_ctype *enumeration, size_t index, const char **name,
                                        int64_t *value);

/* The qualifiers of a type. They distinguish `const char *` from `char *`: the target has FFI_QUALIFIER_CONST.
 */
enum {
    FFI_QUALIFIER_CONST    = 1,
    FFI_QUALIFIER_VOLATILE = 2,
    FFI_QUALIFIER_RESTRICT = 4,
    FFI_QUALIFIER_ATOMIC   = 8
};
FFI_INVOKE_API unsigned ffi_type_qualifiers(const ffi_ctype *type);

/* The tag of a struct, union or enum, or the name of a scalar, that of a typedef if it was written so
 * (`off_t`);
 * "" where there is none. */
FFI_INVOKE_API const char *ffi_type_name(const ffi_ctype *type);

/* Whether the size of a type is known. False for void, signatures, `[]`, and a struct, union or enum of which
 * only the tag is known. */
FFI_INVOKE_API bool ffi_type_is_complete(const ffi_ctype *type);

/* Whether two types are the same. Names of scalars do not count: `long` equals `int64_t` where both have 8
 * bytes. The types may belong to different contexts. */
FFI_INVOKE_API bool ffi_type_equal(const ffi_ctype *a, const ffi_ctype *b);

/* The same, whatever the qualifiers, also behind pointers: `const char *` and `char *` are equal. */
FFI_INVOKE_API bool ffi_type_equal_unqualified(const ffi_ctype *a, const ffi_ctype *b);

/* Whether C assigns a value of type `from` to one of type `to` without a cast (C11 6.5.16.1): numbers to
 * numbers, a record to its own type, a pointer to one that points to the same with at least its qualifiers, or
 * to void. An array or a function is a pointer as `from`. Pointers to `char`, `signed char` and `unsigned char`
 * are three types; `long *` and `long long *` are the same where both have 8 bytes. */
FFI_INVOKE_API bool ffi_type_assignable(const ffi_ctype *to, const ffi_ctype *from);

/* The type without its qualifiers; NULL with an error. */
FFI_INVOKE_API const ffi_ctype *ffi_type_unqualified(ffi_context *context, const ffi_ctype *type);

/* Whether it is `char`, whose arrays are text; `signed char` and `uint8_t` are numbers. Typedefs of it are it
 * too. */
FFI_INVOKE_API bool ffi_type_is_char(const ffi_ctype *type);

/* The place within a type that a path such as "a.b[1].c" names: members, those of unnamed ones too, and
 * elements of arrays, vectors and complex numbers. `field->offset` is from the whole's beginning; `name` is
 * NULL if the path ends in an element. The index of an array without a length is not checked. False, with an
 * error that names the part at fault, if there is no such place. */
FFI_INVOKE_API bool ffi_type_path(const ffi_ctype *type, const char *path, ffi_field *field);

/* Writes the type as C text into `buffer`, at most `size` bytes including the NUL. `buffer` may be NULL if
 * `size` is 0. Returns the length of the whole text without the NUL, as snprintf does. */
FFI_INVOKE_API size_t ffi_type_format(const ffi_ctype *type, char *buffer, size_t size);

/* Writes the declaration of a name: `int (*name)(void)`. Otherwise as ffi_type_format(). */
FFI_INVOKE_API size_t ffi_type_format_named(const ffi_ctype *type, const char *name, char *buffer, size_t size);

/* Reads the declarations of a header, as written or as `cc -E` prints it: typedefs, structs, unions, enums,
 * prototypes, variables, `static const` and `#define` of integer constants, with GNU C's attributes and
 * extensions. It skips bodies of functions. A parameter that is a transparent_union takes the type of the
 * union's first member, if that is an integer, a pointer or a struct of the same size. On failure the message
 * has line and column, and the context is unchanged. A name may be declared again with the same meaning. A
 * #define replaces an earlier #define; it does not replace a declared name. */
FFI_INVOKE_API ffi_error ffi_declare(ffi_context *context, const char *c_source);

/* ffi_declared_type() returns the type of a declared function or variable; NULL, without an error, if there is
 * none. ffi_declared_constant() returns the value of an enum's constant, a `static const` or a `#define`; false
 * if there is none. An unsigned value above INT64_MAX is returned as the negative value of the same 64 bits;
 * ffi_declared_each() gives the type of a constant. */
FFI_INVOKE_API const ffi_ctype *ffi_declared_type(ffi_context *context, const char *name);
FFI_INVOKE_API bool             ffi_declared_constant(ffi_context *context, const char *name, int64_t *value);

/* The text that a macro stands for, from its parameters on if it has some: `"x"` for `#define NAME "x"`,
 * `(a) ((a) + 1)` for `#define NEXT(a) ((a) + 1)`. False if there is none of that name. Lives as the context.
 */
FFI_INVOKE_API bool ffi_declared_macro(ffi_context *context, const char *name, const char **text);

/* Declares headers by their names, such as "sys/stat.h", or by paths ("./my.h"): runs the system's
 * preprocessor, without a shell, and declares what it makes of them and all macros. `options` may be NULL. An
 * error of the preprocessor is FFI_ERROR_SYNTAX with its messages; FFI_ERROR_UNSUPPORTED if it cannot be run.
 */
typedef struct ffi_preprocessor {
    const char *const *command; /* its words, which end with NULL; NULL: cc -E -dD -x c -. It reads C from its
                                   standard input; with -dD it leaves the macros in what it writes */
    const char *prologue;       /* lines before the headers, such as "#define _GNU_SOURCE"; NULL: none */
} ffi_preprocessor;

FFI_INVOKE_API ffi_error ffi_declare_headers(ffi_context *context, const char *const *names, size_t count,
                                             const ffi_preprocessor *options);

/* Calls `visit` for each declared name, in the order of first declaration, until a call returns false. A tag is
 * visited if its members or constants are declared. The type of a constant is its integer type. */
typedef enum ffi_declared {
    FFI_DECLARED_TYPEDEF,
    FFI_DECLARED_TAG, /* of a struct, union or enum */
    FFI_DECLARED_FUNCTION,
    FFI_DECLARED_VARIABLE,
    FFI_DECLARED_CONSTANT
} ffi_declared;

typedef bool ffi_declared_visitor(ffi_declared what, const char *name, const ffi_ctype *type, void *userdata);
FFI_INVOKE_API ffi_error ffi_declared_each(ffi_context *context, ffi_declared_visitor *visit, void *userdata);

/* What a value is to a host that converts its own. */
typedef enum ffi_class {
    FFI_CLASS_VOID,
    FFI_CLASS_BOOL,
    FFI_CLASS_INT,       /* a signed integer of up to 64 bits, or an enum made of one */
    FFI_CLASS_UINT,      /* the same unsigned */
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

/* A parameter, or a result. Valid as long as its signature. */
typedef struct ffi_parameter {
    ffi_class        what;
    unsigned         size, alignment; /* in bytes; 0 for void */
    unsigned         annotations;     /* FFI_ANNOTATION_ */
    bool             is_slot;         /* the value stands in its slot; otherwise the slot points to it */
    bool             is_const;        /* what it points to is const */
    const ffi_ctype *type;
    const char      *name;    /* "" if it has none */
    const char      *owner;   /* ffi_type_owner() */
    size_t           counter; /* ffi_type_counter() */
    int64_t          least;   /* of BOOL, INT and UINT */
    uint64_t         most;
} ffi_parameter;

/* All parameters of a signature, variable ones of a form included: what hosts convert by, as a table. */
typedef struct ffi_shape {
    size_t               count;
    ffi_parameter        result;
    const ffi_parameter *parameters;
    const ffi_ctype     *signature;
    unsigned             annotations; /* of any of them */
    bool                 is_slots;    /* every argument, and the result unless it is void, stands in a slot */
} ffi_shape;

/* Computed when first asked for; then a look-up without a lock. NULL with an error if memory is out. */
FFI_INVOKE_API const ffi_shape *ffi_function_shape(const ffi_function *function);

/* Writes the plan of a signature: a line for each argument with its register or its stack offset (in bytes from
 * the stack pointer at the call), then the result. It works for every ABI of this build, on every machine.
 * Returns as ffi_type_format() does; 0 on failure. */
FFI_INVOKE_API size_t ffi_plan_format(ffi_context *context, const ffi_ctype *signature, char *buffer,
                                      size_t size);

/* ---- Libraries and symbols ------------------------------------------------------------------- */

enum {
    FFI_LIBRARY_NOW     = 0, /* bind every symbol of the library at once; the default */
    FFI_LIBRARY_LOCAL   = 0, /* libraries loaded later do not see its symbols; the default */
    FFI_LIBRARY_LAZY    = 1, /* bind at first use: a missing symbol ends the process then */
    FFI_LIBRARY_GLOBAL  = 2, /* libraries loaded later see its symbols */
    FFI_LIBRARY_NO_LOAD = 4  /* open it only if it is loaded already */
};

/* Opens a library. NULL means the program itself and everything loaded with it. A name with a `/` is a path.
 * Any other name is a bare name: for "m" the library tries libm.so, then its versions such as libm.so.6 (newest
 * first), then "m" itself. It does not try libm.so if the loader's cache has versions only. The loader searches
 * its own folders. The current folder is one of them only if LD_LIBRARY_PATH names it; with glibc an empty
 * element of LD_LIBRARY_PATH names it too. A linker script (GROUP, INPUT) in place of a library means the first
 * library that the script names.
 *
 * On Windows names are UTF-8, and a name with a `\` or a `:` is a path too. "z" means z.dll, then libz.dll; "c"
 * and "m" mean the C library. The loader searches the program's folder, System32 and the folders of
 * AddDllDirectory(); it searches neither the current folder nor PATH. A library opened by a path finds the
 * libraries that it needs in its own folder.
 *
 * On failure the message lists every attempt with the loader's reason. Opening a library that this context has
 * open returns the same handle; each open needs its own close. */
FFI_INVOKE_API ffi_library *ffi_library_open(ffi_context *context, const char *name, unsigned flags);

/* Gives back one open. The library stays loaded while functions bound from it live. A close more than there
 * were opens is FFI_ERROR_ARGUMENT and changes nothing, and so is a use of a library that is no longer loaded.
 * This cannot be known after the context's end, nor when the handle's memory has become another library's: 64
 * other libraries or more were unloaded since, and one was opened. */
FFI_INVOKE_API void ffi_library_close(ffi_library *library);

/* The name that the loader accepted, for example "libm.so.6"; "" for the program itself. Valid as long as the
 * library handle. */
FFI_INVOKE_API const char *ffi_library_name(const ffi_library *library);

/* The address of a symbol, function or data. The first call looks it up; later calls find it in a cache without
 * a lock. Two kinds of symbols are not cached: those of the program itself, because their library may be
 * unloaded, and thread-local variables, because each thread has its own address. A symbol whose address is 0 is
 * an error, like a missing one. `version` is as in dlvsym ("GLIBC_2.2.5"); NULL means the default version. On
 * Windows "#12" is the export with that ordinal, and there are no versions. */
FFI_INVOKE_API void *ffi_library_symbol(ffi_library *library, const char *name);
FFI_INVOKE_API void *ffi_library_symbol_version(ffi_library *library, const char *name, const char *version);

/* The kind of a symbol, if the library's file records it. */
typedef enum ffi_symbol_kind {
    FFI_SYMBOL_UNKNOWN, /* the file does not record it; files of Windows and macOS never do */
    FFI_SYMBOL_FUNCTION,
    FFI_SYMBOL_DATA,
    FFI_SYMBOL_THREAD_LOCAL, /* a variable of each thread; its address is the calling thread's */
    FFI_SYMBOL_ABSOLUTE      /* a number that was given to the linker; the address is that number */
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
 * name with several versions is visited once for each version. For the program itself these are the symbols
 * that the program exports. Symbols whose address is 0 are left out. In a damaged file symbols outside the
 * library's tables or memory are left out too; the call then visits all others, fails with FFI_ERROR_LIBRARY,
 * and the message says how many were left out. */
typedef bool             ffi_symbol_visitor(const ffi_symbol *symbol, void *userdata);
FFI_INVOKE_API ffi_error ffi_library_symbols(ffi_library *library, ffi_symbol_visitor *visit, void *userdata);

/* ---- Functions ------------------------------------------------------------------------------- */

enum {
    FFI_CAPTURE_ERRNO      = 1, /* keep errno as the call left it, for ffi_captured_errno() */
    FFI_CAPTURE_LAST_ERROR = 2, /* keep GetLastError(), for ffi_captured_last_error(), too; elsewhere than on
                                   Windows it is refused with FFI_ERROR_UNSUPPORTED */
    FFI_BIND_DATA = 4           /* in a batch: bind the symbol although its library says that it is data */
};

/* Binds an address to a signature. ffi_function_free() or ffi_context_free() frees the function. */
FFI_INVOKE_API ffi_function *ffi_function_new(ffi_context *context, void *address, const char *signature);

/* Binds an address to types made without text. `params` is copied. */
FFI_INVOKE_API ffi_function *ffi_function_of(ffi_context *context, void *address, const ffi_ctype *result,
                                             const ffi_ctype *const *params, size_t count);

/* Binds an address to a signature made with ffi_type_signature(). It may be variadic. */
FFI_INVOKE_API ffi_function *ffi_function_typed(ffi_context *context, void *address,
                                                const ffi_ctype *signature);

/* Looks up a symbol and binds it. `name` may be NULL if the signature contains the name. `signature` may be
 * NULL if ffi_declare() has read a prototype of that name. A symbol that the library's file records as data,
 * such as `environ`, fails with FFI_ERROR_TYPE, because a call would crash. FFI_BIND_DATA and
 * ffi_function_new() bind it anyway. */
FFI_INVOKE_API ffi_function *ffi_library_function(ffi_library *library, const char *name,
                                                  const char *signature);

/* One entry of a batch. On success `*function` is the bound function. */
typedef struct ffi_binding {
    const char    *name; /* `name` or `signature` may be NULL, as for ffi_library_function() */
    const char    *signature;
    ffi_function **function;
    unsigned       flags; /* FFI_CAPTURE_..., FFI_BIND_DATA */
    ffi_error      error; /* out: the error of this entry; FFI_ERROR_NONE if it did not fail */
} ffi_binding;

/* Binds `count` functions, all or none. On failure no function is made, every `*function` is NULL, the message
 * lists every name that failed, and the error is that of the first. */
FFI_INVOKE_API ffi_error ffi_library_bind(ffi_library *library, ffi_binding *bindings, size_t count);

/* The form of a variadic function for extra arguments of the given types ("int, double"; "" for none). As in C,
 * the call passes `float` as double and narrow integers as int; you still write the slots by the types named.
 * `function` owns the form, keeps one for each list, and frees them. Calling this on a variadic form returns
 * the form of the original function for the new list. */
FFI_INVOKE_API ffi_function *ffi_function_variadic(ffi_function *function, const char *extra_types);

/* The same without text. */
FFI_INVOKE_API ffi_function *ffi_function_variadic_typed(ffi_function *function, const ffi_ctype *const *extra,
                                                         size_t count);

/* Writes the types that printf's `format` asks for, as ffi_function_variadic() takes them: "const char *, int"
 * for
 * "%s %d"; and those of scanf's. Returns as ffi_type_format() does. 0 also if the format asks for nothing, and
 * then `buffer` is ""; on failure `buffer` is left alone, and the message has the column. */
FFI_INVOKE_API size_t ffi_types_of_format(const char *format, char *buffer, size_t size);
FFI_INVOKE_API size_t ffi_types_of_scan_format(const char *format, char *buffer, size_t size);

/* Sets what calls of a function and of its variadic forms keep: FFI_CAPTURE_... bits, which replace the earlier
 * ones. No other thread may call the function meanwhile. */
FFI_INVOKE_API ffi_error ffi_function_capture(ffi_function *function, unsigned flags);

/* Frees a function with its variadic forms. A second free is FFI_ERROR_ARGUMENT and changes nothing. It cannot
 * be known after the context's end, nor when the memory has become another function's: 64 others or more were
 * freed since, and one was made. The memory serves the context's next functions, and is given back at its end.
 */
FFI_INVOKE_API void             ffi_function_free(ffi_function *function);
FFI_INVOKE_API void            *ffi_function_address(const ffi_function *function);
FFI_INVOKE_API const ffi_ctype *ffi_function_signature(const ffi_function *function);

/* The name of the symbol that was looked up; "" if the function was bound by its address. Valid as long as the
 * function. */
FFI_INVOKE_API const char *ffi_function_name(const ffi_function *function);

/* The library it was looked up in, NULL if it was bound by address; and its context. */
FFI_INVOKE_API ffi_library *ffi_function_library(const ffi_function *function);
FFI_INVOKE_API ffi_context *ffi_function_context(const ffi_function *function);

/* ---- Calls ----------------------------------------------------------------------------------- */

/* A stub makes a call: it loads the arguments and jumps to the native code. It returns a scalar result in its
 * register, and writes every other result to `*result`. A compiler or a JIT may call the stub itself. Only
 * ffi_function_capture() changes a function's stub. */
typedef void     ffi_store_stub(const ffi_function *function, void *result, const ffi_value *args);
typedef uint64_t ffi_word_stub(const ffi_function *function, void *result, const ffi_value *args);
typedef double   ffi_real_stub(const ffi_function *function, void *result, const ffi_value *args);

typedef union ffi_stub {
    ffi_store_stub *store;
    ffi_word_stub  *word; /* the bytes above those of the result are unspecified */
    ffi_real_stub  *real; /* a float is in the lower half */
} ffi_stub;

enum {
    FFI_RESULT_STORED = 0, /* by `stub.store`; also where there is no result */
    FFI_RESULT_8      = 1, /* by `stub.word`; the bytes of an integer, a bool or a pointer */
    FFI_RESULT_16     = 2,
    FFI_RESULT_32     = 4,
    FFI_RESULT_64     = 8,
    FFI_RESULT_F32    = 20, /* by `stub.real` */
    FFI_RESULT_F64    = 24
};

struct ffi_function {
    ffi_stub stub;
    unsigned char
        stub_result; /* where the stub leaves the result (FFI_RESULT_...). Further members are private. */
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

/* The body of ffi_invoke(). The assembly statement hides the size of `*result` from the optimiser, which would
 * warn about stores in branches that never run. */
FFI_CALLS_UNCHECKED
FFI_INLINE void ffi_invoke_stub(ffi_stub stub, unsigned stub_result, const ffi_function *function, void *result,
                                const ffi_value *args) {
#if defined(__GNUC__) && !defined(__clang_analyzer__)
    __asm__("" : "+r"(result));
#endif
    if (stub_result == FFI_RESULT_STORED) {
        stub.store(function, result, args);
    } else if (stub_result < FFI_RESULT_F32) {
        uint64_t word = stub.word(function, result, args);
        if (!result) return;
        if (stub_result == FFI_RESULT_64) memcpy(result, &word, 8);
        else if (stub_result == FFI_RESULT_32) memcpy(result, &word, 4);
        else if (stub_result == FFI_RESULT_16) memcpy(result, &word, 2);
        else memcpy(result, &word, 1);
    } else {
        double real = stub.real(function, result, args);
        if (!result) return;
        if (stub_result == FFI_RESULT_F64) memcpy(result, &real, 8);
        else memcpy(result, &real, 4);
    }
}

/* Calls the function. `args` has a slot for each parameter; it may be NULL if there are none. The call writes
 * exactly the size of the result type to `result`, nothing for void. A NULL `result` discards the result.
 * `result` must be aligned for the result type, and every value that a slot points to for the parameter's type.
 * Nothing is checked here: the function must not have been freed. Exceptions and longjmp may pass through. */
FFI_INLINE void ffi_invoke(const ffi_function *function, void *result, const ffi_value *args) {
    ffi_invoke_stub(function->stub, function->stub_result, function, result, args);
}

/* The same as a symbol of the library, for languages that cannot read inline C. */
FFI_INVOKE_API void ffi_function_invoke(const ffi_function *function, void *result, const ffi_value *args);

/* Calls the function with pointers to the arguments: `args[i]` points to argument i. The call reads exactly the
 * size of its type. */
FFI_INVOKE_API void ffi_invoke_pointers(const ffi_function *function, void *result, void *const *args);

/* The errno that this thread's last call of a function with FFI_CAPTURE_ERRNO left. On Windows, which has
 * several C libraries, it is the errno of the C library that ffi_invoke is linked with. */
FFI_INVOKE_API int ffi_captured_errno(void);

/* The value of GetLastError() that this thread's last call of a function with FFI_CAPTURE_LAST_ERROR left. */
FFI_INVOKE_API unsigned ffi_captured_last_error(void);

/* ---- Callbacks ------------------------------------------------------------------------------- */

/* The function that a callback calls, the mirror image of ffi_invoke(). `args` has a slot for each parameter: a
 * scalar of up to 8 bytes stands in the member of its type, and the slot's other bytes are unspecified; for any
 * other type `ptr` points to the value, which is aligned as the type is without typedefs. If the signature ends
 * in
 * `...`, one more slot follows, whose `ptr` points to a va_list of the signature's ABI. `result` takes the
 * bytes of the result; bytes that the handler does not write are 0. Arguments and result are valid until the
 * handler returns. The handler runs on the thread that called. It may call, make and free anything, its own
 * callback too, and exceptions and longjmp may leave it. */
typedef void ffi_handler(void *result, const ffi_value *args, void *userdata);

/* Makes a native function of this signature that calls `handler`. Nothing executable is written: the code of
 * the callback is the library's own, which the system maps once more; on Windows it is a copy, which is not
 * writable when it becomes executable. FFI_ERROR_DENIED, with the reason, if the system refuses that and no
 * freed callback can serve. Native code may call a callback at any time, so the shared library that contains
 * this one stays loaded until the process ends once a callback was made. */
FFI_INVOKE_API ffi_callback *ffi_callback_new(ffi_context *context, const char *signature, ffi_handler *handler,
                                              void *userdata);

/* The same for types made without text. */
FFI_INVOKE_API ffi_callback *ffi_callback_typed(ffi_context *context, const ffi_ctype *signature,
                                                ffi_handler *handler, void *userdata);

/* The same for userdata that the callback owns: `drop` is called with it once, when the callback was freed, or
 * its context, and its last running call has ended; on the thread that came last. A call that an exception or
 * longjmp leaves does not end. If the callback cannot be made, nothing is dropped. */
FFI_INVOKE_API ffi_callback *ffi_callback_owned(ffi_context *context, const ffi_ctype *signature,
                                                ffi_handler *handler, void *userdata,
                                                void (*drop)(void *userdata));

/* The function pointer of the callback. */
FFI_INVOKE_API void *ffi_callback_code(const ffi_callback *callback);

/* Revokes the callback. A native call that comes later does not reach the handler: it returns zeroes, or the
 * result of ffi_callback_default(), and after the end of the context always zeroes. Calls that have reached
 * their handler end normally. Freeing a callback twice is an error (FFI_ERROR_ARGUMENT) and changes nothing,
 * until the callback serves again.
 *
 * The function pointer serves a new callback, of any context, only under these conditions:
 *   - the new callback takes and returns its values in the same registers and stack words, and each is of the
 * same machine type (ffi_kind), so that a call by the old pointer is a valid call of the new callback;
 *   - 1,024 other callbacks of the process were freed since and a second has passed, or 8,192 were freed. The
 * end of a context frees its callbacks. Only if the system refuses memory for another callback, one that was
 * freed serves at once, and at last with any signature. */
FFI_INVOKE_API void ffi_callback_free(ffi_callback *callback);

/* Declares the result that later calls of a freed callback return while its context lives. `value` has the size
 * of the result and is copied. Two threads must not declare the result of one callback at once. */
FFI_INVOKE_API ffi_error ffi_callback_default(ffi_callback *callback, const void *value);

/* The number of native calls of freed callbacks of this context. */
FFI_INVOKE_API uint64_t ffi_context_late_calls(const ffi_context *context);

/* The signature and the userdata of a callback, which must not have been freed. The signature has no names,
 * annotations or lengths of its parameters. */
FFI_INVOKE_API const ffi_ctype *ffi_callback_signature(const ffi_callback *callback);
FFI_INVOKE_API void            *ffi_callback_userdata(const ffi_callback *callback);

#ifdef __cplusplus
}
#endif

#ifdef FFI_QUIET_CLANG
#undef FFI_QUIET_CLANG
#pragma clang diagnostic pop
#endif
#endif
