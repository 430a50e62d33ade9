// SPDX-License-Identifier: MIT
//
// The stubs of AAPCS64 that load arguments from behind pointers by themselves, without a chain of steps:
//
//   aapcs64_pointed_<op>_<k>    registers of one kind, up to number k: register i takes what the i-th pointer points to. <op> is
//                               a load of load.inc
//   aapcs64_same_<n>_<what>     n records of one type, one or two, and a result of the same type, in registers. <what> is an enum
//                               keep: 3, 5, 6, 7 or 16 bytes in one register, two integer registers, two to four floats or doubles
//
// A slot has a pointer to a record, so the second family serves slots, too.

#include "../offsets.h"
#include "proc.inc"
#include "load.inc"

    .text
covered                              // none of these saves a register

// ---- registers of one kind ----

// The stubs for lower registers go to labels within the one for all eight.
.macro pointed_stub op, k
leaf aapcs64_pointed_\op\()_\k
    ldr x16, [x0, #FUNCTION_ADDRESS]
    mov x12, x2
  .if \k < 7
    b pointed_\op\()_\k
  .endif
endleaf aapcs64_pointed_\op\()_\k
.endm

.macro pointed_load op, k
pointed_\op\()_\k:
    ldr x9, [x12, #8 * \k]
    load_\op \k, [x9]
.endm

.macro pointed_stubs op
  .irp k, 0, 1, 2, 3, 4, 5, 6, 7
    pointed_stub \op, \k
  .endr
  .irp k, 7, 6, 5, 4, 3, 2, 1, 0
    pointed_load \op, \k
  .endr
    br x16
.endm

.macro each_op how                   // in the order of struct step_table's `ordered`
  .irp op, 64, 32, i8, u8, i16, u16, f64, f32
    \how \op
  .endr
.endm

each_op pointed_stubs
endcovered

// ---- records ----

// Loads a record to which x9 points: bytes in one register; two registers; three or four of one kind.
.macro load_24 r
    ldrh w\r, [x9]
    ldrb w10, [x9, #2]
    orr w\r, w\r, w10, lsl #16
.endm
.macro load_40 r
    ldr w\r, [x9]
    ldrb w10, [x9, #4]
    orr x\r, x\r, x10, lsl #32
.endm
.macro load_48 r
    ldr w\r, [x9]
    ldrh w10, [x9, #4]
    orr x\r, x\r, x10, lsl #32
.endm
.macro load_56 r
    ldr w\r, [x9]
    ldur w10, [x9, #3]
    lsr w10, w10, #8
    orr x\r, x\r, x10, lsl #32
.endm
.macro load_half a, b
    ldr x\a, [x9]
    ldr w\b, [x9, #8]
.endm
.macro load_3 kind, size, a, b, c
    ldp \kind\a, \kind\b, [x9]
    ldr \kind\c, [x9, #2 * \size]
.endm
.macro load_4 kind, size, a, b, c, d
    ldp \kind\a, \kind\b, [x9]
    ldp \kind\c, \kind\d, [x9, #2 * \size]
.endm

// Stores a result to where x9 points.
.macro store_24
    strh w0, [x9]
    lsr w0, w0, #16
    strb w0, [x9, #2]
.endm
.macro store_40
    str w0, [x9]
    lsr x0, x0, #32
    strb w0, [x9, #4]
.endm
.macro store_48
    str w0, [x9]
    lsr x0, x0, #32
    strh w0, [x9, #4]
.endm
.macro store_56
    str w0, [x9]
    lsr x0, x0, #24
    stur w0, [x9, #3]
.endm
.macro store_half
    str x0, [x9]
    str w1, [x9, #8]
.endm
.macro store_3 kind, size
    stp \kind\()0, \kind\()1, [x9]
    str \kind\()2, [x9, #2 * \size]
.endm
.macro store_4 kind, size
    stp \kind\()0, \kind\()1, [x9]
    stp \kind\()2, \kind\()3, [x9, #2 * \size]
.endm

.macro same_stub name, store, first, second
proc aapcs64_same_\name
    frame
    push_local x1
    ldr x16, [x0, #FUNCTION_ADDRESS]
    mov x12, x2
    ldr x9, [x12]
    \first
  .ifnb \second
    ldr x9, [x12, #8]
    \second
  .endif
    blr x16
    ldr x9, [x29, #-16]
    cbz x9, 1f                       // the caller discards the result
    \store
1:  leave_frame
    ret
endproc aapcs64_same_\name
.endm

    same_stub 1_24, "store_24", "load_24 0"
    same_stub 1_40, "store_40", "load_40 0"
    same_stub 1_48, "store_48", "load_48 0"
    same_stub 1_56, "store_56", "load_56 0"

// The name; how one record is stored, and loaded; how the second one is.
.macro same_stubs what, store, first, second
    same_stub 1_\what, "\store", "\first"
    same_stub 2_\what, "\store", "\first", "\second"
.endm

    same_stubs f128, "str q0, [x9]", "ldr q0, [x9]", "ldr q1, [x9]"
    same_stubs word_word, "stp x0, x1, [x9]", "ldp x0, x1, [x9]", "ldp x2, x3, [x9]"
    same_stubs word_half, "store_half", "load_half 0, 1", "load_half 2, 3"
    same_stubs singles, "stp s0, s1, [x9]", "ldp s0, s1, [x9]", "ldp s2, s3, [x9]"
    same_stubs singles_3, "store_3 s, 4", "load_3 s, 4, 0, 1, 2", "load_3 s, 4, 3, 4, 5"
    same_stubs singles_4, "store_4 s, 4", "load_4 s, 4, 0, 1, 2, 3", "load_4 s, 4, 4, 5, 6, 7"
    same_stubs real_real, "stp d0, d1, [x9]", "ldp d0, d1, [x9]", "ldp d2, d3, [x9]"
    same_stubs reals_3, "store_3 d, 8", "load_3 d, 8, 0, 1, 2", "load_3 d, 8, 3, 4, 5"
    same_stubs reals_4, "store_4 d, 8", "load_4 d, 8, 0, 1, 2, 3", "load_4 d, 8, 4, 5, 6, 7"

// ---- tables ----

.macro entry name
    .word aapcs64_\name - .
.endm
.macro none count
    .space 4 * \count
.endm

.macro pointed_entries op
  .irp k, 0, 1, 2, 3, 4, 5, 6, 7
    entry pointed_\op\()_\k
  .endr
.endm

table aapcs64_pointed
each_op pointed_entries
endtable aapcs64_pointed

table aapcs64_same                   // by the number of records, then by enum keep
.irp n, 1, 2
    none 5
    entry same_\n\()_word_word
    none 2
    entry same_\n\()_real_real
    entry same_\n\()_singles
    none 4
  .if \n == 1
    entry same_1_24
    entry same_1_40
    entry same_1_48
    entry same_1_56
  .else
    none 4
  .endif
    entry same_\n\()_f128
    entry same_\n\()_word_half
    none 2
    entry same_\n\()_singles_3
    entry same_\n\()_singles_4
    entry same_\n\()_reals_3
    entry same_\n\()_reals_4
.endr
endtable aapcs64_same
