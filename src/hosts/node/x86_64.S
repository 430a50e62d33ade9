/* SPDX-License-Identifier: MIT */
/*
 * napi_value call_thunk(napi_env env, napi_callback_info info): what thunks go to: target(env, info, data). r10 has the
 * thunk's record (FFI_THUNK_TARGET, _DATA). napi_get_cb_info() would take 2 ns to say the same.
 */
#include <cet.h>
#include "../thunk.inc"
hidden_function call_thunk
        _CET_ENDBR
        movq    16(%r10), %rdx
        jmp     *8(%r10)
end_function call_thunk
