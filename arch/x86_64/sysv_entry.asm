; SPDX-License-Identifier: MIT
;
; The entries of the System V ABI for x86-64. The trampoline of a callback jumps to an entry, with the callback in r10;
; the other registers still hold the native caller's values. An entry stores registers into slots by the callback's form
; and calls
;
;   void handler(void *result, const ffi_value *args, void *userdata);
;
; Then it loads the result into the registers of its kind. An entry is a stub run backwards, with the same tables. For
; every kind of result there are
;
;   sysv_entry_<kind>_<g>        2, 4 or 6 integer registers, nothing else: slot k is register k
;   sysv_entry_<kind>_f<f>       2 or 8 floating-point registers, nothing else
;   sysv_entry_<kind>_mixed      both, by the tables
;   sysv_entry_<kind>_first      both, all integers before the first double or float
;   sysv_entry_<kind>_after      both, all integers behind the last one
;   sysv_entry_<kind>_turn       both, in turn, an integer first
;   sysv_entry_<kind>_back       both, in turn, a double or float first
;   sysv_entry_<kind>_stack      both, and stack words
;   sysv_entry_<kind>_row        six integer registers and stack words behind them: slot k is the k-th of all
;   sysv_entry_<kind>_row_f      eight floating-point registers and stack words behind them
;
; Narrow results have no entries for orders and rows: first, after, turn, back, row and row_f.
;
; The callback may have fewer registers than the entry stores. The entries named sysv_entry_table serve records. One more entry stores an
; image of the registers for every other signature, and src/callback/callback.c reads it.

%include "sysv_image.inc"
%include "load.inc"
%include "sysv_table.inc"
%include "sysv_registers.inc"

%define slot     rax
%define slot_d   eax

; Loads the handler's arguments. The result is zero unless the handler writes it.
%macro call_handler 1               ; where the result is
    mov rdx, [callback + CALLBACK_USERDATA]
    mov rsi, rsp
    lea rdi, [%1]
    mov qword [rdi], 0
    call [callback + CALLBACK_HANDLER]
%endmacro

; ---- registers only ----

; rsp in the handler's caller, from below: [slots of all 14 registers] [result] [return address]
%define RESULT 8 * 14

%macro store_gprs 3                 ; where the first one's slot is, bytes from slot to slot, number of registers
  %assign k 0
  %rep %3
    mov [%1 + %2 * k], gpr64_%[k]
    %assign k k + 1
  %endrep
%endmacro

%macro store_fprs 3
  %assign k 0
  %rep %3
    movsd [%1 + %2 * k], xmm%[k]
    %assign k k + 1
  %endrep
%endmacro

%macro begin_entry 2                ; kind, the name's end
leaf sysv_entry_%1_%2, 64
    reserve RESULT + 8
%endmacro

%macro end_entry 1                  ; kind
    call_handler rsp + RESULT
    load_result %1, rsp + RESULT
    release
    ret
endleaf
%endmacro

; Slot k is register k.
%macro plain_entry 4                ; kind, the name's end, store_gprs or store_fprs, number of registers
begin_entry %1, %2
    %3 rsp, 8, %4
end_entry %1
%endmacro

; Unused registers go to slots behind those of the callback, or to slots that the entry stores after them.
%macro ordered_entries 1            ; kind
begin_entry %1, first
    mov form, [callback + CALLBACK_FORM]
    movzx slot_d, word [form + FORM_FPR]
    lea slot, [rsp + slot * 8]
    store_gprs rsp, 8, 6
    store_fprs slot, 8, 8
end_entry %1

begin_entry %1, after
    mov form, [callback + CALLBACK_FORM]
    movzx slot_d, word [form + FORM_GPR]
    lea slot, [rsp + slot * 8]
    store_fprs rsp, 8, 8
    store_gprs slot, 8, 6
end_entry %1

begin_entry %1, turn
    store_gprs rsp, 16, 6
    store_fprs rsp + 8, 16, 6
end_entry %1

begin_entry %1, back
    store_gprs rsp + 8, 16, 6
    store_fprs rsp, 16, 6
end_entry %1
%endmacro

; An unused register goes to the slot of the first register of its kind, or to slot 0. The entry then stores that slot
; again.
%macro store_by_form 3              ; register, its place in the form, mov or movsd
    movzx slot_d, word [form + %2]
    %3 [rsp + slot * 8], %1
%endmacro

%macro store_gprs_by_form 0
  %assign k 6
  %rep 6
    %assign k k - 1
    store_by_form gpr64_%[k], FORM_GPR + 2 * k, mov
  %endrep
%endmacro

%macro store_fprs_by_form 0
  %assign k 8
  %rep 8
    %assign k k - 1
    store_by_form xmm%[k], FORM_FPR + 2 * k, movsd
  %endrep
%endmacro

%macro mixed_entry 1                ; kind
begin_entry %1, mixed
    mov form, [callback + CALLBACK_FORM]
    store_gprs_by_form
    store_fprs_by_form
end_entry %1
%endmacro

; ---- the stack too ----

; rsp in the handler's caller, from below: [slots] [unused, if their number is even] [result] [rbp saved]
; [return address] [stack words]
%macro stack_entry 1                ; kind
leaf sysv_entry_%1_stack
    save rbp
    frame
    mov form, [callback + CALLBACK_FORM]
    mov eax, [form + FORM_NSLOTS]   ; the number of slots; plan.c gives a large one to another entry
    lea eax, [rax * 8 + 8 + 15]
    and eax, -16
    sub rsp, rax
    store_gprs_by_form
    cmp byte [form + FORM_NFPR], 0  ; all slots may be of other registers
    je .reals_stored
    store_fprs_by_form
  .reals_stored:
    mov ecx, [form + FORM_NSTACK_USED]   ; not 0
  .word:
    mov slot_d, [form + FORM_STACK + rcx * 4 - 4]
    mov rdx, [rbp + 16 + rcx * 8 - 8]
    mov [rsp + slot * 8], rdx
    dec ecx
    jnz .word
    call_handler rbp - 8
    load_result %1, rbp - 8
    leave_frame
    ret
endleaf
%endmacro

; The entry stores the registers right below the caller's stack words. So the slots lie side by side, and the entry copies
; no word. The last register takes the place of the return address, which the frame keeps until the handler returns.
;
; rsp in the handler's caller, from below: [result] [return address] [slots of the registers] [stack words]

%macro row_entry 4                  ; kind, the name's end, store_gprs or store_fprs, number of registers
  %define sysv_entry_%1_has_row
leaf sysv_entry_%1_%2, 64
    reserve 8 + 8 * %4
    move_return 8
    %3 rsp + 16, 8, %4
    mov rdx, [callback + CALLBACK_USERDATA]
    lea rsi, [rsp + 16]
    mov rdi, rsp
    mov qword [rdi], 0
    call [callback + CALLBACK_HANDLER]
    load_result %1, rsp
    return_back 8
    release
    ret
endleaf
%endmacro

%define is_narrow_void 0
%define is_narrow_i8   1
%define is_narrow_u8   1
%define is_narrow_i16  1
%define is_narrow_u16  1
%define is_narrow_32   0
%define is_narrow_64   0
%define is_narrow_f32  0
%define is_narrow_f64  0

%macro register_entries 1
    plain_entry %1, 2, store_gprs, 2
    plain_entry %1, 4, store_gprs, 4
    plain_entry %1, 6, store_gprs, 6
    plain_entry %1, f2, store_fprs, 2
    plain_entry %1, f8, store_fprs, 8
    mixed_entry %1
  %if !is_narrow_%1
    ordered_entries %1
   %ifdef can_move_return
    row_entry %1, row, store_gprs, 6
    row_entry %1, row_f, store_fprs, 8
   %endif
  %endif
%endmacro

code_section sysv_narrow
sysv_image_entry sysv_entry_image_8, 8, callback_of_image
section .text
%assign vector 16
%rep 3                              ; 16, 32, 64
  %if vector == 32
code_section sysv_vectors
  %endif
    sysv_image_entry sysv_entry_image_%[vector], vector, callback_of_image
    sysv_image_entry sysv_entry_late_%[vector], vector, callback_late
  %assign vector vector * 2
%endrep

; On Windows the entries for System V's callers use an image, because the handlers have another ABI there.
%ifnidn __OUTPUT_FORMAT__, win64
code_section sysv_entries
covered sysv_entries_of_registers
each_kind register_entries
endproc
covered sysv_entries_of_words
each_kind stack_entry
endproc

; ---- records ----

; Serves arguments in registers that are no slot, or more than one. An entry with a frame of a known size does not change
; rbp (keep.inc says why).
%macro table_entry 3                ; name, whether the frame is of a known size, bytes of a floating-point register
%define is_fixed %2
%define fpr_bytes %3
leaf %1, 64                         ; as the stubs of keep.inc
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
    mov r9, rsp
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
    copies
  .in_memory:                       ; clears 16 bytes at once from the end, and the first 16 last
    mov rdi, [base + ENTRY_GPRS]
    mov ecx, [form + FORM_RESULT_SIZE]
    sub ecx, 16
    jb .few
  .clear:
    movups [rdi + rcx], xmm0
    sub ecx, 16
    ja .clear
    movups [rdi], xmm0
    jmp .cleared
  .few:
    add ecx, 16
    mov rdx, rdi
    xor eax, eax
    rep stosb
    mov rdi, rdx
    jmp .cleared
    leaves
endleaf
%endmacro

; The same for the most frequent results in registers, each with an entry that loads it.
%macro kind_entry 1-*
  %rep %0
leaf sysv_entry_table_%1, 64
    reserve TABLE_FRAME + 8
    mov form, [callback + CALLBACK_FORM]
    store_registers
    mov r9, rsp
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
    mov r9, rsp
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

; The table of entries: distances from each word to the code.
%macro copies_of 2                  ; an entry for so many words
  %rep %2
    dd %1 - $
  %endrep
%endmacro

%macro table_row 1
    dd sysv_entry_%1_2 - $
    dd sysv_entry_%1_4 - $
    dd sysv_entry_%1_6 - $
    dd sysv_entry_%1_f2 - $
    dd sysv_entry_%1_f8 - $
    dd sysv_entry_%1_mixed - $
    copies_of sysv_entry_%1_stack, 2
  %if is_narrow_%1
    copies_of sysv_entry_%1_mixed, 4
  %else
    dd sysv_entry_%1_first - $
    dd sysv_entry_%1_after - $
    dd sysv_entry_%1_turn - $
    dd sysv_entry_%1_back - $
  %endif
  %ifdef sysv_entry_%1_has_row
    dd sysv_entry_%1_row - $
    dd sysv_entry_%1_row_f - $
  %else
    copies_of sysv_entry_%1_stack, 2
  %endif
%endmacro

constants
table sysv_slots
each_kind table_row
endtable
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
endtable
leaves_table sysv_leaves, sysv_entry_table
leaves_table sysv_fixed_leaves, sysv_entry_table_fixed
leaves_table sysv_wide_leaves, sysv_entry_table_wide, wide
%endif
