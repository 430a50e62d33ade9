; SPDX-License-Identifier: MIT
;
; The entries of the System V ABI for x86-64 for records: arguments in registers that are no slot, or more than one.
;
;   sysv_entry_table          loads any result by a leave, a piece of code that the table names
;   sysv_entry_table_fixed    the same, with a frame of a known size
;   sysv_entry_table_<kind>   the same, and the result is of a frequent kind: the entry loads it
;   sysv_entry_table_memory   the same for a result in memory; one record on the stack it takes without a table
;   sysv_entry_table_wide     also takes and loads vector registers of 16 bytes
;   sysv_entry_table_ymm      and of 32 bytes

%include "sysv_image.inc"
%include "load.inc"
%include "sysv_table.inc"
%include "sysv_registers.inc"

; On Windows the entries for System V's callers use an image, because the handlers have another ABI there.
%ifnidn __OUTPUT_FORMAT__, win64

; An entry with a frame of a known size does not change rbp (keep.inc says why).
%macro table_entry 3                ; name, whether the frame is of a known size, bytes of a floating-point register
%define is_fixed %2
%define fpr_bytes %3
leaf %1, 32
  %if is_fixed
    %define base rsp + TABLE_FRAME
    reserve TABLE_FRAME + 8
    mov form, [callback + CALLBACK_FORM]
  %else
    %define base rbp
    save rbp
    frame
    mov form, [callback + CALLBACK_FORM]
    mov eax, [form + FORM_FRAME]
    sub rsp, rax
  %endif
    store_registers
    mov rax, [form + FORM_LEAVE]
    mov [base + ENTRY_LEAVE], rax
    begin_copies
    write_slots base
  %if fpr_bytes > 8
    lea rdi, [base + ENTRY_RESULT]
  .clear_result:
  %endif
    pxor xmm0, xmm0                 ; the result is zero unless the handler writes it
    cmp byte [form + FORM_SRET], 0
    jne .in_memory
  %if fpr_bytes == 8
    lea rdi, [base + ENTRY_RESULT]
  %endif
    movaps [rdi], xmm0
    movaps [rdi + 16], xmm0
  .cleared:
    mov rdx, [callback + CALLBACK_USERDATA]
    mov rsi, rsp
    call [callback + CALLBACK_HANDLER]
    go_to base + ENTRY_LEAVE
  %if is_fixed
    copies
  %elif fpr_bytes == 8
  .copy:
    lea r9, [.copied]
  .copies:                          ; goes to r9
    copy_all
    db 0x3e                         ; notrack, as in go_to
    jmp r9
  %else                             ; `base` is the same there
  .copy:
    lea r9, [.copied]
    jmp sysv_entry_table.copies
  %endif
  .in_memory:                       ; clears 16 bytes at once from the end, and the first 16 last
  %if fpr_bytes > 8                 ; by sysv_entry_table, which goes to r9
    mov rdi, [base + ENTRY_GPRS]
    lea r9, [.cleared]
    jmp sysv_entry_table.clear_memory
  %else
   %if !is_fixed
    lea r9, [.cleared]
  .clear_memory:
   %endif
    mov ecx, [form + FORM_RESULT_SIZE]
    sub ecx, 16
    jb .few
  .clear:
    movups [rdi + rcx], xmm0
    sub ecx, 16
    ja .clear
    movups [rdi], xmm0
   %if is_fixed
    jmp .cleared
   %else
    db 0x3e                         ; notrack, as in go_to
    jmp r9
   %endif
  .few:
    add ecx, 16
    mov rdx, rdi
    xor eax, eax
    rep stosb
    mov rdi, rdx
   %if is_fixed
    jmp .cleared
   %else
    db 0x3e
    jmp r9
   %endif
  %endif
    leaves
endleaf
%endmacro

; The same for the most frequent results in registers, each with an entry that loads it.
%macro kind_entry 1-*
  %rep %0
leaf sysv_entry_table_%1, 32
    reserve TABLE_FRAME + 8
    mov form, [callback + CALLBACK_FORM]
    store_registers
    begin_copies
    write_slots base
    pxor xmm0, xmm0                 ; the result is zero unless the handler writes it
    lea rdi, [base + ENTRY_RESULT]
    movaps [rdi], xmm0
    mov rdx, [callback + CALLBACK_USERDATA]
    mov rsi, rsp
    call [callback + CALLBACK_HANDLER]
    load_leave %1
    release
    ret
    unreleased
    copies
endleaf
  %rotate 1
  %endrep
%endmacro

; The small library uses only the first section.
code_section sysv_table
covered sysv_any_table
table_entry sysv_entry_table, 0, 8
endproc
code_section sysv_table_more
covered sysv_table_more_entries
table_entry sysv_entry_table_fixed, 1, 8
kind_entry void, 32, 64, f64, word_word, word_real, real_word, real_real

; The slot of a record at the beginning of the stack words has twice their offset from `base`.
leaf sysv_entry_table_memory
    mov form, [callback + CALLBACK_FORM]
    cmp dword [form + FORM_NSLOTS], 1
    jne sysv_entry_table_fixed
    mov ecx, [form + FORM_RESULT_SIZE]
    sub ecx, 16
    jb sysv_entry_table_fixed
    cmp dword [form + FORM_STACK], 2 * 16
    jne sysv_entry_table_fixed
    reserve 24                      ; the slot, and the address of the result
    lea rax, [rsp + 24 + 8]
    mov [rsp], rax
    mov [rsp + 8], rdi
    pxor xmm0, xmm0                 ; as in table_entry
  .clear:
    movups [rdi + rcx], xmm0
    sub ecx, 16
    ja .clear
    movups [rdi], xmm0
    mov rdx, [callback + CALLBACK_USERDATA]
    mov rsi, rsp
    call [callback + CALLBACK_HANDLER]
    mov rax, [rsp + 8]
    release
    ret
endleaf

table_entry sysv_entry_table_wide, 0, 16

; The same with registers of 32 bytes, whose memory is aligned to 32. So `base` is the frame pointer or 16 bytes above
; it. The stack words have one distance from `base` only if they are aligned to 32, too: then it is the frame pointer.
; The handler's call and the leaves are the wide entry's. Those expect the result and the address of a result in memory
; where the frame pointer is `base`; but a result of 32 bytes is at `base`.
%define fpr_bytes 32
%define base r10
leaf sysv_entry_table_ymm
    save rbp
    frame
    mov form, [callback + CALLBACK_FORM]
    mov eax, [form + FORM_FRAME]
    sub rsp, rax
    mov [rbp + YMM_SAVED], callback ; whose register `base` takes
    mov base, rbp
    or base, 16
    mov [rbp + ENTRY_GPRS], rdi
    store_registers
    vzeroupper                      ; the code that follows uses SSE instructions
    mov rax, [form + FORM_LEAVE]
    mov [rbp + ENTRY_LEAVE], rax
    begin_copies
    write_slots base
    cmp dword [form + FORM_RESULT_SIZE], 32
    cmovne base, rbp
    lea rdi, [base + ENTRY_RESULT]
    mov callback, [rbp + YMM_SAVED]
    jmp sysv_entry_table_wide.clear_result
    copies
endleaf
endproc

constants
table sysv_fixed_kinds              ; by enum table_leave
    dd sysv_entry_table_void - $
    dd 0, 0, 0, 0                   ; narrow integers
    dd sysv_entry_table_32 - $
    dd sysv_entry_table_64 - $
    dd 0                            ; a float
    dd sysv_entry_table_f64 - $
    dd sysv_entry_table_word_word - $
    dd sysv_entry_table_word_real - $
    dd sysv_entry_table_real_word - $
    dd sysv_entry_table_real_real - $
    dd 0, 0                         ; long double
    dd sysv_entry_table_memory - $
endtable
leaves_table sysv_leaves, sysv_entry_table
leaves_table sysv_fixed_leaves, sysv_entry_table_fixed
leaves_table sysv_wide_leaves, sysv_entry_table_wide, wide
%endif
