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

; Sets `from` to where the pointer for register %1 points; %2 is the offset of the plan's table.
%macro locate_pointed 2
    locate %1, %2
    mov rax, [from]
    %define from rax
%endmacro

%macro load_pointed 3               ; register, number of registers in use, enum move_op
  %if %1 < %2
    locate_pointed %1, PLAN_GPR
    load_from %1, %3
  %endif
%endmacro

; The integer registers; their number, enum move_op. Register 2 is `args`.
%macro load_all_pointed 2
    load_pointed 5, %1, %2
    load_pointed 4, %1, %2
    load_pointed 3, %1, %2
    load_pointed 1, %1, %2
    load_pointed 0, %1, %2
    load_pointed 2, %1, %2
%endmacro

; ---- any order ----

%macro begin_pointers 1             ; name
leaf %1, 32
    mov address, [rdi + FUNCTION_ADDRESS]
    mov plan, [rdi + FUNCTION_PLAN]
%endmacro

%macro pointers_stubs 3             ; the beginning of the names, number of integer registers, enum move_op
  %assign f 2
  %rep 3
begin_pointers %1_%[f]d
    jmp %1_8d.load_%[f]
endleaf
    %assign f f + 2
  %endrep
begin_pointers %1_8d
  %assign k 8
  %rep 8
    %if k % 2 == 0
  .load_%[k]:
    %endif
    %assign k k - 1
    locate_pointed k, PLAN_FPR
    movsd xmm%[k], [from]
  %endrep
    load_all_pointed %2, %3
    count_fprs 8
    jmp address
endleaf
%endmacro

%macro each_width 1                 ; a macro, run with the beginning of the names, number of integer registers, enum move_op
  %assign a MOVE_OP_64
  %rep 2
    %assign g 2
    %rep 3
      %1 sysv_pointers_%[g]%[width_name_%[a]], g, a
      %assign g g + 2
    %endrep
    %assign a a + 1
  %endrep
%endmacro

; ---- in turn ----

%macro turn_pointers 7              ; as each_turn passes them on
leaf %1, 32
    mov address, [rdi + FUNCTION_ADDRESS]
    arrange %5, %6, %7
  %assign k %4
  %rep %4
    %assign k k - 1
    locate_pointed k, PLAN_FPR
    movsd xmm%[k], [from]
  %endrep
    load_all_pointed %2, %3
    count_fprs %4
    jmp address
  %define in_order 0
endleaf
%endmacro

code_section sysv_pointers
covered sysv_pointers
each_width pointers_stubs
each_turn turn_pointers, sysv_pointers
endproc

%macro distance 7
    dd %1 - $
%endmacro

%macro distances 3
    dd %1_2d - $
    dd %1_4d - $
    dd %1_6d - $
    dd %1_8d - $
%endmacro

constants
table sysv_mixed_pointers
each_width distances
endtable
table sysv_turn_pointers
each_turn distance, sysv_pointers
endtable

%endif
