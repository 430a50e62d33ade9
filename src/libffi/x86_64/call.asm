; SPDX-License-Identifier: MIT
;
; ffi_call(). A prepared signature says where it goes on, with
;
;   rdi the cif, r11 the function's address, rsi where the result goes, rdx the arguments' pointers, r10 the plan's chain
;
; A chain of steps (arch/x86_64/steps.inc) loads the registers and goes to the function. A stub of this file calls it and
; stores the result as libffi does: an integer with 8 bytes. What has no chain is called in C.
;
; rsp at the call, from below: [stack words] [unused] [cell of the chain, twice, if it stores] [result] [rbp saved]
; [return address]

%include "proc.inc"
%include "offsets.inc"
%include "load.inc"

%define prepared r8
%define cell     r10
%define address  r11
%define result   rsi
%define args     rdx
%define to       rcx                ; where the result goes, after the call

extern call_cif

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
    mov address, rsi
    mov result, rdx
    mov args, rcx
    mov cell, [prepared + LIBFFI_PREPARED_CHAIN]
    go_to prepared + LIBFFI_PREPARED_BEGIN
  .refused:
    ret
ffi_call_end:

leaf target_call_in_c
    mov rcx, args
    mov rdx, result
    mov rsi, address
    jmp call_cif
endleaf

leaf libffi_call_nothing            ; neither arguments nor a result
    jmp address
endleaf

; Without stack words: no result, or one in memory, which a call in C provides if the caller discards it.
leaf libffi_jump
    go_to cell
endleaf
leaf libffi_jump_memory
    test result, result
    jz target_call_in_c
    go_to cell
endleaf
endproc

; ---- stubs with a frame ----

%macro call_chain 0
    mov eax, [cell - 8]             ; bytes of stack
    sub rsp, rax
    db 0x3e                         ; notrack, as of go_to
    call [cell]
%endmacro

%macro keep 1-*                     ; name, instructions that store
proc libffi_keep_%1
    save rbp
    frame
    push_local result
    call_chain
    mov to, [rbp - 8]
    jrcxz .done
  %rep %0 - 1
    %rotate 1
    %1
  %endrep
  .done:
    leave_frame
    ret
endproc
%endmacro

keep none
keep i8, {movsx rax, al}, {mov [to], rax}
keep u8, {movzx eax, al}, {mov [to], rax}
keep i16, {movsx rax, ax}, {mov [to], rax}
keep u16, {movzx eax, ax}, {mov [to], rax}
keep i32, {movsxd rax, eax}, {mov [to], rax}
keep u32, {mov eax, eax}, {mov [to], rax}
keep 32, {mov [to], eax}            ; of a record, as what follows
keep 64, {mov [to], rax}
keep f32, {movss [to], xmm0}
keep f64, {movsd [to], xmm0}
keep word_word, {mov [to], rax}, {mov [to + 8], rdx}
keep word_real, {mov [to], rax}, {movsd [to + 8], xmm0}
keep real_word, {movsd [to], xmm0}, {mov [to + 8], rax}
keep real_real, {movsd [to], xmm0}, {movsd [to + 8], xmm1}

proc libffi_keep_x87                ; one long double
    save rbp
    frame
    push_local result
    call_chain
    mov to, [rbp - 8]
    test to, to
    cmovz to, rsp                   ; as below
    fstp tword [to]
    leave_frame
    ret
endproc

proc libffi_keep_memory
    test result, result
    jz target_call_in_c
    jmp libffi_keep_none
endproc

%define stored r8                   ; as arch/x86_64/keep.inc has it

proc libffi_keep_chain              ; by the steps behind those of the call, of which the last one leaves the frame
    save rbp
    frame
    push_local result
    push_local cell
    push_local cell                 ; so that every frame is of one alignment
    call_chain
    mov stored, [rbp - 8]
    test stored, stored
    cmovz stored, rsp               ; a discarded result; src/call/steps.c leaves room for it
    mov cell, [rbp - 16]
    mov ecx, [cell - 4]             ; bytes of the call's cells
    add cell, rcx
    go_to cell
endproc

%macro kept 1-*
  %rep %0
    dd libffi_keep_%1 - $
    %rotate 1
  %endrep
%endmacro

constants
table libffi_keeps
    kept i8, u8, i16, u16, i32, u32, 64, f32, f64   ; from RESULT_I8 to RESULT_F64
    kept none, 32, 64, f32, f64, word_word, word_real, real_word, real_real ; enum keep
    dd 0                            ; two floats are in one register
    kept chain, memory
    kept x87
endtable
