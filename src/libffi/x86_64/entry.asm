; SPDX-License-Identifier: MIT
;
; Where closures begin that do not go on as ffi_invoke's callbacks: those in the caller's memory, which is executable by
; the caller's choice, and Go's come with their address in r10, the register of the static chain (psABI 3.2.3); those
; whose cif has no plan with a callback's. All go through an image of the registers. And the code that is copied to the caller's memory; the address of an entry
; stands behind the copy.

%include "sysv_image.inc"
%include "win64_image.inc"

; Of a callback whose userdata is the closure.
%macro own_entry 1                  ; ABI and bytes of a vector register
leaf libffi_%1_own
    mov r10, [callback + CALLBACK_USERDATA]
    jmp libffi_%1_image
endleaf
%endmacro

section .text
%assign vector 8
%rep 2
    sysv_image_entry libffi_sysv_%[vector]_image, vector, closure_of_image
    sysv_image_entry libffi_sysv_%[vector]_go, vector, closure_of_go
    win64_image_entry libffi_win64_%[vector]_image, vector, closure_of_image, 4, 8, 1
    win64_image_entry libffi_win64_%[vector]_go, vector, closure_of_go, 4, 8, 1
  %assign vector vector * 2
%endrep
covered libffi_own_entries
own_entry sysv_8
own_entry sysv_16
own_entry win64_8
own_entry win64_16
endproc

%macro both_sizes 2                 ; ABI, kind
    dd libffi_%1_8%2 - $
    dd libffi_%1_16%2 - $
%endmacro

%macro entries_of 1
    both_sizes %1, _image           ; in the order of enum closure_kind
    both_sizes %1, _own
    both_sizes %1, _go
%endmacro

constants
table libffi_entries
entries_of sysv
entries_of win64
endtable

table libffi_nothing                ; of struct stubs' widths: no register
extern sysv_0
    dd sysv_0 - $
endtable
table libffi_code
  .here:
    endbr64
    lea r10, [.here]
    jmp [.here + 24]
    times 24 - ($ - .here) nop
endtable
