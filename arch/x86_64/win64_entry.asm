; SPDX-License-Identifier: MIT
;
; The entries of the Windows ABI for x86-64. The trampoline of a callback jumps to an entry, with the callback in r10;
; the other registers still hold the native caller's values. In Windows' output format an entry calls a handler of that
; ABI. In ELF it calls a handler of System V's ABI, and saves the registers that an __attribute__((ms_abi)) caller
; expects unchanged.
;
; Each argument has a position. A position has a register of each kind, and a word of memory too: the caller leaves 32
; bytes above the return address for the first four positions, the shadow space, and the words of the others follow. An
; entry stores the registers there, and the handler's `args` points to the first word. So the entry copies nothing. The
; entries are as follows; the first two are on Windows only:
;
;   win64_entry_<kind>_<mask>    stores the floating-point register of each position whose bit the mask has, and the
;                                integer register of the others; unused positions may be either
;   win64_entry_<kind>           the common end of these: calls the handler, loads a result of that kind
;   win64_entry_table            for records, and in ELF for everything with registers of 8 bytes
;   win64_entry_image_<bytes>    for every other signature; src/callback/callback.c reads the image
;   vectorcall_entry_image_<bytes>   the same for all of __vectorcall
;   win64_entry_late_<bytes>     for late calls, of either ABI
;
; For example win64_entry_f64_2, of double f(int, double, ptr):
;
;     endbr64
;     mov   [rsp + 8], rcx
;     movsd [rsp + 16], xmm1
;     mov   [rsp + 24], r8
;     mov   [rsp + 32], r9
;     jmp   win64_entry_f64

%include "win64_image.inc"
%include "load.inc"

; ---- slots ----

%macro store_position 4             ; number, integer register, floating-point register, mask
  %if %4 & (1 << %1)
    movsd [rsp + 8 + 8 * %1], %3
  %else
    mov [rsp + 8 + 8 * %1], %2
  %endif
%endmacro

%macro entries 1                    ; kind
  %assign mask 0
  %rep 16
leaf win64_entry_%1_%[mask]
    store_position 0, rcx, xmm0, mask
    store_position 1, rdx, xmm1, mask
    store_position 2, r8,  xmm2, mask
    store_position 3, r9,  xmm3, mask
    jmp win64_entry_%1
endleaf
    %assign mask mask + 1
  %endrep
%endmacro

; Loads the handler's arguments. The result is zero unless the handler writes it.
;
; rsp in the handler's caller, from below: [shadow space, on Windows] [result] [unused] [what is saved, rbp last]
; [return address] [slots]
%macro handler_caller 1             ; kind
proc win64_entry_%1
    begin_frame
    sub rsp, 16 + shadow
    mov arg2, [callback + CALLBACK_USERDATA]
    lea arg1, [home]
    lea arg0, [rsp + shadow]
    mov qword [arg0], 0
    call [callback + CALLBACK_HANDLER]
    load_result %1, rsp + shadow
    leave_frame
    ret
endproc
%endmacro

; ---- by a table ----

; src/callback/table.c gives the place of each argument in the frame. The table begins with the values that the entry
; copies, because they are less aligned than their type. The words of the slots follow. The entry stores the registers
; of the positions in the shadow space. Only a result may have 16 bytes in a register.
;
; rsp in the handler's caller, from below: [shadow space, on Windows] [slots] [copies] [where to go after the handler]
; [result, 16 bytes] [xmm0 to xmm3] [what is saved, rbp last] [return address] [home] [stack words]
%ifidn __OUTPUT_FORMAT__, win64
  %define saved 0
%else
  %define saved WIN64_SAVED
%endif
%define result_at rbp + WIN64_ENTRY_RESULT - saved
%define leave_at  rbp + WIN64_ENTRY_LEAVE - saved

%macro leave_scalar 1               ; kind
  .%1:
    load_result %1, result_at
    jmp .done
%endmacro

code_section win64_table
proc win64_entry_table
    begin_frame
    mov form, [callback + CALLBACK_FORM]
    mov eax, [form + FORM_FRAME]
    sub rsp, rax
    mov [home], rcx
    mov [home + 8], rdx
    mov [home + 16], r8
    mov [home + 24], r9
    cmp byte [form + FORM_NFPR], 0
    je .stored
  %assign k 0
  %rep 4
    movsd [rbp + WIN64_ENTRY_FPRS - saved + 8 * k], xmm%[k]
    %assign k k + 1
  %endrep
  .stored:
    mov rax, [form + FORM_LEAVE]
    mov [leave_at], rax
    lea r8, [form + FORM_STACK]
    mov ecx, [form + FORM_NCOPIES]
    test ecx, ecx
    jnz .copy
  .copied:
    write_slots rbp
    pxor xmm0, xmm0                 ; the result is zero unless the handler writes it
    cmp byte [form + FORM_SRET], 0
    jne .in_memory
    lea arg0, [result_at]
    movaps [arg0], xmm0
  .cleared:
    mov arg1, rsp
  %if shadow
    sub rsp, shadow
  %endif
    mov arg2, [callback + CALLBACK_USERDATA]
    call [callback + CALLBACK_HANDLER]
    go_to leave_at
  .copy:                            ; copies one piece
    movsxd rax, dword [r8]
    mov rdx, [rbp + rax]
    movsxd rax, dword [r8 + 8]
    mov [rbp + rax], rdx
    add r8, 12
    dec ecx
    jnz .copy
    jmp .copied
; Clears 16 bytes at once from the end, and the first 16 last. 8 to 15 bytes are two stores of 8.
  .in_memory:
    mov arg0, [home]
    mov r9d, [form + FORM_RESULT_SIZE]
    sub r9d, 16
    jb .few
  .clear:
    movups [arg0 + r9], xmm0
    sub r9d, 16
    ja .clear
    movups [arg0], xmm0
    jmp .cleared
  .few:
    add r9d, 8
    js .fewer
    movq [arg0 + r9], xmm0
    movq [arg0], xmm0
    jmp .cleared
  .fewer:                           ; 3, 5, 6 or 7
    add r9d, 8
  .byte:
    mov byte [arg0 + r9 - 1], 0
    dec r9d
    jnz .byte
    jmp .cleared
each_kind leave_scalar
  .f128:
    movaps xmm0, [result_at]
    jmp .done
  .memory:
    mov rax, [home]
  .done:
    leave_frame
    ret
endproc

; By enum table_leave: distances from each word to the code.
%macro leave_distance 1
    dd win64_entry_table.%1 - $
%endmacro

constants
table win64_leaves
each_kind leave_distance
    dd 0, 0, 0, 0, 0, 0             ; two registers, the x87's
    dd win64_entry_table.memory - $
    dd 0, 0, 0, 0, 0, 0, 0          ; floats of a record have no register each; two registers, or fewer bytes
    dd win64_entry_table.f128 - $
endtable

code_section win64_narrow
%assign vector 8
%rep 4                              ; 8, 16, 32, 64
  %if vector == 16
section .text
  %elif vector == 32
code_section win64_vectors
  %endif
    win64_image_entry win64_entry_image_%[vector], vector, callback_of_image, 4, 8, 1
  %if vector > 8
    win64_image_entry win64_entry_late_%[vector], vector, callback_late, 0, 8, 4
  %endif
  %assign vector vector * 2
%endrep
code_section vectorcall
%assign vector 8
%rep 4
    win64_image_entry vectorcall_entry_image_%[vector], vector, callback_of_image, 6, vector, 4
  %assign vector vector * 2
%endrep
section .text

; In ELF the callbacks of the Windows ABI use the table: few programs have such callbacks, and these entries take 10 KB.
%ifidn __OUTPUT_FORMAT__, win64
covered win64_entries_of_slots
each_kind entries
endproc
each_kind handler_caller

; The table of entries: distances from each word to the code.
%macro table_row 1
  %assign mask 0
  %rep 16
    dd win64_entry_%1_%[mask] - $
    %assign mask mask + 1
  %endrep
%endmacro
constants
table win64_slots
each_kind table_row
endtable
%endif
