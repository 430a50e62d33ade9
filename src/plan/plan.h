/* SPDX-License-Identifier: MIT */
/*
 * The plan of a signature: which argument goes to which register or stack word. A context computes it once for
 * each signature. Stubs and staging read it on every call; printing reads it too.
 *
 * The classifier of an ABI makes a list of moves: which bytes of which argument go to which register or stack
 * word. The tables for stubs and staging follow from that list. There are two cases.
 *
 * Slots: every argument is one slot, a scalar of up to 8 bytes, and so is the result. `gpr`, `fpr` and `stack`
 * name the slot that feeds each register and stack word. A stub does the whole call:
 *
 *     int f(double a, int b, char c)     on sysv: gpr {1, 2}  fpr {0}  stack {}  core_result FFI_RESULT_32
 *
 * Image: everything else. Staging executes the moves on every call. They fill an image of the registers and the
 * stack area, which the ABI's image stub loads. The stub stores the result registers in the same image.
 *
 * Where the ABI has steps for all of a plan, a chain of them replaces staging: it loads everything from where it
 * is.
 */
#ifndef PLAN_H
#define PLAN_H

#include "plan/image.h"
#include "plan/move.h"
#include "type/type.h"

struct abi;
struct family;

typedef void image_stub(struct image *image, void *address);

/* The code to which a callback's trampoline jumps; C does not call it. */
typedef void entry_stub(void);

enum feed { FEED_IMAGE, FEED_SLOTS };

struct plan {
    uint16_t gpr[8];      /* the slot that feeds the k-th integer register */
    uint16_t fpr[8];      /* the slot that feeds the k-th floating-point register */
    uint32_t nstack;      /* words of the stack area, rounded up so that the stack stays aligned */
    uint32_t nstack_used; /* those of them that arguments use */
    uint8_t  ngpr, nfpr;
    uint8_t  core_result; /* where `register_stub` leaves the result: FFI_RESULT_... */
    uint8_t  vector;      /* bytes of a floating-point register that the call needs: 8, 16, 32, 64 */
    uint8_t  feed;        /* enum feed */
    bool     staged;      /* slots: staging makes some of them */
    bool     sret;        /* the result is in memory; the caller passes its address in a register */
    uint8_t  gpr_ops[8];  /* slots: enum move_op of the k-th register; MOVE_64 where staging made the slot */
    uint8_t  fpr_ops[8];
    bool     packed;     /* some arguments share a stack word, which only an image can hold */
    bool     full_slots; /* every slot has 8 bytes, because the argument has or because staging made it */
    bool     is_guarded; /* for guarded calls (guard.c) */
    bool     is_thunk;   /* a thunk: nothing is known but the result of late calls (thunk.c) */
    uint8_t  nresults;   /* moves of the result */
    uint8_t  nx87;       /* those of them from x87 registers */
    uint8_t  nrepeats; /* moves after the others, which copy the same bytes to the position's other register */
    uint32_t nmoves;   /* without repeats; slots: one for each argument */
    uint32_t image_size; /* in bytes */
    uint32_t image_alignment, stack_alignment;
    uint8_t  stub_result, pointers_result; /* where `stub` and `pointers` leave the result: FFI_RESULT_... */
    uint8_t  result_gpr; /* the register for the address of `sret`, as an index of the image's registers */
    uint16_t assumed;    /* number of enums that count as int because only their tag is known */

    /* The code that calls by the plan; choose.c sets it when the first function is bound. NULL: no such stub.
     */
    ffi_stub    stub;          /* what functions call: `register_stub`, staging, or a stub that loads pieces */
    ffi_stub    register_stub; /* slots: the ABI's stub that loads slots */
    ffi_stub    pointers;      /* what functions call with pointers to the arguments */
    entry_stub *steps[7];      /* where a stub that loads some slots, and then each of its steps, goes on */
    image_stub *image_stub;    /* image: the ABI's stub that loads an image */

    /* Chains of steps (steps.h), for arguments in slots and behind pointers; each begins behind its header.
     * NULL: no stub of this plan needs it. */
    const uint64_t *chain, *pointer_chain;

    /* Staging for calls whose result needs memory and which the caller discards; stubs jump to it. */
    ffi_store_stub *discarding;
    ffi_store_stub *discarding_pointers;

    uint32_t          buffer; /* bytes of a callback's buffer */
    const ffi_ctype  *signature;
    const struct abi *abi; /* the signature's */
    ffi_context      *context;
    struct plan      *twin; /* the same signature's plan for guarded calls, and of that this one; may be NULL */
    struct family    *family; /* of its callbacks; NULL until there is one (callback.c) */
    struct move      *moves;  /* of the arguments in order; then repeats */
    struct move       results[4];
    uint32_t          stack[]; /* the slot that feeds the k-th word from the stack pointer upwards */
};

/* The alignment of a callback's buffer: that of the largest vector. A type with a larger alignment is passed in
 * memory, and a larger alignment by a typedef has no effect in calls. */
enum { BUFFER_ALIGNMENT = 64 };

/* Whether a callback gets its variable arguments as a va_list, because they have no types. */
bool plan_takes_va_list(const struct plan *plan);

/* The order of slots. plan_is_arranged(): those of the registers of each kind are `every` slots apart. plan_is_row():
 * slot k feeds the k-th of the registers, which are of one kind, and of the stack words behind them. */
bool plan_is_arranged(const struct plan *plan, unsigned every);
bool plan_is_row(const struct plan *plan);

/* The plan of a signature, whose notes are ignored. It is made if the context has none. NULL on failure. Under
 * the context's lock. */
struct plan *plan_of(ffi_context *context, const ffi_ctype *signature);

enum { PLAN_STACK_LIMIT = 1 << 20 };

/* Makes a plan that is not interned. It uses only the arena and the heap of `context`. `limit` is the largest
 * size of the arguments, of their copies and of a result in memory, in bytes; plan_of() uses PLAN_STACK_LIMIT.
 * With `image` the plan uses an image whatever its arguments are. NULL on failure. */
struct plan *plan_make(ffi_context *context, const ffi_ctype *signature, uint32_t limit, bool image);

#endif
