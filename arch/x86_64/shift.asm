; SPDX-License-Identifier: MIT
;
; The code of shifted functions (src/callback/shift.c). It drops leading pointer arguments and jumps to the target. Each
; position takes the value of the position <drop> places further on: a register, or a stack word above the return
; address. The code moves nothing in memory, and it does not change al, the number of vector registers of a variadic
; call.
;
; For the system's own ABI the code is in trampolines. A trampoline of shift_first_page drops the first argument and
; moves every register, but takes none from the stack. Most shifted functions are of this kind. Trampoline i is
;
;     endbr64
;     mov rdi, rsi                   ; and so on to the last register
;     lea r10, [its callback]
;     jmp [r10]                      ; callback->entry, the target
;
; A trampoline of shift_any_page has such code for each case of `struct target_shifts`, and shift_offsets says where it
; is. The code moves every register, and loads stack words by pairs. More words may be loaded than there are arguments.
; The caller's frame has them all: it ends with the caller's own return address, and rsp is a multiple of 16 before a
; call.
;
; For the other ABI there are entries, which jump to the callback's `handler`. r10 holds the callback:
;
;   sysv_shift_<base>_<drop>_<count>    the first <count> integer registers; with base 1 those after the register that
;                                       holds the address of a result in memory
;   win64_shift_<base>_<drop>_<count>   both registers of each position; words of the stack are behind the shadow space
;
; For example sysv_shift_0_4_3:
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

%macro each_case 4                  ; what to do: with the ABI, its positions, base, drop, and 1 to <most>; <most>
  %assign base 0
  %rep 2
    %assign drop 1
    %rep %3
      %assign count 1
      %rep %4
    %1 %2, %3, %[base], %[drop], %[count]
        %assign count count + 1
      %endrep
      %assign drop drop + 1
    %endrep
    %assign base base + 1
  %endrep
%endmacro

%macro entries 2                    ; ABI, its positions
section .text
covered shifts
each_case shift, %1, %2, %2
endproc
constants
table %1_shifts
each_case distance, %1, %2, %2
endtable
%endmacro

; ---- trampolines ----

%macro moves 5                      ; ABI, its positions, base, drop, number of stack words
  %assign %%to %3
  %rep %2 - %3
    %assign %%from %%to + %4
    %if %%from < %2 + %5
    shift_%1 %[%%to], %[%%from]
    %endif
    %assign %%to %%to + 1
  %endrep
%endmacro

%macro jump_to_entry 1              ; address of the callback
    lea r10, [%1]
    jmp [r10]
%endmacro

%macro case 5                       ; ABI, its positions, base, drop, number of pairs of stack words
  %if 2 * %5 - 2 < %4
    align 16, int3
  case_%3_%4_%5_%[slot]:
    endbr64
    moves %1, %2, %3, %4, 2 * %5
    jump_to_entry shift_any_page + TRAMPOLINE_DISTANCE + CALLBACK_SIZE * slot
  %endif
%endmacro

%macro offset 5
  %if 2 * %5 - 2 < %4
    dw case_%3_%4_%5_0 - shift_any_page
  %else
    dw 0
  %endif
%endmacro

%macro trampolines 2                ; ABI, its positions
code_page shift_first_page
  %assign slot 0
  %rep 4096 / SHIFT_FIRST_SIZE
    endbr64
    moves %1, %2, 0, 1, 0
    jump_to_entry shift_first_page + TRAMPOLINE_DISTANCE + CALLBACK_SIZE * slot
    align SHIFT_FIRST_SIZE, int3
    %assign slot slot + 1
  %endrep
.end:
code_page shift_any_page
  %assign slot 0
  %rep 4096 / SHIFT_ANY_SIZE
    times 16 int3                    ; a sanitizer reads them (src/callback/trampoline.c)
    each_case case, %1, %2, 3
    align SHIFT_ANY_SIZE, int3
    %assign slot slot + 1
  %endrep
shift_any_page.end:
constants
table shift_offsets
each_case offset, %1, %2, 3
endtable
%endmacro

%ifidn arg0, rcx
entries sysv, 6
trampolines win64, 4
%else
entries win64, 4
trampolines sysv, 6
%endif
