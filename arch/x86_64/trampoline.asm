; SPDX-License-Identifier: MIT
;
; The page of trampolines. src/callback/trampoline.c maps this page again when it needs more callbacks, so nothing
; writes code. Each copy of the page has its callbacks at a fixed distance: a struct ffi_callback for every trampoline.
; Native code gets the address of a trampoline as a function pointer. Trampoline i is
;
;   trampoline_i:
;     endbr64
;     lea r10, [its callback]
;     jmp [r10]                      ; callback->entry
;
; r10 is the register for the static chain (psABI 3.2.3), and holds no argument. A trampoline pushes nothing, so a
; debugger shows the frames of the entry and of the native caller. The copies have no unwind data. Only the backtrace of
; a signal handler needs it there: the backtrace ends if the signal finds a thread within these three instructions.

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
