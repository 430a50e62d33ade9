/* SPDX-License-Identifier: MIT */
/* Drafts: the functions by which classifiers add moves to a plan. */
#ifndef DRAFT_H
#define DRAFT_H

#include "plan/plan.h"

/* A classifier calls the functions below in the order of the arguments. A refused draft stays refused and
 * accepts no more moves; the classifier need not check. */
struct draft {
    struct plan *plan;
    uint32_t     stack;           /* size of the stack area so far, in bytes */
    uint32_t     stack_alignment; /* the largest alignment of an argument; at least 16 */
    uint32_t     copies, copy_alignment;
    uint32_t     limit;     /* the largest size of the arguments, of the copies, and of a result in memory */
    const char  *refused;   /* a kind of type that the ABI does not define, or NULL */
    bool         too_large; /* set by the functions below: the limit is exceeded */
};

enum { COPY_ALIGNMENT = 16 }; /* the least alignment of a copy (Microsoft x64, "Parameter passing") */

/* Whether a slot holds a value of this type itself. */
static inline bool is_slot(const ffi_ctype *type) {
    return type->kind <= FFI_KIND_POINTER;
}

/* Passes bytes of an argument in a register. Two registers of one position may get the same bytes, one call
 * after the other, if the ABI's stubs for slots load both registers of each position. A callback reads the
 * first of the two. */
void draft_register(struct draft *draft, size_t arg, enum location location, unsigned index, size_t from,
                    size_t size);
void draft_stack(struct draft *draft, size_t arg, size_t size, size_t alignment);
void draft_rest(struct draft *draft, size_t arg, size_t from,
                size_t size); /* of which registers have the begin */
void draft_packed(struct draft *draft, size_t arg, size_t size,
                  size_t alignment); /* may share a stack word with others */
void draft_copy(struct draft *draft, size_t arg, enum location location,
                unsigned index); /* passes the address of a copy */
void draft_result(struct draft *draft, enum location location, unsigned index, size_t from, size_t size);

#endif
