// SPDX-License-Identifier: MIT
//
// The stubs that begin a chain of steps (aapcs64_steps.S):
//
//   aapcs64_jump_<from>, aapcs64_jump_<from>_memory
//                         goes to the first step and leaves the result in its register, or in memory
//   aapcs64_keep_<from>_<what>
//                         the same with a frame for the stack words; stores the result's registers
//
// <from> is `slots` or `pointers`.
//
// sp at the call, from below: [stack words] [copies] [result] [cell of the chain, if it stores] [x29, x30 saved]

#include "aapcs64_steps.inc"

    .text
covered                              // none of these saves anything

.macro enter_chain member
    ldr cell, [x0, #FUNCTION_PLAN]
    ldr address, [x0, #FUNCTION_ADDRESS]
    mov args, x2
    ldr cell, [cell, #\member]
.endm

// If the caller discards a result in memory, the callee still needs memory for it.
.macro discard member
    ldr x9, [x0, #FUNCTION_PLAN]
    ldr x16, [x9, #\member]
    br x16
.endm

.macro jump_stubs from, member, discarding
leaf aapcs64_jump_\from
    enter_chain \member
    next 0
endleaf aapcs64_jump_\from
leaf aapcs64_jump_\from\()_memory
    cbz x1, 1f
    enter_chain \member
    next 0
1:  discard \discarding
endleaf aapcs64_jump_\from\()_memory
.endm

    jump_stubs slots, PLAN_CHAIN, PLAN_DISCARDING
    jump_stubs pointers, PLAN_POINTER_CHAIN, PLAN_DISCARDING_POINTERS
endcovered

.macro call_chain member
    frame
    enter_chain \member
    stp x1, cell, [sp, #-16]!
    ldr w10, [cell, #-8]             // size of the stack area
    sub sp, sp, x10
    ldr following, [cell]
    blr following
.endm

.macro keep_stub name, member, store=nothing, first, more:vararg
proc \name
    call_chain \member
  .ifnc \store, nothing
    ldr x9, [x29, #-16]
    cbz x9, 1f
    \store \first, \more [x9]
1:
  .endif
    leave_frame
    ret
endproc \name
.endm

.macro keep_memory_stub from, member, discarding
proc aapcs64_keep_\from\()_memory
    cbz x1, 1f
    call_chain \member
    leave_frame
    ret
1:  discard \discarding
endproc aapcs64_keep_\from\()_memory
.endm

// Every other result: behind the cells of the call are those of the steps that store the result. The frame calls them too.
.macro keep_chain_stub from, member
proc aapcs64_keep_\from\()_chain
    call_chain \member
    ldp to, cell, [x29, #-16]
    mov x10, sp                      // a discarded result; src/call/steps.c leaves room for it
    cmp to, #0
    csel to, x10, to, eq
    ldr w10, [cell, #-4]             // size of the call's cells
    add cell, cell, x10
    ldr following, [cell]
    blr following
    leave_frame
    ret
endproc aapcs64_keep_\from\()_chain
.endm

.macro keep_stubs from, member, discarding
    keep_stub aapcs64_keep_\from\()_none, \member
    keep_stub aapcs64_keep_\from\()_word_word, \member, stp, x0, x1,
    keep_stub aapcs64_keep_\from\()_real_real, \member, stp, d0, d1,
    keep_stub aapcs64_keep_\from\()_singles, \member, stp, s0, s1,
  .ifc \from, pointers               // with slots a scalar result stays in its register
    keep_stub aapcs64_keep_\from\()_32, \member, str, w0,
    keep_stub aapcs64_keep_\from\()_64, \member, str, x0,
    keep_stub aapcs64_keep_\from\()_f32, \member, str, s0,
    keep_stub aapcs64_keep_\from\()_f64, \member, str, d0,
  .endif
    keep_chain_stub \from, \member
    keep_memory_stub \from, \member, \discarding
.endm

    keep_stubs slots, PLAN_CHAIN, PLAN_DISCARDING
    keep_stubs pointers, PLAN_POINTER_CHAIN, PLAN_DISCARDING_POINTERS
