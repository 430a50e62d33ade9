; SPDX-License-Identifier: MIT
;
; The page of trampolines. It is mapped again wherever callbacks are needed (src/callback/trampoline.c), so that the
; code is never written; each copy of the page has its callbacks at a fixed distance, a struct ffi_callback for
; every trampoline. Trampoline i is what native code is given as a function pointer:
;
;   trampoline_i:
;     endbr64
;     lea r10, [its callback]
;     jmp [r10]                      ; callback->entry
;
; r10 is the register for the static chain (psABI 3.2.3), which no argument is in. A trampoline pushes nothing:
; the frame that a debugger shows is the entry's, and its caller's. The copies have no unwind data; what needs it
; there is a signal handler's backtrace only, which ends if it finds a thread within these three instructions.

%include "proc.inc"
%include "offsets.inc"

code_page trampoline_page
%assign i 0
%rep TRAMPOLINES
    endbr64
    lea r10, [trampoline_page + TRAMPOLINE_DISTANCE + CALLBACK_SIZE * i]
    jmp [r10]
    align TRAMPOLINE_SIZE, int3
  %assign i i + 1
%endrep
.end:
