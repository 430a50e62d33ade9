; SPDX-License-Identifier: MIT
;
; The code behind the trampoline of a shifted function (src/callback/shift.c). It drops leading pointer arguments and
; jumps to the target, which is the callback's `handler`. r10 holds the callback. Each position takes the value of the
; position <drop> places further on: a register, or a stack word above the return address. The code moves nothing in
; memory.
;
;   sysv_shift_<base>_<drop>_<count>    the first <count> integer registers; with base 1 those after the register that
;                                       holds the address of a result in memory
;   win64_shift_<base>_<drop>_<count>   both registers of each position; words of the stack are behind the shadow space
;
; Most shifted functions drop the first argument and take none from the stack. They have trampolines of their own, in a
; copy of shift_page. Such a trampoline moves every register and jumps to the target itself. Trampoline i is
;
;     endbr64
;     mov rdi, rsi                   ; and so on to the last register
;     lea r10, [its callback]
;     jmp [r10]                      ; callback->entry
;
; The code does not change al, the number of vector registers of a variadic call. For example sysv_shift_0_4_3:
;
;     endbr64
;     mov rdi, r8
;     mov rsi, r9
;     mov rdx, [rsp + 8]
;     jmp [r10 + 8]                  ; callback->handler

%include "proc.inc"
%include "offsets.inc"

%define sysv_gpr_0 rdi
%define sysv_gpr_1 rsi
%define sysv_gpr_2 rdx
%define sysv_gpr_3 rcx
%define sysv_gpr_4 r8
%define sysv_gpr_5 r9
%define win64_gpr_0 rcx
%define win64_gpr_1 rdx
%define win64_gpr_2 r8
%define win64_gpr_3 r9

%macro shift_sysv 2                 ; to, from: positions
  %if %2 < 6
    mov sysv_gpr_%1, sysv_gpr_%2
  %else
    mov sysv_gpr_%1, [rsp + 8 + 8 * (%2 - 6)]
  %endif
%endmacro

%macro shift_win64 2
  %if %2 < 4
    mov win64_gpr_%1, win64_gpr_%2
    movaps xmm%1, xmm%2
  %else
    mov win64_gpr_%1, [rsp + 8 + 8 * %2]
    movsd xmm%1, [rsp + 8 + 8 * %2]
  %endif
%endmacro

%macro shift 5                      ; ABI, its positions, base, drop, count
leaf %1_shift_%3_%4_%5
  %assign %%to %3
  %rep %5
    %if %%to < %2
      %assign %%from %%to + %4
    shift_%1 %[%%to], %[%%from]
    %endif
    %assign %%to %%to + 1
  %endrep
    jmp [r10 + CALLBACK_HANDLER]
endleaf
%endmacro

%macro distance 5
    dd %1_shift_%3_%4_%5 - $
%endmacro

%macro each 3                       ; how, ABI, its positions
  %assign base 0
  %rep 2
    %assign drop 1
    %rep %3
      %assign count 1
      %rep %3
    %1 %2, %3, %[base], %[drop], %[count]
        %assign count count + 1
      %endrep
      %assign drop drop + 1
    %endrep
    %assign base base + 1
  %endrep
%endmacro

section .text
covered shifts
each shift, sysv, 6
each shift, win64, 4
endproc

constants
table sysv_shifts
each distance, sysv, 6
endtable
table win64_shifts
each distance, win64, 4
endtable

; Each callback is SHIFT_DISTANCE below its trampoline, because a trampoline is as long as a callback.
%macro shift_page 2                 ; this system's own ABI, its positions
code_page shift_page
  %assign %%i 0
  %rep 4096 / CALLBACK_SIZE
    endbr64
    %assign %%to 0
    %rep %2 - 1
      %assign %%from %%to + 1
    shift_%1 %[%%to], %[%%from]
      %assign %%to %%to + 1
    %endrep
    lea r10, [shift_page + CALLBACK_SIZE * %%i - SHIFT_DISTANCE]
    jmp [r10]
    align CALLBACK_SIZE, int3
    %assign %%i %%i + 1
  %endrep
.end:
%endmacro

%ifidn arg0, rcx
shift_page win64, 4
%else
shift_page sysv, 6
%endif
