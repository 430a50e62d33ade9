// SPDX-License-Identifier: MIT
//
// The stubs of AAPCS64 for integers of any widths, up to eight (arch/open.inc); aapcs64_call.S has those for 8 and 4 bytes. For
// example (int8_t, int16_t, int64_t):
//
//   aapcs64_open_i8_i16:
//     bti   c
//     ldr   x11, [x0, #32]           // function->plan
//     ldr   x16, [x0, #24]           // function->address
//     ldrsh w1, [x2, #8]
//     ldrsb w0, [x2]
//     ldr   x17, [x11, #...]         // plan->steps[0]
//     br    x17
//   aapcs64_last_64:
//     bti   c
//     ldr   x2, [x2, #16]
//     br    x16

#include "../offsets.h"
#include "load.inc"
#include "proc.inc"

#define ABI aapcs64
#define args x2
#define plan x11
#define address x16                  // this register and `following`, so that the target may begin with bti c
#define following x17

.macro load op, number
    load_\op \number, [args, #8 * \number]
.endm

.macro get_plan
    ldr plan, [x0, #FUNCTION_PLAN]
.endm

.macro get_address
    ldr address, [x0, #FUNCTION_ADDRESS]
.endm

.macro go_to step
    ldr following, [plan, #PLAN_STEPS + 8 * \step]
    br following
.endm

.macro go
    br address
.endm

#include "../families.inc"
#include "../open.inc"

covered                              // none of these saves a register
each_one alike_stub
each_two two_stub
each_extending alike_stub
each_open open_stub
each_middle middle_step
each_upper upper_step
each_last last_step
endcovered

table_of aapcs64_one, each_one
table_of aapcs64_two, each_two
table_of aapcs64_extending, each_extending
table_of aapcs64_open, each_open
table_of aapcs64_middle, each_middle
table_of aapcs64_upper, each_upper
table_of aapcs64_last, each_last
