; SPDX-License-Identifier: MIT
;
; The stubs of the System V ABI for structs that are cut into eightbytes, as those of sysv.asm are for slots: each
; register and each stack word is loaded from where it is, by a table of places that src/flat.c makes. What the result
; leaves in registers is stored, as enum keep says; a slot's result stays where it is. Without memory for the result
; all is left to C code.
;
;   sysv_parts           all arguments are structs, and their slots pointers
;   sysv_parts_direct    slots may be parts themselves
;   sysv_parts_pointers  `args` are pointers, also to slots
;
; For example, of struct point f(struct point, struct point), two doubles each:
;
;     movzx eax, word [r10 + 84]      ; by_parts.fpr[1].arg
;     mov   rax, [rdx + rax*8]        ; where that argument is
;     movzx ecx, word [r10 + 86]      ; by_parts.fpr[1].from
;     movsd xmm1, [rax + rcx]
;
; rsp at the call, from below: [stack words, an even number] [enum keep] [result] [rbp saved] [return address]

%include "unwind.inc"
%include "layout.inc"

%define args    rdx                 ; before the call
%define plan    r10
%define address r11
%define direct 0                    ; whether a part may be the slot itself
%define behind_pointers 0           ; whether no part is, though the table may say so

; What a part is counted from, in rax: the slot's pointer, or the slot.
%macro locate 2                     ; the part's place in the plan, its bit
    movzx eax, word [plan + %1]
  %if direct
    lea rax, [args + rax * 8]
    bt dword [plan + PLAN_DIRECT], %2
    cmovnc rax, [rax]
  %else
    mov rax, [args + rax * 8]
  %endif
%endmacro

%macro load_gpr_part 3              ; register, its lower half, its number
    locate PLAN_PARTS + 4 * %3, %3
    movzx %2, word [plan + PLAN_PARTS + 4 * %3 + 2]
    mov %1, [rax + %1]
%endmacro

%macro load_fpr_parts 2             ; from a number down to another
  %assign %%i %1
  %rep %1 - %2 + 1
    locate PLAN_PARTS + 32 + 4 * %%i, 8 + %%i
    movzx ecx, word [plan + PLAN_PARTS + 32 + 4 * %%i + 2]
    movsd xmm %+ %%i, [rax + rcx]
    %assign %%i %%i - 1
  %endrep
%endmacro

; The address of a word's part, as rax + r9; carry: the word above is what follows there.
%macro locate_word 1                ; 4 or 8: the upper or the lower one of two
    movzx eax, word [r8 + rcx * 4 - %1]
    movzx r9d, word [r8 + rcx * 4 - %1 + 2]
  %if direct
    lea rax, [args + rax * 8]
    btr r9d, 15                     ; PART_DIRECT
    cmovnc rax, [rax]
  %else
    mov rax, [args + rax * 8]
    %if behind_pointers
    and r9d, 0x7fff
    %endif
  %endif
    btr r9d, 14                     ; PART_PAIR
%endmacro

%macro parts_stub 2                 ; name, and the C code
extern %2
proc %1
    test rsi, rsi
    jz .unwanted
    save rbp
    frame
    mov address, [rdi + FUNCTION_ADDRESS]
    mov plan, [rdi + FUNCTION_PLAN]
    hold rsi
    mov eax, [plan + PLAN_KEEP]
    hold rax
    mov ecx, [plan + PLAN_NSTACK]   ; even
    test ecx, ecx
    jz .registers
    lea r8, [plan + PLAN_STACK + rcx * 4]
    lea rax, [rcx * 8]
    sub rsp, rax
  .words:
    locate_word 8
    jnc .apart
    movups xmm0, [rax + r9]         ; a callee that loads 16 bytes at once waits if they were stored apart
    movaps [rsp + rcx * 8 - 16], xmm0
  .stored:
    sub ecx, 2
    jnz .words
  .registers:                       ; of those that are not in use some are loaded from the first part
    movzx ecx, byte [plan + PLAN_NFPR]
    test ecx, ecx
    jz .integers
    cmp ecx, 2
    jbe .two
    cmp ecx, 4
    jbe .four
    load_fpr_parts 7, 4
  .four:
    load_fpr_parts 3, 2
  .two:
    load_fpr_parts 1, 0
  .integers:
    movzx ecx, byte [plan + PLAN_NGPR]
    test ecx, ecx
    jz .call
    dec ecx
    jz .one
    cmp ecx, 2
    jbe .three
    load_gpr_part r9, r9d, 5
    load_gpr_part r8, r8d, 4
    load_gpr_part rcx, ecx, 3
  .three:
    load_gpr_part rdi, edi, 0
    load_gpr_part rsi, esi, 1
    load_gpr_part rdx, edx, 2       ; `args`, so it comes last
    cmp byte [plan + PLAN_MEMORY], 0
    cmovne rdi, [rbp - 8]
  .call:
    movzx eax, byte [plan + PLAN_NFPR] ; psABI 3.2.3: al, for a variadic callee
    call address
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
  .one:
    cmp byte [plan + PLAN_MEMORY], 0
    jne .address
    load_gpr_part rdi, edi, 0
    jmp .call
  .address:
    mov rdi, [rbp - 8]
    jmp .call
  .apart:
    mov rax, [rax + r9]
    mov [rsp + rcx * 8 - 16], rax
    locate_word 4
    mov rax, [rax + r9]
    mov [rsp + rcx * 8 - 8], rax
    jmp .stored
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
    leave_frame
    ret
  .unwanted:                        ; where there is no frame
    jmp %2
endproc
%endmacro

section .text
%ifnidn __OUTPUT_FORMAT__, win64     ; on Windows all goes through an image
parts_stub sysv_parts, stage_flat
%define behind_pointers 1
parts_stub sysv_parts_pointers, stage_flat_pointers
%define direct 1
parts_stub sysv_parts_direct, stage_flat
%define direct 0
%endif
