; SPDX-License-Identifier: MIT
;
; Steps of the System V ABI for x86-64 that load a few registers of one kind, each in its own way (steps.inc explains
; steps). A way has two bits: the lower one says that the register takes 4 bytes, not 8; the upper one that the slot points
; to them. A step's name ends with the ways of its registers, two bits each. Its operands, of 4 bytes each: in a last step the
; number of floating-point registers; then for each register the slot's offset and, behind a pointer, `from`.

%include "proc.inc"
%include "offsets.inc"
%include "load.inc"
%include "sysv_registers.inc"

%define args     rdx
%define free_a   rcx
%define free_a_d ecx
%define shadow   0
%include "steps.inc"
%include "step_runs.inc"
%include "step_table.inc"

%ifnidn __OUTPUT_FORMAT__, win64

; Finds a register's way and the offset of its operands. The place among the step's registers, all ways, the offset of the
; first operand.
%macro way_of 3
  %assign way %2 >> 2 * %1 & 3
  %assign at %3
  %assign j 0
  %rep %1
    %assign at at + 4 + 2 * (%2 >> 2 * j & 2)
    %assign j j + 1
  %endrep
%endmacro

; Sets `from` to the register's place. A register that may change until it is loaded, and its lower half.
%macro locate_varied 2
    mov eax, [operand + at]
  %if way & 2
    mov rax, [args + rax]
    mov %2, [operand + at + 4]
    %define from rax + %1
  %else
    %define from args + rax
  %endif
%endmacro

%macro load_varied_gpr 1            ; register
    locate_varied gpr64_%1, gpr32_%1
  %if way & 1
    mov gpr32_%1, [from]
  %else
    mov gpr64_%1, [from]
  %endif
%endmacro

%macro load_varied_fpr 1
    locate_varied free_a, free_a_d
  %if way & 1
    movss xmm%1, [from]
  %else
    movsd xmm%1, [from]
  %endif
%endmacro

; The last step, for all integer registers: their number, their ways. Register 2 has `args`, so it is loaded last.
%macro last_words 2
step sysv_varied_words_%1_%2
    way_of 1, %2, 4
    load_varied_gpr 1
    way_of 0, %2, 4
    load_varied_gpr 0
  %if %1 > 2
    way_of 2, %2, 4
    load_varied_gpr 2
  %endif
    last_jump
endstep
%endmacro

%macro next_pair 4                  ; gpr or fpr, registers, ways
step sysv_varied_%1_%2_%4
    way_of 1, %4, 0
    load_varied_%1 %3
    way_of 0, %4, 0
    load_varied_%1 %2
    way_of 2, %4, 7                 ; `at` is the end of the operands
    next 8 + (at & -8)
endstep
%endmacro

%macro last_reals 1                 ; ways of two
step sysv_varied_reals_%1
    way_of 1, %1, 4
    load_varied_fpr 1
    way_of 0, %1, 4
    load_varied_fpr 0
    last_jump
endstep
%endmacro

%macro each_way 2-*                 ; how many, a macro, its first arguments; passes on the ways too
  %assign ways 0
  %rep %1
    %if %0 == 2
    %2 ways
    %elif %0 == 3
    %2 %3, ways
    %else
    %2 %3, %4, %5, ways
    %endif
    %assign ways ways + 1
  %endrep
%endmacro

; All steps, in the order of struct varied_steps: the macros for all integer registers, for a pair, for two reals.
%macro each_varied 3
  each_way 16, %1, 2
  each_way 64, %1, 3
  each_way 16, %2, gpr, 3, 4
  each_way 16, %2, fpr, 0, 1
  each_way 16, %2, fpr, 2, 3
  each_way 16, %3
%endmacro

code_section sysv_varied
covered sysv_varied_steps
each_varied last_words, next_pair, last_reals
endproc

; ---- the table, struct varied_steps ----

%macro words_entry 2
    entry sysv_varied_words_%1_%2
%endmacro

%macro pair_entry 4
    entry sysv_varied_%1_%2_%4
%endmacro

%macro reals_entry 1
    entry sysv_varied_reals_%1
%endmacro

constants
table sysv_varied
each_varied words_entry, pair_entry, reals_entry
endtable
%endif
