/* SPDX-License-Identifier: MIT */
/*
 * int call_thunk(lua_State *L): what thunks go to: target(L, data). r10 has the thunk's record (FFI_THUNK_TARGET, _DATA).
 */
#include <cet.h>
#include "../thunk.inc"
hidden_function call_thunk
        _CET_ENDBR
        movq    16(%r10), %rsi
        jmp     *8(%r10)
end_function call_thunk
