/* SPDX-License-Identifier: MIT */
/*
 * Attributes, in the spelling of GNU C and of C23 (GCC manual, "Attribute Syntax"). A table has those that
 * change a type or a call. Most others concern only the compiler of the function, not its callers. An unknown
 * attribute may be of either kind: ffi_declare() ignores it, because headers are full of them; a signature with
 * one is refused.
 */
#include "parse/parser.h"

#include "base/util.h"

/* The effect of an attribute here. */
enum meaning {
    HARMLESS,
    REFUSED, /* changes calls in a way that no ABI here supports */
    PACKED,
    ALIGNED,
    VECTOR_SIZE,
    VECTOR_LENGTH,
    MODE,
    MS_STRUCT,
    TRANSPARENT,
    OVERLOADED,
    LEAF
};

static const struct {
    const char *name;
    uint8_t     meaning;
} known[] = {
    {"packed", PACKED},
    {"aligned", ALIGNED},
    {"align", ALIGNED}, /* __declspec(align(16)) */
    {"vector_size", VECTOR_SIZE},
    {"ext_vector_type", VECTOR_LENGTH},
    {"mode", MODE},
    {"ms_struct", MS_STRUCT},
    {"transparent_union", TRANSPARENT},
    {"overloadable", OVERLOADED},
    {"regparm", REFUSED},
    {"sseregparm", REFUSED},
    {"regcall", REFUSED},
    {"preserve_most", REFUSED},
    {"preserve_all", REFUSED},
    {"preserve_none", REFUSED},
    {"swiftcall", REFUSED},
    {"swiftasynccall", REFUSED},
    {"pcs", REFUSED},
    {"aarch64_vector_pcs", REFUSED},
    {"scalar_storage_order", REFUSED},
    {"access", HARMLESS},
    {"alloc_align", HARMLESS},
    {"alloc_size", HARMLESS},
    {"allocate", HARMLESS},
    {"always_inline", HARMLESS},
    {"artificial", HARMLESS},
    {"availability", HARMLESS},
    {"cdecl", HARMLESS}, /* x86-64 has only one convention for all these names */
    {"code_seg", HARMLESS},
    {"cold", HARMLESS},
    {"const", HARMLESS},
    {"deprecated", HARMLESS},
    {"dllexport", HARMLESS},
    {"dllimport", HARMLESS},
    {"fastcall", HARMLESS},
    {"format", HARMLESS},
    {"format_arg", HARMLESS},
    {"gnu_inline", HARMLESS},
    {"hot", HARMLESS},
    {"intrin_type", HARMLESS},
    {"leaf", LEAF},
    {"malloc", HARMLESS},
    {"may_alias", HARMLESS},
    {"naked", HARMLESS},
    {"noalias", HARMLESS},
    {"nodiscard", HARMLESS},
    {"noescape", HARMLESS},
    {"noinline", HARMLESS},
    {"nonnull", HARMLESS},
    {"noreturn", HARMLESS},
    {"nothrow", HARMLESS},
    {"novtable", HARMLESS},
    {"property", HARMLESS},
    {"pure", HARMLESS},
    {"restrict", HARMLESS},
    {"returns_nonnull", HARMLESS},
    {"returns_twice", HARMLESS},
    {"safebuffers", HARMLESS},
    {"selectany", HARMLESS},
    {"sentinel", HARMLESS},
    {"stdcall", HARMLESS},
    {"swift_name", HARMLESS},
    {"thiscall", HARMLESS},
    {"thread", HARMLESS},
    {"unavailable", HARMLESS},
    {"unused", HARMLESS},
    {"used", HARMLESS},
    {"uuid", HARMLESS},
    {"visibility", HARMLESS},
    {"warn_unused_result", HARMLESS},
    {"weak", HARMLESS},
};

static bool is(const char *name, size_t length, const char *text) {
    return strlen(text) == length && !memcmp(name, text, length);
}

/* The attribute's name without leading and trailing underscores. */
static struct token plain_name(struct token name) {
    if (name.length > 4 && !memcmp(name.at, "__", 2) && !memcmp(name.at + name.length - 2, "__", 2))
        name.at += 2, name.length -= 4;
    return name;
}

static bool is_power_of_two(uint64_t n) {
    return n && !(n & (n - 1));
}

/* Reads `(expression)`, whose value is at most `limit`. */
static outlined bool size_argument(struct parser *parser, uint32_t limit, bool power, uint32_t *size) {
    const char  *at;
    struct value value;
    if (!accept_mark(parser, '(')) return expected(parser, "'(' and a number");
    at = parser->token.at;
    if (!enter(parser, LEVEL) || !parse_integer(parser, &value)) return false;
    parser->depth -= LEVEL;
    if (!accept_mark(parser, ')')) return expected(parser, "')'");
    if (value_is_negative(&value) || !value.bits || value.bits > limit ||
        (power && !is_power_of_two(value.bits)))
        return fail_at(parser, at, FFI_ERROR_RANGE, "%s up to %llu is needed here",
                       power ? "a power of two" : "a number from 1", (unsigned long long)limit);
    *size = (uint32_t)value.bits;
    return true;
}

/* `aligned` without a number is the largest alignment of any type of the ABI. */
static bool aligned(struct parser *parser, struct attributes *attributes) {
    uint32_t size = 16;
    if (at_mark(parser, '(') && !size_argument(parser, TYPE_ALIGNMENT_MAX, true, &size)) return false;
    if (size > attributes->aligned) attributes->aligned = size;
    attributes->last_aligned = size;
    return true;
}

static outlined bool mode(struct parser *parser, struct attributes *attributes) {
    if (!accept_mark(parser, '(')) return expected(parser, "'('");
    if (parser->token.kind != TOKEN_WORD) return expected(parser, "the name of a mode");
    attributes->mode = plain_name(parser->token);
    parser_next(parser);
    return accept_mark(parser, ')') || expected(parser, "')'");
}

static bool apply(struct parser *parser, enum meaning meaning, struct attributes *attributes) {
    switch (meaning) {
    case PACKED: return attributes->packed = true;
    case MS_STRUCT: return attributes->ms_struct = true;
    case TRANSPARENT: return attributes->transparent = true;
    case OVERLOADED: return attributes->overloaded = true;
    case LEAF: return attributes->leaf = true;
    case ALIGNED: return aligned(parser, attributes);
    case MODE: return mode(parser, attributes);
    case VECTOR_SIZE: return size_argument(parser, TYPE_ALIGNMENT_MAX, true, &attributes->vector_size);
    case VECTOR_LENGTH: return size_argument(parser, TYPE_ALIGNMENT_MAX, false, &attributes->vector_length);
    case HARMLESS:
    case REFUSED: break;
    }
    return !at_mark(parser, '(') || skip_brackets(parser);
}

/* Reads one attribute; its name is the next token. */
static outlined bool attribute(struct parser *parser, struct attributes *attributes) {
    struct token             name = plain_name(parser->token);
    const char              *at   = parser->token.at;
    const struct convention *abi  = convention_named(parser->context->abis, name.at, name.length);
    size_t                   i    = 0;
    parser_next(parser);
    if (abi) {
        attributes->abi = abi;
        return true;
    }
    while (i < countof(known) && !is(name.at, name.length, known[i].name)) i++;
    bool refused = i == countof(known) ? !parser->header : known[i].meaning == REFUSED;
    if (refused || is(name.at, name.length, "ms_abi") || is(name.at, name.length, "sysv_abi"))
        return fail_at(parser, at, FFI_ERROR_UNSUPPORTED, "attribute '%.*s' is not supported", SHOWN(name));
    return apply(parser, i == countof(known) ? HARMLESS : known[i].meaning, attributes);
}

/* Reads `a, b(c)`, which may have empty places, up to the closing mark. */
static bool attribute_list(struct parser *parser, int close, struct attributes *attributes) {
    do {
        if (at_mark(parser, ',') || at_mark(parser, close)) continue;
        if (parser->token.kind != TOKEN_WORD) return expected(parser, "the name of an attribute");
        struct token after = parser_peek(parser);
        if (close == ']' && after.kind == TOKEN_MARK && after.id == ':') { /* gnu::packed */
            parser_next(parser), parser_next(parser);
            if (!accept_mark(parser, ':') || parser->token.kind != TOKEN_WORD)
                return expected(parser, "':' and the name of an attribute");
        }
        if (!attribute(parser, attributes)) return false;
    } while (accept_mark(parser, ','));
    return true;
}

static bool double_bracket(struct parser *parser) {
    if (!at_mark(parser, '[')) return false;
    struct token after = parser_peek(parser);
    return after.kind == TOKEN_MARK && after.id == '[';
}

/* Microsoft's `(a b(c), d)` behind __declspec. */
static bool declspec(struct parser *parser, struct attributes *attributes) {
    if (!accept_mark(parser, '(')) return expected(parser, "'('");
    while (!at_mark(parser, ')')) {
        if (accept_mark(parser, ',')) continue;
        if (parser->token.kind != TOKEN_WORD) return expected(parser, "the name of an attribute");
        if (!attribute(parser, attributes)) return false;
    }
    parser_next(parser);
    return true;
}

bool parse_attributes(struct parser *parser, struct attributes *attributes) {
    for (;;) {
        if (accept_key(parser, KEY_ATTRIBUTE)) {
            if (!accept_mark(parser, '(') || !accept_mark(parser, '(')) return expected(parser, "'(('");
            if (!attribute_list(parser, ')', attributes)) return false;
            if (!accept_mark(parser, ')') || !accept_mark(parser, ')')) return expected(parser, "'))'");
        } else if (double_bracket(parser)) {
            parser_next(parser), parser_next(parser);
            if (!attribute_list(parser, ']', attributes)) return false;
            if (!accept_mark(parser, ']') || !accept_mark(parser, ']')) return expected(parser, "']]'");
        } else if (accept_key(parser, KEY_DECLSPEC)) {
            if (!declspec(parser, attributes)) return false;
        } else if (accept_key(parser, KEY_VECTORCALL)) {
            attributes->abi = convention_named(parser->context->abis, "vectorcall", strlen("vectorcall"));
        } else if (!accept_key(parser, KEY_IGNORED)) {
            return true;
        }
    }
}

/* ---- what they make of a type ---- */

uint32_t type_aligned_by(const struct parser *parser, const struct attributes *attributes) {
    bool last = model_is_gcc(parser->context->abi->model) && attributes->last_aligned;
    return last ? attributes->last_aligned : attributes->aligned;
}

/* Removes the `V4` of `V4SI`, a vector of 4 elements, from a mode and returns the 4; 0 if the mode is no
 * vector's. */
static size_t vector_mode(struct token *mode) {
    size_t count = 0, length = 1;
    if (*mode->at != 'V') return 0;
    for (; length < mode->length && mode->at[length] >= '0' && mode->at[length] <= '9' && count < 4096;
         length++)
        count = count * 10 + (size_t)(mode->at[length] - '0');
    mode->at += length, mode->length -= length;
    return count;
}

/* The machine modes (GCC internals, "Machine Modes"), each with its signed and its unsigned scalar. */
static const ffi_ctype *moded_type(struct parser *parser, const ffi_ctype *type, const struct token *mode,
                                   const char *at) {
    static const struct {
        const char *name;
        uint8_t     scalar, unsigned_scalar;
    } modes[] = {
        {"QI", SCALAR_SCHAR, SCALAR_UCHAR},
        {"byte", SCALAR_SCHAR, SCALAR_UCHAR},
        {"HI", SCALAR_SHORT, SCALAR_USHORT},
        {"SI", SCALAR_INT, SCALAR_UINT},
        {"DI", SCALAR_LONG, SCALAR_ULONG},
        {"word", SCALAR_LONG, SCALAR_ULONG},
        {"pointer", SCALAR_LONG, SCALAR_ULONG},
        {"unwind_word", SCALAR_LONG, SCALAR_ULONG},
        {"libgcc_cmp_return", SCALAR_LONG, SCALAR_ULONG},
        {"libgcc_shift_count", SCALAR_LONG, SCALAR_ULONG},
        {"TI", SCALAR_I128, SCALAR_U128},
        {"HF", SCALAR_F16, 0},
        {"BF", SCALAR_F16, 0},
        {"SF", SCALAR_FLOAT, 0},
        {"DF", SCALAR_DOUBLE, 0},
        {"XF", SCALAR_LDOUBLE, 0},
        {"TF", SCALAR_F128, 0},
        {"SC", SCALAR_FLOAT, 0},
        {"DC", SCALAR_DOUBLE, 0},
        {"XC", SCALAR_LDOUBLE, 0},
        {"TC", SCALAR_F128, 0},
    };
    ffi_context *context = parser->context;
    struct token element = *mode;
    size_t       count = vector_mode(&element), i = 0;
    while (i < countof(modes) && !is(element.at, element.length, modes[i].name)) i++;
    bool listed  = i < countof(modes) && (count > 0) == (element.at > mode->at);
    bool integer = listed && modes[i].unsigned_scalar, complex = type->kind == FFI_KIND_COMPLEX;
    bool is_complex = listed && element.at[element.length - 1] == 'C';
    if (!listed || integer != type_is_integer(type) || is_complex != complex || (count && complex))
        return fail_at(parser, at, FFI_ERROR_TYPE, "mode '%.*s' is not one of this type", SHOWN(*mode)), NULL;
    bool             is_unsigned = integer && !type_is_signed(type);
    enum scalar      scalar      = (enum scalar)(is_unsigned ? modes[i].unsigned_scalar : modes[i].scalar);
    const ffi_ctype *moded       = type_scalar(context, scalar);
    if (moded && integer && modes[i].scalar == SCALAR_LONG && moded->size < 8) /* Windows */
        moded = type_scalar(context, is_unsigned ? SCALAR_ULLONG : SCALAR_LLONG);
    if (moded && count && !(moded = type_vector(context, moded, count))) fail_here(parser, at);
    return moded && complex ? type_complex(context, moded) : moded;
}

const ffi_ctype *attributed_type(struct parser *parser, const ffi_ctype *type,
                                 const struct attributes *attributes, const char *at) {
    unsigned qualifiers = type->qualifiers;
    size_t   count      = attributes->vector_length;
    if (attributes->mode.length && !(type = moded_type(parser, type, &attributes->mode, at))) return NULL;
    if (attributes->vector_size && type->size) {
        if (attributes->vector_size % type->size)
            return fail_at(parser, at, FFI_ERROR_TYPE,
                           "a vector of %u bytes does not hold a whole number of elements",
                           attributes->vector_size),
                   NULL;
        count = attributes->vector_size / type->size;
    }
    bool padded = attributes->vector_length && !attributes->vector_size;
    if (count && !(type = (padded ? type_padded_vector : type_vector)(parser->context, type, count)))
        return fail_here(parser, at), NULL;
    return type_qualified(parser->context, type, qualifiers);
}
