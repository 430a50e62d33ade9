// SPDX-License-Identifier: MIT
//
// Calls by steps. Steps load what no stub of slots loads: pieces of records, of any size; arguments behind pointers; blocks on
// the stack; copies. arch/x86_64/steps.inc explains chains. lp64d_keep.S has the stubs that begin one. For example, the chain of
// struct point f(struct point, struct point), two doubles each, has one step, which is also the last one:
//
//     lhu t0, 24(t3)                 // register 3: 8 times the number of argument 1
//     lhu t5, 26(t3)                 // 8 bytes into it
//     add t0, t0, t4
//     ld  t0, (t0)
//     add t0, t0, t5
//     fld fa3, (t0)
//     ...                            // registers 2, 1, 0
//     jr  t1
//
// Loads and stores may be misaligned, as the bytes of a packed record are (RVA20U64, Zicclsm).

#include "lp64d_steps.inc"

.macro slot_at                       // t0 = address of the argument's slot
    lwu t0, 8(cell)
    add t0, t0, args
.endm

.macro piece_at from=12              // t0 = address of the piece
    lwu t0, 8(cell)
    lwu t5, \from(cell)
    add t0, t0, args
    ld t0, (t0)
    add t0, t0, t5
.endm

// ---- one register: a load extends or boxes as the psABI asks ----

.macro slot_step name, load, reg
step \name
    slot_at
    \load \reg, (t0)
    next 16
endstep \name
.endm

.macro piece_step name, load, reg
step \name
    piece_at
    \load \reg, (t0)
    next 16
endstep \name
.endm

.macro pointed_step name, load, reg // from the argument's first byte
step \name
    slot_at
    ld t0, (t0)
    \load \reg, (t0)
    next 16
endstep \name
.endm

.macro narrow_steps k, op, load
    slot_step lp64d_slot_gpr_\k\()_\op, \load, a\k
    pointed_step lp64d_pointed_gpr_\k\()_\op, \load, a\k
.endm

.macro register_steps k
    narrow_steps \k, i8, lb
    narrow_steps \k, u8, lbu
    narrow_steps \k, i16, lh
    narrow_steps \k, u16, lhu
    slot_step lp64d_slot_gpr_\k\()_8, ld, a\k
    slot_step lp64d_slot_gpr_\k\()_4, lw, a\k
    slot_step lp64d_slot_fpr_\k\()_8, fld, fa\k
    slot_step lp64d_slot_fpr_\k\()_4, flw, fa\k
    piece_step lp64d_piece_gpr_\k\()_8, ld, a\k
    piece_step lp64d_piece_gpr_\k\()_4, lw, a\k
    piece_step lp64d_piece_fpr_\k\()_4, flw, fa\k
    piece_step lp64d_piece_fpr_\k\()_8, fld, fa\k
step lp64d_take_gpr_\k
    mv a\k, value
    next 8
endstep lp64d_take_gpr_\k
step lp64d_take_fpr_\k               // loads and boxes 2 bytes
    li t0, -65536
    or value, value, t0
    fmv.d.x fa\k, value
    next 8
endstep lp64d_take_fpr_\k
.endm

// ---- a value that the next step takes ----

.macro as_double                     // a variable argument: C's default promotion
    fcvt.d.s ft0, ft0
    fmv.x.d value, ft0
.endm

.macro fetch_step name, load
step lp64d_fetch_slot_\name
    slot_at
  .ifc \name, f32_f64
    flw ft0, (t0)
    as_double
  .else
    \load value, (t0)
  .endif
    next 16
endstep lp64d_fetch_slot_\name
step lp64d_fetch_piece_\name
    piece_at 16
  .ifc \name, f32_f64
    flw ft0, (t0)
    as_double
  .else
    \load value, (t0)
  .endif
    next 24
endstep lp64d_fetch_piece_\name
.endm

// Three bytes are two and one. Four are one load. 5 to 7 bytes are two loads of 4; the upper one ends with the last byte.
.macro fetch_odd bytes
step lp64d_fetch_piece_\bytes
    piece_at 16
  .if \bytes == 3
    lbu t5, 2(t0)
    lhu value, (t0)
    slli t5, t5, 16
    or value, value, t5
  .else
    lwu value, (t0)
  .if \bytes > 4
    lwu t5, \bytes - 4(t0)
    slli t5, t5, 8 * (\bytes - 4)
    or value, value, t5
  .endif
  .endif
    next 24
endstep lp64d_fetch_piece_\bytes
.endm

// ---- runs ----

// A run loads registers from one down to the lowest. Its operands are the size of its cells, unless it is the last step, and
// two numbers of 2 bytes for each register: 8 times the number of its argument, and `from`. Each name is an entry point of the
// same instructions, for one number of registers.

.macro argument k                    // t0 = the argument; t5 = `from`
    lhu t0, 12 + 4 * \k(cell)
    lhu t5, 14 + 4 * \k(cell)
    add t0, t0, args
    ld t0, (t0)
.endm

.macro load_gpr_piece k
    argument \k
    add t0, t0, t5
    ld a\k, (t0)
.endm

.macro load_fpr_piece k
    argument \k
    add t0, t0, t5
    fld fa\k, (t0)
.endm

.macro load_gpr_halves k             // 4 or 8 bytes behind a pointer: `from` is 0 or 4
    argument \k
    lw a\k, (t0)
    beqz t5, 1f
    ld a\k, (t0)
1:
.endm

.macro load_fpr_halves k
    argument \k
    flw fa\k, (t0)
    beqz t5, 1f
    fld fa\k, (t0)
1:
.endm

.macro run_step name, k, lowest, load, last
  .if \k >= \lowest
step \name
    \load \k
  .if \k == \lowest && \last
    jr address
  .elseif \k == \lowest
    lwu t0, 8(cell)
    add cell, cell, t0
    ld following, (cell)
    jr following
  .endif
endstep \name
  .endif
.endm

.macro run name, lowest, load, last
  .irp k, 7, 6, 5, 4, 3, 2, 1, 0
    run_step \name\()_\k, \k, \lowest, \load, \last
  .endr
.endm

    .text
covered                              // none of these steps saves a register
.irp k, 0, 1, 2, 3, 4, 5, 6, 7
    register_steps \k
.endr
    fetch_step i8, lb
    fetch_step u8, lbu
    fetch_step i16, lh
    fetch_step u16, lhu
    fetch_step f32_f64
.irp bytes, 3, 4, 5, 6, 7
    fetch_odd \bytes
.endr
    run lp64d_pieces_gpr, 0, load_gpr_piece, 1
    run lp64d_pieces_from_1, 1, load_gpr_piece, 1
    run lp64d_halves_gpr, 0, load_gpr_halves, 1
    run lp64d_pieces_fpr_next, 0, load_fpr_piece, 0
    run lp64d_pieces_fpr_last, 0, load_fpr_piece, 1
    run lp64d_halves_fpr_next, 0, load_fpr_halves, 0
    run lp64d_halves_fpr_last, 0, load_fpr_halves, 1

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
step lp64d_go
    jr address
endstep lp64d_go

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

// ---- the table, struct step_table ----

.macro entry name, more:vararg       // distances from the table
    .word lp64d_\name - .
  .ifnb \more
    entry \more
  .endif
.endm

.macro none count
    .space 4 * \count
.endm

.macro each before                   // one entry for each register
  .irp k, 0, 1, 2, 3, 4, 5, 6, 7
    entry \before\k
  .endr
.endm

// The stubs by enum keep, with frames of a known size.
.macro light_row from
    none 1
    entry light_\from\()_32, light_\from\()_64, light_\from\()_f32, light_\from\()_f64
    entry light_\from\()_word_word, light_\from\()_word_real, light_\from\()_real_word, light_\from\()_real_real
    entry light_\from\()_singles
    none 2
    entry light_\from\()_8, light_\from\()_16, light_\from\()_24, light_\from\()_40, light_\from\()_48, light_\from\()_56
    none 1
    entry light_\from\()_word_half, light_\from\()_real_single
.endm

.macro framed_row from
    entry framed_\from\()_none
    none ((KEEP_ANY - 1) - 1)
    entry framed_\from\()_memory
    none (KEEP_ALL - (KEEP_ANY - 1) - 1)
.endm

table lp64d_steps
.irp k, 0, 1, 2, 3, 4, 5, 6, 7
    entry slot_gpr_\k\()_8, slot_gpr_\k\()_4
.endr
.irp k, 0, 1, 2, 3, 4, 5, 6, 7
    entry slot_fpr_\k\()_8, slot_fpr_\k\()_4
.endr
.irp k, 0, 1, 2, 3, 4, 5, 6, 7
    entry piece_gpr_\k\()_8, piece_gpr_\k\()_4
.endr
.irp k, 0, 1, 2, 3, 4, 5, 6, 7
    entry piece_fpr_\k\()_4, piece_fpr_\k\()_8
    none 2
.endr
    each take_gpr_
    each take_fpr_
    entry take_word
    entry fetch_slot_i8, fetch_slot_u8, fetch_slot_i16, fetch_slot_u16, fetch_slot_f32_f64
    entry fetch_piece_i8, fetch_piece_u8, fetch_piece_i16, fetch_piece_u16, fetch_piece_f32_f64
    entry fetch_piece_3, fetch_piece_4, fetch_piece_5, fetch_piece_6, fetch_piece_7
    each pieces_gpr_
    none 1
.irp k, 1, 2, 3, 4, 5, 6, 7
    entry pieces_from_1_\k
.endr
    each halves_gpr_
.irp k, 0, 1, 2, 3, 4, 5, 6, 7
    entry pieces_fpr_next_\k, pieces_fpr_last_\k
.endr
.irp k, 0, 1, 2, 3, 4, 5, 6, 7
    entry halves_fpr_next_\k, halves_fpr_last_\k
.endr
    entry slot_word_8, slot_word_4, block, halves
    none 1
    entry locate
    none 1
    entry go
    entry jump_slots, jump_slots_memory, jump_pointers, jump_pointers_memory
    entry keep_slots_none, keep_slots_32, keep_slots_64, keep_slots_f32, keep_slots_f64
    entry keep_slots_word_word, keep_slots_word_real, keep_slots_real_word, keep_slots_real_real
    entry keep_slots_singles, keep_slots_chain, keep_slots_memory
    entry keep_pointers_none, keep_pointers_32, keep_pointers_64, keep_pointers_f32, keep_pointers_f64
    entry keep_pointers_word_word, keep_pointers_word_real, keep_pointers_real_word, keep_pointers_real_real
    entry keep_pointers_singles, keep_pointers_chain, keep_pointers_memory
.irp k, 0, 1
  .irp bytes, 1, 2, 3, 4, 5, 6, 7, 8
    entry store_word_\k\()_\bytes
  .endr
.endr
.irp k, 0, 1
    entry store_real_\k\()_4, store_real_\k\()_8
    none 2
.endr
    none 11
    entry done
    .word 0, 0, 8                    // `last_gpr`, `above`, `scale`
    light_row slots
    light_row pointers
    framed_row slots
    framed_row pointers
    none (2 * 4 * 6 + 3 * 2 * 8)     // runs of integers
.irp k, 0, 1, 2, 3, 4, 5, 6, 7
    entry slot_gpr_\k\()_i8, slot_gpr_\k\()_u8, slot_gpr_\k\()_i16, slot_gpr_\k\()_u16
.endr
.irp k, 0, 1, 2, 3, 4, 5, 6, 7
    entry pointed_gpr_\k\()_i8, pointed_gpr_\k\()_u8, pointed_gpr_\k\()_i16, pointed_gpr_\k\()_u16
.endr
    none (2 * 2 * 8 * 2)             // runs of reals
    none (8 * 2 + 8 + 4)             // tails, single arguments
.irp bytes, 16, 24, 32, 40, 48, 56, 64, 72, 80, 88, 96, 104, 112, 120, 128
    entry block_\bytes
.endr
    none (1 + 10 + 1)                // the last step of a result in memory, words of slots
endtable lp64d_steps
