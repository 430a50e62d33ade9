// SPDX-License-Identifier: MIT
//
// The page of trampolines. It is mapped again wherever callbacks are needed (src/callback/trampoline.c), so that the code is
// never written; each copy of the page has its callbacks at a fixed distance, a struct ffi_callback for every
// trampoline. Trampoline i is what native code is given as a function pointer:
//
//   trampoline_i:
//     lpad 0
//     auipc t0, upper
//     addi  t0, t0, lower            // its callback
//     j     go
//
// The place of the first trampoline, which no callback uses (trampoline.c), has what all others share:
//
//   go:
//     ld    t1, (t0)                 // callback->entry
//     jr    t1
//
// t0 and t1 are those that code between caller and callee may use, as that of the procedure linkage table does. A
// trampoline pushes nothing: the frame that a debugger shows is the entry's, and its caller's.
//
// The page is 4 KiB long, and begins a page of the system where those have 4 or 16 KiB; in a larger one it may lie anywhere.

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
