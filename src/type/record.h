/* SPDX-License-Identifier: MIT */
/* Records (structs and unions): from members as they are declared to members with a place. */
#ifndef RECORD_H
#define RECORD_H

#include "type/type.h"

/* A member as it is declared. */
struct member {
    ffi_field field;  /* name (copied), type, alignment, is_bits, bit_width */
    bool      packed; /* __attribute__((packed)) on the member itself */
};

/* The rules for a record: its own attributes, and the pragmas around it. */
struct record_rules {
    size_t alignment;    /* __attribute__((aligned)), _Alignas; 0: none */
    size_t pack;         /* #pragma pack; 0: none */
    bool   packed;       /* __attribute__((packed)) */
    bool   other_struct; /* ms_struct, on MinGW gcc_struct, if the model has the other form */
    bool   transparent;  /* __attribute__((transparent_union)) */
};

/* What few records have beside their fields. */
struct definition {
    struct record_rules  rules;
    const struct scoped *scoped;    /* NULL: no constants are declared within */
    size_t               count;     /* of `members`; 0: the fields say everything */
    struct member        members[]; /* as they were declared, unnamed bit-fields too */
};

/* The members of a complete record as they were declared. */
size_t        record_member_count(const ffi_ctype *record);
struct member record_member(const ffi_ctype *record, size_t index);

/* The constants that are declared within a record; NULL: there are none. */
const struct scoped *record_scoped(const ffi_ctype *record);

/* The struct, union or enum with this tag; a new incomplete one if there is none. Fails with FFI_ERROR_TYPE if
 * the tag has another kind; a context that keeps first declarations has a type of each kind. `tag` NULL makes an unnamed type. Under the context's lock. */
ffi_ctype *record_tagged(ffi_context *context, ffi_kind kind, const char *tag, size_t length);

/* The same if there is one, else NULL; of any kind if `kind` is FFI_KIND_VOID. */
ffi_ctype *record_find(const ffi_context *context, ffi_kind kind, const char *tag, size_t length);

/* Makes a new record, which is not found by its tag. */
ffi_ctype *record_new(ffi_context *context, ffi_kind kind, const char *tag, size_t length);

/* Lays out the members by the context's data model, and completes the record and its variants. A complete
 * record may be declared again with the same members. On failure nothing has changed, and `*culprit` is the
 * index of the wrong member (`count`: the record). */
bool record_complete(ffi_context *context, ffi_ctype *record, const struct member *members, size_t count,
                     const struct record_rules *rules, size_t *culprit);

/* Keeps the constants that are declared within a complete record, for ffi_type_constant(). They are copied. */
bool record_keep_scoped(ffi_context *context, ffi_ctype *record, const struct enumerator *constants,
                        size_t count);

/* Notes in the journal that a record or an enum will be completed. */
bool record_note_completed(ffi_context *context, ffi_ctype *record);

/* Copies the members or constants of `body`, and everything that depends on them, to a record or enum and to
 * its variants. It writes nothing else, because the rest of a type is read without a lock. */
void record_set_body(ffi_ctype *record, const ffi_ctype *body);

/* Fails with FFI_ERROR_TYPE: the record is defined already. True in a context that keeps first declarations. */
bool record_fail_redefined(const ffi_ctype *type);

/* The integer that the constants of an enum need: whether it is signed, and its bits. */
struct range {
    bool     wraps; /* each constant is converted to int before it is added */
    bool     negative;
    int64_t  least;
    uint64_t most;
};

void range_add(struct range *range, uint64_t bits, bool negative);
bool range_fits(const struct range *range, unsigned bits, bool is_signed);

/* The integer type that GNU C chooses; SCALAR_VOID if no type holds all constants. */
enum scalar range_integer(const struct model *model, const struct range *range, bool packed);

/* Completes an enum with `count` constants, whose names are kept constants with the same values, and an integer
 * type. A complete enum may be declared again with the same constants. */
bool record_complete_enum(ffi_context *context, ffi_ctype *enumeration, const struct enumerator *constants,
                          size_t count, const ffi_ctype *integer);

/* Applies transparent_union from a typedef of a union, if the union allows it. */
bool record_make_transparent(ffi_context *context, const ffi_ctype *record);

/* va_list of the context's data model; and whether a type is va_list, qualified or not. */
const ffi_ctype *va_list_type(ffi_context *context);
bool             va_list_is(const ffi_ctype *type);

#endif
