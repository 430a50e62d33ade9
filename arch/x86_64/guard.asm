; SPDX-License-Identifier: MIT
;
; Guarded calls (src/call/guard.c). A guarded call loads all arguments from an image, as an image stub does. It also
; puts known values into all registers that the callee must preserve. After the call it stores these registers' values
; and restores the caller's. A struct guard has both.
;
;   void sysv_guard(struct image *image, void *address, struct guard *guard);
;
; win64_guard is for the Windows ABI and for __vectorcall, which takes more vector registers.
;
; rsp at the call, from below: [stack words] [unused] [mark] [guard] [what is saved] [return address]
;
; The callee may have changed any register when it returns. Before the call rbx holds the guard's address and r12 its
; complement. If they still agree, rbx is the guard. If not, the code looks for the guard's mark from rsp upwards. So
; the caller survives a callee that changes all registers but rsp, and one that changes rsp but not these two.
; Exceptions and longjmp pass through the frame, because the unwind rules say where the caller's registers are saved. If
; the callee has changed rbp, the rules hold again from .found on.

%include "proc.inc"
%include "offsets.inc"
%include "image.inc"

%define image r10
%define address r11
%define guard rax                   ; before the call
%define found r11                   ; the same after it
%define guard_slot rbp - saved_all - 8

; Moves `count` vector registers from or to the image, by the size of a vector register.
%macro move_vectors 2               ; load or store, count
    mov rcx, [guard_of_%1 + GUARDED_VECTOR]
    cmp ecx, 16
    jb .%1_8
    je .%1_16
    cmp ecx, 64
    jb .%1_32
  %assign %%size 64
  %rep 4
  .%1_%[%%size]:
    %assign %%i 0
    %rep %2
    move_vector %%size, [image + IMAGE_FPR + %%size * %%i], %%i, %1
      %assign %%i %%i + 1
    %endrep
    %ifidn %1, store
    leave_vectors %%size
    %endif
    %if %%size > 8
    jmp .%1_end
    %endif
    %assign %%size %%size / 2
  %endrep
  .%1_end:
%endmacro
%define guard_of_load guard
%define guard_of_store found

%macro begin_guard 1                ; registers of vectors
    save_all
    push_local arg2
    mov guard, arg2
    mov image, arg0
    mov address, arg1
    mov [guard + GUARDED_IMAGE], image
    mov [guard + GUARDED_FRAME], rbp
    mov rdx, guard
    xor rdx, rbp
    not rdx
    push_local rdx                  ; the mark
    and rsp, [image + IMAGE_STACK_MASK]
    mov rdx, [guard + GUARDED_VECTOR]
    lea rdx, [image + IMAGE_FPR + rdx * 8 - 8]
    mov rcx, [image + IMAGE_NSTACK]
    jrcxz .vectors
  .word:
    push qword [rdx + rcx * 8]
    dec rcx
    jnz .word
  .vectors:
    cmp qword [image + IMAGE_VECTORS], 0
    je .load_end
    move_vectors load, %1
    mov [guard + 8 * GUARDED_RBP], rbp
    mov [guard + 8 * GUARDED_RSP], rsp
    mov qword [guard + 8 * GUARDED_DIRECTION], 0
    stmxcsr [guard + 8 * GUARDED_MXCSR]
    fnstcw [guard + 8 * GUARDED_X87]
    mov rbx, [guard]
    mov r12, [guard + 8]
    mov r13, [guard + 16]
    mov r14, [guard + 24]
    mov r15, [guard + 32]
%endmacro

; Every register but rcx, r10 and r11 may hold a result.
%macro end_guard 0
    mov found, r12
    not found
    cmp found, rbx
    je .found
    mov r10, rsp
    and r10, -8
  .look:                            ; [r10]: guard ^ frame, complemented; [r10 + 8]: guard
    mov found, [r10 + 8]
    lea rcx, [r10 + 8 + saved_all + 8]
    xor rcx, found
    not rcx
    cmp rcx, [r10]
    lea r10, [r10 + 8]
    jne .look
  .found:
    mov [found + GUARDED_AFTER], rbx
    mov [found + GUARDED_AFTER + 8], r12
    mov [found + GUARDED_AFTER + 16], r13
    mov [found + GUARDED_AFTER + 24], r14
    mov [found + GUARDED_AFTER + 32], r15
    mov [found + GUARDED_AFTER + 8 * GUARDED_RBP], rbp
    mov [found + GUARDED_AFTER + 8 * GUARDED_RSP], rsp
    mov rbp, [found + GUARDED_FRAME]
    mov rsp, [found + 8 * GUARDED_RSP]
    mov qword [guard_slot - 8], 0   ; erase the mark, so that no later guard finds it
    pushfq
    pop qword [found + GUARDED_AFTER + 8 * GUARDED_DIRECTION]
    cld
    stmxcsr [found + GUARDED_AFTER + 8 * GUARDED_MXCSR]
    fnstcw [found + GUARDED_AFTER + 8 * GUARDED_X87]
    mov image, [found + GUARDED_IMAGE]
    mov [image + IMAGE_GPR_RESULT], rax
    mov [image + IMAGE_GPR_RESULT + 8], rdx
%endmacro

code_section guards

proc sysv_guard
    begin_guard 8
    load_integers rdi, rsi, rdx, rcx, r8, r9
    mov rax, [image + IMAGE_VECTORS] ; psABI 3.2.3: al, for a variadic callee
    call address
    end_guard
    move_vectors store, 2
    store_x87
    leave_all
    ret
endproc

%macro each_preserved_vector 2      ; load or store, from where on
  %assign %%i 0
  %rep 10
    %assign %%number %%i + 6
    %ifidn %1, load
    movups xmm%[%%number], [%2 + 16 * %%i]
    %else
    movups [%2 + 16 * %%i], xmm%[%%number]
    %endif
    %assign %%i %%i + 1
  %endrep
%endmacro

proc win64_guard
    begin_guard 6
    mov rdi, [guard + 48]
    mov rsi, [guard + 56]
    each_preserved_vector load, guard + 8 * GUARDED_XMM6
    load_integers rcx, rdx, r8, r9
    call address
    end_guard
    mov [found + GUARDED_AFTER + 48], rdi
    mov [found + GUARDED_AFTER + 56], rsi
    each_preserved_vector store, found + GUARDED_AFTER + 8 * GUARDED_XMM6
    move_vectors store, 4
    leave_all
    ret
endproc
