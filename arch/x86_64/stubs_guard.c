/* SPDX-License-Identifier: MIT */
/* What the ABIs of x86-64 make a callee preserve (psABI 3.2.1 and figure 3.4; Microsoft, "x64 calling
 * convention", caller/callee saved registers). */
#include "plan/guard.h"

/* Defined in guard.asm. */
extern guard_stub sysv_guard, win64_guard;

enum {
    DIRECTION     = 0x400,  /* of the flags: DF */
    MXCSR_CONTROL = 0xffc0, /* all but the exceptions that have happened */
    X87_CONTROL   = 0x1f3f, /* without the bits that are reserved */
    XMM6          = GUARDED_XMM6
};

#define OF_BOTH                                                                                                \
    {"rbx", 0, 1, 0}, {"r12", 1, 1, 0}, {"r13", 2, 1, 0}, {"r14", 3, 1, 0}, {"r15", 4, 1, 0},                  \
        {"rbp", GUARDED_RBP, 1, 0}, {"rsp", GUARDED_RSP, 1, 0},                                                \
        {"direction flag", GUARDED_DIRECTION, 1, DIRECTION}, {"mxcsr", GUARDED_MXCSR, 1, MXCSR_CONTROL}, {     \
        "x87 control word", GUARDED_X87, 1, X87_CONTROL                                                        \
    }

static const struct preserved sysv[] = {OF_BOTH, {NULL, 0, 0, 0}};

static const struct preserved win64[] = {
    OF_BOTH,
    {"rdi", 6, 1, 0},
    {"rsi", 7, 1, 0},
    {"xmm6", XMM6, 2, 0},
    {"xmm7", XMM6 + 2, 2, 0},
    {"xmm8", XMM6 + 4, 2, 0},
    {"xmm9", XMM6 + 6, 2, 0},
    {"xmm10", XMM6 + 8, 2, 0},
    {"xmm11", XMM6 + 10, 2, 0},
    {"xmm12", XMM6 + 12, 2, 0},
    {"xmm13", XMM6 + 14, 2, 0},
    {"xmm14", XMM6 + 16, 2, 0},
    {"xmm15", XMM6 + 18, 2, 0},
    {NULL, 0, 0, 0},
};

const struct guarded_abi guarded_abis[] = {{&abi_sysv, sysv_guard, sysv},
                                           {&abi_win64, win64_guard, win64},
                                           {&abi_msvc, win64_guard, win64},
                                           {&abi_vectorcall, win64_guard, win64},
                                           {NULL, NULL, NULL}};
