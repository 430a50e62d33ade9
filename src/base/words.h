/* SPDX-License-Identifier: MIT */
/* Lists of words in one string: each word ends with a NUL, and an empty word ends the list. Unlike an array of
 * pointers such a list needs no memory beside its letters. */
#ifndef WORDS_H
#define WORDS_H

#include <stddef.h>

/* The number of a word in a list, from 1 on; 0 if the list does not have it. */
size_t word_number(const char *words, const char *word, size_t length);

#endif
