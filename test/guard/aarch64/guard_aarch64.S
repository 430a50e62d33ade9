// SPDX-License-Identifier: MIT
//
// The guard of guard_aarch64.h: calls through stubs, and callbacks called; and code that breaks a rule each on purpose,
// to show that the guard sees it. No unwind data: nothing is thrown through here.

#include "guard_aarch64.h"

    .section .note.GNU-stack, "", %progbits

// So that the program's pages may be guarded (t_bti.sh): BTI.
    .section .note.gnu.property, "a", %note
    .balign 8
    .word 4, 16, 5
    .asciz "GNU"
    .word 0xc0000000, 4, 1, 0

    .data
    .balign 8
    .global guard_state, guard_handle
guard_state:
    .quad 0x1919191919191901, 0x2020202020202001, 0x2121212121212101, 0x2222222222222201
    .quad 0x2323232323232301, 0x2424242424242401, 0x2525252525252501, 0x2626262626262601
    .quad 0x2727272727272701, 0x2828282828282801, 0x2929292929292901
    .quad 0xd8d8d8d8d8d8d801, 0xd9d9d9d9d9d9d901, 0xdadadadadadada01, 0xdbdbdbdbdbdbdb01
    .quad 0xdcdcdcdcdcdcdc01, 0xdddddddddddddd01, 0xdededededededea1, 0xdfdfdfdfdfdfdf01
    .quad 0x01c00000                 // FPCR: towards zero, denormals flushed; 0 is the usual value
    .quad 0x1818181818181801
    .quad 0xcacacacadeadbe00
    .quad 0, 0
    .quad 0
    .skip NATIVE_RETURN + 8 - AFTER_GPR
guard_handle:
    .quad 0

    .text

.macro function name
    .balign 16
    .global \name
    .type \name, %function
\name:
    hint #34                         // bti c
.endm

.macro address_of register, name
    adrp \register, \name
    add \register, \register, :lo12:\name
.endm

.macro spoil_vector number
    dup v\number\().2d, x9
.endm

.macro spoil_upper_half number
    mov v\number\().d[1], x9
.endm

// What no stub may read, and what every callee may spoil, but for x9, with which it is spoiled, x16 and x18.
.macro spoil_scratch
    mov x9, #0xa1a1
    movk x9, #0xa1a1, lsl #32
  .irp number, 10, 11, 12, 13, 14, 15, 17
    mov x\number, x9
  .endr
  .irp number, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
    spoil_vector \number
  .endr
  .irp number, 8, 9, 10, 11, 12, 13, 14, 15
    spoil_upper_half \number         // the lower is preserved
  .endr
    cmp x9, #0
.endm

// Registers, two at a time: ldp or stp, the letter, the first, the other, where.
.macro preserved how, base, gpr, fpr
    \how x19, x20, [\base, #\gpr]
    \how x21, x22, [\base, #\gpr + 16]
    \how x23, x24, [\base, #\gpr + 32]
    \how x25, x26, [\base, #\gpr + 48]
    \how x27, x28, [\base, #\gpr + 64]
    \how d8, d9, [\base, #\fpr]
    \how d10, d11, [\base, #\fpr + 16]
    \how d12, d13, [\base, #\fpr + 32]
    \how d14, d15, [\base, #\fpr + 48]
.endm

// void guard(ffi_store_stub *stub, const void *function, void *result, const void *args);
//
// sp at the call, from below: [canaries] [x29, x30, FPCR saved, unused] [x19 to x28] [d8 to d15]
function guard
    stp x29, x30, [sp, #-176]!
    preserved stp, sp, 32, 112
    mrs x9, fpcr
    str x9, [sp, #16]
    address_of x9, guard_state
    sub sp, sp, #8 * GUARD_CANARIES
    mov x10, sp
    str x10, [x9, #GUARD_SP]
    ldr x11, [x9, #BEFORE_CANARY]
    mov x12, #GUARD_CANARIES
0:
    str x11, [x10], #8
    add x11, x11, #1
    subs x12, x12, #1
    b.ne 0b

    preserved ldp, x9, 0, BEFORE_FPR
    ldr x29, [x9, #80]
    ldr x18, [x9, #BEFORE_X18]
    ldr x10, [x9, #BEFORE_FPCR]
    msr fpcr, x10
    mov x16, x0
    mov x0, x1
    mov x1, x2
    mov x2, x3
    mov x3, #-1
    mov x4, x3
    mov x5, x3
    mov x6, x3
    mov x7, x3
    mov x8, x3
    spoil_scratch
    blr x16
    .global guard_return
guard_return:
    address_of x9, guard_state
    stp x0, x1, [x9, #AFTER_RESULTS]
    str d0, [x9, #AFTER_RESULTS + 8]
    preserved stp, x9, AFTER_GPR, AFTER_FPR
    str x29, [x9, #AFTER_GPR + 80]
    mrs x10, fpcr
    str x10, [x9, #AFTER_FPCR]
    str x18, [x9, #AFTER_X18]
    mov x10, sp
    str x10, [x9, #AFTER_SP]
    ldr x10, [x9, #GUARD_SP]
    mov sp, x10
    add x11, x9, #AFTER_CANARIES
    mov x12, #GUARD_CANARIES
1:
    ldr x13, [x10], #8
    str x13, [x11], #8
    subs x12, x12, #1
    b.ne 1b
    mov sp, x10
    ldr x9, [sp, #16]
    msr fpcr, x9
    preserved ldp, sp, 32, 112
    ldp x29, x30, [sp], #176
    ret

// How it was entered; x9 is the state.
.macro note_entry
    address_of x9, guard_state
    mov x10, sp
    str x10, [x9, #CALLED_SP]
    mrs x11, fpcr
    str x11, [x9, #CALLED_FPCR]
    str x18, [x9, #CALLED_X18]
    str x30, [x9, #CALLED_RETURN]
    tst x10, #15
.endm

.macro return_from_guarded
    address_of x16, guard_state
    ldr x18, [x16, #CALLED_X18]      // compiled code may have used it
    ldr x30, [x16, #CALLED_RETURN]
    ret
.endm

// The words of its arguments are the callee's own.
function guard_callee
    note_entry
    b.ne 2f                          // compiled code might not survive that stack
    bl note_arguments
2:
    address_of x16, guard_state
    spoil_scratch
    ldr x11, [x16, #BEFORE_STACK_WORDS]
    mov x10, sp
3:
    cbz x11, 4f
    str x9, [x10], #8
    sub x11, x11, #1
    b 3b
4:
    mov x1, x9
    mov x2, x9
    mov x3, x9
    mov x4, x9
    mov x5, x9
    mov x6, x9
    mov x7, x9
    mov x8, x9
    ldr x0, [x16, #BEFORE_REPLY]
    ldr d0, [x16, #BEFORE_REPLY + 8]
    return_from_guarded

// void guard_handler(void *result, const ffi_value *args, void *userdata);
function guard_handler
    note_entry
    b.ne 5f
    address_of x9, guard_handle
    ldr x9, [x9]
    blr x9
5:
    spoil_scratch
    mov x0, x9
    mov x1, x9
    mov x2, x9
    mov x8, x9
    return_from_guarded

// void native_caller(code, const struct native *values, ...), which touches nothing that it would have to preserve.
//
// sp at the call, from below: [words] [marks]
function native_caller
    address_of x9, guard_state
    str x30, [x9, #NATIVE_RETURN]
    sub sp, sp, #8 * (GUARD_WORDS + NATIVE_MARKS)
    mov x10, sp
    str x10, [x9, #NATIVE_SP]
    mov x16, x0
    add x11, x1, #NATIVE_STACK
    mov x12, #GUARD_WORDS
6:
    ldr x13, [x11], #8
    str x13, [x10], #8
    subs x12, x12, #1
    b.ne 6b
    ldr x11, [x9, #BEFORE_CANARY]
    stp x11, x11, [x10]
    stp x11, x11, [x10, #16]
    spoil_scratch
  .irp number, 0, 1, 2, 3, 4, 5, 6, 7
    ldr q\number, [x1, #NATIVE_FPR + 16 * \number]
  .endr
  .irp number, 8, 7, 6, 5, 4, 3, 2, 0, 1
    ldr x\number, [x1, #8 * \number]
  .endr
    blr x16
    .global native_return
native_return:
    address_of x9, guard_state
    mov x10, sp
    str x10, [x9, #NATIVE_SP_NOW]
    ldr x10, [x9, #NATIVE_SP]
    mov sp, x10
    ldr x11, [x9, #BEFORE_CANARY]
    mov x12, #0
  .irp number, 0, 1, 2, 3
    ldr x13, [x10, #8 * (GUARD_WORDS + \number)]
    cmp x13, x11
    cinc x12, x12, eq
  .endr
    str x12, [x9, #NATIVE_UNTOUCHED]
    add sp, sp, #8 * (GUARD_WORDS + NATIVE_MARKS)
    ldr x30, [x9, #NATIVE_RETURN]
    ret

// ---- stubs, and callbacks, that break a rule each ----

.macro breaks name                   // what t_guard_aarch64.c calls it
function break_\name
.endm

.irp number, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29
breaks x\number
    add x\number, x\number, #1
    ret
.endr

.irp number, 8, 9, 10, 11, 12, 13, 14, 15
breaks d\number
    fmov d\number, #1.0
    ret
.endr

breaks sp
    sub sp, sp, #16
    ret

breaks fpcr
    mrs x9, fpcr
    eor x9, x9, #0x400000
    msr fpcr, x9
    ret

breaks x18
    add x18, x18, #1
    ret

breaks canary
    str xzr, [sp]
    ret

breaks marks                         // above its arguments
    str xzr, [sp, #8 * GUARD_WORDS]
    ret

// These call wrongly, or treat the result wrongly.
.macro calls function, room=16
    str x30, [sp, #-16]
    sub sp, sp, #\room
    bl \function
    add sp, sp, #\room
    ldr x30, [sp, #-16]
.endm

breaks alignment
    calls guard_callee, 24
    ret

breaks argument                      // leaves the junk where the arguments should be
    calls guard_callee
    ret

breaks result
    calls guard_callee
    mvn w0, w0
    ret

breaks callee_fpcr
    msr fpcr, xzr
    calls guard_callee
    address_of x9, guard_state
    ldr x9, [x9, #BEFORE_FPCR]
    msr fpcr, x9
    ret

breaks callee_x18
    add x18, x18, #1
    calls guard_callee
    sub x18, x18, #1
    ret

breaks handler_alignment
    calls guard_handler, 24
    ret

// Both call the handler as they should, with two slots and a zeroed result, but for one thing.
.macro calls_handler first, second
    stp \first, \second, [sp, #-48]
    stp xzr, x30, [sp, #-32]
    sub x0, sp, #32
    sub x1, sp, #48
    mov x2, #0
    sub sp, sp, #48
    bl guard_handler
    add sp, sp, #48
    ldr x30, [sp, #-24]
.endm

breaks handler_arguments             // the wrong way round
    calls_handler x1, x0
    ldrsb w0, [sp, #-32]
    ret

breaks extension                     // the result is right, and what is above it is not
    calls_handler x0, x1
    ldrb w0, [sp, #-32]
    orr w0, w0, #0x100
    ret
