/* SPDX-License-Identifier: MIT */
/*
 * Values of expressions and what operators make of them: C's conversions (C11 6.3.1, 6.5), computed in 128
 * bits. Pointers, real numbers and integers that 64 bits hold have a value here; of everything else the type alone is known. Overflow
 * of integers wraps, as gcc lets it; a shift by too much and a division by zero are errors.
 */
#include "parse/constant.h"

#include "parse/real.h"

/* ---- types of values ---- */

bool value_is_real(const ffi_ctype *type) {
    return real_is_kind(type->kind);
}

static bool is_arithmetic(const ffi_ctype *type) {
    return type_is_integer(type) || value_is_real(type) || type->kind == FFI_KIND_COMPLEX;
}

struct value value_of(ffi_context *context, enum scalar scalar, uint64_t bits) {
    return value_as(type_scalar(context, scalar), bits);
}

/* Truncates the bits to the type, and extends its sign. */
struct value value_as(const ffi_ctype *type, uint64_t bits) {
    struct value value = {.type = type, .form = VALUE_KNOWN, .bits = bits};
    size_t       width = type ? type_bits(type) : 0;
    if (width && width < 64) {
        unsigned above = 64 - (unsigned)width;
        if (type_machine(type) == FFI_KIND_BOOL) value.bits = bits != 0;
        else if (type_is_signed(type)) value.bits = (uint64_t)((int64_t)(bits << above) >> above);
        else value.bits = bits << above >> above;
    }
    return value;
}

struct value value_real(const ffi_ctype *type, struct real real) {
    return (struct value){.type = type, .form = VALUE_KNOWN, .bits = real.low, .high = real.high};
}

static struct real real_of(const struct value *value) {
    return (struct real){value->bits, value->high};
}

uint64_t value_high(const struct value *value) {
    return value_is_real(value->type) ? value->high : value_is_negative(value) ? UINT64_MAX : 0;
}

struct value name_value(const struct name *name) {
    struct declared meaning = name_meaning(name);
    struct value    value   = {.type = meaning.type};
    if (!meaning.is_known) return value;
    struct real real = {meaning.value, meaning.high};
    return value_is_real(meaning.type) ? value_real(meaning.type, real) : value_as(meaning.type, real.low);
}

bool value_is_true(const struct value *value) {
    return value_is_real(value->type) ? !real_is_zero(value->type->kind, real_of(value)) : value->bits != 0;
}

static struct value unknown(const ffi_ctype *type) {
    return (struct value){.type = type};
}

const ffi_ctype *value_object_type(ffi_context *context, const struct value *value) {
    const ffi_ctype *type = value->type;
    if (type->kind == FFI_KIND_ARRAY) return type_pointer(context, type->target);
    if (type->kind == FFI_KIND_FUNCTION) return type_pointer(context, type);
    return type_qualified(context, type, 0);
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
    if (value.form != VALUE_KNOWN) value.form = VALUE_UNKNOWN; /* of an object */
    if (type && type_is_bit_int(type)) return unknown(type); /* it is not promoted, and computes in its bits */
    if (type && type->kind == FFI_KIND_ENUM) value.type = type->target;
    else value.type = type ? type_qualified(context, type, 0) : NULL;
    if (value.type && type_is_integer(value.type) && value.type->size < 4)
        value.type = type_scalar(context, SCALAR_INT);
    return value;
}

/* C11 6.3.1.1: long long is more than a long of the same size, _Float128 more than a long double. */
static unsigned rank(const ffi_ctype *type) {
    const char *name = type->kind == FFI_KIND_ENUM ? "" : type_spelling(type);
    bool        more = name && (strstr(name, "long long") || strstr(name, "128") || strstr(name, "64x"));
    return (unsigned)type->size * 2 + (more || type->kind == FFI_KIND_F128);
}

/* The common type of both operands (C11 6.3.1.8). */
static const ffi_ctype *common_type(ffi_context *context, const ffi_ctype *a, const ffi_ctype *b) {
    bool a_integer = type_is_integer(a), b_integer = type_is_integer(b);
    if (a_integer != b_integer) return a_integer ? b : a;
    const ffi_ctype *more = rank(a) >= rank(b) ? a : b, *less = more == a ? b : a;
    if (!a_integer || type_is_signed(a) == type_is_signed(b) || !type_is_signed(more)) return more;
    if (more->size > less->size) return more;
    return rank(more) == rank(less) ? less : type_scalar(context, SCALAR_ULLONG);
}

__extension__ typedef __int128          signed_wide;
__extension__ typedef unsigned __int128 wide;

static wide wide_of(const struct value *value) {
    return type_is_signed(value->type) ? (wide)(signed_wide)(int64_t)value->bits : (wide)value->bits;
}

/* The value of an integer; of one of 128 bits if 64 bits hold it. */
static struct value value_of_wide(const ffi_ctype *type, wide bits) {
    struct value value = value_as(type, (uint64_t)bits);
    return type->size > 8 && wide_of(&value) != bits ? unknown(type) : value;
}

struct value value_cast(const ffi_ctype *type, struct value value) {
    bool     to_integer = type->kind == FFI_KIND_POINTER || type_is_integer(type);
    uint64_t bits       = value.bits;
    if (value.form == VALUE_STRING && type->kind == FFI_KIND_ARRAY) return value;
    if (value.form != VALUE_KNOWN) return unknown(type);
    bool from_real = value_is_real(value.type);
    if (to_integer && type->size <= 8) {
        if (type_machine(type) == FFI_KIND_BOOL) bits = value_is_true(&value);
        else if (from_real)
            bits = real_to_integer(value.type->kind, real_of(&value), (unsigned)type_bits(type),
                                   type_is_signed(type));
        return value_as(type, bits);
    }
    if (to_integer && type_is_integer(value.type)) return value_of_wide(type, wide_of(&value));
    if (!value_is_real(type)) return unknown(type);
    if (from_real) return value_real(type, real_converted(value.type->kind, real_of(&value), type->kind));
    return value.type->size <= 8 && type_is_integer(value.type)
               ? value_real(type, real_of_integer(type->kind, bits, type_is_signed(value.type)))
               : unknown(type);
}

/* ---- operators ---- */

static enum fault divide(int mark, const struct value *a, const struct value *b, wide *bits) {
    bool by = mark == '/';
    if (!b->bits) return FAULT_DIVISION;
    if (!type_is_signed(a->type)) *bits = by ? a->bits / b->bits : a->bits % b->bits;
    else if ((int64_t)b->bits == -1) *bits = by ? 0 - wide_of(a) : 0; /* because INT64_MIN / -1 traps */
    else
        *bits =
            (wide)(signed_wide)(by ? (int64_t)a->bits / (int64_t)b->bits : (int64_t)a->bits % (int64_t)b->bits);
    return FAULT_NONE;
}

static bool is_less(const struct value *a, const struct value *b) {
    return type_is_signed(a->type) ? (int64_t)a->bits < (int64_t)b->bits : a->bits < b->bits;
}

/* Computes with two values of one type. */
static enum fault compute(int mark, const struct value *a, const struct value *b, wide *bits) {
    wide x = wide_of(a), y = wide_of(b);
    switch (mark) {
    case '*': *bits = x * y; break;
    case '+': *bits = x + y; break;
    case '-': *bits = x - y; break;
    case '&': *bits = x & y; break;
    case '|': *bits = x | y; break;
    case '^': *bits = x ^ y; break;
    case '<': *bits = is_less(a, b); break;
    case '>': *bits = is_less(b, a); break;
    case MARK_AT_MOST: *bits = !is_less(b, a); break;
    case MARK_AT_LEAST: *bits = !is_less(a, b); break;
    case MARK_EQUAL: *bits = x == y; break;
    case MARK_UNEQUAL: *bits = x != y; break;
    default: return divide(mark, a, b, bits);
    }
    return FAULT_NONE;
}

static bool gives_truth(int mark) {
    return mark == '<' || mark == '>' || mark == MARK_AT_MOST || mark == MARK_AT_LEAST || mark == MARK_EQUAL ||
           mark == MARK_UNEQUAL;
}

/* C11 6.5.7: each operand is promoted on its own. */
static enum fault shift(int mark, struct value a, struct value b, struct value *out) {
    *out = unknown(a.type);
    if (!type_is_integer(a.type) || !type_is_integer(b.type)) return FAULT_OPERANDS;
    if (a.form != VALUE_KNOWN || b.form != VALUE_KNOWN) return FAULT_NONE;
    if (b.bits >= a.type->size * 8) return FAULT_SHIFT;
    wide bits = wide_of(&a);
    *out =
        value_of_wide(a.type, mark == MARK_SHIFT_LEFT ? bits << b.bits : (wide)((signed_wide)bits >> b.bits));
    return FAULT_NONE;
}

/* `p + 1`, `p - q`, `p == q`; the pointers' targets must have a size. */
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
    size_t size = a.type->target->size ? a.type->target->size : 1; /* GNU C treats void as having one byte */
    *out        = unknown(both ? type_named(context, "ptrdiff_t", 9) : a.type);
    if (!known) return FAULT_NONE;
    if (both) out->bits = (uint64_t)((int64_t)(a.bits - b.bits) / (int64_t)size);
    else out->bits = mark == '+' ? a.bits + b.bits * size : a.bits - b.bits * size;
    out->form = VALUE_KNOWN;
    return FAULT_NONE;
}

static enum fault with_reals(int mark, const struct value *a, const struct value *b, struct value *out) {
    ffi_kind kind = a->type->kind;
    if (gives_truth(mark)) {
        int  order = real_compared(kind, real_of(a), real_of(b));
        bool truth = mark == '<'             ? order == -1
                     : mark == '>'           ? order == 1
                     : mark == MARK_AT_MOST  ? order == -1 || order == 0
                     : mark == MARK_AT_LEAST ? order == 1 || order == 0
                                             : (order == 0) == (mark == MARK_EQUAL);
        *out       = value_as(out->type, truth);
        return FAULT_NONE;
    }
    if (!strchr("+-*/", mark)) return FAULT_OPERANDS;
    *out = value_real(out->type, real_computed(kind, mark, real_of(a), real_of(b)));
    return FAULT_NONE;
}

enum fault value_binary(ffi_context *context, int mark, struct value a, struct value b, struct value *out) {
    a = value_promoted(context, a), b = value_promoted(context, b);
    if (!a.type || !b.type) return FAULT_MEMORY;
    if (mark == MARK_SHIFT_LEFT || mark == MARK_SHIFT_RIGHT) return shift(mark, a, b, out);
    if (a.type->kind == FFI_KIND_POINTER || b.type->kind == FFI_KIND_POINTER)
        return with_pointers(context, mark, a, b, out);
    if (!is_arithmetic(a.type) || !is_arithmetic(b.type)) return FAULT_OPERANDS;
    const ffi_ctype *common = common_type(context, a.type, b.type);
    if (!common) return FAULT_MEMORY;
    *out = unknown(gives_truth(mark) ? type_scalar(context, SCALAR_INT) : common);
    if (!out->type) return FAULT_MEMORY;
    a = value_cast(common, a), b = value_cast(common, b);
    if (a.form != VALUE_KNOWN || b.form != VALUE_KNOWN) return FAULT_NONE;
    if (value_is_real(common)) return with_reals(mark, &a, &b, out);
    wide       bits  = 0;
    enum fault fault = compute(mark, &a, &b, &bits);
    if (!fault) *out = value_of_wide(out->type, bits);
    return fault;
}

enum fault value_unary(ffi_context *context, int mark, struct value value, struct value *out) {
    value = value_promoted(context, value);
    if (!value.type) return FAULT_MEMORY;
    *out       = value;
    bool known = value.form == VALUE_KNOWN;
    if (mark == '!') {
        out->type = type_scalar(context, SCALAR_INT);
        if (known) *out = value_as(out->type, !value_is_true(&value));
        return out->type ? FAULT_NONE : FAULT_MEMORY;
    }
    if (!is_arithmetic(value.type) || (mark == '~' && !type_is_integer(value.type))) return FAULT_OPERANDS;
    if (known && value_is_real(value.type)) {
        if (mark == '-') *out = value_real(value.type, real_negated(value.type->kind, real_of(&value)));
    } else if (known)
        *out = value_of_wide(value.type, mark == '-'   ? 0 - wide_of(&value)
                                         : mark == '~' ? ~wide_of(&value)
                                                       : wide_of(&value));
    return FAULT_NONE;
}

/* The type of `c ? a : b` (C11 6.5.15). */
const ffi_ctype *value_joined(ffi_context *context, struct value a, struct value b) {
    a = value_promoted(context, a), b = value_promoted(context, b);
    if (!a.type || !b.type) return NULL;
    if (is_arithmetic(a.type) && is_arithmetic(b.type)) return common_type(context, a.type, b.type);
    bool null_a = a.form == VALUE_KNOWN && !value_is_true(&a);
    return b.type->kind == FFI_KIND_POINTER && (null_a || a.type->kind != FFI_KIND_POINTER) ? b.type : a.type;
}
