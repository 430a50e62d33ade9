/* SPDX-License-Identifier: MIT */
/*
 * The keywords of C11, and those of C23 and GNU C that declarations need, in a hash table without collisions:
 * the compiler refuses two words in one place (-Woverride-init). GNU C spells a keyword `__word` or `__word__`
 * so that it cannot be a name of the user's; these are looked up without their underscores.
 */
#include "lex.h"

#include <string.h>

enum { PLAIN = 1, GNU = 2, BOTH = 3 }; /* how the word may be spelled */

enum { SLOTS = 256 };

/* From the length, and the second, the last but one and the last character. The factors were found by trying.
 */
#define SLOT(length, second, before, last)                                                                     \
    (((size_t)(length)*23 + (size_t)(second)*52 + (size_t)(before)*236 + (size_t)(last)*95) % SLOTS)

#define K(second, before, last, text, forms, id)                                                               \
    [SLOT(sizeof text - 1, second, before, last)] = {text, sizeof text - 1, forms, KEY_##id}

static const struct {
    char    text[27];
    uint8_t length, forms, id;
} keywords[SLOTS] = {
    K('A', 'a', 's', "_Alignas", PLAIN, ALIGNAS),
    K('A', 'o', 'f', "_Alignof", PLAIN, ALIGNOF),
    K('A', 'i', 'c', "_Atomic", PLAIN, ATOMIC),
    K('B', 'o', 'l', "_Bool", PLAIN, BOOL),
    K('C', 'e', 'x', "_Complex", PLAIN, COMPLEX),
    K('F', '2', '8', "_Float128", PLAIN, FLOAT128),
    K('F', '1', '6', "_Float16", PLAIN, FLOAT16),
    K('F', '3', '2', "_Float32", PLAIN, FLOAT32),
    K('F', '2', 'x', "_Float32x", PLAIN, FLOAT32X),
    K('F', '6', '4', "_Float64", PLAIN, FLOAT64),
    K('F', '4', 'x', "_Float64x", PLAIN, FLOAT64X),
    K('N', 'l', 'l', "_Nonnull", PLAIN, IGNORED),
    K('N', 'r', 'n', "_Noreturn", PLAIN, STORAGE),
    K('N', 'e', 'd', "_Null_unspecified", PLAIN, IGNORED),
    K('N', 'l', 'e', "_Nullable", PLAIN, IGNORED),
    K('S', 'r', 't', "_Static_assert", PLAIN, STATIC_ASSERT),
    K('T', 'a', 'l', "_Thread_local", PLAIN, STORAGE),
    K('l', 'a', 's', "alignas", PLAIN, ALIGNAS),
    K('l', 'o', 'f', "alignof", BOTH, ALIGNOF),
    K('s', 's', 'm', "asm", BOTH, ASM),
    K('t', 't', 'e', "attribute", GNU, ATTRIBUTE),
    K('u', 't', 'o', "auto", PLAIN, STORAGE),
    K('u', 'p', 'r', "builtin_choose_expr", GNU, CHOOSE_EXPR),
    K('f', '1', '6', "bf16", GNU, BF16),
    K('u', 'o', 'f', "builtin_offsetof", GNU, OFFSETOF),
    K('u', '_', 'p', "builtin_types_compatible_p", GNU, TYPES_COMPATIBLE),
    K('u', 's', 't', "builtin_va_list", GNU, VA_LIST),
    K('d', 'c', 'l', "cdecl", GNU, IGNORED),
    K('h', 'a', 'r', "char", PLAIN, CHAR),
    K('o', 'e', 'x', "complex", GNU, COMPLEX),
    K('o', 's', 't', "const", BOTH, CONST),
    K('o', 'p', 'r', "constexpr", PLAIN, STATIC),
    K('o', 'l', 'e', "double", PLAIN, DOUBLE),
    K('n', 'u', 'm', "enum", PLAIN, ENUM),
    K('x', 'o', 'n', "extension", GNU, STORAGE),
    K('x', 'r', 'n', "extern", PLAIN, STORAGE),
    K('a', 'l', 'l', "fastcall", GNU, IGNORED),
    K('l', 'a', 't', "float", PLAIN, FLOAT),
    K('l', '2', '8', "float128", GNU, FLOAT128),
    K('o', 'n', 'e', "forceinline", GNU, STORAGE),
    K('n', 'n', 'e', "inline", BOTH, STORAGE),
    K('n', 'n', 't', "int", PLAIN, INT),
    K('n', '2', '8', "int128", GNU, INT128),
    K('n', '_', 't', "int128_t", GNU, INT128_T),
    K('o', 'n', 'g', "long", PLAIN, LONG),
    K('t', '6', '4', "ptr64", GNU, IGNORED),
    K('e', 'e', 'r', "register", PLAIN, STORAGE),
    K('e', 'c', 't', "restrict", BOTH, RESTRICT),
    K('h', 'r', 't', "short", PLAIN, SHORT),
    K('i', 'e', 'd', "signed", BOTH, SIGNED),
    K('i', 'o', 'f', "sizeof", PLAIN, SIZEOF),
    K('t', 'i', 'c', "static", PLAIN, STATIC),
    K('t', 'r', 't', "static_assert", PLAIN, STATIC_ASSERT),
    K('t', 'l', 'l', "stdcall", GNU, IGNORED),
    K('t', 'c', 't', "struct", PLAIN, STRUCT),
    K('h', 'a', 'd', "thread", GNU, STORAGE),
    K('h', 'a', 'l', "thread_local", PLAIN, STORAGE),
    K('y', 'e', 'f', "typedef", PLAIN, TYPEDEF),
    K('y', 'o', 'f', "typeof", BOTH, TYPEOF),
    K('y', 'a', 'l', "typeof_unqual", PLAIN, TYPEOF_UNQUAL),
    K('i', '_', 't', "uint128_t", GNU, UINT128_T),
    K('n', 'e', 'd', "unaligned", GNU, IGNORED),
    K('n', 'o', 'n', "union", PLAIN, UNION),
    K('n', 'e', 'd', "unsigned", PLAIN, UNSIGNED),
    K('e', 'l', 'l', "vectorcall", GNU, VECTORCALL),
    K('o', 'i', 'd', "void", PLAIN, VOID),
    K('o', 'l', 'e', "volatile", BOTH, VOLATILE),
};

static enum keyword find(const char *word, size_t length, int form) {
    if (length < 3 || length >= sizeof keywords[0].text) return KEY_NONE;
    const unsigned char *at    = (const unsigned char *)word;
    size_t               slot  = SLOT(length, at[1], at[length - 2], at[length - 1]);
    bool                 found = keywords[slot].length == length && keywords[slot].forms & form &&
                 !memcmp(keywords[slot].text, word, length);
    return found ? keywords[slot].id : KEY_NONE;
}

enum keyword keyword_of(const char *word, size_t length) {
    if (length < 5 || word[0] != '_' || word[1] != '_') return find(word, length, PLAIN);
    word += 2, length -= 2;
    if (length > 4 && word[length - 1] == '_' && word[length - 2] == '_') length -= 2;
    return find(word, length, GNU);
}
