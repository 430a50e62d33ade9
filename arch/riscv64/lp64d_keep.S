// SPDX-License-Identifier: MIT
//
// The stubs that begin a chain of steps (lp64d_steps.S):
//
//   lp64d_jump_<from>, lp64d_jump_<from>_memory
//                         goes to the first step and leaves the result in its register, or in memory
//   lp64d_keep_<from>_<what>
//                         the same with a frame for the stack words; stores the result's registers
//   lp64d_light_<from>_<what>
//                         the same without stack words, in a frame that needs no frame pointer
//   lp64d_framed_<from>_none, lp64d_framed_<from>_memory
//                         the same with at most FRAMED bytes of stack words; stores no register
//
// <from> is `slots` or `pointers`.

#include "lp64d_steps.inc"

covered                              // none of these stubs saves a register

.macro enter_chain member
    ld cell, FUNCTION_PLAN(a0)
    ld address, FUNCTION_ADDRESS(a0)
    mv args, a2
    ld cell, \member(cell)
.endm

// If the caller discards a result in memory, the callee still needs memory for it.
.macro discard member
    ld t1, FUNCTION_PLAN(a0)
    ld t1, \member(t1)
    jr t1
.endm

.macro jump_stubs from, member, discarding
leaf lp64d_jump_\from
    enter_chain \member
    next 0
endleaf lp64d_jump_\from
leaf lp64d_jump_\from\()_memory
    beqz a1, 1f
    enter_chain \member
    mv a0, a1
    next 0
1:  discard \discarding
endleaf lp64d_jump_\from\()_memory
.endm

    jump_stubs slots, PLAN_CHAIN, PLAN_DISCARDING
    jump_stubs pointers, PLAN_POINTER_CHAIN, PLAN_DISCARDING_POINTERS
endcovered

// ---- a frame as large as the chain says ----

// sp at the call, from below: [stack words] [copies] [result] [cell of the chain] [result's address] [s0, ra saved]
#define FRAME 32
#define RESULT -24
#define CELL -32

.macro call_chain member, stores=0, memory=0
    frame FRAME
    sd a1, RESULT(s0)
    enter_chain \member
    lwu t0, -8(cell)                 // size of the stack area
    ld following, (cell)
    sub sp, sp, t0
  .if \stores
    sd cell, CELL(s0)
  .endif
  .if \memory
    mv a0, a1
  .endif
    jalr following
.endm

.macro keep_stub name, member, store1, reg1, store2, reg2, distance=8
proc \name
    call_chain \member
  .ifnb \store1
    ld t0, RESULT(s0)
    beqz t0, 1f
    \store1 \reg1, (t0)
  .ifnb \store2
    \store2 \reg2, \distance(t0)
  .endif
1:
  .endif
    leave_frame FRAME
    ret
endproc \name
.endm

.macro keep_memory_stub from, member, discarding
proc lp64d_keep_\from\()_memory
    beqz a1, 1f
    call_chain \member, 0, 1
    leave_frame FRAME
    ret
1:  discard \discarding
endproc lp64d_keep_\from\()_memory
.endm

// Every other result: behind the cells of the call are those of the steps that store the result. The frame calls them too.
.macro keep_chain_stub from, member
proc lp64d_keep_\from\()_chain
    call_chain \member, 1
    ld to, RESULT(s0)
    ld cell, CELL(s0)
    bnez to, 1f
    mv to, sp                        // a discarded result; src/call/steps.c leaves room for it
1:  lwu t0, -4(cell)                 // size of the call's cells
    add cell, cell, t0
    ld following, (cell)
    jalr following
    leave_frame FRAME
    ret
endproc lp64d_keep_\from\()_chain
.endm

.macro keep_stubs from, member, discarding
    keep_stub lp64d_keep_\from\()_none, \member
    keep_stub lp64d_keep_\from\()_word_word, \member, sd, a0, sd, a1
    keep_stub lp64d_keep_\from\()_word_real, \member, sd, a0, fsd, fa0
    keep_stub lp64d_keep_\from\()_real_word, \member, fsd, fa0, sd, a0
    keep_stub lp64d_keep_\from\()_real_real, \member, fsd, fa0, fsd, fa1
    keep_stub lp64d_keep_\from\()_singles, \member, fsw, fa0, fsw, fa1, 4
    keep_stub lp64d_keep_\from\()_32, \member, sw, a0 // with slots only less aligned records need this
    keep_stub lp64d_keep_\from\()_64, \member, sd, a0
    keep_stub lp64d_keep_\from\()_f32, \member, fsw, fa0
    keep_stub lp64d_keep_\from\()_f64, \member, fsd, fa0
    keep_chain_stub \from, \member
    keep_memory_stub \from, \member, \discarding
.endm

    keep_stubs slots, PLAN_CHAIN, PLAN_DISCARDING
    keep_stubs pointers, PLAN_POINTER_CHAIN, PLAN_DISCARDING_POINTERS

// ---- a frame of a known size ----

// sp at the call, from below: [stack words] [result's address] [ra saved]
.macro fixed_stub name, member, size, store1, reg1, store2, reg2, distance=8
proc \name
    light_frame \size
  .ifnb \store1
    sd a1, \size - 16(sp)
  .endif
    enter_chain \member
    ld following, (cell)
    jalr following
  .ifnb \store1
    ld t0, \size - 16(sp)
    beqz t0, 1f
  .ifc \store1, store_parts
    store_parts \reg1, \store2, a0, \reg2, t0
  .else
    \store1 \reg1, (t0)
  .ifnb \store2
    \store2 \reg2, \distance(t0)
  .endif
  .endif
1:
  .endif
    leave_light \size
    ret
endproc \name
.endm

.macro framed_memory_stub from, member, discarding
proc lp64d_framed_\from\()_memory
    beqz a1, 1f
    light_frame FRAMED + 16
    enter_chain \member
    mv a0, a1
    ld following, (cell)
    jalr following
    leave_light FRAMED + 16
    ret
1:  discard \discarding
endproc lp64d_framed_\from\()_memory
.endm

.macro light_stub from, what, member, stores:vararg
    fixed_stub lp64d_light_\from\()_\what, \member, 16, \stores
.endm

.macro fixed_stubs from, member, discarding
    light_stub \from, 8, \member, sb, a0
    light_stub \from, 16, \member, sh, a0
    light_stub \from, 24, \member, store_parts, sh, sb, 2
    light_stub \from, 32, \member, sw, a0
    light_stub \from, 40, \member, store_parts, sw, sw, 1
    light_stub \from, 48, \member, store_parts, sw, sw, 2
    light_stub \from, 56, \member, store_parts, sw, sw, 3
    light_stub \from, 64, \member, sd, a0
    light_stub \from, f32, \member, fsw, fa0
    light_stub \from, f64, \member, fsd, fa0
    light_stub \from, word_word, \member, sd, a0, sd, a1
    light_stub \from, word_half, \member, sd, a0, sw, a1
    light_stub \from, word_real, \member, sd, a0, fsd, fa0
    light_stub \from, real_word, \member, fsd, fa0, sd, a0
    light_stub \from, real_real, \member, fsd, fa0, fsd, fa1
    light_stub \from, real_single, \member, fsd, fa0, fsw, fa1
    light_stub \from, singles, \member, fsw, fa0, fsw, fa1, 4
    fixed_stub lp64d_framed_\from\()_none, \member, FRAMED + 16
    framed_memory_stub \from, \member, \discarding
.endm

    fixed_stubs slots, PLAN_CHAIN, PLAN_DISCARDING
    fixed_stubs pointers, PLAN_POINTER_CHAIN, PLAN_DISCARDING_POINTERS
