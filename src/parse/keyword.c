/* SPDX-License-Identifier: MIT */
/*
 * The keywords of C11, and those of C23 and GNU C that declarations need, in a hash table without collisions:
 * the compiler refuses two words in one slot (-Woverride-init). GNU C also spells a keyword `__word` or
 * `__word__`; such a word is looked up without its underscores.
 */
#include "parse/lex.h"

#include <string.h>

enum { PLAIN = 1, GNU = 2, BOTH = 3 }; /* the spellings that are allowed */

enum { SLOTS = 512 };

/* A hash of the length and of the second, the last but one and the last character. Its factors were found by
 * trial. */
#define SLOT(length, second, before, last)                                                                     \
    (((size_t)(length)*97 + (size_t)(second)*245 + (size_t)(before)*138 + (size_t)(last)*9) % SLOTS)

/* A keyword of keyword.def is named after its line there. */
#define OF_LINE(line) LINE(line)
#define LINE(line)    line_##line

static const struct texts {
#define K(second, before, last, text, forms, id) char OF_LINE(__LINE__)[sizeof text];
#include "parse/keyword.def"
#undef K
} texts = {
#define K(second, before, last, text, forms, id) text,
#include "parse/keyword.def"
#undef K
};

static const struct {
    uint16_t at; /* where its text begins */
    uint8_t  length, forms, id;
} keywords[] = {
#define K(second, before, last, text, forms, id)                                                               \
    {offsetof(struct texts, OF_LINE(__LINE__)), sizeof text - 1, forms, KEY_##id},
#include "parse/keyword.def"
#undef K
};

/* By slot: the number of the keyword, from 1 on; it equals the keyword's line in keyword.def minus 2. */
static const uint8_t places[SLOTS] = {
#define K(second, before, last, text, forms, id) [SLOT(sizeof text - 1, second, before, last)] = __LINE__ - 2,
#include "parse/keyword.def"
#undef K
};

static enum keyword find(const char *word, size_t length, int form) {
    if (length < 3) return KEY_NONE;
    const unsigned char *at    = (const unsigned char *)word;
    size_t               place = places[SLOT(length, at[1], at[length - 2], at[length - 1])];
    if (!place--) return KEY_NONE;
    bool found = keywords[place].length == length && keywords[place].forms & form &&
                 !memcmp((const char *)&texts + keywords[place].at, word, length);
    return found ? keywords[place].id : KEY_NONE;
}

enum keyword keyword_of(const char *word, size_t length) {
    if (length < 5 || word[0] != '_' || word[1] != '_') return find(word, length, PLAIN);
    word += 2, length -= 2;
    if (length > 4 && word[length - 1] == '_' && word[length - 2] == '_') length -= 2;
    return find(word, length, GNU);
}
