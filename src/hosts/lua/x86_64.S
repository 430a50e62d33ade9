/* SPDX-License-Identifier: MIT */
/*
 * int call_thunk(lua_State *L): what thunks go to: target(L, data). r10 has the thunk's record (FFI_THUNK_TARGET, _DATA).
 */
#include <cet.h>
        .text
        .globl  call_thunk
        .hidden call_thunk
        .type   call_thunk, @function
call_thunk:
        _CET_ENDBR
        movq    16(%r10), %rsi
        jmp     *8(%r10)
        .size   call_thunk, . - call_thunk
        .section .note.GNU-stack, "", @progbits
