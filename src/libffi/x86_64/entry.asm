; SPDX-License-Identifier: MIT
;
; Where closures begin: those of ffi_closure_alloc() with a callback of ffi_invoke in r10; those in the caller's memory,
; which is executable by the caller's choice, and Go's with their own address in r10, the register of the static chain
; (psABI 3.2.3). What goes by a table (src/callback/table.c) gives the closure's function pointers to all arguments:
;
;   void fun(ffi_cif *cif, void *result, void **args, void *userdata);
;
; The rest goes through an image of the registers: that of ffi_closure_alloc() by ffi_invoke's own entries, unless its cif
; has no plan. And the code that is copied to the caller's memory; the address of an entry stands behind the copy.

%include "sysv_image.inc"
%include "win64_image.inc"
%include "load.inc"
%include "sysv_table.inc"

; ---- by a table ----

%define closure  r10                ; from its cif on, which fun follows
%define userdata rax

%macro form_of_closure 0            ; form, of the cif's plan
    mov form, [closure]
    mov form, [form + LIBFFI_CIF_PREPARED]
    mov form, [form + LIBFFI_PREPARED_FORM]
%endmacro

; The frame's size is known here, as arch/x86_64/keep.inc explains. Arguments that take more go through an image.
%define base     rsp + LIBFFI_TABLE_FRAME
%define is_fixed 1

section .text
proc libffi_closure_table
    mov form, [callback + CALLBACK_FORM]
    mov closure, [callback + CALLBACK_USERDATA]
    mov userdata, [closure + LIBFFI_CLOSURE_USERDATA]
    add closure, LIBFFI_CLOSURE_CIF
  .begin:
    reserve LIBFFI_TABLE_FRAME + 8
    mov [base + ENTRY_LEAVE], userdata
    mov rax, [form + FORM_LEAVE]
    mov [base + ENTRY_LEAVE + 8], rax
    cmp dword [form + FORM_NSLOTS], 0
    je .nothing
    store_registers
    begin_copies
    mov ecx, [form + FORM_NSLOTS]
    lea r9, [base]
  .argument:                        ; from the last one
    movsxd rax, dword [r8 + 4 * rcx - 4]
    sar rax, 1
    add rax, r9
    mov [rsp + 8 * rcx - 8], rax
    dec ecx
    jnz .argument
  .call:
    lea rsi, [base + ENTRY_RESULT]
    pxor xmm0, xmm0                 ; zero unless the function writes it
    movaps [rsi], xmm0
    movaps [rsi + 16], xmm0
    cmp byte [form + FORM_SRET], 0
    cmovne rsi, [base + ENTRY_GPRS]
    mov rdi, [closure]
    mov rdx, rsp
    mov rcx, [base + ENTRY_LEAVE]
    call [closure + 8]
    go_to base + ENTRY_LEAVE + 8
  .nothing:                         ; but the address of a result
    mov [base + ENTRY_GPRS], rdi
    jmp .call
    copies
    leaves
endproc
covered libffi_others_by_table
leaf libffi_memory_table
    mov userdata, [closure + LIBFFI_CLOSURE_USERDATA]
    add closure, LIBFFI_CLOSURE_CIF
    form_of_closure
    jmp libffi_closure_table.begin
endleaf
leaf libffi_go_table
    mov userdata, closure
    add closure, LIBFFI_GO_CLOSURE_CIF
    form_of_closure
    jmp libffi_closure_table.begin
endleaf
endproc

; ---- by an image ----

; Of a callback whose userdata is the closure; and of a Go closure, whose address the C function gets with 1 added.
%macro other_entries 1              ; ABI
leaf libffi_%1_own
    mov r10, [callback + CALLBACK_USERDATA]
    jmp libffi_%1_image
endleaf
leaf libffi_%1_go
    inc r10
    jmp libffi_%1_image
endleaf
%endmacro

sysv_image_entry libffi_sysv_image, 16, libffi_closure_of
win64_image_entry libffi_win64_image, 16, libffi_closure_of, 4, 8, 1
covered libffi_other_entries
other_entries sysv
other_entries win64
endproc

constants
table libffi_images                 ; by the ABI, by enum closure_kind
    dd libffi_sysv_image - $
    dd libffi_sysv_own - $
    dd libffi_sysv_go - $
    dd libffi_win64_image - $
    dd libffi_win64_own - $
    dd libffi_win64_go - $
endtable
table libffi_tables                 ; by enum closure_kind
    dd libffi_memory_table - $
    dd libffi_closure_table - $
    dd libffi_go_table - $
endtable
leaves_table libffi_leaves, libffi_closure_table

table libffi_code
  .here:
    endbr64
    lea r10, [.here]
    jmp [.here + 24]
    times 24 - ($ - .here) nop
endtable
