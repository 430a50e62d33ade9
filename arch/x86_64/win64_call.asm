; SPDX-License-Identifier: MIT
;
; The stubs of the Windows ABI for x86-64 and of its variant __vectorcall. On Windows they call the system's functions;
; in ELF and Mach-O they call functions with __attribute__((ms_abi)). C calls a stub as
;
;   void stub(const struct function *function, void *result, const ffi_value *args);
;
; by the target's own ABI: the Windows ABI on Windows, System V's elsewhere. The stub loads registers from slots of
; `args` and goes to the function's address. The result stays in rax or xmm0, the result registers of both ABIs.
; Position k has an integer register and a vector register. The stub loads both from slot k and reads no table. It loads
; exactly the bytes of the argument's type (load.inc says why). The families:
;
;   win64_<n>_<mask>    n positions, 8 bytes where the mask has the position's bit, else 4; no stack words
;   win64_each_<n>      n positions of any types; no stack words
;   win64_stack         all positions, 8 bytes each, and stack words
;   win64_image_<bytes> what neither these nor steps load (win64_steps.asm)
;   vectorcall_image_<bytes>
;                       every call by __vectorcall
;
; A callee may use 32 bytes above its return address, the shadow space. A Windows caller of the stub provides them, so a
; stub without stack words jumps. A System V caller does not, so the stub reserves them and calls. For example
;
;   win64_2_3:                          in ELF and Mach-O
;     mov   r11, [rcx + 24]               endbr64
;     movsd xmm1, [r8 + 8]                sub   rsp, 40
;     mov   rdx, [r8 + 8]                 mov   r11, [rdi + 24]          ; function->address
;     movsd xmm0, [r8]                    movsd xmm0, [rdx]
;     mov   rcx, [r8]                     mov   rcx, [rdx]
;     jmp   r11                           movsd xmm1, [rdx + 8]
;                                         mov   rdx, [rdx + 8]
;                                         call  r11
;                                         add   rsp, 40
;                                         ret

%include "proc.inc"
%include "offsets.inc"
%include "image.inc"
%include "load.inc"
%include "win64_registers.inc"

%define plan    r10
%define address r11
%define slot    rax
%define slot_d  eax

%define bound arg0                  ; the struct function
%define args  arg2

%macro load_vector 2                ; position, movss or movsd
    %2 xmm%1, [from]
%endmacro

; Runs the macro %1 for each of the first %2 positions. The position that has the register of `args` comes last.
%macro each_position 2
    position %1, 3, %2
  %ifidn __OUTPUT_FORMAT__, win64
    position %1, 1, %2
    position %1, 0, %2
    position %1, 2, %2
  %else
    position %1, 2, %2
    position %1, 0, %2
    position %1, 1, %2
  %endif
%endmacro

%macro position 3
  %if %2 < %3
    %define from args + 8 * %2
    %1 %2
  %endif
%endmacro

; Loads both registers of a position: 8 bytes if `wide` has the position's bit, else 4.
%macro load_position 1
  %if wide & (1 << %1)
    load_vector %1, movsd
    load_from %1, MOVE_OP_64
  %else
    load_vector %1, movss
    load_from %1, MOVE_OP_32
  %endif
%endmacro

; Name, positions, the macro that loads a position: load_position, or load_by_op for any types.
%macro positional_stub 3
%ifidn __OUTPUT_FORMAT__, win64
leaf %1
%elifidn %3, load_by_op
proc %1
%else
leaf %1, 32
%endif
%ifnidn __OUTPUT_FORMAT__, win64
    reserve 40                      ; the shadow space, and 8 bytes that align the stack
%endif
    mov address, [bound + FUNCTION_ADDRESS]
  %ifidn %3, load_by_op
    mov plan, [bound + FUNCTION_PLAN]
  %endif
    each_position %3, %2
%ifidn __OUTPUT_FORMAT__, win64
    jmp address
  %ifidn %3, load_by_op
    each_position load_other, %2
  %endif
endleaf
%else
    call address
    release
    ret
  %ifidn %3, load_by_op
    unreleased
    each_position load_other, %2
endproc
  %else
endleaf
  %endif
%endif
%endmacro

; Image stubs, as in sysv_image.asm. The image's stack words begin with the shadow space. The Windows ABI returns a
; vector of more than 8 bytes in a register, but passes such an argument by reference. __vectorcall passes whole vectors
; in six registers and returns them in up to four.
;
;   void win64_image_8(struct image *image, void *address);
;
; rsp at the call, from below: [stack words] [image] [rbp saved] [return address]
%define image r10

; ABI, bytes of a vector register; number of vector registers for arguments, bytes of each; number of those for results.
%macro image_stub 5
proc %1_image_%2
    save rbp
    frame
    push_local arg0
    mov image, arg0
    mov address, arg1
    and rsp, [image + IMAGE_STACK_MASK] ; the stack's alignment; the words' size is a multiple of it
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
    load_integers rcx, rdx, r8, r9
    mov r10, [image + IMAGE_CHAIN]  ; gcc's static chain; the last load, because r10 is `image`
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

; Each family has an `each` macro, as in sysv_call.asm.

%macro each_width 1                 ; passes on: name, positions, the mask of those of 8 bytes
  %assign n 0
  %rep 5
    %assign mask 0
    %rep 1 << n
      %1 win64_%[n]_%[mask], n, mask
      %assign mask mask + 1
    %endrep
    %assign n n + 1
  %endrep
%endmacro

%macro each_count 2                 ; %2 begins the name; passes on: name, positions
  %assign n 1
  %rep 4
    %1 %2_%[n], n
    %assign n n + 1
  %endrep
%endmacro

%macro make_width 3
  %assign wide %3
    positional_stub %1, %2, load_position
%endmacro

%macro make_each 2
    positional_stub %1, %2, load_by_op
%endmacro

code_section win64_families
covered win64_by_width
each_width make_width
endproc

code_section win64_slots
%ifidn __OUTPUT_FORMAT__, win64
covered win64_others
%endif
each_count make_each, win64_each
%assign wide 15
%ifidn __OUTPUT_FORMAT__, win64
endproc
%endif

; rsp at the call, from below: [shadow space] [stack words, an even number] [rbp saved] [return address]
proc win64_stack
    save rbp
    frame
    mov address, [bound + FUNCTION_ADDRESS]
    mov plan, [bound + FUNCTION_PLAN]
    mov r9d, [plan + PLAN_NSTACK]   ; an even number, more than the 4 words of the shadow space
  .word:                            ; pushes the last word first, because it has the highest address
    mov slot_d, [plan + PLAN_STACK + r9 * 4 - 4]
    push qword [args + slot * 8]
    mov slot_d, [plan + PLAN_STACK + r9 * 4 - 8]
    push qword [args + slot * 8]
    sub r9d, 2
    cmp r9d, 4
    ja .word
    sub rsp, 32
    each_position load_position, 4
    call address
    leave_frame
    ret
endproc

section .text
%assign vector 8
%rep 4                              ; 8, 16, 32, 64
  %if vector == 32
code_section win64_vectors
  %endif
    image_stub win64, vector, 4, 8, 1
  %assign vector vector * 2
%endrep
code_section vectorcall
%assign vector 8
%rep 4
    image_stub vectorcall, vector, 6, vector, 4
  %assign vector vector * 2
%endrep

; The tables. An entry is the distance from itself to its stub.
%macro distance 1-3
    dd %1 - $
%endmacro
constants
table win64_widths
each_width distance
endtable
table win64_each
each_count distance, win64_each
endtable
