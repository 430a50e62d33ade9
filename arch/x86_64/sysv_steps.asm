; SPDX-License-Identifier: MIT
;
; The steps of the System V ABI for x86-64 (steps.inc), the stubs that begin a chain of them, and the steps that store
; results.

%include "proc.inc"
%include "offsets.inc"
%include "load.inc"
%include "sysv_registers.inc"

%define args     rdx
%define free_a   rcx
%define free_a_d ecx
%define free_b   r8
%define free_b_d r8d
%define free_c   r9
%define free_c_d r9d
%define spare    xmm15

%define fprs     8

%include "steps.inc"

; On Windows every call of a System V function goes through an image.
%ifnidn __OUTPUT_FORMAT__, win64

section .text

; ---- stubs without a frame ----

%macro jump_stub 3-4                ; name, the chain's member, where a discarded result goes; whether there is one
leaf %1
  %if %0 == 4
    check_memory
  %endif
    enter_chain %2
    go_to cell
  %if %0 == 4
    discard %3
  %endif
endleaf
%endmacro

covered sysv_jumps
jump_stub sysv_jump_slots, PLAN_CHAIN, PLAN_DISCARDING
jump_stub sysv_jump_slots_memory, PLAN_CHAIN, PLAN_DISCARDING, memory
jump_stub sysv_jump_pointers, PLAN_POINTER_CHAIN, PLAN_DISCARDING_POINTERS
jump_stub sysv_jump_pointers_memory, PLAN_POINTER_CHAIN, PLAN_DISCARDING_POINTERS, memory

; ---- steps that load ----

%assign k 0
%rep 6
    gpr_steps sysv, %[k]
    %assign k k + 1
%endrep
%assign k 0
%rep 8
    fpr_steps sysv, %[k]
    %assign k k + 1
%endrep

; Of integer registers 2 is the last: it has `args`. So a run of one or two has instructions of its own.
%macro gpr_runs 2                   ; name, how a register is loaded
step %1_5
    %2 5
endstep
step %1_4
    %2 4
endstep
step %1_3
    %2 3
endstep
step %1_2
    %2 1
    %2 0
    %2 2
    last_jump
endstep
step %1_1
    %2 1
endstep
step %1_0
    %2 0
    last_jump
endstep
%endmacro

gpr_runs sysv_pieces_gpr, load_gpr_piece
gpr_runs sysv_halves_gpr, load_gpr_halves
step sysv_pieces_from_1_gpr_5       ; behind the address of a result
    load_gpr_piece 5
endstep
step sysv_pieces_from_1_gpr_4
    load_gpr_piece 4
endstep
step sysv_pieces_from_1_gpr_3
    load_gpr_piece 3
endstep
step sysv_pieces_from_1_gpr_2
    load_gpr_piece 1
    load_gpr_piece 2
    last_jump
endstep
step sysv_pieces_from_1_gpr_1
    load_gpr_piece 1
    last_jump
endstep
fpr_runs sysv_pieces_fpr, load_fpr_piece
fpr_runs sysv_halves_fpr, load_fpr_halves
fetch_steps sysv_fetch_slot, fetch_from_slot, 16
fetch_steps sysv_fetch_piece, fetch_from_piece, 24
%assign n 3
%rep 5
    fetch_odd sysv_fetch_piece_%[n], n
    %assign n n + 1
%endrep
stack_steps sysv
step sysv_memory                    ; the address of a result in memory; it comes before rsi is loaded
    mov rdi, rsi
    next 8
endstep
endproc

; ---- stubs with a frame ----

%macro begin_keep 1                 ; the chain's member
    save rbp
    frame
    enter_chain %1
    push_local rsi
    mov eax, [cell - 8]             ; bytes of stack
%endmacro

%macro call_chain 0
    sub rsp, rax
    db 0x3e                         ; notrack, as of go_to
    call [cell]
%endmacro

%macro keep_stub 3                  ; <from>, the chain's member, <what>
proc sysv_keep_%1_%3
    begin_keep %2
    call_chain
  %ifnidn %3, none
    mov rsi, [rbp - 8]
    test rsi, rsi
    jz .done
    keep_registers %3
  .done:
  %endif
    leave_frame
    ret
endproc
%endmacro

%macro keep_memory_stub 3           ; <from>, the chain's member, where a discarded result goes
proc sysv_keep_%1_memory
    check_memory
    begin_keep %2
    call_chain
    leave_frame
    ret
    discard %3
endproc
%endmacro

; Everything else: behind the cells of the call are those of steps that store.

%macro store_gpr 5                  ; name; the register, its lower 4 bytes, 2, 1
  .%1_1:
    mov ecx, [operand]
    mov [rsi + rcx], %5
    next 16
  .%1_2:
    mov ecx, [operand]
    mov [rsi + rcx], %4
    next 16
  .%1_3:
    mov ecx, [operand]
    mov [rsi + rcx], %4
    shr %3, 8
    mov [rsi + rcx + 1], %4
    next 16
  .%1_4:
    mov ecx, [operand]
    mov [rsi + rcx], %3
    next 16
  %assign n 5
  %rep 3                            ; two parts of 4 bytes
  .%1_%[n]:
    mov ecx, [operand]
    mov [rsi + rcx], %3
    shr %2, 8 * (n - 4)
    mov [rsi + rcx + n - 4], %3
    next 16
    %assign n n + 1
  %endrep
  .%1_8:
    mov ecx, [operand]
    mov [rsi + rcx], %2
    next 16
%endmacro

%macro store_fpr 3                  ; name, instruction, register
  .%1:
    mov ecx, [operand]
    %2 [rsi + rcx], %3
    next 16
%endmacro

%macro keep_chain_stub 2            ; <from>, the chain's member
proc sysv_keep_%1_chain
    begin_keep %2
    push_local cell
    push_local cell                 ; so that every frame is of one alignment
    call_chain
    mov rsi, [rbp - 8]
    test rsi, rsi
    cmovz rsi, rsp                  ; a discarded result; src/call/steps.c leaves room for it
    mov cell, [rbp - 16]
    mov ecx, [cell - 4]             ; bytes of the call's cells
    add cell, rcx
    go_to cell
  %ifidn %1, slots
    store_gpr word_0, rax, eax, ax, al
    store_gpr word_1, rdx, edx, dx, dl
    store_fpr real_0_4, movss, xmm0
    store_fpr real_0_8, movsd, xmm0
    store_fpr real_0_16, movups, xmm0
    store_fpr real_0_32, vmovups, ymm0
    store_fpr real_1_4, movss, xmm1
    store_fpr real_1_8, movsd, xmm1
    store_fpr real_1_16, movups, xmm1
  .x87_10:
    mov ecx, [operand]
    fstp tword [rsi + rcx]
    next 16
  .x87_16:                          ; 6 bytes of which are padding
    mov ecx, [operand]
    mov qword [rsi + rcx + 8], 0
    fstp tword [rsi + rcx]
    next 16
  .clear_upper:
    vzeroupper
    next 8
  .done:
  %endif
    leave_frame
    ret
endproc
%endmacro

%macro keep_stubs 3                 ; <from>, the chain's member, where a discarded result goes
    keep_stub %1, %2, none
  %ifidn %1, pointers               ; of slots a scalar stays in its register
    keep_stub %1, %2, 32
    keep_stub %1, %2, 64
    keep_stub %1, %2, f32
    keep_stub %1, %2, f64
  %endif
    keep_stub %1, %2, word_word
    keep_stub %1, %2, word_real
    keep_stub %1, %2, real_word
    keep_stub %1, %2, real_real
    keep_chain_stub %1, %2
    keep_memory_stub %1, %2, %3
%endmacro

keep_stubs slots, PLAN_CHAIN, PLAN_DISCARDING
keep_stubs pointers, PLAN_POINTER_CHAIN, PLAN_DISCARDING_POINTERS

; ---- the table, struct step_table ----

%macro entry 1-*                    ; distances
  %rep %0
    dd %1 - $
  %rotate 1
  %endrep
%endmacro

%macro none 1                       ; so many that there are not
    times %1 dd 0
%endmacro

constants
table sysv_steps
%assign k 0
%rep 6
    entry sysv_slot_gpr_%[k]_8, sysv_slot_gpr_%[k]_4
    %assign k k + 1
%endrep
    none 4
%assign k 0
%rep 8
    entry sysv_slot_fpr_%[k]_8, sysv_slot_fpr_%[k]_4
    %assign k k + 1
%endrep
%assign k 0
%rep 6
    entry sysv_piece_gpr_%[k]_8, sysv_piece_gpr_%[k]_4
    %assign k k + 1
%endrep
    none 4
%assign k 0
%rep 8
    entry sysv_piece_fpr_%[k]_4, sysv_piece_fpr_%[k]_8, sysv_piece_fpr_%[k]_16, sysv_piece_fpr_%[k]_32
    %assign k k + 1
%endrep
%assign k 0
%rep 6
    entry sysv_take_gpr_%[k]
    %assign k k + 1
%endrep
    none 2
%assign k 0
%rep 8
    entry sysv_take_fpr_%[k]
    %assign k k + 1
%endrep
    entry sysv_take_word
    entry sysv_fetch_slot_i8, sysv_fetch_slot_u8, sysv_fetch_slot_i16, sysv_fetch_slot_u16, sysv_fetch_slot_f32_f64
    entry sysv_fetch_piece_i8, sysv_fetch_piece_u8, sysv_fetch_piece_i16, sysv_fetch_piece_u16, sysv_fetch_piece_f32_f64
%assign k 3
%rep 5
    entry sysv_fetch_piece_%[k]
    %assign k k + 1
%endrep
%assign k 0
%rep 6
    entry sysv_pieces_gpr_%[k]
    %assign k k + 1
%endrep
    none 2
    none 1
%assign k 1
%rep 5
    entry sysv_pieces_from_1_gpr_%[k]
    %assign k k + 1
%endrep
    none 2
%assign k 0
%rep 6
    entry sysv_halves_gpr_%[k]
    %assign k k + 1
%endrep
    none 2
%assign k 1
%rep 8
    entry sysv_pieces_fpr_%[k]_next, sysv_pieces_fpr_%[k]_last
    %assign k k + 1
%endrep
%assign k 1
%rep 8
    entry sysv_halves_fpr_%[k]_next, sysv_halves_fpr_%[k]_last
    %assign k k + 1
%endrep
    entry sysv_slot_word_8, sysv_slot_word_4, sysv_block, sysv_halves, sysv_extended, sysv_locate, sysv_memory, sysv_go
    entry sysv_jump_slots, sysv_jump_slots_memory, sysv_jump_pointers, sysv_jump_pointers_memory
    entry sysv_keep_slots_none
    none 4
    entry sysv_keep_slots_word_word, sysv_keep_slots_word_real, sysv_keep_slots_real_word, sysv_keep_slots_real_real, \
          sysv_keep_slots_chain, sysv_keep_slots_memory
    entry sysv_keep_pointers_none, sysv_keep_pointers_32, sysv_keep_pointers_64, sysv_keep_pointers_f32, sysv_keep_pointers_f64, \
          sysv_keep_pointers_word_word, sysv_keep_pointers_word_real, sysv_keep_pointers_real_word, sysv_keep_pointers_real_real, sysv_keep_pointers_chain, sysv_keep_pointers_memory
%assign k 1
%rep 8
    entry sysv_keep_slots_chain.word_0_%[k]
    %assign k k + 1
%endrep
%assign k 1
%rep 8
    entry sysv_keep_slots_chain.word_1_%[k]
    %assign k k + 1
%endrep
    entry sysv_keep_slots_chain.real_0_4, sysv_keep_slots_chain.real_0_8, sysv_keep_slots_chain.real_0_16, sysv_keep_slots_chain.real_0_32
    entry sysv_keep_slots_chain.real_1_4, sysv_keep_slots_chain.real_1_8, sysv_keep_slots_chain.real_1_16
    none 1 + 8
    entry sysv_keep_slots_chain.x87_10, sysv_keep_slots_chain.x87_16, sysv_keep_slots_chain.clear_upper, sysv_keep_slots_chain.done
    dd 2                            ; the register of `args`
    dd 8                            ; the return address
endtable
%endif
