; SPDX-License-Identifier: MIT
;
; The stubs of the System V ABI for x86-64 that load both kinds of registers from arguments behind pointers: integers of
; one width and doubles. sysv_steps.asm has the steps for all other arguments behind pointers.
;
;   sysv_pointers_turn_<n>q, sysv_pointers_back_<n>q
;                             as many doubles as integers, in turn; a double first; ..._<n>l: integers of 4 bytes
;   sysv_pointers_<g>q_<f>d, sysv_pointers_<g>l_<f>d
;                             even numbers of both kinds in any order
;   sysv_pointers_row_6_0_<w>, sysv_pointers_row_0_8_<w>
;                             six integers of 8 bytes, or eight doubles, and <w> stack words of the same type
;
; Those for any order read the plan's tables, as in sysv_call.asm, and may load more registers than the call has. Those
; with fewer doubles, or fewer stack words, go to labels within the longest one. For example, two integers and two doubles:
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

; Argument k is in register k, and the arguments that follow are in the stack words. All have the frame of the longest one.
; The beginning of the names, integer registers, floating-point registers, the largest number of stack words.
%macro row_stubs 4
    set_how 0, MOVE_OP_64           ; for load_gprs
    arrange 0, 0, 1
  %assign w 1
  %rep %4
leaf %1_%[w], 17 + 15 * (w == %4)  ; the longest one has more
    mov address, [rdi + FUNCTION_ADDRESS]
    reserve 8 * (%4 | 1)            ; an odd number of words and the return address align the stack
   %if w < %4
    jmp %1_%4.word_%[w]
endleaf
   %endif
    %assign w w + 1
  %endrep
  %assign w %4
  %rep %4
  .word_%[w]:
    %assign w w - 1
    mov rax, [args + 8 * (%2 + %3 + w)]
    mov rax, [rax]
    mov [rsp + 8 * w], rax
  %endrep
    load_fprs %3, 255
    load_gprs %2
    count_fprs %3
    call address
    release
    ret
endleaf
  %define in_order 0
%endmacro

%macro row_distances 2              ; of these in a table: the beginning of the names, their number
  %assign w 1
  %rep %2
    dd %1_%[w] - $
    %assign w w + 1
  %endrep
%endmacro

code_section sysv_pointers
covered sysv_pointers
each_mixed mixed_stubs, sysv_pointers
each_turn make_arranged, sysv_pointers
endproc

covered sysv_pointer_frames
row_stubs sysv_pointers_row_6_0, 6, 0, 10
row_stubs sysv_pointers_row_0_8, 0, 8, 4
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
table sysv_row_pointers
row_distances sysv_pointers_row_6_0, 10
row_distances sysv_pointers_row_0_8, 4
endtable

%endif
