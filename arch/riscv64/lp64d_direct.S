// SPDX-License-Identifier: MIT
//
// The stubs of LP64D that load arguments from behind pointers by themselves, without a chain of steps:
//
//   lp64d_pointed_<op>_<k>      registers of one kind, up to number k: register i takes what the i-th pointer points to. <op> is
//                               a load of load.inc
//   lp64d_same_<n>_<what>       n records of one type, one or two, and a result of the same type, in registers. <what> is an enum
//                               keep: 2 to 8 bytes in one integer register, or two registers
//   lp64d_same_memory_<bytes>   one record of so many bytes by reference, and a result of the same size in memory
//
// A slot has a pointer to a record, so the two other families serve slots, too. For example two records of two doubles:
//
//   lp64d_same_2_real_real:
//     lpad 0
//     addi sp, sp, -16
//     sd   ra, 8(sp)
//     sd   a1, (sp)
//     ld   t1, 24(a0)                // function->address
//     ld   t0, (a2)
//     ld   t3, 8(a2)
//     fld  fa0, (t0)
//     ...                            // fa1, fa2, fa3
//     jalr t1
//     ld   t0, (sp)
//     beqz t0, 1f                    // the caller discards the result
//     fsd  fa0, (t0)
//     fsd  fa1, 8(t0)
//   1:
//     ld   ra, 8(sp)
//     addi sp, sp, 16
//     ret
//
// All loads and stores may be misaligned, as in lp64d_steps.S.

#include "load.inc"
#include "lp64d_steps.inc"

    .text
covered                              // none of these saves a register

// ---- registers of one kind ----

.macro pointed_load op, number
    ld t0, 8 * \number(a2)
    load_\op \number, (t0)
.endm

// a2 comes last, because it holds the arguments' addresses.
.macro pointed_stub op, k
leaf lp64d_pointed_\op\()_\k
    ld address, FUNCTION_ADDRESS(a0)
  .irp number, 7, 6, 5, 4, 3, 1, 0, 2
  .if \number <= \k
    pointed_load \op, \number
  .endif
  .endr
    jr address
endleaf lp64d_pointed_\op\()_\k
.endm

.macro pointed_stubs op
  .irp k, 0, 1, 2, 3, 4, 5, 6, 7
    pointed_stub \op, \k
  .endr
.endm

.macro each_op how                   // in the order of struct step_table's `ordered`
  .irp op, 64, 32, i8, u8, i16, u16, f64, f32
    \how \op
  .endr
.endm

each_op pointed_stubs
endcovered

// ---- records in registers ----

// Loads 3, 5, 6 or 7 bytes to which t0 points, in two parts. Parameter: the offset of the upper one.
.macro load_parts lower, upper, bytes
    \lower a0, (t0)
    \upper t4, \bytes(t0)
    slli t4, t4, 8 * \bytes
    or a0, a0, t4
.endm

// Loads or stores two registers.
.macro pair first, reg1, second, reg2, at, distance=8
    \first \reg1, (\at)
    \second \reg2, \distance(\at)
.endm

// sp at the call, from below: [result's address] [ra saved]
.macro same_stub name, store, first, second
proc lp64d_same_\name
    light_frame 16
    sd a1, (sp)
    ld address, FUNCTION_ADDRESS(a0)
    ld t0, (a2)
  .ifnb \second
    ld t3, 8(a2)
  .endif
    \first
    \second
    jalr address
    ld t0, (sp)
    beqz t0, 1f                      // the caller discards the result
    \store
1:  leave_light 16
    ret
endproc lp64d_same_\name
.endm

    same_stub 1_16, "sh a0, (t0)", "lhu a0, (t0)"
    same_stub 1_24, "store_parts sh, sb, a0, 2, t0", "load_parts lhu, lbu, 2"
    same_stub 1_40, "store_parts sw, sw, a0, 1, t0", "load_parts lwu, lwu, 1"
    same_stub 1_48, "store_parts sw, sw, a0, 2, t0", "load_parts lwu, lwu, 2"
    same_stub 1_56, "store_parts sw, sw, a0, 3, t0", "load_parts lwu, lwu, 3"

// The name; how one record is stored, and loaded; how the second one is, to which t3 points.
.macro same_stubs what, store, first, second
    same_stub 1_\what, "\store", "\first"
    same_stub 2_\what, "\store", "\first", "\second"
.endm

    same_stubs 32, "sw a0, (t0)", "lw a0, (t0)", "lw a1, (t3)"
    same_stubs 64, "sd a0, (t0)", "ld a0, (t0)", "ld a1, (t3)"
    same_stubs word_word, "pair sd, a0, sd, a1, t0", "pair ld, a0, ld, a1, t0", "pair ld, a2, ld, a3, t3"
    same_stubs word_half, "pair sd, a0, sw, a1, t0", "pair ld, a0, lw, a1, t0", "pair ld, a2, lw, a3, t3"
    same_stubs word_real, "pair sd, a0, fsd, fa0, t0", "pair ld, a0, fld, fa0, t0", "pair ld, a1, fld, fa1, t3"
    same_stubs real_word, "pair fsd, fa0, sd, a0, t0", "pair fld, fa0, ld, a0, t0", "pair fld, fa1, ld, a1, t3"
    same_stubs real_real, "pair fsd, fa0, fsd, fa1, t0", "pair fld, fa0, fld, fa1, t0", "pair fld, fa2, fld, fa3, t3"
    same_stubs real_single, "pair fsd, fa0, fsw, fa1, t0", "pair fld, fa0, flw, fa1, t0", "pair fld, fa2, flw, fa3, t3"
    same_stubs singles, "pair fsw, fa0, fsw, fa1, t0, 4", "pair flw, fa0, flw, fa1, t0, 4", "pair flw, fa2, flw, fa3, t3, 4"

// ---- a record in memory ----

// sp at the call, from below: [copy] [ra saved]
.macro same_memory_stub bytes
proc lp64d_same_memory_\bytes
    beqz a1, 1f
    .set area, (\bytes + 8) / 16 * 16
    light_frame area + 16
    ld address, FUNCTION_ADDRESS(a0)
    ld t0, (a2)
    mv a0, a1
    mv a1, sp
  .irp at, 0, 8, 16, 24, 32, 40, 48, 56
  .if \at < \bytes
    ld t2, \at(t0)
    sd t2, \at(sp)
  .endif
  .endr
    jalr address
    leave_light area + 16
    ret
1:  ld t1, FUNCTION_PLAN(a0)         // the caller discards the result, for which the callee needs memory
    ld t1, PLAN_DISCARDING_POINTERS(t1)
    jr t1
endproc lp64d_same_memory_\bytes
.endm

.macro each_memory how
  .irp bytes, 24, 32, 40, 48, 56, 64
    \how \bytes
  .endr
.endm

each_memory same_memory_stub

// ---- tables ----

.macro entry name
    .word lp64d_\name - .
.endm
.macro none count
    .space 4 * \count
.endm

.macro pointed_entries op
  .irp k, 0, 1, 2, 3, 4, 5, 6, 7
    entry pointed_\op\()_\k
  .endr
.endm

table lp64d_pointed
each_op pointed_entries
endtable lp64d_pointed

table lp64d_same                     // by the number of records, then by enum keep
.irp n, 1, 2
    none 1
    entry same_\n\()_32
    entry same_\n\()_64
    none 2
    entry same_\n\()_word_word
    entry same_\n\()_word_real
    entry same_\n\()_real_word
    entry same_\n\()_real_real
    entry same_\n\()_singles
    none 3
  .if \n == 1
    entry same_1_16
    entry same_1_24
    entry same_1_40
    entry same_1_48
    entry same_1_56
  .else
    none 5
  .endif
    none 1
    entry same_\n\()_word_half
    entry same_\n\()_real_single
    none 5
.endr
endtable lp64d_same

.macro memory_entry bytes
    entry same_memory_\bytes
.endm

table lp64d_same_memory
each_memory memory_entry
endtable lp64d_same_memory
