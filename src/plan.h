/* SPDX-License-Identifier: MIT */
/*
 * The plan: what an ABI makes of a signature. It is computed once per signature and context, and read by
 * the stubs on every call, by staging, and by printing.
 *
 * A classifier says it as a list of moves: which bytes of which argument go to which register or stack word.
 * What stubs and staging read follows from that list, and there are three cases.
 *
 * Slots: every argument is one slot, a scalar of up to 8 bytes, and so is the result. `gpr`, `fpr` and `stack`
 * then have the number of the slot that feeds each register and stack word, and a stub does the rest:
 *
 *     int f(double a, int b, char c)     on sysv: gpr {1, 2}  fpr {0}  stack {}  ret FFI_LEAVES_32
 *
 * Flat: values that the registers and the stack take in pieces of up to 8 bytes. The pieces are copied to slots
 * on every call, and the same stubs run over those; or, where all are of 8 bytes and the ABI has stubs for
 * that, they are loaded from where they are.
 *
 *     int f(struct { long a; double b; } s, int c)     on sysv: parts s+0, s+8, c  gpr {0, 2}  fpr {1}
 *
 * Image: anything else. The moves are carried out on every call, into an image of the registers and the stack
 * area, which the ABI's wide stub loads; it leaves the result registers in the same image.
 */
#ifndef PLAN_H
#define PLAN_H

#include "../arch/layout.h"
#include "type.h"

/* How bytes of an argument become a word. */
enum move_op {
    MOVE_64,  /* 8 bytes */
    MOVE_32,  /* 4 bytes; what is above may be anything (psABI 3.2.3, AAPCS64 6.8.2, Microsoft x64) */
    MOVE_I8,  /* 1 byte, sign-extended: the ABIs do not ask for it, but clang's callees rely on it */
    MOVE_U8,  /* 1 byte, zero-extended */
    MOVE_I16, /* 2 bytes */
    MOVE_U16,
    MOVE_F32_F64, /* a variable argument: C's default promotion */
    MOVE_BYTES,   /* `size` bytes as they are; from here on of an argument that is not a slot */
    MOVE_COPY     /* the address of a copy of all its bytes */
};

enum place {
    PLACE_GPR,   /* the index-th integer register */
    PLACE_FPR,   /* the index-th floating-point register */
    PLACE_STACK, /* `index` bytes above the stack pointer at the call */
    PLACE_X87    /* a result's index-th x87 register */
};

struct move {
    uint8_t  op, place;
    uint16_t arg;
    uint32_t index;
    uint32_t from, size; /* within the argument, or the result: in bytes */
    uint32_t to;         /* the place as an offset in the image */
    uint32_t copy;       /* of MOVE_COPY: where the copy is, the same */
    uint32_t buffer;     /* of what stands in no slot: where in a callback's buffer it is put together, or put
                            if the caller may have it less aligned than its type */
};

#define MOVE_IN_PLACE UINT32_MAX /* as `buffer`: it has all of it, aligned */

/* Registers on their way in and out of a wide stub. Offsets are those of arch/layout.h; the floating-point
 * registers are `vector` bytes apart. */
struct image {
    uint64_t gpr[IMAGE_GPRS];
    uint64_t vectors;    /* floating-point registers in use */
    uint64_t nstack;     /* words of the stack area */
    uint64_t nx87;       /* x87 registers that the result is in */
    uint64_t stack_mask; /* what the stack pointer at the call is a multiple of, negated */
    uint64_t gpr_result[2];
    uint8_t  x87_result[2][16];
    uint8_t  unused[IMAGE_FPR - IMAGE_X87_RESULT - 32];
    /* here: the floating-point registers, which are the results' too; behind them the stack words, then copies
     * of what is passed by reference */
};

typedef void wide_stub(struct image *image, void *address);

/* Where the trampoline of a callback goes; not called from C. */
typedef void entry_stub(void);

/* Staging of arguments behind pointers: args[i] points to argument i. */
typedef void pointers_stub(const ffi_function *function, void *result, void *const *args);

/* Flat: what a slot is made of. */
struct part {
    uint8_t  op, size;
    uint16_t arg;
    uint32_t from; /* within the argument */
};

struct abi;

enum { FLAT_SLOTS = 16 }; /* a plan that needs more has an image */

/* For stubs that load parts of 8 bytes from where they are: the argument whose slot points there, and the
 * offset. A part that is the slot itself is direct, unless all arguments are behind pointers. */
struct source {
    uint16_t arg, from;
};

enum {                                   /* flags in `from` of a stack word */
       PART_PAIR   = 1 << PART_PAIR_BIT, /* the word above is what follows there */
       PART_DIRECT = 1 << PART_DIRECT_BIT
};

/* What such a stub stores of the registers that results are in, an eightbyte each; in the order of its tests.
 */
enum keep { KEEP_NONE, KEEP_REALS, KEEP_WORDS, KEEP_WORD_REAL, KEEP_REAL_WORD, KEEP_WORD, KEEP_REAL };

struct sources {
    struct source gpr[8], fpr[8];
    uint32_t      direct; /* bits of the integer registers, then those of the others */
    uint32_t      keep;
};

struct plan {
    uint16_t gpr[8]; /* the slot that feeds the k-th integer register */
    uint16_t fpr[8]; /* the slot that feeds the k-th floating-point register */
    uint32_t nstack; /* words of the stack area, rounded up so that the stack stays aligned */
    uint32_t filled; /* of those, the ones that arguments fill */
    uint8_t  ngpr, nfpr;
    uint8_t  ret;         /* how the result leaves the core: FFI_LEAVES_ */
    uint8_t  vector;      /* bytes of a floating-point register that the call needs: 8, 16, 32, 64 */
    bool     slots, flat; /* neither: an image */
    bool     in_memory;   /* the result: its address is passed in the ABI's register for it */
    uint8_t  gpr_ops[8],
        fpr_ops[8];         /* slots: enum move_op of the k-th register; MOVE_64 where staging made the slot */
    struct sources sources; /* flat, and its stub loads parts */
    bool           packed;  /* arguments share stack words, which only an image can hold */
    bool           whole;   /* every slot is of 8 bytes, as the argument is or as staging makes it */
    uint8_t        nresults, nx87; /* moves of the result; those of them from x87 registers */
    uint8_t        nrepeats;   /* moves behind the others: the same bytes to the other register of a position */
    uint32_t       nmoves;     /* without repeats; slots: as many as arguments */
    uint32_t       image_size; /* in bytes */
    uint32_t       image_alignment, stack_alignment;
    uint8_t        leaves;     /* how the result leaves `stub` */
    uint8_t        result_gpr; /* the register of `in_memory`, as an index of the image's */
    uint16_t       assumed;    /* enums that are taken for an int, as only their tag is known */

    ffi_stub          stub;     /* what functions call: `core`, staging before it, or a stub that loads parts */
    ffi_stub          core;     /* slots: the ABI's stub; NULL: this target cannot run the plan */
    ffi_stub          words;    /* the same for parts of 8 bytes behind pointers; NULL: there is none */
    pointers_stub    *pointers; /* what ffi_invoke_pointers calls: staging before `words` or `core` */
    wide_stub        *wide;     /* image: the ABI's wide stub; NULL as `core` */
    entry_stub       *entry;    /* of callbacks; NULL as `core` */
    uint32_t          buffer;   /* bytes of a callback's buffer */
    const ffi_ctype  *signature;
    const struct abi *abi; /* the signature's */
    ffi_context      *context;
    struct family    *family; /* of its callbacks; NULL until there is one (callback.c) */
    struct move      *moves;  /* of the arguments in order; slots: one each; then repeats */
    struct move       results[4];
    struct part      *parts; /* flat: of each slot */
    uint32_t          nparts;
    uint32_t stack[]; /* the slot that feeds the k-th word from the stack pointer upwards; behind them, for
                         stubs that load parts, as many sources */
};

/* What a classifier fills: calls in the order of the arguments. A draft that was refused stays refused, and
 * takes no more moves; the classifier need not ask. */
struct draft {
    struct plan *plan;
    uint32_t     stack;           /* bytes of the stack area so far */
    uint32_t     stack_alignment; /* that some argument asks for; 16 at least */
    uint32_t     copies, copy_alignment;
    const char  *refused;   /* what the ABI does not speak of; NULL */
    bool         too_large; /* refused for its size: set by the functions below */
};

/* Two registers may be given the same bytes, one after the other, if they are of one position, and the ABI's
 * stubs for slots load both of each: a callback takes those of the first. */
void draft_register(struct draft *draft, size_t arg, enum place place, unsigned index, size_t from,
                    size_t size);
void draft_stack(struct draft *draft, size_t arg, size_t size, size_t alignment);
void draft_packed(struct draft *draft, size_t arg, size_t size, size_t alignment);  /* not a whole word */
void draft_copy(struct draft *draft, size_t arg, enum place place, unsigned index); /* its address, that is */
void draft_result(struct draft *draft, enum place place, unsigned index, size_t from, size_t size);

enum { PLAN_STACK_LIMIT = 1 << 20 }; /* bytes of arguments, of copies, of a result in memory; more is refused */

/* What a callback's buffer is aligned to, as the largest vector. What is itself aligned to more is in memory
 * already; what a typedef aligns to more is not so in calls. */
enum { BUFFER_ALIGNMENT = 64 };

/* Whether the variable arguments of a callback are a va_list: they have no types. */
bool plan_takes_va_list(const struct plan *plan);

/* The plan of a signature without its notes, made if it is not there; NULL with an error. Under the context's
 * lock. */
const struct plan *plan_of(ffi_context *context, const ffi_ctype *signature);

/* Staging (stage.c), what stands before a plan's core: arguments extended and promoted to slots; gathered from
 * behind pointers; cut into slots (flat.c); moved to an image; errno, or it and the system's error, kept after
 * the call. */

/* Whether a classified plan can be flat, and how many slots it has then; its tables. */
bool           flat_fits(const struct plan *plan, const struct draft *draft, uint32_t *nparts);
void           flat_fill(struct plan *plan);
ffi_store_stub stage_slots, stage_flat, stage_image, stage_capture, stage_capture_both;
pointers_stub  stage_words, stage_pointers, stage_flat_pointers, stage_image_pointers, stage_capture_pointers,
    stage_capture_both_pointers;

#endif
