// SPDX-License-Identifier: MIT
//
// The stubs of LP64D. C calls a stub as
//
//   void stub(const struct function *function, void *result, const ffi_value *args);
//
// The stub loads registers from slots of `args` by the function's plan, and goes to the function's address. It reads no
// types: they chose the stub when the plan was made. A stub without stack words jumps. The native code then returns to the
// stub's caller, with the result in the ABI's register. Such a stub does not read `result` and has no frame.
//
// A stub loads exactly the bytes of each argument's type. A load extends a value of less than 8 bytes as the psABI asks: lw
// extends the sign of unsigned integers too, and flw boxes. The families:
//
//   lp64d_words_<g>_<m>  up to six integer registers, 8 bytes where the mask m has the register's bit, else 4
//   lp64d_d<f>, _s<f>    doubles or floats
//   lp64d_<w><r>_<n>_<m> n slots of both kinds, of which mask m has the reals: w integers of 8 bytes (x) or 4 (w), r
//                        doubles (d) or floats (s)
//
// lp64d_open.S serves integers of other sizes, lp64d_pairs.S more slots in registers, lp64d_stack.S stack words and slots in any
// order, lp64d_direct.S frequent records, lp64d_steps.S other arguments.
//
// Slot k feeds the next register of its kind, so the stub reads no table. For example an integer, a double and another integer:
//
//   lp64d_xd_3_2:
//     lpad 0
//     ld  t1, 24(a0)                 // function->address
//     fld fa0, 8(a2)
//     ld  a1, 16(a2)
//     ld  a0, (a2)
//     jr  t1

#include "../families.inc"
#include "../offsets.h"
#include "proc.inc"

#define args a2                      // names of the registers before the call
#define address t1

// The number of an integer or real is a symbol. The assembler does not accept a symbol in a register's name.
.macro load_numbered load, letter, number, from
  .irp each, 0, 1, 2, 3, 4, 5, 6, 7
  .if \number == \each
    \load \letter\each, \from(args)
  .endif
  .endr
.endm

// Loads the first `count` integer registers, with 8 bytes where the mask has their bits. a2 comes last, because it holds `args`.
.macro words_stub name, count, mask
leaf \name
    ld address, FUNCTION_ADDRESS(a0)
  .irp number, 0, 1, 3, 4, 5, 2
  .if \number < \count
  .if \mask & (1 << \number)
    ld a\number, 8 * \number(args)
  .else
    lw a\number, 8 * \number(args)
  .endif
  .endif
  .endr
    jr address
endleaf \name
.endm

.macro reals_stub name, count, load
leaf \name
    ld address, FUNCTION_ADDRESS(a0)
  .irp number, 0, 1, 2, 3, 4, 5, 6, 7
  .if \number < \count
    \load fa\number, 8 * \number(args)
  .endif
  .endr
    jr address
endleaf \name
.endm

// Both kinds. The stub loads a2 at the end.
.macro ordered_stub name, count, mask, word, real
leaf \name
    ld address, FUNCTION_ADDRESS(a0)
    .set words, 0
    .set reals, 0
    .set last, -1
  .irp number, 0, 1, 2, 3, 4
  .if \number < \count
  .if \mask & (1 << \number)
    load_numbered \real, fa, reals, 8 * \number
    .set reals, reals + 1
  .else
  .if words == 2
    .set last, 8 * \number
  .else
    load_numbered \word, a, words, 8 * \number
  .endif
    .set words, words + 1
  .endif
  .endif
  .endr
  .if last >= 0
    \word a2, last(args)
  .endif
    jr address
endleaf \name
.endm

// ---- the families ----

.macro each_words how
  .irp g, 0, 1, 2, 3, 4, 5, 6
    each_mask \how, lp64d_words, \g
  .endr
.endm

.macro each_reals how
  .irp f, 1, 2, 3, 4, 5, 6, 7, 8
    \how lp64d_d\f, \f, fld
  .endr
  .irp f, 1, 2, 3, 4, 5, 6, 7, 8
    \how lp64d_s\f, \f, flw
  .endr
.endm

.macro each_ordered how
    each_order \how, lp64d_xd, ld, fld
    each_order \how, lp64d_xs, ld, flw
    each_order \how, lp64d_wd, lw, fld
    each_order \how, lp64d_ws, lw, flw
.endm

.macro each_order how, family, word, real
  .irp count, 1, 2, 3, 4, 5
    each_mask \how, \family, \count, \word, \real
  .endr
.endm

covered                              // none of these stubs saves a register
each_words words_stub
each_reals reals_stub
each_ordered ordered_stub
endcovered

table_of lp64d_words, each_words
table_of lp64d_reals, each_reals
table_of lp64d_ordered, each_ordered
