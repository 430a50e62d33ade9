; SPDX-License-Identifier: MIT
;
; ffi_prep_cif(), which ctypes and PHP call before each call. It looks up signatures of few scalars in the places that
; libffi.h explains; every other signature goes to cif_prepare().
;
;   ffi_status ffi_prep_cif(ffi_cif *cif, ffi_abi abi, unsigned nargs, ffi_type *result, ffi_type **list);

%include "proc.inc"
%include "offsets.inc"

%define cif    rdi
%define abi    esi
%define nargs  edx
%define list   r8
%define type   rcx                  ; the result's at first
%define sizes  r9
%define codes  r10

extern cif_prepare, libffi_places

%macro if_other_place 1
    cmp [rax + 8 * rcx + LIBFFI_PLACES_SIZES], sizes
    jne %1
    cmp [rax + 8 * rcx], codes
    jne %1
%endmacro

section .text
covered libffi_prepares
other_type:
    mov type, [cif + LIBFFI_CIF_RESULT]
other:
    xor r9d, r9d                    ; not variadic
    jmp cif_prepare

    align 16
    global ffi_prep_cif:function (ffi_prep_cif_end - ffi_prep_cif)
ffi_prep_cif:
    endbr64
    test cif, cif
    jz other
    jrcxz other
    cmp abi, LIBFFI_UNIX64
    jne other
    mov [cif + LIBFFI_CIF_RESULT], type
    mov sizes, [type]
    movzx r10d, word [type + LIBFFI_TYPE_CODE]
    lea sizes, [sizes + 8 * codes + 1]
    lea eax, [nargs - 1]
    cmp eax, LIBFFI_FEW_ARGUMENTS
    jae .none
    test list, list
    jz other
  .argument:                        ; from the last one
    mov type, [list + 8 * rax]
    jrcxz other_type
    add sizes, [type]
    movzx ecx, word [type + LIBFFI_TYPE_CODE]
    lea sizes, [sizes + 8 * rcx]
    shl codes, LIBFFI_CODE_BITS
    add codes, rcx
    dec eax
    jns .argument
  .search:
    lea ecx, [r10 + 8 * sizes]
    and ecx, LIBFFI_PLACES - 1
    lea rax, [libffi_places]
    if_other_place .second
  .found:
    mov rax, [rax + 8 * rcx + LIBFFI_PLACES_PREPARED]
    mov [cif], abi
    mov [cif + LIBFFI_CIF_NARGS], nargs
    mov [cif + LIBFFI_CIF_LIST], list
    mov [cif + LIBFFI_CIF_PREPARED], rax
    xor eax, eax
    ret
  .second:
    xor ecx, 1
    if_other_place other_type
    jmp .found
  .none:
    test nargs, nargs
    jz .search
    jmp other
ffi_prep_cif_end:
endproc
