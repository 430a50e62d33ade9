/* SPDX-License-Identifier: MIT */
/*
 * napi_value call_thunk(napi_env env, napi_callback_info info): what thunks go to: target(env, info, data). x17 has the
 * thunk's record (FFI_THUNK_TARGET, _DATA).
 */
#include "../thunk.inc"
hidden_function call_thunk
        hint    #34                     /* bti c */
        ldr     x2, [x17, #16]
        ldr     x16, [x17, #8]
        br      x16
end_function call_thunk
