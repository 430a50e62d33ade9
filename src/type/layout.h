/* SPDX-License-Identifier: MIT */
/* The members of a record: whether they are valid, and where they lie. */
#ifndef LAYOUT_H
#define LAYOUT_H

#include "type/record.h"

/* Properties of a list of members, except their offsets. */
struct members {
    unsigned depth;    /* of the record's type */
    bool     flexible; /* the last is a flexible array, or a record that ends in one */
    bool     named;    /* these two: as in struct ffi_ctype */
    bool     hollow;
};

/* Whether a record can have these members. On failure `*culprit` is the index of the invalid one, or `count`
 * for the whole list. */
bool members_check(ffi_context *context, ffi_kind kind, const struct member *members, size_t count,
                   struct members *found, size_t *culprit);

/* Whether an attribute may ask for this alignment; 0 means no attribute. Fails with an error if not. */
bool is_alignment(size_t alignment);

struct layout {
    uint64_t size;      /* in bytes */
    size_t   alignment; /* in bytes; these three: as in struct ffi_ctype */
    size_t   natural_align;
    size_t   forced_align;
};

/* Lays out checked members. `places[i]` becomes the field of member i with its offset. False if the record
 * reaches TYPE_SIZE_END; `*culprit` is then the member that reaches it. */
bool layout_record(const struct model *model, ffi_kind kind, const struct member *members, size_t count,
                   const struct record_rules *rules, ffi_field *places, struct layout *layout, size_t *culprit);

#endif
