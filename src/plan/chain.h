/* SPDX-License-Identifier: MIT */
/*
 * A chain of steps: cells of 8 bytes, each the address of a step or two of its operands. call/steps.c makes a long chain
 * twice: first its cells are only counted. load_words.c puts the steps for stack words, load_runs.c with load_varied.c, or
 * load_groups.c, those for registers.
 */
#ifndef CHAIN_H
#define CHAIN_H

#include "plan/plan.h"
#include "plan/stubs.h"

enum { STACK_ALIGNMENT = 16 };

struct chain {
    const struct plan       *plan;
    const struct step_table *table;
    enum step_from           from;
    const int32_t     *ending; /* the stub that loads all registers as the last step; NULL: steps load them */
    uint64_t          *cells;
    uint32_t           count, room;         /* cells beyond the room are only counted */
    const struct move *moves[2][STEP_GPRS]; /* by location, to each register; NULL: there is none */
};

/* Begins a chain, which has the plan, the table and where it loads from. */
void find_moves(struct chain *chain);

void put_cell(struct chain *chain, uint64_t cell);
void put_step(struct chain *chain, const int32_t *entry);
void put_operands(struct chain *chain, uint32_t first, uint32_t second);

/* Puts the steps for all stack words and copies. */
void put_words(struct chain *chain);

/* Puts the step that loads one register, or the two that do. */
void put_register(struct chain *chain, const struct move *move);

/* The same for each register of a kind from `first` to below `end`, the highest first, but the one that has `args` last.
 * Integer registers are all those below, or all above that one. */
void put_each(struct chain *chain, enum location location, unsigned first, unsigned end);

/* Whether the move's argument is behind a pointer. */
bool is_pointed(const struct chain *chain, const struct move *move);

/* Bytes of a move that are loaded as they are, or boxed, as a load of 4 bytes does; 0 for others. */
uint32_t loaded_bytes(const struct move *move);

/* Whether 8 or 4 bytes are loaded as they are. */
bool is_word(const struct move *move);

/* The move to a register; NULL if there is none. */
static inline const struct move *move_to(const struct chain *chain, enum location location, unsigned index) {
    return chain->moves[location][index];
}

/* The move's op; of a register that takes a whole value of 8 or 4 bytes behind a pointer, MOVE_64 or MOVE_32. A load of 4
 * bytes boxes a real. */
enum move_op scalar_op(const struct move *move, bool pointed);

/* The entry of a table of struct step_table's `ordered` for all registers; NULL if it has none. */
const int32_t *ordered_entry(const struct chain *chain, const int32_t (*table)[STEP_GPRS]);

/* Bytes of stack words and copies. */
uint32_t stack_area(const struct plan *plan);

/* Where a step finds a copy, in bytes above the stack pointer. Copies follow the stack words, as in an image. */
uint32_t copy_at(const struct chain *chain, const struct move *move);

/* A register's or word's operand in a run: the argument, and the bytes from where it begins. */
uint32_t run_operand(const struct chain *chain, const struct move *move, uint32_t from);

/* Puts the step that fetches a value for the next step: `size` bytes of a move from `from` on, 1 to 7, or what the
 * move's op says. */
void put_fetch(struct chain *chain, const struct move *move, uint32_t from, uint32_t size);

/* The same for all of a move, which may be the address of a copy. */
void put_value(struct chain *chain, const struct move *move);

/* Sizes of values that a vector register is loaded with, and their places in the table. */
static inline bool is_vector_size(uint32_t bytes) {
    return bytes >= 4 && bytes <= 32 && !(bytes & (bytes - 1));
}

static inline unsigned vector_step(uint32_t bytes) {
    return bytes == 4 ? 0 : 1 + vector_index(bytes);
}

#endif
