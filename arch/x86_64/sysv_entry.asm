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
;   sysv_entry_<kind>_few        the same, at most four of each
;   sysv_entry_<kind>_stack_<f>  stack words too, with none or all eight floating-point registers
;   sysv_entry_<kind>_row        six integer registers and up to ten stack words behind them: slot k is the k-th of all
;
; The callback may have fewer registers than the entry stores. sysv_entry_table serves records. One more entry stores an
; image of the registers for every other signature, and src/callback/callback.c reads it.

%include "sysv_image.inc"
%include "load.inc"
%include "sysv_table.inc"

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

%macro store_gpr 3                  ; register, its number, registers in use
  %if %2 < %3
    mov [rsp + 8 * %2], %1
  %endif
%endmacro

%macro integer_entry 2              ; kind, registers
leaf sysv_entry_%1_%2, 64
    reserve RESULT + 8
    store_gpr rdi, 0, %2
    store_gpr rsi, 1, %2
    store_gpr rdx, 2, %2
    store_gpr rcx, 3, %2
    store_gpr r8,  4, %2
    store_gpr r9,  5, %2
    call_handler rsp + RESULT
    load_result %1, rsp + RESULT
    release
    ret
endleaf
%endmacro

%macro float_entry 2                ; kind, registers
leaf sysv_entry_%1_f%2, 64
    reserve RESULT + 8
  %assign %%i 0
  %rep %2
    movsd [rsp + 8 * %%i], xmm %+ %%i
    %assign %%i %%i + 1
  %endrep
    call_handler rsp + RESULT
    load_result %1, rsp + RESULT
    release
    ret
endleaf
%endmacro

; An unused register goes to the slot of the first register of its kind, or to slot 0. The entry then stores that slot
; again.
%macro store_by_form 3              ; register, its place in the form, mov or movsd
    movzx slot_d, word [form + %2]
    %3 [rsp + slot * 8], %1
%endmacro

%macro store_gprs_by_form 0
    store_by_form r9,  FORM_GPR + 10, mov
    store_by_form r8,  FORM_GPR + 8, mov
    store_four_gprs
%endmacro

%macro store_four_gprs 0
    store_by_form rcx, FORM_GPR + 6, mov
    store_by_form rdx, FORM_GPR + 4, mov
    store_by_form rsi, FORM_GPR + 2, mov
    store_by_form rdi, FORM_GPR, mov
%endmacro

%macro store_fprs_by_form 0
    store_some_fprs 8
%endmacro

%macro store_some_fprs 1
  %assign %%i %1
  %rep %1
  %assign %%i %%i - 1
    store_by_form xmm %+ %%i, FORM_FPR + 2 * %%i, movsd
  %endrep
%endmacro

%macro mixed_entry 3                ; kind, the name's end, registers of each kind, all or 4
leaf sysv_entry_%1_%2, 64
    reserve RESULT + 8
    mov form, [callback + CALLBACK_FORM]
  %ifidn %3, all
    store_gprs_by_form
    store_fprs_by_form
  %else
    store_four_gprs
    store_some_fprs 4
  %endif
    call_handler rsp + RESULT
    load_result %1, rsp + RESULT
    release
    ret
endleaf
%endmacro

; ---- the stack too ----

; rsp in the handler's caller, from below: [slots] [unused, if their number is even] [result] [rbp saved]
; [return address] [stack words]
%macro stack_entry 2                ; kind, floating-point registers, 0 or 8
leaf sysv_entry_%1_stack_%2
    save rbp
    frame
    mov form, [callback + CALLBACK_FORM]
    mov eax, [form + FORM_NSLOTS]   ; the number of slots; plan.c gives a large one to another entry
    lea eax, [rax * 8 + 8 + 15]
    and eax, -16
    sub rsp, rax
    store_gprs_by_form
  %if %2
    store_fprs_by_form
  %endif
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

; rsp in the handler's caller, from below: [16 slots] [result] [return address] [stack words]
%define ROW 8 * 16

%macro row_entry 1                  ; kind
leaf sysv_entry_%1_row, 64
    reserve ROW + 8
    mov form, [callback + CALLBACK_FORM]
    store_gpr rdi, 0, 6
    store_gpr rsi, 1, 6
    store_gpr rdx, 2, 6
    store_gpr rcx, 3, 6
    store_gpr r8,  4, 6
    store_gpr r9,  5, 6
    mov ecx, [form + FORM_NSTACK_USED]   ; not 0
  .word:
    mov rax, [rsp + ROW + 8 + 8 * rcx]
    mov [rsp + 8 * 5 + 8 * rcx], rax
    dec ecx
    jnz .word
    call_handler rsp + ROW
    load_result %1, rsp + ROW
    release
    ret
endleaf
%endmacro

%macro register_entries 1
    integer_entry %1, 2
    integer_entry %1, 4
    integer_entry %1, 6
    float_entry %1, 2
    float_entry %1, 8
    mixed_entry %1, mixed, all
    mixed_entry %1, few, 4
    row_entry %1
%endmacro

%macro stack_entries 1
    stack_entry %1, 0
    stack_entry %1, 8
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
each_kind stack_entries
endproc

; ---- records ----

; Serves arguments in registers of 8 bytes that are no slot, or more than one. An entry with a frame of a known size
; does not change rbp (keep.inc says why).
%macro table_entry 2                ; name, whether the frame is of a known size
%define is_fixed %2
    align 64                        ; as the stubs of keep.inc
proc %1
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
    pxor xmm0, xmm0                 ; the result is zero unless the handler writes it
    cmp byte [form + FORM_SRET], 0
    jne .in_memory
    lea rdi, [base + ENTRY_RESULT]
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
endproc
%endmacro

code_section sysv_table
table_entry sysv_entry_table, 0
table_entry sysv_entry_table_fixed, 1

; The table of entries: distances from each word to the code.
%macro table_row 1
    dd sysv_entry_%1_2 - $
    dd sysv_entry_%1_4 - $
    dd sysv_entry_%1_6 - $
    dd sysv_entry_%1_f2 - $
    dd sysv_entry_%1_f8 - $
    dd sysv_entry_%1_mixed - $
    dd sysv_entry_%1_stack_0 - $
    dd sysv_entry_%1_stack_8 - $
    dd sysv_entry_%1_few - $
    dd sysv_entry_%1_row - $
%endmacro

constants
table sysv_slots
each_kind table_row
endtable
leaves_table sysv_leaves, sysv_entry_table
leaves_table sysv_fixed_leaves, sysv_entry_table_fixed
%endif
