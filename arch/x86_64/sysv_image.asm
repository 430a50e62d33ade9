; SPDX-License-Identifier: MIT
;
; The stubs of the System V ABI that load an image of the registers and the stack words.

%include "proc.inc"
%include "offsets.inc"
%include "image.inc"

%define address r11

; An image stub calls with every argument that neither slots nor steps can pass. C calls it as
;
;   void sysv_image_8(struct image *image, void *address);
;
; There is one for each size of vector register, because a load of 16 bytes would wait for a store of 8 bytes just
; before it.
;
; rsp at the call, from below: [stack words] [image] [rbp saved] [return address]
%define image r10

%macro image_stub 1                 ; bytes of a vector register
proc sysv_image_%1
    save rbp
  %ifidn __OUTPUT_FORMAT__, win64
    save_windows                    ; our caller needs these registers; the callee does not preserve them
  %endif
    frame
    push_local arg0
    mov image, arg0
    mov address, arg1
    and rsp, [image + IMAGE_STACK_MASK] ; the stack's alignment; the words' size is a multiple of it
    mov rcx, [image + IMAGE_NSTACK]
    test rcx, rcx
    jz .registers
  .word:
    push qword [image + IMAGE_FPR + 8 * %1 + rcx * 8 - 8]
    dec rcx
    jnz .word
  .registers:
    mov rax, [image + IMAGE_VECTORS] ; psABI 3.2.3: al has their number, for a variadic callee
    test eax, eax
    jz .integers
  %assign %%i 0
  %rep 8
    move_vector %1, [image + IMAGE_FPR + %1 * %%i], %%i, load
    %assign %%i %%i + 1
  %endrep
  .integers:
    load_integers rdi, rsi, rdx, rcx, r8, r9
    mov r10, [image + IMAGE_CHAIN]  ; psABI 3.2.3; the last load, because r10 is `image`
    call address
    mov image, [rbp - 8]
    mov [image + IMAGE_GPR_RESULT], rax
    mov [image + IMAGE_GPR_RESULT + 8], rdx
    move_vector %1, [image + IMAGE_FPR], 0, store
    move_vector %1, [image + IMAGE_FPR + %1], 1, store
    leave_vectors %1
    store_x87
    leave_frame
    ret
endproc
%endmacro

section .text
image_stub 8
image_stub 16
code_section sysv_vectors
image_stub 32
image_stub 64
