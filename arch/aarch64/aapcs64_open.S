// SPDX-License-Identifier: MIT
//
// The stubs of AAPCS64 for integers of any widths, where slot k feeds register k. aapcs64_call.S has those for 8 and 4 bytes.
//
//   aapcs64_one_<a>, aapcs64_two_<a>_<b>, aapcs64_all_<a>_<g>
//                         one, two; three to six that are narrow and alike
//   aapcs64_open_<a>_<b>  three to eight: loads two, and goes to the plan's first step
//   aapcs64_middle_..., aapcs64_upper_..., aapcs64_last_...
//                         the steps: of register 4, or of 4 and 5; of 6, or of 6 and 7; of 2, or of 2 and 3, which goes to
//                         the native code
//
// <a> and <b> are 64, 32, i8, u8, i16 or u16. A load extends a narrow integer to 32 bits, because Apple's callees rely on that.
// For example (int8_t, int16_t, int64_t):
//
//   aapcs64_open_i8_i16:
//     bti   c
//     ldr   x16, [x0, #16]           // function->address
//     ldr   x11, [x0, #24]           // function->plan
//     ldrsh w1, [x2, #8]
//     ldrsb w0, [x2]
//     ldr   x17, [x11, #...]         // plan->steps[0]
//     br    x17
//   aapcs64_last_64:
//     bti   c
//     ldr   x2, [x2, #16]
//     br    x16

#include "../offsets.h"
#include "proc.inc"

#define args x2
#define plan x11
#define address x16                  // this register and `following`, so that the target may begin with bti c
#define following x17

.macro load_64 number
    ldr x\number, [args, #8 * \number]
.endm
.macro load_32 number
    ldr w\number, [args, #8 * \number]
.endm
.macro load_i8 number
    ldrsb w\number, [args, #8 * \number]
.endm
.macro load_u8 number
    ldrb w\number, [args, #8 * \number]
.endm
.macro load_i16 number
    ldrsh w\number, [args, #8 * \number]
.endm
.macro load_u16 number
    ldrh w\number, [args, #8 * \number]
.endm

.macro go_to step
    ldr following, [plan, #PLAN_STEPS + 8 * \step]
    br following
.endm

// ---- stubs ----

// `count` integers of one type. x2 comes last, because it holds `args`.
.macro alike_stub name, count, op
leaf \name
    ldr address, [x0, #FUNCTION_ADDRESS]
  .irp number, 5, 4, 3, 1, 0, 2
  .if \number < \count
    load_\op \number
  .endif
  .endr
    br address
endleaf \name
.endm

.macro two_stub name, first, second
leaf \name
    ldr address, [x0, #FUNCTION_ADDRESS]
    load_\second 1
    load_\first 0
    br address
endleaf \name
.endm

.macro open_stub name, first, second
leaf \name
    ldr address, [x0, #FUNCTION_ADDRESS]
    ldr plan, [x0, #FUNCTION_PLAN]
    load_\second 1
    load_\first 0
    go_to 0
endleaf \name
.endm

// ---- steps ----

// The registers' numbers; what loads them, the second one may be missing.
.macro begin_step name, one, other, first, second
    hidden \name, function
    begin_leaf
    landing_pad
  .ifnb \second
    load_\second \other
  .endif
    load_\first \one
.endm

.macro end_step name
    end_leaf
    size_of \name
.endm

.macro middle_step name, first, second
    begin_step \name, 4, 5, \first, \second
    go_to 1
    end_step \name
.endm

.macro upper_step name, first, second
    begin_step \name, 6, 7, \first, \second
    go_to 2
    end_step \name
.endm

.macro last_step name, first, second
    begin_step \name, 2, 3, \first, \second
    br address
    end_step \name
.endm

// ---- the families ----

// In the order of enum move_op.
.macro each_one how
  .irp op, 64, 32, i8, u8, i16, u16
    \how aapcs64_one_\op, 1, \op
  .endr
.endm

.macro each_two how, family=aapcs64_two
  .irp first, 64, 32, i8, u8, i16, u16
    each_second \how, \family, \first
  .endr
.endm

.macro each_second how, family, first
  .irp second, 64, 32, i8, u8, i16, u16
    \how \family\()_\first\()_\second, \first, \second
  .endr
.endm

.macro each_extending how
  .irp op, i8, u8, i16, u16
    each_alike \how, \op
  .endr
.endm

.macro each_alike how, op
  .irp g, 3, 4, 5, 6
    \how aapcs64_all_\op\()_\g, \g, \op
  .endr
.endm

.macro each_open how
    each_two \how, aapcs64_open
.endm

.macro each_step how, family         // for one register, then for two
  .irp op, 64, 32, i8, u8, i16, u16
    \how \family\()_\op, \op
  .endr
    each_two \how, \family
.endm

.macro each_middle how
    each_step \how, aapcs64_middle
.endm

.macro each_upper how
    each_step \how, aapcs64_upper
.endm

.macro each_last how
    each_step \how, aapcs64_last
.endm

covered                              // none of these saves a register
each_one alike_stub
each_two two_stub
each_extending alike_stub
each_open open_stub
each_middle middle_step
each_upper upper_step
each_last last_step
endcovered

.macro distance name, more:vararg
    .word \name - .
.endm

.macro table_of name, each
table \name
    \each distance
endtable \name
.endm

table_of aapcs64_one, each_one
table_of aapcs64_two, each_two
table_of aapcs64_extending, each_extending
table_of aapcs64_open, each_open
table_of aapcs64_middle, each_middle
table_of aapcs64_upper, each_upper
table_of aapcs64_last, each_last
