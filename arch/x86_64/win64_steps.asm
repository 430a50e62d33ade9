; SPDX-License-Identifier: MIT
;
; The steps of the Windows ABI for x86-64 (steps.inc), and the stubs that begin a chain of them. The stack words begin
; with the shadow space. The stub's caller provides it, so a chain without other stack words needs no frame. On other
; systems a call that needs a step goes through an image.
;
;   win64_pointed_<op>_<k>  loads positions 0 to k from behind pointers by itself, without a chain: integers by enum
;                           move_op, or reals of 8 or 4 bytes. For example two integers of 4 bytes:
;
;   win64_pointed_1_1:
;     mov   r11, [rcx + 24]          ; function->address
;     mov   rax, [r8 + 8]
;     mov   edx, [rax]
;     mov   rax, [r8]
;     mov   ecx, [rax]
;     jmp   r11

%include "proc.inc"
%include "offsets.inc"
%include "load.inc"
%include "win64_registers.inc"

%define args     arg2               ; r8
%define free_a   r9
%define free_a_d r9d
%define free_b   rcx
%define free_b_d ecx
%define last_gpr 2
%define spare    xmm5

%define fprs     4
%define shadow   32

%include "steps.inc"
%include "step_runs.inc"
%include "step_words.inc"
%include "keep.inc"
%include "step_table.inc"

section .text

; ---- steps that load ----

covered win64_chains
%assign k 0
%rep 4
    gpr_slot_steps win64, %[k]
    gpr_steps win64, %[k]
    fpr_slot_steps win64, %[k]
    fpr_steps win64, %[k]
    %assign k k + 1
%endrep
fetch_steps win64_fetch_slot, fetch_from_slot, 16
fetch_steps win64_fetch_piece, fetch_from_piece, 24
%assign n 3
%rep 5
    fetch_odd win64_fetch_piece_%[n], n
    %assign n n + 1
%endrep
stack_steps win64
step win64_memory                   ; the address of a result in memory; the chain loads rdx after it
    mov rcx, arg1
    next 8
endstep
jump_stub win64_jump_slots, PLAN_CHAIN, PLAN_DISCARDING
jump_stub win64_jump_slots_memory, PLAN_CHAIN, PLAN_DISCARDING, memory
jump_stub win64_jump_pointers, PLAN_POINTER_CHAIN, PLAN_DISCARDING_POINTERS
jump_stub win64_jump_pointers_memory, PLAN_POINTER_CHAIN, PLAN_DISCARDING_POINTERS, memory
endproc

; ---- registers of one kind, from behind pointers ----

%assign ordered_reals 6             ; enum move_op of integers comes first, as in struct step_table's `ordered`
%define from rax

%macro pointed_load 2               ; position, load
    mov rax, [args + 8 * %1]
  %if %2 < ordered_reals
    load_from %1, %2
  %elif %2 == ordered_reals
    movsd xmm%1, [from]
  %else
    movss xmm%1, [from]
  %endif
%endmacro

; The position that has the register of `args` comes last.
%macro pointed_stub 2               ; load, the last position
leaf win64_pointed_%1_%2
    mov address, [arg0 + FUNCTION_ADDRESS]
  %if %2 == 3
    pointed_load 3, %1
  %endif
  %if %2 >= 1
    pointed_load 1, %1
  %endif
    pointed_load 0, %1
  %if %2 >= 2
    pointed_load 2, %1
  %endif
    jmp address
endleaf
%endmacro

%assign load 0
%rep ordered_reals + 2
  %assign k 0
  %rep 4
    pointed_stub %[load], %[k]
    %assign k k + 1
  %endrep
  %assign load load + 1
%endrep

; ---- stubs with a frame ----

keep_stubs win64, slots, PLAN_CHAIN, PLAN_DISCARDING
keep_stubs win64, pointers, PLAN_POINTER_CHAIN, PLAN_DISCARDING_POINTERS
light_stubs win64, slots, PLAN_CHAIN, f128
light_stubs win64, pointers, PLAN_POINTER_CHAIN, 8, 16, 32, 64, f32, f64, f128

constants
table win64_steps
    loading_rows win64, 4, 4
    none 8 + 8 + 8                  ; runs
    none 16 + 16
    stack_rows win64
    entry win64_jump_slots, win64_jump_slots_memory, win64_jump_pointers, win64_jump_pointers_memory
    keep_rows win64
    store_rows win64
    dd last_gpr, 8, 1               ; `above` is the return address; `scale`
    fixed_rows win64
    none 2 * (6 + 30) + 8 * 8 + 2 * 8 + 2 * 8 * 4 + 2 * 2 * 8 * 2 ; scalars
    none 8 * 2 + 8 + 4 + 16 + 10             ; tails, single arguments
    entry win64_slot_words
    none 4
endtable
table win64_pointed
%assign load 0
%rep ordered_reals + 2
    entry win64_pointed_%[load]_0, win64_pointed_%[load]_1, win64_pointed_%[load]_2, win64_pointed_%[load]_3
    none 4
  %assign load load + 1
%endrep
endtable
