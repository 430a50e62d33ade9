/* SPDX-License-Identifier: MIT */
/*
 * Apple's variant of AAPCS64 ("Writing ARM64 code for Apple platforms"): so far its data model. char is signed,
 * long double a double, va_list a pointer.
 */
#include "../../src/abi.h"

static const struct model lp64 = {
    .role =
        {
            [ROLE_CHAR]    = FFI_KIND_I8,
            [ROLE_LONG]    = FFI_KIND_I64,
            [ROLE_ULONG]   = FFI_KIND_U64,
            [ROLE_WCHAR]   = FFI_KIND_I32,
            [ROLE_WINT]    = FFI_KIND_I32,
            [ROLE_FAST16]  = FFI_KIND_I16,
            [ROLE_UFAST16] = FFI_KIND_U16,
            [ROLE_FAST32]  = FFI_KIND_I32,
            [ROLE_UFAST32] = FFI_KIND_U32,
            [ROLE_LDOUBLE] = FFI_KIND_F64,
        },
    .va_list          = VA_LIST_POINTER,
    .ms_struct        = true,
    .vector_alignment = 16,
};

const struct abi abi_apple_arm64 = {.name = "apple-arm64", .model = &lp64};
