/* SPDX-License-Identifier: MIT */
/* The list of ABIs. A new ABI needs one file in arch/ and one line here. */
#include "plan/abi.h"

const struct convention *const abis[] = {
    &abi_sysv.convention,      &abi_win64.convention,
    &abi_msvc.convention,      &abi_vectorcall.convention,
    &abi_aapcs64.convention,   &abi_apple_arm64.convention,
    &abi_win_arm64.convention, &abi_lp64d.convention,
    &abi_wasm32.convention,    NULL,
};
