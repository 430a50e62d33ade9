; SPDX-License-Identifier: MIT
;
; The stubs of the System V ABI that load slots of any types, and those for stack words. C calls them as it calls the
; stubs of sysv_call.asm. A stub with stack words has a frame, and the native code returns to it.
;
;   sysv_each             any registers; jumps to the native code
;   sysv_row_6_0_<w>, sysv_row_0_8_<w>
;                         six integers of 8 bytes, or eight doubles, and <w> stack words of the same type
;   sysv_stack_<f>        stack words, integers of 8 bytes, none or all eight of the vector registers
;   sysv_stack_each       stack words and any registers

%include "proc.inc"
%include "offsets.inc"
%include "load.inc"
%include "sysv_load.inc"

; On Windows every call of a System V function goes through an image.
%ifnidn __OUTPUT_FORMAT__, win64

; ---- any registers ----

; Integers of 4 bytes and doubles take no jump; the code for other types stands behind the stub's end. The stub may load
; registers that the call does not use.

%macro load_vector 2                ; nothing: a System V argument is in one kind of register only (load.inc)
%endmacro

%macro load_each_gpr 1
    locate %1, PLAN_GPR
    load_by_op %1
%endmacro

%macro load_each_fpr 1
    locate %1, PLAN_FPR
    cmp byte [plan + PLAN_FPR_OPS + %1], MOVE_OP_64
    jne .single_%1
    movsd xmm%1, [from]
  .loaded_x%1:
%endmacro

%macro load_single 1
  .single_%1:
    movss xmm%1, [from]
    jmp .loaded_x%1
%endmacro

%macro each_stub 1                  ; name
leaf %1
    mov address, [rdi + FUNCTION_ADDRESS]
    mov plan, [rdi + FUNCTION_PLAN]
    movzx eax, byte [plan + PLAN_NFPR]
    test eax, eax
    jz .integers
    cmp eax, 2
    jbe .two
    cmp eax, 4
    jbe .four
    load_each_fpr 7
    load_each_fpr 6
    load_each_fpr 5
    load_each_fpr 4
  .four:
    load_each_fpr 3
    load_each_fpr 2
  .two:
    load_each_fpr 1
    load_each_fpr 0
  .integers:
    movzx eax, byte [plan + PLAN_NGPR]
    test eax, eax
    jz .go
    cmp eax, 3
    jbe .three
    load_each_gpr 5
    load_each_gpr 4
    load_each_gpr 3
  .three:
    load_each_gpr 1
    load_each_gpr 0
    load_each_gpr 2
  .go:
    movzx eax, byte [plan + PLAN_NFPR] ; psABI 3.2.3: al, as in count_fprs
    jmp address
  %assign %%k 0
  %rep 6
    load_other %[%%k]
    %assign %%k %%k + 1
  %endrep
  %assign %%k 0
  %rep 8
    load_single %[%%k]
    %assign %%k %%k + 1
  %endrep
endleaf
%endmacro

; ---- the stack ----

; rsp at the call, from below: [stack words, an even number] [rbp saved] [return address]
%macro stack_stub 1                 ; floating-point registers, 0 or 8
leaf sysv_stack_%1
    save rbp
    frame
    mov address, [rdi + FUNCTION_ADDRESS]
    mov plan, [rdi + FUNCTION_PLAN]
    mov ecx, [plan + PLAN_NSTACK]   ; an even number, not 0
  .word:                            ; pushes the last word first, because it has the highest address
    mov slot_d, [plan + PLAN_STACK + rcx * 4 - 4]
    push qword [args + slot * 8]
    mov slot_d, [plan + PLAN_STACK + rcx * 4 - 8]
    push qword [args + slot * 8]
    sub ecx, 2
    jnz .word
    load_fprs %1, 255
    load_gprs 6
    movzx eax, byte [plan + PLAN_NFPR]
    call address
    leave_frame
    ret
endleaf
%endmacro

; Slot k feeds register k, and the slots that follow feed the stack words.
%macro row_stub 3                   ; integer registers, floating-point registers, stack words
leaf sysv_row_%1_%2_%3
    mov address, [rdi + FUNCTION_ADDRESS]
    reserve 8 * (%3 | 1)            ; an odd number of words and the return address align the stack
  %assign %%k 0
  %rep %3
    mov rax, [args + 8 * (%1 + %2 + %%k)]
    mov [rsp + 8 * %%k], rax
    %assign %%k %%k + 1
  %endrep
  arrange 0, 0, 1
    load_fprs %2, 255
    load_gprs %1
    count_fprs %2
  %define in_order 0
    call address
    release
    ret
endleaf
%endmacro

; Pushes a slot of which the caller may have stored 4 bytes only: two loads of 4 bytes do not wait for that store.
%macro push_halves 1                ; the offset in the plan of the slot's number
    mov slot_d, [plan + %1]
    mov r8d, [args + slot * 8 + 4]
    mov slot_d, [args + slot * 8]
    shl r8, 32
    or slot, r8
    push slot
%endmacro

%macro stack_each_stub 0
proc sysv_stack_each
    save rbp
    frame
    mov plan, [rdi + FUNCTION_PLAN]
    mov ecx, [plan + PLAN_NSTACK]   ; an even number, not 0
  .word:
    push_halves PLAN_STACK + rcx * 4 - 4
    push_halves PLAN_STACK + rcx * 4 - 8
    sub ecx, 2
    jnz .word
    call sysv_each                  ; does not change rsp, and jumps to the native code
    leave_frame
    ret
endproc
%endmacro

; ---- the stubs and their table ----

; Runs the macro %1 for each row stub, with: name, integer registers, floating-point registers, stack words.
%macro each_row 1
  %assign w 1
  %rep 10
    %1 sysv_row_6_0_%[w], 6, 0, w
    %assign w w + 1
  %endrep
  %assign w 1
  %rep 4
    %1 sysv_row_0_8_%[w], 0, 8, w
    %assign w w + 1
  %endrep
%endmacro

%macro make_row 4
    row_stub %2, %3, %[%4]
%endmacro

code_section sysv_slots
covered sysv_others
each_stub sysv_each
endproc
stack_each_stub

code_section sysv_stack
    set_how 0, MOVE_OP_64           ; for load_gprs
covered sysv_frames
each_row make_row
stack_stub 0
stack_stub 8
endproc

%macro distance 4                   ; the distance from the entry to its stub
    dd %1 - $
%endmacro

constants
table sysv_rows
each_row distance
endtable

%endif
