// SPDX-License-Identifier: MIT
//
// The entries of LP64D. The trampoline of a callback jumps to an entry, with the callback in t0; the other registers still hold
// the native caller's values. An entry stores registers into slots by the callback's form and calls
//
//   void handler(void *result, const ffi_value *args, void *userdata);
//
// Then it loads the result into the registers of its kind. An entry is a stub run backwards, with the same tables. For every
// kind of result there are
//
//   lp64d_entry_<kind>_<g>        2 or 8 integer registers, nothing else: slot k is register k
//   lp64d_entry_<kind>_f<f>       2 or 8 floating-point registers, nothing else
//   lp64d_entry_<kind>_mixed      both, by the tables
//   lp64d_entry_<kind>_stack_<f>  stack words too, with none or all eight floating-point registers
//
// The callback may have fewer registers than the entry stores. lp64d_entry_table serves records, and so does
// lp64d_entry_fixed, whose frame has a known size. One more entry stores an image of the registers for every other signature,
// and src/callback/callback.c reads it.

#include "image.inc"

#define form t3                      // valid until the entry calls the handler
#define slot t4

// The frame of every entry into slots, from s0 downwards: [s0, ra saved] [result] ...
#define RESULT -32
#define FRAME 32

// Loads the handler's arguments; the slots are at sp. The result is zero unless the handler writes it.
.macro call_handler
    ld t1, CALLBACK_HANDLER(callback)
    ld a2, CALLBACK_USERDATA(callback)
    mv a1, sp
    addi a0, s0, RESULT
    sd zero, (a0)
    jalr t1
.endm

    .set fixed, 0                    // whether the frame has the known size TABLE_FRAME, and no frame pointer

.macro from_result load, reg, at=0
  .if fixed
    \load \reg, TABLE_FRAME + RESULT + \at(sp)
  .else
    \load \reg, RESULT + \at(s0)
  .endif
.endm

// Each load extends the result as the psABI asks.
.macro load_result kind
  .ifc \kind, i8
    from_result lb, a0
  .endif
  .ifc \kind, u8
    from_result lbu, a0
  .endif
  .ifc \kind, i16
    from_result lh, a0
  .endif
  .ifc \kind, u16
    from_result lhu, a0
  .endif
  .ifc \kind, 32
    from_result lw, a0
  .endif
  .ifc \kind, 64
    from_result ld, a0
  .endif
  .ifc \kind, f32
    from_result flw, fa0
  .endif
  .ifc \kind, f64
    from_result fld, fa0
  .endif
.endm

// ---- registers only ----

// ... [slots]

// Name, kind of result, sd and a or fsd and fa, registers of that letter.
.macro one_kind_entry name, kind, store, letter, count
proc \name
    frame FRAME + 8 * \count
  .irp number, 0, 1, 2, 3, 4, 5, 6, 7
  .if \number < \count
    \store \letter\number, 8 * \number(sp)
  .endif
  .endr
    call_handler
    load_result \kind
    leave_frame FRAME + 8 * \count
    ret
endproc \name
.endm

// An unused register goes to the slot of the first register of its kind, or to slot 0. The entry then stores that slot
// again.
.macro store_by_form store, letter, table, numbers:vararg
  .irp number, \numbers
    lhu slot, \table + 2 * \number(form)
    slli slot, slot, 3
    add slot, slot, sp
    \store \letter\number, (slot)
  .endr
.endm

.macro store_all_by_form store, letter, table
    store_by_form \store, \letter, \table, 7, 6, 5, 4, 3, 2, 1, 0
.endm

.macro mixed_entry name, kind
proc \name
    frame FRAME + 8 * 16
    ld form, CALLBACK_FORM(callback)
    li t6, 2
    lbu t4, FORM_NGPR(form)
    lbu t5, FORM_NFPR(form)
    bleu t4, t6, 1f
    store_by_form sd, a, FORM_GPR, 7, 6, 5, 4, 3, 2
1:  store_by_form sd, a, FORM_GPR, 1, 0
    bleu t5, t6, 1f
    store_by_form fsd, fa, FORM_FPR, 7, 6, 5, 4, 3, 2
1:  store_by_form fsd, fa, FORM_FPR, 1, 0
    call_handler
    load_result \kind
    leave_frame FRAME + 8 * 16
    ret
endproc \name
.endm

// ---- the stack too ----

// ... and below s0 the slots; plan.c gives a large number of them to another entry. [stack words] are at s0.
.macro stack_entry name, kind, fprs
proc \name
    frame FRAME
    ld form, CALLBACK_FORM(callback)
    lwu t5, FORM_NSLOTS(form)
    addi t5, t5, 1
    andi t5, t5, -2
    slli t5, t5, 3
    sub sp, sp, t5
    store_all_by_form sd, a, FORM_GPR
  .if \fprs
    store_all_by_form fsd, fa, FORM_FPR
  .endif
    lwu t5, FORM_NSTACK_USED(form)   // not 0
    mv t6, s0
    addi form, form, FORM_STACK
0:
    lwu slot, (form)
    ld t1, (t6)
    slli slot, slot, 3
    add slot, slot, sp
    sd t1, (slot)
    addi form, form, 4
    addi t6, t6, 8
    addi t5, t5, -1
    bnez t5, 0b
    call_handler
    load_result \kind
    leave_frame FRAME
    ret
endproc \name
.endm

.macro entries kind
    one_kind_entry lp64d_entry_\kind\()_2, \kind, sd, a, 2
    one_kind_entry lp64d_entry_\kind\()_8, \kind, sd, a, 8
    one_kind_entry lp64d_entry_\kind\()_f2, \kind, fsd, fa, 2
    one_kind_entry lp64d_entry_\kind\()_f8, \kind, fsd, fa, 8
    mixed_entry lp64d_entry_\kind\()_mixed, \kind
    stack_entry lp64d_entry_\kind\()_stack_0, \kind, 0
    stack_entry lp64d_entry_\kind\()_stack_8, \kind, 8
.endm

.irp kind, void, i8, u8, i16, u16, 32, 64, f32, f64
    entries \kind
.endr

// ---- records ----

// Serves arguments that are no slot, or more than one. src/callback/table.c gives the place of each slot's value in the frame,
// or of the memory that the slot points to. The table begins with the pieces that the entry copies beside one another. Then it
// has a word for each slot: twice the offset, plus 1 for a value. The integer registers are below the stack words, as one
// array. t0 holds `callback` and t3 `form` until the entry calls the handler.
//
// s0 is the frame pointer; sp in the handler's caller, from below: [slots] [copies] [fa0 to fa7] [unused] [where to go after
// the handler] [result, 16 bytes] [s0, ra saved] [a0 to a7] [stack words]
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
    li t6, 2
    lbu t4, FORM_NGPR(form)
    lbu t5, FORM_NFPR(form)
    store_registers sd, a, RISCV64_ENTRY_GPRS, \base, 0, 1
    bleu t4, t6, 1f
    store_registers sd, a, RISCV64_ENTRY_GPRS, \base, 2, 3, 4, 5, 6, 7
1:  beqz t5, 2f
    store_registers fsd, fa, RISCV64_ENTRY_FPRS, \base, 0, 1
    bleu t5, t6, 2f
    store_registers fsd, fa, RISCV64_ENTRY_FPRS, \base, 2, 3, 4, 5, 6, 7
2:  lwu count, FORM_NCOPIES(form)
    ld t5, FORM_LEAVE(form)
  .if !fixed
    lwu t4, FORM_FRAME(form)
    sub sp, s0, t4
  .endif
    sd t5, RISCV64_ENTRY_LEAVE(\base)
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
    andi t4, a2, 1
    beqz t4, 4f
    lw a0, (a0)
    lw a1, (a1)
    sw a0, -1(a2)
    sw a1, 3(a2)
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
8:  lbu a1, FORM_SRET(form)          // the result is zero unless the handler writes it
    addi a0, \base, RISCV64_ENTRY_RESULT
    beqz a1, 1f
    ld a0, RISCV64_ENTRY_GPRS(\base)
    lwu a1, FORM_RESULT_SIZE(form)   // more than 16
    addi t5, a0, 64
    add a1, a1, a0                   // from the end; the first 16 bytes come last
    bltu a1, t5, 2f
9:  .irp at, 8, 16, 24, 32, 40, 48, 56, 64
    sd zero, -\at(a1)
    .endr
    addi a1, a1, -64
    bgeu a1, t5, 9b
2:  addi t5, a0, 16
    bleu a1, t5, 1f
3:  sd zero, -8(a1)
    sd zero, -16(a1)
    addi a1, a1, -16
    bgtu a1, t5, 3b
1:  sd zero, (a0)
    sd zero, 8(a0)
    mv a1, sp
    ld t1, CALLBACK_HANDLER(callback)
    ld a2, CALLBACK_USERDATA(callback)
    jalr t1
.endm

// Where the entry goes after the handler, by the kind of result. With a frame of a known size the code there ends the entry.

.macro leaving name
  .if fixed
    hidden lp64d_fixed_leave_\name, function
  .else
leaf lp64d_leave_\name
  .endif
.endm

.macro left name
  .if fixed
    .cfi_remember_state
    leave_light TABLE_FRAME, SAVED
    ret
    .cfi_restore_state
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
    from_result flw, fa\number, \at
  .endif
  .ifc \kind, d
    from_result fld, fa\number, \at
  .endif
  .ifc \kind\at, x4
    from_result lw, a0, 4
  .endif
  .ifc \kind\at, x8
    from_result ld, a0, 8
  .endif
.endm

.macro leave_two at, first, second, more:vararg
leaving \first\second\at
  .ifc \first, x
    from_result ld, a0
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
    from_result ld, a0
    from_result ld, a1, 8
left words
leaving memory
    from_result ld, a0, RISCV64_ENTRY_GPRS - RESULT
left memory
.endm

proc lp64d_entry_table
    frame RISCV64_ENTRY_BELOW, SAVED
    table_entry s0
    ld t1, RISCV64_ENTRY_LEAVE(s0)
    jalr t1
    leave_frame RISCV64_ENTRY_BELOW, SAVED
    ret
endproc lp64d_entry_table

covered
leaves
endcovered

    .set fixed, 1
proc lp64d_entry_fixed
    light_frame TABLE_FRAME, SAVED
    addi t2, sp, TABLE_FRAME         // the value of s0 in the entry with a frame pointer
    table_entry t2
    ld t2, TABLE_FRAME + RISCV64_ENTRY_LEAVE(sp)
    jr t2
leaves
endproc lp64d_entry_fixed
    .set fixed, 0

image_entry lp64d_entry_image_8, 8, callback_of_image
image_entry lp64d_entry_image_16, 16, callback_of_image
image_entry lp64d_entry_late, 16, callback_late

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
    .word 0, 0, 0, 0, 0, 0, 0        // floats; with fewer bytes
    each_two leave_at, \before
endtable \name
.endm

leaves_table lp64d_leaves, lp64d_leave_
leaves_table lp64d_fixed_leaves, lp64d_fixed_leave_

// The table of entries, in the order of enum entry_kind: distances from each word to the code.
table lp64d_slots
.irp kind, void, i8, u8, i16, u16, 32, 64, f32, f64
.irp entry, 2, 8, f2, f8, mixed, stack_0, stack_8
    .word lp64d_entry_\kind\()_\entry - .
.endr
.endr
endtable lp64d_slots
