/* SPDX-License-Identifier: MIT */
/* Homogeneous aggregates, which some ABIs hand to vector registers member by member. */
#ifndef HOMOGENEOUS_H
#define HOMOGENEOUS_H

#include "type/type.h"

enum { HOMOGENEOUS_MEMBERS = 4 }; /* at most, whichever ABI: AAPCS64 5.9.5, Microsoft's "HVA" */

/* `count` values of type `base` and nothing else. */
struct homogeneous {
    const ffi_ctype *base;
    size_t           count; /* 1 to 4; 0: it is not homogeneous */
};

/* What an ABI has to say of them: which values a register takes; whether a bit-field of width 0 is a member. */
struct homogeneous_rules {
    bool (*is_base)(const ffi_ctype *type);
    bool empty_bits;
};

/* What the values of a record are that has its fields, its definition and its size. */
struct uniform uniform_of_record(const ffi_ctype *record);

/* A value that is itself a base is one of itself. */
struct homogeneous homogeneous_of(const ffi_ctype *type, const struct homogeneous_rules *rules);

#endif
