// SPDX-License-Identifier: MIT
//
// Where closures begin that are not ffi_invoke's callbacks: those in the caller's memory, which is executable by the
// caller's choice, with their address in x17; Go's, with theirs in x18, libffi's register for the static chain; and those
// whose cif has no plan, with a callback's in x17. All go through an image of the registers. And the code that is copied to the caller's memory; the address of an entry
// stands behind the copy.

#include "image.inc"

.macro own_entry name, to
leaf \name
    ldr callback, [callback, #CALLBACK_USERDATA]
    b \to
endleaf \name
.endm

.macro go_entry name, to
leaf \name
    mov callback, x18
    b \to
endleaf \name
.endm

image_entry libffi_sysv, q, 16, closure_of_image
image_entry libffi_sysv_of_go, q, 16, closure_of_go
covered
go_entry libffi_sysv_go, libffi_sysv_of_go
own_entry libffi_sysv_own, libffi_sysv
endcovered

covered
leaf target_call_in_c
    b call_cif
endleaf target_call_in_c
endcovered

// In the order of enum closure_kind.
table libffi_entries
    .word libffi_sysv - ., libffi_sysv_own - ., libffi_sysv_go - .
endtable libffi_entries

table libffi_code
    landing_pad
    adr callback, . - 4
    ldr x16, [callback, #16]
    br x16
endtable libffi_code
