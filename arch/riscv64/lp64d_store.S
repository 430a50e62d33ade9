// SPDX-License-Identifier: MIT
//
// Steps that store: stack words, blocks and copies, before the registers of integers are loaded; and after the call the
// registers of a result. lp64d_steps.S has the other steps.

#include "lp64d_steps.inc"

    .text
covered                              // none of these steps saves a register

// ---- the stack ----

// Copies words from t0 to t5. No integer register of the call is loaded yet but a0.
.macro copy_words count, from=0
    copy_four ld, t0, \from, \from+8*(\count)
    copy_four sd, t5, \from, \from+8*(\count)
  .if \count > 4
    copy_words \count-4, \from+32
  .endif
.endm

.macro copy_four how, base, from, end
    .set at, \from
  .irp reg, a4, a5, a6, a7
  .if at < \end
    \how \reg, at(\base)
    .set at, at + 8
  .endif
  .endr
.endm

.macro slot_word_step name, load
step \name
    slot_at
    lwu t5, 12(cell)
    \load t0, (t0)
    add t5, t5, sp
    sd t0, (t5)
    next 16
endstep \name
.endm

    slot_word_step lp64d_slot_word_8, ld
    slot_word_step lp64d_slot_word_4, lw
step lp64d_take_word
    lwu t5, 8(cell)
    add t5, t5, sp
    sd value, (t5)
    next 16
endstep lp64d_take_word
step lp64d_block                     // slot, from, to, bytes: a multiple of 8
    piece_at
    lwu t5, 16(cell)
    lwu t2, 20(cell)
    add t5, t5, sp
    andi t6, t2, 8
    add t2, t2, t5                   // the end
    beqz t6, 1f                      // an even number of words
    copy_words 1
    addi t0, t0, 8
    addi t5, t5, 8
1:  sub t6, t2, t5
    andi t6, t6, 16
    beqz t6, 2f                      // a multiple of 32 bytes
    copy_words 2
    addi t0, t0, 16
    addi t5, t5, 16
2:  beq t5, t2, 4f
3:  copy_words 4
    addi t0, t0, 32
    addi t5, t5, 32
    bne t5, t2, 3b
4:  next 24
endstep lp64d_block

.macro block_step bytes              // the same; the number of bytes is known
step lp64d_block_\bytes
    piece_at
    lwu t5, 16(cell)
    add t5, t5, sp
    copy_words \bytes/8
    next 24
endstep lp64d_block_\bytes
.endm

.irp bytes, 16, 24, 32, 40, 48, 56, 64, 72, 80, 88, 96, 104, 112, 120, 128
    block_step \bytes
.endr
step lp64d_halves                    // operands: to, count, then those of a run
    lwu t5, 8(cell)
    lwu t6, 12(cell)
    addi cell, cell, 16
    add t5, t5, sp
1:  lhu t0, (cell)
    lhu a4, 2(cell)
    add t0, t0, args
    ld a5, (t0)
    addi cell, cell, 4
    lw t0, (a5)
    beqz a4, 2f
    ld t0, (a5)
2:  sd t0, (t5)
    addi t5, t5, 8
    addi t6, t6, -1
    bnez t6, 1b
    addi cell, cell, 7
    andi cell, cell, -8
    next 0
endstep lp64d_halves
step lp64d_locate                    // the address of a copy
    lwu value, 8(cell)
    add value, value, sp
    next 16
endstep lp64d_locate

// ---- steps that store a result ----

.macro store_step name, store, reg
step lp64d_\name
    lwu t0, 8(cell)
    add t0, t0, to
    \store \reg, (t0)
    next 16
endstep lp64d_\name
.endm

.macro store_parts_step name, lower, upper, reg, bytes
step lp64d_\name
    lwu t0, 8(cell)
    add t0, t0, to
    store_parts \lower, \upper, \reg, \bytes, t0
    next 16
endstep lp64d_\name
.endm

.macro store_steps number
    store_step store_word_\number\()_1, sb, a\number
    store_step store_word_\number\()_2, sh, a\number
    store_parts_step store_word_\number\()_3, sh, sb, a\number, 2
    store_step store_word_\number\()_4, sw, a\number
    store_parts_step store_word_\number\()_5, sw, sw, a\number, 1
    store_parts_step store_word_\number\()_6, sw, sw, a\number, 2
    store_parts_step store_word_\number\()_7, sw, sw, a\number, 3
    store_step store_word_\number\()_8, sd, a\number
    store_step store_real_\number\()_4, fsw, fa\number
    store_step store_real_\number\()_8, fsd, fa\number
.endm

    store_steps 0
    store_steps 1
step lp64d_done
    ret
endstep lp64d_done
endcovered
