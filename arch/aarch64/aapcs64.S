// SPDX-License-Identifier: MIT
//
// The stubs of AAPCS64, which Apple's variant uses too: the plan says what is where on the stack. Each is called as
//
//   void stub(const struct function *function, void *result, const ffi_value *args);
//
// and does one thing: load registers from slots of `args` as the function's plan says, and go to the function's
// address. Types were looked at when the plan was made; they chose the stub. Without stack words it jumps, so
// that the native code returns to who called the stub, with the result in the register that the ABI has for it:
// `result` is not looked at, and no stub has a frame to unwind. There are four families, and a wide stub for
// what they do not fit:
//
//   aapcs64_<g>_<f>      g integer and f floating-point registers, nothing on the stack
//   aapcs64_narrow_<g>   integers of less than 4 bytes among them, no floating-point registers
//   aapcs64_narrow       the same with all eight registers of each kind
//   aapcs64_stack_<f>    the stack too: all eight integer registers, none or all eight of the others
//   aapcs64_pointers_<f> `args` are pointers to arguments of 8 bytes: all eight integer registers
//
// Where a family loads more registers than the call has, the plan's tables name slot 0 for the rest. Where one
// kind of register is in use, the slots are its registers in order and no table is read. For example, two
// integers and a double:
//
//   aapcs64_2_1:
//     bti  c
//     ldr  x16, [x0, #16]            // function->address
//     ldr  x11, [x0, #24]            // function->plan
//     ldrh w10, [x11, #16]           // plan->fpr[0]
//     ldr  d0, [x2, x10, lsl #3]
//     ldrh w10, [x11, #2]            // plan->gpr[1]
//     ldr  x1, [x2, x10, lsl #3]
//     ldrh w10, [x11]                // plan->gpr[0]
//     ldr  x0, [x2, x10, lsl #3]
//     br   x16                       // this register, so that the target may begin with bti c
//
// x18 is the platform's and stands nowhere here.

#include "../layout.h"
#include "unwind.inc"

#define args x2                      // the roles, before the call
#define plan x11
#define address x16
#define slot x10
#define slot_w w10

    .set behind_pointers, 0          // whether a slot holds the argument's address
    .set narrow, 0                   // whether integers are extended
    .set in_order, 0                 // whether slot k feeds register k: only one kind of register is in use

// Loads one register from its slot: register, its number, the plan's table.
.macro load reg, number, table
  .if in_order
    ldr \reg, [args, #8 * \number]
  .else
    ldrh slot_w, [plan, #\table + 2 * \number]
  .if behind_pointers
    ldr slot, [args, slot, lsl #3]
    ldr \reg, [slot]
  .else
    ldr \reg, [args, slot, lsl #3]
  .endif
  .endif
.endm

// Apple's callees rely on narrow integers being extended; see struct extension.
.macro load_gpr number, count
  .if \number < \count
    load x\number, \number, PLAN_GPR
  .if narrow
    ldp x12, x13, [plan, #PLAN_EXTEND + 16 * \number]
    and x\number, x\number, x12
    eor x\number, x\number, x13
    sub x\number, x\number, x13
  .endif
  .endif
.endm

// Loads the first `count` integer registers. x2 is `args`, so it comes last.
.macro load_gprs count
  .irp number, 7, 6, 5, 4, 3, 1, 0, 2
    load_gpr \number, \count
  .endr
.endm

.macro load_fprs count
  .irp number, 7, 6, 5, 4, 3, 2, 1, 0
  .if \number < \count
    load d\number, \number, PLAN_FPR
  .endif
  .endr
.endm

.macro jumping_stub name, gprs, fprs
leaf \name
    ldr address, [x0, #FUNCTION_ADDRESS]
  .if !behind_pointers && (\gprs == 0 || \fprs == 0)
    .set in_order, 1
  .endif
  .if !in_order || narrow
    ldr plan, [x0, #FUNCTION_PLAN]
  .endif
    load_fprs \fprs
    load_gprs \gprs
    .set in_order, 0
    br address
endleaf \name
.endm

// sp at the call, from below: [stack words, an even number] [x29, x30 saved]
.macro stack_stub name, fprs
proc \name
    frame
    ldr address, [x0, #FUNCTION_ADDRESS]
    ldr plan, [x0, #FUNCTION_PLAN]
    ldr w12, [plan, #PLAN_NSTACK]    // even, and not 0
    add x13, plan, #PLAN_STACK
    add x12, x13, x12, lsl #2
0:                                   // the last words first: they lie highest
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

// Calls with everything that is not one slot. There is one for each size of vector register: loading 16 bytes
// where 8 have just been stored may stall.
//
//   void aapcs64_wide_8(struct image *image, void *address);
//
// sp at the call, from below: [stack words, an even number] [image] [x29, x30 saved]
#define image x9

// Two registers at once: ldp or stp, the letter of their size, that size in bytes, the first's number, the other's.
.macro vectors how, letter, size, one, two
    \how \letter\one, \letter\two, [image, #IMAGE_FPR + \size * \one]
.endm

.macro wide_stub name, letter, size
proc \name
    frame
    hold x0
    mov image, x0
    mov address, x1
    ldr x12, [image, #IMAGE_NSTACK]
    add x13, image, #IMAGE_FPR + 8 * \size
    add x12, x13, x12, lsl #3
0:
    cmp x12, x13
    b.eq 1f
    ldp x14, x15, [x12, #-16]!
    stp x14, x15, [sp, #-16]!
    b 0b
1:
    ldr x10, [image, #IMAGE_VECTORS]
    cbz x10, 2f
    vectors ldp, \letter, \size, 0, 1
    vectors ldp, \letter, \size, 2, 3
    vectors ldp, \letter, \size, 4, 5
    vectors ldp, \letter, \size, 6, 7
2:
    ldp x0, x1, [image]
    ldp x2, x3, [image, #16]
    ldp x4, x5, [image, #32]
    ldp x6, x7, [image, #48]
    ldr x8, [image, #64]             // the address of a result in memory
    blr address
    ldr image, [x29, #-16]
    stp x0, x1, [image, #IMAGE_GPR_RESULT]
    vectors stp, \letter, \size, 0, 1
    vectors stp, \letter, \size, 2, 3
    leave_frame
    ret
endproc \name
.endm

// None of these saves anything: one record covers them.
covered
.irp g, 0, 1, 2, 3, 4, 5, 6, 7, 8
.irp f, 0, 1, 2, 3, 4, 5, 6, 7, 8
    jumping_stub aapcs64_\g\()_\f, \g, \f
.endr
.endr
    .set narrow, 1
.irp g, 0, 1, 2, 3, 4, 5, 6, 7, 8
    jumping_stub aapcs64_narrow_\g, \g, 0
.endr
    jumping_stub aapcs64_narrow, 8, 8
    .set narrow, 0
    .set behind_pointers, 1
.irp f, 0, 1, 2, 3, 4, 5, 6, 7, 8
    jumping_stub aapcs64_pointers_\f, 8, \f
.endr
    .set behind_pointers, 0
endcovered

stack_stub aapcs64_stack_0, 0
stack_stub aapcs64_stack_8, 8
wide_stub aapcs64_wide_8, d, 8
wide_stub aapcs64_wide_16, q, 16

// The tables: distances from each entry to its stub.

table aapcs64_grid
.irp g, 0, 1, 2, 3, 4, 5, 6, 7, 8
.irp f, 0, 1, 2, 3, 4, 5, 6, 7, 8
    .word aapcs64_\g\()_\f - .
.endr
.endr
endtable aapcs64_grid
table aapcs64_narrows
.irp g, 0, 1, 2, 3, 4, 5, 6, 7, 8
    .word aapcs64_narrow_\g - .
.endr
    .word aapcs64_narrow - .
endtable aapcs64_narrows
table aapcs64_stack
    .word aapcs64_stack_0 - .
    .word aapcs64_stack_8 - .
endtable aapcs64_stack
table aapcs64_pointers
.irp f, 0, 1, 2, 3, 4, 5, 6, 7, 8
    .word aapcs64_pointers_\f - .
.endr
endtable aapcs64_pointers
