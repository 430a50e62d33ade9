/* SPDX-License-Identifier: MIT */
/* Homogeneous aggregates. Some ABIs pass each member in a register of its own. */
#ifndef HOMOGENEOUS_H
#define HOMOGENEOUS_H

#include "type/type.h"

enum { HOMOGENEOUS_MEMBERS = 4 }; /* the maximum of every ABI: AAPCS64 5.9.5, Microsoft's "HVA" */

/* `count` values of type `base` and nothing else. */
struct homogeneous {
    const ffi_ctype *base;
    size_t           count; /* 1 to 4; 0: it is not homogeneous */
};

/* The rules of an ABI: which types may be the base; whether a bit-field of width 0 counts as a member; whether no member
 * may be _Atomic, as for clang. */
struct homogeneous_rules {
    bool (*is_base)(const ffi_ctype *type);
    bool empty_bits, no_atomic;
};

/* The values of a record whose fields, definition and size are set. */
struct uniform uniform_of_record(const ffi_ctype *record);

/* A value whose type is a base is an aggregate of one. */
struct homogeneous homogeneous_of(const ffi_ctype *type, const struct homogeneous_rules *rules);

#endif
