; SPDX-License-Identifier: MIT
;
; The stubs of the System V ABI for x86-64. Each is called as
;
;   void stub(const struct function *function, void *result, const ffi_value *args);
;
; and does one thing: it loads registers from the slots of `args` as the function's plan says, and goes to the
; function's address. The plan was made from the types; it chose the stub. A stub without stack words jumps: the native
; code returns to the stub's caller with the result in the ABI's register. Such a stub ignores `result` and has no
; frame to unwind.
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
;   sysv_each             any registers
;   sysv_row_6_0_<w>, sysv_row_0_8_<w>
;                         six integers of 8 bytes or eight doubles, and so many words like them
;   sysv_stack_<f>        stack words too: integers of 8 bytes, none or all eight of the vector registers
;   sysv_stack_each       stack words and any registers
;
; and an image stub for everything else. Where a family loads more registers than the call has, the plan's tables
; name the slot of the first one for the rest. Where one kind of register is in use, slot k feeds register k and no
; table is read. For example, two integers of 8 bytes and a double:
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
%include "vector.inc"
%include "load.inc"

%define args    rdx                 ; the roles, before the call
%define plan    r10
%define address r11
%define slot    rax
%define slot_d  eax

%include "sysv_registers.inc"

%define in_order 0                  ; whether slot k feeds register k: only one kind of register is in use

; Sets `from` to where register %1 is loaded from; %2 is the plan's table.
%macro locate 2
  %if in_order
    %xdefine from args + 8 * %1
  %else
    movzx slot_d, word [plan + %2 + 2 * %1]
    %define from args + slot * 8
  %endif
%endmacro

%macro load_gpr 2                   ; number, registers in use
  %if %1 < %2
    locate %1, PLAN_GPR
    load_from %1, how_%1
  %endif
%endmacro

; Says how each integer register is loaded, by enum move_op: 8 bytes where mask %1 has its bit, else %2.
%macro set_how 2
  %assign %%k 0
  %rep 6
    %if %1 & (1 << %%k)
      %assign how_%[%%k] MOVE_OP_64
    %else
      %assign how_%[%%k] %2
    %endif
    %assign %%k %%k + 1
  %endrep
%endmacro

; Loads the first %1 integer registers. rdx is `args`, so it comes last.
%macro load_gprs 1
    load_gpr 5, %1
    load_gpr 4, %1
    load_gpr 3, %1
    load_gpr 1, %1
    load_gpr 0, %1
    load_gpr 2, %1
%endmacro

; Loads the first %1 floating-point registers: doubles where mask %2 has the register's bit, else floats.
%macro load_fprs 2
  %assign %%k %1
  %rep %1
  %assign %%k %%k - 1
    locate %%k, PLAN_FPR
    %if %2 & (1 << %%k)
    movsd xmm %+ %%k, [from]
    %else
    movss xmm %+ %%k, [from]
    %endif
  %endrep
%endmacro

; psABI 3.2.3: al bounds the vector registers of a variadic call.
%macro count_fprs 1
  %if %1
    mov eax, %1
  %else
    xor eax, eax
  %endif
%endmacro

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

; ---- any registers ----

; Integers of 4 bytes and doubles are loaded on the straight way, others out of line. The stub may load registers that
; are not in use.

%macro load_vector 2                ; integer and floating-point registers are different arguments
%endmacro

%macro load_each_gpr 1
    locate %1, PLAN_GPR
    load_by_op %1
%endmacro

%macro load_each_fpr 1
    locate %1, PLAN_FPR
    cmp byte [plan + PLAN_FPR_OPS + %1], MOVE_OP_64
    jne .single_%1
    movsd xmm%1, [from]
  .loaded_x%1:
%endmacro

%macro load_single 1
  .single_%1:
    movss xmm%1, [from]
    jmp .loaded_x%1
%endmacro

%macro each_stub 1                  ; name
leaf %1
    mov address, [rdi + FUNCTION_ADDRESS]
    mov plan, [rdi + FUNCTION_PLAN]
    movzx eax, byte [plan + PLAN_NFPR]
    test eax, eax
    jz .integers
    cmp eax, 2
    jbe .two
    cmp eax, 4
    jbe .four
    load_each_fpr 7
    load_each_fpr 6
    load_each_fpr 5
    load_each_fpr 4
  .four:
    load_each_fpr 3
    load_each_fpr 2
  .two:
    load_each_fpr 1
    load_each_fpr 0
  .integers:
    movzx eax, byte [plan + PLAN_NGPR]
    test eax, eax
    jz .go
    cmp eax, 3
    jbe .three
    load_each_gpr 5
    load_each_gpr 4
    load_each_gpr 3
  .three:
    load_each_gpr 1
    load_each_gpr 0
    load_each_gpr 2
  .go:
    movzx eax, byte [plan + PLAN_NFPR] ; psABI 3.2.3, as above
    jmp address
  %assign %%k 0
  %rep 6
    load_other %[%%k]
    %assign %%k %%k + 1
  %endrep
  %assign %%k 0
  %rep 8
    load_single %[%%k]
    %assign %%k %%k + 1
  %endrep
endleaf
%endmacro

; ---- the stack ----

; rsp at the call, from below: [stack words, an even number] [rbp saved] [return address]
%macro stack_stub 1                 ; floating-point registers, 0 or 8
proc sysv_stack_%1
    save rbp
    frame
    mov address, [rdi + FUNCTION_ADDRESS]
    mov plan, [rdi + FUNCTION_PLAN]
    mov ecx, [plan + PLAN_NSTACK]   ; even, and not 0
  .word:                            ; the last word first: it lies highest
    mov slot_d, [plan + PLAN_STACK + rcx * 4 - 4]
    push qword [args + slot * 8]
    mov slot_d, [plan + PLAN_STACK + rcx * 4 - 8]
    push qword [args + slot * 8]
    sub ecx, 2
    jnz .word
    load_fprs %1, 255
    load_gprs 6
    movzx eax, byte [plan + PLAN_NFPR]
    call address
    leave_frame
    ret
endproc
%endmacro

; Six integers of 8 bytes, or eight doubles, and so many words behind them; slot k feeds the k-th of all.
%macro row_stub 3                   ; integer registers, floating-point registers, words
proc sysv_row_%1_%2_%3
    mov address, [rdi + FUNCTION_ADDRESS]
    reserve 8 * (%3 | 1)            ; an odd number of words aligns the stack
  %assign %%k 0
  %rep %3
    mov rax, [args + 8 * (%1 + %2 + %%k)]
    mov [rsp + 8 * %%k], rax
    %assign %%k %%k + 1
  %endrep
  %define in_order 1
    load_fprs %2, 255
    load_gprs %1
    count_fprs %2
  %define in_order 0
    call address
    release
    ret
endproc
%endmacro

; The same for slots of which some were stored as 4 bytes: each half of a word is loaded by itself.
%macro push_halves 1                ; the word's place in the plan
    mov slot_d, [plan + %1]
    mov r8d, [args + slot * 8 + 4]
    mov slot_d, [args + slot * 8]
    shl r8, 32
    or slot, r8
    push slot
%endmacro

%macro stack_each_stub 0
proc sysv_stack_each
    save rbp
    frame
    mov plan, [rdi + FUNCTION_PLAN]
    mov ecx, [plan + PLAN_NSTACK]   ; even, and not 0
  .word:
    push_halves PLAN_STACK + rcx * 4 - 4
    push_halves PLAN_STACK + rcx * 4 - 8
    sub ecx, 2
    jnz .word
    call sysv_each                  ; which leaves the stack as it is here and jumps to the native code
    leave_frame
    ret
endproc
%endmacro

; Calls with everything that is not one slot. There is one for each size of vector register: loading 16 bytes
; where 8 have just been stored would stall.
;
;   void sysv_image_8(struct image *image, void *address);
;
; rsp at the call, from below: [stack words] [image] [rbp saved] [return address]
%define image r10

%macro image_stub 1                  ; bytes of a vector register
proc sysv_image_%1
    save rbp
  %ifidn __OUTPUT_FORMAT__, win64
    save_windows                    ; for our caller: the callee does not preserve it
  %endif
    frame
    push_local arg0
    mov image, arg0
    mov address, arg1
    and rsp, [image + IMAGE_STACK_MASK] ; the words fill a multiple of that
    mov rcx, [image + IMAGE_NSTACK]
    test rcx, rcx
    jz .registers
  .word:
    push qword [image + IMAGE_FPR + 8 * %1 + rcx * 8 - 8]
    dec rcx
    jnz .word
  .registers:
    mov rax, [image + IMAGE_VECTORS] ; psABI 3.2.3: al, for a variadic callee
    test eax, eax
    jz .integers
  %assign %%i 0
  %rep 8
    move_vector %1, [image + IMAGE_FPR + %1 * %%i], %%i, load
    %assign %%i %%i + 1
  %endrep
  .integers:
    mov rdi, [image]
    mov rsi, [image + 8]
    mov rdx, [image + 16]
    mov rcx, [image + 24]
    mov r8, [image + 32]
    mov r9, [image + 40]
    mov r10, [image + IMAGE_CHAIN]  ; psABI 3.2.3; `image` is r10
    call address
    mov image, [rbp - 8]
    mov [image + IMAGE_GPR_RESULT], rax
    mov [image + IMAGE_GPR_RESULT + 8], rdx
    move_vector %1, [image + IMAGE_FPR], 0, store
    move_vector %1, [image + IMAGE_FPR + %1], 1, store
    leave_vectors %1
    mov rcx, [image + IMAGE_NX87]   ; an x87 register may only be read if it holds a result
    jrcxz .done
    fstp tword [image + IMAGE_X87_RESULT]
    dec rcx
    jz .done
    fstp tword [image + IMAGE_X87_RESULT + 16]
  .done:
    leave_frame
    ret
endproc
%endmacro

section .text
image_stub 8
image_stub 16
code_section sysv_vectors
image_stub 32
image_stub 64

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

%macro each_row 1                   ; for the name, the registers of both kinds, the words
  %assign w 1
  %rep 10
    %1 sysv_row_6_0_%[w], 6, 0, w
    %assign w w + 1
  %endrep
  %assign w 1
  %rep 4
    %1 sysv_row_0_8_%[w], 0, 8, w
    %assign w w + 1
  %endrep
%endmacro

%macro make_row 4
    row_stub %2, %3, %[%4]
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

; On Windows every call of a System V function goes through an image.
%ifnidn __OUTPUT_FORMAT__, win64

code_section sysv_families
covered sysv_simple                 ; none of these saves anything: one record covers them
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

code_section sysv_slots
covered sysv_others
    jumping_stub sysv_0, 0, 0
each_stub sysv_each
endproc
    set_how 0, MOVE_OP_64           ; for those of the stack

each_row make_row
stack_stub 0
stack_stub 8
stack_each_stub

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
table sysv_rows
each_row distance
endtable
table sysv_few
each_few distance
endtable

%endif
