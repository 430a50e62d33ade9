// SPDX-License-Identifier: MIT
//
// The code behind the trampoline of a thunk that passes its data as an argument (ffi_thunk_entry()). thunk_<k> loads the data
// into ak and jumps to the target. t0 holds the callback.
//
//   thunk_1:
//     lpad 0
//     ld a1, 16(t0)                  // callback->userdata
//     ld t1, 8(t0)                   // callback->handler
//     jr t1

#include "../offsets.h"
#include "proc.inc"

.macro each how
  .irp register, 0, 1, 2, 3, 4, 5, 6, 7
    \how \register
  .endr
.endm

.macro thunk register
leaf thunk_\register
    ld a\register, CALLBACK_USERDATA(t0)
    ld t1, CALLBACK_HANDLER(t0)
    jr t1
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
