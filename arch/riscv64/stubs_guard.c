/* SPDX-License-Identifier: MIT */
/* What LP64D makes a callee preserve (RISC-V ELF psABI, "Register Convention"). */
#include "plan/guard.h"

/* Defined in guard.S. */
extern guard_stub lp64d_guard;

enum { FS0 = GUARDED_FS0 };

static const struct preserved lp64d[] = {
    {"s1", 0, 1, 0},          {"s2", 1, 1, 0},          {"s3", 2, 1, 0},          {"s4", 3, 1, 0},
    {"s5", 4, 1, 0},          {"s6", 5, 1, 0},          {"s7", 6, 1, 0},          {"s8", 7, 1, 0},
    {"s9", 8, 1, 0},          {"s10", 9, 1, 0},         {"s11", 10, 1, 0},        {"s0", GUARDED_S0, 1, 0},
    {"sp", GUARDED_SP, 1, 0}, {"gp", GUARDED_GP, 1, 0}, {"tp", GUARDED_TP, 1, 0}, {"frm", GUARDED_FRM, 1, 0},
    {"fs0", FS0, 1, 0},       {"fs1", FS0 + 1, 1, 0},   {"fs2", FS0 + 2, 1, 0},   {"fs3", FS0 + 3, 1, 0},
    {"fs4", FS0 + 4, 1, 0},   {"fs5", FS0 + 5, 1, 0},   {"fs6", FS0 + 6, 1, 0},   {"fs7", FS0 + 7, 1, 0},
    {"fs8", FS0 + 8, 1, 0},   {"fs9", FS0 + 9, 1, 0},   {"fs10", FS0 + 10, 1, 0}, {"fs11", FS0 + 11, 1, 0},
    {NULL, 0, 0, 0}};

const struct guarded_abi guarded_abis[] = {{&abi_lp64d, lp64d_guard, lp64d}, {NULL, NULL, NULL}};
