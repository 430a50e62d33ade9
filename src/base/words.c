/* SPDX-License-Identifier: MIT */
#include "base/words.h"

#include <string.h>

size_t word_number(const char *words, const char *word, size_t length) {
    for (size_t number = 1, size; (size = strlen(words)); number++, words += size + 1)
        if (size == length && !memcmp(words, word, length)) return number;
    return 0;
}
