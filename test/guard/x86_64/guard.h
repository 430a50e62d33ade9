/* SPDX-License-Identifier: MIT */
/*
 * A call through a stub under guard (the idea is checkasm's): guard.asm fills every register that a callee must
 * preserve with known junk, puts canaries above the return address, calls, and notes what it finds afterwards.
 * The callee in guard.asm notes how it was called, hands its registers and stack to note_arguments() as they
 * are, and then spoils all that a callee may spoil. Not for several threads.
 */
#ifndef GUARD_H
#define GUARD_H

#include <ffi_invoke.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { GUARD_GPR = 6, GUARD_CANARIES = 16, GUARD_WORDS = 12 };

/* guard.asm */
void guard(ffi_store_stub *stub, const ffi_function *function, void *result, const ffi_value *args);
void guard_callee(void);
void guard_callee_ms(void); /* the same by the rules of Windows, with note_arguments_ms() */

extern const uint64_t guard_junk[GUARD_GPR]; /* rbx, rbp, r12 to r15 before the call */
extern const uint64_t guard_canary;          /* the first; each next one is greater by 1 */
extern const uint32_t guard_mxcsr;           /* the floating-point modes during the call */
extern const uint16_t guard_x87_control;
extern const char     guard_return[];    /* the address to which the stub returns */
extern uint64_t       guard_flags;       /* to be set during the call; 0x100 is the trap flag */
extern uint64_t       guard_stack_words; /* of the arguments, for the callee to spoil */
extern uint64_t       guard_reply[2];    /* rax and xmm0 as the callee leaves them */
extern uint64_t       guard_rsp;         /* before the call and, if all is well, after it */
extern uint64_t       after_gpr[GUARD_GPR], after_rsp, after_flags, after_canaries[GUARD_CANARIES];
extern uint64_t       after_results[2]; /* rax and xmm0 as the stub leaves them */
extern uint32_t       after_mxcsr;
extern uint16_t       after_x87[14];                        /* FNSTENV: [0] control, [4] tags */
extern uint64_t       callee_rsp, callee_flags, callee_rax; /* on entry to the callee */
extern double         callee_fpr[6];                        /* on entry to guard_callee_ms: xmm0 to xmm5 */

enum { DIRECTION_FLAG = 0x400, MXCSR_CONTROL = 0xffc0 /* the rest is status */ };

/* What the last call broke: names with blanks between, "" if nothing. psABI 3.2.1 and 3.2.3. */
static inline const char *guard_broken(void) {
    static const char *const names[GUARD_GPR] = {"rbx", "rbp", "r12", "r13", "r14", "r15"};
    static char              list[128];
    *list = 0;
    for (int i = 0; i < GUARD_GPR; i++)
        if (after_gpr[i] != guard_junk[i]) strcat(strcat(list, " "), names[i]);
    if (after_rsp != guard_rsp) strcat(list, " rsp");
    if (after_flags & DIRECTION_FLAG) strcat(list, " direction");
    if ((after_mxcsr ^ guard_mxcsr) & MXCSR_CONTROL) strcat(list, " mxcsr");
    if (after_x87[0] != guard_x87_control) strcat(list, " x87-control");
    if (after_x87[4] != 0xffff) strcat(list, " x87-stack");
    for (int i = 0; i < GUARD_CANARIES; i++)
        if (after_canaries[i] != guard_canary + (uint64_t)i) {
            strcat(list, " canary");
            break;
        }
    return *list ? list + 1 : list;
}

/* What was wrong when the callee was entered, in the same way. A variadic callee is told in al how many
 * floating-point registers are in use at most; `in_use` are, -1 if it is not variadic. */
static inline const char *guard_miscalled(int in_use) {
    int         al = (int)(callee_rax & 0xff);
    static char list[64];
    *list = 0;
    if (callee_rsp % 16 != 8) strcat(list, " alignment");
    if (callee_flags & DIRECTION_FLAG) strcat(list, " direction");
    if (in_use >= 0 && (al < in_use || al > 8)) strcat(list, " al");
    return *list ? list + 1 : list;
}

#endif
