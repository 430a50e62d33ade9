; SPDX-License-Identifier: MIT
;
; The stubs of the Windows ABI for x86-64 and of its variant __vectorcall, in its own output format for Windows, and in ELF for __attribute__((ms_abi))
; elsewhere. As those of sysv.asm each is called as
;
;   void stub(const struct function *function, void *result, const ffi_value *args);
;
; by the rules of its format, loads registers from slots of `args`, goes to the function's address, and leaves the
; result in rax or xmm0, which both ABIs have for it. Slot k feeds position k, of which both registers are loaded: no
; table is read, and one family would do. There are three, and what they do not fit:
;
;   win64_<n>           n positions, nothing on the stack
;   win64_narrow_<n>    integers of less than 4 bytes among them
;   win64_pointers_<n>  `args` are pointers to arguments of 8 bytes
;   win64_stack         all positions, and the stack
;   win64_wide_<bytes>  everything that is not one slot; vectorcall_wide_<bytes>, all of that ABI
;
; A callee has 32 bytes above its return address for its own use, the shadow space. On Windows who calls a stub has
; provided them, and a stub without stack words jumps; System V code has not, and it calls. For example
;
;   win64_2:                            in ELF
;     endbr64                             endbr64
;     mov   rax, [rcx + 16]               sub   rsp, 40
;     movsd xmm1, [r8 + 8]                mov   rax, [rdi + 16]          ; function->address
;     mov   rdx, [r8 + 8]                 movsd xmm0, [rdx]
;     movsd xmm0, [r8]                    mov   rcx, [rdx]
;     mov   rcx, [r8]                     movsd xmm1, [rdx + 8]
;     jmp   rax                           mov   rdx, [rdx + 8]
;                                         call  rax
;                                         add   rsp, 40
;                                         ret

%include "unwind.inc"
%include "layout.inc"
%include "vector.inc"

%define plan    r10
%define address r11
%define slot    rax
%define slot_d  eax

%define behind_pointers 0           ; whether a slot holds the argument's address
%define narrow 0                    ; whether integers are extended

%define bound first                 ; the struct function
%define args  third

; The register of `args` is a position's, which is loaded last.
%macro load_positions 1
    load r9,  3, %1
  %ifidn __OUTPUT_FORMAT__, win64
    load rdx, 1, %1
    load rcx, 0, %1
    load r8,  2, %1
  %else
    load r8,  2, %1
    load rcx, 0, %1
    load rdx, 1, %1
  %endif
%endmacro

; Loads both registers of a position: the integer one, its number, positions in use.
%macro load 3
  %if %2 < %3
    %if behind_pointers
    mov slot, [args + 8 * %2]
    movsd xmm%2, [slot]
    mov %1, [slot]
    %else
    movsd xmm%2, [args + 8 * %2]
    mov %1, [args + 8 * %2]
    %endif
    %if narrow                      ; struct extension
    and %1, [plan + PLAN_EXTEND + 16 * %2]
    xor %1, [plan + PLAN_EXTEND + 16 * %2 + 8]
    sub %1, [plan + PLAN_EXTEND + 16 * %2 + 8]
    %endif
  %endif
%endmacro

%macro positional_stub 2            ; name, positions
%ifidn __OUTPUT_FORMAT__, win64
leaf %1
%else
proc %1
    reserve 40                      ; shadow space, and the stack is a multiple of 16 again
%endif
    mov address, [bound + FUNCTION_ADDRESS]
  %if narrow
    mov plan, [bound + FUNCTION_PLAN]
  %endif
    load_positions %2
%ifidn __OUTPUT_FORMAT__, win64
    jmp address
endleaf
%else
    call address
    release
    ret
endproc
%endif
%endmacro

; Calls with everything that is not one slot, as sysv_wide_8 does. The image's stack words begin with the shadow
; space. In the Windows ABI only a result can be a vector of more than 8 bytes: arguments are passed by reference. Of
; __vectorcall six registers are loaded whole, and results are in up to four.
;
;   void win64_wide_8(struct image *image, void *address);
;
; rsp at the call, from below: [stack words] [image] [rbp saved] [return address]
%define image r10

%macro wide_stub 5                  ; ABI, bytes of a vector register; registers of arguments, bytes of each; of results
proc %1_wide_%2
    save rbp
    frame
    hold first
    mov image, first
    mov address, second
    and rsp, [image + IMAGE_STACK_MASK] ; the words fill a multiple of that
    mov rcx, [image + IMAGE_NSTACK] ; not 0
  .word:
    push qword [image + IMAGE_FPR + 8 * %2 + rcx * 8 - 8]
    dec rcx
    jnz .word
    cmp qword [image + IMAGE_VECTORS], 0
    je .integers
  %assign %%i 0
  %rep %3
    move_vector %4, [image + IMAGE_FPR + %2 * %%i], %%i, load
    %assign %%i %%i + 1
  %endrep
  .integers:
    mov rcx, [image]
    mov rdx, [image + 8]
    mov r8, [image + 16]
    mov r9, [image + 24]
    call address
    mov image, [rbp - 8]
    mov [image + IMAGE_GPR_RESULT], rax
  %assign %%i 0
  %rep %5
    move_vector %2, [image + IMAGE_FPR + %2 * %%i], %%i, store
    %assign %%i %%i + 1
  %endrep
    leave_vectors %2
    leave_frame
    ret
endproc
%endmacro

section .text

%ifidn __OUTPUT_FORMAT__, win64
covered win64_leaves                ; none of these saves anything
%endif
%macro family 1                     ; what stands before the number of positions
  %assign positions 0
  %rep 5
    positional_stub %1%[positions], positions
    %assign positions positions + 1
  %endrep
%endmacro
family win64_
%define narrow 1
family win64_narrow_
%define narrow 0
%define behind_pointers 1
family win64_pointers_
%define behind_pointers 0
%ifidn __OUTPUT_FORMAT__, win64
endproc
%endif

; rsp at the call, from below: [shadow space] [stack words, an even number] [rbp saved] [return address]
proc win64_stack
    save rbp
    frame
    mov address, [bound + FUNCTION_ADDRESS]
    mov plan, [bound + FUNCTION_PLAN]
    mov r9d, [plan + PLAN_NSTACK]   ; even, and more than the 4 of the shadow space
  .word:                            ; the last word first: it lies highest
    mov slot_d, [plan + PLAN_STACK + r9 * 4 - 4]
    push qword [args + slot * 8]
    mov slot_d, [plan + PLAN_STACK + r9 * 4 - 8]
    push qword [args + slot * 8]
    sub r9d, 2
    cmp r9d, 4
    ja .word
    sub rsp, 32
    load_positions 4
    call address
    leave_frame
    ret
endproc

%assign vector 8
%rep 4                              ; 8, 16, 32, 64
    wide_stub win64, vector, 4, 8, 1
    wide_stub vectorcall, vector, 6, vector, 4
  %assign vector vector * 2
%endrep

; The table of the families: distances from each entry to its stub.
%macro entries 1
  %assign positions 0
  %rep 5
    dd %1%[positions] - $
    %assign positions positions + 1
  %endrep
%endmacro
constants
table win64_grid
entries win64_
entries win64_narrow_
entries win64_pointers_
endtable
