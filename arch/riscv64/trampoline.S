// SPDX-License-Identifier: MIT
//
// The page of trampolines. src/callback/trampoline.c maps this page again when it needs more callbacks, so nothing writes
// code. Each copy of the page has its callbacks at a fixed distance: a struct ffi_callback for every trampoline. Native
// code gets the address of a trampoline as a function pointer. Trampoline i is
//
//   trampoline_i:
//     lpad 0
//     auipc t0, upper
//     addi  t0, t0, lower            // its callback
//     j     go
//
// No callback uses the place of the first trampoline (trampoline.c). It has the code that all others share:
//
//   go:
//     ld    t1, (t0)                 // callback->entry
//     jr    t1
//
// Code between caller and callee may use t0 and t1, as the procedure linkage table does. A trampoline pushes nothing, so a
// debugger shows the frames of the entry and of the native caller.
//
// The page is 4 KiB long. It begins a page of the system if these have 4 or 16 KiB. In a larger page it may lie anywhere.

#include "../offsets.h"
#include "proc.inc"

    .option push
    .option norvc                    // each trampoline has its size
code_pages
hidden trampoline_page, function
0:
    ld t1, (t0)
    jr t1
    unimp
    unimp
    .set i, 1
.rept TRAMPOLINES - 1
    landing_pad
    .set distance, TRAMPOLINE_DISTANCE + (CALLBACK_SIZE - TRAMPOLINE_SIZE) * i - 4
    auipc t0, (distance + 2048) >> 12
    addi t0, t0, distance - ((distance + 2048) >> 12 << 12)
    j 0b
    .set i, i + 1
.endr
    size_of trampoline_page
    .option pop
