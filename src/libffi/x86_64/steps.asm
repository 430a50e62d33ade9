; SPDX-License-Identifier: MIT
;
; The System V ABI's steps for libffi.so.8, whose arguments are all behind pointers: those that load them, and those that
; store results behind libffi_keep_chain (call.asm). A chain begins in ffi_call(), so that every stub of the table is the way
; from C to there.

%define of_pointers 1

%include "proc.inc"
%include "sysv_steps.inc"

extern libffi_call_chain

covered sysv_stores
leaf sysv_framed_pointers_chain     ; r8: where the result goes; r10: the chain's cell
    reserve CHAIN_FRAME
    store_steps
endleaf
endproc

%macro begun_in_c 2-*               ; what the names begin with, each <what> of enum keep that there is
  %xdefine stubs %1
  %rotate 1
  %rep %0 - 1
    %define stub_%[stubs]_%1
    %xdefine %[stubs]_%1 libffi_call_chain
    %rotate 1
  %endrep
%endmacro

%define of_registers 32, 64, f32, f64, word_word, word_real, real_word, real_real
%define of_pieces 8, 16, 24, 40, 48, 56, f128, word_half, real_single

begun_in_c sysv_jump, pointers, pointers_memory
begun_in_c sysv_light_pointers, of_registers, of_pieces
begun_in_c sysv_framed_pointers, none, memory, chain, of_registers, of_pieces
begun_in_c sysv_keep_pointers, none, memory, chain, of_registers

constants
steps_table sysv_pointer_steps
