/* SPDX-License-Identifier: MIT */
/* Which vector registers this processor and system have. */
#include "stubs.h"

#include <cpuid.h>

/* Whether processor and system support ymm (state 0x6) or zmm registers (0xe6). CPUID leaf 1 has OSXSAVE and
 * AVX, leaf 7 has AVX-512F, XCR0 has the states that the system saves (Intel SDM 1, 13.3 and 15.2). */
static bool keeps(unsigned state, unsigned leaf, unsigned bit) {
    unsigned eax, ebx, ecx, edx, low, high;
    if (!__get_cpuid(1, &eax, &ebx, &ecx, &edx) || !(ecx & bit_OSXSAVE)) return false;
    __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    if ((low & state) != state) return false;
    if (leaf == 1) return ecx & bit;
    return __get_cpuid_count(leaf, 0, &eax, &ebx, &ecx, &edx) && ebx & bit;
}

const char *x86_64_lacking(unsigned vector) {
    if (vector == 64 && !keeps(0xe6, 7, bit_AVX512F))
        return "it takes a vector of 64 bytes, and this processor or system has no AVX-512";
    if (vector == 32 && !keeps(0x6, 1, bit_AVX))
        return "it takes a vector of 32 bytes, and this processor or system has no AVX";
    return NULL;
}
