// SPDX-License-Identifier: MIT
//
// Calls by steps. Steps load what no stub of slots loads: both kinds of registers with several widths; pieces of records, of any
// size; arguments behind pointers; blocks on the stack; copies. arch/x86_64/steps.inc explains chains.
//
// This file has the steps that load one register, or a value for it. aapcs64_groups.S has those that load several registers,
// aapcs64_store.S those that store. aapcs64_keep.S has the stubs that begin a chain.

#include "aapcs64_steps.inc"
#include "load.inc"

// ---- one register ----

.macro slot_step name, op, number
step \name
    slot_at
    load_\op \number, [args, x10]
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

.macro pointed_step name, op, number // from the argument's first byte
step \name
    slot_at
    ldr x10, [args, x10]
    load_\op \number, [x10]
    next 16
endstep \name
.endm

.macro register_steps k
  .irp op, 64, 32, i8, u8, i16, u16
    slot_step aapcs64_slot_gpr_\k\()_\op, \op, \k
  .endr
  .irp op, i8, u8, i16, u16
    pointed_step aapcs64_pointed_gpr_\k\()_\op, \op, \k
  .endr
    slot_step aapcs64_slot_fpr_\k\()_64, f64, \k
    slot_step aapcs64_slot_fpr_\k\()_32, f32, \k
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

.macro fetch_step op
step aapcs64_fetch_slot_\op
    slot_at
    load_\op 15, [args, x10]        // `value`
    next 16
endstep aapcs64_fetch_slot_\op
step aapcs64_fetch_piece_\op
    slot_at
    ldr w11, [cell, #16]
    ldr x10, [args, x10]
    load_\op 15, [x10, x11]
    next 24
endstep aapcs64_fetch_piece_\op
.endm

.macro load_f32_f64 number, address:vararg // a variable argument: C's default promotion
    ldr s16, \address
    fcvt d16, s16
    fmov x\number, d16
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

    .text
covered                              // none of these steps saves a register
.irp k, 0, 1, 2, 3, 4, 5, 6, 7
    register_steps \k
.endr
.irp op, i8, u8, i16, u16, f32_f64
    fetch_step \op
.endr
.irp bytes, 3, 4, 5, 6, 7
    fetch_odd \bytes
.endr
step aapcs64_memory                  // the address of a result in memory; it comes before x1 is loaded
    mov x8, x1
    next 8
endstep aapcs64_memory
step aapcs64_go
    br address
endstep aapcs64_go
endcovered

#include "aapcs64_step_table.inc"
