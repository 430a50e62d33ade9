// SPDX-License-Identifier: MIT
//
// The page of trampolines. src/callback/trampoline.c maps this page again when it needs more callbacks, so nothing writes
// code. Each copy of the page has its callbacks at a fixed distance: a struct ffi_callback for every trampoline. Native
// code gets the address of a trampoline as a function pointer. Trampoline i is
//
//   trampoline_i:
//     bti  c
//     adr  x17, its callback
//     ldr  x16, [x17]                // callback->entry
//     br   x16                       // this register, so that the entry may begin with bti c
//
// Code between caller and callee may use x16 and x17 (AAPCS64 6.1.1). A trampoline pushes nothing, so a debugger shows the
// frames of the entry and of the native caller.
//
// The page is 4 KiB long. It begins a page of the system if these have 4 or 16 KiB. In a page of 64 KiB it may lie anywhere.

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
