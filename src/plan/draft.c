/* SPDX-License-Identifier: MIT */
/* Drafts: each call of a classifier adds a move. This file names no register. */
#include "plan/draft.h"

#include "base/util.h"
#include "plan/abi.h"

/* The operation that moves a value of this type. */
static uint8_t op_of(const ffi_ctype *type, bool variable) {
    switch (type_machine(type)) {
    case FFI_KIND_I8: return MOVE_I8;
    case FFI_KIND_BOOL:
    case FFI_KIND_U8: return MOVE_U8;
    case FFI_KIND_I16: return MOVE_I16;
    case FFI_KIND_F16:
    case FFI_KIND_U16: return MOVE_U16;
    case FFI_KIND_I32:
    case FFI_KIND_U32: return MOVE_32;
    case FFI_KIND_F32: return variable ? MOVE_F32_F64 : MOVE_32;
    default: return is_slot(type) ? MOVE_64 : MOVE_BYTES;
    }
}

/* Adds a move, unless the draft is refused: then no plan is made, but the classifier still calls for each
 * argument. */
static bool is_refused(const struct draft *draft) {
    return draft->refused || draft->too_large;
}

/* The same in a register of an ABI that boxes. */
static uint8_t boxed(uint8_t op, uint32_t size) {
    if (op == MOVE_32) return MOVE_BOX_32;
    if (op == MOVE_U16) return MOVE_BOX_16;
    return op == MOVE_BYTES && size < 8 ? MOVE_BOX : op;
}

static uint8_t op_to(const struct plan *plan, const ffi_ctype *type, bool variable, const struct move *move) {
    uint8_t op = op_of(type, variable);
    return plan->abi->boxes && move->location == LOCATION_FPR ? boxed(op, move->size) : op;
}

static void draft_move(struct draft *draft, struct move move) {
    struct plan *plan = draft->plan;
    if (is_refused(draft)) return;
    const ffi_ctype *signature  = plan->signature;
    move.op                     = op_to(plan, signature->params[move.arg], move.arg >= signature->fixed, &move);
    plan->moves[plan->nmoves++] = move;
}

static void widen(struct draft *draft, enum location location, size_t size) {
    if (location == LOCATION_FPR)
        while (draft->plan->vector < size) draft->plan->vector *= 2;
}

void draft_register(struct draft *draft, size_t arg, enum location location, unsigned index, size_t from,
                    size_t size) {
    widen(draft, location, size);
    draft_move(draft, (struct move){.location = (uint8_t)location,
                                    .arg      = (uint16_t)arg,
                                    .index    = index,
                                    .from     = (uint32_t)from,
                                    .size     = (uint32_t)size});
}

static void push(struct draft *draft, size_t arg, size_t from, size_t size, size_t alignment) {
    size_t at = round_up(draft->stack, alignment);
    if (size > draft->limit || at + size > draft->limit || alignment > draft->limit) draft->too_large = true;
    if (is_refused(draft)) return;
    draft_move(draft, (struct move){.location = LOCATION_STACK,
                                    .arg      = (uint16_t)arg,
                                    .index    = (uint32_t)at,
                                    .from     = (uint32_t)from,
                                    .size     = (uint32_t)size});
    draft->stack = (uint32_t)(at + size);
    draft->plan->packed |= at % 8 != 0;
    if (alignment > draft->stack_alignment) draft->stack_alignment = (uint32_t)alignment;
}

void draft_packed(struct draft *draft, size_t arg, size_t size, size_t alignment) {
    push(draft, arg, 0, size, alignment);
}

void draft_stack(struct draft *draft, size_t arg, size_t size, size_t alignment) {
    push(draft, arg, 0, size, alignment < 8 ? 8 : alignment);
    draft->stack = (uint32_t)round_up(draft->stack, 8);
}

void draft_rest(struct draft *draft, size_t arg, size_t from, size_t size) {
    push(draft, arg, from, size, 8);
    draft->stack = (uint32_t)round_up(draft->stack, 8);
}

void draft_copy(struct draft *draft, size_t arg, enum location location, unsigned index) {
    const ffi_ctype *type      = draft->plan->signature->params[arg];
    size_t           alignment = type->alignment > COPY_ALIGNMENT ? type->alignment : COPY_ALIGNMENT;
    size_t           at = round_up(draft->copies, alignment), end = at + type->size;
    if (type->size > draft->limit || end > draft->limit || type->alignment > draft->limit)
        draft->too_large = true;
    if (location == LOCATION_STACK) draft_stack(draft, arg, 8, 8);
    else draft_register(draft, arg, location, index, 0, 8);
    if (is_refused(draft)) return;
    struct move *move = &draft->plan->moves[draft->plan->nmoves - 1]; /* the move just added */
    move->op          = MOVE_COPY;
    move->size        = (uint32_t)type->size;
    move->copy        = (uint32_t)at;
    draft->copies     = (uint32_t)end;
    if (type->alignment > draft->copy_alignment) draft->copy_alignment = (uint32_t)type->alignment;
}

void draft_result(struct draft *draft, enum location location, unsigned index, size_t from, size_t size) {
    struct plan *plan = draft->plan;
    struct move  move = {
         .location = (uint8_t)location, .index = index, .from = (uint32_t)from, .size = (uint32_t)size};
    widen(draft, location, size);
    plan->nx87 += location == LOCATION_X87;
    move.op                         = op_to(plan, plan->signature->target, false, &move);
    plan->results[plan->nresults++] = move;
}
