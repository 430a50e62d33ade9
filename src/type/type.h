/* SPDX-License-Identifier: MIT */
/* Types. A context has one type for each structure, and frees it at its own end. Types do not change, except
 * that records and enums are completed, and that a failing declaration undoes the completion. The context's
 * lock guards the members that may change. Code without the lock uses query.c. */
#ifndef TYPE_H
#define TYPE_H

#include "base/util.h"
#include "type/model.h"

#include <stdatomic.h>

struct shape;

enum { TYPE_DEPTH = 150, TYPE_WEIGHT = 1 << 16 }; /* a deeper or heavier type is refused */

#define TYPE_SIZE_END      ((size_t)1 << 47) /* the size of an address space; larger types are refused */
#define TYPE_ALIGNMENT_MAX ((size_t)1 << 28)

/* The values of a record, if all have one type (homogeneous.c). */
struct uniform {
    uint8_t count : 5;      /* 0 to HOMOGENEOUS_MEMBERS */
    uint8_t holds : 1;      /* 0: the values have several types, are too many, or have padding */
    uint8_t empty_bits : 1; /* the record also has a bit-field of width 0 */
    uint8_t atomic : 1;     /* one of the values is _Atomic */
};

/* A member of a complete record, in a third of the bytes of an ffi_field, which type_field() makes of it. */
struct kept_field {
    const ffi_ctype *type;
    uint32_t         offset;    /* in bytes, its lowest 32 bits */
    uint32_t         text : 30; /* where its name begins, in bytes from this object on */
    uint32_t         has_name : 1;
    uint32_t         has_more : 1; /* a struct field_more ends there */
};

_Static_assert(sizeof(struct kept_field) <= 16, "a header has thousands of members");

enum { FIELD_TEXT_MOST = (1 << 30) - 1 };

/* What few members have. It is not aligned: type_field() reads it. */
struct field_more {
    uint32_t high_offset; /* the other bits of `offset`; ffi_field explains the members without a comment */
    uint16_t bit_offset, bit_width;
    uint8_t  alignment; /* its code */
    bool     is_bits;
};

static inlined const char *field_name(const struct kept_field *field) {
    return field->has_name ? (const char *)field + field->text : NULL;
}

/* How alignments are kept: by their logarithm + 1; 0: there is none. */
static inline unsigned alignment_code(size_t alignment) {
    unsigned code = 0;
    for (; alignment; alignment /= 2) code++;
    return code;
}

static inline size_t coded_alignment(unsigned code) {
    return code ? (size_t)1 << (code - 1) : 0;
}

/* A header makes thousands of types. So a type has only the members of its kind (type_extent()): derived types and
 * signatures have no name. */
struct ffi_ctype {
    ffi_context *context; /* the context that owns the type and frees it */
    uint8_t      kind;    /* ffi_kind */
    uint8_t      qualifiers;
    uint8_t      depth;           /* number of derivations below this one; so a walk of a type may recurse */
    bool         complete : 1;    /* its size is known */
    bool         variadic : 1;    /* signature: has a `...`; array: `[?]` */
    bool         flexible : 1;    /* record: ends in a flexible array member */
    bool         transparent : 1; /* union: passed as its first member (record.c) */
    bool         named : 1;       /* record: a member has a name, or a member of an unnamed member has one */
    bool         opaque : 1;      /* record: calls cannot pass it, or what is within it */
    bool         hollow : 1;      /* record: it has only padding */
    bool         is_variant : 1;  /* record, enum: not the definition itself */
    uint32_t     alignment;       /* in bytes; 0: void, a signature, incomplete */
    uint32_t     weight : 17;     /* number of types in its text; a signature may contain one type many times */

    /* Three codes of alignments (alignment_code()). natural_align: of a record the one without attributes on the
     * record itself (AAPCS64 6.8.2), of other types the one without `typedef_align` and _Atomic; 0: `alignment` is.
     * forced_align: the part of it that attributes ask for and that packing cannot undo (Microsoft). typedef_align:
     * the one that a typedef's attribute gave to this variant of the type. */
    uint32_t natural_align : 5;
    uint32_t forced_align : 5;
    uint32_t typedef_align : 5;

    union {
        uint32_t fixed; /* signature: parameters before the `...` */
        struct {
            _Atomic bool   is_final; /* record, enum: it is complete and will not change (query.c) */
            struct uniform uniform;  /* record */
        };
    };
    size_t           size;   /* in bytes */
    const ffi_ctype *target; /* pointee, element, an enum's integer, a signature's result */
    size_t
        count; /* elements, parameters, fields, an enum's constants, the bits of a _BitInt; no pointer's: type_count() */

    union {
        struct { /* signature */
            const ffi_ctype             **params;
            const struct convention      *abi;
            const char                   *notes; /* the rest of its declaration (note.c); NULL: nothing */
            _Atomic(const struct shape *) shape; /* its shape, once computed (shape.c) */
        };
        struct {               /* scalar, record, enum; others have the name NULL: type_name() */
            const char *name;  /* scalar: C's spelling; record, enum: the tag or NULL */
            const char *alias; /* scalar, record or enum without a tag: the typedef that names it, or NULL */

            /* A record or enum is made once per definition, and may be completed later. Its variants (qualified,
             * or with another alignment) are copies that are completed together with it. record_set_body() shows
             * which members that changes. */
            union {
                const struct kept_field *fields;    /* `alignment` of each is its attribute's */
                const char *const       *constants; /* type_constant() of each */
            };
            ffi_ctype *variants; /* the next variant of the same one; behind the last one the first; or NULL */
            uint64_t   comparison;  /* the last comparison that found it equal to another one (query.c) */
            const ffi_ctype *equal; /* that one */
            unsigned
                number; /* of its tag among the declared names (symbol_table.c); 0: a text has not declared it */
            unsigned                 body_call;  /* number of the parse that had its body */
            const struct definition *definition; /* record: what `fields` do not say (record.h); or NULL */
        };
    };
};

/* A constant of an enum. It is kept as its name, and the bytes of its value behind the name's NUL. */
struct enumerator {
    const char *name;
    int64_t     value;
};

/* Constants that are declared within a record. */
struct scoped {
    size_t      count;
    const char *names[]; /* kept constants */
};

/* What a declaration says about a parameter or the result, beside its type. Calls do not depend on it. */
struct noted {
    int64_t     length; /* the elements of a parameter declared as an array; of a result, errno_if's value */
    unsigned    annotations;  /* FFI_ANNOTATION_ */
    uint32_t    counter;      /* len: the index of the counting parameter */
    const char *name, *other; /* own: `other` is the freeing function */
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
    SCALAR_NAMED /* the first typedef; those of stdint.h and other headers follow */
};

/* The caller of everything below holds the context's lock. Failures are FFI_ERROR_MEMORY unless said otherwise.
 */

const ffi_ctype *type_scalar(ffi_context *context, enum scalar scalar);
ffi_kind         type_kind_of(const struct model *model, enum scalar scalar);
size_t           type_pointer_size(const struct model *model);

/* C's name of a scalar: for a standard typedef, such as int32_t, the type that it names. */
const char *type_spelling(const ffi_ctype *scalar);

/* Whether C treats the two as one type (C11 6.2.7), except for their own qualifiers. */
bool type_compatible(const ffi_ctype *a, const ffi_ctype *b);

/* Whether a name is a built-in type's (`size_t`, `i64`, `ptr`); and that type. */
bool             type_is_name(const char *name, size_t length);
const ffi_ctype *type_named(ffi_context *context, const char *name, size_t length);

/* Both in one: false if no built-in type has the name. `*type` is NULL on failure. */
bool type_of_name(ffi_context *context, const char *name, size_t length, const ffi_ctype **type);

/* The type equal to `draft`; made if the context has none. Parameters and notes are copied; a scalar's names must
 * live as long as the context. */
const ffi_ctype *type_intern(ffi_context *context, const ffi_ctype *draft);

const ffi_ctype *type_pointer(ffi_context *context, const ffi_ctype *pointee);
const ffi_ctype *type_qualified(ffi_context *context, const ffi_ctype *type, unsigned qualifiers);

/* The alignment without what a typedef asks for, and without _Atomic; without the former alone. */
size_t type_natural_alignment(const ffi_ctype *type);
size_t type_alignment_without_typedef(const ffi_ctype *type);

/* These check their arguments: an element must be complete, the size below TYPE_SIZE_END. `[]` is an array of 0
 * elements that is not `sized`; GNU C's `[0]` is `sized`. */
const ffi_ctype *type_array(ffi_context *context, const ffi_ctype *element, size_t count, bool sized);
const ffi_ctype *type_variable_array(ffi_context *context, const ffi_ctype *element); /* `[?]` */
const ffi_ctype *type_vector(ffi_context *context, const ffi_ctype *element, size_t count);
const ffi_ctype *type_complex(ffi_context *context, const ffi_ctype *element);

/* clang's ext_vector_type: a vector of any number of elements, with the size of the next power of two. */
const ffi_ctype *type_padded_vector(ffi_context *context, const ffi_ctype *element, size_t count);

/* _BitInt(bits): an integer, if it has as many bits as its size or if the model's calls extend it; otherwise a
 * record, whose bits above its own are unspecified (psABI 3.1.2), or where no compiler says how it is passed, an
 * opaque type. */
enum { BITINT_MAX = 65535 };
const ffi_ctype *type_bit_int(ffi_context *context, unsigned bits, bool is_unsigned);

/* A type of which only the layout is known, and with a size of 0 not even that. It is not passed by value. */
const ffi_ctype *type_opaque(ffi_context *context, const char *name, size_t size, size_t alignment);

/* The type of `typedef T name __attribute__((aligned(alignment)))`. */
const ffi_ctype *type_aligned(ffi_context *context, const ffi_ctype *type, size_t alignment);

/* The type of a parameter or a result in a signature: without qualifiers, arrays and functions as pointers (C11
 * 6.7.6.3). Fails with FFI_ERROR_TYPE if the type cannot be passed or returned. */
const ffi_ctype *type_parameter(ffi_context *context, const ffi_ctype *type);
const ffi_ctype *type_result(ffi_context *context, const ffi_ctype *type);

/* The number of elements of a parameter that is declared with this type; 0 if it is no array or has no length.
 */
static inline size_t type_parameter_length(const ffi_ctype *declared) {
    return declared->kind == FFI_KIND_ARRAY ? declared->count : 0;
}

/* The signature equal to `draft`, with notes of its parameters (NULL: none) and its result (NULL: nothing). */
const ffi_ctype *type_signature(ffi_context *context, ffi_ctype *draft, const struct noted *params,
                                const struct noted *result);

/* A variadic signature with these types of variable arguments. */
const ffi_ctype *type_variadic(ffi_context *context, const ffi_ctype *signature, const ffi_ctype *const *extra,
                               size_t count);

/* A parameter that must not be NULL, in a list. */
struct nonnull {
    const struct nonnull *next;
    uint64_t              number; /* from 1; 0: every pointer */
};

extern const struct nonnull nonnull_every; /* a list of 0 alone */

/* note.c: marks those of the parameters from `first` on that the list names. */
void notes_nonnull(struct noted *notes, const ffi_ctype *const *types, size_t first, size_t count,
                   const struct nonnull *named);

/* The same signature with this note on its result (NULL: as it is), and with these marks. */
const ffi_ctype *type_annotated(ffi_context *context, const ffi_ctype *signature, const struct noted *result,
                                const struct nonnull *named);

/* The bytes of a signature's notes; a signature with them; a signature without notes. */
size_t           notes_size(const char *notes);
const ffi_ctype *type_with_notes(ffi_context *context, const ffi_ctype *plain, const char *notes);
const ffi_ctype *type_without_notes(ffi_context *context, const ffi_ctype *signature);

/* Whether a note of a signature has an annotation beside `nonnull`. */
bool notes_annotated(const ffi_ctype *signature);

/* Undoes type_intern() of a type that nothing refers to, if it was the last change of the open journal. Returns
 * whether it was. */
bool type_forget(ffi_context *context, const ffi_ctype *type);

/* The note of a parameter; at the index after the last one, the note of the result. */
struct noted note_of(const ffi_ctype *signature, size_t index);

/* The scalar under the name of a typedef, which must live as long as the context. */
const ffi_ctype *type_renamed(ffi_context *context, const ffi_ctype *scalar, const char *alias);

/* enum.c: a kept constant; its value; whether it is this one. */
struct enumerator type_constant(const char *kept);
int64_t           type_constant_value(const char *kept);
bool              type_is_constant(const char *kept, const struct enumerator *constant);

/* Keeps a constant in the context's memory; writes the bytes of a value, or counts them if `to` is NULL. */
const char *type_keep_constant(ffi_context *context, const struct enumerator *constant);
size_t      type_put_constant_value(char *to, int64_t value);

/* A type's `natural_align` in bytes. */
static inline size_t type_plain_alignment(const ffi_ctype *type) {
    return type->natural_align ? coded_alignment(type->natural_align) : type->alignment;
}

/* Whether a value has only padding. */
static inline bool type_is_hollow(const ffi_ctype *type) {
    while (type->kind == FFI_KIND_ARRAY) type = type->target;
    return type->hollow;
}

/* Whether calls cannot pass a value, because what is in it is opaque. */
static inline bool type_is_opaque(const ffi_ctype *type) {
    while (type->kind == FFI_KIND_ARRAY) type = type->target;
    return type->opaque;
}

static inline bool type_is_record(const ffi_ctype *type) {
    return type->kind == FFI_KIND_STRUCT || type->kind == FFI_KIND_UNION;
}

/* Whether a type is made once per definition, not per structure. */
static inline bool type_is_nominal(const ffi_ctype *type) {
    return type_is_record(type) || type->kind == FFI_KIND_ENUM;
}

/* Whether a type is made of another one, and so has no name. */
static inline bool type_is_derived(const ffi_ctype *type) {
    switch ((ffi_kind)type->kind) {
    case FFI_KIND_POINTER:
    case FFI_KIND_COMPLEX:
    case FFI_KIND_VECTOR:
    case FFI_KIND_ARRAY:
    case FFI_KIND_FUNCTION: return true;
    default: return false;
    }
}

/* The name or NULL. */
static inline const char *type_name(const ffi_ctype *type) {
    return type_is_derived(type) ? NULL : type->name;
}

static inline size_t type_count(const ffi_ctype *type) {
    return type->kind == FFI_KIND_POINTER ? 0 : type->count;
}

/* The size of a type's block up to its own parameters and notes, or its tag. */
size_t type_extent(const ffi_ctype *type);

/* A copy with all members, from which another type can be made. */
ffi_ctype type_copy(const ffi_ctype *type);

/* The record or enum of which a type may be a variant; of other kinds the type itself. */
static inline const ffi_ctype *type_definition(const ffi_ctype *type) {
    while (type->is_variant) type = type->variants;
    return type;
}

/* The next variant of a record or enum; NULL: there is none. */
static inline ffi_ctype *type_next_form(const ffi_ctype *form) {
    return form->variants && form->variants->is_variant ? form->variants : NULL;
}

/* Whether a type belongs to this context. Fails with FFI_ERROR_ARGUMENT for the public function `where` if not.
 */
bool type_belongs(const char *where, ffi_context *context, const ffi_ctype *type);

/* The type itself if it is a signature, or its target if that is one; else NULL. */
static inline const ffi_ctype *type_called(const ffi_ctype *type) {
    if (type->kind == FFI_KIND_POINTER) type = type->target;
    return type->kind == FFI_KIND_FUNCTION ? type : NULL;
}

/* The same for an argument of the public function `where`. NULL, or a type of another context, is an error. */
const ffi_ctype *type_called_by(const char *where, ffi_context *context, const ffi_ctype *type);

/* The body of ffi_type_signature(), for the public function `where`, which errors name. Takes the lock. */
const ffi_ctype *type_checked_signature(const char *where, ffi_context *context, const ffi_ctype *result,
                                        const ffi_ctype *const *params, size_t count, size_t fixed);

/* The public queries of these names, for callers that hold the lock; of a record that has the member. */
ffi_field type_field(const ffi_ctype *record, size_t index);
bool      type_field_named(const ffi_ctype *record, const char *name, ffi_field *field);
bool      type_equal(const ffi_ctype *a, const ffi_ctype *b);

/* Whether types are equal but for names of members of which one is reserved: systems name them by feature
 * macros. type_same_member() compares two such names. */
bool type_equal_but_reserved(const ffi_ctype *a, const ffi_ctype *b);
bool type_same_member(const char *a, const char *b);

/* Writes the members in which two records differ, two lines for each: "before" and "now". At most 3 are
 * written. */
void   type_format_difference(const ffi_ctype *before, const ffi_ctype *now, char *buffer, size_t size);
size_t type_format(const ffi_ctype *type, char *buffer, size_t size);

/* Appends a type to a text. */
struct text;
void text_put_type(struct text *text, const ffi_ctype *type);

/* The kind by which a value is passed: of an enum, its integer's kind. */
static inline ffi_kind type_machine(const ffi_ctype *type) {
    return (ffi_kind)(type->kind == FFI_KIND_ENUM ? type->target->kind : type->kind);
}

/* Whether a type is an integer type; whether it is a signed one. */
bool type_is_integer(const ffi_ctype *type);

/* The bits of an integer type: those of its size, or N of _BitInt(N); whether it is a _BitInt. */
size_t type_bits(const ffi_ctype *type);
bool   type_is_bit_int(const ffi_ctype *type);
bool   type_is_signed(const ffi_ctype *type);

#endif
