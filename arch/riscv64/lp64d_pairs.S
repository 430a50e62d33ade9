// SPDX-License-Identifier: MIT
//
// Calls with more slots in registers, of both kinds or of several widths, than lp64d_call.S has stubs for. Each step loads two
// slots in their order and goes to the next step; lp64d_pairs goes to the first one. src/call/choose.c makes the chain: the
// address of each step, in cells of 8 bytes, and lp64d_pairs_end. lp64d_pair_<g>_<f>_<a>_<b> loads the slots after g integer
// registers and f floating-point registers, by the instructions <a> and <b>, or one slot if <b> is `none`. For example
// lp64d_pair_2_2_ld_flw:
//
//     ld  a2, 32(t4)
//     flw fa2, 40(t4)
//     ld  t2, 16(t3)                 // the third cell
//     jr  t2
//
// Steps jump to one another by t2, which needs no landing pad (Zicfilp, "software guarded").

#include "../offsets.h"
#include "proc.inc"

#define cells t3
#define args t4
#define address t1

// The register's number is a symbol. The assembler does not accept a symbol in a register's name.
.macro load_slot load, letter, number, at
  .irp each, 0, 1, 2, 3, 4, 5, 6, 7
  .if \number == \each
    \load \letter\each, \at(args)
  .endif
  .endr
.endm

.macro load_next load                // loads the next register of its kind; does nothing for `none`
  .ifc \load, ld
    load_slot ld, a, words, at
    .set words, words + 1
  .endif
  .ifc \load, lw
    load_slot lw, a, words, at
    .set words, words + 1
  .endif
  .ifc \load, fld
    load_slot fld, fa, reals, at
    .set reals, reals + 1
  .endif
  .ifc \load, flw
    load_slot flw, fa, reals, at
    .set reals, reals + 1
  .endif
    .set at, at + 8
.endm

// There are eight registers of a kind. No chain has a step that would load a ninth one.
.macro pair_step g, f, first, second
hidden lp64d_pair_\g\()_\f\()_\first\()_\second, function
    .set words, \g
    .set reals, \f
    .set at, 8 * (\g + \f)
    load_next \first
    load_next \second
    .set at, 4 * (\g + \f) + 8
    ld t2, at(cells)
    jr t2
    size_of lp64d_pair_\g\()_\f\()_\first\()_\second
.endm

.macro pair_distance g, f, first, second
    .word lp64d_pair_\g\()_\f\()_\first\()_\second - .
.endm

.macro each_pair how
  .irp g, 0, 1, 2, 3, 4, 5, 6, 7, 8
    each_pair_behind \how, \g
  .endr
.endm

.macro each_pair_behind how, g
  .irp f, 0, 1, 2, 3, 4, 5, 6, 7, 8
  .if (\g + \f) % 2 == 0
    each_first \how, \g, \f
  .endif
  .endr
.endm

.macro each_first how, g, f
  .irp first, ld, lw, fld, flw
    each_second_of \how, \g, \f, \first
  .endr
.endm

.macro each_second_of how, g, f, first
  .irp second, ld, lw, fld, flw, none
    \how \g, \f, \first, \second
  .endr
.endm

covered                              // none of these saves anything
leaf lp64d_pairs
    ld cells, FUNCTION_PLAN(a0)
    ld address, FUNCTION_ADDRESS(a0)
    mv args, a2                      // a step may load a2 at any time
    ld cells, PLAN_CHAIN(cells)
    ld t2, (cells)
    jr t2
endleaf lp64d_pairs
hidden lp64d_pairs_end, function
    jr address
    size_of lp64d_pairs_end
each_pair pair_step
endcovered

table lp64d_pair_steps               // the end; then the steps, by (9 * g + f) / 2 and by the loads
    .word lp64d_pairs_end - .
each_pair pair_distance
endtable lp64d_pair_steps
