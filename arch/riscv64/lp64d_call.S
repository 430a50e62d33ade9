// SPDX-License-Identifier: MIT
//
// The stubs of LP64D. C calls a stub as
//
//   void stub(const struct function *function, void *result, const ffi_value *args);
//
// The stub loads registers from slots of `args` by the function's plan, and goes to the function's address. It reads no
// types: they chose the stub when the plan was made. A stub without stack words jumps. The native code then returns to the
// stub's caller, with the result in the ABI's register. Such a stub does not read `result` and has no frame.
//
// A stub loads exactly the bytes of each argument's type. A load extends a value of less than 8 bytes as the psABI asks: lw
// extends the sign of unsigned integers too, and flw boxes. The families:
//
//   lp64d_words_<g>_<m>  up to six integer registers, 8 bytes where the mask m has the register's bit, else 4
//   lp64d_one_<a>, lp64d_two_<a>_<b>, lp64d_all_<a>_<g>  integers of other sizes
//   lp64d_open_<a>_<b>   three to six integers of any sizes, by lp64d_middle_... and lp64d_last_..., of one or two
//   lp64d_d<f>, _s<f>    doubles or floats
//   lp64d_<w><r>_<n>_<m> n slots of both kinds, of which mask m has the reals: w integers of 8 bytes (x) or 4 (w), r
//                        doubles (d) or floats (s)
//   lp64d_each           any registers
//   lp64d_stack_<f>      stack words too: all eight integer registers, none or all eight of the others, 8 bytes each
//   lp64d_stack_each     stack words of 8 bytes and any registers
//
// lp64d_steps.S serves other arguments. An image stub loads what has no step.
//
// In most families slot k feeds the next register of its kind, and the stub reads no table. For example an integer, a double
// and another integer:
//
//   lp64d_xd_3_2:
//     lpad 0
//     ld  t1, 16(a0)                 // function->address
//     fld fa0, 8(a2)
//     ld  a1, 16(a2)
//     ld  a0, (a2)
//     jr  t1

#include "../offsets.h"
#include "proc.inc"

#define args a2                      // names of the registers before the call
#define plan t3
#define address t1
#define slot t4

// ---- slots in their order ----

// The number of an integer or real is a symbol. The assembler does not accept a symbol in a register's name.
.macro load_numbered load, letter, number, from
  .irp each, 0, 1, 2, 3, 4, 5, 6, 7
  .if \number == \each
    \load \letter\each, \from(args)
  .endif
  .endr
.endm

// Loads the first `count` integer registers by `load`, or by ld where the mask has their bits. a2 comes last, because it
// holds `args`.
.macro words_stub name, count, mask, load=lw
leaf \name
    ld address, FUNCTION_ADDRESS(a0)
  .irp number, 0, 1, 3, 4, 5, 2
  .if \number < \count
  .if \mask & (1 << \number)
    ld a\number, 8 * \number(args)
  .else
    \load a\number, 8 * \number(args)
  .endif
  .endif
  .endr
    jr address
endleaf \name
.endm

.macro two_stub name, first, second
leaf \name
    ld address, FUNCTION_ADDRESS(a0)
    \first a0, (args)
    \second a1, 8(args)
    jr address
endleaf \name
.endm

// Three to six integers of any types: two, then one step or two. The last one loads the register of `args`.
.macro open_stub name, first, second
leaf \name
    ld plan, FUNCTION_PLAN(a0)
    ld address, FUNCTION_ADDRESS(a0)
    \second a1, 8(args)
    \first a0, (args)
    ld t2, PLAN_STEPS(plan)
    jr t2
endleaf \name
.endm

.macro step name
    .balign 4
    hidden \name, function
.endm

.macro middle_step name, first, second
step \name
    \first a4, 32(args)
  .ifnb \second
    \second a5, 40(args)
  .endif
    ld t2, PLAN_STEPS + 8(plan)
    jr t2
    size_of \name
.endm

.macro last_step name, first, second
step \name
  .ifnb \second
    \second a3, 24(args)
  .endif
    \first a2, 16(args)
    jr address
    size_of \name
.endm

.macro reals_stub name, count, load
leaf \name
    ld address, FUNCTION_ADDRESS(a0)
  .irp number, 0, 1, 2, 3, 4, 5, 6, 7
  .if \number < \count
    \load fa\number, 8 * \number(args)
  .endif
  .endr
    jr address
endleaf \name
.endm

// Both kinds. The stub loads a2 at the end.
.macro ordered_stub name, count, mask, word, real
leaf \name
    ld address, FUNCTION_ADDRESS(a0)
    .set words, 0
    .set reals, 0
    .set last, -1
  .irp number, 0, 1, 2, 3, 4
  .if \number < \count
  .if \mask & (1 << \number)
    load_numbered \real, fa, reals, 8 * \number
    .set reals, reals + 1
  .else
  .if words == 2
    .set last, 8 * \number
  .else
    load_numbered \word, a, words, 8 * \number
  .endif
    .set words, words + 1
  .endif
  .endif
  .endr
  .if last >= 0
    \word a2, last(args)
  .endif
    jr address
endleaf \name
.endm

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
0:
    beq t5, t6, 1f
    ld t0, -16(t5)
    ld t2, -8(t5)
    addi t5, t5, -16
    addi sp, sp, -16
    sd t0, (sp)
    sd t2, 8(sp)
    j 0b
1:
    ld t4, IMAGE_VECTORS(image)
    beqz t4, 2f
  .irp number, 0, 1, 2, 3, 4, 5, 6, 7
    fld fa\number, IMAGE_FPR + \size * \number(image)
  .endr
2:
  .irp number, 0, 1, 2, 3, 4, 5, 6, 7
    ld a\number, 8 * \number(image)
  .endr
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

// One macro lists each family. It runs another macro for each stub, with the stub's name and the registers that it loads:
// once to define the stub, and once to write its entry of a table.

.macro each_words how
  .irp g, 0, 1, 2, 3, 4, 5, 6
  .irp mask, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
    if_mask \how, lp64d_words, \g, \mask
  .endr
  .irp mask, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63
    if_mask \how, lp64d_words, \g, \mask
  .endr
  .endr
.endm

.macro if_mask how, family, g, mask, more:vararg
  .if \mask < (1 << \g)
    \how \family\()_\g\()_\mask, \g, \mask, \more
  .endif
.endm

// In the order of enum move_op.
.macro each_one how
  .irp load, ld, lw, lb, lbu, lh, lhu
    \how lp64d_one_\load, 1, 0, \load
  .endr
.endm

.macro each_two how, family=lp64d_two
  .irp first, ld, lw, lb, lbu, lh, lhu
    each_second \how, \family, \first
  .endr
.endm

.macro each_second how, family, first
  .irp second, ld, lw, lb, lbu, lh, lhu
    \how \family\()_\first\()_\second, \first, \second
  .endr
.endm

.macro each_open how
    each_two \how, lp64d_open
.endm

.macro each_step how, family         // for one register, then for two
  .irp load, ld, lw, lb, lbu, lh, lhu
    \how \family\()_\load, \load
  .endr
    each_two \how, \family
.endm

.macro each_middle how
    each_step \how, lp64d_middle
.endm

.macro each_last how
    each_step \how, lp64d_last
.endm

.macro each_extending how
  .irp load, lb, lbu, lh, lhu
    each_alike \how, \load
  .endr
.endm

.macro each_alike how, load
  .irp g, 3, 4, 5, 6
    \how lp64d_all_\load\()_\g, \g, 0, \load
  .endr
.endm

.macro each_reals how
  .irp f, 1, 2, 3, 4, 5, 6, 7, 8
    \how lp64d_d\f, \f, fld
  .endr
  .irp f, 1, 2, 3, 4, 5, 6, 7, 8
    \how lp64d_s\f, \f, flw
  .endr
.endm

.macro each_ordered how
    each_order \how, lp64d_xd, ld, fld
    each_order \how, lp64d_xs, ld, flw
    each_order \how, lp64d_wd, lw, fld
    each_order \how, lp64d_ws, lw, flw
.endm

.macro each_order how, family, word, real
  .irp count, 1, 2, 3, 4, 5
  .irp mask, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
    if_mask \how, \family, \count, \mask, \word, \real
  .endr
  .endr
.endm

covered                              // none of these stubs saves a register
each_words words_stub
each_one words_stub
each_two two_stub
each_open open_stub
each_middle middle_step
each_last last_step
each_extending words_stub
each_reals reals_stub
each_ordered ordered_stub
each_stub lp64d_each
endcovered

stack_stub lp64d_stack_0, 0
stack_stub lp64d_stack_8, 8
stack_each_stub lp64d_stack_each
image_stub lp64d_image_8, 8
image_stub lp64d_image_16, 16

// The tables: distances from each entry to its stub.

.macro distance name, more:vararg
    .word \name - .
.endm

.macro table_of name, each
table \name
    \each distance
endtable \name
.endm

table_of lp64d_words, each_words
table_of lp64d_one, each_one
table_of lp64d_two, each_two
table_of lp64d_open, each_open
table_of lp64d_middle, each_middle
table_of lp64d_last, each_last
table_of lp64d_extending, each_extending
table_of lp64d_reals, each_reals
table_of lp64d_ordered, each_ordered
