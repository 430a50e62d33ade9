/* SPDX-License-Identifier: MIT */
#include "plan/chain.h"

#include "base/util.h"

void find_moves(struct chain *chain) {
    const struct move *move = chain->plan->moves, *end = move + chain->plan->nmoves + chain->plan->nrepeats;
    for (; move < end; move++)
        if (move->location <= LOCATION_FPR) chain->moves[move->location][move->index] = move;
}

void put_cell(struct chain *chain, uint64_t cell) {
    if (chain->count < chain->room) chain->cells[chain->count] = cell;
    chain->count++;
}

void put_step(struct chain *chain, const int32_t *entry) {
    put_cell(chain, (uintptr_t)entry + (uintptr_t)*entry);
}

void put_operands(struct chain *chain, uint32_t first, uint32_t second) {
    put_cell(chain, first | (uint64_t)second << 32);
}

/* ---- moves ---- */

bool is_pointed(const struct chain *chain, const struct move *move) {
    return chain->from == FROM_POINTERS || move->op >= MOVE_BYTES;
}

uint32_t loaded_bytes(const struct move *move) {
    switch (move->op) {
    case MOVE_BYTES:
    case MOVE_BOX: return move->size;
    case MOVE_64: return 8;
    case MOVE_32:
    case MOVE_BOX_32: return 4;
    default: return 0;
    }
}

bool is_word(const struct move *move) {
    uint32_t bytes = loaded_bytes(move);
    return bytes == 8 || bytes == 4;
}

enum move_op scalar_op(const struct move *move, bool pointed) {
    uint32_t bytes = pointed && !move->from ? loaded_bytes(move) : 0;
    return bytes == 8 ? MOVE_64 : bytes == 4 ? MOVE_32 : (enum move_op)move->op;
}

/* How a register takes what its argument's pointer points to, an index of `ordered`; ORDERED_LOADS: in no such way. */
static unsigned ordered_load(const struct chain *chain, const struct move *move) {
    enum move_op op = scalar_op(move, true);
    if (!is_pointed(chain, move)) return ORDERED_LOADS;
    if (move->location == LOCATION_FPR) return op <= MOVE_32 ? ORDERED_REALS + op : ORDERED_LOADS;
    return op <= MOVE_U16 ? op : ORDERED_LOADS;
}

/* In a positional ABI `ngpr` and `nfpr` count the other kind's registers too, but those have no moves. */
const int32_t *ordered_entry(const struct chain *chain, const int32_t (*table)[STEP_GPRS]) {
    const struct plan *plan     = chain->plan;
    enum location      location = plan->nfpr ? LOCATION_FPR : LOCATION_GPR;
    unsigned           count = plan->ngpr > plan->nfpr ? plan->ngpr : plan->nfpr, load = 0;
    if (!count || plan->sret || (move_to(chain, LOCATION_GPR, 0) && move_to(chain, LOCATION_FPR, 0)))
        return NULL;
    for (unsigned k = 0; k < count; k++) {
        const struct move *move = move_to(chain, location, k);
        unsigned           own  = move && move->arg == k ? ordered_load(chain, move) : ORDERED_LOADS;
        if (k && own != load) return NULL;
        load = own;
    }
    return load < ORDERED_LOADS && table[load][count - 1] ? &table[load][count - 1] : NULL;
}

/* The offset of the first copy in an image; 0 if there is none. */
static uint32_t first_copy(const struct plan *plan) {
    for (uint32_t i = 0; i < plan->nmoves; i++)
        if (plan->moves[i].op == MOVE_COPY) return plan->moves[i].copy;
    return 0;
}

uint32_t stack_area(const struct plan *plan) {
    if (plan->feed == FEED_SLOTS) return plan->nstack * 8; /* no slot is a copy */
    uint32_t copies = first_copy(plan);
    return plan->nstack * 8 + (copies ? (uint32_t)round_up(plan->image_size - copies, STACK_ALIGNMENT) : 0);
}

uint32_t run_operand(const struct chain *chain, const struct move *move, uint32_t from) {
    return move->arg * (uint32_t)chain->table->scale | from << 16;
}

/* ---- a value that is not loaded as it is ---- */

void put_fetch(struct chain *chain, const struct move *move, uint32_t from, uint32_t size) {
    const struct step_table *table  = chain->table;
    bool                     odd    = size > 2 || size == 0;
    unsigned                 narrow = move->op < MOVE_BOX_16 ? move->op - MOVE_I8
                                      : size == 1            ? MOVE_U8 - MOVE_I8
                                                             : MOVE_U16 - MOVE_I8;
    if (move->op < MOVE_BYTES || !odd)
        put_step(chain, is_pointed(chain, move) ? &table->fetch_piece[narrow] : &table->fetch_slot[narrow]);
    else put_step(chain, &table->fetch_odd[size - 3]);
    put_operands(chain, move->arg * 8u, 0);
    if (is_pointed(chain, move)) put_cell(chain, from);
}

uint32_t copy_at(const struct chain *chain, const struct move *move) {
    return chain->plan->nstack * 8 + move->copy - first_copy(chain->plan) + (uint32_t)chain->table->above;
}

void put_value(struct chain *chain, const struct move *move) {
    if (move->op != MOVE_COPY) {
        put_fetch(chain, move, move->from, move->size);
        return;
    }
    put_step(chain, &chain->table->locate);
    put_operands(chain, copy_at(chain, move), 0);
}

/* ---- one register ---- */

static const int32_t no_step = 0;

/* The one step that loads a register; an empty entry if it takes two. */
static const int32_t *one_step(const struct chain *chain, const struct move *move) {
    const struct step_table *table   = chain->table;
    unsigned                 k       = move->index;
    uint32_t                 bytes   = loaded_bytes(move);
    bool                     integer = move->location == LOCATION_GPR;
    if (integer && move->op >= MOVE_I8 && move->op <= MOVE_U16)
        return &table->narrow[chain->from][k][move->op - MOVE_I8];
    if (bytes < 8 && bytes != 4) return &no_step;
    if (!is_pointed(chain, move)) return &(integer ? table->slot_gpr : table->slot_fpr)[k][bytes == 4];
    return integer ? &table->piece_gpr[k][bytes == 4] : &table->piece_fpr[k][vector_step(bytes)];
}

void put_register(struct chain *chain, const struct move *move) {
    const int32_t *entry = one_step(chain, move);
    if (*entry) {
        put_step(chain, entry);
        put_operands(chain, move->arg * 8u, move->from);
        return;
    }
    put_value(chain, move);
    put_step(chain,
             &(move->location == LOCATION_GPR ? chain->table->take_gpr : chain->table->take_fpr)[move->index]);
}
