// SPDX-License-Identifier: MIT
//
// Calls with slots in registers, of both kinds or of several widths, for which lp64d_call.S has no stub. lp64d_pairs_<a>_<b>_next
// loads the first two slots by the instructions <a> and <b>, and goes to the plan's first step. Each step loads two more slots
// in their order and goes to the next one. lp64d_pair_<g>_<f>_<a>_<b>_next loads the slots after g integer registers and f
// floating-point registers.
// What ends in `last` goes to the native code instead; a last step with <b> = `none` loads one slot. For example
// lp64d_pair_2_2_ld_flw_next:
//
//     ld  a2, 32(t4)
//     flw fa2, 40(t4)
//     ld  t2, 136(t3)                // plan->steps[2]
//     jr  t2

#include "../offsets.h"
#include "proc.inc"

#define plan t3
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

.macro is_real load                  // sets `real`
    .set real, 0
  .ifc \load, fld
    .set real, 1
  .endif
  .ifc \load, flw
    .set real, 1
  .endif
.endm

// Loads the next register of its kind, `words` or `reals`, from the slot at `at`.
.macro load_next load
    is_real \load
  .if real
    load_slot \load, fa, reals, at
    .set reals, reals + 1
  .else
    load_slot \load, a, words, at
    .set words, words + 1
  .endif
    .set at, at + 8
.endm

.macro go_on ending, at
  .ifc \ending, next
    ld t2, PLAN_STEPS + \at(plan)
    jr t2
  .else
    jr address
  .endif
.endm

.macro pairs_stub first, second, ending
leaf lp64d_pairs_\first\()_\second\()_\ending
  .ifc \ending, next
    ld plan, FUNCTION_PLAN(a0)
  .endif
    ld address, FUNCTION_ADDRESS(a0)
    mv args, a2                      // a step may load a2 at any time
    .set words, 0
    .set reals, 0
    .set at, 0
    load_next \first
    load_next \second
    go_on \ending, 0
endleaf lp64d_pairs_\first\()_\second\()_\ending
.endm

.macro pair_step g, f, first, second, ending
step lp64d_pair_\g\()_\f\()_\first\()_\second\()_\ending
    .set words, \g
    .set reals, \f
    .set at, 8 * (\g + \f)
    load_next \first
  .ifnc \second, none
    load_next \second
  .endif
    go_on \ending, 4 * (\g + \f)
endstep lp64d_pair_\g\()_\f\()_\first\()_\second\()_\ending
.endm

.macro pairs_distance first, second, ending
    .word lp64d_pairs_\first\()_\second\()_\ending - .
.endm

.macro pair_distance g, f, first, second, ending
    .word lp64d_pair_\g\()_\f\()_\first\()_\second\()_\ending - .
.endm

.macro no_pair
    .word 0
.endm

.macro nothing
.endm

// ---- families: `how` for each member, `lacking` in place of those that would load a ninth register ----

.macro each_pairs how
  .irp first, ld, lw, fld, flw, lb, lbu, lh, lhu
    each_pairs_of \how, \first, next
    each_pairs_of \how, \first, last
  .endr
.endm

.macro each_pairs_of how, first, ending
  .irp second, ld, lw, fld, flw, lb, lbu, lh, lhu
    \how \first, \second, \ending
  .endr
.endm

// By the number of slots before a step, then by the number of integers among them.
.macro each_pair how, lacking
  .irp slots, 2, 4, 6, 8, 10, 12, 14
    each_state \how, \lacking, \slots, ld, lw, fld, flw, lb, lbu, lh, lhu
  .endr
.endm

.macro each_state how, lacking, slots, loads:vararg
  .irp f, 8, 7, 6, 5, 4, 3, 2, 1, 0
  .irp g, 0, 1, 2, 3, 4, 5, 6, 7, 8
  .if \g + \f == \slots
    each_first \how, \lacking, \g, \f, \loads
  .endif
  .endr
  .endr
.endm

.macro each_first how, lacking, g, f, loads:vararg
  .irp first, \loads
    each_second \how, \lacking, \g, \f, \first, next, \loads
    each_second \how, \lacking, \g, \f, \first, last, \loads
    each_second \how, \lacking, \g, \f, \first, last, none
  .endr
.endm

.macro each_second how, lacking, g, f, first, ending, loads:vararg
  .irp second, \loads
    .set words, \g
    .set reals, \f
    count_next \first
    count_next \second
  .if words <= 8 && reals <= 8
    \how \g, \f, \first, \second, \ending
  .else
    \lacking
  .endif
  .endr
.endm

.macro count_next load
    is_real \load
  .if real
    .set reals, reals + 1
  .else
  .ifnc \load, none
    .set words, words + 1
  .endif
  .endif
.endm

covered                              // none of these saves anything
each_pairs pairs_stub
each_pair pair_step, nothing
endcovered

table lp64d_pairs
each_pairs pairs_distance
endtable lp64d_pairs

table lp64d_pair_steps
each_pair pair_distance, no_pair
endtable lp64d_pair_steps
