/* SPDX-License-Identifier: MIT */
/*
 * The steps of an ABI on this target: pieces of assembler that load one register, several, or words of the
 * stack, and go to the next one. A plan has chains of them for what no stub loads alone: pieces of records,
 * arguments behind pointers, blocks on the stack. src/call/steps.c makes the chains.
 */
#ifndef STEPS_H
#define STEPS_H

#include "../arch/offsets.h"

#include <stdint.h>

enum { STEP_GPRS = 8, STEP_FPRS = 8, STEP_STACK_LIMIT = 2048 };

/* Where the arguments are. */
enum step_from { FROM_SLOTS, FROM_POINTERS, STEP_FROMS };

/* What a stub with a frame stores of the result's registers. */
enum keep {
    KEEP_NONE,
    KEEP_32,
    KEEP_64,
    KEEP_F32,
    KEEP_F64,
    KEEP_WORD_WORD,
    KEEP_WORD_REAL,
    KEEP_REAL_WORD,
    KEEP_REAL_REAL,
    KEEP_SINGLES, /* two floats, 4 bytes from one to the other */
    KEEP_CHAIN,   /* by steps behind those of the call */
    KEEP_MEMORY,  /* nothing: the callee stores the result where `result` points */
    KEEP_8,       /* from here on only stubs with a frame of a known size */
    KEEP_16,
    KEEP_24,
    KEEP_40,
    KEEP_48,
    KEEP_56,
    KEEP_F128,
    KEEP_WORD_HALF,  /* 8 and 4 bytes */
    KEEP_REAL_SINGLE /* the same */
};

/* What the assembler exports: the distance of each from its own entry; 0 if there is none. An operand is 4
 * bytes: `slot` is the offset of the argument's slot, `from` the bytes from there, or from where it points;
 * `to` bytes above the stack pointer in a step. */
struct step_table {
    int32_t slot_gpr[STEP_GPRS][2], slot_fpr[STEP_FPRS][2]; /* of a slot, 8 bytes, 4: slot */
    int32_t piece_gpr[STEP_GPRS][2];                        /* behind a pointer, 8 bytes, 4: slot, from */
    int32_t piece_fpr[STEP_FPRS][4];                        /* 4, 8, 16, 32 */
    int32_t take_gpr[STEP_GPRS], take_fpr[STEP_FPRS];       /* what the step before has fetched; boxed */
    int32_t take_word;                                      /* to */
    int32_t fetch_slot[5];                                  /* i8, u8, i16, u16, a float as a double: slot */
    int32_t fetch_piece[5];                                 /* the same: slot, none, from */
    int32_t fetch_odd[5];                                   /* 3 to 7 bytes: slot, none, from */

    /* Runs of registers: of the last step the number of floating-point registers, else the bytes of its cells;
     * then for each register two operands of 2 bytes, the argument's number times `scale` and `from`. A run of
     * integers is the last step. */
    int32_t pieces_gpr[STEP_GPRS], pieces_from_1[STEP_GPRS];    /* of 8 bytes, from register 0 or 1 to each */
    int32_t halves_gpr[STEP_GPRS];                              /* of 4 bytes, or 8 bytes: `from` is 0, or 4 */
    int32_t pieces_fpr[STEP_FPRS][2], halves_fpr[STEP_FPRS][2]; /* so many; not the last step, the last */

    int32_t slot_word[2]; /* 8 bytes, 4: slot, to */
    int32_t block;        /* slot, from, to, bytes: a multiple of 8 */
    int32_t halves;       /* to, count; then as in a run */
    int32_t extended;     /* a long double of the x87: slot, from, to */
    int32_t locate;       /* fetches the address of what is there: to */
    int32_t memory;       /* the register of a result's address; 0: the stubs for such a result load it */
    int32_t last;         /* the number of floating-point registers */

    int32_t jump[STEP_FROMS][2]; /* stubs without a frame; the second for a result in memory */
    int32_t keep[STEP_FROMS][KEEP_ANY];

    int32_t store_word[2][8]; /* of each integer register of the result 1 to 8 bytes: from */
    int32_t store_real[4][4]; /* 4, 8, 16, 32 */
    int32_t store_x87[2];     /* 10 bytes, 16 */
    int32_t clear_upper;      /* of the vector registers */
    int32_t done;

    int32_t last_gpr; /* the register that is loaded last; it may have `args` until then */
    int32_t above;    /* bytes above the stack pointer in a step that hold a return address; with as many more
                         bytes than the stack area and a frame have, the stack is aligned */
    int32_t scale;    /* 1; 8 if a run's operand is the offset of the argument's slot */

    /* Stubs with a frame of a known size, in place of those of `keep`: without stack words, with at most FRAMED
     * bytes of them. */
    int32_t light[STEP_FROMS][KEEP_ALL], framed[STEP_FROMS][KEEP_ALL];

    /* Scalars by their own bytes, in place of halves and of single steps. Registers are loaded in the order of
     * these runs, of which each may be missing: 4 and 5; 0 and 1, where others follow; 0 and 1, the last step; 2
     * and 3, the last step. By the bytes of each, 8 or 4: the first alone; both: slot, slot, and of a last step the
     * number of floating-point registers. */
    int32_t words[STEP_FROMS][4][2 + 4];
    /* Behind pointers, all of 8 bytes, of 4, and the last step: only integers or only reals, of which register k
     * has argument k; then any integers, with operands as of `reals`. */
    int32_t ordered_integers[2][STEP_GPRS], ordered_reals[2][STEP_FPRS], integers[2][STEP_GPRS];
    int32_t narrow[STEP_FROMS][STEP_GPRS][4];   /* one of i8, u8, i16, u16: slot */
    int32_t reals[STEP_FROMS][2][STEP_FPRS][2]; /* of 8 bytes, of 4; operands as of a run, of 4 bytes: slot */
    int32_t tail_fpr[STEP_FPRS][2];             /* as pieces_fpr, but that the highest has 4 bytes */
    int32_t alone_gpr[8], alone_fpr[4];         /* one piece of 1 to 8 bytes; of 4, 8, 16, 32; the last step:
                                                       slot, from, the number of floating-point registers */
    int32_t blocks[15];                         /* as `block`, of 16, 24 and so on up to 128 bytes */
    int32_t memory_last;       /* `memory` as the last step: the number of floating-point registers */
    int32_t ordered_words[10]; /* behind pointers: so many words of 8 bytes, which continue the
                                                   ordered integers of all registers */
    int32_t slot_words;        /* as `halves`, but that the arguments are slots */
};

/* The runs of `words`. */
enum { WORDS_4_5, WORDS_0_1, WORDS_0_1_LAST, WORDS_2_3_LAST };

#endif
