// SPDX-License-Identifier: MIT
//
// Guarded calls (src/call/guard.c). A guarded call loads all arguments from an image, as an image stub does. It also puts
// known values into all registers that the callee must preserve. After the call it stores these registers' values and
// restores the caller's. A struct guard has both. The guard does not write gp and tp, and the callee must not write them
// either.
//
//   void lp64d_guard(struct image *image, void *address, struct guard *guard);
//
// sp at the call, from below: [stack words, an even number] [mark] [guard] [fs11 to fs0, s11 to s1, s0, ra saved]
//
// The callee may have changed any register when it returns. Before the call s1 holds the guard's address and s2 its
// complement. If they still agree, s1 is the guard. If not, the code looks for the guard's mark from sp upwards. So the caller
// survives a callee that changes all registers but sp, and one that changes sp but not these two. Exceptions and longjmp pass
// through the frame, because the unwind rules say where the caller's registers are saved. If the callee has changed s0, the
// rules hold again from label 6 on.

#include "image.inc"

#define image   t3
#define guard   t4
#define address t1

#define FRAME 208

.macro each_s how
  .irp number, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
    \how \number
  .endr
.endm

.macro each_fs how
  .irp number, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
    \how \number
  .endr
.endm

.macro save_s number
    sd s\number, -16 - 8 * \number(s0)
    .cfi_offset s\number, -16 - 8 * \number
.endm

.macro save_fs number
    fsd fs\number, -112 - 8 * \number(s0)
    .cfi_offset fs\number, -112 - 8 * \number
.endm

.macro restore_s number
    ld s\number, -16 - 8 * \number(s0)
.endm

.macro restore_fs number
    fld fs\number, -112 - 8 * \number(s0)
.endm

.macro load_s number
    ld s\number, 8 * (\number - 1)(guard)
.endm

.macro load_fs number
    fld fs\number, 8 * (GUARDED_FS0 + \number)(guard)
.endm

.macro note_s number
    sd s\number, GUARDED_AFTER + 8 * (\number - 1)(guard)
.endm

.macro note_fs number
    fsd fs\number, GUARDED_AFTER + 8 * (GUARDED_FS0 + \number)(guard)
.endm

    .text
proc lp64d_guard
    frame FRAME
    each_s save_s
    each_fs save_fs
    mv image, a0
    mv guard, a2
    mv address, a1
    xor t0, guard, s0
    not t0, t0                       // the mark
    addi sp, sp, -16
    sd t0, (sp)
    sd guard, 8(sp)
    sd image, GUARDED_IMAGE(guard)
    sd s0, GUARDED_FRAME(guard)
    sd s0, 8 * GUARDED_S0(guard)
    ld t2, GUARDED_VECTOR(guard)
    slli t5, t2, 3
    add t6, image, t5
    addi t6, t6, IMAGE_FPR           // the stack words
    ld t5, IMAGE_NSTACK(image)
    slli t5, t5, 3
    add t5, t5, t6
    push_stack
    sd sp, 8 * GUARDED_SP(guard)
    sd gp, 8 * GUARDED_GP(guard)
    sd tp, 8 * GUARDED_TP(guard)
    frrm t0
    sd t0, 8 * GUARDED_FRM(guard)
    ld t0, IMAGE_VECTORS(image)
    beqz t0, 3f
    li t0, 16
    beq t2, t0, 2f
    all_fprs fld, IMAGE_FPR, image
    j 3f
2:
    all_fprs fld, IMAGE_FPR, image, 16
3:
    each_fs load_fs
    each_s load_s
    all_gprs ld, 0, image
    jalr address
    mv t5, sp
    not guard, s2
    beq guard, s1, 6f
    andi t6, t5, -8
5:
    ld t0, (t6)                      // guard ^ frame, complemented; guard
    ld guard, 8(t6)
    addi t2, t6, 16 + FRAME          // the frame, if this is the mark
    xor t2, t2, guard
    not t2, t2
    addi t6, t6, 8
    bne t2, t0, 5b
6:
    sd t5, GUARDED_AFTER + 8 * GUARDED_SP(guard)
    sd s0, GUARDED_AFTER + 8 * GUARDED_S0(guard)
    sd gp, GUARDED_AFTER + 8 * GUARDED_GP(guard)
    sd tp, GUARDED_AFTER + 8 * GUARDED_TP(guard)
    frrm t0
    sd t0, GUARDED_AFTER + 8 * GUARDED_FRM(guard)
    each_s note_s
    each_fs note_fs
    ld s0, GUARDED_FRAME(guard)
    ld sp, 8 * GUARDED_SP(guard)
    ld gp, 8 * GUARDED_GP(guard)
    ld tp, 8 * GUARDED_TP(guard)
    sd zero, -16 - FRAME(s0)         // erase the mark, so that no later guard finds it
    ld image, GUARDED_IMAGE(guard)
    ld t0, GUARDED_VECTOR(guard)
    sd a0, IMAGE_GPR_RESULT(image)
    sd a1, IMAGE_GPR_RESULT + 8(image)
    add t0, t0, image
    fsd fa0, IMAGE_FPR(image)
    fsd fa1, IMAGE_FPR(t0)
    each_s restore_s
    each_fs restore_fs
    leave_frame FRAME
    ret
endproc lp64d_guard
