/* SPDX-License-Identifier: MIT */
/*
 * The Windows ABI for x86-64: so far its two data models, both LLP64. They differ where the compilers do:
 *
 *   win64   GNU C on Windows (MinGW): long double is the x87's; what its -mms-bitfields lays out
 *   msvc    Microsoft's compiler and Windows' own headers: long double is a double, packing and alignment as
 *           __declspec(align) has them
 */
#include "../../src/abi.h"

#define LLP64                                                                                                  \
    [ROLE_CHAR] = FFI_KIND_I8, [ROLE_LONG] = FFI_KIND_I32, [ROLE_ULONG] = FFI_KIND_U32,                        \
    [ROLE_WCHAR] = FFI_KIND_U16, [ROLE_WINT] = FFI_KIND_U16, [ROLE_FAST32] = FFI_KIND_I32,                     \
    [ROLE_UFAST32] = FFI_KIND_U32

static const struct model mingw = {
    .role = {LLP64, [ROLE_FAST16] = FFI_KIND_I16, [ROLE_UFAST16] = FFI_KIND_U16, [ROLE_LDOUBLE] = FFI_KIND_F80},
    .records = RECORDS_MINGW,
    .va_list = VA_LIST_POINTER,
};

static const struct model microsoft = {
    .role = {LLP64, [ROLE_FAST16] = FFI_KIND_I32, [ROLE_UFAST16] = FFI_KIND_U32, [ROLE_LDOUBLE] = FFI_KIND_F64},
    .records = RECORDS_MSVC,
    .va_list = VA_LIST_POINTER,
};

const struct abi abi_win64 = {.name = "win64", .attribute = "ms_abi", .model = &mingw};
const struct abi abi_msvc  = {.name = "msvc", .model = &microsoft};
