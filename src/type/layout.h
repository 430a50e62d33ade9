/* SPDX-License-Identifier: MIT */
/* The members of a record: whether they may be, and where they lie. */
#ifndef LAYOUT_H
#define LAYOUT_H

#include "type/record.h"

/* What there is to know of members but their places. */
struct members {
    unsigned depth;    /* of the record's type */
    bool     flexible; /* the last is a flexible array, or a record that ends in one */
    bool     named;    /* struct ffi_ctype says what these two are */
    bool     hollow;
};

/* Whether there can be a record of these members. On failure `*culprit` is the one at fault; `count`: all. */
bool members_check(ffi_context *context, ffi_kind kind, const struct member *members, size_t count,
                   struct members *found, size_t *culprit);

/* Whether an attribute may ask for this alignment; 0 is none. Fails if not. */
bool is_alignment(size_t alignment);

struct layout {
    uint64_t size;      /* in bytes */
    size_t   alignment; /* in bytes; struct ffi_ctype says what these three are */
    size_t   natural_align;
    size_t   forced_align;
};

/* Lays out members that were checked. `places[i]` becomes the field of member i with its place. False if the
 * record reaches TYPE_SIZE_END:
 * `*culprit` is the member that does. */
bool layout_record(const struct model *model, ffi_kind kind, const struct member *members, size_t count,
                   const struct record_rules *rules, ffi_field *places, struct layout *layout, size_t *culprit);

#endif
