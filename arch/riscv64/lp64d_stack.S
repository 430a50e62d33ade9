// SPDX-License-Identifier: MIT
//
// The stubs of LP64D that load slots in any order, and those for stack words; each is called as those of lp64d_call.S. One with
// stack words has a frame, and the native code returns to it.
//
//   lp64d_each           any registers; it jumps
//   lp64d_row_<w>        eight integers of 8 bytes, and so many words like them
//   lp64d_stack_<f>      stack words, all eight integer registers, none or all eight of the others, 8 bytes each
//   lp64d_stack_each     stack words of 8 bytes and any registers
//   lp64d_image_<size>   an image of the registers, for what has no step (lp64d_steps.S)

#include "image.inc"

#define args a2                      // names of the registers before the call
#define plan t3
#define address t1
#define slot t4

// ---- slots by the plan's tables ----

// Puts the address of an argument's slot into `slot`.
.macro locate number, table
    lhu slot, \table + 2 * \number(plan)
    slli slot, slot, 3
    add slot, slot, args
.endm

.macro load_fpr number
    locate \number, PLAN_FPR
    fld fa\number, (slot)
.endm

.macro load_gpr number
    locate \number, PLAN_GPR
    ld a\number, (slot)
.endm

.macro load_fprs count
  .irp number, 7, 6, 5, 4, 3, 2, 1, 0
  .if \number < \count
    load_fpr \number
  .endif
  .endr
.endm

.macro load_gprs
  .irp number, 7, 6, 5, 4, 3, 1, 0, 2
    load_gpr \number
  .endr
.endm

// ---- any registers ----

// The straight path loads integers of 4 bytes and doubles; other types take a branch. The stub may load registers that the
// call does not use.

#define op t5
#define usual t6

.macro load_each_gpr number
    lbu op, PLAN_GPR_OPS + \number(plan)
    locate \number, PLAN_GPR
    bne op, usual, .Lother_\number
    lw a\number, (slot)
.Lloaded_\number:
.endm

.macro load_other number
.Lother_\number:
    bgtu op, usual, 1f               // enum move_op goes from 8 bytes by 4 to less
    ld a\number, (slot)
    j .Lloaded_\number
1:  addi op, op, -MOVE_OP_U8
    bgtz op, 3f
    beqz op, 2f
    lb a\number, (slot)
    j .Lloaded_\number
2:  lbu a\number, (slot)
    j .Lloaded_\number
3:  addi op, op, MOVE_OP_U8 - MOVE_OP_U16
    beqz op, 4f
    lh a\number, (slot)
    j .Lloaded_\number
4:  lhu a\number, (slot)
    j .Lloaded_\number
.endm

.macro load_each_fpr number
    lbu op, PLAN_FPR_OPS + \number(plan)
    locate \number, PLAN_FPR
    bnez op, .Lsingle_\number        // not MOVE_64
    fld fa\number, (slot)
.Lfilled_\number:
.endm

.macro load_single number
.Lsingle_\number:
    flw fa\number, (slot)
    j .Lfilled_\number
.endm

.macro each_stub name
leaf \name
.Leach:
    ld plan, FUNCTION_PLAN(a0)
    ld address, FUNCTION_ADDRESS(a0)
    li usual, 2
    lbu op, PLAN_NFPR(plan)
    beqz op, .Lintegers
    bleu op, usual, .Ltwo
    .irp number, 7, 6, 5, 4, 3, 2
    load_each_fpr \number
    .endr
.Ltwo:
    load_each_fpr 1
    load_each_fpr 0
.Lintegers:
    lbu op, PLAN_NGPR(plan)
    beqz op, .Lgo
    addi op, op, -3
    li usual, MOVE_OP_32
    blez op, .Lthree
    .irp number, 7, 6, 5, 4, 3
    load_each_gpr \number
    .endr
.Lthree:
    load_each_gpr 1
    load_each_gpr 0
    load_each_gpr 2
.Lgo:
    jr address
    .irp number, 0, 1, 2, 3, 4, 5, 6, 7
    load_other \number
    load_single \number
    .endr
endleaf \name
.endm

// ---- the stack ----

// Pushes the plan's stack words: an even number, not 0. The last words come first, because they lie highest.
.macro push_words
    lw t5, PLAN_NSTACK(plan)
    addi t6, plan, PLAN_STACK
    slli t5, t5, 2
    add t5, t5, t6
0:
    lwu t0, -8(t5)
    lwu t2, -4(t5)
    addi t5, t5, -8
    slli t0, t0, 3
    slli t2, t2, 3
    add t0, t0, args
    add t2, t2, args
    ld t0, (t0)
    ld t2, (t2)
    addi sp, sp, -16
    sd t0, (sp)
    sd t2, 8(sp)
    bne t5, t6, 0b
.endm

// sp at the call, from below: [stack words, an even number] [s0, ra saved]
.macro stack_stub name, fprs
proc \name
    frame
    ld address, FUNCTION_ADDRESS(a0)
    ld plan, FUNCTION_PLAN(a0)
    push_words
    load_fprs \fprs
    load_gprs
    jalr address
    leave_frame
    ret
endproc \name
.endm

.macro stack_each_stub name
proc \name
    frame
    ld plan, FUNCTION_PLAN(a0)
    push_words
    jal .Leach                       // calls the native code, and leaves sp unchanged
    leave_frame
    ret
endproc \name
.endm

// Eight integers of 8 bytes, and as many words behind them; slot k feeds the k-th of all.
//
// sp at the call, from below: [stack words] [ra saved]
.macro row_stub name, words
proc \name
    .set area, (8 * \words + 8) / 16 * 16
    ld address, FUNCTION_ADDRESS(a0)
    light_frame area + 16
  .irp word, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9
  .if \word < \words
    ld t0, 8 * (8 + \word)(args)
    sd t0, 8 * \word(sp)
  .endif
  .endr
  .irp number, 7, 6, 5, 4, 3, 1, 0, 2
    ld a\number, 8 * \number(args)
  .endr
    jalr address
    leave_light area + 16
    ret
endproc \name
.endm

.macro each_row how
  .irp words, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10
    \how lp64d_row_\words, \words
  .endr
.endm

// Calls a function whose arguments are not one slot each. There is a stub for each distance between floating-point registers
// in an image.
//
//   void lp64d_image_8(struct image *image, void *address);
//
// sp at the call, from below: [stack words, an even number] [image] [s0, ra saved]
#define image t3

.macro image_stub name, size
proc \name
    frame
    push_local a0
    mv image, a0
    mv address, a1
    ld t5, IMAGE_NSTACK(image)
    addi t6, image, IMAGE_FPR + 8 * \size
    slli t5, t5, 3
    add t5, t5, t6
    push_stack
    ld t4, IMAGE_VECTORS(image)
    beqz t4, 2f
    all_fprs fld, IMAGE_FPR, image, \size
2:  all_gprs ld, 0, image
    ld t2, IMAGE_CHAIN(image)        // the static chain
    jalr address
    ld image, -32(s0)
    sd a0, IMAGE_GPR_RESULT(image)
    sd a1, IMAGE_GPR_RESULT + 8(image)
    fsd fa0, IMAGE_FPR(image)
    fsd fa1, IMAGE_FPR + \size(image)
    leave_frame
    ret
endproc \name
.endm

covered                              // lp64d_each saves no register
each_stub lp64d_each
endcovered

each_row row_stub
stack_stub lp64d_stack_0, 0
stack_stub lp64d_stack_8, 8
stack_each_stub lp64d_stack_each
image_stub lp64d_image_8, 8
image_stub lp64d_image_16, 16

.macro distance name, words          // from the entry to the stub
    .word \name - .
.endm

table lp64d_rows
each_row distance
endtable lp64d_rows
