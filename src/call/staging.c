/* SPDX-License-Identifier: MIT */
/*
 * Staging: arguments that are not slots as they stand are moved into slots, by the plan's table, and the
 * same stub runs over those. Arguments given by pointers enter here too.
 *
 * Everything here is on the way of a call: no lock, no allocation.
 */
#include "call/staging.h"

#include "base/util.h"
#include "call/function.h"

static const struct plan *plan_for(const ffi_function *function) {
    return ((const struct function *)(const void *)function)->plan;
}

/* Calls through one of the ABI's stubs, and stores a result that it leaves in a register. */
static inlined void invoke_stub(ffi_stub stub, const ffi_function *function, void *result, const void *args) {
    ffi_invoke_stub(stub, plan_for(function)->core_result, function, result, args);
}

/* Most calls have few arguments, and use an array of a constant size: an array of variable size costs a tenth
 * of a call. */
enum { FEW = 8 };

/* ---- arguments in slots ---- */

void stage_slots(const ffi_function *function, void *result, const void *args) {
    const struct plan *plan   = plan_for(function);
    const ffi_value   *values = args;
    ffi_value          slots[plan->nmoves];
    for (size_t i = 0; i < plan->nmoves; i++) slots[i].u64 = moved((enum move_op)plan->moves[i].op, &values[i]);
    invoke_stub(plan->register_stub, function, result, slots);
}

/* ---- arguments behind pointers ---- */

/* Tests for words first: most arguments are words, and a test is cheaper than a jump table. */
static inline void gather(const struct plan *plan, ffi_value *slots, void *const *args) {
    const struct move *move = plan->moves, *end = move + plan->nmoves;
    for (; move < end; move++, slots++, args++) {
        enum move_op op = (enum move_op)move->op;
        if (op == MOVE_64) memcpy(slots, *args, 8);
        else slots->u64 = op == MOVE_32 ? moved(MOVE_32, *args) : moved(op, *args);
    }
}

static outlined void gather_many(const ffi_function *function, void *result, void *const *args) {
    ffi_value slots[plan_for(function)->nmoves];
    gather(plan_for(function), slots, args);
    invoke_stub(plan_for(function)->register_stub, function, result, slots);
}

void stage_pointers(const ffi_function *function, void *result, const void *args) {
    const struct plan *plan = plan_for(function);
    ffi_value          slots[FEW];
    if (plan->nmoves > FEW) {
        gather_many(function, result, args);
        return;
    }
    gather(plan, slots, args);
    invoke_stub(plan->register_stub, function, result, slots);
}

/* ---- arguments that are not slots ---- */

static inlined void fill_image(const struct plan *plan, struct image *image, const void *args,
                               bool behind_pointers) {
    const struct move *end = plan->moves + plan->nmoves + plan->nrepeats;
    for (const struct move *move = plan->moves; move < end; move++) {
        void       *to   = (char *)image + move->to;
        const void *from = (const ffi_value *)args + move->arg;
        if (behind_pointers || move->op >= MOVE_BYTES) from = *(void *const *)from;
        if (is_bytes((enum move_op)move->op)) {
            move_bytes((enum move_op)move->op, to, (const char *)from + move->from, move->size);
        } else if (move->op == MOVE_COPY) {
            void *made = memcpy((char *)image + move->copy, from, move->size);
            memcpy(to, &made, sizeof made);
        } else {
            uint64_t word = moved((enum move_op)move->op, from);
            memcpy(to, &word, 8);
        }
    }
}

/* Calls through an image in `memory`, which has the plan's alignment. */
static inlined void invoke_image(const ffi_function *function, void *result, const void *args,
                                 bool behind_pointers, void *chain, void *memory, guard_stub *stub,
                                 struct guard *guard) {
    const struct plan *plan  = plan_for(function);
    struct image      *image = memory;
    image->vectors           = plan->nfpr;
    image->nstack            = plan->nstack;
    image->nx87              = plan->nx87;
    image->stack_mask        = -(uint64_t)plan->stack_alignment;
    image->chain             = chain;
    if (plan->nx87) memset(image->x87_result, 0, sizeof image->x87_result); /* writes 10 of the 16 bytes */
    if (plan->sret) image->gpr[plan->result_gpr] = (uintptr_t)result;
    fill_image(plan, image, args, behind_pointers);
    void *address = ((const struct function *)(const void *)function)->address;
    if (guard) stub(image, address, guard);
    else plan->image_stub(image, address);
    if (!result) return;
    const struct move *end = plan->results + plan->nresults;
    for (const struct move *move = plan->results; move < end; move++)
        copy_bytes((char *)result + move->from, (char *)image + move->to, move->size);
}

static inline void *aligned(void *memory, size_t alignment) {
    return (void *)(((uintptr_t)memory + alignment - 1) & ~(uintptr_t)(alignment - 1));
}

/* Calls through an image of variable size; and if the caller discards a result in memory, provides that memory.
 */
static inlined void invoke_sized(const ffi_function *function, void *result, const void *args,
                                 bool behind_pointers, void *chain, guard_stub *stub, struct guard *guard) {
    const struct plan *plan = plan_for(function);
    const ffi_ctype   *type = plan->signature->target;
    bool               lost = !result && plan->sret;
    char memory[plan->image_size + plan->image_alignment], unwanted[lost ? type->size + type->alignment : 1];
    if (lost) result = aligned(unwanted, type->alignment);
    invoke_image(function, result, args, behind_pointers, chain, aligned(memory, plan->image_alignment), stub,
                 guard);
}

static outlined void invoke_large(const ffi_function *function, void *result, const void *args,
                                  bool behind_pointers, void *chain) {
    invoke_sized(function, result, args, behind_pointers, chain, NULL, NULL);
}

void stage_guard(const ffi_function *function, void *result, const void *args, bool behind_pointers,
                 guard_stub *stub, struct guard *guard) {
    invoke_sized(function, result, args, behind_pointers, NULL, stub, guard);
}

enum { SMALL_IMAGE = IMAGE_FPR + 8 * 8 + 8 * 16 }; /* registers of 8 bytes, and 16 stack words */

static inlined void invoke_any_image(const ffi_function *function, void *result, const void *args,
                                     bool behind_pointers, void *chain) {
    const struct plan   *plan = plan_for(function);
    _Alignas(64) uint8_t memory[SMALL_IMAGE];
    if (plan->image_size > sizeof memory || plan->image_alignment > 64 || (!result && plan->sret))
        invoke_large(function, result, args, behind_pointers, chain);
    else invoke_image(function, result, args, behind_pointers, chain, memory, NULL, NULL);
}

void stage_image(const ffi_function *function, void *result, const void *args) {
    invoke_any_image(function, result, args, false, NULL);
}

void stage_image_pointers(const ffi_function *function, void *result, const void *args) {
    invoke_any_image(function, result, args, true, NULL);
}

void stage_chain(const ffi_function *function, void *result, void *const *args, void *chain) {
    invoke_any_image(function, result, args, true, chain);
}

/* ---- a result that needs memory, and that the caller discards ---- */

void stage_discarded(const ffi_function *function, void *result, const void *args) {
    const struct plan *plan = plan_for(function);
    const ffi_ctype   *type = plan->signature->target;
    char               memory[type->size + type->alignment];
    (void)result;
    plan->stub.store(function, aligned(memory, type->alignment), args);
}

void stage_discarded_pointers(const ffi_function *function, void *result, const void *args) {
    const struct plan *plan = plan_for(function);
    const ffi_ctype   *type = plan->signature->target;
    char               memory[type->size + type->alignment];
    (void)result;
    plan->pointers.store(function, aligned(memory, type->alignment), args);
}

#undef ffi_invoke_pointers
void ffi_invoke_pointers(const ffi_function *function, void *result, void *const *args) {
    ffi_invoke_pointers_inline(function, result, args);
}
