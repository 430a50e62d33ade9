// SPDX-License-Identifier: MIT
//
// Calls by steps. Steps load what no stub of slots loads: pieces of records, of any size; arguments behind pointers; blocks on
// the stack; copies. arch/x86_64/steps.inc explains chains; aapcs64_keep.S has the stubs that begin one. For example, the chain
// of struct point f(struct point, struct point), two doubles each, has one step, which is also the last one:
//
//     bti  c
//     ldrh w10, [x9, #24]            // register 3: argument 1
//     ldrh w11, [x9, #26]            // 8 bytes into it
//     ldr  x10, [x12, x10, lsl #3]
//     ldr  d3, [x10, x11]
//     ...                            // registers 2, 1, 0
//     br   x16

#include "aapcs64_steps.inc"

.macro slot_at                       // x10 = offset of the slot
    ldr w10, [cell, #8]
.endm

.macro piece_at                      // x10 = the argument; x11 = `from`
    ldp w10, w11, [cell, #8]
    ldr x10, [args, x10]
.endm

// ---- one register ----

.macro slot_step name, reg
step \name
    slot_at
    ldr \reg, [args, x10]
    next 16
endstep \name
.endm

.macro piece_step name, reg
step \name
    piece_at
    ldr \reg, [x10, x11]
    next 16
endstep \name
.endm

.macro register_steps k
    slot_step aapcs64_slot_gpr_\k\()_8, x\k
    slot_step aapcs64_slot_gpr_\k\()_4, w\k
    slot_step aapcs64_slot_fpr_\k\()_8, d\k
    slot_step aapcs64_slot_fpr_\k\()_4, s\k
    piece_step aapcs64_piece_gpr_\k\()_8, x\k
    piece_step aapcs64_piece_gpr_\k\()_4, w\k
    piece_step aapcs64_piece_fpr_\k\()_4, s\k
    piece_step aapcs64_piece_fpr_\k\()_8, d\k
    piece_step aapcs64_piece_fpr_\k\()_16, q\k
step aapcs64_take_gpr_\k
    mov x\k, value
    next 8
endstep aapcs64_take_gpr_\k
step aapcs64_take_fpr_\k
    fmov d\k, value
    next 8
endstep aapcs64_take_fpr_\k
.endm

// ---- a value that the next step takes ----

.macro fetch_step from, name, instruction, reg
step aapcs64_fetch_slot_\name
    slot_at
    \instruction \reg, [args, x10]
  .ifc \name, f32_f64                // a variable argument: C's default promotion
    fcvt d16, s16
    fmov value, d16
  .endif
    next 16
endstep aapcs64_fetch_slot_\name
step aapcs64_fetch_piece_\name
    slot_at
    ldr w11, [cell, #16]
    ldr x10, [args, x10]
    \instruction \reg, [x10, x11]
  .ifc \name, f32_f64
    fcvt d16, s16
    fmov value, d16
  .endif
    next 24
endstep aapcs64_fetch_piece_\name
.endm

// Three bytes are two and one. Four are one load. 5 to 7 bytes are two loads of 4; the upper one ends with the last byte.
.macro fetch_odd bytes
step aapcs64_fetch_piece_\bytes
    slot_at
    ldr w11, [cell, #16]
    ldr x10, [args, x10]
    add x10, x10, x11
  .if \bytes == 3
    ldrb w11, [x10, #2]
    ldrh value_w, [x10]
    orr value, value, x11, lsl #16
  .else
    ldr value_w, [x10]
  .if \bytes > 4
    ldur w11, [x10, #\bytes - 4]
    orr value, value, x11, lsl #(8 * (\bytes - 4))
  .endif
  .endif
    next 24
endstep aapcs64_fetch_piece_\bytes
.endm

// ---- runs ----

// A run loads registers from one down to the lowest. Its operands are the size of its cells, unless it is the last step, and
// two numbers of 2 bytes for each register: its argument, and `from`. Each name is an entry point of the same instructions,
// for one number of registers.

.macro argument k
    ldrh w10, [cell, #12 + 4 * \k]
    ldrh w11, [cell, #14 + 4 * \k]
    ldr x10, [args, x10, lsl #3]
.endm

.macro load_gpr_piece k
    argument \k
    ldr x\k, [x10, x11]
.endm

.macro load_fpr_piece k
    argument \k
    ldr d\k, [x10, x11]
.endm

// Loads 4 or 8 bytes behind a pointer: `from` is 0 or 4. The run loads each half by itself; of 4 bytes it loads the lower
// half twice. It clears the upper half of an integer of 4 bytes, though the ABI does not ask for that: callers without
// prototypes pass an int for a size_t, and other loads extend too.
.macro load_gpr_halves k
    argument \k
    load_halves x\k, w10
.endm

.macro load_halves reg, lower
    ldr w13, [x10, x11]
    ldr \lower, [x10]
    lsl x11, x11, #3
    lsl x13, x13, x11
    orr \reg, x10, x13
.endm

.macro load_fpr_halves k
    argument \k
    ldr s\k, [x10]
    ldr s16, [x10, x11]
    mov v\k\().s[1], v16.s[0]
.endm

.macro run_step name, k, load, last
step \name
    \load \k
  .if \k == 0 && \last
    br address
  .elseif \k == 0
    ldr w10, [cell, #8]
    add cell, cell, x10
    ldr following, [cell]
    br following
  .endif
endstep \name
.endm

.macro gpr_run name, load
  .irp k, 7, 6, 5, 4, 3, 2, 1, 0
    run_step \name\()_\k, \k, \load, 1
  .endr
.endm

.macro fpr_run name, load
  .irp k, 7, 6, 5, 4, 3, 2, 1, 0
    run_step \name\()_next_\k, \k, \load, 0
  .endr
  .irp k, 7, 6, 5, 4, 3, 2, 1, 0
    run_step \name\()_last_\k, \k, \load, 1
  .endr
.endm

    .text
covered                              // none of these steps saves a register
.irp k, 0, 1, 2, 3, 4, 5, 6, 7
    register_steps \k
.endr
    fetch_step slot, i8, ldrsb, value_w
    fetch_step slot, u8, ldrb, value_w
    fetch_step slot, i16, ldrsh, value_w
    fetch_step slot, u16, ldrh, value_w
    fetch_step slot, f32_f64, ldr, s16
.irp bytes, 3, 4, 5, 6, 7
    fetch_odd \bytes
.endr
    gpr_run aapcs64_pieces_gpr, load_gpr_piece
    gpr_run aapcs64_halves_gpr, load_gpr_halves
    fpr_run aapcs64_pieces_fpr, load_fpr_piece
    fpr_run aapcs64_halves_fpr, load_fpr_halves

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
step aapcs64_halves                  // operands: to, count, then those of a run
    ldp w13, w14, [cell, #8]
    add x15, sp, x13
    add cell, cell, #16
1:  ldrh w10, [cell]
    ldrh w11, [cell, #2]
    ldr x10, [args, x10, lsl #3]
    load_halves x10, w10
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
step aapcs64_memory                  // the address of a result in memory; it comes before x1 is loaded
    mov x8, x1
    next 8
endstep aapcs64_memory
step aapcs64_go
    br address
endstep aapcs64_go

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

// ---- the table, struct step_table ----

.macro entry name, more:vararg       // distances from the table
    distance_to aapcs64_\name
  .ifnb \more
    entry \more
  .endif
.endm

.macro none count
    .space 4 * \count
.endm

.macro each before, after            // one entry for each register
  .irp k, 0, 1, 2, 3, 4, 5, 6, 7
    entry \before\k\after
  .endr
.endm

table aapcs64_steps
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
    entry piece_fpr_\k\()_4, piece_fpr_\k\()_8, piece_fpr_\k\()_16
    none 1
.endr
    each take_gpr_
    each take_fpr_
    entry take_word
    entry fetch_slot_i8, fetch_slot_u8, fetch_slot_i16, fetch_slot_u16, fetch_slot_f32_f64
    entry fetch_piece_i8, fetch_piece_u8, fetch_piece_i16, fetch_piece_u16, fetch_piece_f32_f64
    entry fetch_piece_3, fetch_piece_4, fetch_piece_5, fetch_piece_6, fetch_piece_7
    each pieces_gpr_
    none 8
    each halves_gpr_
.irp k, 0, 1, 2, 3, 4, 5, 6, 7
    entry pieces_fpr_next_\k, pieces_fpr_last_\k
.endr
.irp k, 0, 1, 2, 3, 4, 5, 6, 7
    entry halves_fpr_next_\k, halves_fpr_last_\k
.endr
    entry slot_word_8, slot_word_4, block, halves
    none 1
    entry locate, memory, go
    entry jump_slots, jump_slots_memory, jump_pointers, jump_pointers_memory
    entry keep_slots_none
    none 4
    entry keep_slots_word_word
    none 2
    entry keep_slots_real_real, keep_slots_singles, keep_slots_chain, keep_slots_memory
    entry keep_pointers_none, keep_pointers_32, keep_pointers_64, keep_pointers_f32, keep_pointers_f64
    entry keep_pointers_word_word
    none 2
    entry keep_pointers_real_real, keep_pointers_singles, keep_pointers_chain, keep_pointers_memory
.irp k, 0, 1
  .irp bytes, 1, 2, 3, 4, 5, 6, 7, 8
    entry store_word_\k\()_\bytes
  .endr
.endr
.irp k, 0, 1, 2, 3
    entry store_real_\k\()_4, store_real_\k\()_8, store_real_\k\()_16
    none 1
.endr
    none 3
    entry done
    .word 0, 0, 1                    // `last_gpr`, `above`, `scale`
    none (4 * KEEP_ALL)              // frames of a known size
    none (2 * 4 * 6 + 3 * 2 * 8 + 2 * 8 * 4 + 2 * 2 * 8 * 2) // scalars
    none (8 * 2 + 8 + 4 + 16 + 10 + 1)        // tails, single arguments, words of slots
endtable aapcs64_steps
