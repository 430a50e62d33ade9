; SPDX-License-Identifier: MIT
;
; The stubs of the System V ABI for what is cut into eightbytes, as those of sysv_call.asm are for slots: each register and
; each stack word is loaded from where it is, by a table of loads that src/plan/cut.c makes. What the result leaves in
; registers is stored, as enum kept_result says; a slot's result stays where it is. A result that is to be stored, and has no
; memory, is left to C code.
;
;   sysv_pieces           all arguments stand behind their slots
;   sysv_pieces_direct    slots may be parts themselves
;   sysv_pieces_pointers  `args` are pointers, also to what could be a slot
;
; For example, of struct point f(struct point, struct point), two doubles each:
;
;     movzx eax, word [r10 + 84]      ; loads.fpr[1].arg
;     mov   rax, [rdx + rax*8]        ; where that argument is
;     movzx ecx, word [r10 + 86]      ; loads.fpr[1].from
;     movsd xmm1, [rax + rcx]
;
; rsp at the call, from below: [stack words, an even number] [enum kept_result] [result] [rbp saved] [return address]

%include "proc.inc"
%include "offsets.inc"

%define args    rdx                 ; before the call
%define plan    r10
%define address r11
%define direct 0                    ; whether a part may be the slot itself
%define behind_pointers 0           ; whether no part is, though the table may say so

; ---- parts ----

; What a part is counted from, in rax: the slot's pointer, or the slot.
%macro locate 2                     ; the source, its bit
    movzx eax, word [plan + %1]
  %if direct
    lea rax, [args + rax * 8]
    bt dword [plan + PLAN_DIRECT], %2
    cmovnc rax, [rax]
  %else
    mov rax, [args + rax * 8]
  %endif
%endmacro

%macro load_gpr 3                   ; register, its lower half, its number
    locate PLAN_LOADS + LOAD_SIZE * %3, %3
    movzx %2, word [plan + PLAN_LOADS + LOAD_SIZE * %3 + LOAD_FROM]
    mov %1, [rax + %1]
%endmacro

%macro load_fprs 2                  ; from a number down to another
  %assign %%i %1
  %rep %1 - %2 + 1
    locate PLAN_FPR_LOADS + LOAD_SIZE * %%i, 8 + %%i
    movzx ecx, word [plan + PLAN_FPR_LOADS + LOAD_SIZE * %%i + LOAD_FROM]
    movsd xmm %+ %%i, [rax + rcx]
    %assign %%i %%i - 1
  %endrep
%endmacro

; The address of a word's part, as rax + r9; carry: the word above is what follows there.
%macro locate_word 1                ; 1 or 2: the upper or the lower one of two
    movzx eax, word [r8 + rcx * LOAD_SIZE - %1 * LOAD_SIZE]
    movzx r9d, word [r8 + rcx * LOAD_SIZE - %1 * LOAD_SIZE + LOAD_FROM]
  %if direct
    lea rax, [args + rax * 8]
    btr r9d, LOAD_DIRECT_BIT
    cmovnc rax, [rax]
  %else
    mov rax, [args + rax * 8]
    %if behind_pointers
    btr r9d, LOAD_DIRECT_BIT
    %endif
  %endif
    btr r9d, LOAD_PAIR_BIT
%endmacro

; ---- the stub ----

%macro load_words 0
    mov ecx, [plan + PLAN_NSTACK]   ; even
    test ecx, ecx
    jz .loaded
    lea r8, [plan + PLAN_STACK + rcx * 4] ; behind the slots' numbers
    lea rax, [rcx * 8]
    sub rsp, rax
  .words:
    locate_word 2
    jnc .apart
    movups xmm0, [rax + r9]         ; a callee that loads 16 bytes at once waits if they were stored apart
    movaps [rsp + rcx * 8 - 16], xmm0
  .stored:
    sub ecx, 2
    jnz .words
  .loaded:
%endmacro

%macro load_words_apart 0
  .apart:
    mov rax, [rax + r9]
    mov [rsp + rcx * 8 - 16], rax
    locate_word 1
    mov rax, [rax + r9]
    mov [rsp + rcx * 8 - 8], rax
    jmp .stored
%endmacro

; Some of those that are not in use are loaded from the first part.
%macro load_registers 0
    movzx ecx, byte [plan + PLAN_NFPR]
    test ecx, ecx
    jz .integers
    cmp ecx, 2
    jbe .two
    cmp ecx, 4
    jbe .four
    load_fprs 7, 4
  .four:
    load_fprs 3, 2
  .two:
    load_fprs 1, 0
  .integers:
    movzx ecx, byte [plan + PLAN_NGPR]
    test ecx, ecx
    jz .call
    dec ecx
    jz .one
    cmp ecx, 2
    jbe .three
    load_gpr r9, r9d, 5
    load_gpr r8, r8d, 4
    load_gpr rcx, ecx, 3
  .three:
    load_gpr rdi, edi, 0
    load_gpr rsi, esi, 1
    load_gpr rdx, edx, 2            ; `args`, so it comes last
    cmp byte [plan + PLAN_SRET], 0
    cmovne rdi, [rbp - 8]
  .call:
%endmacro

%macro load_one_register 0
  .one:
    cmp byte [plan + PLAN_SRET], 0
    jne .address
    load_gpr rdi, edi, 0
    jmp .call
  .address:
    mov rdi, [rbp - 8]
    jmp .call
%endmacro

; The registers of enum kept_result, in its order.
%macro keep_result 0
    mov rsi, [rbp - 8]
    mov ecx, [rbp - 16]
    dec ecx
    js .done                        ; KEEP_NONE
    jz .reals
    dec ecx
    jz .two_words
    dec ecx
    jz .word_real
    dec ecx
    jz .real_word
    dec ecx
    jz .one_word
    movsd [rsi], xmm0               ; KEEP_REAL
    jmp .done
    load_one_register
    load_words_apart
  .one_word:
    mov [rsi], rax
    jmp .done
  .real_word:
    movsd [rsi], xmm0
    mov [rsi + 8], rax
    jmp .done
  .word_real:
    mov [rsi], rax
    movsd [rsi + 8], xmm0
    jmp .done
  .two_words:
    mov [rsi], rax
    mov [rsi + 8], rdx
    jmp .done
  .reals:
    movsd [rsi], xmm0
    movsd [rsi + 8], xmm1
  .done:
%endmacro

; What is rare stands where there still is a frame: unwind data follow the code from top to bottom.
%macro pieces_stub 2                 ; name, and the C code
proc %1
    test rsi, rsi
    jz .nowhere
  .begin:
    save rbp
    frame
    mov address, [rdi + FUNCTION_ADDRESS]
    mov plan, [rdi + FUNCTION_PLAN]
    push_local rsi
    mov eax, [plan + PLAN_KEPT_RESULT]
    push_local rax
    load_words
    load_registers
    movzx eax, byte [plan + PLAN_NFPR] ; psABI 3.2.3: al, for a variadic callee
    call address
    keep_result
    leave_frame
    ret
  .nowhere:                         ; no frame
    mov plan, [rdi + FUNCTION_PLAN]
    movzx eax, byte [plan + PLAN_SRET]
    or eax, [plan + PLAN_KEPT_RESULT]
    jz .begin                       ; nothing is stored
    jmp [plan + %2]
endproc
%endmacro

section .text
%ifnidn __OUTPUT_FORMAT__, win64    ; on Windows all goes through an image
pieces_stub sysv_pieces, PLAN_DISCARDING
%define behind_pointers 1
pieces_stub sysv_pieces_pointers, PLAN_DISCARDING_POINTERS
%define behind_pointers 0
%define direct 1
pieces_stub sysv_pieces_direct, PLAN_DISCARDING
%define direct 0
%endif
