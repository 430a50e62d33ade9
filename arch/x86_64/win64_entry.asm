; SPDX-License-Identifier: MIT
;
; The entries of the Windows ABI for x86-64: where the trampoline of a callback goes, with the callback in r10 and
; everything else as the native caller left it. In Windows' own output format they call handlers of that ABI, in ELF
; System V's, for which they save what an __attribute__((ms_abi)) caller expects to find again.
;
; An argument's position has a register of each kind, and a word of memory even so: the caller leaves 32 bytes above
; the return address for the first four, the shadow space, and the words of the others follow it. An entry stores the
; registers there, and `args` of the handler is where the first one is: nothing is copied. Entries are, the first two on
; Windows only,
;
;   win64_entry_<kind>_<mask>    stores, from the floating-point register where the position's bit of the mask is
;                                set, from the integer one where not; positions that are not in use may be either
;   win64_entry_<kind>           what all of them go on with: calls the handler, loads a result of that kind
;   win64_entry_image_<bytes>    for what does not stand in slots; src/callback/callback.c does the rest
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

; The handler's arguments. The result is zero unless the handler writes it.
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

; Elsewhere the Windows ABI's callers go through an image: they are few there, and these entries are 10 KB.
%ifidn __OUTPUT_FORMAT__, win64
covered win64_entries_of_slots
each_kind entries
endproc
each_kind handler_caller

; The table: distances from each of its entries to the code.
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
