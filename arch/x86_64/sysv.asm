; SPDX-License-Identifier: MIT
;
; The stubs of the System V ABI for x86-64. Each is called as
;
;   void stub(const struct function *function, void *result, const ffi_value *args);
;
; and does one thing: load registers from slots of `args` as the function's plan says, and go to the function's
; address. Types were looked at when the plan was made; they chose the stub. Without stack words it jumps, so
; that the native code returns to who called the stub, with the result in the register that the ABI has for it:
; `result` is not looked at, and no stub has a frame to unwind. There are four families, and a wide stub for
; what they do not fit:
;
;   sysv_<g>_<f>      g integer and f floating-point registers, nothing on the stack
;   sysv_narrow_<g>   integers of less than 4 bytes among them, no floating-point registers
;   sysv_narrow       the same with all six and all eight registers
;   sysv_stack_<f>    the stack too: all six integer registers, none or all eight of the others
;   sysv_pointers_<f> `args` are pointers to arguments of 8 bytes: all six integer registers
;
; Where a family loads more registers than the call has, the plan's tables name slot 0 for the rest. Where one
; kind of register is in use, the slots are its registers in order and no table is read. For example, two
; integers and a double:
;
;   sysv_2_1:
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

%include "unwind.inc"
%include "layout.inc"
%include "vector.inc"

%define args    rdx                 ; the roles, before the call
%define plan    r10
%define address r11
%define slot    rax
%define slot_d  eax

%define behind_pointers 0           ; whether a slot holds the argument's address
%define narrow 0                    ; whether integers are extended
%define in_order 0                  ; whether slot k feeds register k: only one kind of register is in use

; Loads one register from its slot: register, its number, the plan's table, mov or movsd.
%macro load 4
  %if in_order
    %4 %1, [args + %2 * 8]
  %else
    movzx slot_d, word [plan + %3 + 2 * %2]
    %if behind_pointers
    mov slot, [args + slot * 8]
    %4 %1, [slot]
    %else
    %4 %1, [args + slot * 8]
    %endif
  %endif
%endmacro

; Callees of clang's rely on narrow integers being extended; see struct extension.
%macro load_gpr 3                   ; register, its number, registers in use
  %if %2 < %3
    load %1, %2, PLAN_GPR, mov
    %if narrow
    and %1, [plan + PLAN_EXTEND + 16 * %2]
    xor %1, [plan + PLAN_EXTEND + 16 * %2 + 8]
    sub %1, [plan + PLAN_EXTEND + 16 * %2 + 8]
    %endif
  %endif
%endmacro

; Loads the first %1 integer registers. rdx is `args`, so it comes last.
%macro load_gprs 1
    load_gpr r9,  5, %1
    load_gpr r8,  4, %1
    load_gpr rcx, 3, %1
    load_gpr rsi, 1, %1
    load_gpr rdi, 0, %1
    load_gpr rdx, 2, %1
%endmacro

; Loads the first %1 floating-point registers.
%macro load_fprs 1
  %assign %%i %1
  %rep %1
  %assign %%i %%i - 1
    load xmm %+ %%i, %%i, PLAN_FPR, movsd
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

%macro jumping_stub 3               ; name, integer registers, floating-point registers
leaf %1
    mov address, [rdi + FUNCTION_ADDRESS]
  %if behind_pointers || !%2 || !%3
    %define in_order !behind_pointers
  %endif
  %if !in_order || narrow
    mov plan, [rdi + FUNCTION_PLAN]
  %endif
    load_fprs %3
    load_gprs %2
    count_fprs %3
  %define in_order 0
    jmp address
endleaf
%endmacro

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
    load_fprs %1
    load_gprs 6
    movzx eax, byte [plan + PLAN_NFPR]
    call address
    leave_frame
    ret
endproc
%endmacro

; Calls with everything that is not one slot. There is one for each size of vector register: loading 16 bytes
; where 8 have just been stored would stall.
;
;   void sysv_wide_8(struct image *image, void *address);
;
; rsp at the call, from below: [stack words] [image] [rbp saved] [return address]
%define image r10

%macro wide_stub 1                  ; bytes of a vector register
proc sysv_wide_%1
    save rbp
  %ifidn __OUTPUT_FORMAT__, win64
    save_windows                    ; for our caller: the callee does not preserve it
  %endif
    frame
    hold first
    mov image, first
    mov address, second
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
wide_stub 8
wide_stub 16
wide_stub 32
wide_stub 64

; On Windows every call of a System V function goes through an image.
%ifnidn __OUTPUT_FORMAT__, win64

; None of these saves anything: one record covers them.
covered sysv_leaves
%assign g 0
%rep 7
  %assign f 0
  %rep 9
    jumping_stub sysv_%[g]_%[f], g, f
    %assign f f + 1
  %endrep
  %assign g g + 1
%endrep
%define narrow 1
%assign g 0
%rep 7
    jumping_stub sysv_narrow_%[g], g, 0
    %assign g g + 1
%endrep
    jumping_stub sysv_narrow, 6, 8
%define narrow 0
%define behind_pointers 1
%assign f 0
%rep 9
    jumping_stub sysv_pointers_%[f], 6, f
    %assign f f + 1
%endrep
%define behind_pointers 0
endproc

stack_stub 0
stack_stub 8

; The tables: distances from each entry to its stub.
constants
table sysv_grid
%assign g 0
%rep 7
  %assign f 0
  %rep 9
    dd sysv_%[g]_%[f] - $
    %assign f f + 1
  %endrep
  %assign g g + 1
%endrep
endtable
table sysv_narrows
%assign g 0
%rep 7
    dd sysv_narrow_%[g] - $
    %assign g g + 1
%endrep
    dd sysv_narrow - $
endtable
table sysv_stack
    dd sysv_stack_0 - $
    dd sysv_stack_8 - $
endtable
table sysv_pointers
%assign f 0
%rep 9
    dd sysv_pointers_%[f] - $
    %assign f f + 1
%endrep
endtable

%endif
