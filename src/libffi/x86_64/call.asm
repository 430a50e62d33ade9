; SPDX-License-Identifier: MIT
;
; ffi_call(). A prepared signature says where it goes on, with
;
;   rdi the cif, rsi the function's address, rdx where the result goes, rcx the arguments' pointers, as ffi_call() got them;
;   r8 the prepared signature, r10 its plan's chain
;
; A chain of steps (arch/x86_64/steps.inc) loads the registers and goes to the function. A stub of this file calls it and
; stores the result as libffi does: an integer with 8 bytes. What has no chain is called in C.
;
; rsp at the call, from below, with an unused word where the alignment needs one: without stack words [result]
; [return address]; with up to FEW bytes of them [stack words] [result] [prepared] [return address]; with more
; [stack words] [prepared] [cell of the chain] [result] [rbp saved] [return address].

%include "proc.inc"
%include "offsets.inc"
%include "load.inc"

%define prepared r8
%define cell     r10
%define callee   rsi
%define result   rdx
%define args     rcx
%define to       rcx                ; where the result goes, after the call

; What a chain begins with. Only a result in memory has to be in its register.
%macro ready 0
    mov r11, callee
    mov rdx, args
%endmacro
%macro ready_result 0
    mov r11, callee
    mov rsi, result
    mov rdx, args
%endmacro

extern call_cif, sysv_framed_pointers_chain

section .text
covered libffi_calls
    global ffi_call:function (ffi_call_end - ffi_call)
ffi_call:
    endbr64
    test rdi, rdi
    jz .refused
    mov prepared, [rdi + LIBFFI_CIF_PREPARED]
    test prepared, prepared
    jz .refused
    mov cell, [prepared + LIBFFI_PREPARED_CHAIN]
    go_to prepared + LIBFFI_PREPARED_BEGIN
  .refused:
    ret
ffi_call_end:

leaf libffi_call_chain              ; a plan's call of arguments behind pointers: of a struct called
    mov args, arg2
    mov result, arg1
    mov callee, [arg0 + FUNCTION_ADDRESS]
    mov prepared, [arg0 + LIBFFI_CALLED_PREPARED]
    mov cell, [prepared + LIBFFI_PREPARED_CHAIN]
    go_to prepared + LIBFFI_PREPARED_BEGIN
endleaf

leaf target_call_in_c
    jmp call_cif
endleaf

stub libffi_call_nothing            ; neither arguments nor a result
    jmp callee
endleaf

; Without stack words: no result, or one in memory, which a call in C provides if the caller discards it.
stub libffi_jump
    ready
    go_to cell
endleaf
stub libffi_jump_memory
    test result, result
    jz target_call_in_c
    ready_result
    go_to cell
endleaf
endproc

; ---- stubs with a frame ----

; `light` has no stack words. With any number of them libffi_keep_any calls, and goes on in the light stub behind its call.
; Up to FEW bytes of words have a frame of a known size: one that takes what the plan says restores rbp by a load that waits
; for the address of every store before it.

%define FEW 256

%macro call_cell 0                  ; behind `ready`
    db 0x3e                         ; notrack, as of go_to
    call [cell]
%endmacro

%macro if_many 1                    ; where to go with more than FEW bytes
    cmp dword [cell - 8], FEW + 8
    ja %1
%endmacro

%macro begin_keep 0
    save rbp
    frame
    push_local result
    push_local cell
    push_local prepared             ; the words end where the stack is aligned
    mov eax, [cell - 8]             ; bytes of stack
    sub rsp, rax
    ready_result
    call_cell
    mov to, [rbp - 8]
%endmacro

%macro keep 1-*                     ; name, instructions that store
stub libffi_light_%1, 32
    push_word result
    ready
    call_cell
    pop_word to
  .store:
    jrcxz .done
  %rep %0 - 1
    %rotate 1
    %1
  %endrep
  .done:
    ret
endleaf
%endmacro

covered libffi_frames

stub libffi_keep_any
    if_many .many
    reserve FEW + 24
    mov [rsp + FEW], result
    mov [rsp + FEW + 8], prepared
    ready
    call_cell
    mov to, [rsp + FEW]
    mov prepared, [rsp + FEW + 8]
    release
    go_to prepared + LIBFFI_PREPARED_STORE
  .many:
    begin_keep
    mov prepared, [rbp - 24]
    leave_frame
    go_to prepared + LIBFFI_PREPARED_STORE
endleaf
stub libffi_keep_memory
    test result, result
    jz target_call_in_c
    jmp libffi_keep_none
endleaf
stub libffi_keep_none
    if_many .many
    reserve FEW + 8
    ready_result
    call_cell
    release
    ret
  .many:
    begin_keep
    leave_frame
    ret
endleaf
keep i8, {movsx rax, al}, {mov [to], rax}
keep u8, {movzx eax, al}, {mov [to], rax}
keep i16, {movsx rax, ax}, {mov [to], rax}
keep u16, {movzx eax, ax}, {mov [to], rax}
keep i32, {movsxd rax, eax}, {mov [to], rax}
keep u32, {mov eax, eax}, {mov [to], rax}
keep 64, {mov [to], rax}
keep f32, {movss [to], xmm0}
keep f64, {movsd [to], xmm0}
keep 8, {mov [to], al}              ; of a record, as what follows
keep 16, {mov [to], ax}
keep 24, {mov [to], ax}, {shr eax, 16}, {mov [to + 2], al}
keep 32, {mov [to], eax}
keep 40, {mov [to], eax}, {shr rax, 32}, {mov [to + 4], al}
keep 48, {mov [to], eax}, {shr rax, 32}, {mov [to + 4], ax}
keep 56, {mov [to], eax}, {shr rax, 24}, {mov [to + 3], eax}
keep f128, {movups [to], xmm0}
keep word_word, {mov [to], rax}, {mov [to + 8], rdx}
keep word_half, {mov [to], rax}, {mov [to + 8], edx}
keep word_real, {mov [to], rax}, {movsd [to + 8], xmm0}
keep real_word, {movsd [to], xmm0}, {mov [to + 8], rax}
keep real_real, {movsd [to], xmm0}, {movsd [to + 8], xmm1}
keep real_single, {movsd [to], xmm0}, {movss [to + 8], xmm1}

stub libffi_keep_x87                ; one long double
    begin_keep
    test to, to
    cmovz to, rsp                   ; as below
    fstp tword [to]
    leave_frame
    ret
endleaf

stub libffi_keep_chain              ; by the steps behind those of the call, which run in a frame of their own
    begin_keep
    mov r8, to                      ; as arch/x86_64/keep.inc has it
    mov cell, [rbp - 16]
    leave_frame
    jmp sysv_framed_pointers_chain
endleaf

endproc

; By results from RESULT_I8 to RESULT_F64, then by enum keep, then of one long double; 0: there is none. Without stack words;
; then where libffi_keep_any goes on, or the stub for any number of them.
%macro kept 2-*                     ; what the labels end with, each name
  %xdefine ending %1
  %rep %0 - 1
    %rotate 1
    dd libffi_light_%1%[ending] - $
  %endrep
%endmacro

%define scalars i8, u8, i16, u16, i32, u32, 64, f32, f64
%define registers 32, 64, f32, f64, word_word, word_real, real_word, real_real
%define pieces 8, 16, 24, 40, 48, 56, f128, word_half, real_single

constants
table libffi_keeps
    kept {}, scalars
    dd 0
    kept {}, registers
    dd 0, 0, 0                      ; two floats are in one register
    kept {}, pieces
    dd 0, 0, 0, 0, 0, 0             ; f256, three and four registers, which libffi has not; a long double
    kept .store, scalars
    dd libffi_keep_none - $
    kept .store, registers
    dd 0
    dd libffi_keep_chain - $
    dd libffi_keep_memory - $
    kept .store, pieces
    dd 0, 0, 0, 0, 0
    dd libffi_keep_x87 - $
endtable
