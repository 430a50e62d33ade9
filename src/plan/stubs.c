/* SPDX-License-Identifier: MIT */
/* Finds the stubs of an ABI. */
#include "plan/stubs.h"

const struct stubs *stubs_of(const struct abi *abi) {
    const struct target_abi *target = target_abis;
    while (target->abi && target->abi != abi) target++;
    return target->stubs;
}
