/* SPDX-License-Identifier: MIT */
/* gcc's own types for AArch64, of which its arm_neon.h makes the others: `__Int8x8_t`, `__Poly64_t`. */
#include "base/words.h"
#include "parse/parser.h"

bool neon_type(struct parser *parser, const struct token *name, const ffi_ctype **type) {
    static const char kinds[] = "__Float\0__Bfloat\0__Int\0__Uint\0__Poly\0";
    static const char sizes[] = "8x8_t\0008x16_t\00016x4_t\00016x8_t\00032x2_t\00032x4_t\00064x1_t\00064x2_t\0"
                                "8_t\00016_t\00032_t\00064_t\000128_t\0";
    static const uint8_t scalars[][5] = {
        {SCALAR_VOID, SCALAR_F16, SCALAR_FLOAT, SCALAR_DOUBLE, SCALAR_VOID},
        {SCALAR_SCHAR, SCALAR_SHORT, SCALAR_INT, SCALAR_LONG, SCALAR_I128},
    };
    size_t letters = strcspn(name->at, "0123456789"), kind = word_number(kinds, name->at, letters);
    size_t size = kind ? word_number(sizes, name->at + letters, name->length - letters) : 0;
    if (!size--) return false;
    size_t width = size < 8 ? size / 2 : size - 8;
    *type        = type_scalar(parser->context, (enum scalar)(scalars[kind > 2][width] + (kind > 3)));
    if (*type && size < 8) *type = type_vector(parser->context, *type, (size % 2 ? 16u : 8u) >> width);
    return true;
}
