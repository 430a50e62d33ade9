/* SPDX-License-Identifier: MIT */
/*
 * Attributes, in the spelling of GNU C and of C23 (GCC manual, "Attribute Syntax"). A table has those that
 * change a type or a call. Most others concern only the compiler of the function, not its callers. An unknown
 * attribute may be of either kind: ffi_declare() ignores it, because headers are full of them; a signature with
 * one is refused.
 */
#include "parse/parser.h"

#include "base/util.h"
#include "base/words.h"

/* The effect of an attribute here: for most its number in `words`. */
enum meaning {
    UNKNOWN,
    PACKED,
    ALIGNED,
    ALIGN, /* __declspec(align(16)) */
    VECTOR_SIZE,
    VECTOR_LENGTH,
    NEON_LENGTH, /* clang's, in arm_neon.h */
    NEON_POLY_LENGTH,
    MODE,
    MS_STRUCT,
    GCC_STRUCT,
    TRANSPARENT,
    OVERLOADED,
    LEAF,
    NONNULL,
    REFUSED, /* from here on: they change types or calls in a way that nothing here supports */
    HARMLESS = REFUSED + 14
};

/* The name of an ABI of the context is read before these. x86-64 has only one convention for cdecl, fastcall, stdcall
 * and thiscall. */
static const char words[] =
    "packed\0aligned\0align\0vector_size\0ext_vector_type\0neon_vector_type\0neon_polyvector_type\0mode\0"
    "ms_struct\0gcc_struct\0transparent_union\0overloadable\0leaf\0nonnull\0"
    /* refused */
    "regparm\0sseregparm\0regcall\0preserve_most\0preserve_all\0preserve_none\0swiftcall\0swiftasynccall\0pcs\0"
    "aarch64_vector_pcs\0scalar_storage_order\0ms_abi\0sysv_abi\0matrix_type\0"
    /* harmless */
    "access\0alloc_align\0alloc_size\0allocate\0always_inline\0artificial\0availability\0"
    "cdecl\0code_seg\0cold\0const\0deprecated\0dllexport\0dllimport\0fastcall\0format\0"
    "format_arg\0gnu_inline\0hot\0intrin_type\0malloc\0may_alias\0naked\0noalias\0"
    "nodiscard\0noescape\0noinline\0noreturn\0nothrow\0novtable\0property\0"
    "pure\0restrict\0returns_nonnull\0returns_twice\0safebuffers\0selectany\0sentinel\0"
    "stdcall\0swift_name\0thiscall\0thread\0unavailable\0unused\0used\0uuid\0visibility\0"
    "warn_unused_result\0weak\0";

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
    if (!parse_bracketed_integer(parser, &value, &at)) return false;
    if (value_is_negative(&value) || !value.bits || value.bits > limit ||
        (power && !is_power_of_two(value.bits)))
        return fail_at(parser, at, FFI_ERROR_RANGE, "%s up to %llu is needed here",
                       power ? "a power of two" : "a number from 1", (unsigned long long)limit);
    *size = (uint32_t)value.bits;
    return true;
}

/* `aligned` without a number is the largest alignment of any type of the ABI. */
static bool aligned(struct parser *parser, struct attributes *attributes) {
    uint32_t     size  = 16;
    struct token after = parser_peek(parser);
    if (is_mark(&after, ')') && accept_mark(parser, '(')) parser_next(parser); /* `aligned()` */
    else if (at_mark(parser, '(') && !size_argument(parser, TYPE_ALIGNMENT_MAX, true, &size)) return false;
    if (size > attributes->aligned) attributes->aligned = size;
    attributes->last_aligned = size;
    return true;
}

static outlined bool mode(struct parser *parser, struct attributes *attributes) {
    if (!require_mark(parser, '(')) return false;
    if (parser->token.kind != TOKEN_WORD) return expected(parser, "the name of a mode");
    attributes->mode = parser->token.at;
    parser_next(parser);
    return require_mark(parser, ')');
}

/* Reads `(1, 2)`. Without brackets, or with empty ones, the attribute means every pointer. gcc warns of an argument that
 * is not a number, and ignores it. */
static bool nonnull(struct parser *parser, struct attributes *attributes) {
    if (!accept_mark(parser, '(') || accept_mark(parser, ')')) {
        attributes->nonnull = &nonnull_every;
        return true;
    }
    do {
        struct value    value;
        struct nonnull *named = journal_scratch(&parser->context->journal, sizeof *named);
        if (!named || !enter(parser, LEVEL) || !parse_constant(parser, &value)) return false;
        parser->depth -= LEVEL;
        *named = (struct nonnull){attributes->nonnull, value.bits};
        if (type_is_integer(value.type) && value.bits) attributes->nonnull = named;
    } while (accept_mark(parser, ','));
    return require_mark(parser, ')');
}

static bool apply(struct parser *parser, enum meaning meaning, struct attributes *attributes) {
    switch (meaning) {
    case PACKED: return attributes->packed = true;
    case MS_STRUCT: return attributes->ms_struct = true;
    case GCC_STRUCT: return attributes->gcc_struct = true;
    case TRANSPARENT: return attributes->transparent = true;
    case OVERLOADED: return attributes->overloaded = true;
    case LEAF: return attributes->leaf = true;
    case NONNULL: return nonnull(parser, attributes);
    case ALIGNED:
    case ALIGN: return aligned(parser, attributes);
    case MODE: return mode(parser, attributes);
    case VECTOR_SIZE: return size_argument(parser, TYPE_ALIGNMENT_MAX, true, &attributes->vector_size);
    case VECTOR_LENGTH:
    case NEON_LENGTH:
    case NEON_POLY_LENGTH: return size_argument(parser, TYPE_ALIGNMENT_MAX, false, &attributes->vector_length);
    default: return !at_mark(parser, '(') || skip_brackets(parser);
    }
}

static outlined bool attribute(struct parser *parser, struct attributes *attributes) {
    if (parser->token.kind != TOKEN_WORD) return expected(parser, "the name of an attribute");
    struct token             name    = plain_name(parser->token);
    const char              *at      = parser->token.at;
    const struct convention *abi     = convention_named(parser->context->abis, name.at, name.length);
    enum meaning             meaning = (enum meaning)word_number(words, name.at, name.length);
    parser_next(parser);
    if (abi) {
        attributes->abi = abi;
        return true;
    }
    if (meaning ? meaning >= REFUSED && meaning < HARMLESS : !parser->header)
        return fail_at(parser, at, FFI_ERROR_UNSUPPORTED, "attribute '%.*s' is not supported", SHOWN(name));
    return apply(parser, meaning, attributes);
}

/* Reads `a, b(c)`, which may have empty places, up to the closing mark. */
static bool attribute_list(struct parser *parser, int close, struct attributes *attributes) {
    do {
        if (at_mark(parser, ',') || at_mark(parser, close)) continue;
        struct token after = parser_peek(parser);
        if (close == ']' && parser->token.kind == TOKEN_WORD && is_mark(&after, ':')) { /* gnu::packed */
            parser_next(parser), parser_next(parser);
            if (!require_mark(parser, ':')) return false;
        }
        if (!attribute(parser, attributes)) return false;
    } while (accept_mark(parser, ','));
    return true;
}

static bool double_bracket(struct parser *parser) {
    if (!at_mark(parser, '[')) return false;
    struct token after = parser_peek(parser);
    return is_mark(&after, '[');
}

/* Microsoft's `(a b(c), d)` behind __declspec. */
static bool declspec(struct parser *parser, struct attributes *attributes) {
    if (!require_mark(parser, '(')) return false;
    while (!accept_mark(parser, ')'))
        if (!attribute_list(parser, ')', attributes)) return false;
    return true;
}

static outlined bool twice_bracketed(struct parser *parser, int open, int close,
                                     struct attributes *attributes) {
    return require_mark(parser, open) && require_mark(parser, open) &&
           attribute_list(parser, close, attributes) && require_mark(parser, close) &&
           require_mark(parser, close);
}

bool parse_attributes(struct parser *parser, struct attributes *attributes) {
    while (at_mark(parser, '[') || (parser->token.kind == TOKEN_WORD && parser->token.id >= KEY_ATTRIBUTE)) {
        if (accept_key(parser, KEY_ATTRIBUTE)) {
            if (!twice_bracketed(parser, '(', ')', attributes)) return false;
        } else if (double_bracket(parser)) {
            if (!twice_bracketed(parser, '[', ']', attributes)) return false;
        } else if (accept_key(parser, KEY_DECLSPEC)) {
            if (!declspec(parser, attributes)) return false;
        } else if (accept_key(parser, KEY_VECTORCALL)) {
            attributes->abi = convention_named(parser->context->abis, "vectorcall", strlen("vectorcall"));
        } else if (!accept_key(parser, KEY_IGNORED)) {
            break;
        }
    }
    return true;
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
static const ffi_ctype *moded_type(struct parser *parser, const ffi_ctype *type, const char *word,
                                   const char *at) {
    static const char names[] = "QI\0byte\0HI\0SI\0DI\0word\0pointer\0unwind_word\0libgcc_cmp_return\0"
                                "libgcc_shift_count\0TI\0HF\0BF\0SF\0SC\0DF\0DC\0XF\0XC\0TF\0TC\0";
    /* Of each name; an integer's unsigned scalar follows the signed one. */
    static const uint8_t scalars[] = {
        SCALAR_VOID,    SCALAR_SCHAR,   SCALAR_SCHAR, SCALAR_SHORT, SCALAR_INT,    SCALAR_LONG,
        SCALAR_LONG,    SCALAR_LONG,    SCALAR_LONG,  SCALAR_LONG,  SCALAR_LONG,   SCALAR_I128,
        SCALAR_F16,     SCALAR_F16,     SCALAR_FLOAT, SCALAR_FLOAT, SCALAR_DOUBLE, SCALAR_DOUBLE,
        SCALAR_LDOUBLE, SCALAR_LDOUBLE, SCALAR_F128,  SCALAR_F128,
    };
    ffi_context *context    = parser->context;
    struct token mode       = plain_name(lex(word));
    struct token element    = mode;
    size_t       count      = vector_mode(&element);
    enum scalar  scalar     = (enum scalar)scalars[word_number(names, element.at, element.length)];
    bool         listed     = scalar != SCALAR_VOID && (count > 0) == (element.at > mode.at);
    bool         complex    = type->kind == FFI_KIND_COMPLEX;
    bool         integer    = scalar < SCALAR_FLOAT || scalar == SCALAR_I128;
    bool         is_complex = element.at[element.length - 1] == 'C';
    if (!listed || integer != type_is_integer(type) || is_complex != complex || (count && complex))
        return fail_at(parser, at, FFI_ERROR_TYPE, "mode '%.*s' is not one of this type", SHOWN(mode)), NULL;
    bool             is_unsigned = integer && !type_is_signed(type);
    const ffi_ctype *moded       = type_scalar(context, (enum scalar)(scalar + is_unsigned));
    if (moded && scalar == SCALAR_LONG && moded->size < 8) /* Windows */
        moded = type_scalar(context, is_unsigned ? SCALAR_ULLONG : SCALAR_LLONG);
    if (moded && count && !(moded = type_vector(context, moded, count))) fail_here(parser, at);
    return moded && complex ? type_complex(context, moded) : moded;
}

const ffi_ctype *attributed_type(struct parser *parser, const ffi_ctype *type,
                                 const struct attributes *attributes, const char *at) {
    unsigned qualifiers = type->qualifiers;
    size_t   count      = attributes->vector_length;
    if (attributes->mode && !(type = moded_type(parser, type, attributes->mode, at))) return NULL;
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
