/* SPDX-License-Identifier: MIT */
/* On Windows a System V function is called through an image only, and so are callbacks of that ABI: sysv.asm
 * and sysv_entry.asm have nothing else there. */
#include "stubs.h"

const struct abi *const abi_default = &abi_win64;

bool abi_has_slots(const struct abi *abi) {
    return abi != &abi_sysv && abi != &abi_vectorcall;
}

ffi_stub sysv_stub(const struct plan *plan) {
    (void)plan;
    return (ffi_stub){NULL};
}

ffi_stub sysv_words_stub(const struct plan *plan) {
    return sysv_stub(plan);
}

ffi_stub sysv_parts_stub(bool behind_pointers, bool direct) {
    (void)behind_pointers, (void)direct;
    return (ffi_stub){NULL};
}

entry_stub *sysv_entry(const struct plan *plan, enum entry_kind kind) {
    (void)plan, (void)kind;
    return NULL;
}
