// SPDX-License-Identifier: MIT
//
// The stubs of AAPCS64. Apple's variant uses them too, because the plan gives each argument's place on the stack. C calls
// a stub as
//
//   void stub(const struct function *function, void *result, const ffi_value *args);
//
// The stub loads registers from slots of `args` by the function's plan, and goes to the function's address. It reads no
// types: they chose the stub when the plan was made. A stub without stack words jumps. The native code then returns to the
// stub's caller, with the result in the ABI's register. Such a stub does not read `result` and has no frame.
//
// A stub loads exactly the bytes of each argument's type. The caller stores an argument by the member of its type just
// before the call, and a load that is wider than that store waits until the store has left the store buffer
// (Arm Neoverse V1 optimization guide, 4.4). The families:
//
//   aapcs64_words_<g>_<m> up to six integer registers, 8 bytes where the mask m has the register's bit, else 4
//   aapcs64_d<f>, _s<f>  doubles or floats
//   aapcs64_x<g>_d<f>    integers of 8 bytes and doubles; aapcs64_w<g>_d<f>: integers of 4 bytes and doubles
//   aapcs64_each         any registers
//   aapcs64_stack_<f>    stack words too: all eight integer registers, none or all eight of the others, 8 bytes each
//   aapcs64_stack_each   stack words and any registers
//
// An image stub loads what neither these nor steps load (aapcs64_steps.S).
//
// A family may load more registers than the call has: the plan's tables name slot 0 for the rest. If a call uses one kind
// of register only, register k takes slot k, and the stub reads no table. For example, two integers and a double:
//
//   aapcs64_x2_d1:
//     bti  c
//     ldr  x16, [x0, #24]            // function->address
//     ldr  x11, [x0, #32]            // function->plan
//     ldrh w10, [x11, #16]           // plan->fpr[0]
//     ldr  d0, [x2, x10, lsl #3]
//     ldrh w10, [x11, #2]            // plan->gpr[1]
//     ldr  x1, [x2, x10, lsl #3]
//     ldrh w10, [x11]                // plan->gpr[0]
//     ldr  x0, [x2, x10, lsl #3]
//     br   x16                       // this register, so that the target may begin with bti c
//
// The stubs do not use x18, which belongs to the platform.

#include "../families.inc"
#include "image.inc"

#define args x2                      // names of the registers before the call
#define plan x11
#define address x16
#define slot x10
#define slot_w w10

    .set in_order, 0                 // whether slot k feeds register k: only one kind of register is in use
    .set wide, 0                     // bits of the integer registers that take 8 bytes; the others take 4

// Puts the address of an argument into x17. Parameters: the register, the plan's table.
.macro locate number, table
    ldrh slot_w, [plan, #\table + 2 * \number]
    add x17, args, slot, lsl #3
.endm

// Loads one register from its slot. Parameters: the register, its number, the plan's table. A load of 4 bytes cannot scale
// the slot's number by 8, so it takes the address from x17.
.macro load reg, number, table, bytes=8
  .if in_order
    ldr \reg, [args, #8 * \number]
  .else
    ldrh slot_w, [plan, #\table + 2 * \number]
  .if \bytes == 4
    add slot, args, slot, lsl #3
    ldr \reg, [slot]
  .else
    ldr \reg, [args, slot, lsl #3]
  .endif
  .endif
.endm

.macro load_gpr number, count
  .if \number < \count
  .if wide & (1 << \number)
    load x\number, \number, PLAN_GPR
  .else
    load w\number, \number, PLAN_GPR, 4
  .endif
  .endif
.endm

// Loads the first `count` integer registers. x2 comes last, because it holds `args`.
.macro load_gprs count
  .irp number, 7, 6, 5, 4, 3, 1, 0, 2
    load_gpr \number, \count
  .endr
.endm

.macro load_fprs count, letter=d
  .irp number, 7, 6, 5, 4, 3, 2, 1, 0
  .if \number < \count
    load \letter\number, \number, PLAN_FPR
  .endif
  .endr
.endm

.macro jumping_stub name, gprs, fprs, letter=d
leaf \name
    ldr address, [x0, #FUNCTION_ADDRESS]
  .if \gprs == 0 || \fprs == 0
    .set in_order, 1
  .else
    ldr plan, [x0, #FUNCTION_PLAN]
  .endif
    load_fprs \fprs, \letter
    load_gprs \gprs
    .set in_order, 0
    br address
endleaf \name
.endm

// ---- any registers ----

// The straight path loads integers of 4 bytes and doubles; other types take a branch. The stub may load registers that the
// call does not use. It extends narrow integers to 32 bits, because Apple's callees rely on that.

.macro load_each_gpr number
    locate \number, PLAN_GPR
    ldrb w12, [plan, #PLAN_GPR_OPS + \number]
    cmp w12, #MOVE_OP_32
    b.ne .Lother_\number
    ldr w\number, [x17]
.Lloaded_\number:
.endm

.macro load_other number
.Lother_\number:
    b.hi 1f                          // enum move_op goes from 8 bytes by 4 to less
    ldr x\number, [x17]
    b .Lloaded_\number
1:  cmp w12, #MOVE_OP_U8
    b.hi 2f
    ldrb w13, [x17]
    sxtb w14, w13
    csel w\number, w14, w13, lo
    b .Lloaded_\number
2:  cmp w12, #MOVE_OP_U16
    ldrh w13, [x17]
    sxth w14, w13
    csel w\number, w14, w13, lo
    b .Lloaded_\number
.endm

.macro load_each_fpr number
    locate \number, PLAN_FPR
    ldrb w12, [plan, #PLAN_FPR_OPS + \number]
    cbnz w12, .Lsingle_\number      // not MOVE_OP_64
    ldr d\number, [x17]
.Lfilled_\number:
.endm

.macro load_single number
.Lsingle_\number:
    ldr s\number, [x17]
    b .Lfilled_\number
.endm

.macro each_stub name
leaf \name
.Leach:
    ldr plan, [x0, #FUNCTION_PLAN]
    ldr address, [x0, #FUNCTION_ADDRESS]
    ldrb w12, [plan, #PLAN_NFPR]
    cbz w12, .Lintegers
    cmp w12, #2
    b.ls .Ltwo
    .irp number, 7, 6, 5, 4, 3, 2
    load_each_fpr \number
    .endr
.Ltwo:
    load_each_fpr 1
    load_each_fpr 0
.Lintegers:
    ldrb w12, [plan, #PLAN_NGPR]
    cbz w12, .Lgo
    cmp w12, #3
    b.ls .Lthree
    .irp number, 7, 6, 5, 4, 3
    load_each_gpr \number
    .endr
.Lthree:
    load_each_gpr 1
    load_each_gpr 0
    load_each_gpr 2
.Lgo:
    br address
    .irp number, 0, 1, 2, 3, 4, 5, 6, 7
    load_other \number
    load_single \number
    .endr
endleaf \name
.endm

// ---- the stack ----

// sp at the call, from below: [stack words, an even number] [x29, x30 saved]
.macro stack_stub name, fprs
proc \name
    frame
    ldr address, [x0, #FUNCTION_ADDRESS]
    ldr plan, [x0, #FUNCTION_PLAN]
    ldr w12, [plan, #PLAN_NSTACK]    // even, and not 0
    add x13, plan, #PLAN_STACK
    add x12, x13, x12, lsl #2
0:                                   // push the last words first: they lie highest
    ldp w14, w15, [x12, #-8]!
    ldr x14, [args, x14, lsl #3]
    ldr x15, [args, x15, lsl #3]
    stp x14, x15, [sp, #-16]!
    cmp x12, x13
    b.ne 0b
    load_fprs \fprs
    load_gprs 8
    blr address
    leave_frame
    ret
endproc \name
.endm

// The same for slots of which the caller stored some as 4 bytes: the stub loads each half of a word by itself.
.macro load_halves word, slot
    add \slot, args, \slot, lsl #3
    ldp w9, w10, [\slot]
    orr \word, x9, x10, lsl #32
.endm

.macro stack_each_stub name
proc \name
    frame
    ldr plan, [x0, #FUNCTION_PLAN]
    ldr w12, [plan, #PLAN_NSTACK]    // even, and not 0
    add x13, plan, #PLAN_STACK
    add x12, x13, x12, lsl #2
0:
    ldp w14, w15, [x12, #-8]!
    load_halves x14, x14
    load_halves x15, x15
    stp x14, x15, [sp, #-16]!
    cmp x12, x13
    b.ne 0b
    bl .Leach                        // calls the native code, and leaves sp unchanged
    leave_frame
    ret
endproc \name
.endm

// Calls a function whose arguments are not one slot each. There is a stub for each size of vector register, because a load
// of 16 bytes may wait for a store of 8 bytes just before it.
//
//   void aapcs64_image_8(struct image *image, void *address);
//
// sp at the call, from below: [stack words, an even number] [image] [x29, x30 saved]
.macro image_stub name, letter, size
proc \name
    frame
    push_local x0
    mov image, x0
    mov address, x1
    ldr x12, [image, #IMAGE_NSTACK]
    add x13, image, #IMAGE_FPR + 8 * \size
    add x12, x13, x12, lsl #3
    push_stack
    ldr x10, [image, #IMAGE_VECTORS]
    cbz x10, 2f
    all_vectors ldp, \letter, \size
2:  all_words ldp, ldr
#ifndef __APPLE__
    ldr x18, [image, #IMAGE_CHAIN]   // the static chain; on Apple's systems x18 belongs to the system
#endif
    blr address
    ldr image, [x29, #-16]
    stp x0, x1, [image, #IMAGE_GPR_RESULT]
    result_vectors stp, \letter, \size
    leave_frame
    ret
endproc \name
.endm

// ---- the families ----

.macro each_words how
  .irp g, 0, 1, 2, 3, 4, 5, 6
    each_mask \how, aapcs64_words, \g
  .endr
.endm

.macro each_reals how
  .irp f, 1, 2, 3, 4, 5, 6, 7, 8
    \how aapcs64_d\f, \f, d
  .endr
  .irp f, 1, 2, 3, 4, 5, 6, 7, 8
    \how aapcs64_s\f, \f, s
  .endr
.endm

.macro each_mixed how
  .irp g, 1, 2, 3, 4, 5, 6, 7, 8
  .irp f, 1, 2, 3, 4, 5, 6, 7, 8
    each_pair \how, x, \g, \f, 255
  .endr
  .endr
  .irp g, 1, 2, 3, 4, 5, 6, 7, 8
  .irp f, 1, 2, 3, 4, 5, 6, 7, 8
    each_pair \how, w, \g, \f, 0
  .endr
  .endr
.endm

.macro each_pair how, letter, g, f, mask
    \how aapcs64_\letter\g\()_d\f, \g, \f, \mask
.endm

.macro make_words name, gprs, mask
    .set wide, \mask
    jumping_stub \name, \gprs, 0
.endm

.macro make_reals name, fprs, letter
    jumping_stub \name, 0, \fprs, \letter
.endm

.macro make_mixed name, gprs, fprs, mask
    .set wide, \mask
    jumping_stub \name, \gprs, \fprs
.endm

covered                              // none of these stubs saves a register
each_words make_words
each_reals make_reals
each_mixed make_mixed
    .set wide, 255
each_stub aapcs64_each
endcovered

stack_stub aapcs64_stack_0, 0
stack_stub aapcs64_stack_8, 8
stack_each_stub aapcs64_stack_each
image_stub aapcs64_image_8, d, 8
image_stub aapcs64_image_16, q, 16

table_of aapcs64_words, each_words
table_of aapcs64_reals, each_reals
table_of aapcs64_mixed, each_mixed
