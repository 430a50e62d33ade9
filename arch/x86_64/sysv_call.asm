; SPDX-License-Identifier: MIT
;
; The stubs of the System V ABI for x86-64 that load slots to registers. Each is called as
;
;   void stub(const struct function *function, void *result, const ffi_value *args);
;
; and does one thing: it loads registers from the slots of `args` as the function's plan says, and goes to the
; function's address. The plan was made from the types; it chose the stub. A stub jumps: the native code returns to the
; stub's caller with the result in the ABI's register. It ignores `result` and has no frame to unwind.
;
; Each register is loaded with exactly the bytes of its argument's type (load.inc says why). The families:
;
;   sysv_0, sysv_<op>, sysv_<op>_<op>
;                         up to two integer registers, one for each way to load them: 64, 32, i8, u8, i16, u16
;   sysv_words_<g>_<mask> three to six integer registers, 8 bytes where `mask` has the register's bit, else 4
;   sysv_<op>x<g>         three to six narrow integers of one type
;   sysv_<f>d, sysv_<f>s  doubles or floats
;   sysv_<g>q_<f>d        integers of 8 bytes and doubles, even numbers; sysv_<g>l_<f>d: integers of 4 bytes and doubles
;   sysv_few_<g>_<mask>_<f>_<mask>
;                         one or two integers, 8 bytes where their mask has the register's bit, else 4, with one or two
;                         doubles or floats, likewise
;   sysv_open_<op>_<op>   three to six integer registers of any types: the first two, then the plan's steps
;
; sysv_stack.asm has those for any registers and for stack words, sysv_image.asm the one for everything else. Where a
; family loads more registers than the call has, the plan's tables name the slot of the first one for the rest. Where one
; kind of register is in use, slot k feeds register k and no table is read. For example, two integers of 8 bytes and a
; double:
;
;   sysv_few_2_3_1_1:
;     endbr64
;     mov   r11, [rdi + 16]          ; function->address
;     mov   r10, [rdi + 24]          ; function->plan
;     movzx eax, word [r10 + 16]     ; plan->fpr[0]
;     movsd xmm0, [rdx + rax*8]
;     movzx eax, word [r10 + 2]      ; plan->gpr[1]
;     mov   rsi, [rdx + rax*8]
;     movzx eax, word [r10]          ; plan->gpr[0]
;     mov   rdi, [rdx + rax*8]
;     mov   eax, 1                   ; floating-point registers, for a variadic callee
;     jmp   r11

%include "proc.inc"
%include "offsets.inc"
%include "load.inc"
%include "sysv_load.inc"

; On Windows every call of a System V function goes through an image.
%ifnidn __OUTPUT_FORMAT__, win64

; name, integer registers as set_how says, floating-point registers, the doubles among those. No stub crosses the end of
; 64 bytes: fetching from two lines of the cache costs a cycle.
%macro jumping_stub 3-4 255
  %if %2 + %3 <= 3 && !(%2 && %3)
leaf %1, 32
  %else
leaf %1, 64
  %endif
    mov address, [rdi + FUNCTION_ADDRESS]
  %if %2 && %3
    mov plan, [rdi + FUNCTION_PLAN]
  %else
    %define in_order 1
  %endif
    load_fprs %3, %4
    load_gprs %2
    count_fprs %3
  %define in_order 0
    jmp address
endleaf
%endmacro

; ---- integers of any types ----

; Slot k feeds register k. The stub loads registers 0 and 1 and goes to the plan's first step. A step for registers 4 and
; 5, or 4 alone, goes to the plan's second. The last step is for 2 and 3, or 2 alone, and goes to the native code.

%macro load_in_order 2              ; register, how
    %define from args + 8 * %1
    load_from %1, %2
%endmacro

%macro open_stub 3                  ; name, how registers 0 and 1 are loaded
leaf %1, 4
    mov address, [rdi + FUNCTION_ADDRESS]
    mov plan, [rdi + FUNCTION_PLAN]
    load_in_order 1, %3
    load_in_order 0, %2
    go_to plan + PLAN_STEPS
endleaf
%endmacro

%macro middle_step 2-3              ; name, how registers 4 and 5 are loaded
step %1
  %if %0 == 3
    load_in_order 5, %3
  %endif
    load_in_order 4, %2
    go_to plan + PLAN_STEPS + 8
endstep
%endmacro

%macro last_step 2-3                ; name, how registers 2 and 3 are loaded
step %1
  %if %0 == 3
    load_in_order 3, %3
  %endif
    load_in_order 2, %2             ; `args`, so it comes last
    xor eax, eax
    jmp address
endstep
%endmacro

; ---- all of them ----

; Each family is walked through by one macro, which runs another for each stub: once to make it, once for its place in
; a table. That one is given the stub's name and what it loads.

%define op_name_0 64                ; in the order of enum move_op
%define op_name_1 32
%define op_name_2 i8
%define op_name_3 u8
%define op_name_4 i16
%define op_name_5 u16

%macro each_single 2                ; for the name, which begins with %2, and how one register is loaded
  %assign a 0
  %rep 6
    %1 %2_%[op_name_%[a]], a
    %assign a a + 1
  %endrep
%endmacro

%macro each_pair 2                  ; the same, and how two registers are
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

%macro each_words 1                 ; for the name, the registers, those of 8 bytes
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

%macro each_narrow 1                ; for the name, the registers, how they are loaded
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

%macro each_reals 1                 ; for the name, the registers, the doubles among them
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

%macro each_mixed 1                 ; for the name, the integer registers, how those are loaded, the others; even numbers
  %assign a MOVE_OP_64
  %rep 2
    %assign g 2
    %rep 3
      %assign f 2
      %rep 4
        %if a == MOVE_OP_64
      %1 sysv_%[g]q_%[f]d, g, a, f
        %else
      %1 sysv_%[g]l_%[f]d, g, a, f
        %endif
        %assign f f + 2
      %endrep
      %assign g g + 2
    %endrep
    %assign a a + 1
  %endrep
%endmacro

%macro each_few 1                   ; for the name, integer registers, those of 8 bytes, the others, the doubles
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

%macro make_single 2
    set_how 0, %2
    jumping_stub %1, 1, 0
%endmacro

%macro make_pair 3
    set_how 0, %2
  %assign how_1 %3
    jumping_stub %1, 2, 0
%endmacro

%macro make_words 3
    set_how %3, MOVE_OP_32
    jumping_stub %1, %2, 0
%endmacro

%macro make_narrow 3
    set_how 0, %3
    jumping_stub %1, %2, 0
%endmacro

%macro make_reals 3
    jumping_stub %1, 0, %2, %3
%endmacro

%macro make_mixed 4
    set_how 0, %3
    jumping_stub %1, %2, %4
%endmacro

%macro make_few 5
    set_how %3, MOVE_OP_32
    jumping_stub %1, %2, %4, %5
%endmacro

code_section sysv_families
covered sysv_simple                 ; none of these saves anything: one record covers them
    jumping_stub sysv_0, 0, 0
each_single make_single, sysv
each_pair make_pair, sysv
each_pair open_stub, sysv_open
each_single middle_step, sysv_middle
each_pair middle_step, sysv_middle
each_single last_step, sysv_last
each_pair last_step, sysv_last
each_words make_words
each_narrow make_narrow
each_reals make_reals
each_mixed make_mixed
each_few make_few
endproc

; The tables: distances from each entry to its stub.
%macro distance 1-5
    dd %1 - $
%endmacro

constants
table sysv_widths                   ; none, one, two, three to six; by the mask of those of 8 bytes
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
table sysv_middle                   ; of one register, then of two
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
table sysv_mixed
each_mixed distance
endtable
table sysv_few
each_few distance
endtable

%endif
