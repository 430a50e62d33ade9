// SPDX-License-Identifier: MIT
//
// Steps that load up to four registers of one kind, each with 8 or 4 bytes; aapcs64_steps.S has the other steps.
//
//   aapcs64_group_<k>_<from>_<first>_<ending>_<count>_<mask>
//
// <k> is x for integers, d for reals. The registers are `first`, which is 0 or 4, and those above it; the mask has the bits of
// those that take 8 bytes. <from> is `slots`, where the operands are the offset of each register's slot, or `pointers`, where a
// slot has the argument's address, and each register has one operand more: `from`. A step that ends in `last` goes to the native
// code. For example aapcs64_group_x_slots_0_last_3_5 and aapcs64_group_d_pointers_0_last_2_3:
//
//     bti  c                         bti  c
//     ldp  w10, w11, [x9, #8]        ldp  w10, w11, [x9, #8]
//     ldr  w13, [x9, #16]            ldr  x10, [x12, x10]
//     ldr  x0, [x12, x10]            ldr  d0, [x10, x11]
//     ldr  w1, [x12, x11]            ldp  w10, w11, [x9, #16]
//     ldr  x2, [x12, x13]            ldr  x10, [x12, x10]
//     br   x16                       ldr  d1, [x10, x11]
//                                    br   x16

#include "../families.inc"
#include "aapcs64_steps.inc"

// Parameters: the member's number, its register for 8 and for 4 bytes, and the register that has its slot's offset.
.macro load_member member, full, half, offset, from
  .if \member < members
  .if wide & (1 << \member)
    load_\from \member, \full, \offset
  .else
    load_\from \member, \half, \offset
  .endif
  .endif
.endm

.macro load_slots member, reg, offset
    ldr \reg, [args, \offset]
.endm

.macro load_pointers member, reg, offset
    ldp w10, w11, [cell, #8 + 8 * \member]
    ldr x10, [args, x10]
    ldr \reg, [x10, x11]
.endm

.macro offsets                       // of all slots
  .if members == 1
    ldr w10, [cell, #8]
  .else
    ldp w10, w11, [cell, #8]
  .endif
  .if members == 3
    ldr w13, [cell, #16]
  .endif
  .if members == 4
    ldp w13, w14, [cell, #16]
  .endif
.endm

.macro load_members full, half, from, one, two, three, four
    load_member 0, \full\one, \half\one, x10, \from
    load_member 1, \full\two, \half\two, x11, \from
    load_member 2, \full\three, \half\three, x13, \from
    load_member 3, \full\four, \half\four, x14, \from
.endm

.macro group_step name, count, mask, full, half, from, first, ending
    .set members, \count
    .set wide, \mask
step \name
  .ifc \from, slots
    offsets
    .set size, 8 + (\count + 1) / 2 * 8
  .else
    .set size, 8 + \count * 8
  .endif
  .if \first
    load_members \full, \half, \from, 4, 5, 6, 7
  .else
    load_members \full, \half, \from, 0, 1, 2, 3
  .endif
  .ifc \ending, last
    br address
  .else
    next size
  .endif
endstep \name
.endm

// ---- the families ----

.macro each_row how, full, half, from, first, ending
  .irp count, 1, 2, 3, 4
    each_mask \how, aapcs64_group_\full\()_\from\()_\first\()_\ending, \count, \full, \half, \from, \first, \ending
  .endr
.endm

// In the order of struct step_groups. `lacking`: integer registers 0 to 3 are always the last ones.
.macro each_kind how, lacking
  .irp from, slots, pointers
    each_row \how, x, w, \from, 4, next
    \lacking
    each_row \how, x, w, \from, 0, last
  .endr
  .irp from, slots, pointers
    each_row \how, d, s, \from, 4, next
    each_row \how, d, s, \from, 0, next
    each_row \how, d, s, \from, 0, last
  .endr
.endm

.macro nothing
.endm

    .text
covered                              // none of these steps saves a register
each_kind group_step, nothing
endcovered

.macro no_row
    .space 4 * (2 + 4 + 8 + 16)
.endm

table aapcs64_groups
each_kind distance, no_row
endtable aapcs64_groups
