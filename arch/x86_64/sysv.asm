; SPDX-License-Identifier: MIT
;
; The stubs of the System V ABI for x86-64. Each is, in C,
;
;   void stub(const struct function *function, void *result, const ffi_value *args);
;   void pointers_stub(const struct function *function, void *result, void *const *args);
;
; and does one thing: load registers from slots of `args` as the function's plan says, call the function's
; address, store the result with its own size. Types were looked at when the plan was made; they chose the
; stub. There are three families, and a wide stub for what they do not fit:
;
;   sysv_grid[ret][g][f]    g integer and f floating-point registers, nothing on the stack
;   sysv_stack[ret][f > 0]  the stack too: all six integer registers, none or all eight of the others
;   sysv_pointers[ret][f]   arguments of 8 bytes behind pointers: all six integer registers
;
; Where a family loads more registers than the call has, the plan's tables name slot 0 for the rest.
;
; Where one kind of register is in use, the slots are its registers in order and no table is read. Where both
; are, or may be, the stubs of one result and one g are entries to one ladder of loads: an entry jumps to the
; step from which its registers remain to be loaded. (Straight-line stubs would be three times the code for one
; jump less.) For example sysv_32_2_1, an int of two integers and a double, runs
;
;   sysv_32_2_1:
;     endbr64
;     push  rsi                      ; result
;     mov   r10, [rdi + 16]          ; function->plan
;     jmp   .fpr_1
;   .fpr_1:
;     movzx eax, word [r10 + 16]     ; plan->fpr[0]
;     movsd xmm0, [rdx + rax*8]
;   .fpr_0:
;     mov   r11, [rdi + 8]           ; function->address
;     movzx eax, word [r10 + 2]      ; plan->gpr[1]
;     mov   rsi, [rdx + rax*8]
;     movzx eax, word [r10]          ; plan->gpr[0]
;     mov   rdi, [rdx + rax*8]
;     movzx eax, byte [r10 + 41]     ; plan->nfpr, for a variadic callee
;     call  r11
;     pop   rcx
;     test  rcx, rcx                 ; is the result wanted?
;     jz    .unwanted
;     mov   [rcx], eax
;   .unwanted:
;     ret

%include "unwind.inc"
%include "layout.inc"

%define result  rcx                 ; the roles: of `result` after the call, of the rest before it
%define args    rdx
%define plan    r10
%define address r11
%define slot    rax
%define slot_d  eax

%define behind_pointers 0           ; whether a slot holds the argument's address
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

%macro load_gpr 3                   ; register, its number, registers in use
  %if %2 < %3
    load %1, %2, PLAN_GPR, mov
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

; Loads xmm7 to xmm0; from `.fpr_n` on, the first n of them.
%macro load_fprs 0
  %assign %%i 8
  %rep 8
  .fpr_%[%%i]:
  %assign %%i %%i - 1
    load xmm %+ %%i, %%i, PLAN_FPR, movsd
  %endrep
  .fpr_0:
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

; psABI 3.2.3: al bounds the vector registers of a variadic call.
%macro count_fprs 0
    movzx eax, byte [plan + PLAN_NFPR]
%endmacro

; What stands around the loads of a stub without stack words. rsp at the call, from below: [result] [return
; address]. No register is preserved for ours: the next call would wait for its way through memory. Without a
; result there is no frame, and the address is jumped to.
%macro hold_result 1                ; ret
  %ifnidn %1, void
    hold rsi
  %endif
%endmacro

%macro end_call 1
  %ifidn %1, void
    jmp address
  %else
    call address
    take result
    store_result %1
    ret
  %endif
%endmacro

; No floating-point registers: the first slots are the registers in order.
%macro straight 3                   ; name, ret, integer registers
proc %1
    hold_result %2
    mov address, [rdi + FUNCTION_ADDRESS]
  %define in_order 1
    load_gprs %3
  %define in_order 0
    xor eax, eax
    end_call %2
endproc
%endmacro

; Ways into one ladder, for %4 to 8 floating-point registers.
%macro ladder 4                     ; name, ret, integer registers, the least floating-point registers
covered %1
  %assign %%f %4
  %rep 9 - %4
    %xdefine %%step %1.fpr_ %+ %%f
    entry %1_%[%%f]                 ; 14 bytes at most
    hold_result %2
    mov plan, [rdi + FUNCTION_PLAN]
    %if %%f < 8
    jmp %%step
    %endif
    %assign %%f %%f + 1
  %endrep
body %1
  %if %3 == 0
    %define in_order 1
  %endif
    load_fprs
  %define in_order 0
    mov address, [rdi + FUNCTION_ADDRESS]
    load_gprs %3
    count_fprs
    end_call %2
endproc
%endmacro

; rsp at the call, from below: [stack words, an even number] [unused] [result] [rbp saved] [return address]
%macro stack_stub 2                 ; ret, floating-point registers, 0 or 8
proc sysv_%1_stack_%2
    save rbp
    frame
    hold rsi
    push rax                        ; keeps rsp a multiple of 16
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
  %if %2
    load_fprs
  %endif
    load_gprs 6
    count_fprs
    call address
    mov result, [rbp - 8]
    store_result %1
    leave_frame
    ret
endproc
%endmacro

; Calls with everything that is not one slot. There is one for each size of vector register: loading 16 bytes
; where 8 have just been stored would stall.
;
;   void sysv_wide_8(struct image *image, void *address);
;
; rsp at the call, from below: [stack words, aligned to 64 if they are a multiple of 8] [image] [rbp saved]
; [return address]
%define image r10

%macro load_vector 2                ; bytes, number
  %if %1 == 8
    movsd xmm %+ %2, [image + IMAGE_FPR + 8 * %2]
  %elif %1 == 16
    movaps xmm %+ %2, [image + IMAGE_FPR + 16 * %2]
  %elif %1 == 32
    vmovaps ymm %+ %2, [image + IMAGE_FPR + 32 * %2]
  %else
    vmovaps zmm %+ %2, [image + IMAGE_FPR + 64 * %2]
  %endif
%endmacro

%macro store_vector 2
  %if %1 == 8
    movsd [image + IMAGE_FPR + 8 * %2], xmm %+ %2
  %elif %1 == 16
    movaps [image + IMAGE_FPR + 16 * %2], xmm %+ %2
  %elif %1 == 32
    vmovaps [image + IMAGE_FPR + 32 * %2], ymm %+ %2
  %else
    vmovaps [image + IMAGE_FPR + 64 * %2], zmm %+ %2
  %endif
%endmacro

%macro wide_stub 1                  ; bytes of a vector register
proc sysv_wide_%1
    save rbp
    frame
    hold rdi
    mov image, rdi
    mov address, rsi
    and rsp, -64                    ; the words are an even number, or of 8 if one must be aligned to 64
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
    load_vector %1, %%i
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
    store_vector %1, 0
    store_vector %1, 1
  %if %1 > 16
    vzeroupper                      ; what follows may be SSE code, slow while upper halves are in use
  %endif
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

%define ret_kinds void, 8, 16, 32, 64, f32, f64 ; in the order of RET_ in arch/layout.h

; Every stub of one kind of result.
%macro stubs_of 1
  %assign %%g 0
  %rep 7
    straight sysv_%1_%[%%g]_0, %1, %%g
    ladder sysv_%1_%[%%g], %1, %%g, 1
    %assign %%g %%g + 1
  %endrep
  stack_stub %1, 0
  stack_stub %1, 8
  %define behind_pointers 1
  ladder sysv_%1_pointers, %1, 6, 0
  %define behind_pointers 0
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
wide_stub 8
wide_stub 16
wide_stub 32
wide_stub 64

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
    dd sysv_%1_stack_0 - $
    dd sysv_%1_stack_8 - $
%endmacro

%macro pointers_row 1
  %assign %%f 0
  %rep 9
    dd sysv_%1_pointers_%[%%f] - $
    %assign %%f %%f + 1
  %endrep
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
global sysv_pointers:data hidden (sysv_pointers.end - sysv_pointers)
sysv_pointers:
each_ret pointers_row, ret_kinds
.end:
