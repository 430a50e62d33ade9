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
//   lp64d_one_<a>, lp64d_two_<a>_<b>, lp64d_all_<a>_<g>  integers of other sizes
//   lp64d_open_<a>_<b>   three to six integers of any sizes, by lp64d_middle_... and lp64d_last_..., of one or two
//   lp64d_d<f>, _s<f>    doubles or floats
//   lp64d_<w><r>_<n>_<m> n slots of both kinds, of which mask m has the reals: w integers of 8 bytes (x) or 4 (w), r
//                        doubles (d) or floats (s)
//
// lp64d_pairs.S serves more slots in registers, lp64d_stack.S stack words and slots in any order, lp64d_steps.S other arguments.
//
// Slot k feeds the next register of its kind, so the stub reads no table. For example an integer, a double and another integer:
//
//   lp64d_xd_3_2:
//     lpad 0
//     ld  t1, 16(a0)                 // function->address
//     fld fa0, 8(a2)
//     ld  a1, 16(a2)
//     ld  a0, (a2)
//     jr  t1

#include "../offsets.h"
#include "proc.inc"

#define args a2                      // names of the registers before the call
#define plan t3
#define address t1

// The number of an integer or real is a symbol. The assembler does not accept a symbol in a register's name.
.macro load_numbered load, letter, number, from
  .irp each, 0, 1, 2, 3, 4, 5, 6, 7
  .if \number == \each
    \load \letter\each, \from(args)
  .endif
  .endr
.endm

// Loads the first `count` integer registers by `load`, or by ld where the mask has their bits. a2 comes last, because it
// holds `args`.
.macro words_stub name, count, mask, load=lw
leaf \name
    ld address, FUNCTION_ADDRESS(a0)
  .irp number, 0, 1, 3, 4, 5, 2
  .if \number < \count
  .if \mask & (1 << \number)
    ld a\number, 8 * \number(args)
  .else
    \load a\number, 8 * \number(args)
  .endif
  .endif
  .endr
    jr address
endleaf \name
.endm

.macro two_stub name, first, second
leaf \name
    ld address, FUNCTION_ADDRESS(a0)
    \first a0, (args)
    \second a1, 8(args)
    jr address
endleaf \name
.endm

// Three to six integers of any types: two, then one step or two. The last one loads the register of `args`.
.macro open_stub name, first, second
leaf \name
    ld plan, FUNCTION_PLAN(a0)
    ld address, FUNCTION_ADDRESS(a0)
    \second a1, 8(args)
    \first a0, (args)
    ld t2, PLAN_STEPS(plan)
    jr t2
endleaf \name
.endm

.macro step name
    .balign 4
    hidden \name, function
.endm

.macro middle_step name, first, second
step \name
    \first a4, 32(args)
  .ifnb \second
    \second a5, 40(args)
  .endif
    ld t2, PLAN_STEPS + 8(plan)
    jr t2
    size_of \name
.endm

.macro last_step name, first, second
step \name
  .ifnb \second
    \second a3, 24(args)
  .endif
    \first a2, 16(args)
    jr address
    size_of \name
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

// One macro lists each family. It runs another macro for each stub, with the stub's name and the registers that it loads:
// once to define the stub, and once to write its entry of a table.

.macro each_words how
  .irp g, 0, 1, 2, 3, 4, 5, 6
  .irp mask, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
    if_mask \how, lp64d_words, \g, \mask
  .endr
  .irp mask, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63
    if_mask \how, lp64d_words, \g, \mask
  .endr
  .endr
.endm

.macro if_mask how, family, g, mask, more:vararg
  .if \mask < (1 << \g)
    \how \family\()_\g\()_\mask, \g, \mask, \more
  .endif
.endm

// In the order of enum move_op.
.macro each_one how
  .irp load, ld, lw, lb, lbu, lh, lhu
    \how lp64d_one_\load, 1, 0, \load
  .endr
.endm

.macro each_two how, family=lp64d_two
  .irp first, ld, lw, lb, lbu, lh, lhu
    each_second \how, \family, \first
  .endr
.endm

.macro each_second how, family, first
  .irp second, ld, lw, lb, lbu, lh, lhu
    \how \family\()_\first\()_\second, \first, \second
  .endr
.endm

.macro each_open how
    each_two \how, lp64d_open
.endm

.macro each_step how, family         // for one register, then for two
  .irp load, ld, lw, lb, lbu, lh, lhu
    \how \family\()_\load, \load
  .endr
    each_two \how, \family
.endm

.macro each_middle how
    each_step \how, lp64d_middle
.endm

.macro each_last how
    each_step \how, lp64d_last
.endm

.macro each_extending how
  .irp load, lb, lbu, lh, lhu
    each_alike \how, \load
  .endr
.endm

.macro each_alike how, load
  .irp g, 3, 4, 5, 6
    \how lp64d_all_\load\()_\g, \g, 0, \load
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
  .irp mask, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
    if_mask \how, \family, \count, \mask, \word, \real
  .endr
  .endr
.endm

covered                              // none of these stubs saves a register
each_words words_stub
each_one words_stub
each_two two_stub
each_open open_stub
each_middle middle_step
each_last last_step
each_extending words_stub
each_reals reals_stub
each_ordered ordered_stub
endcovered

// The tables: distances from each entry to its stub.

.macro distance name, more:vararg
    .word \name - .
.endm

.macro table_of name, each
table \name
    \each distance
endtable \name
.endm

table_of lp64d_words, each_words
table_of lp64d_one, each_one
table_of lp64d_two, each_two
table_of lp64d_open, each_open
table_of lp64d_middle, each_middle
table_of lp64d_last, each_last
table_of lp64d_extending, each_extending
table_of lp64d_reals, each_reals
table_of lp64d_ordered, each_ordered
