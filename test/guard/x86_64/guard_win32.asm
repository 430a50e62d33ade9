; SPDX-License-Identifier: MIT
;
; guard.asm and guard_callback.asm for Windows programs: windows_guard.c calls stubs and callbacks with known junk in
; every register that Windows' functions preserve. The callees, the native callers of callbacks and the handler spoil
; all that they may; then come stubs that break each rule, to show that the guard sees it. Nothing here has unwind
; data: frames are walked to guard_return or native_return, and not from in here.

default rel
bits 64

%define CANARIES 16
%define WORDS 12                    ; of the stack, above the shadow space
%define MARKS 3                     ; above the words, which are the callee's own
%define SHADOW 32

%define XMM 10                      ; xmm6 to xmm15

section .rdata rdata align=16
global guard_xmm_junk, guard_junk, guard_canary, guard_mxcsr, guard_x87_control
guard_xmm_junk:
%assign i 0
%rep XMM
    dq 0x6666666600000000 + i, 0x9999999900000000 + i
  %assign i i + 1
%endrep
guard_junk:
%assign i 0
%rep 8
    dq 0xb1b1b1b1f00dfac0 + i       ; rbx, rbp, rdi, rsi, r12 to r15
  %assign i i + 1
%endrep
guard_canary:      dq 0xcacacacadeadbe00
guard_mxcsr:       dd 0x7f80        ; towards zero; 0x1f80 is the usual value
guard_x87_control: dw 0x0e7f        ; towards zero, double precision; 0x037f is the usual value

section .bss bss align=16
global guard_flags, guard_words, guard_rsp, after_xmm, after_gpr, after_rsp, after_flags, after_canaries
global after_mxcsr, after_x87, callee_rsp, callee_flags, native_rsp, native_marks
after_xmm:      resq 2 * XMM
after_gpr:      resq 8
after_rsp:      resq 1
after_flags:    resq 1
after_canaries: resq CANARIES
guard_flags:    resq 1              ; set during the call
guard_words:    resq 1              ; of the stack that are the callee's to spoil
guard_rsp:      resq 1
callee_rsp:     resq 1              ; of the callee, or the handler
callee_flags:   resq 1
native_rsp:     resq 1
native_marks:   resq 1              ; how many are what they were
after_x87:      resw 14
after_mxcsr:    resd 1
host_mxcsr:     resd 1
host_control:   resw 1

section .text
global guard_begin, guard_end
guard_begin:

; Every register that holds nothing, but those of arguments.
%macro spoil 1-*
    mov rax, 0xa1a1a1a1a1a1a1a1
  %rep %0
    mov %1, rax
    %rotate 1
  %endrep
%endmacro

%macro spoil_vectors 2              ; the first, how many
  %assign %%i %1
  %rep %2
    pcmpeqd xmm %+ %%i, xmm %+ %%i
    %assign %%i %%i + 1
  %endrep
%endmacro

%macro each_saved 1
    %1 rbx
    %1 rbp
    %1 rdi
    %1 rsi
    %1 r12
    %1 r13
    %1 r14
    %1 r15
%endmacro

%macro push_one 1
    push %1
%endmacro

%macro load_one 1
    mov %1, [guard_junk + 8 * i]
  %assign i i + 1
%endmacro

%macro store_one 1
    mov [after_gpr + 8 * i], %1
  %assign i i + 1
%endmacro

; void guard(void *stub, const void *first, void *second, const void *third);
;
; rsp at the call, from below: [shadow space] [canaries] [xmm6 to xmm15] [unused] [what is saved] [return address]
global guard, guard_return
guard:
    each_saved push_one
    sub rsp, SHADOW + 8 * CANARIES + 16 * XMM + 8
  %assign i 6
  %rep XMM
    movaps [rsp + SHADOW + 8 * CANARIES + 16 * i - 96], xmm %+ i
    movaps xmm %+ i, [guard_xmm_junk + 16 * i - 96]
    %assign i i + 1
  %endrep
    mov [guard_rsp], rsp
    stmxcsr [host_mxcsr]
    fnstcw [host_control]
    ldmxcsr [guard_mxcsr]
    fldcw [guard_x87_control]
    mov rax, [guard_canary]
  %assign i 0
  %rep CANARIES
    mov [rsp + SHADOW + 8 * i], rax
    inc rax
    %assign i i + 1
  %endrep
    mov r11, rcx
    mov rcx, rdx
    mov rdx, r8
    mov r8, r9
    spoil r9, r10
    spoil_vectors 0, 6
  %assign i 0
    each_saved load_one
    pushfq
    pop rax
    or rax, [guard_flags]
    push rax
    popfq
    call r11
guard_return:
    mov [after_rsp], rsp
    mov rsp, [guard_rsp]
  %assign i 0
    each_saved store_one
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
    mov rax, [rsp + SHADOW + 8 * i]
    mov [rdx + 8 * i], rax
    %assign i i + 1
  %endrep
  %assign i 6
  %rep XMM
    movaps [after_xmm + 16 * i - 96], xmm %+ i
    movaps xmm %+ i, [rsp + SHADOW + 8 * CANARIES + 16 * i - 96]
    %assign i i + 1
  %endrep
    add rsp, SHADOW + 8 * CANARIES + 16 * XMM + 8
    pop r15
    pop r14
    pop r13
    pop r12
    pop rsi
    pop rdi
    pop rbp
    pop rbx
    ret

; ---- callees, and the handler ----

%macro note_entry 0
    mov [callee_rsp], rsp
    pushfq
    pop qword [callee_flags]
    cld
%endmacro

; Of its stack the callee has `guard_words` words, from %1 bytes above its return address, and spoils them.
%macro spoil_words 1
    mov rcx, [guard_words]
    mov rax, 0x5b5b5b5b5b5b5b5b
    jrcxz %%done
  %%word:
    mov [rsp + %1 + rcx * 8], rax
    dec rcx
    jnz %%word
  %%done:
%endmacro

%macro spoil_shadow 0
  %assign %%i 1
  %rep 4
    mov [rsp + 8 * %%i], rax
    %assign %%i %%i + 1
  %endrep
%endmacro

global guard_callee, guard_callee_sysv, guard_handler
guard_callee:
    note_entry
    spoil_words SHADOW
    spoil_shadow
    spoil rcx, rdx, r8, r9, r10, r11
    spoil_vectors 0, 6
    ret

guard_callee_sysv:                  ; an __attribute__((sysv_abi)) function
    note_entry
    spoil_words 0
    spoil rcx, rdx, rdi, rsi, r8, r9, r10, r11
    spoil_vectors 0, 16
    ret

guard_handler:                      ; an ffi_handler that leaves the result 0
    note_entry
    spoil rcx, rdx, r8, r9, r10, r11
    spoil_shadow
    spoil_vectors 0, 6
    ret

; ---- native callers: void native_caller(void *code, const uint64_t *values), called by guard ----

section .rdata
mark: dq 0x3a3a3a3adeadbe00
section .text

; rsp at the call, from below: [shadow space and words] [marks] [return address]
%macro native_caller 2              ; name, its return
global %1, %2
%1:
    sub rsp, SHADOW + 8 * (WORDS + MARKS)
    mov [native_rsp], rsp
    mov r11, rcx                    ; the code
    mov rax, rdx                    ; the values: those of any register will do
    mov rcx, [mark]
  %assign i 0
  %rep MARKS
    mov [rsp + SHADOW + 8 * (WORDS + i)], rcx
    %assign i i + 1
  %endrep
  %assign i 0
  %rep SHADOW / 8 + WORDS
    mov rcx, [rax + 8 * i]
    mov [rsp + 8 * i], rcx
    %assign i i + 1
  %endrep
  %assign i 0
  %rep 4
    movsd xmm %+ i, [rax + 8 * i]
    %assign i i + 1
  %endrep
    mov rcx, [rax]
    mov rdx, [rax + 8]
    mov r8, [rax + 16]
    mov r9, [rax + 24]
%endmacro

%macro native_called 1
    call r11
%1:
    mov qword [native_marks], 0
    mov rcx, [mark]
  %assign i 0
  %rep MARKS
    xor edx, edx
    cmp [rsp + SHADOW + 8 * (WORDS + i)], rcx
    sete dl
    add [native_marks], rdx
    %assign i i + 1
  %endrep
    add rsp, SHADOW + 8 * (WORDS + MARKS)
    ret
%endmacro

native_caller native_caller, native_return
    spoil r10
native_called native_return

; Calls an __attribute__((sysv_abi)) callback; preserves no more than that does.
native_caller native_caller_sysv, native_return_sysv
    mov rdi, [rax]
    mov rsi, [rax + 8]
    spoil r10
    spoil_vectors 8, 8
    mov eax, 8                      ; vector registers, should it be variadic
native_called native_return_sysv

guard_end:

; ---- stubs that break a rule each ----

%macro breaks 1
  global break_%1
  break_%1:
%endmacro

%macro breaks_register 1
  breaks %1
    inc %1
    ret
%endmacro
each_saved breaks_register

%macro breaks_vector 1
  breaks xmm%1
    pcmpeqd xmm%1, xmm%1
    ret
%endmacro
%assign i 6
%rep XMM
  breaks_vector %[i]
  %assign i i + 1
%endrep

breaks rsp
    ret 8

breaks direction
    std
    ret

breaks mxcsr
    stmxcsr [rsp + 8]
    xor dword [rsp + 8], 0x2000
    ldmxcsr [rsp + 8]
    ret

breaks x87_control
    fnstcw [rsp + 8]
    xor word [rsp + 8], 0x400
    fldcw [rsp + 8]
    ret

breaks x87_stack
    fld1
    ret

breaks canary
    mov qword [rsp + 8 + SHADOW], 0
    ret

breaks alignment
    sub rsp, 48
    call guard_callee
    add rsp, 48
    ret

breaks marks                        ; as a callback
    mov qword [rsp + 8 + SHADOW + 8 * WORDS], 0
    ret

breaks unwinding                    ; moves the stack pointer, of which no one knows
    sub rsp, 40
    nop
    add rsp, 40
    ret
