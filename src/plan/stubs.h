/* SPDX-License-Identifier: MIT */
/*
 * The stubs by which this target calls functions of an ABI: a constant record, which choose.c reads.
 * arch/<cpu>/stubs*.c have one for each ABI whose functions the processor can call.
 *
 * Most members are tables of the assembler files; each table belongs to a family of stubs. An entry is the
 * distance from the entry itself to the stub, so that the loader need not relocate it. In some families slot k
 * feeds register k. The other families read the plan's tables.
 */
#ifndef STUBS_H
#define STUBS_H

#include "plan/abi.h"
#include "plan/plan.h"
#include "plan/steps.h"

struct chain;

enum {
    STUB_OPS       = MOVE_U16 + 1, /* ways to load an integer register */
    STUB_EXTENDING = MOVE_I8,      /* the first op of less than 4 bytes */
    STUB_REALS     = 8,            /* number of floating-point registers */
    PAIR_LOADS     = STUB_OPS + 2, /* ways to load a slot of either kind */
    SAME_WORDS     = 6,            /* 24 bytes to 64 */
    VECTOR_SIZES   = 4             /* a vector register has 8, 16, 32 or 64 bytes */
};

struct stubs {
    /* Only integer registers (in a positional ABI both registers of each position); slot k feeds register k.
     * The table begins with no register, then one, two, up to `widths_end`; for each number it has an entry for
     * each mask of the registers that take 8 bytes (the others take 4). */
    const int32_t *widths;
    unsigned       widths_end;

    /* The same with narrow integers: one register, by its op; two, by both ops, [STUB_OPS][STUB_OPS]; three to
     * six, all with one op that extends. */
    const int32_t *one, *two;
    const int32_t (*extending)[4]; /* [STUB_OPS - STUB_EXTENDING] */

    /* NULL or three to six integers of any types: `open` loads two, [STUB_OPS][STUB_OPS], and jumps to the plan's first
     * step; `middle` has the steps for register 4, then those for 4 and 5; `last` has the steps for register 2,
     * then those for 2 and 3. With `upper`, which may be NULL, up to eight: the steps for 6, then those for 6 and 7. */
    const int32_t *open, *middle, *upper, *last;

    const int32_t (*reals)[STUB_REALS]; /* only floating-point registers: all of 8 bytes; all of 4 */

    /* NULL or integers and doubles in frequent orders: `first` has all integers first, of 8 bytes; `turn` has as
     * many doubles as integers in turn, integers of 8 bytes or of 4, from an integer or from a double,
     * [2][2][mixed_end]. */
    const int32_t (*first)[STUB_REALS], *turn;

    /* Registers of both kinds in any order: `few` has one or two of each in any widths; `mixed` has integers of 8 bytes or
     * of 4, with doubles. Each stub of `mixed` loads a multiple of `mixed_step` registers of each kind:
     * [2][mixed_end / mixed_step][STUB_REALS / mixed_step]. */
    const int32_t (*few)[6];
    const int32_t *mixed;
    unsigned       mixed_end, mixed_step;
    const int32_t *turn_pointers,
        *mixed_pointers; /* the same of arguments behind pointers; NULL: the ABI has neither */

    /* NULL, or for one or two doubles and more than two integers of 8 or 4 bytes: loads the doubles and the integer
     * registers from 4 on, and goes to the plan's chain. Of `count` such registers, of which mask m has those of 8 bytes,
     * the one at (1 << count) - 1 + m. */
    const int32_t (*start)[7];

    /* NULL, or direct_stub() for arguments behind pointers. Their stubs do not read the plan: `pointed` is as struct
     * step_table's `ordered`; `same` has one or two records in registers, and a result of the same pieces, by enum keep;
     * `same_memory` has one record on the stack or by reference, and a result in memory of as many bytes: three words, four
     * and so on. */
    const int32_t *(*direct)(const struct chain *chain, enum keep keep);
    const int32_t (*pointed)[STEP_GPRS], (*same)[KEEP_ALL];
    const int32_t *same_memory; /* [SAME_WORDS] */

    /* Both kinds in the order of the slots, of which each feeds the next register of its kind: integers of 8
     * bytes with doubles, with floats; of 4 bytes with doubles, with floats. In each of these [2][2] the entry
     * of `count` slots, of which mask m has the reals, is the one at (1 << count) - 2 + m. */
    const int32_t *ordered;
    unsigned       ordered_end; /* the largest count; 0: none */

    /* NULL or more of both kinds and of any widths in that order, by the plan's steps. A stub of `pairs` loads
     * the first two slots, by the loads of both, and whether there are more: [PAIR_LOADS][2][PAIR_LOADS]. Each step loads
     * two slots. Its entry is found by the registers before it, [] (families.c), by the first load, and by the second
     * one: of a step before others, of a last step; or none: [][PAIR_LOADS][2 * PAIR_LOADS + 1]. */
    const int32_t *pairs, *pair_steps;

    /* Any registers and widths: one stub for each number of positions, or one for all. Both NULL: the ABI has no stub
     * that loads slots; if it has no steps either, every plan uses an image. */
    const int32_t  *each_position;
    ffi_store_stub *each;

    /* NULL, or all integer registers, then all floating-point ones, with up to `row_ends` stack words behind them,
     * of 8 bytes each; slot k feeds the k-th. */
    const int32_t *rows, *row_pointers; /* the second: the same of arguments behind pointers, or NULL */
    unsigned       row_ends[2];

    /* With stack words: slots of 8 bytes, without and with floating-point registers; slots of any width. */
    ffi_store_stub *stack, *stack_reals, *stack_each;

    /* For all that is no slot; NULL: the ABI has none. Then what puts a chain's steps for registers: put_groups, which
     * reads `groups`; or put_runs, and for registers without a run put_singles, or put_varied, which reads `varied`. */
    const struct step_table *steps;
    void (*put_registers)(struct chain *chain);
    bool ends_chains; /* a stub that loads slots to registers can be a chain's last step */
    bool (*put_rest)(struct chain *chain, enum location location, bool last);
    const struct step_groups  *groups;
    const struct varied_steps *varied;

    image_stub *images[VECTOR_SIZES]; /* everything through an image, by the size of a vector register */

    /* Returns why this machine cannot load vector registers of so many bytes; NULL if it can. */
    const char *(*lacking)(unsigned vector);
};

/* The entry of `pointed`, `same` or `same_memory` that does all of a call and keeps the result as `keep` says; NULL if
 * there is none (direct.c). */
const int32_t *direct_stub(const struct chain *chain, enum keep keep);

/* Puts the steps for all registers of a chain, of which the last one goes to the native code (load_runs.c,
 * load_groups.c). */
void put_runs(struct chain *chain);
void put_groups(struct chain *chain);

/* Puts the steps for all registers of a kind (load_runs.c, load_varied.c). `last`: no others follow. Whether the last step
 * goes to the native code. */
bool put_singles(struct chain *chain, enum location location, bool last);
bool put_varied(struct chain *chain, enum location location, bool last);

/* Puts the last step of integers of 8 or 4 bytes, for the first four registers. */
void put_last_words(struct chain *chain);

/* The stubs of an ABI; NULL if this target can only make plans for it. */
const struct stubs *stubs_of(const struct abi *abi);

/* From arch/<cpu>/stubs*.c: the ABIs of the target, the last one NULL; and the platform's own ABI. */
struct target_abi {
    const struct abi   *abi;
    const struct stubs *stubs;
};

extern const struct target_abi target_abis[];
extern const struct abi *const abi_default;

static inline unsigned vector_index(unsigned bytes) {
    return (bytes > 8) + (bytes > 16) + (bytes > 32);
}

#endif
