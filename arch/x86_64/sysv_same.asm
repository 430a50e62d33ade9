; SPDX-License-Identifier: MIT
;
; The stubs of the System V ABI for x86-64 for functions of one or two records that return a record of the same type, in
; the same kinds of registers: struct point sum(struct point, struct point). Or of one record in memory.
;
;   sysv_same_<n>_<what>  n such records. <what> is an enum keep: 16 bytes in two registers, the first 12 bytes of them,
;                         or one register of 3, 5, 6, 7 or 16 bytes
;   sysv_same_memory_<n>  one record of n bytes on the stack
;
; A slot has a pointer to its record, so these stubs serve slots and arguments behind pointers alike. They are as
; sysv_light_<from>_<what> (steps.inc), but load the registers themselves. For example, with two records of two doubles:
;
;   sysv_same_2_real_real:
;     endbr64
;     mov   r11, [rdi + 24]          ; function->address
;     sub   rsp, 8
;     mov   [rsp], rsi
;     mov   rax, [rdx]               ; the first record
;     movsd xmm0, [rax]
;     movsd xmm1, [rax + 8]
;     ...                            ; xmm2, xmm3
;     mov   eax, 4                   ; number of floating-point registers, for a variadic callee
;     call  r11
;     mov   r8, [rsp]
;     test  r8, r8                   ; the caller discards the result
;     jz    .done
;     movsd [r8], xmm0
;     movsd [r8 + 8], xmm1
;   .done:
;     add   rsp, 8
;     ret

%include "proc.inc"
%include "offsets.inc"
%include "load.inc"
%include "sysv_registers.inc"

; On Windows every call of a System V function goes through an image.
%ifnidn __OUTPUT_FORMAT__, win64

%define args     rdx
%define address  r11
%define cell     r10
%define operand  cell + 8
%define free_a   rcx
%define free_a_d ecx

%include "keep.inc"
%include "step_table.inc"

; ---- loads of a piece of the record to which rax points, to the next register of its kind ----

%macro word 2                       ; the byte in the record, bytes
  %if %2 == 8
    mov gpr64_%[words], [rax + %1]
  %else
    mov gpr32_%[words], [rax + %1]
  %endif
  %assign words words + 1
%endmacro

%macro real 2
  %if %2 == 16
    movups xmm%[reals], [rax]
  %elif %2 == 8
    movsd xmm%[reals], [rax + %1]
  %else
    movss xmm%[reals], [rax + %1]
  %endif
  %assign reals reals + 1
%endmacro

%macro small 2
    load_small 0, %2
%endmacro

; ---- stubs ----

; How many records; <what>; the macro and the bytes of the first piece, and of the second one.
%macro same_stub 4-6
  %assign words 0
  %assign reals 0
leaf sysv_same_%1_%2, 50 + 13 * %1
    mov address, [rdi + FUNCTION_ADDRESS]
    reserve 8
    mov [rsp], rsi
  %assign k 0
  %rep %1
    mov rax, [args + 8 * k]
    %3 0, %4
    %if %0 == 6
    %5 8, %6
    %endif
    %assign k k + 1
  %endrep
  %if reals
    mov eax, reals
  %else
    xor eax, eax
  %endif
    call address
    mov to, [rsp]
    test to, to
    jz .done
    keep_registers %2
  .done:
    release
    ret
endleaf
  %define stub_sysv_same_%1_%2
%endmacro

%macro same_memory 1                ; bytes
  %assign framed_bytes %1 | 8       ; what keeps the frame aligned lies above the record
leaf sysv_same_memory_%1, 42 + (%1 + 8) / 16 * 9
    check_memory
    mov address, [rdi + FUNCTION_ADDRESS]
    mov rax, [args]
    mov rdi, rsi
    reserve framed_bytes
  %assign k 0
  %rep %1 / 16
    movups xmm0, [rax + k]
    movups [rsp + k], xmm0
    %assign k k + 16
  %endrep
  %if %1 % 16
    mov rax, [rax + k]
    mov [rsp + k], rax
  %endif
    xor eax, eax
    call address
    release
    ret
    discard PLAN_DISCARDING_POINTERS
endleaf
%endmacro

code_section sysv_same
covered sysv_same_frames
%assign n 1
%rep 2
    same_stub %[n], word_word, word, 8, word, 8
    same_stub %[n], word_half, word, 8, word, 4
    same_stub %[n], word_real, word, 8, real, 8
    same_stub %[n], real_word, real, 8, word, 8
    same_stub %[n], real_real, real, 8, real, 8
    same_stub %[n], real_single, real, 8, real, 4
    same_stub %[n], f128, real, 16
    %assign n n + 1
%endrep
    same_stub 1, 24, small, 3
    same_stub 1, 40, small, 5
    same_stub 1, 48, small, 6
    same_stub 1, 56, small, 7
%assign n 24
%rep 6
    same_memory %[n]
    %assign n n + 8
%endrep
endproc

constants
table sysv_same               ; by the number of records and enum keep
    keep_row sysv_same_1, KEEP_ALL
    keep_row sysv_same_2, KEEP_ALL
endtable
table sysv_same_memory
%assign n 24
%rep 6
    entry sysv_same_memory_%[n]
    %assign n n + 8
%endrep
endtable

%endif
