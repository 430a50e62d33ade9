// SPDX-License-Identifier: MIT
//
// The entries of LP64D: where the trampoline of a callback goes, with the callback in t0 and everything else as the native
// caller left it. An entry stores registers into slots by the callback's form, calls
//
//   void handler(void *result, const ffi_value *args, void *userdata);
//
// and loads the result as its kind leaves. It is a stub run backwards, with the same tables. For every kind of
// result there are
//
//   lp64d_entry_<kind>_<g>        2 or 8 integer registers, nothing else: slot k is register k
//   lp64d_entry_<kind>_f<f>       2 or 8 floating-point registers, nothing else
//   lp64d_entry_<kind>_mixed      both, by the tables
//   lp64d_entry_<kind>_stack_<f>  stack words too, with none or all eight floating-point registers
//
// of which the callback may have less, since storing one more costs nothing; and an entry for what does not stand in
// slots, through an image of the registers: src/callback/callback.c does the rest.

#include "image.inc"

#define form t3                      // until the handler is called
#define slot t4

// The frame of every entry into slots, from s0 downwards: [s0, ra saved] [result] ...
#define RESULT -32
#define FRAME 32

// The handler's arguments; the slots are at sp. The result is zero unless the handler writes it.
.macro call_handler
    ld t1, CALLBACK_HANDLER(callback)
    ld a2, CALLBACK_USERDATA(callback)
    mv a1, sp
    addi a0, s0, RESULT
    sd zero, (a0)
    jalr t1
.endm

// Each load extends the result as the psABI asks.
.macro load_result kind
  .ifc \kind, i8
    lb a0, RESULT(s0)
  .endif
  .ifc \kind, u8
    lbu a0, RESULT(s0)
  .endif
  .ifc \kind, i16
    lh a0, RESULT(s0)
  .endif
  .ifc \kind, u16
    lhu a0, RESULT(s0)
  .endif
  .ifc \kind, 32
    lw a0, RESULT(s0)
  .endif
  .ifc \kind, 64
    ld a0, RESULT(s0)
  .endif
  .ifc \kind, f32
    flw fa0, RESULT(s0)
  .endif
  .ifc \kind, f64
    fld fa0, RESULT(s0)
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

// Registers that are not in use are stored to the slot of the first of their kind, or to slot 0, and then that slot
// is stored to again.
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

// ... and below s0 the slots, of which plan.c lets few come here. [stack words] are at s0.
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
image_entry lp64d_entry_image_8, 8, callback_of_image
image_entry lp64d_entry_image_16, 16, callback_of_image
image_entry lp64d_entry_late, 16, callback_late

// The table, in the order of enum entry_kind: distances from each of its entries to the code.
table lp64d_slots
.irp kind, void, i8, u8, i16, u16, 32, 64, f32, f64
.irp entry, 2, 8, f2, f8, mixed, stack_0, stack_8
    .word lp64d_entry_\kind\()_\entry - .
.endr
.endr
endtable lp64d_slots
