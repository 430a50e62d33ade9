/* SPDX-License-Identifier: MIT */
/*
 * Declaration specifiers (C11 6.7.1 to 6.7.5): storage class, qualifiers, the words or the name of a type, a
 * struct, union or enum, typeof, _Atomic(type), _Alignas. Most storage classes are ignored, because they do not
 * change a type.
 */
#include "parse/parser.h"

#include "base/util.h"

/* ---- qualifiers ---- */

static unsigned qualifier(const struct token *token) {
    if (token->kind != TOKEN_WORD) return 0;
    switch (token->id) {
    case KEY_CONST: return FFI_QUALIFIER_CONST;
    case KEY_VOLATILE: return FFI_QUALIFIER_VOLATILE;
    case KEY_RESTRICT: return FFI_QUALIFIER_RESTRICT;
    case KEY_ATOMIC: return FFI_QUALIFIER_ATOMIC;
    case KEY_CONSTEXPR: return FFI_QUALIFIER_CONST;
    case KEY_NONNULL: return QUALIFIER_NONNULL;
    default: return 0;
    }
}

unsigned accept_qualifiers(struct parser *parser) {
    unsigned qualifiers = 0, more;
    for (; (more = qualifier(&parser->token)) || at_key(parser, KEY_IGNORED) || at_key(parser, KEY_SEGMENT);
         parser_next(parser))
        qualifiers |= more;
    return qualifiers;
}

/* ---- arithmetic types ---- */

/* The words of an arithmetic type, in any order. Each word is counted in a digit of its own. */
enum {
    WORD_VOID     = 1 << 0,
    WORD_BOOL     = 1 << 2,
    WORD_CHAR     = 1 << 4,
    WORD_SHORT    = 1 << 6,
    WORD_INT      = 1 << 8,
    WORD_LONG     = 1 << 10,
    WORD_FLOAT    = 1 << 12,
    WORD_DOUBLE   = 1 << 14,
    WORD_SIGNED   = 1 << 16,
    WORD_UNSIGNED = 1 << 18,
    WORD_INT128   = 1 << 20
};

static int word_value(enum keyword key) {
    switch (key) {
    case KEY_VOID: return WORD_VOID;
    case KEY_BOOL: return WORD_BOOL;
    case KEY_CHAR: return WORD_CHAR;
    case KEY_SHORT: return WORD_SHORT;
    case KEY_INT: return WORD_INT;
    case KEY_LONG: return WORD_LONG;
    case KEY_FLOAT: return WORD_FLOAT;
    case KEY_DOUBLE: return WORD_DOUBLE;
    case KEY_SIGNED: return WORD_SIGNED;
    case KEY_UNSIGNED: return WORD_UNSIGNED;
    case KEY_INT128: return WORD_INT128;
    case KEY_INT64: return 2 * WORD_LONG;
    default: return 0;
    }
}

/* C11 6.7.2p2: by the words that a type must have and those that it may have. -1: the combination is invalid.
 */
static outlined int scalar_of_words(int words) {
    static const struct {
        int must, may, scalar;
    } types[] = {
        {WORD_INT, WORD_SIGNED, SCALAR_INT},
        {WORD_DOUBLE, 0, SCALAR_DOUBLE},
        {WORD_VOID, 0, SCALAR_VOID},
        {WORD_SIGNED, 0, SCALAR_INT},
        {WORD_UNSIGNED, WORD_INT, SCALAR_UINT},
        {WORD_CHAR, 0, SCALAR_CHAR},
        {WORD_SIGNED + WORD_CHAR, 0, SCALAR_SCHAR},
        {WORD_UNSIGNED + WORD_CHAR, 0, SCALAR_UCHAR},
        {WORD_SHORT, WORD_SIGNED + WORD_INT, SCALAR_SHORT},
        {WORD_UNSIGNED + WORD_SHORT, WORD_INT, SCALAR_USHORT},
        {WORD_LONG, WORD_SIGNED + WORD_INT, SCALAR_LONG},
        {WORD_UNSIGNED + WORD_LONG, WORD_INT, SCALAR_ULONG},
        {WORD_LONG + WORD_LONG, WORD_SIGNED + WORD_INT, SCALAR_LLONG},
        {WORD_UNSIGNED + WORD_LONG + WORD_LONG, WORD_INT, SCALAR_ULLONG},
        {WORD_BOOL, 0, SCALAR_BOOL},
        {WORD_FLOAT, 0, SCALAR_FLOAT},
        {WORD_LONG + WORD_DOUBLE, 0, SCALAR_LDOUBLE},
        {WORD_INT128, WORD_SIGNED, SCALAR_I128},
        {WORD_UNSIGNED + WORD_INT128, 0, SCALAR_U128},
    };
    for (size_t i = 0; i < countof(types); i++)
        if ((words & ~types[i].may) == types[i].must) return types[i].scalar;
    return -1;
}

/* _Float32 and similar types: distinct types in C, with the representation of an older type. */
static outlined const ffi_ctype *keyword_type(struct parser *parser, enum keyword key) {
    static const struct {
        uint8_t key, scalar;
        char    spelling[18];
    } types[] = {
        {KEY_FLOAT16, SCALAR_F16, "_Float16"},
        {KEY_FLOAT32, SCALAR_FLOAT, "_Float32"},
        {KEY_FLOAT64, SCALAR_DOUBLE, "_Float64"},
        {KEY_FLOAT128, SCALAR_F128, "_Float128"},
        {KEY_FLOAT32X, SCALAR_DOUBLE, "_Float32x"},
        {KEY_FLOAT64X, SCALAR_LDOUBLE, "_Float64x"},
        {KEY_FP16, SCALAR_F16, "__fp16"},
        {KEY_BF16, SCALAR_F16, "__bf16"},   /* is passed the same way */
        {KEY_MFP8, SCALAR_UCHAR, "__mfp8"}, /* the same in memory; functions have vectors of it */
        {KEY_INT128_T, SCALAR_I128, "__int128"},
        {KEY_UINT128_T, SCALAR_U128, "unsigned __int128"},
    };
    if (key == KEY_VA_LIST) return va_list_type(parser->context);
    if (key == KEY_MS_VA_LIST) return type_pointer(parser->context, type_scalar(parser->context, SCALAR_CHAR));
    if (key == KEY_FLOAT80) {
        const ffi_ctype *type = type_named(parser->context, "f80", 3);
        return type ? type : (fail_here(parser, parser->token.at), NULL);
    }
    if (key >= KEY_DECIMAL32 && key <= KEY_DECIMAL128) {
        static const char decimals[][12] = {"_Decimal32", "_Decimal64", "_Decimal128"};
        size_t            size           = (size_t)4 << (key - KEY_DECIMAL32);
        return type_opaque(parser->context, decimals[key - KEY_DECIMAL32], size, size);
    }
    for (size_t i = 0; i < countof(types); i++) {
        if (types[i].key != key) continue;
        const ffi_ctype *like = type_scalar(parser->context, (enum scalar)types[i].scalar);
        if (!like) return NULL;
        ffi_ctype draft = type_copy(like);
        draft.name      = types[i].spelling;
        return type_intern(parser->context, &draft);
    }
    return NULL;
}

/* ---- structs, unions, enums ---- */

static bool check_name(struct parser *parser, const struct token *name) {
    if (name->length < 256) return true;
    return fail_at(parser, name->at, FFI_ERROR_RANGE, "a name longer than 255 bytes");
}

/* `enum e : unsigned char` (C23 6.7.3.3). */
static outlined const ffi_ctype *enum_integer(struct parser *parser) {
    const char       *at = parser->token.at;
    struct specifiers integer;
    if (!enter(parser, LEVEL) || !parse_specifiers(parser, &integer)) return NULL;
    parser->depth -= LEVEL;
    const ffi_ctype *type = type_qualified(parser->context, integer.type, 0);
    if (!type || (type_is_integer(type) && type->kind != FFI_KIND_ENUM)) return type;
    return fail_at(parser, at, FFI_ERROR_TYPE, "an enum is made of an integer type"), NULL;
}

/* `aligned`: what an alignment before the word asks for, which belongs to the body. */
static outlined const ffi_ctype *tagged(struct parser *parser, bool *untagged, uint32_t *aligned) {
    static const struct token none;
    struct attributes         attributes = {0};
    struct token              tag        = none;
    const ffi_ctype          *integer    = NULL;
    ffi_kind                  kind       = at_key(parser, KEY_STRUCT)  ? FFI_KIND_STRUCT
                                           : at_key(parser, KEY_UNION) ? FFI_KIND_UNION
                                                                       : FFI_KIND_ENUM;
    parser_next(parser);
    if (!parse_attributes(parser, &attributes)) return NULL;
    if (is_identifier(&parser->token)) {
        tag = parser->token;
        if (!check_name(parser, &tag)) return NULL;
        parser_next(parser);
    }
    struct token after = parser_peek(parser);
    if (kind == FFI_KIND_ENUM && at_mark(parser, ':') && begins_type(parser, &after)) {
        parser_next(parser);
        if (!(integer = enum_integer(parser))) return NULL;
    }
    if (!at_mark(parser, '{')) {
        if (!tag.length) return expected(parser, "a tag or '{'"), NULL;
        return declare_tag(parser, kind, &tag, integer);
    }
    *untagged = !tag.length;
    if (kind != FFI_KIND_ENUM) {
        if (*aligned > attributes.aligned) attributes.aligned = *aligned;
        *aligned = 0;
    }
    if (!enter(parser, LEVEL)) return NULL;
    const ffi_ctype *type = kind == FFI_KIND_ENUM ? parse_enum_body(parser, &tag, integer, &attributes)
                                                  : parse_record_body(parser, kind, &tag, &attributes);
    parser->depth -= LEVEL;
    return type;
}

/* ---- types in brackets ---- */

/* `typeof(int)`, `typeof(x)`, `_Atomic(int)`; the word is read. */
static outlined const ffi_ctype *bracketed(struct parser *parser, bool is_typeof) {
    const ffi_ctype *type;
    struct value     value;
    if (!require_mark(parser, '(')) return NULL;
    if (!enter(parser, LEVEL)) return NULL;
    if (is_typeof && !begins_type(parser, &parser->token)) {
        const char *at = parser->token.at;
        parser->unevaluated++;
        if (!parse_expression(parser, &value) || !forbid_bit_field(parser, at, &value)) return NULL;
        parser->unevaluated--;
        type = value.type;
    } else if (!(type = parse_type_name(parser))) {
        return NULL;
    }
    parser->depth -= LEVEL;
    return require_mark(parser, ')') ? type : NULL;
}

/* `_Alignas(16)`, `_Alignas(double)`. */
static outlined bool alignas(struct parser *parser, struct attributes *attributes) {
    size_t      alignment;
    const char *at = parser->token.at;
    if (!require_mark(parser, '(')) return false;
    if (!enter(parser, LEVEL)) return false;
    if (begins_type(parser, &parser->token)) {
        const ffi_ctype *type = parse_type_name(parser);
        if (!type) return false;
        alignment = type->complete ? type->alignment : 3; /* none */
    } else {
        struct value value;
        if (!parse_integer(parser, &value)) return false;
        alignment = (size_t)value.bits;
    }
    parser->depth -= LEVEL;
    if (!require_mark(parser, ')')) return false;
    if (alignment > TYPE_ALIGNMENT_MAX || alignment & (alignment - 1))
        return fail_at(parser, at, FFI_ERROR_RANGE, "an alignment is a power of two up to 2^28");
    if (alignment > attributes->aligned) attributes->aligned = (uint32_t)alignment;
    if (alignment_code(alignment) > attributes->alignas)
        attributes->alignas = (uint8_t)alignment_code(alignment);
    return attributes->is_alignas = true;
}

bool check_alignas(struct parser *parser, const struct attributes *attributes, const ffi_ctype *type,
                   const char *what, const char *at) {
    if (!attributes->is_alignas) return true;
    if (what)
        return fail_at(parser, at, FFI_ERROR_TYPE,
                       "_Alignas cannot stand in the declaration of a %s (C11 6.7.5p2)", what);
    if (!attributes->alignas || coded_alignment(attributes->alignas) >= type->alignment) return true;
    return fail_at(parser, at, FFI_ERROR_TYPE, "_Alignas cannot reduce the alignment %u of the type",
                   (unsigned)type->alignment);
}

/* ---- names of types ---- */

static bool is_va_list(const struct token *token) {
    return token_is(token, "va_list") || token_is(token, "__gnuc_va_list");
}

bool fail_unknown_type(struct parser *parser, const struct token *name) {
    return fail_at(parser, name->at, FFI_ERROR_TYPE,
                   "unknown type '%.*s': declare it first, or write void * for a pointer to it", SHOWN(*name));
}

/* Whether an identifier names a type; `*type` is NULL on failure. A declared name hides a built-in one. */
static outlined bool find_type(struct parser *parser, const ffi_ctype **type) {
    const struct token *token = &parser->token;
    const struct name  *name  = name_find(parser->context, token->at, token->length);
    if (name && name->kind == NAME_TYPEDEF) return *type = name->type, true;
    return type_of_name(parser->context, token->at, token->length, type) ||
           (is_va_list(token) && (*type = va_list_type(parser->context), true)) ||
           neon_type(parser, token, type);
}

/* The type that an identifier names. */
static outlined const ffi_ctype *named_type(struct parser *parser) {
    const ffi_ctype *type;
    if (!find_type(parser, &type)) return fail_unknown_type(parser, &parser->token), NULL;
    return type ? type : (fail_here(parser, parser->token.at), NULL);
}

bool begins_type(struct parser *parser, const struct token *token) {
    if (token->kind != TOKEN_WORD) return false;
    if (token->id) return token->id <= KEY_STORAGE;
    const struct name *name = name_find(parser->context, token->at, token->length);
    return (name && name->kind == NAME_TYPEDEF) || type_is_name(token->at, token->length) ||
           is_va_list(token) || begins_annotation(parser, token);
}

/* C11 6.7.3p2 and p3: restrict belongs to pointers to objects. Qualifiers of an array apply to its elements (p9). */
const ffi_ctype *qualified_type(ffi_context *context, const ffi_ctype *type, unsigned qualifiers) {
    bool is_array = type->kind == FFI_KIND_ARRAY, is_function = type->kind == FFI_KIND_FUNCTION;
    bool is_address = is_array || type->kind == FFI_KIND_POINTER;
    bool restricts  = is_address && type->target->kind != FFI_KIND_FUNCTION;
    if ((qualifiers & FFI_QUALIFIER_RESTRICT && !restricts) ||
        (qualifiers & QUALIFIER_NONNULL && !is_address) ||
        (qualifiers & FFI_QUALIFIER_ATOMIC && (is_array || is_function)))
        return fail(FFI_ERROR_TYPE, "a qualifier that this type cannot have"), NULL;
    if (!qualifiers || !is_array) return type_qualified(context, type, type->qualifiers | qualifiers);
    const ffi_ctype *element = qualified_type(context, type->target, (uint8_t)qualifiers);
    const ffi_ctype *array   = element ? type_array(context, element, type->count, type->complete) : NULL;
    return array && type->typedef_align ? type_aligned(context, array, coded_alignment(type->typedef_align))
                                        : array;
}

/* ---- all of them ---- */

struct reading {
    struct specifiers *out;
    const ffi_ctype   *type; /* a word that is none of the above */
    int                words;
    unsigned           bits;    /* _BitInt(bits) */
    uint32_t           aligned; /* by __declspec: of a record whose body follows, else of what is declared */
    bool               complex, segment, done;
};

/* `_BitInt(N)`, of which the word is the next token. */
static outlined bool bit_int(struct parser *parser, struct reading *reading) {
    struct value width;
    const char  *at = parser->token.at;
    if (reading->type || reading->bits) return reading->done = true;
    parser_next(parser);
    if (!parse_bracketed_integer(parser, &width, &at)) return false;
    if (value_is_negative(&width) || !width.bits || width.bits > BITINT_MAX)
        return fail_at(parser, at, FFI_ERROR_RANGE, "the width of a _BitInt is 1 to %d", BITINT_MAX);
    reading->bits = (unsigned)width.bits;
    return true;
}

/* `__declspec(align(16)) struct s { ... }` aligns the struct, as Microsoft's compiler and clang take it. */
static outlined bool declspec(struct parser *parser, struct reading *reading) {
    struct attributes *attributes = &reading->out->attributes;
    uint32_t           before     = attributes->aligned;
    attributes->aligned           = 0;
    if (!parse_attributes(parser, attributes)) return false;
    if (attributes->aligned > reading->aligned) reading->aligned = attributes->aligned;
    attributes->aligned = before;
    return true;
}

bool forbid_storage(struct parser *parser, const struct specifiers *specifiers, unsigned storage) {
    return !(specifiers->storage & storage) ||
           fail_at(parser, specifiers->at, FFI_ERROR_TYPE, "a storage class that cannot stand here");
}

/* Reads a storage class. A parameter has `register` alone (C11 6.7.6.3p2). */
static bool storage_class(struct parser *parser, uint8_t *storage) {
    const struct token word = parser->token;
    if (parser->parameters && word.id != KEY_REGISTER)
        return fail_at(parser, word.at, FFI_ERROR_TYPE, "a parameter cannot be '%.*s'", SHOWN(word));
    *storage = (uint8_t)(*storage | 1 << (word.id - KEY_AUTO));
    /* C11 6.7.1p2, and C23's constexpr, which may be static, too. */
    unsigned classes = *storage & (STORAGE_TYPEDEF | STORAGE_STATIC | STORAGE_EXTERN | STORAGE_REGISTER);
    bool     two     = (classes & (classes - 1)) ||
               (*storage & STORAGE_CONSTEXPR && *storage & (STORAGE_TYPEDEF | STORAGE_EXTERN)) ||
               (*storage & STORAGE_THREAD && *storage & (STORAGE_TYPEDEF | STORAGE_REGISTER));
    if (two)
        return fail_at(parser, word.at, FFI_ERROR_TYPE, "'%.*s' contradicts another storage class",
                       SHOWN(word));
    parser_next(parser);
    return true;
}

/* Reads a keyword that is not a word of arithmetic types. */
static bool read_keyword(struct parser *parser, struct reading *reading) {
    struct specifiers *out = reading->out;
    enum keyword       key = (enum keyword)parser->token.id;
    struct token       after;
    if (key >= KEY_AUTO && key < KEY_STORAGE) {
        out->qualifiers |= qualifier(&parser->token);
        return storage_class(parser, &out->storage);
    }
    switch (key) {
    case KEY_DECLSPEC: return declspec(parser, reading);
    case KEY_VECTORCALL:
    case KEY_ATTRIBUTE: return parse_attributes(parser, &out->attributes);
    case KEY_BITINT: return bit_int(parser, reading);
    case KEY_SEGMENT: reading->segment = true; break;
    case KEY_STRUCT:
    case KEY_UNION:
    case KEY_ENUM:
        if (reading->type || reading->words) return reading->done = true;
        return (reading->type = tagged(parser, &out->untagged, &reading->aligned)) != NULL;
    case KEY_ATOMIC:
        after = parser_peek(parser);
        if (!is_mark(&after, '(')) break;
        out->qualifiers |= FFI_QUALIFIER_ATOMIC; /* fall through */
    case KEY_TYPEOF:
    case KEY_TYPEOF_UNQUAL:
        if (reading->type || reading->words) return reading->done = true;
        parser_next(parser);
        after = parser->token;
        if (!(reading->type = bracketed(parser, key != KEY_ATOMIC))) return false;
        if (key == KEY_ATOMIC && reading->type->qualifiers)
            return fail_at(parser, after.at, FFI_ERROR_TYPE, "_Atomic() takes a type without qualifiers");
        if (key == KEY_TYPEOF_UNQUAL) reading->type = type_qualified(parser->context, reading->type, 0);
        return reading->type != NULL;
    case KEY_ALIGNAS: return parser_next(parser), alignas(parser, &out->attributes);
    case KEY_COMPLEX: reading->complex = true; break;
    case KEY_STORAGE:
    case KEY_IGNORED: break;
    default:
        if (qualifier(&parser->token)) break;
        if (key > KEY_STORAGE || reading->type || reading->words) return reading->done = true;
        if (!(reading->type = keyword_type(parser, key))) return false;
    }
    out->qualifiers |= qualifier(&parser->token);
    parser_next(parser);
    return true;
}

/* Whether the next token is a name that `=` follows. */
static outlined bool is_initialized(struct parser *parser) {
    struct token after = parser_peek(parser);
    return is_mark(&after, '=');
}

static bool read_one(struct parser *parser, struct reading *reading) {
    int value = word_value((enum keyword)parser->token.id);
    if (value && !reading->type) {
        /* A third `long` would carry into the next digit. */
        if (reading->words & value && (value != WORD_LONG || reading->words & 2 * WORD_LONG))
            return reading->done = true;
        reading->words += value;
        parser_next(parser);
        return true;
    }
    if (value) return reading->done = true;
    if (parser->token.id) return read_keyword(parser, reading);
    bool typed = reading->type || reading->words || reading->bits || reading->complex;
    if (typed || (reading->out->storage & STORAGE_AUTO && is_initialized(parser))) return reading->done = true;
    if (begins_annotation(parser, &parser->token)) return parse_annotation(parser, &reading->out->annotations);
    if (!(reading->type = named_type(parser))) return false;
    parser_next(parser);
    return true;
}

bool parse_word(struct parser *parser, const ffi_ctype **type) {
    if (parser->token.kind != TOKEN_WORD) return false;
    struct token after = parser_peek(parser);
    int          words = word_value((enum keyword)parser->token.id);
    if (!is_mark(&after, ',') && !is_mark(&after, ')')) return false;
    if (words) *type = type_scalar(parser->context, (enum scalar)scalar_of_words(words));
    else if (parser->token.id || !find_type(parser, type)) return false;
    if (*type) parser_next(parser);
    else fail_here(parser, parser->token.at);
    return true;
}

bool parse_specifiers(struct parser *parser, struct specifiers *specifiers) {
    struct reading reading = {.out = specifiers};
    *specifiers            = (struct specifiers){.at = parser->token.at};
    while (!reading.done) {
        if (at_mark(parser, '[') && !reading.type && !reading.words) {
            const char *at = parser->token.at;
            if (!parse_attributes(parser, &specifiers->attributes)) return false;
            if (parser->token.at == at) break;
        } else if (parser->token.kind != TOKEN_WORD) {
            break;
        } else if (!read_one(parser, &reading)) {
            return false;
        }
    }
    if (reading.aligned > specifiers->attributes.aligned) specifiers->attributes.aligned = reading.aligned;
    const ffi_ctype *type = reading.type;
    if (reading.complex && !type && !reading.words) reading.words = WORD_DOUBLE;
    if (reading.bits) {
        if (type || reading.complex || reading.words & ~(WORD_SIGNED + WORD_UNSIGNED))
            return fail_at(parser, specifiers->at, FFI_ERROR_TYPE, "invalid combination of type specifiers");
        if (reading.bits == 1 && !(reading.words & WORD_UNSIGNED))
            return fail_at(parser, specifiers->at, FFI_ERROR_RANGE, "a signed _BitInt has 2 bits at least");
        type = type_bit_int(parser->context, reading.bits, reading.words & WORD_UNSIGNED);
        if (!type) return fail_here(parser, specifiers->at);
    }
    specifiers->is_deduced = specifiers->storage & STORAGE_AUTO && !type && !reading.words;
    /* Until the initializer is read; and C89's int, which headers still have: `typedef *handle;`. */
    bool implicit =
        specifiers->is_deduced || (parser->header && (specifiers->storage || specifiers->qualifiers));
    if (implicit && !type && !reading.words) reading.words = WORD_INT;
    if (!type && !reading.words) return expected(parser, "a type");
    if (!type) {
        int scalar = scalar_of_words(reading.words);
        if (scalar < 0)
            return fail_at(parser, specifiers->at, FFI_ERROR_TYPE, "invalid combination of type specifiers");
        type = type_scalar(parser->context, (enum scalar)scalar);
    }
    if (type && reading.complex && !(type = type_complex(parser->context, type)))
        return fail_here(parser, specifiers->at);
    if (type && reading.segment) type = type_opaque(parser->context, "__seg", 0, 0);
    specifiers->type = type ? qualified_type(parser->context, type, specifiers->qualifiers) : NULL;
    return specifiers->type || fail_here(parser, specifiers->at);
}
