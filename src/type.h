/* SPDX-License-Identifier: MIT */
/* Types. They are made once per context and structure, never changed, and freed with the context. */
#ifndef TYPE_H
#define TYPE_H

#include "ffi_invoke.h"

struct abi;

enum { QUALIFIER_CONST = 1, QUALIFIER_VOLATILE = 2, QUALIFIER_RESTRICT = 4, QUALIFIER_ATOMIC = 8 };

enum { TYPE_DEPTH = 250, TYPE_WEIGHT = 1 << 16 }; /* a deeper or heavier type is refused */

struct ffi_ctype {
    ffi_kind          kind;
    unsigned          qualifiers;
    uint32_t          alignment; /* in bytes; 0 with size 0: incomplete, void or a signature */
    uint16_t          depth;     /* derivations below this one: what walks a type may recurse */
    uint32_t          weight; /* the types that its text is made of: a signature may have one type many times */
    bool              variadic; /* signature: has a `...` */
    size_t            size;     /* in bytes */
    const char       *name;     /* scalar: as C spells it; struct, union, enum: the tag; else NULL */
    const ffi_ctype  *target;   /* pointee, element, an enum's integer, a signature's result */
    size_t            count;    /* array: elements; signature: parameters */
    size_t            fixed;    /* signature: parameters before the `...` */
    const struct abi *abi;      /* signature */
    const ffi_ctype **params;   /* signature */
};

/* C's arithmetic types and void, by their spelling. */
enum scalar {
    SCALAR_VOID,
    SCALAR_BOOL,
    SCALAR_CHAR,
    SCALAR_SCHAR,
    SCALAR_UCHAR,
    SCALAR_SHORT,
    SCALAR_USHORT,
    SCALAR_INT,
    SCALAR_UINT,
    SCALAR_LONG,
    SCALAR_ULONG,
    SCALAR_LLONG,
    SCALAR_ULLONG,
    SCALAR_FLOAT,
    SCALAR_DOUBLE,
    SCALAR_NAMED /* the first that is a typedef: stdint.h and its like follow */
};

/* A data model: the kinds that C leaves to the ABI. */
enum role {
    ROLE_CHAR,
    ROLE_LONG,
    ROLE_ULONG,
    ROLE_WCHAR,
    ROLE_WINT,
    ROLE_FAST, /* int_fast16_t and int_fast32_t */
    ROLE_UFAST,
    ROLE_COUNT
};

struct model {
    uint8_t role[ROLE_COUNT]; /* an ffi_kind each */
};

/* Everything below is called under the context's lock and fails with FFI_ERROR_MEMORY. */

const ffi_ctype *type_scalar(ffi_context *context, enum scalar scalar);

/* Whether a name is one of a built-in type (`size_t`, `i64`, `ptr`), and that type. */
bool             type_is_name(const char *name, size_t length);
const ffi_ctype *type_named(ffi_context *context, const char *name, size_t length);

/* The type equal to `draft`, made if it is not there. `draft` and what it points to are copied. */
const ffi_ctype *type_intern(ffi_context *context, const ffi_ctype *draft);

const ffi_ctype *type_pointer(ffi_context *context, const ffi_ctype *pointee);
const ffi_ctype *type_qualified(ffi_context *context, const ffi_ctype *type, unsigned qualifiers);

/* A parameter's or a result's type as a signature has it: qualifiers dropped, arrays and functions turned
 * into pointers (C11 6.7.6.3); NULL with FFI_ERROR_TYPE for what cannot be passed or returned. */
const ffi_ctype *type_parameter(ffi_context *context, const ffi_ctype *type);
const ffi_ctype *type_result(ffi_context *context, const ffi_ctype *type);

/* What ffi_type_signature does, for the public function `where`, which is named in errors. Takes the lock. */
const ffi_ctype *type_checked_signature(const char *where, ffi_context *context, const ffi_ctype *result,
                                        const ffi_ctype *const *params, size_t count, size_t fixed);

/* How a value of the type travels: its kind, or that of the integer that an enum is. */
static inline ffi_kind type_machine(const ffi_ctype *type) {
    return type->kind == FFI_KIND_ENUM ? type->target->kind : type->kind;
}

#endif
