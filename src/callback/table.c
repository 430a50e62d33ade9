/* SPDX-License-Identifier: MIT */
/* Tables of forms: a plan's moves as offsets in the frame of an entry. */
#include "callback/table.h"

#include "base/util.h"
#include "plan/abi.h"

enum { FRAME_ALIGNMENT = 16, PAIR = 16, TABLE_SLOTS = 64 };

/* The offset in the frame of the bytes that a move reads. */
static int32_t offset_of(const struct entry_frame *frame, const struct move *move) {
    switch (move->location) {
    case LOCATION_GPR: return frame->gprs + 8 * (int32_t)move->index;
    case LOCATION_FPR: return frame->fprs + frame->fpr_size * (int32_t)move->index;
    default: return frame->stack + (int32_t)move->index;
    }
}

/* The end of an argument's moves, which follow one another from `move` on. */
static const struct move *end_of(const struct plan *plan, const struct move *move, uint16_t arg) {
    while (move < plan->moves + plan->nmoves && move->arg == arg) move++;
    return move;
}

/* Whether the pieces already lie in the frame as one value. The place of the stack words has every alignment that the
 * frame has. Pieces of integer registers from `joined` on do not count: the entry stores these registers one by one, and a
 * handler that copies the value loads it at once, which would wait for both stores. */
static bool is_whole(const struct entry_frame *frame, const struct move *move, const struct move *end,
                     uint32_t alignment) {
    int32_t begin = offset_of(frame, move) - (int32_t)move->from;
    if ((begin - frame->stack) % (int32_t)alignment) return false;
    for (; move < end; move++) {
        if (offset_of(frame, move) - (int32_t)move->from != begin) return false;
        if (move->location == LOCATION_GPR && move->from && move->index >= frame->joined) return false;
    }
    return true;
}

/* Whether a move's location is a register that holds one float of a record. */
static bool is_single(const struct move *move) {
    return is_bytes((enum move_op)move->op) && move->location == LOCATION_FPR && move->size == 4;
}

/* Whether a move's location is a register that holds one _Float16 of a record. */
static bool is_half(const struct move *move) {
    return is_bytes((enum move_op)move->op) && move->location == LOCATION_FPR && move->size == 2;
}

/* The distance between the pieces of a value, 4, 8 or 16 bytes. 0 if it is not the same for all, or if a piece is larger. */
static uint32_t stride_of(const struct move *move, const struct move *end) {
    uint32_t second = end - move > 1 ? move[1].from : 8;
    uint32_t stride = second == 4 || second == 16 ? second : 8;
    for (uint32_t i = 0; move + i < end; i++)
        if (move[i].from != i * stride || move[i].size > stride) return 0;
    return stride;
}

static void put(struct slot_table *table, uint32_t *words, int32_t offset) {
    if (words) words[table->nwords] = (uint32_t)offset;
    table->nwords++;
}

/* Copies the pieces of an argument to offset `to`, two at a time. If one is left over, it is copied to both places. Pieces
 * of 16 bytes lie side by side already. */
static void put_copies(struct slot_table *table, const struct entry_frame *frame, uint32_t *words,
                       const struct move *move, const struct move *end, int32_t to) {
    int32_t halves = stride_of(move, end) == 4 ? 4 : 0;
    for (to += halves; move < end; move += 2, to += PAIR - 2 * halves) {
        put(table, words, offset_of(frame, move));
        put(table, words, offset_of(frame, move + (end - move > 1)));
        put(table, words, to);
        table->ncopies++;
    }
}

struct slot_table table_of(const struct plan *plan, const struct entry_frame *frame, uint32_t *words) {
    struct slot_table  table = {.frame = frame->below};
    const ffi_ctype   *type  = plan->signature;
    const struct move *move  = plan->moves;
    int32_t            slots[TABLE_SLOTS];
    for (uint16_t i = 0; i < type->count; i++) {
        const struct move *end = end_of(plan, move, i);
        if (move == end) slots[i] = 2 * frame->result; /* a type of size 0 */
        else if (!is_bytes((enum move_op)move->op)) slots[i] = 2 * offset_of(frame, move) + !frame->pointers;
        else if (is_whole(frame, move, end, type->params[i]->alignment))
            slots[i] = 2 * (offset_of(frame, move) - (int32_t)move->from);
        else {
            table.frame += (uint32_t)round_up(type->params[i]->size, PAIR);
            slots[i] = -2 * (int32_t)table.frame;
            put_copies(&table, frame, words, move, end, -(int32_t)table.frame);
        }
        move = end;
    }
    for (uint32_t i = 0; i < type->count; i++) put(&table, words, slots[i]);
    table.frame += (uint32_t)round_up(8 * (size_t)type->count, FRAME_ALIGNMENT);
    return table;
}

static unsigned boxed_kind(const struct move *move) {
    return move->location != LOCATION_FPR ? 0 : move->size == 4 ? 1 : 2;
}

unsigned table_leave_of(const struct plan *plan) {
    const struct move *results = plan->results;
    bool first = results[0].location == LOCATION_FPR, second = results[1].location == LOCATION_FPR;
    if (plan->sret) return LEAVE_MEMORY;
    if (plan->nx87) return LEAVE_X87 + plan->nx87 - 1u;
    if (plan->nresults < 2) return LEAVE_SCALARS;
    if (plan->abi->boxes && (first || second))
        return LEAVE_BOXED + (results[1].from == 8) * 9 + boxed_kind(&results[0]) * 3 + boxed_kind(&results[1]);
    if (is_single(&results[0])) return LEAVE_SINGLES;
    return LEAVE_WORD_WORD + 2u * first + second;
}

/* Whether the pieces of a value are one, or lie at equal distances, of a register at most: one that is aligned to 16 may
 * be in a register of 8. */
static bool joins(const struct move *move, const struct move *end, unsigned vector) {
    return (end - move < 2 && !move->from) || stride_of(move, end) - 1 < vector;
}

/* Whether a value on the stack is aligned for its type, or is one piece that the entry can copy. A typedef may ask for a
 * larger alignment than the place on the stack has. */
static bool is_placed(const struct move *move, const ffi_ctype *type) {
    return move->location != LOCATION_STACK || move->size <= 8 || move->index % type->alignment == 0;
}

static bool arguments_fit(const struct plan *plan, unsigned vector) {
    const struct move *move = plan->moves, *last = move + plan->nmoves, *end;
    for (; move < last; move = end) {
        end = end_of(plan, move, move->arg);
        if (is_bytes((enum move_op)move->op) && !is_placed(move, plan->signature->params[move->arg]))
            return false;
        if (move->op == MOVE_F32_F64 || is_half(move) || is_half(end - 1)) return false;
        if (is_bytes((enum move_op)move->op) && !joins(move, end, vector)) return false;
    }
    return true;
}

/* Whether the entry's frame has the alignment that the types ask for. If it is aligned to 32 bytes, the stack words are at
 * a known distance only if they are aligned to 32 bytes, too. Smaller values than 32 bytes are aligned to 16. */
static bool is_aligned(const struct plan *plan, unsigned alignment) {
    const ffi_ctype *type = plan->signature, *part = type->target;
    if (plan->nstack && plan->stack_alignment != alignment) return false;
    for (size_t i = 0; part; part = i < type->count ? type->params[i++] : NULL)
        if (part->alignment > (part->size < 32 ? 16 : alignment)) return false;
    return true;
}

bool table_fits(const struct plan *plan, unsigned vector) {
    if (plan->vector > vector || plan->packed || plan_takes_va_list(plan)) return false;
    if (plan->nx87 && vector == 32) return false; /* such an entry knows a vector by the result's size */
    if (plan->signature->count > TABLE_SLOTS || !is_aligned(plan, vector > 16 ? vector : 16)) return false;
    if (!arguments_fit(plan, vector) || (plan->nresults && plan->results[0].op == MOVE_BOX_16)) return false;
    for (unsigned i = 0; i < plan->nresults; i++)
        if (is_half(&plan->results[i]) || (plan->nx87 && plan->results[i].from != 16 * i)) return false;
    return plan->nx87 || !plan->nresults || joins(plan->results, plan->results + plan->nresults, vector);
}
