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
// The callback may have fewer registers than the entry stores. lp64d_table.S has the entries for records. One more entry stores
// an image of the registers for every other signature, and src/callback/callback.c reads it.

#include "entry.inc"

#define slot t4

// The frame of every entry, from s0 downwards: [s0, ra saved] [result] ...
#define FRAME 32

// The result is zero unless the handler writes it.
.macro call_with_result
    addi a0, s0, RESULT
    sd zero, (a0)
    call_handler
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
    call_with_result
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
    call_with_result
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
    call_with_result
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

image_entry lp64d_entry_image_8, 8, callback_of_image
image_entry lp64d_entry_image_16, 16, callback_of_image
image_entry lp64d_entry_late, 16, callback_late

// The table of entries, in the order of enum entry_kind: distances from each word to the code.
table lp64d_slots
.irp kind, void, i8, u8, i16, u16, 32, 64, f32, f64
.irp entry, 2, 8, f2, f8, mixed, stack_0, stack_8
    .word lp64d_entry_\kind\()_\entry - .
.endr
.endr
endtable lp64d_slots
