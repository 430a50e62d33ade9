// SPDX-License-Identifier: MIT
//
// The entries of LP64D for records: arguments that are no slot, or more than one. src/callback/table.c gives the place of each
// slot's value in the frame, or of the memory that the slot points to. lp64d_entry.S says how entries are called.
//
//   lp64d_entry_fixed    a frame of TABLE_FRAME bytes, which needs no frame pointer
//   lp64d_entry_table    a larger frame
//
// The table begins with the pieces that the entry copies beside one another. Then it has a word for each slot: twice the
// offset, plus 1 for a value. The integer registers are below the stack words, as one array. t0 holds `callback` and t3 `form`
// until the entry calls the handler.
//
// s0 is the frame pointer; sp in the handler's caller, from below: [slots] [copies] [fa0 to fa7] [unused] [where to go after
// the handler] [result, 16 bytes] [s0, ra saved] [a0 to a7] [stack words]

#include "entry.inc"

#define cursor a3                    // the next word of the table
#define count a4
#define slots a5

.macro store_registers store, letter, at, base, numbers:vararg
  .irp number, \numbers
    \store \letter\number, \at + 8 * \number(\base)
  .endr
.endm

.macro table_entry base
    ld form, CALLBACK_FORM(callback)
    li t5, 2
    lbu t4, FORM_NGPR(form)
    lbu t2, FORM_NFPR(form)
    store_registers sd, a, RISCV64_ENTRY_GPRS, \base, 0, 1
    bleu t4, t5, 1f
    store_registers sd, a, RISCV64_ENTRY_GPRS, \base, 2, 3, 4, 5, 6, 7
1:  beqz t2, 2f
    store_registers fsd, fa, RISCV64_ENTRY_FPRS, \base, 0, 1
    bleu t2, t5, 2f
    store_registers fsd, fa, RISCV64_ENTRY_FPRS, \base, 2, 3, 4, 5, 6, 7
2:  lwu count, FORM_NCOPIES(form)
  .if !fixed
    lwu t4, FORM_FRAME(form)
    sub sp, s0, t4
  .endif
    addi cursor, form, FORM_STACK
    beqz count, 5f
3:  lw a0, (cursor)                  // one copy
    lw a1, 4(cursor)
    lw a2, 8(cursor)
    addi cursor, cursor, 12
    add a0, a0, \base
    add a1, a1, \base
    add a2, a2, \base
    addi count, count, -1
    andi t4, a2, 4
    beqz t4, 4f
    lw a0, (a0)
    lw a1, (a1)
    sw a0, -4(a2)
    sw a1, (a2)
    bnez count, 3b
    j 5f
4:  ld a0, (a0)
    ld a1, (a1)
    sd a0, (a2)
    sd a1, 8(a2)
    bnez count, 3b
5:  lwu count, FORM_NSLOTS(form)
    mv slots, sp
    beqz count, 8f
6:  lw a0, (cursor)
    addi cursor, cursor, 4
    andi a1, a0, 1
    srai a0, a0, 1
    add a0, a0, \base
    beqz a1, 7f
    ld a0, (a0)
7:  sd a0, (slots)
    addi slots, slots, 8
    addi count, count, -1
    bnez count, 6b
8:  lbu t4, FORM_SRET(form)
    ld t2, FORM_LEAVE(form)
    beqz t4, 9f
    ld a0, RISCV64_ENTRY_GPRS(\base)
    jr t2                            // to leave_memory
9:  addi a0, \base, RISCV64_ENTRY_RESULT
    sd t2, RISCV64_ENTRY_LEAVE(\base)
    sd zero, (a0)                    // the result is zero unless the handler writes it
    sd zero, 8(a0)
    call_handler
.endm

// ---- where the entry goes after the handler, by the kind of result ----

.macro end_entry
    .cfi_remember_state
  .if fixed
    leave_light TABLE_FRAME, SAVED
  .else
    leave_frame RISCV64_ENTRY_BELOW, SAVED
  .endif
    ret
    .cfi_restore_state
.endm

// With a frame of a known size the code there ends the entry.
.macro leaving name
  .if fixed
    hidden lp64d_fixed_leave_\name, function
  .else
leaf lp64d_leave_\name
  .endif
.endm

.macro left name
  .if fixed
    end_entry
    size_of lp64d_fixed_leave_\name
  .else
    ret
endleaf lp64d_leave_\name
  .endif
.endm

.macro leave_scalar kind
leaving \kind
    load_result \kind
left \kind
.endm

// Loads two pieces, at least one of them a real: a word (x), a float (s) or a double (d), and another one behind it.
.macro load_piece kind, number, at   // of a floating-point register
  .ifc \kind, s
    from_result f32, \number, \at
  .endif
  .ifc \kind, d
    from_result f64, \number, \at
  .endif
  .ifc \kind\at, x4
    from_result 32, 0, 4
  .endif
  .ifc \kind\at, x8
    from_result 64, 0, 8
  .endif
.endm

.macro leave_two at, first, second, more:vararg
leaving \first\second\at
  .ifc \first, x
    from_result 64, 0
    load_piece \second, 0, \at
  .else
    load_piece \first, 0, 0
    load_piece \second, 1, \at
  .endif
left \first\second\at
.endm

.macro each_two how, more:vararg
  .irp at, 4, 8
    \how \at, x, x, \more
    \how \at, x, s, \more
    \how \at, x, d, \more
    \how \at, s, x, \more
    \how \at, s, s, \more
    \how \at, s, d, \more
    \how \at, d, x, \more
    \how \at, d, s, \more
    \how \at, d, d, \more
  .endr
.endm

.macro leaves
.irp kind, void, i8, u8, i16, u16, 32, 64, f32, f64
    leave_scalar \kind
.endr
each_two leave_two
leaving words
    from_result 64, 0
    from_result 64, 1, 8
left words
.endm

// ---- results in memory ----

// The entry goes here before the handler, with the address of the result in a0, which is zero unless the handler writes it.
// <name>_<k> clears words k to 0, and <name> any size: it begins at the end, by a loop until 32 words are left, or two.
#define MEMORY_WORDS 32

.macro each_word how, name           // but the first two
  .irp number, 31, 30, 29, 28, 27, 26, 25, 24, 23, 22, 21, 20, 19, 18, 17, 16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2
    \how \name, \number
  .endr
.endm

.macro clear name, number
\name\()_\number:
    sd zero, 8 * \number(a0)
.endm

.macro leave_memory name
    hidden \name, function
    lwu a1, FORM_RESULT_SIZE(form)   // more than 16
    addi t5, a0, 8 * MEMORY_WORDS
    add a1, a1, a0
    bgtu a1, t5, 2f
    addi t5, a0, 16
1:  sd zero, -8(a1)
    sd zero, -16(a1)
    addi a1, a1, -16
    bgtu a1, t5, 1b
    j 3f
2:  .irp at, 8, 16, 24, 32, 40, 48, 56, 64
    sd zero, -\at(a1)
    .endr
    addi a1, a1, -64
    bgtu a1, t5, 2b
    each_word clear, \name
3:  sd zero, 8(a0)
    sd zero, (a0)
    call_handler
    from_result 64, 0, RISCV64_ENTRY_GPRS - RESULT
    end_entry
    size_of \name
.endm

// ---- the entries ----

proc lp64d_entry_table
    frame RISCV64_ENTRY_BELOW, SAVED
    table_entry s0
    ld t1, RISCV64_ENTRY_LEAVE(s0)
    jalr t1
    end_entry
    leave_memory lp64d_leave_memory
endproc lp64d_entry_table

covered
leaves
endcovered

    .set fixed, 1
proc lp64d_entry_fixed
    light_frame TABLE_FRAME, SAVED
    addi t6, sp, TABLE_FRAME         // the value of s0 in the entry with a frame pointer
    table_entry t6
    ld t2, TABLE_FRAME + RISCV64_ENTRY_LEAVE(sp)
    jr t2
leaves
    leave_memory lp64d_fixed_leave_memory
endproc lp64d_entry_fixed

// ---- tables ----

.macro leave_at at, first, second, before // the distance of the code
    .word \before\first\second\at - .
.endm

.macro leave_distance before, kinds:vararg
  .irp kind, \kinds
    .word \before\kind - .
  .endr
.endm

.macro leaves_table name, before     // enum table_leave
table \name
    leave_distance \before, void, i8, u8, i16, u16, 32, 64, f32, f64, words
    .word 0, 0, 0, 0, 0              // reals, by LEAVE_BOXED; the x87's
    leave_distance \before, memory
    .word 0, 0, 0, 0, 0, 0, 0, 0, 0  // floats; with fewer bytes; vectors
    each_two leave_at, \before
endtable \name
.endm

leaves_table lp64d_leaves, lp64d_leave_
leaves_table lp64d_fixed_leaves, lp64d_fixed_leave_

// The code that clears 32 words, 31, ... 3.
.macro clear_distance name, number
    .word \name\()_\number - .
.endm

table lp64d_fixed_memory
    each_word clear_distance, lp64d_fixed_leave_memory
endtable lp64d_fixed_memory
