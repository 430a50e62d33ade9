; SPDX-License-Identifier: MIT
;
; The guard of guard.h, the callee it calls through stubs, and stubs that break each rule on purpose, to show
; that the guard sees it. No unwind data: nothing is thrown through here, and t_step.c unwinds as far as `guard`
; only.

default rel
bits 64

extern note_arguments, note_arguments_ms

%define CANARIES 16

section .note.GNU-stack noalloc noexec nowrite progbits

section .rodata align=8
global guard_junk, guard_canary, guard_mxcsr, guard_x87_control
guard_junk:        dq 0xb1b1b1b1f00dface, 0xb2b2b2b2f00dface, 0xb3b3b3b3f00dface
                   dq 0xb4b4b4b4f00dface, 0xb5b5b5b5f00dface, 0xb6b6b6b6f00dface
guard_canary:      dq 0xcacacacadeadbe00
guard_mxcsr:       dd 0x7f80        ; towards zero; 0x1f80 is the usual value
guard_x87_control: dw 0x0e7f        ; towards zero, double precision; 0x037f is the usual value

section .data align=8
global guard_flags, guard_stack_words, guard_reply
guard_flags:       dq 0
guard_stack_words: dq 0
guard_reply:       dq 0, 0

section .bss align=8
global guard_rsp, after_gpr, after_rsp, after_flags, after_canaries, after_mxcsr, after_x87
global callee_rsp, callee_flags, callee_rax, callee_fpr, after_results
guard_rsp:      resq 1
after_gpr:      resq 6
after_rsp:      resq 1
after_flags:    resq 1
after_canaries: resq CANARIES
after_x87:      resw 14
after_mxcsr:    resd 1
after_results:  resq 2
callee_rsp:     resq 1
callee_flags:   resq 1
callee_rax:     resq 1
callee_return:  resq 1
callee_fpr:     resq 6
host_mxcsr:     resd 1
host_control:   resw 1

section .text

; Fills what no stub may read: the scratch registers that are not its arguments.
%macro spoil_scratch 0
    mov rcx, 0xa1a1a1a1a1a1a1a1
    mov r8, rcx
    mov r9, rcx
    mov r10, rcx
  %assign %%i 0
  %rep 16
    pcmpeqd xmm %+ %%i, xmm %+ %%i
    %assign %%i %%i + 1
  %endrep
%endmacro

global guard_spoil:function         ; for guard_callback.asm
guard_spoil:
    spoil_scratch
    ret

; void guard(ffi_store_stub *stub, const ffi_function *function, void *result, const ffi_value *args);
;
; rsp at the call, from below: [canaries] [unused] [r15 r14 r13 r12 rbp rbx saved] [return address]
global guard:function, guard_return
guard:
    endbr64
    push rbx
    push rbp
    push r12
    push r13
    push r14
    push r15
    sub rsp, 8 * CANARIES + 8
    mov [guard_rsp], rsp
    stmxcsr [host_mxcsr]
    fnstcw [host_control]
    ldmxcsr [guard_mxcsr]
    fldcw [guard_x87_control]

    mov rax, [guard_canary]
  %assign i 0
  %rep CANARIES
    mov [rsp + 8 * i], rax
    inc rax
    %assign i i + 1
  %endrep

    mov r11, rdi                    ; the stub
    mov rdi, rsi
    mov rsi, rdx
    mov rdx, rcx
    spoil_scratch
    mov rbx, [guard_junk]
    mov rbp, [guard_junk + 8]
    mov r12, [guard_junk + 16]
    mov r13, [guard_junk + 24]
    mov r14, [guard_junk + 32]
    mov r15, [guard_junk + 40]
    pushfq
    pop rax
    or rax, [guard_flags]
    push rax
    popfq
    call r11
guard_return:
    mov [after_results], rax
    movsd [after_results + 8], xmm0
    mov [after_rsp], rsp
    mov rsp, [guard_rsp]
    mov [after_gpr], rbx
    mov [after_gpr + 8], rbp
    mov [after_gpr + 16], r12
    mov [after_gpr + 24], r13
    mov [after_gpr + 32], r14
    mov [after_gpr + 40], r15
    pushfq
    pop qword [after_flags]
    cld
    stmxcsr [after_mxcsr]
    fnstenv [after_x87]
    fninit
    fldcw [host_control]
    ldmxcsr [host_mxcsr]
    lea rdx, [after_canaries]
  %assign i 0
  %rep CANARIES
    mov rax, [rsp + 8 * i]
    mov [rdx + 8 * i], rax
    %assign i i + 1
  %endrep
    add rsp, 8 * CANARIES + 8
    pop r15
    pop r14
    pop r13
    pop r12
    pop rbp
    pop rbx
    ret

; note_arguments() is called in place of this callee: its return address takes the place of ours, so the
; compiler's rules alone say where it finds its arguments.
global guard_callee:function
guard_callee:
    endbr64
    mov [callee_rsp], rsp
    mov [callee_rax], rax
    pushfq
    pop qword [callee_flags]
    cld
    pop qword [callee_return]
    test spl, 15
    jnz .misaligned                 ; compiled code might not survive it
    call note_arguments
  .misaligned:
    mov rcx, [guard_stack_words]    ; the words of its arguments are the callee's own
    mov rdi, rsp
    mov rax, 0x5b5b5b5b5b5b5b5b
    rep stosq
    spoil_scratch
    mov rdx, rcx
    mov rsi, rcx
    mov rdi, rcx
    mov r11, rcx
    mov rax, [guard_reply]
    movsd xmm0, [guard_reply + 8]
    push qword [callee_return]
    ret

; The same for Windows' rules: the callee owns 32 bytes above its return address too, and must preserve rsi, rdi and
; xmm6 to xmm15. No compiler reads both registers of a position, so the floating-point ones are noted here.
global guard_callee_ms:function
guard_callee_ms:
    endbr64
    mov [callee_rsp], rsp
    mov [callee_rax], rax
  %assign i 0
  %rep 6
    movsd [callee_fpr + 8 * i], xmm %+ i
    %assign i i + 1
  %endrep
    pushfq
    pop qword [callee_flags]
    cld
    pop qword [callee_return]
    test spl, 15
    jnz .misaligned
    call note_arguments_ms
  .misaligned:
    mov rcx, [guard_stack_words]
    mov rdx, 0x5b5b5b5b5b5b5b5b
  .word:                            ; of the arguments, then the shadow space
    mov [rsp + rcx * 8 + 24], rdx
    dec rcx
    cmp rcx, -4
    jg .word
    mov rcx, rdx
    mov r8, rdx
    mov r9, rdx
    mov r10, rdx
    mov r11, rdx
  %assign i 0
  %rep 6
    pcmpeqd xmm %+ i, xmm %+ i
    %assign i i + 1
  %endrep
    mov rax, [guard_reply]
    movsd xmm0, [guard_reply + 8]
    push qword [callee_return]
    ret

; ---- stubs that break a rule each ----

%macro breaks 1                     ; what guard.h calls it
  global break_%1:function
  break_%1:
    endbr64
%endmacro

%macro breaks_register 1
  breaks %1
    inc %1
    ret
%endmacro

breaks_register rbx
breaks_register rbp
breaks_register r12
breaks_register r13
breaks_register r14
breaks_register r15

breaks rsp
    ret 8

breaks direction
    std
    ret

breaks mxcsr
    stmxcsr [rsp - 8]
    xor dword [rsp - 8], 0x2000
    ldmxcsr [rsp - 8]
    ret

breaks x87_control
    fnstcw [rsp - 8]
    xor word [rsp - 8], 0x400
    fldcw [rsp - 8]
    ret

breaks x87_stack
    fld1
    ret

breaks canary
    mov qword [rsp + 8], 0
    ret

; These call wrongly, or treat the result wrongly.
breaks alignment
    call guard_callee
    ret

breaks al
    push rbx
    movsd xmm0, [rdx]
    xor eax, eax
    call guard_callee
    pop rbx
    ret

breaks argument                     ; leaves the junk where the arguments should be
    push rbx
    mov eax, 8
    call guard_callee
    pop rbx
    ret

breaks result
    push rbx
    call guard_callee
    not eax
    pop rbx
    ret
