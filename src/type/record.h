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

/* What a record's own attributes and the pragmas around it ask for. */
struct record_rules {
    size_t alignment;   /* __attribute__((aligned)), _Alignas; 0: none */
    size_t pack;        /* #pragma pack; 0: none */
    bool   packed;      /* __attribute__((packed)) */
    bool   ms_struct;   /* __attribute__((ms_struct)), where the model heeds it */
    bool   transparent; /* __attribute__((transparent_union)) */
};

/* A record as it was declared; kept of those whose fields do not tell it all. */
struct definition {
    struct record_rules rules;
    size_t              count;
    struct member       members[];
};

/* The struct, union or enum of this tag, made incomplete if there is none; FFI_ERROR_TYPE if the tag is of
 * another kind. NULL as `tag` makes an unnamed one. Under the context's lock. */
ffi_ctype *record_tagged(ffi_context *context, ffi_kind kind, const char *tag, size_t length);

/* A new one, which is not found by its tag. */
ffi_ctype *record_new(ffi_context *context, ffi_kind kind, const char *tag, size_t length);

/* Lays the members out by the context's data model and completes the record and its qualified forms. One that
 * is complete may be declared again with the same members. On failure nothing has changed, and `*culprit` is
 * the index of the member at fault (`count`: the record). */
bool record_complete(ffi_context *context, ffi_ctype *record, const struct member *members, size_t count,
                     const struct record_rules *rules, size_t *culprit);

/* Notes in the journal that a record or an enum is about to be completed. */
bool record_note_completed(ffi_context *context, ffi_ctype *record);

/* Gives a record or enum and its forms the members or constants of `body`, and what follows from them. Nothing
 * else is written: the rest of a type is read without a lock. */
void record_set_body(ffi_ctype *record, const ffi_ctype *body);

/* FFI_ERROR_TYPE: it is defined already. */
bool record_fail_redefined(const ffi_ctype *type);

/* What the constants of an enum need: a sign, and bits. */
struct range {
    bool     negative;
    int64_t  least;
    uint64_t most;
};

void range_add(struct range *range, uint64_t bits, bool negative);
bool range_fits(const struct range *range, unsigned bits, bool is_signed);

/* The integer type that GNU C holds them in; SCALAR_VOID if there is none. */
enum scalar range_integer(const struct model *model, const struct range *range, bool packed);

/* Completes an enum of `count` constants (copied) over an integer type; again if they are the same. */
bool record_complete_enum(ffi_context *context, ffi_ctype *enumeration, const struct enumerator *constants,
                          size_t count, const ffi_ctype *integer);

/* transparent_union on a typedef of a union: heeded if it can be. */
bool record_make_transparent(ffi_context *context, const ffi_ctype *record);

/* va_list of the context's data model; and whether a type is that one, qualified or not. */
const ffi_ctype *va_list_type(ffi_context *context);
bool             va_list_is(const ffi_ctype *type);

#endif
