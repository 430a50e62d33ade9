; SPDX-License-Identifier: MIT
;
; The stubs of the System V ABI for x86-64 that load both kinds of registers from arguments behind pointers: integers of
; one width and doubles. sysv_steps.asm has the steps for all other arguments behind pointers.
;
;   sysv_pointers_turn_<n>q, sysv_pointers_back_<n>q
;                             as many doubles as integers, in turn; a double first; ..._<n>l: integers of 4 bytes
;   sysv_pointers_<g>q_<f>d, sysv_pointers_<g>l_<f>d
;                             even numbers of both kinds in any order
;
; Those for any order read the plan's tables, as in sysv_call.asm, and may load more registers than the call has. Those
; with fewer doubles go to labels within the longest one. For example, two integers and two doubles:
;
;   sysv_pointers_2q_2d:
;     endbr64
;     mov   r11, [rdi + 24]          ; function->address
;     mov   r10, [rdi + 32]          ; function->plan
;     jmp   .load_2
;   .load_2:
;     movzx eax, word [r10 + 18]     ; plan->fpr[1]
;     mov   rax, [rdx + rax*8]
;     movsd xmm1, [rax]
;     ...                            ; xmm0, rsi
;     movzx eax, word [r10]          ; plan->gpr[0]
;     mov   rax, [rdx + rax*8]
;     mov   rdi, [rax]
;     mov   eax, 8                   ; at least the number of floating-point registers, for a variadic callee
;     jmp   r11

%include "proc.inc"
%include "offsets.inc"
%include "load.inc"
%include "sysv_load.inc"

; On Windows every call of a System V function goes through an image.
%ifnidn __OUTPUT_FORMAT__, win64

%define behind_pointers 1

code_section sysv_pointers
covered sysv_pointers
each_mixed mixed_stubs, sysv_pointers
each_turn make_arranged, sysv_pointers
endproc

%macro distance 7
    dd %1 - $
%endmacro

constants
table sysv_mixed_pointers
each_mixed mixed_distances, sysv_pointers
endtable
table sysv_turn_pointers
each_turn distance, sysv_pointers
endtable

%endif
