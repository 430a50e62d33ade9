/* SPDX-License-Identifier: MIT */
/* Chooses the entry of a callback from the ABI's record of entries, by the plan's registers. */
#include "callback/entries.h"

#include "base/error.h"

enum { ENTRY_SLOTS = 64 }; /* the largest number of slots that an entry has room for */

static entry_stub *at(const int32_t *entry) {
    return (entry_stub *)((uintptr_t)entry + (uintptr_t)*entry);
}

enum entry_kind entry_kind_of(const ffi_ctype *result) {
    switch (type_machine(result)) {
    case FFI_KIND_VOID: return OF_VOID;
    case FFI_KIND_I8: return OF_I8;
    case FFI_KIND_BOOL:
    case FFI_KIND_U8: return OF_U8;
    case FFI_KIND_I16: return OF_I16;
    case FFI_KIND_U16: return OF_U16;
    case FFI_KIND_I32:
    case FFI_KIND_U32: return OF_32;
    case FFI_KIND_F32: return OF_F32;
    case FFI_KIND_F64: return OF_F64;
    default: return OF_64;
    }
}

/* The same of a result that is one piece. It is loaded with the bytes that it has: a load of more waits for what
 * the handler has just stored. */
static enum entry_kind kind_of_scalar(const struct plan *plan) {
    const ffi_ctype *target = plan->signature->target;
    if (plan->core_result && !type_is_record(target) && type_machine(target) != FFI_KIND_F16)
        return entry_kind_of(target);
    if (!plan->nresults) return OF_VOID;
    uint32_t size = plan->results[0].size;
    if (plan->results[0].location == LOCATION_FPR) return size == 4 ? OF_F32 : OF_F64;
    return size == 1 ? OF_U8 : size == 2 ? OF_U16 : size == 4 ? OF_32 : OF_64;
}

/* The same of one piece or two where they have fewer bytes; `leave` if there is none. */
static unsigned narrowed(const int32_t *leaves, const struct plan *plan, unsigned leave) {
    static const uint8_t by_bytes[] = {[3] = LEAVE_24, [5] = LEAVE_40, [6] = LEAVE_48, [7] = LEAVE_56, [8] = 0};
    unsigned             half       = 0;
    if (leave == LEAVE_SCALARS + OF_64 && plan->nresults) half = by_bytes[plan->results[0].size];
    if (plan->nresults && plan->results[0].size >= 16 && plan->results[0].location == LOCATION_FPR)
        return plan->results[0].size == 16 ? LEAVE_F128 : LEAVE_F256;
    if (plan->nresults == 2 && plan->results[1].size == 4)
        half = leave == LEAVE_WORD_WORD ? LEAVE_WORD_HALF : leave == LEAVE_REAL_REAL ? LEAVE_REAL_SINGLE : 0;
    return half && leaves[half] ? half : leave;
}

static unsigned leave_of(const int32_t *leaves, const struct plan *plan) {
    unsigned leave = table_leave_of(plan);
    if (leave == LEAVE_SCALARS) leave += kind_of_scalar(plan);
    return narrowed(leaves, plan, leave);
}

/* The entry with a frame of a known size: one for that result, or one for any. */
static entry_stub *fixed_entry(const struct entries *entries, unsigned leave) {
    const int32_t *kinds = entries->fixed_kinds;
    return kinds && leave <= LEAVE_MEMORY && kinds[leave] ? at(&kinds[leave]) : entries->fixed_table;
}

/* That for a result in memory of few whole words; NULL if there is none. */
static const int32_t *memory_leave(const struct entries *entries, const struct plan *plan) {
    uint32_t size = plan->signature->target->size, words = size / 8;
    if (!plan->sret || size % 8 || words < 3 || words > entries->memory_words) return NULL;
    return &entries->fixed_memory[entries->memory_words - words];
}

/* Whether a callback needs an image: a va_list needs whole registers; many slots need the compiler's checks of
 * the stack; promoted arguments must be converted back. */
static bool is_by_image(const struct entries *entries, const struct plan *plan) {
    if (!entries->slot_entry || plan->feed != FEED_SLOTS || plan_takes_va_list(plan) ||
        plan->nmoves > ENTRY_SLOTS)
        return true;
    for (uint32_t i = 0; i < plan->nmoves; i++)
        if (plan->moves[i].op == MOVE_F32_F64) return true;
    return false;
}

static const struct entries *entries_of(const struct abi *abi) {
    const struct target_entries *target = target_entries;
    while (target->abi && target->abi != abi) target++;
    return target->entries;
}

/* Every processor has xmm registers. The upper bytes of wider registers are zero only if the whole register is
 * written. */
static unsigned late_index(unsigned vector) {
    return (vector > 16) + (vector > 32);
}

/* By a table. False if it has not all. */
static bool choose_table(const struct entries *entries, const struct plan *plan,
                         struct chosen_entries *chosen) {
    const struct wide_entry  *wide  = plan->vector > entries->frame.vector ? entries->wide : NULL;
    const struct entry_frame *frame = &entries->frame;
    if (wide) wide += plan->vector > 16, frame = &wide->frame;
    const int32_t *leaves = wide ? entries->wide_leaves : entries->leaves, *memory = NULL;
    entry_stub    *table = wide ? wide->table : entries->table;
    if (!wide && !plan->nfpr && entries->words_table) table = entries->words_table;
    if (!table_fits(plan, frame->vector)) return false;
    bool fixed = !wide && entries->fixed_table && table_of(plan, frame, NULL).frame <= entries->fixed_frame;
    if (!fixed && !table) return false;
    if (fixed) leaves = entries->fixed_leaves, memory = memory_leave(entries, plan);
    unsigned leave = leave_of(leaves, plan);
    chosen->by     = BY_TABLE;
    chosen->live   = fixed ? fixed_entry(entries, leave) : table;
    chosen->leave  = at(memory ? memory : &leaves[leave]);
    chosen->frame  = frame;
    return true;
}

bool entries_choose(const struct plan *plan, struct chosen_entries *chosen) {
    const struct entries *entries  = entries_of(plan->abi);
    bool                  by_image = entries && is_by_image(entries, plan);
    const char           *why      = NULL;
    if (!entries) why = "this build can only plan for it";
    else if (by_image && entries->lacking) why = entries->lacking(plan->vector);
    if (why) {
        fail(FFI_ERROR_UNSUPPORTED, "a callback of ABI '%s' cannot be made here: %s",
             plan->abi->convention.name, why);
        return false;
    }
    *chosen = (struct chosen_entries){.by = BY_SLOTS, .late = entries->late[late_index(plan->vector)]};
    if (by_image && !choose_table(entries, plan, chosen))
        chosen->by = BY_IMAGE, chosen->live = entries->image[vector_index(plan->vector)];
    else if (!by_image) chosen->live = at(entries->slot_entry(entries, plan));
    return true;
}
