/* SPDX-License-Identifier: MIT */
/*
 * C on WebAssembly, as clang compiles it for wasm32 (WebAssembly tool conventions, "C ABI"): int, long and
 * pointers have 4 bytes, long long 8, long double 16. Only the data model is known: types have the layout that
 * they have in a module's linear memory. Nothing native is called by it; a host of WebAssembly converts.
 */
#include "plan/abi.h"

static const struct model model = {
    .kinds =
        {
            [MODEL_CHAR]    = FFI_KIND_I8,
            [MODEL_LONG]    = FFI_KIND_I32,
            [MODEL_ULONG]   = FFI_KIND_U32,
            [MODEL_WCHAR]   = FFI_KIND_I32,
            [MODEL_WINT]    = FFI_KIND_I32,
            [MODEL_FAST16]  = FFI_KIND_I32,
            [MODEL_UFAST16] = FFI_KIND_U32,
            [MODEL_FAST32]  = FFI_KIND_I32,
            [MODEL_UFAST32] = FFI_KIND_U32,
            [MODEL_LDOUBLE] = FFI_KIND_F128,
            [MODEL_INTPTR]  = FFI_KIND_I32,
            [MODEL_UINTPTR] = FFI_KIND_U32,
        },
    .records            = RECORDS_CLANG,
    .has_other_struct   = true,
    .va_list            = VA_LIST_POINTER,
    .unnamed_bits_align = false,
};

const struct abi abi_wasm32 = {.convention = {.name = "wasm32", .model = &model}};
