/* SPDX-License-Identifier: MIT */
/*
 * A library that needs a function of lib_plain without saying so: bound at once it loads only where that
 * library's names are global; bound lazily it loads anywhere.
 */
extern int plain_answer(void);
int        needy_own(void);
int        needy_needs(void);

int needy_own(void) {
    return 5;
}

int needy_needs(void) {
    return plain_answer() + 1;
}
