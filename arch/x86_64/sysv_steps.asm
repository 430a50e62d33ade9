; SPDX-License-Identifier: MIT
;
; The stubs of the System V ABI for x86-64 that begin a chain of steps, the steps that store results, and the steps that
; load slots.

%include "proc.inc"

; On Windows every call of a System V function goes through an image.
%ifnidn __OUTPUT_FORMAT__, win64
%include "sysv_steps.inc"

; ---- stubs without a frame ----

covered sysv_jumps
jump_stub sysv_jump_pointers, PLAN_POINTER_CHAIN, PLAN_DISCARDING_POINTERS
jump_stub sysv_jump_pointers_memory, PLAN_POINTER_CHAIN, PLAN_DISCARDING_POINTERS, memory
endproc

; ---- stubs with a frame ----

%define of_records 24, 40, 48, 56, f128, word_word, word_half, word_real, real_word, real_real, real_single, f256
keep_stubs sysv, pointers, PLAN_POINTER_CHAIN, PLAN_DISCARDING_POINTERS
light_stubs sysv, pointers, PLAN_POINTER_CHAIN, 8, 16, 32, 64, f32, f64, of_records

; ---- steps that load slots ----

covered sysv_slot_chains
jump_stub sysv_jump_slots, PLAN_CHAIN, PLAN_DISCARDING
jump_stub sysv_jump_slots_memory, PLAN_CHAIN, PLAN_DISCARDING, memory
%assign k 0
%rep 6
    gpr_slot_steps sysv, %[k]
    %assign k k + 1
%endrep
%assign k 0
%rep 8
    fpr_slot_steps sysv, %[k]
    %assign k k + 1
%endrep
scalar_steps sysv, slots
fetch_steps sysv_fetch_slot, fetch_from_slot, 16
endproc
keep_stubs sysv, slots, PLAN_CHAIN, PLAN_DISCARDING
light_stubs sysv, slots, PLAN_CHAIN, of_records

constants
steps_table sysv_steps
%endif
