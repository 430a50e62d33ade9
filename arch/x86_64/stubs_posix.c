/* SPDX-License-Identifier: MIT */
/* The System V stubs and entries for slots, where System V is the platform's own ABI. */
#include "stubs.h"

enum {
    OPS    = 6,
    WORDS  = 3,
    NARROW = MOVE_I8
}; /* ways to load an integer; the families of sysv.asm begin there */

/* Tables of sysv.asm, in its order: no register, one, two, and three to six by the mask of those of 8 bytes; */
extern const int32_t sysv_integers[1 + OPS + OPS * OPS + 8 + 16 + 32 + 64];
extern const int32_t sysv_narrow[OPS - NARROW][4]; /* three to six of one narrow type */
extern const int32_t sysv_reals[2][8];             /* of 8 bytes, of 4; one to eight */
extern const int32_t sysv_mixed[2][6][8];          /* integers of 8 bytes, of 4; how many; how many doubles */
extern const int32_t sysv_few[6][6];               /* integers and doubles, both as few() numbers them */
extern const int32_t sysv_stack[2];                /* without or with floating-point registers */
extern const int32_t sysv_pointers[9];             /* by floating-point registers */

extern ffi_store_stub sysv_each, sysv_stack_each;
extern ffi_store_stub sysv_parts, sysv_parts_direct, sysv_parts_pointers;

enum { OF_FLOATS = 3, OF_MIXED = 5, OF_STACK = 6, ENTRIES = 8 };

extern const int32_t sysv_entries[ENTRY_KINDS][ENTRIES]; /* by result, and as sysv_entry.asm lists them */

const struct abi *const abi_default = &abi_sysv;

bool abi_has_slots(const struct abi *abi) {
    return abi != &abi_vectorcall;
}

/* ---- which stub loads these registers ---- */

static bool all_are(const uint8_t *ops, unsigned count, uint8_t op) {
    while (count && ops[count - 1] == op) count--;
    return !count;
}

/* NULL: none of the family does; then sysv_each. */
static const int32_t *integers(const uint8_t *ops, unsigned count) {
    unsigned mask = 0;
    if (count == 0) return sysv_integers;
    if (count == 1) return &sysv_integers[1 + ops[0]];
    if (count == 2) return &sysv_integers[1 + OPS + OPS * ops[0] + ops[1]];
    if (ops[0] >= NARROW && all_are(ops, count, ops[0])) return &sysv_narrow[ops[0] - NARROW][count - WORDS];
    for (unsigned k = 0; k < count; k++) {
        if (ops[k] > MOVE_32) return NULL;
        mask |= (unsigned)(ops[k] == MOVE_64) << k;
    }
    return &sysv_integers[1 + OPS + OPS * OPS + (1u << count) - (1u << WORDS) + mask];
}

static const int32_t *reals(const uint8_t *ops, unsigned count) {
    return ops[0] <= MOVE_32 && all_are(ops, count, ops[0]) ? &sysv_reals[ops[0]][count - 1] : NULL;
}

/* One or two registers of 4 or 8 bytes: a number for how many and which are of 8; -1 if they are something
 * else. */
static int few(const uint8_t *ops, unsigned count) {
    int mask = 0;
    if (count > 2) return -1;
    for (unsigned k = 0; k < count; k++) {
        if (ops[k] > MOVE_32) return -1;
        mask |= (ops[k] == MOVE_64) << k;
    }
    return (1 << count) - 2 + mask;
}

static const int32_t *mixed(const struct plan *plan) {
    uint8_t op    = plan->gpr_ops[0];
    int     words = few(plan->gpr_ops, plan->ngpr), doubles = few(plan->fpr_ops, plan->nfpr);
    if (words >= 0 && doubles >= 0) return &sysv_few[words][doubles];
    if (op > MOVE_32 || !all_are(plan->gpr_ops, plan->ngpr, op)) return NULL;
    return all_are(plan->fpr_ops, plan->nfpr, MOVE_64) ? &sysv_mixed[op][plan->ngpr - 1][plan->nfpr - 1] : NULL;
}

ffi_stub sysv_stub(const struct plan *plan) {
    if (plan->nstack && !plan->whole) return (ffi_stub){.store = sysv_stack_each};
    if (plan->nstack) return stub_at(&sysv_stack[plan->nfpr > 0]);
    const int32_t *entry = !plan->nfpr   ? integers(plan->gpr_ops, plan->ngpr)
                           : !plan->ngpr ? reals(plan->fpr_ops, plan->nfpr)
                                         : mixed(plan);
    return entry ? stub_at(entry) : (ffi_stub){.store = sysv_each};
}

ffi_stub sysv_words_stub(const struct plan *plan) {
    return stub_at(&sysv_pointers[plan->nfpr]);
}

ffi_stub sysv_parts_stub(bool behind_pointers, bool direct) {
    return (ffi_stub){.store = behind_pointers ? sysv_parts_pointers : direct ? sysv_parts_direct : sysv_parts};
}

static unsigned entry_number(const struct plan *plan) {
    if (plan->nstack) return OF_STACK + (plan->nfpr > 0);
    if (!plan->nfpr) return (plan->ngpr > 2) + (plan->ngpr > 4);
    if (plan->ngpr) return OF_MIXED;
    return OF_FLOATS + (plan->nfpr > 2);
}

entry_stub *sysv_entry(const struct plan *plan, enum entry_kind kind) {
    return entry_at(&sysv_entries[kind][entry_number(plan)]);
}
