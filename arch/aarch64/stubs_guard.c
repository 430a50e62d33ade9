/* SPDX-License-Identifier: MIT */
/* What the ABIs of AArch64 make a callee preserve (AAPCS64 6.1.1 and 6.1.2; Apple, "Writing ARM64 code for
 * Apple platforms", and Microsoft, "Overview of ARM64 ABI conventions", which reserve x18). */
#include "plan/guard.h"

/* Defined in guard.S. */
extern guard_stub aapcs64_guard;

enum { D8 = GUARDED_D8 };

#define OF_BOTH                                                                                                \
    {"x19", 0, 1, 0}, {"x20", 1, 1, 0}, {"x21", 2, 1, 0}, {"x22", 3, 1, 0}, {"x23", 4, 1, 0},                  \
        {"x24", 5, 1, 0}, {"x25", 6, 1, 0}, {"x26", 7, 1, 0}, {"x27", 8, 1, 0}, {"x28", 9, 1, 0},              \
        {"x29", GUARDED_X29, 1, 0}, {"sp", GUARDED_SP, 1, 0}, {"fpcr", GUARDED_FPCR, 1, 0}, {"d8", D8, 1, 0},  \
        {"d9", D8 + 1, 1, 0}, {"d10", D8 + 2, 1, 0}, {"d11", D8 + 3, 1, 0}, {"d12", D8 + 4, 1, 0},             \
        {"d13", D8 + 5, 1, 0}, {"d14", D8 + 6, 1, 0}, {                                                        \
        "d15", D8 + 7, 1, 0                                                                                    \
    }

static const struct preserved aapcs64[]  = {OF_BOTH, {NULL, 0, 0, 0}};
static const struct preserved with_x18[] = {OF_BOTH, {"x18", GUARDED_X18, 1, 0}, {NULL, 0, 0, 0}};

const struct guarded_abi guarded_abis[] = {{&abi_aapcs64, aapcs64_guard, aapcs64},
                                           {&abi_apple_arm64, aapcs64_guard, with_x18},
                                           {&abi_win_arm64, aapcs64_guard, with_x18},
                                           {NULL, NULL, NULL}};
