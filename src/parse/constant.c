/* SPDX-License-Identifier: MIT */
/*
 * Values of expressions and what operators make of them: C's conversions (C11 6.3.1, 6.5), computed in 64 bits.
 * Only integers and pointers have a value here; of everything else the type alone is known. Overflow wraps, as
 * gcc lets it; a shift by too much and a division by zero are errors.
 */
#include "parse/constant.h"

/* ---- types of values ---- */

static bool is_floating(const ffi_ctype *type) {
    return type->kind >= FFI_KIND_F16 && type->kind <= FFI_KIND_F64;
}

static bool is_arithmetic(const ffi_ctype *type) {
    return type_is_integer(type) || is_floating(type) || type->kind == FFI_KIND_F80 ||
           type->kind == FFI_KIND_F128 || type->kind == FFI_KIND_COMPLEX;
}

struct value value_of(ffi_context *context, enum scalar scalar, uint64_t bits) {
    return value_as(type_scalar(context, scalar), bits);
}

/* The bits as the type holds them: cut, and extended by its sign. */
struct value value_as(const ffi_ctype *type, uint64_t bits) {
    struct value value = {.type = type, .form = VALUE_KNOWN, .bits = bits};
    if (type && type->size < 8 && type->size) {
        unsigned above = 64 - 8 * (unsigned)type->size;
        if (type_machine(type) == FFI_KIND_BOOL) value.bits = bits != 0;
        else if (type_is_signed(type)) value.bits = (uint64_t)((int64_t)(bits << above) >> above);
        else value.bits = bits << above >> above;
    }
    return value;
}

static struct value unknown(const ffi_ctype *type) {
    return (struct value){.type = type};
}

/* The integer promotions, and arrays and functions made into pointers (C11 6.3.1.1, 6.3.2.1). */
struct value value_promoted(ffi_context *context, struct value value) {
    const ffi_ctype *type = value.type;
    if (type && type->kind == FFI_KIND_ARRAY) {
        value.type = type_pointer(context, type->target);
        value.form = value.form == VALUE_PLACE ? VALUE_KNOWN : VALUE_UNKNOWN;
        return value;
    }
    if (type && type->kind == FFI_KIND_FUNCTION) return unknown(type_pointer(context, type));
    if (value.form == VALUE_PLACE) value.form = VALUE_UNKNOWN; /* what lies there is not known */
    if (type && type->kind == FFI_KIND_ENUM) value.type = type->target;
    else value.type = type ? type_qualified(context, type, 0) : NULL;
    if (value.type && type_is_integer(value.type) && value.type->size < 4)
        value.type = type_scalar(context, SCALAR_INT);
    return value;
}

/* The type that both are computed in (C11 6.3.1.8). */
static const ffi_ctype *common_type(const ffi_ctype *a, const ffi_ctype *b) {
    bool a_integer = type_is_integer(a), b_integer = type_is_integer(b);
    if (a_integer != b_integer) return a_integer ? b : a;
    if (a->size != b->size) return a->size > b->size ? a : b;
    return a_integer && type_is_signed(a) ? b : a;
}

struct value value_cast(const ffi_ctype *type, struct value value) {
    bool pointer = type->kind == FFI_KIND_POINTER;
    bool from    = value.form == VALUE_KNOWN && type->size <= 8;
    return from && (pointer || type_is_integer(type)) ? value_as(type, value.bits) : unknown(type);
}

/* ---- operators ---- */

static enum fault divide(int mark, const struct value *a, const struct value *b, uint64_t *bits) {
    if (!b->bits) return FAULT_DIVISION;
    if (!type_is_signed(a->type)) *bits = mark == '/' ? a->bits / b->bits : a->bits % b->bits;
    else if ((int64_t)b->bits == -1) *bits = mark == '/' ? 0 - a->bits : 0; /* INT64_MIN / -1 would trap */
    else
        *bits =
            (uint64_t)(mark == '/' ? (int64_t)a->bits / (int64_t)b->bits : (int64_t)a->bits % (int64_t)b->bits);
    return FAULT_NONE;
}

static bool is_less(const struct value *a, const struct value *b) {
    return type_is_signed(a->type) ? (int64_t)a->bits < (int64_t)b->bits : a->bits < b->bits;
}

/* Of two values of one type. */
static enum fault compute(int mark, const struct value *a, const struct value *b, uint64_t *bits) {
    switch (mark) {
    case '*': *bits = a->bits * b->bits; break;
    case '+': *bits = a->bits + b->bits; break;
    case '-': *bits = a->bits - b->bits; break;
    case '&': *bits = a->bits & b->bits; break;
    case '|': *bits = a->bits | b->bits; break;
    case '^': *bits = a->bits ^ b->bits; break;
    case '<': *bits = is_less(a, b); break;
    case '>': *bits = is_less(b, a); break;
    case MARK_AT_MOST: *bits = !is_less(b, a); break;
    case MARK_AT_LEAST: *bits = !is_less(a, b); break;
    case MARK_EQUAL: *bits = a->bits == b->bits; break;
    case MARK_UNEQUAL: *bits = a->bits != b->bits; break;
    default: return divide(mark, a, b, bits);
    }
    return FAULT_NONE;
}

static bool gives_truth(int mark) {
    return mark == '<' || mark == '>' || mark == MARK_AT_MOST || mark == MARK_AT_LEAST || mark == MARK_EQUAL ||
           mark == MARK_UNEQUAL;
}

/* C11 6.5.7: each operand is promoted by itself. */
static enum fault shift(int mark, struct value a, struct value b, struct value *out) {
    *out = unknown(a.type);
    if (!type_is_integer(a.type) || !type_is_integer(b.type)) return FAULT_OPERANDS;
    if (a.form != VALUE_KNOWN || b.form != VALUE_KNOWN || a.type->size > 8) return FAULT_NONE;
    if (b.bits >= a.type->size * 8) return FAULT_SHIFT;
    bool arithmetic = mark == MARK_SHIFT_RIGHT && type_is_signed(a.type);
    *out            = value_as(a.type, mark == MARK_SHIFT_LEFT ? a.bits << b.bits
                                       : arithmetic            ? (uint64_t)((int64_t)a.bits >> b.bits)
                                                               : a.bits >> b.bits);
    return FAULT_NONE;
}

/* `p + 1`, `p - q`, `p == q`; of pointers to what has a size. */
static enum fault with_pointers(ffi_context *context, int mark, struct value a, struct value b,
                                struct value *out) {
    bool both  = a.type->kind == FFI_KIND_POINTER && b.type->kind == FFI_KIND_POINTER;
    bool known = a.form == VALUE_KNOWN && b.form == VALUE_KNOWN;
    if (gives_truth(mark)) {
        *out = unknown(type_scalar(context, SCALAR_INT));
        if (known) *out = value_as(out->type, (mark == MARK_EQUAL) == (a.bits == b.bits));
        return mark == MARK_EQUAL || mark == MARK_UNEQUAL || !known ? FAULT_NONE : FAULT_OPERANDS;
    }
    if (b.type->kind == FFI_KIND_POINTER && !both && mark == '+') {
        struct value swap = a;
        a = b, b = swap;
    }
    if (mark != '-' && (mark != '+' || both)) return FAULT_OPERANDS;
    if (a.type->kind != FFI_KIND_POINTER || (!both && !type_is_integer(b.type))) return FAULT_OPERANDS;
    size_t size = a.type->target->size ? a.type->target->size : 1; /* GNU C counts void in bytes */
    *out        = unknown(both ? type_named(context, "ptrdiff_t", 9) : a.type);
    if (!known) return FAULT_NONE;
    if (both) out->bits = (uint64_t)((int64_t)(a.bits - b.bits) / (int64_t)size);
    else out->bits = mark == '+' ? a.bits + b.bits * size : a.bits - b.bits * size;
    out->form = VALUE_KNOWN;
    return FAULT_NONE;
}

enum fault value_binary(ffi_context *context, int mark, struct value a, struct value b, struct value *out) {
    a = value_promoted(context, a), b = value_promoted(context, b);
    if (!a.type || !b.type) return FAULT_MEMORY;
    if (mark == MARK_SHIFT_LEFT || mark == MARK_SHIFT_RIGHT) return shift(mark, a, b, out);
    if (a.type->kind == FFI_KIND_POINTER || b.type->kind == FFI_KIND_POINTER)
        return with_pointers(context, mark, a, b, out);
    if (!is_arithmetic(a.type) || !is_arithmetic(b.type)) return FAULT_OPERANDS;
    const ffi_ctype *common = common_type(a.type, b.type);
    *out                    = unknown(gives_truth(mark) ? type_scalar(context, SCALAR_INT) : common);
    if (!out->type) return FAULT_MEMORY;
    if (a.form != VALUE_KNOWN || b.form != VALUE_KNOWN || !type_is_integer(common) || common->size > 8)
        return FAULT_NONE;
    a = value_cast(common, a), b = value_cast(common, b);
    uint64_t   bits  = 0;
    enum fault fault = compute(mark, &a, &b, &bits);
    if (!fault) *out = value_as(out->type, bits);
    return fault;
}

enum fault value_unary(ffi_context *context, int mark, struct value value, struct value *out) {
    value = value_promoted(context, value);
    if (!value.type) return FAULT_MEMORY;
    *out       = value;
    bool known = value.form == VALUE_KNOWN;
    if (mark == '!') {
        out->type = type_scalar(context, SCALAR_INT);
        if (known) *out = value_as(out->type, !value.bits);
        return out->type ? FAULT_NONE : FAULT_MEMORY;
    }
    if (!is_arithmetic(value.type) || (mark == '~' && !type_is_integer(value.type))) return FAULT_OPERANDS;
    if (known)
        *out = value_as(value.type, mark == '-' ? 0 - value.bits : mark == '~' ? ~value.bits : value.bits);
    return FAULT_NONE;
}

/* The type of `c ? a : b` (C11 6.5.15). */
const ffi_ctype *value_joined(ffi_context *context, struct value a, struct value b) {
    a = value_promoted(context, a), b = value_promoted(context, b);
    if (!a.type || !b.type) return NULL;
    if (is_arithmetic(a.type) && is_arithmetic(b.type)) return common_type(a.type, b.type);
    bool null_a = a.form == VALUE_KNOWN && !a.bits;
    return b.type->kind == FFI_KIND_POINTER && (null_a || a.type->kind != FFI_KIND_POINTER) ? b.type : a.type;
}
