/* SPDX-License-Identifier: MIT */
/*
 * The interface of libffi 8, as libffi.so.8 of ffi_invoke has it. Names, numbers and layouts are those of
 * libffi, so that programs compiled with either header run with either library. What a function does is said in
 * libffi's manual; where ours does more or else, its comment says so.
 *
 * Programs made for ffi_invoke itself include <ffi_invoke.h>. Both headers may be used in one file.
 */
#ifndef LIBFFI_H
#define LIBFFI_H

#include <limits.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- types ---- */

#define FFI_TYPE_VOID       0
#define FFI_TYPE_INT        1
#define FFI_TYPE_FLOAT      2
#define FFI_TYPE_DOUBLE     3
#define FFI_TYPE_LONGDOUBLE 4
#define FFI_TYPE_UINT8      5
#define FFI_TYPE_SINT8      6
#define FFI_TYPE_UINT16     7
#define FFI_TYPE_SINT16     8
#define FFI_TYPE_UINT32     9
#define FFI_TYPE_SINT32     10
#define FFI_TYPE_UINT64     11
#define FFI_TYPE_SINT64     12
#define FFI_TYPE_STRUCT     13
#define FFI_TYPE_POINTER    14
#define FFI_TYPE_COMPLEX    15
#define FFI_TYPE_UINT128    16
#define FFI_TYPE_SINT128    17
#define FFI_TYPE_VECTOR     18
#define FFI_TYPE_LAST       FFI_TYPE_VECTOR

#include <ffitarget.h>

#ifndef FFI_API
#define FFI_API
#endif

/* A struct, complex or vector type has `elements` with NULL at the end. ffi_prep_cif() and
 * ffi_get_struct_offsets() set `size` and `alignment` where `size` is 0, and keep them where it is not. */
typedef struct _ffi_type {
    size_t             size;
    unsigned short     alignment;
    unsigned short     type; /* FFI_TYPE_ */
    struct _ffi_type **elements;
} ffi_type;

#ifndef LIBFFI_HIDE_BASIC_TYPES
#define ffi_type_uchar  ffi_type_uint8
#define ffi_type_schar  ffi_type_sint8
#define ffi_type_ushort ffi_type_uint16
#define ffi_type_sshort ffi_type_sint16
#define ffi_type_uint   ffi_type_uint32
#define ffi_type_sint   ffi_type_sint32
#define ffi_type_ulong  ffi_type_uint64
#define ffi_type_slong  ffi_type_sint64

extern FFI_API ffi_type ffi_type_void, ffi_type_uint8, ffi_type_sint8, ffi_type_uint16, ffi_type_sint16,
    ffi_type_uint32, ffi_type_sint32, ffi_type_uint64, ffi_type_sint64, ffi_type_float, ffi_type_double,
    ffi_type_longdouble, ffi_type_pointer;
extern FFI_API ffi_type ffi_type_complex_float, ffi_type_complex_double, ffi_type_complex_longdouble;
extern FFI_API ffi_type ffi_type_uint128, ffi_type_sint128;
#endif

/* ---- calls ---- */

typedef enum { FFI_OK = 0, FFI_BAD_TYPEDEF, FFI_BAD_ABI, FFI_BAD_ARGTYPE } ffi_status;

typedef struct {
    ffi_abi    abi;
    unsigned   nargs;
    ffi_type **arg_types;
    ffi_type  *rtype;
    unsigned   bytes, flags; /* private */
} ffi_cif;

FFI_API ffi_status ffi_prep_cif(ffi_cif *cif, ffi_abi abi, unsigned int nargs, ffi_type *rtype,
                                ffi_type **atypes);
FFI_API ffi_status ffi_prep_cif_var(ffi_cif *cif, ffi_abi abi, unsigned int nfixedargs, unsigned int ntotalargs,
                                    ffi_type *rtype, ffi_type **atypes);

/* `rvalue` takes an integer of less than 8 bytes as an ffi_arg. It may be NULL. */
FFI_API void ffi_call(ffi_cif *cif, void (*fn)(void), void *rvalue, void **avalue);

/* The plan of a cif, which has to outlive it. ffi_call() is as fast. */
typedef struct ffi_call_plan ffi_call_plan;

FFI_API ffi_call_plan *ffi_call_plan_alloc(ffi_cif *cif);
FFI_API void           ffi_call_plan_invoke(ffi_call_plan *plan, void (*fn)(void), void *rvalue, void **avalue);
FFI_API void           ffi_call_plan_free(ffi_call_plan *plan);
FFI_API size_t         ffi_call_plan_size(ffi_call_plan *plan);

FFI_API ffi_status ffi_get_struct_offsets(ffi_abi abi, ffi_type *struct_type, size_t *offsets);

#define FFI_FN(f) ((void (*)(void))f)
#define FFI_CL(f) ((void *)(f))

/* ---- the raw interfaces ---- */

#define FFI_SIZEOF_ARG      8
#define FFI_SIZEOF_JAVA_RAW 8

typedef union {
    ffi_sarg sint;
    ffi_arg  uint;
    float    flt;
    char     data[FFI_SIZEOF_ARG];
    void    *ptr;
} ffi_raw;

typedef ffi_raw ffi_java_raw;

FFI_API void   ffi_raw_call(ffi_cif *cif, void (*fn)(void), void *rvalue, ffi_raw *avalue);
FFI_API void   ffi_ptrarray_to_raw(ffi_cif *cif, void **args, ffi_raw *raw);
FFI_API void   ffi_raw_to_ptrarray(ffi_cif *cif, ffi_raw *raw, void **args);
FFI_API size_t ffi_raw_size(ffi_cif *cif);
FFI_API void   ffi_java_raw_call(ffi_cif *cif, void (*fn)(void), void *rvalue, ffi_java_raw *avalue);
FFI_API void   ffi_java_ptrarray_to_raw(ffi_cif *cif, void **args, ffi_java_raw *raw);
FFI_API void   ffi_java_raw_to_ptrarray(ffi_cif *cif, ffi_java_raw *raw, void **args);
FFI_API size_t ffi_java_raw_size(ffi_cif *cif);

/* ---- version and sizes ---- */

/* The release of libffi whose interface this is. */
#define FFI_VERSION_STRING "3.8.0"
#define FFI_VERSION_NUMBER 30800

FFI_API const char   *ffi_get_version(void);
FFI_API unsigned long ffi_get_version_number(void);
FFI_API unsigned int  ffi_get_default_abi(void);
FFI_API size_t        ffi_get_closure_size(void);

/* ---- closures ---- */

#if FFI_CLOSURES

typedef struct {
    __extension__ union {
        char  tramp[FFI_TRAMPOLINE_SIZE];
        void *ftramp;
    };
    ffi_cif *cif;
    void (*fun)(ffi_cif *, void *, void **, void *);
    void *user_data;
} ffi_closure __attribute__((aligned(8)));

/* Memory for a closure, of which none is executable, and in `*code` the function pointer of it. */
FFI_API void *ffi_closure_alloc(size_t size, void **code);
FFI_API void  ffi_closure_free(void *closure);

/* Where `codeloc` is not what ffi_closure_alloc() gave, `closure` is memory of the caller's that it maps at
 * `codeloc` to be executed. */
FFI_API ffi_status ffi_prep_closure_loc(ffi_closure *closure, ffi_cif                         *cif,
                                        void (*fun)(ffi_cif *, void *, void **, void *), void *user_data,
                                        void *codeloc);
FFI_API ffi_status ffi_prep_closure(ffi_closure *closure, ffi_cif                         *cif,
                                    void (*fun)(ffi_cif *, void *, void **, void *), void *user_data);

typedef struct {
    char     tramp[FFI_TRAMPOLINE_SIZE];
    ffi_cif *cif;
    void (*translate_args)(ffi_cif *, void *, void **, void *);
    void *this_closure;
    void (*fun)(ffi_cif *, void *, ffi_raw *, void *);
    void *user_data;
} ffi_raw_closure;

typedef struct {
    char     tramp[FFI_TRAMPOLINE_SIZE];
    ffi_cif *cif;
    void (*translate_args)(ffi_cif *, void *, void **, void *);
    void *this_closure;
    void (*fun)(ffi_cif *, void *, ffi_java_raw *, void *);
    void *user_data;
} ffi_java_raw_closure;

FFI_API ffi_status ffi_prep_raw_closure(ffi_raw_closure *closure, ffi_cif                       *cif,
                                        void (*fun)(ffi_cif *, void *, ffi_raw *, void *), void *user_data);
FFI_API ffi_status ffi_prep_raw_closure_loc(ffi_raw_closure *closure, ffi_cif                       *cif,
                                            void (*fun)(ffi_cif *, void *, ffi_raw *, void *), void *user_data,
                                            void *codeloc);
FFI_API ffi_status ffi_prep_java_raw_closure(ffi_java_raw_closure *closure, ffi_cif *cif,
                                             void (*fun)(ffi_cif *, void *, ffi_java_raw *, void *),
                                             void *user_data);
FFI_API ffi_status ffi_prep_java_raw_closure_loc(ffi_java_raw_closure *closure, ffi_cif *cif,
                                                 void (*fun)(ffi_cif *, void *, ffi_java_raw *, void *),
                                                 void *user_data, void *codeloc);

#endif

/* Go's function values: code that finds the value itself in the register of the static chain. */
#ifdef FFI_GO_CLOSURES

typedef struct {
    void    *tramp;
    ffi_cif *cif;
    void (*fun)(ffi_cif *, void *, void **, void *);
} ffi_go_closure;

FFI_API ffi_status ffi_prep_go_closure(ffi_go_closure *closure, ffi_cif *cif,
                                       void (*fun)(ffi_cif *, void *, void **, void *));
FFI_API void       ffi_call_go(ffi_cif *cif, void (*fn)(void), void *rvalue, void **avalue, void *closure);

#endif

#ifdef __cplusplus
}
#endif

#endif
