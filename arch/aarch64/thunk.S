// SPDX-License-Identifier: MIT
//
// The code behind the trampoline of a thunk that passes its data as an argument (ffi_thunk_entry()). thunk_<k> loads the data
// into xk and jumps to the target. x17 holds the callback.
//
//   thunk_1:
//     bti  c
//     ldr  x1, [x17, #16]            // callback->userdata
//     ldr  x16, [x17, #8]            // callback->handler
//     br   x16                       // this register, so that the target may begin with bti c

#include "../offsets.h"
#include "proc.inc"

.macro each how
  .irp register, 0, 1, 2, 3, 4, 5, 6, 7
    \how \register
  .endr
.endm

.macro thunk register
leaf thunk_\register
    ldr x\register, [x17, #CALLBACK_USERDATA]
    ldr x16, [x17, #CALLBACK_HANDLER]
    br x16
endleaf thunk_\register
.endm

.macro distance register
    .word thunk_\register - .
.endm

covered
each thunk
endcovered

table thunk_entries
each distance
    .word 0
endtable thunk_entries
