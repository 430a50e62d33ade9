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
%define spare    xmm15

%define fprs     8
%define shadow   0                  ; this ABI has no shadow space

%include "steps.inc"
%include "step_runs.inc"
%include "step_words.inc"
%include "keep.inc"
%include "step_table.inc"

; On Windows every call of a System V function goes through an image.
%ifnidn __OUTPUT_FORMAT__, win64

section .text

; ---- stubs without a frame ----

covered sysv_jumps
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

; Register 2 has `args`, so a run loads it last. A run of one or two registers does not load it and has its own
; instructions.
%macro gpr_runs 2                   ; the beginning of the names, the macro that loads a register
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
step sysv_pieces_from_1_gpr_5       ; register 0 has the address of the result
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
tail_runs sysv
%macro scalar_steps 2               ; ABI, <from>
    words_steps %1, %2, 4, 5, next
    words_steps %1, %2, 0, 1, next
    words_steps %1, %2, 0, 1, last
    words_steps %1, %2, 2, 3, last
  %assign r 0
  %rep 6
    narrow_steps %1, %2, %[r]
    %assign r r + 1
  %endrep
    real_runs %1, %2, 8, movsd
    real_runs %1, %2, 4, movss
%endmacro

integer_runs sysv, pointers, MOVE_OP_64
integer_runs sysv, pointers, MOVE_OP_32
integer_runs sysv, ordered, MOVE_OP_64
integer_runs sysv, ordered, MOVE_OP_32
real_runs sysv, ordered, 8, movsd
real_runs sysv, ordered, 4, movss
scalar_steps sysv, pointers
%assign n 1
%rep 7
    alone_gpr sysv, 0, %[n]
    %assign n n + 1
%endrep
    alone_fpr sysv, 4, {movss xmm0}
    alone_fpr sysv, 16, {movups xmm0}
    alone_fpr sysv, 32, {vmovups ymm0}
fetch_steps sysv_fetch_piece, fetch_from_piece, 24
%assign n 3
%rep 5
    fetch_odd sysv_fetch_piece_%[n], n
    %assign n n + 1
%endrep
stack_steps sysv
ordered_words sysv, 6
step sysv_memory_last
    mov rdi, rsi
    last_jump
endstep
%assign n 16
%rep 7
    block_step sysv, %[n]
    %assign n n + 8
%endrep
step sysv_memory                    ; the address of a result in memory; the chain loads rsi after it
    mov rdi, rsi
    next 8
endstep
endproc

; ---- stubs with a frame ----

%define of_records 24, 40, 48, 56, f128, word_word, word_half, word_real, real_word, real_real, real_single
keep_stubs sysv, pointers, PLAN_POINTER_CHAIN, PLAN_DISCARDING_POINTERS
light_stubs sysv, pointers, PLAN_POINTER_CHAIN, 8, 16, 32, 64, f32, f64, of_records

; ---- steps that load slots; libffi.so.8 does not link them ----

code_section sysv_slot_steps
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

; ---- the table, struct step_table ----

%macro words_rows 2                 ; ABI, <from>
    words_row %1_%2_words_4, _5, next
    words_row %1_%2_words_0, _1, next
    words_row %1_%2_words_0, _1, last
    words_row %1_%2_words_2, _3, last
%endmacro

%macro words_row 3
    entry %1_0_%3, %1_1_%3, %1%2_0_0_%3, %1%2_0_1_%3, %1%2_1_0_%3, %1%2_1_1_%3
%endmacro

%macro steps_table 1                ; its name
table %1
    loading_rows sysv, 6, 8
    registers sysv_pieces_gpr, 6, {}
    none 1
%assign k 1
%rep 5
    entry sysv_pieces_from_1_gpr_%[k]
    %assign k k + 1
%endrep
    none 2
    none 8                          ; halves
    registers sysv_pieces_fpr, 8, _next, _last
    none 16                         ; halves
    stack_rows sysv
    slot_entry sysv_jump_slots, sysv_jump_slots_memory
    entry sysv_jump_pointers, sysv_jump_pointers_memory
    keep_rows sysv
    store_rows sysv
    dd 2, 8, 1                      ; the register of `args`; the return address; `scale`
    fixed_rows sysv
  %if of_pointers
    none 4 * 6
  %else
    words_rows sysv, slots
  %endif
    words_rows sysv, pointers
    registers sysv_ordered_integers_0, 6, {}
    registers sysv_ordered_integers_1, 6, {}
    registers sysv_ordered_reals_8, 8, _last
    registers sysv_ordered_reals_4, 8, _last
    registers sysv_pointers_integers_0, 6, {}
    registers sysv_pointers_integers_1, 6, {}
    slot_registers sysv_slots_narrow, 6, _2, _3, _4, _5
    registers sysv_pointers_narrow, 6, _2, _3, _4, _5
    slot_registers sysv_slots_reals_8, 8, _next, _last
    slot_registers sysv_slots_reals_4, 8, _next, _last
    registers sysv_pointers_reals_8, 8, _next, _last
    registers sysv_pointers_reals_4, 8, _next, _last
    none 2
%assign k 1
%rep 7
    entry sysv_tail_fpr_%[k]_next, sysv_tail_fpr_%[k]_last
    %assign k k + 1
%endrep
%assign k 1
%rep 7
    entry sysv_alone_gpr_%[k]
    %assign k k + 1
%endrep
    none 1
    entry sysv_alone_fpr_4
    none 1
    entry sysv_alone_fpr_16, sysv_alone_fpr_32
%assign n 16
%rep 7
    entry sysv_block_%[n]
    %assign n n + 8
%endrep
    none 8
    entry sysv_memory_last
%assign n 1
%rep 10
    entry sysv_ordered_words_%[n]
    %assign n n + 1
%endrep
    entry sysv_slot_words
endtable
%endmacro

constants
steps_table sysv_steps
%define of_pointers 1
steps_table sysv_pointer_steps
%endif
