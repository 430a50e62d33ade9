// SPDX-License-Identifier: MIT
//
// The page of trampolines. It is mapped again wherever callbacks are needed (src/callback/trampoline.c), so that the code is
// never written; each copy of the page has its callbacks at a fixed distance, a struct ffi_callback for every
// trampoline. Trampoline i is what native code is given as a function pointer:
//
//   trampoline_i:
//     bti  c
//     adr  x17, its callback
//     ldr  x16, [x17]                // callback->entry
//     br   x16                       // this register, so that the entry may begin with bti c
//
// x16 and x17 are those that code between caller and callee may use (AAPCS64 6.1.1). A trampoline pushes nothing:
// the frame that a debugger shows is the entry's, and its caller's.
//
// The page is 4 KiB long, and begins a page of the system where those have 4 or 16 KiB; in one of 64 KiB it may lie
// anywhere.

#include "../offsets.h"
#include "proc.inc"

code_pages
hidden trampoline_page, function
    .set i, 0
.rept TRAMPOLINES
    landing_pad
    adr x17, #TRAMPOLINE_DISTANCE + (CALLBACK_SIZE - TRAMPOLINE_SIZE) * i - 4
    ldr x16, [x17]
    br x16
    .set i, i + 1
.endr
    size_of trampoline_page
