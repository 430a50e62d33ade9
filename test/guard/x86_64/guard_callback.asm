; SPDX-License-Identifier: MIT
;
; The other direction of guard.asm: a native caller, which `guard` calls as if it were a stub, and which calls the
; code of a callback; the handler that callbacks are given; and code that breaks a rule each. The caller touches
; no register that it would have to preserve, so `guard` sees what the callback does to them.

default rel
bits 64

extern guard_spoil

%define WORDS 16                    ; as in guard_callback.h
%define MARKS 3                     ; above the words, which are the callee's own

section .note.GNU-stack noalloc noexec nowrite progbits

section .rodata align=8
mark: dq 0x3a3a3a3adeadbe00

section .bss align=8
global guard_handle
guard_handle:     resq 1            ; a function of the test
global native_rsp, native_after_rsp, native_marks, native_results, native_kept
global handler_rsp, handler_flags, handler_return
native_rsp:       resq 1
native_after_rsp: resq 1
native_marks:     resq 1            ; how many are what they were
native_results:   resq 2
native_kept:      resq 2 + 2 * 10
handler_rsp:      resq 1
handler_flags:    resq 1
handler_return:   resq 1

section .text

; void native_caller(code, const struct native *values, ...): 6 integer registers, 8 of 16 bytes, the words. What
; is no argument's is there for Windows' callees to preserve: the higher vector registers, the i-th from the i-th word of
; `values` on.
;
; rsp at the call, from below: [words] [marks] [return address]
global native_caller:function, native_return
native_caller:
    endbr64
    sub rsp, 8 * (WORDS + MARKS)
    mov [native_rsp], rsp
    mov r11, rdi                    ; the code
    mov rax, rsi                    ; the values
    call guard_spoil
  %assign i 0
  %rep WORDS
    mov rcx, [rax + 8 * 6 + 16 * 8 + 8 * i]
    mov [rsp + 8 * i], rcx
    %assign i i + 1
  %endrep
    mov rcx, [mark]
  %assign i WORDS
  %rep MARKS
    mov [rsp + 8 * i], rcx
    %assign i i + 1
  %endrep
  %assign i 0
  %rep 8
    movups xmm %+ i, [rax + 8 * 6 + 16 * i]
    %assign i i + 1
  %endrep
  %assign i 8
  %rep 8
    movups xmm %+ i, [rax + 8 * i]
    %assign i i + 1
  %endrep
    mov rdi, [rax]
    mov rsi, [rax + 8]
    mov rdx, [rax + 16]
    mov rcx, [rax + 24]
    mov r8, [rax + 32]
    mov r9, [rax + 40]
    mov rax, 0x7171717171717108     ; al: 8 vector registers, should it be variadic
    call r11
native_return:
    mov [native_results], rdx
    movsd [native_results + 8], xmm1
    mov [native_kept], rdi
    mov [native_kept + 8], rsi
  %assign i 6
  %rep 10
    movups [native_kept + 16 * i - 80], xmm %+ i
    %assign i i + 1
  %endrep
    mov [native_after_rsp], rsp
    mov rsp, [native_rsp]
    mov qword [native_marks], 0
    mov rcx, [mark]
  %assign i WORDS
  %rep MARKS
    xor edx, edx
    cmp [rsp + 8 * i], rcx
    sete dl
    add [native_marks], rdx
    %assign i i + 1
  %endrep
    add rsp, 8 * (WORDS + MARKS)
    ret

; void guard_handler(void *result, const ffi_value *args, void *userdata): the test has a function for the work, unless the
; stack is so that compiled code might not survive it. Spoils all that a callee may.
global guard_handler:function
guard_handler:
    endbr64
    mov rax, [rsp]
    mov [handler_return], rax
    mov [handler_rsp], rsp
    pushfq
    pop qword [handler_flags]
    cld
    lea rax, [rsp + 8]
    test al, 15
    jnz .misaligned
    sub rsp, 8
    call [guard_handle]
    add rsp, 8
  .misaligned:
    call guard_spoil
    mov rax, rcx
    mov rdx, rcx
    mov rsi, rcx
    mov rdi, rcx
    mov r11, rcx
    ret

; ---- callbacks that break a rule each; those of guard.asm do as well ----

%macro breaks 1                     ; what t_guard_callback.c calls it
  global break_%1:function
  break_%1:
    endbr64
%endmacro

breaks marks                        ; writes above its arguments
    mov qword [rsp + 8 + 8 * WORDS], 0
    ret

%macro breaks_windows 1             ; what only Windows' callees must preserve
  breaks %1
    pcmpeqd %1, %1
    ret
%endmacro

breaks rdi
    inc rdi
    ret

breaks rsi
    inc rsi
    ret

breaks_windows xmm6
breaks_windows xmm8
breaks_windows xmm15

breaks handler_alignment
    call guard_handler
    ret

breaks handler_direction
    push rbx
    xor edx, edx                    ; userdata
    std
    call guard_handler
    pop rbx
    ret

; Both call the handler as they should, with the two slots and a zeroed result, but for one thing.
%macro calls_handler 2              ; the first slot, the second
    sub rsp, 8 * 3
    mov [rsp], %1
    mov [rsp + 8], %2
    mov qword [rsp + 16], 0
    lea rdi, [rsp + 16]
    mov rsi, rsp
    xor edx, edx
    call guard_handler
%endmacro

breaks handler_arguments            ; the wrong way round
    calls_handler rsi, rdi
    movsx eax, byte [rsp + 16]
    add rsp, 8 * 3
    ret

breaks extension                    ; the result is right, and what is above it is not
    calls_handler rdi, rsi
    mov al, [rsp + 16]
    add rsp, 8 * 3
    ret
