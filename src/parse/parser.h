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
 *     declare.c     names, and ffi_declare()
 *     signature.c       the other ways in: types, signatures, lists of arguments
 */
#ifndef PARSER_H
#define PARSER_H

#include "context.h"
#include "parse/declare.h"
#include "parse/lex.h"
#include "type/record.h"

/* Levels of brackets, operators, declarators and bodies in each other: at most NESTING, and twice as many of
 * those that need little stack. C11 5.2.4.1 asks for 63. */
enum { NESTING = 64, LEVEL = 2, HALF_LEVEL = 1 };

struct stack {
    void  *items;
    size_t count, capacity;
};

struct parser {
    ffi_context *context;
    const char  *source;
    struct token token;       /* the next one */
    bool         header;      /* ffi_declare's rules: see attribute.c and derive() in declarator.c */
    bool         is_expanded; /* the lines about macros were obeyed already */
    bool         broken;      /* the message is there, and nothing more can be read */
    unsigned     depth;
    unsigned     quiet;       /* no messages: something is only tried */
    unsigned     unevaluated; /* operands whose value does not count: division by zero is no error */
    unsigned     parameters;  /* parameter lists that are open */
    unsigned     call;        /* this parse's number, to know what it has declared itself */
    unsigned     scope; /* the same for constants; a type alone may have the same enum twice, so that there
                           it is a number for each body */
    struct stack derivations; /* of the declarators that are open: struct derivation */
    struct stack params;      /* of the parameter lists that are open: const ffi_ctype * */
    struct stack notes;       /* what else is said of each of them: struct noted */
    struct stack members;     /* of the bodies that are open: struct placed_member */
    struct stack enumerators; /* the same of enums: struct enumerator */
    struct stack expansion;   /* the text after macros were replaced (preprocess.c): char */
    struct stack packs;       /* #pragma pack(push): struct saved_pack */
    size_t       pack;        /* #pragma pack; 0: none */
    bool         ms_struct;   /* #pragma ms_struct */
};

void parser_begin(struct parser *parser, ffi_context *context, const char *text);

/* Frees what the parser has; takes back what it declared unless `good`, which it returns. */
bool parser_end(struct parser *parser, bool good);

struct derivation {
    ffi_kind kind;            /* POINTER, ARRAY or FUNCTION; VOID: none, but `attribute_align` */
    uint32_t attribute_align; /* an alignment that an attribute gives to the derived type; 0: none */
    unsigned qualifiers;
    bool     variadic, unprototyped; /* function: has a `...` (array: `[?]`); has empty brackets */
    bool     open, sized;            /* array: of a length that only a call knows; that is written */
    size_t   count, fixed;           /* array: elements; function: parameters */
    size_t   params;                 /* function: the first one's index in the parser's stack */
    const struct convention *abi;
    const char              *at;
};

struct placed_member {
    struct member member;
    const char   *at;
};

/* ---- diagnostic.c ---- */

bool fail_at(struct parser *parser, const char *at, ffi_error code, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Adds the place to an error of a function that knew none. */
bool fail_here(struct parser *parser, const char *at);

/* FFI_ERROR_SYNTAX at the next token. */
bool expected(struct parser *parser, const char *what);

/* A token in a message: `%.*s` of this. */
#define SHOWN(token) (int)((token).length < 40 ? (token).length : 40), (token).at

/* ---- tokens ---- */

void         parser_next(struct parser *parser);
void         parser_break(struct parser *parser); /* nothing more can be read: the thread's message stands */
struct token parser_peek(const struct parser *parser); /* the one after the next */

static inline bool at_mark(const struct parser *parser, int mark) {
    return parser->token.kind == TOKEN_MARK && parser->token.id == mark;
}

static inline bool at_key(const struct parser *parser, enum keyword key) {
    return parser->token.kind == TOKEN_WORD && parser->token.id == key;
}

static inline bool is_identifier(const struct token *token) {
    return token->kind == TOKEN_WORD && token->id == KEY_NONE;
}

static inline bool accept_mark(struct parser *parser, int mark) {
    if (!at_mark(parser, mark)) return false;
    parser_next(parser);
    return true;
}

static inline bool accept_key(struct parser *parser, enum keyword key) {
    if (!at_key(parser, key)) return false;
    parser_next(parser);
    return true;
}

/* `__extension__`, which may stand before any declaration. */
static inline void skip_extension(struct parser *parser) {
    while (at_key(parser, KEY_STORAGE) && parser->token.length > 9 &&
           !memcmp(parser->token.at, "__extension", 11))
        parser_next(parser);
}

/* Steps over a bracket and all up to the one that closes it. */
bool skip_brackets(struct parser *parser);

/* A word with a NUL behind it, for as long as the parse takes. */
const char *copy_name(struct parser *parser, const struct token *name);

/* A LEVEL or a HALF_LEVEL more; the caller takes it from `depth` again. */
bool enter(struct parser *parser, unsigned level);

bool push(struct parser *parser, struct stack *stack, const void *item, size_t size);

/* One more parameter, and its note. */
bool push_parameter(struct parser *parser, const ffi_ctype *type, const struct noted *note);

/* Leaves `count` parameters. */
void drop_parameters(struct parser *parser, size_t count);

/* ---- trying and taking back ---- */

/* Everything that an attempt may change. */
struct checkpoint {
    struct token token;
    unsigned     depth, unevaluated, parameters;
    size_t       derivations, params, members, enumerators, packs, changes, pack;
    bool         ms_struct;
};

/* Between these, failures are silent. parser_tried() goes back to the checkpoint unless `good`, which it
 * returns; memory that ran out makes the parser broken. */
struct checkpoint parser_try(struct parser *parser);
bool              parser_tried(struct parser *parser, const struct checkpoint *checkpoint, bool good);

/* ---- specifier.c, body.c, attribute.c ---- */

struct attributes {
    const struct convention *abi;
    struct token             mode;    /* a word; of length 0: none */
    uint32_t                 aligned; /* the largest; 0: none */
    uint32_t last_aligned;            /* the last that __attribute__ asks for, which counts for gcc's types */
    uint32_t vector_size;             /* in bytes; 0: none */
    uint32_t vector_length;           /* ext_vector_type: in elements; 0: none */
    bool     packed, ms_struct, transparent;
    bool alignas;    /* `aligned` was asked for, or 0, by _Alignas */
    bool overloaded; /* clang's overloadable: one of several functions of this name */
};

/* Reads all attributes that stand here, and adds them. */
bool parse_attributes(struct parser *parser, struct attributes *attributes);

/* The alignment that they give to a type: a typedef, a struct or union. */
uint32_t type_aligned_by(const struct parser *parser, const struct attributes *attributes);

/* What mode and vector_size make of the type that a declaration begins with. */
const ffi_ctype *attributed_type(struct parser *parser, const ffi_ctype *type,
                                 const struct attributes *attributes, const char *at);

/* annotation.c: words about a parameter or a result. */
struct annotations {
    unsigned     set; /* FFI_ANNOTATION_ */
    const char  *at;  /* the first of them */
    struct token free, counter;
    uint32_t     position; /* of the counter, from 1, if a number says it */
    int64_t      failure;  /* errno_if's value */
};

bool begins_annotation(struct parser *parser, const struct token *token);
bool parse_annotation(struct parser *parser, struct annotations *annotations);

/* What the words say of a parameter of this type, or of the result of this function or pointer to one, which
 * gets another type then. */
bool annotate_parameter(struct parser *parser, const struct annotations *annotations, const ffi_ctype *type,
                        struct noted *note);
const ffi_ctype *annotated_type(struct parser *parser, const struct annotations *annotations,
                                const ffi_ctype *type);

/* Finds the parameters that count others, among the `count` from `notes` on. */
bool find_counters(struct parser *parser, struct noted *notes, const ffi_ctype *const *types, size_t count);

struct specifiers {
    const ffi_ctype   *type;
    const char        *at;
    struct attributes  attributes;
    struct annotations annotations;
    bool               is_typedef, is_static;
    bool               untagged; /* a struct or union without a tag, whose members may be the outer one's */
};

bool     parse_specifiers(struct parser *parser, struct specifiers *specifiers);
unsigned accept_qualifiers(struct parser *parser);
bool     begins_type(struct parser *parser, const struct token *token);
bool     fail_unknown_type(struct parser *parser, const struct token *name);

/* `_Static_assert(...)`, without a `;`. */
bool parse_static_assert(struct parser *parser);

/* From `{` to `}` and the attributes behind it. */
const ffi_ctype *parse_record_body(struct parser *parser, ffi_kind kind, const struct token *tag,
                                   struct attributes *attributes);
const ffi_ctype *parse_enum_body(struct parser *parser, const struct token *tag, const ffi_ctype *integer,
                                 struct attributes *attributes);

/* ---- declarator.c ---- */

struct declarator {
    const ffi_ctype   *type;
    struct token       name; /* of length 0: none */
    struct attributes  attributes;
    const char        *symbol;       /* by __asm__("name"); NULL */
    bool               unprototyped; /* a function whose brackets are empty */
    struct annotations annotations;
};

/* Where a declarator stands decides what it may be: one of a type or a parameter needs no name, and a member
 * may be an array of no elements. */
enum declarator_place { DECLARATOR_TYPE, DECLARATOR_NAMED, DECLARATOR_MEMBER };

bool parse_declarator(struct parser *parser, const struct specifiers *specifiers, enum declarator_place place,
                      struct declarator *declarator);

/* Specifiers and a declarator that may have a name. */
bool parse_one(struct parser *parser, struct declarator *declarator);

/* A type without a name, as in a cast. */
const ffi_ctype *parse_type_name(struct parser *parser);

/* `("name")` of `__asm__`, the strings joined. */
bool parse_symbol(struct parser *parser, const char **symbol);

/* ---- expression.c ---- */

enum value_form {
    VALUE_UNKNOWN, /* only its type is known */
    VALUE_KNOWN,   /* an integer, a pointer or a real number of constant value */
    VALUE_PLACE,   /* an object at a constant address, as in &((struct s *)0)->m */
    VALUE_STRING   /* a string literal: an array */
};

struct value {
    const ffi_ctype *type;
    enum value_form  form;
    uint64_t bits; /* the value, extended as its type says; of a real number its first bytes; the address */
    union {
        uint64_t    high; /* a real number's further bytes */
        const char *text; /* a string's bytes, with its NUL; from the journal's scratch memory */
    };
};

bool parse_expression(struct parser *parser, struct value *value);

/* The same without a comma: as an operand of one, or the value of a macro. */
bool parse_constant(struct parser *parser, struct value *value);

/* An integer constant expression. */
bool parse_integer(struct parser *parser, struct value *value);

/* Whether one stands here; nothing is read if not. */
bool try_integer(struct parser *parser, struct value *value);

static inline bool value_is_negative(const struct value *value) {
    return type_is_signed(value->type) && (int64_t)value->bits < 0;
}

#endif
