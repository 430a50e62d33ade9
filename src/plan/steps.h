/* SPDX-License-Identifier: MIT */
/*
 * The steps of an ABI on this target. A step is a piece of assembler: it loads one register or several, or it
 * stores stack words, and then goes to the next step. A plan has chains of steps for arguments that no stub
 * loads: pieces of records, arguments behind pointers, blocks on the stack. src/call/steps.c makes the chains.
 */
#ifndef STEPS_H
#define STEPS_H

#include "../arch/offsets.h"

#include <stdint.h>

enum { STEP_GPRS = 8, STEP_FPRS = 8, STEP_STACK_LIMIT = 2048 };

/* Ways to load registers that are all loaded alike: integers by six of enum move_op, reals by two. */
enum { ORDERED_REALS = 6, ORDERED_LOADS = ORDERED_REALS + 2 };

/* Where the arguments are. */
enum step_from { FROM_SLOTS, FROM_POINTERS, STEP_FROMS };

/* Which registers of the result a stub with a frame stores. */
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
    KEEP_SINGLES, /* two floats, at a distance of 4 bytes */
    KEEP_CHAIN,   /* steps store the result; their cells follow those of the call */
    KEEP_MEMORY,  /* nothing: the callee stores the result where `result` points */
    KEEP_8,       /* this and the following only have stubs with a frame of a known size */
    KEEP_16,
    KEEP_24,
    KEEP_40,
    KEEP_48,
    KEEP_56,
    KEEP_F128,
    KEEP_WORD_HALF,   /* 8 and 4 bytes */
    KEEP_REAL_SINGLE, /* a double and a float */
    KEEP_F256,        /* 32 bytes; the stub clears the upper halves of the vector registers */
    KEEP_SINGLES_3,   /* three and four floats, doubles, each in a register */
    KEEP_SINGLES_4,
    KEEP_REALS_3,
    KEEP_REALS_4
};

/* The steps and stubs that the assembler exports. A member is the distance from itself to its code, or 0 if there
 * is no such code. A comment names the step's operands, of 4 bytes each: `slot` is the offset of the argument's
 * slot, `from` the offset in the argument, `to` an offset from the stack pointer in the step. */
struct step_table {
    int32_t slot_gpr[STEP_GPRS][2], slot_fpr[STEP_FPRS][2]; /* loads a slot of 8 or 4 bytes: slot */
    int32_t piece_gpr[STEP_GPRS][2];                        /* 8 or 4 bytes behind a pointer: slot, from */
    int32_t piece_fpr[STEP_FPRS][4];                        /* 4, 8, 16 or 32 bytes behind one: slot, from */
    int32_t take_gpr[STEP_GPRS], take_fpr[STEP_FPRS];       /* takes the value that the last step fetched */
    int32_t take_word;                                      /* stores that value: to */
    int32_t fetch_slot[5];                                  /* i8, u8, i16, u16, a float as a double: slot */
    int32_t fetch_piece[5];                                 /* the same behind a pointer: slot, unused, from */
    int32_t fetch_odd[5];                                   /* 3 to 7 bytes: slot, unused, from */

    /* Runs: steps that load several registers. If the run is the last step, its first operand is the number of
     * floating-point registers, otherwise the size of its cells. Two operands of 2 bytes follow for each register:
     * the argument's number times `scale`, and `from`. A run of integer registers is always the last step. [k] is
     * the run whose highest register is k. */
    int32_t pieces_gpr[STEP_GPRS], pieces_from_1[STEP_GPRS]; /* 8 bytes each, from register 0 on, from 1 on */
    int32_t halves_gpr[STEP_GPRS];                           /* 4 bytes if `from` is 0, 8 if it is 4 */
    int32_t pieces_fpr[STEP_FPRS][2], halves_fpr[STEP_FPRS][2]; /* [1] is the last step */

    int32_t slot_word[2]; /* stores a slot of 8 or 4 bytes: slot, to */
    int32_t block;        /* copies bytes, a multiple of 8: slot, from, to, size */
    int32_t halves;       /* stores words behind pointers: to, count; then as in a run */
    int32_t extended;     /* stores a long double of the x87: slot, from, to */
    int32_t locate;       /* fetches an address on the stack: to */
    int32_t memory;       /* loads the register of a result's address; 0: the stubs for such a result load it */
    int32_t last;         /* goes to the native code: the number of floating-point registers */

    int32_t jump[STEP_FROMS][2]; /* stubs without a frame; the second for a result in memory */
    int32_t keep[STEP_FROMS][KEEP_ANY];

    int32_t store_word[2][8]; /* stores 1 to 8 bytes of an integer register of the result: from */
    int32_t store_real[4][4]; /* 4, 8, 16 or 32 bytes of a vector register: from */
    int32_t store_x87[2];     /* 10 or 16 bytes of an x87 register: from */
    int32_t clear_upper;      /* clears the upper halves of the vector registers */
    int32_t done;             /* ends the stub */

    int32_t last_gpr; /* the register that a chain loads last, because it may have `args` until then */
    int32_t above;    /* size of the return address that lies at the stack pointer in a step. So many bytes more
                         than the stack area and a frame align the stack */
    int32_t scale;    /* 1; 8 if a run's operand is the offset of the argument's slot */

    /* Stubs with a frame of a known size, which are used instead of those of `keep`: `light` for no stack words,
     * `framed` for at most FRAMED bytes of them. */
    int32_t light[STEP_FROMS][KEEP_ALL], framed[STEP_FROMS][KEEP_ALL];

    /* Runs of integers of 8 or 4 bytes, which are used instead of halves and single steps; the last steps may be missing.
     * The run of `count` registers, of which mask m has those of 8 bytes, is the one at (1 << count) - 2 + m. Operands as
     * `reals`. */
    int32_t words_4_5[STEP_FROMS][(2 << 2) - 2], words_last[STEP_FROMS][(2 << 4) - 2];

    /* Last steps that load registers of one kind from behind pointers, register k from the k-th. They read no operands.
     * By enum move_op of the integers, then of the reals. */
    int32_t ordered[ORDERED_LOADS][STEP_GPRS];
    int32_t integers[2][STEP_GPRS]; /* as reals[FROM_POINTERS], but the last step: all of 8 bytes, all of 4 */
    int32_t narrow[STEP_FROMS][STEP_GPRS][4];   /* loads an i8, u8, i16 or u16: slot */
    int32_t reals[STEP_FROMS][2][STEP_FPRS][2]; /* a run of 8 or 4 bytes each; one operand a register: slot */
    int32_t tail_fpr[STEP_FPRS][2];             /* as pieces_fpr, but the highest register has 4 bytes */
    int32_t alone_gpr[8], alone_fpr[4];         /* one piece of 1 to 8 bytes; of 4, 8, 16, 32; the last step:
                                                       slot, from, the number of floating-point registers */
    int32_t blocks[15];                         /* as `block`, of 16, 24 and so on up to 128 bytes */
    int32_t memory_last;       /* `memory` as the last step: the number of floating-point registers */
    int32_t ordered_words[10]; /* behind pointers: so many words of 8 bytes, which continue the
                                                   ordered integers of all registers */
    int32_t slot_words;        /* as `halves`, but that the arguments are slots */

    /* The last step for one record in integer register 0 and floating-point register 0, by whether each has 4 bytes:
     * slot, `from` of both with 2 bytes each. */
    int32_t both[2][2];
};

/* Steps that load a few registers of one kind, each in its own way: from a slot or from behind a pointer, 8 bytes or 4. A
 * way has two bits: the lower one says 4 bytes, the upper one a pointer. By the ways of the registers, those of the first one
 * lowest. Operands: of a last step the number of floating-point registers; of each register slot; or slot, from. */
struct varied_steps {
    int32_t gpr_2_last[16], gpr_3_last[64]; /* the last step, for integer registers 0 and 1; 0, 1 and 2 */
    int32_t gpr_3_4[16];
    int32_t fpr_0_1[16], fpr_2_3[16];
    int32_t fpr_last[16]; /* registers 0 and 1, the last step */
};

/* Steps that load one to STEP_GROUP registers of one kind, with 8 or 4 bytes each, from a slot, or from behind a
 * pointer. The entry of `count` registers, of which mask m has those of 8 bytes, is the one at
 * (1 << count) - 2 + m. Operands for each register: slot; or slot, from. */
enum { STEP_GROUP = 4 };
enum group { GROUP_4_7, GROUP_0_3, GROUP_0_3_LAST };
struct step_groups {
    int32_t registers[2][STEP_FROMS][3][(2 << STEP_GROUP) - 2]; /* [enum location][][enum group] */
};

#endif
