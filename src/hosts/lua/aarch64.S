/* SPDX-License-Identifier: MIT */
/*
 * int call_thunk(lua_State *L): what thunks go to: target(L, data). x17 has the thunk's record (FFI_THUNK_TARGET, _DATA).
 */
        .text
        .globl  call_thunk
        .hidden call_thunk
        .type   call_thunk, %function
call_thunk:
        hint    #34                     /* bti c */
        ldr     x1, [x17, #16]
        ldr     x16, [x17, #8]
        br      x16
        .size   call_thunk, . - call_thunk
        .section .note.GNU-stack, "", %progbits
