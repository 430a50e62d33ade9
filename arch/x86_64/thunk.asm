; SPDX-License-Identifier: MIT
;
; The code behind the trampoline of a thunk that passes its data as an argument (ffi_thunk_entry()). thunk_<k> loads the
; data into this system's k-th integer register, from 0, and jumps to the target. r10 holds the callback.
;
;   thunk_1:
;     endbr64
;     mov rsi, [r10 + 16]            ; callback->userdata
;     jmp [r10 + 8]                  ; callback->handler

%include "proc.inc"
%include "offsets.inc"

%ifidn __OUTPUT_FORMAT__, win64
  %define registers rcx, rdx, r8, r9
%else
  %define registers rdi, rsi, rdx, rcx, r8, r9
%endif

%macro entries 1-*
  %assign k 0
  %rep %0
leaf thunk_%[k]
    mov %1, [r10 + CALLBACK_USERDATA]
    jmp [r10 + CALLBACK_HANDLER]
endleaf
    %assign k k + 1
    %rotate 1
  %endrep
%endmacro

%macro distances 1-*
  %assign k 0
  %rep %0
    dd thunk_%[k] - $
    %assign k k + 1
  %endrep
%endmacro

section .text
covered thunks
entries registers
endproc

constants
table thunk_entries
distances registers
    dd 0
endtable
