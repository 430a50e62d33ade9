/* SPDX-License-Identifier: MIT */
/* The steps of a chain that store stack words and copies. They use the registers of integers, so they come first. */
#include "plan/chain.h"

#include "base/util.h"
#include "type/type.h"

/* Bytes as they are: a block of words, and what is left of one. */
static void put_block(struct chain *chain, const struct move *move, uint32_t to) {
    const struct step_table *table = chain->table;
    uint32_t                 whole = move->size & ~7u, left = move->size - whole;
    const ffi_ctype         *type = chain->plan->signature->params[move->arg];
    if (type_machine(type) == FFI_KIND_F80) {
        put_step(chain, &table->extended);
        put_operands(chain, move->arg * 8u, move->from);
        put_operands(chain, to, 0);
        return;
    }
    if (whole) {
        bool           known = whole >= 16 && whole <= 8 + 8 * countof(table->blocks);
        const int32_t *block = known ? &table->blocks[(whole - 16) / 8] : &table->block;
        put_step(chain, *block ? block : &table->block);
        put_operands(chain, move->arg * 8u, move->from);
        put_operands(chain, to, whole);
    }
    if (!left) return;
    put_fetch(chain, move, move->from + whole, left);
    put_step(chain, &table->take_word);
    put_operands(chain, to + whole, 0);
}

/* As many words as follow one another; the number of moves. */
static uint32_t put_halves(struct chain *chain, const int32_t *entry, const struct move *move,
                           const struct move *end) {
    uint32_t count = 0, operands[2] = {0};
    while (move + count < end && move[count].location == LOCATION_STACK && move[count].op < MOVE_BYTES &&
           is_word(&move[count]) && move[count].index == move->index + 8 * count)
        count++;
    put_step(chain, entry);
    put_operands(chain, move->index + (uint32_t)chain->table->above, count);
    for (uint32_t i = 0; i < count; i++) {
        operands[i % 2] = run_operand(chain, &move[i], loaded_bytes(&move[i]) - 4);
        if (i % 2 || i + 1 == count) put_operands(chain, operands[0], operands[1]);
    }
    return count;
}

static uint32_t put_word(struct chain *chain, const struct move *move, const struct move *end) {
    const struct step_table *table = chain->table;
    uint32_t                 to    = move->index + (uint32_t)table->above;
    if (move->op == MOVE_BYTES) return put_block(chain, move, to), 1;
    const int32_t *several = is_pointed(chain, move) ? &table->halves : &table->slot_words;
    if (is_word(move) && *several) return put_halves(chain, several, move, end);
    if (is_word(move)) {
        put_step(chain, &table->slot_word[loaded_bytes(move) == 4]);
        put_operands(chain, move->arg * 8u, to);
        return 1;
    }
    put_value(chain, move);
    put_step(chain, &table->take_word);
    put_operands(chain, to, 0);
    return 1;
}

/* Whether argument k is an integer of 8 bytes, and in the k-th of the registers and stack words. */
static bool is_row(const struct chain *chain) {
    const struct plan *plan = chain->plan;
    if (plan->nfpr || plan->sret || plan->nmoves != plan->ngpr + plan->nstack_used) return false;
    for (uint32_t k = 0; k < plan->nmoves; k++) {
        const struct move *move  = &plan->moves[k];
        bool               stack = k >= plan->ngpr;
        if (move->op != MOVE_64 || move->arg != k) return false;
        if (move->location != (stack ? LOCATION_STACK : LOCATION_GPR)) return false;
        if (move->index != (stack ? 8 * (k - plan->ngpr) : k)) return false;
    }
    return true;
}

void put_words(struct chain *chain) {
    const struct step_table *table = chain->table;
    const struct move       *move = chain->plan->moves, *end = move + chain->plan->nmoves;
    uint32_t                 words = chain->plan->nstack_used;
    if (chain->from == FROM_POINTERS && words && words <= countof(table->ordered_words) &&
        table->ordered_words[words - 1] && is_row(chain)) {
        put_step(chain, &table->ordered_words[words - 1]);
        return;
    }
    for (const struct move *copy = move; copy < end; copy++)
        if (copy->op == MOVE_COPY) put_block(chain, copy, copy_at(chain, copy));
    while (move < end) move += move->location == LOCATION_STACK ? put_word(chain, move, end) : 1;
}
