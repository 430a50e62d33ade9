; SPDX-License-Identifier: MIT
;
; Where closures begin that are not ffi_invoke's callbacks: those in the caller's memory, which is executable by the
; caller's choice, and Go's. Both come with their address in r10, the register of the static chain (psABI 3.2.3), and
; go through an image of the registers. And the code that is copied to the caller's memory; the address of an entry
; stands behind the copy.

%include "sysv_image.inc"
%include "win64_image.inc"

section .text
%assign vector 8
%rep 2
    sysv_image_entry libffi_sysv_%[vector], vector, closure_of_image
    sysv_image_entry libffi_sysv_go_%[vector], vector, closure_of_go
    win64_image_entry libffi_win64_%[vector], vector, closure_of_image, 4, 8, 1
    win64_image_entry libffi_win64_go_%[vector], vector, closure_of_go, 4, 8, 1
  %assign vector vector * 2
%endrep

constants
table libffi_code
  .here:
    endbr64
    lea r10, [.here]
    jmp [.here + 24]
    times 24 - ($ - .here) nop
endtable
