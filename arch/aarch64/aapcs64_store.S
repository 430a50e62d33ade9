// SPDX-License-Identifier: MIT
//
// Steps that store: stack words, blocks and copies, before the registers of integers are loaded; and after the call the
// registers of a result. aapcs64_steps.S has the other steps.

#include "aapcs64_steps.inc"

    .text
covered                              // none of these steps saves a register

// ---- the stack ----

.macro slot_word_step name, reg
step \name
    ldp w10, w11, [cell, #8]
    ldr \reg, [args, x10]
    str x13, [sp, x11]
    next 16
endstep \name
.endm

    slot_word_step aapcs64_slot_word_8, x13
    slot_word_step aapcs64_slot_word_4, w13
step aapcs64_take_word
    ldr w11, [cell, #8]
    str value, [sp, x11]
    next 16
endstep aapcs64_take_word
step aapcs64_block                   // slot, from, to, bytes: a multiple of 8
    piece_at
    ldp w13, w14, [cell, #16]
    add x10, x10, x11
    add x13, sp, x13
    subs w14, w14, #32
    b.lo 2f
1:  ldp q16, q17, [x10], #32
    stp q16, q17, [x13], #32
    subs w14, w14, #32
    b.hs 1b
2:  tbz w14, #4, 3f
    ldr q16, [x10], #16
    str q16, [x13], #16
3:  tbz w14, #3, 4f
    ldr x10, [x10]
    str x10, [x13]
4:  next 24
endstep aapcs64_block

// Operands: to, count, then those of a run. `from` is 0 for 4 bytes, 4 for 8: of 4 bytes the step loads the lower half twice.
// It clears the upper half of a word of 4 bytes, though the ABI does not ask for that: callers without prototypes pass an int
// for a size_t, and other loads extend too.
step aapcs64_halves
    ldp w13, w14, [cell, #8]
    add x15, sp, x13
    add cell, cell, #16
1:  ldrh w10, [cell]
    ldrh w11, [cell, #2]
    ldr x10, [args, x10, lsl #3]
    ldr w13, [x10, x11]
    ldr w10, [x10]
    lsl x11, x11, #3
    lsl x13, x13, x11
    orr x10, x10, x13
    str x10, [x15], #8
    add cell, cell, #4
    subs w14, w14, #1
    b.ne 1b
    add cell, cell, #7
    and cell, cell, #-8
    next 0
endstep aapcs64_halves
step aapcs64_locate                  // the address of a copy
    ldr w11, [cell, #8]
    add value, sp, x11
    next 16
endstep aapcs64_locate

// ---- steps that store a result ----

.macro store_step name, instruction, reg
step aapcs64_\name
    ldr w10, [cell, #8]
    \instruction \reg, [to, x10]
    next 16
endstep aapcs64_\name
.endm

// Stores two parts. Parameter: the offset of the upper one.
.macro store_parts name, lower, upper, number, bytes
step aapcs64_\name
    ldr w10, [cell, #8]
    add x10, to, x10
    \lower w\number, [x10]
    lsr x\number, x\number, #(8 * \bytes)
    \upper w\number, [x10, #\bytes]
    next 16
endstep aapcs64_\name
.endm

.macro store_word number
    store_step store_word_\number\()_1, strb, w\number
    store_step store_word_\number\()_2, strh, w\number
    store_parts store_word_\number\()_3, strh, strb, \number, 2
    store_step store_word_\number\()_4, str, w\number
    store_parts store_word_\number\()_5, str, stur, \number, 1
    store_parts store_word_\number\()_6, str, stur, \number, 2
    store_parts store_word_\number\()_7, str, stur, \number, 3
    store_step store_word_\number\()_8, str, x\number
.endm

.macro store_real number
    store_step store_real_\number\()_4, str, s\number
    store_step store_real_\number\()_8, str, d\number
    store_step store_real_\number\()_16, str, q\number
.endm

    store_word 0
    store_word 1
.irp number, 0, 1, 2, 3
    store_real \number
.endr
step aapcs64_done
    ret
endstep aapcs64_done
endcovered
