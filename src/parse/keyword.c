/* SPDX-License-Identifier: MIT */
/*
 * The keywords of C11, and those of C23 and GNU C that declarations need, in a hash table without collisions:
 * the compiler refuses two words in one place (-Woverride-init). GNU C spells a keyword `__word` or `__word__`
 * so that it cannot be a name of the user's; these are looked up without their underscores.
 */
#include "parse/lex.h"

#include <string.h>

enum { PLAIN = 1, GNU = 2, BOTH = 3 }; /* how the word may be spelled */

enum { SLOTS = 256 };

/* From the length, and the second, the last but one and the last character. The factors were found by trying.
 */
#define SLOT(length, second, before, last)                                                                     \
    (((size_t)(length)*23 + (size_t)(second)*52 + (size_t)(before)*236 + (size_t)(last)*95) % SLOTS)

static const struct {
    char    text[27];
    uint8_t length, forms, id;
} keywords[] = {
#define K(second, before, last, text, forms, id) {text, sizeof text - 1, forms, KEY_##id},
#include "parse/keyword.def"
#undef K
};

/* By slot: the number of the keyword, from 1 on, which is that of its line without the two above it. */
static const uint8_t places[SLOTS] = {
#define K(second, before, last, text, forms, id) [SLOT(sizeof text - 1, second, before, last)] = __LINE__ - 2,
#include "parse/keyword.def"
#undef K
};

static enum keyword find(const char *word, size_t length, int form) {
    if (length < 3 || length >= sizeof keywords[0].text) return KEY_NONE;
    const unsigned char *at    = (const unsigned char *)word;
    size_t               place = places[SLOT(length, at[1], at[length - 2], at[length - 1])];
    if (!place--) return KEY_NONE;
    bool found = keywords[place].length == length && keywords[place].forms & form &&
                 !memcmp(keywords[place].text, word, length);
    return found ? keywords[place].id : KEY_NONE;
}

enum keyword keyword_of(const char *word, size_t length) {
    if (length < 5 || word[0] != '_' || word[1] != '_') return find(word, length, PLAIN);
    word += 2, length -= 2;
    if (length > 4 && word[length - 1] == '_' && word[length - 2] == '_') length -= 2;
    return find(word, length, GNU);
}
