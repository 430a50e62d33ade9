/* SPDX-License-Identifier: MIT */
/*
 * int call_thunk(lua_State *L): what thunks go to: target(L, data). x17 has the thunk's record (FFI_THUNK_TARGET, _DATA).
 */
#include "../thunk.inc"
hidden_function call_thunk
        hint    #34                     /* bti c */
        ldr     x1, [x17, #16]
        ldr     x16, [x17, #8]
        br      x16
end_function call_thunk
