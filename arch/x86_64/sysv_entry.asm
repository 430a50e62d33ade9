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
; The callback may have fewer registers than the entry stores. sysv_table.asm has the entries for records. One more entry
; stores an image of the registers for every other signature, and src/callback/callback.c reads it.

%include "sysv_image.inc"
%include "load.inc"
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

%macro begin_entry 3                ; kind, the name's end, the most bytes
leaf sysv_entry_%1_%2, %3
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
; kind, the name's end, store_gprs or store_fprs, number of registers, bytes of an instruction that stores one
%macro plain_entry 5
begin_entry %1, %2, 41 + %4 * %5
    %3 rsp, 8, %4
end_entry %1
%endmacro

; Unused registers go to slots behind those of the callback, or to slots that the entry stores after them.
%macro ordered_entries 1            ; kind
begin_entry %1, first, 124
    mov form, [callback + CALLBACK_FORM]
    movzx slot_d, word [form + FORM_FPR]
    lea slot, [rsp + slot * 8]
    store_gprs rsp, 8, 6
    store_fprs slot, 8, 8
end_entry %1

begin_entry %1, after, 124
    mov form, [callback + CALLBACK_FORM]
    movzx slot_d, word [form + FORM_GPR]
    lea slot, [rsp + slot * 8]
    store_fprs rsp, 8, 8
    store_gprs slot, 8, 6
end_entry %1

begin_entry %1, turn, 107
    store_gprs rsp, 16, 6
    store_fprs rsp + 8, 16, 6
end_entry %1

begin_entry %1, back, 107
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
begin_entry %1, mixed, 179
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

%macro row_entry 5                  ; as for plain_entry
  %define sysv_entry_%1_has_row
leaf sysv_entry_%1_%2, 61 + %4 * %5
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
    plain_entry %1, 2, store_gprs, 2, 5
    plain_entry %1, 4, store_gprs, 4, 5
    plain_entry %1, 6, store_gprs, 6, 5
    plain_entry %1, f2, store_fprs, 2, 6
    plain_entry %1, f8, store_fprs, 8, 6
    mixed_entry %1
  %if !is_narrow_%1
    ordered_entries %1
   %ifdef can_move_return
    row_entry %1, row, store_gprs, 6, 5
    row_entry %1, row_f, store_fprs, 8, 6
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
%endif
