; SPDX-License-Identifier: MIT
;
; The stubs of the System V ABI for x86-64 that load slots to registers. C calls a stub as
;
;   void stub(const struct function *function, void *result, const ffi_value *args);
;
; The stub loads registers from slots of `args` by the function's plan, and jumps to the function's address. It reads no
; types: they chose the stub when the plan was made. The native code returns to the stub's caller, with the result in
; the ABI's register. The stub does not read `result` and has no frame.
;
; A stub loads exactly the bytes of each argument's type (load.inc says why). The families:
;
;   sysv_0, sysv_<op>, sysv_<op>_<op>
;                         no, one and two integer registers; <op> is 64, 32, i8, u8, i16 or u16
;   sysv_words_<g>_<mask> three to six integer registers, 8 bytes where the mask has the register's bit, else 4
;   sysv_<op>x<g>         three to six narrow integers of one type
;   sysv_<f>d, sysv_<f>s  one to eight doubles or floats
;   sysv_first_<g>q_<f>d  integers of 8 bytes, then doubles
;   sysv_turn_<n>q, sysv_turn_<n>l
;                         as many doubles as integers, in turn; sysv_back_<n>q, sysv_back_<n>l: a double first
;   sysv_<g>q_<f>d        both kinds in any order, even numbers of both; sysv_<g>l_<f>d: integers of 4 bytes
;   sysv_few_<g>_<mask>_<f>_<mask>
;                         one or two integers, 8 bytes where their mask has the register's bit, else 4, and one or two
;                         doubles where their mask has the register's bit, else floats
;   sysv_open_<op>_<op>   three to six integer registers of any types: loads two, then goes to the plan's steps
;   sysv_start_<f>_<g>_<mask>
;                         one or two doubles and more than two integers of any widths: loads the doubles and the integer
;                         registers 4 and 5, then goes to the plan's chain (sysv_steps.asm)
;
; sysv_stack.asm has the stubs for any registers and for stack words. An image stub loads what neither these nor steps
; load (sysv_image.asm, sysv_steps.asm).
;
; Most stubs know where the arguments are. Those for both kinds in any order, sysv_<g>q_<f>d, sysv_<g>l_<f>d and sysv_few,
; read the plan's tables. They may load more registers than the call has: the tables name the slot of the first register
; for the rest. For example, two integers of 8 bytes and a double:
;
;   sysv_few_2_3_1_1:
;     endbr64
;     mov   r11, [rdi + 24]          ; function->address
;     mov   r10, [rdi + 32]          ; function->plan
;     movzx eax, word [r10 + 16]     ; plan->fpr[0]
;     movsd xmm0, [rdx + rax*8]
;     movzx eax, word [r10 + 2]      ; plan->gpr[1]
;     mov   rsi, [rdx + rax*8]
;     movzx eax, word [r10]          ; plan->gpr[0]
;     mov   rdi, [rdx + rax*8]
;     mov   eax, 1                   ; number of floating-point registers, for a variadic callee
;     jmp   r11

%include "proc.inc"
%include "offsets.inc"
%include "load.inc"
%include "sysv_load.inc"

; On Windows every call of a System V function goes through an image.
%ifnidn __OUTPUT_FORMAT__, win64

; ---- integers of any types ----

; Register k takes slot k. The stub loads registers 0 and 1 and goes to the plan's first step. With five or six
; registers, this is a middle step: it loads register 4, or 4 and 5, and goes to the plan's second step. The last step
; loads register 2, or 2 and 3, and goes to the native code.

%macro load_in_order 2              ; register, enum move_op
    %define from args + 8 * %1
    load_from %1, %2
%endmacro

%macro open_stub 3                  ; name, enum move_op of registers 0 and 1
leaf %1, 24
    mov address, [rdi + FUNCTION_ADDRESS]
    mov plan, [rdi + FUNCTION_PLAN]
    load_in_order 1, %3
    load_in_order 0, %2
    go_to plan + PLAN_STEPS
endleaf
%endmacro

%macro middle_step 2-3              ; name, enum move_op of register 4, or of 4 and 5
step %1
  %if %0 == 3
    load_in_order 5, %3
  %endif
    load_in_order 4, %2
    go_to plan + PLAN_STEPS + 8
endstep
%endmacro

%macro last_step 2-3                ; name, enum move_op of register 2, or of 2 and 3
step %1
  %if %0 == 3
    load_in_order 3, %3
  %endif
    load_in_order 2, %2             ; the last one: register 2 has `args`
    xor eax, eax
    jmp address
endstep
%endmacro

; ---- the families ----

; Each family has an `each` macro. Its argument %1 names another macro, which it runs for every stub of the family with
; the stub's name and what the stub loads. This file uses it twice: to make the stubs, and to write the table of them.

%define op_name_0 64                ; in the order of enum move_op
%define op_name_1 32
%define op_name_2 i8
%define op_name_3 u8
%define op_name_4 i16
%define op_name_5 u16

%macro each_single 2                ; %2 begins the name; passes on: name, enum move_op
  %assign a 0
  %rep 6
    %1 %2_%[op_name_%[a]], a
    %assign a a + 1
  %endrep
%endmacro

%macro each_pair 2                  ; the same for two registers
  %assign a 0
  %rep 6
    %assign b 0
    %rep 6
      %1 %2_%[op_name_%[a]]_%[op_name_%[b]], a, b
      %assign b b + 1
    %endrep
    %assign a a + 1
  %endrep
%endmacro

%macro each_words 1                 ; passes on: name, registers, the mask of those of 8 bytes
  %assign g 3
  %rep 4
    %assign mask 0
    %rep 1 << g
      %1 sysv_words_%[g]_%[mask], g, mask
      %assign mask mask + 1
    %endrep
    %assign g g + 1
  %endrep
%endmacro

%macro each_narrow 1                ; passes on: name, registers, enum move_op
  %assign a MOVE_OP_I8
  %rep 4
    %assign g 3
    %rep 4
      %1 sysv_%[op_name_%[a]]x%[g], g, a
      %assign g g + 1
    %endrep
    %assign a a + 1
  %endrep
%endmacro

%macro each_reals 1                 ; passes on: name, registers, the mask of the doubles among them
  %assign f 1
  %rep 8
    %1 sysv_%[f]d, f, 255
    %assign f f + 1
  %endrep
  %assign f 1
  %rep 8
    %1 sysv_%[f]s, f, 0
    %assign f f + 1
  %endrep
%endmacro

; Passes on: name, integer registers, their enum move_op, floating-point registers, and the three values for `arrange`.
%macro each_first 1
  %assign g 1
  %rep 6
    %assign f 1
    %rep 8
      %1 sysv_first_%[g]q_%[f]d, g, MOVE_OP_64, f, 0, g, 1
      %assign f f + 1
    %endrep
    %assign g g + 1
  %endrep
%endmacro

; Passes on: name, integer registers, the mask of those of 8 bytes, floating-point registers, the mask of the doubles.
%macro each_few 1
  %assign g 1
  %rep 2
    %assign wide 0
    %rep 1 << g
      %assign f 1
      %rep 2
        %assign real 0
        %rep 1 << f
      %1 sysv_few_%[g]_%[wide]_%[f]_%[real], g, wide, f, real
          %assign real real + 1
        %endrep
        %assign f f + 1
      %endrep
      %assign wide wide + 1
    %endrep
    %assign g g + 1
  %endrep
%endmacro

; Passes on: name, floating-point registers, how many of the integer registers 4 and 5, the mask of those of 8 bytes.
%macro each_start 1
  %assign f 1
  %rep 2
    %assign g 0
    %rep 3
      %assign wide 0
      %rep 1 << g
      %1 sysv_start_%[f]_%[g]_%[wide], f, g, wide
        %assign wide wide + 1
      %endrep
      %assign g g + 1
    %endrep
    %assign f f + 1
  %endrep
%endmacro

%macro make_single 2
    set_how 0, %2
    arrange 0, 0, 1
    jumping_stub %1, 1, 0
%endmacro

%macro make_pair 3
    set_how 0, %2
  %assign how_1 %3
    arrange 0, 0, 1
    jumping_stub %1, 2, 0
%endmacro

; A stub for six registers has 36 bytes. One of the small ones takes the rest of its cache line.
%macro make_words 3
    set_how %3, MOVE_OP_32
    arrange 0, 0, 1
    jumping_stub %1, %2, 0
  %if %2 == 6
    next_small
  %endif
%endmacro

%assign small 0
%macro next_small 0                 ; an open stub, then a pair
  %assign a small / 6 % 6
  %assign b small % 6
  %if small < 36
    open_stub sysv_open_%[op_name_%[a]]_%[op_name_%[b]], a, b
  %elif small < 72
    make_pair sysv_%[op_name_%[a]]_%[op_name_%[b]], a, b
  %endif
  %assign small small + 1
%endmacro

%macro make_narrow 3
    set_how 0, %3
    arrange 0, 0, 1
    jumping_stub %1, %2, 0
%endmacro

%macro make_reals 3
    arrange 0, 0, 1
    jumping_stub %1, 0, %2, %3
%endmacro

%macro make_few 5
    set_how %3, MOVE_OP_32
    jumping_stub %1, %2, %4, %5
%endmacro

%macro start_stub 4
leaf %1, 27 + 10 * %2 + 9 * %3
    mov address, [rdi + FUNCTION_ADDRESS]
    mov plan, [rdi + FUNCTION_PLAN]
    load_fprs %2, 255
    set_how %4 << 4, MOVE_OP_32
    load_gpr 5, 4 + %3
    load_gpr 4, 4 + %3
    mov r10, [plan + PLAN_CHAIN]
    go_to r10
endleaf
%endmacro

code_section sysv_families
covered sysv_simple                 ; none of these changes rsp, so they share one record
    arrange 0, 0, 1
    jumping_stub sysv_0, 0, 0
each_single make_single, sysv
each_single middle_step, sysv_middle
each_pair middle_step, sysv_middle
each_single last_step, sysv_last
each_pair last_step, sysv_last
each_words make_words
%rep 72 - small
    next_small
%endrep
each_narrow make_narrow
each_reals make_reals
each_first make_arranged
each_turn make_arranged, sysv
each_mixed mixed_stubs, sysv
each_few make_few
each_start start_stub
endproc

; The tables. An entry is the distance from itself to its stub.
%macro distance 1-7
    dd %1 - $
%endmacro

constants
table sysv_widths                   ; no register, one, two and so on; for each number by the mask of those of 8 bytes
    dd sysv_0 - $
    dd sysv_32 - $
    dd sysv_64 - $
    dd sysv_32_32 - $
    dd sysv_64_32 - $
    dd sysv_32_64 - $
    dd sysv_64_64 - $
each_words distance
endtable
table sysv_one
each_single distance, sysv
endtable
table sysv_two
each_pair distance, sysv
endtable
table sysv_open
each_pair distance, sysv_open
endtable
table sysv_middle                   ; steps for one register, then for two
each_single distance, sysv_middle
each_pair distance, sysv_middle
endtable
table sysv_last
each_single distance, sysv_last
each_pair distance, sysv_last
endtable
table sysv_extending
each_narrow distance
endtable
table sysv_reals
each_reals distance
endtable
table sysv_first
each_first distance
endtable
table sysv_turn
each_turn distance, sysv
endtable
table sysv_mixed
each_mixed mixed_distances, sysv
endtable
table sysv_few
each_few distance
endtable
table sysv_start
each_start distance
endtable

%endif
