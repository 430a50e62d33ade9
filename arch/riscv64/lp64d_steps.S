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

#include "load.inc"
#include "lp64d_steps.inc"

// ---- one register: a load extends or boxes as the psABI asks ----

.macro slot_step name, op, number
step \name
    slot_at
    load_\op \number, (t0)
    next 16
endstep \name
.endm

.macro pointed_step name, op, number // from the argument's first byte
step \name
    slot_at
    ld t0, (t0)
    load_\op \number, (t0)
    next 16
endstep \name
.endm

.macro piece_step name, op, number
step \name
    piece_at
    load_\op \number, (t0)
    next 16
endstep \name
.endm

.macro register_steps k
  .irp op, 64, 32, i8, u8, i16, u16
    slot_step lp64d_slot_gpr_\k\()_\op, \op, \k
  .endr
  .irp op, i8, u8, i16, u16
    pointed_step lp64d_pointed_gpr_\k\()_\op, \op, \k
  .endr
    slot_step lp64d_slot_fpr_\k\()_64, f64, \k
    slot_step lp64d_slot_fpr_\k\()_32, f32, \k
    piece_step lp64d_piece_gpr_\k\()_8, 64, \k
    piece_step lp64d_piece_gpr_\k\()_4, 32, \k
    piece_step lp64d_piece_fpr_\k\()_8, f64, \k
    piece_step lp64d_piece_fpr_\k\()_4, f32, \k
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
step lp64d_go
    jr address
endstep lp64d_go
endcovered

#include "lp64d_step_table.inc"
