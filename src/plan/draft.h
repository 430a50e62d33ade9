/* SPDX-License-Identifier: MIT */
/* Drafts: what classifiers write a plan's moves with. */
#ifndef DRAFT_H
#define DRAFT_H

#include "plan/plan.h"

/* What a classifier fills: calls in the order of the arguments. A draft that was refused stays refused, and
 * takes no more moves; the classifier need not ask. */
struct draft {
    struct plan *plan;
    uint32_t     stack;           /* bytes of the stack area so far */
    uint32_t     stack_alignment; /* that some argument asks for; 16 at least */
    uint32_t     copies, copy_alignment;
    uint32_t     limit;     /* bytes of arguments, of copies, of a result in memory: more is refused */
    const char  *refused;   /* what the ABI does not speak of; NULL */
    bool         too_large; /* refused for its size: set by the functions below */
};

enum { COPY_ALIGNMENT = 16 }; /* of a copy, at least (Microsoft x64, "Parameter passing") */

/* Whether a value stands in its slot itself. */
static inline bool is_slot(const ffi_ctype *type) {
    return type->kind <= FFI_KIND_POINTER;
}

/* Two registers may be given the same bytes, one after the other, if they are of one position, and the ABI's
 * stubs for slots load both of each: a callback takes those of the first. */
void draft_register(struct draft *draft, size_t arg, enum location location, unsigned index, size_t from,
                    size_t size);
void draft_stack(struct draft *draft, size_t arg, size_t size, size_t alignment);
void draft_packed(struct draft *draft, size_t arg, size_t size, size_t alignment); /* not a whole word */
void draft_copy(struct draft *draft, size_t arg, enum location location,
                unsigned index); /* its address, that is */
void draft_result(struct draft *draft, enum location location, unsigned index, size_t from, size_t size);

#endif
