/* SPDX-License-Identifier: MIT */
/* Types. They are made once per context and structure, and freed with the context. What they are never changes,
 * but for records and enums: those are completed, and a declaration that fails takes that back. The context's
 * lock guards what of them may change; who does not hold it asks through query.c. */
#ifndef TYPE_H
#define TYPE_H

#include "type/model.h"

#include <stdatomic.h>

struct shape;

enum { TYPE_DEPTH = 150, TYPE_WEIGHT = 1 << 16 }; /* a deeper or heavier type is refused */

#define TYPE_SIZE_END      ((size_t)1 << 47) /* what an address space has room for; larger types are refused */
#define TYPE_ALIGNMENT_MAX ((size_t)1 << 28)

/* What a record's values are, if all are of one type, as far as a register takes one of each: homogeneous.c. */
struct uniform {
    const ffi_ctype *base;       /* their type; NULL: there are none */
    uint8_t          count;      /* 0 to HOMOGENEOUS_MEMBERS */
    bool             holds;      /* false: they are of several types, or too many, or padded */
    bool             empty_bits; /* beside them there is a bit-field of width 0 */
};

struct ffi_ctype {
    ffi_context *context; /* whose it is: it goes with it */
    ffi_kind     kind;
    unsigned     qualifiers;
    uint32_t     alignment; /* in bytes; 0: void, a signature, incomplete */
    uint32_t natural_align; /* record: the alignment without attributes on the record itself (AAPCS64 6.8.2);
                         other: the one without `typedef_align` and _Atomic; 0: `alignment` is */
    uint32_t forced_align;  /* the part of it that attributes ask for, which packing cannot undo (Microsoft) */
    uint32_t
        typedef_align;    /* the alignment that a typedef's attribute gave to this form of the type; 0: none */
    uint16_t depth;       /* derivations below this one: what walks a type may recurse */
    uint32_t weight;      /* the types that its text is made of: a signature may have one type many times */
    bool     complete;    /* its size is known */
    bool     variadic;    /* signature: has a `...` */
    bool     flexible;    /* record: ends in a flexible array member */
    bool     transparent; /* union: passed as its first member is (record.c) */
    bool     named;       /* record: a member has a name, or one of a member without name has */
    bool     hollow;      /* record: there is nothing in it but padding */
    size_t   size;        /* in bytes */

    const char      *name;   /* scalar: as C spells it; record, enum: the tag or NULL; else NULL */
    const char      *alias;  /* scalar, and record or enum without a tag: the typedef that is its name; NULL */
    const ffi_ctype *target; /* pointee, element, an enum's integer, a signature's result */
    size_t           count;  /* elements, parameters, fields, or an enum's constants */
    size_t           fixed;  /* signature: parameters before the `...` */
    union {
        const ffi_ctype        **params;    /* signature */
        const ffi_field         *fields;    /* record; `alignment` of each is what was asked for */
        const struct enumerator *constants; /* enum */
    };
    const struct convention *abi; /* signature */

    /* Records and enums are made once per definition, and may be completed later; their qualified forms are
     * copies that are completed with them. record.c says which of the above that changes. */
    const ffi_ctype *unqualified; /* the type without qualifiers; NULL if it is this one */
    ffi_ctype       *variants;    /* the next qualified form of the same record or enum */

    union {
        const struct definition *definition; /* record: as it was declared, if `fields` do not tell it all */
        const struct notes      *notes;      /* signature: what else its declaration says; NULL: nothing */
    };
    const ffi_ctype              *plain; /* signature: the same without notes; NULL if it is this one */
    _Atomic(const struct shape *) shape; /* signature: once it was asked for (shape.c) */

    struct uniform   uniform;    /* record */
    uint64_t         comparison; /* the last one that found it equal to another type (query.c) */
    const ffi_ctype *equal;      /* that type */

    _Atomic bool is_final; /* record, enum: its declaration was seen to be there for good (query.c) */
};

struct enumerator {
    const char *name;
    int64_t     value;
};

/* What a declaration says of a parameter, or of the result, besides its type. Calls do not depend on it. */
struct note {
    int64_t  length : 48; /* the elements of a parameter declared as an array; of a result, errno_if's value */
    uint64_t annotations : 16; /* FFI_ANNOTATION_ */
    uint32_t name;             /* where its name is; 0: none */
    uint32_t other;            /* own: where the name of what frees it is; len: the index of what counts it */
};

/* The notes of a signature, of its result last; names stand behind them. All in one block, where a name's place
 * is its distance from the beginning. */
struct notes {
    uint32_t    size; /* of the block */
    struct note of[];
};

/* A note as it is read. */
struct noted {
    int64_t     length;
    unsigned    annotations;
    uint32_t    counter; /* len: the index */
    const char *name, *other;
    size_t      name_length, other_length;
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
    SCALAR_LDOUBLE,
    SCALAR_I128,
    SCALAR_U128,
    SCALAR_F16,
    SCALAR_F128,
    SCALAR_NAMED /* the first that is a typedef: stdint.h and its like follow */
};

/* Everything below is called under the context's lock and fails with FFI_ERROR_MEMORY. */

const ffi_ctype *type_scalar(ffi_context *context, enum scalar scalar);
ffi_kind         type_kind_of(const struct model *model, enum scalar scalar);

/* What C calls a scalar's type: of a standard typedef, as int32_t, the type that it names. */
const char *type_spelling(const ffi_ctype *scalar);

/* Whether C has the two as one type (C11 6.2.7), but for their own qualifiers. */
bool type_compatible(const ffi_ctype *a, const ffi_ctype *b);

/* Whether a name is one of a built-in type (`size_t`, `i64`, `ptr`), and that type. */
bool             type_is_name(const char *name, size_t length);
const ffi_ctype *type_named(ffi_context *context, const char *name, size_t length);

/* The type equal to `draft`, made if it is not there. `draft` and what it points to are copied. */
const ffi_ctype *type_intern(ffi_context *context, const ffi_ctype *draft);

const ffi_ctype *type_pointer(ffi_context *context, const ffi_ctype *pointee);
const ffi_ctype *type_qualified(ffi_context *context, const ffi_ctype *type, unsigned qualifiers);

/* The alignment without what a typedef asks for, and without _Atomic. */
size_t type_natural_alignment(const ffi_ctype *type);

/* These check what they are given: an element must be complete, a size below TYPE_SIZE_END. `[]` is an
 * array of 0 elements that is not `sized`, GNU C's `[0]` one that is. */
const ffi_ctype *type_array(ffi_context *context, const ffi_ctype *element, size_t count, bool sized);
const ffi_ctype *type_vector(ffi_context *context, const ffi_ctype *element, size_t count);
const ffi_ctype *type_complex(ffi_context *context, const ffi_ctype *element);

/* The type as `typedef T name __attribute__((aligned(alignment)))` has it. */
const ffi_ctype *type_aligned(ffi_context *context, const ffi_ctype *type, size_t alignment);

/* A parameter's or a result's type as a signature has it: qualifiers dropped, arrays and functions turned
 * into pointers (C11 6.7.6.3); NULL with FFI_ERROR_TYPE for what cannot be passed or returned. */
const ffi_ctype *type_parameter(ffi_context *context, const ffi_ctype *type);
const ffi_ctype *type_result(ffi_context *context, const ffi_ctype *type);

/* The elements of a parameter that is declared as an array of this type; 0: it is none, or of unknown length.
 */
static inline size_t type_parameter_length(const ffi_ctype *declared) {
    return declared->kind == FFI_KIND_ARRAY ? declared->count : 0;
}

/* The signature equal to `draft`, with notes of its parameters (NULL: none) and its result (NULL: nothing). */
const ffi_ctype *type_signature(ffi_context *context, const ffi_ctype *draft, const struct noted *params,
                                const struct noted *result);

/* The signature of a variadic one with these types of variable arguments. */
const ffi_ctype *type_variadic(ffi_context *context, const ffi_ctype *signature, const ffi_ctype *const *extra,
                               size_t count);

/* note.c: the same signature with these words about its result. */
const ffi_ctype *type_annotated(ffi_context *context, const ffi_ctype *signature, const struct noted *result);

/* The note of a parameter, or, at the index after the last, of the result, in the form it is read in. */
struct noted note_of(const ffi_ctype *signature, size_t index);

/* The scalar as the typedef of this name has it. */
const ffi_ctype *type_renamed(ffi_context *context, const ffi_ctype *scalar, const char *alias);

/* Whether a value has nothing but padding in it. */
static inline bool type_is_hollow(const ffi_ctype *type) {
    while (type->kind == FFI_KIND_ARRAY) type = type->target;
    return type->hollow;
}

static inline bool type_is_record(const ffi_ctype *type) {
    return type->kind == FFI_KIND_STRUCT || type->kind == FFI_KIND_UNION;
}

/* Whether a type is made once per definition, not per structure. */
static inline bool type_is_nominal(const ffi_ctype *type) {
    return type_is_record(type) || type->kind == FFI_KIND_ENUM;
}

/* Whether a type is of this context; FFI_ERROR_ARGUMENT for the public function `where` if not. */
bool type_belongs(const char *where, ffi_context *context, const ffi_ctype *type);

/* The signature that a type is, or that it points to; NULL if neither. */
static inline const ffi_ctype *type_called(const ffi_ctype *type) {
    if (type->kind == FFI_KIND_POINTER) type = type->target;
    return type->kind == FFI_KIND_FUNCTION ? type : NULL;
}

/* The same for an argument of the public function `where`, which may be NULL or of another context: an error.
 */
const ffi_ctype *type_called_by(const char *where, ffi_context *context, const ffi_ctype *type);

/* What ffi_type_signature does, for the public function `where`, which is named in errors. Takes the lock. */
const ffi_ctype *type_checked_signature(const char *where, ffi_context *context, const ffi_ctype *result,
                                        const ffi_ctype *const *params, size_t count, size_t fixed);

/* The public questions of these names, asked under the lock. */
bool   type_field_named(const ffi_ctype *record, const char *name, ffi_field *field);
bool   type_equal(const ffi_ctype *a, const ffi_ctype *b);
size_t type_format(const ffi_ctype *type, char *buffer, size_t size);

/* Adds a type to a text. */
struct text;
void text_put_type(struct text *text, const ffi_ctype *type);

/* How a value of the type travels: its kind, or that of the integer that an enum is. */
static inline ffi_kind type_machine(const ffi_ctype *type) {
    return type->kind == FFI_KIND_ENUM ? type->target->kind : type->kind;
}

/* Whether a value is an integer, and a signed one. */
bool type_is_integer(const ffi_ctype *type);
bool type_is_signed(const ffi_ctype *type);

#endif
