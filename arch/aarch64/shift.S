// SPDX-License-Identifier: MIT
//
// The code behind the trampoline of a shifted function (src/callback/shift.c). It drops leading pointer arguments and jumps
// to the target, which is the callback's `handler`. x17 holds the callback. Each integer register takes the value of the
// register <drop> places further on, or of a stack word. The code moves nothing in memory. It leaves x8, the address of a
// result, and the floating-point registers alone. aapcs64_shift_<drop>_<count> moves the first <count> registers. For
// example aapcs64_shift_7_2:
//
//     bti c
//     mov x0, x7
//     ldr x1, [sp]
//     ldr x16, [x17, #8]             // callback->handler
//     br  x16                        // this register, so that the target may begin with bti c

#include "../offsets.h"
#include "proc.inc"

// The assembler wants a literal as a register's number.
.macro mov_register to, from
  .irp number, 1, 2, 3, 4, 5, 6, 7
  .if \number == \from
    mov x\to, x\number
  .endif
  .endr
.endm

.macro shift drop, count
leaf aapcs64_shift_\drop\()_\count
  .irp to, 0, 1, 2, 3, 4, 5, 6, 7
  .if \to < \count
    .set from, \to + \drop
  .if from < 8
    mov_register \to, from
  .else
    ldr x\to, [sp, #8 * (from - 8)]
  .endif
  .endif
  .endr
    ldr x16, [x17, #CALLBACK_HANDLER]
    br x16
endleaf aapcs64_shift_\drop\()_\count
.endm

.macro each_count how, drop
  .irp count, 1, 2, 3, 4, 5, 6, 7, 8
    \how \drop, \count
  .endr
.endm

.macro each how
  .irp drop, 1, 2, 3, 4, 5, 6, 7, 8
    each_count \how, \drop
  .endr
.endm

.macro distance drop, count
    .word aapcs64_shift_\drop\()_\count - .
.endm

covered
each shift
endcovered

table aapcs64_shifts
each distance
endtable aapcs64_shifts
