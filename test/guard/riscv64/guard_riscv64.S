// SPDX-License-Identifier: MIT
//
// A caller and a callee that know all preserved registers, for t_step_riscv64.c. No unwind data: nothing is thrown
// through here.

    .section .note.GNU-stack, "", %progbits

    .bss
    .balign 8
    .global guard_sp, guard_inner
guard_sp:
    .skip 8                          // sp at the call
guard_inner:
    .skip 8                          // what the callee or the handler was to return to
    .text

.macro function name
    .balign 16
    .global \name
    .type \name, %function
\name:
    .4byte 0x17                      // lpad 0
.endm

.macro each_s how, base
  .irp number, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
    \how s\number, 8 * \number(\base)
  .endr
.endm

.macro each_fs how, base
  .irp number, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
    \how fs\number, 96 + 8 * \number(\base)
  .endr
.endm

// void guard_call(void *code, void *a0, void *a1, void *a2): fills s0 to s11 with 0x50 to 0x5b, fs0 to fs11 with the
// same numbers, and calls; the other registers of arguments have the last argument.
function guard_call
    addi sp, sp, -208
    sd ra, 192(sp)
    each_s sd, sp
    each_fs fsd, sp
    lla t0, guard_sp
    sd sp, (t0)
  .irp number, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
    li s\number, 0x50 + \number
    fmv.d.x fs\number, s\number
  .endr
    mv t1, a0
    mv a0, a1
    mv a1, a2
    mv a2, a3
  .irp number, 3, 4, 5, 6, 7
    mv a\number, a2
  .endr
    jalr t1
    .global guard_return
guard_return:
    lla t0, guard_sp
    ld sp, (t0)
    each_s ld, sp
    each_fs fld, sp
    ld ra, 192(sp)
    addi sp, sp, 208
    ret

// The callee, and the handler of callbacks: return at once.
function guard_callee
    lla t0, guard_inner
    sd ra, (t0)
    li a0, 0
    li a1, 0
    ret
