; SPDX-License-Identifier: MIT
;
; The stubs of the System V ABI for x86-64. Each is, in C,
;
;   void stub(const struct function *function, void *result, const ffi_value *args);
;
; and does one thing: load registers from slots of `args` as the function's plan says, call the function's
; address, store the result with its own size. Types were looked at when the plan was made; they chose the
; stub. There are two families:
;
;   sysv_grid[ret][g][f]    g integer and f floating-point registers, nothing on the stack: straight-line
;   sysv_stack[ret][f > 0]  the stack too: all six integer registers, none or all eight of the others
;
; For example sysv_32_2_1, an int of two integers and a double, is
;
;   sysv_32_2_1:
;     endbr64
;     push  rbx
;     mov   rbx, rsi                 ; result
;     mov   r10, [rdi + 16]          ; function->plan
;     mov   r11, [rdi + 8]           ; function->address
;     movzx eax, word [r10 + 16]     ; plan->fpr[0]
;     movsd xmm0, [rdx + rax*8]
;     movzx eax, word [r10 + 2]      ; plan->gpr[1]
;     mov   rsi, [rdx + rax*8]
;     movzx eax, word [r10]          ; plan->gpr[0]
;     mov   rdi, [rdx + rax*8]
;     mov   eax, 1                   ; floating-point registers in use, for a variadic callee
;     call  r11
;     test  rbx, rbx                 ; is the result wanted?
;     jz    .out
;     mov   [rbx], eax
;   .out:
;     pop   rbx
;     ret

%include "unwind.inc"
%include "layout.inc"

%define result  rbx                 ; the roles, from the prologue on
%define args    rdx
%define plan    r10
%define address r11
%define slot    rax
%define slot_d  eax

; Loads the registers: %1 of rdi, rsi, rdx, rcx, r8, r9 and %2 of xmm0 to xmm7. rdx is `args`, so it comes
; last.
%macro load_gpr 3                   ; register, its number, registers in use
  %if %2 < %3
    movzx slot_d, word [plan + PLAN_GPR + 2 * %2]
    mov %1, [args + slot * 8]
  %endif
%endmacro

%macro load_registers 2
  %assign %%i 0
  %rep %2
    movzx slot_d, word [plan + PLAN_FPR + 2 * %%i]
    movsd xmm %+ %%i, [args + slot * 8]
  %assign %%i %%i + 1
  %endrep
    load_gpr r9,  5, %1
    load_gpr r8,  4, %1
    load_gpr rcx, 3, %1
    load_gpr rsi, 1, %1
    load_gpr rdi, 0, %1
    load_gpr rdx, 2, %1
  %if %2
    mov eax, %2                     ; psABI 3.2.3: al bounds the vector registers of a variadic call
  %else
    xor eax, eax
  %endif
%endmacro

; Stores the result unless nobody wants it. %1 is how it leaves, one of `ret_kinds`.
%macro store_result 1
  %ifnidn %1, void
    test result, result
    jz %%unwanted
    %ifidn %1, 8
    mov [result], al
    %elifidn %1, 16
    mov [result], ax
    %elifidn %1, 32
    mov [result], eax
    %elifidn %1, 64
    mov [result], rax
    %elifidn %1, f32
    movss [result], xmm0
    %elifidn %1, f64
    movsd [result], xmm0
    %endif
  %%unwanted:
  %endif
%endmacro

; rsp at the call, from below: [rbx saved] [return address]
%macro grid_stub 3                  ; ret, integer registers, floating-point registers
proc sysv_%1_%2_%3
    save rbx
    mov result, rsi
    mov plan, [rdi + FUNCTION_PLAN]
    mov address, [rdi + FUNCTION_ADDRESS]
    load_registers %2, %3
    call address
    store_result %1
    restore rbx
    ret
endproc
%endmacro

; rsp at the call, from below: [stack words, an even number] [unused] [rbx saved] [rbp saved] [return address]
%macro stack_stub 2                 ; ret, floating-point registers
proc sysv_%1_stack_%2
    save rbp
    frame
    save rbx
    push rax                        ; keeps rsp a multiple of 16
    mov result, rsi
    mov plan, [rdi + FUNCTION_PLAN]
    mov address, [rdi + FUNCTION_ADDRESS]
    mov ecx, [plan + PLAN_NSTACK]   ; even, and not 0
  .word:                            ; the last word first: it lies highest
    mov slot_d, [plan + PLAN_STACK + rcx * 4 - 4]
    push qword [args + slot * 8]
    mov slot_d, [plan + PLAN_STACK + rcx * 4 - 8]
    push qword [args + slot * 8]
    sub ecx, 2
    jnz .word
    load_registers 6, %2
    call address
    store_result %1
    lea rsp, [rbp - 8]
    restore rbx
    restore rbp
    ret
endproc
%endmacro

%define ret_kinds void, 8, 16, 32, 64, f32, f64 ; in the order of RET_ in arch/layout.h

; Every grid stub and every stack stub of one kind of result.
%macro stubs_of 1
  %assign %%g 0
  %rep 7
    %assign %%f 0
    %rep 9
      grid_stub %1, %%g, %%f
      %assign %%f %%f + 1
    %endrep
    %assign %%g %%g + 1
  %endrep
  stack_stub %1, 0
  stack_stub %1, 8
%endmacro

%macro each_ret 2-*                 ; a macro, then the kinds to run it for
  %define %%what %1
  %rep %0 - 1
    %rotate 1
    %%what %1
  %endrep
%endmacro

section .text
each_ret stubs_of, ret_kinds

; The tables: distances from each entry to its stub.
%macro grid_rows 1
  %assign %%g 0
  %rep 7
    %assign %%f 0
    %rep 9
      dd sysv_%1_%[%%g]_%[%%f] - $
      %assign %%f %%f + 1
    %endrep
    %assign %%g %%g + 1
  %endrep
%endmacro

%macro stack_row 1
    dd sysv_%1_stack_0 - $, sysv_%1_stack_8 - ($ + 4)
%endmacro

section .rodata align=4
global sysv_grid:data hidden (sysv_grid.end - sysv_grid)
sysv_grid:
each_ret grid_rows, ret_kinds
.end:
global sysv_stack:data hidden (sysv_stack.end - sysv_stack)
sysv_stack:
each_ret stack_row, ret_kinds
.end:
