/* SPDX-License-Identifier: MIT */
/* What guard_win32.asm has, and what its last call broke. Not for several threads. */
#ifndef GUARD_WIN32_H
#define GUARD_WIN32_H

#include <ffi_invoke.h>
#include <stdint.h>
#include <string.h>

enum { GPR = 8, XMM = 10, CANARIES = 16, WORDS = 12, MARKS = 3 };

void guard(const void *stub, const void *first, void *second, const void *third);
void guard_callee(void), guard_callee_sysv(void);

ffi_handler guard_handler;

extern const char     guard_begin[], guard_end[], guard_return[], native_return[], native_return_sysv[];
extern const char     native_caller[], native_caller_sysv[];
extern const uint64_t guard_junk[GPR], guard_xmm_junk[XMM][2], guard_canary;
extern const uint32_t guard_mxcsr;
extern const uint16_t guard_x87_control;
extern uint64_t       guard_flags, guard_words, guard_rsp, callee_rsp, callee_flags, native_rsp, native_marks;
extern uint64_t       after_gpr[GPR], after_xmm[XMM][2], after_rsp, after_flags, after_canaries[CANARIES];
extern uint32_t       after_mxcsr;
extern uint16_t       after_x87[14];

static const char *const gpr_names[GPR] = {"rbx", "rbp", "rdi", "rsi", "r12", "r13", "r14", "r15"};
static const char *const xmm_names[XMM] = {"xmm6",  "xmm7",  "xmm8",  "xmm9",  "xmm10",
                                           "xmm11", "xmm12", "xmm13", "xmm14", "xmm15"};

enum { RDI = 2, RSI = 3, DIRECTION_FLAG = 0x400, MXCSR_CONTROL = 0xffc0 };

static bool foreign; /* callbacks by the rules of System V, which preserves less */

static bool is_kept(int gpr) {
    return !foreign || (gpr != RDI && gpr != RSI);
}

/* What the last call broke: names with blanks between, "" if nothing. */
static const char *broken(void) {
    static char list[256];
    *list = 0;
    for (int i = 0; i < GPR; i++)
        if (is_kept(i) && after_gpr[i] != guard_junk[i]) strcat(strcat(list, " "), gpr_names[i]);
    for (int i = 0; i < XMM && !foreign; i++)
        if (memcmp(after_xmm[i], guard_xmm_junk[i], 16)) strcat(strcat(list, " "), xmm_names[i]);
    if (after_rsp != guard_rsp) strcat(list, " rsp");
    if (after_flags & DIRECTION_FLAG) strcat(list, " direction");
    if ((after_mxcsr ^ guard_mxcsr) & MXCSR_CONTROL) strcat(list, " mxcsr");
    if (after_x87[0] != guard_x87_control) strcat(list, " x87_control");
    if (after_x87[4] != 0xffff) strcat(list, " x87_stack");
    for (int i = 0; i < CANARIES; i++)
        if (after_canaries[i] != guard_canary + (uint64_t)i) {
            strcat(list, " canary");
            break;
        }
    if (callee_rsp && callee_rsp % 16 != 8) strcat(list, " alignment");
    if (callee_flags & DIRECTION_FLAG) strcat(list, " direction_in");
    if (native_rsp && native_marks != MARKS) strcat(list, " marks");
    return *list ? list + 1 : list;
}

#endif
