/* SPDX-License-Identifier: MIT */
/*
 * The procedure call standard of AArch64 on Linux: so far its data model (AAPCS64 2024Q3, 10.1; LP64).
 */
#include "../../src/abi.h"

static const struct model lp64 = {
    .role =
        {
            [ROLE_CHAR]    = FFI_KIND_U8,
            [ROLE_LONG]    = FFI_KIND_I64,
            [ROLE_ULONG]   = FFI_KIND_U64,
            [ROLE_WCHAR]   = FFI_KIND_U32,
            [ROLE_WINT]    = FFI_KIND_U32,
            [ROLE_FAST16]  = FFI_KIND_I64,
            [ROLE_UFAST16] = FFI_KIND_U64,
            [ROLE_FAST32]  = FFI_KIND_I64,
            [ROLE_UFAST32] = FFI_KIND_U64,
            [ROLE_LDOUBLE] = FFI_KIND_F128,
        },
    .va_list            = VA_LIST_AAPCS64,
    .vector_alignment   = 16,
    .unnamed_bits_align = true, /* 8.1.8.2: "without exception for zero-sized or anonymous bit-fields" */
};

const struct abi abi_aapcs64 = {.name = "aapcs64", .model = &lp64};
