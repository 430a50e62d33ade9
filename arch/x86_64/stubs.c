/* SPDX-License-Identifier: MIT */
/*
 * The stubs and entries that an x86-64 processor can run, whatever the system: those of the Windows ABI, and
 * what goes through images. Those of System V for slots are stubs_posix.c's. The assembler exports a table per
 * family, of distances from the table's own entries to the stubs: no address in it has to be relocated when the
 * library is loaded.
 */
#include "stubs.h"

#include <cpuid.h>

/* Tables of win64.asm: by positions and the mask of those of 8 bytes; by positions, from one. */
extern const int32_t win64_widths[1 + 2 + 4 + 8 + 16], win64_each[4], win64_pointers[4];

extern ffi_store_stub win64_stack;

extern wide_stub sysv_wide_8, sysv_wide_16, sysv_wide_32, sysv_wide_64; /* by bytes of a vector register */
extern wide_stub win64_wide_8, win64_wide_16, win64_wide_32, win64_wide_64;
extern wide_stub vectorcall_wide_8, vectorcall_wide_16, vectorcall_wide_32, vectorcall_wide_64;

extern entry_stub sysv_entry_image_8, sysv_entry_image_16, sysv_entry_image_32, sysv_entry_image_64;
extern entry_stub sysv_entry_late_16, sysv_entry_late_32, sysv_entry_late_64;

extern const int32_t win64_entries[ENTRY_KINDS][16]; /* by result, and by the mask of win64_entry.asm */

extern entry_stub win64_entry_image_8, win64_entry_image_16, win64_entry_image_32, win64_entry_image_64;
extern entry_stub vectorcall_entry_image_8, vectorcall_entry_image_16, vectorcall_entry_image_32,
    vectorcall_entry_image_64;
extern entry_stub win64_entry_late_16, win64_entry_late_32, win64_entry_late_64;

static bool is_win64(const struct abi *abi) {
    return abi == &abi_win64 || abi == &abi_msvc;
}

static bool is_ours(const struct abi *abi) {
    return abi == &abi_sysv || abi == &abi_vectorcall || is_win64(abi);
}

static bool has_words(const struct plan *plan) {
    return plan->filled * 8 > plan->abi->shadow;
}

static ffi_stub win64_stub(const struct plan *plan) {
    unsigned mask = 0;
    if (has_words(plan)) return (ffi_stub){.store = win64_stack};
    for (unsigned k = 0; k < plan->ngpr; k++) {
        if (plan->gpr_ops[k] > MOVE_32) return stub_at(&win64_each[plan->ngpr - 1]);
        mask |= (unsigned)(plan->gpr_ops[k] == MOVE_64) << k;
    }
    return stub_at(&win64_widths[(1u << plan->ngpr) - 1 + mask]);
}

ffi_stub abi_stub(const struct plan *plan) {
    if (plan->abi == &abi_sysv) return sysv_stub(plan);
    return is_win64(plan->abi) ? win64_stub(plan) : (ffi_stub){NULL};
}

ffi_stub abi_words_stub(const struct plan *plan) {
    const struct abi *abi = plan->abi;
    if (has_words(plan) || plan->ngpr + plan->nfpr == 0) return (ffi_stub){NULL};
    if (abi == &abi_sysv) return sysv_words_stub(plan);
    return is_win64(abi) ? stub_at(&win64_pointers[plan->ngpr - 1]) : (ffi_stub){NULL};
}

ffi_stub abi_parts_stub(const struct abi *abi, bool behind_pointers, bool direct) {
    return abi == &abi_sysv ? sysv_parts_stub(behind_pointers, direct) : (ffi_stub){NULL};
}

/* Whether processor and system keep ymm (state 0x6) or zmm registers (0xe6): CPUID leaf 1 has OSXSAVE and AVX,
 * leaf 7 AVX-512F, XCR0 what the system saves (Intel SDM 1, 13.3 and 15.2). */
static bool keeps(unsigned state, unsigned leaf, unsigned bit) {
    unsigned eax, ebx, ecx, edx, low, high;
    if (!__get_cpuid(1, &eax, &ebx, &ecx, &edx) || !(ecx & bit_OSXSAVE)) return false;
    __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    if ((low & state) != state) return false;
    if (leaf == 1) return ecx & bit;
    return __get_cpuid_count(leaf, 0, &eax, &ebx, &ecx, &edx) && ebx & bit;
}

static unsigned available(unsigned vector, const char **why) {
    if (vector == 64 && !keeps(0xe6, 7, bit_AVX512F))
        return *why = "it takes a vector of 64 bytes, and this processor or system has no AVX-512", 0;
    if (vector == 32 && !keeps(0x6, 1, bit_AVX))
        return *why = "it takes a vector of 32 bytes, and this processor or system has no AVX", 0;
    return vector;
}

/* The one of an ABI that is ours. */
#define OF(abi, name)                                                                                          \
    (abi == &abi_sysv ? sysv_##name : abi == &abi_vectorcall ? vectorcall_##name : win64_##name)

wide_stub *abi_wide_stub(const struct plan *plan, const char **why) {
    const struct abi *abi = plan->abi;
    if (!is_ours(abi)) return NULL;
    switch (available(plan->vector, why)) {
    case 64: return OF(abi, wide_64);
    case 32: return OF(abi, wide_32);
    case 16: return OF(abi, wide_16);
    case 8: return OF(abi, wide_8);
    default: return NULL;
    }
}

/* ---- callbacks ---- */

static enum entry_kind entry_kind(const ffi_ctype *result) {
    switch (type_machine(result)) {
    case FFI_KIND_VOID: return OF_VOID;
    case FFI_KIND_I8: return OF_I8;
    case FFI_KIND_BOOL:
    case FFI_KIND_U8: return OF_U8;
    case FFI_KIND_I16: return OF_I16;
    case FFI_KIND_U16: return OF_U16;
    case FFI_KIND_I32:
    case FFI_KIND_U32: return OF_32;
    case FFI_KIND_F32: return OF_F32;
    case FFI_KIND_F64: return OF_F64;
    default: return OF_64;
    }
}

static unsigned win64_mask(const struct plan *plan) {
    unsigned mask = 0;
    for (uint32_t i = 0; i < plan->nmoves; i++)
        if (plan->moves[i].place == PLACE_FPR) mask |= 1u << plan->moves[i].index;
    return mask;
}

static entry_stub *entry_of_slots(const struct plan *plan, bool win64) {
    enum entry_kind kind = entry_kind(plan->signature->target);
    return win64 ? entry_at(&win64_entries[kind][win64_mask(plan)]) : sysv_entry(plan, kind);
}

entry_stub *abi_entry(const struct plan *plan, bool by_image, const char **why) {
    const struct abi *abi = plan->abi;
    if (!is_ours(abi)) return NULL;
    if (!by_image) return entry_of_slots(plan, is_win64(abi));
    switch (available(plan->vector, why)) {
    case 64: return OF(abi, entry_image_64);
    case 32: return OF(abi, entry_image_32);
    case 16: return OF(abi, entry_image_16);
    case 8: return OF(abi, entry_image_8);
    default: return NULL;
    }
}

/* xmm registers are everywhere; what is wider is zero above them only if it is written as a whole. */
entry_stub *abi_late_entry(const struct plan *plan) {
    static entry_stub *const sysv[]  = {sysv_entry_late_16, sysv_entry_late_32, sysv_entry_late_64};
    static entry_stub *const win64[] = {win64_entry_late_16, win64_entry_late_32, win64_entry_late_64};
    unsigned                 size    = (plan->vector > 16) + (plan->vector > 32);
    const struct abi        *abi     = plan->abi;
    if (is_win64(abi) || abi == &abi_vectorcall) return win64[size];
    return abi == &abi_sysv ? sysv[size] : NULL;
}
