/* SPDX-License-Identifier: MIT */
/*
 * The entries of an ABI on this target: assembly code to which a callback's trampoline jumps. They do the work
 * of a stub in reverse. Like the record of stubs (stubs.h) they are in a constant record, which entries.c
 * reads. arch/<cpu>/entries*.c have one for each ABI by which the processor can be called.
 */
#ifndef ENTRIES_H
#define ENTRIES_H

#include "callback/table.h"
#include "callback/trampoline.h"
#include "plan/stubs.h"

/* The kinds of results, in the order of the tables of entries. */
enum entry_kind { OF_VOID, OF_I8, OF_U8, OF_I16, OF_U16, OF_32, OF_64, OF_F32, OF_F64, ENTRY_KINDS };

/* Entries of a kind of result behind those for integers alone (slots.c): without `has_orders`, and with it. */
enum { ENTRY_SHAPES = 5, ENTRY_ORDERED_SHAPES = 11 };

struct wide_entry {
    entry_stub        *table;
    struct entry_frame frame;
};

struct entries {
    /* Slots, a table as those of stubs, and what chooses from it (slots.c). slots_of_positions() does by the kind of the
     * result and the mask of the positions that are floating-point. slots_of_registers() does by the kind of the
     * result and what is in registers: integers, two registers more in each of `groups` entries, the last of which
     * has all; up to two reals, all of them; both; the stack too, without and with reals. With `has_orders`, these
     * follow: both kinds, all integers first; all reals first; in turn from an integer; from a real; registers of one
     * kind, all of which are in use, and the stack words behind them: integers; reals. NULL: the ABI has images only. */
    const int32_t *(*slot_entry)(const struct entries *entries, const struct plan *plan);
    const int32_t *slots;
    unsigned       groups;
    bool           has_orders;

    /* For records: by a table (table.h), and where it goes for the result, by enum table_leave. NULL: the ABI has
     * none. */
    entry_stub        *table;
    const int32_t     *leaves;
    struct entry_frame frame;
    entry_stub        *words_table; /* NULL, or `table` for plans without floating-point registers */

    /* The same for a table with a frame of at most `fixed_frame` bytes; 0: the ABI has none. If `table` is NULL, a
     * larger frame takes an image. */
    entry_stub    *fixed_table;
    const int32_t *fixed_leaves;
    uint32_t       fixed_frame;
    /* NULL or, by enum table_leave, an entry that loads it, or 0. */
    const int32_t *fixed_kinds; /* [LEAVE_MEMORY + 1] */

    /* As `table`, `frame` and `leaves`, but for plans that need larger floating-point registers: of 16 bytes, and, if the
     * ABI has any, of 32. NULL: none. */
    const struct wide_entry *wide;
    const int32_t           *wide_leaves;

    /* In place of the LEAVE_MEMORY of `fixed_leaves`: for a result in memory of `memory_words` words of 8 bytes, of
     * one word less, ... of three. NULL: the ABI has none. */
    const int32_t *fixed_memory;
    uint32_t       memory_words;

    entry_stub *image[VECTOR_SIZES]; /* for everything else, through an image */
    entry_stub *late[3];             /* for freed callbacks; with vector registers of up to 16, 32, 64 bytes */

    const char *(*lacking)(unsigned vector); /* as of stubs */
};

/* From arch/<cpu>/entries*.c: the ABIs of the target, the last one NULL. */
struct target_entries {
    const struct abi     *abi;
    const struct entries *entries;
};

extern const struct target_entries target_entries[];

/* From the same files, for shift.c: the code of shifted functions, which drops arguments and moves registers. One
 * record for each ABI; one without an ABI at the end. A program without shifted functions links none of them.
 *
 * The cases: `base` is 1 if the first register of an argument has the address of a result in memory, else 0. `drop`
 * is the number of arguments to drop, up to the ABI's `shifts`. `pairs` is the number of pairs of stack words that
 * feed registers, up to SHIFT_PAIRS. `count` is the number of registers to move, up to `shifts`. Entries jump to a
 * callback's handler. */
enum { SHIFT_PAIRS = 3 };

struct target_shifts {
    const struct abi *abi;
    struct code_page  first;   /* trampolines for base 0 and drop 1, if no stack word feeds a register */
    struct code_page  any;     /* trampolines with code for every case */
    const uint16_t   *offsets; /* of that code in a trampoline, by base, drop and pairs */
    const int32_t *entries; /* NULL, or instead of trampolines: distances of entries, by base, drop and count */
};

extern const struct target_shifts target_shifts[];

/* arch/<cpu>/thunk, for thunk.c: for each integer register of an argument the distance to what loads a callback's
 * userdata into it and jumps to its handler; 0 at the end. */
extern const int32_t thunk_entries[];

/* The entries of callbacks with a plan. */
struct chosen_entries {
    entry_stub *live, *late; /* for a live callback; for one that was freed or whose context was freed */
    entry_stub *leave;       /* by a table: where the entry goes for the result */
    const struct entry_frame *frame; /* by a table */
    enum { BY_SLOTS, BY_TABLE, BY_IMAGE } by;
};

/* The members `slot_entry` of struct entries. */
const int32_t *slots_of_registers(const struct entries *entries, const struct plan *plan);
const int32_t *slots_of_positions(const struct entries *entries, const struct plan *plan);

/* The kind of a result that is a scalar. */
enum entry_kind entry_kind_of(const ffi_ctype *result);

/* Chooses both. Fails with FFI_ERROR_UNSUPPORTED if this target or machine cannot be called by the ABI. */
bool entries_choose(const struct plan *plan, struct chosen_entries *chosen);

#endif
