// SPDX-License-Identifier: MIT
//
// The stubs of LP64D for integers of any widths, up to six (arch/open.inc); lp64d_call.S has those for 8 and 4 bytes. For example
// (int8_t, int16_t, int64_t):
//
//   lp64d_open_i8_i16:
//     lpad 0
//     ld  t3, 32(a0)                 // function->plan
//     ld  t1, 24(a0)                 // function->address
//     lh  a1, 8(a2)
//     lb  a0, (a2)
//     ld  t2, ...(t3)                // plan->steps[0]
//     jr  t2
//   lp64d_last_64:
//     ld  a2, 16(a2)
//     jr  t1

#include "../offsets.h"
#include "load.inc"
#include "proc.inc"

#define ABI lp64d
#define args a2
#define plan t3
#define address t1
#define following t2

.macro load op, number
    load_\op \number, 8 * \number(args)
.endm

.macro get_plan
    ld plan, FUNCTION_PLAN(a0)
.endm

.macro get_address
    ld address, FUNCTION_ADDRESS(a0)
.endm

.macro go_to step
    ld following, PLAN_STEPS + 8 * \step(plan)
    jr following
.endm

.macro go
    jr address
.endm

#include "../families.inc"
#include "../open.inc"

covered                              // none of these saves a register
each_one alike_stub
each_two two_stub
each_extending alike_stub
each_open open_stub
each_middle middle_step
each_last last_step
endcovered

table_of lp64d_one, each_one
table_of lp64d_two, each_two
table_of lp64d_extending, each_extending
table_of lp64d_open, each_open
table_of lp64d_middle, each_middle
table_of lp64d_last, each_last
