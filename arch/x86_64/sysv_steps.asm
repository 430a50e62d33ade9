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

; Registers of one kind: sysv_ordered_<enum move_op>_<highest register>, sysv_ordered_<6 + enum move_op of the reals>_...
; An ordered step reads nothing of the chain, so its stub goes to it with nothing else loaded.
%macro each_ordered 1               ; passes on: name, step
  %assign a MOVE_OP_64
  %rep 6
    %assign k 0
    %rep 6
      %1 sysv_ordered_%[a]_%[k], sysv_ordered_integers_%[a]_%[k]
      %assign k k + 1
    %endrep
    %assign a a + 1
  %endrep
  %assign k 0
  %rep 8
      %1 sysv_ordered_6_%[k], sysv_ordered_reals_8_%[k]_last
      %1 sysv_ordered_7_%[k], sysv_ordered_reals_4_%[k]_last
    %assign k k + 1
  %endrep
%endmacro

%macro ordered_stub 2
leaf %1, 16
    mov address, [rdi + FUNCTION_ADDRESS]
    jmp %2
endleaf
%endmacro

covered sysv_ordered_stubs
each_ordered ordered_stub
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
table sysv_ordered                  ; [ORDERED_LOADS][STEP_GPRS]
%assign a 0
%rep 8
    registers sysv_ordered_%[a], 8 - 2 * (a < 6), {}
  %assign a a + 1
%endrep
endtable
%endif
