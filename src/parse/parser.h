/* SPDX-License-Identifier: MIT */
/*
 * The parser's state, and what its files offer each other. All functions that return bool or a pointer fail
 * with a message that shows the place (false, NULL), and leave the parser unusable but for parser_rewind().
 *
 *     parser.c      tokens, lines of the preprocessor, stacks, trying and taking back
 *     diagnostic.c       messages with line, column and caret
 *     specifier.c   what stands before the declarators
 *     body.c     bodies of structs, unions and enums
 *     declarator.c  pointers, arrays, functions, and the name in their midst
 *     attribute.c   __attribute__ and [[attributes]]
 *     expression.c  expressions, their types and constant values
 *     initializer.c what follows `=`
 *     declare.c     names, and ffi_declare()
 *     neon.c        gcc's names of AArch64's vectors
 *     signature.c       the other ways in: types, signatures, lists of arguments
 */
#ifndef PARSER_H
#define PARSER_H

#include "parse/declare.h"
#include "parse/lex.h"
#include "type/context.h"
#include "type/record.h"

/* The largest number of nested brackets, operators, declarators and bodies; twice as many of those that need
 * little stack. C11 5.2.4.1 demands 63. */
enum { NESTING = 64, LEVEL = 2, HALF_LEVEL = 1 };

/* The first items of a stack are in the journal's scratch memory. With them, most signatures need no other memory. */
enum { FIRST_ITEMS = 8, PARSER_ROOM = 1408 };

struct stack {
    void  *items;
    size_t count, capacity;
};

struct parser {
    ffi_context *context;
    const char  *source;
    struct token token;       /* the next token */
    struct token ahead;       /* the token behind `ahead_from`: parser_peek() has read it */
    const char  *ahead_from;  /* NULL: it has read none */
    bool         header;      /* the rules of ffi_declare(): see attribute.c and derive() in declarator.c */
    bool         is_lenient;  /* what is not understood is skipped, not an error */
    bool         is_expanded; /* the lines about macros were obeyed already */
    bool         broken;      /* the error message is set, and nothing more can be read */
    unsigned     depth;
    unsigned     quiet;       /* an attempt: failures set no message */
    unsigned     unevaluated; /* depth of operands that are not evaluated: division by zero is no error there */
    unsigned     parameters;  /* number of open parameter lists */
    unsigned     call;        /* number of this parse, by which it recognises its own bodies of tags */
    unsigned     declared;    /* names that were declared before */
    struct name *reserved;    /* the record of the name that will be declared next; NULL: there is none yet */
    unsigned scope; /* the same for constants; a type may contain the same enum twice, so there each body has
                       its own number */
    struct stack derivations; /* open declarators: struct derivation */
    struct stack params;      /* open parameter lists: const ffi_ctype * */
    struct stack notes;       /* the note of each of these parameters: struct noted */
    struct stack members;     /* open bodies: struct placed_member */
    struct stack enumerators; /* open enums: struct enumerator */
    struct stack expansion;   /* the text after macros were replaced (preprocess.c): char; no scratch memory */
    struct stack packs;       /* #pragma pack(push): struct saved_pack */
    unsigned     linkages;    /* open `extern "C" {` */
    size_t       skipped;     /* number of skipped declarations and lines */
    const ffi_declare_options *options;   /* NULL: none */
    size_t                     pack;      /* #pragma pack; 0: none */
    bool                       ms_struct; /* #pragma ms_struct */
    const char *pragma_at; /* the string of an open _Pragma: its text, a copy, is not in `source` */
    _Alignas(16) char room[PARSER_ROOM]; /* the first scratch memory of the journal; not zeroed */
};

void parser_begin(struct parser *parser, ffi_context *context, const char *text);

/* Frees the parser's memory. Undoes its declarations unless `good`. Returns `good`. */
bool parser_end(struct parser *parser, bool good);

struct derivation {
    ffi_kind kind;            /* POINTER, ARRAY or FUNCTION; VOID: only `attribute_align` */
    uint32_t attribute_align; /* an alignment that an attribute gives to the derived type; 0: none */
    unsigned qualifiers;
    bool     variadic, unprototyped; /* function: has a `...` (array: `[?]`); has empty brackets */
    bool     open, sized;            /* array: its length is known only at run time; it has a written length */
    size_t   count, fixed;           /* array: elements; function: parameters */
    size_t   params;                 /* function: index of its first parameter in the parser's stack */
    const struct convention *abi;
    bool                     block;  /* pointer: a block of clang's, an object that is called */
    bool                     narrow; /* pointer: of 32 bits, Microsoft's __ptr32 */
    const char              *at;
};

struct placed_member {
    struct member member;
    const char   *at;
};

/* ---- diagnostic.c ---- */

bool fail_at(struct parser *parser, const char *at, ffi_error code, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Adds the location to the error of a function that does not know it. */
bool fail_here(struct parser *parser, const char *at);

/* Fails with FFI_ERROR_SYNTAX at the next token. */
bool expected(struct parser *parser, const char *what);

/* The arguments for `%.*s` to print a token in a message. */
#define SHOWN(token) (int)((token).length < 40 ? (token).length : 40), (token).at

/* ---- tokens ---- */

void parser_next(struct parser *parser);
void parser_break(
    struct parser *parser); /* fails without changing the thread's message; nothing more can be read */
struct token parser_peek(struct parser *parser); /* the token after the next one */

static inlined bool at_mark(const struct parser *parser, int mark) {
    return is_mark(&parser->token, mark);
}

static inlined bool at_key(const struct parser *parser, enum keyword key) {
    return is_key(&parser->token, key);
}

/* Read the token if it is next. */
bool accept_mark(struct parser *parser, int mark);
bool accept_key(struct parser *parser, enum keyword key);

/* `__extension__`, which may stand before any declaration. */
static inline void skip_extension(struct parser *parser) {
    while (accept_key(parser, KEY_STORAGE)) {}
}

/* Whether a flag of FFI_DECLARE_... is set, for this text or for all of the context. */
static inline bool parser_allows(const struct parser *parser, unsigned flag) {
    return (parser->context->dialect & flag) || (parser->options && parser->options->flags & flag);
}

/* Reads a mark of one character; fails if another token is next. */
bool require_mark(struct parser *parser, int mark);

/* Skips a bracket and everything up to the closing one. */
bool skip_brackets(struct parser *parser);

/* Whether one of these marks is next. */
bool at_one_of(const struct parser *parser, const char *marks);

/* Skips at least one token, up to one of the marks `ends` outside of brackets. Fails if it finds none: `what` was
 * expected. */
bool skip_expression(struct parser *parser, const char *ends, const char *what);

/* A copy of a word that ends with NUL, valid during the parse. */
const char *copy_name(struct parser *parser, const struct token *name);

/* Adds a LEVEL or a HALF_LEVEL to `depth`; the caller subtracts it again. */
bool enter(struct parser *parser, unsigned level);

/* Room for one more item of a stack; NULL if no memory is left. */
void *push_room(struct parser *parser, struct stack *stack, size_t size);

static inlined bool push(struct parser *parser, struct stack *stack, const void *item, size_t size) {
    void *room = push_room(parser, stack, size);
    return room && memcpy(room, item, size);
}

/* Pushes a parameter and its note. */
bool push_parameter(struct parser *parser, const ffi_ctype *type, const struct noted *note);

/* Pops parameters until `count` are left. */
void drop_parameters(struct parser *parser, size_t count);

/* ---- trying and taking back ---- */

/* The state that an attempt may change. */
struct checkpoint {
    struct token token;
    unsigned     depth, unevaluated, parameters;
    size_t       derivations, params, members, enumerators, packs, changes, pack;
    bool         ms_struct;
};

struct checkpoint parser_here(const struct parser *parser);
void              parser_rewind(struct parser *parser, const struct checkpoint *to);

/* Reports the thread's message as that of something that is skipped. False if it is no error of the text, or
 * the parser is not lenient: then nothing may be skipped. */
bool parser_skips(struct parser *parser);

/* Between these two calls failures set no message. parser_tried() returns to the checkpoint unless `good`, and
 * returns `good`. If memory ran out, the parser is broken afterwards. */
struct checkpoint parser_try(struct parser *parser);
bool              parser_tried(struct parser *parser, const struct checkpoint *checkpoint, bool good);

/* ---- specifier.c, body.c, attribute.c ---- */

struct attributes {
    const struct convention *abi;
    const char              *mode;          /* a word; NULL: none */
    uint32_t                 aligned;       /* the largest; 0: none */
    uint32_t                 last_aligned;  /* the last one by __attribute__; gcc uses it for types */
    uint32_t                 vector_size;   /* in bytes; 0: none */
    uint32_t                 vector_length; /* ext_vector_type: in elements; 0: none */
    bool                     packed, ms_struct, gcc_struct, transparent;
    bool                     is_alignas; /* _Alignas stands there, even if it is of 0 */
    uint8_t alignas;                     /* code of its largest alignment */
    bool                  overloaded;    /* clang's overloadable: several functions have this name */
    bool                  leaf;          /* GNU C: the function calls nothing back */
    const struct nonnull *nonnull;       /* in the journal's scratch memory */
};

/* Reads all attributes at this point, and adds them to `attributes`. */
bool parse_attributes(struct parser *parser, struct attributes *attributes);

/* The alignment that attributes give to a typedef, a struct or a union. */
uint32_t type_aligned_by(const struct parser *parser, const struct attributes *attributes);

/* The type that mode and vector_size make of a declaration's type. */
const ffi_ctype *attributed_type(struct parser *parser, const ffi_ctype *type,
                                 const struct attributes *attributes, const char *at);

/* annotation.c: words about a parameter or a result. */
struct annotations {
    unsigned    set;            /* FFI_ANNOTATION_ */
    uint32_t    position;       /* index of the counter, from 1, if it is given as a number */
    const char *at;             /* the first annotation */
    const char *free, *counter; /* the words; NULL: none */
    int64_t     failure;        /* errno_if's value */
};

bool begins_annotation(struct parser *parser, const struct token *token);
bool parse_annotation(struct parser *parser, struct annotations *annotations);

/* Applies annotations to a parameter of this type. */
bool annotate_parameter(struct parser *parser, const struct annotations *annotations, const ffi_ctype *type,
                        struct noted *note);

/* Resolves the names of counting parameters, among the `count` parameters from `notes` on. */
bool find_counters(struct parser *parser, struct noted *notes, const ffi_ctype *const *types, size_t count);

/* Storage classes and what goes with them (C11 6.7.1, 6.7.4), in the order of enum keyword. */
enum {
    STORAGE_AUTO      = 1 << 0,
    STORAGE_CONSTEXPR = 1 << 1,
    STORAGE_TYPEDEF   = 1 << 2,
    STORAGE_STATIC    = 1 << 3,
    STORAGE_EXTERN    = 1 << 4,
    STORAGE_REGISTER  = 1 << 5,
    STORAGE_THREAD    = 1 << 6,
    STORAGE_INLINE    = 1 << 7
};

/* clang's _Nonnull, beside FFI_QUALIFIER_: a derivation has it, and no type. */
enum { QUALIFIER_NONNULL = 256 };

struct specifiers {
    const ffi_ctype   *type;
    const char        *at;
    struct attributes  attributes;
    struct annotations annotations;
    unsigned           qualifiers;
    uint8_t            storage;    /* STORAGE_ bits */
    bool               is_deduced; /* `auto`: the type is that of the initializer */
    bool untagged; /* a struct or union without a tag; its members may count as members of the outer one */
};

bool     parse_specifiers(struct parser *parser, struct specifiers *specifiers);
unsigned accept_qualifiers(struct parser *parser);

/* A type with more qualifiers. The error has no place. */
const ffi_ctype *qualified_type(ffi_context *context, const ffi_ctype *type, unsigned qualifiers);

/* Fails if the specifiers have one of these storage classes, which cannot stand here. */
bool forbid_storage(struct parser *parser, const struct specifiers *specifiers, unsigned storage);

/* neon.c: whether an identifier is one of gcc's names for vectors of AArch64; `*type` is NULL on failure. */
bool neon_type(struct parser *parser, const struct token *name, const ffi_ctype **type);

bool begins_type(struct parser *parser, const struct token *token);
bool fail_unknown_type(struct parser *parser, const struct token *name);

/* `_Static_assert(...)`, without a `;`. */
bool parse_static_assert(struct parser *parser);

/* Whether _Alignas may stand in the declaration of `what` (NULL: of an object), whose alignment it cannot reduce (C11
 * 6.7.5p2, p4). */
bool check_alignas(struct parser *parser, const struct attributes *attributes, const ffi_ctype *type,
                   const char *what, const char *at);

/* Reads from `{` to `}` and the attributes after it. */
const ffi_ctype *parse_record_body(struct parser *parser, ffi_kind kind, const struct token *tag,
                                   struct attributes *attributes);
const ffi_ctype *parse_enum_body(struct parser *parser, const struct token *tag, const ffi_ctype *integer,
                                 struct attributes *attributes);

/* ---- initializer.c ---- */

/* Reads `= ...` up to the `,` or `;` after it: adds a constant's value to the draft, and an array's length to its
 * type. */
bool parse_initializer(struct parser *parser, struct declared *draft);

/* The type that `auto` means, of the initializer behind the next token. Nothing is read. */
const ffi_ctype *deduced_type(struct parser *parser);

/* ---- declarator.c ---- */

struct declarator {
    const ffi_ctype   *type;
    struct token       name; /* length 0: no name */
    struct attributes  attributes;
    const char        *symbol;       /* from __asm__("name"), or NULL */
    bool               unprototyped; /* a function declared with empty brackets */
    struct annotations annotations;
};

/* The place of a declarator. In a type or a parameter it needs no name; a member may be an array of 0 elements.
 */
enum declarator_place { DECLARATOR_TYPE, DECLARATOR_NAMED, DECLARATOR_MEMBER };

bool parse_declarator(struct parser *parser, const struct specifiers *specifiers, enum declarator_place place,
                      struct declarator *declarator);

/* Reads a parameter that is one word of a type: most of those of a signature are. `*type` is NULL on failure. False if
 * it is something else, of which nothing is read. */
bool parse_word(struct parser *parser, const ffi_ctype **type);

/* Reads specifiers, without the storage classes that are `forbidden`, and a declarator, which may have a name. */
bool parse_one(struct parser *parser, unsigned forbidden, struct declarator *declarator);

/* The declared type with annotations of the result, and with what `nonnull` says of a function whose type has a
 * name. */
const ffi_ctype *annotated_type(struct parser *parser, const struct declarator *declarator);

/* Reads a type without a name, as in a cast. */
const ffi_ctype *parse_type_name(struct parser *parser);

/* Reads the `("name")` of `__asm__`; adjacent strings are joined. */
bool parse_symbol(struct parser *parser, const char **symbol);

/* ---- expression.c ---- */

enum value_form {
    VALUE_UNKNOWN, /* only the type is known */
    VALUE_KNOWN,   /* a constant integer, pointer or real number */
    VALUE_PLACE,   /* an object at a constant address, as in &((struct s *)0)->m */
    VALUE_BITS,    /* a bit-field, of which the type is known: it has no address and no size */
    VALUE_STRING   /* a string literal: an array */
};

struct value {
    const ffi_ctype *type;
    enum value_form  form;
    uint64_t bits; /* the value, extended as its type says; or a real number's first bytes; or the address */
    union {
        uint64_t    high; /* a real number's further bytes */
        const char *text; /* a string's bytes, with its NUL; from the journal's scratch memory */
    };
};

bool parse_expression(struct parser *parser, struct value *value);

/* The same without a comma operator: an argument, or the value of a macro. */
bool parse_constant(struct parser *parser, struct value *value);

/* Reads an integer constant expression. */
bool parse_integer(struct parser *parser, struct value *value);

/* The same in brackets; `*at` is where it begins. */
bool parse_bracketed_integer(struct parser *parser, struct value *value, const char **at);

/* Fails if the value is that of a bit-field. */
bool forbid_bit_field(struct parser *parser, const char *at, const struct value *value);

/* Reads _Static_assert if it is next; otherwise returns false and reads nothing. */
bool try_integer(struct parser *parser, struct value *value);

static inline bool value_is_negative(const struct value *value) {
    return type_is_signed(value->type) && (int64_t)value->bits < 0;
}

#endif
