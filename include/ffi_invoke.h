/* SPDX-License-Identifier: MIT */
/*
 * ffi_invoke: call native functions whose types are known only at run time.
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
 * Nothing is generated at run time: hand-written stubs load the arguments by a table (the plan) that
 * was computed when the function was bound.
 *
 * Conventions, for every function here unless its comment says otherwise:
 *   - What makes something returns NULL on failure; what does something returns an `ffi_error`. Either
 *     way ffi_last_error() and ffi_last_message() then tell the thread what failed, where and what to
 *     do about it, and nothing has changed or leaked.
 *   - A NULL handle or a NULL text is an error (FFI_ERROR_ARGUMENT), never a crash; freeing or closing
 *     NULL does nothing, and questions that cannot fail have an empty answer for it.
 *   - Objects of different contexts do not mix: a type made in one cannot be used in another.
 *   - A call needs a few hundred bytes of stack besides the callee's, and twice its arguments on the
 *     stack; a result in memory that is discarded is kept there too. Everything else needs at most 64 KiB.
 *   - After fork the child may go on using what the parent had made, unless another thread of the
 *     parent was within a function other than a call.
 *   - Any thread may call any function; a context locks itself where it must. Calling (ffi_invoke)
 *     takes no lock. What is being freed must not be in use by another thread.
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

/* One 8-byte slot. In an argument array a scalar of up to 8 bytes stands in the slot itself, written
 * through the member of its own type: the bytes above it may hold anything. `i64` comes first and serves
 * for integers of every size, so that {{2}, {10}} means two integers. */
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

/* The most arguments a call may have; a signature with more is refused. */
#define FFI_MAX_ARGUMENTS 1024

/* ---- Errors ---------------------------------------------------------------------------------- */

typedef enum ffi_error {
    FFI_ERROR_NONE = 0,
    FFI_ERROR_MEMORY,      /* the allocator returned NULL */
    FFI_ERROR_ARGUMENT,    /* an argument of the failing call itself: a NULL handle, unknown flags */
    FFI_ERROR_SYNTAX,      /* the text is not a C type or signature; the message has the column */
    FFI_ERROR_TYPE,        /* well-formed, but no such type, or a type that cannot stand there */
    FFI_ERROR_LIBRARY,     /* the library could not be loaded; the message lists every attempt */
    FFI_ERROR_SYMBOL,      /* the library has no such symbol */
    FFI_ERROR_UNSUPPORTED, /* correct, but this build or this machine cannot do it */
    FFI_ERROR_RANGE,       /* a limit was passed: arguments, nesting, size */
    FFI_ERROR_DENIED,      /* the system refused it, by a policy or a limit */
    FFI_ERROR_SYSTEM       /* a call failed, and errno says why; the message has its name and text */
} ffi_error;

/* The name of an error as it is written above, e.g. "FFI_ERROR_SYNTAX". Never NULL. */
FFI_INVOKE_API const char *ffi_error_name(ffi_error error);

/* The error and message of this thread's last failing call; a call that succeeds leaves both alone.
 * The text is never NULL, and valid until this thread's next failing call. At most 4 KiB: a longer
 * list is cut with a count of what it leaves out. */
FFI_INVOKE_API ffi_error   ffi_last_error(void);
FFI_INVOKE_API const char *ffi_last_message(void);

/* Makes this the thread's last error, for layers above this one and functions that a runtime registers. Returns
 * `error`. The format is printf's. */
FFI_INVOKE_API ffi_error ffi_fail(ffi_error error, const char *format, ...) FFI_PRINTF_LIKE(2, 3);

/* ---- Context --------------------------------------------------------------------------------- */

/* All memory of a context, but for the pages of its callbacks, comes through one function with the meaning of
 * C's realloc, and the old size: `block` NULL allocates, `new_size` 0 frees (and returns NULL). Memory is
 * aligned as malloc's. It is called under the context's lock from the thread that made the call, and must not
 * call back. */
typedef void *ffi_allocate(void *userdata, void *block, size_t old_size, size_t new_size);

/* Called before and after every handler of the context's callbacks, on the thread that called: to take an
 * interpreter's lock, to attach a thread that the runtime has not seen. What `enter` returns is handed to
 * `leave`, which is not called if an exception or longjmp leaves the handler. */
typedef void *ffi_enter(void *userdata);
typedef void  ffi_leave(void *userdata, void *entered);

/* Told once of each callback that native code called after it was freed, on the thread that called. The texts
 * are valid during this call; `name` is "" if its signature had none. It must return, and not free the context,
 * whose end waits for it. */
typedef void ffi_report_late(void *userdata, const char *name, const char *signature);

typedef struct ffi_options {
    ffi_allocate    *allocate; /* NULL: the C library's */
    void            *userdata; /* handed to `allocate` */
    const char      *abi;      /* signatures are of this ABI, by name; NULL: the platform's own */
    ffi_enter       *enter;    /* these may be NULL, each for itself */
    ffi_leave       *leave;
    ffi_report_late *report_late;
    void            *hook_userdata; /* handed to these three */
} ffi_options;

/* `options` may be NULL for the defaults; it is copied. An unknown ABI is FFI_ERROR_ARGUMENT and the
 * message lists those of this build. */
FFI_INVOKE_API ffi_context *ffi_context_new(const ffi_options *options);

/* Frees the context and everything made through it: types, functions, callbacks, libraries. Types and plans
 * live until then: a context grows with the number of different types, not with the number of functions made
 * and freed. No call of a callback of it may be going on that began before the callback was freed. */
FFI_INVOKE_API void ffi_context_free(ffi_context *context);

/* Memory of the context's allocator, with the meaning of ffi_allocate; the context is locked meanwhile. NULL
 * with FFI_ERROR_MEMORY if `new_size` bytes are refused. What is not given back is lost: the end of the context
 * does not free it. */
FFI_INVOKE_API void *ffi_context_memory(ffi_context *context, void *block, size_t old_size, size_t new_size);

/* The name of the ABI numbered `index` from 0; NULL after the last. */
FFI_INVOKE_API const char *ffi_abi_name(size_t index);

/* ---- Types ----------------------------------------------------------------------------------- */

/* What a type is to the machine. Names of the same kind (`long`, `int64_t`, `i64`) have one. */
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

    /* From here on a value does not stand in a slot: the slot's `ptr` points to its bytes. */
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

/* Reads a type or a signature. Accepted are, in any place where a type can stand:
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

/* The same without text, for runtimes with a parser of their own. `kind` is VOID to F64, or I128 to F128. */
FFI_INVOKE_API const ffi_ctype *ffi_type_scalar(ffi_context *context, ffi_kind kind);
FFI_INVOKE_API const ffi_ctype *ffi_type_pointer_to(ffi_context *context, const ffi_ctype *pointee);

FFI_INVOKE_API const ffi_ctype *ffi_type_array_of(ffi_context *context, const ffi_ctype *element, size_t count);
FFI_INVOKE_API const ffi_ctype *ffi_type_vector_of(ffi_context *context, const ffi_ctype *element,
                                                   size_t count);
FFI_INVOKE_API const ffi_ctype *ffi_type_complex_of(ffi_context *context, const ffi_ctype *element);

/* A member of a struct or union. As an answer: where it lies. As a question to ffi_type_record(): `name`,
 * `type`, `alignment`, `is_bits` and `bit_width` are read. */
typedef struct ffi_field {
    const char      *name;       /* NULL for an unnamed one */
    const ffi_ctype *type;       /* of a bit-field: its declared type */
    size_t           offset;     /* in bytes; of a bit-field: of the unit of its type that holds it */
    bool             is_bits;    /* a bit-field; one of width 0 is asked for, never answered */
    unsigned         bit_offset; /* of a bit-field: its lowest bit, from the lowest of that unit; a packed one
                                    may reach beyond the unit's end */
    unsigned bit_width;
    size_t   alignment; /* asked for by __attribute__((aligned)); 0: none */
} ffi_field;

/* A struct or union of these members, laid out by the data model of the context's ABI. `name` is its tag;
 * NULL: it has none. A tag may be completed once. ffi_type_record is for unions (`kind`) and for what
 * attributes ask for: `alignment` as __attribute__((aligned)), 0 for none; `pack` as #pragma pack, 0 for none,
 * 1 is __attribute__((packed)). `fields` is copied. */
FFI_INVOKE_API const ffi_ctype *ffi_type_struct(ffi_context *context, const char *name, const ffi_field *fields,
                                                size_t count);
FFI_INVOKE_API const ffi_ctype *ffi_type_record(ffi_context *context, ffi_kind kind, const char *name,
                                                const ffi_field *fields, size_t count, size_t alignment,
                                                size_t pack);

/* An enum with these constants, whose values are kept as `integer`, an integer type; C leaves the choice to the
 * compiler. `name` is its tag, or NULL. `constants` is copied. */
typedef struct ffi_constant {
    const char *name;
    int64_t     value;
} ffi_constant;

FFI_INVOKE_API const ffi_ctype *ffi_type_enum(ffi_context *context, const char *name,
                                              const ffi_constant *constants, size_t count,
                                              const ffi_ctype *integer);

/* A signature from its parts. `fixed` is how many of the `count` parameters stand before the `...`, or
 * FFI_NOT_VARIADIC. `params` is copied. */
#define FFI_NOT_VARIADIC ((size_t)-1)
FFI_INVOKE_API const ffi_ctype *ffi_type_signature(ffi_context *context, const ffi_ctype *result,
                                                   const ffi_ctype *const *params, size_t count, size_t fixed);

/* Questions about a type; none can fail. NULL is of kind VOID. Sizes and alignments are in bytes, 0 for
 * void, signatures and types known by tag only. A declaration in another thread that completes a struct, union
 * or enum is seen when it has succeeded, never before; what is complete stays as it is. */
FFI_INVOKE_API ffi_kind ffi_type_kind(const ffi_ctype *type);
FFI_INVOKE_API size_t   ffi_type_size(const ffi_ctype *type);
FFI_INVOKE_API size_t   ffi_type_alignment(const ffi_ctype *type);

/* What a pointer points to, an array or enum is made of, a signature returns; NULL for everything else. */
FFI_INVOKE_API const ffi_ctype *ffi_type_target(const ffi_ctype *type);

/* The elements of an array or a vector; 0 for everything else, for `[]`, and for GNU C's `[0]`, which is
 * complete. */
FFI_INVOKE_API size_t ffi_type_length(const ffi_ctype *type);

/* Parameters of a signature. `fixed` parameters precede the `...`; it is the count where there is none. */
FFI_INVOKE_API size_t           ffi_type_parameter_count(const ffi_ctype *signature);
FFI_INVOKE_API size_t           ffi_type_fixed_count(const ffi_ctype *signature);
FFI_INVOKE_API const ffi_ctype *ffi_type_parameter(const ffi_ctype *signature, size_t index);
FFI_INVOKE_API bool             ffi_type_is_variadic(const ffi_ctype *signature);

/* The elements of a parameter that is declared as an array: 2 for `int p[2]` and `int p[static 2]`. The type of
 * such a parameter is a pointer to an element. 0 if it is not declared so, or without a constant length. Calls
 * do not depend on it: signatures that differ in nothing else are equal. */
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

/* Members in the order of declaration. Unnamed bit-fields are left out; an unnamed struct or union is one
 * member without a name. False if `index` is past the last. */
FFI_INVOKE_API size_t ffi_type_field_count(const ffi_ctype *record);
FFI_INVOKE_API bool   ffi_type_field(const ffi_ctype *record, size_t index, ffi_field *field);

/* A member by name, those of unnamed structs and unions included; `offset` is from the whole's beginning. */
FFI_INVOKE_API bool ffi_type_field_named(const ffi_ctype *record, const char *name, ffi_field *field);

/* Reads or writes a member of integer type, bit-field or not, within the record at `base`. A bit-field is
 * sign-extended as its type says, and written without touching its neighbours. Of more than 64 bits the lower
 * 64 are read, and all are written, as C assigns an int64_t. Other types are read as 0 and never written. */
FFI_INVOKE_API int64_t ffi_field_read(const ffi_field *field, const void *base);
FFI_INVOKE_API void    ffi_field_write(const ffi_field *field, void *base, int64_t value);

/* The constants of an enum, in the order of declaration. False if `index` is past the last. */
FFI_INVOKE_API size_t ffi_type_constant_count(const ffi_ctype *enumeration);
FFI_INVOKE_API bool   ffi_type_constant(const ffi_ctype *enumeration, size_t index, const char **name,
                                        int64_t *value);

/* The qualifiers of a type, so that `const char *` can be told from `char *` by its target. */
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

/* Whether the size of a type is known: not for void, signatures, `[]`, and what only its tag is known of. */
FFI_INVOKE_API bool ffi_type_is_complete(const ffi_ctype *type);

/* Whether two types mean the same to the ABI and to a reader: names of scalars aside (`long` is `int64_t`
 * where both have 8 bytes). They may be of different contexts. */
FFI_INVOKE_API bool ffi_type_equal(const ffi_ctype *a, const ffi_ctype *b);

/* The same, whatever the qualifiers, also behind pointers: `const char *` and `char *` are equal. */
FFI_INVOKE_API bool ffi_type_equal_unqualified(const ffi_ctype *a, const ffi_ctype *b);

/* Whether C assigns a value of type `from` to one of type `to` without a cast (C11 6.5.16.1): numbers to
 * numbers, a record to its own type, a pointer to one that points to the same with at least its qualifiers, or
 * to void. An array or a function is a pointer as `from`. */
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

/* Writes the type as C into `buffer`, cut to `size` bytes including the NUL (`buffer` may be NULL if
 * `size` is 0), and returns the length that the whole text has, as snprintf does. */
FFI_INVOKE_API size_t ffi_type_format(const ffi_ctype *type, char *buffer, size_t size);

/* The same as the declaration of a name: `int (*name)(void)`. */
FFI_INVOKE_API size_t ffi_type_format_named(const ffi_ctype *type, const char *name, char *buffer, size_t size);

/* Reads declarations as they stand in a header, or in what `cc -E` makes of one: typedefs, structs, unions,
 * enums, prototypes, variables, `static const` and `#define` of integer constants, with the attributes and
 * extensions of GNU C. Bodies of functions are skipped. A parameter that is a transparent_union is of the type
 * of the union's first member, if that is an integer, a pointer or a struct of the same size. All or nothing:
 * on failure the message has line and column, and the context is as it was before. What was declared once may
 * be declared again if it is the same. A #define replaces an earlier one, and leaves a declared name as it is.
 */
FFI_INVOKE_API ffi_error ffi_declare(ffi_context *context, const char *c_source);

/* What was declared: the type of a function or variable, NULL without an error if there is none; and the
 * value of an enum's constant, `static const` or `#define`, false if there is none. An unsigned value above
 * INT64_MAX comes as the same 64 bits, negative: ffi_declared_each() tells a constant's type. */
FFI_INVOKE_API const ffi_ctype *ffi_declared_type(ffi_context *context, const char *name);
FFI_INVOKE_API bool             ffi_declared_constant(ffi_context *context, const char *name, int64_t *value);

/* Calls `visit` with each declared name in the order of their first declaration, until one call returns false.
 * A tag is told if its members or constants were declared; the type of a constant is the integer it is of. */
typedef enum ffi_declared {
    FFI_DECLARED_TYPEDEF,
    FFI_DECLARED_TAG, /* of a struct, union or enum */
    FFI_DECLARED_FUNCTION,
    FFI_DECLARED_VARIABLE,
    FFI_DECLARED_CONSTANT
} ffi_declared;

typedef bool ffi_declared_visitor(ffi_declared what, const char *name, const ffi_ctype *type, void *userdata);
FFI_INVOKE_API ffi_error ffi_declared_each(ffi_context *context, ffi_declared_visitor *visit, void *userdata);

/* Writes what the ABI makes of a signature: a line for each argument with the register or the stack
 * offset (in bytes from the stack pointer at the call) that takes it, then the result. Any ABI of this
 * build, whatever the machine. Returns as ffi_type_format does; 0 on failure. */
FFI_INVOKE_API size_t ffi_plan_format(ffi_context *context, const ffi_ctype *signature, char *buffer,
                                      size_t size);

/* ---- Libraries and symbols ------------------------------------------------------------------- */

enum {
    FFI_LIBRARY_NOW     = 0, /* bind every symbol of the library at once; the default */
    FFI_LIBRARY_LOCAL   = 0, /* its symbols are not for libraries loaded later; the default */
    FFI_LIBRARY_LAZY    = 1, /* bind at first use: a missing symbol ends the process then */
    FFI_LIBRARY_GLOBAL  = 2, /* its symbols serve libraries loaded later */
    FFI_LIBRARY_NO_LOAD = 4  /* only if it is loaded already */
};

/* Opens a library: NULL is the program itself and everything loaded with it. A name with a `/` is a path. A
 * bare name is tried the platform's way: "m" as libm.so, then with the C library's versions, libm.so.6 (newest
 * first), then as it stands. libm.so is not tried if the loader's cache has versions only. The loader searches
 * its own folders; the current folder is one of them only if LD_LIBRARY_PATH has it, which an empty element of
 * it means. A text for the linker in place of a library (GROUP, INPUT) means the first library that it names.
 * On Windows names are UTF-8, a `\` or a `:` makes a path too, "z" is z.dll, then libz.dll ("c" and "m" are the
 * C library), and neither the current folder nor PATH is searched, but the program's folder, System32, and what
 * AddDllDirectory() added; a path's library finds what it needs in its own folder. On failure the message lists
 * every attempt with the loader's reason. Opening what this context has open gives the same handle once more;
 * each needs its close. */
FFI_INVOKE_API ffi_library *ffi_library_open(ffi_context *context, const char *name, unsigned flags);

/* Gives back one open. The library stays loaded while functions bound from it live. A close more than there
 * were opens is FFI_ERROR_ARGUMENT and changes nothing, and so is a use of a library that is no longer loaded.
 * This cannot be known after the context's end, nor when the handle's memory has become another library's: 64
 * other libraries or more were unloaded since, and one was opened. */
FFI_INVOKE_API void ffi_library_close(ffi_library *library);

/* The name that the loader took, e.g. "libm.so.6"; "" for the program itself. Lives as the handle. */
FFI_INVOKE_API const char *ffi_library_name(const ffi_library *library);

/* The address of a symbol, function or data; looked up once, then cached without a lock. Not cached are symbols
 * of the program itself, which may be those of a library that goes again, and thread-local variables, whose
 * address is the calling thread's. A symbol whose address is 0 is an error like one that is missing. `version`
 * as in dlvsym ("GLIBC_2.2.5"); NULL is the default version. On Windows "#12" is the export of that ordinal,
 * and there are no versions. */
FFI_INVOKE_API void *ffi_library_symbol(ffi_library *library, const char *name);
FFI_INVOKE_API void *ffi_library_symbol_version(ffi_library *library, const char *name, const char *version);

/* The kind of a symbol, as far as the library's file tells. */
typedef enum ffi_symbol_kind {
    FFI_SYMBOL_UNKNOWN, /* the file does not tell; on Windows and macOS it never does */
    FFI_SYMBOL_FUNCTION,
    FFI_SYMBOL_DATA,
    FFI_SYMBOL_THREAD_LOCAL, /* a variable of each thread; its address is the calling thread's */
    FFI_SYMBOL_ABSOLUTE      /* a number that the linker was given; the address is that number */
} ffi_symbol_kind;

/* A symbol. The library owns the record and its texts; they are valid during the visit. */
typedef struct ffi_symbol {
    const char     *name;
    void           *address; /* never NULL */
    ffi_symbol_kind kind;
    size_t          size;       /* in bytes; 0 if the file does not tell */
    const char     *version;    /* as ffi_library_symbol_version() takes it; "" if the symbol has none */
    bool            is_default; /* whether ffi_library_symbol() finds this version */
} ffi_symbol;

/* Calls `visit` with each symbol that the library itself defines for others, in the file's order, until one
 * call returns false. A name with several versions comes once for each. For the program itself: the symbols
 * that the program exports. A symbol whose address is 0 is left out. In a damaged file a symbol outside the
 * library's tables or memory is left out too; after the visit of all others the call then fails with
 * FFI_ERROR_LIBRARY, and the message tells how many were left out. */
typedef bool             ffi_symbol_visitor(const ffi_symbol *symbol, void *userdata);
FFI_INVOKE_API ffi_error ffi_library_symbols(ffi_library *library, ffi_symbol_visitor *visit, void *userdata);

/* ---- Functions ------------------------------------------------------------------------------- */

enum {
    FFI_CAPTURE_ERRNO      = 1, /* keep errno as the call left it, for ffi_captured_errno() */
    FFI_CAPTURE_LAST_ERROR = 2, /* keep GetLastError(), for ffi_captured_last_error(), too; elsewhere than on
                                   Windows it is refused with FFI_ERROR_UNSUPPORTED */
    FFI_BIND_DATA = 4           /* in a batch: bind the symbol although its library says that it is data */
};

/* Binds an address to a signature. Free it with ffi_function_free() or with its context. */
FFI_INVOKE_API ffi_function *ffi_function_new(ffi_context *context, void *address, const char *signature);

/* The same for types made without text; `params` is copied. */
FFI_INVOKE_API ffi_function *ffi_function_of(ffi_context *context, void *address, const ffi_ctype *result,
                                             const ffi_ctype *const *params, size_t count);

/* The same for a signature made with ffi_type_signature(), variadic or not. */
FFI_INVOKE_API ffi_function *ffi_function_typed(ffi_context *context, void *address,
                                                const ffi_ctype *signature);

/* Looks a symbol up and binds it. `name` may be NULL if the signature has the name; `signature` may be NULL if
 * ffi_declare() has read a prototype of that name. A symbol that the library's file calls data, such as
 * `environ`, is refused with FFI_ERROR_TYPE: a call of it would crash. FFI_BIND_DATA and ffi_function_new()
 * bind it. */
FFI_INVOKE_API ffi_function *ffi_library_function(ffi_library *library, const char *name,
                                                  const char *signature);

/* One entry of a batch: on success `*function` is the bound function. */
typedef struct ffi_binding {
    const char    *name; /* one of these may be NULL, as above */
    const char    *signature;
    ffi_function **function;
    unsigned       flags; /* FFI_CAPTURE_..., FFI_BIND_DATA */
    ffi_error      error; /* written: why this entry failed, FFI_ERROR_NONE if it did not */
} ffi_binding;

/* Binds `count` functions, all or none: on failure no function is made, every `*function` is NULL and
 * the message lists every name that failed; the error is that of the first. */
FFI_INVOKE_API ffi_error ffi_library_bind(ffi_library *library, ffi_binding *bindings, size_t count);

/* The function to call a variadic one with further arguments of the given types ("int, double"; "" for
 * none). As in C, `float` is passed as double and narrow integers as int; the slots are still written
 * by the types named. Cached per list and owned by `function`, which frees
 * it; of such a form another one can be had, whose list replaces its own. */
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

/* What the calls of a function and of its variadic forms keep: FFI_CAPTURE_... bits, replacing the former ones.
 * Not while another thread is calling it. */
FFI_INVOKE_API ffi_error ffi_function_capture(ffi_function *function, unsigned flags);

/* Frees a function with its variadic forms. A second free is FFI_ERROR_ARGUMENT and changes nothing. It cannot
 * be known after the context's end, nor when the memory has become another function's: 64 others or more were
 * freed since, and one was made. The memory serves the context's next functions, and is given back at its end.
 */
FFI_INVOKE_API void             ffi_function_free(ffi_function *function);
FFI_INVOKE_API void            *ffi_function_address(const ffi_function *function);
FFI_INVOKE_API const ffi_ctype *ffi_function_signature(const ffi_function *function);

/* The name it was looked up by; "" if it was bound by address. Lives as the function. */
FFI_INVOKE_API const char *ffi_function_name(const ffi_function *function);

/* The library it was looked up in, NULL if it was bound by address; and its context. */
FFI_INVOKE_API ffi_library *ffi_function_library(const ffi_function *function);
FFI_INVOKE_API ffi_context *ffi_function_context(const ffi_function *function);

/* ---- Calls ----------------------------------------------------------------------------------- */

/* The code that makes a call: it loads the arguments and jumps to the native code, whose result then is where
 * the ABI leaves it, or, of what stands in no register as it is, in `*result`. A compiler or a JIT may call it
 * itself; it changes with ffi_function_capture() only. */
typedef void     ffi_store_stub(const ffi_function *function, void *result, const ffi_value *args);
typedef uint64_t ffi_word_stub(const ffi_function *function, void *result, const ffi_value *args);
typedef double   ffi_real_stub(const ffi_function *function, void *result, const ffi_value *args);

typedef union ffi_stub {
    ffi_store_stub *store;
    ffi_word_stub  *word; /* above the result's own bytes the value may hold anything */
    ffi_real_stub  *real; /* of a float: in the lower half */
} ffi_stub;

enum {
    FFI_LEAVES_STORED = 0, /* by `stub.store`; also where there is no result */
    FFI_LEAVES_8      = 1, /* by `stub.word`; the bytes of an integer, a bool or a pointer */
    FFI_LEAVES_16     = 2,
    FFI_LEAVES_32     = 4,
    FFI_LEAVES_64     = 8,
    FFI_LEAVES_F32    = 20, /* by `stub.real` */
    FFI_LEAVES_F64    = 24
};

struct ffi_function {
    ffi_stub      stub;
    unsigned char leaves; /* how the result does; FFI_LEAVES_... The rest is private */
};

/* clang's -fsanitize=cfi, kcfi and function stop an indirect call whose target they did not compile. The stubs
 * are assembler's, so the calls of the functions with this attribute are not checked. */
#if defined(__clang__) && defined(__has_feature)
#if __has_feature(kcfi)
#define FFI_CALLS_UNCHECKED __attribute__((no_sanitize("cfi-icall", "function", "kcfi")))
#else
#define FFI_CALLS_UNCHECKED __attribute__((no_sanitize("cfi-icall", "function")))
#endif
#else
#define FFI_CALLS_UNCHECKED
#endif

/* What ffi_invoke() consists of. A compiler that sees what `result` points to would warn of the stores of other
 * sizes, which are not carried out; so it is not to see it. */
FFI_CALLS_UNCHECKED
static inline void ffi_invoke_stub(ffi_stub stub, unsigned leaves, const ffi_function *function, void *result,
                                   const ffi_value *args) {
#if defined(__GNUC__) && !defined(__clang_analyzer__)
    __asm__("" : "+r"(result));
#endif
    if (leaves == FFI_LEAVES_STORED) {
        stub.store(function, result, args);
    } else if (leaves < FFI_LEAVES_F32) {
        uint64_t word = stub.word(function, result, args);
        if (!result) return;
        if (leaves == FFI_LEAVES_64) memcpy(result, &word, 8);
        else if (leaves == FFI_LEAVES_32) memcpy(result, &word, 4);
        else if (leaves == FFI_LEAVES_16) memcpy(result, &word, 2);
        else memcpy(result, &word, 1);
    } else {
        double real = stub.real(function, result, args);
        if (!result) return;
        if (leaves == FFI_LEAVES_F64) memcpy(result, &real, 8);
        else memcpy(result, &real, 4);
    }
}

/* Calls the function. `args` has a slot for each parameter, and may be NULL if there are none. `result`
 * receives exactly the size of the result type, nothing for void; NULL discards it. It is aligned as the
 * result's type, and what a slot points to as the parameter's. The function must be a live one: nothing is
 * checked here. Exceptions and longjmp may leave through it. */
static inline void ffi_invoke(const ffi_function *function, void *result, const ffi_value *args) {
    ffi_invoke_stub(function->stub, function->leaves, function, result, args);
}

/* The same as a symbol of the library, for languages that cannot read inline C. */
FFI_INVOKE_API void ffi_function_invoke(const ffi_function *function, void *result, const ffi_value *args);

/* The same with `args[i]` pointing to argument i, of which exactly the size of its type is read. */
FFI_INVOKE_API void ffi_invoke_pointers(const ffi_function *function, void *result, void *const *args);

/* errno as this thread's last call of a function with FFI_CAPTURE_ERRNO left it; on Windows, where there are
 * several C libraries, that of the one with which this library is linked. */
FFI_INVOKE_API int ffi_captured_errno(void);

/* GetLastError() as this thread's last call of a function with FFI_CAPTURE_LAST_ERROR left it. */
FFI_INVOKE_API unsigned ffi_captured_last_error(void);

/* ---- Callbacks ------------------------------------------------------------------------------- */

/* What a callback calls, the mirror image of ffi_invoke(): `args` has a slot for each parameter, with the value
 * by the member of its own type (what is above it in the slot may be anything), or with `ptr` to what does not
 * stand in a slot, aligned as its type is without typedefs. After a `...` comes one slot more, whose `ptr` is
 * to a va_list of the signature's ABI. `result` takes exactly the result's size; what is not written is 0. All
 * of it lives until the handler returns. It runs on the thread that called, whichever that is, and may call,
 * make and free what it likes. */
typedef void ffi_handler(void *result, const ffi_value *args, void *userdata);

/* Makes a native function of this signature that calls `handler`. No memory becomes executable for it: its code
 * is the library's own, mapped once more; on Windows a copy, which cannot be written any more when it becomes
 * executable. FFI_ERROR_DENIED, with the reason, if the system refuses even that. Since it may be called at any
 * time, the shared library that contains this one stays loaded until the process ends once there is a callback.
 */
FFI_INVOKE_API ffi_callback *ffi_callback_new(ffi_context *context, const char *signature, ffi_handler *handler,
                                              void *userdata);

/* The same for types made without text. */
FFI_INVOKE_API ffi_callback *ffi_callback_typed(ffi_context *context, const ffi_ctype *signature,
                                                ffi_handler *handler, void *userdata);

/* The function pointer to hand out. */
FFI_INVOKE_API void *ffi_callback_code(const ffi_callback *callback);

/* Revokes: native code that still calls it, at any time, also after the context is gone, gets zeroes, or what
 * ffi_callback_default() declared. Calls that have begun end normally; a handler may free its own callback.
 * Freeing twice is an error (FFI_ERROR_ARGUMENT) and changes nothing. The function pointer serves a new
 * callback only after a thousand others have been freed. */
FFI_INVOKE_API void ffi_callback_free(ffi_callback *callback);

/* Declares the result of late calls; `value` has the size of the result and is copied. After the context's end
 * it holds for results of up to 8 bytes, and others are zeroes. Not while another thread does the same. */
FFI_INVOKE_API ffi_error ffi_callback_default(ffi_callback *callback, const void *value);

/* How often freed callbacks of this context were called. */
FFI_INVOKE_API uint64_t ffi_context_late_calls(const ffi_context *context);

/* Of one that is not freed. The signature has no names, annotations or lengths of its
 * parameters. */
FFI_INVOKE_API const ffi_ctype *ffi_callback_signature(const ffi_callback *callback);
FFI_INVOKE_API void            *ffi_callback_userdata(const ffi_callback *callback);

#ifdef __cplusplus
}
#endif
#endif
