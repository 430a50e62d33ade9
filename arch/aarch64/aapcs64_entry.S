// SPDX-License-Identifier: MIT
//
// The entries of AAPCS64 and Apple's variant. The trampoline of a callback jumps to an entry, with the callback in x17; the
// other registers still hold the native caller's values. An entry stores registers into slots by the callback's form and
// calls
//
//   void handler(void *result, const ffi_value *args, void *userdata);
//
// Then it loads the result into the registers of its kind. An entry is a stub run backwards, with the same tables. For every
// kind of result there are
//
//   aapcs64_entry_<kind>_<g>        2 or 8 integer registers, nothing else: slot k is register k
//   aapcs64_entry_<kind>_f<f>       2 or 8 floating-point registers, nothing else
//   aapcs64_entry_<kind>_mixed      both, by the tables
//   aapcs64_entry_<kind>_stack_<f>  stack words too, with none or all eight floating-point registers
//
// The callback may have fewer registers than the entry stores. aapcs64_entry_table serves records. One more entry stores an
// image of the registers for every other signature, and src/callback/callback.c reads it.

#include "image.inc"
#include "load.inc"

#define form x11                     // valid until the entry calls the handler
#define slots x9
#define slot x10
#define slot_w w10

// The frame of every entry into slots, from x29 upwards: [x29, x30 saved] [result] [unused] ...
#define RESULT 16
#define BEHIND_RESULT 32

// Loads the handler's arguments. Parameter: the distance of the slots from sp. The result is zero unless the handler writes
// it.
.macro call_handler offset
    add x1, sp, #\offset
    add x0, x29, #RESULT
    str xzr, [x0]
    ldp x9, x2, [callback, #CALLBACK_HANDLER] // userdata is the next
    blr x9
.endm

.macro load_result kind
  .ifnc \kind, void
    load_\kind 0, [x29, #RESULT]
  .endif
.endm

// ---- registers only ----

// ... [slots]

.macro store_pair letter, one, two, count
  .if \one < \count
    stp \letter\one, \letter\two, [sp, #BEHIND_RESULT + 8 * \one]
  .endif
.endm

// Name, kind of result, x or d, registers of that letter.
.macro one_kind_entry name, kind, letter, count
leaf \name
    frame BEHIND_RESULT + 8 * \count
    store_pair \letter, 0, 1, \count
    store_pair \letter, 2, 3, \count
    store_pair \letter, 4, 5, \count
    store_pair \letter, 6, 7, \count
    call_handler BEHIND_RESULT
    load_result \kind
    leave_frame BEHIND_RESULT + 8 * \count
    ret
endleaf \name
.endm

// An unused register goes to the slot of the first register of its kind, or to slot 0. The entry then stores that slot
// again.
.macro store_all_by_form letter, table
  .irp number, 7, 6, 5, 4, 3, 2, 1, 0
    ldrh slot_w, [form, #\table + 2 * \number]
    str \letter\number, [slots, slot, lsl #3]
  .endr
.endm

.macro mixed_entry name, kind
leaf \name
    frame BEHIND_RESULT + 8 * 16
    add slots, sp, #BEHIND_RESULT
    ldr form, [callback, #CALLBACK_FORM]
    store_all_by_form x, FORM_GPR
    store_all_by_form d, FORM_FPR
    call_handler BEHIND_RESULT
    load_result \kind
    leave_frame BEHIND_RESULT + 8 * 16
    ret
endleaf \name
.endm

// ---- the stack too ----

// ... [stack words], and below x29 the slots
.macro stack_entry name, kind, fprs
leaf \name
    frame BEHIND_RESULT
    ldr form, [callback, #CALLBACK_FORM]
    ldr w12, [form, #FORM_NSLOTS]    // the number of slots; plan.c gives large ones to another entry
    add x12, x12, #1
    and x12, x12, #-2
    sub sp, sp, x12, lsl #3
    mov slots, sp
    store_all_by_form x, FORM_GPR
  .if \fprs
    store_all_by_form d, FORM_FPR
  .endif
    ldr w12, [form, #FORM_NSTACK_USED]    // not 0
    add x13, x29, #BEHIND_RESULT
    add form, form, #FORM_STACK
0:
    ldr slot_w, [form], #4
    ldr x14, [x13], #8
    str x14, [slots, slot, lsl #3]
    sub w12, w12, #1
    cbnz w12, 0b
    call_handler 0
    load_result \kind
    leave_frame BEHIND_RESULT
    ret
endleaf \name
.endm

.macro entries kind
    one_kind_entry aapcs64_entry_\kind\()_2, \kind, x, 2
    one_kind_entry aapcs64_entry_\kind\()_8, \kind, x, 8
    one_kind_entry aapcs64_entry_\kind\()_f2, \kind, d, 2
    one_kind_entry aapcs64_entry_\kind\()_f8, \kind, d, 8
    mixed_entry aapcs64_entry_\kind\()_mixed, \kind
    stack_entry aapcs64_entry_\kind\()_stack_0, \kind, 0
    stack_entry aapcs64_entry_\kind\()_stack_8, \kind, 8
.endm

covered
.irp kind, void, i8, u8, i16, u16, 32, 64, f32, f64
    entries \kind
.endr
endcovered

// ---- records ----

// Serves arguments in registers that are no slot, or more than one. src/callback/table.c gives the place of each
// slot's value in the frame, or of the memory that the slot points to. The table begins with the pieces that the entry
// copies beside one another. Then it has a word for each slot: twice the offset, plus 1 for a value. x17 holds `callback`
// until the entry calls the handler.
//
//   aapcs64_entry_table_words  integer registers, no others
//   aapcs64_entry_table        floating-point registers of 8 bytes too: d0 to d7
//   aapcs64_entry_table_wide   of 16 bytes: q0 to q7
//
// A caller compiled by gcc may pass unaligned memory for a result; an image has aligned memory.
//
// sp in the handler's caller, from below: [slots] [copies] [x29, x30 saved] [result, four registers] [where to go after the
// handler, unused] [x0 to x7] [d0 to d7, or q0 to q7] [stack words]
#define cursor x13                   // the next word of the table
#define sret x8
#define sret_w w14                   // whether the result is in memory

// Parameters: name, how far the integer registers lie above AARCH64_ENTRY_GPRS, the frame's size.
.macro begin_table name, more, all
proc \name
    frame \all
    ldr form, [callback, #CALLBACK_FORM]
    stp x0, x1, [x29, #AARCH64_ENTRY_GPRS + \more]
    stp x2, x3, [x29, #AARCH64_ENTRY_GPRS + \more + 16]
    stp x4, x5, [x29, #AARCH64_ENTRY_GPRS + \more + 32]
    stp x6, x7, [x29, #AARCH64_ENTRY_GPRS + \more + 48]
.endm

.macro store_vectors letter, size, more, one, two
    stp \letter\one, \letter\two, [x29, #AARCH64_ENTRY_FPRS + \more + \size * \one]
.endm

// The others: the letter of the floating-point registers, their bytes; the entry that goes by an image.
.macro table_entry name, letter, size, more, all, by_image
begin_table \name, \more, \all
    store_vectors \letter, \size, \more, 0, 1
    store_vectors \letter, \size, \more, 2, 3
    store_vectors \letter, \size, \more, 4, 5
    store_vectors \letter, \size, \more, 6, 7
1:  ldp w12, w15, [form, #FORM_FRAME] // and FORM_NCOPIES
    ldr x9, [form, #FORM_LEAVE]
    sub sp, sp, x12
    str x9, [x29, #AARCH64_ENTRY_LEAVE + \more]
    add cursor, form, #FORM_STACK
    cbz w15, 4f
2:  ldp w9, w10, [cursor], #8        // one copy
    ldr w12, [cursor], #4
    tbnz w12, #2, 3f
    ldr x9, [x29, w9, sxtw]
    ldr x10, [x29, w10, sxtw]
    add x12, x29, w12, sxtw
    stp x9, x10, [x12]
    subs w15, w15, #1
    b.ne 2b
    b 4f
3:  ldr w9, [x29, w9, sxtw]
    ldr w10, [x29, w10, sxtw]
    add x12, x29, w12, sxtw
    stp w9, w10, [x12, #-4]
    subs w15, w15, #1
    b.ne 2b
4:  ldr w15, [form, #FORM_NSLOTS]
    mov slots, sp
    cbz w15, 7f
5:  ldrsw x10, [cursor], #4
    add x12, x29, x10, asr #1
    tbz w10, #0, 6f
    ldr x12, [x12]
6:  str x12, [slots], #8
    subs w15, w15, #1
    b.ne 5b
7:  ldrb sret_w, [form, #FORM_SRET]
    movi v16.2d, #0                  // the result is zero unless the handler writes it
    cbnz sret_w, 9f
    add x0, x29, #AARCH64_ENTRY_RESULT
    stp q16, q16, [x0]
  .if \size > 8
    stp q16, q16, [x0, #32]
  .endif
8:  mov x1, sp
    ldp x9, x2, [callback, #CALLBACK_HANDLER] // userdata is the next
    blr x9
    ldr x16, [x29, #AARCH64_ENTRY_LEAVE + \more]
    blr x16
    leave_frame \all
    ret
    framed \all
9:  ldp w12, w9, [form, #FORM_RESULT_SIZE] // more than 16, and FORM_RESULT_ALIGNMENT
    sub w9, w9, #1
    tst sret, x9
    b.ne 4f
    mov x0, sret
    subs x9, x12, #32
    b.ls 3f
    add x12, x0, x12                 // from the end; the first 64 bytes come last
    subs x9, x9, #32
    b.ls 2f
1:  stp q16, q16, [x12, #-32]
    stp q16, q16, [x12, #-64]!
    subs x9, x9, #64
    b.hi 1b
    add x12, x0, #64
2:  stp q16, q16, [x12, #-32]
    stp q16, q16, [x0]
    b 8b
3:  add x12, x0, x12
    str q16, [x12, #-16]
    str q16, [x0]
    b 8b
4:  leave_frame \all                 // every register of an argument has its value still
    b \by_image
endproc \name
.endm

begin_table aapcs64_entry_table_words, 0, AARCH64_ENTRY_STACK
    b 1f                             // in the next entry, behind its stores
endproc aapcs64_entry_table_words
table_entry aapcs64_entry_table, d, 8, 0, AARCH64_ENTRY_STACK, .Lby_image_8
table_entry aapcs64_entry_table_wide, q, 16, AARCH64_WIDE_MORE, AARCH64_WIDE_STACK, .Lby_image_16

// Where the entry goes after the handler, by the kind of result.
.macro leave_scalar kind
leaf aapcs64_leave_\kind
    load_result \kind
    ret
endleaf aapcs64_leave_\kind
.endm

covered
.irp kind, void, i8, u8, i16, u16, 32, 64, f32, f64
    leave_scalar \kind
.endr
leaf aapcs64_leave_words
    ldp x0, x1, [x29, #RESULT]
    ret
endleaf aapcs64_leave_words
leaf aapcs64_leave_reals             // two to four doubles
    ldp d0, d1, [x29, #RESULT]
    ldp d2, d3, [x29, #RESULT + 16]
    ret
endleaf aapcs64_leave_reals
leaf aapcs64_leave_singles
    ldp s0, s1, [x29, #RESULT]
    ldp s2, s3, [x29, #RESULT + 8]
    ret
endleaf aapcs64_leave_singles
leaf aapcs64_leave_vectors           // one to four of 16 bytes
    ldp q0, q1, [x29, #RESULT]
    ldp q2, q3, [x29, #RESULT + 32]
    ret
endleaf aapcs64_leave_vectors
endcovered

    .balign 32
.Lby_image_8:
image_entry aapcs64_entry_image_8, d, 8, callback_of_image
    .balign 32
.Lby_image_16:
image_entry aapcs64_entry_image_16, q, 16, callback_of_image
image_entry aapcs64_entry_late, q, 16, callback_late

table aapcs64_leaves                 // enum table_leave
.irp kind, void, i8, u8, i16, u16, 32, 64, f32, f64
    .word aapcs64_leave_\kind - .
.endr
    .word aapcs64_leave_words - .
    .word 0, 0                       // one of each kind
    .word aapcs64_leave_reals - .
    .word 0, 0                       // the x87's
    .word aapcs64_leave_void - .     // in memory
    .word aapcs64_leave_singles - .
    .word 0, 0, 0, 0, 0, 0           // with fewer bytes
    .word aapcs64_leave_vectors - .
endtable aapcs64_leaves

// The table of entries, in the order of enum entry_kind: distances from each word to the code.
table aapcs64_slots
.irp kind, void, i8, u8, i16, u16, 32, 64, f32, f64
.irp entry, 2, 8, f2, f8, mixed, stack_0, stack_8
    .word aapcs64_entry_\kind\()_\entry - .
.endr
.endr
endtable aapcs64_slots
