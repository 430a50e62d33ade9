// SPDX-License-Identifier: MIT
//
// Guarded calls (src/call/guard.c). A guarded call loads all arguments from an image, as an image stub does. It also puts
// known values into all registers that the callee must preserve. After the call it stores these registers' values and
// restores the caller's. A struct guard has both. The guard does not write x18: where the ABI reserves it, the callee must
// not write it either.
//
//   void aapcs64_guard(struct image *image, void *address, struct guard *guard);
//
// sp at the call, from below: [stack words, an even number] [mark] [guard] [x29, x30, x19 to x28, d8 to d15 saved]
//
// The callee may have changed any register when it returns. Before the call x19 holds the guard's address and x20 its
// complement. If they still agree, x19 is the guard. If not, the code looks for the guard's mark from sp upwards. So the
// caller survives a callee that changes all registers but sp, and one that changes sp but not these two. Exceptions and
// longjmp pass through the frame, because the unwind rules say where the caller's registers are saved. If the callee has
// changed x29, the rules hold again from label 6 on.

#include "image.inc"

#define guard   x10
#define address x16

#define FRAME 160

.macro save_pair one, two, at
    stp \one, \two, [x29, #\at]
    .cfi_offset \one, \at - FRAME
    .cfi_offset \two, \at + 8 - FRAME
.endm

    .text
proc aapcs64_guard
    frame FRAME
    save_pair x19, x20, 16
    save_pair x21, x22, 32
    save_pair x23, x24, 48
    save_pair x25, x26, 64
    save_pair x27, x28, 80
    save_pair d8, d9, 96
    save_pair d10, d11, 112
    save_pair d12, d13, 128
    save_pair d14, d15, 144
    mov image, x0
    mov guard, x2
    mov address, x1
    eon x11, guard, x29              // the mark
    stp x11, guard, [sp, #-16]!
    str image, [guard, #GUARDED_IMAGE]
    mov x12, x29
    str x12, [guard, #GUARDED_FRAME]
    str x12, [guard, #8 * GUARDED_X29]
    ldr x11, [guard, #GUARDED_VECTOR]
    add x13, image, #IMAGE_FPR
    add x13, x13, x11, lsl #3        // the stack words
    ldr x12, [image, #IMAGE_NSTACK]
    add x12, x13, x12, lsl #3
    push_stack
    mov x12, sp
    str x12, [guard, #8 * GUARDED_SP]
    mrs x12, fpcr
    stp x12, x18, [guard, #8 * GUARDED_FPCR]
    ldr x12, [image, #IMAGE_VECTORS]
    cbz x12, 3f
    cmp x11, #16
    b.eq 2f
    all_vectors ldp, d, 8
    b 3f
2:
    all_vectors ldp, q, 16
3:
    ldp d8, d9, [guard, #8 * GUARDED_D8]
    ldp d10, d11, [guard, #8 * GUARDED_D8 + 16]
    ldp d12, d13, [guard, #8 * GUARDED_D8 + 32]
    ldp d14, d15, [guard, #8 * GUARDED_D8 + 48]
    ldp x19, x20, [guard]
    ldp x21, x22, [guard, #16]
    ldp x23, x24, [guard, #32]
    ldp x25, x26, [guard, #48]
    ldp x27, x28, [guard, #64]
    all_words ldp, ldr
    blr address
    mov x11, sp
    mvn guard, x20
    cmp guard, x19
    b.eq 6f
    and x12, x11, #-8
5:
    ldp x13, guard, [x12], #8        // guard ^ frame, complemented; guard
    add x14, x12, #8                 // the frame, if this is the mark
    eon x14, x14, guard
    cmp x14, x13
    b.ne 5b
6:
    str x11, [guard, #GUARDED_AFTER + 8 * GUARDED_SP]
    str x29, [guard, #GUARDED_AFTER + 8 * GUARDED_X29]
    mrs x12, fpcr
    add x13, guard, #GUARDED_AFTER
    stp x12, x18, [x13, #8 * GUARDED_FPCR]
    stp d8, d9, [x13, #8 * GUARDED_D8]
    stp d10, d11, [x13, #8 * GUARDED_D8 + 16]
    stp d12, d13, [x13, #8 * GUARDED_D8 + 32]
    stp d14, d15, [x13, #8 * GUARDED_D8 + 48]
    stp x19, x20, [x13]
    stp x21, x22, [x13, #16]
    stp x23, x24, [x13, #32]
    stp x25, x26, [x13, #48]
    stp x27, x28, [x13, #64]
    ldr x29, [guard, #GUARDED_FRAME]
    ldr x12, [guard, #8 * GUARDED_SP]
    mov sp, x12
    str xzr, [x29, #-16]             // erase the mark, so that no later guard finds it
    ldr image, [guard, #GUARDED_IMAGE]
    ldr x11, [guard, #GUARDED_VECTOR]
    stp x0, x1, [image, #IMAGE_GPR_RESULT]
    cmp x11, #16
    b.eq 7f
    result_vectors stp, d, 8
    b 8f
7:
    result_vectors stp, q, 16
8:
    ldp x19, x20, [x29, #16]
    ldp x21, x22, [x29, #32]
    ldp x23, x24, [x29, #48]
    ldp x25, x26, [x29, #64]
    ldp x27, x28, [x29, #80]
    ldp d8, d9, [x29, #96]
    ldp d10, d11, [x29, #112]
    ldp d12, d13, [x29, #128]
    ldp d14, d15, [x29, #144]
    leave_frame FRAME
    ret
endproc aapcs64_guard
