// SPDX-License-Identifier: MIT
//
// Atomic operations on 1 and 2 bytes. gcc before version 13 calls them; without this file programs would have to link
// libatomic. The processor has atomic operations on words only, so each function changes its bytes of the word around them.
// All are sequentially consistent and ignore the order that the caller passes (psABI, table A.6). For example
//
//   uint16_t __atomic_fetch_add_2(volatile void *at, uint16_t value, int order);

#include "proc.inc"

#define base a0                      // the word's address
#define shift t0                     // bit number of the bytes in the word
#define mask t1
#define old t2
#define new t3

// `bits`: 8 or 16.
.macro begin bits
    andi shift, a0, 3
    slli shift, shift, 3
    andi base, a0, -4
    li mask, (1 << \bits) - 1
    sllw mask, mask, shift
.endm

// Stores the bytes of `new` unless another store to the word came after its load; then tries again.
.macro merge_and_store again
    xor new, new, old
    and new, new, mask
    xor new, new, old
    sc.w.rl new, new, (base)
    bnez new, \again
.endm

.macro return_old
    and old, old, mask
    srlw a0, old, shift
    ret
.endm

.macro atomic name
    .section .text.\name, "ax", %progbits
    .cfi_startproc
leaf \name
.endm

.macro endatomic name
endleaf \name
    .cfi_endproc
.endm

atomic __atomic_exchange_1
    begin 8
    sllw a1, a1, shift
0:  lr.w.aqrl old, (base)
    mv new, a1
    merge_and_store 0b
    return_old
endatomic __atomic_exchange_1

.macro fetch_add name, negate
atomic \name
    begin 16
  .if \negate
    neg a1, a1
  .endif
    sllw a1, a1, shift
0:  lr.w.aqrl old, (base)
    addw new, old, a1
    merge_and_store 0b
    return_old
endatomic \name
.endm

fetch_add __atomic_fetch_add_2, 0
fetch_add __atomic_fetch_sub_2, 1

// bool (volatile void *at, uint8_t *expected, uint8_t value, int order, int order_of_failure)
atomic __atomic_compare_exchange_1
    lbu a4, (a1)
    begin 8
    sllw a2, a2, shift
    sllw a4, a4, shift
0:  lr.w.aqrl old, (base)
    xor new, old, a4
    and new, new, mask
    bnez new, 1f
    mv new, a2
    merge_and_store 0b
    li a0, 1
    ret
1:  and old, old, mask
    srlw old, old, shift
    sb old, (a1)
    li a0, 0
    ret
endatomic __atomic_compare_exchange_1
