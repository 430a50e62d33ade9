/* SPDX-License-Identifier: MIT */
/*
 * Plans: the classifier of an ABI makes them from a signature, and they are interned. This file names no
 * register. format.c prints plans.
 */
#include "plan/plan.h"

#include "base/util.h"
#include "plan/draft.h"
#include "plan/stubs.h"
#include "type/context.h"

_Static_assert(offsetof(struct plan, gpr) == PLAN_GPR, "arch/offsets.h");
_Static_assert(offsetof(struct plan, fpr) == PLAN_FPR, "arch/offsets.h");
_Static_assert(offsetof(struct plan, nstack) == PLAN_NSTACK, "arch/offsets.h");
_Static_assert(offsetof(struct plan, nfpr) == PLAN_NFPR, "arch/offsets.h");
_Static_assert(offsetof(struct plan, gpr_ops) == PLAN_GPR_OPS, "arch/offsets.h");
_Static_assert(offsetof(struct plan, fpr_ops) == PLAN_FPR_OPS, "arch/offsets.h");
_Static_assert(offsetof(struct plan, ngpr) == PLAN_NGPR, "arch/offsets.h");
_Static_assert(MOVE_64 == MOVE_OP_64 && MOVE_32 == MOVE_OP_32 && MOVE_I8 == MOVE_OP_I8 &&
                   MOVE_U8 == MOVE_OP_U8 && MOVE_I16 == MOVE_OP_I16 && MOVE_U16 == MOVE_OP_U16,
               "arch/offsets.h");
_Static_assert(offsetof(struct plan, steps) == PLAN_STEPS, "arch/offsets.h");
_Static_assert(offsetof(struct plan, stack) == PLAN_STACK, "arch/offsets.h");
_Static_assert(offsetof(struct plan, chain) == PLAN_CHAIN, "arch/offsets.h");
_Static_assert(offsetof(struct plan, pointer_chain) == PLAN_POINTER_CHAIN, "arch/offsets.h");
_Static_assert(offsetof(struct plan, discarding) == PLAN_DISCARDING, "arch/offsets.h");
_Static_assert(offsetof(struct plan, discarding_pointers) == PLAN_DISCARDING_POINTERS, "arch/offsets.h");
_Static_assert(offsetof(struct image, vectors) == IMAGE_VECTORS, "arch/offsets.h");
_Static_assert(offsetof(struct image, nstack) == IMAGE_NSTACK, "arch/offsets.h");
_Static_assert(offsetof(struct image, nx87) == IMAGE_NX87, "arch/offsets.h");
_Static_assert(offsetof(struct image, stack_mask) == IMAGE_STACK_MASK, "arch/offsets.h");
_Static_assert(offsetof(struct image, gpr_result) == IMAGE_GPR_RESULT, "arch/offsets.h");
_Static_assert(offsetof(struct image, x87_result) == IMAGE_X87_RESULT, "arch/offsets.h");
_Static_assert(offsetof(struct image, chain) == IMAGE_CHAIN, "arch/offsets.h");
_Static_assert(sizeof(struct image) == IMAGE_FPR && IMAGE_FPR % 64 == 0, "arch/offsets.h");
_Static_assert(FFI_MAX_ARGUMENTS <= UINT16_MAX, "a slot's number fits gpr and fpr");

enum { MOVES_PER_ARGUMENT = 4 }; /* for AAPCS64's homogeneous aggregates; other ABIs need two */

/* ---- what a type asks for ---- */

static uint8_t core_result_of(const ffi_ctype *type) {
    ffi_kind kind = type_machine(type);
    if (kind == FFI_KIND_F32) return FFI_RESULT_F32;
    if (kind == FFI_KIND_F64) return FFI_RESULT_F64;
    return (uint8_t)type->size; /* an integer's size is its FFI_RESULT_... */
}

/* ---- plans ---- */

bool plan_takes_va_list(const struct plan *plan) {
    return plan->signature->variadic && plan->signature->fixed == plan->signature->count;
}

bool plan_is_arranged(const struct plan *plan, unsigned every) {
    for (unsigned k = 1; k < plan->ngpr; k++)
        if (plan->gpr[k] != plan->gpr[k - 1] + every) return false;
    for (unsigned k = 1; k < plan->nfpr; k++)
        if (plan->fpr[k] != plan->fpr[k - 1] + every) return false;
    return true;
}

bool plan_is_row(const struct plan *plan) {
    const uint16_t *slots = plan->nfpr ? plan->fpr : plan->gpr;
    unsigned        count = plan->nfpr ? plan->nfpr : plan->ngpr;
    if (plan->ngpr && plan->nfpr) return false;
    for (unsigned k = 0; k < count + plan->nstack_used; k++)
        if ((k < count ? slots[k] : plan->stack[k - count]) != k) return false;
    return true;
}

static bool has_slots(const struct plan *plan) {
    const ffi_ctype *signature = plan->signature;
    if (!is_slot(signature->target) || signature->target->kind == FFI_KIND_F16) return false;
    if (plan->nmoves != signature->count || plan->packed) return false;
    for (size_t i = 0; i < signature->count; i++)
        if (!is_slot(signature->params[i])) return false;
    return true;
}

/* Lets unused registers name the slot of the first one. Entries store all registers, the first one last, and
 * stubs may load unused ones. */
static void repeat_first(struct plan *plan) {
    for (unsigned k = plan->ngpr; k < countof(plan->gpr); k++)
        plan->gpr[k] = plan->gpr[0], plan->gpr_ops[k] = plan->gpr_ops[0];
    for (unsigned k = plan->nfpr; k < countof(plan->fpr); k++)
        plan->fpr[k] = plan->fpr[0], plan->fpr_ops[k] = plan->fpr_ops[0];
}

/* Slots: fills the tables that stubs read. Staging makes the slots of narrow integers on the stack, of narrow
 * integers in positions if there are stack words too, of promoted variable arguments, and what no load extends
 * or boxes. */
static void fill_slots(struct plan *plan) {
    plan->feed      = FEED_SLOTS;
    bool full_slots = true, staged = false;
    bool stub_extends = !plan->abi->positional || plan->nstack_used <= plan->abi->shadow / 8;
    for (uint32_t i = 0; i < plan->nmoves + plan->nrepeats; i++) {
        const struct move *move     = &plan->moves[i];
        bool               extends  = move->op >= MOVE_I8 && move->op <= MOVE_U16;
        bool               on_stack = move->location == LOCATION_STACK;
        if (move->location == LOCATION_GPR) {
            plan->gpr[move->index]     = move->arg;
            plan->gpr_ops[move->index] = move->op;
        }
        if (move->location == LOCATION_FPR) {
            plan->fpr[move->index]     = move->arg;
            plan->fpr_ops[move->index] = move->op == MOVE_BOX_32 ? MOVE_32 : move->op; /* loading boxes */
        }
        if (on_stack) plan->stack[move->index / 8] = move->arg;
        else if (plan->abi->positional) plan->gpr_ops[move->index] = move->op;
        full_slots &= move->op == MOVE_64;
        staged |= move->op == MOVE_F32_F64 || move->op == MOVE_BOX_16 ||
                  (extends && (on_stack || !stub_extends)) ||
                  (move->op == MOVE_32 && on_stack && plan->abi->sign_extends);
    }
    if (staged) {
        memset(plan->gpr_ops, MOVE_64, sizeof plan->gpr_ops);
        memset(plan->fpr_ops, MOVE_64, sizeof plan->fpr_ops);
    }
    plan->staged     = staged;
    plan->full_slots = full_slots || staged;
    repeat_first(plan);
}

static void set_offset(const struct plan *plan, struct move *move, uint32_t gprs) {
    switch (move->location) {
    case LOCATION_GPR: move->to = gprs + move->index * 8; break;
    case LOCATION_FPR: move->to = IMAGE_FPR + move->index * plan->vector; break;
    case LOCATION_STACK: move->to = IMAGE_FPR + 8u * plan->vector + move->index; break;
    case LOCATION_X87: move->to = IMAGE_X87_RESULT + move->index * 16; break;
    }
}

/* Callbacks: whether the handler gets the address of an argument on the caller's stack, or of the caller's
 * copy, because its alignment is certain. gcc aligns copies to 16 on AArch64 and Windows, whatever their types
 * ask for. */
static bool stays(const struct plan *plan, const struct move *move) {
    uint32_t alignment = plan->signature->params[move->arg]->alignment;
    if (move->op == MOVE_COPY) return alignment <= COPY_ALIGNMENT;
    return move->location == LOCATION_STACK && move->size == plan->signature->params[move->arg]->size &&
           alignment <= plan->stack_alignment && move->index % alignment == 0;
}

/* Assigns room in a callback's buffer to arguments that are not slots. */
static void fill_buffer(struct plan *plan) {
    size_t buffer = 0, begun = 0;
    for (uint32_t i = 0; i < plan->nmoves; i++) {
        struct move     *move      = &plan->moves[i];
        const ffi_ctype *type      = plan->signature->params[move->arg];
        size_t           alignment = type->alignment < BUFFER_ALIGNMENT ? type->alignment : BUFFER_ALIGNMENT;
        if (move->op < MOVE_BYTES) continue;
        move->buffer = MOVE_IN_PLACE;
        if (stays(plan, move)) continue;
        if (i == 0 || move->arg != move[-1].arg) {
            begun  = round_up(buffer, alignment);
            buffer = begun + type->size;
        }
        move->buffer = (uint32_t)begun;
    }
    plan->buffer = (uint32_t)buffer;
}

/* Computes where each move goes in an image; callbacks of plans with slots may use an image too. Staging writes
 * 8 bytes for a slot even if the stack area has fewer for it: the next argument overwrites the rest, and room
 * follows the last one. */
static size_t fill_offsets(struct plan *plan, const struct draft *draft) {
    size_t end    = IMAGE_FPR + 8u * plan->vector + 8u * ((size_t)plan->nstack + plan->packed);
    size_t copies = round_up(end, draft->copy_alignment);
    for (uint32_t i = 0; i < plan->nmoves + plan->nrepeats; i++) {
        struct move *move = &plan->moves[i];
        set_offset(plan, move, 0);
        if (move->op == MOVE_COPY) move->copy += (uint32_t)copies;
    }
    for (unsigned i = 0; i < plan->nresults; i++) set_offset(plan, &plan->results[i], IMAGE_GPR_RESULT);
    fill_buffer(plan);
    return copies;
}

/* Moves repeats to the end: moves that copy the bytes of the move before to a second register. */
static void separate_repeats(struct plan *plan) {
    struct move repeats[countof(plan->gpr)], *moves = plan->moves;
    uint32_t    kept = 0;
    for (uint32_t i = 0; i < plan->nmoves; i++) {
        bool again = kept && moves[i].arg == moves[kept - 1].arg && moves[i].from == moves[kept - 1].from;
        if (again) repeats[plan->nrepeats++] = moves[i];
        else moves[kept++] = moves[i];
    }
    plan->nmoves = kept;
    memcpy(moves + kept, repeats, plan->nrepeats * sizeof *repeats);
}

/* Classifies the signature of a draft's plan. The plan is still in the caller's memory. False with an error. */
static bool classified(struct draft *draft) {
    struct plan     *plan   = draft->plan;
    const ffi_ctype *result = plan->signature->target;
    plan->vector            = plan_takes_va_list(plan) ? 16 : 8;
    plan->core_result       = is_slot(result) ? core_result_of(result) : 0;
    plan->abi->classify(draft);
    if (draft->refused) {
        fail(FFI_ERROR_UNSUPPORTED, "ABI '%s' does not pass %s", plan->abi->convention.name, draft->refused);
        return false;
    }
    if (draft->too_large) {
        fail(FFI_ERROR_RANGE, "the arguments need more than %u bytes of stack", draft->limit);
        return false;
    }
    if (plan->sret && result->size + result->alignment > draft->limit) {
        fail(FFI_ERROR_RANGE, "a result of %zu bytes; more than %u are not returned by value",
             (size_t)result->size, draft->limit);
        return false;
    }
    separate_repeats(plan);
    plan->nstack_used     = (draft->stack + 7) / 8;
    plan->nstack          = (uint32_t)round_up(plan->nstack_used, draft->stack_alignment / 8);
    plan->stack_alignment = draft->stack_alignment;
    return true;
}

/* Copies a classified plan to the context's memory, and adds the tables of its case behind it. */
static struct plan *finish_plan(const struct plan *plan, const struct draft *draft, bool image) {
    const struct stubs *stubs = stubs_of(plan->abi);
    bool   slots = !image && stubs && (stubs->each || stubs->each_position || stubs->steps) && has_slots(plan);
    size_t moves = sizeof *plan + (slots ? plan->nstack : 0) * sizeof(uint32_t);
    size_t end   = moves + (plan->nmoves + plan->nrepeats) * sizeof(struct move);
    struct plan *made = arena_words(&plan->context->arena, &plan->context->heap, end);
    if (!made) return NULL;
    *made = *plan;
    memset(made + 1, 0, moves - sizeof *made);
    made->moves   = memcpy((char *)made + moves, plan->moves, end - moves);
    size_t copies = fill_offsets(made, draft);
    if (slots) fill_slots(made);
    else made->image_size = (uint32_t)(copies + draft->copies), made->image_alignment = draft->copy_alignment;
    return made;
}

static bool is_assumed(const ffi_ctype *type) {
    return type->kind == FFI_KIND_ENUM && !type->complete;
}

/* Counts enums of which only the tag is known. A later declaration may give such an enum another type than int.
 */
static uint16_t count_assumed(const ffi_ctype *signature) {
    unsigned count = is_assumed(signature->target);
    for (size_t i = 0; i < signature->count; i++) count += is_assumed(signature->params[i]);
    return (uint16_t)count;
}

struct plan *plan_make(ffi_context *context, const ffi_ctype *signature, uint32_t limit, bool image) {
    const struct abi *abi = abi_of(signature->abi);
    if (!abi->classify) {
        fail(FFI_ERROR_UNSUPPORTED, "ABI '%s' has a data model but no plans", signature->abi->name);
        return NULL;
    }
    struct plan plan = {
        .signature = signature, .abi = abi, .context = context, .assumed = count_assumed(signature)};
    struct draft draft = {
        .plan = &plan, .stack = abi->shadow, .stack_alignment = 16, .copy_alignment = 64, .limit = limit};
    struct move few[4 * MOVES_PER_ARGUMENT + 1]; /* most signatures have at most four parameters */
    size_t      moves_size = (signature->count * MOVES_PER_ARGUMENT + 1) * sizeof *few;
    plan.moves             = moves_size <= sizeof few ? few : memory_new(&context->heap, moves_size);
    if (!plan.moves) return NULL;

    struct plan *made = classified(&draft) ? finish_plan(&plan, &draft, image) : NULL;
    if (plan.moves != few) memory_free(&context->heap, plan.moves, moves_size);
    return made;
}

static bool is_for(const void *plan, const void *signature) {
    return ((const struct plan *)plan)->signature == signature;
}

/* A header may declare a function before the structs of its parameters (C11 6.7.6.3p12), but a call needs their
 * members. */
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

struct plan *plan_of(ffi_context *context, const ffi_ctype *signature) {
    if (!(signature = type_without_notes(context, signature))) return NULL;
    uint64_t     hash = hash_word(0, (uintptr_t)signature);
    struct plan *plan = map_find(&context->plans, hash, is_for, signature);
    if (plan && (!plan->assumed || plan->assumed == count_assumed(signature))) return plan;
    struct plan *stale = plan;
    plan               = is_callable(signature) ? plan_make(context, signature, PLAN_STACK_LIMIT, false) : NULL;
    if (!plan) return NULL;
    if (stale) map_remove(&context->plans, hash, stale);
    return map_add(&context->plans, &context->heap, hash, plan) ? plan : NULL;
}
