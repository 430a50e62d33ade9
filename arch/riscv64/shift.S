// SPDX-License-Identifier: MIT
//
// The code behind the trampoline of a shifted function (src/callback/shift.c). It drops leading pointer arguments and jumps
// to the target, which is the callback's `handler`. t0 holds the callback. Each integer register takes the value of the
// register <drop> places further on, or of a stack word. The code moves nothing in memory and leaves the floating-point
// registers alone. lp64d_shift_<base>_<drop>_<count> moves the <count> registers from <base> on; <base> is 1 if a0 holds the
// address of a result. For example lp64d_shift_0_7_2:
//
//     lpad 0
//     mv  a0, a7
//     ld  a1, (sp)
//     ld  t1, 8(t0)                  // callback->handler
//     jr  t1

#include "../offsets.h"
#include "proc.inc"

// The assembler wants a literal as a register's number.
.macro move_register to, from
  .irp number, 1, 2, 3, 4, 5, 6, 7
  .if \number == \from
    mv a\to, a\number
  .endif
  .endr
.endm

.macro shift base, drop, count
leaf lp64d_shift_\base\()_\drop\()_\count
  .irp to, 0, 1, 2, 3, 4, 5, 6, 7
  .if \to >= \base && \to < \base + \count
    .set from, \to + \drop
  .if from < 8
    move_register \to, from
  .else
    ld a\to, 8 * (from - 8)(sp)
  .endif
  .endif
  .endr
    ld t1, CALLBACK_HANDLER(t0)
    jr t1
endleaf lp64d_shift_\base\()_\drop\()_\count
.endm

.macro each_count how, base, drop
  .irp count, 1, 2, 3, 4, 5, 6, 7, 8
    \how \base, \drop, \count
  .endr
.endm

.macro each how
  .irp base, 0, 1
  .irp drop, 1, 2, 3, 4, 5, 6, 7, 8
    each_count \how, \base, \drop
  .endr
  .endr
.endm

.macro distance base, drop, count
    .word lp64d_shift_\base\()_\drop\()_\count - .
.endm

covered
each shift
endcovered

table lp64d_shifts
each distance
endtable lp64d_shifts
