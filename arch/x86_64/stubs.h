/* SPDX-License-Identifier: MIT */
/* Between stubs.c and the system's part of it, stubs_posix.c or stubs_win32.c, which has abi_default too. */
#ifndef X86_64_STUBS_H
#define X86_64_STUBS_H

#include "../../src/stubs.h"

/* Kinds of results, in the order of the tables of entries. */
enum entry_kind { OF_VOID, OF_I8, OF_U8, OF_I16, OF_U16, OF_32, OF_64, OF_F32, OF_F64, ENTRY_KINDS };

/* Of a plan of slots; NULL: there is none. */
ffi_stub    sysv_stub(const struct plan *plan);
ffi_stub    sysv_words_stub(const struct plan *plan);
ffi_stub    sysv_parts_stub(bool behind_pointers, bool direct);
entry_stub *sysv_entry(const struct plan *plan, enum entry_kind kind);

static inline ffi_stub stub_at(const int32_t *entry) {
    return (ffi_stub){.store = (ffi_store_stub *)((uintptr_t)entry + (uintptr_t)*entry)};
}

static inline entry_stub *entry_at(const int32_t *entry) {
    return (entry_stub *)((uintptr_t)entry + (uintptr_t)*entry);
}

#endif
