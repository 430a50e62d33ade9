/* SPDX-License-Identifier: MIT */
/*
 * Plans: made from a signature by its ABI's classifier, and interned. No register is named here. Printing is
 * in plan_format.c.
 */
#include "plan.h"

#include "abi.h"
#include "context.h"

_Static_assert(offsetof(struct plan, gpr) == PLAN_GPR, "arch/layout.h");
_Static_assert(offsetof(struct plan, fpr) == PLAN_FPR, "arch/layout.h");
_Static_assert(offsetof(struct plan, nstack) == PLAN_NSTACK, "arch/layout.h");
_Static_assert(offsetof(struct plan, nfpr) == PLAN_NFPR, "arch/layout.h");
_Static_assert(offsetof(struct plan, stack) == PLAN_STACK, "arch/layout.h");
_Static_assert(offsetof(struct image, vectors) == IMAGE_VECTORS, "arch/layout.h");
_Static_assert(offsetof(struct image, nstack) == IMAGE_NSTACK, "arch/layout.h");
_Static_assert(offsetof(struct image, nx87) == IMAGE_NX87, "arch/layout.h");
_Static_assert(offsetof(struct image, gpr_result) == IMAGE_GPR_RESULT, "arch/layout.h");
_Static_assert(offsetof(struct image, x87_result) == IMAGE_X87_RESULT, "arch/layout.h");
_Static_assert(sizeof(struct image) == IMAGE_FPR && IMAGE_FPR % 64 == 0, "arch/layout.h");
_Static_assert(FFI_MAX_ARGUMENTS <= UINT16_MAX, "a slot's number fits gpr and fpr");

enum { MOVES_PER_ARGUMENT = 4 }; /* AAPCS64's homogeneous aggregates; elsewhere two */

/* ---- what a type asks for ---- */

static bool is_slot(const ffi_ctype *type) {
    return type->kind <= FFI_KIND_POINTER;
}

static uint8_t ret_of(const ffi_ctype *type) {
    switch (type_machine(type)) {
    case FFI_KIND_VOID: return RET_VOID;
    case FFI_KIND_BOOL:
    case FFI_KIND_I8:
    case FFI_KIND_U8: return RET_8;
    case FFI_KIND_I16:
    case FFI_KIND_U16: return RET_16;
    case FFI_KIND_I32:
    case FFI_KIND_U32: return RET_32;
    case FFI_KIND_I64:
    case FFI_KIND_U64:
    case FFI_KIND_POINTER: return RET_64;
    case FFI_KIND_F32: return RET_F32;
    case FFI_KIND_F64: return RET_F64;
    default: return RET_IMAGE;
    }
}

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

/* ---- drafts ---- */

static void draft_move(struct draft *draft, struct move move) {
    struct plan *plan           = draft->plan;
    move.op                     = op_of(plan->signature->params[move.arg], move.arg >= plan->signature->fixed);
    plan->moves[plan->nmoves++] = move;
}

static void widen(struct draft *draft, enum place place, size_t size) {
    if (place == PLACE_FPR)
        while (draft->plan->vector < size) draft->plan->vector *= 2;
}

void draft_register(struct draft *draft, size_t arg, enum place place, unsigned index, size_t from,
                    size_t size) {
    widen(draft, place, size);
    draft_move(draft, (struct move){.place = (uint8_t)place,
                                    .arg   = (uint16_t)arg,
                                    .index = index,
                                    .from  = (uint32_t)from,
                                    .size  = (uint32_t)size});
}

void draft_stack(struct draft *draft, size_t arg, size_t size, size_t alignment) {
    if (alignment < 8) alignment = 8;
    if (alignment > draft->stack_alignment) draft->stack_alignment = (uint32_t)alignment;
    size_t at = round_up(draft->stack, alignment);
    if (size > PLAN_STACK_LIMIT || at + size > PLAN_STACK_LIMIT || alignment > 64) {
        draft->stack = UINT32_MAX; /* refused when the draft is read */
        return;
    }
    draft_move(draft,
               (struct move){
                   .place = PLACE_STACK, .arg = (uint16_t)arg, .index = (uint32_t)at, .size = (uint32_t)size});
    draft->stack = (uint32_t)round_up(at + size, 8);
}

void draft_result(struct draft *draft, enum place place, unsigned index, size_t from, size_t size) {
    struct plan *plan = draft->plan;
    widen(draft, place, size);
    plan->nx87 += place == PLACE_X87;
    plan->results[plan->nresults++] = (struct move){.op    = MOVE_BYTES,
                                                    .place = (uint8_t)place,
                                                    .index = index,
                                                    .from  = (uint32_t)from,
                                                    .size  = (uint32_t)size};
}

/* ---- plans ---- */

static bool has_slots(const struct plan *plan) {
    if (plan->ret == RET_IMAGE) return false;
    for (size_t i = 0; i < plan->signature->count; i++)
        if (!is_slot(plan->signature->params[i])) return false;
    return true;
}

static bool fill_extensions(struct plan *plan) {
    ffi_context      *context    = plan->context;
    struct extension *extensions = arena_new(&context->arena, context, plan->nmoves * sizeof *extensions);
    for (uint32_t i = 0; extensions && i < plan->nmoves; i++) {
        enum move_op op   = (enum move_op)plan->moves[i].op;
        bool         byte = op == MOVE_I8 || op == MOVE_U8, pair = op == MOVE_I16 || op == MOVE_U16;
        extensions[i].mask = byte ? 0xff : pair ? 0xffff : UINT64_MAX;
        extensions[i].sign = op == MOVE_I8 || op == MOVE_I16 ? extensions[i].mask / 2 + 1 : 0;
    }
    plan->extensions = extensions;
    return extensions;
}

/* Slots: the tables that the stubs read. */
static bool fill_slots(struct plan *plan) {
    bool words_only = true, slots_only = true, promoted = false;
    for (uint32_t i = 0; i < plan->nmoves; i++) {
        const struct move *move = &plan->moves[i];
        if (move->place == PLACE_GPR) plan->gpr[move->index] = move->arg;
        if (move->place == PLACE_FPR) plan->fpr[move->index] = move->arg;
        if (move->place == PLACE_STACK) plan->stack[move->index / 8] = move->arg;
        words_only &= move->op == MOVE_64;
        slots_only &= move->op == MOVE_64 || move->op == MOVE_32;
        promoted |= move->op == MOVE_F32_F64;
    }
    plan->core     = abi_stub(plan);
    plan->stub     = slots_only ? plan->core : promoted ? stage_promoted : stage_extended;
    plan->pointers = words_only ? abi_pointers_stub(plan) : NULL;
    if (!plan->pointers) plan->pointers = stage_pointers;
    return plan->stub != stage_extended || fill_extensions(plan);
}

static void set_offset(const struct plan *plan, struct move *move, uint32_t gprs) {
    switch (move->place) {
    case PLACE_GPR: move->to = gprs + move->index * 8; break;
    case PLACE_FPR: move->to = IMAGE_FPR + move->index * plan->vector; break;
    case PLACE_STACK: move->to = IMAGE_FPR + 8u * plan->vector + move->index; break;
    case PLACE_X87: move->to = IMAGE_X87_RESULT + move->index * 16; break;
    }
}

/* Image: where each move goes in it. */
static void fill_image(struct plan *plan) {
    const char *why = NULL;
    for (uint32_t i = 0; i < plan->nmoves; i++) set_offset(plan, &plan->moves[i], 0);
    for (unsigned i = 0; i < plan->nresults; i++) set_offset(plan, &plan->results[i], IMAGE_GPR_RESULT);
    plan->ret      = RET_IMAGE;
    plan->wide     = abi_wide_stub(plan, &why);
    plan->stub     = stage_image;
    plan->pointers = stage_image_pointers;
}

/* A classified plan over memory that is too large; its moves are `draft`'s. */
static bool classified(struct draft *draft) {
    struct plan *plan = draft->plan;
    plan->vector      = 8;
    plan->ret         = ret_of(plan->signature->target);
    plan->signature->abi->classify(draft);
    if (draft->refused) {
        fail(FFI_ERROR_UNSUPPORTED, "ABI '%s' does not pass %s", plan->signature->abi->name, draft->refused);
        return false;
    }
    if (draft->stack == UINT32_MAX) {
        fail(FFI_ERROR_RANGE, "the arguments need more than %d bytes of stack, or an alignment of more than 64",
             PLAN_STACK_LIMIT);
        return false;
    }
    plan->words  = draft->stack / 8;
    plan->nstack = (uint32_t)round_up(plan->words, draft->stack_alignment / 8);
    return true;
}

static const struct plan *plan_new(ffi_context *context, const ffi_ctype *signature) {
    if (!signature->abi->classify) {
        fail(FFI_ERROR_UNSUPPORTED, "of ABI '%s' only the data model is known yet: no plans",
             signature->abi->name);
        return NULL;
    }
    struct plan  plan       = {.signature = signature, .context = context};
    struct draft draft      = {.plan = &plan, .stack_alignment = 16};
    size_t       moves_size = (signature->count * MOVES_PER_ARGUMENT + 1) * sizeof(struct move);
    if (!(plan.moves = memory_new(context, moves_size))) return NULL;

    struct plan *made = NULL;
    if (classified(&draft)) {
        size_t words = has_slots(&plan) ? plan.nstack : 0, size = sizeof plan + words * sizeof(uint32_t);
        made = arena_new(&context->arena, context, size + plan.nmoves * sizeof(struct move));
        if (made) {
            *made       = plan;
            made->moves = memcpy((char *)made + size, plan.moves, plan.nmoves * sizeof(struct move));
        }
    }
    memory_free(context, plan.moves, moves_size);
    if (!made) return NULL;
    if (has_slots(made)) return fill_slots(made) ? made : NULL;
    fill_image(made);
    return made;
}

static bool is_for(const void *plan, const void *signature) {
    return ((const struct plan *)plan)->signature == signature;
}

/* A header may declare a function before the structs that it takes (C11 6.7.6.3p12), but a call needs them. */
static bool has_members(const ffi_ctype *type) {
    if (type->complete || !type_is_record(type)) return true;
    fail(FFI_ERROR_TYPE, "%s %.200s is passed by value, but its members are not declared",
         type->kind == FFI_KIND_STRUCT ? "struct" : "union", type->name);
    return false;
}

static bool is_callable(const ffi_ctype *signature) {
    bool good = has_members(signature->target);
    for (size_t i = 0; good && i < signature->count; i++) good = has_members(signature->params[i]);
    return good;
}

const struct plan *plan_of(ffi_context *context, const ffi_ctype *signature) {
    uint64_t           hash = hash_word(0, (uintptr_t)signature);
    const struct plan *plan = map_find(&context->plans, hash, is_for, signature);
    if (plan) return plan;
    plan = is_callable(signature) ? plan_new(context, signature) : NULL;
    return plan && map_add(&context->plans, context, hash, (void *)plan) ? plan : NULL;
}
